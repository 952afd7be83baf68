"""A Plan: the probes of one code object and what each one's count means, packed as an array of small numbers.

A program may run a hundred thousand statements, and nearly all a Plan says is asked for a few times only. The array
is what the cache keeps as well (cache.py). Numbers of offsets are halved, as code units; what may be negative is
written larger than it is.
"""
from __future__ import annotations

from array import array
from bisect import bisect_left
from itertools import accumulate
from typing import Dict, List, Mapping, Sequence, Tuple

CLEAR = -2
"""As a statement: an instruction without position keeps the one before."""
_ABOVE = 2                  # added to what may be as little as CLEAR
HEAD = 9
NARROW, WIDE = "H", "I"

Term = Tuple[int, int, int]
"""A span, a slot of the plan and a weight: hits are the sums."""


class Plan:
    """The probes of one code object. Slots are numbered from 0 in each plan, in order of their offsets.

    Its owner is the number of one, or -1; spans are meant by their index.
    """

    __slots__ = ("data", "slots", "quiets", "owner", "entry")

    def __init__(self, data: "array[int]") -> None:
        self.data = data
        self.slots = data[0]
        self.quiets = data[1]
        self.owner = data[2] - _ABOVE
        self.entry = 2 * (data[3] - _ABOVE)     # offset of a probe that only a new frame passes; negative: none

    # Probes.

    def slot(self, offset: int) -> int:
        """Return the slot of a probe, -1 where none is."""
        found = bisect_left(self.data, offset >> 1, HEAD, HEAD + self.slots)
        if found < HEAD + self.slots and self.data[found] == offset >> 1:
            return found - HEAD
        return -1

    def quiet(self, offset: int) -> int:
        """Return the number of a place where a statement ends and none begins, -1 where none is."""
        first = HEAD + 2 * self.slots
        found = bisect_left(self.data, offset >> 1, first, first + self.quiets)
        if found < first + self.quiets and self.data[found] == offset >> 1:
            return found - first
        return -1

    def statement(self, slot: int) -> int:
        """Return the span that the instruction of a probe is of."""
        return self.data[HEAD + self.slots + slot] - _ABOVE

    def quiet_statement(self, number: int) -> int:
        """Return the span that the instruction of a quiet place is of."""
        return self.data[HEAD + 2 * self.slots + self.quiets + number] - _ABOVE

    def places(self) -> List[int]:
        """Return the offsets of the probes, by slot."""
        return [2 * unit for unit in self.data[HEAD:HEAD + self.slots]]

    def quiet_places(self) -> List[int]:
        """Return the offsets where a statement ends and none begins, by number."""
        first = HEAD + 2 * self.slots
        return [2 * unit for unit in self.data[first:first + self.quiets]]

    # What begins at a probe.

    def _begins_at(self) -> int:
        return HEAD + 2 * (self.slots + self.quiets)

    def begins(self, slot: int) -> Sequence[int]:
        """Return the spans that begin at a probe, in order."""
        index = self._begins_at()
        first = index + self.slots + 1
        return self.data[first + self.data[index + slot]:first + self.data[index + slot + 1]]

    def elements(self, slot: int) -> Sequence[int]:
        """Return the comprehensions that produce an element at a probe."""
        count = self.data[4]
        if not count:
            return ()
        first = self._elements_at()
        low = bisect_left(self.data, slot, first, first + count)
        found = []
        while low < first + count and self.data[low] == slot:
            found.append(self.data[low + count])
            low += 1
        return found

    def _elements_at(self) -> int:
        index = self._begins_at()
        return index + self.slots + 1 + self.data[index + self.slots]

    # What the counts mean.

    def _hits_at(self) -> int:
        return self._elements_at() + 2 * self.data[4]

    def hits(self) -> List[Term]:
        """Return what the hits of the spans are the sums of."""
        first, count = self._hits_at(), self.data[5]
        rows = self.data[first:first + 3 * count]
        return [(span, slot, weight - _ABOVE)
                for span, slot, weight in zip(rows[:count], rows[count:2 * count], rows[2 * count:])]

    def terms(self, span: int) -> List[Tuple[int, int]]:
        """Return the slots and weights of one span."""
        first, count = self._hits_at(), self.data[5]
        at = bisect_left(self.data, span, first, first + count)
        found = []
        while at < first + count and self.data[at] == span:
            found.append((self.data[at + count], self.data[at + 2 * count] - _ABOVE))
            at += 1
        return found

    def planned(self) -> List[int]:
        """Return the spans of this code that the compiler kept."""
        first = self._hits_at() + 3 * self.data[5]
        return list(self.data[first:first + self.data[6]])

    def calls(self) -> List[Term]:
        """Return what the entries of the function are the sums of; the span is its def's."""
        first, count = self._hits_at() + 3 * self.data[5] + self.data[6], self.data[7]
        rows = self.data[first:first + 2 * count]
        return [(self.data[8], slot, weight - _ABOVE) for slot, weight in zip(rows[:count], rows[count:])]


def pack(owner: int, entry: int, places: Mapping[int, int], quiets: Mapping[int, int], begins: Sequence[Sequence[int]],
         elements: Sequence[Tuple[int, int]], hits: Sequence[Term], planned: Sequence[int],
         calls: Sequence[Term]) -> Plan:
    """Make a Plan.

    places and quiets: offset -> the span its instruction is of; begins: slot -> spans; elements: slot and span.
    """
    probes, still = sorted(places), sorted(quiets)
    hits = sorted(hits)
    numbers: List[int] = [
        len(probes), len(still), owner + _ABOVE, (entry >> 1) + _ABOVE, len(elements), len(hits), len(planned),
        len(calls), calls[0][0] if calls else 0]
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
    return Plan(array(NARROW if max(numbers) < 1 << 16 else WIDE, numbers))


def lines_plan(owner: int, spans: Sequence[int], header: int) -> Plan:
    """Make the Plan of code that is counted by line: a slot for each statement, and one for entries of a function."""
    calls = [(header, len(spans), 1)] if header >= 0 else []
    hits = [(span, slot, 1) for slot, span in enumerate(spans)]
    return pack(owner, -2, {}, {}, (), (), hits, spans, calls)


NOTHING: Dict[int, int] = {}
"""No places."""


def empty() -> Plan:
    """Return the Plan of a hidden scope without statements."""
    return pack(-1, -2, NOTHING, NOTHING, (), (), (), (), ())


def saved(plan: Plan) -> Tuple[str, bytes]:
    """Return what the cache keeps of a Plan."""
    return plan.data.typecode, plan.data.tobytes()


def restored(kind: str, data: bytes) -> Plan:
    """Return the Plan of what the cache kept. Raises ValueError or IndexError where it is none."""
    if kind not in (NARROW, WIDE):
        raise ValueError("no kind of plan")
    return Plan(array(kind, data))
