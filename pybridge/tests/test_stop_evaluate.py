"""Evaluating at a stop: in every scope, in every context, with a limit, and without leaving a trace."""

from __future__ import annotations

import sys
import unittest
from typing import Dict, List, Tuple

from stopping import BACKENDS, Debuggee, Refusal

PROGRAM = """
import sys, time

GLOBAL = 10
ran = []

class Base:
    def name(self): return "base"

class Thing(Base):
    kind = "thing"
    def __init__(self): self.__secret = 41; self.items = [5, 6, 7]; self.table = {"k": {"z": 1}}
    def name(self): return "thing"
    @property
    def prop(self): ran.append("prop"); return 1
    def method(self, a, *rest, key=2, **named):
        local = 3
        def inner(): return local
        _ = "mine"
        here = 1                                # method
        return a, local, key, GLOBAL

def bump():
    count = 0
    def add():
        nonlocal count
        count += 1
        return count
    here = 1                                    # bump
    return count

class Body:
    x = 1
    y = x + 1                                   # body

print(Thing().method(1, 2, z=3))
print(bump())
level = 5
end = 1                                         # module
print(GLOBAL, level, [n for n in ("made", "func") if n in globals()])
"""

IN_METHOD: List[Tuple[str, str, str]] = [
    ("repl", "a + key + GLOBAL", "13"),
    ("repl", "[a + i for i in range(key)]", "[1, 2]"),
    ("repl", "(lambda n: n + local)(1)", "4"),
    ("repl", "sorted({i: local for i in rest})", "[2]"),
    ("repl", "list(i + a for i in rest)", "[3]"),
    ("repl", "rest, named", "((2,), {'z': 3})"),
    ("repl", "self.__secret", "41"),
    ("repl", "super().name()", "'base'"),
    ("repl", "inner()", "3"),
    ("repl", "_", "'mine'"),
    ("repl", "x = 7", ""),
    ("repl", "x + 1", "8"),
    ("repl", "import math as m\nm.floor(2.5)", "2"),
    ("repl", "total = 0\nfor i in range(4):\n    total += i\ntotal", "6"),
    ("repl", "def double(n):\n    return n * a * 2\ndouble(4)", "8"),
    ("repl", "local = 30", ""),
    ("repl", "local", "30"),
    ("repl", "(seen := 5) + 1", "6"),
    ("watch", "self.items[key - 1]", "6"),
    ("watch", "GLOBAL", "10"),
    ("hover", "self.items[1]", "6"),
    ("hover", "self.table['k']['z']", "1"),
    ("hover", "self.items[key]", "7"),
    ("hover", "Thing.kind", "'thing'"),
    ("hover", "sys.maxsize > 0", "!only names, attributes and items"),
    ("hover", "self.prop", "!cannot be read without running code"),
    ("hover", "inner()", "!only names, attributes and items"),
    ("hover", "nothing", "!'nothing' is not defined"),
    ("watch", "nothing", "!NameError: name 'nothing' is not defined"),
    ("watch", "x = 5", "!SyntaxError"),
    ("watch", "1 +", "!SyntaxError"),
    ("repl", "1 / 0", "!ZeroDivisionError: division by zero"),
    ("repl", "return 5", "!SyntaxError"),
    ("repl", "exit()", "!SystemExit"),
    ("repl", "global GLOBAL; GLOBAL = 11", ""),
    ("clipboard", "'x' * 5000", "'" + "x" * 5000 + "'"),
    ("repl", "ran", "[]"),
]
"""Context, text, and what it shows; an error begins with an exclamation mark."""

NAMES = "['_', 'a', 'inner', 'key', 'local', 'named', 'rest', 'self']"

LOOKING_AROUND: List[Tuple[str, str, str]] = [
    ("repl", "sorted(locals())", NAMES),
    ("repl", "sorted(vars())", NAMES),
    ("watch", "dir()", NAMES),
    ("repl", "eval('a + local')", "4"),
    ("repl", "exec('ran.append(local)')\nran.pop()", "3"),
    ("repl", "locals()['a'], len(locals())", "(1, 8)"),
    ("repl", "[name for name in ['a'] if name in dir()]", "[]" if sys.version_info < (3, 12) else "['a']"),
    ("repl", "'GLOBAL' in locals(), 'GLOBAL' in globals(), eval('GLOBAL')", "(False, True, 10)"),
    ("repl", "import inspect\nsorted(inspect.currentframe().f_locals)[0]", "'_'"),
    ("repl", "super().name(), 'a' in locals()", "('base', True)"),
    ("repl", "(lambda: sorted(locals()))()", "[]"),
]
"""What looks at the variables around it sees the frame's, and none of ours."""

IN_MODULE: List[Tuple[str, str, str]] = [
    ("repl", "made = [level + i for i in range(2)]", ""),
    ("repl", "made", "[5, 6]"),
    ("repl", "def func(): return made", ""),
    ("repl", "func()", "[5, 6]"),
    ("repl", "level = 6", ""),
    ("hover", "level", "6"),
    ("repl", "locals() is globals(), 'level' in dir(), eval('level')", "(True, True, 6)"),
]


