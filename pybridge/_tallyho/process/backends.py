"""The backend of a process: sys.monitoring where the interpreter has it and a tool id is free, else sys.settrace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Tuple

from ..base import behaviour
from ..events.settrace import SetTrace
from ..query.surroundings import Halting
from ..query.tracepointtable import TracepointTable

if TYPE_CHECKING or behaviour.MONITORING:
    from ..events.monitor import Monitor, NoTool
else:
    Monitor = None


def choose(wanted: str, table: TracepointTable, stops: Halting) -> Tuple[Any, str]:
    """Return a Monitor, or a SetTrace and why it is no Monitor; wanted: "auto", "monitoring" or "settrace"."""
    if wanted == "settrace":
        note = "settrace was asked for"
    elif Monitor is None:
        note = "Python %s has no sys.monitoring" % behaviour.VERSION
    else:
        try:
            return Monitor(table, stops), ""
        except NoTool as error:
            note = str(error)
    return SetTrace(table, stops.outcomes), note


def monitors(backend: Any) -> bool:
    """Report whether a backend is the one on sys.monitoring."""
    return Monitor is not None and isinstance(backend, Monitor)


__all__ = ["choose", "monitors"]
