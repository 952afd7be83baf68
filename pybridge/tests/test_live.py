"""What changes while a program runs: tracepoints that come and go, readers that leave, forks."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import unittest
from typing import Any, Sequence

import farend
from farend import point, query

BACKENDS = ["monitoring", "settrace"] if sys.version_info >= (3, 12) else ["settrace"]


class Live(unittest.TestCase):
    """What changes while the program runs."""

    PROGRAM = "import sys\ndef f(i):\n    x = i\n    return x\ndef main():\n    i = 0\n    while sys.stdin.readline().strip() != 'end':\n        f(i)\n        i += 1\n        print(i, flush=True)\nmain()\n"

    def setUp(self) -> None:
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="tallyho-live-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.path = os.path.join(self.folder, "prog.py")
        with open(self.path, "w") as file:
            file.write(self.PROGRAM)

    def start(self, session: farend.Session, backend: str, points: Sequence[Any] = ()) -> farend.Peer:
        import subprocess

        self.process = session.launch("script", self.path, cwd=self.folder, stdin=subprocess.PIPE)
        peer = session.accept()
        peer.hello()
        peer.start(dict(farend.CONFIG, backend=backend, cwd=self.folder), points)
        peer.until("started")
        return peer

    def step(self, times: int = 1) -> None:
        for _ in range(times):
            self.process.stdin.write("\n")
            self.process.stdin.flush()
            self.process.stdout.readline()

    def end(self) -> None:
        self.process.stdin.write("end\n")
        self.process.stdin.flush()
        self.process.communicate(timeout=30)

    def test_arm_and_disarm(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend), farend.Session() as session:
                peer, decoder = self.start(session, backend), farend.Decoder()
                self.step(3)
                self.assertEqual(decoder.feed(peer.records()).events, [])
                calls = point(query(("function", "eq", "f")), {"kind": "CallPrinter"})
                running = point(query(("function", "eq", "main"), ("lineno", "eq", 9)), id=2)
                located = point({"op": "true"}, id=3, locate={"path": self.path, "line": 8})
                for revision in (2, 3):
                    peer.send(t_="arm", revision=revision, add=[calls, running, located], remove=[])
                    armed = peer.until("armed")
                    self.assertEqual(armed["revision"], revision)
                    self.assertEqual([s["state"] for s in armed["tracepoints"]], ["armed"] * 3)
                    self.step(2)
                    peer.send(t_="flush", id=revision)
                    peer.until("reply")
                    events = decoder.feed(peer.records()).events
                    got = sorted((e["tracepoint"], e["kind"], e["line"]) for e in events)
                    want = [(1, "call", 2), (1, "line", 3), (1, "line", 4), (1, "return", 4), (2, "line", 9), (3, "line", 8)]
                    self.assertEqual(got, sorted(want * 2), backend)
                    decoder.events.clear()
                    peer.send(t_="arm", revision=revision + 10, add=[], remove=[1, 2, 3])
                    peer.until("armed")
                    self.step(2)
                    self.assertEqual(decoder.feed(peer.records()).events, [], backend)
                self.end()

    def test_detach(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend), farend.Session() as session:
                peer = self.start(session, backend, [point(query(("function", "eq", "f")))])
                self.step(2)
                peer.send(t_="detach")
                peer.drain()
                before = len(peer.records())
                self.assertGreater(before, 8)
                self.step(2)
                self.assertEqual(peer.records(), [])
                self.end()
                self.assertEqual(self.process.returncode, 0)

    def test_reader_dies(self) -> None:
        """A program that waits for the reader goes on when that is gone, and ends as ever."""
        text = "def f(i): return 'x' * 1000\nfor i in range(20000): f(i)\nprint('end')\n"
        with open(self.path, "w") as file:
            file.write(text)
        for backend in BACKENDS:
            with self.subTest(backend), farend.Session() as session:
                process = session.launch("script", self.path, cwd=self.folder)
                peer = session.accept()
                peer.hello()
                spec = point(query(("function", "eq", "f")), {"kind": "CallPrinter"})
                peer.start(dict(farend.CONFIG, backend=backend, wait_when_full=True), [spec])
                peer.until("started")
                memory = peer.memory
                assert memory is not None
                farend.until(lambda: int.from_bytes(memory[64:72], "little") > 4_100_000, "a full ring")
                peer.sock.close()
                out, err = process.communicate(timeout=30)
                self.assertEqual((process.returncode, out, err), (0, "end\n", ""))

    def test_waits_for_the_reader(self) -> None:
        """Nothing is lost where the program may wait."""
        with open(self.path, "w") as file:
            file.write("def f(i): return i\nfor i in range(20000): f(i)\n")
        with farend.Session() as session:
            process = session.launch("script", self.path, cwd=self.folder)
            peer, decoder = session.accept(), farend.Decoder()
            peer.hello()
            spec = point(query(("function", "eq", "f")), {"kind": "CallPrinter"})
            peer.start(dict(farend.CONFIG, wait_when_full=True), [spec])
            while process.poll() is None:
                decoder.feed(peer.records())
            decoder.feed(peer.records())
            self.assertEqual(len(decoder.events), 60000)
            process.communicate()

    def test_fork(self) -> None:
        with open(self.path, "w") as file:
            file.write(
                "import os\ndef f(i): return i\nf(1)\npid = os.fork()\nif not pid:\n    f(2)\n    os._exit(0)\nos.waitpid(pid, 0)\nf(3)\n"
            )
        spec = point(query(("function", "eq", "f"), ("kind", "eq", "return")), {"kind": "CodePrinter"})
        for backend in BACKENDS:
            with self.subTest(backend), farend.Session() as session:
                process = session.launch("script", self.path, cwd=self.folder)
                config = dict(farend.CONFIG, backend=backend, cwd=self.folder)
                peer = session.accept()
                just_my_code = peer.hello()
                peer.start(config, [spec])
                child = session.accept()
                hello = child.hello()
                self.assertEqual(hello["parent"], just_my_code["pid"])
                child.start(config, [spec])
                for one, want in ((peer, ["1", "3"]), (child, ["2"])):
                    one.drain()
                    events = farend.Decoder().feed(one.records()).events
                    self.assertEqual([e["values"][0][1] for e in events], want)
                self.assertEqual(process.wait(30), 0)
                process.communicate()


if __name__ == "__main__":
    unittest.main()
