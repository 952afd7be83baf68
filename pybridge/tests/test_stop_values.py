"""What a value shows at a stop: its text, its children, how they are paged and changed, and that nothing of it is run."""

from __future__ import annotations

import time
import unittest
from typing import Any, Dict, List, Tuple

import farend
from stopping import BACKENDS, Debuggee, Refusal

VALUES = r"""
import collections, dataclasses, enum, types, typing

ran = []

class Loud:
    kind = "loud"
    def __init__(self): self.a, self._b = 1, [2]
    def __repr__(self): ran.append("repr"); return "LOUD"
    def __eq__(self, other): ran.append("eq"); return True
    def __hash__(self): ran.append("hash"); return 1
    def __len__(self): ran.append("len"); return 3
    def __getattr__(self, name): ran.append(name); raise AttributeError(name)
    @property
    def twice(self): ran.append("twice"); return self.a * 2
    @property
    def broken(self): raise ValueError("no")
    def method(self): return 1

class Slots:
    __slots__ = ("x", "unset")
    def __init__(self): self.x = 5

class Colour(enum.Enum):
    RED = 1

class Level(enum.IntEnum):
    LOW = 3

@dataclasses.dataclass
class Point:
    x: int
    y: list

Pair = collections.namedtuple("Pair", "left right")

class MyList(list):
    def __getitem__(self, at): ran.append("getitem"); return 0
    def __len__(self): ran.append("len"); return 0
    def __iter__(self): ran.append("iter"); return iter(())

class MyDict(dict):
    def __getitem__(self, at): ran.append("getitem"); return 0
    def items(self): ran.append("items"); return []

def make():
    number = 255
    text = "it's"
    many = list(range(10000))
    objects = [Loud() for _ in range(10000)]
    mixed = {"a": 1, (1, "b"): [2], 3.5: None, Colour.RED: 0}
    nested = [{"k": [1, {"z": 2}]}]
    group = {3, 1}
    frozen = frozenset([7])
    queue = collections.deque([1, 2])
    pair = Pair(1, [2])
    point = Point(1, [2])
    red = Colour.RED
    low = Level.LOW
    counter = collections.Counter("aab")
    ordered = collections.OrderedDict([("z", 1), ("a", 2)])
    ordered.move_to_end("z")
    default = collections.defaultdict(list, {"k": []})
    proxy = types.MappingProxyType({"p": 1})
    data = b"ab"
    span = range(2, 10, 3)
    loud = Loud()
    slots = Slots()
    mylist = MyList([4, 5])
    mydict = MyDict(q=6)
    big = {i: i for i in range(3000)}
    error = KeyError("k")
    module = types
    password = "hunter2"
    here = 1
    return here                                         # stop

make()
print(ran)
"""

TEXTS: Dict[str, Tuple[str, str, int, int]] = {
    "number": ("255", "int", 0, 0),
    "text": ('"it\'s"', "str", 0, 0),
    "mixed": ("{'a': 1, (1, 'b'): [2], 3.5: None", "dict", 4, 0),
    "nested": ("[{'k': [1, {'z': 2}]}]", "list", 0, 1),
    "group": ("{1, 3}", "set", 0, 2),
    "frozen": ("frozenset({7})", "frozenset", 0, 1),
    "queue": ("deque([1, 2])", "deque", 0, 2),
    "pair": ("Pair(left=1, right=[2])", "Pair", 2, 0),
    "point": ("Point(x=1, y=[2])", "Point", -1, 0),
    "red": ("<Colour.RED: 1>", "Colour", -1, 0),
    "low": ("<Level.LOW: 3>", "Level", -1, 0),
    "counter": ("Counter({'a': 2, 'b': 1})", "Counter", 2, 0),
    "ordered": ("OrderedDict({", "OrderedDict", 2, 0),
    "default": ("defaultdict({'k': []})", "defaultdict", 2, 0),
    "proxy": ("mappingproxy({'p': 1})", "mappingproxy", 1, 0),
    "data": ("b'ab'", "bytes", 0, 2),
    "span": ("range(2, 10, 3)", "range", 3, 3),
    "loud": ("Loud(a=1)", "Loud", -1, 0),
    "mylist": ("MyList([4, 5])", "MyList", 0, 2),
    "mydict": ("MyDict({'q': 6})", "MyDict", 1, 0),
    "error": ("KeyError('k')", "KeyError", -1, 0),
    "big": ("{0: 0, 1: 1,", "dict", 0, 3000),
    "password": ("{redacted}", "", 0, 0),
}
"""Name: the beginning of its text, its type, its named (-1: some) and indexed children."""

