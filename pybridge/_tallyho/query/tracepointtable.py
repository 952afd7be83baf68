"""All Tracepoints of this process, and for each code object the Plan of what to ask there.

A Plan is made at a code object's first sight and again when tracepoints change.
Its entries are what a backend looks up at an event: nothing there, nothing to pay.
"""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Mapping, Optional, Protocol, Sequence, Tuple

from ..base import guest
from ..base.coderef import CodeRef
from ..base.locate import CodeLines, event_lines, move
from ..program.djangos import place_of, tag_lines
from ..program.event import CALL, EXCEPTION, KINDS, LINE, RETURN, CallCount, Event
from ..program.fields import CodeFacts, SourceIndex
from ..program.templates import Template, is_generated
from ..tally.inline import Columns, Target
from ..wire.records import Records
from .budget import Purse
from .cfunctions import NO_CALLS, KnownCall
from .history import catches
from .nearest import Nearest
from .nodes import And, CallableNode, Const, Node, Test, When, compile_node, forms_of, walk
from .shortway import Short, short_way
from .tracepoint import KIND_KNOWN, ExpressionNode, Tracepoint, needed

if TYPE_CHECKING:
    from ..stops.threadcontrol import ThreadControl
    from .exceptionfilter import ExceptionFilter

PYTHON = (".py", ".pyw")
BY_LINE = frozenset(["lineno", "source", "fullsource"])
_DIRECT: Dict[str, Callable[[CodeFacts], Tuple[Any, ...]]] = {
    "function": lambda f: (f.code_name,),
    "qualname": lambda f: (f.qualname,),
    "module": lambda f: (f.module,),
    "path": lambda f: (f.file.path,),
    "stdlib": lambda f: (f.stdlib,),
    "filename": lambda f: forms_of("filename", f),
    "name": lambda f: forms_of("name", f),
    "builtin": lambda f: (False,),
}


class Noting(Protocol):
    """Who notes every event of the code that it wants: what records the run."""

    def wants(self, code: CodeType) -> bool:
        """Report whether code is to be noted."""

    def notes(self, facts: CodeFacts, code: CodeType) -> Sequence[Optional[Short]]:
        """Return what notes the events of a code object, by kind."""

    def restart(self) -> None:
        """Begin anew in a forked child."""

    def inner(self, facts: CodeFacts, code: CodeType) -> Sequence[Tuple[int, Short]]:
        """Return what notes its statements that begin within a line, by offset."""


class KnownCode:
    """What is known of a code object, and of a line in it where one is given."""

    __slots__ = ("facts", "extra")

    def __init__(self, facts: CodeFacts, extra: Mapping[str, Tuple[Any, ...]]) -> None:
        self.facts = facts
        self.extra = extra

    def get(self, field: str) -> Optional[Tuple[Any, ...]]:
        """Return the forms of a field's value, None where it is not known."""
        direct = _DIRECT.get(field)
        return self.extra.get(field) if direct is None else direct(self.facts)


class Entry:
    """One Tracepoint at one kind of event of one code object."""

    __slots__ = ("tracepoint", "guard", "expression", "test", "short")

    def __init__(
        self, tracepoint: Tracepoint, residual: Node, kind: int, facts: CodeFacts, code: Optional[CodeType]
    ) -> None:
        self.tracepoint = tracepoint
        expression: Optional[ExpressionNode] = None
        if tracepoint.budget is None:       # else it is asked where its time is measured
            expression, residual = split_guard(residual)
        self.short = short_way(tracepoint, residual, kind, facts, code) if code is not None else None
        self.expression = expression
        self.guard: Optional[Callable[[FrameType], Any]] = None if expression is None else self._first
        first = residual.condition if isinstance(residual, When) else residual
        if expression is None and kind == LINE and tracepoint.budget is None and isinstance(first, Const) and first.value:
            self.guard = tracepoint.skipped     # counts in C the hits that its hit condition lets pass
        self.test: Optional[Callable[[Event], Any]] = compile_node(residual)

    @classmethod
    def noting(cls, tracepoint: Tracepoint, note: Short) -> "Entry":
        """Return what only notes that an event was."""
        entry = cls.__new__(cls)
        entry.tracepoint, entry.guard, entry.expression, entry.test, entry.short = tracepoint, None, None, None, note
        return entry

    def _first(self, frame: FrameType) -> Any:
        asker = self.expression
        assert asker is not None
        expression, native = asker.expression, self.tracepoint.table.native
        gate = None if native is None else expression.gate(frame, native)
        self.guard = gate or expression.guard(frame) or expression.holds
        return self.guard(frame)


