"""Asyncio tasks that wait while their loop's thread is stopped: shown as threads of their own."""

from __future__ import annotations

from _weakref import ref
from itertools import count
from types import FrameType
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ..program import tasks
from ..program.justmycode import JustMyCode
from ..program.parking import Parked
from ..program.stacks import Row, around, frames_of
from ..program.trouble import RequestError

FIRST = 1 << 20
"""Numbers of tasks; those of threads are below."""

MOST = 100
"""Tasks listed for one loop."""


class Suspended:
    """Numbers of tasks, which they keep while they live, and what is told of them."""

    def __init__(self) -> None:
        self._numbers = count(FIRST)
        self._known: Dict[int, Tuple[Any, int]] = {}

    def listed(self, parked: Mapping[int, Parked]) -> List[Dict[str, Any]]:
        """Return the tasks that wait in the loops of parked threads, as entries of `threads`."""
        found = []
        for thread in sorted(parked.values(), key=lambda one: one.number):
            for task in tasks.suspended(thread.loop, thread.task)[:MOST]:
                found.append({"id": self._number(task), "name": tasks.task_name(task), "parked": True, "task": "", "of": thread.number})
        return found

    def _number(self, task: Any) -> int:
        known = self._known.get(id(task))
        if known is None or known[0]() is not task:
            if len(self._known) > 10 * MOST:
                self._known = {key: one for key, one in self._known.items() if one[0]() is not None}
            known = self._known[id(task)] = (ref(task), next(self._numbers))
        return known[1]

    def find(self, number: Any, parked: Mapping[int, Parked]) -> Optional[Tuple[Any, Parked]]:
        """Return the task that has a number and the thread whose loop it waits in; None where the number is a thread's. Raises RequestError."""
        if type(number) is not int or number < FIRST:
            return None
        for known, its_number in list(self._known.values()):
            task = known()
            if its_number == number and task is not None:
                for thread in list(parked.values()):
                    if any(one is task for one in tasks.suspended(thread.loop, thread.task)):
                        return task, thread
        raise RequestError("this task is suspended no more")

    @staticmethod
    def rows(task: Any) -> List[Row]:
        """Return the stack of a task: where it waits, and the tasks that wait for it."""
        return frames_of(tasks.suspended_frames(task)) + around(task)

    @staticmethod
    def frame(task: Any, just_my_code: JustMyCode) -> FrameType:
        """Return the frame of the person's in which a task will go on. Raises RequestError."""
        for frame in tasks.suspended_frames(task):
            if just_my_code.frame(frame):
                return frame
        raise RequestError("this task waits in no code of yours; set a breakpoint where it is to stop")
