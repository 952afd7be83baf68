"""The manners of a guest: what is the program's stays the program's."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import unittest
from typing import Any, List
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base import guest
from _tallyho.wire import link


@unittest.skipUnless(hasattr(signal, "pthread_sigmask"), "this system has no signal masks")
class Calm(unittest.TestCase):
    """A thread's signals are its own again afterwards, whatever happens."""

    def mask(self) -> List[int]:
        return sorted(signal.pthread_sigmask(signal.SIG_BLOCK, ()))

    def test_keeps_signals_away(self) -> None:
        before = self.mask()
        with guest.BlockedSignals():
            self.assertIn(signal.SIGALRM, self.mask())
        self.assertEqual(self.mask(), before)

    def test_a_handler_that_is_due_raises(self) -> None:
        real, before = guest._sigmask, self.mask()

        def due(how: int, which: Any) -> Any:
            old = real(how, which)
            if len(which) > 1:
                raise LookupError("a handler's")
            return old

        with mock.patch.object(guest, "_sigmask", due):
            with self.assertRaises(LookupError):
                guest.BlockedSignals().__enter__()
        self.assertEqual(self.mask(), before)

    def test_the_reader_is_born_without_signals(self) -> None:
        """A new thread has its creator's mask until it first runs, which may be 5 ms later."""
        before, born = self.mask(), []

        def start(*_: Any) -> int:
            born.extend(self.mask())
            return 0

        serving = link.LinkReader(mock.Mock(), print, print, print, 1000)
        with mock.patch.object(link, "start_new_thread", start):
            serving.start()
        serving.close_wake()
        self.assertIn(signal.SIGALRM, born)
        self.assertEqual(self.mask(), before)


class Company(unittest.TestCase):
    """What the bridge brings along is the standard library's, and no more of that than it needs."""

    def test_no_openssl(self) -> None:
        home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        text = "import sys; sys.path.insert(0, %r); import _tallyho.process.bridge; print('_hashlib' in sys.modules)" % home
        self.assertEqual(subprocess.check_output([sys.executable, "-c", text]), b"False\n")


if __name__ == "__main__":
    unittest.main()
