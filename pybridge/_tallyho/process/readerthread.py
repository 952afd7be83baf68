"""The thread of ours that reads what Tallyho says, and its absence while the program forks."""

from __future__ import annotations

from typing import Callable, Optional

from ..base.warningfilter import WarningFilter, about_threads_at_fork
from ..wire.link import Link, LinkReader, Message

PAUSE = 0.1
"""Seconds between ticks."""

LAST_WORDS = 0.5
"""Seconds that the thread may take to end, at exit."""


class ReaderThread:
    """The reader's thread: at most one at a time, none before begin, and none in a forked child until that begins its own."""

    def __init__(self, link: Link, serve: Callable[[Message], None], tick: Callable[[], None], lost: Callable[[], None]) -> None:
        self._link = link
        self._serve = serve
        self._tick = tick
        self._lost = lost
        self._reader: Optional[LinkReader] = None
        self._fork_quiet: Optional[WarningFilter] = None

    def begin(self) -> None:
        """Have messages served by it from now on."""
        self._reader = LinkReader(self._link, self._serve, self._tick, self._lost, PAUSE)
        self._reader.start()

    def end(self) -> None:
        """End it for good, at exit."""
        if self._reader is not None:
            self._reader.end(LAST_WORDS)

    def close_wake(self) -> None:
        """Close what wakes it: it has ended, or is this thread."""
        if self._reader is not None:
            self._reader.close_wake()

    def before_fork(self) -> None:
        """Be gone while the process forks, which warns of threads and copies the locks that they hold."""
        if self._reader is not None:
            # 3.13.0 counts the threads only after the reader is back.
            if self._reader.pause() == 1 and self._fork_quiet is None:
                self._fork_quiet = WarningFilter(message=about_threads_at_fork)

    def after_fork(self) -> None:
        """Go on in the process that has forked."""
        if self._reader is not None:
            self._reader.start()

    def forked(self) -> None:
        """The fork is over and the interpreter has counted the threads: let it warn of the program's own again."""
        if self._fork_quiet is not None:
            self._fork_quiet.end()
            self._fork_quiet = None

    def in_child(self) -> None:
        """Forget the thread in the new process, which does not have it."""
        self._reader = None
        self.forked()


__all__ = ["PAUSE", "ReaderThread"]
