"""A Plan: the probes of one code object and what each one's count means, packed as a string of small numbers.

A program may run a hundred thousand statements, and nearly all that a Plan says is asked for a few times only. A string is
an array of numbers that takes a byte for each small one, that bisect can search, and that the garbage
collector never looks at: to look at five objects for each code object would cost it more than everything else. The cache
keeps these strings too (cache.py). Offsets are halved, to code units; a number that may be negative is written with _ABOVE added.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import Dict, Iterable, List, Mapping, Sequence, Tuple

CLEAR = -2
"""Stands for the statement of an instruction without a position: it belongs to the statement before."""
_ABOVE = 2  # added to numbers that may be as little as CLEAR
HEAD = 9

Term = Tuple[int, int, int]
"""A span, a slot of the plan and a weight: hits are the sums."""


class Packed:
    """Reads a Plan's string. Slots are numbered from 0 in each Plan, in order of their offsets; a span is given by its index."""

    __slots__ = ()

    text: str

    @property
    def slots(self) -> int:
        """Return the number of probes."""
        return ord(self.text[0])

    @property
    def quiets(self) -> int:
        """Return the number of places where a statement ends and none begins."""
        return ord(self.text[1])

    @property
    def owner(self) -> int:
        """Return the number of its owner, -1 for none."""
        return ord(self.text[2]) - _ABOVE

    @property
    def entry(self) -> int:
        """Return the offset of a probe that only a new frame passes; negative: none."""
        return 2 * (ord(self.text[3]) - _ABOVE)

    def _numbers(self, first: int, count: int) -> List[int]:
        return [ord(one) for one in self.text[first : first + count]]

    def _find(self, offset: int, first: int, count: int) -> int:
        unit = chr(offset >> 1)
        found = bisect_left(self.text, unit, first, first + count)
        return found - first if found < first + count and self.text[found] == unit else -1

    # Probes.

    def slot(self, offset: int) -> int:
        """Return the slot of a probe, -1 where none is."""
        return self._find(offset, HEAD, self.slots)

    def unit(self, slot: int) -> int:
        """Return the code unit of a probe."""
        return ord(self.text[HEAD + slot])

    def quiet(self, offset: int) -> int:
        """Return the number of a place where a statement ends and none begins, -1 where none is."""
        return self._find(offset, HEAD + 2 * self.slots, self.quiets)

    def statement(self, slot: int) -> int:
        """Return the span that the instruction of a probe is of."""
        return ord(self.text[HEAD + self.slots + slot]) - _ABOVE

    def quiet_statement(self, number: int) -> int:
        """Return the span that the instruction of a quiet place is of."""
        return ord(self.text[HEAD + 2 * self.slots + self.quiets + number]) - _ABOVE

    def places(self) -> List[int]:
        """Return the offsets of the probes, by slot."""
        return [2 * unit for unit in self._numbers(HEAD, self.slots)]

    def quiet_places(self) -> List[int]:
        """Return the offsets where a statement ends and none begins, by number."""
        return [2 * unit for unit in self._numbers(HEAD + 2 * self.slots, self.quiets)]

    # What begins at a probe.

    def _begins_at(self) -> int:
        return HEAD + 2 * (self.slots + self.quiets)

    def begins(self, slot: int) -> Sequence[int]:
        """Return the spans that begin at a probe, in order."""
        index = self._begins_at()
        first = index + self.slots + 1
        low, high = ord(self.text[index + slot]), ord(self.text[index + slot + 1])
        return self._numbers(first + low, high - low)

    def elements(self, slot: int) -> Sequence[int]:
        """Return the comprehensions that produce an element at a probe."""
        count = ord(self.text[4])
        if not count:
            return ()
        first = self._elements_at()
        low = bisect_left(self.text, chr(slot), first, first + count)
        high = bisect_right(self.text, chr(slot), low, first + count)
        return self._numbers(low + count, high - low)

    def _elements_at(self) -> int:
        index = self._begins_at()
        return index + self.slots + 1 + ord(self.text[index + self.slots])

    # What the counts mean.

    def _hits_at(self) -> int:
        return self._elements_at() + 2 * ord(self.text[4])

    def hits(self) -> List[Term]:
        """Return what the hits of the spans are the sums of."""
        count = ord(self.text[5])
        rows = self._numbers(self._hits_at(), 3 * count)
        return [(span, slot, weight - _ABOVE) for span, slot, weight in zip(rows[:count], rows[count : 2 * count], rows[2 * count :])]

    def counted(self) -> Iterable[int]:
        """Return the spans that have hits."""
        return set(self._numbers(self._hits_at(), ord(self.text[5])))

    def terms(self, span: int) -> List[Tuple[int, int]]:
        """Return the slots and weights of one span."""
        first, count = self._hits_at(), ord(self.text[5])
        low = bisect_left(self.text, chr(span), first, first + count)
        high = bisect_right(self.text, chr(span), low, first + count)
        return [(ord(self.text[at + count]), ord(self.text[at + 2 * count]) - _ABOVE) for at in range(low, high)]

    def planned(self) -> List[int]:
        """Return the spans of this code that the compiler kept."""
        return self._numbers(self._hits_at() + 3 * ord(self.text[5]), ord(self.text[6]))

    def entries(self) -> List[Term]:
        """Return what the entries of the function are the sums of; the span is its def's."""
        count = ord(self.text[7])
        if not count:
            return []
        rows = self._numbers(self._hits_at() + 3 * ord(self.text[5]) + ord(self.text[6]), 2 * count)
        return [(ord(self.text[8]), slot, weight - _ABOVE) for slot, weight in zip(rows[:count], rows[count:])]