def split_guard(node: Node) -> Tuple[Optional[ExpressionNode], Node]:
    """Take off an expression that is asked first, so that it can be asked before an Event is made."""
    if isinstance(node, ExpressionNode):
        return node, Const(True)
    if isinstance(node, And) and isinstance(node.of[0], ExpressionNode):
        rest = node.of[1:]
        return node.of[0], rest[0] if len(rest) == 1 else And(rest)
    if isinstance(node, When):
        guard, left = split_guard(node.condition)
        if guard is not None:
            return guard, When(left, node.do)
    return None, node


Entries = Tuple[Entry, ...]


def only_short(entries: Sequence[Entry]) -> Optional[Short]:
    """Return the short way of the only entry; None where there is more to ask."""
    return entries[0].short if len(entries) == 1 and entries[0].guard is None else None


class DispatchTable:
    """What to ask in one code object, by kind of event; `lines` is filled as lines are reached."""

    __slots__ = (
        "ref", "facts", "entries", "lines", "by_line", "tally", "tally_lines", "plain", "masks", "mask", "start_silent", "shared", "calls",
        "direct", "ready", "idle", "ends_only", "points",
    )  # fmt: skip

    def __init__(self, ref: CodeRef, facts: CodeFacts) -> None:
        self.ref = ref
        self.facts = facts
        self.entries: Sequence[Entries] = NO_CALLS
        self.by_line: Sequence[Tuple[Tracepoint, Node]] = ()
        self.lines: Dict[int, Entries] = {}
        self.points: Dict[int, Entries] = {}
        """What to ask where something begins within a line, by offset."""
        self.calls: Sequence[Entries] = NO_CALLS
        """What to ask where it calls functions written in C, by kind of event."""
        self.direct: Optional[Short] = None
        """The whole of what a call asks for, where that is one short way."""
        self.ends_only = False
        """Exceptions in it concern nobody but those who ask about uncaught ones."""
        self.shared = False
        """Code of the standard library, which the link's thread uses as well."""
        self.start_silent = False
        """PY_START has answered DISABLE."""
        self.tally = False
        self.tally_lines = False
        self.plain = False
        """Its lines concern tracepoints alone, and no thread of ours: what lines.c may judge."""
        """Counted by line: every LINE event is wanted."""
        self.masks: Dict[str, int] = {}
        self.mask = 0
        self.idle = False
        """Nothing is asked and nothing counted: what settrace.py need not look at twice."""
        self.ready = False
        """Its events are on: until then a thread that comes to the code waits."""

    @property
    def wants_lines(self) -> bool:
        """Whether any line's event may be wanted."""
        return bool(self.entries[LINE] or self.by_line)


