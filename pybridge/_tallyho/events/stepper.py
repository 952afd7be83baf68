"""Lines and returns for steps and pauses, on 3.12 and newer: a tool of sys.monitoring of its own.

It is another tool than the tracepoints' so that it disables none of their events. Its
id is lower, and callbacks of one place come in descending order of ids:
when a line has a breakpoint and ends a step, the breakpoint is told.
"""

from __future__ import annotations

from _thread import allocate_lock
from types import CodeType, FunctionType, MethodType
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

from ..base import guest
from ..base.extension import make_guard
from ..base.guest import too_deep
from ..base.linetable import line_at
from ..base.monitoring import CALLS, DISABLE, JUMP, LINES, RETURNS, START, UNWIND, YIELDS
from ..base.monitoring import api as _m
from ..base.turns import getframe as _getframe
from ..base.turns import in_turn
from ..stops.attention import ALL_CODE, NO_CODE, PERSONS_CODE
from ..stops.threadcontrol import ThreadControl
from .swallowed import Swallowed

NAME = "tallyho steps"
TOOLS = (3, 2, 1, 0)
STEP = LINES | JUMP | START | RETURNS | YIELDS | CALLS
"""CALLS: what the functions return that a step goes over. START: without it 3.13 forgets the line of a one-line function (gh-155992)."""

OVER = START | RETURNS
"""Of code that a step goes over."""

EVERYWHERE = LINES | JUMP | START


