"""Values as text: hunter's rules, bounded, and never a line of the program's code."""

from __future__ import annotations

import collections
import datetime
import os
import re
import sys
import time
import types
import unittest
from typing import Any, Iterator, List, Tuple

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base import redact
from _tallyho.values import ends, rendering
from _tallyho.values.renderer import Renderer

RAN: List[str] = []


class Evil:
    """Tells when any of its methods run."""

    def __repr__(self) -> str:
        RAN.append("repr")
        raise SystemExit

    def __eq__(self, other: object) -> bool:
        RAN.append("eq")
        return True

    def __hash__(self) -> int:
        return 1

    def __bool__(self) -> bool:
        RAN.append("bool")
        return True

    def __len__(self) -> int:
        RAN.append("len")
        return 1

    def __iter__(self) -> Iterator[int]:
        RAN.append("iter")
        return iter(())

    def __getattr__(self, name: str) -> Any:
        RAN.append(name)
        raise AttributeError(name)

    @property
    def __class__(self) -> Any:  # type: ignore[override]
        RAN.append("class")
        return int


class EvilError(Exception):
    @property
    def args(self) -> Any:  # type: ignore[override]
        RAN.append("args")
        return ()


class EvilStr(str):
    def __repr__(self) -> str:
        RAN.append("strrepr")
        return "x"

    def __len__(self) -> int:
        RAN.append("strlen")
        return 1


class Pretender:
    __module__ = "builtins"

    def __repr__(self) -> str:
        RAN.append("pretender")
        return "x"


def function() -> None:
    pass


Named = collections.namedtuple("Named", "a")

EXACT: List[Tuple[Any, str]] = [
    ([1, [2, [3, [4, [5]]]]], "[1, [2, [3, [4, [...]]]]]"),
    ({"a": 1, (1, 2): [3]}, "{'a': 1, (1, 2): [3]}"),
    ((), "()"),
    ((1,), "(1,)"),
    ((1, 2), "(1, 2)"),
    (set(), "{}"),
    ({1}, "{1}"),
    (frozenset([1]), "frozenset({1})"),
    (collections.deque([1, 2], 5), "deque([1, 2])"),
    (collections.Counter("aa"), "Counter({'a': 2})"),
    (collections.OrderedDict(a=1), "OrderedDict({'a': 1})"),
    (collections.defaultdict(int, a=1), "defaultdict({'a': 1})"),
    (re.compile("a"), "re.compile('a', flags=re.UNICODE)"),
    (re.compile(b"a"), "re.compile(b'a')"),
    (re.compile("a", re.I | re.M), "re.compile('a', flags=re.IGNORECASE|re.MULTILINE|re.UNICODE)"),
    (datetime.date(2020, 1, 2), "datetime.date(2020, 1, 2)"),
    (datetime.timedelta(1), "datetime.timedelta(days=1)"),
    (datetime.datetime(2020, 1, 2), "datetime(2020, 1, 2, 0, 0, 0, 0, tzinfo=None, fold=0)"),
    (datetime.time(1, 2), "time(1, 2, 0, 0, tzinfo=None, fold=0)"),
    (ValueError("a", 1), "ValueError('a', 1)"),
    (EvilError(5), "EvilError(5)"),
    (1.5, "1.5"),
    (1j, "1j"),
    (None, "None"),
    (..., "Ellipsis"),
    (b"x'", 'b"x\'"'),
    (bytearray(b"x"), "bytearray(b'x')"),
    ("a\nb", "'a\\nb'"),
    ("\ud800", "'\\ud800'"),
    (range(3), "range(0, 3)"),
    (int, "<class 'int'>"),
    (len, "<built-in function len>"),
    (slice(1, 2), "slice(1, 2, None)"),
    ({"a": 1}.keys(), "dict_keys(['a'])"),
    ({"a": 1}.items(), "dict_items([('a', 1)])"),
    (types.MappingProxyType({"a": 1}), "mappingproxy({'a': 1})"),
    (os, repr(os)),
    (sys, repr(sys)),
    (function, repr(function)),
    ({"password": "x", "user": 1}, "{'password': {redacted}, 'user': 1}"),
]

EVILS: List[Any] = [
    Evil(), [Evil()], {Evil(): Evil()}, {"k": Evil()}, {1: Evil()}.values(), (Evil(),), EvilError(Evil()), EvilStr("abc"),
    Pretender(), slice(Evil(), Evil()), types.MappingProxyType({"a": Evil()}), types.SimpleNamespace(a=Evil()),
    Named(Evil()), classmethod(Evil()), staticmethod(Evil()), collections.deque([Evil()]), Evil().__init__, type("M", (), {}),  # type: ignore[misc,arg-type]
]  # fmt: skip


