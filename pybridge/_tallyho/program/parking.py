"""A stopped thread: why it stopped, what it is asked, and the evaluation that runs in it."""

from __future__ import annotations

from _queue import Empty, SimpleQueue
from _thread import get_ident
from types import FrameType
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..base.behaviour import TRACING_WRITES_LOCALS
from ..base.namespaces import NOTHING
from ..base.turns import away
from .activity import activity
from .jobs import Job
from .stacks import Row, around, dead, live
from .tasks import current_here, running_loop

GLANCE = 1.0
"""Seconds after which a thread that waits runs a line of Python: a signal that came just before the wait does not end it, and
its handler would not run before somebody asked something."""


class Parked:
    """One stopped thread. Made and served by itself; looked at by the reader's thread while it waits."""

    def __init__(
        self,
        number: int,
        frame: FrameType,
        kind: int,
        reason: str,
        text: str = "",
        tracepoints: Sequence[int] = (),
        description: str = "",
        exception: Optional[BaseException] = None,
        mode: str = "",
        trace: Any = None,
        raised_by: Any = None,
    ) -> None:
        self.ident = get_ident()
        self.number = number
        self.activity = activity()
        """The name of the task or greenlet that it runs, "" where there is none."""
        self.loop = running_loop()
        """The asyncio loop that it runs, if any, and the task in it."""
        self.task = current_here(self.loop)
        self.frame = frame
        self.kind = kind
        """The kind of event (event.py) inside whose callback it waits."""
        self.reason = reason
        self.tracepoints = tracepoints
        self.text = text
        self.description = description
        self.exception = exception
        self.mode = mode
        self.trace = trace
        """A traceback, where the exception has left the frames that it shows."""
        self.raised_by = raised_by
        """The traceback so far of the exception at which it stopped: below 3.12 the exception has none yet."""
        self.returned: Any = NOTHING
        self.returned_by = ""
        self.calls: List[Tuple[str, Any]] = []
        """What the calls returned that a step has gone over, by the names they are shown under."""
        self.jobs: "SimpleQueue[Optional[Job[Parked]]]" = SimpleQueue()
        self.job: Optional["Job[Parked]"] = None
        """What it does now."""
        self._rows: Optional[List[Row]] = None
        self.numbers: Dict[Tuple[int, int], int] = {}
        """Number of whose stack was asked for (the thread, or a task of its loop) and index of the row -> number of that frame."""

    def follow(self) -> None:
        """It stops only because another thread has stopped, and no reason is told."""
        self.reason = ""

    def keep(self, calls: List[Tuple[str, Any]]) -> None:
        """Show what calls returned, by their names."""
        self.calls = calls

    def returns(self, name: str, value: Any) -> None:
        """Show what the function returned that a step has left."""
        self.returned, self.returned_by = value, name
        self.calls = [(name, value)]

    def rows(self) -> List[Row]:
        """Return its stack, innermost first."""
        if self._rows is None:
            at_line = self.kind == 1
            self._rows = dead(self.trace, self.frame.f_back) if self.trace is not None else live(self.frame, at_line)
            self._rows += around(self.task) if self.task is not None else []
        return self._rows

    def moved(self) -> None:
        """Its frame was sent to another line: forget the stack, and why it stopped."""
        self._rows = None
        self.numbers = {}
        self.reason, self.tracepoints, self.text, self.description, self.exception = "goto", (), "", "", None

    def serve(self) -> None:
        """Do jobs until told to go on. What a signal handler raises leaves it."""
        away(self._serve)  # what is evaluated may wait for other threads

    def _next(self) -> Optional["Job[Parked]"]:
        while True:
            try:
                return self.jobs.get(True, GLANCE)
            except Empty:
                pass

    def _serve(self) -> None:
        while True:
            job = self._next()
            if job is None:
                return
            self.job = job
            try:
                job.run(self)
            finally:
                self.job = None

    @property
    def stuck(self) -> bool:
        """Whether it is blocked in a call in C by something that was evaluated in it, and given up."""
        job = self.job
        return job is not None and job.hopeless

    def give(self, job: "Job[Parked]") -> None:
        """Have it do a job; where it is stuck, a thread that is made for it does that in its stead."""
        if self.stuck:
            job.run_alone(self)
        else:
            self.jobs.put(job)

    def relieve(self) -> None:
        """Have other threads do the jobs that wait for this one, if it is stuck."""
        if not self.stuck:
            return
        waiting: List[Optional["Job[Parked]"]] = []
        try:
            while True:
                waiting.append(self.jobs.get_nowait())
        except Empty:
            pass
        for job in waiting:
            if job is None:
                self.jobs.put(None)  # it is to go on, once it can
            else:
                self.give(job)

    def settle(self) -> None:
        """Leave the frame as evaluations left it: below 3.11 a trace function's end writes a copy of its locals back."""
        if TRACING_WRITES_LOCALS and self.frame.f_trace is not None:
            self.frame.f_locals  # noqa: B018  (refreshes the copy)


__all__ = ["Parked"]
