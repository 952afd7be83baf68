"""The one frame of ours below the program, put out of sight on 3.11.

A frame that has not come to its code's first RESUME is shown to nobody: not by f_back, not in a traceback, not by a
warning. Where that is, is one number in the code object, which is written while the program runs. Before 3.11 there is
none; from 3.12 on an exception that passes such a frame while somebody uses sys.settrace becomes a SystemError ("Missing
frame when calling trace function"). There the frame is seen.
"""

from __future__ import annotations

import opcode
import sys
from types import CodeType
from typing import Any, Callable, Optional

from . import fastlocals


def out_of_sight(code: CodeType) -> Optional[Callable[[], None]]:
    """Put the running frames of a code object out of sight; return what shows them again, None where that cannot be done."""
    try:
        memory = fastlocals.memory() if sys.version_info[:2] == (3, 11) and fastlocals.layout_is_known() else None
        if memory is None:
            return None
        numbers = memory[0].cast("B").cast("I")
        offset = _offset(numbers)
        if offset < 0:
            return None
    except Exception:
        return None
    at = (id(code) + offset) >> 2
    before = numbers[at]
    numbers[at] = len(code.co_code) // 2

    def show() -> None:
        numbers[at] = before

    return show


def _offset(numbers: Any) -> int:
    """Find where a code object keeps the number, in code objects of ours that differ in nothing else; -1: it cannot be told."""
    plain = (lambda: None).__code__
    nothing = bytes([opcode.opmap["NOP"], 0])
    trials = [(count, plain.replace(co_code=nothing * count + plain.co_code)) for count in (0, 3, 7)]
    found = [
        offset for offset in range(16, CodeType.__basicsize__, 4)
        if all(numbers[(id(code) + offset) >> 2] == count for count, code in trials)
    ]  # fmt: skip
    return found[0] if len(found) == 1 else -1
