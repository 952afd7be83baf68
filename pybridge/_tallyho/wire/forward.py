"""Sending records over the socket, for a client that cannot share the trace memory: it is on the other side of TCP."""

from __future__ import annotations

import struct
from typing import Dict

from .link import Link
from .memory import Memory

_HEAD = struct.Struct("<IBBHQ")
_PAD = 0
LARGEST = 1 << 20
"""Bytes of records in one frame."""

PATIENCE = 5
"""Looks for which a record waits for an earlier one that a thread has taken a number for and not written yet."""


class Forwarder:
    """Reads the rings as a client would, in the order of the records' numbers. One thread at a time calls it."""

    def __init__(self, memory: Memory, link: Link) -> None:
        self.memory = memory
        self.link = link
        self.next = 0
        self.held: Dict[int, bytes] = {}
        self.waited = 0

    def pass_on(self, final: bool) -> None:
        """Send what is committed; final: also what waits for a record before it."""
        for ring in self.memory.rings:
            self._read(ring.header, ring.offset, ring.size)
        batch = bytearray()
        while self.held:
            record = self.held.pop(self.next, None)
            if record is None:
                self.waited += 1
                if not final and self.waited < PATIENCE:
                    break
                self.next = min(self.held)
                continue
            self.waited = 0
            self.next += 1
            if len(batch) + len(record) > LARGEST:
                self.link.send_records(bytes(batch))
                batch.clear()
            batch += record
        if batch:
            self.link.send_records(bytes(batch))

    def _read(self, header: int, offset: int, size: int) -> None:
        words, map_ = self.memory.words, self.memory.map
        head, tail = words[header >> 3], words[(header + 8) >> 3]
        while tail < head:
            at = tail % size
            if size - at < 8:
                tail += size - at
                continue
            length, kind = struct.unpack_from("<IB", map_, offset + at)
            if kind != _PAD:
                record = map_[offset + at : offset + at + length]
                self.held[_HEAD.unpack_from(record)[4]] = record
            tail += length
        words[(header + 8) >> 3] = tail
