"""Events that the accelerator writes are those that Python would write (printer.c)."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import unittest
from typing import Any, Dict, List, Mapping

import farend
from farend import point, query
from size import SIZE, its_turn

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")

compared = unittest.skipUnless(NATIVE, "what Python writes by itself is for test_roads.py and test_events.py")
"""Is for a test that only holds the accelerator's events against Python's."""

VALUES = r"""
import collections, decimal, enum, re, sys, threading

class Plain: pass
class Evil:
    def __repr__(self): raise SystemExit("ran the program's code")
    __str__ = __eq__ = __hash__ = __getattr__ = __repr__
class Meta(type):
    def __repr__(cls): raise SystemExit("meta")
class Odd(metaclass=Meta): pass
class Words(list):
    def __iter__(self): raise SystemExit("iter")
class Number(int):
    def __repr__(self): raise SystemExit("int")
class Liar:
    __module__ = "builtins"
class Unnamed:
    __module__ = None
class Failure(Exception): pass
class Color(enum.Enum): RED = 1
Pair = collections.namedtuple("Pair", "a b")

loop = [1]; loop.append(loop)
deep = []
for _ in range(50): deep = [deep]
wide = list(range(5000))

VALUES = [None, True, False, 0, -1, 2**62, 2**63, 2**64, -2**70, 0.0, -0.0, 1e300, float("nan"), float("inf"), 1j, "", "a", "it's", 'a "b"',
    "a\nb\tc\x00\x1b[31m", "\udc80 lone", "é ☃ 😀" * 3, "x" * 1000, "y" * 1100, "z" * 5000, b"bytes", (), (1,), (1, 2), [], [1, "a", None, 2.5],
    [[1, [2, [3, [4, [5, [6]]]]]]], ([1], (2,)), loop, deep, wide, list(range(100)), list(range(101)), {}, {"a": 1}, {"password": "hidden", "b": [1]}, {1: {2: 3}},
    set(), {1}, frozenset({1}), Plain(), Evil(), Odd(), Words([1]), Number(3), Liar(), Unnamed(), Failure("why", 1), ValueError([1]), Color.RED, Pair(1, 2),
    collections.Counter("aab"), collections.OrderedDict(a=1), collections.deque([1]), collections.defaultdict(int), re.compile("a"), decimal.Decimal("1.5"),
    len, [].append, Plain, int, sys, range(3), iter([]), (i for i in ()), Ellipsis, NotImplemented, object(), memoryview(b"a"), bytearray(b"b"), [Evil(), Plain()],
    ["q" * 400] * 3, ("\n",), slice(1, 2)]
"""

PROGRAM = (
    VALUES
    + r"""
def show(value, *rest, password="p", key=None, **named):
    token = value
    return value

def holds(a, b):
    def inner(): return a, unbound
    if False: unbound = 1
    c = a
    try:
        return inner()
    except NameError:
        return c

def gen(n):
    for i in range(n):
        yield i

async def co(): return 1

class Body:
    attribute = 1
    other = attribute

total = 0
for value in VALUES:
    show(value, value, key=value, extra=value)
holds([1], 2)
list(gen(3))
next(gen(1))
try: co().send(None)
except StopIteration: pass
(lambda x: x)(3)
exec("def made(a): return a\nmade(5)", {"__name__": "made"})
threads = [threading.Thread(target=show, args=(i,), name="t%d" % i) for i in range(3)]
for t in threads: t.start(); t.join()
"""
)

FORK = """
import os, sys
def f(n): return n
f(1)
if hasattr(os, "fork"):
    pid = os.fork()
    if pid == 0:
        f(2)
        os._exit(0)
    os.waitpid(pid, 0)
