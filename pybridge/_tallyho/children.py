"""What a value is made of, found without running the program's code.

Containers are walked with the methods of the built-in class that they derive
from, instances by their dictionaries and slots. A property is never asked: it
is shown as lazy, and runs when a person expands it.
"""

from __future__ import annotations

import builtins
import types
from collections import OrderedDict, defaultdict, deque
from gc import get_referents as _referents
from itertools import islice
from types import FunctionType, ModuleType
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Tuple

from . import peek
from .showing import (
    array_text, class_dict, fields_of, is_enum_member, is_numpy_scalar, mro, namedtuple_fields, of_numpy, of_pandas,
)  # fmt: skip
from .values import safe_repr

PAGED_ITEMS = 1000
"""Pairs of a dict from which on they count as indexed, so that a client asks for them by pages."""

SPECIAL, FUNCTIONS, CLASSES = "special variables", "function variables", "class variables"
GROUPS = (SPECIAL, FUNCTIONS, CLASSES)

Target = Tuple[str, Any]
"""How a child is assigned: ("item", key), ("attr", name), ("name", name)."""


class Child:
    """One child of a value. `suffix` follows its parent's expression; None where no expression leads to it."""

    __slots__ = ("name", "value", "suffix", "kind", "target", "visibility")

    def __init__(
        self, name: str, value: Any, suffix: Optional[str] = None, kind: str = "", target: Optional[Target] = None
    ) -> None:
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


EXCEPTION_GROUP: Optional[type] = getattr(builtins, "BaseExceptionGroup", None)
"""There from 3.11 on."""

_KEY_TYPES = frozenset([str, int, bool, float, bytes, type(None), complex])
_LEAVES = frozenset([int, float, bool, complex, str, type(None), type(Ellipsis), type(NotImplemented)])


def key_expression(key: Any) -> Optional[str]:
    """Return an expression for a key that is equal to it, if it has one."""
    if type(key) in _KEY_TYPES:
        return repr(key) if type(key) is not float or key - key == 0 else None
    if type(key) is tuple and len(key) <= 8:
        parts = [key_expression(part) for part in key]
        if all(part is not None for part in parts):
            return "(" + ", ".join(map(str, parts)) + ("," if len(parts) == 1 else "") + ")"
    return None


def children_of(value: Any) -> Children:
    """Return the children of a value."""
    kind = type(value)
    if kind in _LEAVES:
        return Children([])
    if type(value) is Group:
        return Children(value.children)
    if kind is ModuleType:
        return Children(grouped(names(value.__dict__, "attr")))
    if type in mro(kind):
        return Children(_of_class(value))
    for base, make in _BY_BASE:
        if base in mro(kind):
            return make(value)
    special = _BY_TYPE.get(kind)
    if special is not None:
        return special(value)
    if of_numpy(kind, "ndarray"):
        return _of_array(value)
    if of_pandas(kind, "DataFrame", "Series", "Index"):
        return _of_table(value)
    if is_numpy_scalar(kind):
        return Children([])
    return Children(_of_instance(value))


def has_children(value: Any) -> bool:
    """Report whether a value is shown with something to expand; cheaper than finding it."""
    kind = type(value)
    return kind not in _LEAVES and not is_numpy_scalar(kind)


# Containers.


def _of_list(value: Any) -> Children:
    kind: Any = list if list in mro(type(value)) else tuple if tuple in mro(type(value)) else deque

    def page(start: int, stop: int) -> List[Child]:
        try:
            items = list(islice(kind.__iter__(value), start, stop)) if kind is deque else kind.__getitem__(value, slice(start, stop))
        except RuntimeError:  # a deque that another thread changes
            return []
        fixed = kind is tuple
        return [
            Child(str(at), item, "[%d]" % at, "data", None if fixed else ("item", at)) for at, item in enumerate(items, start)
        ]

    fields = namedtuple_fields(type(value))
    if fields is not None:
        return Children([Child(name, item, "." + name, "data") for name, item in zip(fields, tuple.__iter__(value))])
    return Children(_of_subclass(value), kind.__len__(value), page)


