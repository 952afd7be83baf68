"""Numbers for what is looked at while a thread is stopped: frames, values, groups of values."""

from __future__ import annotations

from _thread import allocate_lock
from itertools import count
from typing import Any, Dict, Optional, Set, Tuple


class StaleReference(Exception):
    """A number that stands for nothing, or no longer; the argument is a sentence."""


class Refs:
    """Numbers of one process, never given twice. Each belongs to a thread and dies when that thread is resumed."""

    def __init__(self) -> None:
        self._numbers = count(1)
        self._held: Dict[int, Tuple[int, Any]] = {}
        self._of: Dict[int, Set[int]] = {}
        self._lock = allocate_lock()

    def restart(self) -> None:
        """Start afresh in a forked child, where a thread that held the lock does not exist; no number is given twice."""
        self._held, self._of, self._lock = {}, {}, allocate_lock()

    def add(self, owner: int, thing: Any) -> int:
        """Return a new number for a thing that is looked at on behalf of a thread."""
        number = next(self._numbers)
        self._held[number] = (owner, thing)
        with self._lock:
            of = self._of.get(owner)
            if of is None:
                of = self._of[owner] = set()
            of.add(number)
        return number

    def get(self, number: Any, kind: Optional[type] = None) -> Any:
        """Return the thing that has a number. Raises StaleReference."""
        return self.owned(number, kind)[1]

    def owned(self, number: Any, kind: Optional[type] = None) -> Tuple[int, Any]:
        """Return the thread that a number belongs to, and the thing. Raises StaleReference."""
        found = self._held.get(number) if type(number) is int else None
        if found is None or kind is not None and not isinstance(found[1], kind):
            raise StaleReference("this is gone: the program has run on since")
        return found

    def forget(self, owner: int) -> None:
        """Let go of all that belongs to a thread, before it runs on."""
        with self._lock:
            dying = [self._held.pop(number, None) for number in self._of.pop(owner, ())]
        del dying  # finalizers may run here, outside the lock

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            dying = self._held, self._of
            self._held, self._of = {}, {}
        del dying
