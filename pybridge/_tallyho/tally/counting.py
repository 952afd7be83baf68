"""The counters: what one code object counts, and the callback that does it.

The callback is as short as Python allows, for it runs at every statement: it finds the code object's table (the last
one is remembered), the counter's lowest byte in shared memory, and adds one. What is rarer (an offset that is no
probe, a sample that may be due, a byte that overflows) is an exception that leads to the slow path.
"""
from __future__ import annotations

import sys
from struct import Struct
from types import CodeType, FrameType
from typing import Any, Callable, Collection, Dict, Iterable, List, MutableMapping, Optional, Sequence, Tuple

from ..base.coderef import CodeRef
from ..base.guest import leaving
from ..wire.memory import NOWHERE
from .files import TallyFile
from .packed import CountPlan, Packed
from .spans import Span

LOW_BYTE = 0 if sys.byteorder == "little" else 7
NEVER = 1 << 62
PATIENCE = 1000
"""Slow events of a code object after which notes that still wait are given up: it runs beneath them."""
EMPTY: Dict[int, int] = {}
"""The table of a code object whose probes all take the slow path."""

DISABLE: Any = getattr(getattr(sys, "monitoring", None), "DISABLE", None)


_DUE = Struct("I")
_NEVER = 0xFFFFFFFF
_PACKED = {0: bytes(4), NEVER: b"\xff" * 4}


class Account:
    """The counters of one code object: for the whole run, or for one call of it."""

    __slots__ = ("first", "due", "taken", "last", "call")

    def __init__(self, first: int, slots: int, due: int, call: int) -> None:
        self.first = first                      # global number of the plan's slot 0; -1: not allocated yet
        self.taken: Dict[int, int] = {}         # span -> samples taken
        self.last: Dict[int, int] = {}          # span -> hit of the newest one
        self.call = call
        self.set_all_due(slots, due)

    @property
    def size(self) -> int:
        """Return the number of counters."""
        return len(self.due) // 4

    def set_all_due(self, slots: int, due: int) -> None:
        """Make all slots due at once (0) or NEVER."""
        self.due = bytearray(_PACKED[due] * slots)      # four bytes each, which the garbage collector need not see

    def due_at(self, slot: int) -> int:
        """Return the count at which a slot's next sample is due."""
        due: int = _DUE.unpack_from(self.due, 4 * slot)[0]
        return due if due != _NEVER else NEVER

    def set_due(self, slot: int, count: int) -> None:
        """Set it. A count beyond four bytes is NEVER."""
        _DUE.pack_into(self.due, 4 * slot, min(count, _NEVER))


class Traced(Account, Packed):
    """One code object that is counted, equal ones included: they share its plan and counters.

    It is the account of the whole run, and the plan: one object and not three, for there is one for each code object.
    """

    __slots__ = ("file", "text", "fast", "refs", "pending", "held", "returning", "calls", "age", "firsts", "raw",
                 "asked", "partial", "kept", "pointed")

    def __init__(self, file: TallyFile, plan: CountPlan, slots: int, due: int, fast: MutableMapping[int, int]) -> None:
        super().__init__(-1, slots, due, 0)
        self.file = file
        self.text = plan.text
        self.fast = fast                        # offset -> lowest byte of its counter
        self.refs: Dict[int, CodeRef] = {}      # its code objects, by id
        self.pending = 0                        # frames whose statement is to be sampled when it ends
        self.held = False                       # every probe takes the slow path
        self.returning = False                  # PY_RETURN is armed
        self.calls = False                      # counted per call
        self.age = 0                            # slow events since the last note was answered
        self.firsts: Tuple[int, ...] = ()       # slot 0 of each account that was told of in this process
        self.raw: Tuple[int, ...] = ()          # bytes of the counters where raw counting of its code began
        self.partial = False                    # an import hook has changed statements, which are not counted
        self.kept = False                       # its latest values are held, or cannot be
        self.pointed: Collection[int] = ()      # offsets at which somebody else asks as well: they take the slow path
        self.asked: Optional[bytearray] = None  # by code unit: whether the slow path has anything to do there

    def codes(self) -> List[CodeType]:
        """Return its code objects."""
        return [code for code in [ref() for ref in list(self.refs.values())] if code is not None]

    @property
    def main(self) -> Account:
        """Return the account of the whole run."""
        return self

    def begun(self, slot: int) -> Tuple[Span, ...]:
        """Return the statements that begin at a probe, in order."""
        return tuple([self.file.span(index) for index in self.begins(slot)])

    def produced(self, slot: int) -> Tuple[Span, ...]:
        """Return the comprehensions that produce an element at a probe."""
        return tuple([self.file.span(index) for index in self.elements(slot)])

    def quicken(self, local: int, offset: int) -> None:
        """Let a probe take the fast path from now on."""
        if offset not in self.pointed:
            self.fast[offset] = 8 * (self.first + local) + LOW_BYTE

    def settled(self) -> bool:
        """Whether no probe is due a sample soon."""
        return len(self.fast) + len(self.pointed) >= self.slots + self.quiets


