"""What the oracle's programs run with: random numbers, helpers that drive them, and the counts of the counting copy.

Both copies must make the same choices. So each thread that runs beside others has a Seat of its own: its random numbers,
and how many more it may ask for. One that is only waited for takes its starter's.
"""

from __future__ import annotations

import asyncio
import gc
import random
import sys
import threading
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple

ASKS = 3000
"""How often a program may ask for a random number before it is stopped by an exception."""
THREAD = 40
"""What a thread costs of that."""
ROUNDS = 50
"""How often a coroutine is resumed before it is closed."""


class E(Exception):
    """The programs' own exception."""


class Enough(BaseException):
    """The program has run long enough."""


EXPECTED = (Exception, Enough, asyncio.CancelledError)


class Seat:
    """The random numbers of one line of execution."""

    def __init__(self, seed: int, left: int) -> None:
        self.random = random.Random(seed)
        self.left = left

    def ask(self, below: int) -> int:
        self.left -= 1
        if self.left < 0:
            raise Enough
        return self.random.randrange(below)

    def child(self) -> "Seat":
        self.left -= THREAD
        return Seat(self.ask(1 << 30), self.left // 4)


class World:
    """One run of one program."""

    def __init__(self, seed: int) -> None:
        self.here = threading.local()
        self.here.seat = self.seat = Seat(seed, ASKS)
        self.counts: Dict[int, int] = {}
        self.lasts: Dict[int, Tuple[int, Any]] = {}  # of the newest hit that was over: its number, and what was bound
        self.threads: Dict[int, Set[int]] = {}  # that it was hit in
        self.lock = threading.Lock()

    def r(self, below: int) -> int:
        seat: Seat = self.here.seat
        return seat.ask(below)

    def hit(self, key: int) -> None:
        with self.lock:
            self.counts[key] = self.counts.get(key, 0) + 1

    def mark(self, key: int) -> int:
        """Count a hit, and return its number."""
        with self.lock:
            self.counts[key] = self.counts.get(key, 0) + 1
            self.threads.setdefault(key, set()).add(threading.get_ident())
            return self.counts[key]

    def over(self, key: int, number: int, value: Any) -> None:
        """The hit with that number is over, and has bound a value."""
        with self.lock:
            if number > self.lasts.get(key, (0, None))[0]:
                self.lasts[key] = number, value

    def names(self) -> Dict[str, Any]:
        """Return the globals of the program."""
        return {
            "r": self.r,
            "hit": self.hit,
            "mark": self.mark,
            "over": self.over,
            "E": E,
            "a": 0,
            "a0": lambda: 0,
            "same": lambda function: function,
            **self._sources(),
            **self._managers(),
            **self._looks(),
            **self._drivers(),
            **self._threads(),
        }

    def _sources(self) -> Dict[str, Any]:
        r = self.r

        def fail() -> None:
            raise (KeyError, ValueError, E)[r(3)]("no")

        def g(n: int) -> Iterator[int]:
            for i in range(n):
                yield i

        def bad(n: int) -> Iterator[int]:
            for i in range(n):
                yield i
            if r(2):
                fail()

        async def ag(n: int) -> Any:
            for i in range(n):
                yield i

        class wait:
            def __init__(self, n: int) -> None:
                self.n = n

            def __await__(self) -> Iterator[None]:
                for _ in range(self.n):
                    yield None

        class both:
            """Awaits coroutines in turn, as tasks are run."""

            def __init__(self, *coroutines: Any) -> None:
                self.live = list(coroutines)

            def __await__(self) -> Iterator[None]:
                try:
                    while self.live:
                        for one in list(self.live):
                            try:
                                one.send(None)
                            except (StopIteration, E, ArithmeticError, LookupError, ValueError):
                                self.live.remove(one)
                        yield None
                finally:
                    for one in self.live:
                        one.close()

        return {"fail": fail, "g": g, "bad": bad, "ag": ag, "wait": wait, "both": both}

    def _managers(self) -> Dict[str, Any]:
        @contextmanager
        def ctx(n: int) -> Iterator[int]:
            try:
                yield n
            except E:
                if n:
                    raise

        async def pause() -> None:
            await asyncio.sleep(0)

        class actx:
            def __init__(self, n: int) -> None:
                self.n = n

            async def __aenter__(self) -> None:
                await pause()

            async def __aexit__(self, kind: Any, *rest: Any) -> bool:
                return self.n == 0 and kind is E

        return {"ctx": ctx, "actx": actx}

    def _looks(self) -> Dict[str, Any]:
        hit = self.hit

        class looks:
            def __init__(self, key: int, items: Callable[[], Any]) -> None:
                self.key, self.items, self.first = key, iter(items()), True

            def __iter__(self) -> Any:
                return self

            def __next__(self) -> Any:
                if not self.first:
                    hit(self.key)
                self.first = False
                return next(self.items)

        class alooks:
            def __init__(self, key: int, items: Callable[[], Any]) -> None:
                self.key, self.items, self.first = key, items().__aiter__(), True

            def __aiter__(self) -> Any:
                return self

            async def __anext__(self) -> Any:
                if not self.first:
                    hit(self.key)
                self.first = False
                return await self.items.__anext__()

        return {"looks": looks, "alooks": alooks}

    def _drivers(self) -> Dict[str, Any]:
        """What runs generators and coroutines, for a while."""
        r = self.r

        def use(generator: Any) -> int:
            total = 0
            for _ in generator:
                total += 1
                if total > 5:
                    break
            how = r(3)
            if how == 0 and hasattr(generator, "close"):
                generator.close()
            elif how == 1 and hasattr(generator, "throw"):
                try:
                    generator.throw(E("thrown"))
                except (E, StopIteration):
                    pass
            return total

        def drive(coroutine: Any) -> int:
            try:
                for _ in range(ROUNDS):
                    coroutine.send(None)
            except StopIteration:
                pass
            finally:
                coroutine.close()
            return 1

        async def collect(items: Any) -> int:
            """Run an asynchronous generator, and leave it in one of the ways that there are."""
            total, most, how = 0, r(6), r(3)
            async for _ in items:
                total += 1
                if total > most:
                    break
            if how == 0:
                try:
                    await items.athrow(E("thrown"))
                except (E, StopAsyncIteration):
                    pass
            await items.aclose()
            return total

        return {"use": use, "drive": drive, "collect": collect}

    def _threads(self) -> Dict[str, Any]:
        """What runs a part of the program in other threads, or as tasks."""

        def apart(seat: Seat, function: Callable[[], Any]) -> List[Any]:
            """Run a function in a thread and wait; returns what came out, and the exception or None."""
            result: List[Any] = [0, None]

            def body() -> None:
                self.here.seat = seat
                try:
                    result[0] = function()
                except EXPECTED as error:
                    result[1] = error.with_traceback(None)

            thread = threading.Thread(target=body)
            thread.start()
            thread.join()
            return result

        def elsewhere(function: Callable[[], Any]) -> Any:
            seat: Seat = self.here.seat
            seat.left -= THREAD
            value, error = apart(seat, function)
            if error is not None:
                raise error
            return value

        def together(function: Callable[[], Any]) -> int:
            """Run a function in three threads at a time."""
            seats = [self.here.seat.child() for _ in range(3)]
            threads = [threading.Thread(target=apart_of, args=(seat, function)) for seat in seats]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            return 1

        def apart_of(seat: Seat, function: Callable[[], Any]) -> None:
            self.here.seat = seat
            try:
                function()
            except EXPECTED as error:
                error.__traceback__ = None

        def hop(generator: Any) -> int:
            """Resume a generator from one thread after the other, and leave it from a third."""
            total = 0
            items = iter(generator)
            while total < 4 and (next if total % 2 else lambda i, end: elsewhere(lambda: next(i, end)))(items, hop) is not hop:
                total += 1
            how = self.r(3)
            if how == 0 and hasattr(items, "close"):
                elsewhere(items.close)
            elif how == 1 and hasattr(items, "throw"):
                try:
                    elsewhere(lambda: items.throw(E("thrown")))
                except (E, StopIteration):
                    pass
            return total

        async def main(makes: List[Callable[[], Any]], leave: Optional[int]) -> int:
            tasks = [asyncio.ensure_future(make()) for make in makes]
            for step in range(ROUNDS):
                await asyncio.sleep(0)
                if step == leave:
                    tasks[0].cancel()
            for task in tasks:
                task.cancel()
            found = await asyncio.gather(*tasks, return_exceptions=True)
            return sum(not isinstance(one, BaseException) for one in found)

        def tasks(*makes: Callable[[], Any]) -> int:
            """Run coroutines as tasks of an event loop, of which one may be cancelled. Its own thread: loops do not nest."""
            leave = self.r(12)
            return int(elsewhere(lambda: loop_of(main(list(makes), leave))))

        def loop_of(coroutine: Any) -> Any:
            loop = asyncio.new_event_loop()
            loop.set_exception_handler(lambda loop, context: None)
            try:
                return loop.run_until_complete(coroutine)
            finally:
                loop.run_until_complete(loop.shutdown_asyncgens())
                loop.close()

        return {"elsewhere": elsewhere, "together": together, "hop": hop, "tasks": tasks}


def run(code: Any, world: World) -> None:
    """Run a program to its end. What it leaves in cycles is finalized there, where each ends at its first random number."""
    names = world.names()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    gc.collect()
    gc.disable()
    # Generators that are dropped say here what they raise.
    hook, sys.unraisablehook = sys.unraisablehook, lambda unraisable: None
    try:
        exec(code, names)
    except EXPECTED:
        pass
    finally:
        world.seat.left = 0
        del names
        gc.enable()
        sys.setswitchinterval(interval)
        gc.collect()
        sys.unraisablehook = hook
