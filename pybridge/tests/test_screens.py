"""A Screen says no only where the question, asked in full, does not hold, does not fail and does nothing (query/screens.py).

Random questions are asked of the events of a program with odd values, of a Screen and of the Event, by both hands; and the same
questions are asked of a program under the bridge, by each backend and each hand.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import unittest
from types import FrameType
from typing import Any, Callable, Dict, List, Tuple

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import farend
from farend import point, query
from size import FIRST, sized

from _tallyho.base.extension import load
from _tallyho.program.event import Event, RunState
from _tallyho.program.expressions import Expression
from _tallyho.program.fields import SourceIndex
from _tallyho.query.building import ExpressionNode
from _tallyho.query.nodes import And, Node, Not, Or, Test, compile_node
from _tallyho.query.screens import Screen, early_screen_of, screen_of
from _tallyho.query.stateful import Backlog, From, Latch, Queue
from _tallyho.query.surroundings import Surroundings

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")
KINDS = {"call": 0, "line": 1, "return": 2, "exception": 3}

PROGRAM = """
import sys, threading
class Number(int): pass
class Text(str): pass
class Loud:
    def __eq__(self, other): raise SystemExit("ran the program's code")
    __lt__ = __gt__ = __hash__ = __bool__ = __contains__ = __len__ = __eq__
def plain(x, y=2):
    z = x
    return z
def deletes(x):
    del x
    x = None
    return x
def gen(n):
    for i in range(n):
        got = yield i
    return n
def deep(n):
    return n and deep(n - 1)
def fails(x):
    try:
        raise KeyError(x)
    except KeyError as error:
        kept = str(error)
    return kept
def cells(x):
    def inner(): return x
    return inner()
class Body:
    x = 1
    y = [x]
def renames():
    me = threading.current_thread()
    me.name = "other"
    after = me.name
    me.name = "first"
    return after
def run():
    for value in (0, 1, 1.0, True, None, "a", "abc", b"a", b"abc", (), (1,), [1, 2], {"x": 1}, {1}, Number(1), Text("a"), Loud(), float("nan"), 2**70, 1j, ...):
        plain(value)
    plain(1, y=Loud()); deletes(1); list(gen(3)); deep(7); fails("k"); cells(3); renames()
    g = gen(2); next(g)
    try: g.throw(ValueError("v"))
    except ValueError: pass
