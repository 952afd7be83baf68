"""The last value that is shown is the last there was: at the end, at a stop, and while a program runs on."""

from __future__ import annotations

import os
import sys
import tempfile
import textwrap
import unittest
from typing import Any, Callable, Dict, List, Optional, Tuple

from latest_programs import PROGRAMS
from tally_harness import ACCELERATOR, TOOL, Harness, Sample, Statement

from _tallyho.base.behaviour import BYTECODE_IS_KNOWN

HOLDS = hasattr(getattr(ACCELERATOR, "Counters", None), "latest")

CHANGED = """
    n = 0
    def step():
        global n
        n += 1
    class C: x = 0
    c = C()
    def f():
        items = []
        for i in range(300):
            items.append(i)
            c.x += 1
            step()
            print_(n)
    f()
    """


class Run:
    """A program's text, run under a Tally."""

    def __init__(self, text: str, during: Optional[Callable[[Harness], None]] = None, **config: Any) -> None:
        text = textwrap.dedent(text)
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "case.py")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
            self.harness = Harness(**config)
            names: Dict[str, Any] = {"print_": lambda *_: None, "during": lambda: during and during(self.harness)}
            with self.harness:
                exec(compile(text, path, "exec", dont_inherit=True), names)

    def __getitem__(self, text: str) -> Statement:
        return next(one for one in self.harness.statements() if one.text == text)

    def last(self, text: str, name: str) -> Tuple[int, Optional[str]]:
        """Return the last sample that has a name: its hit, and the value."""
        samples = sorted(self[text].samples, key=lambda one: one.hit)
        for sample in reversed(samples):
            value = sample.returned if name == "->" else sample.vars.get(name)
            if value is not None:
                return sample.hit, value[1]
        return 0, None


@unittest.skipIf(not HOLDS, "values are held by an accelerator that knows the interpreter's frames")
class Ends(unittest.TestCase):
    """What is shown last once a program is over."""

    def test_programs(self) -> None:
        for name, (text, wants) in PROGRAMS.items():
            run = Run(text)
            self.assertEqual(run.harness.tally.errors, 0)
            for statement, var, value in wants:
                with self.subTest(name, statement=statement, var=var):
                    self.assertEqual(run.last(statement, var)[1], value)
                    if statement != "a = 1 // (i % 2)":  # its last hit raised
                        self.assertEqual(run.last(statement, var)[0], run[statement].hits)

    def test_what_cannot_be_held_is_left_out(self) -> None:
        """Values that anybody can change, and names that any call may bind: a sample that has not all is partial, and none is wrong."""
        run = Run(CHANGED)
        for text, name in (("items.append(i)", "items"), ("c.x += 1", "c.x"), ("n += 1", "n"), ("print_(n)", "n")):
            for sample in run[text].samples:
                if name in sample.vars:
                    expected = {"items": None, "c.x": sample.hit, "n": sample.hit}[name]
                    self.assertTrue(expected is None or sample.vars[name][1] == str(expected), (text, sample))
        self.assertEqual(run.last("items.append(i)", "i"), (300, "299"))
        self.assertTrue(self.newest(run, "items.append(i)").partial)
        self.assertFalse(self.newest(Run(PROGRAMS["an if in a loop"][0]), "if x > 5:").partial)

    def newest(self, run: Run, text: str) -> Sample:
        return max(run[text].samples, key=lambda one: one.hit)

    def test_objects_die_as_without(self) -> None:
        """Nothing that a program could miss is held."""
        run = Run(
            """
            import weakref
            class Thing: pass
            dead = []
            def use(thing, n):
                name = (thing, n)
                return name
            for i in range(100):
                thing = Thing()
                weakref.finalize(thing, dead.append, i)
                use(thing, i)
                del thing
                during()
            """,
            lambda harness: None,
        )
        self.assertEqual(run["use(thing, i)"].hits, 100)
        counted = Run("""
            import weakref
            class Thing: pass
            seen = []
            def use(thing): return thing
            for i in range(100):
                thing = Thing(); r = weakref.ref(thing); use(thing); thing = None
                seen.append(r() is None)
            alive = seen.count(False)
            """)
        self.assertEqual(counted.last("alive = seen.count(False)", "alive")[1], "0")

    def test_a_text_that_is_run_again(self) -> None:
        """Each time its code is another, which ends."""
        harness = Harness()
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "case.py")
            text = "def f(n):\n    for i in range(n):\n        x = i + n\n    return x\nf(size)\n"
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
            with harness:
                for size in range(50, 70):
                    exec(compile(text, path, "exec", dont_inherit=True), {"size": size})
        run = Run.__new__(Run)
        run.harness = harness
        self.assertEqual(run.last("x = i + n", "x"), (sum(range(50, 70)), "137"))

    def test_redacted(self) -> None:
        run = Run("for i in range(100):\n    password = str(i)\n")
        self.assertEqual(run.last("password = str(i)", "password"), (100, "{redacted}"))


