"""Runs a Tally by itself: memory and records that stay in this process, and events of a tool id of its own.

Used by the test_tally_… files; reads the records back as the Go side does, so that a test sees what a person would.
"""

from __future__ import annotations

import json
import os
import struct
import sys
import threading
from pathlib import Path
from types import CodeType
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _tallyho.base import extension
from _tallyho.base.turns import in_turn
from _tallyho.events.eventfilter import TRACED
from _tallyho.tally import cache
from _tallyho.tally.planner import Planner
from _tallyho.tally.tally import Tally

HERE = os.path.dirname(os.path.abspath(__file__))
MONITORING = getattr(sys, "monitoring", None)
TOOL = 4

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")
"""The accelerator's file: the same tests run with it and without."""
ACCELERATOR: Any = extension.load(NATIVE) if NATIVE else None
RAW: Any = getattr(ACCELERATOR, "Raw", None)
"""What counts code raw, for a Harness whose configuration has `raw`."""


class Kept:
    """The plan cache of all tests of this process, in memory: whatever source is run again is not read again."""

    entries: Dict[bytes, bytes] = {}

    def __init__(self) -> None:
        self.new: List[Any] = []

    def find(self, path: str, digest: bytes) -> Optional[cache.CachedFile]:
        return cache.unpack(self.entries.get(digest), digest)

    def lacks(self, file: Any) -> None:
        self.new.append(file)

    def keep(self) -> None:
        self.entries.update({file.digest: cache.pack(file) for file in self.new})

    def tick(self) -> None:
        pass

    close = restart = tick


class Memory:
    """Counters in a bytearray."""

    def __init__(self, slots: int = 1 << 20) -> None:
        self.counters = memoryview(bytearray(8 * slots)).cast("Q")
        self.used = 0

    def allocate(self, slots: int) -> int:
        self.used += slots
        return self.used - slots if self.used <= len(self.counters) else -1


class Records:
    """Keeps what was written."""

    def __init__(self) -> None:
        self.written: List[Tuple[int, Any]] = []
        self.threads: Dict[int, int] = {}

    def thread_id(self) -> int:
        return self.threads.setdefault(threading.get_ident(), len(self.threads) + 1)

    def number_of(self, ident: int) -> int:
        return self.threads.get(ident, 1)

    def json(self, kind: int, value: Mapping[str, Any]) -> bool:
        self.written.append((kind, json.loads(json.dumps(value))))
        return True

    def encoded(self, kind: int, data: bytes) -> bool:
        self.written.append((kind, json.loads(data)))
        return True

    def put(self, kind: int, payload: bytes) -> bool:
        self.written.append((kind, payload))
        return True


class Sample(NamedTuple):
    """One sample record, unpacked."""

    file: int
    span: int
    hit: int
    thread: int
    call: int
    vars: Dict[str, Tuple[str, str]]
    returned: Optional[Tuple[str, str]]
    raised: Optional[Tuple[str, str]]
    task: str
    partial: bool


def unpack(payload: bytes) -> Sample:
    """Read a sample record as docs/wire.md describes it."""
    file, span, hit, thread, call, flags, _, count, _ = struct.unpack_from("<IIQIIBBHI", payload)
    at = 32

    def text(form: str) -> str:
        nonlocal at
        size = struct.unpack_from(form, payload, at)[0]
        at += struct.calcsize(form)
        value = payload[at : at + size].decode()
        at += size
        return value

    def value() -> Tuple[str, Tuple[str, str]]:
        return text("<B"), (text("<H"), text("<I"))

    names = dict(value() for _ in range(count))
    returned = value()[1] if flags & 1 else None
    raised = value()[1] if flags & 2 else None
    task = value()[1][1] if flags & 4 else ""
    assert at == len(payload)
    return Sample(file, span, hit, thread, call, names, returned, raised, task, bool(flags & 8))


class Statement(NamedTuple):
    """One span with what was counted, of the whole run or of one call."""

    text: str
    line: int
    column: int
    kind: str
    function: str
    hits: int
    raised: int
    samples: List[Sample]
    index: int
    no_code: bool
    calls: int
    ran: bool


