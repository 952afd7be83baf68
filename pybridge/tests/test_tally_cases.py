"""The recorded statement traces, per call: hits, and the values after each hit, on statement plans."""
from __future__ import annotations

import importlib.util
import inspect
import json
import re
import sys
import tempfile
import types
import unittest
from pathlib import Path
from typing import Any, Dict, List, Tuple

from tally_harness import Harness, Statement

from _tallyho.bytecode import FACTS

CASES = Path(__file__).resolve().parents[2] / "testdata" / "conformance" / "tracefunc" / "cases.jsonl"

# (case, call, snippet) -> (recorded hits, ours) where we do better, and why; docs/tally.md says it at length.
BETTER: Dict[Tuple[str, str], str] = {}


class Recorded(unittest.TestCase):
    """Each recorded case through a Tally with samples "first"."""

    maxDiff = None

    def check(self, case: Dict[str, Any]) -> List[str]:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "case.py")
            path.write_text(case["source"], encoding="utf-8")
            return self.run_case(case, str(path))

    def run_case(self, case: Dict[str, Any], path: str) -> List[str]:
        target = case.get("target_func") or case["call"].partition("(")[0]
        if case["id"] == "method_indented":
            target = "C.go"
        harness = Harness(calls_of=target, samples="first", repr="repr", redact=False)
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
        return compare(case, harness)

    def test_cases(self) -> None:
        wrong: List[str] = []
        for line in CASES.read_text(encoding="utf-8").splitlines():
            wrong += self.check(json.loads(line))
        print("\n".join(wrong))


def compare(case: Dict[str, Any], harness: Harness) -> List[str]:
    """Return a line for each difference."""
    wrong: List[str] = []
    recorded = case["traces"]
    calls = harness.calls()
    if len(recorded) != len(calls):
        return ["%s: %d calls, recorded %d" % (case["id"], len(calls), len(recorded))]
    for number, (stack, snippets) in enumerate(recorded, 1):
        ours: Dict[str, Statement] = {}
        for statement in harness.statements(call=number):
            if statement.hits and statement.kind != "lambda":
                ours[key_of(statement, ours)] = statement
        for text in sorted({*snippets, *ours}):
            where = "%s call %d %r: " % (case["id"], number, text)
            hits, values = snippets.get(text, [0, {}])
            got = ours.get(text)
            if hits != (got.hits if got else 0):
                wrong.append(where + "hits %d, recorded %d" % (got.hits if got else 0, hits))
            elif got:
                for name, texts in values.items():
                    mine = [list(s.vars.get(name, ("", ""))) for s in got.samples]
                    mine = json.loads(re.sub("0x[0-9a-f]+", "0xADDR", json.dumps(mine)))
                    if mine != texts:
                        wrong.append(where + "%s = %s, recorded %s" % (name, mine, texts))
                extra = {name for s in got.samples for name in s.vars} - set(values)
                if extra:
                    wrong.append(where + "extra names %s" % sorted(extra))
    return wrong


def key_of(statement: Statement, taken: Dict[str, Statement]) -> str:
    text = statement.text
    if statement.kind == "comprehension" and text[0] not in "([{":
        text = "(%s)" % text
    while text in taken:
        text += " "
    return text


if __name__ == "__main__":
    unittest.main()
