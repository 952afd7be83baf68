"""Running the coroutine of an `await` that a person typed, while the program stands still.

In a thread whose event loop stands still too, a coroutine is driven as far as it goes without waiting. Where no loop
runs, it gets one of its own, that the program never sees. What it would have to wait for is left as it was: a future
that was yielded and not waited for is marked, and the program's own `await` of it would fail (asyncio.futures).
"""

from __future__ import annotations

import sys
import types
from typing import Any, Optional

from .trouble import RequestError

STEPS = 10000
"""Times that a coroutine that only gives way is driven on."""

_STANDS = "this await would have to wait for the event loop, which stands still while the program is stopped"
_ANOTHER = "this await would have to wait for an event loop that does not run now"


def drive(coroutine: Any) -> Any:
    """Run a coroutine to its end. Raises what it raises, and RequestError where it would have to wait for the program."""
    asyncio = sys.modules.get("asyncio")
    if asyncio is not None and asyncio._get_running_loop() is not None:
        return _without_waiting(coroutine)
    import asyncio as own

    return _in_its_own_loop(own, coroutine)


def _without_waiting(coroutine: Any) -> Any:
    for _ in range(STEPS):
        try:
            waits = coroutine.send(None)
        except StopIteration as end:
            return end.value
        if waits is not None and not _is_done(waits):
            _let_go(waits)
            break
        _let_go(waits)
    coroutine.close()
    raise RequestError(_STANDS)


def _is_done(waits: Any) -> bool:
    done = getattr(waits, "done", None)
    return done is not None and bool(done())


def _let_go(waits: Any) -> None:
    """Take back that a future is waited for, as a task does that has seen it."""
    if getattr(waits, "_asyncio_future_blocking", None):
        waits._asyncio_future_blocking = False


def _in_its_own_loop(asyncio: Any, coroutine: Any) -> Any:
    """What asyncio.run does, but that leaves the thread without the loop that the program has set."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(_only_of(loop, coroutine))
    finally:
        try:
            _end(asyncio, loop)
        finally:
            loop.close()


def _end(asyncio: Any, loop: Any) -> None:
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.run_until_complete(loop.shutdown_default_executor())


@types.coroutine
def _only_of(loop: Any, coroutine: Any) -> Any:
    """Pass on what a coroutine waits for, as long as that belongs to this loop."""
    error: Optional[BaseException] = None
    while True:
        try:
            waits = coroutine.send(None) if error is None else coroutine.throw(error)
        except StopIteration as end:
            return end.value
        of = getattr(waits, "_loop", loop) if getattr(waits, "_asyncio_future_blocking", None) else loop
        if of is not loop and not _is_done(waits):
            _let_go(waits)
            coroutine.close()
            raise RequestError(_ANOTHER)
        error = None
        try:
            yield waits
        except BaseException as thrown:
            error = thrown


__all__ = ["drive"]
