"""What the backend is asked for so that threads can be stopped and stepped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..base import behaviour
from ..events.tracesteps import TraceSteps
from ..stops.attention import Attention
from ..stops.threadcontrol import ThreadControl
from .backends import monitors

if TYPE_CHECKING or behaviour.MONITORING:
    from ..events.stepper import Stepper


def attention(backend: Any, stops: ThreadControl, events: Any) -> Attention:
    """Return what asks a backend for the events of steps and pauses; events: the accelerator, where it writes events."""
    if monitors(backend):
        return Stepper(stops, backend.tool, backend.swallowed, events)
    return TraceSteps(stops, backend)


__all__ = ["ThreadControl", "attention"]
