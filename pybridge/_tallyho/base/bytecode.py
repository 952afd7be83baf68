"""What a code object's instructions are, where they lead and which of them may raise: CPython 3.12 to 3.15.

Decodes ``co_code`` by itself: ``dis.get_instructions`` costs five times as much, and this runs once for each code
object that is tallied. ``co_code`` never shows instrumentation or specialisation.
"""

from __future__ import annotations

import dis
from types import CodeType
from typing import Dict, FrozenSet, Iterable, Iterator, List, Optional, Tuple

from .behaviour import AFTER_FOR, HAS_CACHES, HAS_EXCEPTION_TABLE, HAS_POSITIONS
from .source import Position

NOWHERE: Position = (0, -1)
"""The position of an instruction that has none."""


def _codes(names: Iterable[str]) -> FrozenSet[int]:
    return frozenset(dis.opmap[name] for name in names if name in dis.opmap)


EXTENDED_ARG = dis.opmap.get("EXTENDED_ARG", -1)
FOR_ITER, SEND, RESUME, YIELD_VALUE, LOAD_CONST = (
    dis.opmap.get(name, -1) for name in ("FOR_ITER", "SEND", "RESUME", "YIELD_VALUE", "LOAD_CONST")
)
END_ASYNC_FOR = dis.opmap.get("END_ASYNC_FOR", -1)
CLEANUP_THROW = dis.opmap.get("CLEANUP_THROW", -2)
NOT_TAKEN = dis.opmap.get("NOT_TAKEN", -2)
"""Marks a branch's other way for monitoring (3.14+); an uninstrumented jump passes over it."""
JUMP_BACKWARD = dis.opmap.get("JUMP_BACKWARD", -1)
ITERATES = _codes(("FOR_ITER", "GET_ANEXT"))
"""Where each round of a comprehension begins."""
APPENDS = _codes(("LIST_APPEND", "SET_ADD", "MAP_ADD", "LIST_EXTEND", "SET_UPDATE", "DICT_UPDATE"))
"""What puts an element into a comprehension's container, or, from 3.15 on (PEP 798), all that is unpacked in one."""
ENDS = _codes(("RETURN_VALUE", "RETURN_CONST", "RERAISE", "RAISE_VARARGS", "INTERPRETER_EXIT"))
GOES = _codes(("JUMP_FORWARD", "JUMP_BACKWARD", "JUMP_BACKWARD_NO_INTERRUPT"))
JUMPS = frozenset(dis.hasjrel) - {END_ASYNC_FOR}  # 3.14: names the SEND it belongs to, and goes nowhere
BACKWARD = _codes(name for name in dis.opmap if "BACKWARD" in name)
# What only moves references, jumps on a ready bool or makes a plain container. RESUME and JUMP_BACKWARD may only be
# interrupted by a signal handler, but RESUME after a yield raises what is thrown in.
QUIET = _codes(
    (
        "NOP",
        "EXTENDED_ARG",
        "POP_TOP",
        "COPY",
        "SWAP",
        "PUSH_NULL",
        "RESUME",
        "LOAD_CONST",
        "LOAD_SMALL_INT",
        "LOAD_COMMON_CONSTANT",
        "LOAD_FAST",
        "LOAD_FAST_BORROW",
        "LOAD_FAST_BORROW_LOAD_FAST_BORROW",
        "LOAD_FAST_AND_CLEAR",
        "LOAD_CLOSURE",
        "STORE_FAST",
        "STORE_DEREF",
        "LOAD_FAST_LOAD_FAST",
        "STORE_FAST_STORE_FAST",
        "STORE_FAST_LOAD_FAST",
        "JUMP_FORWARD",
        "JUMP_BACKWARD",
        "JUMP_BACKWARD_NO_INTERRUPT",
        "POP_JUMP_IF_FALSE",
        "POP_JUMP_IF_TRUE",
        "POP_JUMP_IF_NONE",
        "POP_JUMP_IF_NOT_NONE",
        "POP_EXCEPT",
        "PUSH_EXC_INFO",
        "END_SEND",
        "END_FOR",
        "POP_ITER",
        "MAKE_CELL",
        "COPY_FREE_VARS",
        "BUILD_TUPLE",
        "BUILD_LIST",
        "MAKE_FUNCTION",
        "SET_FUNCTION_ATTRIBUTE",
        "IS_OP",
        "UNARY_NOT",
        "GET_LEN",
        "LIST_APPEND",
        "RETURN_VALUE",
        "RETURN_CONST",
        "RETURN_GENERATOR",
    )
)


