"""What a value is, for those who look at it at a stop: its text, its class, its fields, without asking it."""

from __future__ import annotations

import sys
from typing import Any, Dict, Optional, Tuple

from ..base.classes import derives, is_a, is_class, module_dict, module_of, qualname_of
from ..base.namespaces import class_attribute, item
from . import peek
from .display import shown_text

LIMIT = 400
CLIPBOARD_LIMIT = 1 << 20

object_text = object.__repr__
"""The text of a value that says no more than its class and address."""


def full_name(kind: type) -> str:
    """Return a class's name with its module, unless that is builtins."""
    module = module_of(kind)
    name = qualname_of(kind)
    return name if module in ("", "builtins") else module + "." + name


def fields_of(value: Any) -> Optional[Dict[str, Any]]:
    """Return the instance's own dictionary, if it has one that can be read without asking it."""
    kind = type(value)
    fields = peek.instance_dict(kind, value)
    return fields if type(fields) is dict else None


def namedtuple_fields(kind: type) -> Optional[Tuple[str, ...]]:
    """Return the fields of a named tuple's class."""
    if not derives(kind, tuple) or kind is tuple:
        return None
    fields = class_attribute(kind, "_fields")
    if type(fields) is tuple and all(type(name) is str for name in fields):
        return fields
    return None


def is_enum_member(value: Any) -> bool:
    """Report whether a value is a member of an Enum, without importing enum."""
    base = _enum()
    return base is not None and is_a(value, base)


def _enum() -> Optional[type]:
    found = item(module_dict(sys.modules.get("enum")), "Enum")
    return found if is_class(found) else None


def text_of(value: Any, limit: int = LIMIT, hexadecimal: bool = False, redact: bool = False, own: bool = False) -> str:
    """Return the text of a value. Runs none of the program's code, unless the person asked for its own."""
    return shown_text(value, limit, redact, own, hexadecimal)
