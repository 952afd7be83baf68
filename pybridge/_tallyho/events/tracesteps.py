"""Lines and returns for steps and pauses, where sys.settrace is all there is: goes with the trace functions of settrace.py."""

from __future__ import annotations

import dis
from _thread import get_ident
from types import CodeType, FrameType
from typing import Any, Dict, Iterable, Tuple

from ..base import guest
from ..base.behaviour import YIELD_FROM_RUNS_AGAIN
from ..base.classes import is_a
from ..stops.attention import ALL_CODE, NO_CODE
from ..stops.threadcontrol import ThreadControl
from .frameplace import at_return_op
from .settrace import SetTrace

SUSPENDS = 0x20 | 0x80 | 0x200
"""Flags of generators, coroutines and asynchronous generators."""

_YIELDS = frozenset(dis.opmap[name] for name in ("YIELD_VALUE", "YIELD_FROM", "SEND", "RESUME", "GET_AWAITABLE") if name in dis.opmap)


class TraceSteps:
    """What is wanted of the trace functions besides tracepoints."""

    def __init__(self, stops: ThreadControl, backend: SetTrace) -> None:
        self.stops = stops
        self.backend = backend
        backend.step_by(self)
        self.reach = NO_CODE
        self.uncaught = False
        self.codes: Dict[int, CodeType] = {}
        self.raised: Dict[int, Tuple[BaseException, Any]] = {}

    def attend(self, reach: int, codes: Iterable[CodeType], leaving: bool) -> None:
        """Ask for the lines of all code or the person's, for all of some code, and for exceptions that end a thread."""
        wanted = {id(code): code for code in codes}
        before = (self.reach, set(self.codes), self.uncaught)
        self.reach, self.codes, self.uncaught = reach, wanted, self.stops.uncaught.wanted
        if (reach, set(wanted), self.uncaught) == before or not self.backend.on:
            return
        self.backend.attend_by(self.event if reach or wanted or self.uncaught else None)
        self.backend.rearm()

    def stop(self) -> None:
        """Ask for nothing any more."""
        self.reach, self.codes, self.uncaught = NO_CODE, {}, False
        self.backend.attend_by(None)

    def restart(self) -> None:
        """Start afresh in a forked child."""

    def wants(self, frame: FrameType) -> bool:
        """Report whether a frame is to be traced, by line."""
        if guest.is_ours(frame.f_code):
            return False
        if self.reach == ALL_CODE or id(frame.f_code) in self.codes:
            return True
        return bool(self.reach) and self.stops.just_my_code.frame(frame) or self.uncaught and self._is_outermost(frame)

    def _is_outermost(self, frame: FrameType) -> bool:
        just_my_code = self.stops.just_my_code
        if not just_my_code.frame(frame):
            return False
        around = frame.f_back
        while around is not None and not just_my_code.frame(around):
            around = around.f_back
        return around is None

    def event(self, frame: FrameType, kind: str, arg: Any, answer: Any) -> Any:
        """See an event after the tracepoints have; return what traces the frame from now on."""
        if kind == "call":
            if get_ident() == guest.reader_ident() or not self.wants(frame):
                return self._until_return(frame, answer)
            frame.f_trace_lines = True
            return self.backend.function
        if kind == "line":
            if self.reach or id(frame.f_code) in self.codes:
                self.stops.line(frame, frame.f_lineno or 0)
        elif kind == "exception":
            self._exception(arg[1], arg[2])
        elif kind == "return":
            self._return(frame, arg)
        return answer

    def _until_return(self, frame: FrameType, answer: Any) -> Any:
        """Trace a frame to its end where a step goes over it."""
        caller = frame.f_back
        if answer is not None or not self.codes or caller is None or not self.stops.steps_over(caller):
            return answer
        frame.f_trace_lines = False
        return self.backend.function

    def _exception(self, error: Any, trace: Any) -> None:
        if self.uncaught and is_a(error, BaseException):
            self.raised[get_ident()] = error, trace

    def _return(self, frame: FrameType, value: Any) -> None:
        how = how_left(frame)
        if how != "unwind":
            self.stops.left(frame, how, value)
            return
        error, trace = self.raised.pop(get_ident(), (None, None))
        self.stops.left(frame, how, error, trace)


def how_left(frame: FrameType) -> str:
    """Return what settrace's "return" of a frame is: "return", "yield" or "unwind"."""
    if frame.f_code.co_flags & SUSPENDS and _at_yield(frame):
        return "yield"
    return "return" if at_return_op(frame) else "unwind"


def _at_yield(frame: FrameType) -> bool:
    units = frame.f_code.co_code
    at = frame.f_lasti
    if not 0 <= at < len(units):
        return False
    if units[at] in _YIELDS:
        return True
    return YIELD_FROM_RUNS_AGAIN and at + 2 < len(units) and dis.opname[units[at + 2]] == "YIELD_FROM"


__all__ = ["TraceSteps"]
