"""A bridge that comes into a program that runs already, and leaves it as it was.

Unlike a launched program, it never waits for its reader, and it has a shared
memory only where the client is on the same machine: over TCP the reader's
thread sends the records itself (Forwarder).
"""

from __future__ import annotations

import os
import sys
import time
from _thread import get_ident
from typing import Any, Callable, Mapping, Optional

from ..base import behaviour, glance, guest
from ..events.settrace import SetTrace, is_in_trace_function
from ..program.event import main_ident
from ..program.mainthread import in_main_thread
from ..wire.forward import Forwarder
from ..wire.link import Link, LinkBroken, Message
from .bridge import Bridge
from .parts import load
from .readerthread import PAUSE
from .run import Run

GO_TIMEOUT = 60.0
"""Seconds a client may take to configure and arm."""

_monotonic = time.monotonic
_ALL = load(None)
"""A client may ask for anything: loaded with this module."""


class AttachedBridge(Bridge):
    """One client's stay. A thread of ours begins it; from then on the reader's thread serves."""

    def __init__(
        self, link: Link, address: Mapping[str, Any], shared: bool, left: Callable[["AttachedBridge"], None], meanwhile: Callable[[], None]
    ) -> None:
        super().__init__(link, address, Run({"kind": "attached"}, os.path.dirname(os.path.dirname(os.path.dirname(__file__)))), _ALL)
        self.shared = shared
        self.begun = False
        self.ready = False
        """Whether what the client asks is armed: nothing that runs from now on is missed."""
        self.gone = False
        self.left = left
        self.meanwhile = meanwhile
        """Done now and then by the reader's thread."""
        self.forwarder: Optional[Forwarder] = None if shared else Forwarder(self.memory, link)
        self.reach_again = False
        """Whether the main thread was reached at a moment at which its trace function could not be set."""

    def stay(self) -> None:
        """Be introduced, configured and armed, and begin. Never raises."""
        try:
            guest.set_reader_ident(get_ident())
            self.hello()
            self._wait_for_go(GO_TIMEOUT)
            self._appear()
            self.begun = True
            self._begin()
            if self.monitoring:
                self.backend.catch_up()
            else:
                self._reach_running_threads()
            self.ready = True
            self.link.send({"t": "started", "backend": "monitoring" if self.monitoring else "settrace"})
        except BaseException:
            self._lost()

    def _wait_for_go(self, timeout: float) -> None:
        deadline = _monotonic() + timeout
        while not self.running:
            message = self.link.receive(PAUSE)
            if message is not None:
                self._serve(message)
            elif _monotonic() > deadline:
                raise LinkBroken("no go")
            self.meanwhile()

    def _reach_running_threads(self) -> None:
        """Have the main thread traced by settrace, which only a thread itself can begin: other threads that run already stay untraced."""
        if behaviour.MONITORING:
            return  # threading.settrace_all_threads has done it
        others = [ident for ident in glance.idents() if ident not in (main_ident(), get_ident(), guest.reader_ident())]
        reached = in_main_thread(self._trace_here)
        if not reached or others:
            seen = "the main thread and those that start from now on are" if reached else "only threads that start from now on are"
            text = "Python %s cannot begin to trace a thread that runs: %s traced" % (behaviour.VERSION, seen)
            self.link.send({"t": "notice", "text": text})

    def _trace_here(self) -> None:
        """Called in the main thread."""
        if not isinstance(self.backend, SetTrace) or not self.backend.on:
            return
        if is_in_trace_function():
            self.reach_again = True  # that of a stay that has ended may be about to take itself out, and would take out ours
            return
        sys.settrace(self.backend.function)
        self.backend.rearm()

    def _serve(self, message: Message) -> None:
        if self.forwarder is not None and message.get("t") in ("flush", "detach"):
            self.forwarder.pass_on(True)
        super()._serve(message)

    def _tick(self) -> None:
        if self.forwarder is not None:
            self.forwarder.pass_on(False)
        self.meanwhile()
        if self.reach_again:
            self.reach_again = False
            in_main_thread(self._trace_here)
        super()._tick()

    def _ask_nothing(self) -> None:
        super()._ask_nothing()
        if self.forwarder is not None:
            self.forwarder.pass_on(True)

    def _lost(self) -> None:
        """Nobody listens any more; also after a detach, when the reader's thread finds the link closed."""
        super()._lost()
        if not self.gone:
            self.gone = True
            if self.monitoring and not self.begun:
                self.backend.release()
            self.link.close()
            guest.set_reader_ident(0)
            self.left(self)

    def leave(self) -> None:
        """End the stay from the program's side."""
        if self.finished:
            self.link.close()
        elif not self.gone:
            self._serve({"t": "detach"})

    def stop_here(self) -> None:
        """Have the calling thread stop at its next line, where somebody can look at it."""
        if self.control is None or not self.control.served or not self.begun or self.gone:
            return
        if not self.monitoring:
            self._trace_here()
        self.control.pause_here()

    def _in_child(self) -> None:
        super()._in_child()
        if self.finished:
            self.gone = True
            self._disappear()


__all__ = ["AttachedBridge"]