@unittest.skipIf(not HOLDS, "values are held by an accelerator that knows the interpreter's frames")
class Stops(unittest.TestCase):
    """What is shown last while a program stands still, or runs."""

    def test_at_a_stop(self) -> None:
        """What is over shows this round, what is still to come the one before."""
        seen: List[Dict[str, Tuple[int, Optional[str]]]] = []
        runs: List[Run] = []

        def during(harness: Harness) -> None:
            harness.tally.pause()
            run = Run.__new__(Run)
            run.harness = harness
            seen.append(
                {
                    text: run.last(text, name)
                    for text, name in (("for i in range(200):", "i"), ("x = i * 3", "x"), ("y = x + 1", "y"), ("print_(y)", "y"))
                }
            )

        runs.append(
            Run(
                """
            def f():
                for i in range(200):
                    x = i * 3
                    if i == 150: during()
                    y = x + 1
                    print_(y)
            f()
            """,
                during,
            )
        )
        self.assertEqual(
            seen, [{"for i in range(200):": (151, "150"), "x = i * 3": (151, "450"), "y = x + 1": (150, "448"), "print_(y)": (150, "448")}]
        )
        self.assertEqual(runs[0].last("y = x + 1", "y"), (200, "598"))

    def test_in_calls(self) -> None:
        """A statement that is running shows the round before; a frame below is as far as its call."""
        seen: List[Any] = []

        def during(harness: Harness) -> None:
            harness.tally.pause()
            run = Run.__new__(Run)
            run.harness = harness
            seen.append([run.last("a = inner(i)", "a"), run.last("b = n * 2", "b"), run.last("c = stop(n)", "c")])

        Run(
            """
            def stop(n):
                if n == 120: during()
                return n
            def inner(n):
                b = n * 2
                c = stop(n)
                return c
            def outer():
                for i in range(200):
                    a = inner(i)
            outer()
            """,
            during,
        )
        self.assertEqual(seen, [[(120, "119"), (121, "240"), (120, "119")]])

    def test_while_it_runs(self) -> None:
        """A statement that is not hit any more shows its last value two ticks later, whatever else runs."""

        def during(harness: Harness) -> None:
            for _ in range(2):
                harness.tally.sampler.ticked = 0
                harness.tally.tick()
            run = Run.__new__(Run)
            run.harness = harness
            self.assertEqual(run.last("y = i * i", "y"), (500, "249001"))
            self.assertEqual(run.last("return i", "->"), (500, "499"))

        Run(
            """
            def f(i): return i
            def g():
                for i in range(500):
                    y = i * i
                    f(i)
                during()
            g()
            """,
            during,
        )

    def test_what_costs_too_much(self) -> None:
        """Where holding cannot be afforded less is held, and nothing that is shown is wrong."""

        def during(harness: Harness) -> None:
            harness.tally.sampler.spent = 1 << 60
            harness.tally.sampler.ticked = 0
            harness.tally.tick()

        run = Run(
            """
            def f(n):
                total = 0
                for i in range(n):
                    total += i
                    last = i
                    print_(total)
                return total
            f(30000)
            during()
            f(20)
            """,
            during,
        )
        for sample in run["total += i"].samples:
            i = sample.hit - 1 if sample.hit <= 30000 else sample.hit - 30001
            self.assertEqual(sample.vars.get("total", ("", str(i * (i + 1) // 2)))[1], str(i * (i + 1) // 2))
        self.assertIn(run.last("last = i", "last"), [(30020, "19"), (30000, "29999")])

    def test_many_calls_between_two_looks(self) -> None:
        """What returns cost takes nothing away from how many calls have their last values held."""
        run = Run("def f(n):\n    return n + 1\nfor i in range(120000): f(i)\n")
        self.assertEqual(run.last("return n + 1", "->"), (120000, "120000"))

    def test_returns_that_cost_too_much(self) -> None:
        """Where nothing is held CPython is not asked for returns, until something is held again."""
        heard: List[Any] = []
        own: List[Any] = []

        def register(callback: Any) -> Any:
            monitoring = sys.monitoring  # type: ignore[attr-defined]
            return monitoring.register_callback(TOOL, monitoring.events.PY_RETURN, callback)

        def hear(code: Any, offset: int, value: Any) -> Any:
            heard.append(value)
            return own[0](code, offset, value)

        def during(harness: Harness) -> None:
            self.tick(harness, bool(own))
            if own:
                register(own[0])
            else:
                own.append(register(hear))

        run = Run(RETURNING + "for i in range(10): f(i)\nduring()\nfor i in range(20): f(i)\n", during)
        self.assertEqual(heard, [1])
        self.assertEqual((run.last("m = n + 1", "m"), run.last("return m", "->")), ((30030, "20"), (30030, "20")))

    def test_returns_in_a_forked_child(self) -> None:
        """They are heard of there."""

        def during(harness: Harness) -> None:
            if harness.tally.sampler.spent < 1 << 60:
                self.tick(harness, False)
            else:
                harness.tally.sampler.spent = 0
                harness.tally.restart()

        run = Run(RETURNING + "for i in range(10): f(i)\nduring()\nfor i in range(20): f(1000000 + i)\n", during)
        found = {one.hit: one.returned for one in run["return m"].samples if one.returned and len(one.returned[1]) == 7}
        self.assertEqual({hit: ("int", str(1000000 + hit)) for hit in found}, found)
        self.assertIn(20, found)

    def tick(self, harness: Harness, affords: bool) -> None:
        """Let the clock look, at a time when holding can be afforded or not."""
        harness.tally.sampler.spent = 0 if affords else 1 << 60
        harness.tally.sampler.ticked = 0
        harness.tally.tick()


RETURNING = """
def f(n):
    m = n + 1
    return m
for i in range(30000): f(i)
during()
"""


LONE = {
    "a loop that ends its function": ("for i in range(300):", "y = i * i", "z = y + 1"),
    "a loop that is left by return": ("w = k", "v = k"),
    "an if in a loop": ("some = x", "other = x"),
    "a module": ("for i in range(300):", "t = (i, str(i))"),
    "a loop that an exception leaves": ("w = k",),
}


@unittest.skipIf(HOLDS or not BYTECODE_IS_KNOWN, "values are read where nothing holds them")
class WithoutHolding(unittest.TestCase):
    """Names that one statement binds are read when the frame ends."""

    def test_programs(self) -> None:
        for name, texts in LONE.items():
            text, wants = PROGRAMS[name]
            run = Run(text)
            self.assertEqual(run.harness.tally.errors, 0)
            for statement, var, value in wants:
                if statement in texts:
                    with self.subTest(name, statement=statement):
                        self.assertEqual(run.last(statement, var), (run[statement].hits, value))

    def test_nothing_is_wrong(self) -> None:
        """Whatever the program, a sample of the last hit has the last value."""
        for name, (text, wants) in PROGRAMS.items():
            run = Run(text)
            for statement, var, value in wants:
                hit, found = run.last(statement, var)
                if hit == run[statement].hits:
                    with self.subTest(name, statement=statement):
                        self.assertEqual(found, value)


if __name__ == "__main__":
    unittest.main()
