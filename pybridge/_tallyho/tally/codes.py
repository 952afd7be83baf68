"""Which code objects are counted, and how: by a plan of their own, by the line, or raw.

A code object goes: wants (by its file) > events (source read, plan made, counters and sums written). Whatever goes wrong
with a plan leaves that code uncounted, or counted by line, and never shows in the program.
"""

from __future__ import annotations

from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Callable, Collection, Dict, List, Optional

from ..base.bytecode import move
from ..base.coderef import CodeRef
from ..base.locate import event_lines
from ..base.monitoring import INSTRUCTION, RETURNS, START
from ..base.patientlock import PatientLock
from ..base.tallied import TalliedFiles, is_typed, typed
from ..base.textcode import CELL, INDENT, NOTHING, code_key, does_nothing, lines_key
from ..base.turns import getframe as _frame
from ..program.djangos import is_node
from ..program.templates import Template
from ..program.unplanned import PLANNED
from ..wire.memory import Memory
from ..wire.records import Records
from .calls import CallTallies
from .counted import NEVER, SUMS, TallyFile, Traced, sums
from .counting import StatementCounters
from .durations import Durations
from .files import SURPRISES, Files
from .lines import LineCounters, has_many_lines
from .othercode import OtherCode
from .plan import OtherSource, PlanError, make_plan
from .raw import Raw
from .rewritten import plan_rewritten
from .sampling import Sampler

Reached = Callable[[CodeType, int, FrameType], None]
"""What is called at an instruction where a tracepoint asks about a statement within a line."""


