"""How values are shown to a person: as their own repr would, without running it; hexadecimal; by their own; in log messages."""

from __future__ import annotations

import argparse
import array
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import functools
import ipaddress
import os
import pathlib
import re
import sys
import types
import unittest
import uuid
from typing import Any, List, Tuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from _tallyho.program.expressions import Expression
from _tallyho.program.formats import Format, Slot, make_slot
from _tallyho.values.children import children_of
from _tallyho.values.display import shown_text
from _tallyho.values.rendering import safe_repr

ran: List[str] = []


class Loud:
    """Whatever is asked of it is noted."""

    def __repr__(self) -> str:
        ran.append("repr")
        return "LOUD"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        ran.append("format")
        return "F" + spec


class MyPath(type(pathlib.Path())):  # type: ignore[misc]
    __slots__ = ()

    def __str__(self) -> str:
        ran.append("str")
        return "mine"

    __repr__ = __fspath__ = __str__


class Money(decimal.Decimal):
    __repr__ = __str__ = Loud.__repr__  # type: ignore[assignment]
    __format__ = Loud.__format__  # type: ignore[assignment]


class Day(datetime.date):
    __repr__ = __str__ = Loud.__repr__  # type: ignore[assignment]


class Moment(datetime.datetime):
    @property
    def year(self) -> int:  # type: ignore[override]
        ran.append("year")
        return 1


class Ratio(float):
    __repr__ = __str__ = Loud.__repr__  # type: ignore[assignment]


class Zone(datetime.tzinfo):
    def utcoffset(self, moment: Any) -> Any:
        ran.append("utcoffset")
        return datetime.timedelta(0)


class Colour(enum.Enum):
    RED = 1


class Level(enum.IntEnum):
    LOW = 3


@dataclasses.dataclass
class Point:
    x: int
    y: Any
    hidden: int = dataclasses.field(default=0, repr=False)


@dataclasses.dataclass
class Login:
    user: str
    password: str


Pair = collections.namedtuple("Pair", "left right")

EXACT: List[Any] = [
    pathlib.Path("a/b.txt"), pathlib.Path("/x", "y", "..", "z"), pathlib.Path("x", "/y"), pathlib.Path("."), pathlib.Path(""),
    pathlib.PurePosixPath("//a//b/./c/"), pathlib.PurePosixPath("///a"), pathlib.PureWindowsPath("C:/x/y"), pathlib.PureWindowsPath("x", "y"),
    uuid.UUID(int=5), fractions.Fraction(1, 3), fractions.Fraction(4), decimal.Decimal("1.50"), decimal.Decimal("NaN"),
    *map(ipaddress.ip_address, ("10.0.0.1", "2001:db8::1:0:0:1", "::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:0:3:4:5:6:7:8", "fe80::1%eth0", "::ffff:1.2.3.4", "0:0:1::")),
    *map(ipaddress.ip_network, ("10.0.0.0/8", "2001:db8::/32")), *map(ipaddress.ip_interface, ("10.0.0.1/8", "::1/64")),
    datetime.date(2024, 1, 2), datetime.datetime(2024, 1, 2), datetime.datetime(2024, 1, 2, 3, 4, 5), datetime.datetime(2024, 1, 2, 0, 0, 0, 6, fold=1),
    datetime.datetime(2024, 1, 2, tzinfo=datetime.timezone(datetime.timedelta(hours=2))), datetime.time(1, 2), datetime.time(1, 2, 3, 4, tzinfo=datetime.timezone.utc),
    datetime.timedelta(days=1, seconds=5), datetime.timedelta(-1, 0, 7), datetime.timedelta(0), datetime.timezone.utc,
    types.SimpleNamespace(a=1, b="x"), argparse.Namespace(a=[1]), functools.partial(int, "1", base=2), re.match("a", "ab"),
    array.array("i", [1, 2]), collections.ChainMap({"a": 1}), Colour.RED, Level.LOW, Point(1, [2]), Pair(1, "x"),
    [Point(1, Colour.RED)], {"k": (Pair(1, pathlib.Path("q")),)}, {Colour.RED: Point(1, uuid.UUID(int=1))},
    types.SimpleNamespace(p=Point(1, decimal.Decimal(2))), set(), frozenset(), {1}, frozenset([2]), ValueError(fractions.Fraction(1, 2)), range(3),
]  # fmt: skip
"""Shown as their repr has them."""

