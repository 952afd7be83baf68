"""Counting by line, where instructions cannot be had: below 3.12, on versions not verified, in files too long to read.

A line event counts the statements of the frame's code that begin on that line, and a statement of several lines that is
entered at a later line. It counts none where control only comes back to a statement that it has not left, or into a statement
(other than a loop) from the statement's own body.
"""

from __future__ import annotations

import dis
from itertools import count as counting_on
from types import CodeType, FrameType
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from ..base.behaviour import ADDING_IS_ATOMIC, EACH_PART_HAS_LINE, JUMP_HAS_LINE
from ..base.classes import is_a, name_of
from ..base.linetable import line_runs, line_table
from ..base.monitoring import LINES, RETURNS, START
from ..wire.memory import Memory
from ..wire.records import Records
from .calls import CallTallies
from .counted import NEVER, SUMS, Account, TallyFile, Traced, sums
from .counting import StatementCounters
from .loops import LOOPS
from .packed import lines_plan
from .raising import Raised
from .samples import message
from .sampling import EARLY, Sampler
from .spans import Owner, Span
from .unwound import continuations

MOST_LINE_STARTS = 1500
"""A code object with more is not watched: each LINE event costs a walk through its line table (gh-127953)."""

_ENDS = (GeneratorExit, StopIteration, StopAsyncIteration)


class LineCode:
    """One code object that is counted by line, with all code objects equal to it: they share its counters."""

    __slots__ = ("file", "owner", "traced", "begins", "slot_of", "holders", "entered", "slots", "continued", "parts")

    def __init__(self, code: CodeType, file: TallyFile, owner: Optional[Owner], spans: List[Span]) -> None:
        self.file = file
        self.owner = owner
        header = owner.header if owner is not None and owner.function else -1
        plan = lines_plan(owner.number if owner is not None else -1, [span.index for span in spans], header)
        self.traced = Traced(file, plan, len(spans) + 1, 0, {})
        self.entered = header >= 0
        self.slots = len(spans)
        self.begins: Dict[int, List[Tuple[int, Span]]] = {}  # line -> (slot, statement)
        self.slot_of = {span.index: slot for slot, span in enumerate(spans)}
        self.holders: Dict[int, Optional[Span]] = {}  # line -> innermost statement on it
        for slot, span in enumerate(spans):
            self.begins.setdefault(span.start[0], []).append((slot, span))
        self.continued = continuations(code, self.holder)
        self.parts: Set[int] = {offset for offset, _ in dis.findlinestarts(code)} if EACH_PART_HAS_LINE else set()
        """Where a line has instructions of its own after those of another line."""

    def holder(self, line: int) -> Optional[Span]:
        """Return the innermost statement that a line belongs to."""
        if line not in self.holders:
            best: Optional[Span] = None
            for spans in self.begins.values():
                for _, span in spans:
                    if span.start[0] <= line <= span.end[0] and (best is None or span.start >= best.start):
                        best = span
            self.holders[line] = best
        return self.holders[line]


