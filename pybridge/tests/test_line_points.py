"""Breakpoints in statements over several lines: where they lie, and that one run of the statement is one hit."""

from __future__ import annotations

import argparse
import difflib
import fractions
import json
import os
import shutil
import string
import sys
import tempfile
import textwrap
import unittest
from types import FrameType
from typing import Any, Dict, List, Tuple

from stopping import BACKENDS, Debuggee, breakpoint_at

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from _tallyho.base.locate import CodeLines

RUNS = 3

PRELUDE = """
import contextlib
class Any_:
    def __getattr__(self, name): return self
    def __call__(self, *a, **k): return self
    def __bool__(self): return True
    def __enter__(self): return self
    def __exit__(self, *a): return a[0] is ValueError
    def __len__(self): return 1
    def __getitem__(self, at): return self
    def __add__(self, other): return self
def g(*a, **k): return len(a)
def ident(value): return value
any_ = Any_()
"""

STATEMENTS = [
    "r = g(1,\n      g(2),\n      k=3)",
    "r = g(\n    1,\n)",
    "return g(\n    g(1,\n      2),\n    g(3),\n)",
    "r = {\n    'a': 1,\n    'b': g(),\n}",
    "r = [\n    1,\n    2,\n]",
    "r = (\n    g(1)\n    if n % 2\n    else g(2)\n)",
    "r = (any_\n     .a()\n     .b(1)\n     .c)",
    "r = any_.a(\n    1\n).b(\n    2\n)",
    "assert g(\n    1,\n)",
    "r = g(1) + \\\n    g(2)",
    "r = '''a\nb''' + str(\n    g(1)\n)",
    "r = f'''{g(1)}\n{g(2)}'''",
    "with ident(\n    any_\n) as f:\n    x = 1\n    y = 2",
    "with any_ as f:\n    x = 1",
    "with any_, \\\n        any_:\n    x = 1",
    "with any_:\n    raise ValueError(\n        1)",
    "with any_:\n    return 1",
    "with any_:\n    with any_ as f:\n        x = 1\n    y = 2",
    "if g(\n    1\n) and g(\n    2\n):\n    x = 1",
    "if (\n    g(1)\n    and g(2)\n):\n    x = 1\nelif g(\n    1):\n    x = 2",
    "try:\n    raise ValueError\nexcept (\n    ValueError,\n    TypeError,\n) as error:\n    x = 1",
    "del [\n    any_.x for i in ()\n][:]",
    "r = [\n    g(i)\n    for i in range(4)\n]",
    "r = sum(\n    g(i)\n    for i in range(4)\n)",
    "r = {\n    i: g(i)\n    for i in range(4)\n    if i\n}",
    "r = sorted(\n    [3, 1],\n    key=lambda v: -v,\n)",
    "@ident\n@ident\ndef inner(): pass",
    "@ident\nclass Inner: pass",
    "class Inner: x = 1",
    "class Inner:\n    x = 1",
    "class Inner(\n    ident(object),\n    metaclass=type,\n):\n    pass",
    "r: int = g(\n    1,\n)",
    "r = 1\nr += g(\n    1,\n    g(2),\n)",
    "any_[\n    g(1):\n    g(2)\n]",
    "r = [g(i) for i in range(4)]",
    "r = sum(g(i) for i in range(4)), {i: j for i in range(2) for j in range(2)}",
    "r = [[j for j in range(i)] for i in range(4) if i]",
    "r = g(\n    [g(i) for i in range(4)],\n    list(g(i) for i in range(4)),\n    [g(i) for i in range(4)], {g(i) for i in range(3)})",
    "a, b = (\n    g(1),\n    g(2),\n)",
    "raise KeyError(\n    g(1),\n)",
    "print(\n    *(),\n    end='',\n)",
]

BRANCHING = ["assert g(\n    0), \\\n    'no'"]
"""Some of their runs come to a line once, and some twice: they are not missed."""

BRANCHING = [
    "r = (g(\n    1) if n % 2\n    else g(2)) + g(\n    3)",
    "r = (g(1) if n % 2 else\n    g(2)) + g(3)",
    "assert g(\n    0), \\\n    'no'",
]
"""Some of their runs come to a line once, and some twice: they are not missed."""

