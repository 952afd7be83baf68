"""The reader of commands, fed with anything: it returns a message, waits for more, or says that the link is broken."""

from __future__ import annotations

import json
import os
import random
import socket
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.wire.link import Link, LinkBroken


def frame(payload: bytes, kind: bytes = b"J") -> bytes:
    return struct.pack("<I", len(payload) + 1) + kind + payload


GOOD = [
    frame(json.dumps(one).encode()) for one in ({"t": "go"}, {"t": "flush", "id": 1}, {"t": "arm", "revision": 1, "add": [], "remove": []})
]


class AnyBytes(unittest.TestCase):
    def read(self, data: bytes) -> None:
        """Read all that a connection brings."""
        ours, theirs = socket.socketpair()
        with ours, theirs:
            theirs.sendall(data)
            theirs.shutdown(socket.SHUT_WR)
            link = Link.over(ours)
            for _ in range(1000):
                try:
                    message = link.receive(5)
                except LinkBroken:
                    return
                self.assertIsInstance(message, dict)
            self.fail("it never ends")

    def test_random_bytes(self) -> None:
        rng = random.Random(1)
        for _ in range(400):
            self.read(bytes(rng.randrange(256) for _ in range(rng.randrange(60))))

    def test_broken_frames(self) -> None:
        rng = random.Random(2)
        for _ in range(600):
            data = bytearray(b"".join(rng.choice(GOOD) for _ in range(rng.randrange(1, 4))))
            for _ in range(rng.randrange(4)):
                what, at = rng.randrange(3), rng.randrange(len(data))
                if what == 0:
                    data[at] = rng.randrange(256)
                elif what == 1:
                    del data[at : at + rng.randrange(1, 5)]
                else:
                    data[at:at] = bytes(rng.randrange(256) for _ in range(rng.randrange(1, 5)))
                if not data:
                    data = bytearray(b"x")
            self.read(bytes(data))

    def test_payloads(self) -> None:
        for payload in (b"", b"{", b"[]", b"1", b"null", b"\xff\xfe", b"[" * 100000, b'{"t":' * 5000, b'{"t": 1e999}', b'{"t": "\\ud800"}'):
            for kind in (b"J", b"D", b"R", b"\x00"):
                self.read(frame(payload, kind))


if __name__ == "__main__":
    unittest.main()
