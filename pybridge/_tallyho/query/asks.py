"""The leaves of a Screen: single tests, as a frame and a value answer them without an Event.

C reads an Ask as it stands (pybridge/native/screen.c); without the accelerator its `leaf` is called. Where the test would raise,
both raise, or answer that they do not know. What cannot change is found once: what belongs to a place in the code, and the name
of a thread until the thread gets another name.
"""

from __future__ import annotations

import threading
from _thread import get_ident
from itertools import repeat
from operator import eq, ge, gt, is_, le, lt
from types import CodeType, FrameType
from typing import Any, Callable, Dict, NamedTuple, Optional, Tuple

from ..base.classes import ids
from ..base.fastlocals import CO_OPTIMIZED
from ..base.namespaces import NOTHING, local
from ..base.slots import place
from ..program.event import CALL, RETURN, Event, RunState, main_ident, thread_name
from ..program.expressions import Expression, comparison
from ..program.fields import CodeFacts
from ..program.operands import COMPARE, same, within
from .nodes import CallableNode, Test, compile_node
from .surroundings import Surroundings

CONST = 3
PLACE, DEPTH, CALLS, THREAD_ID, THREAD_NAME, ARG, LOCALS, GLOBALS, LOCAL, HAS_LOCAL, HAS_GLOBAL = range(6, 17)
"""The kinds of Asks that have no Asks below them (screens.py has the kinds that have); also in pybridge/native/screen.c."""

COMPARES = {"lt": 0, "lte": 1, "eq": 2, "gt": 4, "gte": 5}
"""Operator -> its number in CPython's object.h (Py_LT and so on), by which C compares."""

ANY_WAY = -1
"""Instead of such a number: C cannot compare by itself, and calls `ask`."""

BY_PLACE = frozenset(["lineno", "source", "fullsource", "instruction"])
"""Fields that are the same whenever the code is at the same instruction."""

MOST = 1 << 30
"""A depth that no stack has."""

_SCALARS = ids(int, float, bool, str, bytes, type(None))

Leaf = Callable[[FrameType, Any], Any]


class Ask(NamedTuple):
    """One step of a Screen."""

    what: int
    compare: int = ANY_WAY
    number: int = 0
    operand: Any = None
    ask: Any = None
    """Called by C where it cannot answer by itself."""
    of: "Tuple[Any, ...]" = ()
    """The Asks below it."""
    leaf: Optional[Callable[..., Any]] = None
    """Called in place of C where there is no accelerator."""
    total: bool = False
    """Whether asking it can never raise."""
    cheap: bool = True
    """Whether asking it costs no walk along the stack."""


