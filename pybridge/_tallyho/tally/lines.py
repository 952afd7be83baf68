"""Counting by line, where instructions cannot be had: below 3.12, on versions not verified, in files too long to read.

What an event means for the counts of its code is linecode.py's.
"""

from __future__ import annotations

import dis
from itertools import count as counting_on
from types import CodeType, FrameType
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from ..base.behaviour import ADDING_IS_ATOMIC, JUMP_HAS_LINE
from ..base.classes import is_a, name_of
from ..base.linetable import line_runs, line_table
from ..base.monitoring import LINES, RETURNS, START
from ..base.textcode import CELL
from ..program.event import start_of
from ..wire.memory import Memory
from ..wire.records import Records
from .calls import CallTallies
from .cells import cell_at
from .counted import NEVER, SUMS, Account, TallyFile, sums
from .counting import StatementCounters
from .framelines import FrameLines
from .linecode import LineCode, TemplateCode, whole_line
from .raising import Raised
from .samples import message
from .sampling import EARLY, Sampler
from .spans import Owner, Span

MOST_LINE_STARTS = 1500
"""A code object with more is not watched: each LINE event costs a walk through its line table (gh-127953)."""

_ENDS = (GeneratorExit, StopIteration, StopAsyncIteration)
_NOWHERE = (0, -1, -1)
"""Where a frame is that has just begun, as FrameLines have it."""
_SUSPENDING = 0x2A0
"""Flags of generators, coroutines and asynchronous generators."""


