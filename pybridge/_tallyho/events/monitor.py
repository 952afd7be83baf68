"""The backend on sys.monitoring (CPython 3.12 and newer).

Global PY_START finds code objects and answers DISABLE; whatever else is wanted
is a local event of the code object that wants it. RAISE, PY_UNWIND and PY_THROW
cannot be local below 3.15, and are on only while somebody wants exceptions, returns
or calls; from 3.15 on those of a tally are local events of the code that it counts.
The stream of events equals settrace's: call is START, RESUME and THROW; return is
RETURN, YIELD and UNWIND; a line is LINE, or a JUMP back within a line.
"""

from __future__ import annotations

from types import CodeType
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from ..base import guest, turns
from ..base.behaviour import EXCEPTIONS_ARE_LOCAL
from ..base.guest import before_leaving, leaving, without_ours
from ..base.monitoring import (
    C_RAISE,
    C_RETURN,
    CALLS,
    INSTRUCTION,
    JUMP,
    LINES,
    RAISE,
    RESUME,
    RETURNS,
    START,
    STOP_ITERATION,
    THROW,
    UNWIND,
    YIELDS,
)
from ..base.monitoring import api as _m
from ..base.patientlock import PatientLock
from ..base.tallied import typed_name
from ..base.turns import in_turn
from ..base.unseen import unseen
from ..program.event import CALL, EXCEPTION, RETURN
from ..query.dispatch import DispatchTable
from ..query.surroundings import Halting
from ..query.tracepointtable import TracepointTable
from .callbacks import Callbacks
from .cfunctions import Profiler
from .firstsight import FirstSight
from .gates import Gates
from .linecallback import make_on_line
from .othertools import NAME, OtherTools
from .probes import Probes
from .raisecallback import make_on_raise
from .swallowed import Swallowed, swallows
from .underway import underway

if TYPE_CHECKING:
    from ..tally.tally import Tally

TOOLS = (4, 3)


def _nothing() -> None:
    pass


class NoTool(Exception):
    """No tool id is free; the argument says who holds them."""


