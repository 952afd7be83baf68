"""The stops of one process: at which events its threads park, and what becomes of them then.

A thread parks inside the callback of the event it stopped at. Requests come from
the reader's thread: it looks at parked threads itself, and hands over what has
to run in them.
"""

from __future__ import annotations

from _thread import get_ident
from contextlib import contextmanager
from types import CodeType, FrameType
from typing import Any, Callable, Iterator, List, Mapping, Optional, Sequence, Tuple

from ..base import glance, guest
from ..base.locate import event_lines
from ..program.event import CALL, LINE, Event, RunState, thread_name
from ..program.fields import CodeFacts, SourceIndex
from ..program.jobs import Job
from ..program.justmycode import JustMyCode, Sources
from ..program.parking import Parked
from ..program.templates import template_of
from ..program.trouble import RequestError
from ..query.dispatch import DispatchTable
from ..query.history import History
from ..query.outcomecache import OutcomeCache
from ..query.surroundings import Reason
from ..query.tracepoint import Tracepoint
from ..values.presentation import Presentation
from ..wire.records import Records
from .attention import ALL_CODE, NO_CODE, PERSONS_CODE, Attention
from .hook import BreakpointHook
from .lineplace import LinePlace
from .loaded import Loads
from .pausing import Pausing
from .refs import Refs
from .stepping import Statements, Step, describe_return, step_from
from .stoppedthreads import StoppedThreads
from .stopreason import Wish, parked_at, stopped_message
from .targets import jump
from .uncaught import Uncaught
from .watches import Watches