class LineCounters:
    """The line counters of a Tally."""

    def __init__(
        self,
        memory: Memory,
        records: Records,
        counting: StatementCounters,
        sampler: Sampler,
        sampling: bool,
        calls: Optional[CallTallies],
        raised: Raised,
        native: Any,
    ) -> None:
        """native: the accelerator's Tracer, where events come by trace functions and it counts."""
        self.memory = memory
        self.records = records
        self.counting = counting
        self.sampler = sampler
        self.sampling = sampling
        self.calls = calls
        self.raised = raised
        self.codes: Dict[int, LineCode] = {}
        self.known: Dict[int, LineCode] = {}  # id(Traced)
        self.native = native
        self.frames: FrameLines = native if native is not None else FrameLines()
        self.waiting: Dict[int, List[Tuple[Span, Account, int]]] = {}  # id(frame) -> statements to sample
        self.steps: Dict[int, Iterator[int]] = {}
        """Slot -> its next values, one for each hit, where adding is not atomic."""

    def begin(self, file: TallyFile, code: CodeType, key: int, name: str) -> int:
        """Count a code object by line, which has that key, and that name in the file; return the events it needs, of sys.monitoring."""
        known = self._known(file, key)
        if known is None and not has_many_lines(code):
            known = self._new(file, code, key, name)
        if known is None:
            return 0
        self.codes[id(code)] = known
        return LINES | RETURNS | START or 1

    def _known(self, file: TallyFile, key: int) -> Optional[LineCode]:
        traced = file.by_line_traced.get(key)
        return self.known[id(traced)] if traced is not None else None

    def _take(self, line_code: LineCode, key: int) -> bool:
        """Count what is new, where there is room for its counters."""
        if not self._announce(line_code):
            return False
        line_code.file.by_line_traced[key] = line_code.traced
        self.known[id(line_code.traced)] = line_code
        return True

    def _new(self, file: TallyFile, code: CodeType, key: int, name: str) -> Optional[LineCode]:
        owner = _owner(file, code, name)
        if file.frozen is None:
            spans = _plain_spans(file, code)
        elif owner is None:
            return None
        else:
            lines = _counted_lines(code)  # a statement of which nothing is left is on none
            spans = [
                span
                for span in file.tree().statements[owner.number]
                if not span.no_code and not lines.isdisjoint(range(span.start[0], span.head[0] + 1))
            ]
        line_code = LineCode(code, file, owner, spans)
        return line_code if self._take(line_code, key) else None

    def begin_template(self, file: TallyFile, code: CodeType, key: int, begins: Dict[int, Set[int]]) -> int:
        """Count a template's lines in a function that was made of it; begins: by line of the template, where the code of it begins."""
        if key not in file.by_line_traced and begins:
            self._take(TemplateCode(code, file, begins), key)
        return self.begin(file, code, key, code.co_name) if key in file.by_line_traced else 0

    def gone(self, key: int) -> None:
        """A code object with that id is no more."""
        self.codes.pop(key, None)

    def refusal(self, code: CodeType) -> str:
        """Say of code that is not counted why."""
        where = "the code that begins at line %d" % code.co_firstlineno
        if has_many_lines(code):
            return "%s has more than %d lines" % (where, MOST_LINE_STARTS)
        return "%s could not be told from other code, or there was no room for its counters" % where

    def _announce(self, line_code: LineCode) -> bool:
        traced = line_code.traced
        slots = traced.size
        first = self.memory.allocate(slots)
        if first < 0 or not line_code.file.announce(self.records):
            return False
        traced.first = first
        traced.set_all_due(slots, 0 if self.sampling else NEVER)
        line_code.file.count(traced, first)
        self.records.encoded(SUMS, sums(traced, traced.main))
        return True

    def call(self, frame: FrameType, new: bool) -> None:
        """A frame begins, or goes on after a yield."""
        code = self.codes.get(id(frame.f_code))
        if code is None or not new:
            return
        self.frames.drop(id(frame))
        self.waiting.pop(id(frame), None)
        if self.calls is not None:
            self.calls.left(frame)
        if code.entered and (code.traced.main.first >= 0 or self._announce(code)):
            self.add(self._account(code, frame).first + code.slots)

    def line(self, frame: FrameType) -> None:
        """Control reached a line, for the first time or again."""
        code = self.codes.get(id(frame.f_code))
        if code is None:
            return
        line = frame.f_lineno
        if line is None:
            return
        if isinstance(code, TemplateCode):
            if line in code.slot_at and (code.traced.main.first >= 0 or self._announce(code)):
                self.add(self._account(code, frame).first + code.slot_at[line])
            return
        at = frame.f_lasti
        was_line, was_at, entered = self.frames.get(id(frame)) or _NOWHERE
        since, begun = code.step(was_line, was_at, entered, line, at)
        self.frames.put(id(frame), line, at, since)
        if self.native is not None:
            self.native.learn(frame.f_code, was_at, entered, at, since, line, tuple([slot for slot, _ in begun]))
        if not begun:
            return
        self._sample(code, frame, None)
        if code.traced.main.first < 0 and not self._announce(code):
            return
        self._count(code, frame, begun)

    def _count(self, code: LineCode, frame: FrameType, begun: Tuple[Tuple[int, Span], ...]) -> None:
        sampler = self.sampler
        account = self._account(code, frame)
        due: List[Tuple[Span, Account, int]] = []
        sampled = self.sampling and type(frame) is FrameType  # not of what is counted late (keeptracing.py)
        for slot, span in begun:
            count = self.add(account.first + slot)
            if not sampled or count < account.due_at(slot):
                continue
            if sampler.takes(account, span):
                account.set_due(slot, count + 1 if sampler.first or count < EARLY else count + count // 4)
                due.append((span, account, sampler.hits(code.traced, span)))
            else:  # of the first hits there are enough; or none can be afforded now, and not at the next hit either
                account.set_due(slot, NEVER if sampler.first else count + 1 + count // 16)
        if due:
            self.waiting[id(frame)] = due
            self.frames.wait(id(frame), True)

    def add(self, slot: int) -> int:
        """Add one to a counter, and return what it is then."""
        if self.native is not None:
            added: int = self.native.add(slot)
            return added
        counters = self.counting.counters
        if ADDING_IS_ATOMIC:
            count = counters[slot] + 1
            counters[slot] = count
            return count
        # No lock: an exception from a signal handler could leave it taken. The next value is taken and written by one call of C;
        # where another thread's call comes between the two, the next hit puts the counter right.
        step = self.steps.get(slot)
        if step is None:
            step = self.steps.setdefault(slot, counting_on(counters[slot] + 1))
        for _ in map(counters.__setitem__, (slot,), step):
            pass
        return counters[slot]

    def _account(self, code: LineCode, frame: FrameType) -> Account:
        calls = self.calls
        if calls is None or type(frame) is not FrameType or not calls.concerns(code.file, code.owner, frame.f_code):
            return code.traced.main
        return calls.account(frame, code.traced)

    def _sample(
        self, code: LineCode, frame: FrameType, value: Any, returned: bool = False, raised: Optional[Tuple[str, str, str]] = None
    ) -> None:
        """Sample the statements that a frame has just done."""
        waiting = self.waiting.pop(id(frame), None)
        if waiting is None:
            return
        self.frames.wait(id(frame), False)
        sampler = self.sampler
        for span, account, hit in waiting:
            shown = sampler.reader.value(value, frame.f_code.co_name) if returned and span.kind == "return" and not sampler.first else None
            sampler.write(frame, code.traced, span, account, hit, shown, raised)

    def counts_in_c(self, code: CodeType) -> Optional[Tuple[Any, ...]]:
        """Return what C has to know to count the lines of a code object (native/tracer.c, take_counts): the first counter, at which counts
        samples are due, the slot of calls, the offset at which frames start, and where they only suspend. None: it is not for C to count."""
        known = self.codes.get(id(code))
        if known is None or isinstance(known, TemplateCode) or self.calls is not None or known.traced.main.first < 0:
            return None
        suspending = code.co_flags & _SUSPENDING
        yields = bytes(unit in _YIELDS for unit in code.co_code[::2]) if suspending else None
        return known.traced.first, known.traced.due, known.slots if known.entered else -1, start_of(code), yields

    def leave(self, code: CodeType, frame: Optional[FrameType], value: Any) -> None:
        """A frame returns, yields or is left by an exception."""
        line_code = self.codes.get(id(code))
        if line_code is None or frame is None:
            return
        if _suspends(frame):
            return
        self._sample(line_code, frame, value, True)
        self.frames.drop(id(frame))
        if self.calls is not None:
            self.calls.left(frame)

    def exception(self, frame: FrameType, error: BaseException) -> None:
        """An exception is raised in a frame, or reaches it from a call."""
        code = self.codes.get(id(frame.f_code))
        if code is None or any(is_a(error, kind) for kind in _ENDS):
            return
        span = code.holder(frame.f_lineno or 0)
        if span is None:
            return
        kind = name_of(type(error))
        account = self._account(code, frame)
        slot = self.raised.slot(code.file, span.index, kind, account.call)
        if slot >= 0:
            self.add(slot)
        wanted = self.raised.wanted(code.file, span.index, kind)
        if not self.sampling or type(frame) is not FrameType:
            return
        raised = ("", kind, message(error))
        if id(frame) in self.waiting:
            self._sample(code, frame, None, False, raised)
        elif wanted and not self.sampler.first:
            self.sampler.write(frame, code.traced, span, account, self.sampler.hits(code.traced, span), None, raised)

    def forget(self) -> None:
        """Start afresh in a forked child."""
        self.steps.clear()
        self.frames.clear()
        self.waiting.clear()
        if self.native is not None:
            self.native.restart(self.counting.counters)
        for code in list(self.known.values()):
            code.traced.restart(0 if self.sampling else NEVER)


def _owner(file: TallyFile, code: CodeType, name: str) -> Optional[Owner]:
    """Return what a code object was compiled from, by its first line and its name there; None if several could be meant."""
    if file.frozen is None:
        return None
    tree = file.tree()
    if name == "<module>":
        return tree.module
    if name == CELL + "<module>":
        return cell_at(tree, max((line for _, _, line in line_runs(code) if line), default=1))
    name = name[len(CELL) :] if name.startswith(CELL) else name
    found = tree.owners.get((code.co_firstlineno, name), [])
    return found[0] if len(found) == 1 else None


def has_many_lines(code: CodeType) -> bool:
    """Whether a code object has more than MOST_LINE_STARTS; a long table is not read to its end."""
    if len(line_table(code)) <= MOST_LINE_STARTS:
        return False
    lines: Set[Optional[int]] = set()
    for _, _, line in line_runs(code):
        lines.add(line)
        if len(lines) > MOST_LINE_STARTS:
            return True
    return False


def _counted_lines(code: CodeType) -> Set[Optional[int]]:
    """Return the lines whose events tell how often they are reached.

    Below 3.10 lines of nothing but a jump are left out: an instruction that jumps there is made to jump on, without an event.
    """
    if JUMP_HAS_LINE:
        return {line for _, _, line in line_runs(code)}
    lines: Set[Optional[int]] = set()
    line: Optional[int] = None
    for instruction in dis.get_instructions(code):
        line = instruction.starts_line or line
        if instruction.opname not in ("JUMP_ABSOLUTE", "JUMP_FORWARD"):
            lines.add(line)
    return lines


def _plain_spans(file: TallyFile, code: CodeType) -> List[Span]:
    """Return the lines of a code object as spans, for a file whose syntax is not read."""
    spans: List[Span] = []
    lines = {line for _, _, line in line_runs(code) if line}
    if code.co_name != "<module>" and len(lines) > 1:
        lines.discard(code.co_firstlineno)  # of the instructions before the body, which fire no event
    for line in sorted(lines):
        if line <= file.lines:
            spans.append(whole_line(line))
    return spans


def _suspends(frame: FrameType) -> bool:
    """Whether a frame that "returns" under settrace only yields."""
    code = frame.f_code
    if not code.co_flags & _SUSPENDING:
        return False
    if not 0 <= frame.f_lasti < len(code.co_code):
        return False
    return code.co_code[frame.f_lasti] in _YIELDS


def _yields() -> "frozenset[int]":
    return frozenset(dis.opmap[name] for name in ("YIELD_VALUE", "YIELD_FROM", "SEND", "RESUME", "AWAIT") if name in dis.opmap)


_YIELDS = _yields()
