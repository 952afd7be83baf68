"""What a hit is, for each kind of statement: programs whose lines say the hits expected of them."""

from __future__ import annotations

import glob
import os
import re
import unittest
from types import CodeType
from typing import Any, Dict, Iterator, List

from statement_programs import PROGRAMS
from tally_harness import Harness, Statement

from _tallyho.base.behaviour import BYTECODE_IS_KNOWN
from _tallyho.base.source import Source
from _tallyho.tally.frozen import freeze, restored, saved
from _tallyho.tally.plan import OtherSource, PlanError, make_plan
from _tallyho.tally.walk import read


def expected(text: str) -> Dict[int, List[str]]:
    """Return the numbers at the end of each line: "." is not looked at, "-" is a span without code."""
    found = {}
    for number, line in enumerate(text.split("\n"), 1):
        match = re.search(r"  #: (.*)$", line)
        if match:
            found[number] = match.group(1).split()
    return found


def run(path: str, **config: Any) -> Harness:
    """Run a program under a Tally of its own."""
    with open(path, encoding="utf-8") as stream:
        text = stream.read()
    harness = Harness(**config)
    with harness:
        exec(compile(text, path, "exec", dont_inherit=True), {"__name__": "program"})
    return harness


@unittest.skipIf(not BYTECODE_IS_KNOWN, "statement plans need CPython 3.12 to 3.15")
class Statements(unittest.TestCase):
    """The programs in statements/."""

    maxDiff = None

    def check(self, path: str, config: Dict[str, Any]) -> None:
        harness = run(path, **config)
        self.assertEqual(harness.tally.errors, 0)
        lines: Dict[int, List[Statement]] = {}
        for one in harness.statements(path=path):
            lines.setdefault(one.line, []).append(one)
        with open(path, encoding="utf-8") as stream:
            wanted = expected(stream.read())
        wrong = []
        for line, numbers in wanted.items():
            spans = lines.get(line, [])
            if len(spans) != len(numbers) and "." not in numbers:
                wrong.append((line, [s.text for s in spans], numbers))
            for span, number in zip(spans, numbers):
                got = "-" if span.no_code else str(span.hits)
                if number != "." and got != number:
                    wrong.append((line, span.text, "expected " + number, "got " + got))
        self.assertEqual(wrong, [], path)
        unmarked = [line for line in lines if line not in wanted and line > 2]
        self.assertEqual(unmarked, [], path)

    def test_programs(self) -> None:
        self.assertTrue(PROGRAMS)
        for path in PROGRAMS:
            for config in (
                {"samples": "off"},
                {"samples": "spread"},
                {"samples": "first"},
                {"samples": "off", "eager": 0},
                {"samples": "spread", "eager": 0},
                {"samples": "off", "eager": 200},
            ):
                with self.subTest(path=os.path.basename(path), **config):
                    self.check(path, {**config, "include": ["**/statements/*.py"]})


def code_tree(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and all that it holds."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from code_tree(constant)


def library(step: int) -> List[str]:
    """Return some files of the standard library."""
    home = os.path.dirname(os.__file__)
    files = sorted(glob.glob(os.path.join(home, "*.py")) + glob.glob(os.path.join(home, "asyncio", "*.py")))
    return files[::step]


class Library(unittest.TestCase):
    """Files that were not written for us."""

    def test_spans_of_the_library(self) -> None:
        """Every file has spans, in order, with text, columns and heads that fit."""
        for path in library(9):
            with open(path, "rb") as stream:
                source = Source(path, stream.read())
            for record in [span.record(source) for span in read(source).spans]:
                line, column, end_line, end_column, head_line, head_column = record[:6]  # type: ignore[misc]
                self.assertLess((line, column), (head_line, head_column), path)
                self.assertLessEqual((head_line, head_column), (end_line, end_column), path)  # type: ignore[operator]
                self.assertLessEqual(head_column, len(source.lines[head_line - 1]), path)  # type: ignore

    @unittest.skipIf(not BYTECODE_IS_KNOWN, "statement plans need CPython 3.12 to 3.15")
    def test_plans_of_the_library(self) -> None:
        """Every code object is planned, and every statement that it has code for has exact counters."""
        refused = []
        for path in library(7):
            with open(path, "rb") as stream:
                data = stream.read()
            source = Source(path, data)
            tree = read(source)
            thawed = restored(saved(freeze(tree, source))).tree()
            for code in code_tree(compile(data, path, "exec", dont_inherit=True)):
                try:
                    plan = make_plan(tree, lambda: source, code)
                except PlanError as error:
                    refused.append((path, code.co_qualname, str(error)))
                    continue
                self.assertTrue({slot for _, slot, _ in plan.hits()} <= set(range(plan.slots)))
                self.assertEqual(make_plan(thawed, lambda: source, code).text, plan.text, "as planned from what is kept")
        self.assertEqual(refused, [])

    @unittest.skipIf(not BYTECODE_IS_KNOWN, "statement plans need CPython 3.12 to 3.15")
    def test_a_function_that_is_called_as_hidden_code_is(self) -> None:
        """Annotations are code named __annotate__ (3.14), which a file may also have a function of."""
        text = b"def plain(a: int) -> int:\n    return a\ndef __annotate__(form):\n    return {}\nclass C:\n    a: int\n"
        source = Source("a.py", text)
        tree = read(source)
        plans = {code.co_firstlineno: make_plan(tree, lambda: source, code) for code in code_tree(compile(text, "a.py", "exec"))}
        self.assertEqual([bool(plans[line].hits()) for line in (1, 3)], [True, True])

    @unittest.skipIf(not BYTECODE_IS_KNOWN, "statement plans need CPython 3.12 to 3.15")
    def test_another_source_is_refused(self) -> None:
        """Code that was not compiled from this text is not counted as if it were."""
        code = compile("x = 1\ndef f():\n    return 2, 3, 4\n", "f.py", "exec")
        inner = next(c for c in code_tree(code) if c.co_name == "f")
        for other in (b"y = 1\ndef f():\n    return 2\n", b"y = 1\nx = 2\ndef f():\n    return 2, 3, 4\n"):
            with self.assertRaises(OtherSource):
                source = Source("f.py", other)
                make_plan(read(source), lambda: source, inner)


if __name__ == "__main__":
    unittest.main()