def _of_set(value: Any) -> Children:
    kind = set if set in mro(type(value)) else frozenset

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
            if OrderedDict in mro(type(value)):
                pairs = dict(dict.items(value)) if _plain_keys(value) else None
                if pairs is not None:
                    return [(key, pairs[key]) for key in OrderedDict.__iter__(value)]
            return list(dict.items(value))
        except RuntimeError:  # another thread changed it meanwhile
            continue
    return []


def _plain_keys(value: Any) -> bool:
    return all(type(key) in _KEY_TYPES for key in dict.keys(value))


def _of_dict(value: Any) -> Children:
    named: List[Child] = []
    if defaultdict in mro(type(value)):
        factory = defaultdict.__dict__["default_factory"].__get__(value)
        named.append(Child("default_factory", factory, ".default_factory", "property", ("attr", "default_factory")))
    named += _of_subclass(value)
    number = dict.__len__(value)
    if number > PAGED_ITEMS:
        return Children(named, number, lambda start, stop: [_pair(*pair) for pair in islice(pairs_of(value), start, stop)])
    return Children([_pair(*pair) for pair in pairs_of(value)] + named)


def _pair(key: Any, item: Any) -> Child:
    suffix = key_expression(key)
    child = Child(safe_repr(key, 200, False)[0], item, None if suffix is None else "[%s]" % suffix, "data", ("item", key))
    child.visibility = ""
    return child


def _of_subclass(value: Any) -> List[Child]:
    """Return what an instance of a container's subclass has besides its items."""
    fields = fields_of(value)
    return [] if fields is None else _attributes(fields)


def _of_bytes(value: Any) -> Children:
    base = bytes if bytes in mro(type(value)) else bytearray
    target = (lambda at: ("item", at)) if base is bytearray else (lambda at: None)

    def page(start: int, stop: int) -> List[Child]:
        items = base.__getitem__(value, slice(start, stop))
        return [Child(str(at), item, "[%d]" % at, "data", target(at)) for at, item in enumerate(items, start)]

    return Children([], base.__len__(value), page)


def _of_range(value: range) -> Children:
    named = [Child(name, getattr(value, name), "." + name, "property") for name in ("start", "stop", "step")]
    try:
        count = len(value)
    except OverflowError:
        count = 0

    def page(start: int, stop: int) -> List[Child]:
        return [Child(str(at), value[at], "[%d]" % at, "data") for at in range(start, stop)]

    return Children(named, count, page)


def _of_proxy(value: Any) -> Children:
    behind = [one for one in _referents(value) if type(one) is dict]
    if not behind:
        return Children([])
    found = _of_dict(behind[0])
    for child in found.named:
        child.target = None
    return found


def _of_view(value: Any) -> Children:
    try:
        items = list(iter(value))
    except RuntimeError:
        items = []

    def page(start: int, stop: int) -> List[Child]:
        return [Child(str(at), item, None, "data") for at, item in enumerate(items[start:stop], start)]

    return Children([], len(items), page)


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
    return Children(_attributes(value.__dict__) + [c for c in cells if c.value is not peek.NOTHING] + [_group(SPECIAL, found)])


