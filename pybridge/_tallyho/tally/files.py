"""The tallied files: reading a source, announcing its spans, and keeping what is known of it small."""
from __future__ import annotations

import os
import sys
from collections import OrderedDict
from types import CodeType
from typing import TYPE_CHECKING, Dict, Iterable, List, Optional, Sequence, Set, Tuple, TypeVar
from zipimport import zipimporter

from ..base.digests import sha256
from ..base.source import Source
from ..base.tallied import cached_lines
from ..base.textcode import TextCode
from ..wire.records import encode_json
from .cache import CachedFile, PlanCache
from .frozen import Frozen, freeze, restored, saved
from .packed import CountPlan
from .rewritten import Text
from .spans import Owner, Span, SpanTree
from .tally_api import RecordSink
from .walk import read

if TYPE_CHECKING:
    from .counting import Traced
    from .lines import LineCode

FILE, SUMS, CALL = 6, 7, 9

_open = open
_realpath = os.path.realpath
Kept = TypeVar("Kept")

MOST_LINES = 20_000
MOST_BYTES = 2_000_000
"""A longer file is counted by line, and its syntax is not read."""
TEXTS = 2
"""Files at hand that rewritten code is held against, at most."""
TREES = 8
"""Files whose syntax is at hand for planning, at most."""
UNPACKED = 32
"""Files whose spans are at hand for samples, at most."""
THAWED = 2048
"""Spans at hand for samples, at most."""

SURPRISES = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError, OSError)
"""What reading a source that the interpreter has long accepted may still raise."""


