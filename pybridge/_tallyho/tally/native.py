"""Counting in C (pybridge/native/counters.c), where Tallyho could build it for this interpreter.

It stands in for the callback of counting.StatementCounters and nothing else: the slow path is in Python with it and without,
and tests run over both.
"""

from __future__ import annotations

from struct import Struct
from types import CodeType
from typing import Any, Callable, Iterable, Iterator, MutableMapping, Optional, Sequence

from ..base.extension import make_guard
from ..base.monitoring import DISABLE
from ..wire.memory import NOWHERE
from .counted import LOW_BYTE, Traced
from .counting import EMPTY, StatementCounters

SLOW, SILENT = -1, -2
"""Instead of a slot: the place takes the slow path, or answers DISABLE."""


class Slots(MutableMapping[int, int]):
    """A code object's fast table: offset -> lowest byte of its counter, kept as the slot numbers that C reads in place."""

    __slots__ = ("slots", "count")

    def __init__(self, code: CodeType) -> None:
        self.slots = bytearray(_SLOT.pack(SILENT) * (len(code.co_code) // 2))
        self.count = 0

    def slow(self, offset: int) -> None:
        """Let a place that is not in the table take the slow path."""
        _SLOT.pack_into(self.slots, 2 * offset, SLOW)

    def __getitem__(self, offset: int) -> int:
        slot: int = _SLOT.unpack_from(self.slots, 2 * offset)[0]
        if slot < 0:
            raise KeyError(offset)
        return 8 * slot + LOW_BYTE

    def __setitem__(self, offset: int, byte: int) -> None:
        self.count += offset not in self
        _SLOT.pack_into(self.slots, 2 * offset, byte >> 3)

    def __delitem__(self, offset: int) -> None:
        self.count -= offset in self
        self.slow(offset)

    def pop(self, offset: int, *default: Any) -> Any:
        """Do nothing: C reads in the account's due counts whether a place has to take the slow path."""

    def __iter__(self) -> Iterator[int]:
        return iter([2 * unit for unit, (slot,) in enumerate(_SLOT.iter_unpack(self.slots)) if slot >= 0])

    def __len__(self) -> int:
        return self.count

    def clear(self) -> None:
        """Let all places take the slow path."""
        for offset in self:
            self.slow(offset)
        self.count = 0


_SLOT = Struct("i")


class NativeCounters(StatementCounters):
    """Counters whose callback is C."""

    native = True
    frames_up = 1
    patience = 0  # C takes the slow path without a cause only once its own patience is at an end

    def __init__(
        self, module: Any, counters: "memoryview[int]", slow: Callable[[CodeType, int], Any], carry: Callable[[CodeType, int, int], None]
    ) -> None:
        self.module = module
        super().__init__(counters, slow, carry)

    def places(self, code: CodeType) -> MutableMapping[int, int]:
        """Return an empty fast table."""
        return Slots(code)

    def ask(self, traced: Traced, code: CodeType, offsets: Iterable[int]) -> None:
        """Say where the slow path has something to do; elsewhere the answer is DISABLE."""
        for offset in offsets:
            traced.fast.slow(offset)  # type: ignore[attr-defined]

    def point(self, traced: Traced) -> None:
        """Let the places at which tracepoints ask take the slow path."""
        for offset in traced.pointed:
            del traced.fast[offset]

    def visit(self, code: CodeType) -> None:
        """Send every place of code that is not counted to the slow path."""
        self._visit(code, None)

    def _make(self, counters: "memoryview[int]", slow: Callable[[CodeType, int], Any], carry: Callable[[CodeType, int, int], None]) -> None:
        native = self.module.Counters(counters, slow, carry, DISABLE)

        def use(keys: Sequence[CodeType], table: MutableMapping[int, int], traced: Traced) -> None:
            slots: Optional[Any] = None if table is EMPTY else table.slots  # type: ignore[attr-defined]
            for code in keys:
                native.use(code, slots, traced.due, max(traced.first, 0))

        self.watch = native.watch
        self.holds = hasattr(native, "latest")
        if self.holds:
            self.latest, self.news, self.left = native.latest, native.news, native.left
            self.survey, self.stands = native.survey, native.stands
            self.began, self.python, self.returned = native.began, native.python, native.returned
            guard = make_guard(self.module)
            self.hears = lambda callback: native.hears(callback, guard)
            self.enter, self.weigh, self.wake = native.enter, native.weigh, native.wake
        self.on_instruction, self._visit = native, native.use
        self.use = use
        self.forget = native.forget
        self._restart = native.restart

    def end(self) -> None:
        """Count nowhere any more: C knows a memory of 8 bytes for none."""
        self.counters = NOWHERE
        self._restart(memoryview(bytearray(8)).cast("Q"))

    def hold(self, traced: Traced, frames: Sequence[int]) -> None:
        """Make every probe take the slow path in these frames."""
        for code in () if traced.calls else traced.codes():
            self.watch(code, tuple(frames))

    def release(self, traced: Traced) -> None:
        """Watch no frames any more."""
        self.hold(traced, ())

    def renew(self, traced: Traced) -> None:
        """Take a code object's counters and what is due anew."""
        super().renew(traced)
        self.release(traced)
