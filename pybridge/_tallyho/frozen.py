"""A SpanTree as a few byte strings: what stays of a file's syntax in memory, and what the cache keeps of it.

Rows are marshalled one by one, so that one span can be had without the others: a sample needs a statement's names and
nothing of the rest.
"""
from __future__ import annotations

from array import array
from marshal import dumps, loads
from typing import Any, Iterable, List, Optional, Tuple

from .loops import Ending
from .names import Lookup
from .records import encode_json
from .source import Position, Source
from .spans import NONE, Owner, Span, SpanTree

CONSTANT, NO_CODE = 1, 2
CLASSIC, STORED, TELLING, ARGUMENT = 1, 2, 4, 8

Saved = Tuple[int, bytes, bytes, bytes, bytes, bytes, bytes]

_nobody = Owner("", "", 0, (0, 0), (0, 0), False)


class Rows:
    """Tuples in one byte string."""

    __slots__ = ("data", "ends")

    def __init__(self, data: bytes, ends: "array[int]") -> None:
        self.data = data
        self.ends = ends                    # where each row ends

    @classmethod
    def of(cls, rows: Iterable[Tuple[Any, ...]]) -> "Rows":
        """Pack rows."""
        ends = array("I")
        parts: List[bytes] = []
        at = 0
        for row in rows:
            part = dumps(row)
            parts.append(part)
            at += len(part)
            ends.append(at)
        return cls(b"".join(parts), ends)

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, index: int) -> Tuple[Any, ...]:
        row = loads(self.data[self.ends[index - 1] if index else 0:self.ends[index]])
        if type(row) is not tuple:
            raise ValueError("no row")
        return row


class Frozen:
    """What is known of one file's spans."""

    __slots__ = ("lines", "shown", "spans", "owners", "elements")

    def __init__(self, lines: int, shown: bytes, spans: Rows, owners: Rows, elements: bytes) -> None:
        self.lines = lines                  # of the source
        self.shown = shown                  # the spans of the file record, in JSON
        self.spans = spans
        self.owners = owners
        self.elements = elements

    def span(self, index: int) -> Span:
        """Return one span: its kind, position, names and endings, and nothing around it."""
        row = self.spans[index]
        return self._span(index, row, None, _nobody)

    def owner(self, number: int) -> Owner:
        """Return one owner."""
        return _owner(number, self.owners[number])

    def tree(self) -> SpanTree:
        """Return all of it, as it was read."""
        tree = SpanTree(self.lines)
        for number in range(1, len(self.owners)):
            tree.add_owner(_owner(number, self.owners[number]))
        for index in range(len(self.spans)):
            row = self.spans[index]
            parent = tree.spans[row[5]] if row[5] >= 0 else None
            tree.add(self._span(index, row, parent, tree.owned[row[6]]))
        for start, end, span, lazy in loads(self.elements):
            tree.add_element(start, end, tree.spans[span], lazy)
        tree.finish()
        return tree

    def _span(self, index: int, row: Tuple[Any, ...], parent: Optional[Span], owner: Owner) -> Span:
        kind, line, column, end_line, end_column, _, _, stand_in, flags, names, endings = row
        span = Span(kind, (line, column), (end_line, end_column), parent, owner)
        span.index = index
        span.stand_in = stand_in
        span.constant = flags & CONSTANT != 0
        span.no_code = flags & NO_CODE != 0
        span.names = tuple([_lookup(*one) for one in names])
        if endings:
            span.endings = tuple([Ending(self._of_loop(one), frozenset(mentioned), frozenset(rounds))
                                  for one, mentioned, rounds in endings])
        return span

    def _of_loop(self, index: int) -> Span:
        """Return a span without the endings that it has itself: loops that follow each other are a chain."""
        row = self.spans[index]
        return self._span(index, row[:-1] + ((),), None, _nobody)


def freeze(tree: SpanTree, source: Source) -> Frozen:
    """Pack a tree."""
    shown = encode_json([span.record(source) for span in tree.spans])
    elements = [(start, end, span.index, lazy) for (start, end), found in tree.elements.items() for span, lazy in found]
    return Frozen(len(source.lines), shown, Rows.of(map(_span_row, tree.spans)), Rows.of(map(_owner_row, tree.owned)),
                  dumps(elements))


def saved(frozen: Frozen) -> Saved:
    """Return what the cache keeps."""
    return (frozen.lines, frozen.shown, frozen.spans.data, frozen.spans.ends.tobytes(), frozen.owners.data,
            frozen.owners.ends.tobytes(), frozen.elements)


def restored(kept: Saved) -> Frozen:
    """Return what the cache kept. Raises ValueError where it is something else."""
    lines, shown, spans, span_ends, owners, owner_ends, elements = kept
    return Frozen(lines, shown, Rows(spans, array("I", span_ends)), Rows(owners, array("I", owner_ends)), elements)


def _span_row(span: Span) -> Tuple[Any, ...]:
    parent = span.parent.index if span.parent is not None else NONE
    flags = (CONSTANT if span.constant else 0) | (NO_CODE if span.no_code else 0)
    endings = tuple([(one.span.index, tuple(one.mentioned), tuple(one.rounds)) for one in span.endings])
    return (span.kind, *span.start, *span.end, parent, span.owner.number, span.stand_in, flags,
            tuple([_lookup_row(one) for one in span.names]), endings)


def _owner_row(owner: Owner) -> Tuple[Any, ...]:
    return (owner.name, owner.qualname, owner.first_line, owner.start, owner.end, owner.function, owner.span,
            owner.header)


def _owner(number: int, row: Tuple[Any, ...]) -> Owner:
    name, qualname, first_line, start, end, function, span, header = row
    owner = Owner(name, qualname, first_line, start, end, function)
    owner.number, owner.span, owner.header = number, span, header
    return owner


def _lookup_row(lookup: Lookup) -> Tuple[Any, ...]:
    flags = ((CLASSIC if lookup.classic else 0) | (STORED if lookup.stored else 0)
             | (TELLING if lookup.telling else 0) | (ARGUMENT if lookup.argument else 0))
    return (flags, lookup.root, lookup.steps, lookup.text) if lookup.steps else (flags, lookup.root)


def _lookup(flags: int, root: str, steps: Any = (), text: str = "") -> Lookup:
    found = Lookup(text or root, root, steps, flags & CLASSIC != 0, flags & STORED != 0, flags & TELLING != 0)
    found.argument = flags & ARGUMENT != 0
    return found


__all__ = ["Frozen", "Position", "freeze", "restored", "saved"]