class ThreadControl:
    """Decides at events whether a thread stops, and does what requests ask of stopped threads. One for each process."""

    def __init__(
        self,
        source_index: SourceIndex,
        records: Records,
        run: RunState,
        dispatches: Mapping[int, DispatchTable],
        tell: Callable[[Mapping[str, Any]], Any],
    ) -> None:
        """dispatches: what is asked in each code object that was seen, by its id."""
        self.source_index = source_index
        self.records = records
        self.run = run
        self.dispatches = dispatches
        self.tell = tell
        self.at_stop: Callable[[], None] = _nothing
        self.attention: Optional[Attention] = None
        self.refs = Refs()
        self.sources = Sources(source_index)
        self.statements = Statements(source_index)
        self.just_my_code = JustMyCode(source_index)
        self.outcomes = OutcomeCache(self.just_my_code)
        self.pausing = Pausing(self.just_my_code, source_index, tell)
        self.threads = StoppedThreads(self.pausing)
        self.parked, self.steps = self.threads.parked, self.threads.steps  # looked up at every event
        self.line_place = LinePlace()
        self.past, self.line_is_over = self.line_place.past, self.line_place.line_is_over
        self.find, self.main, self.holds_others = self.threads.find, self.threads.main, self.threads.holds_others
        self.served = False
        self.watches = Watches(run, self.facts, self.hit)
        self.history = History()
        self.hook = BreakpointHook(self.stop_after)
        self.uncaught = Uncaught(self.just_my_code, run, self.facts, self.hit)
        self.loads: Optional[Loads] = None
        self.configure({})

    def begin(self, attention: Attention, at_stop: Callable[[], None]) -> None:
        """Let threads be stopped and stepped; at_stop: called before a stop is told, so that counts and samples are up to date then."""
        self.attention, self.at_stop = attention, at_stop

    def configure(self, config: Mapping[str, Any], first: bool = True) -> None:
        """Take what the configuration says; a child process (not first) has no entry to stop at."""
        self.served = bool(config.get("stops"))
        self.stop_all = bool(config.get("stop_all", True))
        self.return_values = bool(config.get("return_values", True))
        self.presentation = Presentation(config.get("presentation"))
        codes = config.get("exit_codes")
        self.exit_codes: Optional[List[Tuple[int, int]]] = [(int(a), int(b)) for a, b in codes] if isinstance(codes, list) else None
        self.just_my_code.configure(config)
        self.outcomes.forget()
        self.loads = Loads(self.just_my_code, self.sources) if config.get("loads") else None
        if config.get("stop_on_entry") and self.served and first:
            self.steps[get_ident()] = Step("entry", None, 0, None, False, "entry")
        if self.served:
            self.hook.take()

    def stop_after(self, frame: FrameType) -> None:
        """Stop the current thread at the next line of a frame that called us: the program has asked for it."""
        if not self.threads.closed:
            self.steps[get_ident()] = Step("next", frame, 0, None, False, "breakpoint")
            self.attend()

    def keep(self, code: Optional[CodeType], text: Optional[str]) -> None:
        """Take the code of -c or standard input as the person's, and remember its text: the interpreter keeps none."""
        self.just_my_code.keep(code)
        if code is not None and text is not None:
            self.sources.keep(code.co_filename, text)

    def prepare(self, points: Sequence[Tracepoint]) -> None:
        """Take the tracepoints that ask as they are now."""
        self.uncaught.prepare(points)
        for point in points:
            if point.exceptions is not None and not point.codes:
                point.found(0)  # armed, wherever that is
        if not any(point.exceptions is not None and point.exceptions.when == "silenced" for point in points):
            self.history.ran.clear()
        self.watches.arm([point for point in points if point.data is not None])
        self.attend()

    def facts(self, frame: FrameType) -> CodeFacts:
        """Return the facts of a frame's code."""
        dispatch = self.dispatches.get(id(frame.f_code))
        return dispatch.facts if dispatch is not None else self.source_index.facts(frame.f_code, frame.f_globals)

    def restart(self) -> None:
        """Start afresh in a forked child: the other threads are gone, and nobody has asked this one for a step."""
        self.refs.restart()
        self.threads.restart()
        self.line_place.restart()
        self.history.ran.clear()
        if self.attention is not None:
            self.attention.restart()
        self.attend()

    # What is wanted of the backend.

    @property
    def reach(self) -> int:
        """In whose code lines may have to stop a thread, besides the code that steps are in."""
        if self.pausing.on or self.watches.everywhere or self.threads.awaited:
            return ALL_CODE
        return PERSONS_CODE if any(step.everywhere for step in list(self.steps.values())) else NO_CODE

    def codes(self) -> List[CodeType]:
        """Return the code whose lines, returns and yields are wanted."""
        found = [code for step in list(self.steps.values()) for code in step.codes]
        return found + self.watches.codes()

    def steps_over(self, frame: FrameType) -> bool:
        """Report whether the current thread steps over the calls of a frame, and shows what they return."""
        step = self.steps.get(get_ident())
        return self.return_values and step is not None and step.how != "out" and step.is_at(frame)

    def attend(self) -> None:
        """Have the backend ask for what is wanted now."""
        if self.attention is not None:
            self.attention.attend(self.reach, self.codes(), bool(self.steps) or self.uncaught.wanted)

    # Called in callbacks, by the threads of the program.

    def at_line(self, frame: FrameType, line: int) -> Optional[Wish]:
        """Return why a thread should stop at a line that is about to run; None: it should not."""
        ident = get_ident()
        if self.threads.closed or ident == guest.reader_ident() or guest.is_ours(frame.f_code):
            return None
        if self.run.ending and guest.is_machinery(frame):
            return None
        step = self.steps.get(ident)
        if step is not None and step.ends_at(frame, line, self.just_my_code):
            return step.reason, ""
        if self.pausing.wants(ident):
            return "pause", self.pausing.text
        if self.threads.has_to_park(ident):
            return "", ""
        return None

    def wished(self, frame: FrameType, kind: int, wish: Wish) -> None:
        """Stop the current thread for the reason that at_line has returned."""
        parked = Parked(self.records.thread_id(), frame, kind, *wish)
        if self.threads.park(parked, self.stop_all):
            self._wait(parked)

    def line(self, frame: FrameType, line: int) -> bool:
        """A line is about to run: stop at it, if that is wanted. Returns whether no step can end in that code object at all."""
        template = template_of(frame.f_code, frame.f_globals)
        if template is not None:
            shown = template.line(line, frame.f_code.co_firstlineno)
            if line not in template.begins(frame.f_code, event_lines(frame.f_code)).get(shown, ()):
                return False  # it goes on within a line of the template
            line = shown
        ident = get_ident()
        if self.line_place.told and self.line_place.is_told(ident, frame):
            return False
        if self.watches.points:
            self.watches.look(frame, line)
        elif not self.threads.halting and not self.pausing.on:
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
        if how == "unwind" and self.uncaught.wanted and value is not None and not self.threads.closed:
            self.uncaught.unwound(frame, value, trace or guest.traceback_of(value))
        step = self.steps.get(get_ident())
        if step is None or self.threads.closed:
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
        if self.threads.park(parked, self.stop_all):
            if self.return_values and how == "return":
                parked.returns(describe_return(frame), value)
            self._wait(parked)

    def is_news(self, error: BaseException) -> bool:
        """Note that an exception is told of that leaves its thread; False if it was already."""
        return self.uncaught.tell(error)

    def hit(self, event: Event, ids: Sequence[int], why: Optional[Reason]) -> None:
        """Tracepoints want their thread to stop at an event; why: the first of them."""
        parked = parked_at(self.records.thread_id(), event, ids, why)
        if not self.threads.park(parked, self.stop_all):
            return
        self._wait(parked)
        if event.kind_number == LINE:
            self.line_place.tell(parked.ident, event.frame)

    def tell_stopped(self, parked: Parked) -> None:
        """Tell that a thread has stopped."""
        self.at_stop()
        self.tell(stopped_message(parked, self.threads.halting, self.threads.epoch))

    def _wait(self, parked: Parked) -> None:
        if parked.kind == LINE:
            dispatch = self.dispatches.get(id(parked.frame.f_code))
            if dispatch is not None and parked.frame.f_lasti in dispatch.points:
                self.line_place.stand(parked.ident, parked.frame)
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

    def resume(
        self, number: Any, how: str, every: bool, target: int, by_line: bool, task: Optional[FrameType] = None
    ) -> Tuple[bool, Callable[[], None]]:
        """Prepare a thread, or every one, to go on; task: the frame of a suspended task, if the step is that task's. Returns whether all go on,
        and the function that lets them go."""
        parked = self.find(number)
        step: Optional[Step] = None
        if how != "continue" and task is not None:
            step = Step(how, task, task.f_lineno or 0, None, False)
        elif how != "continue":
            step = step_from(parked, how, target, by_line, self.statements, self.just_my_code, self._shown_line)
        every, going = self.threads.let_go(parked, every, step)
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

    def _shown_line(self, frame: FrameType) -> int:
        return self.facts(frame).line(frame.f_lineno or 0)

    def resume_all(self, number: int = 0) -> None:
        """Let all threads go on without being asked: nobody can ask any more."""
        going = self.threads.let_all_go()
        if going:
            self.tell({"t": "continued", "thread": number or going[0].number, "all": True})
        self.refs.clear()
        self.attend()
        for one in going:
            one.jobs.put(None)

    def close(self) -> None:
        """Let all threads go on, and stop none from now on: nobody is there to resume them."""
        self.threads.close()
        self.hook.give_back()
        self.resume_all()
        if self.attention is not None:
            self.attention.stop()

    def go_to(self, parked: Parked, line: int) -> None:
        """Send a parked thread to another line of its function, called in that thread, which stays parked. Raises RequestError."""
        if parked.kind != LINE or parked.trace is not None:
            raise RequestError("a jump is possible only where the thread is about to run a line")
        jump(parked.frame, line)
        self.refs.forget(parked.ident)
        parked.moved()
        self.threads.show_anew()

    def pause(self, number: Any) -> None:
        """Stop one thread, or all, at the next line."""
        if self.threads.halting:
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

    @contextmanager
    def others_running(self, parked: Parked) -> Iterator[None]:
        """Let the threads run that stand still only because another has stopped, while something is evaluated in a parked one."""
        were, going = self.threads.let_others_go(parked)
        self._release(going, False)
        try:
            yield
        finally:
            if were:
                self.threads.halt_again(parked)
            self.attend()

    def tick(self) -> None:
        """Forget the steps of threads that have ended; explain a pause that nothing has obeyed."""
        for ident in [one for one in list(self.steps) if one not in glance.idents()]:
            self.steps.pop(ident, None)
            self.attend()
        self.pausing.tick(self.threads.lock)

    def hand_over(self, parked: Optional[Parked], job: Job[Parked]) -> None:
        """Have a parked thread do a job."""
        if parked is None:
            raise RequestError("no thread is stopped")
        parked.give(job)


def _nothing() -> None:
    pass


__all__ = ["ThreadControl"]