Path = List[Tuple[str, str, str]]
CHILDREN: Dict[str, Path] = {
    "mixed": [("'a'", "1", "mixed['a']"), ("(1, 'b')", "[2]", "mixed[(1, 'b')]"), ("3.5", "None", "mixed[3.5]")],
    "queue": [("0", "1", "queue[0]"), ("1", "2", "queue[1]")],
    "group": [("0", "1", ""), ("1", "3", "")],
    "pair": [("left", "1", "pair.left"), ("right", "[2]", "pair.right")],
    "point": [("x", "1", "point.x"), ("y", "[2]", "point.y")],
    "red": [("name", "'RED'", "red.name"), ("value", "1", "red.value")],
    "ordered": [("'a'", "2", "ordered['a']"), ("'z'", "1", "ordered['z']")],
    "default": [("'k'", "[]", "default['k']"), ("default_factory", "<class 'list'>", "default.default_factory")],
    "proxy": [("'p'", "1", "proxy['p']")],
    "data": [("0", "97", "data[0]")],
    "span": [("0", "2", "span[0]"), ("2", "8", "span[2]"), ("start", "2", "span.start")],
    "slots": [("x", "5", "slots.x")],
    "loud": [("a", "1", "loud.a"), ("_b", "[2]", "loud._b"), ("twice", "", "loud.twice")],
    "mylist": [("0", "4", "mylist[0]"), ("1", "5", "mylist[1]")],
    "mydict": [("'q'", "6", "mydict['q']")],
    "error": [("args", "('k',)", "error.args"), ("__cause__", "None", "error.__cause__")],
}


