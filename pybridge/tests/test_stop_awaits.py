"""`await` at the console: what cannot be waited for is said, and the program can still wait for it."""

from __future__ import annotations

import unittest

from stopping import BACKENDS, Debuggee, Refusal

WITH_A_LOOP = """
import asyncio

async def five():
    await asyncio.sleep(0)
    return 5

async def held(lock, what):
    async with lock:
        return await what

class Awaitable:
    def __init__(self, what): self.what = what
    def __await__(self): return (yield from self.what.__await__())

async def main():
    task = asyncio.create_task(five())
    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.01, future.set_result, 6)
    event, queue, lock = asyncio.Event(), asyncio.Queue(), asyncio.Lock()
    done = asyncio.get_running_loop().create_future()
    done.set_result(7)
    wrapped = Awaitable(task)
    here = 1                                            # here
    event.set()
    queue.put_nowait(8)
    async with lock:
        print(await task, await future, await done, await queue.get(), await event.wait(), await wrapped)
    return await five()

print(asyncio.run(main()))
"""

WAITS = "!this await would have to wait for the event loop"

AT_THE_LOOP = [
    ("await task", WAITS),
    ("x = await task", WAITS),
    ("await future", WAITS),
    ("await wrapped", WAITS),
    ("await asyncio.gather(task, future)", WAITS),
    ("await asyncio.wait({task})", WAITS),
    ("await asyncio.wait_for(task, 10)", WAITS),
    ("await asyncio.shield(task)", WAITS),
    ("await event.wait()", WAITS),
    ("await queue.get()", WAITS),
    ("await held(lock, task)", WAITS),
    ("await asyncio.sleep(10)", WAITS),
    ("[n async for n in asyncio.as_completed([task])]", "!"),
    ("async with lock:\n  pass\nlock.locked()", "False"),
    ("await done", "7"),
    ("await five()", "5"),
    ("(await five()) + (await done)", "12"),
    ("y = await five()\ny", "5"),
    ("await asyncio.sleep(0, 9)", "9"),
    ("await 5", "!TypeError"),
]

WITHOUT = """
import asyncio

async def five():
    await asyncio.sleep(0.001)
    return 5

async def later(future):
    future.set_result(6)

def work(loop):
    future, task = loop.create_future(), loop.create_task(five())
    here = 1                                            # here
    loop.run_until_complete(later(future))
    return loop.run_until_complete(future), loop.run_until_complete(task)

loop = asyncio.new_event_loop()
asyncio.set_event_loop(loop)
print(work(loop), asyncio.get_event_loop() is loop)
"""

ELSEWHERE = "!this await would have to wait for an event loop that does not run now"

AT_NO_LOOP = [
    ("await five()", "5"),
    ("await asyncio.gather(five(), five())", "[5, 5]"),
    ("left = asyncio.ensure_future(five())\nawait asyncio.sleep(0)\nleft.done()", "False"),
    ("await future", ELSEWHERE),
    ("await task", ELSEWHERE),
    ("try:\n  await future\nfinally:\n  z = 1", ELSEWHERE),
    ("await asyncio.wait_for(five(), 0.0001)", "!TimeoutError"),
]


class Awaits(unittest.TestCase):
    def check(self, program: str, rows: "list[tuple[str, str]]", out: str) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": program}) as it:
                it.start([it.at("here")])
                it.stopped()
                for text, want in rows:
                    with self.subTest(text):
                        try:
                            got = it.value(text)
                        except Refusal as error:
                            got = "!" + str(error)
                        self.assertTrue(got == want or want[:1] == "!" == got[:1] and got.startswith(want), (got, want))
                self.assertEqual(it.end(), out)

    def test_in_a_loop(self) -> None:
        self.check(WITH_A_LOOP, AT_THE_LOOP, "5 6 7 8 True 5\n5\n")

    def test_each_alone(self) -> None:
        """Nothing that one of them leaves behind is mended by the next."""
        for text, want in AT_THE_LOOP[:11]:
            with self.subTest(text):
                self.check(WITH_A_LOOP, [(text, want)], "5 6 7 8 True 5\n5\n")

    def test_without_a_loop(self) -> None:
        self.check(WITHOUT, AT_NO_LOOP, "(6, 5) True\n")


if __name__ == "__main__":
    unittest.main()
