"""Running our own work, in a thread outside of callbacks, without an event of it.

What we call of the standard library there would else be found, planned and recorded as if the program had called it.
There are no events inside a callback of sys.monitoring, for no tool: so the work is done inside one, of a function that
is here for nothing else. With sys.settrace our threads are told apart at each event.
"""

from __future__ import annotations

from _thread import get_ident
from types import CodeType
from typing import Callable, Dict, List

_jobs: Dict[int, Callable[[], None]] = {}
"""Thread's ident -> what it is about to do."""


def unseen(work: Callable[[], None]) -> None:
    """Do some work without events of it; what it raises comes out."""
    ident = get_ident()
    failure: List[BaseException] = []

    def job() -> None:
        try:
            work()
        except BaseException as error:
            failure.append(error)

    _jobs[ident] = job
    _door()
    if _jobs.pop(ident, None) is not None:  # nobody listens yet, or it is done inside of a callback already
        job()
    if failure:
        raise failure.pop()


def _door() -> None:
    """Be a function whose start is an event."""


DOOR: CodeType = _door.__code__


def opened() -> None:
    """Do the work of the thread that came to the door: called in the callback of PY_START."""
    job = _jobs.pop(get_ident(), None)
    if job is not None:
        job()
