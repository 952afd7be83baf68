"""The manners of a guest: what is the program's stays the program's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from typing import Any, List, Set
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

    def loaded(self, how: str) -> Set[str]:
        """Return the modules that are there after that was run."""
        home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        text = "import sys; sys.path.insert(0, %r); from _tallyho.process import boot; %s; print(*sys.modules)" % (home, how)
        return set(subprocess.check_output([sys.executable, "-c", text], text=True).split())

    def test_no_openssl(self) -> None:
        self.assertNotIn("_hashlib", self.loaded("boot.load(None)"))

    def test_what_a_plain_run_needs(self) -> None:
        """Each of these is a file that would be read before the program's first line."""
        everything, plain = self.loaded("boot.load(None)"), self.loaded("boot.load(['tally', 'record', 'stops', 'control'])")
        spared = {name for name in everything - plain if name.startswith("_tallyho.")}
        rooms = {name.split(".")[1] for name in plain if name.count(".") == 2 and name.startswith("_tallyho.")}
        self.assertEqual(rooms, {"base", "wire", "values", "program", "query", "events", "process"})
        self.assertGreater(len(spared), 30)
        self.assertLessEqual(len([name for name in plain if name.startswith("_tallyho.")]), 145)

    def test_rooms_of_each_run(self) -> None:
        """A run loads the rooms that it has a use for: query alone, a tally, one that is debugged."""
        always = {"base", "wire", "values", "program", "query", "events", "process"}
        for spared, more in (
            (["tally", "record", "stops", "control"], set()),
            (["record", "stops", "control"], {"tally"}),
            (["tally", "record", "stops"], {"stops"}),
            (["tally", "record"], {"stops", "tally"}),
            (["tally", "stops", "control"], {"recording", "tally"}),
            ([], {"tally", "stops", "recording"}),
        ):
            loaded = self.loaded("boot.load(%r)" % spared)
            rooms = {name.split(".")[1] for name in loaded if name.count(".") == 2 and name.startswith("_tallyho.")}
            self.assertEqual(rooms, always | more, spared)

    def test_compiled_modules_are_kept(self) -> None:
        """Where the program's own are not to be: to read the sources each time takes ten times as long."""
        home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        with tempfile.TemporaryDirectory() as stage:
            shutil.copytree(os.path.join(home, "_tallyho"), os.path.join(stage, "_tallyho"), ignore=shutil.ignore_patterns("__pycache__"))
            text = (
                "import sys; sys.path.insert(0, %r); from _tallyho.process import parts; parts.load(None); print(sys.dont_write_bytecode)"
            )
            out = subprocess.check_output([sys.executable, "-B", "-c", text % stage])
            self.assertEqual(out, b"True\n")
            for module in "tally/tally", "recording/recorder", "stops/requests":
                room, name = module.split("/")
                kept = os.listdir(os.path.join(stage, "_tallyho", room, "__pycache__"))
                self.assertTrue(any(one.startswith(name + ".") for one in kept), module)

    def test_what_is_spared_alone(self) -> None:
        for spared, module in ("tally", "tally.tally"), ("record", "recording.recorder"), ("stops", "stops.requests"):
            self.assertNotIn("_tallyho." + module, self.loaded("boot.load([%r])" % spared))
            others = {"tally.tally", "recording.recorder", "stops.requests"} - {module}
            self.assertLessEqual({"_tallyho." + one for one in others}, self.loaded("boot.load([%r])" % spared))


if __name__ == "__main__":
    unittest.main()
