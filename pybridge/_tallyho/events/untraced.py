"""Threads that run on without events: whose trace function is not ours any more, though nobody has told us."""

from __future__ import annotations

from types import CodeType
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from ..base import glance, guest
from ..query.dispatch import DispatchTable
from .frameplace import line_at_last, may_be_new

Sign = Tuple[int, int]


class UntracedThreads:
    """What was seen of the threads that run at the last look. Used by the reader's thread."""

    def __init__(
        self,
        dispatches: Mapping[int, DispatchTable],
        is_traced: Callable[[DispatchTable], bool],
        told_of: Callable[[int], Optional[Tuple[int, int]]],
        trace: CodeType,
    ) -> None:
        """told_of: returns the line at which the tally was told of a frame last, given its id, and another number after each event; trace: the
        code of our trace function."""
        self._dispatches = dispatches
        self._is_traced = is_traced
        self._told_of = told_of
        self._trace = trace
        self._before: Dict[int, Sign] = {}
        """By thread: the sign that its trace function is not ours."""

    def look(self, on: bool) -> List[int]:
        """Return the threads that have run without events since the last look; on: whether there should be events at all."""
        before, self._before = self._before, {}
        found: List[int] = []
        if not on:
            return found
        for ident, rows in glance.numbered("f_code", "f_trace", "f_lasti", "f_lineno"):
            if ident == guest.reader_ident() or guest.is_ours(rows[0][1][0]):
                continue
            sign = self._sign(rows)
            if sign is None:
                continue
            self._before[ident] = sign
            if ident in before and before[ident] == sign:
                found.append(ident)
        return found

    def _sign(self, rows: List[Tuple[int, Any]]) -> Optional[Sign]:
        """Return what stays the same, of a thread that runs on without events; None where there seem to be some."""
        for depth, (number, (code, trace, lasti, line)) in enumerate(rows):
            dispatch = self._dispatches.get(id(code))
            if dispatch is not None and self._is_traced(dispatch):
                if trace is None and may_be_new(code, lasti):
                    continue  # its caller tells
                told = self._told_of(number)
                inside = self._are_inside(rows[depth:])
                if told is not None and told[0] != line_at_last(code, lasti, line):
                    return None if inside else (number, told[1])  # a line event would have put another number there
                return None if trace is not None or inside else (0, 0)
        return None

    def _are_inside(self, rows: List[Tuple[int, Any]]) -> bool:
        """Report whether frames were called by our trace function: those of a signal handler, which nobody traces there."""
        return any(row[0] is self._trace for _, row in rows)


__all__ = ["UntracedThreads"]
