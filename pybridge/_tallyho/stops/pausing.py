"""A pause that is asked for: which thread is to stop at its next line, and what is said while none does."""

from __future__ import annotations

import sys
from time import monotonic
from types import FrameType
from typing import Any, Callable, ContextManager, Mapping, Optional

from ..base import guest
from ..program.event import thread_name
from ..program.fields import SourceIndex
from ..program.justmycode import JustMyCode

PATIENCE = 1.0
"""Seconds after which a pause that nothing has obeyed yet is explained."""

PREFERENCE = 0.3
"""Seconds for which a pause waits for the thread that it names, before any other may obey it: the named one may be blocked in C."""


class Pausing:
    """The pause of one process, if there is one."""

    def __init__(self, just_my_code: JustMyCode, source_index: SourceIndex, tell: Callable[[Mapping[str, Any]], Any]) -> None:
        self.just_my_code = just_my_code
        self.source_index = source_index
        self.tell = tell
        self.ident: Optional[int] = None
        """The thread to pause; 0: the first that comes; None: no pause is asked for."""
        self.text = ""
        self.told = 0.0
        """When to explain that no thread has stopped; 0: never, or done."""
        self.any = 0.0
        """From when on any thread may obey a pause that names one; 0: never."""

    @property
    def on(self) -> bool:
        """Whether a thread is to stop."""
        return self.ident is not None

    def wants(self, ident: int) -> bool:
        """Report whether a thread is to stop: the pause names it, or any thread may obey."""
        return self.ident is not None and self.ident in (0, ident)

    def ask(self, ident: int, any_in_the_end: bool, explained: bool = True) -> None:
        """Have a thread stop at its next line; 0: any. explained: where none does, the person is told why."""
        self.ident, self.text = ident, ""
        self.told = monotonic() + PATIENCE if explained else 0.0
        self.any = monotonic() + PREFERENCE if ident and any_in_the_end else 0.0

    def over(self) -> None:
        """A thread has stopped, or all go on."""
        self.ident = None

    def tick(self, lock: ContextManager[Any]) -> None:
        """Let any thread obey where the named one does not; explain a pause that no thread has obeyed. lock: held where pauses end."""
        if self.ident and self.any and monotonic() >= self.any:
            self._let_any(lock)
        if self.ident is None or not self.told or monotonic() < self.told:
            return
        self.told = 0.0
        waiting = [self._whereabouts(ident, frame) for ident, frame in sys._current_frames().items()
                   if ident != guest.reader_ident() and self.wants(ident)]  # fmt: skip
        self.tell({"t": "notice", "text": "Nothing has stopped yet: %s. It stops at its next line of Python." % (
            "; ".join(waiting[:5]) or "the thread has ended")})  # fmt: skip

    def _let_any(self, lock: ContextManager[Any]) -> None:
        """Have any thread stop, where the named one does not come to a line of Python."""
        with lock:
            named, self.any = self.ident, 0.0
            if not named:
                return
            frame = sys._current_frames().get(named)
            self.text = "%s and cannot stop there" % self._whereabouts(named, frame) if frame is not None else ""
            self.ident = 0

    def _whereabouts(self, ident: int, frame: Optional[FrameType]) -> str:
        while frame is not None and frame.f_back is not None and not self.just_my_code.frame(frame):
            frame = frame.f_back
        name = thread_name(ident)
        if frame is None:
            return "%s waits outside Python" % name
        return "%s waits in %s:%s" % (name, self.source_index.of(frame.f_code, frame.f_globals).shown, frame.f_lineno)


__all__ = ["Pausing"]
