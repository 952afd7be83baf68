"""A lock that its own thread does not wait for, and others only for a while.

It is for work that may meet itself: the reader's thread plans code, calls a function of the standard library for that, and
is told that this function has started.
"""

from __future__ import annotations

from _thread import allocate_lock, get_ident

SECONDS = 2.0
"""What another thread waits at most: the lock's owner may be collecting garbage, and wait in a finalizer for a lock of the program."""


class PatientLock:
    """Serializes work between threads, as far as that can be had."""

    __slots__ = ("lock", "owner")

    def __init__(self) -> None:
        self.lock = allocate_lock()
        self.owner = 0

    def take(self) -> bool:
        """Wait for the lock. False where it is not to be given back: it was this thread's already, or could not be had."""
        me = get_ident()
        if self.owner == me or not self.lock.acquire(True, SECONDS):
            return False
        self.owner = me
        return True

    def give(self) -> None:
        """Give it back."""
        self.owner = 0
        self.lock.release()
