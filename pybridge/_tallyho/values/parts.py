"""One child of a value, and all of them: what children.py and containers.py find."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

from ..base.classes import ids

Target = Tuple[str, Any]
"""How a child is assigned: ("item", key), ("iloc", position), ("attr", name), ("name", name)."""


class Child:
    """One child of a value. `suffix` follows its parent's expression; None where no expression leads to it."""

    __slots__ = ("name", "value", "suffix", "kind", "target", "visibility")

    def __init__(self, name: str, value: Any, suffix: Optional[str] = None, kind: str = "", target: Optional[Target] = None) -> None:
        self.name = name
        self.value = value
        self.suffix = suffix
        self.kind = kind
        self.target = target
        self.visibility = "" if name[:1] != "_" else "private" if name[:2] == "__" else "protected"


class Lazy:
    """A property that has not been asked for its value."""

    __slots__ = ("owner", "name", "getter")

    def __init__(self, owner: Any, name: str, getter: Callable[[Any], Any]) -> None:
        self.owner = owner
        self.name = name
        self.getter = getter


class Group:
    """Children shown together under a heading."""

    __slots__ = ("title", "children")

    def __init__(self, title: str, children: List[Child]) -> None:
        self.title = title
        self.children = children


Indexed = Callable[[int, int], List[Child]]


class Children:
    """All children of one value: the named ones, and a function of the indexed ones."""

    __slots__ = ("named", "count", "indexed")

    def __init__(self, named: List[Child], count: int = 0, indexed: Optional[Indexed] = None) -> None:
        self.named = named
        self.count = count
        self.indexed: Indexed = indexed or (lambda start, stop: [])

    def page(self, which: str, start: int, number: int) -> List[Child]:
        """Return children by filter ("", "named", "indexed") and page; number 0: all from start."""
        if which == "named":
            return self.named[start : start + number if number else None]
        if which == "indexed":
            return self.indexed(start, min(self.count, start + number) if number else self.count)
        stop = start + number if number else self.count + len(self.named)
        found = self.indexed(start, min(stop, self.count)) if start < self.count else []
        low, high = max(0, start - self.count), stop - self.count
        return found + (self.named[low:high] if high > 0 else [])


KEY_TYPES = ids(str, int, bool, float, bytes, type(None), complex)
"""The ids of the types of keys that are compared by the interpreter alone."""


def key_expression(key: Any) -> Optional[str]:
    """Return an expression for a key that is equal to it, if it has one."""
    if id(type(key)) in KEY_TYPES:
        return repr(key) if type(key) is not float or key - key == 0 else None
    if type(key) is tuple and len(key) <= 8:
        parts = [key_expression(part) for part in key]
        if all(part is not None for part in parts):
            return "(" + ", ".join(map(str, parts)) + ("," if len(parts) == 1 else "") + ")"
    return None


def attributes(fields: Dict[Any, Any]) -> List[Child]:
    """Return an instance's own dictionary as children; a name that is no identifier has no expression."""
    found = []
    for name, value in list(fields.items()):
        if type(name) is str:
            found.append(Child(name, value, "." + name if name.isidentifier() else None, "property", ("attr", name)))
    return found
