"""The short way of an event: from the frame straight to the record.

A tracepoint that has nothing left to ask at a place, and one action that shows locals by name or the event's own
value, needs no Event. It writes the record that the full way (tracepoint.py, actions.py) would; unusual events (a name that is
not bound, a value that cannot be rendered, an interpreter that is ending) go the full way.
"""

from __future__ import annotations

from os import lseek
from time import monotonic_ns
from types import CodeType, FrameType
from typing import Any, Callable, List, Optional

from ..base import guest
from ..base.classes import ids
from ..base.namespaces import local
from ..base.redact import Patterns, is_secret, returns_secret
from ..program.event import CALL, RETURN
from ..program.fields import CodeFacts
from ..wire import records as rec
from .actions import FORMATTED, Action, Log, describe_place_of
from .fastprinter import make as make_printer
from .surroundings import Reporter

Short = Callable[[FrameType, Any, bool], bool]
"""Takes the frame, the event's arg and whether a return is by an opcode. False: nothing was written, and the event goes the full way."""

WORD = 1 << 63
PLAIN = ids(float, bool, type(None))
NO_CALLS = 0xFFFFFFFFFFFFFFFF


def short_way(recorder: Reporter, action: Action, kind: int, facts: CodeFacts, code: CodeType) -> Optional[Short]:
    """Return the short way of the one action of a tracepoint at one kind of event of a code object; None where there is none."""
    if Patterns.on or kind == RETURN and action.printer.redact and returns_secret(code.co_name):
        return None
    if recorder.around.native is not None and action.printer.safe:
        printer_in_c = make_printer(recorder, action, kind, facts, code)
        if printer_in_c is not None:
            return printer_in_c
    shown = action.shown(kind, code)
    printer = action.printer
    if shown is None or not printer.safe or printer.redact and any(is_secret(name) for name, _ in shown.names):
        return None
    names = [(name, rec.value_head(rec.OK, text)) for name, text in shown.names]
    return _build(recorder, action, names, shown.arg, shown.as_text, kind, facts, code)


def _build(
    recorder: Reporter,
    action: Action,
    names: "List[tuple[str, bytes]]",
    arg_too: bool,
    as_text: bool,
    kind: int,
    facts: CodeFacts,
    code: CodeType,
) -> Short:
    run, records = recorder.around.run, recorder.around.records
    limit, redact, render = action.printer.limit, action.printer.redact, action.printer.render
    bare = action.bare if isinstance(action, Log) else None
    index, point_id, call = action.index, recorder.id, kind == CALL
    code_id = id(code)  # not the code: it could not be freed
    count = len(names) + arg_too
    arg_head = rec.value_head(rec.OK, "")
    pack_event, pack_u32, text_bytes = rec.pack_event, rec.pack_u32, rec.text_bytes

    def short(frame: FrameType, arg: Any, return_op: bool) -> bool:
        try:
            if run.ending or not recorder.active or id(frame.f_code) != code_id:
                return False
            parts: List[bytes] = []
            if names:
                locals_ = local(frame)
                for name, head in names:
                    value = locals_[name]
                    kind_of = type(value)
                    if kind_of is int and -WORD < value < WORD or id(kind_of) in PLAIN:
                        data = repr(value).encode()
                    elif as_text and id(kind_of) in FORMATTED:
                        if kind_of is not str or len(value) > limit or len(value) > rec.MAX_SHORT_TEXT:
                            return False
                        data = text_bytes(value)
                    else:
                        text, good = (bare(value)[0], True) if bare is not None else render(value, limit, redact)
                        if not good or len(text) > rec.MAX_SHORT_TEXT:
                            return False
                        data = text_bytes(text)
                    parts += (head, pack_u32(len(data)), data)
            if arg_too:
                text, good = render(arg, limit, redact)
                if not good or len(text) > rec.MAX_SHORT_TEXT:
                    return False
                data = text_bytes(text)
                parts += (arg_head, pack_u32(len(data)), data)
            number = records.code_ids.get(facts.key) or records.code(facts.key, facts.describe)
            line = frame.f_lineno or 0
            place = records.place_ids.get((number, line, call)) or records.place(
                number, line, call, lambda: describe_place_of(facts, line, kind, frame)
            )
            if not place:
                return False
            thread_ring = records.thread_ring()
            task = records.activity()
            flags = (rec.F_RETURN_OP if return_op and kind == RETURN else 0) | (rec.F_TASK if task else 0)
            head = pack_event(
                kind, flags, index, point_id, place, thread_ring.number, -1, count, NO_CALLS, monotonic_ns() - records.started
            )
            parts.append(rec.NO_STACK)
            if task:
                parts.append(rec.pack_task(task))
            said = records.written
            if said is not None and (lseek(said.out, 0, 1) != said.out_length or lseek(said.err, 0, 1) != said.err_length):
                said.tell(thread_ring.ring)
            if records.in_span is not None:
                thread_ring.tell_span(records.in_span)
            written = thread_ring.ring.put(rec.EVENT, head + b"".join(parts))
            if thread_ring.ring.memory.in_step:
                thread_ring.ring.memory.wait_until_shown(thread_ring.ring)
        except KeyError:
            return False
        except BaseException as error:
            if guest.is_foreign(error):
                raise
            return False
        recorder.counted(written)
        return True

    return short
