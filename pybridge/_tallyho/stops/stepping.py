"""Steps: where a thread that was told to go one step stops again. Decided by frame, so recursion and other tasks do not matter.

A frame is known by its id and its code; the frame itself is not kept, since that
would keep its variables alive.
"""

from __future__ import annotations

import ast
from types import CodeType, FrameType
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from ..base.bytecode import call_at
from ..base.namespaces import item
from ..base.namespaces import local as names_in
from ..program.djangos import Place, place_of
from ..program.event import LINE, RETURN
from ..program.fields import SourceIndex
from ..program.justmycode import JustMyCode
from ..program.parking import Parked

COROUTINE = 0x80 | 0x100 | 0x200
"""Flags of code whose suspension is not the end of anything: coroutines, iterable ones, asynchronous generators."""

GENERATOR = 0x20
ASYNC_GENERATOR = 0x200

MOST_RETURNED = 20
"""Of the values that calls in a line return while it is stepped over, so many are kept: the last ones."""

Extent = Tuple[int, int]
"""First and last line of a statement."""


class Statements:
    """The lines of the statements of files, so that a step does not stop twice in one."""

    def __init__(self, source_index: SourceIndex) -> None:
        self.source_index = source_index
        self._files: Dict[str, List[Extent]] = {}
        self._comprehensions: Dict[str, Set[int]] = {}

    def around(self, frame: FrameType, line: int) -> Extent:
        """Return the lines of the innermost statement, or of its header, that a line belongs to."""
        path = self.source_index.of(frame.f_code, frame.f_globals).path
        if path not in self._files:
            self._files[path] = self._read(path)
        best = (line, line)
        for first, last in self._files[path]:
            if first <= line <= last and (best == (line, line) or last - first < best[1] - best[0]):
                best = first, last
        return best

    def loops(self, frame: FrameType, line: int) -> bool:
        """Report whether a line holds a comprehension, whose rounds are no steps."""
        self.around(frame, line)
        return line in self._comprehensions.get(self.source_index.of(frame.f_code, frame.f_globals).path, ())

    def _read(self, path: str) -> List[Extent]:
        try:
            with open(path, "rb") as file:
                tree = ast.parse(file.read())
        except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
            return []
        inside = [node for node in ast.walk(tree) if isinstance(node, _COMPREHENSIONS)]
        self._comprehensions[path] = {line for node in inside for line in range(node.lineno, (node.end_lineno or 0) + 1)}
        extents = [extent(node) for node in ast.walk(tree) if isinstance(node, ast.stmt)]
        return [one for one in extents if one[0] != one[1]]


_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def extent(node: ast.stmt) -> Extent:
    """Return the lines of a simple statement, or of a compound one's header."""
    body = getattr(node, "body", None)
    last = int(getattr(node, "end_lineno", None) or node.lineno)
    if isinstance(body, list) and body:
        first_inside = min([body[0].lineno] + [one.lineno for one in getattr(body[0], "decorator_list", ())])
        last = max(node.lineno, first_inside - 1)
        header = [one for one in ast.iter_child_nodes(node) if isinstance(one, (ast.expr, ast.withitem, ast.arguments))]
        ends = [int(getattr(part, "end_lineno", 0) or 0) for one in header for part in ast.walk(one)]
        last = min(last, max([node.lineno] + ends))
    return node.lineno, last


class Step:
    """One step of one thread."""

    def __init__(
        self,
        how: str,
        frame: Optional[FrameType],
        line: int,
        statement: Optional[Extent],
        loops: bool,
        reason: str = "step",
        target: int = -1,
    ) -> None:
        self.how = how
        self.reason = reason
        self.loops = loops
        self.frame_id = 0
        self.code: Optional[CodeType] = None
        self.line = line
        self.statement = statement
        self.target = target
        """In a step into one call, the offset of that call's instruction; -1 in all others."""
        self.returned: List[Tuple[str, Any]] = []
        """What functions returned that the step has gone over, under the names they are shown by."""
        self.follow(frame)

    @property
    def codes(self) -> List[CodeType]:
        """The code whose lines, returns and yields the step wants to see."""
        return [self.code] if self.code is not None else []

    def concerns(self, frame: FrameType) -> bool:
        """Report whether a line of a frame may end the step, also where the code is not the person's."""
        return self.is_at(frame)

    def follow(self, frame: Optional[FrameType]) -> None:
        """Take a frame as the one to stay in."""
        self.frame_id = id(frame) if frame is not None else 0
        self.code = frame.f_code if frame is not None else None

    @property
    def everywhere(self) -> bool:
        """Whether lines of any code may end it."""
        return self.how in ("in", "entry")

    def called(self, frame: FrameType) -> bool:
        """Report whether the step's frame has called this one, and what this one returns is shown."""
        caller = frame.f_back
        code = frame.f_code
        if caller is None or self.how == "out" or code.co_flags & (GENERATOR | ASYNC_GENERATOR) or code.co_name == "__init__":
            return False
        return self.is_at(caller)

    def returns(self, frame: FrameType, value: Any) -> None:
        """Keep the value that a called frame returns."""
        self.returned.append((describe_return(frame), value))
        del self.returned[:-MOST_RETURNED]

    def is_at(self, frame: FrameType) -> bool:
        """Report whether a frame is the one that the step stays in."""
        return id(frame) == self.frame_id and frame.f_code is self.code

    def ends_at(self, frame: FrameType, line: int, just_my_code: JustMyCode) -> bool:
        """Report whether the step ends at a line that is about to run."""
        if self.is_at(frame):
            if self.how == "out" or self._goes_on(line):
                return False
            return True
        if self.how == "entry":
            name = item(frame.f_globals, "__name__")
            return type(name) is str and name == "__main__" and just_my_code.frame(frame)
        if self.how != "in" or self.target >= 0 and not self._is_target(frame):
            return False
        return just_my_code.frame(frame)

    def _goes_on(self, line: int) -> bool:
        statement = self.statement
        if statement is not None and statement[0] <= line <= statement[1]:
            # The same line twice over is a jump back: of a loop, or of a comprehension in the statement.
            if line != self.line or self.loops:
                self.line = line
                return True
        self.statement = None  # it went to another statement: coming back is another round
        return False

    def _is_target(self, frame: FrameType) -> bool:
        caller = frame.f_back
        return caller is not None and self.is_at(caller) and call_at(caller.f_code, caller.f_lasti) == self.target

    def left(self, frame: FrameType, how: str, just_my_code: JustMyCode) -> Optional[FrameType]:
        """The step's frame is being left (how: "return", "yield" or "unwind"). Return the caller, where the step ends in it; else None, and
        go on in the frames around."""
        flags = frame.f_code.co_flags
        if how == "yield":
            if flags & COROUTINE and self.how == "in":
                self.how = "next"  # other tasks run now; the step is over when this one goes on
            if self.how == "next" or flags & COROUTINE or not flags & GENERATOR:
                return None
        caller = frame.f_back
        around = _persons(caller, just_my_code)
        if around is caller and caller is not None and how != "unwind":
            return caller
        if self.how != "in":
            self.how = "next"
        self.statement = None
        self.target = -1
        self.follow(around)
        return None

    @property
    def over(self) -> bool:
        """Whether nothing is left that could end the step."""
        return self.code is None and self.how != "entry"


