"""Counting the lines of Django's templates: how often the nodes that begin on a line were rendered."""

from __future__ import annotations

import os
from types import FrameType
from typing import TYPE_CHECKING, Dict

from ..program.djangos import Place, place_of
from .files import SUMS

if TYPE_CHECKING:
    from .tally import Tally

_realpath = os.path.realpath


class NodeCounts:
    """The counters of a Tally's templates."""

    def __init__(self, tally: "Tally") -> None:
        self.tally = tally
        self.slots: Dict[Place, int] = {}       # -1: not counted

    def rendered(self, frame: FrameType) -> None:
        """A frame begins to render a node."""
        place = place_of(frame)
        if place is None:
            return
        slot = self.slots.get(place)
        if slot is None:
            slot = self.slots[place] = self._slot(place)
        if slot >= 0:
            self.tally.lines.add(slot)

    def _slot(self, place: Place) -> int:
        tally, path = self.tally, _realpath(place.path)
        file = tally.files.template(path) if tally.concerns(path) else None
        if file is None or not 0 < place.line <= file.lines or not file.announce(tally.records):
            return -1
        slot = tally.memory.allocate(1)
        if slot >= 0:
            span = place.line - 1
            tally.records.json(SUMS, {"file": file.number, "call": 0, "hits": [[span, slot, 1]], "raised": [], "planned": [span]})
        return slot

    def forget(self) -> None:
        """Start afresh in a forked child."""
        self.slots.clear()
