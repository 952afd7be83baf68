"""A weak reference to a code object, for tables by id(code): its callback clears an entry before another object can have that id."""

from __future__ import annotations

import weakref


class CodeRef(weakref.ref):  # type: ignore[type-arg]
    """Is made with a callback that takes `key` out of a table."""

    __slots__ = ("key",)
    key: int
