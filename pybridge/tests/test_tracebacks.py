"""The program's tracebacks are its own: at the recursion limit, and when a signal's handler raises in the midst of us."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import unittest
from typing import Any, Dict, List, Sequence

import farend
from farend import point, query
from stopping import BACKENDS

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")

SEEN = """
import sys
files = set()
def note(error):
    while error is not None:
        at = error.__traceback__
        while at is not None:
            files.add(at.tb_frame.f_code.co_filename)
            at = at.tb_next
        error = error.__context__
"""

DEEP = (
    SEEN
    + """
def f(n):
    x = n + 1
    len((x, n))
    return f(x)

def g(n):
    yield from g(n + 1)

class Meant:
    def __init__(self, n):
        self.inner = Meant(n + 1)

def down(k, start):
    return down(k - 1, start) if k else start(0)

for k in range(3):
    for start in (f, lambda n: list(g(n)), Meant):
        try:
            down(k, start)
        except RecursionError as error:
            note(error)
print(sorted(files) == [__file__], sorted(files))
"""
)

SIGNALS = (
    SEEN
    + """
import signal

class Alarm(Exception):
    pass

def handler(number, frame):
    raise Alarm(number)

def work(n):
    total = 0
    for i in range(n):
        total += step(i)
    return total

def step(i):
    held = {"i": i}
    try:
        held["k"]
    except KeyError:
        pass
    return len(held)

signal.signal(signal.SIGALRM, handler)
caught = 0
while caught < 30:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.001 + caught % 13 * 0.0003)
        while True:
            work(50)
    except Alarm as error:
        caught += 1
        note(error)
print(sorted(files) == [__file__], sorted(files))
"""
)

MINE = query(["module", "eq", "__main__"])
ASKED: Dict[str, List[Dict[str, Any]]] = {
    "nothing": [],
    "line": [point(query(["function", "in", {"list": ["f", "step", "g", "__init__"]}], ["kind", "eq", "line"]),
                   {"kind": "VarsPrinter", "names": ["x", "i", "n"]})],
    "everything": [point(MINE, {"kind": "CodePrinter"})],
    "snooper": [point(MINE, {"kind": "VarsSnooper"}, {"kind": "StackPrinter"})],
    "condition": [point({"op": "and", "of": [MINE, {"op": "expr", "text": "n == -1"}]}, limits={"errors": 10**9})],
    "exceptions": [point(query(["module", "eq", "__main__"], ["kind", "eq", "exception"], ["arg", "eq", -1]), {"kind": "CallPrinter"}),
                   point(query(["module", "eq", "__main__"], ["kind", "eq", "line"]), {"kind": "VarsSnooper"}, id=2)],
    "profile": [dict(point({"op": "true"}, {"kind": "CallPrinter"}), profile=True)],
    "two": [point(MINE, {"kind": "Event"}), point(MINE, {"kind": "Log", "slots": [["n", "", ""]]}, id=2)],
}  # fmt: skip


class Tracebacks(unittest.TestCase):
    def check(self, program: str, asked: Dict[str, Any], configs: Sequence[Dict[str, Any]], backends: Sequence[str]) -> None:
        folder = os.path.realpath(tempfile.mkdtemp(prefix="tallyho-traceback-"))
        self.addCleanup(shutil.rmtree, folder, True)
        path = os.path.join(folder, "main.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(program)
        for backend in backends:
            for name, points in asked.items():
                for config in configs:
                    with self.subTest(backend=backend, name=name, **config):
                        options = dict({"backend": backend, "events": False, "just_my_code": True, "wait_when_full": False}, **config)
                        outcome = farend.run("script", path, points, cwd=folder, address={"native": NATIVE}, config=options)
                        self.assertEqual((outcome.err, outcome.out), ("", "True ['%s']\n" % path))

    def test_at_the_recursion_limit(self) -> None:
        asked = {name: ASKED[name] for name in ("nothing", "line", "condition", "profile")}
        self.check(DEEP, asked, [{"tally": "values"}], BACKENDS)

    @unittest.skipUnless(hasattr(signal, "setitimer"), "no timers")
    def test_a_handler_that_raises(self) -> None:
        asked = {name: ASKED[name] for name in ("nothing", "line", "snooper")}
        self.check(SIGNALS, asked, [{"tally": "values", "samples": "first", "sample_limit": 10**6}], BACKENDS)

    @unittest.skipUnless(hasattr(signal, "setitimer"), "no timers")
    def test_a_handler_that_raises_where_a_screen_says_no(self) -> None:
        self.check(SIGNALS, {"exceptions": ASKED["exceptions"]}, [{"tally": "off"}], BACKENDS)


if __name__ == "__main__":
    unittest.main()
