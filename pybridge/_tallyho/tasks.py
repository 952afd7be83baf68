"""Asyncio tasks as the data of the asyncio module says they are: nothing of a loop or a task of the program is called."""

from __future__ import annotations

import sys
import types
from _thread import get_ident
from types import FrameType
from typing import Any, Iterator, List, Optional, Tuple

from . import peek
from .showing import fields_of, mro

MAX_NAME = 60
"""Characters of a task's name that a sample carries."""
MOST = 200
"""Frames and tasks followed along one chain of awaits."""


def _tasks_module() -> Any:
    return sys.modules.get("asyncio.tasks")


def task_class() -> Optional[type]:
    """Return asyncio's class of tasks as C has it; None where asyncio is not in use."""
    home = _tasks_module()
    found = getattr(home, "_CTask", None) if home is not None else None
    return found if isinstance(found, type) else None


def current_task(ident: int) -> Any:
    """Return the task that a thread runs right now, or None."""
    home = _tasks_module()
    if sys.version_info >= (3, 14):
        return _task_of_thread(ident)
    current = getattr(home, "_current_tasks", None)
    if type(current) is not dict:
        return None
    try:
        pairs = list(current.items())
    except RuntimeError:
        return None
    for loop, task in pairs:
        if (fields_of(loop) or {}).get("_thread_id") == ident:
            return task
    return None


def running() -> str:
    """Return the name of the task that this thread runs right now, "" where there is none."""
    if "asyncio.tasks" not in sys.modules:
        return ""
    task = current_task(get_ident())
    return "" if task is None else task_name(task)[:MAX_NAME]


def _task_of_thread(ident: int) -> Any:
    """Return what C keeps per thread from 3.14 on; it is asked by loop."""
    c_home, loop = sys.modules.get("_asyncio"), _loop_of_thread(ident)
    return None if c_home is None or loop is None else c_home.current_task(loop)


def _loop_of_thread(ident: int) -> Any:
    """Return the loop that a thread runs, which is a local of its frames."""
    home = sys.modules.get("asyncio.base_events")
    kind = getattr(home, "BaseEventLoop", None)
    if not isinstance(kind, type):
        return None
    forever = getattr(kind.__dict__.get("run_forever"), "__code__", None)
    frame = sys._current_frames().get(ident)
    while frame is not None and frame.f_code is not forever:
        frame = frame.f_back
    return None if frame is None else frame.f_locals["self"]


def task_name(task: Any) -> str:
    """Return a task's name; "" where that is not plain."""
    kind = task_class()
    if kind is not None and kind in mro(type(task)):
        name = kind.get_name(task)  # type: ignore[attr-defined]
    else:
        name = peek.attribute(task, "_name")
    return name if type(name) is str else ""


def _coroutine(task: Any) -> Any:
    kind = task_class()
    if kind is not None and kind in mro(type(task)):
        return kind.get_coro(task)  # type: ignore[attr-defined]
    return peek.attribute(task, "_coro")


def _field(future: Any, name: str) -> Any:
    """Return a field of a future or a task, of C's or of Python's."""
    for base in mro(type(future)):
        if base.__module__ == "_asyncio" and base.__name__ == "Future":
            return base.__dict__[name].__get__(future)
    return peek.attribute(future, name)


def _callbacks(future: Any) -> List[Any]:
    found = _field(future, "_callbacks")
    if type(found) is not list:
        return []
    return [pair[0] if type(pair) is tuple and pair else pair for pair in found]


def waiters(future: Any) -> Iterator[Any]:
    """Yield the tasks that go on when a future is done; through gather, those that wait for it."""
    kind = task_class()
    for callback in _callbacks(future):
        owner = None
        if type(callback).__name__ == "TaskWakeupMethWrapper" or type(callback) in (types.MethodType, types.BuiltinMethodType):
            owner = getattr(callback, "__self__", None)
        if owner is None and type(callback) is types.FunctionType and callback.__module__ == "asyncio.tasks":
            for cell in callback.__closure__ or ():  # gather's _done_callback knows the outer future
                outer = cell.cell_contents if cell else None
                if type(outer).__name__ == "_GatheringFuture":
                    yield from waiters(outer)
        elif owner is not None and (kind is not None and kind in mro(type(owner)) or type(owner).__name__ == "Task"):
            yield owner


def suspended_frames(task: Any) -> List[FrameType]:
    """Return the frames in which a task waits, innermost first."""
    found: List[FrameType] = []
    at = _coroutine(task)
    while at is not None and len(found) < MOST:
        kind = type(at)
        if kind is types.CoroutineType:
            frame, at = at.cr_frame, at.cr_await
        elif kind is types.GeneratorType:
            frame, at = at.gi_frame, at.gi_yieldfrom
        elif kind is types.AsyncGeneratorType:
            frame, at = at.ag_frame, at.ag_await
        else:
            break
        if frame is not None:
            found.append(frame)
    return found[::-1]


def suspended(ident: int) -> List[Any]:
    """Return the tasks that wait in the loop that a thread runs, in the order of their names."""
    current = current_task(ident)
    found = []
    for task in _all_tasks(ident):
        if task is current or _field(task, "_state") != "PENDING":
            continue
        if (fields_of(_field(task, "_loop")) or {}).get("_thread_id") == ident:
            found.append(task)
    return sorted(found, key=lambda task: (len(task_name(task)), task_name(task)))


def _all_tasks(ident: int) -> List[Any]:
    """Return the tasks that asyncio knows, without asking any of them."""
    home, c_home = _tasks_module(), sys.modules.get("_asyncio")
    if sys.version_info >= (3, 14) and c_home is not None:
        loop = _loop_of_thread(ident)
        return [] if loop is None else list(c_home.all_tasks(loop))
    found: List[Any] = []
    for name in ("_all_tasks", "_scheduled_tasks"):
        data = fields_of(getattr(home, name, None))
        held = data.get("data") if data is not None else None
        if type(held) is set:
            found += [task for task in [reference() for reference in held.copy()] if task is not None]
    eager = getattr(home, "_eager_tasks", None)
    if type(eager) is set:
        found += eager.copy()
    return list({id(task): task for task in found}.values())


def await_chain(task: Any) -> List[Tuple[str, List[FrameType]]]:
    """Return the tasks that wait for a task, one after the other: name, and the frames in which each waits."""
    chain: List[Tuple[str, List[FrameType]]] = []
    seen = {id(task)}
    at = task
    while len(chain) < MOST:
        waiter = next((one for one in waiters(at) if id(one) not in seen), None)
        if waiter is None:
            break
        seen.add(id(waiter))
        chain.append((task_name(waiter), suspended_frames(waiter)))
        at = waiter
    return chain
