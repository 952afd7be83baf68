"""What the bridge's core and its statement tallies promise each other.

The core (monitor.py, settrace.py) sees code objects first and owns the events
of CPython; a Tally decides which code it counts and is called back. Callbacks
of a Tally must not raise (the core guards them all the same, except
on_instruction, which CPython calls directly). The frame concerned is
sys._getframe(1) in on_instruction and sys._getframe(2) in the other on_…
callbacks: the core calls them straight from its own callback. on_line finds it
by its code object: one more may lie between (onecondition.py).
"""

from __future__ import annotations

from types import CodeType, FrameType, TracebackType
from typing import Any, Callable, Collection, Dict, Mapping, Optional, Protocol, Tuple, Type

ExcInfo = Tuple[Type[BaseException], BaseException, Optional[TracebackType]]


class CounterMemory(Protocol):
    """The trace memory, as far as a Tally uses it (docs/wire.md)."""

    @property
    def counters(self) -> "memoryview[int]":
        """All counter slots as unsigned 64-bit numbers: counters[slot] += 1."""

    def allocate(self, slots: int) -> int:
        """Hand out that many zeroed neighbouring slots; the first's number, or -1 if none are left."""


class RecordSink(Protocol):
    """Where records go; every method may be called from any thread."""

    def thread_id(self) -> int:
        """Return the small number of the current thread, announcing it first if it is new."""

    def number_of(self, ident: int) -> int:
        """Return the number of another thread, by its ident."""

    def json(self, kind: int, value: Mapping[str, Any]) -> bool:
        """Write a JSON record (6 file, 7 sums, 9 call); False if it was dropped."""

    def encoded(self, kind: int, data: bytes) -> bool:
        """Write a JSON record whose text is at hand."""

    def put(self, kind: int, payload: bytes) -> bool:
        """Write a record with that payload (5 sample); False if it was dropped.

        The payload is at most MAX_PAYLOAD bytes; what is longer is dropped and counted.
        """


class ProbeSource(Protocol):
    """What a Tally may ask of sys.monitoring through the core."""

    def set_events(self, code: CodeType, who: str, mask: int) -> None:
        """Set the local events that `who` ("tally") wants of this code; the union of all askers is armed.

        Places of this code that answered DISABLE stay silent.
        """

    def take(self, code: CodeType) -> None:
        """Plan code that was counted raw until now, and arm what it needs; in a forked child, count it raw once more first."""


class RawCode(Protocol):
    """Code that is counted raw (raw.py), as far as the core has to do with it."""

    files: Dict[str, int]
    """What is decided of files, by path: a number, PLANNED, or PASSED."""

    def shun(self, path: str) -> None:
        """Never count a file's code raw."""

    def begin(self, code: CodeType, path: str, module: Optional[str]) -> int:
        """Count a code object raw from now on, and return the number of its file; 0 where it is to be planned."""

    def counts(self, code: CodeType) -> bool:
        """Whether a code object is counted raw."""

    def renewed(self, code: CodeType) -> bool:
        """Whether the process that this one was forked from has counted a code object raw, and this one does not yet."""

    def end(self, code: CodeType) -> None:
        """A code object is counted otherwise, or not any more."""


class StatementTally(Protocol):
    """Counts statements. Made as Tally(config, memory, records)."""

    @property
    def raw(self) -> Optional[RawCode]:
        """What is counted raw; None where nothing is."""

    wants_raise: bool
    """Whether RAISE and PY_UNWIND are to be delivered (for code it wants)."""

    def attach(self, monitor: ProbeSource) -> None:
        """Receive the monitor, once, before the first wants(). Not called under settrace."""

    def concerns(self, path: str) -> bool:
        """Say whether a file is tallied."""

    def wants(self, code: CodeType, filename_path: str, template: Optional[Any] = None) -> bool:
        """Say whether code of that file (absolute path) is tallied; asked once per code object, cheaply.

        template: the Template that it was made of, where the file is that and no Python.
        """

    def events(self, code: CodeType, now: bool = False) -> int:
        """Return the local sys.monitoring events wanted for that code; asked after wants(), not under settrace.

        now: it is to be planned, where it was counted raw.
        """

    def on_start(self, code: CodeType, offset: int) -> None:
        """A frame of wanted code starts (PY_START), if events() asked for it."""

    def on_instruction(self, code: CodeType, offset: int) -> Any:
        """The INSTRUCTION callback itself; may answer sys.monitoring.DISABLE."""

    def point(self, code: CodeType, points: Collection[int], reached: Callable[[CodeType, int, FrameType], None]) -> None:
        """Have reached called at those offsets of a code object from now on, before they are counted, and at no others."""

    def missed(self, code: CodeType, offset: int) -> None:
        """Count the hit of a place whose INSTRUCTION event never comes, for the callback that calls this."""

    def on_line(self, code: CodeType, line: int) -> Any:
        """A line of wanted code begins (LINE), if events() asked for it."""

    def on_return(self, code: CodeType, offset: int, value: Any) -> None:
        """A frame of wanted code is about to return value (PY_RETURN)."""

    def returns(self, callback: Any) -> Any:
        """Return what is to stand as the PY_RETURN callback instead of that one; None: it is over."""

    def shares_returns(self, code: CodeType, others: bool) -> None:
        """Somebody else asks for the PY_RETURN of a code object, or not any more."""

    def pause(self) -> None:
        """The program stops at an event: what it shows now is to be the latest."""

    def on_yield(self, code: CodeType, offset: int, value: Any) -> None:
        """A frame of wanted code is about to yield value (PY_YIELD)."""

    def on_unwind(self, code: CodeType, offset: int, exc: BaseException) -> None:
        """A frame of wanted code is left by exc (PY_UNWIND)."""

    def on_raise(self, code: CodeType, offset: int, exc: BaseException) -> None:
        """exc is raised in, or reaches, a frame of wanted code (RAISE)."""

    def trace_call(self, frame: FrameType) -> None:
        """Settrace's "call" in wanted code."""

    def trace_line(self, frame: FrameType) -> None:
        """Settrace's "line" in wanted code."""

    def trace_return(self, frame: FrameType, arg: Any) -> None:
        """Settrace's "return" in wanted code."""

    def trace_exception(self, frame: FrameType, exc_info: ExcInfo) -> None:
        """Settrace's "exception" in wanted code."""

    def late(self, then: Any, kind: str, arg: Any) -> None:
        """Count an event of settrace that was noted when it happened: then is its frame as it was (revival.Then)."""

    def told_of(self, frame: int) -> Optional[Tuple[Any, ...]]:
        """Return the line that a frame with that id was at when settrace told of it last, and more; another object each time."""

    def tick(self) -> None:
        """Called about ten times a second by a thread of the bridge, whatever the program does."""

    def flush(self) -> None:
        """Write what is still held back (counters are always current)."""

    def forget(self) -> None:
        """Start afresh: a forked child, whose memory and counters are new."""

    def close(self) -> None:
        """Ask for nothing more; the last records are written."""


MAX_PAYLOAD = 60000
"""The longest payload of one record that is not JSON, in bytes."""
