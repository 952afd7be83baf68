"""Where a program listens for clients: the socket, and the file by which `tallyho sessions` finds it."""

from __future__ import annotations

import _socket
import json
import os
import stat
import sys
import tempfile
import time
from typing import Any, Dict, List, Optional, Tuple, Union

from ..base import behaviour

LONGEST_PATH = 100
"""Bytes of a socket's path that every system takes."""

HAS_UNIX_SOCKETS = hasattr(_socket, "AF_UNIX")
"""False on Windows."""

Address = Union[None, str, Tuple[str, int]]


def open_socket(address: Address, token: Optional[str]) -> "Tuple[_socket.socket, Address]":
    """Return a socket that listens, and where. Raises OSError and ValueError."""
    if isinstance(address, tuple):
        host, port = address
        if host not in ("127.0.0.1", "localhost"):
            raise ValueError("tallyho listens on 127.0.0.1 alone, not on %s; a tunnel (ssh -L) leads there from elsewhere" % (host,))
        if not token:
            raise ValueError("a TCP address needs a token: everybody on this machine can connect to it")
        return _bind(_socket.socket(_socket.AF_INET, _socket.SOCK_STREAM), ("127.0.0.1", port))
    if not HAS_UNIX_SOCKETS:
        if address is not None:
            raise ValueError("this system's Python has no Unix sockets: give an address and a token, or nothing")
        return _bind(_socket.socket(_socket.AF_INET, _socket.SOCK_STREAM), ("127.0.0.1", 0))
    path = address or os.path.join(directory(), "%d.attach.sock" % os.getpid())
    if len(os.fsencode(path)) > LONGEST_PATH:
        raise ValueError("the path of a socket has at most %d bytes: %s" % (LONGEST_PATH, path))
    remove(path)
    return _bind(_socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM), path)


def token_for(address: Address, token: Optional[str]) -> Tuple[str, str]:
    """Return the token that clients have to know, and the one to write in the file for this user's clients: "" where the program chose it."""
    if token or address is not None or HAS_UNIX_SOCKETS:
        return token or "", ""
    made = os.urandom(32).hex()
    return made, made


def _bind(sock: "_socket.socket", where: Any) -> "Tuple[_socket.socket, Address]":
    sock.setblocking(False)
    try:
        if isinstance(where, str):
            sock.bind(where)
            os.chmod(where, 0o600)
        else:
            sock.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
            sock.bind(where)
        sock.listen(8)
    except OSError:
        sock.close()
        raise
    return sock, where if isinstance(where, str) else sock.getsockname()


def advertise(place: Address, version: int, token: str = "") -> List[str]:
    """Let `tallyho sessions` find us; return the files that say so. A program is not refused for want of them.

    token: where we made it ourselves. Only this user reads the file.
    """
    about: Dict[str, Any] = {"pid": os.getpid(), "program": _program(), "cwd": _cwd(), "started": time.time(), "version": version,
                             "python": behaviour.FULL_VERSION}  # fmt: skip
    if isinstance(place, tuple):
        about["host"], about["port"] = place
        if token:
            about["token"] = token
    else:
        about["socket"] = os.path.abspath(str(place))
    try:
        path = os.path.join(directory(), "%d.attach" % os.getpid())
        fd, fresh = tempfile.mkstemp(dir=os.path.dirname(path), prefix=".new-")  # 0600
        with os.fdopen(fd, "w") as file:
            json.dump(about, file)
        os.replace(fresh, path)
        return [path]
    except (OSError, ValueError):
        return []


def directory() -> str:
    """Return the user's own directory for what can be attached to, as engine/hub finds it. Raises OSError."""
    base = os.environ.get("XDG_RUNTIME_DIR") or ""
    if os.path.isabs(base):
        path = os.path.join(base, "tallyho")
        try:
            return _private(path)
        except OSError:
            pass
    if not hasattr(os, "getuid"):
        return _private(os.path.join(tempfile.gettempdir(), "tallyho"))
    return _private(os.path.join(os.environ.get("TMPDIR") or "/tmp", "tallyho-%d" % os.getuid()))


def _private(path: str) -> str:
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:
        pass
    about = os.lstat(path)
    if not stat.S_ISDIR(about.st_mode) or hasattr(os, "getuid") and (about.st_uid != os.getuid() or about.st_mode & 0o077):
        raise OSError("%s is not a directory of this user's alone" % path)
    return path


def _program() -> str:
    argv = getattr(sys, "argv", None) or [""]
    return " ".join(str(word) for word in argv)[:200]


def _cwd() -> str:
    try:
        return os.getcwd()
    except OSError:
        return ""


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    try:
        os.unlink(path)
    except OSError:
        pass


__all__ = ["Address", "advertise", "directory", "open_socket", "remove"]
