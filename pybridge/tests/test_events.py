"""Events: the same on every backend, and what tracepoints make of them."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import unittest
from typing import Any, Dict, List, Mapping, Tuple

import farend
from farend import point, query

BACKENDS = ["monitoring", "settrace"] if sys.version_info >= (3, 12) else ["settrace"]

STREAM = """
import sys

def gen(n):
    for i in range(n):
        got = yield i
        if got: print("got", got)

def delegate():
    yield from gen(2)
    return 5

def fails(x):
    try:
        return 1 // x
    except ZeroDivisionError as e:
        raise KeyError(x) from e
    finally:
        x = None

def one(): return 1
def loop(n):
    while n: n -= 1
    return [i for i in range(2)]

def both(a, *rest, key=3, **named): return sum(i for i in (a, key))

class C:
    x = 1
    def m(self): return self.x

def main():
    print(list(delegate()))
    g = gen(3); next(g); g.send("x"); g.close()
    h = gen(1); next(h)
    try: h.throw(ValueError("v"))
    except ValueError: pass
    try: fails(0)
    except KeyError: pass
    one(); loop(3); both(1, 2, z=1)
    C().m()
    for v in gen(2): pass
    (lambda: 0)()
    with open(__file__) as f: f.readline()

async def co():
    import asyncio
    await asyncio.sleep(0)
    return 1

