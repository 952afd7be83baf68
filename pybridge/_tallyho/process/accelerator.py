"""The accelerator of this process, as far as it could be loaded: what counts, records and judges in C."""

from __future__ import annotations

from typing import Any

from ..base.extension import load
from ..program.event import RunState
from ..program.failing import plain_message
from ..query.fastprinter import make_writer
from ..wire.memory import Memory
from ..wire.records import Records


class Accelerator:
    """What stands in for callbacks in Python; nothing where path is "" or cannot be loaded."""

    def __init__(self, path: str, note: str, memory: Memory, records: Records) -> None:
        self.module: Any = None
        self.events: Any = None
        """The module where it can write events too; None where it only counts (a release's binary, built on the stable ABI)."""
        self.raw: Any = None
        """What counts code raw, and notes code that is passed over."""
        self.note = note
        """Why there is no module; "" where there is one."""
        if not path:
            return
        try:
            self.module = load(path)
        except Exception as error:  # the run goes on without the accelerator
            self.note = "the accelerator cannot be loaded: " + plain_message(error)
            return
        writer = make_writer(self.module, records)
        if writer is not None:
            records.use(writer)
            self.events = self.module
        if hasattr(self.module, "Raw"):
            self.raw = self.module.Raw(memory.counters)

    def count_for(self, run: RunState) -> None:
        """Have the run's calls counted by C, where events are judged by it."""
        if self.events is not None and hasattr(self.events, "Calls"):
            run.count_by(self.events.Calls())

    def restart(self, memory: Memory) -> None:
        """Start afresh in a forked child, in that memory."""
        if self.raw is not None:
            self.raw.restart(memory.counters)

    def end(self) -> None:
        """Let go of the trace memory, which is about to be unmapped."""
        if self.raw is not None:
            self.raw.restart(memoryview(bytearray(8)).cast("Q"))


__all__ = ["Accelerator"]
