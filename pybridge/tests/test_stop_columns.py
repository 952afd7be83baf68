"""Breakpoints at a column: each stops at what begins there, as often as that is counted, and nowhere else on the line."""

from __future__ import annotations

import os
import random
import unittest
from typing import Any, Dict, List, Tuple

import farend
from oracle_programs import Writer
from oracle_world import World, run
from size import sized
from stopping import BACKENDS, Debuggee, breakpoint_at
from tally_harness import NATIVE
from test_tally_bridge import hits

PROGRAM = """
def f(n): return n + 1
def g(x, xs):
    a = 1; b = f(x); c = 2  # three
    if x: c = f(c)  # body
    h = lambda v: f(v)  # lambda
    h(1); h(2)  # calls
    l = [f(v) for v in xs]; d = {v: f(v) for v in xs if v}  # lists
    s = sum(f(v) for v in xs) + sum([y for y in xs])  # lazy
    l = [v for v in xs if v if f(v)]; d = {f(v) for v in xs if f(v) > 1}; e = list((v, 1) for v in xs if v)  # filtered
    for y in xs: c += y; f(y)  # loop
    é = 'é🐍'; z = f(1)  # wide
    n = [[f(i) for i in xs] for j in xs]; m = sorted(xs, key=lambda v: (lambda: -v)())  # nested
    try: k = f(1); raise KeyError
    except KeyError: k = f(2); k = f(3)  # handler
    while c > 0: c -= 100; f(c)  # while
    return a + b; f(9)  # ends
class C: p = f(1); q = [f(i) for i in (1, 2)]  # class
for x in (0, 1):
    g(x, [3, 0, 4])
"""

STEPS = """
def main():
    a = 1; b = 2  # two
    c = 3; d = 4  # three
    return (lambda x: x)(a)  # four
main()
"""

RUNS = """
import os
from oracle_world import World, run
from size import sized
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "case.py")
with open(path, encoding="utf-8") as file:
    code = compile(file.read(), path, "exec", dont_inherit=True)
run(code, World(int(os.environ["SEED"])))
"""

PROGRAMS = sized(2)
POINTS = 50

ROWS: List[Tuple[str, str, int, int]] = [
    # line, text at which the column is, which occurrence, hits
    ("three", "a = 1", 0, 2),
    ("three", "b =", 0, 2),
    ("three", "f(x)", 0, 2),
    ("three", "c = 2", 0, 2),
    ("three", "2  #", 0, 2),
    ("body", "if", 0, 2),
    ("body", "c =", 0, 1),
    ("body", "f(c)", 0, 1),
    ("lambda", "h =", 0, 2),
    ("lambda", "lambda", 0, 4),
    ("lambda", "f(v)", 0, 4),
    ("calls", "h(1)", 0, 2),
    ("calls", "h(2)", 0, 2),
    ("lists", "l =", 0, 2),
    ("lists", "f(v)", 0, 6),
    ("lists", "d =", 0, 2),
    ("lists", "v:", 0, 4),
    ("filtered", "l =", 0, 2),
    ("filtered", "[v", 0, 4),
    ("filtered", "v for", 0, 4),
    ("filtered", "f(v) for", 0, 4),
    ("filtered", "(v,", 0, 4),
    ("lazy", "s =", 0, 2),
    ("lazy", "f(v)", 0, 6),
    ("lazy", "y for", 0, 6),
    ("loop", "c +=", 0, 6),
    ("loop", "f(y)", 0, 6),
    ("wide", "z =", 0, 2),
    ("nested", "[f(i)", 0, 6),
    ("nested", "f(i)", 0, 18),
    ("nested", "m =", 0, 2),
    ("nested", "(lambda", 0, 6),
    ("nested", "-v", 0, 6),
    ("handler", "k = f(2)", 0, 2),
    ("handler", "k = f(3)", 0, 2),
    ("while", "c -=", 0, 2),
    ("while", "f(c)", 0, 2),
    ("ends", "return", 0, 2),
    ("ends", "b;", 0, 2),
    ("class", "p =", 0, 1),
    ("class", "q =", 0, 1),
    ("class", "f(i)", 0, 2),
]


def at(it: Debuggee, mark: str, text: str, number: int = 1, **more: Any) -> Dict[str, Any]:
    """Return a breakpoint at that text of a marked line."""
    line = PROGRAM.split("\n")[it.line(mark) - 1]
    point = it.at(mark, number, **more)
    point["locate"]["column"] = line.index(text) + 1
    return point


def last_said(it: Debuggee) -> Dict[int, Dict[str, Any]]:
    """Let a program that does not stop run to its end; return the last status of each tracepoint."""
    said: Dict[int, Dict[str, Any]] = {}
    try:
        while True:
            message = it.peer.next()
            for one in message.get("tracepoints") or () if message["t"] in ("status", "armed") else ():
                said[one["id"]] = one
    except EOFError:
        pass
    out, err = it.process.communicate()
    assert it.process.returncode == 0, (out, err)
    return said


