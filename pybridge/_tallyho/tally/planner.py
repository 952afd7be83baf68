"""The planner: a process of Tallyho's own that works out what raw counts mean (docs/wire.md, section Raw counters).

It runs the program's interpreter, so that what it compiles is what the program has compiled, and never runs any of it.
One request comes on each line of stdin, one answer goes on each line of stdout; when stdin ends, so does the planner.
A file is forgotten once it is answered, but for what the plan cache has yet to write.
"""

from __future__ import annotations

import gc
import os
import signal
import stat
import sys
import warnings
from json import loads
from types import CodeType
from typing import Any, BinaryIO, Dict, Iterable, Iterator, List, Mapping, Optional, Sequence, Tuple
from zlib import crc32

from ..base.bytecode import move
from ..base.linetable import line_table
from ..base.textcode import CELL, INDENT, code_key, codes_of_cells
from ..wire.records import encode_json
from .cache import PlanCache
from .counted import TallyFile
from .files import SURPRISES, Files
from .packed import CountPlan
from .plan import PlanError, make_plan

HELD = 64 << 20
"""Bytes of the bundles of kept Plans that are in memory: requests go from one bundle to another."""
NICENESS = 10
"""The program, which runs meanwhile, comes first."""
ROUND = 64
"""Requests after which garbage is collected: a file's syntax is full of circles."""
_RAW = 1 << 127
"""Marks keys of kept Plans that are made of a RawKey, and not by code_key, which has 64 bits."""
NOTHING = ""
"""Kept in place of a Plan: the code is not counted."""

RawKey = Tuple[int, int, int]
"""What a raw entry says of its code: crc32 of its line table, first line, code units."""


class Failure(Exception):
    """A request that cannot be answered; its text is a sentence for the person."""


class Changed(Failure):
    """The file is not the one that the program has loaded."""


class Planner:
    """Answers requests, one at a time."""

    def __init__(self, plans: str = "") -> None:
        self.cache = PlanCache(plans, HELD) if plans else None
        self.answered = 0

    def answer(self, request: bytes) -> bytes:
        """Return the answer to one request, both in JSON. Raises ValueError where it is no request."""
        asked = loads(request)
        number, path = int(asked["id"]), str(asked["path"])
        try:
            return self._answer(number, path, asked)
        except Changed as failure:
            return b'{"id":%d,"changed":true,"error":%b}' % (number, encode_json(str(failure)))
        except Failure as failure:
            return b'{"id":%d,"error":%b}' % (number, encode_json(str(failure)))
        except (PlanError, *SURPRISES) as failure:
            text = "%s could not be read: %s" % (path, type(failure).__name__)
            return b'{"id":%d,"error":%b}' % (number, encode_json(text))
        except Exception as failure:  # a mistake of ours: this file lacks an answer, and no other
            text = "Tallyho failed at %s (%s)" % (path, type(failure).__name__)
            return b'{"id":%d,"error":%b}' % (number, encode_json(text))

    def _answer(self, number: int, path: str, asked: Mapping[str, Any]) -> bytes:
        files, file = self._file(path, int(asked["mtime"]), int(asked["size"]))
        codes = _Codes(file, int(asked.get("optimize", 0)))
        texts = [codes.text(key, line, units) for key, line, units in asked["codes"]]
        if codes.planned:
            files.planned(file)
        known = file.sha256 == asked.get("known")
        result = b'{"id":%d,"file":%b,"codes":[%b]}' % (number, b"null" if known else file.described(), b",".join(map(_terms, texts)))
        files.trees.clear()  # the cache may yet hold the file, and needs no more of it
        files.unpacked.clear()
        return result

    def _file(self, path: str, mtime: int, size: int) -> Tuple[Files, TallyFile]:
        """Return a file as the program has loaded it, read for this request alone."""
        try:
            about = os.stat(path)
        except OSError:
            about = None
        if about is None or not stat.S_ISREG(about.st_mode):  # of a pipe nobody knows when it ends
            raise Failure("%s is no file that can be read" % path)
        if mtime >= 0 and (about.st_mtime_ns, about.st_size) != (mtime, size):
            raise Changed("%s has changed since it was loaded" % path)
        files = Files(False, self.cache)
        file = files.read(path)
        if file is None:
            raise Failure("%s could not be read: %s" % (path, files.unreadable.get(path, "")))
        if mtime >= 0 and len(file.data) != size:
            raise Changed("%s has changed since it was loaded" % path)
        if file.by_line:
            raise Failure("%s is too long to be planned" % path)
        unwritten = self.cache.new.get(path) if self.cache is not None else None
        if unwritten is not None and unwritten.digest == file.digest:
            file.adopt(unwritten.saved)  # its plans are not in the bundle yet
        return files, file

    def tick(self) -> None:
        """Collect garbage and write the cache now and then; called between two requests."""
        self.answered += 1
        if self.answered % ROUND == 0:
            gc.collect()
        if self.cache is not None and self.cache.new:
            self.cache.tick()

    def close(self) -> None:
        """Write what is new."""
        if self.cache is not None:
            self.cache.finish()


