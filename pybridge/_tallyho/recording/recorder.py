"""Records what the person's code does: a step for each event, with the names whose values have changed.

In a dispatch table it stands as a tracepoint that only notes (Entry.noting): calls, lines, returns and
exceptions as hunter has them, in either backend, and on sys.monitoring also the statements that begin within a line.
"""

from __future__ import annotations

from _thread import get_ident
from itertools import count
from types import CodeType, FrameType
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

from ..base import guest
from ..program.event import RunState, frames_above, main_ident, thread_name
from ..program.fields import CodeFacts, SourceIndex
from ..program.justmycode import JustMyCode
from ..query.dispatch import DispatchTable
from ..tally.inline import Columns
from ..wire.records import THREAD, Records
from . import steps
from .about import About, Inner, LastWritten, Note
from .faststeps import FastSteps, make_fast
from .steps import USUAL, Encoder, Limits, key_of, uvarint

COROUTINE = 0x80
"""CO_COROUTINE: what has the arguments of an ASGI application, and is none, only wraps them."""
MOST_FRAMES = 200_000
MOST_CALLERS = 200


def takes_requests(code: CodeType) -> bool:
    """Report a WSGI or ASGI application by the names of its arguments: of a framework's own it is known what was asked and answered."""
    names = code.co_varnames[: code.co_argcount]
    asynchronous = bool(code.co_flags & COROUTINE) and names[-3:] == ("scope", "receive", "send")
    return asynchronous or names[-2:] == ("environ", "start_response")


class Recorder:
    """Writes the steps of this process."""

    # What an Entry asks of its tracepoint: it is always on, about no exceptions alone, and has no budget.
    active = True
    exceptions = None
    budget = None

    def __init__(
        self,
        config: Mapping[str, Any],
        source_index: SourceIndex,
        records: Records,
        just_my_code: JustMyCode,
        run: RunState,
        columns: Columns,
        native: Any,
        dispatches: Mapping[int, DispatchTable],
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
        self.limits = Limits(*[int(config.get(name) or usual) for name, usual in zip(Limits._fields, USUAL)])
        self.dropped = 0
        self.changed = False
        self.abouts: Dict[int, About] = {}
        """id of a code object -> what records it."""
        self.fast: Optional[FastSteps] = None
        self.restart()
        if self.limits == USUAL:  # C knows no others
            self.fast = make_fast(self, native, dispatches)

    def restart(self) -> None:
        """Begin anew: at the start, and in a forked child, whose numbers are its own."""
        self.frames: Dict[int, LastWritten] = {}
        self.modules: Dict[int, LastWritten] = {}
        self.numbers = count(1)
        self.texts: Dict[str, int] = {}
        self.threads: Dict[int, str] = {}
        """Number of a thread -> its name as it was told last."""
        self.encoder = Encoder(self.name, self.redact, self.limits)
        if self.fast is not None:
            self.fast.restart(self.encoder)

    def failed(self, error: BaseException, where: str, frame: Optional[FrameType] = None) -> None:
        """A note has raised: it is kept from the program, and told."""
        guest.leave(error)

    def lose(self) -> None:
        """A step was not written."""
        self.dropped += 1

    # What is recorded.

    def wants(self, code: CodeType) -> bool:
        """Report whether code is recorded."""
        return not guest.is_ours(code) and (self.mine(code) or takes_requests(code))

    def mine(self, code: CodeType) -> bool:
        """Report whether all that code does is recorded; else its calls are, and what they return."""
        return self.everything or self.just_my_code.code(code)

    def notes(self, facts: CodeFacts, code: CodeType) -> Sequence[Optional[Note]]:
        """Return what notes the events of a code object, by kind."""
        about = self.about(facts, code)
        line = about.note(steps.LINE) if self.lines and self.mine(code) else None
        return about.note(steps.CALL), line, about.note(steps.RETURN), about.note(steps.EXCEPTION)

    def inner(self, facts: CodeFacts, code: CodeType) -> Sequence[Tuple[int, Note]]:
        """Return what notes the statements of a code object that begin within a line, by offset."""
        if not self.lines or facts.template is not None or not facts.file.path or not self.mine(code):
            return ()
        about = self.about(facts, code)
        return [(one.offset, about.statement(one)) for one in map(Inner._make, self.columns.inner(code, facts.file.path))]

    def about(self, facts: CodeFacts, code: CodeType) -> About:
        """Return the About of a code object, one for all its events."""
        known = self.abouts.get(id(code))
        if known is None or known.facts is not facts:
            known = self.abouts[id(code)] = About(self, facts, code)
        return known

    def forget(self, key: int) -> None:
        """The code object with that id is gone."""
        self.abouts.pop(key, None)
        if self.fast is not None:
            self.fast.writer.forget(key)

    def replanned(self, code: Optional[CodeType] = None) -> None:
        """What is asked of code may be another thing from now on; None: of all code."""
        if self.fast is not None:
            self.fast.writer.replanned(code)

    def before(self, counters: Any, *callbacks: Any) -> Sequence[Any]:
        """Return the callbacks of sys.monitoring that stand instead of these: of LINE, PY_START, PY_RESUME, PY_RETURN, PY_YIELD,
        JUMP and STOP_ITERATION. counters: what counts statements in C, or None."""
        return callbacks if self.fast is None else self.fast.before(counters, callbacks)

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
        """Tell the thread's name, if it has changed since it was told: the first steps of a thread may come before it has one."""
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
        """Return the bytes of the names whose values have changed since they were last written, and how many names that are."""
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
                data = encoder.value(value) if sure else encoder.identified(value)
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


__all__ = ["Recorder"]
