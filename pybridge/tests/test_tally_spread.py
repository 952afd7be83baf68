"""Which hits are sampled, and what becomes of counts and samples in children, threads and calls."""

from __future__ import annotations

import unittest
from typing import Any, Dict

from tally_harness import Harness
from tally_run import Run

from _tallyho.base.behaviour import BYTECODE_IS_KNOWN


class Spread(unittest.TestCase):
    """Few samples of many hits, and the newest ones while it runs."""

    def test_many_hits_few_samples(self) -> None:
        run = Run("""
            for i in range(20000):
                x = i
            """)
        statement = run["x = i"]
        hits = [s.hit for s in statement.samples]
        self.assertEqual(statement.hits, 20000)
        self.assertEqual(hits[:8], list(range(1, 9)))
        self.assertEqual(hits, sorted(hits))
        self.assertLess(len(hits), 200)
        for sample in statement.samples:
            self.assertEqual(sample.vars["x"], ("int", str(sample.hit - 1)))

    @unittest.skipIf(not BYTECODE_IS_KNOWN, "by line nothing is known of a loop's end")
    def test_the_last_values_of_a_loop(self) -> None:
        run = Run("""
            def f(xs, n=0):
                total = 0
                for x in xs:
                    total += x
                    seen = [x]
                    seen.append(1)
                    if x > 5:
                        some = x
                after = total
                return after
            f(range(1000))
            for i in range(700):
                y = i * 2
                z = y; y = 5
            done = y
            def g(xs):
                t = 0
                for x in xs:
                    t += x
                t = -1
            for _ in range(300): g([1])
            g([])
            """)
        self.assertEqual(run.values("for x in xs:", "x")[-1], "999")
        self.assertEqual(run["for x in xs:"].samples[-1].hit, 1001)
        self.assertEqual(run.values("total += x", "total")[-1], "499500")
        self.assertEqual(run["total += x"].samples[-1].hit, 1000)
        self.assertLess(run["seen = [x]"].samples[-1].hit, 1000)  # changed since, in place
        if run.harness.tally.sampler.latest is None:
            self.assertLess(run["y = i * 2"].samples[-1].hit, 700)  # bound since
        self.assertEqual(run.values("for i in range(700):", "i")[-1], "699")
        for sample in run["t += x"].samples:
            self.assertEqual(sample.vars["t"][1], "1")

    @unittest.skipIf(not BYTECODE_IS_KNOWN, "by line there is no fast path to leave")
    def test_a_tick_asks_for_the_next_hit(self) -> None:
        def during(harness: Harness) -> None:
            harness.tally.sampler.ticked = 0
            harness.tally.tick()

        run = Run(
            """
            for i in range(1000):
                if i in (500, 700): during()
                x = i
            """,
            during,
        )
        samples = {s.hit: s.vars["x"][1] for s in run["x = i"].samples}
        newest = 500 if run.harness.tally.sampler.latest is None else 499  # what is held is at hand at once
        self.assertEqual([samples.get(newest + 1), samples.get(newest + 201)], [str(newest), str(newest + 200)])

    def test_recursion_does_not_hold_back(self) -> None:
        """Outer frames that wait for their statement do not keep a function on the slow path for ever."""
        run = Run("""
            def fib(n):
                if n < 2: return n
                return fib(n - 1) + fib(n - 2)
            fib(18)
            """)
        calls = 8361
        self.assertEqual(run["if n < 2:"].hits, calls)
        self.assertEqual(run["def fib(n):"].calls, calls)
        if BYTECODE_IS_KNOWN:
            traced = [t for t in run.harness.tally.codes.order if t.codes()[0].co_name == "fib"][0]
            self.assertFalse(traced.held)
            self.assertEqual(traced.pending, 0)
        self.assertEqual(run.harness.tally.sampler.notes, {})

    def test_generators_across_threads(self) -> None:
        """A generator's statement is sampled when it completes, on whichever thread that is."""
        run = Run("""
            import threading
            def g():
                for i in range(4):
                    x = yield i
            it = g()
            next(it)
            def push(): it.send(7)
            for _ in range(2):
                t = threading.Thread(target=push); t.start(); t.join()
            it.close()
            for _ in range(20):
                it = g()
                next(it)
                it.close()
            """)
        self.assertEqual(run.values("x = yield i", "x")[:2], ["7", "7"])
        self.assertEqual(run["x = yield i"].hits, 3 + 20)
        self.assertEqual(run["def g():"].calls, 21)
        self.assertLessEqual(len(run.harness.tally.sampler.notes), 1)  # 3.13 ends a frame without an event

    def test_samples_name_their_task(self) -> None:
        run = Run("""
            import asyncio
            async def work(n):
                y = n
                await asyncio.sleep(0)
                z = n
            def plain(n):
                w = n
            async def main():
                tasks = [asyncio.get_running_loop().create_task(work(n), name="job %d" % n) for n in range(2)]
                tasks[1].set_name("e" * 100)
                for task in tasks: await task
                plain(5)
            asyncio.new_event_loop().run_until_complete(main())
            plain(6)
            """)
        for text in ("y = n", "z = n"):
            self.assertEqual([sample.task for sample in run[text].samples], ["job 0", "e" * 60], text)
        first, second = run["w = n"].samples
        self.assertTrue(first.task.startswith("Task-"), first.task)
        self.assertEqual(second.task, "")