class Leaves:
    """Makes Asks of the tests of one tracepoint at one kind of event of a code object."""

    def __init__(self, around: Surroundings, kind: int, facts: CodeFacts, code: CodeType) -> None:
        self.around = around
        self.kind = kind
        self.facts = facts
        self.code = code
        self.optimized = bool(code.co_flags & CO_OPTIMIZED)
        self.own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars} if self.optimized else set()

    @staticmethod
    def threads() -> Tuple[Any, ...]:
        """Return what C asks about threads: Thread objects by ident, threading's names, and the function that returns the main thread's ident."""
        return threading._active, threading.__dict__, main_ident  # type: ignore[attr-defined]

    def test(self, test: Test) -> Optional[Ask]:
        """Return what is asked of one criterion; None: it is asked of the Event."""
        if test.field in BY_PLACE:
            return self._place(test)
        made = _MAKERS.get(test.field)
        return None if made is None else made(self, test)

    def _place(self, test: Test) -> Ask:
        ask = self._of_event(test)
        known: Dict[int, Any] = {}

        def place(frame: FrameType, arg: Any) -> Any:
            answer = known.get(frame.f_lasti)
            if answer is None:
                answer = known[frame.f_lasti] = ask(frame, arg)
            return answer

        return Ask(PLACE, ask=ask, leaf=place)

    def _of_event(self, test: Test) -> Leaf:
        asked, kind, facts, run = compile_node(test), self.kind, self.facts, self.around.run

        def ask(frame: FrameType, arg: Any) -> bool:
            return bool(asked(Event(frame, kind, arg, facts, facts.line(frame.f_lineno or 0), run, False)))

        return ask

    def _depth(self, test: Test) -> Ask:
        compare, operand = _number(test)
        asked, run, less = of_value(test), self.around.run, int(self.kind in (CALL, RETURN))
        numbers, holds = range(1 - less, operand + 3 - less), _COMPARISONS.get(compare)

        def deep(frame: Optional[FrameType], arg: Any = None, return_op: bool = False) -> Any:
            if run.base or holds is None:
                return asked(levels(frame, run, operand, less))
            number = 0
            for number in numbers:  # noqa: B007 -- as levels counts, in less time: it is most of what such a question costs
                frame = frame.f_back  # type: ignore[union-attr]
                if frame is None:
                    break
            return holds(number, operand)

        if compare != ANY_WAY and operand <= 0 and asked(0) == asked(MOST):
            return Ask(CONST, number=int(asked(0)))  # a depth is never less than 0
        return Ask(DEPTH, compare, operand, ask=asked, leaf=deep, total=compare != ANY_WAY, cheap=False)

    def _calls(self, test: Test) -> Ask:
        compare, operand = _number(test)
        asked, count = of_value(test), self.around.run.count
        return Ask(CALLS, compare, operand, ask=asked, leaf=lambda frame, arg: asked(count.calls), total=compare != ANY_WAY)

    def _thread_id(self, test: Test) -> Ask:
        holds = of_value(test)

        def current(frame: FrameType, arg: Any) -> Any:
            ident = get_ident()
            return holds(None if ident == main_ident() else ident)

        return Ask(THREAD_ID, ask=holds, leaf=current)

    def _thread_name(self, test: Test) -> Ask:
        holds = test.holds
        known: Tuple[Any, Any] = None, False

        def current(frame: FrameType, arg: Any) -> Any:
            nonlocal known
            name = thread_name(get_ident())
            last, answer = known
            if last is not name:
                answer = holds(name)
                known = name, answer  # one tuple: another thread may replace it at any time
            return answer

        return Ask(THREAD_NAME, ask=holds, leaf=current)

    def _arg(self, test: Test) -> Ask:
        compare, operand = COMPARE[test.operator], test.operand
        in_c = COMPARES.get(test.operator, ANY_WAY) if id(type(operand)) in _SCALARS else ANY_WAY
        return Ask(ARG, in_c, operand=operand, ask=lambda arg: compare(arg, operand), leaf=lambda frame, arg: compare(arg, operand))

    def _locals(self, test: Test) -> Ask:
        compare, operand = COMPARE[test.operator], test.operand

        def ask(frame: FrameType) -> bool:
            return compare(local(frame), operand)

        def leaf(frame: FrameType, arg: Any) -> bool:
            return compare(local(frame), operand)

        def has(frame: FrameType, arg: Any) -> bool:
            return operand in local(frame)

        if test.operator == "contains" and type(operand) is str and self.optimized:
            return Ask(HAS_LOCAL, number=int(operand not in self.own), operand=operand, ask=ask, leaf=has)
        if test.operator != "eq" or type(operand) is not dict or not operand or not self.optimized:
            return Ask(LOCALS, ask=ask, leaf=leaf)
        if any(type(name) is not str for name in operand):
            return Ask(LOCALS, ask=ask, leaf=leaf)
        items = tuple(operand.items())
        others = [name for name in operand if name not in self.own]

        def each(frame: FrameType, arg: Any) -> bool:
            found = local(frame)
            for name in others:
                if name not in found:
                    return False  # `in` is faster than a get that fails, of the interpreter's view
            for name, value in items:
                if not same(found.get(name, NOTHING), value):
                    return False
            return compare(found, operand)

        return Ask(LOCALS, COMPARES["eq"], int(bool(others)), operand=items, ask=ask, leaf=each)

    def _globals(self, test: Test) -> Ask:
        compare, operand = COMPARE[test.operator], test.operand

        def ask(frame: FrameType) -> bool:
            return compare(frame.f_globals, operand)

        if test.operator == "contains" and type(operand) is str:
            return Ask(HAS_GLOBAL, operand=operand, ask=ask, leaf=lambda frame, arg: _has(frame.f_globals, operand))
        if test.operator == "eq" and type(operand) is dict:
            size = len(operand)
            return Ask(
                GLOBALS, COMPARES["eq"], size, ask=ask, leaf=lambda frame, arg: len(frame.f_globals) == size and ask(frame)
            )  # fmt: skip
        return Ask(GLOBALS, ask=ask, leaf=lambda frame, arg: ask(frame))

    def expression(self, node: CallableNode) -> Optional[Ask]:
        """Return what is asked of an expression that compares a variable with a number or a text; None for others."""
        asked = getattr(node, "expression", None)
        if self.around.native is None or type(asked) is not Expression or asked.careful or not asked.simple or len(asked.names) != 1:
            return None
        compare, constant = comparison(asked.tree)
        name = asked.names[0]
        if compare < 0 or name not in self.own:
            return None
        return Ask(LOCAL, compare, place(self.code, name), operand=constant, ask=name)