OTHERS: List[Tuple[Any, str]] = [
    (MyPath("q/r"), "MyPath('q/r')"), (Money("1.5"), "Money('1.5')"), (Day(2024, 1, 2), "Day(2024, 1, 2)"), (Ratio(1.5), "Ratio(1.5)"),
    (Moment(2024, 1, 2, 3), "Moment(2024, 1, 2, 3, 0)"), ([Login("me", "x")], "[Login(user='me', password={redacted})]"),
    (types.SimpleNamespace(token=1), "namespace(token={redacted})"), (collections.UserDict(a=1), "UserDict({'a': 1})"),
    (functools.partial(int, password="x"), "functools.partial(<class 'int'>, password={redacted})"), ([int, Loud], "[<class 'int'>, <class 'test_shown.Loud'>]"),
]  # fmt: skip


class Texts(unittest.TestCase):
    def setUp(self) -> None:
        ran.clear()

    def test_as_repr(self) -> None:
        for value in EXACT:
            if sys.version_info < (3, 10) and type(value).__name__ == "IPv6Address" and "ffff" in repr(value):
                continue
            with self.subTest(repr(value)):
                self.assertEqual(shown_text(value, 1000, True), repr(value))

    def test_others(self) -> None:
        for value, text in OTHERS:
            with self.subTest(text):
                self.assertEqual(shown_text(value, 1000, True), text)
        self.assertIn("Zone object at 0x", shown_text(datetime.datetime(2024, 1, 2, tzinfo=Zone()), 1000, True))
        self.assertIn("Loud object at 0x", shown_text([Point(1, Loud())], 1000, True))
        self.assertEqual(ran, [])

    def test_own(self) -> None:
        self.assertEqual(shown_text([Loud(), 1, Point(1, Loud())], 1000, True, own=True), "[LOUD, 1, Point(x=1, y=LOUD)]")

        class Broken:
            def __repr__(self) -> str:
                raise ValueError("no")

        self.assertEqual(shown_text({"k": Broken()}, 1000, True, own=True), "{'k': <repr-error ValueError('no')>}")
        self.assertIn("object at 0x", shown_text([type("Bare", (), {})()], 1000, True, own=True))

    def test_hexadecimal(self) -> None:
        value = [255, {10: [16]}, Point(255, (1,)), -1, True, 1.5]
        self.assertEqual(shown_text(value, 1000, True, hexadecimal=True), "[0xff, {0xa: [0x10]}, Point(x=0xff, y=(0x1,)), -0x1, True, 1.5]")

    def test_cut(self) -> None:
        text = shown_text([Point(i, "x" * 50) for i in range(1000)], 100, True, hexadecimal=True)
        self.assertLessEqual(len(text), 110)
        self.assertIn(" [...] ", text)

    def test_hunters_text_stays(self) -> None:
        self.assertIn("<pathlib.", safe_repr([pathlib.PurePosixPath("a")], 100)[0].replace("_local.", ""))
        self.assertIn("Point object at 0x", safe_repr(Point(255, 1), 100)[0])
        self.assertEqual(safe_repr(datetime.datetime(2024, 1, 2), 100)[0], "datetime(2024, 1, 2, 0, 0, 0, 0, tzinfo=None, fold=0)")

    def test_namespaces_have_children(self) -> None:
        named = children_of(types.SimpleNamespace(a=1, b="x")).named
        self.assertEqual([(child.name, child.value, child.suffix, child.target) for child in named],
                         [("a", 1, ".a", ("attr", "a")), ("b", "x", ".b", ("attr", "b"))])  # fmt: skip


