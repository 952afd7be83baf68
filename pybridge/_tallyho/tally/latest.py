"""The latest values of code that runs on: which of its hits was the last is known only once it is over.

The accelerator holds them (pybridge/native/latest.c). Here it is told what to hold of a code object; and the held values
become samples: when a statement has not been hit for a tick, when the program stops, and at its end. Names of
attributes and items, and values that can change, are not held: their newest sample may be of an earlier hit.
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from ..base.glance import is_alone
from ..base.guest import HERE
from ..base.monitoring import RETURNS
from ..wire.records import Records
from .arming import Arming
from .counted import Traced
from .counting import StatementCounters
from .described import SUSPENDING, Description, Kept
from .samples import SampleReader, write
from .spans import NONE

NONE_YET, HELD, UNBOUND, OPAQUE = range(4)
"""What is known of a name; the numbers are those of latest.c."""

MOST_WRITES = 100
"""Samples that one tick makes of statements that run on."""
BUSY = 20_000
"""Held hits of a code object in one tick from which on fewer of its values are held, where sampling has no time left."""
LOOKS = 3
"""How often running frames are looked at, at most: the first look may show an instruction whose statement is not known yet."""
Held = Tuple[int, int, int, Tuple[int, ...], Tuple[Any, ...]]
"""Statement, hit, ident of the thread, and of each of its cells what is known and the value."""


class Latest:
    """Which code's latest values are held, and the samples made of them. Ticks and stops come one at a time."""

    def __init__(
        self, counting: StatementCounters, reader: SampleReader, records: Records, arming: Optional[Arming], heard: Set[int]
    ) -> None:
        """heard: ids of code objects whose returns others want to hear of."""
        self.counting = counting
        self.arming = arming
        self.reader = reader
        self.records = records
        self.heard = heard
        self.kept: Dict[int, Kept] = {}  # id(code)
        self.plans: Dict[int, Tuple[Kept, Tuple[Any, ...]]] = {}  # id(Traced): what each of its codes is held by
        self.known: Set[int] = set()  # codes that were described, also those of which nothing can be held
        self.waiting: Dict[Tuple[int, int], Tuple[Kept, Held]] = {}  # by code and statement: not written yet
        self.covered: Set[Tuple[int, int]] = set()  # by file and span: all that it is there for was held when it was looked at last
        self.turn = 0

    def begin(self, traced: Traced, frame: FrameType, offset: int) -> List[CodeType]:
        """Hold the latest values of a code object, and of all that are equal to it, from now on; return those for which that is possible. A
        frame of the code runs and has come to that offset."""
        begun = []
        for code in traced.codes():
            if id(code) in self.known:
                continue
            self.known.add(id(code))
            plan = Description(traced, code, frame)
            if plan.kept.spans:
                numbers = plan.numbers()
                self.plans[id(traced)] = plan.kept, numbers
                self.kept[id(code)] = plan.kept
                self.counting.latest(code, numbers)
                if frame.f_code is code:
                    self.counting.enter(frame, not plan.suspends and is_alone(code), offset)
                begun.append(code)
        return begun

    def join(self, traced: Traced, code: CodeType, frame: Optional[FrameType]) -> None:
        """Hold the values of a code object that is equal to one whose values may be held: its text was compiled again. frame: in which it
        begins."""
        known = self.plans.get(id(traced))
        if known is None or id(code) in self.known:
            return
        self.known.add(id(code))
        self.kept[id(code)], numbers = known
        self.counting.latest(code, numbers)
        for one in traced.codes():
            self.counting.python(one, traced.returning, id(one) in self.heard)
        if frame is not None and not code.co_flags & SUSPENDING:
            self.counting.enter(frame, True, -1)

    def left(self, frame: FrameType) -> None:
        """A frame is left by an exception."""
        if id(frame.f_code) in self.kept:
            self.counting.left(frame)

    def tick(self, afford: Callable[[], bool]) -> None:
        """Write the samples of statements that have not been hit since the last tick, and of some that have."""
        if not self.kept and not self.waiting:
            return
        self._look(False)
        quiet = list(self.waiting)
        fresh = self._take()
        due = [key for key in quiet if key not in fresh]
        running = sorted(key for key in fresh if key in self.waiting and self._is_covered(*self.waiting[key]))
        for _ in range(min(len(running), MOST_WRITES)):
            self.turn += 1
            if afford():
                due.append(running[self.turn % len(running)])
        for key in due:
            if key in self.waiting:
                self._write(*self.waiting.pop(key))

    def weigh(self, affords: bool) -> int:
        """Hold as much as can be afforded, and return how often something was held since the last time.

        Code of which nothing is held has answered DISABLE where it returns: to hear of that costs more than to count the code.
        """
        events, deaf = self.counting.weigh(affords, BUSY)
        for code in deaf:
            self.counting.wake(code, False)
            self._hear_again(code)
            self.counting.wake(code, True)
        return events

    def hear(self, code: CodeType, wanted: bool) -> None:
        """Let Python hear of a code object's returns as well, or no longer: of what others want to hear all the same."""
        if self.counting.python(code, wanted, id(code) in self.heard):
            self._hear_again(code)

    def _hear_again(self, code: CodeType) -> None:
        if self.arming is not None:
            self.arming.again(code, RETURNS)

    def covers(self, traced: Traced, slot: int) -> bool:
        """Whether nothing that begins at a probe needs other samples than those of held values."""
        number = traced.file.number
        return all((number, span) in self.covered for span in (*traced.begins(slot), *traced.elements(slot)))

    def _is_covered(self, kept: Kept, held: Held) -> bool:
        return (kept.traced.file.number, kept.spans[held[0]].index) in self.covered

    def flush(self, stopped: bool) -> None:
        """Write all that is held; stopped: the program stands still at an event, before that has begun anything."""
        if not self.kept and not self.waiting:
            return
        self._look(stopped)
        self._take()
        for key in list(self.waiting):
            self._write(*self.waiting.pop(key))

    def gone(self, key: int) -> None:
        """A code object ends: take the values that are held, before its counters are gone. Nothing is written here, which may run while
        garbage is collected."""
        self.known.discard(key)
        kept = self.kept.pop(key, None)
        if kept is None:
            return
        self._take_from(key, kept, set())
        self.turn += 1
        for where in [where for where in list(self.waiting) if where[0] == key]:
            self.waiting[-self.turn, where[1]] = self.waiting.pop(where)

    def restart(self) -> None:
        """Start afresh in a forked child."""
        for kept in self.kept.values():
            for code in kept.traced.codes():
                self.counting.latest(code, None)
                self._hear_again(code)
        self.kept.clear()
        self.known.clear()
        self.plans.clear()
        self.waiting.clear()
        self.covered.clear()

    def _take(self) -> Set[Tuple[int, int]]:
        fresh: Set[Tuple[int, int]] = set()
        for key, kept in list(self.kept.items()):
            self._take_from(key, kept, fresh)
        return fresh

    def _take_from(self, key: int, kept: Kept, fresh: Set[Tuple[int, int]]) -> None:
        for held in self.counting.news(key):
            self.waiting[key, held[0]] = kept, held
            fresh.add((key, held[0]))
            where = kept.traced.file.number, kept.spans[held[0]].index
            (self.covered.add if kept.enough[held[0]] and OPAQUE not in held[3] else self.covered.discard)(where)

    def _look(self, stopped: bool) -> None:
        """Look at the frames that run, again if one stands at an instruction whose statement was not known; at most LOOKS times."""
        for _ in range(LOOKS):
            unknown = self.counting.survey(HERE, stopped)
            for code, offset in unknown:
                kept = self.kept.get(id(code))
                if kept is not None:
                    index = kept.map.statement(code, offset)
                    number = next((number for number, span in enumerate(kept.spans) if span.index == index), NONE)
                    self.counting.stands(code, offset, number, kept.traced.slot(offset) >= 0)
            if not unknown:
                return

    def _write(self, kept: Kept, held: Held) -> None:
        number, hit, ident, states, values = held
        traced, span = kept.traced, kept.spans[number]
        hit += traced.file.hits(self.counting.counters, traced, span.index) - _own_hits(self.counting, traced, span.index)
        if hit <= traced.main.last.get(span.index, 0):
            return
        shown, returned, whole = [], None, kept.whole[number]
        for lookup, state, value in zip(kept.names[number], states, values):
            if lookup is None:
                returned = self.reader.value(value, span.owner.name) if state == HELD else None
                whole = whole and state == HELD
            elif state == HELD:
                shown.append((lookup.text, *self.reader.text(lookup, value)))
            elif state != UNBOUND:
                whole = False
        if shown or returned:
            traced.main.last[span.index] = hit
            write(self.records, traced.file.number, span.index, hit, 0, shown, returned, None, not whole, self.records.number_of(ident))


def _own_hits(counting: StatementCounters, traced: Traced, span: int) -> int:
    """Return the hits that the accelerator knows: those in the counters that this code object uses now."""
    return sum(counting.counters[traced.first + slot] * weight for slot, weight in traced.terms(span))


__all__ = ["Latest"]
