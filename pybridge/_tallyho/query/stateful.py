"""The predicates that remember: From's latch and Backlog's queue (hunter.md §4.5, §4.6).

One state serves all threads, as in hunter; depth is counted per thread.
"""

from __future__ import annotations

from collections import deque
from types import FrameType
from typing import Any, Callable, Deque, List, Optional, Sequence, Tuple

from ..program.event import CALL, EXCEPTION, LINE, Event
from .nodes import FALSE, Const, Emitter, Known, Node, compile_node

SHALLOW_KINDS = (LINE, EXCEPTION)
"""Kinds whose event never is the first at a smaller depth: the return before it is."""


class Latch:
    """Whether a From is on, and from where it counts."""

    __slots__ = ("on", "depth", "calls")

    def __init__(self) -> None:
        self.on = False
        self.depth = 0
        self.calls = 0


class From(Node):
    """On from an event for which `condition` holds until depth falls below its own by more than the watermark."""

    effects = True

    def __init__(self, latch: Latch, condition: Node, then: Optional[Node], watermark: int) -> None:
        self.latch = latch
        self.condition = condition
        self.then = then
        self.watermark = watermark
        self._ask: Optional[Callable[[Any], Any]] = None
        self._ask_then: Optional[Callable[[Any], Any]] = None

    def simplify(self, known: Known) -> Node:
        condition = self.condition.simplify(known)
        then = None if self.then is None else self.then.simplify(known)
        kinds = known.get("kind_number")
        shallow = kinds is not None and kinds[0] in SHALLOW_KINDS
        if shallow and _is_false(condition) and then is not None and _is_false(then):
            return FALSE
        if condition is self.condition and then is self.then:
            return self
        return From(self.latch, condition, then, self.watermark)

    def emit(self, out: Emitter) -> str:
        self._ask = compile_node(self.condition)
        self._ask_then = None if self.then is None else compile_node(self.then)
        return "%s(e)" % out.constant(self.judge)

    def judge(self, event: Event) -> Any:
        """Answer for one event."""
        latch = self.latch
        if latch.on:
            if event.depth - latch.depth < self.watermark:
                latch.on = False
                return False
        else:
            if self._ask is None or not self._ask(event):
                return False
            latch.depth, latch.calls, latch.on = event.depth, event.calls, True
        if self._ask_then is None:
            return True
        return self._ask_then(event.relative(latch.depth, latch.calls))

    def children(self) -> Sequence[Node]:
        return (self.condition,) if self.then is None else (self.condition, self.then)


def _is_false(node: Node) -> bool:
    return isinstance(node, Const) and not node.value


Deliver = Callable[[Event, bool, bool], None]
"""What shows a queued event: the event, whether to forget indentation first, whether it is made up."""


class Queue:
    """The events a Backlog holds back."""

    __slots__ = ("events",)

    def __init__(self, size: int) -> None:
        self.events: Deque[Tuple[Event, Optional[FrameType]]] = deque(maxlen=max(size, 0))


class Backlog(Node):
    """Shows, once its condition holds, what happened before."""

    effects = True

    def __init__(
        self,
        queue: Queue,
        condition: Node,
        stack: int,
        strip: bool,
        freeze: Optional[Callable[[Any], Any]],
        deliver: Deliver,
        accept: Optional[Node],
        whole: Optional[Node] = None,
    ) -> None:
        self.queue = queue
        self.condition = condition
        self.stack = stack
        self.strip = strip
        self.freeze = freeze
        self.deliver = deliver
        self.accept = accept
        self.whole = accept if whole is None else whole
        """The filter as it was: the events that are shown are of other code and other kinds than the one that shows them."""
        self._ask: Callable[[Any], Any] = bool
        self._accepts: Optional[Callable[[Any], Any]] = None
        self._shows: Optional[Callable[[Any], Any]] = None

    def simplify(self, known: Known) -> Node:
        condition = self.condition.simplify(known)
        accept = None if self.accept is None else self.accept.simplify(known)
        kinds = known.get("kind_number")
        shallow = kinds is not None and kinds[0] in SHALLOW_KINDS
        if _is_false(condition) and accept is not None and _is_false(accept) and (shallow or not self.strip):
            return FALSE
        if condition is self.condition and accept is self.accept:
            return self
        return Backlog(self.queue, condition, self.stack, self.strip, self.freeze, self.deliver, accept, self.whole)

    def emit(self, out: Emitter) -> str:
        self._ask = compile_node(self.condition)
        self._accepts = None if self.accept is None else compile_node(self.accept)
        self._shows = None if self.whole is None else compile_node(self.whole)
        return "%s(e)" % out.constant(self.judge)

    def judge(self, event: Event) -> Any:
        """Answer for one event; show or queue."""
        events = self.queue.events
        answer = self._ask(event)
        if answer:
            if events:
                self._show(event)
                events.clear()
            return answer
        if self.strip and event.depth < 1:
            events.clear()
        if self._accepts is None or self._accepts(event):
            # The frame is kept without a stack as well: the way out of a deeper one makes up a call.
            events.append((event.detach(self.freeze), event.frame))
        return answer

    def _show(self, event: Event) -> None:
        cleanup = True
        queued = list(self.queue.events)
        first, frame = queued[0]
        shown = [(outer, True) for outer in self._outer(event, first, frame)] + [(one, False) for one, _ in queued]
        for one, synthetic in shown:
            if self._shows is None or self._shows(one):
                self.deliver(one, cleanup, synthetic)
                cleanup = False

    def _outer(self, event: Event, first: Event, frame: Optional[FrameType]) -> List[Event]:
        """Make up the calls around the first queued event, outermost first."""
        is_call = first.kind_number == CALL
        number = min(first.depth, max(0, self.stack - (event.depth - first.depth) + (1 if is_call else 0)))
        at = frame.f_back if frame is not None and is_call else frame
        made: List[Event] = []
        for depth in range(first.depth - 1, first.depth - 1 - number, -1):
            if at is None:
                break
            made.append(self._synthetic(event, at, depth))
            at = at.f_back
        return made[::-1]

    def _synthetic(self, event: Event, frame: FrameType, depth: int) -> Event:
        facts = event.facts.source_index.facts(frame.f_code, frame.f_globals)
        call = Event(frame, CALL, None, facts, frame.f_lineno or 0, event.run, False)
        call._depth, call._calls, call.synthetic = depth, -1, True
        call._thread = event._thread
        return call.detach(self.freeze)

    def children(self) -> Sequence[Node]:
        return (self.condition,) if self.accept is None else (self.condition, self.accept)
