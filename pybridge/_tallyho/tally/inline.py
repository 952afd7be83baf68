"""Places within a line: the statements, lambdas and comprehensions' elements that begin at a column of it.

A tracepoint may name a column, and then stands for the statement or expression that begins there and not for the whole line. Where
that begins in a code object is known from the flow graph that Plans are made from, so that it is hit as often as it is counted.
"""

from __future__ import annotations

import os
from types import CodeType
from typing import Dict, FrozenSet, List, Optional, Sequence, Set, Tuple

from ..base.behaviour import BYTECODE_IS_KNOWN
from ..base.bytecode import JUMPS, NOT_TAKEN, NOWHERE, RESUME, Listing
from ..base.locate import CodeLines, Target, code_lines
from ..base.source import Position, Source
from .files import SURPRISES, read_bytes, too_long
from .plan import LIMIT, START, CodePlanner, PlanError, find_owner
from .spans import Span
from .walk import read

MOST_TEXTS = 20

Entries = Dict[int, Dict[int, Tuple[List[int], List[int]]]]
"""As CodePlanner.begin finds them."""


class LineText:
    """One file as it is now."""

    def __init__(self, path: str) -> None:
        data = read_bytes(path)
        if too_long(data):
            raise ValueError("too long to be read")
        self.source = Source(path, data)
        self.tree = read(self.source)
        self.bodies = {owner.span: (owner.start, owner.end) for owner in self.tree.owned if owner.span >= 0 and owner.name == "<lambda>"}
        self.elements = {span.index: place for place, made in self.tree.elements.items() for span, _ in made}
        self.targets: Dict[int, List[Target]] = {}
        """Line -> the targets on it that have code."""
        self.codes: Dict[int, List[CodeType]] = {}
        """Line -> the code objects of the text that have it."""
        self._planned: Tuple[Optional[CodeType], Optional[CodePlanner], Entries] = None, None, {}
        self.inner = _inner(self.tree.spans)
        """Statements that begin within a line, after another one."""

    def extent(self, span: Span) -> Tuple[Position, Position]:
        """Return where a target begins and ends: a statement, the body of a lambda, or the element of a comprehension."""
        if span.kind == "lambda":
            return self.bodies.get(span.index, (span.start, span.end))
        if span.kind == "comprehension":
            return self.elements.get(span.index, (span.start, span.end))
        return span.shown, span.head

    def begins(self, code: CodeType, wanted: Sequence[Span]) -> Dict[int, FrozenSet[int]]:
        """Return the offsets at which spans begin in a code object; spans that do not are left out. Raises PlanError."""
        if self._planned[0] is not code:
            self._planned = self._plan(code)
        _, planner, entries = self._planned
        if planner is None:
            return {}
        listing, owner = planner.listing, planner.owner
        found: Dict[int, FrozenSet[int]] = {}
        for span in wanted:
            at: Set[int] = set()
            if span.statement:
                if span.owner is owner and span.index in entries:
                    at = self._entered(planner, entries[span.index])
            elif span.kind == "lambda":
                if owner.span == span.index and RESUME in listing.ops:
                    at = {listing.ops.index(RESUME) + 1}
            elif owner.span == span.index or span.owner is owner:
                at = _element(planner, self.extent(span))
            if at:
                found[span.index] = frozenset(listing.offsets[one] for one in at)
        return found

    def _plan(self, code: CodeType) -> Tuple[CodeType, Optional[CodePlanner], Entries]:
        """Plan a code object; the last one is kept, since all questions about one code object come together."""
        if not BYTECODE_IS_KNOWN or len(code.co_code) > 2 * LIMIT:
            return code, None, {}
        listing = Listing(code)
        owner = find_owner(self.tree, lambda: self.source, code, listing, code.co_name)
        if owner is None:
            return code, None, {}
        planner = CodePlanner(self.tree, listing, owner)
        return code, planner, planner.begin()

    @staticmethod
    def _entered(planner: CodePlanner, entries: Dict[int, Tuple[List[int], List[int]]]) -> Set[int]:
        """Return the instructions at which a statement is entered. Where one of them is also come back to while the statement goes on, the
        instructions before it that lead there only to begin the statement."""
        found: Set[int] = set()
        for at, (counted, others) in entries.items():
            if others and START not in counted and all(planner.listing.certain(one) for one in counted):
                found.update(counted)
            else:
                found.add(at)
        return found


def _inner(spans: Sequence[Span]) -> List[Span]:
    found: List[Span] = []
    first: Dict[int, Position] = {}
    for span in spans:
        if span.statement and not span.no_code:
            line = span.shown[0]
            if first.setdefault(line, span.shown) < span.shown:
                found.append(span)
    return found


