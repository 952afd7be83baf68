"""A value's text as a person is shown it at a stop: safe_repr, and more where that is known to be harmless."""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Mapping, Optional, Tuple

from . import peek
from .redact import PLACEHOLDER, is_secret
from .values import is_harmless, safe_repr, special_types

LIMIT = 400
CLIPBOARD_LIMIT = 1 << 20
FIELDS = 12
"""Fields of an instance shown in its text."""

_type_name = type.__dict__["__name__"].__get__
_type_qualname = type.__dict__["__qualname__"].__get__
_type_module = type.__dict__["__module__"].__get__
_type_mro = type.__dict__["__mro__"].__get__
_class_dict = type.__dict__["__dict__"].__get__
_HEAP = 1 << 9
_type_flags = type.__dict__["__flags__"].__get__
_SPECIAL = special_types()
object_text = object.__repr__


def mro(kind: type) -> Tuple[type, ...]:
    """Return a class's line of ancestors without asking its metaclass."""
    return _type_mro(kind)  # type: ignore[no-any-return]


def class_dict(kind: type) -> Mapping[str, Any]:
    """Return a class's own dictionary without asking its metaclass."""
    return _class_dict(kind)  # type: ignore[no-any-return]


def class_attribute(kind: type, name: str) -> Any:
    """Return what a class has under a name, unbound; peek.NOTHING where it has nothing."""
    for base in _type_mro(kind):
        found = _class_dict(base).get(name, peek.NOTHING)
        if found is not peek.NOTHING:
            return found
    return peek.NOTHING


def type_name(kind: type) -> str:
    """Return a class's name as written, without its module."""
    return _type_name(kind)  # type: ignore[no-any-return]


def full_name(kind: type) -> str:
    """Return a class's name with its module, unless that is builtins."""
    module = _type_module(kind)
    name = str(_type_qualname(kind))
    return name if type(module) is not str or module == "builtins" else module + "." + name


def fields_of(value: Any) -> Optional[Dict[str, Any]]:
    """Return the instance's own dictionary, if it has one that can be read without asking it."""
    kind = type(value)
    fields = peek._instance_dict(kind, value)
    return fields if type(fields) is dict else None


def namedtuple_fields(kind: type) -> Optional[Tuple[str, ...]]:
    """Return the fields of a named tuple's class."""
    if tuple not in _type_mro(kind) or kind is tuple:
        return None
    fields = class_attribute(kind, "_fields")
    if type(fields) is tuple and all(type(name) is str for name in fields):
        return fields
    return None


def is_enum_member(value: Any) -> bool:
    """Report whether a value is a member of an Enum, without importing enum."""
    home = sys.modules.get("enum")
    base = getattr(home, "Enum", None)
    return base is not None and base in _type_mro(type(value)) and value is not base


def dataclass_fields(kind: type) -> Optional[List[str]]:
    """Return the names of a dataclass's fields that its repr shows."""
    fields = class_attribute(kind, "__dataclass_fields__")
    if type(fields) is not dict:
        return None
    plain = [peek.attribute(field, "name") for field in fields.values() if peek.attribute(field, "repr") is True]
    return [name for name in plain if type(name) is str]


def text_of(value: Any, limit: int = LIMIT, hexadecimal: bool = False, redact: bool = False) -> str:
    """Return the text of a value. Runs none of the program's code."""
    if type(value) is int and hexadecimal:
        return hex(value)
    kind = type(value)
    special = None
    if type in _type_mro(kind):
        special = "<class %r>" % full_name(value)
    elif _type_flags(kind) & _HEAP:
        special = _special_text(value, kind, limit, redact)
    elif "numpy" in sys.modules:
        special = numpy_text(value, kind, limit)
    if special is not None:
        return special
    text, good = safe_repr(value, limit, redact)
    return text if good else "<%s>" % text


