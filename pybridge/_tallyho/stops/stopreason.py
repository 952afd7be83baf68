"""Why a thread stops, as the person is told."""

from __future__ import annotations

from typing import Optional, Sequence, Tuple

from ..program.event import EXCEPTION, Event
from ..program.parking import Parked
from ..query.surroundings import Reason
from ..values.rendering import error_text

Wish = Tuple[str, str]
"""Why a line should stop its thread: a reason ("" parks in silence), and a text."""


def parked_at(thread: int, event: Event, ids: Sequence[int], why: Optional[Reason]) -> Parked:
    """Return how a thread stops at an event; ids: of the tracepoints that want it, why: the first of them."""
    about = why.exceptions if why is not None else None
    reason = why.stop_reason if why is not None else "breakpoint"
    text, exception, description = "", None, ""
    if event.kind_number == EXCEPTION:
        exception = event.arg[1]
        text = error_text(exception)
        if getattr(event, "change", ""):
            text += ", swallowed at " + event.change
        description = "%s: %s" % (about.description if about is not None else "Exception", text)
    elif why is not None and why.data is not None:
        text = getattr(event, "change", "")
    return Parked(
        thread,
        event.frame,
        event.kind_number,
        reason,
        text,
        ids,
        description,
        exception,
        about.mode if about is not None else "",
        getattr(event, "dead_trace", None),
        event.arg[2] if exception is not None else None,
    )


__all__ = ["Wish", "parked_at"]