def nested(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def cyclic() -> Any:
    value: Any = []
    value.extend([value] * 50)
    return value


class Text(unittest.TestCase):
    def setUp(self) -> None:
        RAN.clear()

    def test_exact(self) -> None:
        for value, want in EXACT:
            with self.subTest(want):
                self.assertEqual(rendering.safe_repr(value, 1024), (want, True))

    def test_no_code_runs(self) -> None:
        for at, value in enumerate(EVILS):
            with self.subTest(at):
                text, good = rendering.safe_repr(value, 1024)
                self.assertTrue(good)
                self.assertTrue(text)
                self.assertEqual(RAN, [])

    def test_no_key_is_asked(self) -> None:
        """Nor where the end of a mapping is shown, whose keys all have one hash."""
        plain = {Evil(): n for n in range(1)}
        for n in range(400):
            dict.__setitem__(plain, Evil() if n % 2 else (n, Evil()), "value %d" % n)
        for kind in (dict, collections.OrderedDict, collections.Counter, lambda pairs: collections.defaultdict(list, pairs)):
            value = kind(plain)
            RAN.clear()
            with self.subTest(type(value).__name__):
                self.assertIn(" [...] ", rendering.safe_repr(value, 1024)[0])
                ends.shortened(Renderer(200, False), value, "", 200)
                self.assertEqual(RAN, [])

    def test_default_repr(self) -> None:
        for value in (Evil(), Named(1), EvilStr("x"), Pretender(), collections.UserDict()):
            self.assertEqual(rendering.safe_repr(value, 1024)[0], object.__repr__(value))

    def test_cut(self) -> None:
        """Both halves equal those of the whole text, whether or not it was rendered."""
        cases: List[Tuple[Any, str]] = [
            (list(range(500)), str(list(range(500)))),
            (list(range(100000)), str(list(range(100000)))),
            (tuple(range(100000)), str(tuple(range(100000)))),
            ({n: str(n) for n in range(50000)}, str({n: str(n) for n in range(50000)})),
            ("x" * 100000, repr("x" * 100000)),
            ("ab'" * 40000, repr("ab'" * 40000)),
            (b"\x00" * 50000, repr(b"\x00" * 50000)),
            ([["y" * 9000], 1, "z" * 7000], str([["y" * 9000], 1, "z" * 7000])),
            (collections.deque(range(90000)), str(collections.deque(range(90000)))),
        ]
        for value, whole in cases:
            for limit in (7, 60, 1024):
                with self.subTest(type(value).__name__, limit=limit):
                    text, good = rendering.safe_repr(value, limit)
                    self.assertTrue(good)
                    half = limit // 2
                    self.assertEqual(text, whole[:half] + " [...] " + whole[-half:])

    def test_bounded(self) -> None:
        """None of these takes long, or much."""
        table = [
            "x" * (200 << 20), list(range(10_000_000)), nested(100_000), cyclic(), {n: n for n in range(1_000_000)},
            set(range(1_000_000)), [[]] * 1_000_000, bytearray(50 << 20), [["x" * 100] * 100] * 1000,
        ]  # fmt: skip
        for value in table:
            spent = 9.0
            for _ in range(5):  # what comes between once, as the collector does, is not its own
                start = time.process_time()  # of a busy machine others take the rest
                text, _ = rendering.safe_repr(value, 1024)
                spent = min(spent, time.process_time() - start)
            with self.subTest(type(value).__name__, milliseconds=round(spent * 1000, 2)):
                self.assertLessEqual(len(text), 1024 + 7)
                self.assertLess(spent, 0.25)  # far above what it takes; whole renderings take longer still

    def test_failed(self) -> None:
        text, good = rendering.safe_repr(10**5000, 1024)
        self.assertFalse(good)
        self.assertIn("ValueError('Exceeds the limit", text)

    def test_secrets(self) -> None:
        for name in ("password", "db_password2", "API-Key", "x_csrftoken", "Authorization", "user_token", "pin"):
            self.assertTrue(redact.is_secret(name), name)
        for name in ("user", "total", "key", "spinning", "passing"):
            self.assertFalse(redact.is_secret(name), name)


if __name__ == "__main__":
    unittest.main()
