"""One code object that is recorded: its steps are put together here, or written in C (faststeps.py)."""

from __future__ import annotations

from time import monotonic_ns
from types import CodeType, FrameType
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ..base import guest
from ..base.namespaces import NOTHING, item, local
from ..base.redact import returns_secret
from ..program.event import Event, argument_names, frames_above, starts
from ..program.fields import CodeFacts
from . import steps
from .steps import uvarint

_WAITING = 0x20 | 0x80 | 0x200
"""CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR."""

Note = Callable[[FrameType, Any, bool], bool]


class Inner(NamedTuple):
    """A statement that begins within a line: where in the code, and at which line and column of characters."""

    offset: int
    line: int
    column: int


class LastWritten:
    """What was last written of a frame's names, or of a module's."""

    __slots__ = ("number", "names", "depth", "raised")

    def __init__(self, number: int, depth: int) -> None:
        self.number = number
        self.raised = -1
        """The offset at which an exception was seen last, until the frame goes on."""
        self.names: Dict[str, Any] = {}
        """Name -> what steps.key_of has for its value where that says all, else the value's bytes, in a list."""
        self.depth = depth


class About:
    """What every step of one code object says of the code, and the functions that write its steps."""

    __slots__ = ("recorder", "facts", "key", "units", "waits", "names", "code_id", "secret", "table", "places")

    def __init__(self, recorder: Any, facts: CodeFacts, code: CodeType) -> None:
        self.recorder = recorder
        """The Recorder that has made it."""
        self.facts = facts
        self.key = id(code)  # not the code: it could not be freed
        self.units = code.co_code
        self.waits = bool(code.co_flags & _WAITING)
        self.names = code.co_names
        self.code_id = 0
        self.table: Any = None
        """The table of Records in which `code_id` is a number: a forked child has another one."""
        self.places: Dict[Tuple[int, bool], int] = {}
        self.secret = recorder.redact and returns_secret(code.co_name)

    def note(self, kind: int) -> Note:
        """Return what notes events of one kind."""

        def note(frame: FrameType, arg: Any, return_op: bool) -> bool:
            if id(frame.f_code) == self.key:
                self.write(frame, kind, arg, return_op, None)
            return True

        return note

    def statement(self, inner: Inner) -> Note:
        """Return what notes a statement within a line."""

        def note(frame: FrameType, arg: Any, return_op: bool) -> bool:
            if id(frame.f_code) == self.key:
                self.write(frame, steps.STATEMENT, None, False, inner)
            return True

        return note

    def write(self, frame: FrameType, kind: int, arg: Any, return_op: bool, inner: Optional[Inner]) -> None:
        """Write a step."""
        try:
            fast = self.recorder.fast
            if fast is not None:
                line, column = (-1, 0) if inner is None else (inner.line, inner.column)
                fast.writer.step(frame, kind, arg, return_op, line, column, self.description())
            else:
                self._write(frame, kind, arg, return_op, inner)
        except RecursionError:
            raise
        except Exception as error:
            if guest.is_foreign(error):
                raise
            self.recorder.lose()
            guest.leave(error)

    def description(self) -> Tuple[Any, bytes, bool, bool]:
        """Return what C has to know of the code object."""
        return self, self.units, self.waits, self.secret

    def _write(self, frame: FrameType, kind: int, arg: Any, return_op: bool, inner: Optional[Inner]) -> None:
        recorder = self.recorder
        records = recorder.records
        begins = kind == steps.CALL and starts(frame)
        kept, new = recorder.kept(frame, begins)
        if kind == steps.CALL and not begins:
            kept.depth = frames_above(frame, recorder.run)
        flags = 0
        last = frame.f_lasti
        operation = self.units[last] if 0 <= last < len(self.units) else -1
        ends = False
        if kind == steps.RETURN:
            ends = not self.waits or return_op or kept.raised == last
            flags |= (0 if ends else steps.F_WAITS) | (steps.F_RETURN_OP if return_op else 0)
        kept.raised = last if kind == steps.EXCEPTION else -1
        callers: List[bytes] = []
        if new or kind == steps.CALL:
            flags |= steps.F_CALLERS | (steps.F_BEGINS if new else 0)
            callers = recorder.callers(frame)
        module = recorder.of_module(frame.f_globals)
        names, number, globals_, global_number = self._names(frame, kind, kept, module)
        if global_number:
            flags |= steps.F_GLOBALS
        if number < 0:
            flags |= steps.F_MODULE
        value = b""
        if kind in (steps.RETURN, steps.EXCEPTION):
            flags |= steps.F_VALUE
            value = self._value(kind, arg)
        depth = kept.depth - (1 if kind in (steps.CALL, steps.RETURN) else 0)
        head = bytes((kind, flags))
        line = inner.line if inner is not None else self.facts.line(frame.f_lineno or 0)
        parts = [
            head, uvarint(kept.number), uvarint(self.place(frame, kind == steps.CALL, line)), uvarint(module.number), uvarint(max(depth, 0)),
            uvarint(recorder.run.count.calls), uvarint(operation + 1), uvarint(max(0, monotonic_ns() - records.started)),
        ]  # fmt: skip
        if inner is not None:
            parts.append(uvarint(inner.column))
        parts += callers
        parts.append(uvarint(max(number, 0)))
        parts += names
        if global_number:
            parts.append(uvarint(global_number))
            parts += globals_
        parts.append(value)
        thread_ring = records.thread_ring()
        if kind == steps.CALL:
            recorder.introduce(thread_ring.number)
        written = records.written
        if written is not None:
            written.tell(thread_ring.ring)
        if not thread_ring.ring.put(steps.STEP, uvarint(thread_ring.number) + b"".join(parts)):
            recorder.lose()
        if ends:
            recorder.frames.pop(id(frame), None)
        if records.memory.in_step:
            records.memory.wait_until_shown(thread_ring.ring)

    def _names(self, frame: FrameType, kind: int, kept: LastWritten, module: LastWritten) -> Tuple[List[bytes], int, List[bytes], int]:
        """Return the changes of the frame's names and of its module's, and how many; -1 where the former are the latter."""
        recorder = self.recorder
        if not recorder.values and kind != steps.CALL:
            return [], 0, [], 0
        own = local(frame)
        globals_ = frame.f_globals
        if own is globals_:
            found, number = recorder.changes(module, own, steps.MOST)
            return [], -1, found, number
        names, number = recorder.changes(kept, own, steps.MOST)
        if not recorder.values or type(globals_) is not dict:
            return names, number, [], 0
        found, more = self._globals(module, globals_)
        return names, number, found, more

    def _globals(self, module: LastWritten, globals_: Dict[str, Any]) -> Tuple[List[bytes], int]:
        """Return the changes of those globals that the code means, functions and the like left out."""
        meant: Dict[str, Any] = {}
        some = LastWritten(0, 0)
        for name in self.names:
            value = item(globals_, name)
            if name in module.names:  # they stay there meanwhile: another thread may look
                some.names[name] = module.names[name]
            if value is not NOTHING and (name in some.names or id(type(value)) not in steps.NAMED):
                meant[name] = value
        if not meant and not some.names:
            return [], 0
        found, more = self.recorder.changes(some, meant, steps.MOST // 2)
        for name in self.names:
            if name not in some.names:
                module.names.pop(name, None)
        module.names.update(some.names)
        return found, more

    def _value(self, kind: int, arg: Any) -> bytes:
        encoder = self.recorder.encoder
        if kind == steps.RETURN:
            return steps.FEW[steps.REDACTED] if self.secret else encoder.value(arg)
        return steps.exception(encoder, arg)

    def place(self, frame: FrameType, call: bool, line: int) -> int:
        """Return the number of a line of the code object, as a person sees it."""
        records, facts = self.recorder.records, self.facts
        if self.table is not records.code_ids:  # the first time, and in a forked child
            self._define(frame.f_code)
        known = self.places.get((line, call))
        if known is not None:
            return known
        event = Event(frame, steps.CALL if call else steps.LINE, None, facts, line, self.recorder.run, False)

        def describe() -> Dict[str, Any]:
            source = event.source
            return {"source": source[:4096], "fullsource": (event.fullsource if call else source)[:16384]}

        place: int = records.place(self.code_id, line, call, describe)
        self.places[line, call] = place
        return place

    def _define(self, code: CodeType) -> None:
        """Have the code object described: with its parameters, which tracepoints do not need."""
        records = self.recorder.records
        about = {**self.facts.describe(), "parameters": [stars + name for stars, name in argument_names(code)], "generator": self.waits}
        self.code_id = records.code(self, lambda: about)
        records.code_ids.pop(self, None)  # what is found by it is found here
        self.table = records.code_ids
        self.places = {}


__all__ = ["About", "Inner", "LastWritten", "Note"]
