"""The callback of LINE in the backend on sys.monitoring: the hottest Python there is.

A closure, and one guard asked in it: that halves the cost of a condition that is seldom true. A condition that is asked over and
over gets a callback of its own (onecondition.py), which stands in for this one until other things may be asked.
"""

from __future__ import annotations

from _thread import get_ident
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Callable, Optional, Tuple

from ..base import guest
from ..base.extension import make_guard
from ..base.monitoring import DISABLE, LINES, api
from ..base.turns import getframe, in_turn
from ..program.event import LINE
from ..query.dispatch import Entries, Entry
from ..query.tracepointtable import TracepointTable
from .onecondition import Rest, one_condition
from .swallowed import Swallowed, lined

if TYPE_CHECKING:
    from ..tally.tally import Tally

_register = api.register_callback

OFTEN = 200
"""Times that a condition is asked and does not hold before a callback is made for it: to make one takes as long as asking some."""


def make_on_line(
    table: TracepointTable,
    tool: int,
    tally: "Optional[Tally]",
    swallowed: "Optional[Swallowed]",
    native: Any,
    is_on: Callable[[], bool],
    silence: Callable[[CodeType, int], Any],
) -> Tuple[Callable[[CodeType, int], Any], Callable[[], None]]:
    """Return the callback of LINE, and a function that has it forget what is asked at lines.

    silence: returns the answer at an event that will never concern anybody.
    """
    dispatch_of, at_line, deliver = table.dispatches.get, table.entries_at, table.deliver
    on_counted = tally.frames.on_line if tally is not None else None
    ident, reader, deep = get_ident, guest.reader_ident, guest.too_deep
    # The entry whose guard alone has been asked of late (a loop), its line, how often it is still asked here; and whether a condition
    # has a callback of its own at present.
    likely: Optional[Entry] = None
    likely_line = left = 0
    settled = False

    def on_line(code: CodeType, line: int, up: int = 1) -> Any:
        nonlocal likely, likely_line, left
        try:
            dispatch = dispatch_of(id(code))
            if dispatch is None:
                return DISABLE
            if dispatch.tally_lines:
                on_counted(code, line)  # type: ignore[misc]
            entries = dispatch.lines.get(line)
            if entries is None:
                entries = at_line(dispatch, line, getframe(up))
            if not entries:
                if dispatch.tally_lines or dispatch.points:
                    return None  # DISABLE would take the INSTRUCTION of that place away as well (swallowed.py)
                if dispatch.tally and swallowed is not None:
                    if lined(code, tool):
                        return None  # another tool has LINE on: INSTRUCTION comes as long as one of them has
                    swallowed.missed(code, getframe(up).f_lasti)
                return DISABLE
            frame = getframe(up)
            if dispatch.shared and ident() == reader() or frame.f_code is not code:
                return None
            entry = entries[0]
            guard = entry.guard if len(entries) == 1 else None
            if guard is not None:
                if not entry.tracepoint.active:
                    return None
                try:
                    holds = True if guard(frame) else False
                except RecursionError:
                    deep[0] += 1
                    return None
                except Exception as error:
                    table.guard_failed(entry, error, LINE, dispatch.facts, frame)
                    return None
                if not holds:
                    screen = entry.screen
                    if screen is not None and screen.by_place:
                        return silence(code, LINES)
                    if entry is not likely or line != likely_line and dispatch.by_line:
                        likely, likely_line, left = entry, line, OFTEN
                    elif left:
                        left -= 1
                    elif native is None and not dispatch.shared and not dispatch.tally_lines:
                        settle(entry, code, line if dispatch.by_line else None, frame)
                    return None
            deliver(entries, LINE, frame, dispatch.facts, None, False, guard is not None)
            if dispatch.tally and swallowed is not None and not dispatch.mask & LINES and swallowed.taken(code, frame):
                swallowed.missed(code, frame.f_lasti)
        except RecursionError:
            deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def reached(entries: Entries, code: CodeType, frame: FrameType) -> None:
        dispatch = dispatch_of(id(code))
        if dispatch is not None:
            deliver(entries, LINE, frame, dispatch.facts, None, False, True)
            if dispatch.tally and swallowed is not None and not dispatch.mask & LINES and swallowed.taken(code, frame):
                swallowed.missed(code, frame.f_lasti)

    def failed(entry: Entry, error: Exception, code: CodeType, frame: FrameType) -> None:
        dispatch = dispatch_of(id(code))
        if dispatch is not None:
            table.guard_failed(entry, error, LINE, dispatch.facts, frame)

    def settle(entry: Entry, code: CodeType, line: Optional[int], frame: FrameType) -> None:
        nonlocal settled
        callback = one_condition(code, line, frame, Rest(entry, reached, failed, on_line))
        # No other thread comes in from here to the end: between forget and this, it could not be forgotten.
        if likely is entry and is_on():
            settled = True
            _register(tool, LINES, in_turn(callback))

    def forget() -> None:
        nonlocal likely, settled
        likely = None
        if settled and is_on():
            settled = False
            _register(tool, LINES, in_turn(on_line))

    if native is None:
        return on_line, forget

    def passed(code: CodeType, line: int) -> None:
        dispatch = dispatch_of(id(code))
        if dispatch is not None:
            reached(dispatch.lines.get(line) or (), code, getframe(1))

    lines = native.Lines(table.dispatches, on_line, passed, failed, make_guard(native))
    return lines.on_line, lines.forget
