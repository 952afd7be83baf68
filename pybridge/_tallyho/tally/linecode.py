"""The statements of one code object that is counted by line, and what it means for them that a frame comes from one line to another.

A line event counts the statements of the frame's code that begin on that line, and a statement of several lines that is
entered at a later line. It counts none where control only comes back to a statement that it has not left, or into a statement
(other than a loop) from the statement's own body.
"""

from __future__ import annotations

import dis
from types import CodeType
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from ..base.behaviour import EACH_PART_HAS_LINE
from .counted import TallyFile, Traced
from .loops import LOOPS
from .packed import lines_plan
from .spans import Owner, Span
from .unwound import continuations


class LineStep(NamedTuple):
    """What an event means for a frame's counts."""

    entered: int
    """The offset at which the frame came to the statement that it is at now."""
    begun: Tuple[Tuple[int, Span], ...]
    """What begins: slot, statement."""


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

    def step(self, was_line: int, was_at: int, entered: int, line: int, at: int) -> LineStep:
        """Return what it means that a frame comes from a line and offset (0 and -1: from nowhere), where it has been in its statement
        since entered, to another line and offset. C remembers it by the offsets (native/ways.h): a line event's line goes by its offset."""
        was = self.holder(was_line) if was_line else None
        holder = self.holder(line)
        anew = was is not holder or at == entered
        since = at if anew else entered
        if at in self.continued or was is holder is not None and was_line != line and at > was_at and holder.start[0] == line:
            return LineStep(since, ())  # the statement goes on at its first line, on which other statements may begin
        again = was_line == line and not (at > was_at and at in self.parts)
        begun = [(slot, span) for slot, span in self.begins.get(line, ()) if again or _is_hit(was, span)]
        if holder is not None and holder.start[0] != line and (_is_hit(was, holder) or was is holder and anew):
            # Its first instruction is of a later line: of a list's first item, say, while the list is made at the end.
            begun.append((self.slot_of[holder.index], holder))
        return LineStep(since, tuple(begun))


class TemplateCode(LineCode):
    """A function of a template: a line of the template is counted when the code made of it begins."""

    __slots__ = ("slot_at",)

    def __init__(self, code: CodeType, file: TallyFile, begins: Dict[int, Set[int]]) -> None:
        spans = [whole_line(line) for line in sorted(begins)]
        super().__init__(code, file, None, spans)
        self.slot_at = {at: self.slot_of[span.index] for span in spans for at in begins[span.start[0]]}
        """Line of the generated code -> slot."""
        self.holders = {at: spans[slot] for at, slot in self.slot_at.items()}

    def holder(self, line: int) -> Optional[Span]:
        return self.holders.get(line)


def _is_hit(was: Optional[Span], span: Span) -> bool:
    """Whether coming to a statement from another one begins it."""
    if was is None:
        return True
    if was is span:
        return False
    return span.kind in LOOPS or not was.within(span)


def whole_line(line: int) -> Span:
    """Return a line as a statement, where the syntax is not read."""
    span = Span("line", (line, 0), (line, 1 << 20), None, _nobody)
    span.index = line - 1
    return span


_nobody = Owner("", "", 0, (0, 0), (0, 0), False)


__all__ = ["LineCode", "LineStep", "TemplateCode", "whole_line"]
