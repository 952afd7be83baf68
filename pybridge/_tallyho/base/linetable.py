"""What the line table of a code object tells: the line of an instruction, and how long the table is."""

from __future__ import annotations

from types import CodeType
from typing import Dict, Optional, Tuple

DATA_LINES = 1500
"""Line starts beyond which LINE is dear on 3.12 and 3.13 (gh-107674): each event walks the table, 6 s for a literal of 10,000 lines."""

_line_cache: Dict[int, Tuple[CodeType, Dict[int, Optional[int]]]] = {}
_LINE_CACHE_LIMIT = 256


def line_at(code: CodeType, offset: int) -> Optional[int]:
    """Return the line of the instruction at an offset. Asked for backward jumps alone; kept for a few code objects."""
    known = _line_cache.get(id(code))
    if known is None or known[0] is not code:
        if len(_line_cache) >= _LINE_CACHE_LIMIT:
            _line_cache.clear()
        known = _line_cache[id(code)] = (code, {})
    lines = known[1]
    if offset not in lines:
        lines[offset] = next((line for start, end, line in code.co_lines() if start <= offset < end), None)
    return lines[offset]


def is_data(code: CodeType) -> bool:
    """Report whether code is so long that LINE is asked for in it only where somebody wants its lines."""
    starts = set()
    for _, _, line in code.co_lines():
        starts.add(line)
        if len(starts) > DATA_LINES:
            return True
    return False
