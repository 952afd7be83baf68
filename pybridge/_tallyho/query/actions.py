"""What each kind of action captures at an event; printing is Tallyho's business."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ..base.classes import ids
from ..base.guest import is_foreign
from ..base.redact import PLACEHOLDER, is_secret, returns_secret
from ..program.event import CALL, EXCEPTION, LINE, RETURN, Event, RunState, argument_names, frames_above
from ..program.expressions import Expression, Refused, compile_callable
from ..program.fields import CodeFacts
from ..program.formats import Format, Slot, make_slot
from ..program.operands import decode
from ..values.rendering import cut, error_text
from ..wire import records as rec
from ..wire.records import Frame, Records, Value
from .printing import Printer, Text
from .surroundings import Reporter
from .terminal import converse, debug

FORMATTED = ids(int, float, bool, complex, str)
"""What a log message shows as format() does; all else as values are shown everywhere."""

MOST_SOURCE = 200
"""Characters of a line of source that ran before an exception."""


class Shown(NamedTuple):
    """What an action shows of every event of one kind: locals (and the names they are shown by), and arg."""

    names: Sequence[Tuple[str, str]] = ()
    arg: bool = False
    as_text: bool = False
    """Whether a string stands for itself, and is not shown in quotes."""


class Action:
    """One action of a Tracepoint. `run` is called with each event it is meant for."""

    writes = True

    def __init__(self, recorder: Reporter, spec: Mapping[str, Any], index: int) -> None:
        self.recorder = recorder
        self.index = index
        self.kind = str(spec["kind"])
        around = recorder.around
        limit = int(spec.get("repr_limit") or 1024)
        self.printer = Printer(str(spec.get("repr") or around.printers), limit, around.redact, around.careful)

    def limit(self, gated: Callable[[Callable[..., None]], Callable[..., None]]) -> None:
        """Run from now on only as `gated` allows (budget.py)."""
        self.run = gated(self.run)  # type: ignore[method-assign]

    def run(self, event: Event, cleanup: bool = False) -> None:
        """Capture and record."""
        values = self.values(event)
        if values is not None:
            self.write(event, values, (), cleanup)

    def shown(self, kind: int, code: CodeType) -> Optional[Shown]:
        """Return what is shown of events of that kind in that code; None where the event itself is needed."""
        return None

    def values(self, event: Event) -> Optional[Sequence[Value]]:
        """Return the values to record; None: no record."""
        return ()

    def write(self, event: Event, values: Sequence[Value], stack: Sequence[Frame], cleanup: bool) -> None:
        """Write the record of an event."""
        recorder, records = self.recorder, self.recorder.around.records
        place = self.place(event)
        flags = rec.F_CLEANUP if cleanup else 0
        if event.detached:
            flags |= rec.F_DETACHED
        if event.synthetic:
            flags |= rec.F_SYNTHETIC
        if event.builtin:
            flags |= rec.F_BUILTIN
        if event.return_op:
            flags |= rec.F_RETURN_OP
        depth, calls = -1, -1
        if recorder.with_depth:
            flags |= rec.F_DEPTH
            depth, calls = event.depth, event.calls
        written = records.event(event.kind_number, flags, self.index, recorder.id, place, depth, calls, values, stack)
        if not written:
            recorder.lose()

    def place(self, event: Event) -> int:
        """Return the number of an event's place, defined where it is new."""
        records: Records = self.recorder.around.records
        facts = event.facts
        call = event.kind_number == CALL
        code = records.code_ids.get(facts.key) or records.code(facts.key, facts.describe)
        return records.place_ids.get((code, event.lineno, call)) or records.place(code, event.lineno, call, lambda: describe_place(event))

    def one(self, event: Event) -> Sequence[Value]:
        """Render the value of a return or an exception: the only value of its record, without a name."""
        if event.detached:
            return (self.printer.frozen("", event.arg),)
        if self.printer.redact and event.kind_number == RETURN and returns_secret(event.function):
            return (Value("", PLACEHOLDER, rec.REDACTED),)
        text, status = self.printer.text(event.arg)
        return (Value("", text, status),)


def describe_place_of(facts: CodeFacts, line: int, kind: int, frame: FrameType) -> Dict[str, Any]:
    """Return the source of a line, for its place's record, where no Event was made."""
    return describe_place(Event(frame, kind, None, facts, line, RunState(), False))


def describe_place(event: Event) -> Dict[str, Any]:
    """Return the source of an event's line, for its place's record."""
    source = event.source
    full = event.fullsource if event.kind_number == CALL else source
    return {"source": source[:4096], "fullsource": full[:16384]}


