"""Records what the person's code does: a step for each event, with the names whose values have changed.

It takes part in a code object's Plan as a tracepoint does that only notes (Entry.noting): calls, lines, returns and
exceptions as hunter has them, in either backend, and on sys.monitoring also the statements that begin within a line.
"""

from __future__ import annotations

from _thread import get_ident
from itertools import count
from time import monotonic_ns
from types import CodeType, FrameType
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ..base import guest
from ..base.namespaces import NOTHING, item, local
from ..base.redact import returns_secret
from ..program.event import Event, RunState, argument_names, frames_above, main_ident, starts, thread_name
from ..program.fields import CodeFacts, SourceIndex
from ..program.justmycode import JustMyCode
from ..tally.inline import Columns
from ..wire.records import THREAD, Records
from . import steps
from .steps import Encoder, key_of, uvarint

WHAT = ("calls", "lines", "values")

_WAITING = 0x20 | 0x80 | 0x200
"""CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR."""

MOST_FRAMES = 200_000
MOST_CALLERS = 200

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
        """By name: its value's key, else its bytes in a list."""
        self.depth = depth


class Recorder:
    """Writes the steps of this process."""

    active = True
    exceptions = None
    budget = None
    """As a tracepoint that is about every event has them."""

    def __init__(
        self,
        config: Mapping[str, Any],
        source_index: SourceIndex,
        records: Records,
        just_my_code: JustMyCode,
        run: RunState,
        columns: Columns,
    ) -> None:
        self.source_index = source_index
        self.records = records
        self.just_my_code = just_my_code
        self.run = run
        self.columns = columns
        self.everything = bool(config.get("all"))
        what = str(config.get("what") or "values")
        self.lines = what != "calls"
        self.values = what == "values"
        self.redact = bool(config.get("redact", True))
        self.dropped = 0
        self.changed = False
        self.restart()

    def restart(self) -> None:
        """Begin anew: at the start, and in a forked child, whose numbers are its own."""
        self.frames: Dict[int, LastWritten] = {}
        self.modules: Dict[int, LastWritten] = {}
        self.numbers = count(1)
        self.texts: Dict[str, int] = {}
        self.threads: Dict[int, str] = {}
        """Names of threads as they were told, by number."""
        self.encoder = Encoder(self.name, self.redact)

    def failed(self, error: BaseException, where: str, frame: Optional[FrameType] = None) -> None:
        """A note has raised: it is kept from the program, and told."""
        guest.leave(error)

    def lose(self) -> None:
        """A step was not written."""
        self.dropped += 1

    # What is recorded.

    def wants(self, code: CodeType) -> bool:
        """Report whether code is recorded."""
        return not guest.is_ours(code) and (self.everything or self.just_my_code.code(code))

    def notes(self, facts: CodeFacts, code: CodeType) -> Sequence[Optional[Note]]:
        """Return what notes the events of a code object, by kind."""
        about = About(self, facts, code)
        line = about.note(steps.LINE) if self.lines else None
        return about.note(steps.CALL), line, about.note(steps.RETURN), about.note(steps.EXCEPTION)

    def inner(self, facts: CodeFacts, code: CodeType) -> Sequence[Tuple[int, Note]]:
        """Return what notes the statements of a code object that begin within a line, by offset."""
        if not self.lines or facts.template is not None or not facts.file.path:
            return ()
        about = About(self, facts, code)
        return [(one.offset, about.statement(one)) for one in map(Inner._make, self.columns.inner(code, facts.file.path))]

    # Writing.

    def name(self, text: str) -> int:
        """Return the number of a text that comes again, defined where it is new."""
        number = self.texts.get(text)
        if number is None:
            number = len(self.texts) + 1
            self.texts[text] = number
            self.records.json(steps.NAMES, {"id": number, "text": text[:1024]})
        return number

    def introduce(self, number: int) -> None:
        """Tell of the thread's name where it is another than was told: the first steps of a thread may come before it has one."""
        ident = get_ident()
        name = thread_name(ident)
        if self.threads.get(number) != name:
            self.threads[number] = name
            about = {"id": number, "ident": ident, "name": name, "main": ident == main_ident(), "ended": False}
            self.records.json(THREAD, about)

    def kept(self, frame: FrameType, begins: bool) -> Tuple[LastWritten, bool]:
        """Return what is kept of a frame, and whether it is new to us."""
        kept = self.frames.get(id(frame))
        if kept is None or begins:
            if len(self.frames) > MOST_FRAMES:
                self.frames.clear()
            kept = self.frames[id(frame)] = LastWritten(next(self.numbers), frames_above(frame, self.run))
            return kept, True
        return kept, False

    def of_module(self, globals_: Mapping[str, Any]) -> LastWritten:
        """Return what is kept of a module's names."""
        kept = self.modules.get(id(globals_))
        if kept is None:
            kept = self.modules[id(globals_)] = LastWritten(next(self.numbers), 0)
        return kept

    def changes(self, kept: LastWritten, names: Any, room: int) -> Tuple[List[bytes], int]:
        """Return the bytes of the names whose values are others than were last written, and how many."""
        out: List[bytes] = []
        old = kept.names
        encoder, number_of = self.encoder, self.name
        seen = 0
        found = 0
        size = 0
        for name, value in list(names.items()):
            if type(name) is not str:
                continue
            seen += 1
            before = old.get(name, steps.Gone)
            key, sure = key_of(value)
            if sure and type(before) is type(key) and (before is key or type(key) is tuple and before == key):
                continue
            if encoder.secret(name):
                data = steps.FEW[steps.REDACTED]
            else:
                data = encoder.value(value)
            if not sure:
                if type(before) is list and before[0] == data:
                    continue
                key = [data]
            old[name] = key
            size += len(data)
            if size > room:
                data = steps.FEW[steps.LEFT_OUT]
                old[name] = [data]
            out.append(uvarint(number_of(name)))
            out.append(data)
            found += 1
        if seen != len(old):
            for name in [one for one in old if one not in names]:
                del old[name]
                out.append(uvarint(number_of(name)))
                out.append(steps.FEW[steps.GONE])
                found += 1
        return out, found

    def callers(self, frame: FrameType) -> List[bytes]:
        """Return the frames around a new one up to the first that is recorded: code and line of each."""
        parts: List[bytes] = []
        number = 0
        meets = 0
        at = frame.f_back
        while at is not None and number < MOST_CALLERS:
            code = at.f_code
            if guest.is_ours(code):
                at = at.f_back
                continue
            kept = self.frames.get(id(at))
            if kept is not None:
                parts = [*parts, uvarint(kept.number), uvarint(at.f_lineno or 0)]
                meets = 1
                break
            parts += (uvarint(self.code(code, at.f_globals)), uvarint(at.f_lineno or 0))
            number += 1
            at = at.f_back
        return [uvarint(number << 1 | meets), *parts]

    def code(self, code: CodeType, globals_: Dict[str, Any]) -> int:
        """Return the number of code that may not be recorded, and so may be gone without our being told."""
        key = id(code), code.co_filename, code.co_name, code.co_firstlineno
        return self.records.code_ids.get(key) or self.records.code(key, lambda: self.source_index.facts(code, globals_).describe())


