"""Looking runs nothing of the program's: every way of looking, at values that would tell (menagerie.py)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Dict, List, Mapping, Sequence

import farend
from farend import point, query
from menagerie import PROGRAM
from size import SIZE, its_turn
from stopping import BACKENDS, Debuggee, Refusal, at_exceptions

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")

PRINTERS: List[Dict[str, Any]] = [
    {"kind": "CallPrinter"}, {"kind": "CodePrinter"}, {"kind": "VarsPrinter", "names": ["value", "held", "kind", "caught", "x", "odd"]},
    {"kind": "VarsSnooper"}, {"kind": "StackPrinter"}, {"kind": "ErrorSnooper"}, {"kind": "Event"},
    {"kind": "Log", "slots": [["value", "", ""], ["held", "r", ""], ["value", "a", ""]]},
]  # fmt: skip
TESTS: List[Any] = [
    ["arg", "eq", 1], ["arg", "lt", 1], ["arg", "gte", {"float": "1"}], ["arg", "in", {"list": [1, "a"]}], ["arg", "contains", "a"],
    ["arg", "startswith", "a"], ["arg", "endswith", {"tuple": ["a"]}], ["arg", "regex", {"re": ["a", 0]}], ["arg", "eq", {"dict": [["a", 1]]}],
    ["arg", "eq", {"set": [1]}], ["arg", "eq", {"list": [1]}], ["locals", "contains", "value"], ["locals", "eq", {"dict": []}],
    ["globals", "contains", "value"], ["function_object", "eq", 1], ["source", "contains", "value"], ["depth", "lt", 3],
]  # fmt: skip
CAREFUL = ["value", "held['a']", "held['t']", "value.a", "kind.name", "fields.a", "held[1]", "odd['a']", "odd[1]"]

WAYS = BACKENDS if SIZE > 1 or sys.version_info < (3, 13) else BACKENDS[:1]
"""Values are looked at in one way on all backends: the second one of a version is for a night, but on 3.12."""


class Menagerie(unittest.TestCase):
    """What ran is what runs without us."""

    want = ""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = os.path.realpath(tempfile.mkdtemp(prefix="tallyho-menagerie-"))
        cls.path = os.path.join(cls.folder, "main.py")
        with open(cls.path, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        cls.want = subprocess.check_output([sys.executable, cls.path], universal_newlines=True)

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.folder, ignore_errors=True)

    def check(self, points: Sequence[Mapping[str, Any]], **config: Any) -> farend.Outcome:
        for backend in WAYS:
            with self.subTest(backend=backend):
                outcome = farend.run("script", self.path, points, cwd=self.folder, address={"native": NATIVE},
                                     config=dict({"backend": backend, "events": False, "wait_when_full": False}, **config))  # fmt: skip
                self.assertEqual((outcome.code, outcome.err), (0, ""))
                self.assertEqual(outcome.out, self.want)
                failed = [m["text"] for m in outcome.peers[0].messages if m["t"] == "notice" and "internal failure" in m["text"]]
                self.assertEqual(failed, [])
        return outcome

    def test_the_program_tells(self) -> None:
        self.assertIn("namespace one", self.want)

    def test_samples(self) -> None:
        for samples in ("spread", "first", "off"):
            with self.subTest(samples=samples):
                self.check((), tally="values", samples=samples, just_my_code=True)

    def test_printers(self) -> None:
        everything = query(["module", "eq", "__main__"])
        for number, action in enumerate(PRINTERS):
            if not its_turn(number):
                continue
            with self.subTest(action=action["kind"]):
                self.check([point(everything, action)])

    def test_plain_printers(self) -> None:
        for number, kind in enumerate(farend.KINDS):
            for also, action in enumerate(PRINTERS[:3]):
                if not its_turn(number + also):
                    continue
                with self.subTest(kind=kind, action=action["kind"]):
                    outcome = self.check(
                        [point(query(["function", "in", {"list": ["look", "keyed", "fails"]}], ["kind", "eq", kind]), action)]
                    )
                    self.assertNotEqual(outcome.events, [])

    def test_queries(self) -> None:
        just_my_code = ["module", "eq", "__main__"]
        points = [
            dict(point(query(just_my_code, test)), id=number, limits={"errors": 10**9})
            for number, test in enumerate(TESTS, 1)
            if its_turn(number)
        ]
        points += [dict(one, id=one["id"] + 100, profile=True) for one in points]
        self.check(points)

    def test_careful(self) -> None:
        just_my_code = query(["module", "eq", "__main__"])
        points = [
            dict(point({"op": "and", "of": [just_my_code, {"op": "expr", "text": text}]}, {"kind": "VarsPrinter", "names": CAREFUL}), id=number,
                 limits={"errors": 10**9}) for number, text in enumerate(CAREFUL, 1) if its_turn(number)
        ]  # fmt: skip
        self.check(points, careful=True)

    def test_exceptions(self) -> None:
        for when in ("raised", "uncaught", "userUnhandled", "silenced"):
            with self.subTest(when=when):
                point_ = dict(at_exceptions(when, stop=False), actions=[{"kind": "CodePrinter", "id": 0}, {"kind": "Silenced", "id": 1}])
                self.check([point_], stops=True)


class Stopped(unittest.TestCase):
    """At a stop: scopes, all that can be expanded, hovers, watches, completions, exceptions."""

    def expand(self, it: Debuggee, ref: int, depth: int) -> int:
        seen = 0
        for child in it.ask("variables", ref=ref):
            seen += 1
            if child.get("place"):
                try:
                    it.ask("place", ref=child["place"])
                except Refusal:
                    pass
            if child["ref"] and depth and not child["hint"]["lazy"] and child["name"] not in ("special variables", "__builtins__"):
                seen += self.expand(it, child["ref"], depth - 1)
        return seen

    def test_everything_there_is(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": PROGRAM}) as it:
                want = subprocess.check_output([sys.executable, it.path("main.py")], universal_newlines=True)
                it.start([it.at("done")], address={"native": NATIVE}, tally="off")
                it.stopped()
                self.assertGreater(self.expand(it, it.scope()["ref"], 3), 1000)
                self.expand(it, it.scope("Globals")["ref"], 1)
                for at in range(0, 60, 7):
                    for text in ("zoo[%d]", "kinds[%d]", "held['a'].a", "kinds[%d].__name__", "zoo[%d][0]", "zoo[%d]['a']", "odd[%d]"):
                        try:
                            it.evaluate(text % at if "%" in text else text, "hover")
                        except Refusal:
                            pass
                        it.ask("completions", frame=it.top()["id"], text=(text % at if "%" in text else text) + ".", column=None)
                it.ask("data_info", frame=it.top()["id"], expression="value")
                watch = it.ask("data_info", frame=it.top()["id"], expression="held['a']")
                it.arm([{"id": 9, "program": {"op": "true"}, "actions": [], "locate": None, "hit": None, "limits": {"errors": 5}, "stop": True,
                         "exceptions": None, "data": {"id": watch["data"]}}])  # fmt: skip
                it.ask("modules")
                self.assertEqual(it.end(), want)

    def test_exceptions(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": PROGRAM}) as it:
                want = subprocess.check_output([sys.executable, it.path("main.py")], universal_newlines=True)
                it.start([at_exceptions("raised", hit={"op": "%", "n": 3})], address={"native": NATIVE})
                for _ in range(2):
                    it.stopped("exception")
                    it.ask("exception", thread=it.thread)
                    self.expand(it, it.scope()["ref"], 1)
                    it.resume()
                it.stopped("exception")
                it.arm([], [1])
                self.assertEqual(it.end(), want)


if __name__ == "__main__":
    unittest.main()