f(3)
"""


def plain(event: Mapping[str, Any]) -> Dict[str, Any]:
    """An event without what differs from run to run."""
    text = re.sub(r"0x[0-9a-f]+|(?<=\[\.\.\.\] )[0-9a-f]+(?=>)", "ADDR", repr({k: v for k, v in event.items() if k != "time"}))
    return {"": text}


class NativeEvents(unittest.TestCase):
    maxDiff = 4000

    def setUp(self) -> None:
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="tallyho-native-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def run_text(self, text: str, native: str, *points: Mapping[str, Any], **config: Any) -> farend.Outcome:
        """Run a program with that accelerator, or none."""
        path = os.path.join(self.folder, "prog.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        config = dict({"events": False}, **config)
        outcome = farend.run("script", path, points, cwd=self.folder, config=config, address={"native": native})
        self.assertEqual([m["text"] for m in outcome.peers[0].messages if m["t"] == "notice"], [])
        self.assertEqual((outcome.err, outcome.code), ("", 0))
        return outcome

    def both(self, text: str, *points: Mapping[str, Any], empty: bool = False, **config: Any) -> List[farend.Outcome]:
        """Run it with the accelerator and without, and hold the events against each other; where there is none, run it once."""
        outcomes = [self.run_text(text, "", *points, **config)]
        outcomes.append(self.run_text(text, NATIVE, *points, **config) if NATIVE else outcomes[0])
        python, native = ([plain(e) for e in o.events] for o in outcomes)
        self.assertTrue(python or empty)
        for number, (a, b) in enumerate(zip(python, native)):
            self.assertEqual(a, b, "event %d" % number)
        self.assertEqual(len(python), len(native))
        statuses = [
            {s["id"]: (s["hits"], s["places"], s["errors"], s["state"]) for s in o.message("status")["tracepoints"]} for o in outcomes
        ]
        self.assertEqual(*statuses)
        return outcomes

    @compared
    def test_printers(self) -> None:
        just_my_code = query(("filename", "eq", "prog.py"))
        for action in (
            {"kind": "CallPrinter"}, {"kind": "CallPrinter", "repr_limit": 20}, {"kind": "CodePrinter"}, {"kind": "CallPrinter", "repr": "repr"},
            {"kind": "VarsPrinter", "names": ["value", "token", "total", "len", "nosuch", "a", "c", "unbound", "password", "self", "key"]},
            {"kind": "VarsPrinter", "names": ["value", "value.nosuch", "a + 1"]},
        ):  # fmt: skip
            text = PROGRAM
            if action.get("repr") == "repr":
                text = PROGRAM.replace("VALUES = [", "VALUES = [7] or [")
            self.both(text, point(just_my_code, action))

    @compared
    def test_log_messages(self) -> None:
        names = ["value", "token", "total", "len", "a", "c", "password", "self", "key", " value ", "nosuch"]
        just_my_code = query(("filename", "eq", "prog.py"))
        for number, slots in enumerate([[[name, "", ""]] for name in names] + [[["value", "", ""], ["total", "", ""]], []]):
            if not its_turn(number):
                continue
            # A limit cuts values, whatever they are called.
            for limit in (1024, 20) if SIZE > 1 or [["value", "", ""]] == slots[:1] else (1024,):
                action = {"kind": "Log", "slots": slots, "repr_limit": limit}
                with self.subTest(action=action):
                    short = self.both(PROGRAM, point(just_my_code, action))[0]
                    # A hit condition makes every event go the long way.
                    long = self.run_text(PROGRAM, "", point(just_my_code, action, hit={"op": ">=", "n": 1}))
                    self.assertEqual([plain(e) for e in short.events], [plain(e) for e in long.events])

    @compared
    def test_hit_conditions(self) -> None:
        text = "import threading\ndef f(n):\n    m = n * 2\n    return m\ndef many():\n    for i in range(40): f(i)\nmany()\nmany()\n"
        path = os.path.join(self.folder, "prog.py")
        points = []
        for op in ("==", ">=", ">", "<", "<=", "%"):
            for n in (0, 1, 7, 80):
                points.append(point(
                    {"op": "true"}, {"kind": "VarsPrinter", "names": ["n"]}, id=len(points) + 1, hit={"op": op, "n": n},
                    locate={"path": path, "line": 3}, **({} if n % 2 else {"program": {"op": "true"}}),
                ))  # fmt: skip
        for number, one in enumerate(points):
            if not its_turn(number // 4 + number):
                continue
            with self.subTest(hit=one["hit"]):
                self.both(text, one, empty=True)
        self.both(text, *points)

    def test_hits_of_two_threads_are_all_counted(self) -> None:
        text = (
            "import sys, threading\nsys.setswitchinterval(1e-5)\ndef f():\n    for i in range(20000):\n        m = i\n"
            "threads = [threading.Thread(target=f) for _ in range(3)]\nfor t in threads: t.start()\nfor t in threads: t.join()\n"
        )
        where = {"path": os.path.join(self.folder, "prog.py"), "line": 5}
        outcome = self.run_text(
            text,
            NATIVE,
            point(
                {"op": "true"}, {"kind": "VarsPrinter", "names": ["i"]}, hit={"op": "%", "n": 1000}, locate=where, program={"op": "true"}
            ),
        )
        self.assertEqual(len(outcome.events), 60)
        self.assertEqual([s["hits"] for s in outcome.message("status")["tracepoints"]], [60000])

    @compared
    def test_not_redacted(self) -> None:
        self.both(PROGRAM, point(query(("function", "eq", "show")), {"kind": "CallPrinter"}), redact=False)

    @compared
    def test_with_a_guard_a_hit_condition_and_two_actions(self) -> None:
        text = "def f(n):\n    m = n * 2\n    return m\nfor i in range(50): f(i)\n"
        guard = {"op": "and", "of": [query(("function", "eq", "f"), ("kind", "eq", "line")), {"op": "expr", "text": "n % 7 == 0"}]}
        simple = query(("function", "eq", "f"))
        self.both(
            text, point(guard, {"kind": "VarsPrinter", "names": ["n", "m"]}), point(simple, {"kind": "CallPrinter"}, id=2, hit={"op": "%", "n": 5}),
            point(simple, {"kind": "CallPrinter"}, {"kind": "CodePrinter"}, id=3), point(simple, {"kind": "CallPrinter"}, id=4),
        )  # fmt: skip

    @compared
    def test_conditions(self) -> None:
        text = (
            "LIMIT = 30\ndef f(n, *rest, k=None):\n    m = n * 2\n    cell = n\n    def g(): return cell\n    if n == 5:\n        late = n\n"
            "    g()\n    return m\nclass C:\n    x = 4\nfor i in range(50): f(i, k=str(i))\n"
        )
        kinds = ("call", "line", "return")
        conditions = (
            ("expr", "n % 7 == 0"), ("expr", "n > LIMIT and m > 70"), ("expr", "late == 5"), ("expr", "len(k) > 1 and k[0] == '4'"), ("expr", "cell == 7"),
            ("expr", "True"), ("expr", "rest"), ("expr", "nosuch"), ("expr", "i == 3"), ("expr", "x == 4"), ("expr", "n == 5"), ("expr", "n < 2"), ("expr", "n >= 48"),
            ("expr", "k == '4'"), ("expr", "k != '4'"), ("expr", "k > '47'"), ("expr", "n == '4'"), ("expr", "m == -1"), ("expr", "n == True"), ("expr", "[q for q in (n,)][0] == 8"),
            ("lambda", "lambda event: event.locals.get('n') == 9"), ("lambda", "lambda event: event.locals['n'] == 9"),
            ("lambda", "lambda e: e.locals.get('late', 5) == 5 and e.locals.get('n', 0) % 10 == 0"), ("lambda", "lambda e: len(e.locals.get('k') or '') == 1"),
            ("lambda", "lambda e: e.locals.get('x') == 4"), ("lambda", "lambda e: str(e.locals['n']).startswith('4')"), ("lambda", "lambda e: e.calls % 9 == 0"),
            ("lambda", "lambda e: e.function == 'f' and e.locals.get('m') == 8"), ("lambda", "lambda event: 1 / event.locals.get('n', 1)"),
        )  # fmt: skip

        def node(kind: str, word: str, condition: str) -> Dict[str, Any]:
            return {"op": "and", "of": [query(("filename", "eq", "prog.py"), ("kind", "eq", kind)), {"op": word, "text": condition}]}

        names, limits = {"kind": "VarsPrinter", "names": ["n"]}, {"errors": 3}
        for number, (word, condition) in enumerate(conditions):  # one tracepoint at a line: what lines.c judges
            if not its_turn(number):
                continue
            with self.subTest(condition=condition):
                self.both(text, point(node("line", word, condition), names, limits=limits), empty=True)
        for kind in kinds:
            for actions in ((names,), ({"kind": "CallPrinter"}, {"kind": "CodePrinter"})):
                points = [point(node(kind, *one), *actions, id=at + 1, limits=limits) for at, one in enumerate(conditions)]
                self.both(text, *points)

    def test_a_full_ring_drops(self) -> None:
        text = "def f(n): return n\nx = 'v' * 900\nfor i in range(3000): f(x)\n"
        for outcome in self.both(text, point(query(("function", "eq", "f"), ("kind", "eq", "return")), {"kind": "CallPrinter"})):
            self.assertEqual(outcome.message("status")["tracepoints"][0]["hits"], 3000)

    def test_forks(self) -> None:
        just_my_code = point(query(("function", "eq", "f"), ("kind", "eq", "return")), {"kind": "CallPrinter"})
        for outcome in self.both(FORK, just_my_code):
            self.assertEqual([e["values"][0][1] for e in outcome.events], ["1", "3"])

    def test_either_backend(self) -> None:
        """Whichever is asked for has its own part of the accelerator, or none."""
        text = "def f(n):\n    return n\nfor i in range(3): f(i)\n"
        for backend in ("auto", "settrace"):
            with self.subTest(backend=backend):
                for native in ("", NATIVE):
                    returns = point(query(("function", "eq", "f"), ("kind", "eq", "return")), {"kind": "CallPrinter"})
                    outcome = self.run_text(text, native, returns, backend=backend, tally="values")
                    self.assertEqual([e["values"][0][1] for e in outcome.events], ["0", "1", "2"])

    def test_many_threads(self) -> None:
        text = (
            "import threading\ndef f(n):\n    return n\ndef work(k):\n    for i in range(200): f((k, i))\n"
            "ts = [threading.Thread(target=work, args=(k,)) for k in range(60)]\nfor t in ts: t.start()\nfor t in ts: t.join()\n"
        )
        for native in ("", NATIVE):
            outcome = self.run_text(text, native, point(query(("function", "eq", "f"), ("kind", "eq", "return")), {"kind": "CallPrinter"}))
            seen = [e["values"][0][1] for e in outcome.events]
            self.assertEqual(sorted(seen), sorted("(%d, %d)" % (k, i) for k in range(60) for i in range(200)))


if __name__ == "__main__":
    unittest.main()
