"""Counting the lines of Django's templates: how often the nodes that begin on a line were rendered."""

from __future__ import annotations

import os
from types import FrameType
from typing import Callable, Dict

from ..program.djangos import Place, place_of
from ..wire.memory import Memory
from ..wire.records import Records
from .counted import SUMS
from .files import Files

_realpath = os.path.realpath


class NodeCounts:
    """The counters of the tallied templates' lines; add: adds one to a counter (LineCounters.add)."""

    def __init__(self, memory: Memory, records: Records, files: Files, concerns: Callable[[str], bool], add: Callable[[int], int]) -> None:
        self.memory = memory
        self.records = records
        self.files = files
        self.concerns = concerns
        self.add = add
        self.slots: Dict[Place, int] = {}  # -1: not counted

    def rendered(self, frame: FrameType) -> None:
        """A frame begins to render a node."""
        place = place_of(frame)
        if place is None:
            return
        slot = self.slots.get(place)
        if slot is None:
            slot = self.slots[place] = self._slot(place)
        if slot >= 0:
            self.add(slot)

    def _slot(self, place: Place) -> int:
        path = _realpath(place.path)
        file = self.files.template(path) if self.concerns(path) else None
        if file is None or not 0 < place.line <= file.lines or not file.announce(self.records):
            return -1
        slot = self.memory.allocate(1)
        if slot >= 0:
            span = place.line - 1
            self.records.json(SUMS, {"file": file.number, "call": 0, "hits": [[span, slot, 1]], "raised": [], "planned": [span]})
        return slot

    def forget(self) -> None:
        """Start afresh in a forked child."""
        self.slots.clear()