class Stepper:
    """One tool of sys.monitoring, held only while something is wanted of it."""

    def __init__(self, stops: ThreadControl, below: int, swallowed: "Optional[Swallowed]" = None, native: Any = None) -> None:
        self.stops = stops
        self.native = native
        self.below = below
        self.swallowed = swallowed
        self.tool = -1
        self.codes: Dict[int, CodeType] = {}
        self.called: Dict[int, CodeType] = {}
        """Code that code in `codes` has called and whose returns are wanted for that."""
        self.everywhere = 0
        self.reach = NO_CODE
        self.disabled = False
        self.lock = allocate_lock()
        self.on = True

    def _claim(self) -> bool:
        for tool in (one for one in TOOLS if one < self.below):
            try:
                _m.use_tool_id(tool, NAME)
            except ValueError:
                continue
            self.tool = tool
            for event, callback in self._callbacks():
                _m.register_callback(tool, event, in_turn(callback))
            return True
        guest.failures.append("no id of sys.monitoring is free for steps")
        return False

    def _callbacks(self) -> List[Tuple[int, Callable[..., Any]]]:
        native = self.native
        on_unwind = self.on_unwind if native is None else native.Unwinds(self.stops, self.on_unwind, make_guard(native)).on_unwind
        return [
            (LINES, self.on_line), (JUMP, self.on_jump), (RETURNS, self.on_return), (YIELDS, self.on_yield),
            (UNWIND, on_unwind), (CALLS, self.on_call),
        ]  # fmt: skip

    def attend(self, reach: int, codes: Iterable[CodeType], leaving: bool) -> None:
        """Ask for the lines of all code or the person's, for all of some code, and for frames that exceptions leave."""
        wanted = {id(code): code for code in codes}
        events = (EVERYWHERE if reach else 0) | (UNWIND if leaving else 0)
        with self.lock:
            if not self.on or self.tool < 0 and not (wanted or events) or self.tool < 0 and not self._claim():
                return
            for key, code in list(self.codes.items()):
                if key not in wanted:
                    del self.codes[key]
                    self._set(code, 0)
            if not self.stops.steps:
                for code in self.called.values():
                    if id(code) not in wanted:
                        self._set(code, 0)
                self.called = {}
            self.reach = reach
            inside = any(not self.stops.just_my_code.code(code) for key, code in wanted.items() if key not in self.codes)
            if self.disabled and (reach == ALL_CODE or inside):
                self.disabled = False
                _m.restart_events()  # of other tools as well; they must bear it, and it is rare
            for key, code in wanted.items():
                if key not in self.codes:
                    self.codes[key] = code
                    self._set(code, STEP)
            if events != self.everywhere:
                self.everywhere = events
                _m.set_events(self.tool, events)

    def _set(self, code: CodeType, events: int) -> None:
        try:
            _m.set_local_events(self.tool, code, events)
        except (SystemError, ValueError):
            pass  # a code object that cannot be instrumented (gh-111997)

    def stop(self) -> None:
        """Ask for nothing any more and give the id back."""
        self.attend(NO_CODE, (), False)
        with self.lock:
            self.on = False
            if self.tool >= 0:
                for event, _ in self._callbacks():
                    _m.register_callback(self.tool, event, None)
                _m.free_tool_id(self.tool)
                self.tool = -1

    def restart(self) -> None:
        """Start afresh in a forked child."""
        self.lock = allocate_lock()

    # Callbacks.

    def on_line(self, code: CodeType, line: int) -> Any:
        """LINE: may end a step, or stop the thread because the program is stopped."""
        try:
            frame = _getframe(1)
            if frame.f_code is not code:
                return None
            swallowed = self.swallowed
            counted = swallowed.before() if swallowed is not None else None
            if self.stops.line(frame, line) and self.reach == PERSONS_CODE:
                self.disabled = True
                return DISABLE  # of code that is not the person's, and so not counted
            if swallowed is not None and not self._asks(code) and counted != (id(frame), frame.f_lasti) and swallowed.taken(code, frame):
                swallowed.missed(code, frame.f_lasti)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def _asks(self, code: CodeType) -> bool:
        return bool(self.everywhere & LINES) or id(code) in self.codes

    def on_jump(self, code: CodeType, offset: int, target: int) -> Any:
        """JUMP: a line again, where it goes back within its line."""
        try:
            if target > offset:
                return DISABLE
            line = line_at(code, offset)
            if line is None or line != line_at(code, target):
                return DISABLE
            frame = _getframe(1)
            if frame.f_code is code:
                self.stops.line(frame, line)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def on_call(self, code: CodeType, offset: int, function: Any, first: Any) -> Any:
        """CALL: what a step goes over is to tell what it returns."""
        try:
            callee = _code_of(function)
            if callee is not None and id(callee) not in self.codes and id(callee) not in self.called:
                frame = _getframe(1)
                if frame.f_code is code and self.stops.steps_over(frame):
                    with self.lock:
                        if self.on and self.tool >= 0:
                            self.called[id(callee)] = callee
                            self._set(callee, OVER)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def on_return(self, code: CodeType, offset: int, value: Any) -> Any:
        """PY_RETURN: may end a step in the frame around."""
        try:
            self._left(code, _getframe(1), "return", value)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)

    def on_yield(self, code: CodeType, offset: int, value: Any) -> Any:
        """PY_YIELD."""
        try:
            self._left(code, _getframe(1), "yield", value)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)

    def on_unwind(self, code: CodeType, offset: int, exception: BaseException) -> Any:
        """PY_UNWIND: global, for each frame that each exception leaves. Most exceptions go from one frame of the person's to another, or
        leave a library's, and concern nobody."""
        try:
            frame, stops = _getframe(1), self.stops
            if not stops.steps and not stops.watches.points:
                known = stops.just_my_code.known
                around = frame.f_back
                if around is not None:
                    its = known.get(id(around.f_code))
                    if its is not None and its[1] and its[0] is around.f_code:
                        return
                its = known.get(id(code))
                if its is not None and not its[1] and its[0] is code:
                    return
            self._left(code, frame, "unwind", exception)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)

    def _left(self, code: CodeType, frame: Any, how: str, value: Any) -> None:
        if frame.f_code is code:
            self.stops.left(frame, how, value)


def _code_of(function: Any) -> Optional[CodeType]:
    """Return the code that a call of a function runs; None where that is C's, or a class's."""
    if type(function) is MethodType:
        function = function.__func__
    if type(function) is not FunctionType:
        return None
    code = function.__code__
    return None if guest.is_ours(code) else code
