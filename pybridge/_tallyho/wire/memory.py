"""The trace memory this process shares with Tallyho (docs/wire.md, "Trace memory").

A ring belongs to one thread at a time, so that writing a record needs no lock;
threads beyond the number of rings share the last one under a lock. A record
is whole in memory before `head` says so: it survives the process.
"""

from __future__ import annotations

import mmap
import os
import struct
from _thread import allocate_lock
from collections import deque
from itertools import count, islice
from time import sleep
from typing import Any, Callable, Dict, Iterator, List, Optional

from ..base import guest
from ..base.behaviour import FOR_IS_ATOMIC

MAGIC = b"TALLYHO1"
READER_WAITING = 8
READER_GONE = 12
USED_COUNTERS = 16
RINGS = 24
IN_STEP = 28
SHOWN = 40
"""In a ring's header: how many of its bytes have been shown to the person."""
HEADERS = 64
HEADER_SIZE = 64
PAGE = 4096

MAIN_RING = 4 << 20
OTHER_RING = 256 << 10
ALL_RINGS = 16 << 20
COUNTERS = 16 << 20
COUNTERS_IN_FILE = 1 << 20
"""Counter slots: sparse memory on Linux; elsewhere the file may not be sparse."""

_HEAD = struct.Struct("<IBBHQ")
_pack_head = _HEAD.pack

RECORD_HEAD = _HEAD.size
_PADDING = tuple(bytes(n) for n in range(8))
LOOKS = 300
"""Looks at once, while a writer waits until its event is shown; after them it sleeps in between."""

SHOWING_PAUSES = (0.00005, 0.0001, 0.0002, 0.0005, 0.001)
PAUSES = (0.0002, 0.0005, 0.001, 0.002, 0.005)
"""Seconds between looks while a writer waits for the reader; the last one repeats."""


class Ring:
    """One ring: where a thread's records go."""

    __slots__ = ("memory", "index", "header", "offset", "size", "busy", "taken", "end")

    def __init__(self, memory: "Memory", index: int, offset: int, size: int) -> None:
        self.memory = memory
        self.index = index
        self.header = HEADERS + HEADER_SIZE * index
        self.offset = offset
        self.size = size
        self.busy = False
        self.taken: List[int] = []
        self.end = size  # where head may go before the reader is asked how far it is
        struct.pack_into("<QQQQQ", memory.map, self.header, 0, 0, offset, size, 0)

    def put(self, kind: int, payload: bytes, flags: int = 0) -> bool:
        """Write one record; False (and counted as dropped) when there is no room or we are inside ourselves."""
        if self.busy:
            return self.drop()
        self.busy = True
        try:
            memory = self.memory
            size = (RECORD_HEAD + len(payload) + 7) & ~7
            if size > self.size // 2:
                return self.drop()
            head = memory.words[self.header >> 3]  # C writes here as well
            at = head % self.size
            skip = self.size - at if at + size > self.size else 0
            if head + skip + size > self.end and not self.room(skip + size):
                if not memory.wait_for_room(self, skip + size):
                    return self.drop()
            start = self.offset + (0 if skip else at)
            if skip >= 8:
                memory.map[self.offset + at : self.offset + at + 8] = struct.pack("<IBBH", skip, 0, 0, 0)
            data = payload + _PADDING[size - RECORD_HEAD - len(payload)]
            seq = -1
            taken = self.taken
            if taken:
                taken.clear()
            try:
                # Not next(): a signal handler may run at the end of a call, and a
                # number that is taken and not written is one the reader waits for.
                if FOR_IS_ATOMIC:
                    for seq in memory.seq:  # noqa: B007
                        break
                else:
                    taken.extend(islice(memory.seq, 1))
                    seq = taken[0]
                memory.map[start : start + size] = _pack_head(size, kind, flags, 0, seq) + data
                # One store: Struct.pack_into clears the bytes first, and a reader that looks then sees no head.
                memory.words[self.header >> 3] = head + skip + size
            except BaseException:
                if taken:
                    seq = taken[0]
                if seq >= 0:
                    memory.map[start : start + size] = _pack_head(size, kind, flags, 0, seq) + data
                    memory.words[self.header >> 3] = head + skip + size
                raise
            if memory.map[READER_WAITING]:
                memory.map[READER_WAITING] = 0
                memory.doorbell()
            return True
        finally:
            self.busy = False

    def drop(self) -> bool:
        """Count a record that was not written."""
        words, at = self.memory.words, (self.header + 32) >> 3
        words[at] = words[at] + 1
        return False

    def room(self, size: int) -> bool:
        """Report whether that many bytes fit now."""
        words = self.memory.words
        self.end = words[(self.header + 8) >> 3] + self.size
        return words[self.header >> 3] + size <= self.end  # type: ignore[no-any-return]


