"""The accelerator of this process, as far as it could be loaded: what counts, records and judges in C."""

from __future__ import annotations

from typing import Any

from ..base.behaviour import MONITORING
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
        """What counts, where there is sys.monitoring."""
        self.events: Any = None
        """The module where it can write events too; None where it only counts (a release's binary, built on the stable ABI)."""
        self.raw: Any = None
        """What counts code raw, and notes code that is passed over."""
        self.tracer: Any = None
        """A trace function, which counts lines, where there is no sys.monitoring."""
        self.note = note
        """Why there is no module; "" where there is one."""
        if not path:
            return
        try:
            module = load(path)
            if not MONITORING:
                self.tracer = module.Tracer(memory.counters)
        except Exception as error:  # the run goes on without the accelerator
            self.note = "the accelerator cannot be loaded: " + plain_message(error)
            return
        writer = make_writer(module, records)
        if writer is not None:
            records.use(writer)
            self.events = module
        if MONITORING:
            self.module = module
            if hasattr(module, "Raw"):
                self.raw = module.Raw(memory.counters)

    @property
    def there(self) -> bool:
        """Whether there is one."""
        return self.module is not None or self.tracer is not None

    def count_for(self, run: RunState) -> None:
        """Have the run's calls counted by C, where events are judged by it."""
        if self.events is not None and hasattr(self.events, "Calls"):
            run.count_by(self.events.Calls())

    def restart(self, memory: Memory) -> None:
        """Start afresh in a forked child, in that memory."""
        for part in (self.raw, self.tracer):
            if part is not None:
                part.restart(memory.counters)

    def end(self) -> None:
        """Let go of the trace memory, which is about to be unmapped."""
        for part in (self.raw, self.tracer):
            if part is not None:
                part.restart(memoryview(bytearray(8)).cast("Q"))


__all__ = ["Accelerator"]
