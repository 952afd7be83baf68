"""The backend on sys.monitoring (CPython 3.12 and newer).

Global PY_START finds code objects and answers DISABLE; whatever else is wanted
is a local event of the code object that wants it. RAISE, PY_UNWIND and PY_THROW
cannot be local and are on only while somebody wants exceptions, returns or
calls. The stream of events equals settrace's: call is START, RESUME and THROW;
return is RETURN, YIELD and UNWIND; a line is LINE, or a JUMP back within a line.
"""

from __future__ import annotations

import opcode
import sys
from _thread import get_ident
from types import CodeType
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from ..base import guest
from ..base.guest import before_leaving, leaving, too_deep, without_ours
from ..base.linetable import line_at
from ..base.monitoring import (
    C_RAISE,
    C_RETURN,
    CALLS,
    DISABLE,
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
from ..base.unseen import DOOR, opened, unseen
from ..program.event import CALL, EXCEPTION, LINE, RETURN
from ..query.dispatch import DispatchTable
from ..query.tracepointtable import TracepointTable
from ..stops.threadcontrol import ThreadControl
from .cfunctions import Profiler
from .firstsight import FirstSight
from .linecallback import make_on_line
from .othertools import NAME, OtherTools
from .probes import Probes
from .raisecallback import make_on_raise
from .swallowed import Swallowed, swallows
from .underway import underway

if TYPE_CHECKING:
    from ..tally.tally import Tally

TOOLS = (4, 3)

_END_FOR = opcode.opmap["END_FOR"]
_getframe = sys._getframe


def _nothing() -> None:
    pass


class NoTool(Exception):
    """No tool id is free; the argument says who holds them."""


class Monitor:
    """One tool of sys.monitoring, and its callbacks."""

    def __init__(self, table: TracepointTable, stops: ThreadControl) -> None:
        self.table = table
        self.stops = stops
        self.plans: Dict[int, DispatchTable] = table.plans
        self.tally: Optional[Tally] = None
        self.swallowed: Optional[Swallowed] = None  # where INSTRUCTION can be
        self.counting = False
        self.tool = self._claim()
        self.others = OtherTools(self.tool)
        self.probes = Probes(self.tool, self.plans, self.others, self.take, self.reached)
        self.untaken = False
        """What is counted raw is to be planned, since its events may be taken away."""
        self.forget_raises: Callable[[], None] = _nothing
        self.callbacks: List[int] = []
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

    def start(self, tally: Optional[Tally], native: Any = None, hand: Any = None) -> None:
        """Begin to see code objects; native: the accelerator, where events may be written by it; hand: its Raw."""
        self.tally = tally
        self.probes.begin(tally)
        if tally is not None:
            self.swallowed = Swallowed(tally.missed) if swallows(self.tool) else None
            self.others.start(self.swallowed is not None)
            self._register(INSTRUCTION, tally.on_instruction)
        else:
            self._register(INSTRUCTION, self.on_instruction)
        self._register(START, self.first.begin(self.on_start, tally, native, hand))
        self._register(RESUME, self.on_resume)
        self._register(THROW, self.on_throw)
        self._register(RETURNS, tally.returns(self.on_return) if tally is not None else self.on_return)
        self._register(YIELDS, self.on_yield)
        self._register(UNWIND, self.on_unwind)
        on_line, forget_lines = make_on_line(self.table, self.tool, tally, self.swallowed, native, lambda: self.on)
        self.table.listen(forget_lines)
        self._register(LINES, on_line)
        self._register(JUMP, self.on_jump)
        on_raise, self.forget_raises = make_on_raise(self.plans, self.raised, self.left_us, self.stops.settled, tally is not None, native)
        self._register(RAISE, on_raise)
        self._register(STOP_ITERATION, self.on_stop_iteration)
        profiler = Profiler(self.table.source_index, self.table.run, self.plans, self.table.charge)
        self._register(CALLS, profiler.on_call)
        self._register(C_RETURN, profiler.on_return)
        self._register(C_RAISE, profiler.on_raise)
        self.on = True
        before_leaving.append(self._leaving)
        self.replan()

    def catch_up(self) -> None:
        """See the code of a program that runs already: it may never start again."""
        for code, globals_ in underway():
            if id(code) not in self.plans and not guest.is_ours(code):
                self._meet(code, globals_)

    def _meet(self, code: CodeType, globals_: Dict[str, Any]) -> Optional[DispatchTable]:
        """Plan code that is new, unless it is passed over."""
        if self.others.expected(code):
            self._beware()
        return None if self.first.pass_over(code, globals_) else self.see(code, globals_)

    def _register(self, event: int, callback: Callable[..., Any]) -> None:
        _m.register_callback(self.tool, event, callback)
        self.callbacks.append(event)

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
        for event in self.callbacks:
            _m.register_callback(self.tool, event, None)
        _m.free_tool_id(self.tool)
        if self.tally is not None:
            self.tally.returns(None)
        self.table.forget_lines()

    def restart(self) -> None:
        """Start afresh in a forked child, where a thread that held the lock does not exist."""
        self.seeing = PatientLock()
        self.first.verdicts.clear()

    @staticmethod
    def unseen(work: Callable[[], None]) -> None:
        """Do work of ours in a thread of the program, outside of callbacks, without an event of it."""
        unseen(work)

    # Planning.

    def replan(self) -> None:
        """Take the tracepoints as they are now, for all code seen so far."""
        self.counting = self.table.wants_calls()
        self.probes.count_calls(self.counting)
        self.forget_raises()
        self.first.replan(self.counting)
        for plan in list(self.plans.values()):
            code = plan.ref()
            if code is not None:
                self.table.plan(plan, code)
                self.probes.arm(plan, code)
        self.probes.wake_starts()
        wanted = START
        if self.table.wants(CALL) or self.counting:
            wanted |= THROW
        if self.table.wants(RETURN):
            wanted |= UNWIND
        if self.table.wants(EXCEPTION):
            wanted |= RAISE
        if self.tally is not None and self.tally.wants_raise:
            wanted |= RAISE | UNWIND
        self.probes.everywhere(wanted)

    def set_events(self, code: CodeType, who: str, mask: int) -> None:
        """Set the local events that one asker wants of this code; the union of all is armed."""
        self.probes.set_events(code, who, mask)

    @property
    def doubt(self) -> str:
        """Why counts are lower bounds; "" where they are exact."""
        return self.others.doubt

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
        """Somebody may trace lines from now on."""
        self.others.expect_lines()
        self.first.know_tools()
        for plan in list(self.plans.values()):
            code = plan.ref()
            if code is not None and plan.mask & INSTRUCTION:
                self.probes.arm(plan, code, False)
        self.first.hold_all()

    def see(self, code: CodeType, globals_: Dict[str, Any], silent: bool = False) -> Optional[DispatchTable]:
        """Plan a code object at its first sight; None for our own. Silent: its PY_START has answered DISABLE."""
        if guest.is_ours(code):
            return None
        # Another thread that comes to the same code waits in on_start, or it would run uncounted.
        held = self.seeing.take()
        try:
            with guest.BlockedSignals():  # what a signal handler raised would leave it half planned, for good
                plan = self.table.see(code, globals_)
                plan.start_silent = silent
                self.first.know_loader(plan.facts.file.path, globals_)
                self._tally_it(plan, code, False)
                plan.ready = True
        finally:
            if held:
                self.seeing.give()
        self.first.unplanned.planned(code)
        return plan

    def take(self, code: CodeType) -> None:
        """Plan code that was counted raw until now, and arm what it needs; in a forked child, count it raw once more first."""
        raw = self.first.raw
        if raw is None:
            return
        held = self.seeing.take()
        try:
            if raw.counts(code) and not self.first.renew(code):  # no other thread was quicker
                plan = self.plans.get(id(code)) or self.table.see(code, {"__name__": self.first.unplanned.module(code)})
                plan.start_silent = True
                self._tally_it(plan, code, True)
                plan.ready = True
                raw.end(code)
        finally:
            if held:
                self.seeing.give()

    def _tally_it(self, plan: DispatchTable, code: CodeType, now: bool) -> None:
        """Have a code object counted, where it is to be; now: by a plan of its own, not raw."""
        tally = self.tally
        self.forget_raises()
        mask = 0
        path = plan.facts.file.path or typed_name(code)
        if tally is not None and path and tally.wants(code, path, plan.facts.template):
            plan.tally = True
            mask = tally.events(code, now or bool(plan.points))
            if mask & INSTRUCTION:
                self.look_around()
        plan.masks["tally"] = mask | plan.masks.get("tally", 0)
        plan.tally_lines = bool(mask & LINES)
        plan.plain = plan.plain and not plan.tally_lines
        self.table.forget_lines()
        self.probes.arm(plan, code)

    def _wait_until_seen(self) -> None:
        if self.seeing.take():
            self.seeing.give()

    def on_instruction(self, code: CodeType, offset: int) -> Any:
        """INSTRUCTION, where nothing is counted."""
        try:
            plan = self.plans.get(id(code))
            if plan is None or offset not in plan.points:
                return DISABLE
            self.reached(code, offset, _getframe(1))
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def reached(self, code: CodeType, offset: int, frame: Any) -> None:
        """Something within a line begins: a line, as far as its tracepoints are concerned."""
        plan = self.plans.get(id(code))
        entries = plan.points.get(offset) if plan is not None else None
        if plan is None or not entries or frame.f_code is not code or plan.shared and get_ident() == guest.reader_ident():
            return
        stood = self.stops.past(frame, offset)
        self.table.deliver(entries, LINE, frame, plan.facts, None, False, stood=stood)
        self.stops.line_is_over()

    # Callbacks. The frame is the caller's. Nothing leaves them but what the program itself raised: each has the guard that
    # guest.leave tells of.

    def on_start(self, code: CodeType, offset: int) -> Any:
        """PY_START: see new code; deliver a call."""
        try:
            plan = self.plans.get(id(code))
            if plan is None:
                if code is DOOR:
                    opened()
                    return None
                plan = self._meet(code, _getframe(1).f_globals)
                if plan is None:
                    return DISABLE
            elif not plan.ready:
                self._wait_until_seen()
            if plan.tally and plan.masks.get("tally", 0) & START:
                self.tally.on_start(code, offset)  # type: ignore[union-attr]
            if plan.direct is not None and not self.counting and plan.direct(_getframe(1), None, False):
                return None
            entries = plan.entries[CALL]
            if entries:
                self._deliver(entries, CALL, code, plan, None, False)
            if self.counting:
                self._count(plan)
                return None
            if not entries and not plan.mask & START:
                plan.start_silent = True
                return DISABLE
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def _count(self, plan: DispatchTable) -> None:
        if get_ident() != guest.reader_ident():
            self.table.run.called()

    def on_resume(self, code: CodeType, offset: int) -> Any:
        """PY_RESUME: a call."""
        try:
            self._called(code)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def on_throw(self, code: CodeType, offset: int, exception: BaseException) -> Any:
        """PY_THROW: a call; global, never disabled."""
        try:
            self._called(code)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def _called(self, code: CodeType) -> None:
        plan = self.plans.get(id(code)) or self.see(code, _getframe(2).f_globals)
        if plan is None:
            return
        entries = plan.entries[CALL]
        if entries:
            frame = _getframe(2)
            if frame.f_code is code and not (plan.shared and get_ident() == guest.reader_ident()):
                self.table.deliver(entries, CALL, frame, plan.facts, None, False)
        if self.counting:
            self._count(plan)

    def on_return(self, code: CodeType, offset: int, value: Any) -> Any:
        """PY_RETURN: a return."""
        try:
            plan = self.plans.get(id(code))
            if plan is None:
                return None
            if plan.tally:
                self.tally.on_return(code, offset, value)  # type: ignore[union-attr]
            entries = plan.entries[RETURN]
            if entries:
                self._deliver(entries, RETURN, code, plan, value, True)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def on_yield(self, code: CodeType, offset: int, value: Any) -> Any:
        """PY_YIELD: a return."""
        try:
            plan = self.plans.get(id(code))
            if plan is None:
                return None
            if plan.tally:
                self.tally.on_yield(code, offset, value)  # type: ignore[union-attr]
            entries = plan.entries[RETURN]
            if entries:
                self._deliver(entries, RETURN, code, plan, value, False)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def on_unwind(self, code: CodeType, offset: int, exception: BaseException) -> Any:
        """PY_UNWIND: a return of None, as settrace has it; global."""
        try:
            plan = self.plans.get(id(code))
            if plan is None:
                return None
            if plan.tally:
                self.tally.on_unwind(code, offset, exception)  # type: ignore[union-attr]
            entries = plan.entries[RETURN]
            if entries:
                self._deliver(entries, RETURN, code, plan, None, False)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def raised(self, code: CodeType, offset: int, exception: BaseException, frame: Any) -> bool:
        """RAISE: an exception; global, once for each frame it passes. Returns whether it can concern nobody in that code."""
        plan = self.plans.get(id(code))
        if plan is None or plan.tally:
            plan = self.first.raised(code)
        if plan is None:
            return not self.stops.just_my_code.code(code) and self.tally is None
        if plan.tally:
            self.tally.on_raise(code, offset, exception)  # type: ignore[union-attr]
        entries = plan.entries[EXCEPTION]
        if entries and not (plan.ends_only and self.stops.settled(frame, exception)):
            arg = (type(exception), exception, guest.traceback_of(exception))
            if frame.f_code is code and not (plan.shared and get_ident() == guest.reader_ident()):
                self.table.deliver(entries, EXCEPTION, frame, plan.facts, arg, False)
        return False

    def left_us(self, exception: BaseException) -> None:
        """An exception has gone through a callback into the program, which is not to see that."""
        without_ours(exception)
        leaving[0] = False
        if self.on:
            self.probes.as_wanted()

    def _leaving(self, error: BaseException) -> None:
        if self.on:
            self.probes.raising()

    def on_stop_iteration(self, code: CodeType, offset: int, exception: BaseException) -> Any:
        """STOP_ITERATION: the exception that settrace shows where `yield from` ends."""
        try:
            plan = self.plans.get(id(code))
            if plan is None or not plan.entries[EXCEPTION] or code.co_code[offset] == _END_FOR:
                return DISABLE  # settrace shows none where a `for` has exhausted a generator
            arg = (type(exception), exception, None)
            self._deliver(plan.entries[EXCEPTION], EXCEPTION, code, plan, arg, False)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def on_jump(self, code: CodeType, offset: int, target: int) -> Any:
        """JUMP: a line again, where it goes back within its line and so has no LINE of its own."""
        try:
            if target > offset:
                return DISABLE
            line = line_at(code, offset)
            if line is None or line != line_at(code, target):
                return DISABLE
            plan = self.plans.get(id(code))
            if plan is None:
                return DISABLE
            entries = plan.lines.get(line)
            if entries is None:
                entries = self.table.entries_at(plan, line, _getframe(1))
            if not entries:
                return DISABLE
            self._deliver(entries, LINE, code, plan, None, False)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def _deliver(self, entries: Any, kind: int, code: CodeType, plan: DispatchTable, arg: Any, return_op: bool) -> None:
        frame = _getframe(2)
        # Cython's events have code objects but no frames of their own.
        if frame.f_code is code and not (plan.shared and get_ident() == guest.reader_ident()):
            self.table.deliver(entries, kind, frame, plan.facts, arg, return_op)