class Values(unittest.TestCase):
    def test_texts_and_children(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": VALUES}) as it:
                it.start([it.at("stop")])
                it.stopped()
                shown = it.children(it.scope()["ref"])
                for name, (text, kind, named, indexed) in TEXTS.items():
                    with self.subTest(name):
                        one = shown[name]
                        self.assertEqual((one["value"][: len(text)], one["type"], one["indexed"]), (text, kind, indexed))
                        self.assertTrue(one["named"] == named or named < 0 < one["named"], one)
                        self.assertEqual(one["expression"], name)
                for name, rows in CHILDREN.items():
                    with self.subTest(name):
                        children = it.children(shown[name]["ref"])
                        found = [(row[0], children[row[0]]["value"], children[row[0]]["expression"]) for row in rows if row[0] in children]
                        self.assertEqual(found, rows)
                self._nested(it, shown)
                self._pages(it, shown)
                self._instance(it, shown)
                self.assertEqual(it.value("number", hex=True), "0xff")
                self.assertEqual(it.value("ran"), "['twice']")
                self.assertEqual(it.end(), "['twice']\n")

    def _nested(self, it: Debuggee, shown: Dict[str, Any]) -> None:
        at = shown["nested"]
        for name, expression in (
            ("0", "nested[0]"),
            ("'k'", "nested[0]['k']"),
            ("1", "nested[0]['k'][1]"),
            ("'z'", "nested[0]['k'][1]['z']"),
        ):
            at = it.children(at["ref"])[name]
            self.assertEqual(at["expression"], expression)
        self.assertEqual(it.value("nested[0]['k'][1]['z']"), "2")

    def _pages(self, it: Debuggee, shown: Dict[str, Any]) -> None:
        ref = shown["many"]["ref"]
        page = it.ask("variables", ref=ref, filter="indexed", start=9990, count=20)
        self.assertEqual([child["name"] for child in page], [str(i) for i in range(9990, 10000)])
        self.assertEqual(it.ask("variables", ref=ref, filter="named"), [])
        page = it.ask("variables", ref=shown["big"]["ref"], filter="indexed", start=2, count=2)
        self.assertEqual([child["name"] for child in page], ["2", "3"])
        for name in ("many", "objects"):
            started = time.monotonic()
            self.assertEqual(len(it.ask("variables", ref=shown[name]["ref"], filter="indexed", start=0, count=10000)), 10000)
            self.assertLess(time.monotonic() - started, farend.DEADLINE)

    def _instance(self, it: Debuggee, shown: Dict[str, Any]) -> None:
        children = it.children(shown["loud"]["ref"])
        self.assertTrue(children["twice"]["hint"]["lazy"])
        self.assertEqual(children["_b"]["hint"]["visibility"], "protected")
        (value,) = it.ask("variables", ref=children["twice"]["ref"])
        self.assertEqual((value["name"], value["value"], value["expression"]), ("twice", "2", "loud.twice"))
        with self.assertRaisesRegex(Refusal, "ValueError: no"):
            it.ask("variables", ref=children["broken"]["ref"])
        classes = it.children(children["class variables"]["ref"])
        self.assertEqual(classes["kind"]["value"], "'loud'")
        self.assertIn("method", it.children(children["function variables"]["ref"]))
        self.assertIn("__init__", it.children(children["special variables"]["ref"]))

    def test_globals_are_grouped(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": VALUES}) as it:
                it.start([it.at("stop")])
                it.stopped()
                scope = it.scope("Globals")
                self.assertTrue(scope["expensive"])
                shown = it.children(scope["ref"])
                self.assertEqual(list(shown)[:3], ["special variables", "function variables", "class variables"])
                self.assertIn("make", it.children(shown["function variables"]["ref"]))
                self.assertIn("Loud", it.children(shown["class variables"]["ref"]))
                self.assertEqual(shown["ran"]["value"], "[]")

    def test_closures(self) -> None:
        text = "def outer(a):\n    def inner(b):\n        c = a + b\n        return c  # stop\n    return inner\nprint(outer(1)(2))\n"
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": text}) as it:
                it.start([it.at("stop")])
                it.stopped()
                self.assertEqual(it.locals(), {"b": "2", "c": "3"})
                closure = it.children(it.scope("Closure")["ref"])
                self.assertEqual({name: one["value"] for name, one in closure.items()}, {"a": "1"})
                self.assertEqual(it.value("(lambda: [a + b for _ in range(2)])()"), "[3, 3]")
                it.ask("set_variable", ref=it.scope("Closure")["ref"], name="a", value="10")
                self.assertEqual(it.value("a"), "10")
                self.assertEqual(it.end(), "3\n")


CHANGES = """
class Thing:
    __slots__ = ("s",)
    def __init__(self): self.s = 0
class Plain: pass
level = 1
def caller(n):
    m = n * 2
    inner(m)
    return m + n
def inner(k):
    items = [1, 2]; table = {"a": 1, ("t", 1): 2}; thing = Thing(); plain = Plain(); plain.p = 1
    text = "old"
    print_now = True                        # stop
    return [k, items, table["a"], table[("t", 1)], thing.s, plain.p, text, level]
import builtins
def main():
    print(inner(5))
    print(caller(3))
main()
"""


class Changes(unittest.TestCase):
    def test_parameters_of_frames(self) -> None:
        """On demand, with their stars, as they are now; secrets are not shown."""
        text = (
            "def f(a, /, b=2, *rest, key, password='p', **more):\n    del b\n    a = 255\n    return a  # stop\nf(1, 2, 3, key='k', x=1)\n"
        )
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": text}) as it:
                it.start([it.at("stop")])
                it.stopped()
                frames = it.ask("stack", thread=it.thread, parameters=True, hex=True)["frames"]
                shown = [(one["name"], one["type"], one["value"]) for one in frames[0]["parameters"]]
                self.assertEqual(shown, [
                    ("a", "int", "0xff"), ("b", "", ""), ("*rest", "tuple", "(0x3,)"), ("key", "str", "'k'"),
                    ("password", "str", "{redacted}"), ("**more", "dict", "{'x': 0x1}"),
                ])  # fmt: skip
                self.assertEqual(frames[1]["parameters"], [])
                self.assertNotIn("parameters", it.top())
                it.end()

    def test_presentation(self) -> None:
        """Groups of names are shown as groups, among the others, or not at all."""
        text = "class C: pass\ndef f(): pass\n_own = 1\nplain = 2\nprint(plain)  # stop\n"
        rows: List[Tuple[Dict[str, str], List[str]]] = [
            ({}, ["special variables", "function variables", "class variables", "_own", "plain"]),
            ({"special": "hide", "function": "inline", "class": "hide"}, ["_own", "plain", "f"]),
            ({"special": "hide", "protected": "group"}, ["function variables", "class variables", "protected variables", "plain"]),
            ({"special": "hide", "function": "hide", "class": "inline", "protected": "hide"}, ["plain", "C"]),
        ]
        for presentation, shown in rows:
            with self.subTest(presentation), Debuggee(BACKENDS[0], {"main.py": text}) as it:
                it.start([it.at("stop")], presentation=presentation)
                it.stopped()
                scope = it.scope()
                self.assertEqual(([*it.children(scope["ref"])], scope["named"]), (shown, len(shown)))
                self.assertEqual(it.value("plain"), "2")
                it.end()

    def test_children_are_changed(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": CHANGES}) as it:
                it.start([it.at("stop")])
                it.stopped()
                scope = it.scope()["ref"]
                shown = it.children(scope)
                changed = it.ask("set_variable", ref=scope, name="text", value="'new' + text")
                self.assertEqual((changed["name"], changed["value"], changed["type"]), ("text", "'newold'", "str"))
                it.ask("set_variable", ref=shown["items"]["ref"], name="1", value="k + 15")
                it.ask("set_variable", ref=shown["table"]["ref"], name="'a'", value="30")
                it.ask("set_variable", ref=shown["table"]["ref"], name="('t', 1)", value="31")
                it.ask("set_variable", ref=shown["thing"]["ref"], name="s", value="40")
                it.ask("set_variable", ref=shown["plain"]["ref"], name="p", value="50")
                it.ask("set_expression", frame=it.top()["id"], expression="k", value="k + 1")
                it.ask("set_expression", frame=it.top()["id"], expression="items[0]", value="9")
                it.ask("set_variable", ref=it.scope("Globals")["ref"], name="level", value="2")
                with self.assertRaisesRegex(Refusal, "no nothing here"):
                    it.ask("set_variable", ref=scope, name="nothing", value="1")
                self.assertEqual(it.locals()["text"], "'newold'")
                it.resume()
                it.stopped()
                caller = it.frames()[1]["id"]
                it.ask("set_variable", ref=it.scope("Locals", caller)["ref"], name="m", value="100")
                self.assertEqual(it.value("m", frame=caller), "100")
                self.assertEqual(it.end(), "[6, [9, 20], 30, 31, 40, 50, 'newold', 2]\n103\n")


if __name__ == "__main__":
    unittest.main()