WITH_PATTERNS = [
    "match g(\n    1,\n):\n    case (\n        1 |\n        2\n    ):\n        x = 1",
    "with (\n    any_ as a,\n    any_ as b,\n):\n    x = 1",
]


INSIDE = """
def conf():
    return {  # conf
        "a": {},
                                    # in conf
    }  # in conf

def other(
    a,  # in other
    b,
):  # in other
    x = 1  # other
    return x

values = [  # values
                                    # in values
]  # in values
if (  # if
    values is not None
    and True
):  # in if
    text = str(  # text
        [
        ]  # in text
    )  # in text
class Kind(  # class
    object,
):  # in class
    pass
try:
    conf(); other(1, 2); raise KeyError
except (  # except
    KeyError
):  # in except
    pass
"""
"""A line "in X" belongs to the line "X"; where that has no code, to the one below."""

ELEMENTS = "r = [\n    i\n    for i in range(4)\n]\nr = sum(\n    i + 1\n    for i in range(4)\n)\nfor i in range(\n    3\n):\n    x = 1\n"
ELEMENTS += "for i in range(5): x = [j for j in range(3)]\n"


CALLS = """
import asyncio, contextlib
def plain(n): return n
def numbers(n):
    for i in range(n):
        try:
            yield i
        except ValueError:
            yield -1
def more():
    yield from numbers(3)
    got = yield
async def wait(n):
    for i in range(n): await asyncio.sleep(0)
async def items():
    for i in range(3):
        await asyncio.sleep(0)
        yield i
class Meta:
    def method(self):
        yield 1
        yield 2
async def main():
    await asyncio.gather(wait(3), wait(4))
    async for i in items(): pass
for i in range(2): plain(i)
one = numbers(5)
next(one); next(one); one.throw(ValueError); one.close()
list(more())
for i in range(3): list(Meta().method())
asyncio.run(main())
"""


def functions() -> List[str]:
    return STATEMENTS + (WITH_PATTERNS if sys.version_info >= (3, 10) else [])


def program(statements: List[str]) -> Tuple[str, List[Tuple[int, List[str]]]]:
    """Return a program that runs each statement RUNS times, and for each where it begins and its lines."""
    text, places = PRELUDE, []
    for at, statement in enumerate(statements):
        text += "def f%d(n):\n" % at
        places.append((text.count("\n") + 1, statement.split("\n")))
        text += textwrap.indent(statement, "    ") + "\n" if "'''" not in statement else "    " + statement + "\n"
        text += "for n in range(%d):\n    with contextlib.suppress(KeyError): f%d(n)\n" % (RUNS, at)
    return text, places


def hits_of(backend: str, text: str, lines: List[int]) -> Dict[int, Dict[str, Any]]:
    """Return the last status of a breakpoint at each of those lines, which count and do not stop."""
    with Debuggee(backend, {"main.py": text}) as it:
        it.start([breakpoint_at(it.path("main.py"), line, number, stop=False) for number, line in enumerate(lines)])
        it.finish()
        statuses = [m for m in it.peer.messages if m["t"] == "status"][-1]["tracepoints"]
        return {lines[status["id"]]: status for status in statuses}