class Codes:
    """The code objects of the files that are tallied."""

    def __init__(
        self,
        wanted: TalliedFiles,
        memory: Memory,
        records: Records,
        files: Files,
        counting: StatementCounters,
        sampler: Sampler,
        sampling: bool,
        raw: Optional[Raw],
        calls: Optional[CallTallies],
        lines: LineCounters,
        durations: Durations,
        failed: Callable[[BaseException, str], None],
    ) -> None:
        self.wanted = wanted
        self.memory = memory
        self.records = records
        self.files = files
        self.counting = counting
        self.sampler = sampler
        self.sampling = sampling
        self.raw = raw
        self.calls = calls
        self.lines = lines
        self.durations = durations
        self.failed = failed
        self.foreign = OtherCode(records)
        self.traced: Dict[int, Traced] = {}  # id(code)
        self.order: List[Traced] = []
        self.refs: Dict[int, CodeRef] = {}
        self.gone = self._gone  # one for all references
        self.paths: Dict[int, str] = {}
        self.templates: Dict[int, Template] = {}  # of code that is to be planned, as paths
        self.points: Dict[int, Collection[int]] = {}  # id(code) -> offsets at which somebody else asks
        self.reached: Reached = _nobody
        self.closed = False
        self.errors = 0
        self.planning = PatientLock()

    def concerns(self, path: str) -> bool:
        """Say whether a file is tallied."""
        return not self.closed and self.wanted(path)

    def wants(self, code: CodeType, filename_path: str, template: Optional[Template] = None) -> bool:
        """Say whether a code object's file is tallied, and be ready to plan it."""
        if is_node(code):
            return not self.closed
        if not self.concerns(filename_path) or filename_path in typed and not is_typed(code):
            return False
        self.paths[id(code)] = filename_path
        if template is not None:
            self.templates[id(code)] = template
        return True

    def events(self, code: CodeType, now: bool = False) -> int:
        """Plan a wanted code object, or count it raw unless it is to be planned now, and return the local events it needs;
        0 where it cannot be counted."""
        if is_node(code) and not self.closed:
            return START
        path = self.paths.get(id(code))
        if path is None:
            return 0
        if self.raw is not None and not now and (self.raw.counts(code) or self.raw.begin(code, path, None)):
            self.paths.pop(id(code), None)
            return INSTRUCTION
        # Another thread that comes to the same code waits, or its statements would run uncounted.
        since = perf_counter_ns()
        held = self.planning.take()
        try:
            return self._begin(code, path)
        except BaseException as error:  # ours must not reach the program
            self.failed(error, path)
            self._lacks(
                path,
                "Not all of it is counted: Tallyho failed at the code that begins at line %d (%s)."
                % (code.co_firstlineno, type(error).__name__),
            )
            return 0
        finally:
            self.paths.pop(id(code), None)
            if held:
                self.planning.give()
            self.durations.off(since)

    def renew(self, path: str, name: str) -> None:
        """Read a file that has another text from now on, and count none of its code raw; name: the file as its code objects name it."""
        held = self.planning.take()
        try:
            if self.raw is not None:
                self.raw.files[path] = self.raw.files[name] = PLANNED
            if path in self.files.by_path:
                self.files.read(path)
        finally:
            if held:
                self.planning.give()

    def _begin(self, code: CodeType, path: str) -> int:
        template = self.templates.pop(id(code), None)
        if template is not None:
            text = self.files.template(path)
            events = (
                self.lines.begin_template(text, code, code_key(code), template.begins(code, event_lines(code))) if text is not None else 0
            )
            if events:
                self._refer(code)
            return events
        known = len(self.files.all)
        file = self._file(code, path)
        if file is None:
            self.foreign.unreadable(path, self.files.unreadable.get(path, ""))
            return 0
        if self.raw is not None and len(self.files.all) > known:
            self.raw.spend(0, len(file.data))
        traced = self.traced.get(id(code))
        if traced is not None:
            return self._mask(traced, code)
        if file.frozen is None:
            return self._by_line(file, code, 0 if has_many_lines(code) else lines_key(code), code.co_name)
        key = code_key(code)
        if key == NOTHING and file.own.pieces:  # the rest of a cell that is one expression
            return 0
        file, name = self.files.owner(file, code, key)
        if name is None and does_nothing(code):  # what a notebook makes of a cell without an expression at its end
            return 0
        if name is not None and name.startswith(CELL):
            move(code, INDENT)
        try:
            if file.by_line:
                if name is None:
                    raise OtherSource("not compiled from the file")
                return self._by_line(file, code, key, name)
            traced = self._traced(file, code, key, name)
        except OtherSource:
            self.foreign.tell(path, False)
            file.replaced(self.records, code)
            return 0
        if traced is None:
            return self._by_line(file, code, key, name or code.co_name)
        self.traced[id(code)] = traced
        if self.raw is not None:
            at = self.raw.where(code)
            traced.raw += (at,) if at >= 0 else ()
        self.counting.add(traced, code, self._refer(code))
        traced.returning = self.sampling or traced.calls
        if traced.kept and self.sampler.latest is not None:
            self.sampler.latest.join(traced, code, frame_of(code, _frame(1)))
        return self._mask(traced, code)

    def _file(self, code: CodeType, path: str) -> Optional[TallyFile]:
        """Return the file of a code object. Where we fail at its syntax, which may be newer than we are, that is told, and its lines are counted."""
        try:
            return self.files.of(code, path)
        except Exception as error:
            self.failed(error, path)
            return self.files.by_its_lines(path)

    def _by_line(self, file: TallyFile, code: CodeType, key: int, name: str) -> int:
        events = self.lines.begin(file, code, key, name)
        if events:
            self._refer(code)
        else:
            file.lacks(self.records, "Not all of it is counted: %s." % self.lines.refusal(code))
        return events

    def _lacks(self, path: str, reason: str) -> None:
        """Tell that code of a file runs uncounted, where the file is known."""
        file = self.files.by_path.get(path)
        try:
            if file is not None:
                file.lacks(self.records, reason)
        except Exception:  # one failure is enough
            self.errors += 1

    def _refer(self, code: CodeType) -> CodeRef:
        """Have what is known of a code object forgotten when it goes: a text may be compiled and run again without end."""
        ref = CodeRef(code, self.gone)
        ref.key = id(code)
        self.refs[ref.key] = ref
        return ref

    def _gone(self, ref: CodeRef) -> None:
        key = ref.key
        if self.refs.get(key) is not ref:
            return
        del self.refs[key]
        traced = self.traced.pop(key, None)
        if self.points.pop(key, None) is not None and traced is None:
            self.counting.forget(key)
        if traced is not None:
            if self.sampler.latest is not None:
                self.sampler.latest.gone(key)
            if self.sampler.ends is not None:
                self.sampler.ends.gone(key)
            traced.refs.pop(key, None)
            self.counting.forget(key)
        self.lines.gone(key)

    def _mask(self, traced: Traced, code: CodeType) -> int:
        if not traced.slots:
            return 0
        held = self.sampler.latest is not None and id(code) in self.sampler.latest.kept
        return INSTRUCTION | (RETURNS if traced.returning or held else 0)

    def _traced(self, file: TallyFile, code: CodeType, key: int, name: Optional[str]) -> Optional[Traced]:
        """Return the Traced of a code object: that of an equal code object, or one with a new plan; name: what the file calls the code."""
        traced = file.traced.get(key)
        if traced is not None:
            return traced
        plan = file.kept_plan(key)
        partial = False
        if plan is None:
            try:
                if name is None:
                    plan, partial = plan_rewritten(file.tree(), file.source(), self.files.text(file), code)
                    if partial:
                        self.foreign.tell(file.path, True)
                    if partial and not plan.planned():  # of a whole function nothing is left, and 0 would be no answer
                        file.lacks(self.records, "Not all of it is counted: statements were changed when it was imported.")
                else:
                    plan = make_plan(file.tree(), file.source, code, name)
                    self.files.planned(file)
            except OtherSource:
                raise
            except (PlanError, *SURPRISES, IndexError, StopIteration) as error:
                if name is None:
                    raise OtherSource("rewritten beyond what can be counted") from error
                return None
        if self.raw is not None:
            self.raw.spend(len(code.co_code) // 2)
        due = 0 if self.sampling else NEVER
        traced = Traced(file, plan, plan.slots, due, self.counting.places(code))
        traced.partial = partial
        traced.calls = self.calls is not None and self.calls.concerns(file, file.owner(plan.owner), code)
        traced.held = traced.calls
        self.counting.ask(traced, code, plan.places() + (plan.quiet_places() if self.sampling else []))
        file.traced[key] = traced
        self.announce(traced)
        self.order.append(traced)
        return traced

    def announce(self, traced: Traced) -> bool:
        """Allocate a plan's counters and write what they mean; False where there is no room."""
        file, slots = traced.file, traced.slots
        first = self.memory.allocate(slots + 1)
        if first < 0 or not file.announce(self.records):
            return False
        traced.first = first
        file.count(traced, first)
        self.records.encoded(SUMS, sums(traced, traced.main))
        self._fill(traced)
        self.counting.renew(traced)
        return True

    def _fill(self, traced: Traced) -> None:
        """Set the fast table: quiet places at once, probes when they need no sample soon."""
        traced.fast.clear()
        if not self.sampling or self.counting.native:
            for slot, offset in enumerate(traced.places()):
                traced.quicken(slot, offset)
        if self.sampling and traced.quiets:
            for offset in traced.quiet_places():
                traced.quicken(traced.slots, offset)

        self.counting.point(traced)

    def point(self, code: CodeType, points: Collection[int], reached: Reached) -> None:
        """Have reached called at those offsets of a code object from now on, before they are counted, and at no others."""
        self.reached = reached
        if points:
            self.points[id(code)] = points
        else:
            self.points.pop(id(code), None)
        traced = self.traced.get(id(code))
        if traced is not None:
            traced.pointed = frozenset(points)
            if traced.main.first >= 0:
                self._fill(traced)
            self.counting.point(traced)
        elif points:
            self._refer(code)
            self.counting.visit(code)
        else:
            self.counting.forget(id(code))

    def restart(self) -> None:
        """Start afresh in a forked child: counters are allocated again as code runs on."""
        self.planning = PatientLock()  # a thread that the child does not have may have held the parent's
        self.foreign.forget()
        for traced in self.order:
            traced.restart(0 if self.sampling else NEVER)
            self.counting.renew(traced)

    def close(self) -> None:
        """Count nothing that is not counted yet."""
        self.closed = True


def frame_of(code: CodeType, frame: Optional[FrameType]) -> Optional[FrameType]:
    """Return the nearest frame of a code object: the program's, above those of the bridge."""
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return frame


def _nobody(code: CodeType, offset: int, frame: FrameType) -> None:
    pass
