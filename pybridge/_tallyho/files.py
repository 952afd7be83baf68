"""The tallied files: reading a source, announcing its spans, and keeping its plans."""
from __future__ import annotations

import hashlib
from types import CodeType
from typing import Dict, List, Optional, Tuple

from .plan import Plan
from .source import Source
from .spans import SpanTree
from .tally_api import Records
from .wanted import cached_lines

FILE, SUMS, CALL = 6, 7, 9

_open = open

MOST_LINES = 20_000
MOST_BYTES = 2_000_000
"""A longer file is counted by line, and its syntax is not read."""

SURPRISES = (SyntaxError, ValueError, LookupError, RecursionError, MemoryError, OSError)
"""What reading a source that the interpreter has long accepted may still raise."""

Term = Tuple[int, int]
"""A slot of the trace memory and its weight."""


class TallyFile:
    """One version of one source file."""

    __slots__ = ("number", "path", "source", "tree", "by_line", "terms", "raised", "announced", "sha256")

    def __init__(self, number: int, source: Source, by_line: bool) -> None:
        self.number = number
        self.path = source.path
        self.source = source
        self.sha256 = source.sha256
        self.tree: Optional[SpanTree] = None if too_long(source) else SpanTree(source)
        self.by_line = by_line or self.tree is None
        self.terms: Dict[int, List[Term]] = {}              # span -> its counters
        self.raised: Dict[Tuple[int, str, int], int] = {}   # (span, exception's type, call) -> slot
        self.announced = False

    def announce(self, records: Records) -> bool:
        """Write the file record, once; False if it was dropped."""
        if not self.announced:
            spans = line_spans(self.source) if self.tree is None else self.tree.records()
            self.announced = records.json(FILE, {
                "id": self.number, "path": self.path, "sha256": self.sha256,
                "source": self.source.text, "by_line": self.by_line, "spans": spans})
        return self.announced

    def add_terms(self, plan: Plan, first: int) -> None:
        """Count the spans of a plan in the counters from first on, besides those before."""
        for span, slot, weight in plan.hits:
            self.terms.setdefault(span, []).append((first + slot, weight))

    def restart(self) -> None:
        """Forget what was announced: another process begins."""
        self.announced = False
        self.terms = {}
        self.raised = {}


def too_long(source: Source) -> bool:
    """Whether reading a file's syntax would cost more than its tally is worth."""
    return len(source.data) > MOST_BYTES or len(source.lines) > MOST_LINES


def line_spans(source: Source) -> List[List[object]]:
    """Return the spans of a file whose syntax is not read: its lines, the first at index 0."""
    spans: List[List[object]] = []
    for number, text in enumerate(source.lines, 1):
        end = len(text.rstrip())
        start = len(text) - len(text.lstrip())
        bare = start >= end or text[start] == "#"
        spans.append([number, min(start, end), number, end, number, end, "line", "", bare])
    return spans


class Files:
    """All files seen so far. A path read again after it changed is another file."""

    def __init__(self, by_line: bool) -> None:
        self.by_line = by_line
        self.all: List[TallyFile] = []
        self.by_path: Dict[str, TallyFile] = {}
        self.unreadable: Dict[str, str] = {}

    def of(self, code: CodeType, path: str) -> Optional[TallyFile]:
        """Return the file of a code object, reading it on first sight; None where it has no readable source."""
        known = self.by_path.get(path)
        if known is not None and (code.co_name != "<module>" or not self._changed(known)):
            return known
        if known is None and path in self.unreadable and code.co_name != "<module>":
            return None
        return self._read(path)

    def _changed(self, known: TallyFile) -> bool:
        try:
            return hashlib.sha256(_read_bytes(known.path)).hexdigest() != known.sha256
        except OSError:
            return False

    def _read(self, path: str) -> Optional[TallyFile]:
        try:
            file = TallyFile(len(self.all) + 1, Source(path, _read_bytes(path)), self.by_line)
        except SURPRISES as error:
            self.unreadable[path] = type(error).__name__
            return None
        self.all.append(file)
        self.by_path[path] = file
        return file


def _read_bytes(path: str) -> bytes:
    lines = cached_lines(path)
    if path.startswith("<") and lines:
        return "".join(lines).encode("utf-8", "surrogatepass")
    with _open(path, "rb") as stream:
        return stream.read()
