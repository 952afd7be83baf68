"""A stopped thread: why it stopped, what it is asked, and the evaluation that runs in it."""

from __future__ import annotations

import sys
from _queue import SimpleQueue
from _thread import allocate_lock, get_ident
from time import monotonic
from types import FrameType
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from . import peek
from .stacks import Row, awaiting, dead, live

INTERRUPT_AGAIN = 0.2
"""Seconds between interrupts of an evaluation that goes on."""


class Interrupted(BaseException):
    """Raised in an evaluation that is cancelled or has run too long."""


class Job:
    """One piece of work for a stopped thread. `answer` is called once, with a result or an error's sentence."""

    def __init__(
        self, work: Callable[[Optional["Parked"]], Any], answer: Callable[[Any, Optional[str]], None], timeout: float = 0.0
    ) -> None:
        self.work = work
        self._answer = answer
        self.deadline = monotonic() + timeout if timeout > 0 else 0.0
        self.timeout = timeout
        self.ident = 0
        """The thread that runs it, 0 before and after."""
        self.why = ""
        self.interrupted_at = 0.0
        self.answered = False
        self.lock = allocate_lock()

    def answer(self, result: Any, error: Optional[str]) -> None:
        """Answer, unless that is done."""
        with self.lock:
            answered, self.answered = self.answered, True
        if not answered:
            self._answer(result, error)

    def run(self, parked: Optional["Parked"]) -> None:
        """Do the work in the thread that calls this. An interrupt never leaves it."""
        try:
            if self.why:
                self.answer(None, self.why)
                return
            with self.lock:
                self.ident = get_ident()
            try:
                result, error = self._attempt(parked)
            finally:
                self._end()
        except Interrupted:
            self._end()
            result, error = None, self.why
        self.answer(None if self.why else result, self.why or error)

    def _attempt(self, parked: Optional["Parked"]) -> "tuple[Any, Optional[str]]":
        try:
            return self.work(parked), None
        except Interrupted:
            return None, self.why
        except BaseException as error:
            return None, sentence(error)

    def _end(self) -> None:
        with self.lock:
            ident, self.ident = self.ident, 0
        if ident and self.why:
            _absorb()

    def cancel(self, why: str) -> None:
        """Interrupt it; any thread may call this, again and again."""
        with self.lock:
            self.why = why
            now = monotonic()
            if self.ident and now - self.interrupted_at >= INTERRUPT_AGAIN:
                self.interrupted_at = now
                interrupt(self.ident, Interrupted)


def _absorb() -> None:
    """Take the interrupt that may have been sent to this thread and has not arrived yet.

    It arrives at the end of a loop's round. Taking it back by a NULL instead leaves 3.11 and 3.12 looking for it for ever.
    """
    for _ in range(3):
        try:
            for _ in range(100):
                pass
            return
        except Interrupted:
            continue


def interrupt(ident: int, kind: type) -> bool:
    """Raise an exception in a thread as soon as it runs Python again. False: this interpreter cannot."""
    try:
        import ctypes

        return bool(ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), ctypes.py_object(kind)))
    except Exception:
        return False


class Trouble(Exception):
    """A request that cannot be served; the argument is a sentence."""


def sentence(error: BaseException) -> str:
    """Return what to tell a person of an exception, which they or we caused by asking."""
    if isinstance(error, Trouble):
        return str(error)
    try:
        text = str(error)
    except Exception:
        text = ""
    name = type(error).__name__
    return "%s: %s" % (name, text[:2000]) if text else name


class Parked:
    """One stopped thread. Made and served by itself; looked at by the reader's thread while it waits."""

    def __init__(self, number: int, frame: FrameType, kind: int) -> None:
        self.ident = get_ident()
        self.number = number
        self.frame = frame
        self.kind = kind
        """The kind of event (event.py) inside whose callback it waits."""
        self.reason = ""
        self.tracepoints: Sequence[int] = ()
        self.text = ""
        self.description = ""
        self.exception: Optional[BaseException] = None
        self.mode = ""
        self.trace: Any = None
        """A traceback, where the exception has left the frames that it shows."""
        self.raised_by: Any = None
        """The traceback so far of the exception at which it stopped: below 3.12 the exception has none yet."""
        self.returned: Any = peek.NOTHING
        self.returned_by = ""
        self.calls: List[Tuple[str, Any]] = []
        """What the calls returned that a step has gone over, by the names they are shown under."""
        self.jobs: "SimpleQueue[Optional[Job]]" = SimpleQueue()
        self._rows: Optional[List[Row]] = None
        self.numbers: Dict[Tuple[int, int], int] = {}
        """The number asked with (its own, or that of a task of its loop) and a row -> number of that frame."""

    def rows(self) -> List[Row]:
        """Return its stack, innermost first."""
        if self._rows is None:
            at_line = self.kind == 1
            self._rows = dead(self.trace, self.frame.f_back) if self.trace is not None else live(self.frame, at_line)
            self._rows += awaiting(self.ident)
        return self._rows

    def moved(self) -> None:
        """Its frame is at another line: forget the stack."""
        self._rows = None
        self.numbers = {}

    def serve(self) -> None:
        """Do jobs until told to go on. What a signal handler raises leaves it."""
        while True:
            job = self.jobs.get()
            if job is None:
                return
            job.run(self)

    def settle(self) -> None:
        """Leave the frame as evaluations left it: below 3.13 a trace function's end writes a copy of its locals back."""
        if sys.version_info < (3, 13) and self.frame.f_trace is not None:
            self.frame.f_locals  # noqa: B018  (refreshes the copy)


__all__ = ["Job", "Parked", "Trouble", "sentence"]
