"""Profile mode: events of the C functions that Python frames call, as hunter's `profile=True` has them.

CALL, C_RETURN and C_RAISE of sys.monitoring from 3.12 on, sys.setprofile below. Both report functions and methods
written in C and leave calls of classes out. Only code for which a Tracepoint in profile mode may hold is asked.
"""

from __future__ import annotations

from _thread import get_ident
from types import BuiltinFunctionType, CodeType, FrameType, MethodDescriptorType
from typing import Any, Callable, Dict, Mapping, Sequence, Tuple

from ..base import guest
from ..base.classes import ids, is_a
from ..base.guest import too_deep
from ..base.turns import getframe as _getframe
from ..program.event import _UNSET, CALL, EXCEPTION, RETURN, Event, RunState, frames_above
from ..program.fields import FileFacts, SourceIndex
from ..query.budget import used_ns
from ..query.dispatch import DispatchTable, Entry

FACTS_KEPT = 20000
C_FUNCTIONS = ids(BuiltinFunctionType, *BuiltinFunctionType.__subclasses__())
"""The subclass is that of bound methods that know their class (re's, zlib's), which has no name in types."""
UNKNOWN = "?"
"""The module of a method of a class written in C."""


class CFacts:
    """What is known of a C function as some file calls it: takes the place of CodeFacts."""

    __slots__ = ("source_index", "code_name", "qualname", "module", "file", "first_line", "key", "stdlib", "optimized")

    def __init__(self, source_index: SourceIndex, module: str, name: str, file: FileFacts) -> None:
        self.source_index = source_index
        self.code_name = name
        self.qualname = name
        self.module = module
        self.file = file
        self.first_line = 0
        self.key: Any = (file.raw, module, name)
        self.stdlib = source_index.is_stdlib(module, file.raw)
        self.optimized = True

    def describe(self) -> Dict[str, Any]:
        """Return the fields of its record."""
        return {
            "filename": self.file.shown,
            "path": self.file.path,
            "module": self.module,
            "function": self.code_name,
            "qualname": self.qualname,
            "line": 0,
            "stdlib": self.stdlib,
        }


class CEvent(Event):
    """An event of a C function: place and depth are the calling frame's, names the function's."""

    __slots__ = ()

    @property
    def builtin(self) -> bool:
        return True

    @property
    def locals(self) -> Any:
        return {}

    @property
    def globals(self) -> Any:
        return {}

    @property
    def function_object(self) -> Any:
        return True

    @property
    def depth(self) -> int:
        if self._depth is _UNSET:
            self._depth = frames_above(self.frame, self.run)
        return int(self._depth)


class CFunctionFacts:
    """The facts of all C functions met, by the file that calls them."""

    def __init__(self, source_index: SourceIndex) -> None:
        self.source_index = source_index
        self.known: Dict[Tuple[str, str, str], CFacts] = {}

    def of(self, function: Any, file: FileFacts) -> CFacts:
        """Return the facts of a function called from a file."""
        module = function.__module__
        name = function.__name__
        key = (file.raw, module if type(module) is str else UNKNOWN, name if type(name) is str else UNKNOWN)
        facts = self.known.get(key)
        if facts is None:
            facts = CFacts(self.source_index, key[1], key[2], file)
            if len(self.known) < FACTS_KEPT:
                self.known[key] = facts
                self.source_index.functions.add(key[2])
        return facts


def bound(function: Any, first: Any) -> Any:
    """Return the C function that a call with that first argument runs, None where it runs none.

    A method that is called without being bound first is shown bound, as sys.setprofile does.
    """
    kind = type(function)
    if id(kind) in C_FUNCTIONS:
        return function
    if kind is MethodDescriptorType and is_a(first, function.__objclass__):
        return MethodDescriptorType.__get__(function, first, type(first))
    return None


class Profiler:
    """Delivers the events of C functions."""

    def __init__(
        self,
        source_index: SourceIndex,
        run: RunState,
        dispatches: Mapping[int, DispatchTable],
        charge: Callable[[Sequence[Entry], int], None],
    ) -> None:
        self.run = run
        self.dispatches = dispatches
        self.charge = charge
        """Told of the entries that were asked, and since when."""
        self.facts = CFunctionFacts(source_index)

    # Callbacks of sys.monitoring. The frame is the caller's.

    def on_call(self, code: CodeType, offset: int, function: Any, first: Any) -> Any:
        """CALL: about to call something; of interest where that is written in C."""
        try:
            self._monitored(CALL, code, function, first)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)

    def on_return(self, code: CodeType, offset: int, function: Any, first: Any) -> Any:
        """C_RETURN: the C function has returned."""
        try:
            self._monitored(RETURN, code, function, first)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)

    def on_raise(self, code: CodeType, offset: int, function: Any, first: Any) -> Any:
        """C_RAISE: the C function has raised."""
        try:
            self._monitored(EXCEPTION, code, function, first)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)

    def _monitored(self, kind: int, code: CodeType, function: Any, first: Any) -> None:
        dispatch = self.dispatches.get(id(code))
        if dispatch is None or not dispatch.calls[kind]:
            return
        function = bound(function, first)
        frame = _getframe(2)
        if function is not None and frame.f_code is code:
            self.deliver(dispatch, kind, frame, function)

    # A profile function's events.

    def profiled(self, dispatch: DispatchTable, what: str, frame: FrameType, function: Any) -> None:
        """Take a c_call, c_return or c_exception of sys.setprofile."""
        kind = _SETPROFILE.get(what)
        if kind is not None and dispatch.calls[kind]:
            self.deliver(dispatch, kind, frame, function)

    def deliver(self, dispatch: DispatchTable, kind: int, frame: FrameType, function: Any) -> None:
        """Ask the Tracepoints that want it about an event. Raises nothing of our own."""
        if get_ident() == guest.reader_ident() or self.run.ending and guest.is_machinery(frame):
            return
        facts: Any = self.facts.of(function, dispatch.facts.file)
        event = CEvent(frame, kind, function, facts, frame.f_lineno or 0, self.run, False)
        began = used_ns()
        for entry in dispatch.calls[kind]:
            self._judge(entry, event)
        self.charge(dispatch.calls[kind], began)

    @staticmethod
    def _judge(entry: Entry, event: CEvent) -> None:
        point = entry.tracepoint
        if not point.active:
            return
        try:
            if entry.guard is not None and not entry.guard(event.frame):
                return
            event.todo = None
            if entry.test(event):  # type: ignore[misc]
                point.hit(event)
        except RecursionError:
            raise
        except BaseException as error:
            if guest.is_foreign(error):
                raise
            place = "%s:%s" % (event.filename, event.lineno)
            point.failed(error, "%s of %s (%s)" % (event.kind, event.function, place), event.frame)


_SETPROFILE = {"c_call": CALL, "c_return": RETURN, "c_exception": EXCEPTION}

__all__ = ["CEvent", "Profiler"]