class Code(Action):
    """CodePrinter, ErrorSnooper: the value of a return or an exception."""

    def shown(self, kind: int, code: CodeType) -> Optional[Shown]:
        return Shown((), kind in (RETURN, EXCEPTION))

    def values(self, event: Event) -> Optional[Sequence[Value]]:
        return self.one(event) if event.kind_number in (RETURN, EXCEPTION) else ()


class CallPrinter(Code):
    """CallPrinter: the arguments of a call as well."""

    def shown(self, kind: int, code: CodeType) -> Optional[Shown]:
        if kind != CALL:
            return super().shown(kind, code)
        return Shown([(name, prefix + name) for prefix, name in argument_names(code)])

    def values(self, event: Event) -> Optional[Sequence[Value]]:
        if event.builtin:
            return ()
        if event.kind_number != CALL:
            return super().values(event)
        code = event.code
        if code is None:
            names = event.argument_names
        else:
            names = argument_names(code)
        locals_ = event.locals if names else {}
        return [self.argument(event, locals_, prefix, name) for prefix, name in names]

    def argument(self, event: Event, locals_: Mapping[str, Any], prefix: str, name: str) -> Value:
        """Render one argument."""
        try:
            value = locals_[name]
        except KeyError:
            return Value(prefix + name, "?", rec.MISSING)
        if event.detached:
            return self.printer.frozen(prefix + name, value)
        return self.printer.named(prefix + name, value, name)


class Silenced(Action):
    """An exception that is about to be swallowed: its text, where the clause is that swallows it, and the lines that ran before."""

    def values(self, event: Event) -> Optional[Sequence[Value]]:
        if event.kind_number != EXCEPTION:
            return None
        around = self.recorder.around
        found = [Value("", error_text(event.arg[1])), Value("swallowed", getattr(event, "change", ""))]
        for code, line in around.halting.history.before(event.frame) if around.halting is not None else ():
            file = around.source_index.of(code)
            source = around.source_index.source(file, line, event.globals if code is event.frame.f_code else None)
            found.append(Value("%s:%d" % (file.shown, line), cut(source.strip(), MOST_SOURCE)))
        return found


class Vars(Action):
    """VarsPrinter: the value of each name or expression."""

    def __init__(self, recorder: Reporter, spec: Mapping[str, Any], index: int) -> None:
        super().__init__(recorder, spec, index)
        careful = recorder.around.careful
        self.expressions = [Expression(str(text), careful) for text in spec.get("names") or ()]

    def shown(self, kind: int, code: CodeType) -> Optional[Shown]:
        names = [(e.plain, e.plain) for e in self.expressions if e.plain is not None]
        return Shown(names) if len(names) == len(self.expressions) else None

    def values(self, event: Event) -> Optional[Sequence[Value]]:
        if event.frame is None:
            return [self.of_detached(event, expression) for expression in self.expressions]
        locals_ = event.locals
        return [self.of(event, locals_, expression) for expression in self.expressions]

    def of_detached(self, event: Event, expression: Expression) -> Value:
        """Render a name of a detached event, whose values are text."""
        if not expression.known(event.locals, event.globals, None):
            return Value(expression.text, "", rec.SKIPPED)
        try:
            value = expression.of_texts(event.locals)
        except (AttributeError, KeyError):
            return Value(expression.text, "", rec.SKIPPED)
        except Exception as error:
            return Value(expression.text, error_text(error), rec.FAILED_EVAL)
        if type(value) is str:
            return self.printer.frozen(expression.text, value)
        return self.printer.named(expression.text, value)

    def of(self, event: Event, locals_: Any, expression: Expression) -> Value:
        """Evaluate and render one expression (as hunter's VarsPrinter: what has an unknown name, attribute or key is left out)."""
        name = expression.plain
        if name is not None:
            try:
                return self.printer.named(name, locals_[name])
            except KeyError:
                pass
        if not expression.known(locals_, event.globals, event.frame and event.frame.f_code):
            return Value(expression.text, "", rec.SKIPPED)
        try:
            value = expression.value(event.frame)
        except (AttributeError, KeyError):
            return Value(expression.text, "", rec.SKIPPED)
        except Exception as error:
            if is_foreign(error):
                raise
            return Value(expression.text, error_text(error), rec.FAILED_EVAL)
        return self.printer.named(expression.text, value, expression.secret_name)


class Snooper(Action):
    """VarsSnooper: every local, by name."""

    def values(self, event: Event) -> Optional[Sequence[Value]]:
        locals_ = dict(event.locals)
        show = self.printer.frozen if event.detached else self.printer.named
        return [show(name, locals_[name]) for name in sorted(n for n in locals_ if type(n) is str)]


