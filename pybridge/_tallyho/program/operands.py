"""Operands as the wire carries them, and comparisons that never run the program's code.

A field such as `function` or `lineno` holds a value of an exact builtin type
and is compared as Python compares. `arg`, `locals` and `globals` hold the
program's own objects: there only exact builtin types compare, whatever else
is unequal unless it is the same object.
"""

from __future__ import annotations

import base64
import builtins
import re
from collections import deque
from typing import Any, Callable, Dict, List, Mapping

from ..base.classes import among, class_dict, ids, mro, name_of
from ..base.namespaces import has

SUBJECT = 256
"""Characters of a subject that a regular expression sees in careful mode."""

WALKED = 10000
"""Items of a set or a dict compared one by one; beyond, Python's own look-up is used."""

_SCALARS = ids(int, float, bool, complex, str, bytes, type(None), type(...))
_NUMBERS = ids(int, float, bool)
_SEQUENCES = (list, tuple)
_SETS = (set, frozenset)


class BadValue(Exception):
    """An operand or a node that no Tallyho of this version sends."""


def decode(value: Any, lambdas: Callable[[str], Any]) -> Any:
    """Return the Python value of a VALUE; `lambdas` compiles the text of a lambda."""
    kind = type(value)
    if kind in (str, bool, int, type(None)):
        return value
    if kind is not dict or len(value) != 1:
        raise BadValue("operand %r" % (value,))
    ((tag, inner),) = value.items()
    try:
        if tag == "lambda":
            return lambdas(inner)
        return _DECODE[tag](inner, lambdas)
    except KeyError:
        raise BadValue("operand of type %r" % tag) from None


def _items(inner: List[Any], lambdas: Callable[[str], Any]) -> List[Any]:
    return [decode(item, lambdas) for item in inner]


def _surrogates(inner: str, _: Any) -> str:
    return base64.b64decode(inner).decode("utf-8", "surrogatepass")


_DECODE: Dict[str, Callable[[Any, Callable[[str], Any]], Any]] = {
    "int": lambda v, _: int(v),
    "float": lambda v, _: float(v),
    "complex": lambda v, _: complex(float(v[0]), float(v[1])),
    "bytes": lambda v, _: base64.b64decode(v),
    "str": _surrogates,
    "list": lambda v, lambdas: _items(v, lambdas),
    "tuple": lambda v, lambdas: tuple(_items(v, lambdas)),
    "set": lambda v, lambdas: set(_items(v, lambdas)),
    "frozenset": lambda v, lambdas: frozenset(_items(v, lambdas)),
    "dict": lambda v, lambdas: {decode(key, lambdas): decode(item, lambdas) for key, item in v},
    "re": lambda v, lambdas: re.compile(decode(v[0], lambdas), v[1]),
    "builtin": lambda v, _: getattr(builtins, v),
    "ellipsis": lambda v, _: ...,
}


def same(actual: Any, operand: Any) -> bool:
    """Report equality where both are, all the way down, of exact builtin types; else identity."""
    if actual is operand:
        return True
    kind, other = type(actual), type(operand)
    if id(kind) in _SCALARS:
        return id(other) in _SCALARS and bool(actual == operand)
    if among(kind, _SEQUENCES):
        return kind is other and len(actual) == len(operand) and all(map(same, actual, operand))
    if kind is dict:
        return other is dict and len(actual) == len(operand) and _same_items(actual, operand)
    if among(kind, _SETS):
        return among(other, _SETS) and len(actual) == len(operand) and all(within(item, actual) for item in operand)
    return False


def _same_items(actual: Dict[Any, Any], operand: Dict[Any, Any]) -> bool:
    for key, value in list(actual.items()):
        if id(type(key)) not in _SCALARS or key not in operand or not same(value, operand[key]):
            return False
    return True


def within(item: Any, values: Any) -> bool:
    """Report `item in values` for values of an exact builtin type."""
    kind = type(values)
    if kind is str:
        if type(item) is not str:
            raise TypeError("'in <string>' requires string as left operand, not %s" % name_of(type(item)))
        return item in values
    if kind is bytes:
        return among(type(item), (int, bytes)) and item in values
    if among(kind, _SETS) or kind is dict:
        if len(values) > WALKED and id(type(item)) in _SCALARS:
            return item in values
        return any(same(value, item) for value in list(values))
    if among(kind, _SEQUENCES) or kind is deque:
        return any(same(value, item) for value in list(values))
    if is_locals_proxy(values):
        return type(item) is str and item in values
    if kind is range:
        return id(type(item)) in _NUMBERS and item in values
    if id(kind) in _SCALARS:
        raise TypeError("argument of type %r is not iterable" % name_of(kind))
    return False


