"""Read what a statement names from a running frame, without running a line of the program's code.

Names come from the frame's own namespaces; attributes from instance dictionaries, slots and plain class attributes
where no descriptor and no ``__getattr__`` could have a say; items from exact dicts, lists and tuples.
"""

from __future__ import annotations

from types import FrameType, GetSetDescriptorType, MemberDescriptorType, ModuleType
from typing import Any, Dict, List, Mapping, Tuple

from ..base.classes import among, ids, is_class, module_dict
from ..base.classes import class_dict as _class_dict
from ..base.classes import mro as _mro
from ..base.names import Lookup, Step, step_text
from ..base.namespaces import NOTHING, field, has
from ..base.namespaces import item as _named

_plain_keys = ids(str, int, bool)
_USUAL = object.__dict__["__getattribute__"]
_DICT_GETTERS = (GetSetDescriptorType, MemberDescriptorType)
"""What reads the dictionary of an instance in C; that of SimpleNamespace is a member."""


def name(frame: FrameType, local: Mapping[str, Any], wanted: str) -> Any:
    """Look a name up as the frame would; local is what namespaces.local returns of the frame, fetched once."""
    found = local.get(wanted, NOTHING)
    if found is NOTHING:
        found = _named(frame.f_globals, wanted)
    return _named(frame.f_builtins, wanted) if found is NOTHING else found


def lookup(frame: FrameType, local: Mapping[str, Any], wanted: Lookup) -> Any:
    """Read one lookup of a statement; NOTHING where it has no value or cannot be read safely."""
    value = name(frame, local, wanted.root)
    for step in wanted.steps:
        if value is NOTHING:
            return NOTHING
        value = _follow(frame, local, value, step)
    return value


def changed(frame: FrameType, local: Mapping[str, Any], wanted: Lookup) -> Tuple[Any, str]:
    """Return what a statement has changed by setting an item or attribute that cannot be read: the longest part of the chain that can."""
    value, text = name(frame, local, wanted.root), wanted.root
    for step in wanted.steps[:-1]:
        further = NOTHING if value is NOTHING else _follow(frame, local, value, step)
        if further is NOTHING:
            break
        value, text = further, text + step_text(step)
    return value, text


def _follow(frame: FrameType, local: Mapping[str, Any], value: Any, step: Step) -> Any:
    kind, key = step
    if kind == "attr":
        return attribute(value, str(key))
    if kind == "key":
        return item(value, name(frame, local, str(key)))
    return item(value, key) if kind == "item" else NOTHING


def item(container: Any, key: Any) -> Any:
    """Return container[key] where both are of exact built-in types."""
    if id(type(key)) not in _plain_keys:
        return NOTHING
    kind = type(container)
    if kind is dict:
        return _dict_item(container, key)
    if (kind is list or kind is tuple) and type(key) is int:
        try:
            return container[key]
        except IndexError:
            return NOTHING
    return NOTHING


def _dict_item(container: Dict[Any, Any], key: Any) -> Any:
    # A key of another type that hashes alike would have its __eq__ called.
    if len(container) > 1000 or any(id(type(known)) not in _plain_keys for known in list(container)):
        return NOTHING
    return container.get(key, NOTHING)


def attribute(value: Any, wanted: str) -> Any:
    """Return value.wanted where that is plain data."""
    kind = type(value)
    if kind is ModuleType:
        return _named(module_dict(value), wanted)
    if is_class(value):
        return NOTHING
    found, plain = _of_class(kind, wanted)
    if not plain:
        return NOTHING
    if found is not NOTHING and type(found) is MemberDescriptorType:
        try:
            return found.__get__(value)  # a slot: C code reads the field
        except AttributeError:
            return NOTHING
    if found is not NOTHING and _is_descriptor(type(found)):
        return NOTHING
    fields = instance_dict(kind, value)
    if fields is not None:
        own = field(fields, wanted)
        if own is not NOTHING:
            return own
    return found


def _of_class(kind: type, wanted: str) -> Tuple[Any, bool]:
    """Return the attribute as the classes have it, and whether the classes leave attribute access alone."""
    found: Any = NOTHING
    for base in _mro(kind):
        fields = _class_dict(base)
        own = NOTHING if base is object else field(fields, "__getattribute__")
        if own is not NOTHING and own is not _USUAL:
            return NOTHING, False
        if found is NOTHING:
            found = field(fields, wanted)
    return found, True


def _is_descriptor(kind: type) -> bool:
    return any(has(_class_dict(base), "__get__") or has(_class_dict(base), "__set__") for base in _mro(kind))


def instance_dict(kind: type, value: Any) -> Any:
    """Return the instance's own dictionary, found without asking the instance."""
    for base in _mro(kind):
        getter = field(_class_dict(base), "__dict__")
        if getter is not NOTHING:
            if not among(type(getter), _DICT_GETTERS):
                return None
            try:
                fields = getter.__get__(value)
            except (AttributeError, TypeError):
                return None
            return fields if type(fields) is dict else None
    return None


def shown_by_default(lookups: List[Lookup]) -> List[Lookup]:
    """Leave out what is shown only to those who ask for every name, and a name that only starts chains which are shown themselves."""
    roots = {wanted.root for wanted in lookups if wanted.steps}
    return [
        wanted for wanted in lookups if wanted.by_default and (wanted.steps or wanted.stored or wanted.argument or wanted.root not in roots)
    ]
