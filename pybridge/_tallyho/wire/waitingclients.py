"""Where clients wait that have not said yet who they are: however many there are, none keeps another out.

Their first frame is looked at, and taken only once it is whole. Who does not say it in time is let go.
"""

from __future__ import annotations

import _socket
import select
import struct
from time import monotonic, sleep
from typing import Any, List, Optional, Tuple

PATIENCE = 5.0
"""Seconds a client may take to say who it is."""

MOST = 64
"""Clients that may wait; beyond that, who has waited longest goes."""

_PAUSE = 0.05
_FIRST_FRAME = 64 << 10
_SIZE = struct.Struct("<I")
_poll: Any = getattr(select, "poll", None)


class WaitingClients:
    """The clients that wait, and until when. One thread at a time uses it."""

    def __init__(self) -> None:
        self.waiting: List[Tuple["_socket.socket", float]] = []

    def admit(self, listening: "_socket.socket") -> None:
        """Accept a client, if there is one. Raises OSError where nothing is listened to any more."""
        try:
            fd, _ = listening._accept()  # type: ignore[attr-defined]
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError:
            if listening.fileno() < 0:
                raise
            sleep(_PAUSE)  # too many open files, say: there may be fewer soon
            return
        sock = _socket.socket(listening.family, listening.type, listening.proto, fileno=fd)
        sock.setblocking(False)
        self.waiting.append((sock, monotonic() + PATIENCE))
        while len(self.waiting) > MOST:
            self.waiting.pop(0)[0].close()

    def call(self) -> Optional["_socket.socket"]:
        """Return a client that has said its first frame; let go of who is late or talks of something else."""
        now = monotonic()
        for one in list(self.waiting):
            sock, until = one
            said = _has_said(sock)
            if said is False and now < until:
                continue
            self.waiting.remove(one)
            if said:
                sock.setblocking(True)
                return sock
            sock.close()
        return None

    def wait(self, listening: "_socket.socket", wake: int) -> Optional["_socket.socket"]:
        """Wait for a client that talks; None once a byte comes to `wake`. Raises OSError where nothing is listened to any more."""
        while True:
            sock = self.call()
            if sock is not None:
                return sock
            timeout = min(until for _, until in self.waiting) - monotonic() if self.waiting else None
            if wake < 0:  # a system without poll: somebody looks now and then whether this is to end
                timeout = 2 * _PAUSE
            ready = _ready([listening.fileno(), wake, *(one.fileno() for one, _ in self.waiting)], timeout)
            if wake in ready or wake < 0 and not ready:
                return None
            if listening.fileno() in ready:
                self.admit(listening)
            elif ready:
                sleep(_PAUSE)  # half a frame is there: it may be all that comes

    def leave(self) -> List["_socket.socket"]:
        """Return all that wait, who wait no longer."""
        gone, self.waiting = self.waiting, []
        for sock, _ in gone:
            sock.setblocking(True)
        return [sock for sock, _ in gone]

    def clear(self) -> None:
        """Let go of all."""
        for sock in self.leave():
            sock.close()


def _has_said(sock: "_socket.socket") -> Optional[bool]:
    """Whether a whole frame has come; None where none will."""
    try:
        data = sock.recv(_FIRST_FRAME, _socket.MSG_PEEK)
    except (BlockingIOError, InterruptedError):
        return False
    except OSError:
        return None
    if not data:
        return None
    if len(data) < _SIZE.size:
        return False
    size = _SIZE.size + int(_SIZE.unpack_from(data)[0])
    return None if size > _FIRST_FRAME else len(data) >= size


def _ready(fds: List[int], timeout: Optional[float]) -> List[int]:
    fds = [fd for fd in fds if fd >= 0]
    if timeout is not None:
        timeout = max(0.0, timeout)
    if _poll is None:
        return list(select.select(fds, [], [], timeout)[0])
    poller = _poll()
    for fd in fds:
        poller.register(fd, select.POLLIN)
    return [fd for fd, _ in poller.poll(None if timeout is None else timeout * 1000 + 1)]