def is_locals_proxy(values: Any) -> bool:
    """Report whether a value is the proxy that a function's f_locals is from 3.13 on (PEP 667)."""
    return type(values) is _LOCALS_PROXY


def _locals_proxy() -> type:
    import sys

    return type(sys._getframe().f_locals)


_LOCALS_PROXY = _locals_proxy()


def eq(actual: Any, operand: Any) -> bool:
    """The test without an operator, on the program's values."""
    if is_locals_proxy(actual):
        actual = dict(actual)
    return same(actual, operand)


def contained(actual: Any, operand: Any) -> bool:
    """The operator `in` on the program's values."""
    return within(actual, operand)


def contains(actual: Any, operand: Any) -> bool:
    """The operator `contains` on the program's values."""
    return within(operand, actual)


def starts(actual: Any, operand: Any) -> bool:
    """The operator `startswith` on the program's values."""
    if not among(type(actual), (str, bytes)):
        raise AttributeError("%r object has no attribute 'startswith'" % name_of(type(actual)))
    return bool(actual.startswith(operand))


def ends(actual: Any, operand: Any) -> bool:
    """The operator `endswith` on the program's values."""
    if not among(type(actual), (str, bytes)):
        raise AttributeError("%r object has no attribute 'endswith'" % name_of(type(actual)))
    return bool(actual.endswith(operand))


def matches(actual: Any, operand: Any) -> bool:
    """The operator `regex` on the program's values."""
    if not among(type(actual), (str, bytes)):
        raise TypeError("expected string or bytes-like object, got %r" % name_of(type(actual)))
    return operand.match(actual) is not None


def _comparer(symbol: str, method: str, compare: Callable[[Any, Any], Any]) -> Callable[[Any, Any], bool]:
    def ordered(actual: Any, operand: Any) -> bool:
        kind, other = type(actual), type(operand)
        if id(kind) in _NUMBERS and id(other) in _NUMBERS or kind is other and among(kind, (str, bytes)):
            return bool(compare(actual, operand))
        if kind is other and among(kind, (list, tuple, set, frozenset)) and _deep_scalars(actual):
            return bool(compare(actual, operand))
        if not _is_ordered(kind, method):
            names = (symbol, name_of(kind), name_of(other))
            raise TypeError("%r not supported between instances of %r and %r" % names)
        return False

    return ordered


def _is_ordered(kind: type, method: str) -> bool:
    """Report whether a class orders its instances by code that may not be run here: then nothing is true of them."""
    if id(kind) in _SCALARS or among(kind, (list, tuple, dict, set, frozenset)):
        return False
    return next(cls for cls in mro(kind) if has(class_dict(cls), method)) is not object


def _deep_scalars(values: Any) -> bool:
    return all(id(type(value)) in _SCALARS for value in list(values))


COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": eq,
    "in": contained,
    "contains": contains,
    "startswith": starts,
    "endswith": ends,
    "regex": matches,
    "lt": _comparer("<", "__lt__", lambda a, b: a < b),
    "lte": _comparer("<=", "__le__", lambda a, b: a <= b),
    "gt": _comparer(">", "__gt__", lambda a, b: a > b),
    "gte": _comparer(">=", "__ge__", lambda a, b: a >= b),
}

PREFIXES = ("startswith", "endswith")


def prepare(operator: str, operand: Any, careful: bool) -> Any:
    """Turn an operand into what its operator takes: tuples of prefixes, compiled patterns."""
    if operator not in COMPARE:
        raise BadValue("operator %r" % operator)
    if operator in PREFIXES and type(operand) in (list, set, frozenset):
        return tuple(operand)
    if operator == "regex":
        pattern = re.compile(operand) if type(operand) in (str, bytes) else operand
        if type(pattern) is not re.Pattern:
            raise BadValue("a regex that is a %s" % type(operand).__name__)
        return _Capped(pattern) if careful else pattern
    return operand


class _Capped:
    """A pattern that sees the beginning of its subject only."""

    def __init__(self, pattern: "re.Pattern[Any]") -> None:
        self.pattern = pattern

    def match(self, subject: Any) -> Any:
        return self.pattern.match(subject[:SUBJECT])