main()
import asyncio
asyncio.run(co())
"""


def shape(event: Mapping[str, Any]) -> Tuple[Any, ...]:
    """What must be equal on all backends."""
    arg = [v[1] for v in event["values"]] if event["kind"] in ("return",) else []
    return (event["kind"], event["line"], event["function"], event["depth"], event["calls"], arg, event["source"])


class Events(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="tallyho-events-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def run_text(self, text: str, *points: Mapping[str, Any], backend: str = "auto", **config: Any) -> farend.Outcome:
        """Run a program."""
        path = os.path.join(self.folder, "prog.py")
        with open(path, "w") as file:
            file.write(text)
        outcome = farend.run("script", path, points, cwd=self.folder, config=dict(config, backend=backend))
        notices = [m["text"] for m in outcome.peers[0].messages if m["t"] == "notice"]
        self.assertEqual(notices, [])
        return outcome

    def each(self, text: str, *points: Mapping[str, Any], **config: Any) -> List[farend.Outcome]:
        """Run a program on every backend."""
        return [self.run_text(text, *points, backend=backend, **config) for backend in BACKENDS]

    def test_streams_are_equal(self) -> None:
        mine = ("filename", "eq", "prog.py")
        for asked, least in ((query(mine), 100), (query(mine, ("kind", "eq", "call")), 20)):
            streams = [[shape(e) for e in o.events] for o in self.each(STREAM, point(asked, {"kind": "CallPrinter"}))]
            self.assertGreater(len(streams[0]), least)
            for stream in streams[1:]:
                self.assertEqual(streams[0], stream)

    def test_hit_conditions(self) -> None:
        text = "def f(i): return i\nfor i in range(10): f(i)\n"
        for hit, want in (
            ({"op": "==", "n": 3}, [2]), ({"op": ">", "n": 8}, [8, 9]), ({"op": "%", "n": 4}, [3, 7]),
            ({"op": "<=", "n": 2}, [0, 1]), (None, list(range(10))),
        ):  # fmt: skip
            node = query(("function", "eq", "f"), ("kind", "eq", "return"))
            for outcome in self.each(text, point(node, {"kind": "CodePrinter"}, hit=hit)):
                self.assertEqual([int(e["values"][0][1]) for e in outcome.events], want, hit)
                self.assertEqual(outcome.message("status")["tracepoints"][0]["hits"], 10)

    def test_expressions(self) -> None:
        text = "LIMIT = 3\ndef f(a, b):\n    c = a + b\n    return c\nfor i in range(6): f(i, 1)\n"
        cases: List[Tuple[str, List[str]]] = [
            ("a > 3", ["4", "5"]), ("a > LIMIT", ["4", "5"]), ("a in (1, 2) and c", ["1", "2"]),
            ("any(x == a for x in [1])", []), ("max(a, b) == 5", ["5"]),
        ]  # fmt: skip
        for expression, want in cases:
            node = {
                "op": "and",
                "of": [query(("function", "eq", "f"), ("lineno", "eq", 4), ("kind", "eq", "line")), {"op": "expr", "text": expression}],
            }
            for outcome in self.each(text, point(node, {"kind": "VarsPrinter", "names": ["a"]})):
                if want or "any" not in expression:
                    self.assertEqual([e["values"][0][1] for e in outcome.events], want, expression)

    def test_errors_disarm_one_alone(self) -> None:
        text = "def f(a): return str(a)\nfor i in range(9): f(i)\n"
        bad = point(query(("function", "eq", "f"), ("kind", "eq", "return"), ("arg", "gt", 1)), limits={"errors": 3})
        worse = point({"op": "expr", "text": "a.nosuch"}, id=2, limits={"errors": 2})
        good = point(query(("function", "eq", "f"), ("kind", "eq", "return")), id=3)
        for outcome in self.each(text, bad, worse, good):
            states = {s["id"]: s for s in outcome.message("status")["tracepoints"]}
            self.assertEqual(
                [(states[i]["state"], states[i]["errors"]) for i in (1, 2, 3)], [("disarmed", 3), ("disarmed", 2), ("armed", 0)]
            )
            self.assertIn("'>' not supported between instances of 'str' and 'int', at return of f (prog.py:1)", states[1]["message"])
            self.assertIn("AttributeError: 'int' object has no attribute 'nosuch'", states[2]["message"])
            self.assertEqual(len(outcome.events), 9)

    def test_errors_are_counted_and_asked_on(self) -> None:
        """Without a limit; the first one is told of."""
        text = "class I: price = 5\ndef f(item):\n    x = item\n    return x\nfor i in range(800): f(None)\nf(I())\nf(I())\n"
        here = {"path": os.path.join(self.folder, "prog.py"), "line": 4}
        for more in (
            {"locate": here},
            {
                "program": {
                    "op": "and",
                    "of": [query(("function", "eq", "f"), ("kind", "eq", "return")), {"op": "expr", "text": "item.price > 3"}],
                }
            },
        ):
            for outcome in self.each(text, dict(point({"op": "expr", "text": "item.price > 3"}, limits={}), **more)):
                status = outcome.message("status")["tracepoints"][0]
                self.assertEqual((status["state"], status["hits"], status["errors"]), ("armed", 2, 800))
                self.assertIn("AttributeError: 'NoneType' object has no attribute 'price', at", status["message"])
                self.assertIn("of f (prog.py:4)", status["message"])

    def test_names_that_are_not_bound_yet(self) -> None:
        """What asks for them does not hold, and that is no error; what nothing knows is told of."""
        text = ("def f(n):\n    for i in range(n):\n        loss = i\n    x = 1\n    return loss\n"
                "for step in range(2): f(3)\nLATE = 1\ndel step\nf(4)\n")  # fmt: skip
        line = lambda at: {"locate": {"path": os.path.join(self.folder, "prog.py"), "line": at}}  # noqa: E731
        cases: List[Tuple[Dict[str, Any], Dict[str, Any], int, int, List[str]]] = [
            ({"op": "expr", "text": "loss == 1"}, line(3), 3, 0, []),
            ({"op": "expr", "text": "loss == 1"}, {}, 3 * 3, 0, []),
            ({"op": "expr", "text": "LATE == 1"}, line(3), 4, 0, []),
            ({"op": "expr", "text": "LATE == 1"}, line(9), 1, 0, []),
            ({"op": "or", "of": [{"op": "expr", "text": "loss == 99"}, query(("function", "eq", "f"), ("kind", "eq", "call"))]}, {}, 3, 0, []),
            ({"op": "and", "of": [{"op": "not", "of": {"op": "expr", "text": "loss == 1"}}, query(("function", "eq", "f"), ("kind", "eq", "call"))]}, {}, 3, 0, []),
            ({"op": "expr", "text": "lss > 1"}, {}, 0, 0, ["lss"]),
            ({"op": "expr", "text": "lss > 1"}, line(3), 0, 10, []),
            ({"op": "expr", "text": "loss > undefined"}, line(4), 0, 3, []),
            ({"op": "lambda", "text": "lambda event: event.locals['loss'] == 1"}, {}, 3 * 3, 0, []),
            ({"op": "expr", "text": "(lambda: missing)()"}, line(3), 0, 10, []),
        ]  # fmt: skip
        for node, more, hits, errors, unbound in cases:
            if node.get("text") == "loss == 1" and not more or "locals" in str(node):
                node = {"op": "and", "of": [query(("function", "eq", "f"), ("kind", "eq", "line"), ("lineno", "eq", 3)), node]}
                hits = 3
            for outcome in self.each(text, dict(point(node, limits={}), **more)):
                status = outcome.message("status")["tracepoints"][0]
                self.assertEqual(
                    (status["state"], status["hits"], status["errors"], status["unbound"]), ("armed", hits, errors, unbound), (node, more)
                )

    def test_refusals(self) -> None:
        """What cannot be read disarms one tracepoint with a sentence."""
        cases = [
            (point({"op": "expr", "text": "1 +"}), ": 1 +"),
            (point({"op": "nonsense"}), "nonsense"),
            (point(query(("frame", "eq", 1))), "frame"),
            (point({"op": "true"}, {"kind": "Unheard"}), "Unheard"),
            (point(query(("function", "regex", "("))), "error"),
        ]
        for spec, word in cases:
            outcome = self.run_text("print(1)", spec)
            status = outcome.message("armed")["tracepoints"][0]
            self.assertEqual(status["state"], "disarmed")
            self.assertIn(word.lower(), status["message"].lower())
            self.assertEqual(outcome.out, "1\n")

    def test_line_tracepoints(self) -> None:
        text = "def f(n):\n    # nothing here\n\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n\n# after\nf(3)\n"
        for line, want, hits in ((2, 4, 1), (6, 6, 3), (5, 5, 4), (9, 10, 1), (1, 1, 1), (11, None, 0)):
            spec = point(
                {"op": "true"},
                {"kind": "Log", "slots": [["total", "", ""]]},
                locate={"path": os.path.join(self.folder, "prog.py"), "line": line},
            )
            for outcome in self.each(text, spec):
                status = outcome.message("status")["tracepoints"][0]
                self.assertEqual((status["line"], len(outcome.events), status["hits"]), (want, hits, hits), line)

    def test_actions(self) -> None:
        text = "class P:\n    def __init__(self): self.name, self.password = 'n', 's'\ndef f(a, *rest, key, **more):\n    p = P()\n    token = 'x'\n    return [a]\nf(1, 2, key='k', z=3)\n"
        actions = [
            {"kind": "CallPrinter"}, {"kind": "VarsPrinter", "names": ["a", "p.name", "p.password", "nosuch", "1/0", "p.nope", "len(rest)"]},
            {"kind": "VarsSnooper"}, {"kind": "StackPrinter", "depth": 5},
            {"kind": "Log", "slots": [["a", "", ">4"], ["p.name", "r", ""], ["token", "", ""], ["nosuch", "", ""]]},
            {"kind": "CodePrinter"}, {"kind": "CallPrinter", "repr": "repr"}, {"kind": "CallPrinter", "repr": "lambda v: 'V'"},
        ]  # fmt: skip
        node = query(("function", "eq", "f"), ("kind", "in", ["call", "return"]))
        node["tests"][1][2] = {"list": ["call", "return"]}
        for outcome in self.each(text, point(node, *actions)):
            call = {e["action"]: e for e in outcome.events if e["kind"] == "call"}
            back = {e["action"]: e for e in outcome.events if e["kind"] == "return"}
            self.assertEqual(call[0]["values"], [("a", "1", 0), ("*rest", "(2,)", 0), ("key", "'k'", 0), ("**more", "{'z': 3}", 0)])
            self.assertEqual(
                back[1]["values"],
                [("a", "1", 0), ("p.name", "'n'", 0), ("p.password", "{redacted}", 5), ("nosuch", "", 2),
                 ("1/0", "ZeroDivisionError('division by zero')" if sys.version_info < (3, 14) else back[1]["values"][4][1], 3), ("p.nope", "", 2), ("len(rest)", "1", 0)],
            )  # fmt: skip
            self.assertEqual([v[0] for v in back[2]["values"]], ["a", "key", "more", "p", "rest", "token"])
            self.assertEqual(back[3]["stack"], [(7, "prog.py", "<module>")])
            self.assertEqual([(v[1], v[2]) for v in back[4]["values"]][:3], [("   1", 0), ("'n'", 0), ("{redacted}", 5)])
            self.assertEqual(back[5]["values"], [("", "[1]", 0)])
            self.assertEqual(back[7]["values"], [("", "V", 0)])

    def test_stop(self) -> None:
        text = "def f(i): return i\nfor i in range(5): f(i)\n"
        node = {
            "op": "or",
            "of": [
                {"op": "when", "if": query(("function", "eq", "f"), ("kind", "eq", "return"), ("arg", "eq", 2)), "do": [1]},
                query(("function", "eq", "f"), ("kind", "eq", "call")),
            ],
        }
        spec = point(node, {"kind": "Event"}, {"kind": "Stop"})
        spec["program"]["do"] = [0]
        for outcome in self.each(text, spec):
            self.assertEqual([e["kind"] for e in outcome.events], ["call", "call", "call", "return"])
            self.assertEqual(outcome.message("status")["tracepoints"][0]["state"], "disarmed")

    def test_a_condition_is_asked_once_for_each_hit(self) -> None:
        """In a loop, where it is false, true and fails in turn."""
        text = "seen = []\ndef f():\n    for i in range(12):\n        x = i\n    for i in range(3): seen.append(i)\nf()\nprint(len(seen))\n"
        node = {"op": "and", "of": [query(("function", "eq", "f"), ("lineno", "eq", 4), ("kind", "eq", "line")),
                                    {"op": "expr", "text": "seen.append(i) or (i % 4 == 3 if i != 6 else 1 / 0)"}]}  # fmt: skip
        for outcome in self.each(text, point(node, {"kind": "VarsPrinter", "names": ["i"]})):
            status = outcome.message("status")["tracepoints"][0]
            self.assertEqual((outcome.out, [e["values"][0][1] for e in outcome.events]), ("15\n", ["3", "7", "11"]))
            self.assertEqual((status["hits"], status["errors"], status["state"]), (3, 1, "armed"))

    def test_lines_of_code_on_one_line(self) -> None:
        """What runs before the body of such code fires no line event, but the body does."""
        text = "f = lambda n: n\ndef g(n): return n\ndef h(n): yield n\nsum(n for n in (1,\n2))\nf(1), g(1), list(h(1))\n"
        for condition in (("lineno", "lt", 5), ("lineno", "in", {"list": [1, 2, 3, 4]})):
            for outcome in self.each(
                text, point(query(("kind", "eq", "line"), ("function", "in", {"list": ["<genexpr>", "<lambda>", "g", "h"]}), condition))
            ):
                self.assertEqual(
                    [(e["function"], e["line"]) for e in outcome.events], [("<genexpr>", 4)] * 3 + [("<lambda>", 1), ("g", 2), ("h", 3)]
                )

    def test_python_of_the_person(self) -> None:
        text = "def f(i): return i\nfor i in range(3): f(i)\n"
        asked = {
            "op": "lambda",
            "text": "lambda event: event.function == 'f' and event['kind'] == 'return' and event.function_object.__name__ == 'f'",
        }
        spec = point(asked, {"kind": "CodePrinter"}, {"kind": "Call", "text": "lambda event: print('called', event.arg)"})
        for outcome in self.each(text, spec):
            self.assertEqual([e["values"][0][1] for e in outcome.events], ["0", "1", "2"])
            self.assertEqual(outcome.out, "called 0\ncalled 1\ncalled 2\n")

    def test_interruptions_reach_the_program(self) -> None:
        """An exception raised by a signal handler while a callback runs is the program's, every time."""
        text = """
import signal, sys
def f(i):
    x = [i] * 20
    return x
def alarm(*_): raise ERROR('mine')
signal.signal(signal.SIGALRM, alarm)
caught = n = 0
while caught < 100:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0007)
        while True: f(n)
    except ERROR: caught += 1
print('caught', caught)
"""
        spec = point(query(("function", "eq", "f")), {"kind": "CallPrinter"})
        for error in ("TimeoutError", "KeyboardInterrupt", "LookupError"):
            for outcome in self.each(text.replace("ERROR", error), spec):
                self.assertEqual((outcome.code, outcome.out, outcome.err), (0, "caught 100\n", ""), error)

    def test_names_near(self) -> None:
        outcome = self.run_text("def price(): pass\nprice()\n", point(query(("function", "eq", "pirce"))))
        status = outcome.message("status")["tracepoints"][0]
        self.assertEqual((status["state"], status["names"]), ("pending", ["price"]))

    def test_threads(self) -> None:
        text = "import threading\ndef f(n):\n    for i in range(200): g(i)\ndef g(i): return i\nts = [threading.Thread(target=f, args=(1,), name='W%d' % n) for n in range(60)]\n[t.start() for t in ts]\n[t.join() for t in ts]\n"
        spec = point(query(("function", "eq", "g"), ("kind", "eq", "return")), {"kind": "CodePrinter"})
        for outcome in self.each(text, spec):
            by: Dict[str, List[str]] = {}
            for event in outcome.events:
                by.setdefault(event["thread"], []).append(event["values"][0][1])
            self.assertEqual(len(by), 60)
            for values in by.values():
                self.assertEqual(values, [str(i) for i in range(200)])

    def test_killed(self) -> None:
        """What was recorded is there after SIGKILL, whatever the moment."""
        text = "import os, signal\ndef f(i): return i\nfor i in range(5000):\n    f(i)\n    if i == 4321: os.kill(os.getpid(), signal.SIGKILL)\n"
        spec = point(query(("function", "eq", "f"), ("kind", "eq", "return")), {"kind": "CodePrinter"})
        for outcome in self.each(text, spec):
            self.assertEqual(outcome.code, -signal.SIGKILL)
            self.assertEqual([e["values"][0][1] for e in outcome.events], [str(i) for i in range(4322)])

    def test_exception_is_told(self) -> None:
        outcome = self.run_text("def f(): raise ValueError('bad')\nf()\n")
        told = outcome.message("exception")
        self.assertEqual((told["type"], told["message"], told["thread"]), ("ValueError", "bad", "MainThread"))
        path = os.path.join(self.folder, "prog.py")
        self.assertEqual(told["frames"], [[path, 2, "<module>"], [path, 1, "f"]])
        self.assertEqual(outcome.message("bye")["status"], 1)

    def test_broken_text_is_told(self) -> None:
        """What could not be compiled is told with its line, of the program and of what it imports."""
        for text, line, wrong in (
            ("x = 1\n  def f(x)\n    return x\n", 2, "def f(x)"),
            ("x = (\n", 1, "x = ("),
            ("if x:\ny = 1\n", 2, "y = 1"),
        ):
            told = self.run_text(text).message("exception")
            path = os.path.join(self.folder, "prog.py")
            self.assertIn(told["type"], ("SyntaxError", "IndentationError"), text)
            self.assertEqual((told["frames"], told["text"]), ([[path, line, "<module>"]], wrong), text)
        outcome = self.run_text("open('bad.py', 'w').write('a =\\n')\nimport bad\n")
        told = outcome.message("exception")
        self.assertEqual([frame[1:] for frame in told["frames"]], [[2, "<module>"], [1, "<module>"]])
        self.assertEqual((os.path.basename(told["frames"][-1][0]), told["text"]), ("bad.py", "a ="))
        raised = self.run_text("raise SyntaxError('mine')\n").message("exception")
        self.assertEqual((raised["message"], raised["text"], len(raised["frames"])), ("mine", "", 1))

    def test_careful(self) -> None:
        text = "class P:\n    def __init__(self): self.x = 1\n    @property\n    def y(self): print('RAN')\ndef f(p): return 1\nf(P())\n"
        names = point(query(("function", "eq", "f"), ("kind", "eq", "return")), {"kind": "VarsPrinter", "names": ["p.x", "p.y"]})
        called = point({"op": "expr", "text": "f(p)"}, id=2)
        outcome = self.run_text(text, names, called, careful=True)
        self.assertEqual(outcome.out, "")
        self.assertEqual(outcome.events[0]["values"], [("p.x", "1", 0), ("p.y", "", 2)])
        self.assertEqual(outcome.message("armed")["tracepoints"][1]["state"], "disarmed")


if __name__ == "__main__":
    unittest.main()
