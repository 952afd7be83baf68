"""Greenlets, of greenlet itself and of what is built on it (gevent, eventlet): which one runs, and what it is called.

The library's own function in C says which one runs; nothing of gevent or eventlet is called, whose names are made by code of theirs.
"""

from __future__ import annotations

import sys
import types
from _weakref import ref
from itertools import count
from typing import Any, Dict, Tuple

from ..base.classes import class_dict, is_a, is_class, module_dict, name_of
from ..base.namespaces import field, item
from ..values.valueinfo import fields_of

KEPT = 1000
"""Numbers that are kept before those of greenlets that are gone are forgotten."""


class Numbers:
    """Small numbers of greenlets that have no name: each keeps its own while it lives."""

    def __init__(self) -> None:
        self._next = count(1)
        self._known: Dict[int, Tuple[Any, int]] = {}

    def of(self, greenlet: Any) -> int:
        """Return a greenlet's number, 0 where it can have none."""
        known = self._known.get(id(greenlet))
        if known is not None and known[0]() is greenlet:
            return known[1]
        try:
            entry = ref(greenlet), next(self._next)
        except TypeError:
            return 0
        if len(self._known) > KEPT:
            self._known = {key: one for key, one in list(self._known.items()) if one[0]() is not None}
        self._known[id(greenlet)] = entry
        return entry[1]


_numbers = Numbers()


def running() -> str:
    """Return the name of the greenlet that this thread runs; "" of the one that a thread begins with, and where there is none."""
    names = module_dict(sys.modules.get("greenlet"))
    current, kind = item(names, "getcurrent"), item(names, "greenlet")
    if type(current) is not types.BuiltinFunctionType or not is_class(kind):
        return ""
    parent = field(class_dict(kind), "parent")
    if type(parent) is not types.GetSetDescriptorType:
        return ""
    greenlet = current()
    if not is_a(greenlet, kind) or parent.__get__(greenlet) is None:
        return ""
    return _name(greenlet)


def _name(greenlet: Any) -> str:
    """Return the name that it was given, else what it is and a number of ours."""
    given = field(fields_of(greenlet) or {}, "name")  # not by its class: gevent's would call code that makes one up
    if type(given) is str and given:
        return given
    number = _numbers.of(greenlet)
    kind = name_of(type(greenlet))
    return "%s %d" % (kind, number) if number else kind
