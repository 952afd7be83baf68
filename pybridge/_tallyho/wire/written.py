"""How much the program has written to the files that keep its stdout and stderr.

Tallyho shows what a program prints and what its tracepoints record as one stream. The prints lie in files, so an
event that follows one is preceded by a record of how long the files are. Nothing of the program is wrapped for it:
the files are appended to, and where an appending descriptor stands is where the last write ended.
"""

from __future__ import annotations

import os
import struct
from os import lseek
from typing import TYPE_CHECKING, Any, List, Optional

try:
    import fcntl as _fcntl
except ImportError:
    _fcntl = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from .memory import Ring

WRITTEN = 8

_LENGTHS = struct.Struct("<QQ")
_APART = 64
"""Our descriptors are numbered from here on: the low numbers are those that the program expects to get."""


class Written:
    """The two files, by descriptors of our own: the program may put others in place of 1 and 2."""

    __slots__ = ("out", "err", "out_length", "err_length")

    def __init__(self, out: int, err: int) -> None:
        self.out = out
        self.err = err
        self.out_length = 0
        self.err_length = 0

    def tell(self, ring: "Ring") -> None:
        """Write the lengths to the ring if they are news."""
        try:
            out, err = lseek(self.out, 0, 1), lseek(self.err, 0, 1)
        except OSError:  # the program has closed every descriptor
            return
        if out == self.out_length and err == self.err_length:
            return
        # They are known only once they are written: another thread's event must not come before.
        if ring.put(WRITTEN, _LENGTHS.pack(out, err)):
            self.out_length = out
            self.err_length = err

    def close(self) -> None:
        """Give the descriptors back."""
        for fd in (self.out, self.err):
            try:
                os.close(fd)
            except OSError:
                pass


def watch(files: Any) -> Optional[Written]:
    """Return the Written of a process whose stdout and stderr go to those files (device and number); None for others."""
    if not isinstance(files, list) or len(files) != 2:
        return None
    try:
        for fd, file in zip((1, 2), files):
            status = os.fstat(fd)
            if [status.st_dev, status.st_ino] != file:
                return None
    except OSError:
        return None
    opened: List[int] = []
    try:
        for fd in (1, 2):
            opened.append(_apart(fd))
        return Written(*opened)
    except OSError:
        for fd in opened:
            os.close(fd)
        return None


def abandon(files: Any) -> None:
    """Let what a process writes to those files go nowhere, once nobody reads them: they would only grow."""
    if not isinstance(files, list) or len(files) != 2:
        return
    for fd, file in zip((1, 2), files):
        try:
            status = os.fstat(fd)
            if [status.st_dev, status.st_ino] != file:
                continue  # the program has put another in its place
            nowhere = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(nowhere, fd)
            finally:
                os.close(nowhere)
        except OSError:
            pass


def _apart(fd: int) -> int:
    if _fcntl is not None:
        try:
            return _fcntl.fcntl(fd, _fcntl.F_DUPFD_CLOEXEC, _APART)
        except OSError:  # fewer are allowed
            pass
    return os.dup(fd)
