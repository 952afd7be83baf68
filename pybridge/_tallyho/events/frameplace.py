"""Where a frame is at an event of sys.settrace: its line, and whether it returns or is unwound."""

from __future__ import annotations

import dis
import opcode
from types import CodeType, FrameType
from typing import Optional

from ..base.behaviour import LINE_IS_LAST_EVENTS

_RETURN_OPS = frozenset(opcode.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in opcode.opmap)

_RESUME = opcode.opmap.get("RESUME", -1)


def may_be_new(code: CodeType, lasti: int) -> bool:
    """Report whether a frame's call may not have been told of yet: 3.11 lets other threads run between the two, where it looks for signals."""
    return lasti >= 0 and code.co_code[lasti] == _RESUME


def line_at_last(code: CodeType, lasti: int, line: Optional[int]) -> int:
    """Return the line that a frame is at; line: its f_lineno, which may be that of its last event (LINE_IS_LAST_EVENTS)."""
    if not LINE_IS_LAST_EVENTS:
        return line or 0
    found = 0
    for offset, start in dis.findlinestarts(code):
        if offset > lasti:
            break
        found = start or 0
    return found


def at_return_op(frame: FrameType) -> bool:
    """Report whether a frame's last instruction is a return: what tells a return from an unwinding."""
    at = frame.f_lasti
    return at >= 0 and frame.f_code.co_code[at] in _RETURN_OPS
