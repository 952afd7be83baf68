"""Data breakpoints: a variable, an attribute or an item, compared at each line that may change it.

A variable can be changed by its own function alone, so only that function's lines are
looked at. An attribute or an item may be changed anywhere: all lines are looked at.
"""

from __future__ import annotations

import ast
from itertools import count
from types import CodeType, FrameType
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ..base.classes import ids
from ..base.namespaces import NOTHING, item
from ..program import evaluation, frames
from ..program.event import LINE, Event, RunState
from ..program.fields import CO_OPTIMIZED, CodeFacts
from ..program.justmycode import module_globals
from ..program.trouble import RequestError
from ..query.known import KIND_KNOWN
from ..query.nodes import compile_node
from ..query.surroundings import Reason
from ..query.tracepoint import Tracepoint
from ..values.valueinfo import text_of
from .variables import ExpandableValue, Frame, Scope, Variables

MOST = 100
_SIMPLE = ids(int, float, bool, complex, str, bytes, type(None))
_SIZED = (list, dict, set, frozenset, bytearray)


class Watch:
    """One thing that can change. `read` returns its value now, NOTHING where it has none."""

    def __init__(self, title: str, read: Callable[[Optional[FrameType]], Any], frame: Optional[FrameType]) -> None:
        self.title = title
        self.read = read
        """Returns the value; a variable's, in the frame that is given."""
        self.frame_id = id(frame) if frame is not None else 0
        self.code = frame.f_code if frame is not None else None
        self._take(read(frame))

    def start(self) -> None:
        """Take the value as it is now. A variable's was taken when the watch was made, and its thread has waited since."""
        if self.code is None:
            self._take(self.read(None))

    def _take(self, value: Any) -> None:
        self.last, self.size, self.text = value, _size(value), _shown(value)

    def changed(self, frame: FrameType) -> Optional[str]:
        """Return what has changed since this was asked last; None: nothing."""
        value = self.read(frame)
        if value is self.last and _size(value) == self.size:
            return None
        if id(type(value)) in _SIMPLE and type(value) is type(self.last) and value == self.last:
            return None
        before = self.text
        self._take(value)
        return "%s: %s → %s" % (self.title, before, self.text)


def _size(value: Any) -> int:
    for base in _SIZED:
        if type(value) is base:
            return len(value)
    return -1


def _shown(value: Any) -> str:
    return "no value" if value is NOTHING else text_of(value, 80)


