"""Records: the small numbers of threads, code and places, and the packing of each kind.

A definition is written before its number is used. Two threads that meet the
same thing at the same time may both define it, under two numbers; that costs a
record and needs no lock.
"""

from __future__ import annotations

import struct
from _thread import _local, get_ident
from itertools import count
from json import JSONEncoder
from time import monotonic_ns
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ..base import guest
from ..base.redact import Patterns, mask
from .inspan import UNTOLD, InSpan, Span
from .memory import Memory, Ring
from .written import WRITTEN, Written

EVENT, CODE, PLACE, THREAD, SAMPLE, FILE, SUMS = range(1, 8)
CALL = WRITTEN + 1
CONTINUED = 1

CHUNK = 48 << 10
"""JSON goes on in the next record after that many bytes."""

MAY_BE_LOST = frozenset((EVENT, CODE, PLACE, SAMPLE))
"""The kinds that are lost where there is no room. A CODE or PLACE is written before the event that needs it or, with that event, not at all."""

MOST_OWED = 32 << 20
"""Bytes of records of the other kinds that are kept until there is room again: what such a record tells is told once only."""

MAX_TEXT = 24 << 10
MAX_EVENT = 96 << 10
"""Bytes: of one value's text, and of one event, whose further values are left out."""

OK, MISSING, SKIPPED, FAILED_EVAL, FAILED_REPR, REDACTED = range(6)
"""The status of a value (docs/wire.md)."""

F_BUILTIN, F_SYNTHETIC, F_CLEANUP, F_DETACHED, F_RETURN_OP, F_DEPTH, F_TASK = 1, 2, 4, 8, 16, 32, 64
"""The flags of an event (docs/wire.md)."""

_EVENT = struct.Struct("<BBHIIIiIQQ")
_VALUE_HEAD = struct.Struct("<BB")
_U32 = struct.Struct("<I")
_U16 = struct.Struct("<H")
_encode = JSONEncoder(ensure_ascii=False, check_circular=False, separators=(",", ":")).encode
pack_event = _EVENT.pack
pack_u32 = _U32.pack
NO_STACK = b"\0\0"


class Value(NamedTuple):
    """One rendered value of an event."""

    name: str
    text: str
    status: int = OK


Frame = Tuple[int, str, str]
"""An outer frame: line, filename, function."""


class ThreadRing:
    """What one thread needs to write: its ring and its number."""

    __slots__ = ("records", "map", "ring", "number", "span")

    def __init__(self, records: "Records", ring: Ring, number: int) -> None:
        self.records = records
        self.map = ring.memory.map
        self.ring = ring
        self.number = number
        self.span: Span = UNTOLD
        """The span of the program's own that its last event was said to be in."""

    def tell_span(self, in_span: InSpan, earlier: bool = False) -> None:
        """Say which span the thread is in before its next event, which may be one that happened earlier."""
        self.span = in_span.tell(self.ring, self.number, self.span, earlier)

    def __del__(self) -> None:
        # The thread has ended (its thread-local storage is cleared).
        try:
            memory = self.records.memory
            if memory.map is self.map:  # not the memory of the process that this one was forked from
                self.records.thread_ended(self)
                memory.release(self.ring)
        except BaseException:
            pass


