"""A SpanTree as a few byte strings: what stays of a file's syntax in memory, and what the cache keeps of it.

Rows are marshalled one by one, so that one span can be read alone: a sample needs only the names of one statement.
"""

from __future__ import annotations

from marshal import dumps, loads
from struct import Struct
from typing import Any, Iterable, Optional, Tuple
from zlib import compress, decompressobj
from zlib import error as Unpacking

from ..base.names import Lookup
from ..base.source import Position, Source
from ..wire.records import encode_json
from .spans import NONE, Ending, Owner, Span, SpanTree

MOST = 256 << 20
"""Bytes of one file's entry when it is unpacked: a hundred times the longest source."""

CONSTANT, NO_CODE = 1, 2
CLASSIC, STORED, BY_DEFAULT, ARGUMENT = 1, 2, 4, 8

_NUMBER = Struct("<I")
_PAIR = Struct("<II")

_nobody = Owner("", "", 0, (0, 0), (0, 0), False)


def pack_rows(rows: Iterable[Tuple[Any, ...]]) -> bytes:
    """Pack tuples: how many, where each begins and the last ends, and the tuples."""
    parts = [dumps(row) for row in rows]
    at = 4 * len(parts) + 8
    starts = [at]
    for part in parts:
        at += len(part)
        starts.append(at)
    return b"".join([_NUMBER.pack(len(parts)), *map(_NUMBER.pack, starts), *parts])


def row_count(rows: bytes) -> int:
    """Return the number of packed tuples."""
    count: int = _NUMBER.unpack_from(rows)[0]
    return count


def row_at(rows: bytes, index: int) -> Tuple[Any, ...]:
    """Return one packed tuple."""
    start, end = _PAIR.unpack_from(rows, 4 + 4 * index)
    row = loads(rows[start:end])
    if type(row) is not tuple:
        raise ValueError("no row")
    return row


class Frozen:
    """What is known of one file's spans."""

    __slots__ = ("lines", "shown", "spans", "owners", "elements")

    def __init__(self, lines: int, shown: bytes, spans: bytes, owners: bytes, elements: bytes) -> None:
        self.lines = lines  # of the source
        self.shown = shown  # the spans of the file record, in JSON
        self.spans = spans
        self.owners = owners
        self.elements = elements

    def span(self, index: int) -> Span:
        """Return one span: its kind, position, names and endings, and nothing around it."""
        return self._span(index, row_at(self.spans, index), None, _nobody)

    def owner(self, number: int) -> Owner:
        """Return one owner."""
        return _owner(number, row_at(self.owners, number))

    def tree(self) -> SpanTree:
        """Return all of it, as it was read."""
        tree = SpanTree(self.lines)
        for number in range(1, row_count(self.owners)):
            tree.add_owner(_owner(number, row_at(self.owners, number)))
        rows = [row_at(self.spans, index) for index in range(row_count(self.spans))]
        for index, row in enumerate(rows):
            tree.add(self._span(index, row, None, tree.owned[row[6]]))
        for span, row in zip(tree.spans, rows):
            if row[5] >= 0:  # which may come later: a def is shown from its name on, below its decorators
                span.parent = tree.spans[row[5]]
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
            span.endings = tuple(
                [Ending(self._of_loop(one), frozenset(mentioned), frozenset(rounds)) for one, mentioned, rounds in endings]
            )
        return span

    def _of_loop(self, index: int) -> Span:
        """Return a loop's span without endings of its own: loops that follow each other would be a chain."""
        row = row_at(self.spans, index)
        return self._span(index, row[:-1] + ((),), None, _nobody)


def freeze(tree: SpanTree, source: Source) -> Frozen:
    """Pack a tree."""
    ascii_only = source.ascii
    shown = encode_json([span.record(None if ascii_only else source) for span in tree.spans])
    elements = [(start, end, span.index, lazy) for (start, end), found in tree.elements.items() for span, lazy in found]
    return Frozen(len(source.lines), shown, pack_rows(map(_span_row, tree.spans)), pack_rows(map(_owner_row, tree.owned)), dumps(elements))


def saved(frozen: Frozen) -> bytes:
    """Return what stays in memory, and what the cache keeps: a quarter of the size."""
    return compress(dumps((frozen.lines, frozen.shown, frozen.spans, frozen.owners, frozen.elements)), 1)


def restored(kept: bytes) -> Frozen:
    """Return what was kept. Raises ValueError or TypeError where it is something else."""
    try:
        lines, shown, spans, owners, elements = loads(decompressobj().decompress(kept, MOST))
    except (Unpacking, EOFError) as failure:
        raise ValueError("nothing that was kept") from failure
    return Frozen(lines, shown, spans, owners, elements)


def _span_row(span: Span) -> Tuple[Any, ...]:
    parent = span.parent.index if span.parent is not None else NONE
    flags = (CONSTANT if span.constant else 0) | (NO_CODE if span.no_code else 0)
    endings = tuple([(one.span.index, tuple(one.mentioned), tuple(one.rounds)) for one in span.endings])
    return (
        span.kind,
        *span.start,
        *span.end,
        parent,
        span.owner.number,
        span.stand_in,
        flags,
        tuple([_lookup_row(one) for one in span.names]),
        endings,
    )


def _owner_row(owner: Owner) -> Tuple[Any, ...]:
    return (owner.name, owner.qualname, owner.first_line, owner.start, owner.end, owner.function, owner.span, owner.header)


def _owner(number: int, row: Tuple[Any, ...]) -> Owner:
    name, qualname, first_line, start, end, function, span, header = row
    owner = Owner(name, qualname, first_line, start, end, function)
    owner.number, owner.span, owner.header = number, span, header
    return owner


def _lookup_row(lookup: Lookup) -> Tuple[Any, ...]:
    flags = (
        (CLASSIC if lookup.classic else 0)
        | (STORED if lookup.stored else 0)
        | (BY_DEFAULT if lookup.by_default else 0)
        | (ARGUMENT if lookup.argument else 0)
    )
    return (flags, lookup.root, lookup.steps, lookup.text) if lookup.steps else (flags, lookup.root)


def _lookup(flags: int, root: str, steps: Any = (), text: str = "") -> Lookup:
    found = Lookup(text or root, root, steps, flags & CLASSIC != 0, flags & STORED != 0, flags & BY_DEFAULT != 0)
    found.argument = flags & ARGUMENT != 0
    return found


__all__ = ["Frozen", "Position", "freeze", "restored", "saved"]
