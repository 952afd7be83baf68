"""The tally of this process: decides what is counted, hands out counters, and tells what they mean.

A code object goes: wants (by its file) > events (source read, plan made, counters and sums written) > on_instruction
at each probe. Whatever goes wrong with a plan leaves that code uncounted, or counted by line, and never shows in
the program.
"""
from __future__ import annotations

import sys
from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any, Callable, Collection, Dict, List, Mapping, Optional, Tuple

from ..base.bytecode import FACTS
from ..base.classes import name_of
from ..base.coderef import CodeRef
from ..base.guest import leave
from ..base.locate import event_lines
from ..base.patientlock import PatientLock
from ..base.tallied import TalliedFiles, is_typed, typed
from ..base.textcode import code_key
from ..program.djangos import is_node
from ..program.event import starts
from ..program.templates import Template
from .cache import PlanCache
from .calls import CallTallies
from .counting import DISABLE, NEVER, StatementCounters, Traced, sums
from .durations import Durations
from .files import SUMS, SURPRISES, Files, TallyFile
from .lines import LineCounters
from .native import NativeCounters
from .nodecounts import NodeCounts
from .othercode import OtherCode
from .plan import OtherSource, PlanError, make_plan
from .raising import MESSAGES, RaiseMap
from .raw import PLANNED, Raw
from .rewritten import plan_rewritten
from .samples import FIRST_LIMIT, VALUE_LIMIT, SampleReader, message
from .sampling import Sampler
from .tally_api import CounterMemory, ExcInfo, ProbeSource, RecordSink

MONITORING = getattr(sys, "monitoring", None)
INSTRUCTION: int = MONITORING.events.INSTRUCTION if MONITORING else 0
PY_RETURN: int = MONITORING.events.PY_RETURN if MONITORING else 0
LINE: int = MONITORING.events.LINE if MONITORING else 0
PY_START: int = MONITORING.events.PY_START if MONITORING else 0

TAKING_NANOSECONDS = 5_000_000
"""What planning may take in one tick, of code that was counted raw."""

_HAS_COLUMNS = MONITORING is not None and [*compile("x", "", "eval").co_positions()][-1][2] is not None
"""Not with -X no_debug_ranges: such code is not what the planner compiles."""

_frame = sys._getframe