class Records:
    """The writer of all records of this process."""

    def __init__(self, memory: Memory, thread_name: Callable[[int], Tuple[str, bool]], activity: Callable[[], str]) -> None:
        self._thread_name = thread_name
        self.activity = activity
        """Returns the name of the task or greenlet that the current thread runs, "" where there is none."""
        self.writer: Any = None
        """What writes events in C, and hands out the numbers of records then."""
        self.written: Optional[Written] = None
        """What the program has written, where that is kept in files."""
        self.in_span: Optional[InSpan] = None
        """What says in which span of the program's own an event is, where that is wanted; no event is written in C then."""
        self.started = monotonic_ns()
        self.memory = memory
        self.restart()

    def restart(self) -> None:
        """Begin anew: at the start, and in a forked child, where the memory is another."""
        if self.writer is not None:
            self.use(self.writer)
        self.local = _local()
        self.threads = count(1)
        self.numbers: Dict[int, int] = {}
        """Thread's ident -> number."""
        self.codes = count(1)
        self.places = count(1)
        self.code_ids: Dict[Any, int] = {}
        self.place_ids: Dict[Tuple[int, int, bool], int] = {}
        self.owed: List[Tuple[int, bytes]] = []
        """Kind and JSON of what there was no room for and has to be told, in order."""
        self.owing = 0

    def use(self, writer: Any) -> None:
        """Have events written by a RecordWriter from now on; it goes on with the next number."""
        self.writer = writer
        # Its text, for a counter can otherwise only be asked by taking a number, or with a warning from 3.12 on.
        writer.restart(self.memory.map, int(repr(self.memory.seq)[len("count(") : -1]))
        self.memory.number_by(writer)

    def end(self) -> None:
        """The program's main code has ended, in this thread: whether something is an event here is asked in Python from now on."""
        if self.writer is not None:
            self.writer.end()

    def watch(self, written: Optional[Written]) -> None:
        """Say before events what was written; None ends it."""
        old, self.written = self.written, written
        if self.writer is not None:
            self.writer.watch(*(-1, -1) if written is None else (written.out, written.err))
        if old is not None:
            old.close()

    def follow(self, in_span: Optional[InSpan]) -> None:
        """Say before events in which span of the program's own they are; None ends it."""
        self.in_span = in_span

    def thread_ring(self) -> ThreadRing:
        """Return the current thread's ring, announcing the thread when it is new."""
        try:
            return self.local.thread_ring  # type: ignore[no-any-return]
        except AttributeError:
            with guest.BlockedSignals():
                return self._new_thread_ring()

    def _new_thread_ring(self) -> ThreadRing:
        ident = get_ident()
        name, main = self._thread_name(ident)
        thread_ring = ThreadRing(self, self.memory.take(main), self._number(ident))
        self.local.thread_ring = thread_ring
        about = {"id": thread_ring.number, "ident": ident, "name": name, "main": main, "ended": False}
        self._tell(thread_ring.ring, THREAD, encode_json(about))
        return thread_ring

    def _number(self, ident: int) -> int:
        number = self.numbers.get(ident)
        if number is None:
            number = self.numbers[ident] = next(self.threads)
        return number

    def numbers_of(self, idents: Sequence[int]) -> Dict[int, int]:
        """Return the numbers of the threads that live, which are these; a thread that has written nothing gets a number now."""
        for ident in [one for one in list(self.numbers) if one not in idents]:
            self.numbers.pop(ident, None)
        return {ident: self._number(ident) for ident in idents}

    def thread_ended(self, thread_ring: ThreadRing) -> None:
        """Tell that the thread of that ring writes no more."""
        for ident, number in list(self.numbers.items()):
            if number == thread_ring.number:
                self.numbers.pop(ident, None)
        # By hand: outside of a callback the library's encoder would be an event of the program's.
        self._tell(thread_ring.ring, THREAD, b'{"id":%d,"ident":0,"name":"","main":false,"ended":true}' % thread_ring.number)

    def thread_id(self) -> int:
        """Return the small number of the current thread."""
        return self.thread_ring().number

    def number_of(self, ident: int) -> int:
        """Return the number of another thread; that of this one where it has written nothing."""
        return self.numbers.get(ident) or self.thread_id()

    def put(self, kind: int, payload: bytes) -> bool:
        """Write a record in the current thread's ring; False if it was dropped."""
        return self.thread_ring().ring.put(kind, payload)

    def json(self, kind: int, value: Mapping[str, Any]) -> bool:
        """Write a JSON record, in several pieces if it is long; False if it was dropped."""
        return self._tell(self.thread_ring().ring, kind, encode_json(value))

    def encoded(self, kind: int, data: bytes) -> bool:
        """Write a record whose JSON is at hand."""
        return self._tell(self.thread_ring().ring, kind, data)

    def _tell(self, ring: Ring, kind: int, data: bytes) -> bool:
        """Write a JSON record, later where it has to be told and there is no room."""
        if kind in MAY_BE_LOST:
            return self._put(ring, kind, data)
        if not self.owed and self._put(ring, kind, data):
            return True
        if self.owing > MOST_OWED:
            return False
        self.owing += len(data)
        self.owed.append((kind, data))
        return True

    def settle(self) -> None:
        """Write what is owed, as far as there is room. Called now and then by the reader's thread."""
        while self.owed:
            kind, data = self.owed[0]
            if not self._put(self.thread_ring().ring, kind, data):
                return
            self.owing -= len(data)
            del self.owed[0]  # only now: what others owe meanwhile has to come after it

    def _put(self, ring: Ring, kind: int, data: bytes) -> bool:
        if len(data) > CHUNK and not self.memory.wait_when_full and not ring.room(len(data) + 2 * CHUNK) and len(data) < ring.size // 2:
            return ring.drop()  # a piece of a record without its rest would spoil the next record
        while len(data) > CHUNK:
            if not ring.put(kind, data[:CHUNK], CONTINUED):
                return False
            data = data[CHUNK:]
        return ring.put(kind, data)

    def code(self, key: Any, describe: Callable[[], Dict[str, Any]]) -> int:
        """Return the number of the code object with that key, defining it when it is new; 0: there was no room for that."""
        number = self.code_ids.get(key)
        if number is None:
            about = describe()
            number = about["id"] = next(self.codes)
            if not self.json(CODE, about):
                return 0
            self.code_ids[key] = number
        return number

    def place(self, code: int, line: int, call: bool, describe: Callable[[], Dict[str, Any]]) -> int:
        """Return the number of a line of a code object; calls have places of their own (fullsource differs). 0: there was no room
        to define it, or the code object."""
        if not code:
            return 0
        key = (code, line, call)
        number = self.place_ids.get(key)
        if number is None:
            about = describe()
            number = next(self.places)
            about.update(id=number, code=code, line=line)
            if not self.json(PLACE, about):
                return 0
            self.place_ids[key] = number
        return number

    def forget_code(self, key: Any) -> None:
        """The code object with that key is gone; the key may come again."""
        self.code_ids.pop(key, None)

    def event(
        self,
        kind: int,
        flags: int,
        action: int,
        tracepoint: int,
        place: int,
        depth: int,
        calls: int,
        values: Sequence[Value],
        stack: Sequence[Frame] = (),
    ) -> bool:
        """Write an event; False if it was dropped, as it is where its place could not be defined."""
        if not place:
            return False
        thread_ring = self.thread_ring()
        packed, number = _pack_values(values)
        # What happened earlier may have been in another one.
        task = "" if flags & (F_DETACHED | F_SYNTHETIC) else self.activity()
        head = pack_event(
            kind,
            flags | F_TASK if task else flags,
            action,
            tracepoint,
            place,
            thread_ring.number,
            depth,
            number,
            calls if calls >= 0 else 0xFFFFFFFFFFFFFFFF,
            monotonic_ns() - self.started,
        )
        written = self.written
        if written is not None:
            written.tell(thread_ring.ring)
        if self.in_span is not None:
            thread_ring.tell_span(self.in_span, bool(flags & (F_DETACHED | F_SYNTHETIC)))
        done = thread_ring.ring.put(EVENT, head + packed + _pack_stack(stack) + pack_task(task))
        if self.memory.in_step:
            self.memory.wait_until_shown(thread_ring.ring)
        return done


