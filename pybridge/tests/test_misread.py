"""Variables that the interpreter itself misreads: a comprehension's of the name of a cell, or of a name from an outer function.

CPython 3.13.0 to 3.13.2 crash when somebody reads f_locals there (gh-128396), 3.12 gives the outer function's value, and
PyFrame_GetVar finds nothing where the comprehension does not run.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from types import FrameType
from typing import Any, Callable, Dict, List, Mapping, Tuple

import farend
from farend import point, query

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base import behaviour, slots
from _tallyho.base.namespaces import everything, local, scope
from _tallyho.program import evaluation, frames
from _tallyho.program.expressions import Expression
from _tallyho.program.lambdas import of_locals
from _tallyho.program.trouble import RequestError
from _tallyho.values.display import shown_text

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")
See = Callable[[FrameType], Any]


def see_k(see: See, value: Any) -> Any:
    return see(sys._getframe(1)), value


def cell(see: See) -> Any:
    """The function has a cell of that name."""
    k = "outer"
    keep = lambda: k  # noqa: E731
    inside = [see_k(see, k) for k in ("a", "b")]
    return inside + [see_k(see, k)], keep()


def argument(see: See, k: str = "outer") -> Any:
    keep = lambda: k  # noqa: E731
    inside = [see_k(see, k) for k in ("a", "b")]
    return inside + [see_k(see, k)], keep()


def in_two(see: See) -> Any:
    """A comprehension makes a cell of it, and another does not."""
    k = "outer"
    keep = [lambda: k for k in ("x",)]
    inside = [see_k(see, k) for k in ("a", "b")]
    return inside + [see_k(see, k)], keep[0]()


def nested(see: See) -> Any:
    k = "outer"
    keep = lambda: k  # noqa: E731
    inside = [one for k in ("a", "b") for one in [see_k(see, k) for k in (k,)]]
    return inside + [see_k(see, k)], keep()


def of_dicts_and_sets(see: See) -> Any:
    k = "outer"
    keep = lambda: k  # noqa: E731
    inside = list({k: see_k(see, k) for k in ("a", "b")}.values())
    return inside + [see_k(see, k)], keep()


def free(see: See) -> Any:
    """The name is of a function around it."""
    k = "outer"

    def inner() -> Any:
        before = see_k(see, k)
        inside = [see_k(see, k) for k in ("a", "b")]
        return [before] + inside + [see_k(see, k)], k

    return inner()


def free_and_cell(see: See) -> Any:
    """The name is of a function around it, and what the comprehension makes keeps it."""
    k = "outer"

    def inner() -> Any:
        before = see_k(see, k)
        inside = [(see_k(see, k), lambda: k)[0] for k in ("a", "b")]
        return [before] + inside + [see_k(see, k)], k

    return inner()


def generator(see: See) -> Any:
    def steps() -> Any:
        k = "outer"
        keep = lambda: k  # noqa: E731
        yield [see_k(see, k) for k in ("a", "b")]
        yield [see_k(see, k)], keep()

    first, (last, kept) = steps()
    return first + last, kept


FUNCTIONS: List[Callable[[See], Tuple[List[Tuple[Any, Any]], Any]]] = [
    cell, argument, in_two, nested, of_dicts_and_sets, free, free_and_cell, generator,
]  # fmt: skip

WAYS: Dict[str, See] = {
    "local": lambda frame: local(frame)["k"],
    "all of local": lambda frame: dict(local(frame))["k"],
    "everything": lambda frame: everything(frame)["k"],
    "frames.read": lambda frame: frames.read(frame)["k"],
    "scope": lambda frame: scope(frame)["k"],
    "an expression": lambda frame: Expression("k").value(frame),
    "a longer expression": lambda frame: Expression("k + ''").value(frame),
    "a careful one": lambda frame: Expression("k", careful=True).value(frame),
    "evaluate": lambda frame: evaluation.evaluate(frame, "k", False),
    "statements": lambda frame: evaluation.evaluate(frame, "mine = k\nmine", True),
    "look": lambda frame: evaluation.look(frame, "k"),
    "guard": lambda frame: _guarded(frame),
    "lambda": lambda frame: _lambda(frame),
}


def _guarded(frame: FrameType) -> Any:
    guard = Expression("k").guard(frame)
    assert guard is not None
    return guard(frame)


def _lambda(frame: FrameType) -> Any:
    asked = of_locals("lambda event: event.locals['k']")
    assert asked is not None
    return asked.value(frame)


class Values(unittest.TestCase):
    def test_each_way_of_reading_has_the_value_that_the_program_has(self) -> None:
        for function in FUNCTIONS:
            for way, see in WAYS.items():
                if function in (free, free_and_cell) and way == "statements" and not behaviour.LIVE_LOCALS:
                    continue  # nothing can be written there
                with self.subTest(function.__name__, way=way):
                    pairs, kept = function(see)
                    self.assertEqual([seen for seen, _ in pairs], [value for _, value in pairs])
                    # CPython 3.12 to 3.14 lose the outer one where what the comprehension makes keeps its own.
                    self.assertIn(kept, ("outer", "x", "b") if function is free_and_cell else ("outer", "x"))

    def test_names_that_a_person_adds_are_found_again(self) -> None:
        def see(frame: FrameType) -> Any:
            evaluation.evaluate(frame, "added = 7", True)
            return evaluation.evaluate(frame, "added", False)

        pairs, _ = cell(see)
        self.assertEqual([seen for seen, _ in pairs], [7, 7, 7])

    def test_what_is_changed_is_the_variable_that_is_seen(self) -> None:
        def see(frame: FrameType) -> Any:
            frames.write(frame, {"k": "new"})
            return local(frame)["k"]

        pairs, _ = cell(see)
        self.assertEqual([seen for seen, _ in pairs], ["new"] * 3)

    def test_of_two_variables_of_one_name_none_is_changed(self) -> None:
        def see(frame: FrameType) -> Any:
            try:
                frames.write(frame, {"k": "new"})
            except RequestError:
                return local(frame)["k"]
            return "written"

        pairs, kept = free(see)
        if behaviour.INLINES_COMPREHENSIONS:
            self.assertEqual([seen for seen, _ in pairs], ["outer", "a", "b", "outer"])
        self.assertEqual(kept, "outer" if behaviour.INLINES_COMPREHENSIONS else "new")


BODIES = {"a module's": "%s", "a class's": "class A:\n %s"}


class Bodies(unittest.TestCase):
    """A comprehension is a part of a module's and of a class's body too."""

    def test_values(self) -> None:
        body = "keep = [lambda: k for k in ('x',)]; seen = [(see(), k) for k in ('a', 'b')]; done(seen)"
        for name, text in BODIES.items():
            for way, look in WAYS.items():
                if way in ("guard", "everything"):
                    continue  # these are of functions
                with self.subTest(name, way=way):
                    found: List[Any] = []
                    space = {"see": lambda look=look: look(sys._getframe(1)), "done": found.extend}
                    exec(text % body, space)
                    self.assertEqual(found, [("a", "a"), ("b", "b")])


RUN = """
def look(x): return x
def cell():
    k = 3
    keep = lambda: k
    found = [
        look(k)
        for k in (5, 6)
    ]
    return found, k
