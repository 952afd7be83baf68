"""What a signal's handler raises, wherever it comes between: no lock is left taken, and a thread that is stopped heeds it."""

from __future__ import annotations

import _thread
import os
import random
import signal
import socket
import sys
import threading
import unittest

import farend

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base import guest
from _tallyho.program.parking import Parked
from _tallyho.wire.link import Link

RUNG = 600
"""How often a handler raises; without the signals held back each fifteenth left the lock taken."""


class Rung(Exception):
    pass


def ring(*_: object) -> None:
    raise Rung


@unittest.skipUnless(hasattr(signal, "setitimer"), "needs timers")
class Sending(unittest.TestCase):
    def setUp(self) -> None:
        self.here, self.there = socket.socketpair()
        self.addCleanup(self.there.close)
        self.addCleanup(lambda: self.link.close())
        self.link = Link.over(self.here)
        with guest.BlockedSignals():  # as the reader's thread: a signal is the main thread's
            threading.Thread(target=self.read, daemon=True).start()

    def read(self) -> None:
        try:
            while self.there.recv(1 << 20):
                pass
        except OSError:
            pass  # it is closed

    def test_the_lock_is_given_back(self) -> None:
        before, choice, rung = signal.signal(signal.SIGALRM, ring), random.Random(1), 0
        try:
            while rung < RUNG:
                try:
                    signal.setitimer(signal.ITIMER_REAL, 0.00002 + choice.random() / 10000)
                    while True:
                        self.link.ring_bell()
                        self.link.send({"t": "x"})
                except Rung:
                    rung += 1
                self.assertFalse(self.link.sending.locked(), rung)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)


class Stopped(unittest.TestCase):
    def test_a_signal_just_before_the_wait(self) -> None:
        """It is noted, and interrupts nothing: the thread has to look."""
        parked, main = Parked(1, sys._getframe(), 1, "pause"), threading.get_ident()

        def waits() -> bool:
            frame = sys._current_frames()[main]
            while frame is not None and frame.f_code is not Parked._serve.__code__:
                frame = frame.f_back  # type: ignore[assignment]
            return frame is not None

        def interrupt() -> None:
            farend.until(waits, "the wait")
            _thread.interrupt_main()

        late = threading.Timer(farend.DEADLINE, parked.jobs.put, [None])
        late.start()
        threading.Thread(target=interrupt, daemon=True).start()
        with self.assertRaises(KeyboardInterrupt):
            parked.serve()
        self.assertTrue(late.is_alive(), "it was heard of when somebody asked something")
        late.cancel()


if __name__ == "__main__":
    unittest.main()
