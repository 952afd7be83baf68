"""What can be counted of code that an import hook has rewritten: the statements that it has left as they are.

A type checker or a test runner parses a file, puts calls and statements of its own into the tree, each with the position of
something in the text, and compiles the tree. All instructions of such code have positions where the text has something; the code
binds and reads every name that the text's own compilation does, as often or more, and names that the text does not have. Code of
another text does not fit like that.
"""

from __future__ import annotations

import ast
import dis
from collections import Counter
from types import CodeType
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from ..base.behaviour import BYTECODE_IS_KNOWN
from ..base.bytecode import Listing, positions, qualname
from ..base.source import Position, Source
from ..base.textcode import code_key, compiled, constant, flat_key
from .packed import CountPlan
from .plan import CodePlanner, OtherSource, PlanError, find_owner
from .spans import Owner, SpanTree

MAY_VANISH = frozenset(["assert", "expression", "pass", "import"])
"""Statements that a rewriter may leave out."""

_SAME = {"LOAD_FAST_CHECK": "LOAD_FAST", "LOAD_FAST_BORROW": "LOAD_FAST", "LOAD_FAST_BORROW_LOAD_FAST_BORROW": "LOAD_FAST_LOAD_FAST"}
"""Instructions that differ only in what the compiler knows of the variable that they read."""
_JUMPS = frozenset(dis.hasjrel)
_SKIPPED = frozenset(["CACHE", "EXTENDED_ARG", "NOT_TAKEN"])
_SERVING = frozenset(dis.opmap[name] for name in _SKIPPED if name in dis.opmap) | {0}
_OF_ATTRIBUTES = frozenset(code for name, code in dis.opmap.items() if "ATTR" in name or "METHOD" in name or "CALL" in name)
_NAMING = frozenset(dis.haslocal) | frozenset(dis.hasname) | frozenset(dis.hasfree)
_PRINT = "INTRINSIC_PRINT"
"""The instruction that shows a statement's value, where the text is typed at a prompt."""

Place = Tuple[Position, Position]
Step = Tuple[str, Any, Place]
Shape = Tuple[List[List[Step]], Set[Tuple[int, int]]]
"""The instructions of a statement, in runs that nothing else stands between, and where it is entered: run and step."""


class Text:
    """One source, as far as rewritten code is compared with it."""

    def __init__(self, source: Source, prompt: bool) -> None:
        self.known: Dict[int, Optional[CodeType]] = {}
        self.prompt = prompt  # typed in, or a notebook's cell: perhaps compiled statement by statement, which may await
        codes = compiled(source.data, flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if prompt else 0)
        self.places = _node_places(source.data)
        self.codes: Dict[Tuple[str, int], List[CodeType]] = {}
        for code in codes:
            self.places.update(place for place, _ in _code_places(code))
            self.codes.setdefault((qualname(code), code.co_firstlineno), []).append(code)
        self.names = {name for code in codes for name in _names(code)}
        self.ends = {end for _, end in self.places}

    def original(self, code: CodeType) -> Optional[CodeType]:
        """Return the text's own code object that a rewritten one was made of; None where that is code of another text."""
        key = code_key(code)
        if key not in self.known:
            self.known[key] = self._original(code)
        return self.known[key]

    def _original(self, code: CodeType) -> Optional[CodeType]:
        found = self.codes.get((qualname(code), 1 if code.co_name == "<module>" else code.co_firstlineno), [])
        if len(found) != 1 or not all(self._is_here(*place) for place in _code_places(code)):
            return None
        original = found[0]
        if self.prompt or code_key(original) == code_key(code):
            return original
        inner = [one for one in code.co_consts if type(one) is CodeType]
        if not all(self.original(one) for one in inner) or _deeds(original) - _deeds(code):
            return None
        same = inner and flat_key(original) == flat_key(code)
        longer = len(_operations(code)) > len(_operations(original)) and not self.names.issuperset(_names(code))
        return original if same or longer else None

    def _is_here(self, place: Place, moves: bool) -> bool:
        """Whether something of the text stands at a place, or the place is empty, as that of something a rewriter adds may be."""
        start, end = place
        return place in self.places or start == end or moves and start[0] == end[0] and end in self.ends


