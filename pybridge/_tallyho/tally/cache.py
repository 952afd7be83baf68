"""What is known of source files from one run to the next: their spans and plans, in the user's cache directory.

A plan is a pure function of source and interpreter, so nothing here is ever out of date: an entry holds for the
SHA-256 of the source, and a bundle's name for the interpreter and for this bridge. A bundle holds the entries of some
files of one directory, since to open a file for each module would cost as much as to import it. It is plain marshalled
data, read only where it is the user's own and whole, and replaced by renaming; of two processes that write at once, one
loses what it had to add, and nothing else is lost.
"""

from __future__ import annotations

import os
import stat
from collections import OrderedDict
from marshal import dumps, loads
from time import monotonic, perf_counter, process_time, time
from typing import TYPE_CHECKING, Dict, List, NamedTuple, Optional, Tuple
from zlib import crc32

from ..base.behaviour import IDENTITY
from ..base.digests import blake2b

if TYPE_CHECKING:
    from .counted import TallyFile

MAGIC = b"THPLANS2"
DIGEST = 16
BUCKETS = 8
"""Bundles of one directory, at most."""
MOST_BUNDLE = 2 << 20
"""Bytes of a bundle; the oldest entries are left out beyond."""
MOST_HELD = 8 << 20
"""Bytes of the bundles that are in memory."""
MOST_KEPT = 128 << 20
"""Bytes of the whole directory; the bundles that were not used for longest are removed beyond."""
DAY = 86400.0
FIRST_PAUSE, LAST_PAUSE = 1.0, 60.0
"""Seconds between two writings, while the program runs."""
MANY = 64
"""Files with something new from which on the pauses are not made longer."""
TICK_SECONDS = 0.01
"""What one tick may take."""
CLOSING_SECONDS = 0.004, 0.1
CLOSING_SHARE = 0.02
"""What the program's end may be held up by: at least, at most, and as a part of the processor's time that it took."""

_open, _read, _write, _fstat, _replace = os.open, os.read, os.write, os.fstat, os.replace
_close, _unlink, _scandir, _utime = os.close, os.unlink, os.scandir, os.utime
_euid = getattr(os, "geteuid", None)
_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
_BRIDGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class CachedFile(NamedTuple):
    """What is kept of one file."""

    encoding: str
    frozen: bytes
    plans: Dict[int, str]
    keys: bytes
    names: str


