"""What is counted: the files, and the code objects of each with the counters that are theirs.

A file knows what is counted of it, and what is counted knows its file: so both are here.
"""

from __future__ import annotations

import sys
from struct import Struct
from types import CodeType
from typing import Collection, Dict, Iterable, List, MutableMapping, Optional, Protocol, Tuple

from ..base.coderef import CodeRef
from ..base.digests import sha256
from ..base.source import Source
from ..base.textcode import TextCode
from ..wire.records import Records, encode_json
from .frozen import Frozen
from .packed import CountPlan, Packed
from .spans import Owner, Span, SpanTree

FILE, SUMS, CALL = 6, 7, 9
"""The kinds of records that say what counters mean."""

LOW_BYTE = 0 if sys.byteorder == "little" else 7
NEVER = 1 << 62

_DUE = Struct("I")
_NEVER = 0xFFFFFFFF
_PACKED = {0: bytes(4), NEVER: b"\xff" * 4}


class Texts(Protocol):
    """Where a file's syntax is had from (files.py)."""

    def tree(self, file: TallyFile) -> SpanTree:
        """Return the tree of a file."""

    def frozen(self, file: TallyFile) -> Frozen:
        """Return what is known of a file's spans."""

    def span(self, file: TallyFile, index: int) -> Span:
        """Return one span of a file."""


class Account:
    """The counters of one code object: for the whole run, or for one call of it."""

    __slots__ = ("first", "due", "taken", "last", "call")

    def __init__(self, first: int, slots: int, due: int, call: int) -> None:
        self.first = first  # global number of the plan's slot 0; -1: not allocated yet
        self.taken: Dict[int, int] = {}  # span -> samples taken
        self.last: Dict[int, int] = {}  # span -> hit of the newest one
        self.call = call
        self.set_all_due(slots, due)

    @property
    def size(self) -> int:
        """Return the number of counters."""
        return len(self.due) // 4

    def set_all_due(self, slots: int, due: int) -> None:
        """Make all slots due at once (0) or NEVER."""
        self.due = bytearray(_PACKED[due] * slots)  # four bytes each, which the garbage collector need not see

    def due_at(self, slot: int) -> int:
        """Return the count at which a slot's next sample is due."""
        due: int = _DUE.unpack_from(self.due, 4 * slot)[0]
        return due if due != _NEVER else NEVER

    def set_due(self, slot: int, count: int) -> None:
        """Set the count at which a slot's next sample is due. A count beyond four bytes is NEVER."""
        _DUE.pack_into(self.due, 4 * slot, min(count, _NEVER))


class Traced(Account, Packed):
    """One code object that is counted, with all code objects equal to it: they share its plan and counters.

    It is also the Account of the whole run, and the Plan: one object instead of three, since every code object has one.
    """

    __slots__ = (
        "file",
        "text",
        "fast",
        "refs",
        "pending",
        "held",
        "returning",
        "calls",
        "age",
        "firsts",
        "raw",
        "asked",
        "partial",
        "kept",
        "pointed",
    )

    def __init__(self, file: TallyFile, plan: CountPlan, slots: int, due: int, fast: MutableMapping[int, int]) -> None:
        super().__init__(-1, slots, due, 0)
        self.file = file
        self.text = plan.text
        self.fast = fast  # offset -> lowest byte of its counter
        self.refs: Dict[int, CodeRef] = {}  # its code objects, by id
        self.pending = 0  # frames whose statement is to be sampled when it ends
        self.held = False  # every probe takes the slow path
        self.returning = False  # PY_RETURN is armed
        self.calls = False  # counted per call
        self.age = 0  # slow events since the last note was answered
        self.firsts: Tuple[int, ...] = ()  # slot 0 of each account that was told of in this process
        self.raw: Tuple[int, ...] = ()  # bytes of the counters where raw counting of its code began
        self.partial = False  # an import hook has changed statements, which are not counted
        self.kept = False  # its latest values are held, or cannot be
        self.pointed: Collection[int] = ()  # offsets at which somebody else asks as well: they take the slow path
        self.asked: Optional[bytearray] = None  # by code unit: whether the slow path has anything to do there

    def restart(self, due: int) -> None:
        """Count anew, from nothing, in a forked child; due: when samples are."""
        self.pending = 0
        self.first = -1
        self.set_all_due(self.size, due)
        self.taken.clear()
        self.last.clear()
        self.fast.clear()
        self.held = self.calls
        self.kept = False

    def codes(self) -> List[CodeType]:
        """Return its code objects."""
        return [code for code in [ref() for ref in list(self.refs.values())] if code is not None]

    @property
    def main(self) -> Account:
        """Return the account of the whole run."""
        return self

    def begun(self, slot: int) -> Tuple[Span, ...]:
        """Return the statements that begin at a probe, in order."""
        return tuple([self.file.span(index) for index in self.begins(slot)])

    def produced(self, slot: int) -> Tuple[Span, ...]:
        """Return the comprehensions that produce an element at a probe."""
        return tuple([self.file.span(index) for index in self.elements(slot)])

    def quicken(self, local: int, offset: int) -> None:
        """Let a probe take the fast path from now on."""
        if offset not in self.pointed:
            self.fast[offset] = 8 * (self.first + local) + LOW_BYTE

    def settled(self) -> bool:
        """Whether no probe is due a sample soon."""
        return len(self.fast) + len(self.pointed) >= self.slots + self.quiets


