"""Samples of values that are too long: how they begin, how long they are, and how they end."""

from __future__ import annotations

import ast
import re
import sys
import unittest
from collections import Counter, OrderedDict, defaultdict, deque
from pathlib import Path
from typing import Any, Tuple

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _tallyho.base.redact import Patterns
from _tallyho.tally.samples import VALUE_LIMIT, render

MARK = re.compile(r"… (\d+) (items|characters|bytes) …", re.S)


class Sly:
    """An object that tells when it is asked anything."""

    asked = 0

    def __repr__(self) -> str:
        Sly.asked += 1
        return "sly"

    __len__ = __iter__ = __reversed__ = __repr__  # type: ignore[assignment]


class SlyList(list):  # type: ignore[type-arg]
    """A list of the program's, whose methods are not to be called."""

    def __len__(self) -> int:
        raise AssertionError

    __getitem__ = __reversed__ = __iter__ = __len__  # type: ignore[assignment]


def ends(value: Any) -> Tuple[int, str, str]:
    """Return how long a value is said to be, and what stands before and behind that."""
    _, text = render(value, VALUE_LIMIT)
    assert len(text) <= VALUE_LIMIT, (len(text), text)
    marks = MARK.findall(text)
    assert len(marks) == 1, text
    head, tail = text.split("… %s %s …" % marks[0])
    return int(marks[0][0]), head, tail


class EndsTest(unittest.TestCase):
    def test_containers(self) -> None:
        pairs = {n: n * 2 for n in range(500)}
        for value, tail in [
            (list(range(1000)), ", 997, 998, 999]"),
            (tuple(range(1000)), ", 997, 998, 999)"),
            (deque(range(1000)), ", 997, 998, 999])"),
            (set(range(1000)), "}"),
            (frozenset(range(1000)), "})"),
            (pairs, ", 497: 994, 498: 996, 499: 998}"),
            (OrderedDict(pairs), ", 497: 994, 498: 996, 499: 998})"),
            (defaultdict(list, pairs), ", 497: 994, 498: 996, 499: 998})"),
            (Counter(pairs), "})"),
            ([[1] * 50] * 10, "]"),
            ([1] * 200 + ["x" * 100], "]"),
            ([None] * 1_000_000, ", None, None, None]"),
            ([1] * 200 + [["it's"], 'a "b"'], ', 1, ["it\'s"], \'a "b"\']'),
        ]:
            with self.subTest(value=type(value), tail=tail):
                size, head, end = ends(value)
                self.assertEqual((size, end), (len(value), tail))
                self.assertGreater(len(head), 60)

    def test_texts(self) -> None:
        for value in [
            "ab " * 100,
            "abc\n" * 2000,
            "it's " * 300,
            'a"b' * 100,
            "\x00" * 500,
            "\U0001f600" * 300,
            "x" * 159,
            b"\x00a" * 300,
            b"x" * 500,
        ]:
            with self.subTest(value=value[:9]):
                size, head, tail = ends(value)
                self.assertEqual(size, len(value))
                quote = tail[-1]
                start = head.index(quote) + 1
                prefix = head[: start - 1]
                self.assertTrue(value.startswith(ast.literal_eval(head + quote)), head)
                self.assertTrue(value.endswith(ast.literal_eval(prefix + quote + tail)), tail)

    def test_what_fits_is_whole(self) -> None:
        for value in [[1, 2, 3], "x" * 158, list(range(40)), {"a": 1}, "… 5 items …", b"x" * 157]:
            self.assertEqual(render(value, VALUE_LIMIT)[1], repr(value))

    def test_no_code_of_the_program_runs(self) -> None:
        Sly.asked = 0
        ends([Sly()] * 500)
        ends({n: Sly() for n in range(500)})
        render(SlyList([1] * 500), VALUE_LIMIT)
        self.assertEqual(Sly.asked, 0)

    def test_secrets_at_the_end(self) -> None:
        self.assertNotIn("hunter2", render(["x"] * 200 + ["--password", "hunter2"], VALUE_LIMIT)[1])
        self.assertNotIn("hunter2", render({**{n: n for n in range(200)}, "password": "hunter2"}, VALUE_LIMIT)[1])

    def test_secrets_known_by_their_look(self) -> None:
        key = "AKIAIOSFODNN7EXAMPLE"
        Patterns.look(True)
        try:
            for at in range(0, 220, 3):
                for value in ["a " * at + key + " b" * (200 - at), ["x"] * 200 + [key]]:
                    text = render(value, VALUE_LIMIT)[1]
                    for part in (key[:12], key[8:]):
                        self.assertNotIn(part, text)
        finally:
            Patterns.look(False)
