"""What is counted in a file: the spans of its statements, clauses, comprehension elements and lambdas.

Positions are (line, byte column) as ``ast`` and ``co_positions`` give them; only ``Span.record`` turns them into
characters. Each span belongs to an Owner, the piece of source that one code object is compiled from. Nothing here
refers back to what holds it, so that a tree that nobody uses is gone at once.
"""

from __future__ import annotations

import bisect
from typing import Dict, FrozenSet, Iterator, List, Optional, Tuple

from ..base.names import Lookup
from ..base.source import Position, Source

NONE = -1
"""The index of no span, the number of no owner."""


class Owner:
    """What one code object is compiled from: the module, a def, class, lambda, comprehension or type alias."""

    __slots__ = ("number", "name", "qualname", "first_line", "start", "end", "function", "span", "header")

    def __init__(self, name: str, qualname: str, first_line: int, start: Position, end: Position, function: bool) -> None:
        self.number = NONE
        self.name = name
        self.qualname = qualname
        self.first_line = first_line  # co_firstlineno
        self.start = start
        self.end = end
        self.function = function  # its inner names get "<locals>"
        self.span = NONE  # index of the lambda or comprehension that this code is
        self.header = NONE  # index of the def or class that makes it

    def qualify(self, name: str) -> str:
        """Return the qualified name of something defined directly in this owner."""
        if not self.qualname:
            return name
        return self.qualname + (".<locals>." if self.function else ".") + name


class Span:
    """One thing that is counted."""

    __slots__ = ("index", "kind", "start", "end", "shown", "head", "parent", "owner", "names", "stand_in", "constant", "no_code", "endings")

    def __init__(self, kind: str, start: Position, end: Position, parent: Optional[Span], owner: Owner) -> None:
        self.index = NONE
        self.kind = kind
        self.start = start
        self.end = end
        self.shown = start  # where the text starts: at "def", not at its decorators
        self.head = end  # where the text ends: before the body of a compound statement
        self.parent = parent  # innermost span around it
        self.owner = owner
        self.names: Tuple[Lookup, ...] = ()
        self.stand_in = NONE  # index of the body statement on the header's own line
        self.constant = False  # a test that is a true constant
        self.no_code = False
        self.endings: Tuple[Ending, ...] = ()  # of the loop that it follows

    @property
    def statement(self) -> bool:
        """Whether it is a statement or clause, and not an expression."""
        return self.kind != "comprehension" and self.kind != "lambda"

    def holds(self, at: Position) -> bool:
        """Whether a position lies in it."""
        return self.start <= at < self.end

    def within(self, other: Span) -> bool:
        """Whether it is written somewhere inside another span."""
        span = self.parent
        while span is not None:
            if span is other:
                return True
            span = span.parent
        return False

    def record(self, source: Optional[Source]) -> List[object]:
        """Return the span as the file record carries it, columns in characters; source: None where it is ASCII."""
        shown, end, head = self.shown, self.end, self.head
        if source is not None:
            shown, end, head = source.characters(shown), source.characters(end), source.characters(head)
        return [*shown, *end, *head, self.kind, self.owner.qualname or "<module>", self.no_code]


class Ending:
    """A statement of a loop, to be sampled once more when the loop is over (loops.py), and the names that later statements of the loop
    mention."""

    __slots__ = ("span", "mentioned", "rounds")

    def __init__(self, span: Span, mentioned: FrozenSet[str], rounds: FrozenSet[str]) -> None:
        self.span = span
        self.mentioned = mentioned
        self.rounds = rounds  # names that are bound once a round has begun in a frame; empty: module


class SpanTree:
    """All spans and owners of one source file (walk.py reads it, frozen.py keeps it)."""

    def __init__(self, lines: int) -> None:
        self.module = Owner("<module>", "", 1, (0, 0), (lines + 1, 0), False)
        self.spans: List[Span] = []
        self.owned: List[Owner] = []
        self.statements: List[List[Span]] = []  # owner -> statements and clauses that run in it
        self.expressions: List[List[Span]] = []  # owner -> comprehensions and lambdas written in it
        self.owners: Dict[Tuple[int, str], List[Owner]] = {}
        self.elements: Dict[Tuple[Position, Position], List[Tuple[Span, bool]]] = {}
        self.comprehensions: List[Span] = []
        self._comprehension_starts: List[Position] = []
        self.add_owner(self.module)

    def add_owner(self, owner: Owner) -> None:
        """Take an owner in, and number it."""
        owner.number = len(self.owned)
        self.owned.append(owner)
        self.statements.append([])
        self.expressions.append([])
        self.owners.setdefault((owner.first_line, owner.name), []).append(owner)

    def add(self, span: Span) -> None:
        """Take a span in; the spans of one owner come in the order of the source."""
        self.spans.append(span)
        (self.statements if span.statement else self.expressions)[span.owner.number].append(span)

    def add_element(self, start: Position, end: Position, span: Span, lazy: bool) -> None:
        """Say where a comprehension produces its elements; lazy: a generator expression."""
        self.elements.setdefault((start, end), []).append((span, lazy))

    def number(self) -> None:
        """Put the spans in order, once all are known."""
        self.spans.sort(key=lambda span: (span.shown, (-span.end[0], -span.end[1]), not span.statement))
        for index, span in enumerate(self.spans):
            span.index = index
        self.finish()

    def finish(self) -> None:
        """Prepare in_comprehension, once the spans are in order."""
        self.comprehensions = sorted((span for span in self.spans if span.kind == "comprehension"), key=_outer_first)
        self._comprehension_starts = [span.start for span in self.comprehensions]

    def in_comprehension(self, at: Position, inside: Span) -> bool:
        """Whether a position lies in a comprehension that is written inside a span."""
        found = bisect.bisect_right(self._comprehension_starts, at) - 1
        span: Optional[Span] = self.comprehensions[found] if found >= 0 else None
        while span is not None:
            if span.kind == "comprehension" and span.holds(at) and span.within(inside):
                return True
            span = span.parent
        return False


def _outer_first(span: Span) -> Tuple[Position, Position]:
    return span.start, (-span.end[0], -span.end[1])


def by_start(spans: List[Span]) -> Iterator[Tuple[Position, Span]]:
    """Yield spans with their starts, outer before inner."""
    for span in sorted(spans, key=_outer_first):
        yield span.start, span
