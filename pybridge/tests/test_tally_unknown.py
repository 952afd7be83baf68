"""What runs and is not counted is told, with the reason: it is not to be taken for 0."""

from __future__ import annotations

import tempfile
import unittest
from pathlib import Path
from typing import Any, List
from unittest import mock

from tally_harness import Harness

from _tallyho.base import guest
from _tallyho.base.behaviour import BYTECODE_IS_KNOWN
from _tallyho.tally import codes, files, lines

TEXT = """\
def f():
    return 1
def g():
    return 2
x = f() + f() + g()
"""


class Unknown(unittest.TestCase):
    """Programs of which a part cannot be counted."""

    def run_text(self, text: str, **config: Any) -> Harness:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "case.py")
            path.write_text(text, encoding="utf-8")
            harness = Harness(**config)
            with harness:
                exec(compile(text, str(path), "exec", dont_inherit=True), {})
        return harness

    def reasons(self, harness: Harness) -> List[str]:
        return [value["unknown"] for kind, value in harness.records.written if kind == 7 and value.get("unknown")]

    @unittest.skipIf(not BYTECODE_IS_KNOWN, "statement plans need CPython 3.12 to 3.15")
    def test_an_internal_failure_is_named_once(self) -> None:
        """Whatever fails, the program runs on, the rest is counted, and the file is named, once."""
        make = codes.make_plan

        def fails(tree: Any, source: Any, code: Any, name: str) -> Any:
            if code.co_name in ("f", "g"):
                raise ArithmeticError("out of order")
            return make(tree, source, code, name)

        before = list(guest.failures)
        guest._told.clear()
        with mock.patch.object(codes, "make_plan", side_effect=fails):
            harness = self.run_text(TEXT)
        told, guest.failures[:] = guest.failures[len(before) :], before
        self.assertEqual(harness.tally.errors, 2)
        self.assertEqual(len(told), 1, told)
        self.assertIn("case.py", told[0])
        self.assertEqual(
            self.reasons(harness), ["Not all of it is counted: Tallyho failed at the code that begins at line 1 (ArithmeticError)."]
        )
        hits = {one.text: (one.hits, one.ran) for one in harness.statements()}
        self.assertEqual(hits["x = f() + f() + g()"], (1, True))
        self.assertEqual(hits["return 1"], (0, False))

    def test_a_syntax_that_we_fail_at_is_counted_by_line(self) -> None:
        """It may be newer than we are; that is told once, and all of the file is counted."""
        before = list(guest.failures)
        guest._told.clear()
        with mock.patch.object(files, "read", side_effect=ArithmeticError("out of order")):
            harness = self.run_text(TEXT)
        told, guest.failures[:] = guest.failures[len(before) :], before
        self.assertEqual(len(told), 1, told)
        self.assertIn("case.py", told[0])
        self.assertEqual(self.reasons(harness), [])
        hits = {one.text.strip(): one.hits for one in harness.statements()}
        self.assertEqual((hits["x = f() + f() + g()"], hits["return 1"]), (1, 2))

    def test_code_that_is_too_long_is_told(self) -> None:
        """Code that is counted neither by statement nor by line."""
        patches = [mock.patch.object(lines, "MOST_LINE_STARTS", 3)]
        if BYTECODE_IS_KNOWN:
            patches.append(mock.patch("_tallyho.tally.plan.LIMIT", 20))
        for patch in patches:
            patch.start()
            self.addCleanup(patch.stop)
        text = TEXT + "y = 1\n" * 40
        harness = self.run_text(text, plans="")
        self.assertEqual(self.reasons(harness), ["Not all of it is counted: the code that begins at line 1 has more than 3 lines."])

    def test_by_line_nothing_is_said_of_what_has_no_line(self) -> None:
        """A statement that the compiler has left nothing of is not among those that ran."""
        harness = self.run_text(
            "def f():\n    return 1\n    print(2)\nf()\nif 0:\n    f()\n", backend="settrace" if not BYTECODE_IS_KNOWN else ""
        )
        ran = {one.text: one.ran for one in harness.statements()}
        self.assertEqual((ran["return 1"], ran["print(2)"]), (True, False))


if __name__ == "__main__":
    unittest.main()