class TracepointTable:
    """The Tracepoints and Plans. Changed by the bridge's own thread, read by all."""

    def __init__(self, source_index: SourceIndex, records: Records, config: Mapping[str, Any]) -> None:
        self.source_index = source_index
        self.records = records
        self.configure(config)
        self.counters = CallCount()
        self.tracepoints: Dict[int, Tracepoint] = {}
        self.purse: Optional[Purse] = None
        """What those with a budget may spend; None where none has one."""
        self.plans: Dict[int, DispatchTable] = {}
        self.asked = False
        """A Tracepoint is there that is not about exceptions alone."""
        self.moments: List[ExceptionFilter] = []
        self.silenced = False
        """One of them is about exceptions that are swallowed, which wants to know what runs before."""
        self.lines = CodeLines()
        self.columns = Columns(self.lines)
        self.stops: Optional["ThreadControl"] = None
        self.forget_lines: Callable[[], object] = _nothing
        """Has C forget what is asked at lines, where that may change."""
        self.native: Any = None
        """The accelerator, where events may be written by it."""
        self.untidy = False
        self.recorder: Optional[Noting] = None
        """Notes every event of the code that it wants."""
        self.look: Optional[Callable[[Event, Sequence[int]], None]] = None
        """Stops the thread at an event for tracepoints, where someone can look at a stopped program."""
        self.hand_over: Optional[Callable[[], None]] = None
        """Told that a debugger of the program's own takes this thread's trace function."""
        self.ending = False
        """The program's main code has ended: what the interpreter does to end is no event."""
        self.revision = 0
        self.gone = self._gone                  # one for all references
        self._names_seen = 0, 0, 0
        self.nearest = Nearest(source_index)

    def configure(self, config: Mapping[str, Any]) -> None:
        """Take what the configuration says about judging and showing."""
        self.events = bool(config.get("events"))
        self.careful = bool(config.get("careful"))
        self.terminal = bool(config.get("terminal"))
        self.redact = bool(config.get("redact", True))
        self.own = config.get("repr") == "own" and not self.careful
        """Whether values are shown by the program's own __repr__."""

    # Arming.

    def change(self, revision: int, add: Iterable[Mapping[str, Any]], remove: Iterable[int]) -> None:
        """Add and remove Tracepoints; the backend re-plans afterwards."""
        self.revision = revision
        points = dict(self.tracepoints)
        for one in remove:
            points.pop(int(one), None)
        self.lines.forget()
        self.columns.forget()
        for spec in add:
            if not isinstance(spec, dict) or type(spec.get("id")) is not int:
                continue  # nobody could be told of it
            point = Tracepoint(self, spec)
            if point.path and point.active:
                self._locate(point)
            points[point.id] = point
        self.tracepoints = points
        self._budget(points)
        active = [point for point in points.values() if point.active]
        self.asked = any(point.exceptions is None for point in active)
        self.moments = [point.exceptions for point in active if point.exceptions is not None]
        self.silenced = any(moment.when == "silenced" for moment in self.moments)

    def _budget(self, points: Mapping[int, Tracepoint]) -> None:
        """Measure what tracepoints cost, from the first one on that has a budget."""
        budgets = [point.budget for point in points.values() if point.budget is not None]
        if budgets and self.purse is None:
            self.purse = Purse()
            self.deliver = self.purse.measured(self.deliver)  # type: ignore[method-assign]
        if self.purse is not None:
            self.purse.budgets = budgets

    def may_ask(self, code: CodeType) -> bool:
        """Report whether a Tracepoint may want anything of a code object before an exception is raised in it, as far as
        that is seen without a Plan."""
        if self.asked or self.recorder is not None and self.recorder.wants(code):
            return True
        return self.silenced and any(moment.wants(code) for moment in self.moments)

    def forget(self) -> None:
        """Let go of everything that was asked and seen: a suspended generator may hold us by its trace function."""
        self.tracepoints = {}
        self.purse = None
        self.__dict__.pop("deliver", None)
        self.plans.clear()
        self.forget_lines()

    def _locate(self, point: Tracepoint) -> None:
        codes = self.lines.codes(point.path) if point.path.endswith(PYTHON) or "." not in point.path.rpartition("/")[2] else []
        if codes:
            point.line = move(codes, point.asked_line, self.lines.layout(point.path))
            if point.line is None:
                point.message = "no code at or after line %d" % point.asked_line
            elif point.asked_column is not None and point.line == point.asked_line:
                point.target = self.columns.choose(point.path, point.line, point.asked_column)

    def relocate(self, path: str) -> None:
        """Find the lines of a file's Tracepoints anew: it is of another text now; the backend re-plans afterwards."""
        self.lines.forget()
        self.columns.forget()
        for point in self.tracepoints.values():
            if point.active and point.path == path:
                if point.line is None:
                    point.message = ""
                point.line, point.target, point.changed = None, None, True
                self._locate(point)

    def wants(self, kind: int) -> bool:
        """Report whether any Tracepoint may want that kind of event."""
        return self.recorder is not None or any(point.active and kind in point.kinds for point in self.tracepoints.values())

    def wants_calls(self) -> bool:
        """Report whether calls must be counted."""
        return self.recorder is not None or any(point.active and point.with_calls for point in self.tracepoints.values())

    def wants_c_calls(self) -> bool:
        """Report whether any Tracepoint may want events of C functions."""
        return any(point.active and point.calls for point in self.tracepoints.values())

    # Planning.

    def see(self, code: CodeType, globals_: Dict[str, Any]) -> DispatchTable:
        """Return the Plan of a code object, made at its first sight."""
        key = id(code)
        ref = CodeRef(code, self.gone)
        ref.key = key
        with guest.BlockedSignals():
            plan = DispatchTable(ref, self.source_index.facts(code, globals_))
            self.plan(plan, code)
        self.plans[key] = plan
        return plan

    def _gone(self, ref: CodeRef) -> None:
        plan = self.plans.get(ref.key)
        if plan is not None and plan.ref is ref:
            del self.plans[ref.key]
            self.forget_lines()
            self.records.forget_code(ref.key)

    def plan(self, plan: DispatchTable, code: CodeType) -> None:
        """Decide what is asked in a code object."""
        plan.idle = False
        records = self.recorder is not None and self.recorder.wants(code)
        if not self.tracepoints and not records:
            plan.lines, plan.by_line, plan.entries, plan.calls, plan.points = {}, (), NO_CALLS, NO_CALLS, {}
            plan.shared, plan.plain, plan.direct = False, not plan.tally_lines, None
            self.forget_lines()
            return
        entries: List[List[Entry]] = [[], [], [], []]
        by_line: List[Tuple[Tracepoint, Node]] = []
        calls: List[List[Entry]] = [[], [], [], []]
        points: Dict[int, Entries] = {}
        facts = plan.facts
        for point in self.tracepoints.values():
            if point.active:
                if point.exceptions is not None and not point.exceptions.wants(code):
                    continue
                if point.target is not None:
                    found = self._plan_target(point, point.target, facts, code, points)
                elif point.path:
                    found = self._plan_located(point, facts, code, by_line) or facts.node and self._plan_node(point, facts, entries[CALL])
                else:
                    found = self._plan_query(point, facts, code, entries, by_line)
                    if point.exceptions is not None and point.exceptions.when == "silenced" and self.stops is not None and catches(code):
                        entries[LINE].append(Entry.noting(point, self.stops.history.note))
                    for kind in point.calls:
                        residual = point.tree.simplify(KnownCall(kind, facts))
                        if needed(residual):
                            calls[kind].append(Entry(point, residual, kind, facts, None))
                            found = True
                self._carry(point, facts.key, found)
        if records:
            self._plan_recording(facts, code, entries, points)
        plan.lines = {}
        plan.by_line = by_line
        plan.points = points
        plan.shared = bool(by_line or points or any(entries)) and (facts.stdlib or not facts.file.path)
        plan.plain = not plan.shared and not plan.tally_lines and not points
        plan.calls = [tuple(kind) for kind in calls] if any(calls) else NO_CALLS
        plan.entries = [tuple(kind) for kind in entries]
        plan.ends_only = self.stops is not None and all(
            entry.tracepoint.exceptions is not None and entry.tracepoint.exceptions.when == "uncaught" for entry in entries[EXCEPTION])
        plan.direct = None if plan.shared else only_short(plan.entries[CALL])
        self.forget_lines()

    def _plan_recording(
        self, facts: CodeFacts, code: CodeType, entries: List[List[Entry]], points: Dict[int, Entries]
    ) -> None:
        """Have every event of a code object noted, and the statements that begin within a line; after what is asked there,
        which may stop the program."""
        recorder: Any = self.recorder
        for kind, note in enumerate(recorder.notes(facts, code)):
            if note is not None:
                entries[kind].append(Entry.noting(recorder, note))
        for offset, note in recorder.inner(facts, code):
            points[offset] = (*points.get(offset, ()), Entry.noting(recorder, note))

    @staticmethod
    def _carry(point: Tracepoint, key: int, found: bool) -> None:
        if found != (key in point.codes):
            (point.codes.add if found else point.codes.discard)(key)
            point.changed = True

    def _plan_located(
        self, point: Tracepoint, facts: CodeFacts, code: CodeType, by_line: List[Tuple[Tracepoint, Node]]
    ) -> bool:
        if facts.file.path != point.path or is_generated(code):
            return False
        if facts.template is not None:
            return self._plan_template(point, facts, facts.template, code, by_line)
        if point.line is None and not point.message:
            point.line = move([code], point.asked_line) if point.asked_line >= code.co_firstlineno else None
            if point.line is None:
                return False
        if point.line is None or point.line not in event_lines(code):
            return False
        residual = point.tree.simplify(KnownCode(facts, {})).simplify(KIND_KNOWN[LINE])
        if not needed(residual):
            return False
        asked: List[Node] = [Test("lineno", "eq", point.line)]
        again = self.lines.comes_back(code, point.path, point.line)
        if again is None:
            return False
        if again:
            asked.append(CallableNode(lambda event: event.frame.f_lasti not in again))
        by_line.append((point, And([*asked, residual])))
        return True

    def _plan_target(
        self, point: Tracepoint, target: Target, facts: CodeFacts, code: CodeType, points: Dict[int, Entries]
    ) -> bool:
        """Plan what begins within a line, where it begins in some code."""
        if facts.file.path != point.path or is_generated(code) or point.line is None:
            return False
        residual = point.tree.simplify(KnownCode(facts, {"lineno": (point.line,)})).simplify(KIND_KNOWN[LINE])
        offsets = self.columns.begins(code, point.path, point.line, target) if needed(residual) else ()
        for offset in offsets:
            points[offset] = (*points.get(offset, ()), Entry(point, residual, LINE, facts, None))
        return bool(offsets)

    def _plan_template(
        self, point: Tracepoint, facts: CodeFacts, template: Template, code: CodeType, by_line: List[Tuple[Tracepoint, Node]]
    ) -> bool:
        """Plan a line of a template in one of its functions: where the parts of that begin that were made of the line."""
        line = template.move(point.asked_line)
        if line != point.line or line is None:
            point.line, point.changed = line, True
            point.message = "" if line is not None else "no code at or after line %d of this template" % point.asked_line
        begins = template.begins(code, event_lines(code)).get(line or 0)
        residual = point.tree.simplify(KnownCode(facts, {})).simplify(KIND_KNOWN[LINE])
        if not begins or not needed(residual):
            return False
        by_line.append((point, And([Test("lineno", "in", frozenset(begins)), residual])))
        return True

    def _plan_node(self, point: Tracepoint, facts: CodeFacts, calls: List[Entry]) -> bool:
        """Plan a line of a template whose nodes are rendered by some code: the call that renders one of that line."""
        if point.path.endswith(PYTHON):
            return False
        lines = tag_lines(point.path)
        line = next((one for one in lines if one >= point.asked_line), None)
        if line != point.line:
            point.line, point.changed = line, True
            point.message = "" if line is not None else "no tag at or after line %d of this template" % point.asked_line
        residual = point.tree.simplify(KnownCode(facts, {})).simplify(KIND_KNOWN[LINE])
        if line is None or not needed(residual):
            return False
        known: Dict[str, bool] = {}

        def here(event: Event) -> bool:
            place = place_of(event.frame)
            if place is None or place.line != line:
                return False
            if place.path not in known:
                known[place.path] = self.source_index.file(place.path).path == point.path
            return known[place.path]

        calls.append(Entry(point, And([CallableNode(here), residual]), CALL, facts, None))
        return True

    def _plan_query(
        self,
        point: Tracepoint,
        facts: CodeFacts,
        code: CodeType,
        entries: List[List[Entry]],
        by_line: List[Tuple[Tracepoint, Node]],
    ) -> bool:
        tree = point.tree.simplify(KnownCode(facts, {}))
        if not needed(tree):
            return False
        found = False
        for kind in point.kinds:
            residual = tree.simplify(KIND_KNOWN[kind])
            if not needed(residual):
                continue
            if kind == LINE and any(field in BY_LINE for node in walk(residual) for field in node.fields()):
                if self._some_line(residual, facts, code):
                    by_line.append((point, residual))
                    found = True
            else:
                entries[kind].append(Entry(point, residual, kind, facts, code))
                found = True
        return found

    @staticmethod
    def _some_line(residual: Node, facts: CodeFacts, code: CodeType) -> bool:
        if not any("lineno" in node.fields() for node in walk(residual)):
            return True  # by its source: asked when a line is reached
        return any(needed(residual.simplify(KnownCode(facts, {"lineno": (line,)}))) for line in event_lines(code))

    def entries_at(self, plan: DispatchTable, line: int, frame: FrameType) -> Entries:
        """Return the entries of one line, deciding on it when it is first reached."""
        found = list(plan.entries[LINE])
        if plan.by_line:
            extra: Dict[str, Tuple[Any, ...]] = {"lineno": (line,)}
            if any(field != "lineno" for _, node in plan.by_line for one in walk(node) for field in one.fields()):
                source = self.source_index.source(plan.facts.file, line, frame.f_globals)
                extra["source"] = extra["fullsource"] = (source,)
            for point, node in plan.by_line:
                residual = node.simplify(KnownCode(plan.facts, extra))
                if needed(residual):
                    found.append(Entry(point, residual, LINE, plan.facts, frame.f_code if plan.facts.template is None else None))
        entries = tuple(found)
        plan.lines[line] = entries
        return entries

    # Judging.

    def deliver(
        self,
        entries: Sequence[Entry],
        kind: int,
        frame: FrameType,
        facts: CodeFacts,
        arg: Any,
        return_op: bool,
        guarded: bool = False,
        stood: bool = False,
    ) -> None:
        """Ask the Tracepoints of those entries about an event; guarded: their guards have been asked; stood: the thread
        has just been stopped in that very place.

        Raises nothing of our own.
        """
        if self.ending and guest.is_machinery(frame):
            return
        event: Optional[Event] = None
        for entry in entries:
            point = entry.tracepoint
            if not point.active:
                continue
            try:
                if entry.guard is not None and not guarded and not entry.guard(frame):
                    continue
                if entry.short is not None and entry.short(frame, arg, return_op):
                    continue
                if event is None:
                    place = place_of(frame) if facts.node else None
                    if place is not None:
                        facts = self.source_index.of_node(frame.f_code, place.path)
                    line = place.line if place is not None else facts.line(frame.f_lineno or 0)
                    event = Event(frame, kind, arg, facts, line, self.counters, return_op)
                else:
                    event.todo = None
                if entry.test(event):  # type: ignore[misc]
                    point.hit(event)
            except RecursionError:
                raise
            except BaseException as error:
                if guest.is_foreign(error):
                    raise
                point.failed(error, where(kind, facts, frame), frame)
        if event is not None and event.stops and self.stops is not None and not stood:
            self.stops.hit(event, event.stops)

    def guard_failed(self, entry: Entry, error: Exception, kind: int, facts: CodeFacts, frame: FrameType) -> None:
        """A guard that a backend asked by itself has raised."""
        entry.tracepoint.failed(error, where(kind, facts, frame), frame)

    # Telling.

    def codes_of(self, point: Tracepoint) -> List[CodeType]:
        """Return the code objects that a Tracepoint is asked in."""
        plans = [self.plans.get(key) for key in list(point.codes)]
        codes = [plan.ref() for plan in plans if plan is not None]
        return [code for code in codes if code is not None]

    def statuses(self, changed_only: bool) -> List[Dict[str, Any]]:
        """Return the STATUS of the Tracepoints (that changed), and take the changes as told."""
        told: List[Dict[str, Any]] = []
        for point in list(self.tracepoints.values()):
            point.settle()
            if point.changed or not changed_only:
                point.changed = False
                told.append(point.status())
        return told

    def name_nearest(self) -> None:
        """Tell of Tracepoints that match nothing whether their code is there, else the nearest names seen."""
        seen = len(self.source_index.functions), len(sys.modules), self.revision
        idle = [point for point in self.tracepoints.values() if point.active and not point.codes]
        if self._names_seen == seen or not idle or not self.nearest.defined.look():
            return
        self._names_seen = seen
        for point in idle:
            told = self.nearest.of(point.tree)
            if told != (point.there, point.names):
                point.there, point.names = told
                point.changed = True


def _nothing() -> None:
    pass


def where(kind: int, facts: CodeFacts, frame: FrameType) -> str:
    """Say at which event something failed."""
    return "%s of %s (%s:%s)" % (KINDS[kind], facts.qualname, facts.file.shown, frame.f_lineno)


__all__ = ["TracepointTable", "DispatchTable", "Entry", "CallableNode", "CALL", "RETURN", "EXCEPTION"]
