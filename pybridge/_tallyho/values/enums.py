"""How members of an Enum are shown, without importing enum."""

from __future__ import annotations

from typing import Any, Optional

from ..base.classes import name_of
from ..base.namespaces import NOTHING
from .holders import plain_value
from .ownfields import instance_fields, of_module
from .renderer import Renderer


def _enum(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    fields = instance_fields(value)
    name, held = fields.get("_name_"), fields.get("_value_", NOTHING)
    out.put("<%s" % (name_of(kind) if type(name) is not str else "%s.%s" % (name_of(kind), name)))
    if held is not NOTHING:
        out.put(": ")
        out.render(held, depth)
    out.put(">")
    return True


def enum_text(value: Any) -> Optional[str]:
    """Return str() of a member of an Enum: its name, or the value of one that is a number or a text as well; None of all others."""
    if of_module(type(value), "enum", "Enum") is None:
        return None
    plain, name = plain_value(value), instance_fields(value).get("_name_")
    if plain is not NOTHING:
        return str(plain)
    return "%s.%s" % (name_of(type(value)), name) if type(name) is str else None


def by_enum(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    """Show a member of an Enum."""
    return of_module(kind, "enum", "Enum") is not None and _enum(out, value, kind, depth)


def is_enum(kind: type) -> bool:
    """Report whether instances of a class are members of an Enum."""
    return of_module(kind, "enum", "Enum") is not None
