"""Where values are defined and variables bound: the lines and columns that a stopped program tells."""

from __future__ import annotations

import unittest
from typing import Any, Dict

from stopping import BACKENDS, Debuggee, Refusal

OTHER = '''"""A module."""
import functools


def decorate(function):
    return function


class Same:                                     # first Same
    def one(self): pass


class Same:                                     # Same
    kind = 1

    @decorate
    def method(self): return 1                  # method

    class Inner:                                # Inner
        pass


def made():
    class Local:                                # Local
        def it(self): pass
    return Local
'''

MAIN = """import json, other as their                 # import
from collections import UserDict

CONSTANT = 1                                # CONSTANT
CONSTANT = 2


def outer(first, *rest, key=None, **more):  # outer
    "🐍"; after = 1; total = first          # after
    total += 1
    for index, (left, right) in enumerate([(1, 2)]):    # loop
        pass
    try:
        raise ValueError
    except ValueError as error:             # error
        kept = error                        # kept

    async def coroutine(): pass             # coroutine

    def inner():                            # inner
        number = total + first              # number
        squares = [number for number in (1,)]
        return number                       # stop

    waiting = coroutine()
    values = {
        "function": outer, "class": their.Same, "nested": their.Same.Inner, "bound": their.Same().method,
        "local": their.made(), "module": their, "coroutine": waiting, "lambda": lambda: 1,          # lambda
        "int": int, "ordered": UserDict, "json": json.JSONDecoder, "builtin": len,
    }
    return inner()


outer(1)
"""


class Places(unittest.TestCase):
    def test_values_and_variables(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": MAIN, "other.py": OTHER}) as it:
                it.start([it.at("stop")])
                it.stopped()
                frames = it.frames()
                values = it.children(it.scope(frame=frames[1]["id"])["ref"])
                inside = it.children(values["values"]["ref"])
                for name, mark, file in (
                    ("function", "outer", "main.py"), ("class", "Same", "other.py"), ("nested", "Inner", "other.py"),
                    ("bound", "method", "other.py"), ("local", "Local", "other.py"), ("coroutine", "coroutine", "main.py"),
                    ("lambda", "lambda", "main.py"),
                ):  # fmt: skip
                    place = it.ask("place", ref=inside["'%s'" % name]["place"])
                    want = (it.path(file), it.line(mark, file))
                    self.assertEqual((place["path"], place["line"]), want, name)
                self.assertEqual(it.ask("place", ref=inside["'local'"]["place"])["column"], 4)
                module = it.ask("place", ref=inside["'module'"]["place"])
                self.assertEqual((module["path"], module["line"], module["column"], module["source"]), (it.path("other.py"), 1, 0, 0))
                self.assertTrue(it.ask("place", ref=inside["'ordered'"]["place"])["path"].endswith("__init__.py"))
                self.assertTrue(it.ask("place", ref=inside["'json'"]["place"])["path"].endswith("decoder.py"))
                for name in ("int", "builtin"):
                    self.assertNotIn("place", inside["'%s'" % name], name)
                self._variables(it, frames)
                it.end()

    def _variables(self, it: Debuggee, frames: Any) -> None:
        just_my_code = it.children(it.scope(frame=frames[0]["id"])["ref"])
        closed = it.children(it.scope("Closure", frames[0]["id"])["ref"])
        around = it.children(it.scope(frame=frames[1]["id"])["ref"])
        top = it.children(it.scope("Globals", frames[0]["id"])["ref"])
        functions = it.children(top["function variables"]["ref"])
        rows: Dict[str, Any] = {
            "number": just_my_code, "total": closed, "first": closed, "rest": around, "key": around, "more": around,
            "after": around, "index": around, "right": around, "kept": around, "inner": around, "CONSTANT": top, "json": top,
            "their": top, "outer": functions,
        }  # fmt: skip
        lines = {"total": "after", "first": "outer", "rest": "outer", "key": "outer", "more": "outer", "index": "loop",
                 "right": "loop", "json": "import", "their": "import"}  # fmt: skip
        for name, children in rows.items():
            place = it.ask("place", ref=children[name]["declared"])
            self.assertEqual(place["line"], it.line(lines.get(name, name)), name)
            if name == "after":
                self.assertEqual(place["column"], 9)
        self.assertNotIn("declared", it.children(around["values"]["ref"])["'int'"])

    def test_code_without_a_file(self) -> None:
        text = "def f(a):\n    return a\nfor n in (1,):\n    f(n)\n"
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {}, "code", text) as it:
                it.start([], stop_on_entry=True)
                it.stopped("entry")
                it.step()
                function = it.children(it.children(it.scope()["ref"])["function variables"]["ref"])["f"]
                place = it.ask("place", ref=function["place"])
                self.assertEqual((place["path"], place["line"]), ("", 1))
                self.assertEqual(it.ask("source", ref=place["source"])["content"], text)
                self.assertEqual(it.ask("place", ref=function["declared"])["line"], 1)
                with self.assertRaises(Refusal):
                    it.ask("place", ref=it.top()["id"])
                with self.assertRaises(Refusal):
                    it.ask("place", ref=999999)
                it.end()


if __name__ == "__main__":
    unittest.main()
