"""What Tallyho is told unasked while the program runs: statuses of tracepoints, doubts about counts, failures of ours."""

from __future__ import annotations

from typing import Any, Callable

from ..base import guest
from ..query.tracepointtable import TracepointTable
from ..wire.link import Message

DEEP = "the program was at its recursion limit: what would have been asked there was not"


class Notices:
    """Tells each notice once, and a status when it has changed."""

    def __init__(self, send: Callable[[Message], Any], table: TracepointTable) -> None:
        self._send = send
        self._table = table
        self._doubted = False
        self._deep_told = False

    def notice(self, text: str) -> None:
        """Tell the person a sentence."""
        self._send({"t": "notice", "text": text})

    def doubt(self, why: str) -> None:
        """Tell why counts are lower bounds; "": they are exact, and nothing is told."""
        if why and not self._doubted:
            self._doubted = True
            self._send({"t": "doubt", "text": why})

    def restart(self) -> None:
        """Start afresh in a forked child, whose counts are in doubt wherever its parent's are."""
        self._doubted = False

    def statuses(self) -> None:
        """Tell of the tracepoints whose status has changed."""
        statuses = self._table.statuses(True)
        if statuses:
            self._send({"t": "status", "tracepoints": statuses})

    def failures(self) -> None:
        """Tell of our own failures in callbacks, which were kept from the program."""
        if guest.too_deep[0] and not self._deep_told:
            self._deep_told = True
            self.notice(DEEP)
        while guest.failures:
            self.notice("an internal failure was kept from the program: " + guest.failures.pop())


__all__ = ["Notices"]
