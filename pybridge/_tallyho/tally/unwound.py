"""Where a `return`, `break` or `continue` goes on below 3.10, once the `finally` that it leaves through has run.

The rest of such a statement (the jump itself) follows the copy of the `finally` and has a line event of its own there,
which begins nothing. From 3.10 on the compiler gives it no line, or the interpreter no event.
"""

from __future__ import annotations

import dis
import opcode
from types import CodeType
from typing import TYPE_CHECKING, Callable, Dict, FrozenSet, Optional, Set

from ..base.behaviour import EACH_PART_HAS_LINE

if TYPE_CHECKING:
    from .spans import Span

LEAVING = frozenset(("return", "break", "continue"))
_POPS = frozenset(opcode.opmap.get(name, -1) for name in ("POP_BLOCK", "POP_EXCEPT"))
_RETURN_VALUE = opcode.opmap.get("RETURN_VALUE", -1)
_NONE: FrozenSet[int] = frozenset()


def continuations(code: CodeType, holder: Callable[[int], "Optional[Span]"]) -> FrozenSet[int]:
    """Return the offsets at which a statement that leaves through a `finally` goes on."""
    if not EACH_PART_HAS_LINE:
        return _NONE
    found: Set[int] = set()
    first: Dict[int, int] = {}  # a statement -> the instruction that its first piece begins with
    last: Optional[Span] = None
    for offset, line in dis.findlinestarts(code):
        span = holder(line)
        if span is not None and span is not last and span.kind in LEAVING:
            begins = code.co_code[offset]
            # A value is on the stack already, or the block was popped further up.
            if span.index in first and (begins == _RETURN_VALUE or first[span.index] in _POPS):
                found.add(offset)
            first.setdefault(span.index, begins)
        last = span
    return frozenset(found)
