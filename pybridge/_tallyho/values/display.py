"""A value's text as a person is shown it: in samples, variables, the console and log messages.

It is safe_repr's, and more where that is known to be harmless: what the standard library's and numpy's own kinds hold,
and the fields of data objects, at any depth. None of the program's code runs, unless the person has asked for the
program's own __repr__ ("own").
"""

from __future__ import annotations

import datetime
import weakref
from typing import Any, Callable, Dict, Iterable, List, Optional, Tuple

from ..base.classes import name_of, qualname_of
from ..base.namespaces import NOTHING, class_attribute
from . import peek
from .dataframes import by_dataframe, is_dataframe
from .enums import by_enum, is_enum
from .estimators import by_estimator, is_estimator
from .holders import by_base, has_base
from .iterators import by_iterator, is_iterator
from .objects import by_ctypes, by_object, has_object, is_ctypes
from .renderer import RULES, Renderer, by_id, is_harmless
from .rendering import error_text, rendered
from .tables import is_library, is_numpy_scalar, is_table, show_table
from .waiting import by_waiting, is_waiting
from .wellknown import by_kind, is_known

_derives = type.__subclasscheck__
_mro = type.__dict__["__mro__"].__get__
_flags = type.__dict__["__flags__"].__get__
_HEAP = 1 << 9
_PLAIN_REPR = object.__dict__["__repr__"]


class Display(Renderer):
    """A rendering for a person."""

    __slots__ = ("own",)

    def __init__(self, cap: int, redact: bool, own: bool = False, hexadecimal: bool = False) -> None:
        super().__init__(cap, redact)
        self.own = own
        """Whether objects are asked for their own text."""
        self.hexadecimal = hexadecimal

    def again(self, cap: int) -> Renderer:
        """Return a renderer with these settings and a limit of its own."""
        return Display(cap, self.redact, self.own, self.hexadecimal)

    def other(self, value: Any, kind: type, depth: int) -> None:
        """Render a value that hunter shows as object does, or as its class says."""
        if _derives(type, kind):
            self.put(class_text(value))
        elif self.own and _asks(kind) and not is_library(kind):
            self.put(own_text(value))
        else:
            for rule in rules_of(kind):
                if rule(self, value, kind, depth):
                    return
            super().other(value, kind, depth)


def by_fields(out: Display, value: Any, kind: type, depth: int) -> bool:
    """Show a data object by its fields."""
    pairs = data_fields(value, kind)
    if pairs is not None:
        out.fields(name_of(kind), pairs, depth)
    return pairs is not None


def rules_of(kind: type) -> Tuple[KindRule, ...]:
    """Return the rules that may show instances of a class, in order; remembered, for most classes have none."""
    known = _rules.get(id(kind))
    if known is not None and known[0]() is kind:
        return known[1]
    found: List[KindRule] = []
    if is_enum(kind):
        found.append(by_enum)
    if is_table(kind):
        found.append(show_table)
    if is_known(kind):
        found.append(by_kind)
    if has_fields(kind):
        found.append(by_fields)
    if has_base(kind):
        found.append(by_base)
    if is_waiting(kind):
        found.append(by_waiting)
    if is_iterator(kind):
        found.append(by_iterator)
    if (not found or found == [by_waiting]) and _is_object(kind):
        found += [rule for is_one, rule in _OBJECTS if is_one(kind)]
    if len(_rules) >= _MOST_KINDS:
        _rules.clear()
    _rules[id(kind)] = weakref.ref(kind), tuple(found)
    return tuple(found)


def _is_object(kind: type) -> bool:
    """Report whether a class was made by a class statement and leaves its text to us."""
    return bool(_flags(kind) & _HEAP) and not is_harmless(kind) and not _derives(type, kind)


_OBJECTS = ((is_dataframe, by_dataframe), (is_estimator, by_estimator), (is_ctypes, by_ctypes), (has_object, by_object))

KindRule = Callable[[Any, Any, type, int], bool]
_rules: "Dict[int, Tuple[weakref.ref[type], Tuple[KindRule, ...]]]" = {}
"""By id, with what tells whether it is still the class's."""

_MOST_KINDS = 5000


def shown_text(value: Any, limit: int, redact: bool, own: bool = False, hexadecimal: bool = False) -> str:
    """Return the text of a value, cut to the limit in its middle; lines are joined by a backslash and an n."""
    text, good = rendered(lambda cap: Display(cap, redact, own, hexadecimal), value, limit)
    return text if good else "<%s>" % text


