"""The callbacks of sys.monitoring: what each event is to the tracepoints and to the tally.

Nothing leaves them but what the program itself raised: each has the guard that guest.leave tells of. The frame of an
event is the caller's.
"""

from __future__ import annotations

import opcode
from _thread import get_ident
from types import CodeType
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

from ..base import guest
from ..base.guest import too_deep
from ..base.linetable import line_at
from ..base.monitoring import DISABLE, RETURNS, START
from ..base.patientlock import PatientLock
from ..base.turns import getframe as _getframe
from ..base.unseen import DOOR, opened
from ..program.event import CALL, EXCEPTION, LINE, RETURN
from ..query.dispatch import DispatchTable
from ..query.surroundings import Halting
from ..query.tracepointtable import TracepointTable

if TYPE_CHECKING:
    from ..tally.frameevents import FrameEvents

_END_FOR = opcode.opmap["END_FOR"]

CONCERNS_NOBODY = -2
"""What `raised` returns of code in which no exception can concern anybody."""

Meet = Callable[[CodeType, Dict[str, Any]], Optional[DispatchTable]]


class Callbacks:
    """The callbacks of one Monitor that are Python; some have a stand-in in C."""

    def __init__(
        self,
        table: TracepointTable,
        stops: Halting,
        frames: "Optional[FrameEvents]",
        meet: Meet,
        see: Meet,
        raised_in: Callable[[CodeType], Optional[DispatchTable]],
        passed: Callable[[CodeType], bool],
        seeing: Callable[[], PatientLock],
        silence: Callable[[CodeType, int], Any],
    ) -> None:
        """meet: makes the dispatch table of new code, unless the code is passed over; see: makes it in any case; raised_in: makes that of code
        where an exception is raised; passed: whether all code of a file is passed over. seeing: the lock that is held meanwhile. silence:
        returns the answer at an event that will never concern anybody."""
        self.table = table
        self.dispatches = table.dispatches
        self.stops = stops
        self.frames = frames
        self.counting = False
        """Whether every call is counted."""
        self._meet = meet
        self._see = see
        self._raised_in = raised_in
        self._passed = passed
        self._seeing = seeing
        self._silence = silence

    def count_calls(self, counting: bool) -> None:
        """Every call is counted from now on, or not."""
        self.counting = counting

    def on_instruction(self, code: CodeType, offset: int) -> Any:
        """INSTRUCTION, where nothing is counted."""
        try:
            dispatch = self.dispatches.get(id(code))
            if dispatch is None or offset not in dispatch.points:
                return DISABLE
            self.reached(code, offset, _getframe(1))
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def reached(self, code: CodeType, offset: int, frame: Any) -> None:
        """A statement within a line begins: its tracepoints are told of it as of a line."""
        dispatch = self.dispatches.get(id(code))
        entries = dispatch.points.get(offset) if dispatch is not None else None
        if dispatch is None or not entries or frame.f_code is not code or dispatch.shared and get_ident() == guest.reader_ident():
            return
        stood = self.stops.past(frame, offset)
        self.table.deliver(entries, LINE, frame, dispatch.facts, None, False, stood=stood)
        self.stops.line_is_over()

    def on_start(self, code: CodeType, offset: int) -> Any:
        """PY_START: see new code; deliver a call."""
        try:
            dispatch = self.dispatches.get(id(code))
            if dispatch is None:
                if code is DOOR:
                    opened()
                    return None
                dispatch = self._meet(code, _getframe(1).f_globals)
                if dispatch is None:
                    return DISABLE
            elif not dispatch.ready:
                self._wait_until_seen()
            if dispatch.tally and dispatch.masks.get("tally", 0) & START:
                self.frames.on_start(code, offset)  # type: ignore[union-attr]
            if dispatch.direct is not None and not self.counting and dispatch.direct(_getframe(1), None, False):
                return None
            entries = dispatch.entries[CALL]
            if entries:
                screen = dispatch.screens[CALL]
                if screen is None or screen.says(_getframe(1), None, False):
                    self._deliver(entries, CALL, code, dispatch, None, False)
                elif screen.by_place and not self.counting:
                    return self._silence(code, START)
            if self.counting:
                self._count(dispatch)
                return None
            if not entries and not dispatch.mask & START:
                dispatch.start_silent = True
                return DISABLE
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def _wait_until_seen(self) -> None:
        seeing = self._seeing()
        if seeing.take():
            seeing.give()

    def _count(self, dispatch: DispatchTable) -> None:
        if get_ident() != guest.reader_ident():
            self.table.run.called()

    def on_resume(self, code: CodeType, offset: int) -> Any:
        """PY_RESUME: a call."""
        try:
            self._called(code)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def on_throw(self, code: CodeType, offset: int, exception: BaseException) -> Any:
        """PY_THROW: a call; global, never disabled."""
        try:
            self._called(code)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def _called(self, code: CodeType) -> None:
        dispatch = self.dispatches.get(id(code)) or self._see(code, _getframe(2).f_globals)
        if dispatch is None:
            return
        entries = dispatch.entries[CALL]
        if entries:
            frame = _getframe(2)
            if frame.f_code is code and not (dispatch.shared and get_ident() == guest.reader_ident()):
                self.table.deliver(entries, CALL, frame, dispatch.facts, None, False)
        if self.counting:
            self._count(dispatch)

    def on_return(self, code: CodeType, offset: int, value: Any) -> Any:
        """PY_RETURN: a return."""
        try:
            dispatch = self.dispatches.get(id(code))
            if dispatch is None:
                return None
            if dispatch.tally:
                self.frames.on_return(code, offset, value)  # type: ignore[union-attr]
            entries = dispatch.entries[RETURN]
            if entries:
                screen = dispatch.screens[RETURN]
                if screen is None or screen.says(_getframe(1), value, True):
                    self._deliver(entries, RETURN, code, dispatch, value, True)
                elif screen.by_place:
                    return self._silence(code, RETURNS)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def on_yield(self, code: CodeType, offset: int, value: Any) -> Any:
        """PY_YIELD: a return."""
        try:
            dispatch = self.dispatches.get(id(code))
            if dispatch is None:
                return None
            if dispatch.tally:
                self.frames.on_yield(code, offset, value)  # type: ignore[union-attr]
            entries = dispatch.entries[RETURN]
            if entries:
                self._deliver(entries, RETURN, code, dispatch, value, False)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def on_unwind(self, code: CodeType, offset: int, exception: BaseException) -> Any:
        """PY_UNWIND: a return of None, as settrace has it; global."""
        try:
            dispatch = self.dispatches.get(id(code))
            if dispatch is None:
                return None
            if dispatch.tally:
                self.frames.on_unwind(code, offset, exception)  # type: ignore[union-attr]
            entries = dispatch.entries[RETURN]
            if entries:
                self._deliver(entries, RETURN, code, dispatch, None, False)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def raised(self, code: CodeType, offset: int, exception: BaseException, frame: Any) -> Optional[int]:
        """RAISE: an exception; global, once for each frame it passes. Returns CONCERNS_NOBODY where none can concern anybody in that code;
        the counter that is all that another one of its class would change at that instruction, -1 for none; None where there is more to it.
        """
        dispatch = self.dispatches.get(id(code))
        if dispatch is None or dispatch.tally:
            dispatch = self._raised_in(code)
        if dispatch is None:
            nobody = not self.stops.just_my_code.code(code) and (self.frames is None or self._passed(code))
            return CONCERNS_NOBODY if nobody else None
        counter = self.frames.on_raise(code, offset, exception) if dispatch.tally else None  # type: ignore[union-attr]
        entries = dispatch.entries[EXCEPTION]
        if entries and not (dispatch.uncaught_only and self.stops.outcomes(frame, exception)):
            arg = (type(exception), exception, guest.traceback_of(exception))
            if frame.f_code is code and not (dispatch.shared and get_ident() == guest.reader_ident()):
                self.table.deliver(entries, EXCEPTION, frame, dispatch.facts, arg, False)
        return counter if not entries else None

    def on_stop_iteration(self, code: CodeType, offset: int, exception: BaseException) -> Any:
        """STOP_ITERATION: the exception that settrace shows where `yield from` ends."""
        try:
            dispatch = self.dispatches.get(id(code))
            if dispatch is None or not dispatch.entries[EXCEPTION] or code.co_code[offset] == _END_FOR:
                return DISABLE  # settrace shows none where a `for` has exhausted a generator
            arg = (type(exception), exception, None)
            self._deliver(dispatch.entries[EXCEPTION], EXCEPTION, code, dispatch, arg, False)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def on_jump(self, code: CodeType, offset: int, target: int) -> Any:
        """JUMP: a line again, where it goes back within its line and so has no LINE of its own."""
        try:
            if target > offset:
                return DISABLE
            line = line_at(code, offset)
            if line is None or line != line_at(code, target):
                return DISABLE
            dispatch = self.dispatches.get(id(code))
            if dispatch is None:
                return DISABLE
            entries = dispatch.lines.get(line)
            if entries is None:
                entries = self.table.entries_at(dispatch, line, _getframe(1))
            if not entries:
                return DISABLE
            self._deliver(entries, LINE, code, dispatch, None, False)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def _deliver(self, entries: Any, kind: int, code: CodeType, dispatch: DispatchTable, arg: Any, return_op: bool) -> None:
        frame = _getframe(2)
        # Cython's events have code objects but no frames of their own.
        if frame.f_code is code and not (dispatch.shared and get_ident() == guest.reader_ident()):
            self.table.deliver(entries, kind, frame, dispatch.facts, arg, return_op)


__all__ = ["Callbacks"]
