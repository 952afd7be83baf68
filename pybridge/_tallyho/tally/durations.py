"""How long calls take: the calls that are sampled anyway are timed.

To time every call would cost more than to count all its statements. The time that the slow path takes meanwhile is ours, and is
taken off; what remains is true to about two microseconds for each time that the slow path was taken. In a call that is shorter
than a few times that, the clock mostly shows the measuring: it is timed all the same, since the mean of the long calls alone
would be another one, but it is not counted as sure.
"""

from __future__ import annotations

from time import perf_counter_ns
from types import FrameType
from typing import Dict, Tuple

from ..wire.memory import Memory
from ..wire.records import Records
from .counted import SUMS, Traced
from .counting import StatementCounters

MAX_RUNNING = 64
"""Calls that are timed at once."""
GENERATORS = 0x20 | 0x200
"""co_flags of code that spends its life waiting for the next value to be asked for."""


STEP = 2000
"""Nanoseconds that taking the slow path may cost beyond what is taken off."""
SURE = 4
"""A call's time is sure if it is that many times what the measuring may have cost."""


class Durations:
    """The calls that are being timed, and the three counters of each function: calls timed, nanoseconds, calls that are sure."""

    def __init__(self, memory: Memory, records: Records, counting: StatementCounters) -> None:
        self.memory = memory
        self.records = records
        self.counting = counting
        self.running: Dict[int, Tuple[Traced, int, int, int]] = {}  # id(frame)
        self.ours = 0  # nanoseconds of the slow path while calls were timed
        self.steps = 0  # how often it was taken
        self.slots: Dict[int, int] = {}  # id(Traced)

    def off(self, since: int) -> None:
        """The slow path was taken; since: the clock when it began."""
        self.steps += 1
        self.ours += perf_counter_ns() - since

    def begin(self, frame: FrameType, traced: Traced) -> None:
        """A call that will be seen to return has begun."""
        if traced.entries() and not frame.f_code.co_flags & GENERATORS and len(self.running) < MAX_RUNNING:
            self.running[id(frame)] = traced, perf_counter_ns(), self.ours, self.steps

    def end(self, frame: FrameType) -> None:
        """A frame returns, or is left by an exception."""
        begun = self.running.pop(id(frame), None)
        if begun is None:
            return
        traced, start, ours, steps = begun
        took = perf_counter_ns() - start - (self.ours - ours)
        slot = self.slots.get(id(traced))
        if slot is None:
            slot = self.slots[id(traced)] = self._announce(traced)
        if slot >= 0:
            counters = self.counting.counters
            counters[slot + 1] += max(took, 0)
            counters[slot] += 1
            counters[slot + 2] += took >= SURE * STEP * (self.steps - steps + 2)

    def forget(self, traced: Traced) -> None:
        """Returns are no longer watched: how these calls end is not seen."""
        for key, begun in list(self.running.items()):
            if begun[0] is traced:
                self.running.pop(key, None)

    def restart(self) -> None:
        """Start afresh in a forked child."""
        self.running.clear()
        self.slots.clear()

    def _announce(self, traced: Traced) -> int:
        slot = self.memory.allocate(3)
        if slot >= 0:
            header = traced.entries()[0][0]
            self.records.json(
                SUMS,
                {
                    "file": traced.file.number,
                    "call": 0,
                    "hits": [],
                    "raised": [],
                    "planned": [],
                    "timed": [[header, slot]],
                    "nanos": [[header, slot + 1]],
                    "sure": [[header, slot + 2]],
                },
            )
        return slot
