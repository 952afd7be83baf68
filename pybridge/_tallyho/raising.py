"""Exceptions at statements: which statement of a frame one is raised at, or passes through."""
from __future__ import annotations

from types import CodeType
from typing import Dict, List, Optional, Tuple

from .bytecode import END_ASYNC_FOR, FOR_ITER, SEND, exception_table
from .source import Position
from .spans import Owner, Span, by_start

MESSAGES = 10
"""Samples sent for one type of exception at one statement, due or not."""


class RaiseMap:
    """The statements of one code object by instruction; made when something is first raised in it."""

    __slots__ = ("ops", "owner", "spans", "positions", "async_ends", "known")

    def __init__(self, code: CodeType, owner: Owner) -> None:
        self.ops = code.co_code
        self.owner = owner
        self.spans = list(by_start(owner.spans))
        self.positions = list(code.co_positions())
        self.async_ends: List[Tuple[int, int]] = [
            (start, end) for start, end, target in exception_table(code.co_exceptiontable)
            if self.ops[2 * target] == END_ASYNC_FOR]
        self.known: Dict[int, Optional[Span]] = {}

    def statement(self, lasti: int) -> Optional[Span]:
        """Return the statement of the instruction at frame.f_lasti."""
        unit = self._instruction(lasti)
        if unit not in self.known:
            self.known[unit] = self._find(unit)
        return self.known[unit]

    def is_end(self, lasti: int, error: BaseException) -> bool:
        """Whether an exception only says that there are no more items, and goes no further."""
        unit = self._instruction(lasti)
        op = self.ops[2 * unit]
        if isinstance(error, StopIteration):
            return op == FOR_ITER or op == SEND
        if isinstance(error, StopAsyncIteration):
            return any(start <= unit < end for start, end in self.async_ends)
        return isinstance(error, GeneratorExit)

    def _instruction(self, lasti: int) -> int:
        """Return the unit of an instruction; lasti may point at a cache after it (probes §8)."""
        unit = lasti // 2
        while unit > 0 and self.ops[2 * unit] == 0:
            unit -= 1
        return unit

    def _find(self, unit: int) -> Optional[Span]:
        line, _, column, _ = self.positions[unit]
        if line is None or column is None:
            return self.owner.span
        return innermost(self.spans, (line, column), self.owner) or self.owner.span


def innermost(spans: List[Tuple[Position, Span]], at: Position, owner: Owner) -> Optional[Span]:
    """Return the innermost statement of an owner that holds a position."""
    low, high = 0, len(spans)
    while low < high:
        middle = (low + high) // 2
        if spans[middle][0] <= at:
            low = middle + 1
        else:
            high = middle
    span: Optional[Span] = spans[low - 1][1] if low else None
    while span is not None and not (span.statement and span.owner is owner and span.holds(at)):
        span = span.parent
    return span
