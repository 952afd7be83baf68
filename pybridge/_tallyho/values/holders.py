"""How instances are shown whose class derives from a builtin one, or from one of the library's that hold values.

They are shown as the class that they derive from would show them, with the name of their own.
"""

from __future__ import annotations

import re
from collections import deque
from functools import partial
from types import SimpleNamespace
from typing import Any, Callable, Tuple

from ..base.classes import name_of
from ..base.namespaces import NOTHING
from . import peek
from .ownfields import base_field, field, instance_fields, of_module
from .renderer import Renderer

Rule = Callable[[Renderer, Any, type, int], bool]

_namespace_fields = SimpleNamespace.__dict__["__dict__"].__get__


def _namespace(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    fields = _namespace_fields(value)
    name = "namespace" if kind is SimpleNamespace else name_of(kind)
    out.fields(name, [pair for pair in list(fields.items()) if type(pair[0]) is str], depth)
    return True


def _attributes(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    out.fields(name_of(kind), [pair for pair in list(instance_fields(value).items()) if type(pair[0]) is str], depth)
    return True


def _chain(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    maps = field(value, "maps")
    if type(maps) is not list:
        return False
    out.put(name_of(kind) + "(")
    out.items(maps, depth)
    out.put(")")
    return True


def _partial(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    function, args, keywords = (base_field(partial, name)(value) for name in ("func", "args", "keywords"))
    out.put("%s(" % ("functools.partial" if kind is partial else name_of(kind)))
    out.render(function, depth)
    for one in args:
        out.put(", ")
        out.render(one, depth)
    for name, one in list(keywords.items()):
        out.put(", %s=" % name)
        out.named(name, one, depth)
    out.put(")")
    return True


def _match(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    out.put("<re.Match object; span=%r, match=" % (value.span(),))
    out.render(value.group(), depth)
    out.put(">")
    return True


def _array(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    base: Any = of_module(kind, "array", "array")
    out.put("array(%r, [" % base_field(base, "typecode")(value))
    out.items(base.__getitem__(value, slice(0, 1000)), depth)
    out.put("])")
    return True


_STREAM = 1 << 16
"""Where a stream in memory stands whose text is too much to be copied."""


def _text_stream(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    base: Any = of_module(kind, "io", "StringIO" if of_module(kind, "io", "StringIO") else "BytesIO")
    out.put(name_of(kind) + "(")
    try:
        written = base.tell(value)
        if written > _STREAM:
            out.put("at %d" % written)
        else:
            out.render(base.getvalue(value), depth + 1)
    except ValueError:
        out.put("closed")
    out.put(")")
    return True


def _wrapped(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    held = peek.attribute(value, "data")
    if held is NOTHING:
        return False
    out.put(name_of(kind) + "(")
    out.render(held, depth + 1)
    out.put(")")
    return True


def _container(base: Any) -> Rule:
    """Return the rule of a class that derives from a builtin container: the container, with the class's name."""

    def rule(out: Renderer, value: Any, kind: type, depth: int) -> bool:
        out.put(name_of(kind) + "(")
        if base is dict:
            out.pairs(value, depth)
        else:
            marks = {list: "[]", tuple: "()", deque: "[]"}.get(base, "{}")
            out.put(marks[0])
            out.items(base.__iter__(value), depth)
            out.put(marks[1])
        out.put(")")
        return True

    return rule


_SIMPLE: Tuple[Tuple[type, Callable[[Any], Any]], ...] = (
    (int, int.__int__), (float, float.__float__), (str, str.__str__), (complex, complex.__pos__),
    (bytes, lambda value: bytes.__getitem__(value, slice(None))), (bytearray, lambda value: bytearray.__getitem__(value, slice(None))),
)  # fmt: skip


def plain_value(value: Any) -> Any:
    """Return the value that an instance of a simple type's subclass is; NOTHING of all others."""
    for base, make in _SIMPLE:
        if type.__subclasscheck__(base, type(value)):
            return make(value)
    return NOTHING


def _simple(base: Any) -> Rule:
    def rule(out: Renderer, value: Any, kind: type, depth: int) -> bool:
        out.put(name_of(kind) + "(")
        out.render(plain_value(value), depth + 1)
        out.put(")")
        return True

    return rule


_BY_BASE: Tuple[Tuple[type, Rule], ...] = (
    (SimpleNamespace, _namespace), (partial, _partial), (re.Match, _match),
    *((base, _simple(base)) for base in (int, float, str, bytes, bytearray, complex)),
    *((base, _container(base)) for base in (list, tuple, dict, set, frozenset, deque)),
)  # fmt: skip


_BY_NAME: Tuple[Tuple[str, str, Rule], ...] = (
    ("array", "array", _array), ("io", "StringIO", _text_stream), ("io", "BytesIO", _text_stream),
    ("argparse", "Namespace", _attributes), ("collections", "ChainMap", _chain),
    ("collections", "UserDict", _wrapped), ("collections", "UserList", _wrapped), ("collections", "UserString", _wrapped),
)  # fmt: skip


def by_base(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    """Show a value by the builtin class that its own derives from; False where there is none."""
    for base, rule in _BY_BASE:
        if type.__subclasscheck__(base, kind):
            return rule(out, value, kind, depth)
    for module, name, rule in _BY_NAME:
        if of_module(kind, module, name):
            return rule(out, value, kind, depth)
    return False


def has_base(kind: type) -> bool:
    """Report whether by_base may show instances of a class."""
    if any(type.__subclasscheck__(base, kind) for base, _ in _BY_BASE):
        return True
    return any(of_module(kind, module, name) for module, name, _ in _BY_NAME)
