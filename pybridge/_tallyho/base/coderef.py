"""A weak reference to a code object that knows its key, for tables by id: it goes before the id is another's."""

from __future__ import annotations

import weakref


class CodeRef(weakref.ref):  # type: ignore[type-arg]
    """Made with a callback that takes key out of a table."""

    __slots__ = ("key",)
    key: int
