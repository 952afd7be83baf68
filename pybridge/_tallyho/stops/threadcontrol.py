"""The stops of one process: which threads are parked, which are to park, and which steps are under way.

A thread parks inside the callback of the event it stopped at. Requests come from
the reader's thread: it looks at parked threads itself, and hands over what has
to run in them.
"""

from __future__ import annotations

from _thread import allocate_lock, get_ident
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, Optional, Protocol, Sequence, Set, Tuple

from ..base import glance, guest
from ..base.locate import event_lines
from ..program.djangos import place_of
from ..program.event import CALL, EXCEPTION, LINE, RETURN, Event, RunState, main_ident, thread_name
from ..program.fields import CodeFacts, SourceIndex
from ..program.jobs import Job
from ..program.justmycode import JustMyCode, Sources
from ..program.parking import Parked
from ..program.templates import template_of
from ..program.trouble import RequestError
from ..query.dispatch import DispatchTable
from ..query.history import History
from ..query.surroundings import Reason
from ..query.tracepoint import Tracepoint
from ..values.presentation import Presentation
from ..values.rendering import error_text
from ..wire.records import Records
from .hook import BreakpointHook
from .loaded import Loads
from .outcomecache import OutcomeCache
from .pausing import Pausing
from .refs import Refs
from .stepping import NodeStep, Statements, Step, describe_return, numbered
from .targets import jump
from .uncaught import Uncaught
from .watches import Watches

NOBODY, MINE, ALL = range(3)

Wish = Tuple[str, str]
"""Why a line should stop its thread: a reason ("" parks in silence), and a text."""


class Attention(Protocol):
    """What the backend has for steps and pauses: a Stepper, or a TraceSteps."""

    def attend(self, reach: int, codes: Iterable[CodeType], leaving: bool) -> None:
        """Ask for the lines of all code or the person's, for all of some code, and for frames that exceptions leave."""

    def stop(self) -> None:
        """Ask for nothing any more."""

    def restart(self) -> None:
        """Start afresh in a forked child."""


