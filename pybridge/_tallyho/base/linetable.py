"""What the line table of a code object tells: the line of an instruction, and how long the table is."""

from __future__ import annotations

import dis
from types import CodeType
from typing import Dict, Iterable, Optional, Tuple

from .behaviour import HAS_LINE_TABLE

DATA_LINES = 1500
"""Line starts beyond which LINE is dear on 3.12 and 3.13 (gh-107674): each event walks the table, 6 s for a literal of 10,000 lines."""

_line_cache: Dict[int, Tuple[CodeType, Dict[int, Optional[int]]]] = {}
_LINE_CACHE_LIMIT = 256


def line_runs(code: CodeType) -> Iterable[Tuple[int, int, Optional[int]]]:
    """Return where each line's instructions begin and end; where code does not say that (behaviour.HAS_LINE_TABLE), where they begin."""
    if HAS_LINE_TABLE:
        return code.co_lines()
    return ((offset, offset, line) for offset, line in dis.findlinestarts(code))


def line_table(code: CodeType) -> bytes:
    """Return the table itself."""
    if HAS_LINE_TABLE:
        return code.co_linetable
    return code.co_lnotab


def line_at(code: CodeType, offset: int) -> Optional[int]:
    """Return the line of the instruction at an offset. Asked for backward jumps alone; kept for a few code objects."""
    known = _line_cache.get(id(code))
    if known is None or known[0] is not code:
        if len(_line_cache) >= _LINE_CACHE_LIMIT:
            _line_cache.clear()
        known = _line_cache[id(code)] = (code, {})
    lines = known[1]
    if offset not in lines:
        lines[offset] = next((line for start, end, line in line_runs(code) if start <= offset < end), None)
    return lines[offset]


def is_data(code: CodeType) -> bool:
    """Report whether code is so long that LINE is asked for in it only where somebody wants its lines."""
    starts = set()
    for _, _, line in line_runs(code):
        starts.add(line)
        if len(starts) > DATA_LINES:
            return True
    return False
