"""Asyncio tasks as the data of the asyncio module says they are: nothing of a loop or a task of the program is called."""

from __future__ import annotations

import sys
import types
from types import FrameType
from typing import Any, Iterator, List, Optional, Tuple

from ..base.behaviour import THREADS_KNOW_TASKS
from ..base.classes import class_dict, is_a, is_class, is_heap, module_dict, module_of, mro, name_of
from ..base.namespaces import field, item, local
from ..values import peek
from ..values.valueinfo import fields_of

MOST = 200
"""Frames and tasks followed along one chain of awaits."""


def _tasks_module() -> Any:
    return sys.modules.get("asyncio.tasks")


def task_class() -> Optional[type]:
    """Return asyncio's class of tasks as C has it; None where asyncio is not in use."""
    home = _tasks_module()
    found = item(module_dict(home), "_CTask")
    return found if is_class(found) else None


def current_task(ident: int) -> Any:
    """Return the task that a thread runs right now, or None."""
    home = _tasks_module()
    if THREADS_KNOW_TASKS:
        return _task_of_thread(ident)
    current = item(module_dict(home), "_current_tasks")
    if type(current) is not dict:
        return None
    try:
        pairs = list(current.items())
    except RuntimeError:
        return None
    for loop, task in pairs:
        if _thread_of(loop) == ident:
            return task
    return None


def running() -> str:
    """Return the name of the task that this thread runs right now, "" where there is none."""
    task = current_here(running_loop())
    return "" if task is None else task_name(task)


def running_loop() -> Any:
    """Return the loop that this thread runs, of whatever kind, or None."""
    asks = item(module_dict(sys.modules.get("_asyncio")), "_get_running_loop")
    return asks() if type(asks) is types.BuiltinFunctionType else None


def current_here(loop: Any) -> Any:
    """Return the task that this thread runs in its loop, or None."""
    if loop is None:
        return None
    if THREADS_KNOW_TASKS:
        return sys.modules["_asyncio"].current_task(loop)
    current = item(module_dict(_tasks_module()), "_current_tasks")
    if type(current) is not dict:
        return None
    for one, task in list(current.items()):
        if one is loop:
            return task
    return None


def name_of_current(ident: int) -> str:
    """Return the name of the task that another thread runs right now, "" where there is none."""
    task = current_task(ident)
    return "" if task is None else task_name(task)


def _task_of_thread(ident: int) -> Any:
    """Return what C keeps per thread from 3.14 on; it is asked by loop."""
    c_home, loop = sys.modules.get("_asyncio"), _loop_of_thread(ident)
    return None if c_home is None or loop is None else c_home.current_task(loop)


def _loop_of_thread(ident: int) -> Any:
    """Return the loop that a thread runs, which is a local of its frames."""
    home = sys.modules.get("asyncio.base_events")
    kind = item(module_dict(home), "BaseEventLoop")
    if not is_class(kind):
        return None
    function = field(class_dict(kind), "run_forever")
    forever = function.__code__ if type(function) is types.FunctionType else None
    frame = sys._current_frames().get(ident)
    while frame is not None and frame.f_code is not forever:
        frame = frame.f_back
    return None if frame is None else local(frame).get("self")


def _thread_of(loop: Any) -> int:
    """Return the ident of the thread that a loop runs in, 0 where it runs in none."""
    found = field(fields_of(loop) or {}, "_thread_id", 0)
    return found if type(found) is int else 0


def task_name(task: Any) -> str:
    """Return a task's name; "" where that is not plain."""
    kind = task_class()
    if kind is not None and is_a(task, kind):
        name = kind.get_name(task)  # type: ignore[attr-defined]
    else:
        name = peek.attribute(task, "_name")
    return name if type(name) is str else ""


def _coroutine(task: Any) -> Any:
    kind = task_class()
    if kind is not None and is_a(task, kind):
        return kind.get_coro(task)  # type: ignore[attr-defined]
    return peek.attribute(task, "_coro")


def _field(future: Any, name: str) -> Any:
    """Return a field of a future or a task, of C's or of Python's."""
    for base in mro(type(future)):
        if not is_heap(base) or name_of(base) == "Future" and module_of(base) == "_asyncio":
            getter = field(class_dict(base), name)
            if type(getter) is types.GetSetDescriptorType:
                return getter.__get__(future)
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
        method = type(callback) is types.MethodType or type(callback) is types.BuiltinMethodType
        if method or name_of(type(callback)) == "TaskWakeupMethWrapper" and module_of(type(callback)) in ("_asyncio", "builtins"):
            owner = getattr(callback, "__self__", None)
        if owner is None and type(callback) is types.FunctionType and _is_of_asyncio(callback):
            for cell in callback.__closure__ or ():  # gather's _done_callback knows the outer future
                outer = cell.cell_contents if cell else None
                if name_of(type(outer)) == "_GatheringFuture":
                    yield from waiters(outer)
        elif owner is not None and (kind is not None and is_a(owner, kind) or name_of(type(owner)) == "Task"):
            yield owner


def _is_of_asyncio(function: types.FunctionType) -> bool:
    module: Any = function.__module__
    return type(module) is str and module == "asyncio.tasks"


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


def suspended(loop: Any, current: Any) -> List[Any]:
    """Return the tasks that wait in a loop while it runs a current one, in the order of their names."""
    found = []
    for task in _all_tasks(loop):
        state = _field(task, "_state")
        if task is current or type(state) is not str or state != "PENDING":
            continue
        if _field(task, "_loop") is loop:
            found.append(task)
    return sorted(found, key=lambda task: (len(task_name(task)), task_name(task)))


def _all_tasks(loop: Any) -> List[Any]:
    """Return the tasks that asyncio knows, without asking any of them."""
    home, c_home = _tasks_module(), sys.modules.get("_asyncio")
    if loop is None:
        return []
    if THREADS_KNOW_TASKS and c_home is not None:
        return list(c_home.all_tasks(loop))
    found: List[Any] = []
    for name in ("_all_tasks", "_scheduled_tasks"):
        held = field(fields_of(item(module_dict(home), name)) or {}, "data")
        if type(held) is set:
            found += [task for task in [reference() for reference in held.copy()] if task is not None]
    eager = item(module_dict(home), "_eager_tasks")
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