class TallyFile:
    """One version of one source file."""

    __slots__ = ("files", "number", "path", "data", "encoding", "digest", "frozen", "by_line", "saved", "traced",
                 "marks", "shared", "raised", "announced", "by_line_key", "lines", "stamp", "lacking", "own")

    def __init__(self, files: "Files", number: int, path: str, data: bytes, digest: bytes, encoding: str,
                 frozen: Optional[bytes], by_line: bool, lines: int) -> None:
        self.files = files
        self.number = number
        self.path = path
        self.data = data
        self.encoding = encoding
        self.lines = lines
        self.digest = digest
        self.frozen = frozen                                # packed; None: too long to read more than its lines
        self.by_line = by_line or frozen is None
        self.own = TextCode()
        self.saved: Dict[int, str] = {}                     # plans out of the cache that nobody has needed yet
        self.traced: Dict[int, "Traced"] = {}               # by the code's key: equal code objects share counters
        self.by_line_key: Dict[int, "LineCode"] = {}        # the same of what is counted by line
        self.marks = bytearray(0)                           # spans that some plan counts
        self.shared: Dict[int, List["Traced"]] = {}         # spans that several plans count
        self.raised: Dict[Tuple[int, str, int], int] = {}   # (span, exception's type, call) -> slot
        self.announced = False
        self.lacking = False                                # it was told that some of its code runs uncounted
        self.stamp: Optional[Tuple[int, int]] = None        # what was read: its time of change (ns), its size

    @property
    def sha256(self) -> str:
        """Return the digest of the bytes, in hex; that of a long file is made when somebody asks."""
        if not self.digest:
            self.digest = sha256(self.data).digest()
        return self.digest.hex()

    def source(self) -> Source:
        """Return the text."""
        return Source(self.path, self.data, self.encoding)

    def tree(self) -> SpanTree:
        """Return the spans and owners, of a file whose syntax was read."""
        return self.files.tree(self)

    def span(self, index: int) -> Span:
        """Return one span as a sample needs it: alone."""
        return self.files.span(self, index)

    def owner(self, number: int) -> Optional[Owner]:
        """Return an owner by its number; None for -1."""
        return self.files.frozen(self).owner(number) if number >= 0 and self.frozen is not None else None

    def announce(self, records: RecordSink) -> bool:
        """Write the file record, once; False if it was dropped."""
        if not self.announced:
            self.announced = records.encoded(FILE, self.described())
        return self.announced

    def lacks(self, records: RecordSink, reason: str) -> None:
        """Tell, once, that code of it runs uncounted: what has no hits may have run all the same."""
        if not self.lacking and self.announce(records):
            self.lacking = records.json(SUMS, {"file": self.number, "call": 0, "hits": [], "raised": [], "planned": [], "unknown": reason})

    def replaced(self, records: RecordSink, code: CodeType) -> None:
        """Other code than the file's runs in the place of some of it: tell of that where nothing else is known of this place."""
        if self.frozen is None:
            return
        tree = self.tree()
        found = [tree.module] if code.co_name == "<module>" else tree.owners.get((code.co_firstlineno, code.co_name), [])
        if any(not any(one.owner == owner.number for one in self._all()) for owner in found):
            self.lacks(records, "Not all of it is counted: code that is not compiled from this text ran under its name.")

    def described(self) -> bytes:
        """Return what the file record says, in JSON: of a long file, as far as may be, where its text is to be read."""
        if self.stamp is not None:
            return b'{"id":%d,"path":%b,"read":{"mtime":%d,"size":%d},"by_line":true,"spans":null}' % (
                self.number, encode_json(self.path), *self.stamp)
        shown = self.files.frozen(self).shown if self.frozen is not None else b"null"
        return b'{"id":%d,"path":%b,"sha256":"%b","source":%b,"by_line":%b,"spans":%b}' % (
            self.number, encode_json(self.path), self.sha256.encode(), encode_json(self.source().text),
            b"true" if self.by_line else b"false", shown)

    # The counters of its spans.

    def count(self, traced: "Traced", first: int) -> None:
        """Count the spans of a plan in the counters from first on, besides those before."""
        if not traced.firsts:
            self._mark(traced)
        traced.firsts += (first,)

    def _mark(self, traced: "Traced") -> None:
        """Note the spans that another plan counts as well: comprehensions outside functions, copies of a code."""
        marks = self.marks
        for span in traced.counted():
            if span >= len(marks):
                marks.extend(bytes(span + 64 - len(marks)))
            if marks[span]:
                others = [one for one in self._all() if one is not traced and one.firsts and one.terms(span)]
                self.shared[span] = others + [traced]
            marks[span] = 1

    def _all(self) -> Iterable["Traced"]:
        return [*self.traced.values(), *[one.traced for one in self.by_line_key.values()]]

    def hits(self, counters: "memoryview[int]", traced: "Traced", span: int) -> int:
        """Return how often a span that this plan counts has been hit, in all calls together."""
        total = 0
        for one in self.shared.get(span) or (traced,):
            for slot, weight in one.terms(span):
                for first in one.firsts:
                    total += counters[first + slot] * weight
                for first in one.raw:
                    total += _byte(counters, first + one.unit(slot)) * weight
        return total

    def restart(self) -> None:
        """Forget what was announced: another process begins."""
        self.announced = self.lacking = False
        self.raised = {}
        self.shared = {}
        self.marks = bytearray(0)
        for traced in self._all():
            traced.firsts = traced.raw = ()

    # Plans.

    def own_name(self, code: CodeType, key: int) -> Optional[str]:
        """Return what a code object with that key is called in this text; None where this is not what it was compiled from."""
        if self.frozen is None:
            return code.co_name             # of a text so long that it is not compiled: it is counted by the lines there are
        if key in self.saved or key in self.traced and not self.traced[key].partial:
            return code.co_name             # planned before, by the name that it has there
        return self.own.name(code, key, lambda: self.data)

    def kept_plan(self, key: int) -> Optional[CountPlan]:
        """Return the plan of a code object out of the cache."""
        kept = self.saved.pop(key, None)
        return CountPlan(kept) if kept is not None else None


def _byte(counters: "memoryview[int]", at: int) -> int:
    """Return one byte of the counters' memory."""
    number = counters[at >> 3]
    return number >> 8 * (at & 7 if sys.byteorder == "little" else 7 - (at & 7)) & 255


def too_long(data: bytes) -> bool:
    """Whether reading a file's syntax would cost more than its tally is worth: its spans are its lines, from index 0 on."""
    return len(data) > MOST_BYTES or data.count(b"\n") >= MOST_LINES or data.count(b"\r") >= MOST_LINES


