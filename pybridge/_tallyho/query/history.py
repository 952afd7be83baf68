"""The lines that ran last in functions that catch exceptions: they are shown with an exception that is swallowed there."""

from __future__ import annotations

import opcode
from _thread import get_ident
from collections import deque
from types import CodeType, FrameType
from typing import Any, Deque, Dict, List, Set, Tuple

KEPT = 200
"""Lines kept of each thread."""

MOST = 10
"""Lines told of before an exception."""

MOST_FRAMES = 50

_MATCH = opcode.opmap.get("CHECK_EXC_MATCH", -1)
_PUSH, _POP = opcode.opmap.get("PUSH_EXC_INFO", -1), opcode.opmap["POP_TOP"]

Line = Tuple[CodeType, int]
_Ran = Tuple[int, CodeType, int, int]
"""The id of a frame, its code, the line, and the instruction that began it."""


def catches(code: CodeType) -> bool:
    """Report whether code has an `except` (CPython 3.11 and newer): a clause with classes, or a bare one."""
    if _PUSH < 0:
        return False
    operations = code.co_code[::2]
    return _MATCH in operations or bytes((_PUSH, _POP)) in operations


class History:
    """Kept only while somebody asks about exceptions that are swallowed, of the functions that could do it."""

    def __init__(self) -> None:
        self.ran: Dict[int, Deque[_Ran]] = {}

    def note(self, frame: FrameType, arg: Any, return_op: bool) -> bool:
        """Remember a line that is about to run. It is the `short` of an Entry: True, for nothing is left to do."""
        ran = self.ran.get(get_ident())
        if ran is None:
            ran = self.ran[get_ident()] = deque(maxlen=KEPT)
        ran.append((id(frame), frame.f_code, frame.f_lineno or 0, frame.f_lasti))
        return True

    def before(self, frame: FrameType) -> List[Line]:
        """Return the lines that ran last in a frame and in those around it, in their order."""
        ran = list(self.ran.get(get_ident(), ()))
        waited: Dict[int, CodeType] = {}
        at = frame
        for _ in range(MOST_FRAMES):
            waited[id(at)] = at.f_code
            if at.f_back is None:
                break
            at = at.f_back
        begins: Dict[CodeType, int] = {}
        for _, code, _, lasti in ran:
            begins[code] = min(lasti, begins.get(code, lasti))
        found: List[Line] = []
        whole: Set[int] = set()
        for number, code, line, lasti in reversed(ran):
            if waited.get(number) is not code or number in whole:
                continue
            found.append((code, line))
            if len(found) == MOST:
                break
            if lasti == begins[code]:
                whole.add(number)  # what came before was another call, in a frame of the same id
        return found[::-1]
