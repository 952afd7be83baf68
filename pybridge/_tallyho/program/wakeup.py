"""A signal that ends a call in C (a lock, a sleep, a read) of the main thread, while something is evaluated in it.

Python runs signal handlers in the main thread alone, and a call that was interrupted goes on unless its handler raises.
The signal is one whose default is to do nothing and for which the program has no handler; it is ours for that time only.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
from _thread import get_ident
from typing import Any, Callable, Optional

from .event import main_ident

_HARMLESS = ("SIGURG", "SIGWINCH")
"""Signals whose default is to do nothing: a late one ends no process."""

_kill: Optional[Callable[[int, int], None]] = getattr(_signal, "pthread_kill", None)
_pending: Callable[[], Any] = getattr(_signal, "sigpending", tuple)


class Wakeup:
    """The signal of one evaluation; `active` says whether the evaluation still runs."""

    def __init__(self, active: Callable[[], bool], kind: type) -> None:
        self.active = active
        self.kind = kind
        self.number = 0

    def prepare(self) -> None:
        """Take a signal; in the thread that evaluates. Nothing is done where that is not the main thread."""
        if _kill is None or get_ident() != main_ident():
            return
        for name in _HARMLESS:
            number = getattr(_signal, name, 0)
            try:
                if number and _is_default(_signal.getsignal(number)):
                    _signal.signal(number, self._take)
                    self.number = int(number)
                    return
            except (ValueError, OSError):
                return  # not the main interpreter

    def _take(self, number: int, frame: Any) -> None:
        if self.active():
            raise self.kind

    def send(self, ident: int) -> bool:
        """End what a thread does or waits for; False: there is no signal for it.

        Only while `active` holds, which the caller keeps from changing.
        """
        if self.number and _kill is not None:
            try:
                _kill(ident, self.number)
                return True
            except OSError:
                pass
        return False

    def put_back(self) -> None:
        """Give the signal back, in the same thread, when nothing is active any more.

        A signal that was sent has reached the process by the end of any system call, and its handler runs by the end
        of a loop: were our handler gone in between, Python would complain that the signal is ignored.
        """
        if not self.number:
            return
        _pending()
        for _ in range(100):
            pass
        number, self.number = self.number, 0
        _signal.signal(number, _signal.SIG_DFL)


def _is_default(handler: Any) -> bool:
    return type(handler) is int and handler == _signal.SIG_DFL


__all__ = ["Wakeup"]
