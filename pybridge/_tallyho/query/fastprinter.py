"""The short way of the commonest events, in C (pybridge/native/printer.c): for one printer, where no condition is left to ask.

It writes the record that actions.py would, and leaves unusual events to it. Without the accelerator there is none.
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Callable, List, Optional, Tuple

from ..base.redact import PLACEHOLDER, is_secret
from ..program.activity import LIBRARIES
from ..program.event import CALL, EXCEPTION, RETURN, Event, argument_names
from ..program.fields import CO_OPTIMIZED, CodeFacts
from ..values.renderer import special_types
from ..wire.records import OK, Records, value_head
from .actions import Action, CallPrinter, Code, Log, Vars
from .surroundings import Reporter

FastPrinter = Callable[[FrameType, Any, bool], bool]
"""Writes an event; False: it was not written, and has to go the long way."""

Name = Tuple[str, bytes, bool, bool]


def make_writer(module: Any, records: Records) -> Any:
    """Return the RecordWriter that those Records are written with from now on; None where the accelerator has none."""
    if not hasattr(module, "RecordWriter"):
        return None

    def thread_ring() -> Optional[Tuple[Any, int, int, int, int]]:
        thread_ring = records.thread_ring()
        ring = thread_ring.ring
        if ring is records.memory.rings[-1]:  # shared under a lock
            return None
        return ring, ring.header, ring.offset, ring.size, thread_ring.number

    def doorbell() -> None:
        memory = records.memory
        if memory.in_step:
            memory.wait_until_shown(records.thread_ring().ring)
        else:
            memory.doorbell()

    return module.RecordWriter(thread_ring, doorbell, LIBRARIES, records.activity, special_types(), PLACEHOLDER.encode(), records.started)


def make(recorder: Reporter, action: Action, kind: int, facts: CodeFacts, code: CodeType) -> Optional[FastPrinter]:
    """Return the fast printer of a Tracepoint's one action at an event of a code object; None where it has none."""
    around = recorder.around
    if type(action) not in (CallPrinter, Code, Log, Vars) or action.kind == "ErrorSnooper" or around.records.writer is None:
        return None
    if around.records.in_span is not None:
        return None
    names: Optional[List[Name]] = None
    missing = False
    as_text = type(action) is Log
    if isinstance(action, (Log, Vars)):
        shown = action.shown(kind, code)
        if shown is None or not code.co_flags & CO_OPTIMIZED:
            return None
        own = set(code.co_varnames + code.co_cellvars + code.co_freevars)
        names = [packed(name, name in own, action, text) for name, text in shown.names]
    elif kind == CALL and type(action) is CallPrinter:
        names = [packed(name, True, action, stars + name) for stars, name in argument_names(code)]
        missing = True

    def define(frame: FrameType) -> int:
        return action.place(Event(frame, kind, None, facts, frame.f_lineno or 0, around.run, False))

    return around.native.FastPrinter(  # type: ignore[no-any-return]
        around.records.writer, recorder.written, define, action.bare if isinstance(action, Log) else action.printer.text, kind, action.index,
        recorder.id, action.printer.limit, None if names is None else tuple(names), kind in (RETURN, EXCEPTION), missing, as_text,
        as_text or action.printer.shows_fields,
    )  # fmt: skip


def packed(name: str, local: bool, action: Action, shown: str) -> Name:
    """Return what C needs to know of a name."""
    return name, value_head(OK, shown), local, action.printer.redact and is_secret(name)
