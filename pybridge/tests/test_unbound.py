"""A variable that is not bound yet hides the global of its name: the function means the variable."""

import os
import sys
import unittest
from types import FrameType
from typing import Any, Callable, List, Tuple

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base.namespaces import NOTHING, local
from _tallyho.program import evaluation
from _tallyho.program.expressions import Expression
from _tallyho.program.trouble import RequestError

total = 7
other = 8


def assigned_later(see: Callable[[FrameType], Any]) -> Any:
    seen = see(sys._getframe())
    total = 1
    return seen if total else None


def deleted(see: Callable[[FrameType], Any]) -> Any:
    total = 1
    del total
    return see(sys._getframe())


def closed_over(see: Callable[[FrameType], Any]) -> Any:
    def inner() -> int:
        return total

    seen = see(sys._getframe())
    total = 1
    return seen if inner() else None


def around(see: Callable[[FrameType], Any]) -> Any:
    def inner() -> Any:
        return see(sys._getframe()), (lambda: total)

    seen = inner()[0]
    total = 1
    return seen if total else None


def of_the_module(see: Callable[[FrameType], Any]) -> Any:
    return see(sys._getframe())


def inlined(see: Callable[[FrameType], Any]) -> Any:
    assert [total for total in (1, 2)]  # noqa: C416
    return see(sys._getframe()) if total else None


def declared(see: Callable[[FrameType], Any]) -> Any:
    global total
    seen = see(sys._getframe())
    total = 7
    return seen


def bound(see: Callable[[FrameType], Any]) -> Any:
    total = 7
    return see(sys._getframe()) if total else None


def in_a_class(see: Callable[[FrameType], Any]) -> Any:
    class Of:
        seen = see(sys._getframe())
        total = 1

    return Of.seen


NOT_BOUND = [assigned_later, deleted, closed_over, around]
BOUND = [of_the_module, inlined, declared, bound, in_a_class]


def value_of(text: str, careful: bool = False) -> Callable[[FrameType], Any]:
    def see(frame: FrameType) -> Any:
        try:
            return Expression(text, careful).value(frame)
        except NameError:
            return NOTHING

    return see


def looked(frame: FrameType) -> Any:
    try:
        return evaluation.look(frame, "total")
    except RequestError:
        return NOTHING


def evaluated(text: str) -> Callable[[FrameType], Any]:
    def see(frame: FrameType) -> Any:
        try:
            return evaluation.evaluate(frame, text, True)
        except NameError:
            return NOTHING

    return see


def known(text: str) -> Callable[[FrameType], Any]:
    return lambda frame: 7 if Expression(text).known(local(frame), frame.f_globals, frame.f_code) else NOTHING


WAYS: List[Tuple[str, Callable[[FrameType], Any]]] = [
    ("a name", value_of("total")),
    ("a name, carefully", value_of("total", True)),
    ("an expression", value_of("total + 0")),
    ("what does not hold", lambda frame: NOTHING if Expression("total > other").missing(frame) else 7),
    ("what a printer leaves out", known("total + other")),
    ("a look at a stop", looked),
    ("the console", evaluated("total + 0")),
]


class TestUnbound(unittest.TestCase):
    def test_a_variable_that_is_not_bound_is_not_the_global(self) -> None:
        for way, see in WAYS:
            for function in NOT_BOUND:
                with self.subTest(way, function=function.__name__):
                    self.assertIs(function(see), NOTHING)

    def test_a_global_is_found(self) -> None:
        for way, see in WAYS:
            for function in BOUND:
                with self.subTest(way, function=function.__name__):
                    self.assertEqual(function(see), 7)

    def test_what_is_not_asked_for_is_not_wanted(self) -> None:
        for text in ("[total for total in (7,)][0]", "(lambda total: total)(7)", "other - 1"):
            with self.subTest(text):
                self.assertEqual(assigned_later(value_of(text)), 7)
        for text in (
            "[total for total in (7,)][0]",
            "(lambda total: total)(7)",
            "other - 1",
            "import math as total; 7",
            "def total(): return 7\ntotal()",
            "for total in (7,): pass\n7",
        ):
            with self.subTest(text, where="console"):
                self.assertEqual(assigned_later(evaluated(text)), 7)


if __name__ == "__main__":
    unittest.main()
