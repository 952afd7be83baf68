"""The socket to Tallyho: frames, control messages, and the thread that reads them.

Everything is bound when this module is loaded, so that a program that patches
socket, select, threading or time afterwards does not reach us. The reading
thread is started with _thread, unknown to `threading`.
"""

from __future__ import annotations

import _socket
import os
import select
import struct
from _thread import allocate_lock, start_new_thread
from json import JSONDecoder, JSONEncoder
from time import monotonic, sleep
from typing import Any, Callable, Dict, List, Mapping, Optional

from ..base import guest
from ..base.unseen import unseen

JSON = ord("J")
DOORBELL = ord("D")
RECORDS = ord("R")
MAX_FRAME = 16 << 20
_HEAD = struct.Struct("<IB")
_BELL = _HEAD.pack(1, DOORBELL)

_encode = JSONEncoder(ensure_ascii=True, check_circular=False, separators=(",", ":")).encode
_decode = JSONDecoder().decode
_select = select.select
_poll = getattr(select, "poll", None)
_POLL_IN = getattr(select, "POLLIN", 1) | getattr(select, "POLLHUP", 0) | getattr(select, "POLLERR", 0)
_pipe, _close, _write, _listdir = os.pipe, os.close, os.write, os.listdir
_DONTWAIT = getattr(_socket, "MSG_DONTWAIT", 0)
_NOSIGNAL = getattr(_socket, "MSG_NOSIGNAL", 0)

Message = Dict[str, Any]


class LinkBroken(Exception):
    """The other end is gone."""


class Link:
    """One connection. Any thread may send; one thread receives."""

    def __init__(self, address: Mapping[str, Any], timeout: float) -> None:
        self._take_over(_connect(address, timeout), str(address.get("token", "")))

    def restart(self, address: Mapping[str, Any], timeout: float) -> None:
        """Connect anew, in a forked child."""
        self._take_over(_connect(address, timeout), str(address.get("token", "")))

    @classmethod
    def over(cls, sock: "_socket.socket") -> "Link":
        """Return a link over a connection that the other end has made."""
        link = cls.__new__(cls)
        link._take_over(sock, "")
        return link

    def _take_over(self, sock: "_socket.socket", token: str) -> None:
        self.token = token
        self.sock = sock
        self.sending = allocate_lock()
        self.bell_pending = False
        self.broken = False
        self.buffer = b""
        self.wake_fd = -1

    def send(self, message: Mapping[str, Any], fd: int = -1) -> bool:
        """Send a control message, with a descriptor if one is given; False once the link is broken."""
        payload = _encode(message).encode("ascii")
        return self._write(_HEAD.pack(1 + len(payload), JSON) + payload, fd)

    def send_records(self, records: bytes) -> bool:
        """Send records in a frame, for want of a trace memory."""
        return self._write(_HEAD.pack(1 + len(records), RECORDS) + records, -1)

    def _write(self, data: bytes, fd: int) -> bool:
        # What a handler raised between taking the lock and giving it back, up to 3.9 at the end of `with` too, would leave it taken for ever.
        with guest.BlockedSignals(), self.sending:
            if self.broken:
                return False
            try:
                if fd >= 0:
                    rights = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, struct.pack("i", fd))]
                    sent = self.sock.sendmsg([data], rights, _NOSIGNAL)
                    data = data[sent:]
                self.sock.sendall(data, _NOSIGNAL)
                if self.bell_pending:
                    self.bell_pending = False
                    self.sock.sendall(_BELL, _NOSIGNAL)
            except OSError:
                self.broken = True
        return not self.broken

    def ring_bell(self) -> None:
        """Wake the reader of the trace memory, without ever waiting for it."""
        with guest.BlockedSignals():
            self._ring()

    def _ring(self) -> None:
        if not self.sending.acquire(False):
            self.bell_pending = True
            return
        try:
            if not self.broken:
                sent = self.sock.send(_BELL, _DONTWAIT | _NOSIGNAL)
                if sent < len(_BELL):
                    self.sock.sendall(_BELL[sent:], _NOSIGNAL)
        except OSError as error:
            # A signal handler may raise one as well (TimeoutError is an OSError): that is the program's.
            if guest.is_foreign(error):
                raise
            if not isinstance(error, BlockingIOError):  # what lies unread in the socket wakes the reader as well
                self.broken = True
        finally:
            self.sending.release()

    def receive(self, timeout: Optional[float]) -> Optional[Message]:
        """Return the next message, or None after that many seconds (None: wait for ever).

        Raises LinkBroken at the end of the stream or at a frame that is not ours.
        """
        deadline = None if timeout is None else monotonic() + timeout
        while True:
            message = self._take()
            if message is not None:
                return message
            left = None if deadline is None else max(0.0, deadline - monotonic())
            if not _readable(self.sock.fileno(), self.wake_fd, left):
                return None
            try:
                data = self.sock.recv(65536)
            except InterruptedError:
                continue
            except OSError as error:
                raise LinkBroken(str(error)) from None
            if not data:
                raise LinkBroken("closed")
            self.buffer += data

    def _take(self) -> Optional[Message]:
        buffer = self.buffer
        if len(buffer) < _HEAD.size:
            return None
        size, kind = _HEAD.unpack_from(buffer)
        if not 1 <= size <= MAX_FRAME:
            raise LinkBroken("frame too long")
        if len(buffer) < 4 + size:
            return None
        payload, self.buffer = buffer[_HEAD.size : 4 + size], buffer[4 + size :]
        if kind != JSON:
            raise LinkBroken("unknown frame")
        try:
            message = _decode(payload.decode("utf-8"))
        except (ValueError, RecursionError):
            raise LinkBroken("not JSON") from None
        if not isinstance(message, dict):
            raise LinkBroken("not an object")
        return message

    def give_up(self) -> None:
        """Send nothing any more: nobody hears."""
        self.broken = True

    def wake_by(self, fd: int) -> None:
        """Have what comes at a descriptor end the waiting of receive as well; -1: nothing."""
        self.wake_fd = fd

    def close(self) -> None:
        """End the connection; nothing is sent any more."""
        self.broken = True
        try:
            self.sock.close()
        except OSError:
            pass


