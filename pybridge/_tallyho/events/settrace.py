"""The backend on sys.settrace: all that Python below 3.12 has.

The global trace function stays installed from the start, because a thread's trace function can be set by that thread
alone: a frame about which nothing is asked costs one call of it, and nothing per line.

The file is long because its functions run at the program's own depth, near its recursion limit too: each call of
another object's method would be one more frame that the program has not asked for.
"""

from __future__ import annotations

import sys
import threading
from _thread import get_ident
from types import FrameType
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Protocol, Tuple, Union

from ..base import fastlocals, guest
from ..base.behaviour import C_COUNTS_AS_DEPTH, FREE_THREADED
from ..base.tallied import typed_name
from ..program.event import CALL, EXCEPTION, LINE, RETURN, Calls, main_ident
from ..program.mainthread import in_main_thread
from ..query.dispatch import NO_CALLS, DispatchTable, Entry
from ..query.outcomecache import OutcomeCache
from ..query.tracepointtable import TracepointTable
from .cfunctions import Profiler
from .eventfilter import EventFilter, NativeEventFilter
from .frameplace import at_return_op
from .keeptracing import MUCH_ROOM, NOT_OURS, ROOM, STEP, FrameState, KeepTracing, MissedEvents, deaf, fall_of, giver_of
from .untraced import UntracedThreads

AT_ONCE = "Without the GIL, threads that sys.settrace traces count at once, and some hits are lost: counts are lower bounds."

PATIENCE = 1.0
"""Seconds for which the end waits for another thread that counts what was noted: nothing is counted afterwards."""

NOT_RUN_BY_US = (
    "Something else came to run Python's frames (PEP 523): what ran at first was perhaps neither counted nor traced, "
    "and counts are lower bounds."
)

if TYPE_CHECKING:
    from ..tally.frameevents import FrameEvents
    from ..tally.tally import Tally

_settrace = sys.settrace
_setprofile = sys.setprofile
_getprofile = sys.getprofile
_threading_settrace: Any = threading.settrace
_threading_setprofile = threading.setprofile
_let_go = fastlocals.let_go

TraceFunction = Callable[[FrameType, str, Any], Any]


class Stepping(Protocol):
    """What is wanted of the trace functions for steps and pauses (tracesteps.py)."""

    def wants(self, frame: FrameType) -> bool:
        """Report whether a frame is to be traced, by line."""


