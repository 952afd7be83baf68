"""Letting a client in: a program that listens, and one that was asked from outside to call back.

There is one thread of ours at a time: the one that waits for a client becomes
the one that serves it, and waits again when the client has left.
"""

from __future__ import annotations

import _socket
import atexit
import hmac
import os
import select
import struct
import time
from _thread import allocate_lock, start_new_thread
from typing import Any, List, Mapping, Optional, Tuple

from ..base import guest
from ..wire.link import Link, LinkBroken, Message
from ..wire.waitingclients import WaitingClients
from .attached import AttachedBridge
from .listening import Address, advertise, open_socket, remove, token_for

VERSION = 1
HANDSHAKE = 5.0
"""Seconds a client may take to say who it is."""

CALL_BACK = 10.0
BUSY = "another client is attached to this program; one can be at a time"
_monotonic, _sleep, _poll = time.monotonic, time.sleep, getattr(select, "poll", None)


class Host:
    """What listens for clients: one in a process."""

    def __init__(self) -> None:
        self.sock: Optional["_socket.socket"] = None
        self.token = ""
        self.room = WaitingClients()
        self.visit: Optional[AttachedBridge] = None
        self.files: List[str] = []
        self.pid = 0
        self.waiting = allocate_lock()
        """Held by the thread that waits for a client."""
        self.wake: Tuple[int, int] = (-1, -1)
        self.stopping = False
        self.calling = False
        """A client has been called and has not begun its visit yet."""
        self.watching = False

    # The program's side.

    def listen(self, address: Address, token: Optional[str]) -> Address:
        """Begin to listen and return where. Raises OSError and ValueError; what listens already goes on."""
        if self.sock is not None and self.pid == os.getpid():
            raise ValueError("tallyho listens already; detach() ends it")
        if self.pid != os.getpid():
            self.waiting, self.visit = allocate_lock(), None  # a forked child listens for itself
        self.files, self.pid = [], os.getpid()
        self.sock, place = open_socket(address, token)
        self.token, shown = token_for(address, token)
        self.files += [place] if isinstance(place, str) else []
        self.files += advertise(place, VERSION, shown)
        atexit.register(self.close)
        if not self.watching and hasattr(os, "register_at_fork"):
            self.watching = True
            _watch(self)
        self._start()
        return place

    def connect(self, address: Tuple[str, int], token: str) -> None:
        """Call a client that waits for us. Raises OSError and ValueError."""
        if self.pid == os.getpid() and (self.sock is not None or self.calling or self.visit is not None):
            raise ValueError("tallyho listens already, or a client is attached; detach() ends it")
        host, port = address
        if host not in ("127.0.0.1", "localhost"):
            raise ValueError("tallyho connects to 127.0.0.1 alone, not to %s; a tunnel (ssh -R) leads elsewhere" % (host,))
        if not token:
            raise ValueError("connect() needs the token of the client's configuration: anybody on this machine could wait there")
        sock = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        try:
            sock.settimeout(CALL_BACK)
            sock.connect(("127.0.0.1", port))
            sock.setblocking(True)
        except BaseException:
            sock.close()
            raise
        self.token, self.pid, self.visit, self.calling = token, os.getpid(), None, True
        atexit.register(self.close)
        try:
            with guest.BlockedSignals():
                start_new_thread(self._call, (sock,))
        except BaseException:
            self.calling = False
            sock.close()
            raise

    def _call(self, sock: "_socket.socket") -> None:
        visit: Optional[AttachedBridge] = None
        try:
            visit = self._welcome(sock)
        except BaseException:  # the interpreter goes down
            pass
        finally:
            self.calling = False
        if visit is not None:
            visit.stay()

    def close(self) -> None:
        """Send the client away and listen no more."""
        atexit.unregister(self.close)
        if self.pid != os.getpid():
            return
        sock, self.sock = self.sock, None
        if sock is not None:
            self._stop()
        if self.visit is not None:
            self.visit.leave()
            deadline = _monotonic() + 1.0
            while self.visit is not None and _monotonic() < deadline:
                _sleep(0.005)
        if sock is not None:
            sock.close()
            self.room.clear()
        for path in self.files:
            remove(path)

    def connected(self) -> bool:
        """Report whether a client is attached and has armed what it asks."""
        visit = self.visit
        return visit is not None and visit.ready and not visit.gone

    def wait(self, timeout: Optional[float]) -> bool:
        """Wait until a client is attached; False after that many seconds without one."""
        deadline = None if timeout is None else _monotonic() + timeout
        while not self.connected():
            nobody = self.sock is None and not self.calling and self.visit is None
            if deadline is not None and _monotonic() >= deadline or nobody:
                return False
            _sleep(0.02)
        return True

    def stop_here(self) -> None:
        """Have the calling thread stop at its next line, where somebody can look at it."""
        visit = self.visit
        if visit is not None and self.connected():
            visit.stop_here()

    # The thread.

    def _start(self) -> None:
        self.stopping = False
        self.waiting.acquire()
        try:
            self.wake = os.pipe() if _poll is not None else (-1, -1)
            with guest.BlockedSignals():
                start_new_thread(self._run, ())
        except BaseException:
            self._ended()
            raise

    def _ended(self) -> None:
        wake, self.wake = self.wake, (-1, -1)
        for fd in wake:
            if fd >= 0:
                os.close(fd)
        self.waiting.release()

    def _stop(self) -> None:
        """End the thread, if it only waits."""
        self.stopping = True
        if self.wake[1] >= 0:
            try:
                os.write(self.wake[1], b"x")
            except OSError:
                pass
        if self.waiting.acquire(True, HANDSHAKE):
            self.waiting.release()

    def _run(self) -> None:
        visit: Optional[AttachedBridge] = None
        try:
            while visit is None and not self.stopping and self.sock is not None:
                sock = self.room.wait(self.sock, self.wake[0])
                visit = self._welcome(sock) if sock is not None else None
        except BaseException:  # the socket is closed, or the interpreter goes down
            pass
        finally:
            self._ended()
        if visit is not None:
            visit.stay()

    def _welcome(self, sock: "_socket.socket") -> Optional[AttachedBridge]:
        """Begin a visit for the client that stands at the door, if it may come in."""
        link = Link.over(sock)
        try:
            why, request = self._refusal(sock, link)
            if why:
                link.send({"t": "refused", "text": why})
            elif request is not None:
                shared = hasattr(_socket, "AF_UNIX") and sock.family == _socket.AF_UNIX
                address = request.get("link")
                self.visit = AttachedBridge(link, address if isinstance(address, dict) else {}, shared, self._left, self._turn_away)
                return self.visit
        except Exception as error:
            link.send({"t": "refused", "text": "the bridge could not start in the program: %s" % (error,)})
        link.close()
        return None

    def _refusal(self, sock: "_socket.socket", link: Link) -> Tuple[str, Optional[Message]]:
        if not _same_user(sock):
            return "", None
        try:
            request = link.receive(HANDSHAKE)
        except LinkBroken:
            return "", None
        if request is None or request.get("t") != "attach":
            return "", None
        given = str(request.get("token") or "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode("utf-8", "replace")):
            return "the token is not the one that the program listens with", None
        if request.get("version") != VERSION:
            return "the bridge in the program speaks version %d of the wire, the client %s" % (VERSION, request.get("version")), None
        return "", request

    def _turn_away(self) -> None:
        """Called now and then while a client is there."""
        listening = self.sock
        if listening is None:
            return
        try:
            self.room.admit(listening)
        except OSError:
            return
        for sock in self.room.leave():
            link = Link.over(sock)
            link.send({"t": "refused", "text": BUSY})
            link.close()

    def _left(self, visit: AttachedBridge) -> None:
        if self.visit is visit:
            self.visit = None
        if self.sock is not None and self.pid == os.getpid():
            try:
                self._start()
            except BaseException:  # the interpreter goes down
                pass

    # Forks.

    def before_fork(self) -> None:
        """End the thread that waits while the program forks: the interpreter would warn of it."""
        if self.sock is not None and self.pid == os.getpid() and self.waiting.locked():
            self._stop()

    def after_fork(self) -> None:
        """Wait again."""
        if self.sock is not None and self.visit is None and self.pid == os.getpid() and not self.waiting.locked():
            self._start()

    def in_child(self) -> None:
        """Listen no more in a forked child: the socket is its parent's."""
        sock, self.sock = self.sock, None
        self.files, self.visit, self.calling = [], None, False
        self.room.clear()
        if sock is not None:
            sock.close()


def _watch(host: Host) -> None:
    def quietly(function: Any) -> Any:
        def call() -> None:
            try:
                function()
            except Exception:
                pass

        return call

    os.register_at_fork(before=quietly(host.before_fork), after_in_parent=quietly(host.after_fork), after_in_child=quietly(host.in_child))


def call_back(address: Mapping[str, Any]) -> None:
    """Begin a visit for a client that listens itself, in this thread, which was brought in from outside (tallyho_arrive.py)."""
    guest.take_no_signals()
    try:
        link = Link(address, CALL_BACK)
    except (OSError, KeyError, ValueError):
        return
    try:
        visit = AttachedBridge(link, address, True, lambda visit: None, lambda: None)
    except Exception as error:
        link.send({"t": "refused", "text": "the bridge could not start in the program: %s" % (error,)})
        link.close()
        return
    visit.stay()


def _same_user(sock: "_socket.socket") -> bool:
    option = getattr(_socket, "SO_PEERCRED", None)
    if option is None or sock.family != getattr(_socket, "AF_UNIX", None):
        return True
    _, uid, _ = struct.unpack("3i", sock.getsockopt(_socket.SOL_SOCKET, option, struct.calcsize("3i")))
    return uid in (0, os.geteuid())


__all__ = ["Host", "call_back"]
