"""When a statement is sampled: which of its hits, and "after the statement".

A statement is over at its frame's next probe, or when the frame returns or is left by an exception. So a hit that is
due a sample leaves a note for its frame, and while a code object has such notes all its probes take the slow path.
Notes hold over a suspension: ``x = yield v`` is sampled when it completes.
"""

from __future__ import annotations

from time import perf_counter_ns, process_time_ns, thread_time_ns
from types import FrameType
from typing import Any, Dict, List, Optional, Sequence, Set, Tuple

from ..wire.records import Records
from .arming import Arming
from .counted import NEVER, Account, Traced
from .counting import PATIENCE, StatementCounters
from .described import arguments_of
from .frameends import FrameEnds
from .latest import Latest
from .loops import UNCHANGING
from .samples import SampleReader, Shown, write
from .spans import Ending, Span

EARLY = 8
"""Hits of a slot that are all sampled, to begin with."""
WARM = 100
"""Hits of a slot after which the clock asks for samples, and now and then a counter's 256th hit."""
TICK = 80_000_000
"""Nanoseconds between two looks of the clock, at least."""
SWEEP = 2000
"""Slots looked at in one tick."""
REFRESH = 150
"""Slots that are due again after one tick, at most."""
CREDIT = 20_000_000
"""Nanoseconds of sampling that a program gets without regard to its pace."""
OVERHEAD = 40_000
"""Nanoseconds that a sample costs beyond what is measured: its note, the slow path while the note waits, and the watched return."""
READING = 2_000
"""Nanoseconds that looking at a frame that ends costs beyond what is measured."""
HOLDING = 12
"""Nanoseconds that it costs to hold the values of one statement's hit."""
SHARE = 30
"""After CREDIT, sampling gets one part in so many of the processor's time,"""
IDLE_SHARE = 200
"""or of the clock's, if that is more: for programs that mostly wait."""
IDLE = 16
"""Returns without a note after which a code object's returns are no longer watched, until the next note."""
CROWD = 32
"""Notes of one code object at a time."""


class Note:
    """A frame's statement that is to be sampled when it ends."""

    __slots__ = ("traced", "span", "account", "hit")

    def __init__(self, traced: Traced, span: Span, account: Account, hit: int) -> None:
        self.traced = traced
        self.span = span
        self.account = account
        self.hit = hit


