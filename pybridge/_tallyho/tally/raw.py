"""Raw counting: code that is counted by the instruction, without a plan (docs/wire.md, "Raw counters").

To plan a code object takes longer than to run it once, and a program that imports thousands of files runs most of its
code once. So only some code is planned at its first sight (the configuration's `eager`, in code units), which is enough for small
programs. Further code is counted by the accelerator (pybridge/native/raw.c), a byte for each code unit, and Tallyho works out
from the sources what the bytes mean. Code that turns out to run on is planned after all.
"""

from __future__ import annotations

import os
from _thread import allocate_lock
from stat import S_ISREG
from types import CodeType
from typing import Any, Dict, List, Optional

from ..base.guest import BlockedSignals
from ..program.unplanned import PLANNED, Noted
from ..wire.memory import Memory
from ..wire.records import Records, encode_json
from .files import MOST_LINES, read_bytes, too_long

CHUNK_RECORD, FILE_RECORD = 10, 11
BYTES_PER_UNIT = 16
"""Bytes of a source whose syntax is read in the time in which a code unit is planned."""
MOST_LOADS = 1
"""Times that a module may begin before its code is planned: a module that begins again may have another text, and other counters."""
CHUNK = 8192
"""Counter slots that are handed out to raw counters at a time."""

_lstat = os.lstat


class Raw:
    """What is counted raw in this process. Every method may be called from any thread."""

    def __init__(self, native: Any, memory: Memory, records: Records, eager: int) -> None:
        self.native = native
        self.memory = memory
        self.records = records
        self.eager_left = eager  # code units that may yet be planned at their first sight
        self.files: Dict[str, int] = {}  # path, or co_filename -> number; PLANNED; PASSED: not counted at all
        self.loads: Dict[str, int] = {}  # by path: how often its module has begun
        self.last = 0
        self.growing = allocate_lock()

    def spend(self, units: int, source: int = 0) -> None:
        """Note the code units that were planned, and the bytes of source that were read, at first sight."""
        self.eager_left -= units + source // BYTES_PER_UNIT

    def _file(self, path: str, anew: bool) -> int:
        """Return the number of a file whose code is counted raw, 0 where it is not; anew: the file's module begins."""
        number = self.files.get(path)
        if number is None or anew and number > 0:
            loads = self.loads[path] = self.loads.get(path, 0) + 1
            with BlockedSignals():
                number = self.files[path] = self._announce(path) if loads <= MOST_LOADS else PLANNED
        return max(number, 0)

    def _announce(self, path: str) -> int:
        try:
            about = _lstat(path)
            if not path.endswith(".py"):
                return PLANNED  # a template or a script: what runs may be of another text
            if not S_ISREG(about.st_mode) or about.st_size > MOST_LINES and too_long(read_bytes(path)):
                return PLANNED  # it is counted by line
        except (OSError, ValueError):
            return PLANNED  # in an archive, or no file: its text is known here alone
        with self.growing:
            self.last += 1
            number = self.last
        told = self.records.encoded(
            FILE_RECORD, b'{"id":%d,"path":%b,"mtime":%d,"size":%d}' % (number, encode_json(path), about.st_mtime_ns, about.st_size)
        )
        return number if told else PLANNED

    def begin(self, code: CodeType, path: str, module: Optional[str]) -> int:
        """Count a code object raw from now on, and return the number of its file; 0 where it is to be planned."""
        number = self._file(path, code.co_name == "<module>") if self.eager_left <= 0 else 0
        if not number:
            return 0
        begun = self.native.begin(code, number, module)
        if begun is False and self._grow():
            begun = self.native.begin(code, number, module)
        return number if begun else 0

    def shun(self, path: str) -> None:
        """Never count a file's code raw: it was not simply compiled from its source."""
        self.files.setdefault(path, PLANNED)

    def _grow(self) -> bool:
        """Hand out another chunk; False where there is no more memory."""
        with self.growing:
            first = self.memory.allocate(CHUNK)
            if first < 0 or not self.records.json(CHUNK_RECORD, {"first": first, "slots": CHUNK}):
                return False
            self.native.chunk(first, CHUNK)
            return True

    def counts(self, code: CodeType) -> bool:
        """Whether a code object is counted raw."""
        counts: bool = self.native.counts(code)
        return counts

    def renewed(self, code: CodeType) -> bool:
        """Whether the process that this one was forked from has counted a code object raw, and this one does not yet."""
        renewed: bool = self.native.renewed(code)
        return renewed

    def hit(self, code: CodeType, offset: int) -> None:
        """Count an instruction of code that is counted raw."""
        self.native.hit(code, offset)

    def end(self, code: CodeType) -> None:
        """Count a code object raw no longer."""
        self.native.end(code)

    def again(self) -> List[Noted]:
        """Return code that has run in the last tick, long after it was met."""
        found: List[Noted] = self.native.again()
        return found

    def where(self, code: CodeType) -> int:
        """Return the byte of the counters that counted a code object's first unit; -1 where it never was."""
        at: int = self.native.where(code)
        return at

    def restart(self) -> None:
        """Start afresh in a forked child: what the parent has counted is begun anew when it runs there."""
        self.files.clear()
        self.loads.clear()
        self.last = 0
        self.growing = allocate_lock()