def fields_text(value: Any, limit: int, redact: bool = True) -> Tuple[str, bool]:
    """Return what shown_text does without asking anything of the program, and whether it is a text, else why there is none."""
    return rendered(lambda cap: Display(cap, redact), value, limit)


def is_plain_kind(kind: type, own: bool = False) -> bool:
    """Report whether every instance of a class is shown as object shows it."""
    line = _mro(kind)
    if type(kind) is not type or own and _asks(kind) or any(base is not object and not _flags(base) & _HEAP for base in line):
        return False
    return id(kind) not in _SPECIAL and not is_harmless(kind) and not rules_of(kind)


_SPECIAL = frozenset(map(id, RULES))


def _set(out: Renderer, value: Any, depth: int) -> None:
    if not value:
        out.put("set()")
        return
    out.put("{")
    out.items(value, depth)
    out.put("}")


def _frozenset(out: Renderer, value: Any, depth: int) -> None:
    out.put("frozenset(")
    if value:
        _set(out, value, depth)
    out.put(")")


def _as_is(out: Renderer, value: Any, depth: int) -> None:
    out.put(repr(value))


def _moment(out: Renderer, value: Any, depth: int) -> None:
    assert isinstance(out, Display)
    by_kind(out, value, type(value), depth)


Display.rules = by_id({
    **RULES, set: _set, frozenset: _frozenset, datetime.datetime: _moment, datetime.time: _moment, datetime.timezone: _as_is,
})  # fmt: skip


def class_text(kind: type) -> str:
    """Return the text of a class without asking its metaclass."""
    module, name = _attribute(kind, "__module__"), _attribute(kind, "__qualname__")
    named = name if type(name) is str else qualname_of(kind)
    return "<class %r>" % (named if type(module) is not str or module == "builtins" else module + "." + named)


def _attribute(kind: type, name: str) -> Any:
    try:
        return type.__dict__[name].__get__(kind)
    except AttributeError:
        return None


def _asks(kind: type) -> bool:
    """Report whether a class, or one it derives from, says itself how it is shown."""
    return class_attribute(kind, "__repr__") is not _PLAIN_REPR


def own_text(value: Any) -> str:
    """Return what a value says of itself. Runs code of the program's."""
    try:
        text = repr(value)
        return text if type(text) is str else str.__str__(text)
    except Exception as error:
        return "<repr-error %s>" % error_text(error)


def in_lines(value: Any, own: bool) -> bool:
    """Report whether the console shows a value by its own text, in as many lines as that has: a table, and what says itself."""
    kind = type(value)
    if is_numpy_scalar(kind) or type(kind) is not type and _derives(type, kind):
        return False
    return is_library(kind) or own and _asks(kind) and id(kind) not in _SPECIAL and bool(_flags(kind) & _HEAP)


# Data objects, by what their classes say of their fields.


def has_fields(kind: type) -> bool:
    """Report whether a class says what fields its instances have."""
    if not _flags(kind) & _HEAP:
        return False
    names = ["__dataclass_fields__", "__attrs_attrs__"] + ["_fields"] * _derives(tuple, kind)
    found = [class_attribute(kind, name) for name in names]
    return any(one is not NOTHING and one is not None for one in found)


def data_fields(value: Any, kind: type) -> Optional[Iterable[Tuple[str, Any]]]:
    """Return the fields of a dataclass, an attrs class or a named tuple; None of any other class."""
    if not _flags(kind) & _HEAP:
        return None
    names = _field_names(class_attribute(kind, "__dataclass_fields__"), class_attribute(kind, "__attrs_attrs__"))
    if names is not None:
        pairs = [(name, peek.attribute(value, name)) for name in names]
        return [pair for pair in pairs if pair[1] is not NOTHING]
    if _derives(tuple, kind):
        fields = class_attribute(kind, "_fields")
        if type(fields) is tuple and all(type(name) is str for name in fields):
            return zip(fields, tuple.__iter__(value))
    return None


def _field_names(of_dataclass: Any, of_attrs: Any) -> Optional[List[str]]:
    fields: Iterable[Any] = ()
    if type(of_dataclass) is dict:
        fields = list(of_dataclass.values())
    elif _derives(tuple, type(of_attrs)):
        fields = tuple.__iter__(of_attrs)
    else:
        return None
    # attrs has True, or a function that would show the field.
    shown = [one for one in fields if not _hidden(peek.attribute(one, "repr"))]
    names = [peek.attribute(one, "name") for one in shown]
    return [name for name in names if type(name) is str]


def _hidden(shown: Any) -> bool:
    return shown is False or shown is None or shown is NOTHING
