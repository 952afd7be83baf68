"""The recorded statement traces, per call: hits, and the values after each hit, on statement plans."""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
import types
import unittest
from pathlib import Path
from typing import Any, Dict, List

from tally_harness import Harness, Statement

from _tallyho.base.behaviour import BYTECODE_IS_KNOWN

CASES = Path(__file__).resolve().parents[2] / "testdata" / "conformance" / "tracefunc" / "cases.jsonl"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "tally.md"

REWORDED = {"try_except_else_finally": (3, 14), "generic_def_and_type_alias": (3, 15)}
"""Cases whose values hold what a version words anew, a message or a type alias's name: from there on hits are compared, and no values."""

ROW = re.compile(r"\| `(\w+)` \| (?:`` (.*) ``|calls) \| (\d+) \| (\d+) \|")


def accidents() -> List[str]:
    """Return what differs from the record, as docs/tally.md lists it."""
    found = []
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        row = ROW.fullmatch(line)
        if row is not None:
            case, text, theirs, ours = row.groups()
            what = "calls" if text is None else "%r hits" % text.replace("\u23ce", "\n").replace("\\|", "|")
            found.append("%s: %s %s, recorded %s" % (case, what, ours, theirs))
    return found


@unittest.skipIf(not BYTECODE_IS_KNOWN, "statement plans need CPython 3.12 to 3.15")
class Recorded(unittest.TestCase):
    """Each recorded case through a Tally with samples "first"."""

    maxDiff = None

    def check(self, case: Dict[str, Any]) -> List[str]:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "case.py")
            path.write_text(case["source"], encoding="utf-8")
            wrong = self.run_case(case, str(path))
            self.assertEqual(self.run_case(case, str(path)), wrong, "with plans out of the cache")
            self.assertEqual(self.planned, [], "read although it was kept")
            return wrong

    def run_case(self, case: Dict[str, Any], path: str) -> List[str]:
        target = case.get("target_func") or case["call"].partition("(")[0]
        if case["id"] == "method_indented":
            target = "C.go"
        harness = Harness(calls_of=target, samples="first", repr="own", redact=False)
        module = types.ModuleType("case")
        module.__file__ = path
        sys.modules["case"] = module
        with harness:
            exec(compile(case["source"], path, "exec", dont_inherit=True), module.__dict__)
            try:
                eval(case["call"], module.__dict__)
            except Exception as error:
                if [type(error).__name__, str(error)] != case["raises"]:
                    raise
        self.assertEqual(harness.tally.errors, 0)
        self.calls = harness.calls()
        self.planned = harness.kept.new
        return compare(case, harness)

    def test_cases(self) -> None:
        """Every hit and value is as recorded, but for the accidents, all of which must be bettered."""
        wrong: List[str] = []
        for line in CASES.read_text(encoding="utf-8").splitlines():
            wrong += self.check(json.loads(line))
        self.assertEqual(sorted(wrong), sorted(accidents()))

    def test_stacks(self) -> None:
        """A call's stack is the recorded one, from the function that was called down."""
        wrong = []
        for line in CASES.read_text(encoding="utf-8").splitlines():
            case = json.loads(line)
            if "target_func" in case and case["traces"]:
                self.check(case)
                ours = [show_stack(call["stack"], case) for call in self.calls]
                recorded = [stack for stack, _ in case["traces"]]
                if ours != recorded:
                    wrong.append((case["id"], ours, recorded))
        self.assertEqual(wrong, [])


def compare(case: Dict[str, Any], harness: Harness) -> List[str]:
    """Return a line for each difference."""
    wrong: List[str] = []
    recorded = case["traces"]
    calls = harness.calls()
    if len(recorded) != len(calls):
        return ["%s: calls %d, recorded %d" % (case["id"], len(calls), len(recorded))]
    for number, (_, snippets) in enumerate(recorded, 1):
        ours: Dict[str, Statement] = {}
        for statement in harness.statements(call=number):
            if statement.hits and statement.kind != "lambda":
                ours[key_of(statement, ours)] = statement
        for text in sorted({*snippets, *ours}):
            where = "%s: %r " % (case["id"], text)
            hits, values = snippets.get(text, [0, {}])
            got = ours.get(text)
            if hits != (got.hits if got else 0):
                wrong.append(where + "hits %d, recorded %d" % (got.hits if got else 0, hits))
            elif got and sys.version_info < REWORDED.get(case["id"], (4,)):
                for name, texts in values.items():
                    just_my_code = [list(s.vars.get(name, ("", ""))) for s in got.samples]
                    just_my_code = json.loads(re.sub("0x[0-9a-fA-F]+", "0xADDR", json.dumps(just_my_code)))
                    if just_my_code != texts:
                        wrong.append(where + "%s = %s, recorded %s" % (name, just_my_code, texts))
                extra = {name for s in got.samples for name in s.vars} - set(values)
                if extra:
                    wrong.append(where + "extra names %s" % sorted(extra))
    return wrong


def show_stack(stack: List[List[Any]], case: Dict[str, Any]) -> str:
    """Return a stack as the recorded tool writes it: from the outermost anchor, "" where that is not on it."""
    anchor = case["call"].partition("(")[0]
    names = [name for name, _, _ in stack]
    if anchor not in names:
        return ""
    lines = []
    library = os.path.dirname(os.__file__)
    for name, path, line in stack[names.index(anchor) :]:
        if path.startswith(library):
            lines.append("%s ($PYTHON_STDLIB%s:*)" % (name, path[len(library) :]))
        else:
            lines.append("%s (%s:%d)" % (name, os.path.basename(path), line))
    return "\n".join(lines)


def key_of(statement: Statement, taken: Dict[str, Statement]) -> str:
    text = statement.text
    if statement.kind == "comprehension" and text[0] not in "([{":
        text = "(%s)" % text
    while text in taken:
        text += " "
    return text


if __name__ == "__main__":
    unittest.main()