class Watches:
    """The data breakpoints of one process."""

    def __init__(
        self, run: RunState, facts: Callable[[FrameType], CodeFacts], hit: Callable[[Event, Sequence[int], Optional[Reason]], None]
    ) -> None:
        self.run = run
        self.facts = facts
        self.hit = hit
        self.known: Dict[str, Watch] = {}
        self.points: List[Tuple[Tracepoint, Watch]] = []
        self._numbers = count(1)

    @property
    def everywhere(self) -> bool:
        """Whether something is watched that any code may change."""
        return any(watch.code is None for _, watch in self.points)

    def codes(self) -> List[CodeType]:
        """Return the code of the frames whose variables are watched."""
        return [watch.code for _, watch in self.points if watch.code is not None]

    def arm(self, points: Sequence[Tracepoint]) -> None:
        """Watch for these tracepoints."""
        old = {point.id: watch for point, watch in self.points}
        found: List[Tuple[Tracepoint, Watch]] = []
        for point in points:
            watch = self.known.get(str(point.data))
            if watch is None:
                point.disarm("what it watches is gone")
                continue
            if old.get(point.id) is not watch:
                watch.start()
            point.found(0)
            found.append((point, watch))
        self.points = found

    def look(self, frame: FrameType, line: int) -> None:
        """Compare all that the line before may have changed; called in the thread that is about to run a line."""
        for point, watch in self.points:
            if not point.active or watch.code is not None and (id(frame) != watch.frame_id or frame.f_code is not watch.code):
                continue
            change = watch.changed(frame)
            if change is not None:
                self._tell(point, frame, line, change)

    def left(self, frame: FrameType) -> None:
        """A frame ends: its variables are watched no more."""
        for point, watch in self.points:
            if watch.code is frame.f_code and watch.frame_id == id(frame):
                change = watch.changed(frame)
                if change is not None:
                    self._tell(point, frame, frame.f_lineno or 0, change)
                point.disarm("the call whose variable it watched has ended")
                self.known = {name: one for name, one in self.known.items() if one is not watch}

    def _tell(self, point: Tracepoint, frame: FrameType, line: int, change: str) -> None:
        facts = self.facts(frame)
        event = Event(frame, LINE, None, facts, line, self.run, False)
        event.change = change
        if compile_node(point.tree.simplify(KIND_KNOWN[LINE]))(event):
            point.hit(event)
            if event.stops:
                self.hit(event, event.stops, point)

    # Naming what to watch.

    def describe(self, arguments: Mapping[str, Any], variables: Variables) -> Dict[str, Any]:
        """Answer `data_info`."""
        try:
            watch = self._watch(arguments, variables)
        except RequestError as error:
            return {"data": None, "description": str(error), "access": []}
        if len(self.known) >= MOST:
            del self.known[next(iter(self.known))]
        name = "watch-%d" % next(self._numbers)
        self.known[name] = watch
        return {"data": name, "description": watch.title, "access": ["write"]}

    def _watch(self, arguments: Mapping[str, Any], variables: Variables) -> Watch:
        ref = arguments.get("ref")
        if ref:
            return self._of_child(variables, int(ref), str(arguments.get("name") or ""))
        number = arguments.get("frame")
        frame = variables.refs.get(number, Frame).frame if number else None
        return _of_expression(frame, str(arguments.get("expression") or arguments.get("name") or ""))

    @staticmethod
    def _of_child(variables: Variables, ref: int, name: str) -> Watch:
        thing, child = variables.target(ref, name)
        if child.target is None:
            raise RequestError("%s cannot change" % name)
        while isinstance(thing, ExpandableValue) and thing.within is not None:
            thing = thing.within
        if isinstance(thing, Scope):
            if thing.what == "Globals":
                return _of_name(thing.frame.f_globals, name, None)
            return _of_local(thing.frame, name)
        kind, key = child.target
        title = "%s%s" % (thing.expression, child.suffix or "[%s]" % name)
        return _of_item(title, thing.value, key) if kind == "item" else _of_attribute(title, thing.value, str(key))


def _of_expression(frame: Optional[FrameType], text: str) -> Watch:
    try:
        node = ast.parse(text.strip(), "<tallyho>", "eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise RequestError("%s is not an expression" % text) from None
    if isinstance(node, ast.Name):
        if frame is None:
            return _of_name(module_globals(), node.id, None)
        if node.id in frames.read(frame):
            return _of_local(frame, node.id)
        if item(frame.f_globals, node.id) is not NOTHING:
            return _of_name(frame.f_globals, node.id, None)
        raise RequestError("there is no %s here" % node.id)
    if isinstance(node, ast.Attribute):
        return _of_attribute(text, evaluation.look(frame, _source(text, node.value)), node.attr)
    if isinstance(node, ast.Subscript):
        index: Any = node.slice
        index = index.value if type(index).__name__ == "Index" else index
        key = evaluation.look(frame, _source(text, index))
        return _of_item(text, evaluation.look(frame, _source(text, node.value)), key)
    raise RequestError("only names, attributes and items can be watched")


def _source(text: str, node: ast.AST) -> str:
    return ast.get_source_segment(text.strip(), node) or ""


def _of_local(frame: FrameType, name: str) -> Watch:
    if not frame.f_code.co_flags & CO_OPTIMIZED and frame.f_locals is frame.f_globals:
        return _of_name(frame.f_globals, name, None)

    def read(at: Optional[FrameType]) -> Any:
        return frames.read(at).get(name, NOTHING) if at is not None else NOTHING

    return Watch(name, read, frame)


def _of_name(space: Any, name: str, frame: Optional[FrameType]) -> Watch:
    return Watch(name, lambda at: item(space, name), frame)


def _of_attribute(title: str, owner: Any, name: str) -> Watch:
    if evaluation.static(owner, name) is NOTHING:
        raise RequestError("%s is computed: it cannot be watched" % title)
    return Watch(title, lambda at: evaluation.static(owner, name), None)


def _of_item(title: str, owner: Any, key: Any) -> Watch:
    def read(at: Optional[FrameType]) -> Any:
        try:
            return evaluation.item(owner, key)
        except RequestError:
            return NOTHING

    if read(None) is NOTHING:
        raise RequestError("%s cannot be watched without running code" % title)
    return Watch(title, read, None)