class Evaluations(unittest.TestCase):
    def check(self, it: Debuggee, rows: List[Tuple[str, str, str]]) -> None:
        for context, text, want in rows:
            with self.subTest(text):
                try:
                    got = it.value(text, context)
                except Refusal as error:
                    got = "!" + str(error)
                self.assertTrue(got == want or want[:1] == "!" == got[:1] and want[1:] in got, (got, want))

    def test_scopes(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": PROGRAM}) as it:
                it.start([it.at(mark, number) for number, mark in enumerate(("method", "bump", "body", "module"))])
                it.stopped()
                self.assertEqual(it.where()[0], "Body:%d" % it.line("body"))
                self.assertEqual(it.value("x + 1"), "2")
                it.evaluate("x = 100")
                self.assertEqual(it.value("x"), "100")
                it.resume()
                it.stopped()
                self.check(it, LOOKING_AROUND)
                self.check(it, IN_METHOD)
                it.resume()
                it.stopped()
                self.assertEqual(it.value("add() + add()"), "3")
                self.assertEqual(it.value("count"), "2")
                it.resume()
                it.stopped()
                self.check(it, IN_MODULE)
                out = it.end()
                self.assertEqual(out, "(1, 30, 2, 11)\n2\n11 6 ['made', 'func']\n")

    def test_conditions_look_around(self) -> None:
        """A condition that looks at the variables around it sees the frame's, with and without the accelerator."""
        text = "def f(a):\n    b = a\n    return b                        # here\nfor i in range(300): f(i)\n"
        for condition in (
            "'a' in locals() and a == 250",
            "len(vars()) == 2 and b == 250",
            "dir() == ['a', 'b'] and a == 250",
            "eval('a') == 250",
        ):
            for backend in BACKENDS:
                with self.subTest(backend=backend, condition=condition), Debuggee(backend, {"main.py": text}) as it:
                    it.start([it.at("here", program={"op": "expr", "text": condition})])
                    it.stopped()
                    self.assertEqual(it.value("a, b"), "(250, 250)")
                    it.end()

    def test_limits(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": PROGRAM}) as it:
                it.start([it.at("module")])
                it.stopped()
                with self.assertRaisesRegex(Refusal, "after 0.3 seconds"):
                    it.evaluate("while True: pass", timeout=0.3)
                self.assertEqual(it.value("level"), "5")
                number = it.send("evaluate", expression="while True:\n  try:\n    while True: pass\n  except Exception: pass",
                                 frame=it.top()["id"], context="repl")  # fmt: skip
                it.peer.send(t_="cancel", id=number)
                with self.assertRaisesRegex(Refusal, "^cancelled$"):
                    it.reply(number)
                self.assertEqual(it.value("level + 1"), "6")
                number = it.send("evaluate", expression="time.sleep(100)", frame=it.top()["id"], context="repl")
                it.peer.send(t_="cancel", id=number)
                with self.assertRaisesRegex(Refusal, "^cancelled$"):
                    it.reply(number)
                self.assertEqual(it.value("level + 2"), "7")
                it.end()

    def test_completions(self) -> None:
        def labels(it: Debuggee, text: str) -> Dict[str, str]:
            found = it.ask("completions", text=text, column=len(text), frame=it.top()["id"])
            return {one["label"]: one["kind"] for one in found}

        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": PROGRAM}) as it:
                it.start([it.at("method")])
                it.stopped()
                self.assertEqual(labels(it, "1 + GLO"), {"GLOBAL": "variable"})
                self.assertEqual(labels(it, "self.it"), {"items": "field"})
                self.assertEqual(labels(it, "self.pro"), {"prop": "property"})
                self.assertEqual(labels(it, "f(self.items.app"), {"append": "method"})
                self.assertEqual(labels(it, "sys.maxs"), {"maxsize": "variable"})
                self.assertIn("here", labels(it, "her") or {"here": ""})
                self.assertEqual(labels(it, "self.table['k'].val"), {"values": "method"})
                self.assertIn("while", labels(it, "whi"))
                (one,) = it.ask("completions", text="x = GLOB + 1", column=8, frame=it.top()["id"])
                self.assertEqual((one["start"], one["length"], one["text"]), (4, 4, "GLOBAL"))
                self.assertEqual(it.value("ran"), "[]")
                it.end()

    def test_without_a_stop(self) -> None:
        text = "import time\nstep = 1\nwhile step < 5: time.sleep(0.01)\nprint('over', step)\n"
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": text}) as it:
                it.start([])
                self.assertEqual(it.value("1 + 1", frame=0), "2")
                it.evaluate("step = 9", frame=0)
                self.assertEqual(it.finish(), "over 9\n")

    def test_names_of_code_without_a_module(self) -> None:
        """As a notebook's kernel runs its cells: what the main module lacks is found where such code runs."""
        cell = "import time\nprice = 42\nstep = 1\ndef twice(n): return n * 2\ndef spin():\n    while step < 5: time.sleep(0.01)\nspin()\n"
        text = "main_only = 1\nexec(compile(%r, '<cell 1>', 'exec'), {'__name__': '__cell__'})\nprint('over')  # over\n" % cell
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": text}) as it:
                it.start([])
                it.waits_at("over", "spin")
                self.assertEqual(it.value("main_only + 1", frame=0), "2")
                self.assertEqual(it.value("twice(price) + 1", frame=0), "85")
                self.assertEqual(it.value("price", "hover", frame=0), "42")
                self.assertEqual(it.value("[price for price in (1,)]", frame=0), "[1]")
                with self.assertRaisesRegex(Refusal, "price|nowhere"):
                    it.value("price + nowhere", frame=0)
                it.evaluate("step = price", frame=0)
                self.assertEqual(it.finish(), "over\n")


if __name__ == "__main__":
    unittest.main()