class LinkReader:
    """The thread that serves Tallyho's messages until the link breaks or it is paused."""

    def __init__(
        self, link: Link, serve: Callable[[Message], None], tick: Callable[[], None], lost: Callable[[], None], pause: float
    ) -> None:
        self.link = link
        self.serve = serve
        self.tick = tick
        self.lost = lost
        self.pause_time = pause
        self.done = allocate_lock()
        self.stopping = False
        self.wake: "tuple[int, int]" = (-1, -1)

    def start(self) -> None:
        """Start it; tick is called at least every `pause` seconds."""
        self.stopping = False
        self.done.acquire()
        if _poll is not None:
            self.wake = _pipe()
            self.link.wake_by(self.wake[0])
        # The thread is born without signals: one that it took would run its handler while the main thread holds signals back.
        with guest.BlockedSignals():
            guest.set_reader_ident(start_new_thread(self._run, ()))

    def pause(self) -> int:
        """End the thread for a while: around a fork, which warns of threads and copies held locks (3.12+).

        Returns how many threads are left, 0 where that is not known.
        """
        threads = _thread_count()
        self.stopping = True
        if self.wake[1] >= 0:
            _write(self.wake[1], b"x")
        self.done.acquire()
        self.done.release()
        self.close_wake()
        _wait_for_fewer(threads)
        return _thread_count()

    def end(self, patience: float) -> None:
        """End the thread for good, at exit: up to 3.11 one that wakes in an interpreter already taken down crashes.

        If it is busy for longer than `patience` seconds, it is left to itself.
        """
        threads = _thread_count()
        self.stopping = True
        if self.wake[1] >= 0:
            _write(self.wake[1], b"x")
            if self.done.acquire(True, patience):
                self.done.release()
                _wait_for_fewer(threads)

    def close_wake(self) -> None:
        """Close the pipe that wakes the thread."""
        self.link.wake_by(-1)
        for fd in self.wake:
            if fd >= 0:
                _close(fd)
        self.wake = (-1, -1)

    def _run(self) -> None:
        try:
            self._serve_all()
        finally:
            self.done.release()

    def _serve_one(self) -> None:
        message = self.link.receive(self.pause_time)
        if message is not None:
            self.serve(message)
        if not self.stopping:
            self.tick()

    def _serve_all(self) -> None:
        try:
            while not self.stopping:
                unseen(self._serve_one)
            return
        except LinkBroken:
            pass
        except BaseException:  # the interpreter is going down under us
            pass
        try:
            self.lost()
        except BaseException:
            pass


def _thread_count() -> int:
    try:
        return len(_listdir("/proc/self/task"))
    except OSError:
        return 0


def _wait_for_fewer(threads: int) -> None:
    """Wait a moment for a thread that has said it is done to be gone."""
    for _ in range(200):
        if _thread_count() < threads or not threads:
            break
        sleep(0.0001)


def _connect(address: Mapping[str, Any], timeout: float) -> "_socket.socket":
    path = address.get("socket")
    if path:
        sock = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        target: Any = path
    else:
        sock = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        target = (str(address["host"]), int(address["port"]))
    try:
        sock.settimeout(timeout)
        sock.connect(target)
        sock.settimeout(None)
    except OSError:
        sock.close()
        raise
    return sock


def _readable(fd: int, wake: int, timeout: Optional[float]) -> bool:
    # poll knows descriptors above 1023, select does not; Windows lacks poll.
    if _poll is None:
        return bool(_select([fd], [], [], timeout)[0])
    poller = _poll()
    try:
        poller.register(fd, _POLL_IN)
        if wake >= 0:
            poller.register(wake, _POLL_IN)
    except (ValueError, OSError):
        raise LinkBroken("closed") from None
    return any(ready == fd for ready, _ in poller.poll(None if timeout is None else timeout * 1000))


__all__: List[str] = ["LinkBroken", "Link", "Message", "LinkReader"]
