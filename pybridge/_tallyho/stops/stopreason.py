"""Why a thread stops, as the person is told."""

from __future__ import annotations

from typing import Any, Dict, Optional, Sequence, Tuple

from ..program.event import EXCEPTION, Event
from ..program.parking import Parked
from ..query.surroundings import Reason
from ..values.rendering import error_text

Wish = Tuple[str, str]
"""Why a line should stop its thread: a reason ("" parks in silence), and a text."""


def parked_at(thread: int, event: Event, ids: Sequence[int], why: Optional[Reason]) -> Parked:
    """Return the Parked of a thread that stops at an event; ids: of the tracepoints that want the stop; why: the first of them."""
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


def stopped_message(parked: Parked, everyone: bool, epoch: int) -> Dict[str, Any]:
    """Return what Tallyho is told of a thread that has stopped; everyone: all other threads stop as well."""
    return {
        "t": "stopped",
        "thread": parked.number,
        "reason": parked.reason,
        "tracepoints": list(parked.tracepoints),
        "text": parked.text,
        "description": parked.description,
        "all": everyone,
        "epoch": epoch,
    }


__all__ = ["Wish", "parked_at", "stopped_message"]