class NodeStep(Step):
    """A step of a template of Django's: to the next node, of the same template unless it goes in, or to the code that renders it."""

    def __init__(self, how: str, frame: FrameType, place: Place, home: Optional[FrameType]) -> None:
        super().__init__(how, frame, 0, None, False)
        self.place = place
        self.node = id(names_in(frame).get("self"))
        self.home = Step(how, home, 0, None, False) if home is not None else None

    @property
    def codes(self) -> List[CodeType]:
        return super().codes + (self.home.codes if self.home is not None else [])

    def concerns(self, frame: FrameType) -> bool:
        return frame.f_code is self.code or self.is_at(frame)

    def is_at(self, frame: FrameType) -> bool:
        return super().is_at(frame) or self.home is not None and self.home.is_at(frame)

    def ends_at(self, frame: FrameType, line: int, just_my_code: JustMyCode) -> bool:
        if frame.f_code is not self.code:
            return self.home is not None and self.home.is_at(frame)
        place = place_of(frame)
        if place is None or super().is_at(frame):
            return False
        again = place == self.place and id(names_in(frame).get("self")) == self.node  # in another round of a loop
        return again or place != self.place and (self.how == "in" or place.path == self.place.path)

    def left(self, frame: FrameType, how: str, just_my_code: JustMyCode) -> Optional[FrameType]:
        if frame.f_code is self.code or self.home is None:
            self.frame_id = 0  # the next node's frame may lie where this one did
            return None
        return self.home.left(frame, how, just_my_code)

    @property
    def over(self) -> bool:
        return self.home is None or self.home.over


def step_from(
    parked: Parked,
    how: str,
    target: int,
    by_line: bool,
    statements: Statements,
    just_my_code: JustMyCode,
    shown_line: Callable[[FrameType], int],
) -> Step:
    """Return the step of a parked thread; target: in a step into one call, one more than the offset of its instruction; by_line: a step
    goes to the next line, and not to the next statement."""
    frame = parked.frame
    if parked.kind == RETURN or parked.trace is not None:
        around = _persons(frame.f_back, just_my_code)  # this frame has run all that it will
        return Step("in" if how == "in" else "next", around, 0, None, False)
    place = place_of(frame) if how in ("next", "in") else None
    if place is not None:
        return NodeStep(how, frame, place, _persons(frame.f_back, just_my_code))
    line = shown_line(frame)
    statement = (line, line) if by_line or parked.kind != LINE else statements.around(frame, line)
    return Step(how, frame, line, statement, statements.loops(frame, line), target=target - 1 if how == "in" else -1)


def _persons(frame: Optional[FrameType], just_my_code: JustMyCode) -> Optional[FrameType]:
    """Return the first frame of the person's code from that one outwards."""
    while frame is not None and not just_my_code.frame(frame):
        frame = frame.f_back
    return frame


def numbered(returned: List[Tuple[str, Any]]) -> List[Tuple[str, Any]]:
    """Return values with different names: several values of one function get numbers."""
    seen: Dict[str, int] = {}
    found = []
    for name, value in returned:
        seen[name] = seen.get(name, 0) + 1
        found.append((name if seen[name] == 1 else "%s (%d)" % (name, seen[name]), value))
    return found


def describe_return(frame: FrameType) -> str:
    """Return the name under which a returned value is shown."""
    return "(return) %s" % frame.f_code.co_name


__all__ = ["NodeStep", "Step", "Statements", "numbered", "step_from"]