def formatted(text: str, careful: bool = False, own: bool = False, **names: Any) -> str:
    """Return what a slot shows of those names; text is the expression, or it and a conversion and a format."""
    slot = make_slot([*text.split("|"), "", ""][:3], careful)
    return Format(1024, True, own, careful).slot(slot, frame_with(names))


def frame_with(names: Any) -> Any:
    """Return a frame in which those names are bound."""
    found: List[Any] = []
    exec("keep(here())", {"keep": found.append, "here": lambda: sys._getframe(1)}, names)
    return found[0]


FORMATS: List[Tuple[Any, str]] = [
    (1.5, ".2f"), (7, "05d"), (True, ">6"), ("x", ">3"), (Ratio(2.5), ".2f"), (Level.LOW, "05d"), (decimal.Decimal("1.5"), ".3f"),
    (datetime.date(2024, 3, 1), "%Y-%m"), (datetime.datetime(2024, 3, 1, 5), "%H:%M"), (datetime.time(5, 6), "%H"),
]  # fmt: skip
"""Formatted alike in either mode, as format() does."""

STRINGS: List[Any] = [
    pathlib.Path("a/b"), uuid.UUID(int=1), fractions.Fraction(1, 3), decimal.Decimal("1.50"), ipaddress.ip_address("10.0.0.1"), datetime.date(2024, 1, 2),
    datetime.datetime(2024, 1, 2, 3), datetime.datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=datetime.timezone.utc), datetime.time(1, 2), datetime.timedelta(days=1), Colour.RED,
    [1, Colour.RED], {"a": pathlib.Path("b")}, Point(1, 2), None, 1, "x", 2.5,
]  # fmt: skip
"""Shown as str() has them."""


class Formats(unittest.TestCase):
    def setUp(self) -> None:
        ran.clear()

    def test_formats(self) -> None:
        for value, spec in FORMATS:
            for careful in (False, True):
                with self.subTest(spec, careful=careful):
                    self.assertEqual(formatted("v||" + spec, careful, v=value), format(value, spec))

    def test_strings(self) -> None:
        for value in STRINGS:
            for careful in (False, True):
                with self.subTest(str(value), careful=careful):
                    self.assertEqual(formatted("v", careful, v=value), str(value))

    def test_whose_code_runs(self) -> None:
        loud = Loud()
        self.assertEqual(formatted("v||>3", v=loud), "F>3")
        self.assertEqual(formatted("v", own=True, v=loud), "LOUD")
        self.assertEqual(formatted("v|r", own=True, v=[loud]), "[LOUD]")
        self.assertEqual(ran, ["format", "repr", "repr"])
        ran.clear()
        for text in ("v", "v|r", "v|s", "v||>30"):
            self.assertIn("Loud object at 0x", formatted(text, True, v=loud))
        self.assertIn("Loud object at 0x", formatted("v", v=loud))
        self.assertEqual(formatted("v||>6", True, v=Money("1.5")), "   1.5")
        self.assertEqual(ran, [])

    def test_aligned(self) -> None:
        self.assertEqual(formatted("v||>10", v=[1, 2]), "    [1, 2]")
        self.assertEqual(formatted("v|r|>5", v="x"), "  'x'")
        self.assertEqual(formatted("v|a", v="\xe4"), "'\\xe4'")

    def test_nested(self) -> None:
        slot = make_slot(["x", "", [">", ["w + 1", "", ""], ".", ["n", "", "d"], "f"]], False)
        frame = frame_with({"x": 1.5, "w": 6, "n": 2, "token": 9})
        self.assertEqual(Format(100, True, False, False).slot(slot, frame), "   1.50")
        secret = Slot(Expression("x"), "", (">", Slot(Expression("token"), "", ())))
        self.assertEqual(Format(100, True, False, False).slot(secret, frame), "1.5")


if __name__ == "__main__":
    unittest.main()
