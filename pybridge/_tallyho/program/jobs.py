"""Evaluations under way: each runs in a stopped thread, or in one made for it, for a limited time.

What has run too long is interrupted. Python code notices at its next instruction; a call in C of the main thread is
ended by a signal (wakeup.py); one of another thread cannot be ended, and that thread is stuck until it returns.
"""

from __future__ import annotations

from _thread import allocate_lock, get_ident, start_new_thread
from time import monotonic
from typing import Any, Callable, Dict, Generic, Optional, TypeVar

from ..base.unseen import unseen
from .trouble import Interrupted, sentence
from .wakeup import Wakeup

Worker = TypeVar("Worker")
"""The stopped thread that does the work."""

INTERRUPT_AGAIN = 0.2
"""Seconds between interrupts of an evaluation that goes on."""

STUCK = 0.5
"""Seconds after which a thread that does not come back from an evaluation that was given up is taken for stuck."""


class Job(Generic[Worker]):
    """One piece of work for a stopped thread. `answer` is called once, with a result or an error's sentence."""

    def __init__(self, work: Callable[[Optional[Worker]], Any], answer: Callable[[Any, Optional[str]], None], timeout: float = 0.0) -> None:
        self.work = work
        self._answer = answer
        self.timeout = timeout
        self.deadline = 0.0
        """Set when it begins: what has to wait for another evaluation does not pay for that one."""
        self.ident = 0
        """The thread that runs it, 0 before and after."""
        self.why = ""
        self.given_up = 0.0
        """When its answer was given in its stead, while it still runs; 0: that was not needed."""
        self.interrupted_at = 0.0
        self.answered = False
        self.lock = allocate_lock()
        self.nudge = Wakeup(lambda: self.ident != 0, Interrupted)

    def answer(self, result: Any, error: Optional[str]) -> None:
        """Answer, unless that is done."""
        with self.lock:
            answered, self.answered = self.answered, True
        if not answered:
            self._answer(result, error)

    def run(self, parked: Optional[Worker]) -> None:
        """Do the work in the thread that calls this. An interrupt never leaves it."""
        if self.why:
            self.answer(None, self.why)
            return
        result: Any = None
        error: Optional[str] = None
        try:
            self._begin()
            result, error = self._attempt(parked)
        except Interrupted:
            pass
        while True:
            try:
                self._end()
                break
            except Interrupted:
                continue
        self.answer(None if self.why else result, self.why or error)

    def run_alone(self, parked: Optional[Worker]) -> None:
        """Do the work in a thread made for it. Nothing stops or counts there, as in a stopped thread: it would wait for ever among the stopped."""
        start_new_thread(unseen, (lambda: self.run(parked),))

    def _begin(self) -> None:
        self.nudge.prepare()
        with self.lock:
            self.ident = get_ident()
            if self.timeout > 0:
                self.deadline = monotonic() + self.timeout

    def _attempt(self, parked: Optional[Worker]) -> "tuple[Any, Optional[str]]":
        try:
            return self.work(parked), None
        except Interrupted:
            return None, self.why
        except BaseException as error:
            return None, sentence(error)

    def _end(self) -> None:
        with self.lock:
            self.ident = 0
        if self.why:
            _absorb()
        self.nudge.put_back()

    def cancel(self, why: str) -> None:
        """Interrupt it; any thread may call this, again and again."""
        with self.lock:
            self.why = why
            now = monotonic()
            if self.ident and now - self.interrupted_at >= INTERRUPT_AGAIN:
                again, self.interrupted_at = self.interrupted_at > 0, now
                # A signal and an exception that the interpreter raises are two: from 3.15 on the one would interrupt what the program
                # does about the other. Both are sent where the first has not done it: the program may have blocked the signal.
                if not self.nudge.send(self.ident) or again:
                    interrupt(self.ident, Interrupted)

    def give_up(self, why: str) -> None:
        """Interrupt it, and answer in its stead."""
        self.cancel(why)
        self.given_up = monotonic()
        self.answer(None, why)

    @property
    def hopeless(self) -> bool:
        """Whether it was given up and does not end."""
        return bool(self.given_up and self.ident and monotonic() - self.given_up > STUCK)


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


class Jobs(Generic[Worker]):
    """The jobs of one process, by the number of the request; used by the reader's thread."""

    def __init__(self) -> None:
        self.running: Dict[int, Job[Worker]] = {}

    def make(
        self, number: Any, timeout: float, work: Callable[[Optional[Worker]], Any], answer: Callable[[Any, Any, Optional[str]], None]
    ) -> Job[Worker]:
        """Return a job whose answer is that of a request, by its number."""

        def answered(result: Any, error: Optional[str]) -> None:
            self.running.pop(number, None)
            answer(number, result, error)

        job = self.running[number] = Job(work, answered, timeout)
        return job

    def cancel(self, number: Any) -> None:
        """Interrupt the job of a request. It is answered at once, and its thread goes on serving when the job really ends."""
        job = self.running.pop(number, None)
        if job is not None:
            self._give_up(job, "cancelled")

    def _give_up(self, job: Job[Worker], why: str) -> None:
        job.give_up(why)
        if job.ident:
            self.running[-job.ident] = job

    def tick(self, why: Callable[[Job[Worker]], str]) -> None:
        """Interrupt what has run too long, and again what did not heed it; why is asked what to say."""
        for number, job in list(self.running.items()):
            if job.why:
                if not job.ident and job.answered:
                    self.running.pop(number, None)
                else:
                    job.cancel(job.why)
            elif job.deadline and monotonic() > job.deadline:
                self._give_up(job, why(job))

    def restart(self) -> None:
        """Start afresh in a forked child: all work is forgotten."""
        self.running = {}


__all__ = ["Job", "Jobs", "interrupt"]
