"""What went wrong inside is told, also of a program that is over before the first look at it."""

from __future__ import annotations

import unittest
from typing import Any, List

import farend
from farend import point, query
from stopping import BACKENDS

PROGRAM = """
def deep(n):
    return deep(n + 1)
try:
    deep(0)
except RecursionError:
    pass
"""


class LastWords(unittest.TestCase):
    """The limit of recursion, where what is asked of each line cannot be asked."""

    def test_at_the_recursion_limit(self) -> None:
        asked = point(query(("function", "eq", "deep"), ("kind", "eq", "line")))
        for backend in BACKENDS:
            with self.subTest(backend):
                outcome = farend.run("code", PROGRAM, [asked], config={"backend": backend})
                told: List[Any] = [m["text"] for m in outcome.peers[0].messages if m["t"] == "notice"]
                self.assertEqual(told, ["the program was at its recursion limit: what would have been asked there was not"])


if __name__ == "__main__":
    unittest.main()
