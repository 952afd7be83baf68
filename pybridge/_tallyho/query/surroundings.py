"""What the tracepoints of a process share, and what they know of the machinery above them."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Callable, FrozenSet, List, Mapping, NamedTuple, Optional, Protocol, Sequence, Set, Tuple

from ..base.locate import Target
from ..program.event import Event, RunState
from ..program.fields import CodeFacts, SourceIndex
from ..program.justmycode import JustMyCode
from ..wire.records import Records
from .history import History
from .outcomecache import OutcomeCache

Note = Callable[[FrameType, Any, bool], bool]
"""Notes an event: its frame, its arg, and whether a return is by an opcode. True: that is all there was to do."""


class Halting(Protocol):
    """What can stop a thread at an event (stops/threadcontrol.py)."""

    just_my_code: JustMyCode
    history: History
    outcomes: OutcomeCache
    served: bool
    """Whether someone can look at a stopped program."""
    exit_codes: Optional[List[Tuple[int, int]]]
    """Ranges of the codes with which a SystemExit is an exception like any other; None: all but 0."""

    def is_news(self, error: BaseException) -> bool:
        """Note that an exception is told of that leaves its thread; False if it was already."""

    def past(self, frame: FrameType, offset: int) -> bool:
        """A statement within a line is judged: report whether the current thread was stopped in that very place just now."""

    def line_is_over(self) -> None:
        """The current thread has gone past the beginning of its line: a stop there is over."""

    def look(self, event: Event, ids: Sequence[int]) -> None:
        """An action wants its thread to stop once all that is asked at the event is done."""

    def hit(self, event: Event, ids: Sequence[int], why: Optional[Reason]) -> None:
        """Tracepoints want their thread to stop at an event; why: the first of them."""


class Noting(Protocol):
    """What notes every event of the code that it wants: the recorder (recording/recorder.py)."""

    def wants(self, code: CodeType) -> bool:
        """Report whether code is to be noted."""

    def notes(self, facts: CodeFacts, code: CodeType) -> Sequence[Optional[Note]]:
        """Return what notes the events of a code object, by kind."""

    def inner(self, facts: CodeFacts, code: CodeType) -> Sequence[Tuple[int, Note]]:
        """Return what notes its statements that begin within a line, by offset."""

    def forget(self, key: int) -> None:
        """The code object with that id is gone."""

    def replanned(self, code: Optional[CodeType] = None) -> None:
        """What is asked of code may be another thing from now on; None: of all code."""

    def before(self, counters: Any, *callbacks: Any) -> Sequence[Any]:
        """Return the callbacks of sys.monitoring that stand instead of these: of LINE, PY_START, PY_RESUME, PY_RETURN, PY_YIELD,
        JUMP and STOP_ITERATION. counters: what counts statements in C, or None."""

    def restart(self) -> None:
        """Begin anew in a forked child."""


class Reason(Protocol):
    """Why a thread stops: a Tracepoint, as far as that concerns what stops it."""

    data: Optional[str]

    @property
    def exceptions(self) -> Any:
        """The ExceptionFilter of a tracepoint about exceptions; None of all others."""

    @property
    def stop_reason(self) -> str:
        """Why a thread that it stops has stopped."""


class WithinLines(Protocol):
    """Tells what begins within a line (tally/inline.py)."""

    def forget(self) -> None:
        """Read files anew next time."""

    def choose(self, path: str, line: int, column: int) -> Optional[Target]:
        """Return what a tracepoint at a column stands for. None: the line."""

    def begins(self, code: CodeType, path: str, line: int, target: Target) -> FrozenSet[int]:
        """Return the offsets of a code object of a file at which a target on a line begins."""


class Surroundings(NamedTuple):
    """What the tracepoints of a process share. Another one comes with each configuration."""

    source_index: SourceIndex
    records: Records
    run: RunState
    halting: Optional[Halting]
    codes: Callable[[str], Sequence[CodeType]]
    """Returns the code objects of a file's text as it is now."""
    asked_in: Callable[[Set[int]], List[CodeType]]
    """Returns the code objects with these ids that still live."""
    disarmed: Callable[[], None]
    """Told that a tracepoint asks nothing more."""
    native: Any = None
    """The accelerator, where events may be written by it."""
    hand_over: Optional[Callable[[], None]] = None
    """Told that a debugger of the program's own takes this thread's trace function."""
    events: bool = False
    careful: bool = False
    terminal: bool = False
    redact: bool = True
    own: bool = False
    """Whether values are shown by the program's own __repr__."""
    printers: str = "safe_repr"
    """How printers show values whose action does not say."""

    def configured(self, config: Mapping[str, Any], native: Any, hand_over: Optional[Callable[[], None]]) -> Surroundings:
        """Return what a configuration says of judging and showing."""
        careful = bool(config.get("careful"))
        return self._replace(
            native=native,
            hand_over=hand_over,
            events=bool(config.get("events")),
            careful=careful,
            terminal=bool(config.get("terminal")),
            redact=bool(config.get("redact", True)),
            own=config.get("repr") == "own" and not careful,
            printers="fields" if config.get("printers") == "fields" else "safe_repr",
        )


class Reporter(Protocol):
    """A Tracepoint, as its actions and the short ways see it."""

    id: int
    around: Surroundings
    active: bool
    with_depth: bool
    written: Any
    """Counts what printers in C have written of it; None without the accelerator."""

    def counted(self, written: bool) -> None:
        """An event was recorded, outside of hit."""

    def lose(self) -> None:
        """There was no room for a record."""

    def say(self, message: str) -> None:
        """Tell the person something with its status."""

    def disarm(self, why: str) -> None:
        """Ask nothing more."""


__all__ = ["Halting", "Noting", "Reason", "Reporter", "Surroundings", "WithinLines"]
