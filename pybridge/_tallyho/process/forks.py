"""Telling bridges of forks. What os.register_at_fork takes stays for ever, and a bridge does not: so one list is registered, once."""

from __future__ import annotations

import os
from typing import Callable, List, Protocol

from .readerthread import ReaderThread


class Forking(Protocol):
    """A bridge, as far as forks concern it. None of these raises, or shows in the program as an event."""

    def before_fork(self) -> None:
        """The process is about to fork."""

    def after_fork(self) -> None:
        """It has forked, and goes on."""

    def in_child(self) -> None:
        """This is the new process."""


class AtFork:
    """What one bridge does at a fork: its reader's thread is away meanwhile, and the new process is one of its own."""

    def __init__(
        self, unseen: Callable[[Callable[[], None]], None], reader: ReaderThread, over: Callable[[], bool], in_child: Callable[[], None]
    ) -> None:
        """unseen: does work of ours without an event of it; over: whether the bridge has finished; in_child: does not raise."""
        self._unseen = unseen
        self._reader = reader
        self._over = over
        self._in_child = in_child

    def before_fork(self) -> None:
        """The process is about to fork."""
        self._unseen(lambda: self._unless_over(self._reader.before_fork))

    def after_fork(self) -> None:
        """It has forked, and goes on."""
        self._unseen(lambda: self._unless_over(self._reader.after_fork))

    def in_child(self) -> None:
        """This is the new process."""
        self._unseen(self._in_child)

    def _unless_over(self, work: Callable[[], None]) -> None:
        try:
            if not self._over():
                work()
        except Exception:
            pass


_present: List[Forking] = []
_watching: List[bool] = []


def tell(bridge: Forking) -> None:
    """Tell a bridge of forks from now on."""
    _present.append(bridge)
    if _watching or not hasattr(os, "register_at_fork"):
        return
    _watching.append(True)
    os.register_at_fork(
        before=lambda: _each(lambda one: one.before_fork()),
        after_in_parent=lambda: _each(lambda one: one.after_fork()),
        after_in_child=lambda: _each(lambda one: one.in_child()),
    )


def tell_no_more(bridge: Forking) -> None:
    """Tell a bridge of forks no longer."""
    if bridge in _present:
        _present.remove(bridge)


def _each(told: Callable[[Forking], None]) -> None:
    for bridge in list(_present):
        told(bridge)


__all__ = ["AtFork", "Forking", "tell", "tell_no_more"]
