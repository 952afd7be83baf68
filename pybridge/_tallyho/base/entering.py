"""Where control comes back to a line that it has been on already, in the same run of the line's statement.

A call over several lines begins on its first one, goes to those of its arguments, and comes back for the call itself;
a `with` comes back at its end. That is no second time that the line is reached. It is found in the flow graph: an
instruction at which an event of the line may come is meant only where it can be reached from outside of the statement
without passing the line before.
"""

from __future__ import annotations

import dis
from bisect import bisect_right
from types import CodeType
from typing import Callable, Dict, FrozenSet, Iterator, List, Set, Tuple

from .behaviour import HAS_LINE_TABLE, INLINES_COMPREHENSIONS
from .bytecode import END_ASYNC_FOR, handlers, positions
from .layout import Layout
from .linetable import line_runs

CO_OPTIMIZED = 0x1
"""Of code whose variables are no dictionary's: a function's."""

_JUMPS = (frozenset(dis.hasjrel) | frozenset(dis.hasjabs)) - {END_ASYNC_FOR}  # 3.14: names the SEND it belongs to
_ENDS = ("RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE")
_GOES = ("JUMP_FORWARD", "JUMP_ABSOLUTE", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT", "JUMP", "JUMP_NO_INTERRUPT")


SILENT = frozenset(["RESUME", "COPY_FREE_VARS", "MAKE_CELL", "RETURN_GENERATOR", "END_FOR", "END_SEND", "END_ASYNC_FOR"])
"""Instructions at which no event of a line comes."""


class Blocks:
    """The basic blocks of a code object, cut where the line changes as well."""

    def __init__(self, code: CodeType) -> None:
        self.code = code
        self.instructions = list(dis.get_instructions(code))
        self.own = _lines(code)
        self.line_of = _filled(self.own, code)
        self.starts = self._starts()
        self.lines = [self.line_of[start] for start in self.starts]
        """The line of each block."""
        self.visits = self._visits()
        self.after: List[Set[int]] = [set() for _ in self.starts]
        self._connect()

    def _starts(self) -> List[int]:
        targets = {one.argval for one in self.instructions if one.opcode in _JUMPS}
        targets.update(target for _, _, target in _protected(self.code))
        found, before = [], -1
        ended = True
        for one in self.instructions:
            line = self.line_of[one.offset]
            if ended or line != before or one.offset in targets:
                found.append(one.offset)
            ended = one.opcode in _JUMPS or one.opname in _ENDS
            before = line
        return found

    def _visits(self) -> Set[int]:
        """Return the blocks with an instruction at which an event of their line may come."""
        return {self.at(one.offset) for one in self.instructions if one.offset in self.own and one.opname not in SILENT}

    def at(self, offset: int) -> int:
        """Return the block that an instruction is in."""
        return bisect_right(self.starts, offset) - 1

    def _connect(self) -> None:
        last: Dict[int, dis.Instruction] = {}
        for one in self.instructions:
            last[self.at(one.offset)] = one
            if one.opcode in _JUMPS:
                self.after[self.at(one.offset)].add(self.at(one.argval))
        for block, one in last.items():
            if one.opname not in _ENDS and one.opname not in _GOES and block + 1 < len(self.starts):
                self.after[block].add(block + 1)
        for start, end, target in _protected(self.code):
            for block in range(self.at(start), self.at(max(start, end - 2)) + 1):
                self.after[block].add(self.at(target))


def _lines(code: CodeType) -> Dict[int, int]:
    """Return the line of each instruction that has one."""
    found: Dict[int, int] = {}
    if HAS_LINE_TABLE:
        for start, end, line in line_runs(code):
            if line:
                found.update((offset, line) for offset in range(start, end, 2))
        return found
    starts = dict(dis.findlinestarts(code))
    line = 0
    for offset in range(0, len(code.co_code), 2):
        line = starts.get(offset, line)
        if line:
            found[offset] = line
    return found


def _filled(own: Dict[int, int], code: CodeType) -> Dict[int, int]:
    """Give instructions without a line that of the one before."""
    found, line = {}, 0
    for offset in range(0, len(code.co_code), 2):
        line = found[offset] = own.get(offset, line)
    return found


def _protected(code: CodeType) -> Iterator[Tuple[int, int, int]]:
    """Yield the ranges that a handler protects: first offset, offset past the last, and the handler's offset. Nothing below 3.11, where an
    instruction that jumps sets the handler up."""
    for start, end, target in handlers(code):
        yield 2 * start, 2 * end, 2 * target


COMPREHENSIONS = frozenset(["<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"])


def is_part(code: CodeType, line: int, layout: Layout, outside: Callable[[int], bool]) -> bool:
    """Report whether a code object runs as a part of the statement that a line is of, so that the line is reached twice:
    the body of a class at its header, a comprehension where the code around it has the line as well."""
    first, last = layout.statement(line)
    if code.co_name in COMPREHENSIONS:
        return outside(line)
    return not code.co_flags & CO_OPTIMIZED and code.co_name != "<module>" and first <= code.co_firstlineno <= last


def comes_back(code: CodeType, line: int, layout: Layout) -> FrozenSet[int]:
    """Return the offsets of instructions at which a line of a code object is reached again."""
    first, last = layout.statement(line)
    block_end = layout.blocks.get(first, 0)
    rounds = _rounds(code, line, layout)
    if first == last and not block_end:
        return rounds
    blocks = Blocks(code)
    inside = {at for at, its in enumerate(blocks.lines) if first <= its <= last}
    entries = inside & {0}
    for at, following in enumerate(blocks.after):
        # What leaves the body of a `with` ends it, and does not begin it.
        if at not in inside and not last < blocks.lines[at] <= block_end:
            entries |= following & inside
    meant = _first(blocks, entries, inside, line)
    return rounds.union(blocks.starts[at] for at in inside if _visits(blocks, at, line) and at not in meant)


def _rounds(code: CodeType, line: int, layout: Layout) -> FrozenSet[int]:
    """Return where the rounds of comprehensions begin and end that are part of the code and lie on one line (3.12 and newer)."""
    if not INLINES_COMPREHENSIONS or line not in layout.comprehensions:
        return frozenset()
    found: Set[int] = set()
    places = list(positions(code))
    for one in dis.get_instructions(code):
        its_line, _, column, _ = places[one.offset // 2]
        if one.opname == "JUMP_BACKWARD" and its_line == line and column is not None:
            if any(start <= column < end for start, end in layout.comprehensions[line]):
                found |= {one.offset, one.argval}
    return frozenset(found)


def _first(blocks: Blocks, entries: Set[int], inside: Set[int], line: int) -> Set[int]:
    """Return the blocks of a line that control may come to without having been on it."""
    found: Set[int] = set()
    seen: Set[int] = set()
    waiting = list(entries)
    while waiting:
        at = waiting.pop()
        if at in seen:
            continue
        seen.add(at)
        if _visits(blocks, at, line):
            found.add(at)
        else:
            waiting += blocks.after[at] & inside
    return found


def _visits(blocks: Blocks, at: int, line: int) -> bool:
    return blocks.lines[at] == line and at in blocks.visits


__all__ = ["COMPREHENSIONS", "SILENT", "comes_back", "is_part"]
