"""Iterators of the interpreter's own are shown by where they stand, and no step of them is taken."""

from __future__ import annotations

import itertools
import os
import sys
import unittest
from typing import Any, Iterator, List

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.values.display import fields_text
from _tallyho.values.rendering import safe_repr

RAN: List[str] = []


class Own:
    """An iterator of the program's, which tells when it is asked anything."""

    def __iter__(self) -> Iterator[int]:
        return self

    def __next__(self) -> int:
        RAN.append("next")
        return 1

    def __length_hint__(self) -> int:
        RAN.append("length hint")
        return 3

    def __len__(self) -> int:
        RAN.append("len")
        return 3

    def __getitem__(self, at: int) -> int:
        return at

    def __call__(self, *given: Any) -> int:
        return 1


class Number:
    def __repr__(self) -> str:
        RAN.append("repr")
        return "a number"

    def __float__(self) -> float:
        return 5.0

    def __add__(self, other: object) -> Number:
        return self

    __radd__ = __add__


class Numbers(List[int]):
    def __len__(self) -> int:
        RAN.append("len of a list")
        return 7


def stepped(iterator: Any, steps: int = 1) -> Any:
    for _ in range(steps):
        next(iterator)
    return iterator


def double(n: int) -> int:
    return 2 * n


class Shown(unittest.TestCase):
    def test_by_what_is_left_and_nothing_runs(self) -> None:
        items, seven = [1, 2, 3], {"a": 1, "b": 2}
        for value, want in (
            (iter(items), "iter(3 left)"),
            (stepped(iter(items), 2), "iter(1 left)"),
            (iter(()), "iter(0 left)"),
            (iter(Numbers(items)), "iter(3 left)"),
            (reversed(items), "reversed(3 left)"),
            (iter(range(9)), "iter(9 left)"),
            (iter(b"ab"), "iter(2 left)"),
            (iter({5}), "iter(1 left)"),
            (stepped(iter(seven)), "iter(1 left)"),
            (iter(seven.items()), "iter(2 left)"),
            (zip(items, "ab"), "zip(2 left)"),
            (stepped(zip(items, "ab")), "zip(1 left)"),
            (zip(items, Own()), None),
            (zip(), None),
            (enumerate(items), "enumerate(3 left)"),
            (enumerate(zip(items, "ab")), "enumerate(2 left)"),
            (stepped(enumerate(Own(), 4)), "enumerate(at 5)"),
            (map(double, items), "map(double, 3 left)"),
            (map(int, "ab"), "map(int, 2 left)"),
            (map(len, Own()), "map(len)"),
            (map(Own(), items), "map(3 left)"),
            (map(Own(), Own()), None),
            (filter(double, items), "filter(double)"),
            (filter(None, items), None),
            (itertools.count(5), "count(5)"),
            (stepped(itertools.count(5, 2)), "count(7, 2)"),
            (itertools.count(0.5), "count(0.5)"),
            (itertools.count(Number()), None),
            (itertools.count(1, Number()), None),
            (itertools.count(1 << 70), "count(1180591620717411303424)"),
            (itertools.repeat("x"), "repeat('x')"),
            (itertools.repeat([1], 3), "repeat([1], 3)"),
            (stepped(itertools.repeat("x", 3)), "repeat('x', 2)"),
            (itertools.chain(items, items), None),
            (iter(Own()), None),
            (reversed(Own()), None),
            (iter(lambda: 1, 2), None),
        ):
            del RAN[:]
            text, good = fields_text(value, 200)
            with self.subTest(want or text):
                self.assertTrue(good)
                if want is None:
                    self.assertRegex(text, r"^<\S+ object at 0x[0-9a-fA-F]+>$|^Own\(\)$")
                else:
                    self.assertEqual(text, want)
                self.assertEqual(RAN, [])

    def test_no_step_is_taken(self) -> None:
        values = iter([1, 2, 3])
        for one in (values, enumerate(values), zip(values, values), map(double, values)):
            fields_text(one, 200)
        self.assertEqual(list(values), [1, 2, 3])

    def test_one_that_is_secret_is_masked_where_its_name_is(self) -> None:
        self.assertEqual(fields_text({"password": itertools.repeat("hunter2")}, 200)[0], "{'password': {redacted}}")

    def test_the_command_line_keeps_hunters_text(self) -> None:
        self.assertRegex(safe_repr(iter([1]), 200)[0], "^<list_iterator object at ")


if __name__ == "__main__":
    unittest.main()
