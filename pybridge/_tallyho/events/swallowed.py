"""How INSTRUCTION events get lost when our own tools let go of LINE, and what keeps a Tally exact all the same.

3.12 and 3.13 look at what a place has besides LINE only once LINE's callbacks have run. When LINE was taken away meanwhile,
by DISABLE or because a tracepoint or a step ended there, the place's INSTRUCTION event does not come. The tool of ours that
notices counts the hit instead. Where another program's tool lets go of LINE, secondtool.py prevents the loss.
"""

from __future__ import annotations

from _thread import get_ident
from types import CodeType, FrameType
from typing import Any, Callable, Dict, List, Tuple

from ..base.monitoring import INSTRUCTION, LINES
from ..base.monitoring import api as _m

TOOLS = range(6)

Missed = Callable[[CodeType, int], None]


def swallows(tool: int) -> bool:
    """Whether DISABLE from LINE swallows the INSTRUCTION event of the same place.

    3.12 and 3.13 do that, 3.14.1 does not: a body is run twice, of which only the first has LINE events.
    """
    seen: List[int] = []

    def body() -> None:
        pass

    _m.register_callback(tool, LINES, lambda code, line: _m.DISABLE)
    _m.register_callback(tool, INSTRUCTION, lambda code, offset: seen.append(offset))
    _m.set_local_events(tool, body.__code__, LINES | INSTRUCTION)
    body()
    first = len(seen)
    body()
    _m.set_local_events(tool, body.__code__, 0)
    for event in (LINES, INSTRUCTION):
        _m.register_callback(tool, event, None)
    return len(seen) > 2 * first


def lined(code: CodeType, but: int = -1) -> bool:
    """Whether any tool but that one has LINE on in a code object."""
    return any(
        tool != but and _m.get_tool(tool) is not None and (_m.get_events(tool) | _m.get_local_events(tool, code)) & LINES for tool in TOOLS
    )


class Swallowed:
    """Finds the hits whose events were swallowed while LINE's callbacks ran. Asked by the tools in their order."""

    def __init__(self, missed: Missed) -> None:
        self.missed = missed
        self.counted: Dict[int, Tuple[int, int]] = {}  # by thread: frame and place that a tool before has counted

    def taken(self, code: CodeType, frame: FrameType) -> bool:
        """Whether LINE is gone from the code whose LINE event this is: the first tool that sees it counts by missed."""
        if lined(code):
            return False
        self.counted[get_ident()] = id(frame), frame.f_lasti
        return True

    def before(self) -> Any:
        """Return what taken has found for this thread in an earlier tool's callback, and forget it."""
        return self.counted.pop(get_ident(), None) if self.counted else None