def plan_rewritten(tree: SpanTree, source: Source, text: Text, code: CodeType) -> Tuple[CountPlan, bool]:
    """Make the Plan of a rewritten code object's statements that are the file's own, and report whether some statements are left out.

    Raises OtherSource where the code is of another text, and PlanError where the Plan could not be trusted.
    """
    original = text.original(code)
    if original is None or not BYTECODE_IS_KNOWN:
        raise OtherSource("%s at line %d is not in the source" % (code.co_name, code.co_firstlineno))
    owner = find_owner(tree, lambda: source, original, Listing(original), original.co_name)
    if owner is None:
        raise OtherSource("%s has no statements" % code.co_name)
    was, now = _shapes(tree, original, owner), _shapes(tree, code, owner)
    altered = frozenset(span for span in was if not _begins_alike(was[span], now.get(span)))
    if any(span not in now and not text.prompt and tree.spans[span].kind not in MAY_VANISH for span in altered):
        raise OtherSource("a statement is missing")
    plan = CodePlanner(tree, Listing(code), owner).plan(altered.union(span for span in now if span not in was))
    return plan, any(span in now for span in altered)


def _begins_alike(was: Shape, now: Optional[Shape]) -> bool:
    """Whether a statement has the instructions that it had, or more of them in one piece that is entered at the same place: then it begins as
    often as the text's own would."""
    return now == was or now is not None and len(was[0]) == len(now[0]) and was[1] == now[1] and not any(step for _, step in now[1])


def _names(code: CodeType) -> Tuple[str, ...]:
    return code.co_names + code.co_varnames + code.co_freevars + code.co_cellvars


def _deeds(code: CodeType) -> "Counter[Tuple[str, str]]":
    """Return how often a code object binds, deletes and reads each name: a rewriter takes nothing of that away."""
    found: "Counter[Tuple[str, str]]" = Counter()
    for one in dis.get_instructions(code):
        if type(one.argval) is str and one.opcode in _NAMING:
            found[one.opname[:4], one.argval] += 1
        elif type(one.argval) is tuple and one.opcode in _NAMING:  # two at once, where they stand beside each other
            for word, name in zip(one.opname.replace("BORROW_", "").split("_")[::2], one.argval):
                found[word[:4], name] += 1
    return found


def _operations(code: CodeType) -> List[int]:
    """Return what a code object does, step by step."""
    return [op for op in code.co_code[::2] if op not in _SERVING]


def _shapes(tree: SpanTree, code: CodeType, owner: Owner) -> Dict[int, Shape]:
    """Return the shape of each statement that has code."""
    assert BYTECODE_IS_KNOWN
    planner = CodePlanner(tree, Listing(code), owner)
    entries = planner.begin()
    steps = _steps(code, planner.listing)
    shapes: Dict[int, Shape] = {}
    at: Dict[int, Tuple[int, int]] = {}
    before = None
    for index in planner.reached:
        step = steps[index]
        if step is None:
            continue
        span = planner.at[index]
        runs = shapes.setdefault(span, ([], set()))[0]
        if span != before or not runs:
            runs.append([])
        before = span
        at[index] = len(runs) - 1, len(runs[-1])
        runs[-1].append(step)
    for span, firsts in entries.items():
        shapes[span][1].update(at[first] for first in firsts if first in at)
    return {span: shape for span, shape in shapes.items() if span >= 0}


def _steps(code: CodeType, listing: Listing) -> Sequence[Optional[Step]]:
    """Return what each instruction does, by names and values; None for one that only serves the next."""
    steps: List[Optional[Step]] = [None] * len(listing)
    for one in dis.get_instructions(code):
        index = listing.index[one.offset >> 1]
        if one.opname in _SKIPPED or one.argrepr == _PRINT:
            continue
        value: Any = one.argrepr
        if one.opcode in _JUMPS:
            value = None
        elif one.opname in ("LOAD_CONST", "RETURN_CONST", "KW_NAMES"):
            value = "code" if type(one.argval) is CodeType else constant(one.argval)
        name = _SAME.get(one.opname, one.opname)
        steps[index] = name, value, (listing.starts[index], listing.ends[index])
    return steps


def _code_places(code: CodeType) -> Set[Tuple[Place, bool]]:
    """Return the places in the text that a code object's instructions have, and whether the compiler may have moved the start.

    Instructions of an attribute or a call have a place of which the compiler may have moved the start to the attribute's name.
    """
    found: Set[Tuple[Place, bool]] = set()
    for op, (line, end_line, column, end_column) in zip(code.co_code[::2], positions(code)):
        if op and line is not None and end_line is not None and column is not None and end_column:  # 0 is a cache
            found.add((((line, column), (end_line, end_column)), op in _OF_ATTRIBUTES))
    return found


def _node_places(data: bytes) -> Set[Place]:
    """Return the places of all nodes of a text's syntax tree."""
    places: Set[Place] = set()
    for node in ast.walk(ast.parse(data)):
        where = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
        if where[0] is not None and where[1] is not None:
            places.add(((where[0], node.col_offset), (where[1], node.end_col_offset)))  # type: ignore[attr-defined]
    return places


__all__ = ["PlanError", "Text", "plan_rewritten"]