class Stack(Action):
    """StackPrinter: the frames around."""

    def __init__(self, recorder: Reporter, spec: Mapping[str, Any], index: int) -> None:
        super().__init__(recorder, spec, index)
        self.depth = min(int(spec.get("depth", 15)), 1000)

    def run(self, event: Event, cleanup: bool = False) -> None:
        self.write(event, (), self.outer(event), cleanup)

    def outer(self, event: Event) -> List[Frame]:
        """Return the frames around, innermost first, none of ours."""
        frames: List[Frame] = []
        if event.frame is None:
            return frames
        number = min(self.depth, frames_above(event.frame, event.run) - 1)
        at: Optional[FrameType] = event.frame.f_back
        while at is not None and number > 0:
            code = at.f_code
            frames.append((at.f_lineno or 0, event.facts.source_index.of(code, at.f_globals).shown, code.co_name))
            at = at.f_back
            number -= 1
        return frames


class Log(Action):
    """A log message's slots."""

    def __init__(self, recorder: Reporter, spec: Mapping[str, Any], index: int) -> None:
        super().__init__(recorder, spec, index)
        around = recorder.around
        self.slots = [make_slot(slot, around.careful) for slot in spec.get("slots") or ()]
        self.format = Format(self.printer.limit, around.redact, around.own, around.careful)

    def shown(self, kind: int, code: CodeType) -> Optional[Shown]:
        names = [(slot.expression.plain, slot.expression.text) for slot in self.slots if slot.bare and slot.expression.plain]
        return Shown(names, as_text=True) if len(names) == len(self.slots) and not self.format.own else None

    def bare(self, value: Any) -> Text:
        """Render the value of a slot that has neither a conversion nor a format."""
        return self.format.text(value, "", ""), rec.OK

    def values(self, event: Event) -> Optional[Sequence[Value]]:
        return [self.slot(event, slot) for slot in self.slots]

    def slot(self, event: Event, slot: Slot) -> Value:
        """Evaluate and render one slot as an f-string would."""
        name = slot.expression.text
        try:
            value = slot.expression.value(event.frame)
            if self.printer.redact and is_secret(slot.expression.secret_name):
                return Value(name, PLACEHOLDER, rec.REDACTED)
            return Value(name, self.format.text(value, slot.conversion, self.format.spec(slot, event.frame)))
        except Exception as error:
            if is_foreign(error):
                raise
            return Value(name, error_text(error), rec.FAILED_EVAL)


class Plain(Action):
    """Event: no values."""


class Silent(Action):
    """An action that records nothing."""

    writes = False


class StopAction(Silent):
    """Debugger, Manhole: the person looks at the frame, where a person is."""

    def __init__(self, recorder: Reporter, spec: Mapping[str, Any], index: int) -> None:
        super().__init__(recorder, spec, index)
        if recorder.around.careful:
            raise Refused("%s may not stop the program here" % self.kind)
        self.text = str(spec.get("klass") or "")
        self.options = [(str(name), decode(value, compile_callable)) for name, value in spec.get("options") or ()]

    def run(self, event: Event, cleanup: bool = False) -> None:
        recorder, around = self.recorder, self.recorder.around
        if event.frame is None:
            return
        if around.halting is not None and around.halting.served:
            around.halting.look(event, [recorder.id])
        elif not around.terminal:
            recorder.say("%s: nobody is there to look at the program" % self.kind)
        elif self.kind == "Manhole":
            converse(event.frame, self.options)
        else:
            debug(event.frame, self.text, self.options, around.hand_over)


class Stop(Silent):
    """Disarms the tracepoint it belongs to."""

    def run(self, event: Event, cleanup: bool = False) -> None:
        self.recorder.disarm("stopped by Stop")


class UserCallable(Silent):
    """A callable of the person's own as an action."""

    def __init__(self, recorder: Reporter, spec: Mapping[str, Any], index: int) -> None:
        super().__init__(recorder, spec, index)
        if recorder.around.careful:
            raise Refused("no Python may run as an action here")
        self.function = compile_callable(str(spec["text"]))

    def run(self, event: Event, cleanup: bool = False) -> None:
        self.function(event)


KINDS: Dict[str, Callable[[Reporter, Mapping[str, Any], int], Action]] = {
    "CallPrinter": CallPrinter,
    "CodePrinter": Code,
    "ErrorSnooper": Code,
    "VarsPrinter": Vars,
    "VarsSnooper": Snooper,
    "StackPrinter": Stack,
    "Log": Log,
    "Silenced": Silenced,
    "Event": Plain,
    "Stop": Stop,
    "Call": UserCallable,
    "Debugger": StopAction,
    "Manhole": StopAction,
}

__all__ = ["Action", "KINDS", "LINE"]
