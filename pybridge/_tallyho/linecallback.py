"""The callback of LINE in the backend on sys.monitoring: the hottest Python there is.

A closure, and one guard asked in it: that halves the cost of a condition that is seldom true (1,500 ns with
methods and a call of deliver, 700 so, 3.12.1 on a slow VM).
"""

from __future__ import annotations

import sys
from _thread import get_ident
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Callable, Optional

from . import guest
from .board import Entry
from .event import LINE

if TYPE_CHECKING:
    from .monitor import Monitor

if sys.version_info >= (3, 12):
    DISABLE: Any = sys.monitoring.DISABLE
    LINES = sys.monitoring.events.LINE
    from .swallowed import lined
else:
    raise ImportError("no sys.monitoring")


def make_on_line(monitor: "Monitor") -> Callable[[CodeType, int], Any]:
    """Return the callback of LINE: a line, silent for good where nobody wants it."""
    board, tool, tally, swallowed = monitor.board, monitor.tool, monitor.tally, monitor.swallowed
    plan_of, at_line, deliver, getframe = board.plans.get, board.entries_at, board.deliver, sys._getframe
    ident, reader = get_ident, guest.reader_ident
    native = board.native
    # The line that was asked about last, where its one guard is all that there is to ask: for loops.
    last: Optional[CodeType] = None
    last_line = 0
    last_guard: Callable[[FrameType], Any] = bool
    last_entry: Optional[Entry] = None

    def on_line(code: CodeType, line: int) -> Any:
        nonlocal last, last_line, last_guard, last_entry
        try:
            if code is last and line == last_line:
                try:
                    if not last_guard(getframe(1)):
                        return None
                except Exception as error:
                    return failed(last_entry, error, code, getframe(1))
                return reached(code, line, getframe(1))
            plan = plan_of(id(code))
            if plan is None:
                return DISABLE
            if plan.tally_lines:
                tally.on_line(code, line)  # type: ignore[union-attr]
            entries = plan.lines.get(line)
            if entries is None:
                entries = at_line(plan, line, getframe(1))
            if not entries:
                if plan.tally_lines:
                    return None
                if plan.tally and swallowed is not None:
                    if lined(code, tool):
                        return None     # another tool's: the event comes as long as one of them stays
                    swallowed.missed(code, getframe(1).f_lasti)
                return DISABLE
            frame = getframe(1)
            if plan.shared and ident() == reader() or frame.f_code is not code:
                return None
            entry = entries[0]
            guard = entry.guard if len(entries) == 1 else None
            if guard is not None:
                if not entry.tracepoint.active:
                    return None
                try:
                    if not guard(frame):
                        if native is None and not plan.shared and not plan.tally_lines:
                            last, last_line, last_guard, last_entry = code, line, entry.guard or guard, entry
                        return None
                except Exception as error:
                    board.guard_failed(entry, error, LINE, plan.facts, frame)
                    return None
            deliver(entries, LINE, frame, plan.facts, None, False, guard is not None)
            if plan.tally and swallowed is not None and not plan.mask & LINES and swallowed.taken(code, frame):
                swallowed.missed(code, frame.f_lasti)
        except BaseException as error:
            guest.leave(error)
        return None

    def reached(code: CodeType, line: int, frame: FrameType) -> None:
        plan = plan_of(id(code))
        if plan is not None:
            deliver(plan.lines.get(line) or (), LINE, frame, plan.facts, None, False, True)
            if plan.tally and swallowed is not None and not plan.mask & LINES and swallowed.taken(code, frame):
                swallowed.missed(code, frame.f_lasti)

    def failed(entry: Optional[Entry], error: Exception, code: CodeType, frame: FrameType) -> None:
        plan = plan_of(id(code))
        if plan is not None and entry is not None:
            board.guard_failed(entry, error, LINE, plan.facts, frame)

    def forget() -> None:
        nonlocal last, last_guard, last_entry
        last, last_guard, last_entry = None, bool, None

    if native is None:
        board.forget_lines = forget
        return on_line

    def passed(code: CodeType, line: int) -> None:
        reached(code, line, getframe(1))

    lines = native.Lines(board.plans, on_line, passed, failed, guest.leave, native.Gate, native.Quick, native.Hits)
    board.forget_lines = lines.forget
    return lines.on_line  # type: ignore[no-any-return]