@unittest.skipUnless(len(BACKENDS) > 1, "places within a line are known from 3.12 on")
class Columns(unittest.TestCase):
    maxDiff = None

    def hits(self, rows: List[Tuple[str, str, int, int]], **config: Any) -> Dict[Tuple[str, str], int]:
        """Return how often each of those breakpoints was hit, none of which stops."""
        with Debuggee(BACKENDS[0], {"main.py": PROGRAM}) as it:
            it.start([dict(at(it, mark, text, number), stop=False) for number, (mark, text, _, _) in enumerate(rows)], **config)
            said = last_said(it)
        return {(mark, text): said[number]["hits"] for number, (mark, text, _, _) in enumerate(rows)}

    def test_hits(self) -> None:
        wanted = {(mark, text): hits for mark, text, _, hits in ROWS}
        for tally in ("off", "counts", "values"):
            for native in ("", NATIVE) if NATIVE else ("",):
                with self.subTest(tally=tally, native=bool(native)):
                    self.assertEqual(self.hits(ROWS, tally=tally, address={"native": native}), wanted)

    def test_stops_once(self) -> None:
        """A whole line and a place in it, and steps that come to such a place: one stop each."""
        for native in ("", NATIVE) if NATIVE else ("",):
            for tally in ("off", "values"):
                with self.subTest(tally=tally, native=bool(native)), Debuggee(BACKENDS[0], {"main.py": STEPS}) as it:

                    def point(mark: str, text: str, number: int) -> Dict[str, Any]:
                        found = it.at(mark, number)
                        found["locate"]["column"] = STEPS.split("\n")[it.line(mark) - 1].index(text) + 1
                        return found

                    it.start(
                        [it.at("two", 1), point("two", "a =", 2), point("two", "b =", 3), point("three", "c =", 4), point("four", "x", 5)],
                        tally=tally,
                        address={"native": native},
                    )
                    seen = []
                    for step in ("continue", "next", "next", "continue", ""):
                        it.stopped()
                        seen.append((it.top()["line"], sorted(it.locals())))
                        if step:
                            it.resume(step)
                    two = it.line("two")
                    self.assertEqual(seen[:4], [(two, []), (two, ["a"]), (two + 1, ["a", "b"]), (two + 2, ["a", "b", "c", "d"])])
                    self.assertEqual(seen[4][1], ["x"])
                    it.end()

    def counts(self, points: List[Tuple[str, str]], native: str, late: bool, **config: Any) -> Dict[str, int]:
        """Return what is counted where tracepoints come at those columns, and go; late: while the program runs."""
        with Debuggee(BACKENDS[0], {"main.py": PROGRAM}) as it:
            quiet = [dict(at(it, mark, text, number), stop=False) for number, (mark, text) in enumerate(points, 2)]
            it.start([it.at("body", 1)] + ([] if late else quiet), address={"native": native}, **config)
            it.stopped()
            if late:
                it.arm(quiet)
            it.resume()
            it.stopped()
            status = it.arm([], [one["id"] for one in quiet] if late else [])
            if late:
                it.arm([], [1])
                status = it.arm([dict(one, id=one["id"] + 100) for one in quiet])
            self.assertEqual({one["state"] for one in status}, {"armed"})
            it.end()
            return hits(it.peer, farend.Decoder().feed(it.peer.records()))

    def test_counts(self) -> None:
        """What is counted stays exact beside such tracepoints."""
        points = [(mark, text) for mark, text, _, _ in ROWS]
        for native in ("", NATIVE) if NATIVE else ("",):
            for tally in ("counts", "values"):
                plain = self.counts([], native, False, tally=tally)
                self.assertEqual(plain["a = 1"], 2)
                for late, raw in ((False, -1), (True, -1), (True, 0)):
                    with self.subTest(tally=tally, native=bool(native), late=late, raw=raw):
                        self.assertEqual(self.counts(points, native, late, tally=tally, eager=raw), plain)

    def test_random_programs(self) -> None:
        """Every statement of a random program is stopped at as often as its copy says that it begins."""
        for seed in range(PROGRAMS):
            writer = Writer(seed)
            writer.program()
            world = World(seed)
            run(compile("\n".join(writer.counting) + "\n", "counting.py", "exec"), world)
            with self.subTest(seed=seed), Debuggee(BACKENDS[0], {"case.py": "\n".join(writer.plain) + "\n", "main.py": RUNS}) as it:
                points = []
                # Where a bracket is, the copy counts the elements of a comprehension.
                chosen = [key for key, (line, column) in writer.where.items() if writer.plain[line - 1][column] not in "[({"]
                chosen = sorted(random.Random(seed).sample(chosen, min(len(chosen), POINTS)))
                for key in chosen:
                    line, column = writer.where[key]
                    points.append(dict(breakpoint_at(it.path("case.py"), line, key), stop=False))
                    points[-1]["locate"]["column"] = column + 1
                it.start(
                    points,
                    tally=("off", "values")[seed % 2],
                    address={"native": NATIVE},
                    env={**os.environ, "SEED": str(seed), "PYTHONPATH": os.path.dirname(os.path.abspath(__file__))},
                )
                said = last_said(it)
                wrong, told = [], 0
                for key in chosen:
                    line, column = writer.where[key]
                    place = said[key]["column"]
                    told += place == column + 1
                    if place == column + 1 and said[key]["hits"] != world.counts.get(key, 0):
                        wrong.append((line, column, writer.plain[line - 1], said[key]["hits"], world.counts.get(key, 0)))
                self.assertEqual(wrong, [])
                self.assertGreater(told, len(chosen) // 2)


if __name__ == "__main__":
    unittest.main()