class CountPlan(Packed):
    """The probes of one code object, by themselves."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


def pack(
    owner: int,
    entry: int,
    places: Mapping[int, int],
    quiets: Mapping[int, int],
    begins: Sequence[Sequence[int]],
    elements: Sequence[Tuple[int, int]],
    hits: Sequence[Term],
    planned: Sequence[int],
    calls: Sequence[Term],
) -> CountPlan:
    """Make a Plan.

    places and quiets: offset -> the span its instruction is of; begins: slot -> spans; elements: slot and span.
    Raises ValueError where a number is too large.
    """
    probes, still = sorted(places), sorted(quiets)
    hits = sorted(hits)
    numbers: List[int] = [
        len(probes),
        len(still),
        owner + _ABOVE,
        (entry >> 1) + _ABOVE,
        len(elements),
        len(hits),
        len(planned),
        len(calls),
        calls[0][0] if calls else 0,
    ]
    for offsets, at in ((probes, places), (still, quiets)):
        numbers += [offset >> 1 for offset in offsets]
        numbers += [at[offset] + _ABOVE for offset in offsets]
    numbers.append(0)
    numbers += accumulate(map(len, begins))
    for spans in begins:
        numbers += spans
    for rows in (sorted(elements), hits):
        for column in range(len(rows[0]) if rows else 0):
            above = _ABOVE if column == 2 else 0
            numbers += [row[column] + above for row in rows]
    numbers += planned
    numbers += [slot for _, slot, _ in calls]
    numbers += [weight + _ABOVE for _, _, weight in calls]
    return CountPlan("".join(map(chr, numbers)))


def lines_plan(owner: int, spans: Sequence[int], header: int) -> CountPlan:
    """Make the Plan of code that is counted by line: a slot for each statement, and one for entries of a function."""
    calls = [(header, len(spans), 1)] if header >= 0 else []
    hits = [(span, slot, 1) for slot, span in enumerate(spans)]
    return pack(owner, -2, {}, {}, (), (), hits, spans, calls)


NOTHING: Dict[int, int] = {}
"""No places."""


def empty() -> CountPlan:
    """Return the Plan of a hidden scope without statements."""
    return pack(-1, -2, NOTHING, NOTHING, (), (), (), (), ())
