"""The predicates that remember: From's latch and Backlog's queue (hunter's predicates.py).

One state serves all threads, as in hunter; depth is counted per thread.
"""

from __future__ import annotations

from collections import deque
from types import FrameType
from typing import Any, Callable, Deque, Dict, List, Optional, Sequence, Tuple

from ..base.classes import ids
from ..base.linetable import line_at
from ..base.namespaces import local
from ..program.event import CALL, EXCEPTION, LINE, Event, RunState
from .nodes import FALSE, Const, Emitter, Known, Node, compile_node

SHALLOW_KINDS = (LINE, EXCEPTION)
"""Kinds of events that are never the first at a smaller depth: the return before them is."""


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
    """The events a Backlog holds back: each as what its Event is made of when it is shown (held), or as an Event with its frame."""

    __slots__ = ("events",)

    def __init__(self, size: int) -> None:
        self.events: Deque[Tuple[Any, ...]] = deque(maxlen=max(size, 0))


Filter = Callable[[Any], str]
"""What renders a value that is to be shown."""

Keep = Callable[[FrameType, Any], Tuple[Any, Dict[str, Any]]]


class _Rendered:
    """The text of a value that could change."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


_LASTING = ids(int, float, bool, complex, str, bytes, type(None))


def keeper(freeze: Filter) -> Keep:
    """Return a function that keeps an event's value and the frame's variables as they are now; values that cannot change are rendered only
    when they are shown."""

    def kept(value: Any) -> Any:
        return value if id(type(value)) in _LASTING else _Rendered(freeze(value))

    def keep(frame: FrameType, arg: Any) -> Tuple[Any, Dict[str, Any]]:
        values = dict(local(frame))
        for name, value in values.items():
            if id(type(value)) not in _LASTING:
                values[name] = _Rendered(freeze(value))
        return kept(arg), values

    return keep


def held(event: Event, keep: Optional[Keep]) -> Tuple[Any, ...]:
    """Return what an Event can be made of later; pybridge/native/screen.c makes such tuples as well, without the line."""
    frame = event.frame
    values = keep(frame, event.arg) if keep is not None else None
    what = event.facts, event.kind_number, keep
    return what, frame, event.return_op, frame.f_lasti, event.depth, event.calls, event.ident, values, event.lineno


def shown(queued: Tuple[Any, ...], run: RunState, freeze: Optional[Filter]) -> Tuple[Event, Optional[FrameType]]:
    """Return the detached Event of what was queued, and its frame."""
    if len(queued) == 2:
        return queued[0], queued[1]
    (facts, kind, _), frame, return_op, lasti, depth, calls, ident, values = queued[:8]
    line = queued[8] if len(queued) > 8 else facts.line(line_at(frame.f_code, lasti) or 0)
    arg, locals_ = values or (None, {})
    event = Event(frame, kind, arg, facts, line, run, return_op)
    event.happened(lasti, depth, calls, ident, locals_)
    if freeze is None:
        return event.detach(None), frame
    render = freeze
    return event.detach(lambda value: value.text if type(value) is _Rendered else render(value)), frame


class Backlog(Node):
    """Shows, once its condition holds, what happened before."""

    effects = True

    def __init__(
        self,
        queue: Queue,
        condition: Node,
        stack: int,
        strip: bool,
        freeze: Optional[Filter],
        deliver: Deliver,
        accept: Optional[Node],
        whole: Optional[Node] = None,
    ) -> None:
        self.queue = queue
        self.condition = condition
        self.stack = stack
        self.strip = strip
        self.freeze = freeze
        self.keep = keeper(freeze) if freeze is not None else None
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
        accepted = self._accepts is None or self._accepts(event)
        # The frame is kept even if no stack is wanted: calls may be made up from it when a deeper frame is left.
        lean = not event.builtin and event.frame is not None and not event.facts.of_template
        self.put(None if not accepted else held(event, self.keep) if lean else (event.detach(self.freeze), event.frame), event.depth)
        return answer

    def put(self, queued: Optional[Tuple[Any, ...]], depth: int) -> None:
        """Queue an event of that depth; None: only forget the queue, where the outermost frame has ended."""
        if self.strip and depth < 1:
            self.queue.events.clear()
        if queued is not None:
            self.queue.events.append(queued)

    def _show(self, event: Event) -> None:
        cleanup = True
        queued = [shown(one, event.run, self.freeze) for one in self.queue.events]
        first, frame = queued[0]
        for one, synthetic in [(outer, True) for outer in self._outer(event, first, frame)] + [(one, False) for one, _ in queued]:
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