class Harness:
    """A Tally with its own tool; use as a context manager around the program's run."""

    def __init__(self, **config: Any) -> None:
        self.memory = Memory()
        self.records = Records()
        native_raw = RAW(self.memory.counters) if RAW is not None and "eager" in config else None
        self.tracer = ACCELERATOR.Tracer(self.memory.counters) if ACCELERATOR is not None and MONITORING is None else None
        counters = ACCELERATOR if MONITORING is not None else None
        self.tally = Tally(config, self.memory, self.records, self if MONITORING is not None else None, counters, native_raw, self.tracer)
        self.kept = Kept()
        if self.tally.cache is None and not self.tally.files.by_line:
            self.tally.cache = self.tally.files.cache = self.kept  # type: ignore[assignment]
        self.codes: Dict[int, Tuple[CodeType, int]] = {}
        self.by_id: Dict[int, Optional[CodeType]] = {}
        self.taking = threading.Lock()

    # Events.

    def __enter__(self) -> "Harness":
        if MONITORING is None:
            self._trace()
            return self
        events = MONITORING.events
        MONITORING.use_tool_id(TOOL, "tally test")

        def register(event: int, callback: Any) -> Any:
            return MONITORING.register_callback(TOOL, event, in_turn(callback))

        register(events.PY_START, self._start)
        register(events.INSTRUCTION, self.tally.on_instruction)
        register(events.LINE, self.tally.frames.on_line)
        register(events.PY_RETURN, self.tally.returns(self._end(self.tally.frames.on_return)))
        register(events.PY_UNWIND, self._end(self.tally.frames.on_unwind))
        register(events.RAISE, self._end(self.tally.frames.on_raise))
        MONITORING.set_events(TOOL, events.PY_START | events.PY_UNWIND | events.RAISE)
        return self

    def __exit__(self, *exc: object) -> None:
        self.kept.keep()
        self.tally.flush()
        if self.tally.raw is not None:
            self.records.written += worked_out(self.records.written, self.memory.counters.cast("B"))
        if MONITORING is None:
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type]
            return
        events = MONITORING.events
        MONITORING.set_events(TOOL, 0)
        for code, _ in self.codes.values():
            MONITORING.set_local_events(TOOL, code, 0)
        for event in (events.PY_START, events.INSTRUCTION, events.LINE, events.PY_RETURN, events.PY_UNWIND, events.RAISE):
            MONITORING.register_callback(TOOL, event, None)
        MONITORING.free_tool_id(TOOL)

    def set_events(self, code: CodeType, who: str, mask: int) -> None:
        """Arm a code object, as the bridge's monitor does."""
        self.codes[id(code)] = code, mask
        MONITORING.set_local_events(TOOL, code, mask)  # type: ignore[union-attr]

    def again(self, code: CodeType, events: int) -> None:
        """Arm events of a code object anew, as the bridge's monitor does."""
        mask = self.codes[id(code)][1]
        list(map(MONITORING.set_local_events, (TOOL,) * 2, (code,) * 2, (mask & ~events, mask)))  # type: ignore[union-attr]

    def take(self, code: CodeType) -> None:
        """Plan code that was counted raw, as the bridge's monitor does."""
        with self.taking:
            if self.tally.raw is not None and self.tally.raw.counts(code):
                self.set_events(code, "tally", self._wants(code, True))
                self.tally.raw.end(code)

    def _wants(self, code: CodeType, now: bool = False) -> int:
        path = code.co_filename
        if path.startswith(HERE) and "statements" + os.sep not in path or path.startswith("<frozen"):
            return 0
        if not self.tally.wants(code, path):
            return 0
        return self.tally.events(code, now) if MONITORING is not None else 1

    def _start(self, code: CodeType, offset: int) -> Any:
        if id(code) not in self.by_id:
            mask = self._wants(code)
            if mask:
                self.set_events(code, "tally", mask)
            self.by_id[id(code)] = code
        if self.codes.get(id(code), (code, 0))[1] & MONITORING.events.PY_START:  # type: ignore[union-attr]
            self.tally.frames.on_start(code, offset)
            return None
        return MONITORING.DISABLE  # type: ignore[union-attr]

    def _end(self, method: Callable[[CodeType, int, Any], Any]) -> Callable[[CodeType, int, Any], Any]:
        def callback(code: CodeType, offset: int, value: Any) -> Any:
            if id(code) in self.codes:
                if method == self.tally.frames.on_raise:
                    self.take(code)
                return method(code, offset, value)
            return None

        return callback

    def _trace(self) -> None:
        def tracer(frame: Any, event: str, arg: Any) -> Any:
            code = frame.f_code
            if id(code) not in self.by_id:
                self.by_id[id(code)] = code if self._wants(code) else None
            if self.by_id[id(code)] is None:
                return None
            if event == "call":
                self.tally.frames.trace_call(frame)
            elif event == "line":
                self.tally.frames.trace_line(frame)
            elif event == "return":
                self.tally.frames.trace_return(frame, arg)
            elif event == "exception":
                self.tally.frames.trace_exception(frame, arg)
            if event == "call" and native is not None and code not in known:
                counts = self.tally.frames.counts_in_c(code)
                if counts is not None:
                    known.add(code)
                    native.use(code, TRACED, native.change, counts or None)
            elif event == "line" and native is not None:
                native.quiet(code, frame.f_lasti, native.change)
            return function

        native = self.tracer
        known: Set[CodeType] = set()
        function = native or tracer
        if native is not None:
            native.bind(tracer, [], {})
            native.busy = False
        threading.settrace(function)
        sys.settrace(function)

    # Results.

    def statements(self, call: int = 0, path: str = "case.py") -> List[Statement]:
        """Return the spans of the (only, or named) file with their counts and samples."""
        files = [value for kind, value in self.records.written if kind == 6 and value["path"].endswith(path)]
        if not files:
            return []
        file = files[-1]
        same = {value["id"] for value in files if value["sha256"] == file["sha256"]}
        lines = file["source"].split("\n")
        hits: Dict[int, int] = {}
        raised: Dict[int, int] = {}
        calls: Dict[int, int] = {}
        planned = set()
        for kind, value in self.records.written:
            if kind == 7 and value["file"] in same and (not call or value.get("call", 0) == call):
                for span, slot, weight in value["hits"]:
                    hits[span] = hits.get(span, 0) + weight * self.counter(slot)
                planned.update(value["planned"])
                for span, slot, weight in value.get("calls", ()):
                    calls[span] = calls.get(span, 0) + weight * self.counter(slot)
                for span, slot in value["raised"]:
                    raised[span] = raised.get(span, 0) + self.memory.counters[slot]
        samples: Dict[int, List[Sample]] = {}
        for kind, value in self.records.written:
            if kind == 5:
                sample = unpack(value)
                if sample.file in same and (not call or sample.call == call):
                    samples.setdefault(sample.span, []).append(sample)
        found = []
        for index, (line, column, _end_line, _end_column, head_line, head_column, kind, function, no_code) in enumerate(
            file["spans"] or line_spans(lines)
        ):
            text = cut(lines, line, column, head_line, head_column)
            found.append(
                Statement(
                    text,
                    line,
                    column,
                    kind,
                    function,
                    hits.get(index, 0),
                    raised.get(index, 0),
                    samples.get(index, []),
                    index,
                    no_code,
                    calls.get(index, 0),
                    index in planned,
                )
            )
        return found

    def counter(self, slot: int) -> int:
        """Return what a counter holds; beyond RAW_SLOT: the byte of one that counts raw."""
        return self.memory.counters[slot] if slot < RAW_SLOT else self.memory.counters.cast("B")[slot - RAW_SLOT]

    def calls(self) -> List[Dict[str, Any]]:
        """Return the call records."""
        return [value for kind, value in self.records.written if kind == 9]


