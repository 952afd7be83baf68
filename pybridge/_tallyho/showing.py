"""What a value is, for those who look at it at a stop: its text, its class, its fields, without asking it."""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Mapping, Optional, Tuple

from . import peek
from .shown import shown_text

LIMIT = 400
CLIPBOARD_LIMIT = 1 << 20

_type_name = type.__dict__["__name__"].__get__
_type_qualname = type.__dict__["__qualname__"].__get__
_type_module = type.__dict__["__module__"].__get__
_type_mro = type.__dict__["__mro__"].__get__
_class_dict = type.__dict__["__dict__"].__get__
_HEAP = 1 << 9
_type_flags = type.__dict__["__flags__"].__get__
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


def text_of(value: Any, limit: int = LIMIT, hexadecimal: bool = False, redact: bool = False, own: bool = False) -> str:
    """Return the text of a value. Runs none of the program's code, unless the person asked for its own."""
    return shown_text(value, limit, redact, own, hexadecimal)
