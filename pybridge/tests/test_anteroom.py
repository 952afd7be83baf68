"""Clients that wait to be let in: none keeps another out."""

from __future__ import annotations

import os
import socket
import struct
import sys
import threading
import unittest
from typing import List
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.wire import waitingclients
from _tallyho.wire.waitingclients import WaitingClients

FRAME = struct.pack("<IB", 4, 0x4A) + b"{}\n"


@unittest.skipUnless(hasattr(os, "fork"), "needs pipes that can be polled")
class Waiting(unittest.TestCase):
    def setUp(self) -> None:
        self.listening = socket.socket()
        self.listening.bind(("127.0.0.1", 0))
        self.listening.listen(64)
        self.listening.setblocking(False)
        self.room = WaitingClients()
        self.wake = os.pipe()
        self.clients: List[socket.socket] = []

    def tearDown(self) -> None:
        self.room.clear()
        for one in [self.listening, *self.clients]:
            one.close()
        for fd in self.wake:
            os.close(fd)

    def client(self, data: bytes = b"") -> socket.socket:
        sock = socket.create_connection(self.listening.getsockname())
        self.clients.append(sock)
        sock.sendall(data)
        return sock

    def test_who_talks_is_served_whoever_came_before(self) -> None:
        """Idle ones, half a frame, a frame that is too long, one that has hung up; more than may wait."""
        for data in [b""] * 70 + [FRAME[:3], FRAME[:5], b"GET / HTTP/1.1\r\n\r\n", b"\xff\xff\xff\xff"]:
            self.client(data)
            self.room.admit(self.listening)
        self.client().close()
        self.client(FRAME)
        found = self.room.wait(self.listening, self.wake[0])
        assert found is not None
        self.assertEqual(found.recv(100), FRAME)
        found.close()
        self.assertLessEqual(len(self.room.waiting), waitingclients.MOST)

    def test_a_frame_in_pieces(self) -> None:
        sock = self.client(FRAME[:4])
        threading.Thread(target=lambda: sock.sendall(FRAME[4:])).start()
        found = self.room.wait(self.listening, self.wake[0])
        assert found is not None
        self.assertEqual(found.recv(100), FRAME)
        found.close()

    def test_who_is_late_goes(self) -> None:
        with mock.patch.object(waitingclients, "PATIENCE", 0.0):
            sock = self.client()
            self.room.admit(self.listening)
        self.assertIsNone(self.room.call())
        self.assertEqual(self.room.waiting, [])
        self.assertEqual(sock.recv(1), b"")

    def test_it_can_be_woken(self) -> None:
        self.client()
        os.write(self.wake[1], b"x")
        self.assertIsNone(self.room.wait(self.listening, self.wake[0]))

    def test_no_descriptor_is_not_the_end(self) -> None:
        class Full(socket.socket):
            failures = 2

            def _accept(self):  # type: ignore[no-untyped-def]
                if self.failures:
                    self.failures -= 1
                    raise OSError(24, "Too many open files")
                return super()._accept()  # type: ignore[misc]

        full = Full(fileno=os.dup(self.listening.fileno()))
        full.setblocking(False)
        self.client(FRAME)
        found = self.room.wait(full, self.wake[0])
        assert found is not None
        found.close()
        full.close()
        with self.assertRaises(OSError):
            self.room.admit(full)


if __name__ == "__main__":
    unittest.main()
