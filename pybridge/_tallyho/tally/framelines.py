"""Where each frame is of code that is counted by line; pybridge/native/frametable.c is the same in C."""

from __future__ import annotations

from typing import Dict, Optional, Tuple


class FrameLines:
    """The line and the offset of each frame's last event, and the offset at which it came to the statement there: by the frame's id."""

    def __init__(self) -> None:
        self.rows: Dict[int, Tuple[int, int, int]] = {}

    def get(self, frame: int) -> Optional[Tuple[int, int, int]]:
        """Return line, offset, and the offset at which it came to its statement (-1: that is not known); None: it has just begun."""
        return self.rows.get(frame)

    def put(self, frame: int, line: int, at: int, entered: int) -> None:
        """An event has come at that line and offset."""
        self.rows[frame] = (line, at, entered)

    def drop(self, frame: int) -> None:
        """The frame has begun anew, or is left."""
        self.rows.pop(frame, None)

    def wait(self, frame: int, waits: bool) -> None:
        """Whether a statement of the frame is to be sampled when it is over: C does not count beneath that."""

    def told(self, frame: int) -> Optional[Tuple[int, int]]:
        """Return the line that a frame was at when it was told of last, and another number after each event; None: nothing."""
        row = self.rows.get(frame)
        return (row[0], id(row)) if row is not None else None

    def clear(self) -> None:
        """Start afresh in a forked child."""
        self.rows.clear()


__all__ = ["FrameLines"]
