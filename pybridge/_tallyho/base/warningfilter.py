"""Keeping warnings about our own doings from the program, without touching its own."""

from __future__ import annotations

import warnings
from typing import Any, Callable, Optional


class _Matcher:
    """The only part of a compiled pattern that a warnings filter asks."""

    def __init__(self, match: Callable[[str], bool]) -> None:
        self.match = match


class WarningFilter:
    """A filter in front of the program's that ignores the warnings it names, and no others, until it is ended."""

    def __init__(self, message: Optional[Callable[[str], bool]] = None, module: Optional[Callable[[str], bool]] = None) -> None:
        self.rule: Any = (
            "ignore",
            None if message is None else _Matcher(message),
            Warning,
            None if module is None else _Matcher(module),
            0,
        )
        warnings.filters.insert(0, self.rule)  # type: ignore[attr-defined]

    def end(self) -> None:
        """Take the filter away."""
        try:
            warnings.filters.remove(self.rule)  # type: ignore[attr-defined]
        except ValueError:
            pass


def about_threads_at_fork(text: str) -> bool:
    """Recognise the warning of 3.12+ that a process with threads forks."""
    return text.startswith("This process (pid=") and "multi-threaded" in text