def free():
    k = 3
    def inner():
        first = k
        found = [
            look(k)
            for k in (5, 6)
        ]
        return found, k
    return inner()
keep = [lambda: k for k in (5, 6)]
found = [
    look(k)
    for k in (5, 6)
]
class A:
    keep = [lambda: k for k in (5, 6)]
    found = [
        look(k)
        for k in (5, 6)
    ]
print(cell(), free())
"""
INSIDE = [at for at, line in enumerate(RUN.split("\n"), 1) if line.strip() == "look(k)"]
AROUND = [at for at, line in enumerate(RUN.split("\n"), 1) if line.strip() in ("return found, k", "first = k")]


class Runs(unittest.TestCase):
    """Each road of an event, the tally, and a recording's way of looking."""

    def run_it(self, backend: str, *points: Mapping[str, Any], **config: Any) -> farend.Outcome:
        """Run a program and expect of it that it ends as it does by itself."""
        folder = os.path.realpath(tempfile.mkdtemp(prefix="tallyho-misread-"))
        self.addCleanup(shutil.rmtree, folder, True)
        path = os.path.join(folder, "prog.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(RUN)
        config = {"backend": backend, "events": False, **config}
        outcome = farend.run("script", path, points, cwd=folder, config=config, address={"native": NATIVE})
        self.assertEqual((outcome.out, outcome.err, outcome.code), ("([5, 6], 3) ([5, 6], 3)\n", "", 0))
        return outcome

    def test_values_and_conditions(self) -> None:
        """Tracepoints for the values at lines, and for conditions of each form, with what is to be seen of them."""
        points: List[Mapping[str, Any]] = []
        wanted: List[Any] = []
        where = query(("kind", "eq", "line"), ("lineno", "in", {"list": INSIDE + AROUND}))
        points.append(point(where, {"kind": "VarsPrinter", "names": ["k"]}))
        wanted.append({(line, text) for lines, texts in ((INSIDE, "56"), (AROUND, "3")) for line in lines for text in texts})
        for text, lines in (("k == 5", INSIDE), ("k == 3", AROUND), ("k + 0 == 6", INSIDE)):
            for asked in ({"op": "expr", "text": text}, {"op": "lambda", "text": "lambda e: " + text.replace("k", "e.locals['k']")}):
                points.append(point({"op": "and", "of": [where, asked]}, {"kind": "CodePrinter"}, id=len(points) + 1))
                wanted.append({(line, "") for line in lines})
        for backend in ("auto", "settrace"):
            seen: List[Any] = [set() for _ in points]
            for event in self.run_it(backend, *points).events:
                values = event["values"] if event["tracepoint"] == 1 else ()
                seen[event["tracepoint"] - 1].add((event["line"], values[0][1] if values else ""))
            for node, found, want in zip(points, seen, wanted):
                with self.subTest(node, backend=backend):
                    self.assertEqual(found, want)

    def test_tally(self) -> None:
        for backend in ("auto", "settrace"):
            self.run_it(backend, tally="values")


@unittest.skipUnless(slots.NEEDED, "this interpreter misreads nothing")
class WithoutMemory(unittest.TestCase):
    """Where nobody knows how frames lie in memory, the value is not known, and it is said so."""

    def test_unreadable(self) -> None:
        def see(frame: FrameType) -> Any:
            found = slots._by_name(frame)
            text = shown_text(found["k"], 100, True)
            with self.assertRaisesRegex(NameError, "'k' cannot be read in this function"):
                found["k"] == "a"  # noqa: B015
            return text, found["see"] is local(frame)["see"]

        function = cell if behaviour.VALUES_ARE_TAKEN_FOR_CELLS else free
        pairs, _ = function(see)
        for (text, same), _ in pairs:
            self.assertEqual((text[0] if type(text) is tuple else text, same), ("?", True))

    def test_nothing_else_is_withheld(self) -> None:
        self.assertEqual(slots.misread(see_k.__code__), frozenset())
        self.assertEqual(slots.misread(Values.test_names_that_a_person_adds_are_found_again.__code__), frozenset())

    def test_frames_of_the_usual_build_are_known(self) -> None:
        self.assertEqual(slots.DIRECT, behaviour.LAYOUT_IS_USUAL)


class Interpreter(unittest.TestCase):
    """What behaviour.py says of it is so."""

    def test_a_variable_is_read_alone(self) -> None:
        """Where that is known: its value or, where it has none, a ValueError; what lies in a cell has no place."""
        places = slots.PLACES
        self.assertEqual(places is not None, behaviour.VERSION == "3.12" and behaviour.LAYOUT_IS_USUAL)
        if places is None:
            return

        def f(one: Any, two: Any) -> Any:
            three: List[Any] = [lambda: (two, places)]
            four: Any
            frame = sys._getframe()
            at = (places.words[(id(frame) + places.outer) >> 3] + places.first) >> 3
            kept = [slots.place(frame.f_code, name) for name in ("one", "three", "four", "two", "places", "nothing")]
            self.assertEqual([places.references[at + place] for place in kept[:2]], [one, three])
            with self.assertRaises(ValueError):
                places.references[at + kept[2]]
            self.assertEqual(kept[3:], [-1] * 3)
            if not one:
                four = 1
            return four

        with self.assertRaises(NameError):
            f(object(), object())

    def test_crash(self) -> None:
        text = "import sys\ndef f():\n k = 1\n lambda: k\n [dict(sys._getframe().f_locals) for k in ('a',)]\nf()"
        ended = subprocess.run([sys.executable, "-c", text], stderr=subprocess.DEVNULL).returncode
        self.assertEqual(ended != 0, behaviour.VALUES_ARE_TAKEN_FOR_CELLS)

    def test_outer(self) -> None:
        def function(k: str) -> Tuple[List[str], str]:
            def inner() -> Tuple[List[str], str]:
                return [sys._getframe().f_locals["k"] for k in ("inner",)], k

            return inner()

        self.assertEqual(function("outer")[0] == ["outer"], behaviour.OUTER_NAMES_WIN)


if __name__ == "__main__":
    unittest.main()
