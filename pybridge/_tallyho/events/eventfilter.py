"""Who sees the events of trace functions: Python all of them, or with the accelerator C those that need no more than a look.

C is told of each code object what concerns somebody, and passes over the rest or counts it (pybridge/native/tracer.h).
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Optional

from ..program.event import CALL, EXCEPTION, RETURN
from ..query.dispatch import DispatchTable, Entries, only_screen, only_short

if TYPE_CHECKING:
    from ..tally.frameevents import FrameEvents

ASKS_CALL, ASKS_RETURN, ASKS_EXCEPTION, TRACED, NO_LINES, CALLS = 1, 2, 4, 16, 32, 64
"""What C knows of a code object, as in native/ways.h."""


class EventFilter:
    """Python sees each event."""

    def leave_all(self, on: bool) -> None:
        """Leave each event to Python while that is so."""

    def forget(self) -> None:
        """What was known of code objects may be otherwise."""

    @property
    def change(self) -> int:
        """The number of the last forget(), to be given with what is looked up from now on: another thread may make that untrue."""
        return 0

    def take(self, dispatch: DispatchTable, code: CodeType, change: int, traced: bool, lines: bool, calls: bool, counting: bool) -> bool:
        """Know what is asked in a code object, of which a frame has just been met; calls: Python is to see each call of it; counting: calls are
        counted. Whether it is."""
        return False

    def pass_over(self, frame: FrameType, change: int) -> None:
        """A frame is at a line at which nobody asks."""

    def ask(self, frame: FrameType, change: int, dispatch: DispatchTable, entries: Entries) -> None:
        """A frame is at a line at which those entries ask: C may ask some of them."""

    def untrace(self, on: bool) -> None:
        """Have frames of code that concerns nobody run without being traced, where that can be; or all be traced again. Called by a thread
        whose trace function is ours."""

    def frames_taken(self) -> bool:
        """Report whether somebody else has come to run the program's frames, and may have run some that nobody saw."""
        return False


class NativeEventFilter(EventFilter):
    """The accelerator's Tracer sees them first."""

    def __init__(self, tracer: Any, frames: "Optional[FrameEvents]", counts_calls: bool) -> None:
        """frames: those of the tally; counts_calls: whether the Tracer has what counts calls."""
        self.counts_calls = counts_calls
        self.tracer = tracer
        self.frames = frames

    def leave_all(self, on: bool) -> None:
        """Leave each event to Python while that is so."""
        self.tracer.busy = on

    def forget(self) -> None:
        """What was known of code objects may be otherwise."""
        self.tracer.forget()

    @property
    def change(self) -> int:
        """The number of the last forget(), to be given with what is looked up from now on: another thread may make that untrue."""
        return int(self.tracer.change)

    def take(self, dispatch: DispatchTable, code: CodeType, change: int, traced: bool, lines: bool, calls: bool, counting: bool) -> bool:
        """Know what is asked in a code object, of which a frame has just been met; calls: Python is to see each call of it; counting: calls are
        counted. Whether it is."""
        counts = self.frames.counts_in_c(code) if dispatch.tally and self.frames is not None else ()
        if counts is None:
            return False
        flags = TRACED if traced else 0
        for kind, flag in ((CALL, ASKS_CALL), (RETURN, ASKS_RETURN), (EXCEPTION, ASKS_EXCEPTION)):
            if dispatch.entries[kind]:
                flags |= flag
        if counting and self.counts_calls:
            flags |= CALLS
        elif counting:
            calls = True
        if calls:
            flags |= ASKS_CALL
        if traced and not lines:
            flags |= NO_LINES
        before = [_before(dispatch, kind) for kind in (CALL, RETURN, EXCEPTION)]
        if calls:
            before[0] = None
        return bool(self.tracer.use(code, flags, change, counts or None, tuple(before)))

    def pass_over(self, frame: FrameType, change: int) -> None:
        """A frame is at a line at which nobody asks."""
        self.tracer.quiet(frame.f_code, frame.f_lasti, change)

    def ask(self, frame: FrameType, change: int, dispatch: DispatchTable, entries: Entries) -> None:
        """A frame is at a line at which those entries ask: C may ask some of them."""
        one = entries[0]
        if len(entries) == 1 and dispatch.plain and one.tracepoint.active and not (one.screen is not None and one.screen.acts):
            self.tracer.ask(frame.f_code, frame.f_lasti, change, one.guard, one.short)

    def untrace(self, on: bool) -> None:
        """Have frames of code that concerns nobody run without being traced, where that can be; or all be traced again. Called by a thread
        whose trace function is ours."""
        self.tracer.pass_over(on)

    def frames_taken(self) -> bool:
        """Report whether somebody else has come to run the program's frames, and may have run some that nobody saw."""
        return bool(self.tracer.taken)


def _before(dispatch: DispatchTable, kind: int) -> Any:
    """Return what may say that an event concerns none of the entries, and can be asked again; or does all that they ask. None: nothing."""
    entries = dispatch.entries[kind]
    screen = only_screen(entries)
    if screen is not None:
        return None if screen.acts else screen.says
    if dispatch.shared or kind == EXCEPTION and dispatch.uncaught_only or not (entries and entries[0].tracepoint.active):
        return None
    return only_short(entries)  # C takes none but its own


__all__ = ["EventFilter", "NativeEventFilter"]