def _special_text(value: Any, kind: type, limit: int, redact: bool) -> Optional[str]:
    names = namedtuple_fields(kind)
    if names is not None:
        pairs = list(zip(names, tuple.__iter__(value)))
        return _call(type_name(kind), pairs, limit, redact)
    if is_enum_member(value):
        fields = fields_of(value) or {}
        name = fields.get("_name_")
        shown = "%s.%s" % (type_name(kind), name) if type(name) is str else type_name(kind)
        return "<%s: %s>" % (shown, text_of(fields.get("_value_"), limit // 2, False, redact))
    shown_names = dataclass_fields(kind)
    if shown_names is not None:
        pairs = [(name, peek.attribute(value, name)) for name in shown_names]
        return _call(type_name(kind), [pair for pair in pairs if pair[1] is not peek.NOTHING], limit, redact)
    for base, make in _BASES:
        if base in _type_mro(kind) and kind is not base:
            return "%s(%s)" % (type_name(kind), text_of(make(value), limit - len(type_name(kind)), False, redact))
    return array_text(value, kind)


def is_plain_kind(kind: type) -> bool:
    """Report whether text_of shows every instance of a class as object_text does."""
    line = _type_mro(kind)
    if not _type_flags(kind) & _HEAP or kind in _SPECIAL or type in line or any(base in line for base, _ in _BASES):
        return False
    if type(kind) is type and (BaseException in line or is_harmless(kind)):
        return False
    home = sys.modules.get("enum")
    return (
        getattr(home, "Enum", None) not in line
        and namedtuple_fields(kind) is None
        and dataclass_fields(kind) is None
        and not of_pandas(kind, "DataFrame", "Series", "Index")
    )


_BASES: Tuple[Tuple[type, Any], ...] = (
    (int, lambda value: int.__int__(value)),
    (float, lambda value: float.__float__(value)),
    (str, lambda value: str.__str__(value)),
)
"""Subclasses of simple types are shown by the value that they are."""


def _call(name: str, pairs: List[Tuple[str, Any]], limit: int, redact: bool) -> str:
    parts: List[str] = []
    left = limit - len(name)
    for key, value in pairs[:FIELDS]:
        if left <= 0:
            break
        shown = PLACEHOLDER if redact and is_secret(key) else safe_repr(value, max(20, left // 2), redact)[0]
        parts.append("%s=%s" % (key, shown))
        left -= len(parts[-1]) + 2
    if len(parts) < len(pairs):
        parts.append("…")
    return "%s(%s)" % (name, ", ".join(parts))


# numpy and pandas, known by being the very classes that those modules hold. Nothing is imported.

_KINDS = {"f": "float", "i": "int", "u": "uint", "c": "complex"}
_OTHERS = {"b": "bool", "O": "object", "U": "str", "S": "bytes", "M": "datetime64", "m": "timedelta64", "V": "void"}


def of_numpy(kind: type, name: str) -> bool:
    """Report whether a class is numpy's own of that name."""
    home = sys.modules.get("numpy")
    return home is not None and vars(home).get(name) is kind and not _type_flags(kind) & _HEAP


def of_pandas(kind: type, *names: str) -> bool:
    """Report whether a class is one of pandas' own of those names."""
    home = sys.modules.get("pandas")
    return home is not None and any(vars(home).get(name) is kind for name in names)


def is_numpy_scalar(kind: type) -> bool:
    """Report whether a class is one of numpy's scalars."""
    home = sys.modules.get("numpy")
    generic = vars(home).get("generic") if home is not None else None
    return isinstance(generic, type) and generic in _type_mro(kind) and not _type_flags(kind) & _HEAP


def dtype_name(array: Any) -> str:
    """Return the name of an array's element type, read from the fields of its dtype."""
    dtype = array.dtype
    kind, size = dtype.kind, dtype.itemsize
    return "%s%d" % (_KINDS[kind], 8 * size) if kind in _KINDS else _OTHERS.get(kind, str(kind))


def array_text(value: Any, kind: type) -> Optional[str]:
    """Return the text of an array or a table of numpy or pandas: its shape, and its beginning where that is plain."""
    if of_pandas(kind, "DataFrame", "Series", "Index"):
        text = "%s %s" % (type_name(kind), "×".join(map(str, value.shape)))
        if of_pandas(kind, "DataFrame"):
            text += ": " + ", ".join(str(name) for name in value.columns.tolist()[:FIELDS] if type(name) in (str, int))
        return text
    return None


def numpy_text(value: Any, kind: type, limit: int) -> Optional[str]:
    """Return the text of a value of numpy's own types; None for all others."""
    if of_numpy(kind, "ndarray"):
        text = "ndarray %s %s" % ("×".join(map(str, value.shape)) or "0-d", dtype_name(value))
        if value.ndim == 1 and value.dtype.kind in "fiubc":
            items = value[:8].tolist()
            more = ", …" if value.shape[0] > 8 else ""
            text += " [" + ", ".join(map(repr, items)) + more + "]"
        return text[:limit]
    if is_numpy_scalar(kind) and not of_numpy(kind, "void"):
        plain = value.item()
        return safe_repr(plain, limit)[0] if type(plain).__module__ in ("builtins", "datetime") else None
    return None
