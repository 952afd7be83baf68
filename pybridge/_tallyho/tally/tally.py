"""The tally of this process: what is done at the events of code that is counted.

Which code is counted, and how, is decided in codes.py; then on_instruction is called at each probe.
"""

from __future__ import annotations

from time import perf_counter_ns
from types import CodeType, FrameType
from typing import Any, Collection, Mapping, Optional

from ..base.behaviour import BYTECODE_IS_KNOWN, MONITORING
from ..base.guest import leave
from ..base.monitoring import DISABLE, INSTRUCTION, RETURNS
from ..base.tallied import TalliedFiles
from ..base.turns import getframe as _frame
from ..program.templates import Template
from ..wire.memory import Memory
from ..wire.records import Records
from .arming import Arming
from .cache import PlanCache
from .calls import CallTallies
from .codes import Codes, Reached, frame_of
from .counted import NEVER, Traced
from .counting import StatementCounters
from .durations import Durations
from .files import Files
from .frameevents import FrameEvents
from .lines import LineCounters
from .native import NativeCounters
from .nodecounts import NodeCounts
from .raising import Raised
from .raw import Raw
from .samples import FIRST_LIMIT, VALUE_LIMIT, SampleReader
from .sampling import Sampler

TAKING_NANOSECONDS = 5_000_000
"""What planning may take in one tick, of code that was counted raw."""

_HAS_COLUMNS = MONITORING and [*compile("x", "", "eval").co_positions()][-1][2] is not None
"""Whether code has columns. With -X no_debug_ranges it has none, and is not what the planner compiles."""


