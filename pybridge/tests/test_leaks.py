"""Sessions leave nothing behind in the program: the references of all objects together are as many after fifty as after ten.

It needs a Python built for debugging, which counts them (Debian: python3.14-dbg): `make test-leaks`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest
from typing import Any, List

import farend
from farend import point, query

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")
PROGRAM = """import gc, sys
sys.path.insert(0, %r)
from _tallyho.process.attach import Host
host = Host()
host.listen(%r, "t0ken")
def f(value):
    try:
        text = "v%%d" %% value
        if value %% 5 == 0:
            raise ValueError(text)
        return [one for one in text]
    except ValueError as error:
        return str(error)
print("up", flush=True)
for line in sys.stdin:
    if line.strip():
        for _ in range(3):
            gc.collect()
        print(sys.gettotalrefcount(), flush=True)
    else:
        for value in range(40):
            f(value)
        print("done", flush=True)
"""
WARM, SESSIONS, READINGS = 10, 10, 5
ALLOWED = 2
"""References for each session that are no leak: a total differs by a few from one reading to the next, and now and then by hundreds
(a table that grows). What a session leaves grows between any two readings, so the least of all differences is looked at."""


class Program:
    """A program that goes a round, or counts its references, when it is told to."""

    def __init__(self) -> None:
        self.folder = tempfile.mkdtemp(prefix="tallyho-leaks-")
        self.door = os.path.join(self.folder, "door")
        path = os.path.join(self.folder, "prog.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(PROGRAM % (farend.BRIDGE, self.door))
        self.process = subprocess.Popen([sys.executable, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True)
        assert self.said() == "up"

    def said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def told(self, line: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        return self.said()

    def session(self, points: List[Any], **config: Any) -> None:
        """Attach, ask, have it run, and go away."""
        peers: List[farend.Peer] = []
        farend.until(lambda: self.attached(peers), "a session")  # the one before may still be going away
        peer = peers[0]
        peer.start(dict(farend.CONFIG, cwd=self.folder, **config), points)
        peer.until("started")
        assert self.told("") == "done"
        peer.send(t_="detach")
        peer.drain()
        peer.sock.close()
        if peer.memory is not None:
            peer.memory.close()

    def attached(self, peers: List[farend.Peer]) -> bool:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.connect(self.door)
            peer = farend.Peer(sock)
            peer.send(t_="attach", version=1, token="t0ken", link={"native": NATIVE})
            hello = peer.hello()
        except (EOFError, OSError):
            sock.close()
            return False
        assert hello["native"] or not NATIVE, hello
        peers.append(peer)
        return True

    def references(self) -> int:
        return int(self.told("count"))

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        shutil.rmtree(self.folder, ignore_errors=True)


@unittest.skipUnless(hasattr(sys, "gettotalrefcount"), "this Python was not built for debugging")
class Leaks(unittest.TestCase):
    def check(self, points: List[Any], **config: Any) -> None:
        program = Program()
        self.addCleanup(program.close)
        for _ in range(WARM):
            program.session(points, **config)
        read = [program.references()]
        for _ in range(READINGS):
            for _ in range(SESSIONS):
                program.session(points, **config)
            read.append(program.references())
        grown = [after - before for before, after in zip(read, read[1:])]
        self.assertLess(min(grown) / SESSIONS, ALLOWED, "references left by %d sessions each: %s" % (SESSIONS, grown))

    def test_what_is_counted(self) -> None:
        self.check([], tally="values", just_my_code=True)

    def test_what_is_asked(self) -> None:
        self.check([point(query(("function", "eq", "f")), {"kind": "CallPrinter"})], tally="off")

    def test_nothing(self) -> None:
        self.check([], tally="off")


if __name__ == "__main__":
    unittest.main()