class Monitor:
    """One tool of sys.monitoring, and its callbacks."""

    def __init__(self, table: TracepointTable, stops: Halting) -> None:
        self.table = table
        self.stops = stops
        self.dispatches: Dict[int, DispatchTable] = table.dispatches
        self.tally: Optional[Tally] = None
        self.swallowed: Optional[Swallowed] = None  # where INSTRUCTION can be
        self.tool = self._claim()
        self.gates = Gates(table, None)
        self.others = OtherTools(self.tool)
        self.probes = Probes(self.tool, self.dispatches, self.others, self.take, self._reached, self._rearmed)
        self.untaken = False
        """Whether code that is counted raw is to be planned now, since other tools can take its events away."""
        self.forget_raises: Callable[[], None] = _nothing
        self.callbacks: Optional[Callbacks] = None
        self.registered: List[int] = []
        self.on = False
        self.seeing = PatientLock()
        self.first = FirstSight(table, self.tool, self.others, self.see, self.take, self.look_around)

    @staticmethod
    def _claim() -> int:
        held = []
        for tool in TOOLS:
            try:
                _m.use_tool_id(tool, NAME)
                return tool
            except ValueError:
                held.append("%d by %s" % (tool, _m.get_tool(tool)))
        raise NoTool("no id of sys.monitoring is free: " + ", ".join(held))

    def start(self, tally: Optional[Tally], native: Any = None, native_raw: Any = None) -> None:
        """Begin to see code objects; native: the accelerator, where events may be written by it; native_raw: its Raw."""
        self.tally = tally
        frames = tally.frames if tally is not None else None
        self.gates = gates = Gates(self.table, native)
        on = self.callbacks = Callbacks(
            self.table, self.stops, frames, self._meet, self.see, self.first.raised, self.first.passed, lambda: self.seeing, gates.silence
        )
        self.probes.begin(tally)
        if tally is not None:
            self.swallowed = Swallowed(tally.missed) if swallows(self.tool) else None
            self.others.start(self.swallowed is not None)
            self._register(INSTRUCTION, tally.on_instruction)
        else:
            self._register(INSTRUCTION, on.on_instruction)
        self._register(THROW, gates.before(THROW, on.on_throw))
        self._register(UNWIND, gates.before(UNWIND, on.on_unwind))
        on_line, forget_lines = make_on_line(self.table, self.tool, tally, self.swallowed, native, lambda: self.on, gates.silence)

        def forget() -> None:
            forget_lines()
            gates.forget()

        on_line = gates.before(LINES, on_line)
        on_start = gates.before(START, self.first.begin(on.on_start, tally, native, native_raw))
        on_return = gates.before(RETURNS, tally.returns(on.on_return) if tally is not None else on.on_return)
        on_resume, on_yield = gates.before(RESUME, on.on_resume), gates.before(YIELDS, on.on_yield)
        on_jump, on_stop = on.on_jump, on.on_stop_iteration
        if self.table.recorder is not None:
            on_line, on_start, on_resume, on_return, on_yield, on_jump, on_stop = self.table.recorder.before(
                None if tally is None else tally.on_instruction, on_line, on_start, on_resume, on_return, on_yield, on_jump, on_stop
            )
        self._register(LINES, on_line)
        self._register(START, on_start)
        self._register(RESUME, on_resume)
        self._register(RETURNS, on_return)
        self._register(YIELDS, on_yield)
        self.table.listen(forget)
        self._register(JUMP, on_jump)
        on_raise, self.forget_raises = make_on_raise(self.dispatches, on.raised, self.left_us, self.stops.outcomes, tally, native, gates)
        self._register(RAISE, on_raise)
        self._register(STOP_ITERATION, on_stop)
        profiler = Profiler(self.table.source_index, self.table.run, self.dispatches, self.table.charge)
        self._register(CALLS, profiler.on_call)
        self._register(C_RETURN, profiler.on_return)
        self._register(C_RAISE, profiler.on_raise)
        self.on = True
        before_leaving.append(self._leaving)
        self.replan()

    def catch_up(self) -> None:
        """See the code of a program that runs already: it may never start again."""
        for code, globals_ in underway():
            if id(code) not in self.dispatches and not guest.is_ours(code):
                self._meet(code, globals_)

    def _meet(self, code: CodeType, globals_: Dict[str, Any]) -> Optional[DispatchTable]:
        """Make the dispatch table of new code, unless the code is passed over."""
        if self.others.expected(code):
            self._beware()
        return None if self.first.pass_over(code, globals_) else self.see(code, globals_)

    def _register(self, event: int, callback: Callable[..., Any]) -> None:
        _m.register_callback(self.tool, event, in_turn(callback))
        self.registered.append(event)

    def release(self) -> None:
        """Give the tool id back without having started."""
        _m.free_tool_id(self.tool)

    def stop(self) -> None:
        """Ask for nothing any more and give the tool id back (rule: 3.12 and 3.13 clear nothing themselves)."""
        if not self.on:
            return
        self.on = False
        before_leaving.remove(self._leaving)
        self.probes.end()
        self.first.stop()
        self.others.stop()
        for event in self.registered:
            _m.register_callback(self.tool, event, None)
        _m.free_tool_id(self.tool)
        if self.tally is not None:
            self.tally.returns(None)
        self.table.forget_lines()

    def restart(self) -> None:
        """Start afresh in a forked child, where a thread that held the lock does not exist."""
        self.seeing = PatientLock()
        self.first.verdicts.clear()
        self.forget_raises()

    @staticmethod
    def unseen(work: Callable[[], None]) -> None:
        """Do work of ours in a thread of the program, outside of callbacks, without an event of it."""
        unseen(work)

    # Planning.

    def replan(self) -> None:
        """Take the tracepoints as they are now, for all code seen so far."""
        counting = self.table.wants_calls()
        self.probes.count_calls(counting)
        if self.callbacks is not None:
            self.callbacks.count_calls(counting)
        self.gates.count_calls(counting)
        self.forget_raises()
        self.first.replan(counting)
        for dispatch in list(self.dispatches.values()):
            code = dispatch.ref()
            if code is not None:
                self.table.renew(dispatch, code)
                self.probes.arm(dispatch, code)
        self.probes.wake_starts()
        wanted = START
        if self.table.wants(CALL) or counting:
            wanted |= THROW
        if self.table.wants(RETURN) or counting:  # without it a generator that is closed need not say so (gh-111069)
            wanted |= UNWIND
        if self.table.wants(EXCEPTION):
            wanted |= RAISE
        if self.tally is not None and self.tally.wants_raise and not EXCEPTIONS_ARE_LOCAL:
            wanted |= RAISE | UNWIND
        self.probes.everywhere(wanted)

    def set_events(self, code: CodeType, who: str, mask: int) -> None:
        """Set the local events that one asker wants of this code; the union of all is armed."""
        self.probes.set_events(code, who, mask)

    def again(self, code: CodeType, events: int) -> None:
        """Have the places of these local events fire again that have answered DISABLE, and miss none meanwhile."""
        self.probes.again(code, events)

    @property
    def doubt(self) -> str:
        """Why counts are lower bounds; "" where they are exact."""
        return self.others.doubt or (turns.doubt() if self.tally is not None else "")

    def look_around(self) -> None:
        """See whether other tools have come. Called when code is seen, and now and then."""
        if self.others.look() and self.tally is not None:
            if self.others.wary and self.others.ask_for_lines():
                self._beware()
            self.first.know_tools()
            if self.others.unkept:
                self.untaken = True
                self.probes.count_again()

    def settle(self) -> None:
        """Look around. Called now and then by the reader's thread."""
        self.look_around()
        if self.others.noticed():
            self._beware()
        if self.untaken:
            self.untaken = False
            self.first.take_all()

    def _beware(self) -> None:
        """Another tool may ask for lines from now on: keep LINE on where statements are counted."""
        self.others.expect_lines()
        self.first.know_tools()
        for dispatch in list(self.dispatches.values()):
            code = dispatch.ref()
            if code is not None and dispatch.mask & INSTRUCTION:
                self.probes.arm(dispatch, code, False)
        self.first.hold_all()

    def see(self, code: CodeType, globals_: Dict[str, Any], silent: bool = False) -> Optional[DispatchTable]:
        """Make the dispatch table of a code object at its first sight; None for our own. silent: its PY_START has answered DISABLE."""
        if guest.is_ours(code):
            return None
        # Another thread that comes to the same code waits in on_start, or it would run uncounted.
        held = self.seeing.take()
        try:
            with guest.BlockedSignals():  # what a signal handler raised would leave it half planned, for good
                dispatch = self.table.see(code, globals_)
                dispatch.start_silent = silent
                self.first.know_loader(dispatch.facts.file.path, globals_)
                self._tally_it(dispatch, code, False)
                dispatch.ready = True
        finally:
            if held:
                self.seeing.give()
        self.first.unplanned.planned(code)
        return dispatch

    def take(self, code: CodeType) -> None:
        """Make the dispatch table and the Plan of code that was counted raw until now, and arm what they need. In a forked child the first
        take only counts the code raw anew."""
        raw = self.first.raw
        if raw is None:
            return
        held = self.seeing.take()
        try:
            if raw.counts(code) and not self.first.renew(code):  # no other thread was quicker
                dispatch = self.dispatches.get(id(code)) or self.table.see(code, {"__name__": self.first.unplanned.module(code)})
                dispatch.start_silent = True
                self._tally_it(dispatch, code, True)
                dispatch.ready = True
                raw.end(code)
        finally:
            if held:
                self.seeing.give()

    def _tally_it(self, dispatch: DispatchTable, code: CodeType, now: bool) -> None:
        """Have a code object counted, if it is tallied; now: by its Plan and not raw."""
        tally = self.tally
        self.forget_raises()
        mask = 0
        path = dispatch.facts.file.path or typed_name(code)
        if tally is not None and path and tally.wants(code, path, dispatch.facts.template):
            dispatch.tally = True
            mask = tally.events(code, now or bool(dispatch.points))
            if mask & INSTRUCTION:
                self.look_around()
        dispatch.masks["tally"] = mask | dispatch.masks.get("tally", 0)
        dispatch.tally_lines = bool(mask & LINES)
        dispatch.plain = dispatch.plain and not dispatch.tally_lines
        self.table.forget_lines()
        self.probes.arm(dispatch, code)

    def _rearmed(self, code: CodeType) -> None:
        if self.table.recorder is not None:
            self.table.recorder.replanned(code)

    def _reached(self, code: CodeType, offset: int, frame: Any) -> None:
        if self.callbacks is not None:
            self.callbacks.reached(code, offset, frame)

    # Exceptions that go through us.

    def left_us(self, exception: BaseException) -> None:
        """An exception has gone through a callback into the program, which is not to see that."""
        without_ours(exception)
        leaving[0] = False
        if self.on:
            self.probes.as_wanted()

    def _leaving(self, error: BaseException) -> None:
        if self.on:
            self.probes.raising()


__all__ = ["Monitor", "NoTool"]