def _cell(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return peek.NOTHING


def _of_exception(value: BaseException) -> Children:
    found = _attributes(fields_of(value) or {})
    for name in ("args", "__cause__", "__context__", "__suppress_context__", "__traceback__"):
        found.append(Child(name, BaseException.__dict__[name].__get__(value), "." + name, "property"))
    if EXCEPTION_GROUP is not None and EXCEPTION_GROUP in mro(type(value)):
        for name in ("message", "exceptions"):
            found.append(Child(name, class_dict(EXCEPTION_GROUP)[name].__get__(value), "." + name, "property"))
    return Children(found + _class_members(value, {child.name for child in found}))


def _of_array(value: Any) -> Children:
    named = [Child(name, getattr(value, name), "." + name, "property") for name in ("shape", "ndim", "size", "nbytes")]
    count = value.shape[0] if value.ndim and value.dtype.kind in "fiubcSUMm" else 0

    def page(start: int, stop: int) -> List[Child]:
        return [Child(str(at), value[at], "[%d]" % at, "data", ("item", at)) for at in range(start, stop)]

    return Children(named, count, page)


def _of_table(value: Any) -> Children:
    named = [Child("shape", value.shape, ".shape", "property")]
    if of_pandas(type(value), "DataFrame"):
        for at, name in enumerate(value.columns.tolist()[:100]):
            key = key_expression(name)
            column = value.iloc[:, at]
            named.append(Child(str(name), column, None if key is None else "[%s]" % key, "data"))
    elif array_text(value, type(value)) is not None:
        items = value.iloc[:100].tolist() if of_pandas(type(value), "Series") else value[:100].tolist()
        named += [Child(str(at), item, None, "data") for at, item in enumerate(items)]
    return Children(named)


# Instances, classes, namespaces.


def _attributes(fields: Dict[Any, Any]) -> List[Child]:
    found = []
    for name, value in list(fields.items()):
        if type(name) is str:
            found.append(Child(name, value, "." + name if name.isidentifier() else None, "property", ("attr", name)))
    return found


def _of_instance(value: Any) -> List[Child]:
    fields = fields_of(value)
    own = _attributes(fields) if fields is not None else []
    seen = {child.name for child in own}
    for base in mro(type(value)):
        for name, found in list(class_dict(base).items()):
            if type(found) is types.MemberDescriptorType and name not in seen and base.__flags__ & (1 << 9):
                item = peek.attribute(value, name)
                if item is not peek.NOTHING:
                    seen.add(name)
                    own.append(Child(name, item, "." + name, "property", ("attr", name)))
    if is_enum_member(value):
        own = [Child(name[1:-1], item, "." + name[1:-1], "property") for name in ("_name_", "_value_")
               for item in [(fields or {}).get(name)]] + [c for c in own if not c.name.startswith("_")]  # fmt: skip
        seen |= {"name", "value"}
    return own + _class_members(value, seen)


def _class_members(value: Any, seen: "set[str]") -> List[Child]:
    """Return the lazy properties of an instance, and groups of what its classes hold."""
    lazy: List[Child] = []
    members: List[Child] = []
    seen = set(seen)
    for base in mro(type(value)):
        if base is object or not base.__flags__ & (1 << 9):
            continue
        for name, found in list(class_dict(base).items()):
            if type(name) is not str or name in seen:
                continue
            seen.add(name)
            getter = _getter(found)
            if getter is not None:
                child = Child(name, Lazy(value, name, getter), "." + name, "property", ("attr", name))
                lazy.append(child)
            elif type(found) not in (types.MemberDescriptorType, types.GetSetDescriptorType):
                members.append(Child(name, found, "." + name, "property", ("attr", name)))
    return lazy + _groups(members, CLASSES)


def _getter(found: Any) -> Optional[Callable[[Any], Any]]:
    """Return what asks a property or a cached property of its value; None for anything else."""
    if type(found) is property:
        function = property.__dict__["fget"].__get__(found)
        return function if function is not None else None
    if type(found).__name__ == "cached_property" and type(found).__module__ == "functools":
        return lambda owner: found.__get__(owner, type(owner))
    return None


def _of_class(value: type) -> List[Child]:
    members = [Child(name, found, "." + name, "property", ("attr", name)) for name, found in list(class_dict(value).items())]
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
        special = _is_special(child.name) or _is_function(child.value) or type in mro(type(child.value))
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


_FUNCTIONS = frozenset(
    [FunctionType, types.BuiltinFunctionType, types.MethodType, classmethod, staticmethod, types.MethodDescriptorType,
     types.WrapperDescriptorType, types.ClassMethodDescriptorType]
)  # fmt: skip


def _is_function(value: Any) -> bool:
    return type(value) in _FUNCTIONS


_BY_BASE: Tuple[Tuple[type, Callable[[Any], Children]], ...] = (
    (list, _of_list),
    (tuple, _of_list),
    (dict, _of_dict),
    (set, _of_set),
    (frozenset, _of_set),
    (deque, _of_list),
    (bytes, _of_bytes),
    (bytearray, _of_bytes),
    (BaseException, _of_exception),
)
_BY_TYPE: Dict[type, Callable[[Any], Children]] = {
    range: _of_range,
    slice: _fields("start", "stop", "step"),
    types.MappingProxyType: _of_proxy,
    type({}.keys()): _of_view,
    type({}.values()): _of_view,
    type({}.items()): _of_view,
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