class Listing:
    """The instructions of one code object, in parallel lists; EXTENDED_ARG stands for itself."""

    __slots__ = ("code", "offsets", "ops", "args", "starts", "ends", "index", "jumps", "handlers")

    def __init__(self, code: CodeType) -> None:
        self.code = code
        self.offsets: List[int] = []
        self.ops: List[int] = []
        self.args: List[int] = []
        self.starts: List[Position] = []
        self.ends: List[Position] = []
        self.index: List[int] = []  # code unit -> instruction
        self._decode()
        self.jumps = self._targets()
        self.handlers = self._find_handlers()

    def __len__(self) -> int:
        return len(self.ops)

    def _decode(self) -> None:
        units = self.code.co_code
        extended = 0
        for unit, (line, end_line, column, end_column) in enumerate(positions(self.code)):
            op = units[2 * unit]
            if op == 0:  # CACHE
                self.index.append(len(self.ops) - 1)
                continue
            self.index.append(len(self.ops))
            self.offsets.append(2 * unit)
            self.ops.append(op)
            arg = extended << 8 | units[2 * unit + 1]
            self.args.append(arg)
            extended = arg if op == EXTENDED_ARG else 0
            if line is None or end_line is None or column is None or end_column is None:
                self.starts.append(NOWHERE)
                self.ends.append(NOWHERE)
            else:
                self.starts.append((line, column))
                self.ends.append((end_line, end_column))

    def _targets(self) -> List[int]:
        """Return the instruction each one may jump to, -1 for none."""
        count, units = len(self.ops), len(self.index)
        targets = [-1] * count
        for at, op in enumerate(self.ops):
            if op not in JUMPS:
                continue
            following = (self.offsets[at + 1] if at + 1 < count else 2 * units) // 2
            unit = following - self.args[at] if op in BACKWARD else following + self.args[at]
            if not 0 <= unit < units:
                raise ValueError("a jump leaves its code")
            targets[at] = self.index[unit]
        return targets

    def _find_handlers(self) -> List[int]:
        """Return the handler of each instruction, -1 for none."""
        found = [-1] * len(self.ops)
        rows = list(handlers(self.code))
        for start, end, target in reversed(rows):
            to = self.index[target]
            for unit in range(start, end):
                found[self.index[unit]] = to
        return found

    def may_raise(self, at: int) -> bool:
        """Whether an exception may leave an instruction."""
        op = self.ops[at]
        if op == RESUME:
            return self.args[at] & 3 != 0
        return op not in QUIET or op == JUMP_BACKWARD

    def successors(self, at: int) -> List[int]:
        """Return where control may go from an instruction when nothing is raised."""
        op = self.ops[at]
        if op in ENDS:
            return []
        target = self.jumps[at]
        if op in GOES:
            return [target]
        after = [at + 1] if at + 1 < len(self.ops) else []
        if target >= 0:
            if after and self.ops[at + 1] == NOT_TAKEN:
                after.append(at + 2)
            after.append(target)
            if op == FOR_ITER:
                after.append(target + AFTER_FOR)
        return after

    def certain(self, at: int) -> bool:
        """Whether an instruction goes to one place only, always."""
        return self.ops[at] in QUIET and len(self.successors(at)) == 1


_CACHE = 0


def call_at(code: CodeType, lasti: int) -> int:
    """Return the offset of the instruction at frame.f_lasti, which may point at a cache after it."""
    if HAS_CACHES:
        units = code.co_code
        while lasti > 0 and units[lasti] == _CACHE:
            lasti -= 2
    return lasti


Extent = Tuple[Optional[int], Optional[int], Optional[int], Optional[int]]

MOST_MOVED = 10_000
_moved: Dict[int, Tuple[CodeType, int]] = {}


def move(code: CodeType, columns: int) -> None:
    """Have the extents in a code object be so many columns further to the right: its text was taken out of an indented block."""
    if len(_moved) < MOST_MOVED:
        _moved[id(code)] = code, columns


def positions(code: CodeType) -> Iterable[Extent]:
    """Return the extent of each code unit; of none where code does not say it (behaviour.HAS_POSITIONS)."""
    if not HAS_POSITIONS:
        return ()
    if _moved and id(code) in _moved:
        return _further(code.co_positions(), _moved[id(code)][1])
    return code.co_positions()


def _further(extents: Iterable[Extent], columns: int) -> Iterator[Extent]:
    for line, end_line, column, end_column in extents:
        if column is None or end_column is None or column == end_column:  # of nothing that is written
            yield line, end_line, column, end_column
        else:
            yield line, end_line, column + columns, end_column + columns


def qualname(code: CodeType) -> str:
    """Return the qualified name of code; its name where code does not say it (below 3.11)."""
    found: str = getattr(code, "co_qualname", code.co_name)
    return found


def handlers(code: CodeType) -> Iterable[Tuple[int, int, int]]:
    """Yield (first unit, unit past the last, handler's unit): Objects/exception_handling_notes.txt. Nothing where code has no table
    of handlers (behaviour.HAS_EXCEPTION_TABLE)."""
    if not HAS_EXCEPTION_TABLE:
        return
    numbers = _Numbers(code.co_exceptiontable)
    for start in numbers:
        size, target = next(numbers), next(numbers)
        next(numbers)  # depth and whether lasti is pushed
        yield start, start + size, target


class _Numbers:
    """The numbers of an exception table, 6 bits a byte, most significant first."""

    def __init__(self, table: bytes) -> None:
        self.bytes = iter(table)

    def __iter__(self) -> "_Numbers":
        return self

    def __next__(self) -> int:
        byte = next(self.bytes)
        value = byte & 63
        while byte & 64:
            byte = next(self.bytes)
            value = value << 6 | byte & 63
        return value