class ThreadControl:
    """Made once for each process. Its lock is held for short sections that run no code of the program."""

    def __init__(
        self,
        source_index: SourceIndex,
        records: Records,
        run: RunState,
        plans: Mapping[int, DispatchTable],
        tell: Callable[[Mapping[str, Any]], Any],
    ) -> None:
        """plans: what is asked in each code object that was seen, by its id."""
        self.source_index = source_index
        self.records = records
        self.run = run
        self.plans = plans
        self.tell = tell
        self.at_stop: Callable[[], None] = _nothing
        self.attention: Optional[Attention] = None
        self.lock = allocate_lock()
        self.refs = Refs()
        self.sources = Sources(source_index)
        self.statements = Statements(source_index)
        self.just_my_code = JustMyCode(source_index)
        self.settled = OutcomeCache(self.just_my_code)
        self.epoch = 0
        self.parked: Dict[int, Parked] = {}
        self.steps: Dict[int, Step] = {}
        self.spent: Dict[int, Tuple[int, int]] = {}
        """By thread: the frame and instruction of a line's event at which a tracepoint has stopped it."""
        self.stood: Dict[int, Tuple[int, int]] = {}
        """By thread: the same of a stop at a line whose place has tracepoints of its own: they are asked next."""
        self.free: Set[int] = set()
        self.halting = False
        self.pausing = Pausing(self.just_my_code, source_index, tell)
        self.closed = False
        self.served = False
        self.watches = Watches(run, self.facts, self.hit)
        self.history = History()
        self.hook = BreakpointHook(self.stop_after)
        self.ends = Uncaught(self.just_my_code, run, self.facts, self.hit)
        self.loads: Optional[Loads] = None
        self.configure({})

    def begin(self, attention: Attention, at_stop: Callable[[], None]) -> None:
        """Let threads be stopped and stepped; at_stop: done before a stop is told, what is shown then is to be the latest."""
        self.attention, self.at_stop = attention, at_stop

    def configure(self, config: Mapping[str, Any], first: bool = True) -> None:
        """Take what the configuration says; a child process (not first) has no entry to stop at."""
        self.served = bool(config.get("stops"))
        self.stop_all = bool(config.get("stop_all", True))
        self.return_values = bool(config.get("return_values", True))
        self.presentation = Presentation(config.get("presentation"))
        self.exit_codes: Optional[List[Tuple[int, int]]] = None
        """Ranges of the codes with which a SystemExit is an exception like any other; None: all but 0."""
        if isinstance(config.get("exit_codes"), list):
            self.exit_codes = [(int(first), int(last)) for first, last in config["exit_codes"]]
        self.just_my_code.configure(config)
        self.settled.forget()
        self.loads = Loads(self.just_my_code, self.sources) if config.get("loads") else None
        if config.get("stop_on_entry") and self.served and first:
            self.steps[get_ident()] = Step("entry", None, 0, None, False, "entry")
        if self.served:
            self.hook.take()

    def stop_after(self, frame: FrameType) -> None:
        """Stop the current thread at the next line of a frame that called us: the program has asked for it."""
        if not self.closed:
            self.steps[get_ident()] = Step("next", frame, 0, None, False, "breakpoint")
            self.attend()

    def keep(self, code: Optional[CodeType], text: Optional[str]) -> None:
        """Take the code that the command line runs as the person's, and remember its text where it is nowhere else."""
        self.just_my_code.keep(code)
        if code is not None and text is not None:
            self.sources.keep(code.co_filename, text)

    def prepare(self, points: Sequence[Tracepoint]) -> None:
        """Take the tracepoints that ask as they are now."""
        self.ends.prepare(points)
        for point in points:
            if point.exceptions is not None and not point.codes:
                point.found(0)  # armed, wherever that is
        if not any(point.exceptions is not None and point.exceptions.when == "silenced" for point in points):
            self.history.ran.clear()
        self.watches.arm([point for point in points if point.data is not None])
        self.attend()

    def facts(self, frame: FrameType) -> CodeFacts:
        """Return the facts of a frame's code."""
        plan = self.plans.get(id(frame.f_code))
        return plan.facts if plan is not None else self.source_index.facts(frame.f_code, frame.f_globals)

    def restart(self) -> None:
        """Start afresh in a forked child: the other threads are gone, and nobody has asked this one for a step."""
        self.lock = allocate_lock()
        self.refs.restart()
        self.parked, self.steps, self.spent, self.stood, self.free = {}, {}, {}, {}, set()
        self.halting, self.closed = False, False
        self.pausing.over()
        self.history.ran.clear()
        if self.attention is not None:
            self.attention.restart()
        self.attend()

    # What is wanted of the backend.

    @property
    def reach(self) -> int:
        """Whose lines may have to stop a thread, besides those of the code that steps are in."""
        if self.pausing.on or self.watches.everywhere or self.halting and self._others():
            return ALL
        return MINE if any(step.everywhere for step in list(self.steps.values())) else NOBODY

    def _others(self) -> bool:
        return any(ident not in self.parked and ident != guest.reader_ident() for ident in glance.idents())

    def codes(self) -> List[CodeType]:
        """Return the code whose lines, returns and yields are wanted."""
        found = [code for step in list(self.steps.values()) for code in step.codes]
        return found + self.watches.codes()

    def steps_over(self, frame: FrameType) -> bool:
        """Report whether a frame is one whose calls are stepped over by its thread, and what those return is wanted."""
        step = self.steps.get(get_ident())
        return self.return_values and step is not None and step.how != "out" and step.is_at(frame)

    def attend(self) -> None:
        """Have the backend ask for what is wanted now."""
        if self.attention is not None:
            self.attention.attend(self.reach, self.codes(), bool(self.steps) or self.ends.wanted)

    # Called in callbacks, by the threads of the program.

    def at_line(self, frame: FrameType, line: int) -> Optional[Wish]:
        """Return why a thread should stop at a line that is about to run; None: it should not."""
        ident = get_ident()
        if self.closed or ident == guest.reader_ident() or guest.is_ours(frame.f_code):
            return None
        if self.run.ending and guest.is_machinery(frame):
            return None
        step = self.steps.get(ident)
        if step is not None and step.ends_at(frame, line, self.just_my_code):
            return step.reason, ""
        if self.pausing.wants(ident):
            return "pause", self.pausing.text
        if self.halting and ident not in self.free:
            return "", ""
        return None

    def wished(self, frame: FrameType, kind: int, wish: Wish) -> None:
        """Stop as at_line said."""
        parked = Parked(self.records.thread_id(), frame, kind, *wish)
        if self._park(parked):
            self._wait(parked)

    def line(self, frame: FrameType, line: int) -> bool:
        """A line is about to run: stop at it, if that is wanted. Returns whether no step will ever end in that code."""
        template = template_of(frame.f_code, frame.f_globals)
        if template is not None:
            shown = template.line(line, frame.f_code.co_firstlineno)
            if line not in template.begins(frame.f_code, event_lines(frame.f_code)).get(shown, ()):
                return False  # it goes on within a line of the template
            line = shown
        ident = get_ident()
        spent = self.spent.pop(ident, None)
        if spent == (id(frame), frame.f_lasti):
            return False  # a tracepoint has stopped the thread in this very event
        if self.watches.points:
            self.watches.look(frame, line)
        elif not self.halting and not self.pausing.on:
            if not self.just_my_code.code(frame.f_code):
                step = self.steps.get(ident)
                if step is None or not step.concerns(frame):
                    return step is None or frame.f_code is not step.code
        wish = self.at_line(frame, line)
        if wish is not None:
            self.wished(frame, LINE, wish)
        return False

    def look(self, event: Event, ids: Sequence[int]) -> None:
        """An action wants its thread to stop once all that is asked at the event is done."""
        event.stops = (*event.stops, *ids)

    def left(self, frame: FrameType, how: str, value: Any, trace: Any = None) -> None:
        """A frame is being left ("return", "yield", "unwind"): a step out of it may end in the frame around.

        The value is the exception that leaves it, where one does, with a traceback where the exception has none.
        """
        if self.watches.points and how != "yield":
            self.watches.left(frame)
        if how == "unwind" and self.ends.wanted and value is not None and not self.closed:
            self.ends.unwound(frame, value, trace or guest.traceback_of(value))
        step = self.steps.get(get_ident())
        if step is None or self.closed:
            return
        if how == "return" and self.return_values and step.called(frame):
            step.returns(frame, value)
        if not step.is_at(frame):
            return
        before = list(map(id, step.codes))
        stop_in = step.left(frame, how, self.just_my_code)
        if stop_in is None:
            if step.over:
                self.steps.pop(get_ident(), None)
            if list(map(id, step.codes)) != before or step.over:
                self.attend()
            return
        parked = Parked(self.records.thread_id(), stop_in, CALL, step.reason)
        if self._park(parked):
            if self.return_values and how == "return":
                parked.returns(describe_return(frame), value)
            self._wait(parked)

    def is_news(self, error: BaseException) -> bool:
        """Note that an exception is told of that leaves its thread; False if it was already."""
        return self.ends.tell(error)

    def hit(self, event: Event, ids: Sequence[int], why: Optional[Reason]) -> None:
        """Tracepoints want their thread to stop at an event; why: the first of them."""
        about = why.exceptions if why is not None else None
        reason = why.stop_reason if why is not None else "breakpoint"
        text, exception, description = "", None, ""
        if event.kind_number == EXCEPTION:
            exception = event.arg[1]
            text = error_text(exception)
            if getattr(event, "change", ""):
                text += ", swallowed at " + event.change
            description = "%s: %s" % (about.description if about is not None else "Exception", text)
        elif why is not None and why.data is not None:
            text = getattr(event, "change", "")
        parked = Parked(
            self.records.thread_id(),
            event.frame,
            event.kind_number,
            reason,
            text,
            ids,
            description,
            exception,
            about.mode if about is not None else "",
            getattr(event, "dead_trace", None),
            event.arg[2] if exception is not None else None,
        )
        if not self._park(parked):
            return
        self._wait(parked)
        if event.kind_number == LINE:
            self.spent[parked.ident] = (id(event.frame), event.frame.f_lasti)

    def _park(self, parked: Parked) -> bool:
        """Have the current thread stop as that says; False where it is not to."""
        with self.lock:
            if parked.reason == "pause" and not self.pausing.on:
                parked.follow()  # another thread was first
            if self.closed or not parked.reason and (not self.halting or parked.ident in self.free):
                return False
            step = self.steps.pop(parked.ident, None)
            if step is not None and step.is_at(parked.frame):
                parked.keep(numbered(step.returned))
            self.free.discard(parked.ident)
            self.parked[parked.ident] = parked
            if parked.reason:
                self.epoch += 1
                self.pausing.over()
                self.halting = self.halting or self.stop_all
        return True

    def past(self, frame: FrameType, offset: int) -> bool:
        """What begins within a line is judged: report whether the current thread was stopped in that very place just now."""
        return self.stood.pop(get_ident(), None) == (id(frame), offset)

    def line_is_over(self) -> None:
        """What came at the line's own event, in the current thread, is over."""
        self.spent.pop(get_ident(), None)

    def tell_stopped(self, parked: Parked) -> None:
        self.at_stop()
        self.tell(
            {
                "t": "stopped",
                "thread": parked.number,
                "reason": parked.reason,
                "tracepoints": list(parked.tracepoints),
                "text": parked.text,
                "description": parked.description,
                "all": self.halting,
                "epoch": self.epoch,
            }
        )

    def _wait(self, parked: Parked) -> None:
        if parked.kind == LINE:
            plan = self.plans.get(id(parked.frame.f_code))
            if plan is not None and parked.frame.f_lasti in plan.points:
                self.stood[parked.ident] = id(parked.frame), parked.frame.f_lasti
        try:
            self.attend()
            if parked.reason and self.parked.get(parked.ident) is parked:  # else it was let go with the others meanwhile
                self.tell_stopped(parked)
            parked.serve()
        except BaseException:
            # What a signal handler raised belongs to the program; it has to be able to end.
            self.resume_all(parked.number)
            raise
        finally:
            parked.settle()

    # Called by the reader's thread.

    def find(self, number: Any) -> Parked:
        """Return the parked thread of that number. Raises Trouble."""
        for parked in list(self.parked.values()):
            if parked.number == number:
                return parked
        raise RequestError("thread %s is not stopped" % number)

    def main(self) -> Optional[Parked]:
        """Return the main thread if it is parked, else any that is."""
        found = self.parked.get(main_ident() or 0)
        return found or next(iter(list(self.parked.values())), None)

    def resume(
        self, number: Any, how: str, every: bool, target: int, by_line: bool, task: Optional[FrameType] = None
    ) -> Tuple[bool, Callable[[], None]]:
        """Prepare a thread, or all, to go on; a step may be one of a suspended task's frame. Returns whether all do, and what lets them go."""
        parked = self.find(number)
        with self.lock:
            every = every or len(self.parked) == 1 and not self.halting
            going = list(self.parked.values()) if every else [parked]
            for one in going:
                del self.parked[one.ident]
            if how != "continue":
                suspended = Step(how, task, task.f_lineno or 0, None, False) if task is not None else None
                self.steps[parked.ident] = suspended or self._step(parked, how, target, by_line)
            if every:
                self.halting = False
                self.pausing.over()
                self.free.clear()
            else:
                self.free.add(parked.ident)
        return every, lambda: self._release(going, every)

    def _release(self, going: Sequence[Parked], every: bool) -> None:
        for one in going:
            self.refs.forget(one.ident)
            if one.stuck:
                self.tell({"t": "notice", "text": "%s goes on when the call that it is blocked in returns: that was evaluated in "
                           "it, and nothing can end it from outside." % thread_name(one.ident)})  # fmt: skip
        if every:
            self.refs.forget(0)
        self.attend()
        for one in going:
            one.jobs.put(None)

    def _step(self, parked: Parked, how: str, target: int, by_line: bool) -> Step:
        frame = parked.frame
        if parked.kind == RETURN or parked.trace is not None:
            around = frame.f_back  # this frame has run all that it will
            while around is not None and not self.just_my_code.frame(around):
                around = around.f_back
            return Step("in" if how == "in" else "next", around, 0, None, False)
        place = place_of(frame) if how in ("next", "in") else None
        if place is not None:
            home = frame.f_back
            while home is not None and not self.just_my_code.frame(home):
                home = home.f_back
            return NodeStep(how, frame, place, home)
        line = self.facts(frame).line(frame.f_lineno or 0)
        statement = (line, line) if by_line or parked.kind != LINE else self.statements.around(frame, line)
        return Step(how, frame, line, statement, self.statements.loops(frame, line), target=target - 1 if how == "in" else -1)

    def resume_all(self, number: int = 0) -> None:
        """Let everybody go, unasked."""
        with self.lock:
            going = list(self.parked.values())
            self.parked.clear()
            self.steps.clear()
            self.free.clear()
            self.halting = False
            self.pausing.over()
        if going:
            self.tell({"t": "continued", "thread": number or going[0].number, "all": True})
        self.refs.clear()
        self.attend()
        for one in going:
            one.jobs.put(None)

    def close(self) -> None:
        """Nobody will resume anybody any more: nothing stops from now on."""
        with self.lock:
            self.closed = True
        self.hook.give_back()
        self.resume_all()
        if self.attention is not None:
            self.attention.stop()

    def go_to(self, parked: Parked, line: int) -> None:
        """Let a parked thread go on elsewhere in its function; in that thread. It stays parked. Raises Trouble."""
        if parked.kind != LINE or parked.trace is not None:
            raise RequestError("a jump is possible only where the thread is about to run a line")
        jump(parked.frame, line)
        self.refs.forget(parked.ident)
        parked.moved()
        with self.lock:
            self.epoch += 1

    def pause(self, number: Any) -> None:
        """Stop one thread, or all, at the next line."""
        if self.halting:
            return
        ident = 0
        if number:
            ident = next((i for i, n in self.records.numbers.items() if n == number), 0)
            if ident in self.parked:
                return
        self.pausing.ask(ident, self.stop_all)
        self.attend()

    def pause_here(self) -> None:
        """Have the current thread stop at its next line: the program has asked for it."""
        self.pausing.ask(get_ident(), False, False)
        self.attend()

    def tell_loads(self) -> None:
        """Tell of modules and sources that are new, where somebody asks."""
        news = self.loads.news() if self.loads is not None else None
        if news is not None:
            self.tell(news)

    # Evaluations that need other threads.

    def holds_others(self, ident: int) -> bool:
        """Report whether threads besides that one stand still, or would at their next line, because the program is stopped."""
        return self.halting and any(one not in (ident, guest.reader_ident()) for one in glance.idents())

    @contextmanager
    def others_running(self, parked: Parked) -> Iterator[None]:
        """Let the threads run that stand still for another's sake, while something is evaluated in a parked one."""
        with self.lock:
            were, self.halting = self.halting, False
            going = [one for one in self.parked.values() if not one.reason and one is not parked]
            for one in going:
                del self.parked[one.ident]
        self._release(going, False)
        try:
            yield
        finally:
            with self.lock:
                # It may have been told to go on meanwhile, and the others with it.
                self.halting = self.halting or were and self.parked.get(parked.ident) is parked
            self.attend()

    def tick(self) -> None:
        """Forget the steps of threads that have ended; explain a pause that nothing has obeyed."""
        for ident in [one for one in list(self.steps) if one not in glance.idents()]:
            self.steps.pop(ident, None)
            self.attend()
        self.pausing.tick(self.lock)

    def hand_over(self, parked: Optional[Parked], job: Job[Parked]) -> None:
        """Have a parked thread do a job."""
        if parked is None:
            raise RequestError("no thread is stopped")
        parked.give(job)


__all__ = ["ThreadControl"]


def _nothing() -> None:
    pass
