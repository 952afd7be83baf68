"""Profile mode: events of C functions, the same on every backend."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import unittest
from typing import Any, List, Mapping, Tuple

import farend
from farend import point, query

BACKENDS = ["monitoring", "settrace"] if sys.version_info >= (3, 12) else ["settrace"]

TEXT = """
import re, threading; match = re.compile("a").match

class Words(list):
    pass

def f(words):
    words.append(len("abc"))
    list.append(words, 4)
    Words.append(words, 5)
    try:
        next(iter(()))
    except StopIteration:
        pass
    try:
        len(5)
    except TypeError:
        pass
    sorted([2, 1], key=g)
    max(*[1, 2], **{})
    int("3"); match("a")
    return words

def g(n):
    return abs(n)

f(Words())
t = threading.Thread(target=f, args=([],))
t.start()
t.join()
"""

BODY = [
    ("call", "f", False), ("call", "len", True), ("return", "len", True), ("call", "append", True), ("return", "append", True),
    ("call", "append", True), ("return", "append", True), ("call", "append", True), ("return", "append", True),
    ("call", "iter", True), ("return", "iter", True), ("call", "next", True), ("exception", "next", True),
    ("call", "len", True), ("exception", "len", True), ("call", "sorted", True),
    ("call", "g", False), ("call", "abs", True), ("return", "abs", True), ("return", "g", False),
    ("call", "g", False), ("call", "abs", True), ("return", "abs", True), ("return", "g", False),
    ("return", "sorted", True), ("call", "max", True), ("return", "max", True), ("call", "match", True), ("return", "match", True), ("return", "f", False),
]  # fmt: skip


class Profile(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="tallyho-profile-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def each(self, text: str, *points: Mapping[str, Any]) -> List[farend.Outcome]:
        """Run a program on every backend."""
        path = os.path.join(self.folder, "prog.py")
        with open(path, "w") as file:
            file.write(text)
        outcomes = []
        for backend in BACKENDS:
            outcome = farend.run("script", path, points, cwd=self.folder, config={"backend": backend, "events": True})
            self.assertEqual([m["text"] for m in outcome.peers[0].messages if m["t"] == "notice"], [])
            self.assertEqual(outcome.err, "")
            outcomes.append(outcome)
        return outcomes

    def test_stream(self) -> None:
        just_my_code = point(query(("filename", "eq", "prog.py")), {"kind": "CodePrinter"}, profile=True)
        shapes = []
        for outcome in self.each(TEXT, just_my_code):
            events = outcome.events
            shapes.append([(e["kind"], e["function"], e["line"], e["depth"], e["flags"] & 1) for e in events])
            kinds = [(e["kind"], e["function"], bool(e["flags"] & 1)) for e in events if e["function"] not in ("<module>", "Words")]
            first = kinds.index(BODY[0])
            self.assertEqual(kinds[first : first + len(BODY)], BODY)
            second = kinds.index(BODY[0], first + 1)
            self.assertIn(("call", "iter", True), kinds[second:], "the other thread")
            self.assertNotIn("line", [e["kind"] for e in events])
        for shape in shapes[1:]:
            self.assertEqual(shapes[0], shape)

    def test_fields(self) -> None:
        cases: List[Tuple[Tuple[Any, ...], List[str]]] = [
            ((("builtin", "eq", True), ("function", "eq", "abs"), ("kind", "eq", "call")), ["abs"] * 4),
            ((("builtin", "eq", True), ("module", "eq", "?"), ("kind", "eq", "return"), ("depth", "eq", 1)), []),
            ((("module", "eq", "?"), ("kind", "eq", "exception")), []),
            ((("builtin", "eq", True), ("kind", "eq", "exception"), ("stdlib", "eq", False)), ["next", "len"] * 2),
            ((("builtin", "eq", False), ("function", "eq", "abs")), []),
            ((("lineno", "eq", 8), ("kind", "eq", "call"), ("filename", "eq", "prog.py")), ["len", "append"] * 2),
            ((("source", "contains", "sorted"), ("function", "startswith", "so"), ("kind", "eq", "call")), ["sorted"] * 2),
            ((("locals", "eq", {"dict": []}), ("function", "eq", "max"), ("kind", "eq", "call")), ["max"] * 2),
        ]
        for tests, want in cases:
            for outcome in self.each(TEXT, point(query(*tests), profile=True)):
                self.assertEqual([e["function"] for e in outcome.events], want, tests)

    def test_an_error_disarms_one_alone(self) -> None:
        bad = point(
            query(("builtin", "eq", True), ("source", "contains", "abs(n)"), ("function", "gt", 1)), profile=True, limits={"errors": 2}
        )
        good = point(query(("function", "eq", "abs")), id=2, profile=True)
        for outcome in self.each(TEXT, bad, good):
            states = {s["id"]: s for s in outcome.message("status")["tracepoints"]}
            self.assertEqual((states[1]["state"], states[1]["errors"], states[2]["hits"]), ("disarmed", 2, 8))
            self.assertIn("and 'int', at call of abs (prog.py:25)", states[1]["message"])

    def test_code_that_is_not_asked_about_reports_nothing(self) -> None:
        text = "import sys\ndef f(): return len('a')\nf()\nprint(sys.getprofile() is None)\n"
        for outcome in self.each(text, point(query(("function", "eq", "f")))):
            self.assertEqual(outcome.out, "True\n")
            self.assertEqual([e["flags"] & 1 for e in outcome.events], [0] * len(outcome.events))


if __name__ == "__main__":
    unittest.main()