class Tally:
    """Counts the statements of the person's code; see tally_api.Tally for who calls what."""

    def __init__(self, config: Mapping[str, Any], memory: CounterMemory, records: RecordSink) -> None:
        mode = config.get("samples") or "spread"
        self.sampling = config.get("tally", "values") == "values" and mode != "off"
        self.first = mode == "first"
        self.memory = memory
        self.records = records
        self.wanted = TalliedFiles(config)
        by_statement = FACTS is not None and config.get("backend") != "settrace" and MONITORING is not None
        plans = str(config.get("plans") or "")
        self.cache = PlanCache(plans) if plans and by_statement else None
        raw = config.get("raw")
        self.files = Files(not by_statement, self.cache, type(raw) is int and raw >= 0)
        accelerator = config.get("accelerator")
        self.counting = (StatementCounters(memory.counters, self._slow, self._carry) if accelerator is None
                         else NativeCounters(accelerator, memory.counters, self._slow, self._carry))
        self.frames_up = self.counting.frames_up
        self.on_instruction = self.counting.on_instruction
        own_repr = config.get("repr") == "own"
        locals_of = getattr(accelerator, "locals_of", None)     # without it 3.12 may lose variables of a module's comprehensions
        reader = SampleReader(self.first, FIRST_LIMIT if self.first else VALUE_LIMIT, own_repr, bool(config.get("redact", True)),
                        *([locals_of] if locals_of is not None else []))
        limit = int(config.get("sample_limit") or 10)
        self.sampler = Sampler(reader, records, self.counting, limit, self.first)
        self.sampler.events = (INSTRUCTION | PY_RETURN, INSTRUCTION)
        name = config.get("calls_of") or ""
        self.raw = self._make_raw(config) if not self.first and not name else None
        self.monitor: Optional[ProbeSource] = None
        self.calls = CallTallies(name, memory, records, 0 if self.sampling else NEVER) if name else None
        self.durations = Durations(memory, records, self.counting)
        self.lines = LineCounters(self)
        self.nodes = NodeCounts(self)
        self.traced: Dict[int, Traced] = {}                     # id(code)
        self.order: List[Traced] = []
        self.refs: Dict[int, CodeRef] = {}
        self.gone = self._gone                                  # one for all references
        self.raise_maps: Dict[int, RaiseMap] = {}               # id(Traced)
        self.told: Dict[Tuple[int, int, str], int] = {}         # samples of exceptions, by file, span and type
        self.paths: Dict[int, str] = {}
        self.templates: Dict[int, Template] = {}                # of code that is to be planned, as paths
        self.foreign = OtherCode(records)
        self.wants_raise = True
        self.closed = False
        self.points: Dict[int, Collection[int]] = {}            # id(code) -> offsets at which somebody else asks
        self.reached: Callable[[CodeType, int, FrameType], None] = _nobody
        self.errors = 0
        self.planning = PatientLock()

    def _make_raw(self, config: Mapping[str, Any]) -> Optional[Raw]:
        hand, allowance = config.get("raw_hand"), config.get("raw")
        if hand is None or type(allowance) is not int or allowance < 0 or not _HAS_COLUMNS:
            return None
        return Raw(hand, self.memory, self.records, allowance)

    def attach(self, monitor: ProbeSource) -> None:
        """Receive the monitor, once."""
        self.monitor = self.sampler.monitor = monitor

    # What is counted.

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
            return PY_START
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
        except BaseException as error:          # ours must not reach the program
            self._failed(error, path)
            self._lacks(path, "Not all of it is counted: Tallyho failed at the code that begins at line %d (%s)." % (
                code.co_firstlineno, type(error).__name__))
            return 0
        finally:
            self.paths.pop(id(code), None)
            if held:
                self.planning.give()
            self.durations.off(since)

    def renew(self, path: str, name: str) -> None:
        """A file's code is of another text from now on, as its code objects name it: read that, and count none of it raw."""
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
            events = self.lines.begin_template(text, code, code_key(code), template.begins(code, event_lines(code))) if text is not None else 0
            if events:
                self._refer(code)
            return events
        known = len(self.files.all)
        file = self.files.of(code, path)
        if file is None:
            self.foreign.unreadable(path, self.files.unreadable.get(path, ""))
            return 0
        if self.raw is not None and len(self.files.all) > known:
            self.raw.spend(0, len(file.data))
        traced = self.traced.get(id(code))
        if traced is not None:
            return self._mask(traced, code)
        key = code_key(code)
        file, name = self.files.owner(file, code, key)
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
            self.sampler.latest.join(traced, code, _of(code, _frame(1)))
        return self._mask(traced, code)

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
        except Exception:                       # one failure is enough
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
        return INSTRUCTION | (PY_RETURN if traced.returning or held else 0)

    def _traced(self, file: TallyFile, code: CodeType, key: int, name: Optional[str]) -> Optional[Traced]:
        """Return what is counted of a code object: that of an equal one, or a new plan's; name: as the file has it."""
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
                    if partial and not plan.planned():      # of a whole function nothing is left, and 0 would be no answer
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
        self._announce(traced)
        self.order.append(traced)
        return traced

    def _announce(self, traced: Traced) -> bool:
        """Allocate a plan's counters and write what they mean; False where there is no room."""
        file, slots = traced.file, traced.slots
        first = self.memory.allocate(slots + 1)
        if first < 0 or not file.announce(self.records):
            return False
        traced.main.first = first
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

    def point(self, code: CodeType, points: Collection[int], reached: Callable[[CodeType, int, FrameType], None]) -> None:
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

    def _at_point(self, code: CodeType, offset: int, frame: FrameType) -> None:
        try:
            self.reached(code, offset, frame)
            if self.sampler.latest is not None:
                self.counting.began(frame, offset)
        except RecursionError:
            self.errors += 1
        except BaseException as error:
            self._failed(error)

    # The slow path: everything that is not "add one".

    def missed(self, code: CodeType, offset: int) -> None:
        """Count the hit of a place whose INSTRUCTION event never comes. Called by a callback of ours only."""
        frame = _of(code, _frame(1)) if self.sampler.latest is not None else None
        if frame is not None:
            self.counting.began(frame, offset)
        self._slow(code, offset, 3)

    def _slow(self, code: CodeType, offset: int, up: Optional[int] = None) -> Any:
        """An offset that is not in the fast table; up: how many frames the program's is above. Called by
        on_instruction and missed only."""
        up = up or self.frames_up
        silent = DISABLE
        if self.points and offset in self.points.get(id(code), ()):
            silent = None
            self._at_point(code, offset, _frame(up))
        traced = self.traced.get(id(code))
        if traced is None and self.raw is not None and self.raw.counts(code):
            traced = self._taken(code)
            if traced is None and self.raw.counts(code):
                self.raw.hit(code, offset)
                return None
        if traced is None:
            return silent
        if traced.asked is not None and not traced.asked[offset >> 1]:
            return silent
        local = traced.slot(offset)
        if local < 0:
            quiet = traced.quiet(offset) if self.sampling else -1
            if quiet < 0:
                return silent
            if traced.pending:
                try:
                    self.sampler.at_quiet(traced, _frame(up), traced.quiet_statement(quiet))
                except RecursionError:
                    self.errors += 1
                except BaseException as error:
                    self._failed(error)
            return None
        account = traced.main
        if account.first < 0 and not self._announce(traced):
            return silent
        if offset == traced.entry and (traced.pending or traced.calls):
            self._is_new(_frame(up))
        if traced.calls and self.calls is not None:
            try:
                account = self.calls.account(_frame(up), traced)
            except RecursionError:
                self.errors += 1
            except BaseException as error:
                self._failed(error)
        counters = self.counting.counters
        slot = account.first + local
        count = counters[slot] + 1
        counters[slot] = count
        if self.sampling and (count >= account.due_at(local) or traced.pending):
            since = perf_counter_ns()
            try:
                frame, starts = _frame(up), offset == traced.entry and count >= account.due_at(local)
                self.sampler.at_probe(traced, frame, local, offset, account, count)
                self.durations.off(since)
                if starts and traced.returning:
                    self.durations.begin(frame, traced)
            except RecursionError:
                self.errors += 1
            except BaseException as error:
                self._failed(error)
        return None

    def _taken(self, code: CodeType) -> Optional[Traced]:
        """Plan code that was counted raw and runs on; None where that was not to be."""
        try:
            if self.monitor is not None:
                self.monitor.take(code)
        except BaseException as error:
            self._failed(error)
        return self.traced.get(id(code))

    def _failed(self, error: BaseException, about: str = "") -> None:
        """Keep a failure of ours from the program, and tell of it; raise what is the program's own."""
        self.errors += 1
        leave(error, about)

    def _carry(self, code: CodeType, offset: int, slot: int) -> None:
        """The lowest byte of a counter is full. Once in 256 hits there is time to ask for a sample."""
        counters = self.counting.counters
        count = counters[slot] + 1
        counters[slot] = count
        traced = self.traced.get(id(code))
        if self.sampling and not self.first and traced is not None:
            self.sampler.at_carry(traced, offset, slot - traced.main.first, count)

    def _is_new(self, frame: FrameType) -> None:
        """Forget what is known of a frame that had this one's number: from 3.13 on, closing a generator that waits
        outside any try ends its frame without an event."""
        self.sampler.drop(id(frame))
        if self.calls is not None:
            self.calls.left(frame)

    # Frames that end, and exceptions.

    def returns(self, callback: Any) -> Any:
        """Return what is to stand as the PY_RETURN callback instead of that one; None: it is over."""
        if not self.counting.holds:
            return callback
        self.counting.hears(callback)
        return self.counting.returned

    def shares_returns(self, code: CodeType, others: bool) -> None:
        """Somebody else asks for the PY_RETURN of a code object, or not any more."""
        heard = self.sampler.heard
        if others == (id(code) in heard):
            return
        (heard.add if others else heard.discard)(id(code))
        traced = self.traced.get(id(code))
        if self.counting.holds and traced is not None:
            self.counting.python(code, others or traced.returning)

    def on_start(self, code: CodeType, offset: int) -> None:
        """A frame starts in code that is counted by line; others are met at their first probe."""
        frame = _of(code, _frame(1))
        if frame is not None and is_node(code):
            self.nodes.rendered(frame)
        elif frame is not None:
            self.lines.call(frame, True)

    def on_yield(self, code: CodeType, offset: int, value: Any) -> None:
        """Nothing to do: a statement goes on after a suspension."""

    def on_return(self, code: CodeType, offset: int, value: Any) -> None:
        """A frame is about to return value."""
        traced = self.traced.get(id(code))
        if traced is None:
            self.lines.leave(code, _of(code, _frame(1)), value)
            return
        frame = _of(code, _frame(1))
        if frame is not None:
            self.durations.end(frame)
            if self.sampling:
                since = perf_counter_ns()
                self.sampler.at_return(traced, frame, value)
                if not traced.returning:
                    self.durations.forget(traced)
                self.durations.off(since)
            if traced.calls and self.calls is not None:
                self.calls.left(frame)

    def on_unwind(self, code: CodeType, offset: int, exc: BaseException) -> None:
        """A frame is left by exc."""
        frame = _of(code, _frame(1))
        if frame is None:
            return
        self.durations.end(frame)
        self.sampler.at_unwind(frame)
        if self.calls is not None:
            self.calls.left(frame)
        if id(code) not in self.traced:
            self.lines.leave(code, frame, None)

    def on_raise(self, code: CodeType, offset: int, exc: BaseException) -> None:
        """exc is raised in a frame, or reaches it from a call."""
        frame = _of(code, _frame(1))
        traced = self.traced.get(id(code))
        if traced is None and frame is not None:
            self.lines.exception(frame, exc)
        if frame is None or traced is None or traced.owner < 0 or traced.main.first < 0:
            return
        known = self.raise_maps.get(id(traced))
        if known is None:
            known = self.raise_maps[id(traced)] = RaiseMap(code, traced.file, traced.owner)
        if known.is_end(frame.f_lasti, exc):
            return
        index = known.statement(code, frame.f_lasti)
        if index < 0:
            return
        kind = name_of(type(exc))
        slot = self.raised_slot(traced.file, index, kind, self.calls.number(frame) if self.calls else 0)
        if slot >= 0:
            self.counting.counters[slot] += 1
        if self.sampling:
            key = (traced.file.number, index, kind)
            told = self.told.get(key, 0)
            self.told[key] = told + 1
            account = self.calls.account(frame, traced) if self.calls and traced.calls else traced.main
            self.sampler.at_raise(traced, frame, traced.file.span(index), ("", kind, message(exc)), account, told < MESSAGES)

    def raised_slot(self, file: TallyFile, span: int, kind: str, call: int) -> int:
        """Return the counter of one type of exception at one statement, in one call; -1 where there is none."""
        slot = file.raised.get((span, kind, call))
        if slot is None:
            slot = self.memory.allocate(1)
            file.raised[span, kind, call] = slot
            if slot >= 0:
                self.records.json(SUMS, {"file": file.number, "call": call, "hits": [], "raised": [[span, slot]],
                                         "types": [[slot, kind]], "planned": []})
        return slot

    # Below 3.12, and where lines are all there is.

    def on_line(self, code: CodeType, line: int) -> Any:
        """A LINE event in code that is counted by line."""
        frame = _of(code, _frame(1))
        return self.lines.line(frame) if frame is not None else None

    def trace_call(self, frame: FrameType) -> None:
        """Settrace's "call", where a code object may be met for the first time: events() is not asked."""
        if is_node(frame.f_code):
            self.nodes.rendered(frame)
            return
        if id(frame.f_code) in self.paths:
            self.events(frame.f_code)
        self.lines.call(frame, starts(frame))

    def trace_line(self, frame: FrameType) -> None:
        """Settrace's "line"."""
        self.lines.line(frame)

    def trace_return(self, frame: FrameType, arg: Any) -> None:
        """Settrace's "return"."""
        self.lines.leave(frame.f_code, frame, arg)

    def trace_exception(self, frame: FrameType, exc_info: ExcInfo) -> None:
        """Settrace's "exception"."""
        self.lines.exception(frame, exc_info[1])

    def late(self, then: Any, kind: str, arg: Any) -> None:
        """Count an event of settrace that was noted when it happened: then is its frame as it was, which has no values."""
        if kind == "call":
            self.trace_call(then)
        elif kind == "line":
            self.trace_line(then)
        elif kind == "return":
            self.trace_return(then, arg)
        elif kind == "exception":
            self.trace_exception(then, arg)

    def told_of(self, frame: int) -> Optional[Tuple[Any, ...]]:
        """Return the line that a frame with that id was at when it was told of last, and more; another object each time."""
        return self.lines.current.get(frame)

    # The life of the process.

    def tick(self) -> None:
        """Let samples be taken of what still runs; called ten times a second by a thread of the bridge."""
        if self.closed:
            return
        if self.cache is not None:
            self.cache.tick()
        try:
            if self.raw is not None and self.monitor is not None:
                self._take_some(self.raw, self.monitor)
            if self.sampling:
                self.sampler.tick(self.order)
        except RecursionError:
            self.errors += 1
        except BaseException as error:
            self._failed(error)

    @staticmethod
    def _take_some(raw: Raw, monitor: ProbeSource) -> None:
        """Plan code that was counted raw and has run again, as far as there is time: it is worth samples."""
        deadline = perf_counter_ns() + TAKING_NANOSECONDS
        for code, _ in raw.again():
            monitor.take(code)
            if perf_counter_ns() > deadline:
                return

    def flush(self) -> None:
        """Write the latest values, which alone are held back."""
        self._tell_latest(False)

    def pause(self) -> None:
        """The program stops at an event: what it shows now is to be the latest."""
        self._tell_latest(True)

    def _tell_latest(self, stopped: bool) -> None:
        if self.closed:
            return
        try:
            if self.sampler.latest is not None:
                self.sampler.latest.flush(stopped)
            if self.sampler.ends is not None:
                self.sampler.ends.flush()
        except RecursionError:
            self.errors += 1
        except BaseException as error:
            self._failed(error)

    def forget(self) -> None:
        """Start afresh in a forked child: counters are allocated again as code runs on."""
        self.planning = PatientLock()                 # a thread that is not in the child may have held the other
        self.counting.restart(self.memory.counters)
        self.sampler.notes.clear()
        if self.sampler.latest is not None:
            self.sampler.latest.restart()
        if self.sampler.ends is not None:
            self.sampler.ends.restart()
        self.told.clear()
        self.foreign.forget()
        self.nodes.forget()
        if self.cache is not None:
            self.cache.restart()
        if self.raw is not None:
            self.raw.restart()
        for file in self.files.all:
            file.restart()
        self.durations.restart()
        if self.calls is not None:
            self.calls.restart()
        for traced in self.order:
            traced.pending = 0
            traced.main.first = -1
            traced.set_all_due(traced.size, 0 if self.sampling else NEVER)
            traced.main.taken.clear()
            traced.fast.clear()
            traced.held = traced.calls
            traced.kept = False
            self.counting.renew(traced)
        self.lines.forget()

    def close(self) -> None:
        """Ask for nothing more."""
        self._tell_latest(False)
        self.closed = True
        if self.cache is not None:
            self.cache.close()


def _of(code: CodeType, frame: Optional[FrameType]) -> Optional[FrameType]:
    """Return the nearest frame of a code object: the program's, above those of the bridge."""
    while frame is not None and frame.f_code is not code:
        frame = frame.f_back
    return frame


def _nobody(code: CodeType, offset: int, frame: FrameType) -> None:
    pass