def text_bytes(text: str) -> bytes:
    """Encode as UTF-8, a lone surrogate as the six characters of its escape."""
    return text.encode("utf-8", "backslashreplace")


def encode_json(value: Any) -> bytes:
    """Return a value of plain types as JSON in UTF-8."""
    return text_bytes(_encode(value))


_heads: Dict[Tuple[int, str], bytes] = {}
_HEADS_LIMIT = 20000


MAX_SHORT_TEXT = 4096
"""Characters of a value that the short way (shortway.py) packs without counting bytes."""


def value_head(status: int, name: str) -> bytes:
    """Return a value's first bytes: status and name. A few names come again and again."""
    head = _heads.get((status, name))
    if head is None:
        packed = clip(text_bytes(name), 255)
        head = _VALUE_HEAD.pack(status, len(packed)) + packed
        if len(_heads) < _HEADS_LIMIT:
            _heads[status, name] = head
    return head


def _pack_values(values: Sequence[Value]) -> Tuple[bytes, int]:
    parts: List[bytes] = []
    size = 0
    for number, (name, text, status) in enumerate(values):
        if Patterns.on:
            text = mask(text)
        packed = text.encode("utf-8", "backslashreplace")
        length = len(packed)
        if length > MAX_TEXT:
            packed = clip(packed, MAX_TEXT)
            length = len(packed)
        size += length + 256
        if size > MAX_EVENT:
            return b"".join(parts), number
        parts.append(value_head(status, name))
        parts.append(pack_u32(length))
        parts.append(packed)
    return b"".join(parts), len(values)


def pack_task(task: str) -> bytes:
    """Return what an event ends with that says its task; nothing where it is in none."""
    if not task:
        return b""
    packed = text_bytes(task)
    return _U16.pack(len(packed)) + packed


def _pack_stack(stack: Sequence[Frame]) -> bytes:
    if not stack:
        return NO_STACK
    parts = [_U16.pack(len(stack))]
    for line, filename, function in stack:
        packed_name = clip(text_bytes(filename), 4096)
        packed_function = clip(text_bytes(function), 1024)
        parts += (_U32.pack(line), _U16.pack(len(packed_name)), packed_name, _U16.pack(len(packed_function)), packed_function)
    return b"".join(parts)


def clip(data: bytes, size: int) -> bytes:
    """Cut UTF-8 after at most that many bytes, never inside a character."""
    if len(data) <= size:
        return data
    return data[:size].decode("utf-8", "ignore").encode("utf-8")