class Sampler:
    """Decides, notes and writes samples. Its callers hold no lock; each frame belongs to one thread."""

    def __init__(
        self,
        reader: SampleReader,
        records: Records,
        counting: StatementCounters,
        limit: int,
        first: bool,
        arming: Optional[Arming],
        events: Tuple[int, int],
    ) -> None:
        self.reader = reader
        self.records = records
        self.counting = counting
        self.arming = arming
        self.limit = limit
        self.first = first  # the first hits and no others, all of them
        self.notes: Dict[int, Note] = {}  # id(frame)
        self.started = perf_counter_ns()
        self.spent = 0
        self.swept = 0
        self.ticked = 0
        self.events = events  # with and without PY_RETURN
        self.heard: Set[int] = set()  # ids of code objects whose returns tracepoints or steps ask for as well
        self.latest = Latest(counting, reader, records, arming, self.heard) if counting.holds and not first else None
        self.ends = FrameEnds(reader, records, self.hits) if not counting.holds and not first else None

    # Called at probes.

    def at_quiet(self, traced: Traced, frame: FrameType, statement: int) -> None:
        """A place where a statement may end and none begins."""
        note = self.notes.get(id(frame))
        if note is not None and note.span.index != statement:
            self.take(frame, note)

    def at_probe(self, traced: Traced, frame: FrameType, local: int, offset: int, account: Account, count: int) -> None:
        """A probe fired in a frame and was counted."""
        note = self.notes.get(id(frame))
        due = count >= account.due_at(local)
        if note is None and not due:
            self._lose_patience(traced, self.counting.patience)
            return
        if (
            due
            and self.latest is not None
            and id(frame.f_code) not in self.latest.known
            and count > 1
            and (count >= EARLY or not self._affordable())
        ):
            self._hold_latest(self.latest, traced, frame, offset)
        if due and self.ends is not None and not traced.kept and count > 1 and (count >= EARLY or not self._affordable()):
            traced.kept = True
            self.ends.begin(traced, frame)
        if note is None and count > 1 and not self.first and not self._affordable():
            account.set_due(local, self._later(traced, account, local, offset, 2 * count))
            return
        begins = traced.begun(local)
        if note is not None:
            if begins or note.span.index != traced.statement(local):
                self.take(frame, note)
            else:
                self._lose_patience(traced, PATIENCE)
        for span in begins:
            if span.endings and not self.first:
                self._end_loop(frame, traced, account, span.endings)
        if not due:
            return
        for span in traced.produced(local) + begins[:-1]:
            if self.takes(account, span):
                self.write(frame, traced, span, account, self.hits(traced, span))
        # The first samples are those that are ready first: with recursion these are of later hits.
        wanted = self.lacks(account, begins[-1]) if self.first and begins else begins and self.takes(account, begins[-1])
        if wanted:
            self._note(frame, Note(traced, begins[-1], account, self.hits(traced, begins[-1])))
        account.set_due(local, self._next(traced, account, local, offset, count))

    def _hold_latest(self, latest: Latest, traced: Traced, frame: FrameType, offset: int) -> None:
        """Begin to hold the latest values of code, since its hits are no longer all sampled."""
        start = thread_time_ns()
        traced.kept = True
        if not traced.calls and not traced.partial:
            for code in latest.begin(traced, frame, offset):
                self.counting.python(code, traced.returning, id(code) in self.heard)
                if not traced.returning and self.arming is not None:
                    self.arming.set_events(code, "tally", self.events[0])
        self.spent += thread_time_ns() - start

    def at_carry(self, traced: Traced, offset: int, local: int, count: int) -> None:
        """A counter's lowest byte is full: sample the next hit if the count grew by a quarter since the last time."""
        if self.latest is not None and traced.kept and local < traced.slots and self.latest.covers(traced, local):
            return
        for span in traced.begun(local) + traced.produced(local) if local < traced.slots else ():
            if count >= traced.main.last.get(span.index, 0) * 5 // 4:
                traced.set_due(local, 0)
                traced.fast.pop(offset, None)
                return

    def _end_loop(self, frame: FrameType, traced: Traced, account: Account, endings: Sequence[Ending]) -> None:
        """Sample the statements of a loop that is over once more."""
        code = frame.f_code
        for ending in endings:
            span = ending.span
            hit = self.hits(traced, span)
            if hit <= account.last.get(span.index, 0) or span.index not in account.taken or not self._affordable():
                continue
            roots = {wanted.root for wanted in span.names}
            if not roots.isdisjoint(code.co_cellvars) or not roots.isdisjoint(code.co_freevars):
                continue
            if ending.rounds and (
                not ending.rounds.issubset(self.reader.locals_of(frame))
                or not ending.rounds.isdisjoint(code.co_varnames[: arguments_of(code)])
            ):
                continue
            shown = self.reader.read(frame, traced.file.number, span)
            if shown and all(name not in ending.mentioned or kind in UNCHANGING for name, kind, _ in shown):
                account.last[span.index] = hit
                write(self.records, traced.file.number, span.index, hit, account.call, shown)

    def takes(self, account: Account, span: Span) -> bool:
        """Report whether an account wants another sample of a statement, and count the sample as taken if it does."""
        taken = account.taken.get(span.index, 0)
        if self.first and taken >= self.limit or not self.first and taken and not self._affordable():
            return False
        account.taken[span.index] = taken + 1
        return True

    def lacks(self, account: Account, span: Span) -> bool:
        """Whether an account still has room for one of the first samples of a statement."""
        return account.taken.get(span.index, 0) < self.limit

    def hits(self, traced: Traced, span: Span) -> int:
        """Return how often a statement has been hit, in all calls together."""
        return traced.file.hits(self.counting.counters, traced, span.index)

    def _affordable(self) -> bool:
        return (
            self.spent < CREDIT
            or self.spent < CREDIT + process_time_ns() // SHARE
            or self.spent < CREDIT + (perf_counter_ns() - self.started) // IDLE_SHARE
        )

    def _next(self, traced: Traced, account: Account, local: int, offset: int, count: int) -> int:
        """Return the count at which a slot is due again; NEVER leaves it to the fast path, and to the clock."""
        if self.first:
            spans = traced.begun(local) + traced.produced(local)
            if any(self.lacks(account, span) for span in spans):
                return 0
        elif count < EARLY:
            return count + 1
        return self._later(traced, account, local, offset, count + count // 2)

    def _later(self, traced: Traced, account: Account, local: int, offset: int, count: int) -> int:
        if not self.first and count < WARM:
            return count
        if account is traced.main:
            traced.quicken(local, offset)
        return NEVER

    # Called when a frame ends.

    def at_return(self, traced: Traced, frame: FrameType, value: Any) -> None:
        """A frame returns."""
        note = self.notes.get(id(frame))
        if note is not None:
            returned = (
                self.reader.value(value, frame.f_code.co_name)
                if note.span.kind in ("return", "lambda") and not self.reader.classic
                else None
            )
            self.take(frame, note, returned)
        if self.ends is not None and traced.kept:
            self._read_end(self.ends, frame)
        if traced.returning and not traced.pending and not traced.calls:
            # A call costs a microsecond while returns are watched: more than most functions' statements together.
            traced.age += 1
            if traced.age > IDLE:
                traced.age = 0
                traced.returning = False
                self._arm(traced, self.events[1])

    def at_unwind(self, frame: FrameType) -> None:
        """An exception leaves a frame."""
        if self.latest is not None:
            self.latest.left(frame)
        if self.ends is not None:
            self._read_end(self.ends, frame)
        note = self.notes.get(id(frame))
        if note is not None:
            self.take(frame, note)

    def _read_end(self, ends: FrameEnds, frame: FrameType) -> None:
        if id(frame.f_code) in ends.rows and self._affordable():
            start = thread_time_ns()
            ends.at_end(frame)
            self.spent += thread_time_ns() - start + READING

    def at_raise(self, traced: Traced, frame: FrameType, span: Span, raised: Shown, account: Account, wanted: bool) -> None:
        """An exception is raised at a statement, whose note (if any) is answered by it."""
        note = self.notes.get(id(frame))
        if note is not None and note.span.index == span.index:
            self.take(frame, note, None, raised)
        elif wanted and not (self.first and self.lacks(account, span)):
            self.write(frame, traced, span, account, self.hits(traced, span), None, raised)

    # Notes.

    def _note(self, frame: FrameType, note: Note) -> None:
        traced = note.traced
        if id(frame) in self.notes:
            self.drop(id(frame))
        if traced.pending >= CROWD and not self.first:
            return
        self.notes[id(frame)] = note
        traced.pending += 1
        self._hold(traced)
        if not traced.returning and self.arming is not None:
            traced.returning = True
            self._arm(traced, self.events[0])

    def take(self, frame: FrameType, note: Note, returned: Optional[Shown] = None, raised: Optional[Shown] = None) -> None:
        """Sample a noted statement, which is over."""
        note.traced.age = 0
        self.drop(id(frame))
        if self.first and not self.takes(note.account, note.span):
            return
        self.write(frame, note.traced, note.span, note.account, note.hit, returned, raised)

    def drop(self, key: int) -> None:
        """Take a frame's note away, unanswered."""
        note = self.notes.pop(key, None)
        if note is not None:
            traced = note.traced
            traced.pending -= 1
            if traced.pending > 0:
                self._hold(traced)
            else:
                traced.pending = 0
                self.counting.release(traced)

    def _hold(self, traced: Traced) -> None:
        self.counting.hold(traced, [key for key, note in list(self.notes.items()) if note.traced is traced])

    def _lose_patience(self, traced: Traced, limit: int) -> None:
        """Give up the notes of a code object that runs on and on beneath them: recursion, or one endless statement."""
        traced.age += 1
        if traced.age > limit and not self.first:
            traced.age = 0
            for key, note in list(self.notes.items()):
                if note.traced is traced:
                    self.drop(key)

    def _arm(self, traced: Traced, mask: int) -> None:
        for code in traced.codes() if self.arming is not None else ():
            if self.latest is not None and id(code) in self.latest.kept:  # its returns are watched all the time, in C
                self.latest.hear(code, traced.returning)
            else:
                self.arming.set_events(code, "tally", mask)  # type: ignore[union-attr]

    def restart(self) -> None:
        """Start afresh in a forked child."""
        self.notes.clear()
        if self.latest is not None:
            self.latest.restart()
        if self.ends is not None:
            self.ends.restart()

    # Writing.

    def write(
        self,
        frame: FrameType,
        traced: Traced,
        span: Span,
        account: Account,
        hit: int,
        returned: Optional[Shown] = None,
        raised: Optional[Shown] = None,
    ) -> None:
        """Read a statement's names in its frame and write the sample."""
        start = thread_time_ns()
        shown = self.reader.read(frame, traced.file.number, span)
        if hit > account.last.get(span.index, 0):
            account.last[span.index] = hit
        if shown or returned or raised or self.first:
            write(self.records, traced.file.number, span.index, hit, account.call, shown, returned, raised)
        self.spent += thread_time_ns() - start + OVERHEAD

    # The clock.

    def tick(self, traced: List[Traced]) -> None:
        """Make statements that ran since their last sample due again; called by another thread, ten times a second."""
        now = perf_counter_ns()
        if self.first or not traced or now < self.ticked + TICK:
            return
        self.ticked = now
        if self.latest is not None:
            start = thread_time_ns()
            self.latest.tick(self._affordable)
            self.spent += HOLDING * self.latest.weigh(self._affordable()) + thread_time_ns() - start
        looked = refreshed = 0
        for _ in range(len(traced)):
            self.swept = (self.swept + 1) % len(traced)
            one = traced[self.swept]
            looked += len(one.fast) + 1
            for offset in list(one.fast):
                local = one.slot(offset)
                if (
                    local < 0
                    or one.first < 0
                    or one.due_at(local) != NEVER
                    or one.kept
                    and self.latest is not None
                    and self.latest.covers(one, local)
                ):
                    continue
                one.set_due(local, 0)
                one.fast.pop(offset, None)
                refreshed += 1
            if looked > SWEEP or refreshed > REFRESH:
                return
