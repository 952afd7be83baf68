"""What containers and views are made of: walked with the methods of the built-in class they derive from."""

from __future__ import annotations

from collections import OrderedDict, defaultdict, deque
from gc import get_referents as _referents
from itertools import islice
from typing import Any, List, Tuple

from ..base.classes import is_a
from .display import shown_text
from .parts import KEY_TYPES, Child, Children, attributes, key_expression
from .valueinfo import fields_of, namedtuple_fields

PAGED_ITEMS = 1000
"""Pairs of a dict from which on they count as indexed, so that a client asks for them by pages."""


def of_list(value: Any) -> Children:
    """Return the items of a list, tuple or deque, or the fields of a named tuple."""
    kind: Any = list if is_a(value, list) else tuple if is_a(value, tuple) else deque

    def page(start: int, stop: int) -> List[Child]:
        try:
            items = list(islice(kind.__iter__(value), start, stop)) if kind is deque else kind.__getitem__(value, slice(start, stop))
        except RuntimeError:  # a deque that another thread changes
            return []
        fixed = kind is tuple
        return [Child(str(at), item, "[%d]" % at, "data", None if fixed else ("item", at)) for at, item in enumerate(items, start)]

    fields = namedtuple_fields(type(value))
    if fields is not None:
        return Children([Child(name, item, "." + name, "data") for name, item in zip(fields, tuple.__iter__(value))])
    return Children(_of_subclass(value), kind.__len__(value), page)


def of_set(value: Any) -> Children:
    """Return the elements of a set, in the order it walks them."""
    kind = set if is_a(value, set) else frozenset

    def page(start: int, stop: int) -> List[Child]:
        try:
            items = list(islice(kind.__iter__(value), start, stop))
        except RuntimeError:
            return []
        return [Child(str(at), item, None, "data") for at, item in enumerate(items, start)]

    return Children(_of_subclass(value), kind.__len__(value), page)


def pairs_of(value: Any) -> List[Tuple[Any, Any]]:
    """Return the pairs of a dict or of one's subclass, in its order where that can be had safely."""
    for _ in range(3):
        try:
            if is_a(value, OrderedDict):
                pairs = dict(dict.items(value)) if _plain_keys(value) else None
                if pairs is not None:
                    return [(key, pairs[key]) for key in OrderedDict.__iter__(value)]
            return list(dict.items(value))
        except RuntimeError:  # another thread changed it meanwhile
            continue
    return []


def _plain_keys(value: Any) -> bool:
    return all(id(type(key)) in KEY_TYPES for key in list(dict.keys(value)))


def of_dict(value: Any) -> Children:
    """Return the pairs of a dict; those of a big one by pages."""
    named: List[Child] = []
    if is_a(value, defaultdict):
        factory = defaultdict.__dict__["default_factory"].__get__(value)
        named.append(Child("default_factory", factory, ".default_factory", "property", ("attr", "default_factory")))
    named += _of_subclass(value)
    number = dict.__len__(value)
    if number > PAGED_ITEMS:
        return Children(named, number, lambda start, stop: [_pair(*pair) for pair in islice(pairs_of(value), start, stop)])
    return Children([_pair(*pair) for pair in pairs_of(value)] + named)


def _pair(key: Any, item: Any) -> Child:
    suffix = key_expression(key)
    child = Child(shown_text(key, 200, False), item, None if suffix is None else "[%s]" % suffix, "data", ("item", key))
    child.visibility = ""
    return child


def _of_subclass(value: Any) -> List[Child]:
    """Return what an instance of a container's subclass has besides its items."""
    fields = fields_of(value)
    return [] if fields is None else attributes(fields)


def of_bytes(value: Any) -> Children:
    """Return the bytes of a bytes or bytearray."""
    base = bytes if is_a(value, bytes) else bytearray

    def page(start: int, stop: int) -> List[Child]:
        items = base.__getitem__(value, slice(start, stop))
        return [
            Child(str(at), item, "[%d]" % at, "data", ("item", at) if base is bytearray else None) for at, item in enumerate(items, start)
        ]

    return Children([], base.__len__(value), page)


def of_range(value: range) -> Children:
    """Return the numbers of a range, and what made it."""
    named = [Child(name, getattr(value, name), "." + name, "property") for name in ("start", "stop", "step")]
    try:
        count = len(value)
    except OverflowError:
        count = 0

    def page(start: int, stop: int) -> List[Child]:
        return [Child(str(at), value[at], "[%d]" % at, "data") for at in range(start, stop)]

    return Children(named, count, page)


def of_proxy(value: Any) -> Children:
    """Return the pairs of the dict behind a mapping proxy; they cannot be set."""
    behind = [one for one in _referents(value) if type(one) is dict]
    if not behind:
        return Children([])
    found = of_dict(behind[0])
    for child in found.named:
        child.target = None
    return found


def of_view(value: Any) -> Children:
    """Return the items of a view of a dict."""
    try:
        items = list(iter(value))
    except RuntimeError:
        items = []

    def page(start: int, stop: int) -> List[Child]:
        return [Child(str(at), item, None, "data") for at, item in enumerate(items[start:stop], start)]

    return Children([], len(items), page)
