"""Classes told apart by identity: no metaclass of the program's has a say.

To look for a class in a set, a dict or a tuple hashes it or compares it, and isinstance asks a value for its __class__:
all of them may be the program's code. So sets are of ids, and a class's line of ancestors is asked as C asks it.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, FrozenSet, Mapping, Tuple, cast

_name = type.__dict__["__name__"].__get__
_qualname = type.__dict__["__qualname__"].__get__
_module = type.__dict__["__module__"].__get__
_flags = type.__dict__["__flags__"].__get__
_mro = type.__dict__["__mro__"].__get__
_dict = type.__dict__["__dict__"].__get__
_subclass = type.__subclasscheck__
_module_dict = cast(Any, ModuleType).__dict__["__dict__"].__get__
_HEAP = 1 << 9


def ids(*kinds: type) -> FrozenSet[int]:
    """Return the ids of classes that live as long as the interpreter, for `id(kind) in …`."""
    return frozenset(map(id, kinds))


def plain(text: Any) -> str:
    """Return a str of the interpreter's own where it may be of a subclass."""
    return text if type(text) is str else str.__str__(text)


def name_of(kind: type) -> str:
    """Return a class's name as written, without its module."""
    return plain(_name(kind))


def qualname_of(kind: type) -> str:
    """Return a class's qualified name."""
    return plain(_qualname(kind))


def module_of(kind: type) -> str:
    """Return the name of a class's module, "" where that is no plain str."""
    try:
        module = _module(kind)
    except AttributeError:
        return ""
    return module if type(module) is str else ""


def mro(kind: type) -> Tuple[type, ...]:
    """Return a class's line of ancestors."""
    return _mro(kind)  # type: ignore[no-any-return]


def class_dict(kind: type) -> Mapping[str, Any]:
    """Return a class's own dictionary."""
    return _dict(kind)  # type: ignore[no-any-return]


def derives(kind: type, base: type) -> bool:
    """Report whether a class is another one or derives from it, whatever their metaclasses say."""
    return _subclass(base, kind)


def is_a(value: Any, base: type) -> bool:
    """Report whether a value is an instance of a class, whatever it says its class is."""
    return _subclass(base, type(value))


def is_class(value: Any) -> bool:
    """Report whether a value is a class."""
    return _subclass(type, type(value))


def is_heap(kind: type) -> bool:
    """Report whether a class was made while the program ran, by a class statement or by C."""
    return bool(_flags(kind) & _HEAP)


def among(kind: type, kinds: Tuple[type, ...]) -> bool:
    """Report whether a class is one of a few."""
    for one in kinds:
        if one is kind:
            return True
    return False


def module_dict(module: Any) -> Mapping[str, Any]:
    """Return a module's namespace without asking it; nothing of what is no module."""
    found = _module_dict(module) if _subclass(ModuleType, type(module)) else None
    return found if type(found) is dict else {}
