"""What tracepoints may cost a program that somebody uses: records in a second, and a share of one processor's time.

A tracepoint that makes more records than it may still counts. When the tracepoints with a budget took more time together than
they may, the one of them that took most makes no records any more; where counting alone is too much, it is asked no more. The
time is the processor's, in our callbacks, condition and record included, and not that of a machine that lets us wait. It is
looked at afterwards, for nothing can be stopped midway.
"""

from __future__ import annotations

import time
from itertools import count
from time import monotonic_ns
from typing import Any, Callable, List, Mapping, Optional, Protocol, Sequence

used_ns: Callable[[], int] = getattr(time, "thread_time_ns", time.perf_counter_ns)
"""The processor's time that this thread took; a clock's where the system does not know that."""

SECOND = 1_000_000_000
BURST = 100_000_000
"""Nanoseconds that may be spent at once: what starts, and a moment of many calls, is no reason to do less."""

COUNTS = "shows no more records: it took more than %s of a processor's time"
OFF = "is asked no more: counting alone took more than %s of a processor's time"
RATE = "makes no more than %d records in a second"


class Spender(Protocol):
    """A tracepoint, as far as its budget sees it."""

    active: bool

    @property
    def shows(self) -> bool:
        """Whether it makes records."""

    def touch(self) -> None:
        """Note that its status has changed."""

    def disarm(self, why: str) -> None:
        """Ask nothing more."""


class Purse:
    """The time that all tracepoints with a budget may spend together."""

    def __init__(self) -> None:
        self.budgets: List[Budget] = []
        self.since = monotonic_ns()
        self.spent = 0

    def take(self, budgets: List[Budget]) -> None:
        """Take the budgets as they are now."""
        self.budgets = budgets

    def charge(self, entries: Sequence[Any], took: int, now: int) -> None:
        """Note that asking those entries took so long."""
        charged = [entry.tracepoint.budget for entry in entries if entry.tracepoint.budget is not None]
        if not charged:
            return
        for budget in charged:
            budget.pay(took // len(charged))
        self.spent += took
        elapsed = now - self.since
        share = min(budget.share for budget in self.budgets) if self.budgets else 1.0
        if self.spent - share * elapsed > BURST:
            self._reduce(share)
        elif elapsed < SECOND:
            return
        else:
            self.spent = max(0, int(self.spent - share * elapsed))
        self.since = now

    def _reduce(self, share: float) -> None:
        """Have the tracepoint that took most time do less."""
        self.spent = 0
        asked = [budget for budget in self.budgets if budget.point.active]
        if asked:
            max(asked, key=lambda budget: budget.recent).reduce("%g %%" % (share * 100))
        for budget in self.budgets:
            budget.settle()


class Budget:
    """What one tracepoint may do."""

    def __init__(self, point: Spender, records: int, share: float) -> None:
        self.point = point
        self.records = records
        self.share = share
        self.nanos = 0
        self.recent = 0
        """Nanoseconds spent since the purse was looked into last."""
        self.showing = True
        self.limited = ""
        """Why it makes fewer records than it was asked for; "": it does not."""
        self._tokens = float(records)
        self._at = monotonic_ns()
        self._refused = count(1)

    @classmethod
    def of(cls, point: Spender, spec: Mapping[str, Any]) -> Optional[Budget]:
        """Return the Budget that a tracepoint's limits make; None where there is none."""
        limits = spec.get("limits")
        if not isinstance(limits, Mapping):
            return None
        records, share = limits.get("records"), limits.get("share")
        if type(records) is not int or records < 1 or not isinstance(share, (int, float)) or not 0 < share <= 1:
            return None
        return cls(point, records, float(share))

    def gated(self, run: Callable[..., None]) -> Callable[..., None]:
        """Return an action's run, which does nothing where the budget is used up."""

        def within(*event: Any) -> None:
            if self._admits():
                run(*event)
            else:
                next(self._refused)

        return within

    def _admits(self) -> bool:
        if not self.showing:
            return False
        now = monotonic_ns()
        # Two threads may come here at once: then there is one record more, or one less.
        self._tokens = min(float(self.records), self._tokens + (now - self._at) * self.records / SECOND)
        self._at = now
        if self._tokens < 1:
            if not self.limited:
                self._limit(RATE % self.records)
            return False
        self._tokens -= 1
        return True

    def pay(self, nanos: int) -> None:
        """Note that the tracepoint took so long."""
        self.nanos += nanos
        self.recent += nanos

    def settle(self) -> None:
        """Begin to count anew what is spent until the purse is looked into again."""
        self.recent = 0

    def _limit(self, why: str) -> None:
        self.limited = why
        self.point.touch()

    def reduce(self, share: str) -> None:
        """Do less: first without records, then nothing."""
        if self.showing and self.point.shows:
            self.showing = False
            self._limit(COUNTS % share)
        else:
            self.point.disarm(OFF % share)

    @property
    def refused(self) -> int:
        """Records that were not made."""
        # Nothing but its text tells what a counter is at, without a warning from 3.12 on.
        return int(repr(self._refused)[len("count(") : -1]) - 1
