"""What keeps sys.settrace going where CPython would end it: it takes a thread's trace function away when an exception leaves that function.

* A signal handler may raise while we are called. What stands as the frame's own trace function then is let go of right after
  the thread's has been taken away, and its finalizer gives both back: no event is missed.
* Near the recursion limit our functions cannot call anything. What happens there is only noted, which needs no call, and
  counted when there is room again.
* At the limit itself not even we can be called. So the program's RecursionError comes some calls before, when there is
  room to have the trace function back: a frame that begins there gets one of its own that raises it, in C.

From 3.12 on, where settrace is only for those who ask for it, nothing is done at the limit: what C calls has a limit of its own there.
"""

from __future__ import annotations

import opcode
import sys
from _thread import allocate_lock
from functools import partial
from types import FrameType
from typing import Any, Callable, Dict, List, Tuple, TypeVar

from ..base import guest
from ..base.behaviour import C_COUNTS_AS_DEPTH, SIGNAL_AT_START, SIGNAL_BEFORE_RETURN

Noted = Tuple[FrameType, str, int, int, Any]
"""A frame, and what happened in it: the kind of event, the line, the last instruction, the argument."""

NOT_OURS = (
    "Python code ran in a thread whose trace function was not ours (sys.settrace): "
    "it was neither counted nor traced, and counts are lower bounds."
)

_F = TypeVar("_F", bound=Any)


def ladder(steps: int) -> Any:
    """Return nested tuples that isinstance needs so many levels of recursion to look into: a RecursionError says that they are not left."""
    rung: Any = (str,)
    for _ in range(steps):
        rung = (rung,)
    return rung


STEP = ladder(14 if C_COUNTS_AS_DEPTH else 0)
"""The levels that it takes to call our trace function, and to give it back to a thread."""

ROOM = ladder(40 if C_COUNTS_AS_DEPTH else 0)
"""The levels that it takes to count an event."""

MUCH_ROOM = ladder(200 if C_COUNTS_AS_DEPTH else 0)
"""The levels that it takes to decide what is asked in code that is new."""


class _Giver:
    """What a KeepTracing holds: when it goes, it sets the thread's trace function. Each trace function has a subclass, so that C does it."""


class KeepTracing:
    """Stands as a frame's trace function while an exception leaves the trace function of the thread."""

    __slots__ = ("frame", "local", "giver")

    def __init__(self, frame: FrameType, local: Any, giver: type) -> None:
        self.frame = frame
        self.local = local
        self.giver: Any = giver()  # lives as long as this object

    def __del__(self) -> None:
        try:  # first, so that no signal handler runs before
            self.frame.f_trace = self.local
        except AttributeError:
            pass


_deep: List[Any] = []
for _ in range(30):
    _deep = [_deep]


class _Fall(partial):  # type: ignore[type-arg]
    """A frame's trace function that raises RecursionError in C, where less than STEP is left, and is let go of then."""

    __slots__ = ()


def fall_of(function: Any) -> Callable[[], Any]:
    """Return what makes a _Fall, which gives the thread its trace function back."""
    kind = type("Fall", (_Fall,), {"__slots__": (), "__del__": staticmethod(partial(sys.settrace, function))})
    return partial(kind, "{deep!r}".format, deep=_deep)


def giver_of(function: Any) -> type:
    """Return the subclass of _Giver whose objects set a trace function when they go."""
    return type("Giver", (_Giver,), {"__slots__": (), "__del__": staticmethod(partial(sys.settrace, function))})


def deaf(function: _F) -> _F:
    """Return a function with a `try` around all of it, at whose start and end no signal handler runs: what that raised would leave it.

    3.9 looks for signals once more between the end of the `try` and the return, 3.11 and newer at the start. RESUME with 2, of what
    comes after an await, does not; and what returns may stand in its `try` still.
    """
    units, find = bytearray(function.__code__.co_code), opcode.opmap
    if SIGNAL_BEFORE_RETURN:
        for at in range(0, len(units) - 2, 2):
            if units[at] == find["POP_BLOCK"] and units[at + 2] == find["RETURN_VALUE"]:
                units[at] = find["NOP"]
    elif SIGNAL_AT_START:
        at = next(at for at in range(0, len(units), 2) if units[at] == find["RESUME"])
        units[at + 1] = 2
    else:
        return function
    function.__code__ = function.__code__.replace(co_code=bytes(units))
    return function


class FrameState:
    """A frame as it was at an event, for the tally; one object for all events of a frame."""

    __slots__ = ("f_code", "f_globals", "f_lineno", "f_lasti")

    def __init__(self, frame: FrameType) -> None:
        self.f_code = frame.f_code
        self.f_globals = frame.f_globals
        self.f_lineno = self.f_lasti = 0


class MissedEvents:
    """Events that were noted for want of room. Of a frame that has one, all are noted."""

    def __init__(self, count: Callable[[FrameState, str, Any], None]) -> None:
        self.count = count
        self.noted: List[Noted] = []
        self.frames: Dict[int, Tuple[FrameType, FrameState]] = {}
        self.turn = allocate_lock()
        """Of the thread that counts: a frame's events are counted one after the other, whichever thread has room for it first."""

    def settle(self, patience: float = 0) -> None:
        """Count what was noted, if there is room for it (RecursionError where there is none) and no other thread still does so after that
        many seconds."""
        isinstance(None, MUCH_ROOM)
        with guest.BlockedSignals():  # what a signal handler raised would leave the turn taken
            if not self.turn.acquire(patience > 0, patience or -1):
                return
            try:
                self._count_all()
            finally:
                self.turn.release()

    def _count_all(self) -> None:
        noted = self.noted
        while noted:
            frame, kind, line, at, arg = noted.pop(0)
            _, then = self.frames.setdefault(id(frame), (frame, FrameState(frame)))
            then.f_lineno, then.f_lasti = line, at
            self.count(then, kind, arg)
            if kind == "return":  # a generator's frame may go on: its next event begins with a FrameState of its own
                del self.frames[id(frame)]

    def restart(self) -> None:
        """Start afresh in a forked child: what was noted the parent counts, and the thread whose turn it was is not here."""
        self.noted.clear()
        self.frames.clear()
        self.turn = allocate_lock()
