"""Exceptions that leave their thread: seen when one leaves the thread's outermost frame of the person's code.

Those of which exceptionoutcome.py is certain are told at the raise already, with all frames alive.
"""

from __future__ import annotations

from _thread import get_ident
from types import FrameType
from typing import Any, Callable, FrozenSet, List, Optional, Sequence

from ..base import guest
from ..program.event import EXCEPTION, Event, RunState
from ..program.fields import CodeFacts
from ..program.justmycode import JustMyCode
from ..program.thrown import leaves
from ..query.exceptionoutcome import CAUGHT, is_bottom, outcome_of
from ..query.known import KIND_KNOWN
from ..query.nodes import compile_node
from ..query.surroundings import Reason
from ..query.tracepoint import Tracepoint


class Uncaught:
    """The tracepoints about uncaught exceptions."""

    def __init__(
        self,
        just_my_code: JustMyCode,
        run: RunState,
        facts: Callable[[FrameType], CodeFacts],
        hit: Callable[[Event, Sequence[int], Optional[Reason]], None],
    ) -> None:
        self.just_my_code = just_my_code
        self.run = run
        self.facts = facts
        self.hit = hit
        self.points: List[Tracepoint] = []
        self._told: FrozenSet[int] = frozenset()
        """The ids of the exception that was told last and has not left its thread yet, and of the exceptions in it, if it is a group: the
        clauses of an `except*` pass on what is left of a group as another group."""

    @property
    def wanted(self) -> bool:
        """Whether anybody asks."""
        return bool(self.points)

    def prepare(self, points: Sequence[Tracepoint]) -> None:
        """Take the tracepoints as they are now."""
        self.points = [point for point in points if point.exceptions is not None and point.exceptions.when == "uncaught"]

    def tell(self, error: BaseException) -> bool:
        """Note that an exception is told; False if it was told already."""
        told = self._is_told(error)
        self._told = frozenset([id(error), *map(id, leaves(error) or ())])
        return not told

    def _is_told(self, error: BaseException) -> bool:
        parts = leaves(error)
        return id(error) in self._told or bool(parts) and all(id(one) in self._told for one in parts or ())

    def unwound(self, frame: FrameType, error: BaseException, trace: Any) -> None:
        """An exception leaves a frame: where that is the thread's outermost frame of the person's, it was not caught."""
        around, just_my_code = frame.f_back, self.just_my_code.code
        if around is not None and just_my_code(around.f_code) or not just_my_code(frame.f_code):
            return
        if get_ident() == guest.reader_ident() or not self._is_outermost(frame) or self._is_caught_around(frame, error):
            return
        if self._is_told(error):
            self._told = frozenset()
            return
        for point in self.points:
            if point.active:
                self._judge(point, frame, error, trace)

    def _is_outermost(self, frame: FrameType) -> bool:
        just_my_code = self.just_my_code
        around = frame.f_back
        while around is not None and not just_my_code.frame(around):
            around = around.f_back
        return around is None and just_my_code.frame(frame)

    def _is_caught_around(self, frame: FrameType, error: BaseException) -> bool:
        around = frame.f_back
        return around is not None and not is_bottom(around) and outcome_of(around, error, self.just_my_code).end == CAUGHT

    def _judge(self, point: Tracepoint, frame: FrameType, error: BaseException, trace: Any) -> None:
        arg = (type(error), error, trace)
        event = Event(frame, EXCEPTION, arg, self.facts(frame), frame.f_lineno or 0, self.run, False)
        event.dead_trace = trace
        if compile_node(point.tree.simplify(KIND_KNOWN[EXCEPTION]))(event):
            point.hit(event)
            if event.stops:
                self.hit(event, event.stops, point)
