"""Deciding what is asked in a code object: at its first sight, and again when tracepoints change.

A question is simplified by what is known of the code, of the kind of event and of the line; where nothing is left that could
hold, nothing is asked there.
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Dict, Iterable, List, Optional, Tuple

from ..base.locate import CodeLines, Target, event_lines, move
from ..program.djangos import place_of, tag_lines
from ..program.event import CALL, EXCEPTION, LINE, Event
from ..program.fields import CodeFacts
from ..program.templates import Template, is_generated
from .dispatch import NO_CALLS, NO_SCREENS, DispatchTable, Entries, Entry, only_screen, only_short
from .history import catches
from .known import KIND_KNOWN, KnownCall, KnownCode, needed
from .nodes import And, CallableNode, Node, Test, walk
from .surroundings import Noting, Surroundings, WithinLines
from .tracepoint import Tracepoint

PYTHON = (".py", ".pyw")
BY_LINE = frozenset(["lineno", "source", "fullsource"])
ByLine = List[Tuple[Tracepoint, Node, int]]


class Decider:
    """Decides for the Tracepoints of a TracepointTable."""

    def __init__(self, around: Surroundings, lines: CodeLines, columns: WithinLines) -> None:
        self.around = around
        self.lines = lines
        self.columns = columns

    def forget(self) -> None:
        """Read files anew next time."""
        self.lines.forget()
        self.columns.forget()

    def locate(self, point: Tracepoint) -> None:
        """Find where a Tracepoint at a line of a file really lies."""
        codes = self.lines.codes(point.path) if point.path.endswith(PYTHON) or "." not in point.path.rpartition("/")[2] else []
        if codes:
            line = move(codes, point.asked_line, self.lines.layout(point.path))
            within = point.asked_column is not None and line is not None and line == point.asked_line
            target = self.columns.choose(point.path, line or 0, point.asked_column or 0) if within else None
            point.lie(line, "no code at or after line %d" % point.asked_line, target)

    def decide(self, dispatch: DispatchTable, code: CodeType, points: Iterable[Tracepoint], recorder: Optional[Noting]) -> None:
        """Decide what these Tracepoints ask in a code object, and what a recording notes there."""
        dispatch.idle = 0
        halting, facts = self.around.halting, dispatch.facts
        entries: List[List[Entry]] = [[], [], [], []]
        by_line: ByLine = []
        calls: List[List[Entry]] = [[], [], [], []]
        within: Dict[int, Entries] = {}
        for point in points:
            exceptions = point.exceptions
            if not point.active or exceptions is not None and not exceptions.wants(code):
                continue
            if point.target is not None:
                found = self._decide_target(point, point.target, facts, code, within)
            elif point.path:
                found = (
                    self._decide_located(point, facts, code, entries, by_line)
                    or facts.node
                    and self._decide_node(point, facts, entries[CALL])
                )
            else:
                found = self._decide_query(point, facts, code, entries, by_line)
                if exceptions is not None and exceptions.when == "silenced" and halting is not None and catches(code):
                    entries[LINE].append(Entry.noting(point, halting.history.note))
                for kind in point.calls:
                    residual = point.tree.simplify(KnownCall(kind, facts))
                    if needed(residual):
                        calls[kind].append(Entry(point, residual, kind, facts))
                        found = True
            point.found(facts.key, found)
        if recorder is not None:
            self._decide_recording(recorder, facts, code, entries, by_line, within)
        dispatch.by_line = by_line
        dispatch.points = within
        dispatch.shared = bool(by_line or within or any(entries)) and (facts.stdlib or not facts.file.path)
        dispatch.plain = not dispatch.shared and not dispatch.tally_lines and not within
        dispatch.calls = [tuple(kind) for kind in calls] if any(calls) else NO_CALLS
        dispatch.entries = [tuple(kind) for kind in entries]
        dispatch.lines = {}  # once both are new: what another thread decides meanwhile is put into the old one
        dispatch.uncaught_only = halting is not None and all(
            entry.tracepoint.exceptions is not None and entry.tracepoint.exceptions.when == "uncaught" for entry in entries[EXCEPTION]
        )
        dispatch.direct = None if dispatch.shared else only_short(dispatch.entries[CALL])
        dispatch.screens = NO_SCREENS if dispatch.shared else tuple([only_screen(kind) for kind in dispatch.entries])

    @staticmethod
    def _decide_recording(
        recorder: Noting, facts: CodeFacts, code: CodeType, entries: List[List[Entry]], by_line: ByLine, points: Dict[int, Entries]
    ) -> None:
        """Have every event of a code object recorded, and the statements that begin within a line. The entries come last, but before
        what is decided by the line: where a breakpoint stops, its step is recorded."""
        for kind, note in enumerate(recorder.notes(facts, code)):
            if note is not None and kind == LINE and by_line:
                entries[LINE].insert(by_line[0][2], Entry.noting(recorder, note))
                by_line[:] = [(point, node, before + 1) for point, node, before in by_line]
            elif note is not None:
                entries[kind].append(Entry.noting(recorder, note))
        for offset, note in recorder.inner(facts, code):
            points[offset] = (*points.get(offset, ()), Entry.noting(recorder, note))

    def _decide_located(self, point: Tracepoint, facts: CodeFacts, code: CodeType, entries: List[List[Entry]], by_line: ByLine) -> bool:
        if facts.file.path != point.path or is_generated(code):
            return False
        if facts.template is not None:
            return self._decide_template(point, facts, facts.template, code, entries, by_line)
        if point.line is None and not point.message:
            line = move([code], point.asked_line) if point.asked_line >= code.co_firstlineno else None
            if line is None:
                return False
            point.lie(line, "")
        if point.line is None or point.line not in event_lines(code):
            return False
        residual = point.tree.simplify(KnownCode(facts, {})).simplify(KIND_KNOWN[LINE])
        if not needed(residual):
            return False
        asked: List[Node] = [Test("lineno", "eq", point.line)]
        again = self.lines.comes_back(code, point.path, point.line)
        if again is None:
            return False
        if again:
            asked.append(CallableNode(lambda event: event.frame.f_lasti not in again))
        by_line.append((point, And([*asked, residual]), len(entries[LINE])))
        return True

    def _decide_target(self, point: Tracepoint, target: Target, facts: CodeFacts, code: CodeType, points: Dict[int, Entries]) -> bool:
        """Find where a tracepoint's target within a line begins in a code object."""
        if facts.file.path != point.path or is_generated(code) or point.line is None:
            return False
        residual = point.tree.simplify(KnownCode(facts, {"lineno": (point.line,)})).simplify(KIND_KNOWN[LINE])
        offsets = self.columns.begins(code, point.path, point.line, target) if needed(residual) else ()
        for offset in offsets:
            points[offset] = (*points.get(offset, ()), Entry(point, residual, LINE, facts))
        return bool(offsets)

    def _decide_template(
        self, point: Tracepoint, facts: CodeFacts, template: Template, code: CodeType, entries: List[List[Entry]], by_line: ByLine
    ) -> bool:
        """Find where a tracepoint's line of a template begins in a function that the template was compiled to."""
        line = template.move(point.asked_line)
        point.moved(line, "no code at or after line %d of this template" % point.asked_line)
        begins = template.begins(code, event_lines(code)).get(line or 0)
        residual = point.tree.simplify(KnownCode(facts, {})).simplify(KIND_KNOWN[LINE])
        if not begins or not needed(residual):
            return False
        by_line.append((point, And([Test("lineno", "in", frozenset(begins)), residual]), len(entries[LINE])))
        return True

    def _decide_node(self, point: Tracepoint, facts: CodeFacts, calls: List[Entry]) -> bool:
        """Have a tracepoint at a line of a Django template asked at the calls that render a node of that line."""
        if point.path.endswith(PYTHON):
            return False
        lines = tag_lines(point.path)
        line = next((one for one in lines if one >= point.asked_line), None)
        point.moved(line, "no tag at or after line %d of this template" % point.asked_line)
        residual = point.tree.simplify(KnownCode(facts, {})).simplify(KIND_KNOWN[LINE])
        if line is None or not needed(residual):
            return False
        known: Dict[str, bool] = {}

        def here(event: Event) -> bool:
            place = place_of(event.frame)
            if place is None or place.line != line:
                return False
            if place.path not in known:
                known[place.path] = self.around.source_index.file(place.path).path == point.path
            return known[place.path]

        calls.append(Entry(point, And([CallableNode(here), residual]), CALL, facts))
        return True

    def _decide_query(self, point: Tracepoint, facts: CodeFacts, code: CodeType, entries: List[List[Entry]], by_line: ByLine) -> bool:
        tree = point.tree.simplify(KnownCode(facts, {}))
        if not needed(tree):
            return False
        found = False
        for kind in point.kinds:
            residual = tree.simplify(KIND_KNOWN[kind])
            if not needed(residual):
                continue
            if kind == LINE and any(field in BY_LINE for node in walk(residual) for field in node.fields()):
                if self._some_line(residual, facts, code):
                    by_line.append((point, residual, len(entries[LINE])))
                    found = True
            else:
                entries[kind].append(Entry(point, residual, kind, facts, code))
                found = True
        return found

    @staticmethod
    def _some_line(residual: Node, facts: CodeFacts, code: CodeType) -> bool:
        if not any("lineno" in node.fields() for node in walk(residual)):
            return True  # by its source: asked when a line is reached
        return any(needed(residual.simplify(KnownCode(facts, {"lineno": (line,)}))) for line in event_lines(code))

    def entries_at(self, dispatch: DispatchTable, line: int, frame: FrameType) -> Entries:
        """Return the entries of one line in the order in which tracepoints were set, deciding on it when it is first reached."""
        lines = dispatch.lines  # before what is decided by: see decide
        every = dispatch.entries[LINE]
        found: List[Entry] = []
        taken = 0
        if dispatch.by_line:
            extra: Dict[str, Tuple[Any, ...]] = {"lineno": (line,)}
            if any(field != "lineno" for _, node, _ in dispatch.by_line for one in walk(node) for field in one.fields()):
                source = self.around.source_index.source(dispatch.facts.file, line, frame.f_globals)
                extra["source"] = extra["fullsource"] = (source,)
            for point, node, before in dispatch.by_line:
                found.extend(every[taken:before])
                taken = before
                residual = node.simplify(KnownCode(dispatch.facts, extra))
                if needed(residual):
                    found.append(Entry(point, residual, LINE, dispatch.facts, frame.f_code if dispatch.facts.template is None else None))
        entries = (*found, *every[taken:])
        lines[line] = entries
        return entries
