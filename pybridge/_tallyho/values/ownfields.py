"""What instances of the standard library's classes keep, read as the class that keeps it does, and without asking them."""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, Optional, Tuple

from ..base.classes import derives, is_class, module_dict
from ..base.namespaces import NOTHING, item
from . import peek

_mro = type.__dict__["__mro__"].__get__


def field(value: Any, name: str) -> Any:
    """Return a field of an instance that is plain data; None where there is none."""
    found = peek.attribute(value, name)
    return None if found is NOTHING else found


def instance_fields(value: Any) -> Dict[str, Any]:
    """Return an instance's own dictionary; an empty one where it has none that can be read."""
    found = peek.instance_dict(type(value), value)
    return found if type(found) is dict else {}


def whole(value: Any, *names: str) -> Optional[Tuple[int, ...]]:
    """Return fields that are plain ints; None if one is not."""
    found = tuple(field(value, name) for name in names)
    return found if all(type(one) is int for one in found) else None


def base_field(base: type, name: str) -> Callable[[Any], Any]:
    """Return what reads a field as the class that keeps it does."""
    for one in _mro(base):
        if name in one.__dict__:
            return one.__dict__[name].__get__  # type: ignore[no-any-return]
    raise AttributeError(name)


def of_module(kind: type, module: str, name: str) -> Optional[type]:
    """Return the class of that name that a kind derives from, if the module has it."""
    found = item(module_dict(sys.modules.get(module)), name)
    return found if is_class(found) and derives(kind, found) else None
