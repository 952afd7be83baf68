"""Exceptions at statements: which statement of a frame one is raised at, or passes through."""

from __future__ import annotations

from bisect import bisect_right
from itertools import islice
from types import CodeType
from typing import Dict, List, Optional, Tuple

from ..base.bytecode import CLEANUP_THROW, END_ASYNC_FOR, FOR_ITER, RESUME, SEND, handlers, positions
from ..base.classes import is_a
from ..base.source import Position
from ..wire.memory import Memory
from ..wire.records import Records
from .counted import SUMS, TallyFile, Traced
from .spans import Span, by_start

MESSAGES = 10
"""Samples sent for one type of exception at one statement, due or not."""


class RaiseMap:
    """The statements of one code object by instruction; made when something is first raised in it."""

    __slots__ = ("ops", "owner", "file", "async_ends", "waits", "known")

    def __init__(self, code: CodeType, file: TallyFile, owner: int) -> None:
        self.ops = code.co_code
        self.file = file
        self.owner = owner
        rows = list(handlers(code))
        self.async_ends: List[Tuple[int, int]] = [(start, end) for start, end, target in rows if self.ops[2 * target] == END_ASYNC_FOR]
        self.waits: List[Tuple[int, int]] = [  # where `yield from` and `await` wait for what they run
            (start, end) for start, end, target in rows if self.ops[2 * target] == CLEANUP_THROW
        ]
        self.known: Dict[int, int] = {}  # instruction -> span

    def statement(self, code: CodeType, lasti: int) -> int:
        """Return the index of the statement of the instruction at frame.f_lasti; -1 for none."""
        unit = self._instruction(lasti)
        found = self.known.get(unit)
        if found is None:
            found = self.known[unit] = self._find(code, unit)
        return found

    def is_end(self, lasti: int, error: BaseException) -> bool:
        """Whether an exception only says that there are no more items, and goes no further."""
        unit = self._instruction(lasti)
        op = self.ops[2 * unit]
        if is_a(error, StopIteration):
            # An exception was thrown into a waiting `yield from` or `await`; the inner generator has caught it and returned.
            # From 3.13 on the frame is already at the RESUME after the wait.
            waited = unit - 1 if op == RESUME else unit
            return op == FOR_ITER or op == SEND or any(start <= waited < end for start, end in self.waits)
        if is_a(error, StopAsyncIteration):
            return any(start <= unit < end for start, end in self.async_ends)
        return is_a(error, GeneratorExit)

    def _instruction(self, lasti: int) -> int:
        """Return the unit of an instruction; lasti may point at an inline cache after it, which is an instruction 0."""
        unit = lasti // 2
        while unit > 0 and self.ops[2 * unit] == 0:
            unit -= 1
        return unit

    def _find(self, code: CodeType, unit: int) -> int:
        tree = self.file.tree()
        whole = tree.owned[self.owner].span
        for line, _, column, _ in islice(positions(code), unit, unit + 1):
            if line is not None and column is not None:
                span = innermost(list(by_start(tree.statements[self.owner])), (line, column), self.owner)
                return span.index if span is not None else whole
        return whole


class Raised:
    """What is counted of exceptions: each type of one at each statement, in the whole run or in one call."""

    def __init__(self, memory: Memory, records: Records) -> None:
        self.memory = memory
        self.records = records
        self.maps: Dict[int, RaiseMap] = {}  # id(Traced)
        self.told: Dict[Tuple[int, int, str], int] = {}  # samples, by file, span and type

    def map(self, code: CodeType, traced: Traced) -> RaiseMap:
        """Return the statements of a code object by instruction."""
        known = self.maps.get(id(traced))
        if known is None:
            known = self.maps[id(traced)] = RaiseMap(code, traced.file, traced.owner)
        return known

    def slot(self, file: TallyFile, span: int, kind: str, call: int) -> int:
        """Return the counter of one type of exception at one statement, in one call; -1 where there is none."""
        slot = file.raised.get((span, kind, call))
        if slot is None:
            slot = self.memory.allocate(1)
            file.raised[span, kind, call] = slot
            if slot >= 0:
                self.records.json(
                    SUMS, {"file": file.number, "call": call, "hits": [], "raised": [[span, slot]], "types": [[slot, kind]], "planned": []}
                )
        return slot

    def wanted(self, file: TallyFile, span: int, kind: str) -> bool:
        """Note one more exception, and report whether it is sampled even where no sample of its statement is due."""
        key = (file.number, span, kind)
        told = self.told.get(key, 0)
        self.told[key] = told + 1
        return told < MESSAGES

    def restart(self) -> None:
        """Start afresh in a forked child."""
        self.told.clear()


def innermost(spans: List[Tuple[Position, Span]], at: Position, owner: int) -> Optional[Span]:
    """Return the innermost statement of an owner that holds a position; spans are by start."""
    low = bisect_right([start for start, _ in spans], at)
    span: Optional[Span] = spans[low - 1][1] if low else None
    while span is not None and not (span.statement and span.owner.number == owner and span.holds(at)):
        span = span.parent
    return span


__all__ = ["RaiseMap", "Raised", "innermost"]
