"""The probes of the backend on sys.monitoring: which events CPython is asked for, everywhere and in each code object."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import TYPE_CHECKING, Callable, Dict, List, Optional, Tuple

from ..base.behaviour import EXCEPTIONS_ARE_LOCAL
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
    UNWIND,
    YIELDS,
)
from ..base.monitoring import api as _m
from ..query.dispatch import NO_CALLS, DispatchTable
from .othertools import OtherTools

if TYPE_CHECKING:
    from ..tally.tally import Tally


RAISES = RAISE | UNWIND if EXCEPTIONS_ARE_LOCAL else 0
"""What is asked of code whose exceptions a Tally counts; 0 where that is asked everywhere (Monitor.replan)."""


class Probes:
    """The events of one tool."""

    def __init__(
        self,
        tool: int,
        dispatches: Dict[int, DispatchTable],
        others: OtherTools,
        take: Callable[[CodeType], None],
        reached: Callable[[CodeType, int, FrameType], None],
        rearmed: Callable[[CodeType], None],
    ) -> None:
        self.tool = tool
        self.dispatches = dispatches
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
        for dispatch in list(self.dispatches.values()):
            code = dispatch.ref()
            if code is not None and dispatch.mask:
                dispatch.mask = 0
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
        dispatch = self.dispatches.get(id(code))
        if dispatch is not None:
            dispatch.masks[who] = mask
            self.rearmed(code)
            self.arm(dispatch, code, who != "tally")
            self.wake_starts()

    def arm(self, dispatch: DispatchTable, code: CodeType, again: bool = True) -> None:
        """Set the local events of a code object; again: places that answered DISABLE fire again."""
        if again:
            self._point(dispatch, code)
        mask = 0
        call, _, leave, raised = dispatch.entries
        if call or self.counting:
            mask |= START | RESUME
        if leave:
            mask |= RETURNS | YIELDS
        if raised:
            mask |= STOP_ITERATION
        if dispatch.wants_lines:
            # PY_START: without it 3.13 forgets the line of a one-line function (gh-155992).
            mask |= LINES | JUMP | START
        if dispatch.calls is not NO_CALLS:
            mask |= CALLS | C_RETURN | C_RAISE
        if dispatch.tally and self.tally is not None and self.tally.wants_raise:
            mask |= RAISES
        for asked in dispatch.masks.values():
            mask |= asked
        if mask & INSTRUCTION:
            self.others.hold(code)
        if dispatch.tally and self.tally is not None:
            self.tally.shares_returns(code, bool(leave) or any(asked & RETURNS for who, asked in dispatch.masks.items() if who != "tally"))
        if mask == dispatch.mask and not mask:
            return
        if mask & START and dispatch.start_silent:
            self.asleep.append((dispatch, code))
        before, dispatch.mask = dispatch.mask, mask
        if again and before:
            self._set_local(dispatch, code, dispatch.masks.get("tally", 0) & before)
        self._set_local(dispatch, code, mask)
        if again and mask & RETURNS & dispatch.masks.get("tally", 0):
            self.again(code, RETURNS)  # the Tally alone was content to hear of none

    def again(self, code: CodeType, events: int) -> None:
        """Have the places of these events fire again that have answered DISABLE. In one call: no thread may run in between."""
        dispatch = self.dispatches.get(id(code))
        mask = 0
        while dispatch is not None and self.on and dispatch.mask & events and dispatch.mask != mask:
            mask = dispatch.mask  # which another thread may change before it is set
            list(map(_m.set_local_events, (self.tool,) * 2, (code,) * 2, (mask & ~events, mask)))

    def _point(self, dispatch: DispatchTable, code: CodeType) -> None:
        """Have INSTRUCTION come where something begins within a line, and no longer where it did."""
        tally, wanted = self.tally, bool(dispatch.points)
        if not wanted and not dispatch.masks.get("points"):
            return
        new = wanted and not dispatch.masks.get("points")
        dispatch.masks["points"] = INSTRUCTION if wanted else 0
        if new and tally is not None and tally.raw is not None and tally.raw.counts(code):
            self.take(code)
        if tally is not None:
            tally.point(code, dispatch.points, self.reached)
        if dispatch.mask & INSTRUCTION:
            # Off and on makes places fire that have answered DISABLE. In one call: no thread may run in between.
            list(map(_m.set_local_events, (self.tool,) * 2, (code,) * 2, (dispatch.mask & ~INSTRUCTION, dispatch.mask)))

    def _set_local(self, dispatch: DispatchTable, code: CodeType, mask: int) -> None:
        try:
            _m.set_local_events(self.tool, code, mask)
        except (SystemError, ValueError):
            dispatch.mask = 0  # a code object that cannot be instrumented (gh-111997)

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
            for dispatch, code in asleep:
                self._set_local(dispatch, code, dispatch.mask & ~START)
        finally:
            _m.set_events(self.tool, self.global_events)
            self.others.keeper.bridge(False)
        for dispatch, code in asleep:
            dispatch.start_silent = False
            self._set_local(dispatch, code, dispatch.mask)

    def count_again(self) -> None:
        """Set INSTRUCTION anew, where it is on and nothing keeps it."""
        for dispatch in list(self.dispatches.values()):
            code = dispatch.ref()
            if code is not None and dispatch.mask & INSTRUCTION:
                self._set_local(dispatch, code, dispatch.mask & ~INSTRUCTION)
                self.arm(dispatch, code, False)
