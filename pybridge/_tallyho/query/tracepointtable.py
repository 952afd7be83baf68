"""All Tracepoints of this process, and for each code object the dispatch table of what to ask there.

A dispatch table is made at a code object's first sight and again when tracepoints change.
Its entries are what a backend looks up at an event: where there are none, nothing is paid.
"""

from __future__ import annotations

import sys
from time import monotonic_ns
from types import CodeType, FrameType
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Set

from ..base import guest
from ..base.coderef import CodeRef
from ..base.locate import CodeLines
from ..program.djangos import place_of
from ..program.event import KINDS, Event, RunState
from ..program.fields import CodeFacts, SourceIndex
from ..wire.records import Records
from .budget import Budget, Purse, used_ns
from .deciding import Decider
from .dispatch import DispatchTable, Entries, Entry
from .exceptionfilter import ExceptionFilter
from .nearest import Nearest
from .surroundings import Halting, Noting, Surroundings, WithinLines
from .tracepoint import Tracepoint


class TracepointTable:
    """The Tracepoints and the dispatch tables. Changed by the reader's thread, read by all."""

    def __init__(
        self,
        source_index: SourceIndex,
        records: Records,
        run: RunState,
        dispatches: Dict[int, DispatchTable],
        lines: CodeLines,
        columns: WithinLines,
        halting: Optional[Halting] = None,
    ) -> None:
        self.source_index = source_index
        self.records = records
        self.run = run
        self.halting = halting
        self.dispatches = dispatches
        self.tracepoints: Dict[int, Tracepoint] = {}
        self.asked = False
        """Whether there is a Tracepoint that is not about exceptions alone."""
        self.exception_filters: List[ExceptionFilter] = []
        self.silenced = False
        """Whether one of them is about exceptions that are swallowed, and wants to know which lines run before."""
        self.recorder: Optional[Noting] = None
        self.removed: List[Tracepoint] = []
        """The Tracepoints that the last change took away: their last status is still to be told."""
        self.purse: Optional[Purse] = None
        """The time that Tracepoints with a budget may spend; None where none has a budget."""
        self.forget_lines: Callable[[], object] = _nothing
        self.untidy = False
        self.revision = 0
        self.gone = self._gone  # one for all references
        self._names_seen = 0, 0, 0
        self.nearest = Nearest(source_index)
        self.around = Surroundings(source_index, records, run, halting, lines.codes, self._codes, self._disarmed)
        self.decider = Decider(self.around, lines, columns)

    def configure(self, config: Mapping[str, Any], native: Any, hand_over: Optional[Callable[[], None]]) -> None:
        """Take what the configuration says about judging and showing, for the tracepoints that come from now on."""
        self.around = self.around.configured(config, native, hand_over)

    def record(self, recorder: Noting) -> None:
        """Have a recorder note every event of the code that it wants."""
        self.recorder = recorder

    def listen(self, changed: Callable[[], object]) -> None:
        """Have `changed` called whenever other things may be asked at lines: C has to forget what it knows then."""
        recorder = self.recorder
        if recorder is None:
            self.forget_lines = changed
            return
        replanned = recorder.replanned

        def both() -> None:
            changed()
            replanned()

        self.forget_lines = both

    def _disarmed(self) -> None:
        """A Tracepoint asks nothing more: its probes go at the bridge's next turn."""
        self.untidy = True
        self.forget_lines()

    def tidy(self) -> bool:
        """Report, once, whether there are probes that no tracepoint wants any more."""
        untidy, self.untidy = self.untidy, False
        return untidy

    # Arming.

    def change(self, revision: int, add: Iterable[Mapping[str, Any]], remove: Iterable[int]) -> None:
        """Add and remove Tracepoints; the backend re-plans afterwards."""
        self.revision = revision
        points = dict(self.tracepoints)
        self.removed = [points.pop(int(one)) for one in remove if int(one) in points]
        self.decider.forget()
        for spec in add:
            if not isinstance(spec, dict) or type(spec.get("id")) is not int:
                continue  # nobody could be told of it
            point = Tracepoint(self.around, spec)
            if point.path and point.active:
                self.decider.locate(point)
            points[point.id] = point
        self.tracepoints = points
        self._budget([point.budget for point in points.values() if point.budget is not None])
        active = [point for point in points.values() if point.active]
        self.asked = any(point.exceptions is None for point in active)
        self.exception_filters = [point.exceptions for point in active if point.exceptions is not None]
        self.silenced = any(one.when == "silenced" for one in self.exception_filters)

    def _budget(self, budgets: List[Budget]) -> None:
        """Measure what tracepoints cost, from the first one on that has a budget."""
        if budgets and self.purse is None:
            self.purse = Purse()
        if self.purse is not None:
            self.purse.take(budgets)

    def charge(self, entries: Sequence[Entry], began: int) -> None:
        """Asking those entries took from then until now."""
        if self.purse is not None:
            self.purse.charge(entries, used_ns() - began, monotonic_ns())

    def last_words(self) -> List[Dict[str, Any]]:
        """Return, once, the STATUS of the Tracepoints that the last change took away."""
        removed, self.removed = self.removed, []
        return [point.status() for point in removed]

    def may_ask(self, code: CodeType) -> bool:
        """Report whether a Tracepoint may want anything of a code object before an exception is raised in it, as far as
        that can be said without a dispatch table."""
        if self.asked or self.recorder is not None and self.recorder.wants(code):
            return True
        return self.silenced and any(one.wants(code) for one in self.exception_filters)

    def forget(self) -> None:
        """Let go of everything that was asked and seen: a suspended generator may hold us by its trace function."""
        self.tracepoints = {}
        self.removed, self.purse = [], None
        self.dispatches.clear()
        self.forget_lines()

    def relocate(self, path: str) -> None:
        """Find the lines of a file's Tracepoints anew, since its text has changed; the backend re-plans afterwards."""
        self.decider.forget()
        for point in self.tracepoints.values():
            if point.active and point.path == path:
                point.lost()
                self.decider.locate(point)

    def active(self) -> List[Tracepoint]:
        """Return the Tracepoints that ask."""
        return [point for point in self.tracepoints.values() if point.active]

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
        """Make the dispatch table of a code object, at its first sight."""
        key = id(code)
        ref = CodeRef(code, self.gone)
        ref.key = key
        with guest.BlockedSignals():
            dispatch = DispatchTable(ref, self.source_index.facts(code, globals_))
            decided = None
            while decided is not self.tracepoints:  # a change in another thread renews those that it finds
                decided = self.tracepoints
                self.renew(dispatch, code)
                self.dispatches[key] = dispatch
        return dispatch

    def _gone(self, ref: CodeRef) -> None:
        dispatch = self.dispatches.get(ref.key)
        if dispatch is not None and dispatch.ref is ref:
            del self.dispatches[ref.key]
            self.forget_lines()
            self.records.forget_code(ref.key)
            if self.recorder is not None:
                self.recorder.forget(ref.key)

    def renew(self, dispatch: DispatchTable, code: CodeType) -> None:
        """Decide what is asked in a code object."""
        recorder = self.recorder if self.recorder is not None and self.recorder.wants(code) else None
        if self.tracepoints or recorder is not None:
            self.decider.decide(dispatch, code, self.tracepoints.values(), recorder)
        else:
            dispatch.clear()
        self.forget_lines()

    def entries_at(self, dispatch: DispatchTable, line: int, frame: FrameType) -> Entries:
        """Return the entries of one line, deciding on it when it is first reached."""
        return self.decider.entries_at(dispatch, line, frame)

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
        if self.run.ending and guest.is_machinery(frame):
            return
        event: Optional[Event] = None
        began = used_ns() if self.purse is not None else 0
        for entry in entries:
            point = entry.tracepoint
            if not point.active:
                continue
            try:
                if entry.guard is not None and not guarded and not entry.guard(frame):
                    continue
                if entry.says is not None and not entry.says(frame, arg, return_op):
                    continue
                if entry.short is not None and entry.short(frame, arg, return_op):
                    continue
                if event is None:
                    place = place_of(frame) if facts.node else None
                    if place is not None:
                        facts = self.source_index.of_node(frame.f_code, place.path)
                    line = place.line if place is not None else facts.line(frame.f_lineno or 0)
                    event = Event(frame, kind, arg, facts, line, self.run, return_op)
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
        if began:
            self.charge(entries, began)
        if event is not None and event.stops and self.halting is not None and not stood:
            self.halting.hit(event, event.stops, self.tracepoints.get(event.stops[0]))

    def guard_failed(self, entry: Entry, error: Exception, kind: int, facts: CodeFacts, frame: FrameType) -> None:
        """A guard that a backend asked by itself has raised."""
        entry.tracepoint.failed(error, where(kind, facts, frame), frame)

    # Telling.

    def _codes(self, keys: Set[int]) -> List[CodeType]:
        """Return the code objects with these ids that still live."""
        dispatches = [self.dispatches.get(key) for key in list(keys)]
        codes = [dispatch.ref() for dispatch in dispatches if dispatch is not None]
        return [code for code in codes if code is not None]

    def statuses(self, changed_only: bool) -> List[Dict[str, Any]]:
        """Return the STATUS of the Tracepoints (that changed), and take the changes as told."""
        told: List[Dict[str, Any]] = []
        for point in list(self.tracepoints.values()):
            point.settle()
            if point.has_news() or not changed_only:
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
            point.near(*self.nearest.of(point.tree))


def _nothing() -> None:
    pass


def where(kind: int, facts: CodeFacts, frame: FrameType) -> str:
    """Say at which event something failed."""
    return "%s of %s (%s:%s)" % (KINDS[kind], facts.qualname, facts.file.shown, frame.f_lineno)


__all__ = ["TracepointTable"]
