"""A Tracepoint inside the program: its tree, its actions, its counts and what became of it."""

from __future__ import annotations

import os
from itertools import count
from types import CodeType, FrameType
from typing import Any, Callable, Dict, FrozenSet, List, Mapping, Optional, Sequence, Set

from ..base.classes import is_a
from ..base.locate import Target
from ..program import operands
from ..program.event import CALL, RETURN, Event, starts
from ..program.expressions import Refused
from ..program.failing import Failures
from ..values.rendering import error_text
from . import actions
from .budget import Budget
from .building import Builder, ExpressionNode, PassesFilter
from .exceptionfilter import ExceptionFilter
from .hitcondition import hit_test, none, unmeant
from .known import BUILTIN_KINDS, CALL_KNOWN, KIND_KNOWN, needed
from .nodes import FALSE, And, CallableNode, Const, Node, Test, When, walk
from .stateful import Latch, Queue
from .surroundings import Surroundings


class Tracepoint:
    """One question as Tallyho armed it."""

    def __init__(self, around: Surroundings, spec: Mapping[str, Any]) -> None:
        self.around = around
        self.id = int(spec["id"])
        self.budget = Budget.of(self, spec)
        self.failures = Failures(error_limit(spec), self._file if spec.get("locate") else None)
        self.written: Any = None if around.native is None else around.native.Hits()
        """Counts the hits that printers in C have written (pybridge/native/printer.c)."""
        self.written_told = 0
        """How many of them the last STATUS told of."""
        self.numbers = count(1)
        """Counts the hits that C does not write. Before 3.10, two threads that add one to one attribute lose a hit now and then."""
        self.told = 0
        self.dropped = 0
        self.active = True
        self.message = ""
        self.names: List[str] = []
        self.there = False
        """Whether what it names is loaded, though it has not run."""
        self.codes: Set[int] = set()
        self.changed = True
        self.tree: Node = FALSE
        self.actions: List[actions.Action] = []
        self.unreferenced: Sequence[actions.Action] = ()
        self.ones: Dict[Callable[[Event], bool], actions.Action] = {}  # what `do` returns for a single action
        self.latches: Dict[int, Latch] = {}
        self.queues: Dict[int, Queue] = {}
        self.referenced: Set[int] = set()
        self.askers: List[ExpressionNode] = []
        self.hit_test: Optional[Callable[[int], bool]] = None
        self.skipped: Any = None
        """Counts all hits in C, where a hit condition lets some pass."""
        self.unmeant: Callable[[int], int] = none
        self.line: Optional[int] = None
        self.asked_line = 0
        self.asked_column: Optional[int] = None
        """From 0, in characters; None where the whole line is meant."""
        self.target: Optional[Target] = None
        """What it stands for within its line; None: all of it."""
        self.path = ""
        self.stop = False
        self.exceptions: Optional[ExceptionFilter] = None
        self.data: Optional[str] = None
        self.kinds: FrozenSet[int] = frozenset()
        self.fields: FrozenSet[str] = frozenset()
        self.with_depth = False
        try:
            self._read(spec)
            self._compile(spec)
        except (Refused, operands.BadValue) as error:
            self.disarm(str(error))
        except Exception as error:
            self.tree = FALSE
            self.disarm("the bridge cannot read this query: " + error_text(error))

    def _read(self, spec: Mapping[str, Any]) -> None:
        """Read what is not the program."""
        hit = spec.get("hit")
        if hit:
            self.hit_test = hit_test(hit)
            self.unmeant = unmeant(hit)
            if self.around.native is not None:
                self.skipped = self.around.native.Hits()
                self.skipped.aim(self.unmeant(0) + 1)
        self.stop = bool(spec.get("stop"))
        self.exceptions = ExceptionFilter.of(spec.get("exceptions"), self.around.halting, self.around.source_index)
        self.data = str((spec.get("data") or {}).get("id") or "") or None
        locate = spec.get("locate")
        if locate:
            self.asked_line = int(locate["line"])
            if self.asked_line < 1:
                raise operands.BadValue("there is no line %d" % self.asked_line)
            self.path = os.path.realpath(str(locate["path"]))
            if type(locate.get("column")) is int and locate["column"] > 0:
                self.asked_column = locate["column"] - 1

    def _compile(self, spec: Mapping[str, Any]) -> None:
        for index, action in enumerate(spec.get("actions") or ()):
            kind = str(action.get("kind"))
            if kind not in actions.KINDS:
                raise operands.BadValue("action %s is not known here" % kind)
            made = actions.KINDS[kind](self, action, index)
            if self.budget is not None:
                made.limit(self.budget.gated)
            self.actions.append(made)
        self.tree = Builder(self).node(spec.get("program") or {"op": "true"}, 0)
        if self.exceptions is not None:
            self.tree = And([Test("kind", "eq", "exception"), PassesFilter(self.exceptions.applies), self.tree])
        elif spec.get("entry"):
            self.tree = And([Test("kind", "eq", "call"), PassesFilter(_begins), self.tree])
        self.unreferenced = [a for a in self.actions if a.index not in self.referenced]
        nodes = walk(self.tree)
        self.fields = frozenset(field for node in nodes for field in node.fields())
        self.opaque = any(isinstance(node, CallableNode) and not isinstance(node, (ExpressionNode, PassesFilter)) for node in nodes)
        self.profile = bool(spec.get("profile"))
        possible = (CALL, RETURN) if self.profile else range(4)
        kinds = [k for k in possible if needed(self.tree.simplify(KIND_KNOWN[k]))]
        if self.profile:
            self.calls = tuple(k for k in BUILTIN_KINDS if needed(self.tree.simplify(CALL_KNOWN[k])))
        self.kinds = frozenset([1] if self.path else () if self.data is not None else kinds)
        asked = {"depth", "calls"} & self.fields
        counted = any(action.kind in ("Event", "ErrorSnooper") for action in self.actions)
        self.with_depth = bool(self.around.events or asked or counted)
        self.with_calls = bool(self.around.events or "calls" in self.fields or any(a.kind == "Event" for a in self.actions) or self.opaque)

    with_calls = False
    profile = False
    calls: Sequence[int] = ()
    """Kinds of events of C functions that are wanted (profile mode)."""

    opaque = False

    def hit(self, event: Event) -> None:
        """The program was true of an event: count it, and do what waited for that."""
        # Another thread may come to its own hit at any call: each is judged by its own number.
        if self.skipped is None:
            number = next(self.numbers)
        else:
            number = self.skipped.next()
            self.skipped.aim(number + self.unmeant(number) + 1)
        if not self.changed:
            self.changed = True
        if self.hit_test is None:
            for action in self.unreferenced:
                action.run(event)
        elif self.hit_test(number):
            for action in event.todo or ():
                action.run(event)
            for action in self.unreferenced:
                action.run(event)
        else:
            return
        if self.stop:
            event.stops = (*event.stops, self.id)

    # What becomes of it.

    @property
    def shows(self) -> bool:
        """Whether it makes records."""
        return bool(self.actions)

    def counted(self, written: bool) -> None:
        """An event was recorded, outside of hit."""
        next(self.numbers)
        if not written:
            self.dropped += 1
        self.changed = True

    def lose(self) -> None:
        """There was no room for a record."""
        self.dropped += 1

    def touch(self) -> None:
        """Note that its status has changed."""
        self.changed = True

    def say(self, message: str) -> None:
        """Tell the person something with its status."""
        self.message, self.changed = message, True

    def lie(self, line: Optional[int], problem: str, target: Optional[Target] = None) -> None:
        """Take the line at which it really lies; None: nowhere in its file as the file is now, for the reason that `problem` says."""
        self.line, self.target = line, target
        if line is None:
            self.message = problem

    def moved(self, line: Optional[int], problem: str) -> None:
        """Take the line at which it lies in a template, as far as that is known by now."""
        if line != self.line or line is None:
            self.line, self.changed = line, True
            self.message = "" if line is not None else problem

    def lost(self) -> None:
        """Forget where it lies: its file has another text now."""
        if self.line is None:
            self.message = ""
        self.line, self.target, self.changed = None, None, True

    def found(self, key: int, found: bool = True) -> None:
        """Note whether it is asked in a code object, by id; 0: somewhere that is no code object."""
        if found != (key in self.codes):
            (self.codes.add if found else self.codes.discard)(key)
            self.changed = True

    def near(self, there: bool, names: List[str]) -> None:
        """Take whether what it names is loaded, else the nearest names seen."""
        if (there, names) != (self.there, self.names):
            self.there, self.names, self.changed = there, names, True

    def only_action(self, residual: Node) -> Optional[actions.Action]:
        """Return the only action that runs at an event, where `residual` is left to ask; None where there is more to do."""
        if self.hit_test is not None or self.with_depth or self.stop or self.budget is not None:
            return None
        if isinstance(residual, Const) and residual.value and len(self.unreferenced) == 1:
            return self.unreferenced[0]
        if isinstance(residual, When) and isinstance(residual.condition, Const) and not self.unreferenced:
            return self.ones.get(residual.do)
        return None

    def _file(self) -> Sequence[CodeType]:
        return self.around.codes(self.path)

    def settle(self) -> None:
        """See whether there is news of what was counted."""
        if self.total() != self.told:
            self.changed = True

    def total(self) -> int:
        """Return the number of hits."""
        if self.skipped is not None:
            return int(self.skipped.total())
        # Nothing but its text tells what a counter is at, without a warning from 3.12 on.
        others = int(repr(self.numbers)[len("count(") : -1]) - 1
        return others if self.written is None else others + int(self.written.total())

    def has_news(self) -> bool:
        """Report whether its STATUS has changed since it was told last."""
        return self.changed or self.written is not None and self.written.total() != self.written_told

    @property
    def stop_reason(self) -> str:
        """Why a thread that it stops has stopped."""
        if self.exceptions is not None:
            return "exception"
        if self.data is not None:
            return "data breakpoint"
        return "breakpoint" if self.path or not self.stop else "function breakpoint"

    def failed(self, error: BaseException, where: str, frame: Optional[FrameType] = None) -> None:
        """An evaluation raised: count it; too many disarm this tracepoint alone."""
        if frame is not None and is_a(error, NameError) and any(asker.is_unbound(frame) for asker in self.askers):
            return
        enough = self.failures.failed(error, where)
        self.changed = True
        self.message = self.failures.message
        if enough:
            self.disarm("disarmed after %d errors: %s" % (self.failures.errors, self.message))

    def disarm(self, why: str) -> None:
        """Ask nothing more; the probes go at the bridge's next turn."""
        self.active = False
        self.changed = True
        self.message = why
        self.around.disarmed()

    def do(self, ids: Sequence[int]) -> Callable[[Event], bool]:
        """Return what runs those actions at an event, or keeps them until the hit condition is known."""
        chosen = [self.actions[at] for at in ids]
        self.referenced.update(ids)
        if len(chosen) == 1 and self.hit_test is None:
            run = chosen[0].run

            def one(event: Event) -> bool:
                run(event)
                return True

            self.ones[one] = chosen[0]
            return one

        def several(event: Event) -> bool:
            if self.hit_test is None:
                for action in chosen:
                    action.run(event)
            else:
                event.todo = (event.todo or []) + chosen
            return True

        return several

    def status(self) -> Dict[str, Any]:
        """Return its STATUS, and take what has changed as told."""
        self.changed = False
        if self.written is not None:
            self.written_told = self.written.total()
        state = "disarmed" if not self.active else "armed" if self.codes else "pending"
        self.told = self.total()
        return {
            "id": self.id,
            "state": state,
            "line": self.line,
            "column": self.target.column + 1 if self.target is not None else None,
            "places": len(self.codes),
            "hits": self.told,
            "errors": self.failures.errors,
            "unbound": self.failures.never_bound(self.around.asked_in(self.codes)) if self.failures.strange else [],
            "message": self.message,
            "names": self.names,
            "there": self.there,
            "limited": self.budget.limited if self.budget is not None else "",
            "dropped": self.dropped + (self.budget.refused if self.budget is not None else 0),
            "nanos": self.budget.nanos if self.budget is not None else 0,
        }


def _begins(event: Event) -> bool:
    """Report whether a call is one, and not a generator or coroutine that goes on."""
    return event.frame is not None and starts(event.frame)


def error_limit(spec: Mapping[str, Any]) -> int:
    """Return how many errors a tracepoint may have; 0, which is any number, where that cannot be read."""
    limits = spec.get("limits")
    errors = limits.get("errors") if isinstance(limits, Mapping) else None
    return errors if type(errors) is int and errors > 0 else 0


__all__ = ["Tracepoint"]
