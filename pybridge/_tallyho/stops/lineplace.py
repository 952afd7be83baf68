"""Where threads have just been stopped: the event of a line, and a statement that begins there within the line, are one place to the
person, who is stopped there once."""

from __future__ import annotations

from _thread import get_ident
from types import FrameType
from typing import Dict, Tuple

Instruction = Tuple[int, int]
"""A frame, by its id, and the offset that it is at."""


class LinePlace:
    """The place of each thread's last stop, until the thread has left it."""

    def __init__(self) -> None:
        self.told: Dict[int, Instruction] = {}
        """Thread's ident -> the line's event at which a tracepoint has stopped it."""
        self._stood: Dict[int, Instruction] = {}
        """Thread's ident -> its stop at a line, where tracepoints within the line are asked next."""

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
        """A thread stops at a line, and tracepoints within the line are asked next at that instruction."""
        self._stood[ident] = (id(frame), frame.f_lasti)

    def past(self, frame: FrameType, offset: int) -> bool:
        """A statement within a line is judged: report whether the current thread was stopped in that very place just now."""
        return self._stood.pop(get_ident(), None) == (id(frame), offset)

    def line_is_over(self) -> None:
        """The current thread has gone past the beginning of its line: a stop there is over."""
        self.told.pop(get_ident(), None)


__all__ = ["LinePlace"]