class _Codes:
    """The code objects of one file: their plans as texts, kept ones or new."""

    def __init__(self, file: TallyFile, optimize: int) -> None:
        self.file = file
        self.optimize = optimize
        self.planned = False
        self.found: Optional[Dict[RawKey, CodeType]] = None
        self.cells: Dict[int, CodeType] = {}  # by id: of a notebook that runs as a script

    def text(self, key: int, line: int, units: int) -> str:
        """Return the plan of a code object; NOTHING where there is none to be had."""
        kept_as = _RAW | self.optimize << 96 | key << 64 | line << 32 | units
        text = self.file.saved.get(kept_as)
        if text is None:
            if self.found is None:
                self.found = by_raw_key(self._compiled())
                for one in codes_of_cells(self.file.data, self.optimize):
                    move(one, INDENT)
                    self.cells[id(one)] = one
                    self.found.setdefault(raw_key(one), one)
            code = self.found.get((key, line, units))
            text = self._plan(code) if code is not None else NOTHING
            self.file.saved[kept_as] = text
            self.planned = True
        return text

    def _compiled(self) -> CodeType:
        return compile(self.file.data, self.file.path, "exec", dont_inherit=True, optimize=self.optimize)

    def _plan(self, code: CodeType) -> str:
        saved, key = self.file.saved, code_key(code)
        text = saved.get(key)
        if text is not None:
            return text
        try:
            name = CELL * (id(code) in self.cells) + code.co_name
            text = make_plan(self.file.tree(), self.file.source, code, name).text
        except (PlanError, ValueError, LookupError, StopIteration):
            return NOTHING  # as tally.py: of code that cannot be planned, nothing is said
        saved[key] = text
        return text


def by_raw_key(code: CodeType) -> Dict[RawKey, CodeType]:
    """Return a module's code objects, itself included, by what a raw entry says of them; of equal ones the first."""
    found: Dict[RawKey, CodeType] = {}
    for one in _all_codes(code):
        found.setdefault(raw_key(one), one)
    return found


def raw_key(code: CodeType) -> RawKey:
    """Return what a raw entry says of a code object."""
    return crc32(line_table(code)), code.co_firstlineno, len(code.co_code) // 2


def _all_codes(code: CodeType) -> Iterator[CodeType]:
    todo = [code]
    while todo:
        one = todo.pop()
        yield one
        todo += [inner for inner in reversed(one.co_consts) if type(inner) is CodeType]


def _terms(text: str) -> bytes:
    """Return what a plan says, in JSON: slots are code units here."""
    if text is NOTHING or not text:
        return b"null"
    plan = CountPlan(text)
    units = [offset >> 1 for offset in plan.places()]
    return b'{"hits":%a,"calls":%a,"planned":%a}' % (_rows(plan.hits(), units), _rows(plan.entries(), units), plan.planned())


def _rows(terms: Iterable[Tuple[int, int, int]], units: Sequence[int]) -> List[List[int]]:
    return [[span, units[slot], weight] for span, slot, weight in terms]


def serve(planner: Planner, requests: Iterable[bytes], answers: BinaryIO) -> None:
    """Answer requests until there are no more, or nobody hears."""
    try:
        for request in requests:
            answers.write(planner.answer(request) + b"\n")
            answers.flush()
            planner.tick()
    except BrokenPipeError:
        pass
    planner.close()


def main(plans: str) -> None:
    """Be the planner's process. plans: the directory of kept plans, or ""."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program; the engine ends us by our stdin
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    warnings.simplefilter("ignore")  # about the program's text, which has been told of them
    gc.freeze()
    gc.disable()
    serve(Planner(plans), sys.stdin.buffer, sys.stdout.buffer)
    os._exit(0)  # nothing is left to do, and what is in memory is nobody's


__all__ = ["Changed", "Failure", "Planner", "by_raw_key", "main", "raw_key", "serve"]
