"""Objects are shown by what they hold, and nothing of theirs runs: fields, slots, C's structures, estimators, tensors."""

from __future__ import annotations

import ctypes
import io
import os
import sys
import types
import unittest
from typing import Any, List, Tuple
from unittest import mock

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from _tallyho.values.display import shown_text
from _tallyho.values.rendering import safe_repr

ran: List[str] = []


class Noting(type):
    """A metaclass that notes whatever a class is asked."""

    def __getattribute__(cls, name: str) -> Any:
        ran.append("class " + name)
        return super().__getattribute__(name)

    def __instancecheck__(cls, one: Any) -> bool:
        ran.append("isinstance")
        return False


class Loud(metaclass=Noting):
    """Whatever is asked of it is noted."""

    def __init__(self, **fields: Any) -> None:
        object.__getattribute__(self, "__dict__").update(fields)
        ran.clear()

    def __getattribute__(self, name: str) -> Any:
        ran.append("get " + name)
        return object.__getattribute__(self, name)

    def __getattr__(self, name: str) -> Any:
        ran.append("getattr " + name)
        raise AttributeError(name)

    def __repr__(self) -> str:
        ran.append("repr")
        return "LOUD"

    __str__ = __repr__

    def __len__(self) -> int:
        ran.append("len")
        return 0

    def __iter__(self) -> Any:
        ran.append("iter")
        return iter(())

    def __eq__(self, other: object) -> bool:
        ran.append("eq")
        return False

    def __hash__(self) -> int:
        ran.append("hash")
        return 1

    @property
    def area(self) -> int:
        ran.append("area")
        return 1


class Circle:
    def __init__(self, name: str, radius: float) -> None:
        self.name = name
        self.radius = radius


class Wheel(Circle):
    __slots__ = ("spokes",)

    def __init__(self) -> None:
        super().__init__("front", 3)
        self.spokes = 32


class Slotted:
    __slots__ = ("a", "unset", "__weakref__")

    def __init__(self) -> None:
        self.a = [1]


class Stack:
    def __init__(self) -> None:
        self.__items = [3]
        self._top = 3


class Caller:
    def __init__(self) -> None:
        self.call = print
        self.then = lambda: 1
        self.n = 2


class Login:
    def __init__(self) -> None:
        self.user = "ann"
        self.password = "x"


class Secret:
    def __init__(self) -> None:
        self.value = "x"


class Wide:
    def __init__(self) -> None:
        self.__dict__.update(("f%d" % n, n) for n in range(20))


class Node:
    def __init__(self) -> None:
        self.me = self


class Nothing:
    pass


class Pair(ctypes.Structure):
    _fields_ = [("a", ctypes.c_int), ("b", ctypes.c_double)]


class Numbered(Pair):
    _fields_ = [("n", ctypes.c_short)]


def closed() -> io.StringIO:
    text = io.StringIO("x")
    text.close()
    return text


CASES: List[Tuple[Any, str]] = [
    (Circle("wheel", 2), "Circle(name='wheel', radius=2)"),
    ([Circle("a", 1), {"k": Circle("b", 2)}], "[Circle(name='a', radius=1), {'k': Circle(name='b', radius=2)}]"),
    (Wheel(), "Wheel(spokes=32, name='front', radius=3)"),
    (Slotted(), "Slotted(a=[1])"),
    (Stack(), "Stack(__items=[3], _top=3)"),
    (Caller(), "Caller(n=2)"),
    (Login(), "Login(user='ann', password={redacted})"),
    (Secret(), "Secret({redacted})"),
    (Wide(), "Wide(%s, …)" % ", ".join("f%d=%d" % (n, n) for n in range(12))),
    (Node(), "Node(me=Node(me=Node(me=Node(me=Node(me=...)))))"),
    (Pair(1, 2.5), "Pair(a=1, b=2.5)"),
    (Numbered(1, 2.5, 7), "Numbered(a=1, b=2.5, n=7)"),
    ((ctypes.c_int * 3)(1, 2, 3), "c_int_Array_3([1, 2, 3])"),
    ((ctypes.c_int * 20)(), "c_int_Array_20([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, …])"),
    (ctypes.c_double(1.5), "c_double(1.5)"),
    (io.StringIO("text"), "StringIO('text')"),
    (io.BytesIO(b"ab"), "BytesIO(b'ab')"),
    (closed(), "StringIO(closed)"),
]  # fmt: skip