class Tally:
    """Counts the statements of the person's code.

    The backend (events/monitor.py, events/settrace.py), which sees code objects first, asks `wants` and then `events`, and calls
    the callbacks. These do not raise; their callers guard them all the same, except on_instruction,
    which CPython itself calls. The frame concerned is sys._getframe(1) in on_instruction and sys._getframe(2) in the
    other on_… callbacks, which are called straight from the callback of the event. on_line finds the frame by its code object:
    one of onecondition.py may lie between.
    """

    wants_raise = True
    """Whether RAISE and PY_UNWIND are to be delivered, for code that it wants."""

    def __init__(
        self,
        config: Mapping[str, Any],
        memory: Memory,
        records: Records,
        arming: Optional[Arming] = None,
        accelerator: Any = None,
        native_raw: Any = None,
        tracer: Any = None,
    ) -> None:
        """arming: what sets events, where sys.monitoring is used; native_raw: the accelerator's Raw, where code may be counted raw; tracer:
        its Tracer, where events come by trace functions."""
        mode = config.get("samples") or "spread"
        self.sampling = sampling = config.get("tally", "values") == "values" and mode != "off"
        self.first = mode == "first"
        self.memory = memory
        self.arming = arming
        by_statement = BYTECODE_IS_KNOWN and config.get("backend") != "settrace" and MONITORING
        plans = str(config.get("plans") or "")
        self.cache = PlanCache(plans) if plans and by_statement else None
        self.files = Files(not by_statement, self.cache, _eager(config) is not None)
        self.counting = (
            StatementCounters(memory.counters, self._slow, self._carry)
            if accelerator is None
            else NativeCounters(accelerator, memory.counters, self._slow, self._carry)
        )
        self.frames_up = self.counting.frames_up
        self.on_instruction = self.counting.on_instruction
        self.sampler = Sampler(
            _reader(config, self.first, accelerator),
            records,
            self.counting,
            int(config.get("sample_limit") or 10),
            self.first,
            arming,
            (INSTRUCTION | RETURNS, INSTRUCTION),
        )
        name = config.get("calls_of") or ""
        self.raw = _make_raw(config, native_raw, memory, records) if not self.first and not name else None
        self.calls = CallTallies(name, memory, records, 0 if sampling else NEVER) if name else None
        self.durations = Durations(memory, records, self.counting)
        self.raised = Raised(memory, records)
        self.lines = LineCounters(memory, records, self.counting, self.sampler, sampling, self.calls, self.raised, tracer)
        self.codes = Codes(
            TalliedFiles(config),
            memory,
            records,
            self.files,
            self.counting,
            self.sampler,
            sampling,
            self.raw,
            self.calls,
            self.lines,
            self.durations,
            self._failed,
        )
        self.nodes = NodeCounts(memory, records, self.files, self.codes.concerns, self.lines.add)
        self.frames = FrameEvents(
            self.codes, self.counting, self.sampler, sampling, self.lines, self.nodes, self.calls, self.durations, self.raised
        )
        self.traced, self.points = self.codes.traced, self.codes.points  # looked up at every event
        self.failures = 0
        self.closed = False

    @property
    def errors(self) -> int:
        """How many failures of ours were kept from the program."""
        return self.failures + self.codes.errors

    # What is counted.

    def concerns(self, path: str) -> bool:
        """Say whether a file is tallied."""
        return self.codes.concerns(path)

    def wants(self, code: CodeType, filename_path: str, template: Optional[Template] = None) -> bool:
        """Say whether code of that file (absolute path) is tallied; asked once per code object, cheaply.

        template: the Template that it was made of, where the file is that and no Python.
        """
        return self.codes.wants(code, filename_path, template)

    def events(self, code: CodeType, now: bool = False) -> int:
        """Return the local sys.monitoring events wanted for that code; asked after wants(), not under settrace.

        now: it is to be planned, where it was counted raw.
        """
        return self.codes.events(code, now)

    def renew(self, path: str, name: str) -> None:
        """A file has another text from now on; name: the file as its code objects name it."""
        self.codes.renew(path, name)

    def point(self, code: CodeType, points: Collection[int], reached: Reached) -> None:
        """Have reached called at those offsets of a code object from now on, before they are counted, and at no others."""
        self.codes.point(code, points, reached)

    def _at_point(self, code: CodeType, offset: int, frame: FrameType) -> None:
        try:
            self.codes.reached(code, offset, frame)
            if self.sampler.latest is not None:
                self.counting.began(frame, offset)
        except RecursionError:
            self.failures += 1
        except BaseException as error:
            self._failed(error)

    # The slow path: everything that is not "add one".

    def missed(self, code: CodeType, offset: int) -> None:
        """Count the hit of a place whose INSTRUCTION event never comes. Called by a callback of ours only."""
        frame = frame_of(code, _frame(1)) if self.sampler.latest is not None else None
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
                    self.failures += 1
                except BaseException as error:
                    self._failed(error)
            return None
        account = traced.main
        if account.first < 0 and not self.codes.announce(traced):
            return silent
        if offset == traced.entry and (traced.pending or traced.calls):
            self._is_new(_frame(up))
        if traced.calls and self.calls is not None:
            try:
                account = self.calls.account(_frame(up), traced)
            except RecursionError:
                self.failures += 1
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
                self.failures += 1
            except BaseException as error:
                self._failed(error)
        return None

    def _taken(self, code: CodeType) -> Optional[Traced]:
        """Plan code that was counted raw and runs on; None where that was not to be."""
        try:
            if self.arming is not None:
                self.arming.take(code)
        except BaseException as error:
            self._failed(error)
        return self.traced.get(id(code))

    def _failed(self, error: BaseException, about: str = "") -> None:
        """Keep a failure of ours from the program, and tell of it; raise what is the program's own."""
        self.failures += 1
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

    # Returns, which others ask for as well.

    def returns(self, callback: Any) -> Any:
        """Return what is to stand in place of the PY_RETURN callback; None: there are no callbacks any more."""
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
            self.counting.python(code, traced.returning, others)

    # The life of the process.

    def tick(self) -> None:
        """Let samples be taken of what still runs; called ten times a second by a thread of the bridge."""
        if self.closed:
            return
        if self.cache is not None:
            self.cache.tick()
        try:
            if self.raw is not None and self.arming is not None:
                self._take_some(self.raw, self.arming)
            if self.sampling:
                self.sampler.tick(self.codes.order)
        except RecursionError:
            self.failures += 1
        except BaseException as error:
            self._failed(error)

    @staticmethod
    def _take_some(raw: Raw, arming: Arming) -> None:
        """Plan code that was counted raw and has run again, as far as there is time: it is worth samples."""
        deadline = perf_counter_ns() + TAKING_NANOSECONDS
        for code, _ in raw.again():
            arming.take(code)
            if perf_counter_ns() > deadline:
                return

    def flush(self) -> None:
        """Write the latest values that are held back."""
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
            self.failures += 1
        except BaseException as error:
            self._failed(error)

    def restart(self) -> None:
        """Start afresh in a forked child: counters are allocated again as code runs on."""
        self.counting.restart(self.memory.counters)
        self.sampler.restart()
        self.raised.restart()
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
        self.codes.restart()
        self.lines.forget()

    def close(self) -> None:
        """Ask for nothing more."""
        self._tell_latest(False)
        self.closed = True
        self.codes.close()
        if self.cache is not None:
            self.cache.close()


def _eager(config: Mapping[str, Any]) -> Optional[int]:
    """Return how many code units may be planned at their first sight before the rest is counted raw; None: all of them."""
    eager = config.get("eager")
    return eager if type(eager) is int and eager >= 0 else None


def _make_raw(config: Mapping[str, Any], native: Any, memory: Memory, records: Records) -> Optional[Raw]:
    eager = _eager(config)
    return Raw(native, memory, records, eager) if native is not None and eager is not None and _HAS_COLUMNS else None


def _reader(config: Mapping[str, Any], first: bool, accelerator: Any) -> SampleReader:
    locals_of = getattr(accelerator, "locals_of", None)  # without it 3.12 may lose variables of a module's comprehensions
    return SampleReader(
        first,
        FIRST_LIMIT if first else VALUE_LIMIT,
        config.get("repr") == "own",
        bool(config.get("redact", True)),
        *([locals_of] if locals_of is not None else []),
    )
