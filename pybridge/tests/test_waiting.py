"""How tasks, futures, queues, locks and streams are shown: by their state."""

from __future__ import annotations

import asyncio
import concurrent.futures
import os
import queue
import sys
import threading
import unittest
from typing import Any, Dict

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from _tallyho.values.display import shown_text


class Worker(threading.Thread):
    """The program's own: what it keeps says more than its name."""

    def __init__(self) -> None:
        super().__init__(name="mine")
        self.job = 7


class Loud(asyncio.Event):
    def is_set(self) -> bool:
        raise AssertionError("the program's code ran")

    __repr__ = is_set  # type: ignore[assignment]


def shown(value: Any) -> str:
    return shown_text(value, 200, True)


async def of_asyncio() -> Dict[str, str]:
    """Return what each thing of asyncio's is shown as."""

    async def nap(result: object) -> object:
        await asyncio.sleep(0)
        if isinstance(result, Exception):
            raise result
        return result

    loop = asyncio.get_running_loop()
    found: Dict[str, str] = {}
    future = loop.create_future()
    found["pending future"] = shown(future)
    future.set_result([1, 2])
    found["future"] = shown(future)
    task = loop.create_task(nap(3))
    task.set_name("napper")
    found["pending task"] = shown(task)
    await task
    found["task"] = shown(task)
    failed = loop.create_task(nap(ValueError("x")))
    failed.set_name("failing")
    await asyncio.wait([failed])
    found["failed task"] = shown(failed)
    cancelled = loop.create_task(nap(None))
    cancelled.set_name("late")
    cancelled.cancel()
    await asyncio.wait([cancelled])
    found["cancelled task"] = shown(cancelled)
    failed.exception()  # it was seen: asyncio says so otherwise when it goes
    waiting: Any = asyncio.Queue(3)
    waiting.put_nowait(5)
    found["queue"] = shown(waiting)
    found["empty queue"] = shown(asyncio.PriorityQueue())
    event, lock, semaphore = asyncio.Event(), asyncio.Lock(), asyncio.Semaphore(3)
    found["event"] = shown(event)
    event.set()
    found["set event"] = shown(event)
    await lock.acquire()
    found["lock"] = shown(lock)
    found["semaphore"] = shown(semaphore)
    found["loud"] = shown(Loud())
    await of_streams(found)
    return found


async def of_streams(found: Dict[str, str]) -> None:
    """Show both ends of a connection."""
    met: "asyncio.Queue[Any]" = asyncio.Queue()

    async def accept(reader: Any, writer: Any) -> None:
        await met.put((reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    _, other = await met.get()
    found["reader"] = shown(reader)
    found["writer"] = shown(writer).replace(str(port), "PORT")
    found["transport"] = shown(writer.transport).partition("(")[2].replace(str(port), "PORT")
    for one in (writer, other):
        one.close()
    found["closing"] = shown(writer).replace(str(port), "PORT")
    server.close()


class Waiting(unittest.TestCase):
    def test_asyncio(self) -> None:
        found = asyncio.run(of_asyncio())
        self.assertNotIn("code ran", found.pop("loud"))
        self.assertEqual(
            found,
            {
                "pending future": "Future(pending)",
                "future": "Future(result=[1, 2])",
                "pending task": "Task('napper', pending)",
                "task": "Task('napper', result=3)",
                "failed task": "Task('failing', exception=ValueError('x'))",
                "cancelled task": "Task('late', cancelled)",
                "queue": "Queue([5], maxsize=3)",
                "empty queue": "PriorityQueue([])",
                "event": "Event(not set)",
                "set event": "Event(set)",
                "lock": "Lock(locked)",
                "semaphore": "Semaphore(3)",
                "reader": "StreamReader(0 bytes)",
                "writer": "StreamWriter('127.0.0.1:PORT')",
                "transport": "'127.0.0.1:PORT')",
                "closing": "StreamWriter('127.0.0.1:PORT', closing)",
            },
        )

    def test_threads(self) -> None:
        event = threading.Event()
        waiting: "queue.Queue[int]" = queue.Queue()
        waiting.put(5)
        done: "concurrent.futures.Future[int]" = concurrent.futures.Future()
        for value, want in [
            (event, "Event(not set)"),
            (waiting, "Queue([5])"),
            (queue.LifoQueue(2), "LifoQueue([], maxsize=2)"),
            (threading.Semaphore(2), "Semaphore(2)"),
            (threading.Thread(name="worker"), "Thread('worker')"),
            (done, "Future(pending)"),
        ]:
            self.assertEqual(shown(value), want)
        event.set()
        done.set_result(7)
        self.assertEqual((shown(event), shown(done)), ("Event(set)", "Future(result=7)"))

    def test_the_program_s_own_class_shows_what_it_keeps(self) -> None:
        self.assertIn("job=7", shown(Worker()))


if __name__ == "__main__":
    unittest.main()
