"""What stops ask of the backend: whose lines, and the returns of which code."""

from __future__ import annotations

from types import CodeType
from typing import Iterable, Protocol

NO_CODE, PERSONS_CODE, ALL_CODE = range(3)
"""How far a stop reaches: in whose code a line may have to stop a thread, besides the code that steps are in."""


class Attention(Protocol):
    """What the backend has for steps and pauses: a Stepper, or a TraceSteps."""

    def attend(self, reach: int, codes: Iterable[CodeType], leaving: bool) -> None:
        """Ask for the lines of that reach, for all of some code, and for frames that exceptions leave."""

    def stop(self) -> None:
        """Ask for nothing any more."""

    def restart(self) -> None:
        """Start afresh in a forked child."""


__all__ = ["ALL_CODE", "NO_CODE", "PERSONS_CODE", "Attention"]