_MAKERS: Dict[str, Callable[[Leaves, Test], Ask]] = {
    "depth": Leaves._depth,
    "calls": Leaves._calls,
    "threadid": Leaves._thread_id,
    "threadname": Leaves._thread_name,
    "arg": Leaves._arg,
    "locals": Leaves._locals,
    "globals": Leaves._globals,
}


def _number(test: Test) -> Tuple[int, int]:
    """Return how C compares with which number; ANY_WAY where it does not."""
    compare = COMPARES.get(test.operator, ANY_WAY)
    if type(test.operand) is not int or not -MOST < test.operand < MOST:
        return ANY_WAY, MOST
    return compare, test.operand if compare != ANY_WAY else MOST


def of_value(test: Test) -> Callable[[Any], Any]:
    """Return a function that tests a value of a builtin type as Test.holds does."""
    operand = test.operand
    made = _OF_VALUE.get(test.operator)
    return test.holds if made is None else made(operand)


_OF_VALUE: Dict[str, Callable[[Any], Callable[[Any], Any]]] = {
    "eq": lambda operand: lambda value: value == operand,
    "in": lambda operand: lambda value: value in operand,
    "lt": lambda operand: lambda value: value < operand,
    "lte": lambda operand: lambda value: value <= operand,
    "gt": lambda operand: lambda value: value > operand,
    "gte": lambda operand: lambda value: value >= operand,
}


_COMPARISONS: Dict[int, Callable[[int, int], bool]] = {0: lt, 1: le, 2: eq, 4: gt, 5: ge}
"""By those numbers."""


def _has(space: Any, name: str) -> bool:
    """Report whether a module's namespace has a name: by its hash where no key has an __eq__ of its own."""
    if type(space) is dict:
        keys = list(space)
        if all(map(is_, map(type, keys), repeat(str))):
            return name in space
    return within(name, space)


def levels(frame: Optional[FrameType], run: RunState, most: int, less: int) -> int:
    """Return the depth of an event, or a number greater than `most` where the depth is; less: frames that do not count (the event's own)."""
    base = run.base
    if base and get_ident() != _threads["_main_thread"]._ident:
        base = 0
    number, limit = -base - less, most + 1
    while frame is not None and number <= limit:
        number += 1
        frame = frame.f_back
    return number if number > 0 else 0


_threads = threading.__dict__

__all__ = ["Ask", "Leaves"]
