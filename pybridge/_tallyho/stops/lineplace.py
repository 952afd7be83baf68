"""Where threads have just been stopped: a line's own event, and what begins within the line, are one place to the person."""

from __future__ import annotations

from _thread import get_ident
from types import FrameType
from typing import Dict, Tuple

Instruction = Tuple[int, int]
"""A frame, by its id, and the offset that it is at."""


class LinePlace:
    """By thread, the place of its last stop, until it is left."""

    def __init__(self) -> None:
        self.told: Dict[int, Instruction] = {}
        """Of a line's event at which a tracepoint has stopped the thread."""
        self._stood: Dict[int, Instruction] = {}
        """Of a stop at a line whose place has tracepoints of its own: they are asked next."""

    def restart(self) -> None:
        """Start afresh in a forked child."""
        self.told.clear()
        self._stood.clear()

    def tell(self, ident: int, frame: FrameType) -> None:
        """A tracepoint has stopped a thread at the event of a line."""
        self.told[ident] = (id(frame), frame.f_lasti)

    def is_told(self, ident: int, frame: FrameType) -> bool:
        """Report whether a tracepoint has stopped the thread in this very event."""
        return self.told.pop(ident, None) == (id(frame), frame.f_lasti)

    def stand(self, ident: int, frame: FrameType) -> None:
        """A thread stops at a line, and what begins there within the line is asked about next."""
        self._stood[ident] = (id(frame), frame.f_lasti)

    def past(self, frame: FrameType, offset: int) -> bool:
        """What begins within a line is judged: report whether the current thread was stopped in that very place just now."""
        return self._stood.pop(get_ident(), None) == (id(frame), offset)

    def line_is_over(self) -> None:
        """What came at the line's own event, in the current thread, is over."""
        self.told.pop(get_ident(), None)


__all__ = ["LinePlace"]
