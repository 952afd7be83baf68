"""What a value is made of, found without running the program's code.

Containers are walked with the methods of the built-in class that they derive
from, instances by their dictionaries and slots. A property is never asked: it
is shown as lazy, and runs when a person expands it.
"""

from __future__ import annotations

import builtins
import types
from collections import deque
from functools import cached_property
from types import FunctionType, ModuleType
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple

from ..base.classes import class_dict, derives, ids, is_class, is_heap, mro
from ..base.namespaces import NOTHING, field
from . import peek
from .arrays import of_array, of_table, of_void
from .containers import of_bytes, of_dict, of_list, of_proxy, of_range, of_set, of_view
from .parts import Child, Children, Group, Lazy, attributes
from .tables import is_numpy_scalar, is_row, of_pandas, plain_array
from .valueinfo import fields_of, is_enum_member

SPECIAL, FUNCTIONS, CLASSES = "special variables", "function variables", "class variables"
GROUPS = (SPECIAL, FUNCTIONS, CLASSES)

EXCEPTION_GROUP: Optional[type] = getattr(builtins, "BaseExceptionGroup", None)
"""There from 3.11 on."""
_LEAVES = ids(int, float, bool, complex, str, type(None), type(Ellipsis), type(NotImplemented))


def children_of(value: Any) -> Children:
    """Return the children of a value."""
    kind = type(value)
    if id(kind) in _LEAVES:
        return Children([])
    if type(value) is Group:
        return Children(value.children)
    if kind is ModuleType:
        return Children(grouped(names(value.__dict__, "attr")))
    if is_class(value):
        return Children(_of_class(value))
    for base, make in _BY_BASE:
        if derives(kind, base):
            return make(value)
    special = _BY_ID.get(id(kind))
    if special is not None:
        return special(value)
    if plain_array(value) is not None:
        return of_array(value)
    if is_row(kind):
        return of_void(value)
    if of_pandas(kind, "DataFrame", "Series", "Index"):
        return of_table(value)
    if is_numpy_scalar(kind):
        return Children([])
    return Children(_of_instance(value))


def has_children(value: Any) -> bool:
    """Report whether a value is shown with something to expand; cheaper than finding it."""
    kind = type(value)
    return id(kind) not in _LEAVES and (not is_numpy_scalar(kind) or is_row(kind))


def _fields(*wanted: str) -> Callable[[Any], Children]:
    """Return what shows fields that C code keeps, of a type that cannot be derived from or is matched exactly."""

    def make(value: Any) -> Children:
        found = []
        for name in wanted:
            try:
                found.append(Child(name, getattr(value, name), "." + name, "property"))
            except (AttributeError, ValueError):
                continue
        return Children(found)

    return make


def _of_function(value: Any) -> Children:
    found = [
        Child(name, getattr(value, name), "." + name, "property")
        for name in ("__name__", "__qualname__", "__module__", "__doc__", "__defaults__", "__kwdefaults__", "__code__")
    ]
    cells = [Child(name, _cell(cell), None, "data") for name, cell in zip(value.__code__.co_freevars, value.__closure__ or ())]
    return Children(attributes(value.__dict__) + [c for c in cells if c.value is not NOTHING] + [_group(SPECIAL, found)])


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return NOTHING


def _of_exception(value: BaseException) -> Children:
    found = attributes(fields_of(value) or {})
    for name in ("args", "__cause__", "__context__", "__suppress_context__", "__traceback__"):
        found.append(Child(name, BaseException.__dict__[name].__get__(value), "." + name, "property"))
    if EXCEPTION_GROUP is not None and derives(type(value), EXCEPTION_GROUP):
        for name in ("message", "exceptions"):
            found.append(Child(name, class_dict(EXCEPTION_GROUP)[name].__get__(value), "." + name, "property"))
    return Children(found + _class_members(value, {child.name for child in found}))


def _of_instance(value: Any) -> List[Child]:
    fields = fields_of(value)
    own = attributes(fields) if fields is not None else []
    seen = {child.name for child in own}
    for base in mro(type(value)):
        for name, found in list(class_dict(base).items()):
            if type(found) is types.MemberDescriptorType and type(name) is str and name not in seen and is_heap(base):
                item = peek.attribute(value, name)
                if item is not NOTHING:
                    seen.add(name)
                    own.append(Child(name, item, "." + name, "property", ("attr", name)))
    if is_enum_member(value):
        own = [Child(name[1:-1], item, "." + name[1:-1], "property") for name in ("_name_", "_value_")
               for item in [field(fields or {}, name, None)]] + [c for c in own if not c.name.startswith("_")]  # fmt: skip
        seen |= {"name", "value"}
    return own + _class_members(value, seen)