def module(name: str, *classes: type) -> Any:
    """Return a module that has classes as if they were its own."""
    made = types.ModuleType(name)
    for one in classes:
        one.__module__ = name
        setattr(made, one.__name__, one)
    return made


class Objects(unittest.TestCase):
    def test_fields(self) -> None:
        for value, text in CASES:
            with self.subTest(text):
                self.assertEqual(shown_text(value, 1000, True), text)

    def test_nothing_runs(self) -> None:
        for own, text in ((Loud(a=1, b=Loud(c=2)), "Loud(a=1, b=Loud(c=2))"), (Loud(token="x"), "Loud(token={redacted})")):
            self.assertEqual(shown_text([own], 1000, True), "[%s]" % text)
            self.assertEqual(ran, [])
        self.assertIn("Loud object at 0x", shown_text(Loud(), 1000, True))
        self.assertEqual(ran, [])

    def test_without_fields_by_its_address(self) -> None:
        self.assertIn("Nothing object at 0x", shown_text(Nothing(), 1000, True))
        self.assertIn("object object at 0x", shown_text(object(), 1000, True))

    def test_hunter_shows_none(self) -> None:
        """safe_repr is hunter's, to the byte."""
        self.assertIn("Circle object at 0x", safe_repr(Circle("a", 1), 1000)[0])

    def test_own(self) -> None:
        self.assertEqual(shown_text([Loud(a=1), Circle("a", 1)], 1000, True, own=True), "[LOUD, Circle(name='a', radius=1)]")

    def test_an_object_that_changes(self) -> None:
        many = Nothing()
        vars(many).update(("n%d" % n, [n] * 50) for n in range(1000))
        self.assertLess(len(shown_text(many, 100, True)), 110)


class Libraries(unittest.TestCase):
    """Classes are known by being the very ones of their modules."""

    def test_tensors(self) -> None:
        class Tensor:
            shape, dtype, device = (3, 4), "torch.float32", "cuda:0"

        with mock.patch.dict(sys.modules, {"torch": module("torch", Tensor)}):
            self.assertEqual(shown_text(Tensor(), 100, True), "Tensor 3×4 float32 cuda:0")
        self.assertIn("Tensor object at", shown_text(Tensor(), 100, True))

    def test_another_tensor_is_none(self) -> None:
        class Tensor:
            dtype = "torch.float32"

            @property
            def shape(self) -> Any:
                ran.append("shape")
                return (1,)

        Tensor.__module__ = "torch"
        ran.clear()
        with mock.patch.dict(sys.modules, {"torch": types.ModuleType("torch")}):
            self.assertIn("Tensor object at", shown_text(Tensor(), 100, True))
        self.assertEqual(ran, [])

    def test_estimators(self) -> None:
        class BaseEstimator:
            def get_params(self) -> Any:
                ran.append("get_params")

        class Scaler(BaseEstimator):
            def __init__(self, *, copy: bool = True, scale: Any = None) -> None:
                self.copy, self.scale = copy, scale

        class Model(BaseEstimator):
            def __init__(self, n: int = 5, rate: float = float("nan"), size: Any = None) -> None:
                self.n, self.rate, self.size = n, rate, size

        class Pipeline(BaseEstimator):
            def __init__(self, steps: Any, *, memory: Any = None) -> None:
                self.steps, self.memory = steps, memory

        fitted = Model(n=7)
        fitted.coef_ = [1]  # type: ignore[attr-defined]
        ran.clear()
        with mock.patch.dict(sys.modules, {"sklearn.base": module("sklearn.base", BaseEstimator)}):
            for value, text in (
                (Scaler(), "Scaler() unfit"),
                (Model(size=(1, 2)), "Model(size=(1, 2)) unfit"),
                (fitted, "Model(n=7) fit"),
                (Pipeline([("a", Scaler()), ("b", fitted)]), "Pipeline(Scaler(), Model(n=7)) fit"),
                (Pipeline([("a", fitted), ("b", Scaler(copy=False))]), "Pipeline(Model(n=7), Scaler(copy=False)) unfit"),
                (Pipeline([]), "Pipeline() unfit"),
                (Pipeline("x"), "Pipeline(steps='x') unfit"),
            ):
                with self.subTest(text):
                    self.assertEqual(shown_text(value, 1000, True), text)
        self.assertEqual(ran, [])


if __name__ == "__main__":
    unittest.main()
