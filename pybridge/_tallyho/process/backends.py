"""The backend of a process: sys.monitoring where the interpreter has it and a tool id is free, else sys.settrace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Tuple

from ..base import behaviour
from ..events.settrace import SetTrace
from ..events.tracesteps import TraceSteps
from ..query.tracepointtable import TracepointTable
from ..stops.attention import Attention
from ..stops.threadcontrol import ThreadControl

if TYPE_CHECKING or behaviour.MONITORING:
    from ..events.monitor import Monitor, NoTool
    from ..events.stepper import Stepper
else:
    Monitor = Stepper = None


def choose(wanted: str, table: TracepointTable, stops: ThreadControl) -> Tuple[Any, str]:
    """Return a Monitor or a SetTrace, and why it is not the one that is better; wanted: "auto", or the name of one."""
    if wanted == "settrace":
        note = "settrace was asked for"
    elif Monitor is None:
        note = "Python %s has no sys.monitoring" % behaviour.VERSION
    else:
        try:
            return Monitor(table, stops), ""
        except NoTool as error:
            note = str(error)
    return SetTrace(table, stops.settled), note


def monitors(backend: Any) -> bool:
    """Report whether that is the backend on sys.monitoring."""
    return Monitor is not None and isinstance(backend, Monitor)


def attention(backend: Any, stops: ThreadControl, events: Any) -> Attention:
    """Return what asks a backend for the events of steps and pauses; events: the accelerator, where it writes events."""
    if monitors(backend):
        return Stepper(stops, backend.tool, backend.swallowed, events)
    return TraceSteps(stops, backend)


__all__ = ["attention", "choose", "monitors"]
