"""The tallied files: reading a source, announcing its spans, and keeping what is known of it small."""

from __future__ import annotations

import os
import sys
from collections import OrderedDict
from types import CodeType
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple, TypeVar
from zipimport import zipimporter

from ..base.digests import sha256
from ..base.source import Source
from ..base.tallied import cached_lines
from ..base.textcode import TextCode
from .cache import PlanCache
from .counted import TallyFile
from .frozen import Frozen, freeze, restored, saved
from .rewritten import Text
from .spans import Span, SpanTree
from .walk import read

_open = open
_realpath = os.path.realpath
Kept = TypeVar("Kept")

MOST_LINES = 20_000
MOST_BYTES = 2_000_000
"""A longer file is counted by line, and its syntax is not read."""
TEXTS = 2
"""Files kept in memory to compare rewritten code with, at most."""
TREES = 8
"""Files whose syntax is kept in memory for planning, at most."""
UNPACKED = 32
"""Files whose spans are kept in memory for samples, at most."""
THAWED = 2048
"""Spans kept in memory for samples, at most."""

SURPRISES = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError, OSError)
"""What reading a source that the interpreter has long accepted may still raise."""


def too_long(data: bytes) -> bool:
    """Whether reading a file's syntax would cost more than its tally is worth: its spans are its lines, from index 0 on."""
    return len(data) > MOST_BYTES or data.count(b"\n") >= MOST_LINES or data.count(b"\r") >= MOST_LINES


class Files:
    """All files seen so far. A path read again after it changed is another file."""

    def __init__(self, by_line: bool, cache: Optional[PlanCache] = None, read_elsewhere: bool = False) -> None:
        self.by_line = by_line
        self.read_elsewhere = read_elsewhere  # Tallyho can read what is too long to be sent
        self.cache = cache
        self.all: List[TallyFile] = []
        self.by_path: Dict[str, TallyFile] = {}
        self.templates: Set[str] = set()  # paths of those that are no Python
        self.older: Dict[str, List[TallyFile]] = {}  # what lay at a path before, the newest first
        self.unreadable: Dict[str, str] = {}
        self.trees: "OrderedDict[int, SpanTree]" = OrderedDict()  # by the file's number
        self.unpacked: "OrderedDict[int, Frozen]" = OrderedDict()
        self.thawed: Dict[Tuple[int, int], Span] = {}
        self.texts: "OrderedDict[int, Text]" = OrderedDict()
        self.typed: Set[str] = set()  # paths of those that lie on no disk: what was typed in, and notebooks' cells

    def owner(self, file: TallyFile, code: CodeType, key: int) -> Tuple[TallyFile, Optional[str]]:
        """Return the version of a file that a code object was compiled from, and the code's name there; None where it is none of them."""
        name = file.own_name(code, key)
        for older in self.older.get(file.path, ()) if name is None else ():
            name = older.own_name(code, key)
            if name is not None:
                return older, name
        return file, name

    def of(self, code: CodeType, path: str) -> Optional[TallyFile]:
        """Return the file of a code object, reading it on first sight; None where it has no readable source."""
        if path in self.templates:
            return None
        known = self.by_path.get(path)
        if known is not None and code.co_name != "<module>":
            return known
        if known is None and path in self.unreadable and code.co_name != "<module>":
            return None
        return self._read(path, known)

    def template(self, path: str) -> Optional[TallyFile]:
        """Return a file that is no Python, of which the lines are counted; None where it cannot be read."""
        known = self.by_path.get(path)
        try:
            data = read_bytes(path)
            if known is not None and known.data == data:
                return known
            source = Source(path, data)
        except SURPRISES:
            return known
        file = TallyFile(self, len(self.all) + 1, path, data, b"", source.encoding, None, True, source.text.count("\n") + 1)
        self.all.append(file)
        self.by_path[path] = file
        self.templates.add(path)
        return file

    def read(self, path: str) -> Optional[TallyFile]:
        """Return the file at a path, whatever code is asked about; None where it cannot be read."""
        return self._read(path, self.by_path.get(path))

    def _read(self, path: str, known: Optional[TallyFile]) -> Optional[TallyFile]:
        """Read a file, or read it again: its module's code begins."""
        try:
            data, typed = read_text(path)
            if typed:
                self.typed.add(path)
            if known is not None and known.data == data:
                return known
            file = self._make(path, data)
        except SURPRISES as error:
            if known is not None and isinstance(error, OSError):
                return known
            self.unreadable[path] = type(error).__name__
            return None
        self.all.append(file)
        if known is not None:
            self.older.setdefault(path, []).insert(0, known)
        self.by_path[path] = file
        return file

    def by_its_lines(self, path: str) -> Optional[TallyFile]:
        """Return a file at whose syntax we have failed: its lines are counted; None where it cannot be read."""
        try:
            data, _ = read_text(path)
            file = self._of_lines(path, data)
        except SURPRISES as error:
            self.unreadable[path] = type(error).__name__
            return None
        self.all.append(file)
        self.by_path[path] = file
        return file

    def _make(self, path: str, data: bytes) -> TallyFile:
        if too_long(data):
            return self._of_lines(path, data)
        number = len(self.all) + 1
        digest = sha256(data).digest()
        entry = self.cache.find(path, digest) if self.cache is not None and not self.by_line and path not in self.typed else None
        if entry is not None:
            try:
                return self._made(
                    number,
                    path,
                    data,
                    digest,
                    entry.encoding,
                    entry.frozen,
                    restored(entry.frozen),
                    entry.plans,
                    TextCode(entry.keys, entry.names),
                )
            except (ValueError, TypeError):
                pass  # not what we have written: it is read anew
        source = Source(path, data)
        tree = read(source)
        frozen = freeze(tree, source)
        own = TextCode(pieces=path in self.typed)
        file = self._made(number, path, data, digest, source.encoding, saved(frozen), frozen, own=own)
        _keep(self.trees, number, tree, TREES)
        return file

    def _of_lines(self, path: str, data: bytes) -> TallyFile:
        """Return a file whose syntax is not read: its spans are its lines."""
        source = Source(path, data)
        stamp = _stamp(path, data) if self.read_elsewhere and source.encoding in ("utf-8", "utf-8-sig") else None
        return TallyFile(self, len(self.all) + 1, path, data, b"", source.encoding, None, True, source.text.count("\n") + 1, stamp)

    def _made(
        self,
        number: int,
        path: str,
        data: bytes,
        digest: bytes,
        encoding: str,
        packed: bytes,
        frozen: Frozen,
        plans: Optional[Dict[int, str]] = None,
        own: Optional[TextCode] = None,
    ) -> TallyFile:
        _keep(self.unpacked, number, frozen, UNPACKED)
        return TallyFile(self, number, path, data, digest, encoding, packed, self.by_line, frozen.lines, None, plans, own)

    def frozen(self, file: TallyFile) -> Frozen:
        """Return what is known of a file's spans."""
        frozen = self.unpacked.get(file.number)
        if frozen is None:
            if file.frozen is None:
                raise ValueError("the syntax of %s was not read" % file.path)
            frozen = restored(file.frozen)
            _keep(self.unpacked, file.number, frozen, UNPACKED)
        return frozen

    def planned(self, file: TallyFile) -> None:
        """Note that a plan of a file was made that the cache lacks."""
        if self.cache is not None and file.path not in self.typed:
            self.cache.lacks(file)

    def tree(self, file: TallyFile) -> SpanTree:
        """Return the tree of a file, thawing it if it is not at hand."""
        tree = self.trees.get(file.number)
        if tree is None:
            tree = self.frozen(file).tree()
            _keep(self.trees, file.number, tree, TREES)
        return tree

    def text(self, file: TallyFile) -> Text:
        """Return the Text of a file, with which rewritten code is compared."""
        text = self.texts.get(file.number)
        if text is None:
            text = Text(file.source(), file.path in self.typed)
            _keep(self.texts, file.number, text, TEXTS)
        return text

    def span(self, file: TallyFile, index: int) -> Span:
        """Return one span of a file."""
        tree = self.trees.get(file.number)
        if tree is not None:
            return tree.spans[index]
        key = file.number, index
        span = self.thawed.get(key)
        if span is None:
            if len(self.thawed) >= THAWED:
                self.thawed.clear()
            span = self.thawed[key] = self.frozen(file).span(index)
        return span