class Files:
    """All files seen so far. A path read again after it changed is another file."""

    def __init__(self, by_line: bool, cache: Optional[PlanCache] = None, read_elsewhere: bool = False) -> None:
        self.by_line = by_line
        self.read_elsewhere = read_elsewhere    # Tallyho can read what is too long to be sent
        self.cache = cache
        self.all: List[TallyFile] = []
        self.by_path: Dict[str, TallyFile] = {}
        self.templates: Set[str] = set()                # paths of those that are no Python
        self.older: Dict[str, List[TallyFile]] = {}     # what lay at a path before, the newest first
        self.unreadable: Dict[str, str] = {}
        self.trees: "OrderedDict[int, SpanTree]" = OrderedDict()    # by the file's number
        self.unpacked: "OrderedDict[int, Frozen]" = OrderedDict()
        self.thawed: Dict[Tuple[int, int], Span] = {}
        self.texts: "OrderedDict[int, Text]" = OrderedDict()

    def owner(self, file: TallyFile, code: CodeType, key: int) -> Tuple[TallyFile, Optional[str]]:
        """Return the version of a file whose own a code object is, and its name there; None where it is no version's."""
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
            data = read_bytes(path)
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

    def _make(self, path: str, data: bytes) -> TallyFile:
        number = len(self.all) + 1
        if too_long(data):
            source = Source(path, data)
            file = TallyFile(self, number, path, data, b"", source.encoding, None, True, source.text.count("\n") + 1)
            file.stamp = _stamp(path, data) if self.read_elsewhere and source.encoding in ("utf-8", "utf-8-sig") else None
            return file
        digest = sha256(data).digest()
        entry = self.cache.find(path, digest) if self.cache is not None and not self.by_line else None
        if entry is not None:
            try:
                file = self._made(number, path, data, digest, entry.encoding, entry.frozen, restored(entry.frozen))
                file.saved = entry.plans
                file.own = TextCode(entry.keys, entry.names)
                return file
            except (ValueError, TypeError):
                pass                        # not what we have written: it is read anew
        source = Source(path, data)
        tree = read(source)
        frozen = freeze(tree, source)
        file = self._made(number, path, data, digest, source.encoding, saved(frozen), frozen)
        _keep(self.trees, number, tree, TREES)
        return file

    def _made(self, number: int, path: str, data: bytes, digest: bytes, encoding: str, packed: bytes,
              frozen: Frozen) -> TallyFile:
        _keep(self.unpacked, number, frozen, UNPACKED)
        return TallyFile(self, number, path, data, digest, encoding, packed, self.by_line, frozen.lines)

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
        """A plan was made that the cache lacks."""
        if self.cache is not None:
            self.cache.lacks(file)

    def tree(self, file: TallyFile) -> SpanTree:
        """Return the tree of a file, thawing it if it is not at hand."""
        tree = self.trees.get(file.number)
        if tree is None:
            tree = self.frozen(file).tree()
            _keep(self.trees, file.number, tree, TREES)
        return tree

    def text(self, file: TallyFile) -> Text:
        """Return what code of a file that was rewritten is held against."""
        text = self.texts.get(file.number)
        if text is None:
            text = Text(file.source())
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
    """Keep something at hand, and not what was taken in first."""
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
    lines = cached_lines(path)
    if path.startswith("<") and lines:
        return "".join(lines).encode("utf-8", "surrogatepass")
    try:
        with _open(path, "rb", 0) as stream:
            return stream.readall()
    except (FileNotFoundError, NotADirectoryError):
        return _of_archive(path)


def _of_archive(path: str) -> bytes:
    """Return a file out of an archive that Python itself imports from; any other loader would be the program's code."""
    for importer in list(sys.path_importer_cache.values()):
        if type(importer) is zipimporter:
            archive = _realpath(importer.archive) + os.sep
            if path.startswith(archive):
                return importer.get_data(os.path.join(importer.archive, path[len(archive):]))
    raise FileNotFoundError(path)


__all__ = ["CALL", "FILE", "SUMS", "SURPRISES", "CachedFile", "Files", "Sequence", "TallyFile"]
