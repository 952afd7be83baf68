"""One callback at a time, on a free-threaded Python.

The bridge is written for callbacks that no other thread comes between, except at a call or a jump back: it reads a counter and
writes it, and keeps its tables so. With the GIL that is so anyway, and nothing here costs anything. Without it, each callback
takes the turn first; a thread that stands still in one (parking.py) gives it away meanwhile.
"""

from __future__ import annotations

import builtins
import sys
from _thread import RLock, get_ident
from os import getpid
from types import FrameType
from typing import Any, Callable

from .behaviour import FREE_THREADED
from .guest import leaving, reader_ident, too_deep

PATIENCE = 0.1
"""Seconds until a thread that waits for its turn looks whether it waits for nobody: in a forked child for a thread of its parent's,
at the interpreter's end for a daemon thread that stays where it is."""

AT_THE_LIMIT = "the program was at its recursion limit, where some of what this Python without the GIL ran was not counted"

_ENDING: Any = getattr(builtins, "PythonFinalizationError", ())
"""What 3.15 and newer raise at the interpreter's end in a thread that would have to wait for a lock."""


class Turn:
    """The turn, which a thread may take again inside: signal handlers and finalizers run in callbacks, and have events of theirs."""

    __slots__ = ("lock", "missed", "process")

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Give it to nobody."""
        self.lock: Any = RLock()
        self.process = getpid()
        self.missed = False
        """Whether an event found no room to wait for its turn, at the recursion limit."""

    def gives(self, callback: Callable[..., Any]) -> Callable[..., Any]:
        """Return a callback that takes the turn for as long as another one runs."""

        def in_turn(*args: Any) -> Any:
            lock = self.lock
            held = lock._recursion_count()
            try:
                # The reader's thread may have a lock that a callback waits for; what it runs is nobody's event.
                if get_ident() == reader_ident():
                    return callback(*args)
                lock = self._take(lock)
                return callback(*args)
            except RecursionError:
                if leaving[0]:
                    raise
                too_deep[0] += 1
                self.missed = True
                return None
            except BaseException:
                leaving[0] = True
                raise
            finally:
                if lock._recursion_count() > held:  # nothing of what is around this callback
                    lock.release()

        return in_turn

    def _take(self, lock: Any) -> Any:
        """Wait for the turn, and return its lock; at the interpreter's end not for long."""
        try:
            while not lock.acquire(True, PATIENCE):
                if sys.is_finalizing():
                    break
                if self.process != getpid():
                    self.restart()
                    lock = self.lock
        except _ENDING:
            pass
        return lock

    def away(self, work: Callable[[], None]) -> None:
        """Do what waits for other threads: meanwhile they have their turns."""
        lock = self.lock
        if not lock._is_owned():
            work()
            return
        state = lock._release_save()
        try:
            work()
        finally:
            lock._acquire_restore(state)


_turn = Turn()


def _frame_above(depth: int) -> FrameType:
    return sys._getframe(depth + 2)


if FREE_THREADED:
    in_turn = _turn.gives
    """Return a callback that runs only while no other one does."""
    getframe: Callable[[int], FrameType] = _frame_above
    """Return the frame that many above a callback's; in_turn's own is between, and is left out."""
    away = _turn.away
    """Do what waits for other threads, in a callback or elsewhere."""

    def doubt() -> str:
        """Return why counts are lower bounds; "" where they are exact."""
        return AT_THE_LIMIT if _turn.missed else ""

else:

    def doubt() -> str:
        """Return why counts are lower bounds; "" where they are exact."""
        return ""

    def in_turn(callback: Callable[..., Any]) -> Callable[..., Any]:
        """Return a callback that runs only while no other one does."""
        return callback

    getframe = sys._getframe

    def away(work: Callable[[], None]) -> None:
        """Do what waits for other threads, in a callback or elsewhere."""
        work()


__all__ = ["Turn", "away", "doubt", "getframe", "in_turn"]
