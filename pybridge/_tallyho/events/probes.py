"""The probes of the backend on sys.monitoring: which events CPython is asked for, everywhere and in each code object."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Tuple

from ..base.monitoring import C_RAISE, C_RETURN, CALLS, INSTRUCTION, JUMP, LINES, RAISE, RESUME, RETURNS, START, STOP_ITERATION, YIELDS
from ..base.monitoring import api as _m
from ..query.dispatch import NO_CALLS, DispatchTable
from .othertools import OtherTools

if TYPE_CHECKING:
    from ..tally.tally import Tally


class Probes:
    """The events of one tool."""

    def __init__(
        self,
        tool: int,
        plans: Dict[int, DispatchTable],
        others: OtherTools,
        take: Callable[[CodeType], None],
        reached: Callable[[CodeType, int, FrameType], None],
        rearmed: Callable[[CodeType], None],
    ) -> None:
        self.tool = tool
        self.plans = plans
        self.others = others
        self.take = take
        """Makes the Plan of code that was counted raw until now."""
        self.reached = reached
        """Called where a statement begins within a line, and a tracepoint asks about it."""
        self.rearmed = rearmed
        """Called where the events of a code object may be others."""
        self.tally: Optional[Tally] = None
        self.counting = False
        self.global_events = 0
        self.asleep: List[Tuple[DispatchTable, CodeType]] = []
        self.on = False

    def begin(self, tally: "Optional[Tally]") -> None:
        """Ask for what is wanted from now on."""
        self.tally, self.on = tally, True

    def end(self) -> None:
        """Ask for nothing any more."""
        self.on = False
        _m.set_events(self.tool, 0)
        for plan in list(self.plans.values()):
            code = plan.ref()
            if code is not None and plan.mask:
                plan.mask = 0
                _m.set_local_events(self.tool, code, 0)

    # Everywhere.

    def everywhere(self, wanted: int) -> None:
        """Ask for these events of all code."""
        if wanted != self.global_events and self.on:
            self.global_events = wanted
            _m.set_events(self.tool, wanted)

    def as_wanted(self) -> None:
        """Ask for no more than is wanted of all code."""
        _m.set_events(self.tool, self.global_events)

    def raising(self) -> None:
        """Ask for RAISE as well, until as_wanted."""
        if not self.global_events & RAISE:
            _m.set_events(self.tool, self.global_events | RAISE)

    def count_calls(self, counting: bool) -> None:
        """Every call is counted from now on, or not."""
        self.counting = counting

    # In a code object.

    def set_events(self, code: CodeType, who: str, mask: int) -> None:
        """Set the local events that one asker wants of this code; the union of all is armed."""
        plan = self.plans.get(id(code))
        if plan is not None:
            plan.masks[who] = mask
            self.rearmed(code)
            self.arm(plan, code, who != "tally")
            self.wake_starts()

    def arm(self, plan: DispatchTable, code: CodeType, again: bool = True) -> None:
        """Set the local events of a code object; again: places that answered DISABLE fire again."""
        if again:
            self._point(plan, code)
        mask = 0
        call, _, leave, raised = plan.entries
        if call or self.counting:
            mask |= START | RESUME
        if leave:
            mask |= RETURNS | YIELDS
        if raised:
            mask |= STOP_ITERATION
        if plan.wants_lines:
            # PY_START: without it 3.13 forgets the line of a one-line function (gh-155992).
            mask |= LINES | JUMP | START
        if plan.calls is not NO_CALLS:
            mask |= CALLS | C_RETURN | C_RAISE
        for asked in plan.masks.values():
            mask |= asked
        if mask & INSTRUCTION:
            self.others.hold(code)
        if plan.tally and self.tally is not None:
            self.tally.shares_returns(code, bool(leave) or any(asked & RETURNS for who, asked in plan.masks.items() if who != "tally"))
        if mask == plan.mask and not mask:
            return
        if mask & START and plan.start_silent:
            self.asleep.append((plan, code))
        before, plan.mask = plan.mask, mask
        if again and before:
            self._set_local(plan, code, plan.masks.get("tally", 0) & before)
        self._set_local(plan, code, mask)
        if again and mask & RETURNS & plan.masks.get("tally", 0):
            self.again(code, RETURNS)  # the Tally alone was content to hear of none

    def again(self, code: CodeType, events: int) -> None:
        """Have the places of these events fire again that have answered DISABLE. In one call: no thread may run in between."""
        plan = self.plans.get(id(code))
        mask = 0
        while plan is not None and self.on and plan.mask & events and plan.mask != mask:
            mask = plan.mask  # which another thread may change before it is set
            list(map(_m.set_local_events, (self.tool,) * 2, (code,) * 2, (mask & ~events, mask)))

    def _point(self, plan: DispatchTable, code: CodeType) -> None:
        """Have INSTRUCTION come where something begins within a line, and no longer where it did."""
        tally, wanted = self.tally, bool(plan.points)
        if not wanted and not plan.masks.get("points"):
            return
        new = wanted and not plan.masks.get("points")
        plan.masks["points"] = INSTRUCTION if wanted else 0
        if new and tally is not None and tally.raw is not None and tally.raw.counts(code):
            self.take(code)
        if tally is not None:
            tally.point(code, plan.points, self.reached)
        if plan.mask & INSTRUCTION:
            # Off and on makes places fire that have answered DISABLE. In one call: no thread may run in between.
            list(map(_m.set_local_events, (self.tool,) * 2, (code,) * 2, (plan.mask & ~INSTRUCTION, plan.mask)))

    def _set_local(self, plan: DispatchTable, code: CodeType, mask: int) -> None:
        try:
            _m.set_local_events(self.tool, code, mask)
        except (SystemError, ValueError):
            plan.mask = 0  # a code object that cannot be instrumented (gh-111997)

    def wake_starts(self) -> None:
        """Let PY_START fire again where it answered DISABLE and is wanted now.

        Off and on of a code's own events does it for events that are only local; PY_START is global as well, and
        stays silent unless it is off there too. Code that starts meanwhile is seen at its next start. All other
        events of the code stay on: a Tally misses nothing.
        """
        asleep, self.asleep = self.asleep, []
        if not asleep or not self.on:
            return
        shared = self.others.keeper.bridge(True)
        _m.set_events(self.tool, self.global_events & ~START | shared)
        try:
            for plan, code in asleep:
                self._set_local(plan, code, plan.mask & ~START)
        finally:
            _m.set_events(self.tool, self.global_events)
            self.others.keeper.bridge(False)
        for plan, code in asleep:
            plan.start_silent = False
            self._set_local(plan, code, plan.mask)

    def count_again(self) -> None:
        """Set INSTRUCTION anew, where it is on and nothing keeps it."""
        for plan in list(self.plans.values()):
            code = plan.ref()
            if code is not None and plan.mask & INSTRUCTION:
                self._set_local(plan, code, plan.mask & ~INSTRUCTION)
                self.arm(plan, code, False)
