"""The counters: what one code object counts, and the callback that does it.

The callback is as short as Python allows, for it runs at every statement: it finds the code object's table (the last
one is remembered), the counter's lowest byte in shared memory, and adds one. What is rarer (an offset that is no
probe, a sample that may be due, a byte that overflows) is an exception that leads to the slow path.
"""
from __future__ import annotations

import sys
from types import CodeType
from typing import Any, Callable, Dict, List, Optional, Tuple

from .files import TallyFile
from .packed import Plan
from .spans import Span

LOW_BYTE = 0 if sys.byteorder == "little" else 7
NEVER = 1 << 62
EMPTY: Dict[int, int] = {}
"""The table of a code object whose probes all take the slow path."""

DISABLE: Any = getattr(getattr(sys, "monitoring", None), "DISABLE", None)


class Account:
    """The counters of one code object: for the whole run, or for one call of it."""

    __slots__ = ("first", "due", "taken", "last", "call")

    def __init__(self, first: int, slots: int, due: int, call: int) -> None:
        self.first = first                      # global number of the plan's slot 0; -1: not allocated yet
        self.due = [due] * slots                # the count at which a slot's next sample is due
        self.taken: Dict[int, int] = {}         # span -> samples taken
        self.last: Dict[int, int] = {}          # span -> hit of the newest one
        self.call = call


class Traced:
    """One code object that is counted, equal ones included: they share its plan and counters."""

    __slots__ = ("file", "plan", "main", "fast", "codes", "pending", "held", "returning", "calls",
                 "age", "firsts")

    def __init__(self, file: TallyFile, plan: Plan, main: Account, fast: Dict[int, int]) -> None:
        self.file = file
        self.plan = plan
        self.main = main
        self.fast = fast                        # offset -> lowest byte of its counter
        self.codes: List[CodeType] = []         # held, since tables are keyed by id
        self.pending = 0                        # frames whose statement is to be sampled when it ends
        self.held = False                       # every probe takes the slow path
        self.returning = False                  # PY_RETURN is armed
        self.calls = False                      # counted per call
        self.age = 0                            # slow events since the last note was answered
        self.firsts: List[int] = []             # slot 0 of each account that was told of in this process

    def begins(self, slot: int) -> Tuple[Span, ...]:
        """Return the statements that begin at a probe, in order."""
        return tuple([self.file.span(index) for index in self.plan.begins(slot)])

    def elements(self, slot: int) -> Tuple[Span, ...]:
        """Return the comprehensions that produce an element at a probe."""
        return tuple([self.file.span(index) for index in self.plan.elements(slot)])

    def quicken(self, local: int, offset: int) -> None:
        """Let a probe take the fast path from now on."""
        self.fast[offset] = 8 * (self.main.first + local) + LOW_BYTE

    def settled(self) -> bool:
        """Whether no probe is due a sample soon."""
        return len(self.fast) >= self.plan.slots + self.plan.quiets


def sums(traced: Traced, account: Account) -> Dict[str, Any]:
    """Return the sums record that says what an account's counters mean."""
    plan, first = traced.plan, account.first
    return {
        "file": traced.file.number, "call": account.call, "raised": [], "planned": plan.planned(),
        "hits": [[span, first + slot, weight] for span, slot, weight in plan.hits()],
        "calls": [[span, first + slot, weight] for span, slot, weight in plan.calls()]}


class Counters:
    """The callback and its tables. The tables may be changed from any thread."""

    native = False
    frames_up = 2
    """How many frames the program's is above the slow path's."""

    def __init__(self, counters: "memoryview[int]", slow: Callable[[CodeType, int], Any],
                 carry: Callable[[CodeType, int, int], None]) -> None:
        self.tables: Dict[int, Dict[int, int]] = {}
        self.counters = counters
        self._make(counters, slow, carry)

    def _make(self, counters: "memoryview[int]", slow: Callable[[CodeType, int], Any],
              carry: Callable[[CodeType, int, int], None]) -> None:
        """Build the callback as a closure: a cell is read in a third of the time of an attribute."""
        tables = self.tables
        cells = counters.cast("B")
        last: Optional[CodeType] = None
        places = EMPTY

        def on_instruction(code: CodeType, offset: int) -> Any:
            nonlocal last, places
            if code is not last:
                found = tables.get(id(code))
                if found is None:
                    return DISABLE
                # No thread switch can come between these two: CPython switches at calls and back jumps only.
                places = found
                last = code
            try:
                at = places[offset]
                cells[at] = cells[at] + 1
                return None
            except KeyError:
                at = -1
            except ValueError:
                pass
            # Outside the handlers: what a signal handler raises in there must not show our KeyError as its context.
            return slow(code, offset) if at < 0 else carry(code, offset, at >> 3)

        def use(keys: List[CodeType], table: Dict[int, int]) -> None:
            nonlocal last
            for code in keys:
                tables[id(code)] = table
            last = None

        def restart(memory: "memoryview[int]") -> None:
            nonlocal cells, last
            cells = memory.cast("B")
            last = None

        self.on_instruction = on_instruction
        self.use = use
        self._restart = restart

    def places(self, code: CodeType) -> Dict[int, int]:
        """Return an empty fast table for a code object and its equals."""
        return {}

    def restart(self, counters: "memoryview[int]") -> None:
        """Count in other memory: a forked child's."""
        self.counters = counters
        self._restart(counters)

    def hold(self, traced: Traced) -> None:
        """Make every probe of a code object take the slow path."""
        if not traced.held:
            traced.held = True
            self.use(traced.codes, EMPTY)

    def release(self, traced: Traced) -> None:
        """Let the probes that may take the fast path again."""
        if traced.held and not traced.calls:
            traced.held = False
            self.use(traced.codes, traced.fast)

    def add(self, traced: Traced, code: CodeType) -> None:
        """Count a code object."""
        traced.codes.append(code)
        self.use([code], EMPTY if traced.held else traced.fast)
