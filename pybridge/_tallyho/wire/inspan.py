"""Which span of the program's own tracing (OpenTelemetry) an event is in.

An event in another span than its thread's event before it is preceded by a record that says so.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Callable, Tuple

if TYPE_CHECKING:
    from .memory import Ring

IN_SPAN = 15

Span = Tuple[int, int]
"""The numbers of a trace and of a span in it."""

NONE: Span = (0, 0)
UNTOLD: Span = (-1, -1)
"""No span, and that nothing was said yet."""

_IN_SPAN = struct.Struct("<IIQQQ")
_HALF = (1 << 64) - 1


class InSpan:
    """Says where the events of each thread are."""

    __slots__ = ("active",)

    def __init__(self, active: Callable[[], Span]) -> None:
        self.active = active
        """Returns the current thread's span, NONE where it is in none."""

    def tell(self, ring: "Ring", thread: int, told: Span, earlier: bool) -> Span:
        """Write the current thread's span to its ring if it is not the one that was told, and return which one is now.

        Earlier: the event that follows happened before, and nobody knows where.
        """
        span = NONE if earlier else self.active()
        if span == told:
            return told
        trace, number = span
        data = _IN_SPAN.pack(thread, 0, trace >> 64 & _HALF, trace & _HALF, number & _HALF)
        return span if ring.put(IN_SPAN, data) else told