class Life(unittest.TestCase):
    """What happens to a Tally around a fork, and where memory ends."""

    def test_a_forked_child_counts_anew(self) -> None:
        def during(harness: Harness) -> None:
            harness.memory.__init__()  # type: ignore[misc]
            harness.records.__init__()  # type: ignore[misc]
            harness.tally.restart()

        run = Run(
            """
            def f(n):
                for i in range(n):
                    x = i
            f(200)
            during()
            f(3)
            f(200)
            """,
            during,
        )
        self.assertEqual(run["x = i"].hits, 203)
        self.assertEqual(run["def f(n):"].calls, 2)
        self.assertEqual(run.values("x = i", "x")[:3], ["0", "1", "2"])

    def test_no_counters_left(self) -> None:
        run = Run("""
            def f(): return 1
            x = f()
            """)
        self.assertEqual(run["x = f()"].hits, 1)
        harness = Harness()
        harness.memory.used = len(harness.memory.counters)
        names: Dict[str, Any] = {}
        with harness:
            exec(compile("y = 1\n", __file__, "exec"), names)
        self.assertEqual(names["y"], 1)


class Calls(unittest.TestCase):
    """Separate tallies for each call of one function."""

    def test_recursion_threads_and_what_is_written_inside(self) -> None:
        run = Run(
            """
            import threading
            def f(n):
                g = lambda: n
                total = sum(x for x in range(n))
                if n: f(n - 1)
                return g()
            f(2)
            t = threading.Thread(target=f, args=(0,)); t.start(); t.join()
            """,
            calls_of="f",
        )
        calls = run.harness.calls()
        self.assertEqual([[name for name, _, _ in call["stack"]][-1] for call in calls], ["f"] * 4)
        self.assertEqual([name for name, _, _ in calls[2]["stack"]][-3:], ["f", "f", "f"])
        produced = []
        for number in range(1, 5):
            found = {one.text: one for one in run.harness.statements(call=number)}
            self.assertEqual(found["return g()"].hits, 1)
            self.assertEqual(found["if n:"].hits, 1)
            produced.append(found["(x for x in range(n))"].hits)
        self.assertEqual(produced, [2, 1, 0, 0] if BYTECODE_IS_KNOWN else [0, 0, 0, 0])
        self.assertEqual(run["return g()"].hits, 4)

    def test_more_than_ten(self) -> None:
        run = Run(
            """
            def f(n):
                return n
            for i in range(30): f(i)
            """,
            calls_of="f",
        )
        self.assertEqual(len(run.harness.calls()), 10)
        self.assertEqual(run["return n"].hits, 30)
        self.assertEqual([run.harness.statements(call=k)[1].hits for k in range(1, 11)], [1] * 10)


if __name__ == "__main__":
    unittest.main()
