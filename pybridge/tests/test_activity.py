"""Which task or greenlet a thread runs: read from what the libraries keep, whatever lies there, with none of the program's code run."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import types
import unittest
from typing import Any, Callable, List
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.program import tasks
from _tallyho.program.activity import MAX_NAME, activity
from _tallyho.program.greenlets import Numbers

ran: List[str] = []


def in_thread(work: Callable[[], str]) -> str:
    """Return what that returns in a thread of its own."""
    found: List[str] = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


class OwnLoop(asyncio.SelectorEventLoop):
    """A loop that is compared and hashed by code of the program's."""

    def __eq__(self, other: Any) -> bool:
        ran.append("__eq__")
        return False

    def __hash__(self) -> int:
        ran.append("__hash__")
        return 7


class OwnTask(asyncio.Task):  # type: ignore[type-arg]
    """A task that says its name itself."""

    def get_name(self) -> str:
        ran.append("get_name")
        return "made up"


class Asyncio(unittest.TestCase):
    def test_the_task_that_runs(self) -> None:
        async def named(name: str) -> str:
            asyncio.current_task().set_name(name)  # type: ignore[union-attr]
            await asyncio.sleep(0)
            return activity()

        async def main() -> None:
            loop = asyncio.get_running_loop()
            self.assertEqual(await asyncio.gather(*(named("one of %d" % n) for n in range(20))), ["one of %d" % n for n in range(20)])
            self.assertEqual(await asyncio.create_task(named("x" * 200)), "x" * MAX_NAME)
            seen: "asyncio.Future[str]" = loop.create_future()
            loop.call_soon(lambda: seen.set_result(activity()))
            self.assertEqual(await seen, "", "in a callback no task runs")
            self.assertEqual(await loop.run_in_executor(None, activity), "", "in another thread none does")
            loop.set_task_factory(lambda loop, coro, **more: OwnTask(coro, loop=loop, **more))
            ran.clear()
            self.assertEqual(await asyncio.create_task(named("said")), "said")
            self.assertEqual(ran, [])

        self.assertEqual(activity(), "")
        asyncio.run(main())
        self.assertEqual(activity(), "")

    def test_any_loop(self) -> None:
        async def main() -> "tuple[str, List[str]]":
            asyncio.current_task().set_name("main")  # type: ignore[union-attr]
            other = asyncio.create_task(asyncio.sleep(60), name="other")
            await asyncio.sleep(0)
            ran.clear()
            loop = tasks.running_loop()
            found = activity(), [tasks.task_name(one) for one in tasks.suspended(loop, tasks.current_here(loop))]
            self.assertEqual(ran, [])
            other.cancel()
            return found

        loop = OwnLoop()
        try:
            self.assertEqual(loop.run_until_complete(main()), ("main", ["other"]))
        finally:
            loop.close()


class Context(threading.local):  # as trio has it
    task: Any


class Tells(Context):
    def __getattribute__(self, name: str) -> Any:
        ran.append(name)
        return super().__getattribute__(name)


class Task:
    __slots__ = ("name",)

    def __init__(self, name: Any) -> None:
        self.name = name


class Asked:
    @property
    def name(self) -> str:
        ran.append("name")
        return "made up"


class Own(str):
    def __getitem__(self, at: Any) -> str:
        ran.append("__getitem__")
        return "made up"


class Trio(unittest.TestCase):
    def test_the_task_that_runs(self) -> None:
        rows = [
            ("a task", Context(), Task("demo.work"), "demo.work"),
            ("none", Context(), None, ""),
            ("a name of a class of its own", Context(), Task(Own("x")), ""),
            ("a name that is a property", Context(), Asked(), ""),
            ("a context that runs code", Tells(), Task("x"), ""),
            ("no context of threads", types.SimpleNamespace(), Task("x"), ""),
        ]
        for what, context, task, want in rows:
            with self.subTest(what):
                if task is not None:
                    context.task = task
                home = types.ModuleType("trio._core._run")
                home.GLOBAL_RUN_CONTEXT = context  # type: ignore[attr-defined]
                with mock.patch.dict(sys.modules, {"trio._core._run": home}):
                    ran.clear()
                    self.assertEqual((activity(), ran), (want, []))
                    self.assertEqual((in_thread(activity), ran), ("", []), "in another thread")


class Greenlets(unittest.TestCase):
    def test_only_the_librarys_own_function_is_called(self) -> None:
        home = types.ModuleType("greenlet")
        home.greenlet = Task  # type: ignore[attr-defined]
        home.getcurrent = lambda: ran.append("getcurrent")  # type: ignore[attr-defined]
        with mock.patch.dict(sys.modules, {"greenlet": home}):
            ran.clear()
            self.assertEqual((activity(), ran), ("", []))

    def test_numbers(self) -> None:
        class One:
            pass

        numbers, alive = Numbers(), [One() for _ in range(5)]
        self.assertEqual([numbers.of(one) for one in alive], [1, 2, 3, 4, 5])
        self.assertEqual([numbers.of(one) for one in alive[::-1]], [5, 4, 3, 2, 1])
        seen = set()
        for _ in range(3000):
            seen.add(numbers.of(One()))  # many at the same address, one after the other
        self.assertEqual(len(seen), 3000)
        self.assertEqual([numbers.of(one) for one in alive], [1, 2, 3, 4, 5])
        self.assertEqual(numbers.of(()), 0, "what cannot be told from a later one has none")


if __name__ == "__main__":
    unittest.main()