def _class_members(value: Any, seen: "set[str]") -> List[Child]:
    """Return the lazy properties of an instance, and groups of what its classes hold."""
    lazy: List[Child] = []
    members: List[Child] = []
    seen = set(seen)
    for base in mro(type(value)):
        if base is object or not is_heap(base):
            continue
        for name, found in list(class_dict(base).items()):
            if type(name) is not str or name in seen:
                continue
            seen.add(name)
            getter = _getter(found)
            if getter is not None:
                child = Child(name, Lazy(value, name, getter), "." + name, "property", ("attr", name))
                lazy.append(child)
            elif type(found) is not types.MemberDescriptorType and type(found) is not types.GetSetDescriptorType:
                members.append(Child(name, found, "." + name, "property", ("attr", name)))
    return lazy + _groups(members, CLASSES)


def _getter(found: Any) -> Optional[Callable[[Any], Any]]:
    """Return what asks a property or a cached property of its value; None for anything else."""
    if type(found) is property:
        function = property.__dict__["fget"].__get__(found)
        return function if function is not None else None
    if type(found) is cached_property:
        return lambda owner: found.__get__(owner, type(owner))
    return None


def _of_class(value: type) -> List[Child]:
    members = [Child(name, found, "." + name, "property", ("attr", name)) for name, found in list(class_dict(value).items())
               if type(name) is str]  # fmt: skip
    shown = [child for child in members if not _is_special(child.name) and not _is_function(child.value)]
    rest = [child for child in members if _is_special(child.name) or _is_function(child.value)]
    bases = Child("__mro__", mro(value), ".__mro__", "property")
    return shown + _groups(rest + [bases], CLASSES)


def names(space: Mapping[str, Any], target: str) -> List[Child]:
    """Return the names of a namespace as children; target is "attr" of a module, or "name"."""
    found = []
    for name, value in list(space.items()):
        if type(name) is str and not name.startswith("@py") and name.isidentifier():
            suffix = "." + name if target == "attr" else name
            found.append(Child(name, value, suffix, "property" if target == "attr" else "", (target, name)))
    return found


def grouped(children: Iterable[Child]) -> List[Child]:
    """Put the functions, classes and special names of a module's namespace in groups, before the rest."""
    rest: List[Child] = []
    members: List[Child] = []
    for child in children:
        special = _is_special(child.name) or _is_function(child.value) or is_class(child.value)
        (members if special else rest).append(child)
    return _groups(members, "") + rest


def _groups(members: List[Child], other: str) -> List[Child]:
    groups: Dict[str, List[Child]] = {title: [] for title in GROUPS}
    for child in members:
        if _is_special(child.name):
            groups[SPECIAL].append(child)
        elif _is_function(child.value):
            groups[FUNCTIONS].append(child)
        else:
            groups[other or CLASSES].append(child)
    return [_group(title, groups[title]) for title in GROUPS if groups[title]]


def _group(title: str, children: List[Child]) -> Child:
    return Child(title, Group(title, children), None, "virtual")


def _is_special(name: str) -> bool:
    return name.startswith("__") and name.endswith("__") and len(name) > 4


_FUNCTIONS = ids(
    FunctionType, types.BuiltinFunctionType, types.MethodType, classmethod, staticmethod, types.MethodDescriptorType,
    types.WrapperDescriptorType, types.ClassMethodDescriptorType,
)  # fmt: skip


def _is_function(value: Any) -> bool:
    return id(type(value)) in _FUNCTIONS


_BY_BASE: Tuple[Tuple[type, Callable[[Any], Children]], ...] = (
    (list, of_list),
    (tuple, of_list),
    (dict, of_dict),
    (set, of_set),
    (frozenset, of_set),
    (deque, of_list),
    (bytes, of_bytes),
    (bytearray, of_bytes),
    (BaseException, _of_exception),
)
_BY_TYPE: Dict[type, Callable[[Any], Children]] = {
    range: of_range,
    slice: _fields("start", "stop", "step"),
    types.MappingProxyType: of_proxy,
    type({}.keys()): of_view,
    type({}.values()): of_view,
    type({}.items()): of_view,
    FunctionType: _of_function,
    types.MethodType: _fields("__func__", "__self__"),
    types.GeneratorType: _fields("gi_running", "gi_frame", "gi_code", "gi_yieldfrom"),
    types.CoroutineType: _fields("cr_running", "cr_frame", "cr_code", "cr_await"),
    types.AsyncGeneratorType: _fields("ag_running", "ag_frame", "ag_code", "ag_await"),
    types.FrameType: _fields("f_lineno", "f_code"),
    types.TracebackType: _fields("tb_lineno", "tb_frame", "tb_next"),
    types.CodeType: _fields("co_name", "co_filename", "co_firstlineno", "co_varnames", "co_names"),
    property: _fields("fget", "fset", "fdel"),
    classmethod: _fields("__func__"),
    staticmethod: _fields("__func__"),
    types.BuiltinFunctionType: lambda value: Children([]),
}
_BY_ID = {id(_kind): _make for _kind, _make in _BY_TYPE.items()}
