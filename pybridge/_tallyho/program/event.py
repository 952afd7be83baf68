"""One event: hunter's fields, each computed when it is asked for (hunter's event.py)."""

from __future__ import annotations

import threading
from _thread import get_ident
from opcode import opmap
from types import CodeType, FrameType, FunctionType
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ..base.classes import class_dict, mro
from ..base.namespaces import as_dict, field, item, local
from .fields import CodeFacts
from .templates import template_names

CALL, LINE, RETURN, EXCEPTION = range(4)
KINDS = ("call", "line", "return", "exception")

FIELDS = frozenset(
    """kind function module filename lineno source fullsource stdlib depth calls arg locals globals builtin
    instruction threadid threadname code function_object frame tracer thread threading_support detached
    path qualname name""".split()
)

_active = threading._active  # type: ignore[attr-defined]

_UNSET: Any = object()
_RESUME = opmap.get("RESUME", -1)
CO_VARARGS, CO_VARKEYWORDS = 0x4, 0x8


class Calls:
    """Counts the calls that were seen; the accelerator has one of its own."""

    __slots__ = ("calls",)

    def __init__(self) -> None:
        self.calls = 0

    def add(self) -> None:
        """A call was seen."""
        self.calls += 1


class RunState:
    """How far the program's run is: what events of all threads need to know."""

    __slots__ = ("count", "base", "ending")

    def __init__(self) -> None:
        self.count: Any = Calls()
        """Counts calls, only while somebody asks for their number."""
        self.base = 0
        """Frames of the main thread that are ours."""
        self.ending = False
        """The program's main code has ended: what the interpreter does to end is no event."""

    def begun(self, base: int) -> None:
        """The program's main code is run from above that many frames of ours."""
        self.base = base

    def ended(self) -> None:
        """The program's main code has ended."""
        self.ending, self.base = True, 0

    def count_by(self, count: Any) -> None:
        """Count by an object of the accelerator."""
        self.count = count

    def called(self) -> None:
        """A call was seen."""
        self.count.add()


def thread_name(ident: int) -> str:
    """Return a thread's name without making up a Thread object for it, as current_thread() would."""
    thread = _active.get(ident)
    name = getattr(thread, "_name", None)
    return name if type(name) is str else "Dummy-%d" % ident


def main_ident() -> Optional[int]:
    """Return the ident of the main thread; in a forked child, of the thread that forked."""
    return threading._main_thread.ident  # type: ignore[attr-defined,no-any-return]


def describe_thread(ident: int) -> Tuple[str, bool]:
    """Return a thread's name, and whether it is the main thread."""
    return thread_name(ident), ident == main_ident()


def frames_above(frame: FrameType, run: RunState) -> int:
    """Return how many frames of the program are on the stack, this one included."""
    number = 0
    at: Optional[FrameType] = frame
    while at is not None:
        number += 1
        at = at.f_back
    if get_ident() == main_ident():
        number -= run.base
    return max(number, 0)


