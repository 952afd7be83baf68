"""Objects by what they hold: their own dictionary, slots, and the fields that C code keeps for a class of the program.

Nothing of the program's runs: dictionaries and slots are read as C reads them, and a class is looked at, never asked.
"""

from __future__ import annotations

import sys
from types import BuiltinFunctionType, FunctionType, MemberDescriptorType, MethodType
from typing import Any, Dict, List, Tuple

from ..base.classes import class_dict, derives, ids, is_class, is_heap, module_dict, module_of, mro, name_of
from ..base.namespaces import NOTHING, field, item
from ..base.redact import PLACEHOLDER, is_secret
from . import peek
from .renderer import FIELDS, Renderer

Pairs = List[Tuple[str, Any]]


def by_object(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    """Show an object by what it holds; False where that is nothing, and its address says more, or cannot be read."""
    pairs = object_fields(value, kind)
    if not pairs:
        return False
    if out.redact and is_secret(name_of(kind)):
        out.put("%s(%s)" % (name_of(kind), PLACEHOLDER))
        return True
    out.fields(name_of(kind), pairs, depth)
    return True


def has_object(kind: type) -> bool:
    """Report whether by_object may show instances of a class: one that a class statement made, and no exception's."""
    return is_heap(kind) and not derives(kind, BaseException) and any(_keeps(base) for base in mro(kind) if is_heap(base))


def _keeps(kind: type) -> bool:
    """Report whether a class says that its instances have a dictionary or slots."""
    fields = class_dict(kind)
    if field(fields, "__dict__") is not NOTHING or field(fields, "__slots__") is not NOTHING:
        return True
    return any(type(found) is MemberDescriptorType for found in list(fields.values()))


def object_fields(value: Any, kind: type) -> Pairs:
    """Return what an object holds: its public fields, or the others where it has none. Methods kept as fields tell nothing."""
    found: Dict[str, Any] = {}
    for base in reversed(mro(kind)):
        if not is_heap(base):
            continue
        for name, slot in list(class_dict(base).items()):
            if type(slot) is MemberDescriptorType and type(name) is str and not _is_special(name):
                found[name] = slot_value(slot, value)
    own = peek.instance_dict(kind, value)
    if type(own) is dict:
        found.update((name, held) for name, held in list(own.items()) if type(name) is str and not _is_special(name))
    kept = [(name, held) for name, held in found.items() if held is not NOTHING and id(type(held)) not in _CALLED]
    public = [(name, held) for name, held in kept if not name.startswith("_")]
    return (public or [(_plain(name), held) for name, held in kept])[: FIELDS + 1]


_CALLED = ids(FunctionType, MethodType, BuiltinFunctionType)


def slot_value(slot: Any, value: Any) -> Any:
    """Return what a slot holds; NOTHING where it is empty or not of this value."""
    try:
        return slot.__get__(value)
    except (AttributeError, TypeError):
        return NOTHING


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _plain(name: str) -> str:
    """Return a private name as it was written: __items of _Stack__items."""
    at = name.find("__", 1)
    return name[at:] if name[:1] == "_" and name[1:2] != "_" and at > 0 and not name.endswith("__") else name


# What C code keeps for classes of ctypes.


def by_ctypes(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    """Show a structure, an array or a number of C."""
    home = module_dict(sys.modules.get("_ctypes"))
    for name, rule in (("Structure", _structure), ("Union", _structure), ("Array", _c_array), ("_SimpleCData", _c_number)):
        base = item(home, name)
        if is_class(base) and derives(kind, base):
            return rule(out, value, kind, base, depth)
    return False


def is_ctypes(kind: type) -> bool:
    """Report whether by_ctypes may show instances of a class."""
    home = module_dict(sys.modules.get("_ctypes"))
    bases = (item(home, name) for name in ("Structure", "Union", "Array", "_SimpleCData"))
    return any(is_class(base) and derives(kind, base) for base in bases)


def _structure(out: Renderer, value: Any, kind: type, base: Any, depth: int) -> bool:
    reader: Any = item(module_dict(sys.modules.get("_ctypes")), "CField")
    pairs: Pairs = []
    for one in reversed(mro(kind)):
        for name, found in list(class_dict(one).items()):
            # Until 3.14 the module does not have the class of fields under a name.
            if type(name) is str and (type(found) is reader or (name_of(type(found)), module_of(type(found))) == ("CField", "_ctypes")):
                pairs.append((name, found.__get__(value, kind)))
    out.fields(name_of(kind), pairs, depth)
    return True


def _c_array(out: Renderer, value: Any, kind: type, base: Any, depth: int) -> bool:
    length = base.__len__(value)
    out.put("%s([" % name_of(kind))
    out.items(base.__getitem__(value, slice(0, FIELDS)), depth)
    out.put(", …])" if length > FIELDS else "])")
    return True


def _c_number(out: Renderer, value: Any, kind: type, base: Any, depth: int) -> bool:
    out.put(name_of(kind) + "(")
    out.render(base.__dict__["value"].__get__(value), depth)
    out.put(")")
    return True