"""

NUMBERS = [-2, -1, 0, 1, 2, 3, 4, 5, 8, 12, 2**40, -(2**70), 1.0, True, None, "x"]
TEXTS = ["", "a", "plain", "yield", "first", "other", "def", "return", "x", ("a", "y"), ["first"], None, 1]
VALUES = [0, 1, 1.0, True, None, "a", b"a", (1,), [1, 2], {"x": 1}, float("nan"), 1j, ...]
FIELDS: Dict[str, List[Any]] = {
    "lineno": NUMBERS, "source": TEXTS, "fullsource": TEXTS, "instruction": NUMBERS, "depth": NUMBERS, "calls": NUMBERS, "threadid": NUMBERS,
    "threadname": TEXTS, "arg": VALUES,
    "locals": [{"x": 1}, {"x": 1, "y": 2}, {"x": 0}, {"x": None}, {}, {"zz": 1}, {1: 1}, "x", "z", "zz", 1, None],
    "globals": [{"x": 1}, {}, "plain", "zz", "__name__", 1, None],
}  # fmt: skip
OPERATORS = ["eq", "eq", "in", "contains", "startswith", "endswith", "lt", "lte", "gt", "gte"]


class Does(Node):
    """Notes that it was asked: what comes before it must not be passed over."""

    effects = True

    def __init__(self, asked: List[int]) -> None:
        self.asked = asked

    def ask(self, event: Any) -> bool:
        self.asked.append(1)
        return False

    def emit(self, out: Any) -> str:
        return "%s(e)" % out.constant(self.ask)


def some_node(chance: random.Random, asked: List[int], level: int = 0) -> Node:
    """Return a random question."""
    if level > 2 or chance.random() < 0.4:
        field = chance.choice(list(FIELDS))
        return Test(field, chance.choice(OPERATORS), chance.choice(FIELDS[field]))
    which = chance.random()
    if which < 0.1:
        return Does(asked)
    if which < 0.25:
        return Not(some_node(chance, asked, level + 1))
    if which < 0.35:
        return From(Latch(), some_node(chance, asked, level + 1), None, 0)
    of = [some_node(chance, asked, level + 1) for _ in range(chance.randint(1, 3))]
    return And(of) if which < 0.7 else Or(of)


def latches(node: Node) -> Tuple[Any, ...]:
    """Return what a question remembers."""
    mine = (node.latch.on,) if isinstance(node, From) else ()
    return sum((latches(one) for one in node.children()), mine)


class Screens(unittest.TestCase):
    def setUp(self) -> None:
        self.run_state = RunState()
        folder = tempfile.mkdtemp(prefix="tallyho-screens-")
        self.path = os.path.join(folder, "prog.py")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        self.names: Dict[str, Any] = {"__name__": "prog"}
        exec(compile(PROGRAM, self.path, "exec"), self.names)

    def around(self, native: Any) -> Surroundings:
        index: Any = SourceIndex(os.getcwd())
        nobody: Any = None
        return Surroundings(index, nobody, self.run_state, None, nobody, nobody, nobody, native=native)

    def events(self, heard: Callable[[FrameType, int, Any], None]) -> None:
        """Run the program in a thread with a name, and be told of its events."""

        def trace(frame: FrameType, kind: str, arg: Any) -> Any:
            if frame.f_code.co_filename != self.path:
                return None
            self.run_state.called()
            heard(frame, KINDS[kind], arg if kind in ("return", "exception") else None)
            return trace

        def work() -> None:
            sys.settrace(trace)
            try:
                self.names["run"]()
            finally:
                sys.settrace(None)

        thread = threading.Thread(target=work, name="first")
        thread.start()
        thread.join()

    def hands(self) -> List[Any]:
        native = load(NATIVE) if NATIVE and sys.version_info >= (3, 12) else None
        if native is not None:
            self.run_state.count_by(native.Calls())
        return [None] if native is None else [None, native]

    def test_no_is_never_wrong(self) -> None:
        for seed in range(FIRST, FIRST + sized(60)):
            for native in self.hands():
                with self.subTest(seed=seed, native=native is not None):
                    self.judge(random.Random(seed), self.around(native))

    def judge(self, chance: random.Random, around: Surroundings) -> None:
        asked: List[int] = []
        nodes = [some_node(chance, asked) for _ in range(5)]
        full = [compile_node(node) for node in nodes]
        made: Dict[Any, Tuple[Any, Screen]] = {}
        wrong: List[str] = []

        def heard(frame: FrameType, kind: int, arg: Any) -> None:
            code = frame.f_code
            for at, node in enumerate(nodes):
                key = code, kind, at
                if key not in made:
                    facts = around.source_index.facts(code, frame.f_globals)
                    made[key] = facts, screen_of(around, node, kind, facts, code)  # type: ignore[assignment]
                facts, screen = made[key]
                before = latches(node)
                said = screen is None or screen.says(frame, arg, False)
                del asked[:]
                event = Event(frame, kind, arg, facts, frame.f_lineno or 0, around.run, False)
                try:
                    holds = bool(full[at](event))
                    problem = "holds" if holds else "does something" if asked or latches(node) != before else ""
                except Exception as error:
                    problem = "fails: %r" % error
                if not said and problem:
                    wrong.append("%s %s %s: %s" % (code.co_name, frame.f_lineno, kind, problem))

        self.events(heard)
        self.assertEqual(wrong, [])

    def test_what_it_says(self) -> None:
        """How often a question is passed over: a Screen that never says no would be right as well."""
        rows: List[Tuple[Node, int]] = [
            (Test("depth", "gt", 100), 0), (Test("threadname", "eq", "zz"), 0), (Test("arg", "eq", "zz"), 0), (Test("locals", "eq", {"zz": 1}), 0),
            (Test("locals", "contains", "zz"), 0), (Test("source", "contains", "zz"), 0), (And([Test("threadid", "eq", 5), Test("depth", "eq", 1000)]), 0),
            (Not(Test("depth", "lt", 1000)), 0), (Test("calls", "gt", 10**9), 0), (From(Latch(), Test("depth", "gt", 100), None, 0), 0),
            (Test("instruction", "eq", -1), 0), (Test("globals", "eq", {"zz": 1}), 0), (Test("threadname", "eq", "other"), 3),
        ]  # fmt: skip
        for native in self.hands():
            for node, want in rows:
                with self.subTest(native=native is not None, node=getattr(node, "field", type(node).__name__)):
                    around = self.around(native)
                    passed: List[Any] = []

                    def heard(frame: FrameType, kind: int, arg: Any, node: Node = node, around: Surroundings = around) -> None:
                        screen = screen_of(around, node, kind, around.source_index.facts(frame.f_code, frame.f_globals), frame.f_code)
                        if screen is None or screen.says(frame, arg, False):
                            passed.append((frame.f_code.co_name, frame.f_lineno, kind))

                    self.events(heard)
                    inside = [one for one in passed if one[0] != "run" and one[0] != "renames"] if want else passed
                    self.assertEqual(inside, [])
                    self.assertEqual(bool(passed), bool(want))

    def test_conditions_at_lines_are_asked_before_their_callback(self) -> None:
        """By the Gate, where there is one; what is no comparison of a variable is left to the callback."""
        nobody: Any = None
        for native in self.hands():
            around = self.around(native)
            for text, asked in (("n == 2", True), ("n == 2 or n", False), ("len(n) == 2", False), ("nothing == 2", False)):
                node, code = ExpressionNode(Expression(text), nobody), self.names["deep"].__code__
                screen = early_screen_of(around, node, around.source_index.facts(code, self.names), code)
                self.assertEqual(screen is not None, asked and native is not None, text)

    def test_a_backlog_is_the_same(self) -> None:
        """What is queued, by a Screen and by the question itself, and what is shown of it."""
        for vars_ in (False, True):
            for native in self.hands():
                with self.subTest(native=native is not None, vars=vars_):
                    around = self.around(native)
                    told: List[List[Any]] = []
                    for screened in (False, True):
                        shown: List[Any] = []
                        told.append(shown)
                        backlog = Backlog(
                            Queue(5), Test("source", "contains", "kept"), 3, True, repr if vars_ else None, self.teller(shown), Test("kind", "eq", "line")
                        )  # fmt: skip
                        full = compile_node(backlog)
                        screens: Dict[Any, Any] = {}
                        self.run_state.count.calls = 0

                        def heard(frame: FrameType, kind: int, arg: Any) -> None:
                            facts = around.source_index.facts(frame.f_code, frame.f_globals)
                            if screened:
                                key = frame.f_code, kind
                                if key not in screens:
                                    screens[key] = screen_of(around, backlog, kind, facts, frame.f_code)
                                if screens[key] is not None and not screens[key].says(frame, arg, False):
                                    return
                            full(Event(frame, kind, arg, facts, frame.f_lineno or 0, around.run, False))

                        self.events(heard)
                        if screened:
                            self.assertTrue(any(screen is not None and screen.acts for screen in screens.values()))
                    self.assertEqual(*told)
                    self.assertGreater(len(told[0]), 4)

    @staticmethod
    def teller(shown: List[Any]) -> Callable[[Any, bool, bool], None]:
        def tell(event: Any, cleanup: bool, synthetic: bool) -> None:
            values = {} if "Loud" in str(event.locals) else event.locals
            shown.append(
                (event.kind, event.function, event.lineno, event.depth, event.calls, event.source, event.threadname, values, synthetic)
            )

        return tell


ASKED: List[Any] = [
    query(("depth", "gt", 4)), query(("depth", "eq", 2), ("kind", "eq", "return")), query(("threadname", "eq", "other")), query(("source", "contains", "yield")),
    query(("arg", "eq", 1)), query(("locals", "eq", {"dict": [["x", 1], ["y", 2]]})), query(("locals", "contains", "got")), query(("calls", "lt", 30), ("kind", "eq", "call")),
    query(("lineno", "in", {"list": [9, 10, 11]})), query(("threadid", "eq", None), ("function", "eq", "deep")), query(("fullsource", "startswith", "def gen")),
    {"op": "and", "of": [query(("function", "eq", "deep")), {"op": "expr", "text": "n == 2"}]},
    {"op": "and", "of": [query(("function", "eq", "deep"), ("kind", "eq", "line")), {"op": "expr", "text": "n == 2"}]},
    {"op": "and", "of": [query(("function", "eq", "deletes"), ("kind", "eq", "line")), {"op": "expr", "text": "x == 1"}]},
    {"op": "and", "of": [query(("function", "eq", "cells"), ("kind", "eq", "line")), {"op": "expr", "text": "x == 3"}]},
    {"op": "and", "of": [query(("function", "eq", "gen"), ("kind", "eq", "line")), {"op": "expr", "text": "i >= 1"}]},
    {"op": "from", "state": 1, "if": query(("function", "eq", "gen")), "watermark": 0},
]  # fmt: skip


class Roads(unittest.TestCase):
    def test_all_hands_agree(self) -> None:
        """What is recorded by each backend and hand; and it is something."""
        with tempfile.TemporaryDirectory(prefix="tallyho-screens-") as folder:
            path = os.path.join(os.path.realpath(folder), "prog.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(PROGRAM + "run()\n")
            points = []
            for at, node in enumerate(ASKED):
                mine = query(("module", "eq", "__main__"))
                points.append(point({"op": "and", "of": [mine, node]}, {"kind": "CodePrinter"}, id=at + 1))
            backends = [("settrace", "")]
            if sys.version_info >= (3, 12):
                backends += [("monitoring", "")] + ([("monitoring", NATIVE)] if NATIVE else [])
            for chosen in [points] + [[one] for one in points[::2]]:
                seen = [self.told(path, backend, native, chosen) for backend, native in backends]
                for one in seen[1:]:
                    self.assertEqual(seen[0], one)
                self.assertEqual({event[0] for event in seen[0][0]}, {one["id"] for one in chosen})

    @staticmethod
    def told(path: str, backend: str, native: str, points: List[Any]) -> Any:
        address = {"backend": backend, "native": native}
        outcome = farend.run("script", path, points, cwd=os.path.dirname(path), config={"events": False}, address=address)
        counts = [(s["id"], s["hits"], s["errors"], s["state"]) for s in outcome.message("status")["tracepoints"]]
        return [(e["tracepoint"], e["kind"], e["line"]) for e in outcome.events], counts, outcome.out, outcome.err


if __name__ == "__main__":
    unittest.main()