RAW_SLOT = 1 << 63


def worked_out(written: Sequence[Tuple[int, Any]], cells: "memoryview[int]") -> List[Tuple[int, Any]]:
    """Return the records that say what was counted raw, as the Go side makes them (docs/wire.md, section Raw counting).

    cells are the bytes of the counters.
    """
    entries: Dict[int, List[Tuple[int, int, int, int]]] = {}
    for chunk in [value for kind, value in written if kind == 10]:
        at, end = 8 * chunk["first"], 8 * (chunk["first"] + chunk["slots"])
        while at < end:
            file, key, line, units = struct.unpack_from("<IIII", cells, at)
            if not units:
                break
            entries.setdefault(file, []).append((key, line, units, at + 16))
            at += 16 + (units + 7 & ~7)
    records: List[Tuple[int, Any]] = []
    planner = Planner()
    for about in [value for kind, value in written if kind == 11]:
        found = entries.get(about["id"], [])
        request = {**about, "optimize": sys.flags.optimize, "codes": [one[:3] for one in found]}
        answer = json.loads(planner.answer(json.dumps(request).encode()))
        number = RAW_SLOT | about["id"]
        records.append((6, {**answer["file"], "id": number}))
        for (*_, first), code in zip(found, answer["codes"]):
            terms = {name: [[span, (RAW_SLOT | first) + unit, weight] for span, unit, weight in code[name]] for name in ("hits", "calls")}
            records.append((7, {"file": number, "raised": [], "planned": code["planned"], **terms}))
    return records


def line_spans(lines: List[str]) -> List[List[Any]]:
    """Return the spans of a file of which only the lines are known, as the Go side makes them."""
    return [
        [number, 0, number, len(text), number, len(text), "line", "", not text.strip() or text.lstrip()[0] == "#"]
        for number, text in enumerate(lines, 1)
    ]


def cut(lines: List[str], line: int, column: int, end_line: int, end_column: int) -> str:
    """Return the text between two positions, columns in characters."""
    if line == end_line:
        return lines[line - 1][column:end_column]
    return "\n".join([lines[line - 1][column:], *lines[line : end_line - 1], lines[end_line - 1][:end_column]])