class LinePoints(unittest.TestCase):
    def test_one_run_is_one_hit(self) -> None:
        """The first and the last line of a statement are reached once each time that it runs."""
        statements = functions()
        text, places = program(statements)
        wanted: Dict[int, Tuple[str, int]] = {}
        for begin, lines in places:
            header = next((at for at, line in enumerate(lines) if line.endswith(":")), len(lines) - 1)
            for at in (0, header):
                wanted[begin + at] = ("\n".join(lines), begin)
        for backend in BACKENDS:
            with self.subTest(backend=backend):
                found = hits_of(backend, text, list(wanted))
                for line, (statement, begin) in wanted.items():
                    status = found[line]
                    with self.subTest(statement, line=line - begin + 1):
                        self.assertTrue(begin <= status["line"] < begin + len(statement.split("\n")), status)
                        self.assertEqual(status["hits"], RUNS, status)

    def test_no_run_is_missed(self) -> None:
        text, places = program(BRANCHING)
        for backend in BACKENDS:
            found = hits_of(backend, text, [begin for begin, _ in places])
            for begin, lines in places:
                with self.subTest(lines, backend=backend):
                    self.assertTrue(RUNS <= found[begin]["hits"] <= 2 * RUNS, found[begin])

    def test_lines_without_code(self) -> None:
        """They belong to the statement that they stand in, and never to another one."""
        lines = INSIDE.split("\n")
        marks = {line.split("# ")[1]: number for number, line in enumerate(lines, 1) if "# " in line and "# in " not in line}
        wanted = {number: marks[line.split("# in ")[1]] for number, line in enumerate(lines, 1) if "# in " in line}
        for backend in BACKENDS:
            found = hits_of(backend, INSIDE, list(wanted))
            for line, want in wanted.items():
                with self.subTest(line=line, text=lines[line - 1], backend=backend):
                    self.assertIn(found[line]["line"], (want, want + 1))
                    self.assertEqual(found[line]["hits"], 1)

    def test_elements(self) -> None:
        """A line that a comprehension has to itself is reached for each element, and so is a loop's."""
        for backend in BACKENDS:
            found = hits_of(backend, ELEMENTS, [1, 2, 5, 6, 12, 13])
            self.assertEqual([found[line]["hits"] for line in (1, 2, 5, 6, 12, 13)], [1, 4, 1, 4, 3, 6])

    def test_calls_of_functions(self) -> None:
        """A function that is named is called once, however often a generator or a coroutine goes on."""
        for backend in BACKENDS:
            for name, calls in (("plain", 2), ("numbers", 2), ("more", 1), ("wait", 2), ("items", 1), ("Meta.method", 3)):
                with self.subTest(name, backend=backend), Debuggee(backend, {"main.py": CALLS}) as it:
                    tests = {"op": "query", "tests": [["kind", "eq", "call"], ["name", "eq", name]]}
                    it.start([{"id": 1, "program": tests, "actions": [], "locate": None, "hit": None, "limits": {}, "entry": True}])
                    it.finish()
                    status = [m for m in it.peer.messages if m["t"] == "status"][-1]["tracepoints"][0]
                    self.assertEqual(status["hits"], calls)

    def test_no_line_is_lost(self) -> None:
        """In each call of a function each line that is reached is reached for a first time."""
        places = CodeLines()
        again: Dict[Any, Any] = {}
        reached: Dict[Tuple[int, int], bool] = {}
        kept: List[FrameType] = []
        back = [0]

        def trace(frame: FrameType, kind: str, arg: Any) -> Any:
            code = frame.f_code
            if kind == "call" and not code.co_filename.startswith("<"):
                kept.append(frame)  # its id stays its own
                return trace
            if kind == "line":
                key = code, frame.f_lineno
                if key not in again:
                    sys.settrace(None)
                    found = places.comes_back(code, os.path.realpath(code.co_filename), frame.f_lineno)
                    again[key] = frozenset() if found is None else found
                    sys.settrace(trace)
                first = frame.f_lasti not in again[key]
                back[0] += not first
                reached[id(frame), frame.f_lineno] = reached.get((id(frame), frame.f_lineno), False) or first
            return trace

        sys.settrace(trace)
        try:
            busy()
        finally:
            sys.settrace(None)
        lost = {(frame.f_code.co_filename, line) for frame in kept for (number, line), first in reached.items()
                if number == id(frame) and not first}  # fmt: skip
        self.assertEqual(lost, set())
        self.assertGreater(back[0], 20, "this has shown nothing")


def busy() -> None:
    """Run much of the standard library a little."""
    parser = argparse.ArgumentParser("it", description="x" * 200, epilog="y")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--many", nargs="*", type=int, default=[1], help="some %(default)s")
    parser.add_argument("rest", nargs="+", choices=("a", "b"))
    parser.parse_args(["--many", "1", "2", "--", "a"])
    parser.format_help()
    json.dumps({"a": [1.5, None, {"b": "c"}]}, indent=2, sort_keys=True)
    textwrap.fill("many words " * 4, 30)
    list(difflib.unified_diff(["a", "b"], ["a", "x"]))
    string.Template("$a ${b}").safe_substitute(a=1)
    fractions.Fraction("1/3").limit_denominator(10)
    with tempfile.TemporaryDirectory() as folder, open(os.path.join(folder, "x"), "w", encoding="utf-8"):
        shutil.copy(__file__, folder)


if __name__ == "__main__":
    unittest.main()