class TemplateCode(LineCode):
    """A function of a template: a line of the template is counted when the code made of it begins."""

    __slots__ = ("slot_at",)

    def __init__(self, code: CodeType, file: TallyFile, begins: Dict[int, Set[int]]) -> None:
        spans = [_whole_line(line) for line in sorted(begins)]
        super().__init__(code, file, None, spans)
        self.slot_at = {at: self.slot_of[span.index] for span in spans for at in begins[span.start[0]]}
        """Line of the generated code -> slot."""
        self.holders = {at: spans[slot] for at, slot in self.slot_at.items()}

    def holder(self, line: int) -> Optional[Span]:
        return self.holders.get(line)


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
    ) -> None:
        self.memory = memory
        self.records = records
        self.counting = counting
        self.sampler = sampler
        self.sampling = sampling
        self.calls = calls
        self.raised = raised
        self.codes: Dict[int, LineCode] = {}
        self.known: Dict[int, LineCode] = {}  # id(Traced)
        self.current: Dict[int, Tuple[int, int, Optional[Span], int]] = {}
        """id(frame) -> line, offset, the statement that it is at, and the offset at which it came to that statement."""
        self.waiting: Dict[int, List[Tuple[Span, Account, int]]] = {}  # id(frame) -> statements to sample
        self.steps: Dict[int, Iterator[int]] = {}
        """Slot -> its next values, one for each hit, where adding is not atomic."""

    def begin(self, file: TallyFile, code: CodeType, key: int, name: str) -> int:
        """Count a code object by line, which has that key, and that name in the file; return the events it needs, of sys.monitoring."""
        known = self._known(file, key)
        if known is None and not _has_many_lines(code):
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
        if _has_many_lines(code):
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
        self.current.pop(id(frame), None)
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
        was_line, was_at, was, entered = self.current.get(id(frame), (0, 0, None, -1))
        holder, at = code.holder(line), frame.f_lasti
        anew = was is not holder or at == entered
        self.current[id(frame)] = (line, at, holder, at if anew else entered)
        if at in code.continued or was is holder is not None and was_line != line and at > was_at and holder.start[0] == line:
            return  # the statement goes on at its first line, on which other statements may begin
        again = was_line == line and not (at > was_at and at in code.parts)
        begun = [(slot, span) for slot, span in code.begins.get(line, ()) if again or _is_hit(was, span)]
        if holder is not None and holder.start[0] != line and (_is_hit(was, holder) or was is holder and anew):
            # Its first instruction is of a later line: of a list's first item, say, while the list is made at the end.
            begun.append((code.slot_of[holder.index], holder))
        if not begun:
            return
        self._sample(code, frame, None)
        if code.traced.main.first < 0 and not self._announce(code):
            return
        self._count(code, frame, begun)

    def _count(self, code: LineCode, frame: FrameType, begun: List[Tuple[int, Span]]) -> None:
        sampler = self.sampler
        account = self._account(code, frame)
        due: List[Tuple[Span, Account, int]] = []
        sampled = self.sampling and type(frame) is FrameType  # not of what is counted late (keeptracing.py)
        for slot, span in begun:
            count = self.add(account.first + slot)
            if sampled and count >= account.due_at(slot) and sampler.takes(account, span):
                account.set_due(slot, count + 1 if sampler.first or count < EARLY else count + count // 4)
                due.append((span, account, sampler.hits(code.traced, span)))
        if due:
            self.waiting[id(frame)] = due

    def add(self, slot: int) -> int:
        """Add one to a counter, and return what it is then."""
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
        sampler = self.sampler
        for span, account, hit in waiting:
            shown = sampler.reader.value(value, frame.f_code.co_name) if returned and span.kind == "return" and not sampler.first else None
            sampler.write(frame, code.traced, span, account, hit, shown, raised)

    def leave(self, code: CodeType, frame: Optional[FrameType], value: Any) -> None:
        """A frame returns, yields or is left by an exception."""
        line_code = self.codes.get(id(code))
        if line_code is None or frame is None:
            return
        if _suspends(frame):
            return
        self._sample(line_code, frame, value, True)
        self.current.pop(id(frame), None)
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
        self.current.clear()
        self.waiting.clear()
        for code in list(self.known.values()):
            code.traced.restart(0 if self.sampling else NEVER)


def _is_hit(was: Optional[Span], span: Span) -> bool:
    """Whether coming to a statement from another one begins it."""
    if was is None:
        return True
    if was is span:
        return False
    return span.kind in LOOPS or not was.within(span)


def _owner(file: TallyFile, code: CodeType, name: str) -> Optional[Owner]:
    """Return what a code object was compiled from, by its first line and its name there; None if several could be meant."""
    if file.frozen is None:
        return None
    tree = file.tree()
    if name == "<module>":
        return tree.module
    found = tree.owners.get((code.co_firstlineno, name), [])
    return found[0] if len(found) == 1 else None


def _has_many_lines(code: CodeType) -> bool:
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
            spans.append(_whole_line(line))
    return spans


def _whole_line(line: int) -> Span:
    span = Span("line", (line, 0), (line, 1 << 20), None, _nobody)
    span.index = line - 1
    return span


_nobody = Owner("", "", 0, (0, 0), (0, 0), False)


def _suspends(frame: FrameType) -> bool:
    """Whether a frame that "returns" under settrace only yields."""
    code = frame.f_code
    if not code.co_flags & 0x2A0:  # generator, coroutine, asynchronous generator
        return False
    if not 0 <= frame.f_lasti < len(code.co_code):
        return False
    return code.co_code[frame.f_lasti] in _YIELDS


def _yields() -> "frozenset[int]":
    return frozenset(dis.opmap[name] for name in ("YIELD_VALUE", "YIELD_FROM", "SEND", "RESUME", "AWAIT") if name in dis.opmap)


_YIELDS = _yields()
