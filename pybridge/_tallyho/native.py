"""The native hand: counting in C (pybridge/native/accelerator.c), where Tallyho could build it for this interpreter.

It stands in for counting.Counters and nothing else: what is rare is Python on both hands, and the same tests run
over both.
"""
from __future__ import annotations

import _imp
from _frozen_importlib import ModuleSpec
from array import array
from types import CodeType
from typing import Any, Callable, Dict, List, Optional

from .counting import DISABLE, EMPTY, Counters

NAME = "_tallyho_native"


def load(path: str) -> Any:
    """Import the accelerator from that file, by no finder and with no entry in sys.modules; raises ImportError."""
    module = _imp.create_dynamic(ModuleSpec(NAME, None, origin=path))
    _imp.exec_dynamic(module)
    return module


class Slots(Dict[int, int]):
    """A code object's fast table (offset -> lowest byte of its counter), mirrored as the array that C reads in place."""

    def __init__(self, code: CodeType) -> None:
        super().__init__()
        self.array = array("i", [-1]) * (len(code.co_code) // 2)

    def __setitem__(self, offset: int, byte: int) -> None:
        super().__setitem__(offset, byte)
        self.array[offset >> 1] = byte >> 3

    def pop(self, offset: int, *default: Any) -> Any:
        """Let a place take the slow path."""
        self.array[offset >> 1] = -1
        return super().pop(offset, *default)

    def clear(self) -> None:
        """Let all places take it."""
        for offset in self:
            self.array[offset >> 1] = -1
        super().clear()


class NativeCounters(Counters):
    """Counters whose callback is C."""

    native = True
    frames_up = 1

    def __init__(self, module: Any, counters: "memoryview[int]", slow: Callable[[CodeType, int], Any],
                 carry: Callable[[CodeType, int, int], None]) -> None:
        self.module = module
        super().__init__(counters, slow, carry)

    def places(self, code: CodeType) -> Dict[int, int]:
        """Return an empty fast table."""
        return Slots(code)

    def _make(self, counters: "memoryview[int]", slow: Callable[[CodeType, int], Any],
              carry: Callable[[CodeType, int, int], None]) -> None:
        hand = self.module.Counters(counters, slow, carry, DISABLE)

        def use(keys: List[CodeType], table: Dict[int, int]) -> None:
            slots: Optional[Any] = None if table is EMPTY else table.array  # type: ignore[attr-defined]
            for code in keys:
                hand.use(code, slots)

        self.on_instruction = hand.on_instruction
        self.use = use
        self._restart = hand.restart
