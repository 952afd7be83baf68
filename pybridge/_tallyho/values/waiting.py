"""How what programs wait with is shown: tasks, futures, queues, locks and streams, by the state that they are in.

Their classes say an address, or fields that only their own code reads. Nothing is imported for them: a program that has
none has not loaded their modules.
"""

from __future__ import annotations

from collections import deque
from typing import Any, Callable, Optional, Tuple

from ..base.classes import module_of, name_of
from .ownfields import base_field, field, of_module
from .renderer import Renderer

Rule = Callable[[Renderer, Any, type, int], bool]


def _c_future(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    base: Any = of_module(kind, "_asyncio", "Task") or of_module(kind, "_asyncio", "Future")
    state, result, error = (base_field(base, name)(value) for name in ("_state", "_result", "_exception"))
    name = base.get_name(value) if "get_name" in base.__dict__ else None
    return _future(out, kind, (name, state, result, error), depth)


def _python_future(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    name, state, result, error = (field(value, name) for name in ("_name", "_state", "_result", "_exception"))
    return _future(out, kind, (name, state, result, error), depth)


def _future(out: Renderer, kind: type, told: Tuple[Any, Any, Any, Any], depth: int) -> bool:
    name, state, result, error = told
    if type(state) is not str:
        return False
    out.put(name_of(kind) + "(")
    if type(name) is str:
        out.render(name, depth + 1)
        out.put(", ")
    if state != "FINISHED":
        out.put(state.split("_")[0].lower())  # CANCELLED_AND_NOTIFIED
    else:
        out.put("exception=" if error is not None else "result=")
        out.named("result", result if error is None else error, depth + 1)
    out.put(")")
    return True


def _queue(waiting: str, most: str) -> Rule:
    """Return the rule of a queue whose items are in one of its fields."""

    def rule(out: Renderer, value: Any, kind: type, depth: int) -> bool:
        held, size = field(value, waiting), field(value, most)
        if type(held) is not deque and type(held) is not list or type(size) is not int:
            return False
        out.put(name_of(kind) + "([")
        out.items(list(held), depth)
        out.put("]" if size <= 0 else "], maxsize=%d" % size)
        out.put(")")
        return True

    return rule


def _flagged(name: str, yes: str, no: str) -> Rule:
    """Return the rule of something that is in one of two states."""

    def rule(out: Renderer, value: Any, kind: type, depth: int) -> bool:
        held = field(value, name)
        if type(held) is not bool:
            return False
        out.put("%s(%s)" % (name_of(kind), yes if held else no))
        return True

    return rule


def _counted(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    held = field(value, "_value")
    if type(held) is not int:
        return False
    out.put("%s(%d)" % (name_of(kind), held))
    return True


def _reader(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    buffered = field(value, "_buffer")
    if type(buffered) is not bytearray:
        return False
    end = ", at its end" if field(value, "_eof") is True else ""
    out.put("%s(%d bytes%s)" % (name_of(kind), len(buffered), end))
    return True


def _writer(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    return _of_transport(out, field(value, "_transport"), kind, depth)


def _transport(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    return _of_transport(out, value, kind, depth)


def _of_transport(out: Renderer, transport: Any, kind: type, depth: int) -> bool:
    extra = field(transport, "_extra")
    peer = dict.get(extra, "peername") if type(extra) is dict else None
    if type(peer) is not tuple and type(peer) is not str or not peer:
        return False
    if type(peer) is tuple and len(peer) > 1 and type(peer[0]) is str and type(peer[1]) is int:
        peer = ("[%s]:%d" if ":" in peer[0] else "%s:%d") % peer[:2]
    out.put(name_of(kind) + "(")
    out.render(peer, depth + 1)
    out.put(", closing)" if field(transport, "_closing") is True else ")")
    return True


def _thread(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    name = field(value, "_name")
    if type(name) is not str:
        return False
    out.put(name_of(kind) + "(")
    out.render(name, depth + 1)
    out.put(")")
    return True


_RULES: Tuple[Tuple[str, str, Rule], ...] = (
    ("_asyncio", "Future", _c_future), ("_asyncio", "Task", _c_future), ("asyncio.futures", "_PyFuture", _python_future),
    ("concurrent.futures._base", "Future", _python_future),
    ("asyncio.queues", "Queue", _queue("_queue", "_maxsize")), ("queue", "Queue", _queue("queue", "maxsize")),
    ("asyncio.locks", "Event", _flagged("_value", "set", "not set")), ("threading", "Event", _flagged("_flag", "set", "not set")),
    ("asyncio.locks", "Lock", _flagged("_locked", "locked", "not locked")),
    ("asyncio.locks", "Semaphore", _counted), ("threading", "Semaphore", _counted),
    ("asyncio.streams", "StreamReader", _reader), ("asyncio.streams", "StreamWriter", _writer),
    ("asyncio.selector_events", "_SelectorTransport", _transport),
    ("threading", "Thread", _thread),
)  # fmt: skip


_LIBRARY = frozenset(["_asyncio", "asyncio", "concurrent", "queue", "threading"])


def _rule(kind: type) -> Optional[Rule]:
    module = module_of(kind)
    if type(module) is not str or module.split(".")[0] not in _LIBRARY:
        return None  # the program's own class: what it keeps besides says more
    for module, name, rule in _RULES:
        if of_module(kind, module, name):
            return rule
    return None


def by_waiting(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    """Show a task, a future, a queue, a lock or a stream by the state that it is in; False where that cannot be read."""
    rule = _rule(kind)
    return rule is not None and rule(out, value, kind, depth)


def is_waiting(kind: type) -> bool:
    """Report whether by_waiting may show instances of a class."""
    return _rule(kind) is not None