class Event:
    """An event while it is being judged; event["x"] is event.x."""

    __slots__ = (
        "frame", "kind_number", "arg", "facts", "lineno", "run", "detached", "tracer", "return_op",
        "synthetic", "_depth", "_calls", "_locals", "_globals", "_source", "_fullsource", "_thread", "_instruction", "todo", "argument_names",
        "stops", "change", "dead_trace",
    )  # fmt: skip

    change: str
    """What a data breakpoint saw change, or where an exception is swallowed."""
    dead_trace: Any
    """The traceback of an exception that has left the frames it shows."""

    def __init__(self, frame: Any, kind: int, arg: Any, facts: CodeFacts, lineno: int, run: RunState, return_op: bool) -> None:
        self.frame = frame
        self.kind_number = kind
        self.arg = arg
        self.facts = facts
        self.lineno = lineno
        self.run = run
        self.return_op = return_op
        self.detached = False
        self.synthetic = False
        self.tracer = None
        self.todo: Optional[List[Any]] = None
        self.argument_names: Sequence[Tuple[str, str]] = ()
        self.stops: Sequence[int] = ()
        """Ids of the tracepoints that want their thread to stop here."""
        self._depth = _UNSET
        self._calls = run.count.calls
        self._locals = _UNSET
        self._globals = _UNSET
        self._source = _UNSET
        self._fullsource = _UNSET
        self._thread = _UNSET
        self._instruction = _UNSET

    def __getitem__(self, name: str) -> Any:
        if name not in FIELDS:
            raise AttributeError(name)
        return getattr(self, name)

    def __repr__(self) -> str:
        return "<Event kind=%r function=%r module=%r filename=%r lineno=%s>" % (
            self.kind, self.function, self.module, self.filename, self.lineno,
        )  # fmt: skip

    @property
    def kind(self) -> str:
        return KINDS[self.kind_number]

    @property
    def function(self) -> str:
        return self.facts.code_name

    @property
    def qualname(self) -> str:
        return self.facts.qualname

    name = qualname

    @property
    def module(self) -> str:
        return self.facts.module

    @property
    def filename(self) -> str:
        return self.facts.file.shown

    @property
    def path(self) -> str:
        return self.facts.file.path

    @property
    def stdlib(self) -> bool:
        return self.facts.stdlib

    @property
    def builtin(self) -> bool:
        """Whether it is of a C function that the frame calls (events/cfunctions.py)."""
        return False

    @property
    def threading_support(self) -> None:
        return None

    @property
    def code(self) -> Any:
        return self.frame.f_code if self.frame is not None else None

    @property
    def locals(self) -> Any:
        if self._locals is _UNSET:
            names = template_names(self.frame) if self.facts is not None and self.facts.of_template else None
            self._locals = local(self.frame) if names is None else names
        return self._locals

    @property
    def globals(self) -> Any:
        if self._globals is _UNSET:
            self._globals = self.frame.f_globals
        return self._globals

    @property
    def source(self) -> str:
        if self._source is _UNSET:
            self._source = self.facts.source_index.source(self.facts.file, self.lineno, self.frame.f_globals)
        return str(self._source)

    @property
    def fullsource(self) -> str:
        if self._fullsource is _UNSET:
            if self.kind_number == CALL and self.facts.code_name != "<module>":
                file = self.facts.file
                self._fullsource = self.facts.source_index.full_source(file, self.lineno, self.frame.f_globals)
            else:
                self._fullsource = self.source
        return str(self._fullsource)

    @property
    def depth(self) -> int:
        if self._depth is _UNSET:
            depth = frames_above(self.frame, self.run)
            if self.kind_number in (CALL, RETURN):
                depth -= 1
            self._depth = max(depth, 0)
        return int(self._depth)

    @property
    def calls(self) -> int:
        return int(self._calls)

    @property
    def instruction(self) -> Optional[int]:
        if self._instruction is _UNSET:
            at = self.frame.f_lasti
            self._instruction = self.frame.f_code.co_code[at] if at >= 0 else None
        return self._instruction  # type: ignore[no-any-return]

    @property
    def ident(self) -> int:
        """The thread's number, the main one's as well."""
        if self._thread is _UNSET:
            self._thread = get_ident()
        return int(self._thread)

    def happened(self, lasti: int, depth: int, calls: int, ident: int, locals_: Any) -> None:
        """Take what was true when the event happened; the frame has gone on since."""
        self._instruction = self.frame.f_code.co_code[lasti] if lasti >= 0 else None
        self._depth, self._calls, self._thread, self._locals = depth, calls, ident, locals_

    @property
    def threadid(self) -> Optional[int]:
        ident = self.ident
        return None if ident == main_ident() else ident

    @property
    def threadname(self) -> str:
        return thread_name(self.ident)

    @property
    def thread(self) -> Any:
        return _active.get(self.ident)

    @property
    def function_object(self) -> Any:
        return find_function(self)

    def clone(self) -> "Event":
        """Return a shallow copy."""
        copy = type(self)(self.frame, self.kind_number, self.arg, self.facts, self.lineno, self.run, self.return_op)
        for slot in ("detached", "synthetic", "_depth", "_calls", "_locals", "_globals", "_source", "_fullsource",
                     "_thread", "_instruction"):  # fmt: skip
            setattr(copy, slot, getattr(self, slot))
        return copy

    def relative(self, depth: int, calls: int) -> "Event":
        """Return a copy whose depth and calls count from there (inside From)."""
        copy = self.clone()
        copy._depth = self.depth - depth
        copy._calls = self._calls - calls
        return copy

    def detach(self, value_filter: Optional[Callable[[Any], Any]] = None) -> "Event":
        """Return a copy that needs no frame: values filtered, or gone where there is no filter."""
        for name in ("source", "fullsource", "depth", "threadid", "instruction"):
            getattr(self, name)
        copy = self.clone()
        copy.detached = True
        if self.kind_number == CALL and not self.builtin:
            copy.argument_names = argument_names(self.frame.f_code)
        copy.frame = None
        copy.arg = value_filter(self.arg) if value_filter else None
        copy._locals = _filtered(self.locals, value_filter)
        copy._globals = {}
        return copy


def _filtered(values: Mapping[str, Any], value_filter: Optional[Callable[[Any], Any]]) -> Dict[str, Any]:
    if value_filter is None:
        return {}
    return {name: value_filter(value) for name, value in dict(values).items()}


def argument_names(code: CodeType) -> List[Tuple[str, str]]:
    """Return a code object's parameters in hunter's order, each with its stars."""
    names = code.co_varnames
    positional, keyword = code.co_argcount, code.co_kwonlyargcount
    at = positional + keyword
    found = [("", name) for name in names[:positional]]
    star: List[Tuple[str, str]] = []
    if code.co_flags & CO_VARARGS:
        found.append(("*", names[at]))
        at += 1
    if code.co_flags & CO_VARKEYWORDS:
        star.append(("**", names[at]))
    return found + [("", name) for name in names[positional : positional + keyword]] + star


def starts(frame: FrameType) -> bool:
    """Report whether a call is of a new frame, and not of a generator or coroutine that goes on."""
    at = frame.f_lasti
    if at < 0:
        return True
    units = frame.f_code.co_code
    return units[at] == _RESUME and units[at + 1] == 0


def start_of(code: CodeType) -> int:
    """Return the offset that a new frame is at when it begins; -1 where that is before all instructions."""
    units = code.co_code
    return next((at for at in range(0, len(units), 2) if units[at] == _RESUME and units[at + 1] == 0), -1)


def find_function(event: Event) -> Any:
    """Find the function whose code runs: a global, or an attribute of the first argument's class."""
    code = event.frame.f_code
    places: List[Mapping[str, Any]] = [as_dict(event.globals)]
    if code.co_argcount:
        first = event.locals.get(code.co_varnames[0])
        places += [class_dict(cls) for cls in mro(type(first))]
    places += [class_dict(v) for v in list(as_dict(event.globals).values()) if type(v) is type]
    for place in places:
        found: Any = item(place, code.co_name) if type(place) is dict else field(place, code.co_name)
        for _ in range(20):
            if type(found) is staticmethod or type(found) is classmethod:
                found = found.__func__
            if type(found) is not FunctionType:
                break
            if found.__code__ is code:
                return found
            found = field(found.__dict__, "__wrapped__")
    return None


__all__ = ["Event", "RunState", "KINDS", "frames_above", "starts"]
