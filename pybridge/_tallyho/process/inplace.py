"""A new text's functions and classes, put into a module that is in use: in place, so that every reference to them sees the new text.

The text was executed in a namespace of its own. What it defines goes over into what the module has by the same name; the
values of the module's variables, and of its functions' closures, stay as they are.
"""

from __future__ import annotations

import functools
from types import CellType, CodeType, FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any, Dict, List, Set, Tuple

from ..base.behaviour import ANNOTATES_LATE
from ..base.classes import class_dict, is_class, module_of, qualname_of
from ..base.textcode import code_key, constant

_LRU: Any = type(functools.lru_cache(maxsize=1)(lambda: None))
_WRAPPERS = (staticmethod, classmethod)
_ABOUT_CLASS = frozenset([
    "__dict__", "__weakref__", "__module__", "__qualname__", "__annotations__", "__annotate__", "__annotate_func__",
    "__annotations_cache__", "__static_attributes__", "__doc__", "__slots__", "__classcell__", "__classdictcell__", "__type_params__",
])  # fmt: skip
_ABSENT: Any = object()
_inners = classmethod.__dict__["__func__"].__get__, staticmethod.__dict__["__func__"].__get__
_bases: Any = type.__dict__["__bases__"]


class InPlace:
    """Takes one executed text over into the namespace of its module, and says what became of it."""

    def __init__(self, module: Dict[str, Any], fresh: Dict[str, Any]) -> None:
        self.module = module
        self.fresh = fresh
        self.changed: List[str] = []
        self.new: List[str] = []
        self.kept: List[str] = []
        self._same: Dict[int, Any] = {}
        """id of what the new text has made -> what the module has in its place, and keeps."""
        self._bound: Dict[int, Any] = {}
        self._seen: Set[int] = set()

    def apply(self) -> None:
        """Take everything over."""
        pairs = [(name, value, self.module.get(name, _ABSENT)) for name, value in list(self.fresh.items())]
        for _, now, was in pairs:
            if was is not _ABSENT and was is not now and constant(now) == b"?":
                self._same[id(now)] = was
        for name, now, was in pairs:
            if name[:2] == "__" == name[-2:] and type(now) is not FunctionType or was is now:
                continue
            if was is _ABSENT:
                self.module[name] = self._adopt(now)
                self.new.append(name)
            else:
                self._renew(name, was, now)

    def _note(self, names: List[str], name: str) -> None:
        if name not in names:
            names.append(name)

    # What is there already.

    def _renew(self, name: str, was: Any, now: Any) -> bool:
        """Make `was`, which the module has, what `now` is in the new text; False where they are of different kinds."""
        if was is now or id(was) in self._seen:
            return True
        kind = type(now)
        if kind is not type(was):
            if kind is FunctionType or type(was) is FunctionType:
                self._note(self.kept, name + " (of another kind)")
            return False
        if kind is FunctionType:
            self._seen.add(id(was))
            self._function(name, was, now)
        elif is_class(now):
            own = self.fresh.get("__name__")
            if qualname_of(was) == qualname_of(now) and module_of(was) == module_of(now) == own:
                self._seen.add(id(was))
                self._class(was, now)
        elif kind is staticmethod or kind is classmethod:
            self._renew(name, _inner(was), _inner(now))
        elif kind is property:
            return self._property(name, was, now)
        elif kind is functools.cached_property:
            self._renew(name, was.func, now.func)
        elif kind is _LRU:
            count = len(self.changed)
            self._renew(name, was.__dict__.get("__wrapped__"), now.__dict__.get("__wrapped__"))
            if len(self.changed) > count:
                was.cache_clear()
        return True

    def _property(self, name: str, was: property, now: property) -> bool:
        pairs = [(was.fget, now.fget), (was.fset, now.fset), (was.fdel, now.fdel)]
        if any((one is None) != (other is None) for one, other in pairs):
            return False
        for one, other in pairs:
            self._renew(name, one, other)
        return True

    def _function(self, name: str, was: FunctionType, now: FunctionType) -> None:
        if was.__qualname__ != now.__qualname__:
            return  # a variable that holds another function than it did
        ours = was.__globals__ is self.module and (now.__globals__ is self.fresh or now.__globals__ is self.module)
        if was.__code__.co_freevars != now.__code__.co_freevars:
            self._note(self.kept, name + " (a closure)")
            return
        alike = _alike(was.__code__, now.__code__)
        if ours:
            same = alike and constants(was) == constants(now)
            if not same:
                self._take(was, now)
                self._note(self.changed, name)
            elif code_key(was.__code__) != code_key(now.__code__):
                was.__code__ = now.__code__  # it has only moved to other lines
        elif not alike:
            self._note(self.kept, name + " (of another module)")
            return
        self._wrapped(name, was, now)

    def _wrapped(self, name: str, was: FunctionType, now: FunctionType) -> None:
        """Go on with what a decorator has put into its function: in its closure, and as what it stands for."""
        for one, other in zip(was.__closure__ or (), now.__closure__ or ()):
            before, after = _content(one), _content(other)
            if type(before) is FunctionType and type(after) is FunctionType:
                self._renew(name, before, after)
        before, after = was.__dict__.get("__wrapped__"), now.__dict__.get("__wrapped__")
        if type(before) is FunctionType and type(after) is FunctionType:
            self._renew(name, before, after)

    def _take(self, was: FunctionType, now: FunctionType) -> None:
        was.__code__ = now.__code__
        was.__defaults__ = self._values(was.__defaults__, now.__defaults__)
        named, before = now.__kwdefaults__, was.__kwdefaults__ or {}
        was.__kwdefaults__ = named and {key: self._value(before.get(key, _ABSENT), value) for key, value in named.items()}
        was.__doc__ = now.__doc__
        was.__dict__.update({key: value for key, value in now.__dict__.items() if key != "__wrapped__"})
        self._annotate(was, now)

    def _annotate(self, was: FunctionType, now: Any) -> None:
        thing: Any = was
        if ANNOTATES_LATE:
            maker = now.__annotate__
            thing.__annotate__ = self._adopt(maker) if type(maker) is FunctionType else maker
        else:
            thing.__annotations__ = now.__annotations__

    def _values(self, was: Any, now: Any) -> Any:
        """Return new defaults. A value that no compiler makes, such as a sentinel object, stays the module's own."""
        if now is None:
            return None
        same = was is not None and len(was) == len(now)
        return tuple([self._value(was[at] if same else _ABSENT, value) for at, value in enumerate(now)])

    def _value(self, was: Any, now: Any) -> Any:
        own = self._same.get(id(now), _ABSENT)
        if own is not _ABSENT:
            return own
        return was if constant(now) == b"?" and type(was) is type(now) and was is not _ABSENT else now

    def _class(self, was: Any, now: Any) -> None:
        self._same[id(now)] = was
        title, there = qualname_of(was), class_dict(was)
        for name, value in list(class_dict(now).items()):
            if name in _ABOUT_CLASS or type(value) in (MemberDescriptorType, GetSetDescriptorType):
                continue
            if name == "__firstlineno__":
                type.__setattr__(was, name, value)
                continue
            before, full = there.get(name, _ABSENT), "%s.%s" % (title, name)
            if before is _ABSENT:
                if _is_method(value) or type(was) is type and not name.startswith("__"):
                    type.__setattr__(was, name, self._adopt(value))
                    self.new.append(full)
            elif not _is_method(value) or type(before) is type(value):
                if not self._renew(full, before, value) and type(value) is property:
                    type.__setattr__(was, name, self._adopt(value))
                    self._note(self.changed, full)
            elif _is_method(before):
                type.__setattr__(was, name, self._adopt(value))
                self._note(self.changed, full)

    # What is new.

    def _adopt(self, value: Any) -> Any:
        """Return what the text has made as something of the module: its functions look for names there."""
        known = self._bound.get(id(value), _ABSENT)
        if known is not _ABSENT:
            return known
        kind = type(value)
        if kind is FunctionType:
            return self._rebind(value)
        if kind is property:
            get, put, delete = [one and self._adopt(one) for one in (value.fget, value.fset, value.fdel)]
            return property(get, put, delete, value.__doc__)
        if kind is staticmethod or kind is classmethod:
            return kind(self._adopt(_inner(value)))
        if is_class(value) and module_of(value) == self.fresh.get("__name__") and id(value) not in self._same:
            self._bound[id(value)] = value
            self._adopt_class(value)
        return self._same.get(id(value), value)

    def _rebind(self, now: FunctionType) -> FunctionType:
        found = now
        if now.__globals__ is self.fresh:
            found = FunctionType(now.__code__, self.module, now.__name__, now.__defaults__, now.__closure__)
            found.__qualname__, found.__doc__, found.__module__ = now.__qualname__, now.__doc__, now.__module__
            found.__kwdefaults__ = now.__kwdefaults__
            found.__dict__.update(now.__dict__)
        self._bound[id(now)] = self._bound[id(found)] = found
        if found is not now:
            self._annotate(found, now)
            found.__defaults__ = self._values(None, now.__defaults__)
        for cell in now.__closure__ or ():
            inside = _content(cell)
            if type(inside) is FunctionType or is_class(inside):
                own = self._adopt(inside)
                if own is not inside:
                    cell.cell_contents = own
        if type(found.__dict__.get("__wrapped__")) is FunctionType:
            found.__dict__["__wrapped__"] = self._adopt(found.__dict__["__wrapped__"])
        return found

    def _adopt_class(self, made: Any) -> None:
        bases = _bases.__get__(made)
        own = tuple([self._same.get(id(base), base) for base in bases])
        if any(one is not other for one, other in zip(bases, own)):
            _bases.__set__(made, own)
        for name, value in list(class_dict(made).items()):
            if _is_method(value) or is_class(value):
                adopted = self._adopt(value)
                if adopted is not value:
                    type.__setattr__(made, name, adopted)


def constants(function: FunctionType) -> List[Tuple[str, bytes]]:
    """Return the defaults and the docstring of a function, as they can be compared with another text's."""
    found = [("", constant(function.__defaults__)), ("doc", constant(function.__doc__))]
    return found + sorted((name, constant(value)) for name, value in (function.__kwdefaults__ or {}).items())


def _alike(was: CodeType, now: CodeType) -> bool:
    """Report whether two code objects do the same, wherever they stand."""
    if was is now:
        return True
    about = [(code.co_code, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags, code.co_argcount,
              code.co_posonlyargcount, code.co_kwonlyargcount, code.co_name, len(code.co_consts)) for code in (was, now)]  # fmt: skip
    return about[0] == about[1] and all(
        _alike(one, other) if type(one) is CodeType and type(other) is CodeType else constant(one) == constant(other)
        for one, other in zip(was.co_consts, now.co_consts)
    )


def _is_method(value: Any) -> bool:
    kind = type(value)
    return kind is FunctionType or kind is staticmethod or kind is classmethod or kind is property


def _inner(value: Any) -> Any:
    return _inners[type(value) is staticmethod](value)


def _content(cell: CellType) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # nothing is in it
        return None