class PlanCache:
    """The bundles. Read by any thread that plans, one at a time; written by the bridge's own thread and at the end."""

    def __init__(self, directory: str, held: int = MOST_HELD) -> None:
        self.directory = directory
        self.most_held = held
        self.usable = _is_ours(directory)
        self.identity = ("%s %s" % (IDENTITY, _BRIDGE)).encode()
        self.held: "OrderedDict[str, Dict[str, bytes]]" = OrderedDict()
        self.sizes: Dict[str, int] = {}
        self.new: Dict[str, "TallyFile"] = {}  # by path
        self.pause = FIRST_PAUSE
        self.due = 0.0
        self.written = 0
        self.pid = os.getpid()

    # Reading.

    def find(self, path: str, digest: bytes) -> Optional[CachedFile]:
        """Return what is known of a source file with that digest."""
        if not self.usable or path.startswith("<"):
            return None
        folder, name = os.path.split(path)
        return unpack(self._bundle(self._name(folder, name)).get(name), digest)

    def _name(self, folder: str, name: str) -> str:
        digest = blake2b(self.identity, digest_size=12)
        digest.update(folder.encode("utf-8", "surrogateescape"))
        return "%s-%d" % (digest.hexdigest(), crc32(name.encode("utf-8", "surrogateescape")) % BUCKETS)

    def _bundle(self, name: str) -> Dict[str, bytes]:
        bundle = self.held.get(name)
        if bundle is None:
            bundle, size = self._load(name)
            self.held[name] = bundle
            self.sizes[name] = size
            while sum(self.sizes.values()) > self.most_held and len(self.held) > 1:
                old, _ = self.held.popitem(False)
                self.sizes.pop(old, None)
        return bundle

    def _load(self, name: str) -> Tuple[Dict[str, bytes], int]:
        data = self._content(os.path.join(self.directory, name))
        head = len(MAGIC) + DIGEST
        if not data.startswith(MAGIC) or blake2b(data[head:], digest_size=DIGEST).digest() != data[len(MAGIC) : head]:
            return {}, 0
        try:
            bundle = loads(memoryview(data)[head:])
        except (ValueError, TypeError, EOFError):
            return {}, 0
        return (bundle, len(data)) if type(bundle) is dict else ({}, 0)

    def _content(self, path: str) -> bytes:
        """Return a file's bytes, where it is a plain one of the user's and no longer than a bundle may be."""
        try:
            fd = _open(path, os.O_RDONLY | _FLAGS)
        except OSError:
            return b""
        try:
            about = _fstat(fd)
            if not stat.S_ISREG(about.st_mode) or about.st_size > 2 * MOST_BUNDLE or _euid is not None and about.st_uid != _euid():
                return b""
            parts = []
            size = about.st_size
            while size > 0:
                part = _read(fd, size)
                if not part:
                    break
                parts.append(part)
                size -= len(part)
            if time() - about.st_mtime > DAY:
                _utime(path)
            return b"".join(parts)
        except OSError:
            return b""
        finally:
            _close(fd)

    # Writing.

    def lacks(self, file: "TallyFile") -> None:
        """Something was found out about a file that is not kept yet."""
        if self.usable and file.frozen is not None and not file.path.startswith("<"):
            self.new[file.path] = file
            if not self.due:
                self.due = monotonic() + self.pause

    def tick(self) -> None:
        """Write what is new, a little at a time; called by a thread of the bridge."""
        now = monotonic()
        if not self.new:
            if self.held and now > self.due + FIRST_PAUSE:
                self.held.clear()
                self.sizes.clear()
            return
        if now < self.due:
            return
        self.pause = min(2 * self.pause, LAST_PAUSE) if len(self.new) < MANY else FIRST_PAUSE
        if not self._flush(TICK_SECONDS):
            return
        if not self.new:
            self.due = 0.0
            self._prune()

    def close(self) -> None:
        """Write what is new, as far as there is time for it at the program's end."""
        if self.new and self.pid == os.getpid():
            least, most = CLOSING_SECONDS
            self._flush(min(max(least, CLOSING_SHARE * process_time()), most))

    def finish(self) -> None:
        """Write all that is new, however long it takes: no program waits for it."""
        while self.usable and self.new and not self._flush(CLOSING_SECONDS[1]):
            pass
        self._prune()

    def restart(self) -> None:
        """Begin anew in a forked child: what the parent found out, the parent keeps."""
        self.new.clear()
        self.due = 0.0
        self.pid = os.getpid()

    def _flush(self, seconds: float) -> bool:
        """Write bundles until the time is up; False if some are left."""
        deadline = perf_counter() + seconds
        bundles: Dict[str, List[str]] = {}
        for path in list(self.new):
            folder, name = os.path.split(path)
            bundles.setdefault(self._name(folder, name), []).append(path)
        for bundle, paths in bundles.items():
            files = [self.new.pop(path) for path in paths if path in self.new]
            self._write(bundle, files)
            if perf_counter() > deadline:
                return not self.new
        return True

    def _write(self, name: str, files: List["TallyFile"]) -> None:
        """Put files into a bundle, beside the entries that other processes have put there meanwhile."""
        kept, _ = self._load(name)
        for file in files:
            base = os.path.basename(file.path)
            kept.pop(base, None)
            kept[base] = pack(file)
        size = sum(map(len, kept.values()))
        while size > MOST_BUNDLE and kept:
            size -= len(kept.pop(next(iter(kept))))
        payload = dumps(kept)
        self._replace(name, MAGIC + blake2b(payload, digest_size=DIGEST).digest() + payload)
        if name in self.held:
            self.held[name] = kept

    def _replace(self, name: str, data: bytes) -> None:
        target = os.path.join(self.directory, name)
        scratch = "%s.%d-%d" % (target, self.pid, self.written)
        self.written += 1
        try:
            fd = _open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FLAGS, 0o600)
            try:
                whole = _write(fd, data) == len(data)
            finally:
                _close(fd)
            if whole:
                _replace(scratch, target)
            else:
                _unlink(scratch)
        except OSError:
            self.usable = False  # a full disk, a directory that is gone: this process asks no more
            try:
                _unlink(scratch)
            except OSError:
                pass

    def _prune(self) -> None:
        """Keep the directory's size within bounds."""
        try:
            with _scandir(self.directory) as found:
                files = [(about.st_mtime, about.st_size, one.path) for one in found for about in (one.stat(follow_symlinks=False),)]
            total = sum(size for _, size, _ in files)
            for _, size, path in sorted(files):
                if total <= MOST_KEPT:
                    break
                _unlink(path)
                total -= size
        except OSError:
            pass


def unpack(kept: Optional[bytes], digest: bytes) -> Optional[CachedFile]:
    """Return the entry of a source with that digest; None where what was kept is of another, or no entry."""
    if type(kept) is not bytes or not kept.startswith(digest):
        return None
    try:
        encoding, frozen, plans, keys, names = loads(memoryview(kept)[len(digest) :])
    except (ValueError, TypeError, EOFError):
        return None
    if (
        type(encoding) is not str
        or type(frozen) is not bytes
        or type(plans) is not dict
        or type(keys) is not bytes
        or type(names) is not str
        or len(keys) % 8
    ):
        return None
    return CachedFile(encoding, frozen, plans, keys, names)


def pack(file: "TallyFile") -> bytes:
    """Return what is kept of a file."""
    if file.frozen is None:
        raise ValueError("nothing is known of %s but its lines" % file.path)
    plans = dict(file.saved)
    for key, traced in list(file.traced.items()):
        if not traced.partial:
            plans[key] = traced.text
    return file.digest + dumps((file.encoding, file.frozen, plans, file.own.keys, file.own.names))


def _is_ours(directory: str) -> bool:
    """Whether a directory is there, the user's own, and nobody else's to write to."""
    try:
        about = os.stat(directory)
    except OSError:
        return False
    return stat.S_ISDIR(about.st_mode) and (_euid is None or about.st_uid == _euid() and not about.st_mode & 0o022)
