"""The counters: what one code object counts, and the callback that does it.

The callback is as short as Python allows, for it runs at every statement: it finds the code object's table (the last
one is remembered), the counter's lowest byte in shared memory, and adds one. What is rarer (an offset that is no
probe, a sample that may be due, a byte that overflows) is an exception that leads to the slow path.
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Callable, Dict, Iterable, List, MutableMapping, Optional, Sequence, Tuple

from ..base.coderef import CodeRef
from ..base.guest import leaving
from ..base.monitoring import DISABLE
from ..wire.memory import NOWHERE
from .counted import Traced

PATIENCE = 1000
"""Slow events of a code object after which notes that still wait are given up: it runs beneath them."""
EMPTY: Dict[int, int] = {}
"""The table of a code object whose probes all take the slow path."""


class StatementCounters:
    """The callback and its tables. The tables may be changed from any thread."""

    native = False
    """Whether the callback knows itself at which count a slot is due, so that all probes may be in its table."""
    frames_up = 2
    """How many frames the program's is above the slow path's."""
    patience = PATIENCE
    """PATIENCE for slow events in frames that have no note."""

    def __init__(
        self, counters: "memoryview[int]", slow: Callable[[CodeType, int], Any], carry: Callable[[CodeType, int, int], None]
    ) -> None:
        self.tables: Dict[int, MutableMapping[int, int]] = {}
        self.counters = counters
        self._make(counters, slow, carry)

    def _make(self, counters: "memoryview[int]", slow: Callable[[CodeType, int], Any], carry: Callable[[CodeType, int, int], None]) -> None:
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
    """Whether the latest values can be held (latest.py): then there are the functions below, which held.c has."""
    latest: Callable[[CodeType, Any], None]
    news: Callable[[int], Any]
    survey: Callable[[str, bool], List[Tuple[CodeType, int]]]
    stands: Callable[[CodeType, int, int, bool], None]
    left: Callable[[FrameType], None]
    enter: Callable[[FrameType, bool, int], None]
    weigh: Callable[[bool, int], Tuple[int, List[CodeType]]]
    wake: Callable[[CodeType, bool], None]
    began: Callable[[FrameType, int], None]
    python: Callable[[CodeType, bool, bool], bool]
    hears: Callable[[Any], None]
    returned: Callable[[CodeType, int, Any], Any]

    def places(self, code: CodeType) -> MutableMapping[int, int]:
        """Return an empty fast table, for a code object and all that are equal to it."""
        return {}

    def ask(self, traced: Traced, code: CodeType, offsets: Iterable[int]) -> None:
        """Say where the slow path has something to do; elsewhere the answer is DISABLE."""
        asked = traced.asked = bytearray(len(code.co_code) // 2)
        for offset in offsets:
            asked[offset >> 1] = 1

    def point(self, traced: Traced) -> None:
        """Let the places at which tracepoints ask take the slow path."""
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
        """Take a code object's counters and due counts anew, which lie elsewhere now."""
        self.use(traced.codes(), EMPTY if traced.held else traced.fast, traced)