class SharedRing(Ring):
    """The ring of all threads that came when every other ring was taken."""

    __slots__ = ("guard",)

    def __init__(self, memory: "Memory", index: int, offset: int, size: int) -> None:
        super().__init__(memory, index, offset, size)
        self.guard = allocate_lock()

    def put(self, kind: int, payload: bytes, flags: int = 0) -> bool:
        """Write one record under the lock."""
        with self.guard:
            return super().put(kind, payload, flags)


def _no_doorbell() -> None:
    pass


_yield_processor: Callable[[], None] = getattr(os, "sched_yield", _no_doorbell)


class Memory:
    """The memory, its rings and its counters; one per process."""

    def __init__(self, directory: Optional[str], doorbell: Callable[[], None], wait_when_full: bool = False) -> None:
        self.directory = directory
        self.doorbell = doorbell
        self.wait_when_full = wait_when_full
        self.seq: Iterator[int] = count()
        self._make()

    def restart(self) -> None:
        """Make a memory of its own for a forked child; whether events wait until they are shown is told anew."""
        self._make()

    def configure(self, wait_when_full: bool, in_step: bool) -> None:
        """Take whether writers wait for room, and whether events wait until they are shown: what is printed then comes after them."""
        self.wait_when_full = wait_when_full
        self.in_step = in_step
        struct.pack_into("<I", self.map, IN_STEP, int(in_step))

    def number_by(self, numbers: Iterator[int]) -> None:
        """Take the numbers of records from there."""
        self.seq = numbers

    def _make(self) -> None:
        self.in_step = False
        self.seq = count()
        self.path: Optional[str] = None
        self.fd = -1
        counters = COUNTERS if hasattr(os, "memfd_create") else COUNTERS_IN_FILE
        self.ring_count = 1 + (ALL_RINGS - MAIN_RING) // OTHER_RING
        self.ring_offset = _page(HEADERS + HEADER_SIZE * self.ring_count)
        self.counters_offset = _page(self.ring_offset + ALL_RINGS)
        self.counter_count = counters
        self.size = self.counters_offset + 8 * counters
        self.map: Any = self._open(self.directory)
        self.closed = False
        self.map[0:8] = MAGIC
        struct.pack_into("<I", self.map, RINGS, self.ring_count)
        self.view: Any = memoryview(self.map)
        self.words: Any = self.view[: self.ring_offset].cast("Q")
        self.counters: Any = self.view[self.counters_offset :].cast("Q")
        self.used = 0
        self.allocating = allocate_lock()
        self.rings = self._make_rings()
        self.free = deque(self.rings[1:-1])
        self.main_taken = False

    def _open(self, directory: Optional[str]) -> Any:
        if os.name == "nt":
            # A section of the page file: it is on no disk, and gone with the last process that has it.
            self.path = "tallyho-%d-%s" % (os.getpid(), os.urandom(16).hex())
            section: Any = mmap.mmap
            return section(-1, self.size, tagname=self.path)
        if hasattr(os, "memfd_create"):
            self.fd = os.memfd_create("tallyho", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
            os.ftruncate(self.fd, self.size)
            _seal(self.fd)
            return mmap.mmap(self.fd, self.size)
        import tempfile  # four milliseconds of the start, which Linux is spared

        self.fd, self.path = tempfile.mkstemp(prefix="memory-", dir=directory)
        os.ftruncate(self.fd, self.size)
        return mmap.mmap(self.fd, self.size)

    def _make_rings(self) -> List[Ring]:
        rings = [Ring(self, 0, self.ring_offset, MAIN_RING)]
        at = self.ring_offset + MAIN_RING
        for index in range(1, self.ring_count):
            make = SharedRing if index == self.ring_count - 1 else Ring
            rings.append(make(self, index, at, OTHER_RING))
            at += OTHER_RING
        return rings

    def close_fd(self) -> None:
        """Give up the descriptor, once the other end has its own: the memory stays mapped."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)

    def describe(self) -> Dict[str, object]:
        """Return the `memory` of the hello."""
        return {
            "size": self.size,
            "rings": self.ring_count,
            "ring_offset": self.ring_offset,
            "counters_offset": self.counters_offset,
            "counters": self.counter_count,
            "path": self.path,
        }

    def take(self, main: bool) -> Ring:
        """Give the current thread a ring: its own until it is released, or the shared one."""
        if main and not self.main_taken:
            self.main_taken = True
            return self.rings[0]
        try:
            return self.free.popleft()
        except IndexError:
            return self.rings[-1]

    def release(self, ring: Ring) -> None:
        """Let another thread go on writing where this one ended."""
        if ring is self.rings[0]:
            self.main_taken = False
        elif ring is not self.rings[-1]:
            self.free.append(ring)

    def allocate(self, slots: int) -> int:
        """Hand out neighbouring counter slots; the first's number, or -1 if none are left."""
        # A signal handler must not raise here: on 3.9 the lock could stay taken.
        with guest.BlockedSignals(), self.allocating:
            first = self.used
            if first + slots > self.counter_count:
                return -1
            self.used = first + slots
            self.words[USED_COUNTERS >> 3] = self.used
            return first

    def wait_for_room(self, ring: Ring, size: int) -> bool:
        """Wait until that many bytes fit in the ring; False where nobody will read or nobody may wait."""
        if not self.wait_when_full:
            return False
        pauses = iter(PAUSES)
        pause = PAUSES[0]
        while not ring.room(size):
            if self.closed or self.map[READER_GONE]:
                return False
            if self.map[READER_WAITING]:
                self.map[READER_WAITING] = 0
                self.doorbell()
            pause = next(pauses, pause)
            sleep(pause)
        return True

    def wait_until_shown(self, ring: Ring) -> None:
        """Wait until the reader has shown what lies in a ring, as a print would wait for a terminal."""
        words, at = self.words, (ring.header + SHOWN) >> 3
        head = words[ring.header >> 3]
        if words[at] >= head:
            return
        self.map[READER_WAITING] = 0
        self.doorbell()
        for _ in range(LOOKS):
            if words[at] >= head:
                return
            _yield_processor()
        pauses = iter(SHOWING_PAUSES)
        pause = SHOWING_PAUSES[0]
        while words[at] < head and not self.map[READER_GONE]:
            sleep(pause)
            pause = next(pauses, pause)

    def reader_gone(self) -> None:
        """Nobody reads any more: writers no longer wait."""
        if not self.closed:
            self.map[READER_GONE] = 1

    def close(self) -> None:
        """Give the memory back to the system at once: the program's own garbage collection may be far away, or off.

        A thread in the midst of a callback may still write here.
        """
        if self.closed:
            return
        self.closed = True
        memory, views = self.map, (self.words, self.counters, self.view)
        self.map = self.words = self.counters = self.view = NOWHERE
        for view in views:
            view.release()
        try:
            memory.close()
        except BufferError:  # somebody is reading it this very moment: it goes with the last view
            pass


class ReleasedMemory:
    """Stands for memory that was given back: all zeros, whatever is written to it."""

    def __getitem__(self, at: Any) -> int:
        return 0

    def __setitem__(self, at: Any, value: Any) -> None:
        pass

    def cast(self, kind: str) -> "ReleasedMemory":
        """Return it as numbers of another size."""
        return self


NOWHERE: Any = ReleasedMemory()


def _page(size: int) -> int:
    return (size + PAGE - 1) // PAGE * PAGE


def _seal(fd: int) -> None:
    """Keep a peer from truncating the memory, which would kill this process with SIGBUS."""
    try:
        from fcntl import F_ADD_SEALS, F_SEAL_GROW, F_SEAL_SHRINK, fcntl
    except ImportError:
        return
    try:
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW)
    except OSError:
        pass