class SetTrace:
    """The trace functions of this process."""

    def __init__(self, table: TracepointTable, outcomes: OutcomeCache) -> None:
        self.table = table
        self.outcomes = outcomes
        self.dispatches: Dict[int, DispatchTable] = table.dispatches
        self.tally: Optional[Tally] = None
        self.frames: Optional[FrameEvents] = None
        """What the tally does at events; None where nothing is counted."""
        self.counting = False
        self.on = False
        self.backlog = MissedEvents(self._count)
        self.owed: Dict[int, BaseException] = {}
        """Thread's ident -> what a signal handler raised at an exception's event, where CPython would lose it."""
        self.filter = EventFilter()
        self.revision = 1
        """Of what is asked: what an event has looked up in one is not kept for the next, which another thread may begin meanwhile."""
        self._trace_by(self.trace)
        self.profiler = Profiler(table.source_index, table.run, table.dispatches, table.charge)
        self.profiling = False
        """Whether C functions are asked about: by a profile function, which each thread sets for itself."""
        self.lost = False
        self.doubt = ""
        """Why counts are lower bounds."""
        self.leaving: Optional[BaseException] = None
        self.home = 0
        """The thread in which it began."""
        self.untraced = UntracedThreads(self.dispatches, self.is_traced, self.told_of, SetTrace.trace.__code__)
        self.stepping: Optional[Stepping] = None
        self.attentive: Optional[Callable[[FrameType, str, Any, Any], Any]] = None
        """Sees each event after the tracepoints have: for steps and pauses."""

    def _trace_by(self, function: TraceFunction) -> None:
        self.function = function
        self.giver = giver_of(function)
        self.fall = fall_of(function)

    def start(self, tally: Optional[Tally], native: Any = None, native_raw: Any = None) -> None:
        """Begin to trace this thread and those started from now on; native: the accelerator's Tracer."""
        self.tally = tally
        self.frames = tally.frames if tally is not None else None
        if native is not None:
            count = self.table.run.count
            in_c = (count,) if type(count) is not Calls else ()
            native.bind(self.trace, self.backlog.noted, self.owed, *in_c)
            self.filter = NativeEventFilter(native, self.frames, bool(in_c))
            self.table.listen(self._asked_less)
            self._trace_by(native)
        self.on = True
        self._heed()
        self.home = get_ident()
        if FREE_THREADED:
            self.doubt = AT_ONCE
        self.replan()
        _threading_settrace(self.function)
        everywhere = getattr(threading, "settrace_all_threads", None)
        if everywhere is not None:
            everywhere(self.function)
        if self.profiling:
            _setprofile(self.profile)
        _settrace(self.function)
        self.filter.untrace("greenlet" not in sys.modules)

    def step_by(self, stepping: Stepping) -> None:
        """Have frames traced for steps and pauses as well."""
        self.stepping = stepping

    def attend_by(self, attentive: Optional[Callable[[FrameType, str, Any, Any], Any]]) -> None:
        """Have each event shown to a callable after the tracepoints have seen it; None: to none."""
        self.attentive = attentive
        self._heed()

    def _heed(self) -> None:
        """Have each event seen in Python, or not: C sees none of what this asks about."""
        self.filter.leave_all(not self.on or self.lost or self.attentive is not None or self.leaving is not None)

    def stop(self) -> None:
        """Trace nothing more; threads that run let go at their next event."""
        self._catch_up(PATIENCE)
        if self.on and get_ident() == self.home and sys.gettrace() is not self.function:
            self.doubt = NOT_OURS
        self.on = False
        self._heed()
        self.filter.forget()
        self.filter.untrace(False)
        self._profile_all(False)
        _threading_settrace(None)
        if sys.gettrace() is self.function:
            _settrace(None)
        # A frame's own function would stay as long as the frame.
        for top in sys._current_frames().values():
            at: Optional[FrameType] = top
            while at is not None:
                if getattr(at.f_trace, "__self__", None) in (self, self.stepping):
                    at.f_trace = None
                at = at.f_back

    def settle(self) -> None:
        """See whether the threads that run are traced yet. Called now and then by the reader's thread."""
        found = self.untraced.look(self.on and not self.lost)
        if found:
            self.doubt = NOT_OURS
            if main_ident() in found:
                in_main_thread(self._take_back)
        if self.filter.frames_taken():
            self.doubt = NOT_RUN_BY_US

    def _take_back(self) -> None:
        if self.on and sys.gettrace() is None and not is_in_trace_function():
            _settrace(self.function)
            self._rearm_frames()

    def restart(self) -> None:
        """Start afresh in a forked child: nothing is held."""
        self.backlog.restart()
        self._renew_hand()

    def _asked_less(self) -> None:
        """A tracepoint may ask nothing more, and C is not to ask for it."""
        if self.table.untidy:
            self.filter.forget()

    def _renew_hand(self) -> None:
        """Nothing that is known of what concerns nobody is good any more; called once it is decided what is asked now."""
        self.revision += 1
        self.filter.forget()

    def unseen(self, work: Callable[[], None]) -> None:
        """Do work of ours in a thread of the program, outside of callbacks, without an event of it."""
        ours = sys.gettrace() is self.function
        if ours:
            _settrace(None)
        try:
            work()
        finally:
            if ours and self.on and sys.gettrace() is None:
                _settrace(self.function)

    def replan(self) -> None:
        """Take the tracepoints as they are now, for all code seen so far and for the frames that run it."""
        self.counting = self.table.wants_calls()
        for dispatch in list(self.dispatches.values()):
            code = dispatch.ref()
            if code is not None:
                self.table.renew(dispatch, code)
        self._profile_all(self.table.wants_c_calls())
        self._renew_hand()
        if self.on:
            self._rearm_frames()

    def _profile_all(self, wanted: bool) -> None:
        """Have threads started from now on report C functions, or not; those that run follow at their next event."""
        if wanted != self.profiling:
            self.profiling = wanted
            _threading_setprofile(self.profile if wanted else None)

    def rearm(self) -> None:
        """Have the frames that run traced as is wanted now."""
        self._rearm_frames()

    def _rearm_frames(self) -> None:
        # A frame's own trace function may be set from any thread; it is asked
        # as long as its thread has a global one.
        for ident, top in sys._current_frames().items():
            if ident == guest.reader_ident():
                continue
            at: Optional[FrameType] = top
            while at is not None:
                dispatch = self._dispatch_of(at)
                if dispatch is not None:
                    self._rearm_frame(at, dispatch)
                at = at.f_back

    def _rearm_frame(self, frame: FrameType, dispatch: DispatchTable) -> None:
        if self.stepping is not None and self.stepping.wants(frame):
            frame.f_trace, frame.f_trace_lines = self.function, True
            return
        frame.f_trace = self._local(dispatch)
        if frame.f_trace is not None:
            frame.f_trace_lines = self._wants_lines(dispatch)

    def _dispatch_of(self, frame: Union[FrameType, FrameState]) -> Optional[DispatchTable]:
        code = frame.f_code
        dispatch = self.dispatches.get(id(code))
        if dispatch is not None:
            return dispatch
        if guest.is_ours(code):
            return None
        with guest.BlockedSignals():  # what a signal handler raised would leave it half planned, for good
            dispatch = self.table.see(code, frame.f_globals)
            if dispatch.facts.module == "greenlet":
                self.filter.untrace(False)  # it puts a thread on another stack
            tally = self.tally
            path = dispatch.facts.file.path or typed_name(code)
            if tally is not None and path and tally.wants(code, path, dispatch.facts.template):
                dispatch.tally = True
                tally.events(code)
        return dispatch

    def _local(self, dispatch: DispatchTable) -> Optional[TraceFunction]:
        """Return what traces a frame with that dispatch table; None where nothing after its call is wanted."""
        _, line, leave, raised = dispatch.entries
        if line or leave or raised or dispatch.by_line or dispatch.tally:
            return self.function
        return None

    def is_traced(self, dispatch: DispatchTable) -> bool:
        """Report whether frames with that dispatch table are traced after their calls."""
        return self._local(dispatch) is not None

    def told_of(self, frame: int) -> Optional[Tuple[int, int]]:
        """Return the line that the tally was told last of a frame with that id, and another number each time; None: nothing."""
        return self.frames.told_of(frame) if self.frames is not None else None

    @staticmethod
    def _wants_lines(dispatch: DispatchTable) -> bool:
        return bool(dispatch.tally or dispatch.wants_lines)

    @deaf
    def trace(self, frame: FrameType, kind: str, arg: Any) -> Any:
        """The trace function, global and local."""
        try:
            if kind == "call" and self.attentive is None:
                idle = self.dispatches.get(id(frame.f_code))
                if idle is not None and idle.idle == self.revision:
                    isinstance(None, STEP)
                    return None
            if self.backlog.noted:
                self._catch_up()
            if self.leaving is not None:
                self._left_us(kind, arg)
            if self.owed:
                self._pay()
            answer = _HANDLERS[kind](self, frame, arg)
            if self.lost and sys.gettrace() is not self.function:
                answer = frame.f_trace  # a debugger has the frame now
            elif self.attentive is not None and self.on:
                answer = self.attentive(frame, kind, arg, answer)
            _let_go(frame)
            return answer
        except RecursionError:
            # Next to nothing may be called now: what happens is noted.
            if self.table.tracepoints or not C_COUNTS_AS_DEPTH:
                guest.too_deep[0] += 1
            if C_COUNTS_AS_DEPTH and kind == "call":
                try:
                    isinstance(None, STEP)
                except RecursionError:
                    return self.fall()
                noted = self.backlog.noted
                noted += ((frame, kind, frame.f_lineno or 0, frame.f_lasti, arg),)
                return self._scant
        except BaseException as error:
            if kind == "exception" and guest.is_foreign(error):
                self.owed[get_ident()] = error  # the end of an iteration would swallow it
                return None
            if guest.is_foreign(error) and sys.gettrace() is self.function:
                self.leaving = error
                self._heed()
                frame.f_trace = KeepTracing(frame, self.function, self.giver)  # type: ignore[assignment]
                if kind != "line" and frame.f_back is not None and frame.f_back.f_trace is None:
                    frame.f_back.f_trace = self._passing  # the exception comes there next
            guest.leave(error)
        return None

    @deaf
    def _passing(self, frame: FrameType, kind: str, arg: Any) -> None:
        """The trace function of a frame that is not traced, for one event: an exception that went through our trace function comes to it."""
        try:
            frame.f_trace = None
            self._left_us(kind, arg)
            _let_go(frame)
        except RecursionError:
            guest.too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)

    @deaf
    def _scant(self, frame: FrameType, kind: str, arg: Any) -> Any:
        """The trace function of a frame that began near the recursion limit: calls nothing."""
        noted = self.backlog.noted
        noted += ((frame, kind, frame.f_lineno or 0, frame.f_lasti, arg),)

    def _pay(self) -> None:
        error = self.owed.pop(get_ident(), None)
        if error is not None:
            raise error

    def _catch_up(self, patience: float = 0) -> None:
        try:
            self.backlog.settle(patience)
        except RecursionError:
            pass

    def _count(self, then: FrameState, kind: str, arg: Any) -> None:
        """Count an event that was noted; it has no values any more, and no tracepoint is asked about it."""
        dispatch = self._dispatch_of(then)
        if dispatch is not None and dispatch.tally and self.on:
            self.frames.late(then, kind, arg)  # type: ignore[union-attr]

    def _left_us(self, kind: str, arg: Any) -> None:
        """Take our frames out of the traceback of an exception that went through a trace function: at its "exception" events, and at the
        first event after it was caught. At a "return" that it causes, its traceback does not have that frame yet."""
        error = self.leaving
        if error is None or kind == "return":
            return
        if kind == "exception":
            if arg[1] is error:
                guest.without_ours(error, arg[2])
            return
        self.leaving = None
        self._heed()
        guest.without_ours(error)

    def hand_over(self) -> None:
        """A debugger takes this thread's trace function: it is ours again when the debugger lets go."""
        self.lost = True
        self._heed()
        if _getprofile() is None:
            _setprofile(self._when_let_go)

    def _when_let_go(self, frame: FrameType, kind: str, arg: Any) -> None:
        _let_go(frame)
        if sys.gettrace() is None:
            self.lost = False
            self._heed()
            self._again(frame, kind, arg)

    def profile(self, frame: FrameType, kind: str, arg: Any) -> None:
        """The profile function, set while C functions are asked about."""
        try:
            _let_go(frame)
            if not self.profiling:
                _setprofile(None)
            elif kind == "call" or kind == "return":
                self._left_us(kind, arg)
                if self.lost and sys.gettrace() is None:
                    self.lost = False
                    self._heed()
                    self._again(frame, kind, arg)
            else:
                dispatch = self._dispatch_of(frame)
                if dispatch is not None and dispatch.calls is not NO_CALLS:
                    self.profiler.profiled(dispatch, kind, frame, arg)
        except RecursionError:
            guest.too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)

    def _again(self, frame: FrameType, kind: str, arg: Any) -> None:
        _let_go(frame)
        self._left_us(kind, arg)
        if not self.profiling:
            _setprofile(None)
        if not self.on:
            return
        _settrace(self.function)
        at: Optional[FrameType] = frame
        while at is not None:
            dispatch = self.dispatches.get(id(at.f_code))
            if dispatch is not None:
                at.f_trace = self._local(dispatch)
            at = at.f_back

    def _call(self, frame: FrameType, arg: Any) -> Any:
        if not self.on:
            _settrace(None)
            return None
        isinstance(None, STEP if id(frame.f_code) in self.dispatches else MUCH_ROOM)
        dispatch = self._dispatch_of(frame)
        if dispatch is None or get_ident() == guest.reader_ident():
            if get_ident() == guest.reader_ident():
                _settrace(None)  # set there by settrace_all_threads
            return None
        if self.profiling and _getprofile() is None:
            _setprofile(self.profile)
        revision, change = self.revision, self.filter.change
        local = self._local(dispatch)
        if local is not None:
            isinstance(None, ROOM)
        if dispatch.tally:
            self.frames.trace_call(frame)  # type: ignore[union-attr]
        entries = dispatch.entries[CALL]
        if entries:
            self.table.deliver(entries, CALL, frame, dispatch.facts, None, False)
        if self.counting:
            self.table.run.called()
        concerns_nobody = local is None and not (entries or self.counting or self.profiling or self.lost)
        dispatch.idle = revision if concerns_nobody else 0
        lines = self._wants_lines(dispatch)
        if local is not None and not lines:
            frame.f_trace_lines = False
        calls = self.profiling or self.lost
        # Whether we are on is looked at after that number: what ends us forgets once more.
        if (
            dispatch.in_c != change
            and self.on
            and self.filter.take(dispatch, frame.f_code, change, local is not None, lines, calls, self.counting)
        ):
            dispatch.in_c = change
        return local

    def _line(self, frame: FrameType, arg: Any) -> Any:
        # arg: what C has found out about the line's one entry (eventfilter.py, ask), else None.
        dispatch = self.dispatches.get(id(frame.f_code))
        if dispatch is None or not self.on:
            return None
        if dispatch.tally:
            self.frames.trace_line(frame)  # type: ignore[union-attr]
        change = dispatch.in_c
        line = frame.f_lineno or 0
        entries = dispatch.lines.get(line)
        if entries is None:
            entries = self.table.entries_at(dispatch, line, frame)
        if not entries:
            if change >= 0:
                self.filter.pass_over(frame, change)
        elif arg is not None and arg is not True:
            if arg is not False:
                self._guard_raised(entries[0], arg, dispatch, frame)
        else:
            self.table.deliver(entries, LINE, frame, dispatch.facts, None, False, arg is True)
            if change >= 0:
                self.filter.ask(frame, change, dispatch, entries)
        return self.function

    def _guard_raised(self, entry: Entry, error: BaseException, dispatch: DispatchTable, frame: FrameType) -> None:
        """What a condition has raised that C has asked."""
        if not isinstance(error, Exception) or guest.is_foreign(error):
            raise error
        if entry.tracepoint.active:
            self.table.guard_failed(entry, error, LINE, dispatch.facts, frame)

    def _return(self, frame: FrameType, arg: Any) -> Any:
        dispatch = self.dispatches.get(id(frame.f_code))
        if dispatch is None or not self.on:
            return None
        if dispatch.tally:
            self.frames.trace_return(frame, arg)  # type: ignore[union-attr]
        entries = dispatch.entries[RETURN]
        if entries:
            self.table.deliver(entries, RETURN, frame, dispatch.facts, arg, at_return_op(frame))
        return self.function

    def _exception(self, frame: FrameType, arg: Any) -> Any:
        dispatch = self.dispatches.get(id(frame.f_code))
        if dispatch is None or not self.on:
            return None
        if dispatch.tally:
            self.frames.trace_exception(frame, arg)  # type: ignore[union-attr]
        entries = dispatch.entries[EXCEPTION]
        if entries and not (dispatch.uncaught_only and self.outcomes(frame, arg[1])):
            self.table.deliver(entries, EXCEPTION, frame, dispatch.facts, arg, False)
        return self.function

    def _other(self, frame: FrameType, arg: Any) -> Any:
        return self.function


_HANDLERS: Dict[str, Callable[[SetTrace, FrameType, Any], Any]] = {
    "call": SetTrace._call,
    "line": SetTrace._line,
    "return": SetTrace._return,
    "exception": SetTrace._exception,
    "opcode": SetTrace._other,
}


def is_in_trace_function() -> bool:
    """Report whether this thread is in a trace function of ours, and has been interrupted there."""
    at: Optional[FrameType] = sys._getframe(1)
    while at is not None:
        if at.f_code is SetTrace.trace.__code__:
            return True
        at = at.f_back
    return False


__all__ = ["SetTrace", "is_in_trace_function"]
