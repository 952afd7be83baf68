"""The latest values where nothing holds them (latest.py): read from a frame as it ends, or as the program stops.

A name that only one statement of a function binds has, at the end of the frame, the value that the statement's last
hit has bound. Other names tell nothing then. While several frames of one code object run, it is not known whose hit was the last.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..base import glance
from ..base.names import Lookup
from ..base.namespaces import NOTHING
from ..wire.records import Records
from .counted import Traced
from .described import SUSPENDING, Description, is_held_type
from .raising import RaiseMap
from .samples import SampleReader, write
from .spans import Span

Row = Tuple[Span, List[Lookup]]


class FrameEnds:
    """What can be read of each code object's frames as they end."""

    def __init__(self, reader: SampleReader, records: Records, hits: Callable[[Traced, Span], int]) -> None:
        self.reader = reader
        self.records = records
        self.hits = hits
        self.rows: Dict[int, Tuple[Traced, List[Row], RaiseMap]] = {}  # id(code)

    def begin(self, traced: Traced, frame: FrameType) -> None:
        """Not all hits of a code object are sampled from now on; a frame of it runs."""
        code = frame.f_code
        if code.co_flags & SUSPENDING or traced.calls or traced.partial:
            return
        rows = Description(traced, code, frame).lone()
        if rows:
            self.rows[id(code)] = traced, rows, RaiseMap(code, traced.file, traced.owner)

    def at_end(self, frame: FrameType, current: int = -1) -> None:
        """A frame ends, or stands still at a statement, which is not over."""
        known = self.rows.get(id(frame.f_code))
        if known is None:
            return
        traced, rows, _ = known
        newer = [
            (span, lookups, hit)
            for span, lookups, hit in [(span, lookups, self.hits(traced, span)) for span, lookups in rows]
            if hit > traced.main.last.get(span.index, 0) and span.index != current
        ]
        if not newer or not glance.is_alone(frame.f_code):
            return
        names = self.reader.locals_of(frame)
        for span, lookups, hit in newer:
            values: List[Tuple[Lookup, Any]] = [(lookup, names.get(lookup.root, NOTHING)) for lookup in lookups]
            shown = [
                (lookup.text, *self.reader.text(lookup, value)) for lookup, value in values if value is not NOTHING and is_held_type(value)
            ]
            if shown:
                traced.main.last[span.index] = hit
                write(self.records, traced.file.number, span.index, hit, 0, shown, None, None, True)

    def flush(self) -> None:
        """The program stops, or ends: look at the frames that run."""
        for ident, codes in glance.stacks("f_code") if self.rows else ():
            if any(id(code) in self.rows for code in codes):
                self._look_through(sys._current_frames().get(ident))

    def _look_through(self, frame: Optional[FrameType]) -> None:
        while frame is not None:
            known = self.rows.get(id(frame.f_code))
            if known is not None:
                self.at_end(frame, known[2].statement(frame.f_code, frame.f_lasti))
            frame = frame.f_back

    def gone(self, key: int) -> None:
        """A code object ends."""
        self.rows.pop(key, None)

    def restart(self) -> None:
        """Start afresh in a forked child."""
        self.rows.clear()


__all__ = ["FrameEnds"]