def sums(traced: Traced, account: Account) -> bytes:
    """Return the sums record that says what an account's counters mean, in JSON."""
    first = account.first
    return b'{"file":%d,"call":%d,"raised":[],"hits":%a,"calls":%a,"planned":%a}' % (
        traced.file.number, account.call, [[span, first + slot, weight] for span, slot, weight in traced.hits()],
        [[span, first + slot, weight] for span, slot, weight in traced.entries()], traced.planned())


class StatementCounters:
    """The callback and its tables. The tables may be changed from any thread."""

    native = False
    """Whether the callback knows itself at which count a slot is due, so that all probes may be in its table."""
    frames_up = 2
    """How many frames the program's is above the slow path's."""
    patience = PATIENCE
    """The same, for events in other frames."""

    def __init__(self, counters: "memoryview[int]", slow: Callable[[CodeType, int], Any],
                 carry: Callable[[CodeType, int, int], None]) -> None:
        self.tables: Dict[int, MutableMapping[int, int]] = {}
        self.counters = counters
        self._make(counters, slow, carry)

    def _make(self, counters: "memoryview[int]", slow: Callable[[CodeType, int], Any],
              carry: Callable[[CodeType, int, int], None]) -> None:
        """Build the callback as a closure: a cell is read in a third of the time of an attribute."""
        tables = self.tables
        cells = counters.cast("B")
        last: Optional[CodeType] = None
        places: MutableMapping[int, int] = EMPTY

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
            try:
                return slow(code, offset) if at < 0 else carry(code, offset, at >> 3)
            except BaseException:
                # At the recursion limit it is a call too many, and the statement does not run then; nothing may be called here.
                leaving[0] = True
                raise

        def use(keys: Sequence[CodeType], table: MutableMapping[int, int], traced: Traced) -> None:
            nonlocal last
            for code in keys:
                tables[id(code)] = table
            last = None

        def forget(key: int) -> None:
            tables.pop(key, None)

        def restart(memory: "memoryview[int]") -> None:
            nonlocal cells, last
            cells = memory.cast("B")
            last = None

        self.on_instruction = on_instruction
        self.use = use
        self.forget = forget
        self._restart = restart

    holds = False
    """Whether the latest values can be held (latest.py), by what follows; as in accelerator.c."""
    latest: Callable[[CodeType, Any], None]
    news: Callable[[int], Any]
    survey: Callable[[str, bool], List[Tuple[CodeType, int]]]
    stands: Callable[[CodeType, int, int, bool], None]
    left: Callable[[FrameType], None]
    enter: Callable[[FrameType, bool, int], None]
    weigh: Callable[[bool, int], int]
    began: Callable[[FrameType, int], None]
    python: Callable[[CodeType, bool], None]
    hears: Callable[[Any], None]
    returned: Callable[[CodeType, int, Any], Any]

    def places(self, code: CodeType) -> MutableMapping[int, int]:
        """Return an empty fast table for a code object and its equals."""
        return {}

    def ask(self, traced: Traced, code: CodeType, offsets: Iterable[int]) -> None:
        """Say where the slow path has something to do; elsewhere the answer is DISABLE."""
        asked = traced.asked = bytearray(len(code.co_code) // 2)
        for offset in offsets:
            asked[offset >> 1] = 1

    def point(self, traced: Traced) -> None:
        """Let the places at which somebody else asks take the slow path."""
        for offset in traced.pointed:
            traced.fast.pop(offset, None)

    def visit(self, code: CodeType) -> None:
        """Send every place of code that is not counted to the slow path, until forget is called with its id."""
        self.tables[id(code)] = EMPTY
        self.restart(self.counters)

    def restart(self, counters: "memoryview[int]") -> None:
        """Count in other memory: a forked child's."""
        self.counters = counters
        self._restart(counters)

    def end(self) -> None:
        """Count nowhere any more: the memory is given back."""
        self.restart(NOWHERE)

    def hold(self, traced: Traced, frames: Sequence[int]) -> None:
        """Make every probe of a code object take the slow path, in the frames with these ids at least."""
        if not traced.held:
            traced.held = True
            self.use(traced.codes(), EMPTY, traced)

    def release(self, traced: Traced) -> None:
        """Let the probes that may take the fast path again."""
        if traced.held and not traced.calls:
            traced.held = False
            self.use(traced.codes(), traced.fast, traced)

    def add(self, traced: Traced, code: CodeType, ref: CodeRef) -> None:
        """Count a code object, until forget is called with its id."""
        traced.refs[ref.key] = ref
        self.use([code], EMPTY if traced.held else traced.fast, traced)

    def renew(self, traced: Traced) -> None:
        """Take a code object's counters and what is due anew: they are others now."""
        self.use(traced.codes(), EMPTY if traced.held else traced.fast, traced)