class About:
    """One code object: what a step says of it again and again."""

    __slots__ = ("recorder", "facts", "key", "units", "waits", "names", "code_id", "secret", "table", "places")

    def __init__(self, recorder: Recorder, facts: CodeFacts, code: CodeType) -> None:
        self.recorder = recorder
        self.facts = facts
        self.key = id(code)  # not the code: it could not be freed
        self.units = code.co_code
        self.waits = bool(code.co_flags & _WAITING)
        self.names = code.co_names
        self.code_id = 0
        self.table: Any = None
        """The numbers of code objects among which `code_id` is one."""
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
            self._write(frame, kind, arg, return_op, inner)
        except RecursionError:
            raise
        except Exception as error:
            if guest.is_foreign(error):
                raise
            self.recorder.lose()
            guest.leave(error)

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
        parts = [
            head, uvarint(kept.number), uvarint(self._place(frame, kind, inner)), uvarint(module.number), uvarint(max(depth, 0)),
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
            if name in module.names:
                some.names[name] = module.names.pop(name)
            if value is not NOTHING and (name in some.names or id(type(value)) not in _DULL):
                meant[name] = value
        if not meant and not some.names:
            return [], 0
        found, more = self.recorder.changes(some, meant, steps.MOST // 2)
        module.names.update(some.names)
        return found, more

    def _value(self, kind: int, arg: Any) -> bytes:
        encoder = self.recorder.encoder
        if kind == steps.RETURN:
            return steps.FEW[steps.REDACTED] if self.secret else encoder.value(arg)
        error = arg[1]
        return uvarint(encoder.name(steps.full_name(type(error)))) + encoder.value(error, 0) + encoder.value(arg, 0)

    def _place(self, frame: FrameType, kind: int, inner: Optional[Inner]) -> int:
        records, facts = self.recorder.records, self.facts
        line = inner.line if inner is not None else facts.line(frame.f_lineno or 0)
        call = kind == steps.CALL
        if self.table is not records.code_ids:  # the first time, and in a forked child
            self._define(frame.f_code)
        known = self.places.get((line, call))
        if known is not None:
            return known
        event = Event(frame, steps.CALL if call else steps.LINE, None, facts, line, self.recorder.run, False)

        def describe() -> Dict[str, Any]:
            source = event.source
            return {"source": source[:4096], "fullsource": (event.fullsource if call else source)[:16384]}

        place = self.places[line, call] = records.place(self.code_id, line, call, describe)
        return place

    def _define(self, code: CodeType) -> None:
        """Have the code object described: with its parameters, which tracepoints do not need."""
        records = self.recorder.records
        about = {**self.facts.describe(), "parameters": [stars + name for stars, name in argument_names(code)], "generator": self.waits}
        self.code_id = records.code(self, lambda: about)
        records.code_ids.pop(self, None)  # what is found by it is found here
        self.table = records.code_ids
        self.places = {}


_DULL = steps._NAMED


__all__ = ["Recorder"]