def _element(planner: CodePlanner, extent: Tuple[Position, Position]) -> Set[int]:
    """Return where control comes into an expression from outside."""
    listing = planner.listing
    start, end = extent
    inside = {at for at in planner.reached if listing.starts[at] != NOWHERE and start <= listing.starts[at] and listing.ends[at] <= end}
    waiting = [at for at in planner.reached if listing.starts[at] == NOWHERE]
    while True:  # what has no position belongs where control comes from
        more = [at for at in waiting if at not in inside and planner.before[at] and all(one in inside for one in planner.before[at])]
        if not more:
            break
        inside.update(more)
    # No expression begins with a jump, though a condition's jump, and the one to the next round, may have the element's position.
    jumps = [at for at in inside if listing.ops[at] in JUMPS or listing.ops[at] == NOT_TAKEN]
    while True:
        others = [at for at in jumps if at in inside and any(one not in inside for one in planner.before[at])]
        if not others:
            break
        inside.difference_update(others)
    return {at for at in inside if any(one not in inside for one in planner.before[at])}


class Columns:
    """The places within lines of the files that somebody asks about."""

    def __init__(self, lines: CodeLines) -> None:
        self.lines = lines
        self.on = False
        self._texts: Dict[str, Optional[LineText]] = {}
        self._last: Tuple[Optional[CodeType], Set[int]] = None, set()

    def allow(self, on: bool) -> None:
        """Say whether places within a line can be told apart here (sys.monitoring)."""
        self.on = on

    def forget(self) -> None:
        """Read files anew next time."""
        self._texts.clear()
        self._last = None, set()

    def _text(self, path: str) -> Optional[LineText]:
        if path not in self._texts:
            text: Optional[LineText] = None
            try:
                text = LineText(path)
            except SURPRISES:
                pass
            while len(self._texts) >= MOST_TEXTS:
                del self._texts[next(iter(self._texts))]
            self._texts[path] = text
        return self._texts[path]

    def targets(self, path: str, line: int) -> List[Target]:
        """Return what begins on a line and can be stopped at, in order."""
        text = self._text(os.path.realpath(path)) if self.on and BYTECODE_IS_KNOWN else None
        if text is None:
            return []
        known = text.targets.get(line)
        if known is None:
            known = text.targets[line] = self._find(text, os.path.realpath(path), line)
        return known

    def _find(self, text: LineText, path: str, line: int) -> List[Target]:
        wanted = [span for span in text.tree.spans if not span.no_code and text.extent(span)[0][0] == line]
        if not text.codes:
            for code in self.lines.codes(path):
                for one in code_lines(code):
                    text.codes.setdefault(one, []).append(code)
        with_code: Set[int] = set()
        for code in text.codes.get(line, ()) if wanted else ():
            with_code.update(self._begins(text, code, wanted))
        found: Dict[int, Target] = {}
        for span in wanted:
            if span.index in with_code:
                start, end = text.extent(span)
                _, column = text.source.characters(start)
                end_line, end_column = text.source.characters(end)
                found.setdefault(column, Target(column, end_line, end_column, span.index))
        return [found[column] for column in sorted(found)]

    @staticmethod
    def _begins(text: LineText, code: CodeType, wanted: Sequence[Span]) -> Dict[int, FrozenSet[int]]:
        try:
            return text.begins(code, wanted)
        except (PlanError, *SURPRISES, IndexError, StopIteration):
            return {}

    def inner(self, code: CodeType, path: str) -> List[Tuple[int, int, int]]:
        """Return where the statements of a code object begin that begin within a line: offset, line, column of characters."""
        text = self._text(path) if self.on and BYTECODE_IS_KNOWN else None
        if text is None or not text.inner:
            return []
        lines = code_lines(code)
        wanted = [span for span in text.inner if text.extent(span)[0][0] in lines]
        found: List[Tuple[int, int, int]] = []
        for index, offsets in self._begins(text, code, wanted).items() if wanted else ():
            start, _ = text.extent(text.tree.spans[index])
            _, column = text.source.characters(start)
            found += [(offset, start[0], column) for offset in sorted(offsets)]
        return found

    def choose(self, path: str, line: int, column: int) -> Optional[Target]:
        """Return what a tracepoint at a column stands for: what begins there or after it, else what began last. None: the line."""
        targets = self.targets(path, line)
        after = [target for target in targets if target.column >= column]
        return after[0] if after else targets[-1] if targets else None

    def begins(self, code: CodeType, path: str, line: int, target: Target) -> FrozenSet[int]:
        """Return the offsets of a code object of a file at which a target on a line begins."""
        if self._last[0] is not code:
            self._last = code, code_lines(code)
        text = self._text(path) if line in self._last[1] else None
        if text is None or target.span >= len(text.tree.spans):
            return frozenset()
        return self._begins(text, code, [text.tree.spans[target.span]]).get(target.span, frozenset())


__all__ = ["Columns"]
