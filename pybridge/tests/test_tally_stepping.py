"""A tally counts alike whether or not somebody steps, and whoever else uses sys.monitoring."""

from __future__ import annotations

import itertools
import os
import tempfile
import unittest
from typing import Any, Sequence

import farend
from stopping import Debuggee
from tally_harness import MONITORING, NATIVE
from test_tally_bridge import hits

SCRIPT = """
import threading
def add(a, b):
    total = a + b; more = total                     # add
    return more                                     # return

def rounds(n):
    total = 0                                       # first
    for i in range(n):                              # for
        total = add(total, i)                       # call
        if i == 2:                                  # if
            squares = [i * i for i in range(3)]     # squares
    return total                                    # end

def late(n):
    while n:                                        # while
        n -= 1                                      # less
        yield n                                     # yield

rounds(4)                                           # warm
rounds(5)                                           # main
print(sum(late(3)))                                 # late
rounds(6)                                           # again
"""
COUNTS = {
    "total = a + b": 15, "more = total": 15, "return more": 15, "total = 0": 3, "for i in range(n):": 18, "total = add(total, i)": 15,
    "if i == 2:": 15, "[i * i for i in range(3)]": 9, "return total": 3, "while n:": 4, "n -= 1": 3, "yield n": 3, "rounds(4)": 1,
    "rounds(5)": 1, "rounds(6)": 1,
}  # fmt: skip

NEIGHBOUR = """
import sys
def work(n):
    total = 0
    for i in range(n):
        total += i
        if i:
            total -= 1
    return total

def neighbour():
    monitoring, events = sys.monitoring, sys.monitoring.events
    monitoring.use_tool_id(1, "coverage")
    def start(code, offset):
        if code.co_filename == __file__:
            monitoring.set_local_events(1, code, events.LINE)
        return monitoring.DISABLE
    monitoring.register_callback(1, events.PY_START, start)
    monitoring.register_callback(1, events.LINE, lambda code, line: monitoring.DISABLE)
    monitoring.set_events(1, events.PY_START)
    monitoring.restart_events()

%s
"""
WORK_COUNTS = {"total = 0": 1, "for i in range(n):": 6, "total += i": 5, "if i:": 5, "total -= 1": 4, "return total": 1}


@unittest.skipUnless(MONITORING, "statements are counted by sys.monitoring, from 3.12 on")
class Stepping(unittest.TestCase):
    """Steps ask for LINE and PY_START everywhere, by a second tool."""

    def check(self, steps: Sequence[str], points: Sequence[str] = ("main",), quiet: Sequence[str] = (), **config: Any) -> None:
        with Debuggee("monitoring", {"main.py": SCRIPT}) as it:
            stops = [it.at(mark, at + 1) for at, mark in enumerate(points)]
            watched = [
                dict(
                    it.at(mark, at + 100),
                    stop=False,
                    actions=[{"kind": "Event", "id": 0}],
                    program={"op": "when", "if": {"op": "true"}, "do": [0]},
                )
                for at, mark in enumerate(quiet)
            ]
            it.start([*stops, *watched], tally=config.pop("tally", "values"), address={"native": NATIVE}, **config)
            it.stopped("breakpoint")
            for how in steps:
                it.resume(how)
                it.stopped()
            it.arm([], [stop["id"] for stop in stops])
            it.end()
            decoder = farend.Decoder().feed(it.peer.records())
            found = {text.split("#")[0].strip(): count for text, count in hits(it.peer, decoder).items()}
        self.assertEqual({text: found.get(text) for text in COUNTS}, COUNTS)

    def test_counts_survive_steps(self) -> None:
        for steps in ([], ["next"], ["in"] * 7, ["in", "next", "next", "in", "out", "next"] + ["next"] * 12, ["in"] * 40):
            for config in (
                {"tally": "counts"},
                {"tally": "values"},
                {"tally": "counts", "just_my_code": False, "exclude": ["**/lib/**"]},
                {"tally": "values", "eager": 0},
                {"tally": "values", "eager": 60},
            ):
                with self.subTest(steps=steps, **config):
                    self.check(steps, **config)

    def test_counts_survive_steps_among_tracepoints(self) -> None:
        every = ("add", "for", "call", "less")
        for steps in (["next", "in"], ["in"] * 12, ["continue", "next", "in", "in", "out", "continue"]):
            for points in (("main", "call"), ("warm", "add", "less")):
                with self.subTest(steps=steps, points=points):
                    self.check(steps, points, every)


@unittest.skipUnless(MONITORING, "statements are counted by sys.monitoring, from 3.12 on")
class Neighbours(unittest.TestCase):
    """The program has a tool of sys.monitoring itself, as coverage is one: LINE, disabled where it was seen."""

    def check(self, main: str, times: int = 1) -> None:
        expected = {text: times * count for text, count in WORK_COUNTS.items()}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "prog.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(NEIGHBOUR % main)
            for points, raw in itertools.product(
                ([], [farend.point(farend.query(("function", "eq", "work"), ("lineno", "eq", 6)))]), (-1, 0, 60)
            ):
                outcome = farend.run("script", path, points, config={"tally": "values", "eager": raw}, address={"native": NATIVE})
                self.assertEqual((outcome.code, outcome.err), (0, ""))
                found = hits(outcome.peers[0], outcome.decoder)
                self.assertEqual({text: found.get(text) for text in expected}, expected, points)

    def test_there_before(self) -> None:
        self.check("neighbour()\nexec(compile('work(5)', 'x', 'exec'))")

    def test_there_before_by_two(self) -> None:
        self.check(
            "neighbour()\nsys.monitoring.use_tool_id(0, 'debugger')\nsys.monitoring.set_events(0, sys.monitoring.events.LINE)\nwork(5)"
        )

    def test_coming_between(self) -> None:
        self.check("work(5)\nneighbour()\nwork(5)\nwork(5)", 3)

    def test_coming_while_it_runs(self) -> None:
        self.check("class N:\n    def __index__(self):\n        neighbour()\n        return 5\nwork(5)\nwork(N())\nwork(5)", 3)

    def test_all_ids_taken(self) -> None:
        """What may be wrong then is said."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (
                ("holder.py", HOLDER),
                ("prog.py", NEIGHBOUR.replace("def neighbour", "def other") % "work(5)\nimport holder\nholder.ask()\nwork(5)"),
            ):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            outcome = farend.run(
                "script",
                os.path.join(folder, "prog.py"),
                config={"tally": "values", "preload": ["holder"]},
                address={"native": NATIVE},
                env=dict(os.environ, PYTHONPATH=folder),
            )
            self.assertEqual((outcome.code, outcome.err), (0, ""))
            self.assertIn("lower bounds", outcome.message("doubt")["text"])


HOLDER = """
import sys
monitoring = sys.monitoring
held = [tool for tool in range(6) if monitoring.get_tool(tool) is None]
for tool in held:
    monitoring.use_tool_id(tool, "holder")

def ask():
    monitoring.set_events(held[0], monitoring.events.PY_START)
"""

if __name__ == "__main__":
    unittest.main()
