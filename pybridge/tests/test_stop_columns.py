"""Breakpoints at a column: each stops at what begins there, as often as that is counted, and nowhere else on the line."""

from __future__ import annotations

import unittest
from typing import Any, Dict, List, Tuple

import farend
from stopping import BACKENDS, Debuggee
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

ROWS: List[Tuple[str, str, int, int]] = [
    # line, text at which the column is, which occurrence, hits
    ("three", "a = 1", 0, 2), ("three", "b =", 0, 2), ("three", "f(x)", 0, 2), ("three", "c = 2", 0, 2), ("three", "2  #", 0, 2),
    ("body", "if", 0, 2), ("body", "c =", 0, 1), ("body", "f(c)", 0, 1),
    ("lambda", "h =", 0, 2), ("lambda", "lambda", 0, 4), ("lambda", "f(v)", 0, 4),
    ("calls", "h(1)", 0, 2), ("calls", "h(2)", 0, 2),
    ("lists", "l =", 0, 2), ("lists", "f(v)", 0, 6), ("lists", "d =", 0, 2), ("lists", "v:", 0, 4), ("filtered", "l =", 0, 2), ("filtered", "[v", 0, 4), ("filtered", "v for", 0, 4), ("filtered", "f(v) for", 0, 4), ("filtered", "(v,", 0, 4),
    ("lazy", "s =", 0, 2), ("lazy", "f(v)", 0, 6), ("lazy", "y for", 0, 6),
    ("loop", "c +=", 0, 6), ("loop", "f(y)", 0, 6),
    ("wide", "z =", 0, 2),
    ("nested", "[f(i)", 0, 6), ("nested", "f(i)", 0, 18), ("nested", "m =", 0, 2), ("nested", "(lambda", 0, 6), ("nested", "-v", 0, 6),
    ("handler", "k = f(2)", 0, 2), ("handler", "k = f(3)", 0, 2),
    ("while", "c -=", 0, 2), ("while", "f(c)", 0, 2),
    ("ends", "return", 0, 2), ("ends", "b;", 0, 2),
    ("class", "p =", 0, 1), ("class", "q =", 0, 1), ("class", "f(i)", 0, 2),
]


def at(it: Debuggee, mark: str, text: str, number: int = 1, **more: Any) -> Dict[str, Any]:
    """Return a breakpoint at that text of a marked line."""
    line = PROGRAM.split("\n")[it.line(mark) - 1]
    point = it.at(mark, number, **more)
    point["locate"]["column"] = line.index(text) + 1
    return point


@unittest.skipUnless(len(BACKENDS) > 1, "places within a line are known from 3.12 on")
class Columns(unittest.TestCase):
    maxDiff = None

    def hits(self, rows: List[Tuple[str, str, int, int]], **config: Any) -> Dict[Tuple[str, str], int]:
        """Return how often each of those breakpoints was hit, none of which stops."""
        with Debuggee(BACKENDS[0], {"main.py": PROGRAM}) as it:
            points = []
            for number, (mark, text, _, _) in enumerate(rows, 1):
                point = at(it, mark, text, number)
                point["stop"] = False
                points.append(point)
            it.start(points, **config)
            hits: Dict[int, int] = {}
            try:
                while True:
                    message = it.peer.next()
                    for one in message.get("tracepoints") or () if message["t"] in ("status", "armed") else ():
                        hits[one["id"]] = one["hits"]
            except EOFError:
                pass
            it.process.communicate()
        return {(mark, text): hits.get(number, -1) for number, (mark, text, _, _) in enumerate(rows, 1)}

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

                    it.start([it.at("two", 1), point("two", "a =", 2), point("two", "b =", 3), point("three", "c =", 4), point("four", "x", 5)],
                             tally=tally, address={"native": native})
                    seen = []
                    for step in ("continue", "next", "next", "continue", ""):
                        it.stopped()
                        seen.append((it.top()["line"], sorted(it.locals())))
                        if step:
                            it.resume(step)
                    two = it.line("two")
                    self.assertEqual(seen[:4], [
                        (two, []), (two, ["a"]), (two + 1, ["a", "b"]), (two + 2, ["a", "b", "c", "d"])])
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
                        self.assertEqual(self.counts(points, native, late, tally=tally, raw=raw), plain)


if __name__ == "__main__":
    unittest.main()
