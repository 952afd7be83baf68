"""What a tally does as frames begin, end, and raise; and at their lines, where code is counted by line.

The callbacks do not raise; their callers guard them all the same. The frame concerned is sys._getframe(2) in on_…, which
are called straight from the callback of the event. on_line finds it by its code object: one more may lie between
(onecondition.py).
"""

from __future__ import annotations

from time import perf_counter_ns
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Optional, Tuple

from ..base.classes import name_of
from ..base.turns import getframe as _frame
from ..program.djangos import is_node
from ..program.event import starts
from .calls import CallTallies
from .codes import Codes, frame_of
from .counting import StatementCounters
from .durations import Durations
from .lines import LineCounters
from .nodecounts import NodeCounts
from .raising import Raised
from .samples import message
from .sampling import Sampler

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Type

    ExcInfo = Tuple[Type[BaseException], BaseException, Optional[TracebackType]]


class FrameEvents:
    """The events of frames that run code which is counted."""

    def __init__(
        self,
        codes: Codes,
        counting: StatementCounters,
        sampler: Sampler,
        sampling: bool,
        lines: LineCounters,
        nodes: NodeCounts,
        calls: Optional[CallTallies],
        durations: Durations,
        raised: Raised,
    ) -> None:
        self.codes = codes
        self.traced = codes.traced  # looked up at every event
        self.counting = counting
        self.sampler = sampler
        self.sampling = sampling
        self.lines = lines
        self.nodes = nodes
        self.calls = calls
        self.durations = durations
        self.raised = raised

    def on_start(self, code: CodeType, offset: int) -> None:
        """A frame starts in code that is counted by line; frames of other code are met at their first probe."""
        frame = frame_of(code, _frame(1))
        if frame is not None and is_node(code):
            self.nodes.rendered(frame)
        elif frame is not None:
            self.lines.call(frame, True)

    def on_yield(self, code: CodeType, offset: int, value: Any) -> None:
        """Nothing to do: a statement goes on after a suspension."""

    def on_return(self, code: CodeType, offset: int, value: Any) -> None:
        """A frame is about to return value."""
        traced = self.traced.get(id(code))
        if traced is None:
            self.lines.leave(code, frame_of(code, _frame(1)), value)
            return
        frame = frame_of(code, _frame(1))
        if frame is not None:
            self.durations.end(frame)
            if self.sampling:
                since = perf_counter_ns()
                self.sampler.at_return(traced, frame, value)
                if not traced.returning:
                    self.durations.forget(traced)
                self.durations.off(since)
            if traced.calls and self.calls is not None:
                self.calls.left(frame)

    def on_unwind(self, code: CodeType, offset: int, exc: BaseException) -> None:
        """A frame is left by exc."""
        frame = frame_of(code, _frame(1))
        if frame is None:
            return
        self.durations.end(frame)
        self.sampler.at_unwind(frame)
        if self.calls is not None:
            self.calls.left(frame)
        if id(code) not in self.traced:
            self.lines.leave(code, frame, None)

    def on_raise(self, code: CodeType, offset: int, exc: BaseException) -> Optional[int]:
        """exc is raised in a frame, or reaches it from a call. Return the counter that is all that another one of its class would change
        there, -1 for none; None where there is more to it."""
        frame = frame_of(code, _frame(1))
        traced = self.traced.get(id(code))
        if traced is None and frame is not None:
            self.lines.exception(frame, exc)
        if frame is None or traced is None or traced.owner < 0 or traced.main.first < 0:
            return None
        known = self.raised.map(code, traced)
        if known.is_end(frame.f_lasti, exc):
            return -1
        index = known.statement(code, frame.f_lasti)
        if index < 0:
            return -1
        kind = name_of(type(exc))
        slot = self.raised.slot(traced.file, index, kind, self.calls.number(frame) if self.calls else 0)
        if slot >= 0:
            self.counting.counters[slot] += 1
        wanted = False
        if self.sampling:
            wanted = self.raised.wanted(traced.file, index, kind)
            account = self.calls.account(frame, traced) if self.calls and traced.calls else traced.main
            self.sampler.at_raise(traced, frame, traced.file.span(index), ("", kind, message(exc)), account, wanted)
        return slot if slot >= 0 and not wanted and self.calls is None else None

    # Below 3.12, and where lines are all there is.

    def on_line(self, code: CodeType, line: int) -> Any:
        """A LINE event in code that is counted by line."""
        frame = frame_of(code, _frame(1))
        return self.lines.line(frame) if frame is not None else None

    def trace_call(self, frame: FrameType) -> None:
        """Settrace's "call", where a code object may be met for the first time: events() is not asked."""
        if is_node(frame.f_code):
            self.nodes.rendered(frame)
            return
        if id(frame.f_code) in self.codes.paths:
            self.codes.events(frame.f_code)
        self.lines.call(frame, starts(frame))

    def trace_line(self, frame: FrameType) -> None:
        """Settrace's "line"."""
        self.lines.line(frame)

    def trace_return(self, frame: FrameType, arg: Any) -> None:
        """Settrace's "return"."""
        self.lines.leave(frame.f_code, frame, arg)

    def trace_exception(self, frame: FrameType, exc_info: "ExcInfo") -> None:
        """Settrace's "exception"."""
        self.lines.exception(frame, exc_info[1])

    def late(self, then: Any, kind: str, arg: Any) -> None:
        """Count an event of settrace that was noted when it happened: then is its frame as it was, which has no values."""
        if kind == "call":
            self.trace_call(then)
        elif kind == "line":
            self.trace_line(then)
        elif kind == "return":
            self.trace_return(then, arg)
        elif kind == "exception":
            self.trace_exception(then, arg)

    def told_of(self, frame: int) -> Optional[Tuple[int, int]]:
        """Return the line that a frame with that id was at when it was told of last, and another number after each event."""
        return self.lines.frames.told(frame)

    def counts_in_c(self, code: CodeType) -> Optional[Tuple[Any, ...]]:
        """Return what C has to know to count a code object's lines; () where there is nothing to count; None: it is for Python."""
        if is_node(code) or id(code) in self.codes.paths:
            return None
        return self.lines.counts_in_c(code) if id(code) in self.lines.codes else ()


__all__ = ["FrameEvents"]