def _keep(known: "OrderedDict[int, Kept]", number: int, one: Kept, most: int) -> None:
    """Keep something in memory; beyond `most`, what came first is dropped."""
    known[number] = one
    while len(known) > most:
        known.popitem(False)


def _stamp(path: str, data: bytes) -> Optional[Tuple[int, int]]:
    """Return what tells the file that was read from a later one; None where there is no such file."""
    try:
        about = os.stat(path)
    except (OSError, ValueError):
        return None
    return (about.st_mtime_ns, about.st_size) if about.st_size == len(data) else None


def read_bytes(path: str) -> bytes:
    """Return the text of a source as it lies there. Raises OSError."""
    return read_text(path)[0]


def read_text(path: str) -> Tuple[bytes, bool]:
    """Return the text of a source, and whether it lies on no disk: it was typed in, or is a notebook's cell, to which its
    kernel gives the name of a file that nobody writes. Raises OSError."""
    lines = cached_lines(path)
    if path.startswith("<") and lines:
        return _joined(lines), True
    try:
        with _open(path, "rb", 0) as stream:
            return stream.readall(), False
    except (FileNotFoundError, NotADirectoryError):
        found = _of_archive(path)
        if found is None and lines:
            return _joined(lines), True
        if found is None:
            raise
        return found, False


def _joined(lines: Sequence[str]) -> bytes:
    return "".join(lines).encode("utf-8", "surrogatepass")


def _of_archive(path: str) -> Optional[bytes]:
    """Return a file out of an archive that Python itself imports from; any other loader would be the program's code."""
    importers: List[Any] = list(sys.path_importer_cache.values())
    for importer in importers:
        if type(importer) is zipimporter:
            archive = _realpath(importer.archive) + os.sep
            if path.startswith(archive):
                found: bytes = importer.get_data(os.path.join(importer.archive, path[len(archive) :]))
                return found
    return None


__all__ = ["SURPRISES", "Files", "read_bytes", "too_long"]
