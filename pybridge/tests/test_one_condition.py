"""A condition that is asked over and over has a callback of its own, and nobody can tell (onecondition.py).

What the backend on settrace makes of the same program, which asks the same guards another way, is what is right.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import unittest
from typing import Any, Dict, List, Mapping, Tuple

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import farend
from farend import point, query

from _tallyho.process import notices

HOT = """
import sys
LIMIT = 850
class Out(Exception): pass
def leave(i):
    if i == 700: raise SystemExit("asked to")
def f(n):
    total = 0
    show = lambda: total
    x = None
    for i in range(n):
        total += i
        if i == 600: del x
        if i == 650: x = 4
        if i % 500 == 499: exec("def new(): return 1\\nnew()")
        y = i
    return total
"""
RUN = """
try: print(f(900))
except SystemExit as error: print(error)
"""
SHADOWED = "Exception = BaseException = KeyError = NameError = RecursionError = None\n"
GENERATOR = HOT.replace("        y = i\n", "        y = yield i\n") + "print(sum(f(900)))\n"
DEEP = """
import sys
def down(n):
    m = n
    return down(n + 1)
def f(n):
    for i in range(n):
        y = i
f(900)
try: down(0)
except RecursionError as error: print("deep", error.__context__)
f(900)
"""


def asked(text: str, *where: Any, op: str = "expr") -> Dict[str, Any]:
    """Return the node of a condition at lines of f."""
    return {
        "op": "and",
        "of": [query(("function", "in", {"list": ["f", "down"]}), ("kind", "eq", "line"), *where), {"op": op, "text": text}],
    }


def line_of(program: str, text: str) -> int:
    """Return the line at which a text stands in a program."""
    return program[: program.index(text)].count("\n") + 1


AT = ("lineno", "eq", line_of(HOT, "        y = i"))
CASES: List[Tuple[str, List[Dict[str, Any]], int]] = [
    (HOT + RUN, [asked("i == 850", AT)], 1),
    (HOT + RUN, [asked("i == LIMIT and total > 5", AT)], 1),
    (HOT + RUN, [asked("x == 4 and i % 100 == 0", AT)], 2),
    (HOT + SHADOWED + RUN.replace("SystemExit", "Out"), [asked("x == 4 and i % 100 == 0", AT)], 2),
    (HOT + SHADOWED + RUN.replace("SystemExit", "Out"), [asked("1 // (i % 400 - 1) > 1", AT)], 0),
    (HOT + RUN, [asked("LIMIT == 3 or leave(i)", AT)], 0),
    (HOT + RUN, [asked("[n for n in (850,)][0] == i", AT)], 1),
    (HOT + RUN, [asked("i == 850 and '<tallyho code>'[0] == '<'", AT)], 1),
    (HOT + RUN, [asked("lambda event: event.locals.get('x', 7) == 7", AT, op="lambda")], 50),
    (HOT + RUN, [asked("lambda event: event.locals['x'] == 4 and event.locals['i'] == 850", AT, op="lambda")], 1),
    (HOT + RUN, [asked("n == 900 and total == LIMIT * 849 // 2")], 6),
    (HOT + RUN, [asked("i == 850", AT), asked("i == 851", ("lineno", "eq", AT[2] - 4))], 2),
    (HOT + RUN, [asked("i == 850", AT), asked("i == 899", ("lineno", "eq", AT[2] + 1))], 2),
    (GENERATOR, [asked("i == 850 and total", AT)], 1),
    (DEEP, [asked("n == -1")], 0),
]


class OneCondition(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="tallyho-condition-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def run_text(self, text: str, backend: str, nodes: List[Dict[str, Any]]) -> farend.Outcome:
        """Run a program with a tracepoint for each node."""
        path = os.path.join(self.folder, "prog.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        points = [point(node, {"kind": "CodePrinter"}, id=at + 1, limits={"errors": 2000}) for at, node in enumerate(nodes)]
        return farend.run("script", path, points, cwd=self.folder, config={"backend": backend, "events": False})

    def test_nobody_can_tell(self) -> None:
        for text, nodes, hits in CASES:
            with self.subTest(nodes=nodes):
                seen = [self.told(self.run_text(text, backend, nodes)) for backend in ("settrace", "auto")]
                self.assertEqual(*seen)
                self.assertEqual(len(seen[0]["events"]), hits)

    @staticmethod
    def told(outcome: farend.Outcome) -> Mapping[str, Any]:
        """What there is to see of a run."""
        points = outcome.message("status")["tracepoints"]
        return {
            "out": (outcome.out, outcome.err, outcome.code),
            "events": [(e["tracepoint"], e["line"]) for e in outcome.events],
            "points": [(s["id"], s["hits"], s["errors"], s["state"], s["message"]) for s in points],
            # How much room a backend needs at the recursion limit is its own: one may have none where the other has.
            "notices": [m["text"] for m in outcome.peers[0].messages if m["t"] == "notice" and m["text"] != notices.DEEP],
        }

    @unittest.skipIf(
        sys.version_info < (3, 12) or farend.FREE_THREADED, "no sys.monitoring, or one that is given what takes the turn first"
    )
    def test_it_is_there_until_something_changes(self) -> None:
        """What is registered after a hot loop, and when code has been seen for the first time since."""
        look = "\ndef look():\n    event, own = sys.monitoring.events.LINE, None\n    for tool in (4, 3):\n        own = own or sys.monitoring.register_callback(tool, event, None)\n    print(own.__code__.co_name, own.__code__.co_filename == '<tallyho>')\n"
        for more, want in (("", "True"), ("def new(): return 1\nnew()\n", "False")):
            text = (
                HOT.replace("        if i % 500 == 499: exec", "        if i < 0: exec")
                + look.replace("def look():", "def look(on=False):\n    if not on: return")
                + "look()\nf(900)\n"
                + more
                + "look(True)\n"
            )
            outcome = self.run_text(text, "monitoring", [asked("i == 850", AT)])
            self.assertEqual((outcome.out, outcome.err), ("on_line %s\n" % want, ""))


if __name__ == "__main__":
    unittest.main()