class TallyFile:
    """One version of one source file."""

    __slots__ = (
        "files",
        "number",
        "path",
        "data",
        "encoding",
        "digest",
        "frozen",
        "by_line",
        "saved",
        "traced",
        "marks",
        "shared",
        "raised",
        "announced",
        "by_line_traced",
        "lines",
        "stamp",
        "lacking",
        "own",
    )

    def __init__(
        self,
        files: Texts,
        number: int,
        path: str,
        data: bytes,
        digest: bytes,
        encoding: str,
        frozen: Optional[bytes],
        by_line: bool,
        lines: int,
        stamp: Optional[Tuple[int, int]] = None,
        saved: Optional[Dict[int, str]] = None,
        own: Optional[TextCode] = None,
    ) -> None:
        self.files = files
        self.number = number
        self.path = path
        self.data = data
        self.encoding = encoding
        self.lines = lines
        self.digest = digest
        self.frozen = frozen  # packed; None: too long to read more than its lines
        self.by_line = by_line or frozen is None
        self.own = own or TextCode()
        self.saved = saved if saved is not None else {}  # by the code's key, plans out of the cache that nobody has needed yet
        self.traced: Dict[int, Traced] = {}  # by the code's key: equal code objects share counters
        self.by_line_traced: Dict[int, Traced] = {}  # by the code's key too, of code that is counted by line
        self.marks = bytearray(0)  # spans that some plan counts
        self.shared: Dict[int, List[Traced]] = {}  # spans that several plans count
        self.raised: Dict[Tuple[int, str, int], int] = {}  # (span, exception's type, call) -> slot
        self.announced = False
        self.lacking = False  # it was told that some of its code runs uncounted
        self.stamp = stamp  # what was read, where it is too long to be sent: its time of change (ns), its size

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

    def announce(self, records: Records) -> bool:
        """Write the file record, once; False if it was dropped."""
        if not self.announced:
            self.announced = records.encoded(FILE, self.described())
        return self.announced

    def lacks(self, records: Records, reason: str) -> None:
        """Tell, once, that some of the file's code runs uncounted: a statement without hits may have run all the same."""
        if not self.lacking and self.announce(records):
            self.lacking = records.json(SUMS, {"file": self.number, "call": 0, "hits": [], "raised": [], "planned": [], "unknown": reason})

    def replaced(self, records: Records, code: CodeType) -> None:
        """Code of another text runs in the place of some of the file's: tell that, where no code of the file itself was counted there."""
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
                self.number,
                encode_json(self.path),
                *self.stamp,
            )
        shown = self.files.frozen(self).shown if self.frozen is not None else b"null"
        typed = b'"typed":true,' if self.own.pieces else b""
        return b'{%b"id":%d,"path":%b,"sha256":"%b","source":%b,"by_line":%b,"spans":%b}' % (
            typed,
            self.number,
            encode_json(self.path),
            self.sha256.encode(),
            encode_json(self.source().text),
            b"true" if self.by_line else b"false",
            shown,
        )

    # The counters of its spans.

    def count(self, traced: Traced, first: int) -> None:
        """Count the spans of a plan also in the counters from first on."""
        if not traced.firsts:
            self._mark(traced)
        traced.firsts += (first,)

    def _mark(self, traced: Traced) -> None:
        """Note the spans that another plan counts as well: comprehensions outside functions, copies of a code."""
        marks = self.marks
        for span in traced.counted():
            if span >= len(marks):
                marks.extend(bytes(span + 64 - len(marks)))
            if marks[span]:
                others = [one for one in self._all() if one is not traced and one.firsts and one.terms(span)]
                self.shared[span] = others + [traced]
            marks[span] = 1

    def _all(self) -> Iterable[Traced]:
        return [*self.traced.values(), *self.by_line_traced.values()]

    def hits(self, counters: "memoryview[int]", traced: Traced, span: int) -> int:
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
        """Return what this text calls a code object with that key; None where the code was compiled from another text."""
        if self.frozen is None:
            return code.co_name  # of a text so long that it is not compiled: it is counted by the lines there are
        if key in self.saved or key in self.traced and not self.traced[key].partial:
            return self.own.called(key) or code.co_name  # planned before, by the name that it has there
        return self.own.name(code, key, lambda: self.data)

    def adopt(self, saved: Dict[int, str]) -> None:
        """Take the plans of the same text that another reading of it has found, and share what is added to them."""
        self.saved = saved

    def kept_plan(self, key: int) -> Optional[CountPlan]:
        """Return the plan of a code object out of the cache."""
        kept = self.saved.pop(key, None)
        return CountPlan(kept) if kept is not None else None


def _byte(counters: "memoryview[int]", at: int) -> int:
    """Return one byte of the counters' memory."""
    number = counters[at >> 3]
    return number >> 8 * (at & 7 if sys.byteorder == "little" else 7 - (at & 7)) & 255


def sums(traced: Traced, account: Account) -> bytes:
    """Return the sums record that says what an account's counters mean, in JSON."""
    first = account.first
    return b'{"file":%d,"call":%d,"raised":[],"hits":%a,"calls":%a,"planned":%a}' % (
        traced.file.number,
        account.call,
        [[span, first + slot, weight] for span, slot, weight in traced.hits()],
        [[span, first + slot, weight] for span, slot, weight in traced.entries()],
        traced.planned(),
    )
