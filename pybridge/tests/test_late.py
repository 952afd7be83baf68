"""Tracepoints that come when their code has run already, and still runs: launched and attached to, tallied or not."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
from collections import Counter
from typing import Any, Dict, List, Mapping, Sequence

import farend
from farend import point, query
from oracle_programs import Writer
from size import FIRST, sized
from tally_harness import MONITORING, NATIVE

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = sized(6)

PROGRAM = """
import sys, threading%s
def called(i):
    y = i                                       # called
    return y

def generator():
    while True:
        yield 1
        x = 2                                   # generator

async def coroutine():
    while True:
        await Pause()
        x = 3                                   # coroutine

class Pause:
    def __await__(self):
        yield

def round_():
    said.acquire()
    return go_on

def loop(one, other):
    while round_():
        called(1)
        next(one)
        other.send(None)
        x = 4                                   # loop

def thread():
    while go_on:
        turn.wait(0.005)
        x = 5                                   # thread

said, go_on, turn = threading.Semaphore(3), True, threading.Event()
one, other = generator(), coroutine()
next(one); other.send(None)
threading.Thread(target=thread, daemon=True).start()
def hear():
    global go_on
    for line in sys.stdin:
        said.release()
    go_on = False
    said.release()
threading.Thread(target=hear, daemon=True).start()
print("up", flush=True)
loop(one, other)
"""
MARKS = ("called", "generator", "coroutine", "loop", "thread")
LISTEN = """
sys.path.insert(0, %r)
from _tallyho.process.attach import Host
host = Host()
host.listen(%r, "t0ken")
"""


def line_of(mark: str, text: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if line.endswith("# " + mark))


class Running:
    """A program that has run for a while, and goes a round for each line that it is given."""

    def __init__(self, attach: bool, **config: Any) -> None:
        self.session = farend.Session()
        self.folder = tempfile.mkdtemp(prefix="tallyho-late-")
        self.path = os.path.join(self.folder, "prog.py")
        self.door = os.path.join(self.folder, "door")
        self.text = PROGRAM % ("\n" + (LISTEN % (farend.BRIDGE, self.door)).strip() if attach else "")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(self.text)
        self.config: Dict[str, Any] = dict(farend.CONFIG, cwd=self.folder, **config)
        self.peer = self._attached() if attach else self._launched()

    def _launched(self) -> farend.Peer:
        self.process = self.session.launch("script", self.path, address={"native": NATIVE}, stdin=subprocess.PIPE)
        peer = self.session.accept()
        peer.hello()
        peer.start(self.config, [])
        self._is_up()
        return peer

    def _attached(self) -> farend.Peer:
        self.process = self.session.process = subprocess.Popen(
            [sys.executable, self.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True
        )
        self._is_up()
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.connect(self.door)
        peer = farend.Peer(sock)
        self.session.peers.append(peer)
        peer.send(t_="attach", version=1, token="t0ken", link={"native": NATIVE})
        peer.hello()
        peer.start(self.config, [])
        peer.until("started")
        return peer

    def _is_up(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == "up\n", self.process.communicate()

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: Any) -> None:
        self.session.__exit__()
        shutil.rmtree(self.folder, ignore_errors=True)

    def arm(self, points: Sequence[Mapping[str, Any]]) -> List[Dict[str, Any]]:
        self.peer.send(t_="arm", revision=2, add=list(points), remove=[])
        return list(self.peer.until("armed")["tracepoints"])

    def rounds(self, number: int) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write("\n" * number)
        self.process.stdin.flush()

    def hits(self, wanted: Sequence[int]) -> List[int]:
        """Wait until each tracepoint has been hit so often; return what they say."""
        found: Dict[int, int] = {}
        while any(found.get(one, 0) < 2 for one in wanted):
            found.update({status["id"]: status["hits"] for status in self.peer.until("status")["tracepoints"]})
        return [found[one] for one in wanted]


class Late(unittest.TestCase):
    """Whatever was seen already takes notice."""

    def check(self, attach: bool, points: Any, **config: Any) -> None:
        with Running(attach, **config) as it:
            wanted = points(it)
            it.arm(wanted)
            it.rounds(3)
            self.assertTrue(all(count >= 2 for count in it.hits([one["id"] for one in wanted])))

    def ways(self) -> List[Dict[str, Any]]:
        tallies = ["off", "counts", "values"] if MONITORING is not None else ["off", "counts"]
        return [{"attach": attach, "tally": tally} for attach in (False, True) for tally in tallies]

    def test_at_lines(self) -> None:
        for way in self.ways():
            # Below 3.12 a thread that runs cannot be reached from outside.
            marks = [mark for mark in MARKS if MONITORING is not None or not way["attach"] or mark != "thread"]
            with self.subTest(**way):
                self.check(
                    points=lambda it: [
                        point({"op": "true"}, id=number, locate={"path": it.path, "line": line_of(mark, it.text)})
                        for number, mark in enumerate(marks, 1)
                    ],
                    **way,
                )

    def test_of_functions(self) -> None:
        for way in self.ways():
            with self.subTest(**way):
                self.check(
                    points=lambda it: [
                        point(query(("function", "eq", name), ("kind", "eq", "call")), id=number)
                        for number, name in enumerate(("called", "generator"), 1)
                    ],
                    **way,
                )

    def test_by_queries(self) -> None:
        for way in self.ways():
            with self.subTest(**way):
                self.check(
                    points=lambda it: [
                        point(query(("function", "eq", "loop"), ("kind", "eq", "line")), id=1),
                        point(query(("filename", "endswith", "prog.py"), ("kind", "eq", "return")), id=2),
                    ],
                    **way,
                )


@unittest.skipUnless(MONITORING, "settrace sees every frame anew")
class Again(unittest.TestCase):
    """Random programs are run twice, by the same code objects. Asked from the start or in between: the second run tells the same."""

    def told(self, folder: str, seed: int, late: bool, tally: str) -> "Counter[Any]":
        everything = point(query(("filename", "contains", os.sep + "case")))
        with farend.Session() as session:
            process = session.launch(
                "script",
                os.path.join(HERE, "oracle_twice.py"),
                [folder, str(seed)],
                stdin=subprocess.PIPE,
                python_args=["-W", "ignore"],
                address={"native": NATIVE},
            )
            peer = session.accept()
            peer.hello()
            peer.start(dict(farend.CONFIG, cwd=folder, tally=tally, exclude=[HERE + "/**"]), [] if late else [everything])
            assert process.stdin is not None and process.stdout is not None
            self.assertEqual(process.stdout.readline(), "again\n")
            decoder = farend.Decoder().feed(peer.records())
            before = len(decoder.events)
            if late:
                peer.send(t_="arm", revision=2, add=[everything], remove=[])
                peer.until("armed")
            process.stdin.write("\n")
            process.stdin.flush()
            peer.drain()
            decoder.feed(peer.records())
            self.assertEqual(process.wait(farend.DEADLINE), 0)
        return Counter((event["kind"], event["function"], event["line"]) for event in decoder.events[before:])

    def test_random_programs(self) -> None:
        for seed in range(FIRST, FIRST + PROGRAMS):
            with tempfile.TemporaryDirectory() as folder:
                writer = Writer(seed)
                writer.program()
                with open(os.path.join(folder, "case.py"), "w", encoding="utf-8") as file:
                    file.write("\n".join(writer.plain) + "\n")
                told = self.told(folder, seed, False, "off")
                self.assertTrue(told)
                for tally in ("off", "counts"):
                    self.assertEqual(self.told(folder, seed, True, tally), told, (seed, tally))


class Long(unittest.TestCase):
    """A module may have any number of lines."""

    def test_a_long_module(self) -> None:
        for text, last in (("x = 0\n" * 1700, 1701), ("table = [\n" + "    [len],\n" * 1700 + "]\n", 1703)):
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "long.py")
                with open(path, "w", encoding="utf-8") as file:
                    file.write(text + "y = 1\n")
                points = [point({"op": "true"}, id=line, locate={"path": path, "line": line}) for line in (10, last)]
                for tally in ("off", "counts"):
                    events = farend.run("script", path, points, config={"tally": tally}).events
                    self.assertEqual([event["line"] for event in events], [10, last])


if __name__ == "__main__":
    unittest.main()
