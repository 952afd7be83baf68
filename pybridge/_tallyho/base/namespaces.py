"""Namespaces read without running code: those of frames, of classes, of instances.

A namespace may be any mapping: of a class body what its metaclass has made, of an exec what was given to it, and in a
dict there may be keys with an __eq__ of their own.
"""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import Any, Dict, Mapping

from . import fastlocals, slots
from .behaviour import LIVE_LOCALS
from .classes import class_dict, mro
from .slots import NEEDED as _MISREADS
from .slots import misread

NOTHING: Any = object()
"""What a name that has no value is read as."""

_get = dict.get
_items = dict.items
_is_subclass = type.__subclasscheck__

# From 3.13 on, what a comprehension binds in the body of a class or module is seen only by the view that the interpreter
# gives of a function's variables, while the comprehension runs.
_VIEW: Any = type((lambda: sys._getframe().f_locals)())


def local(frame: FrameType) -> Mapping[str, Any]:
    """Return the names of a frame's own scope: a dict, which is nobody else's where it is a function's, or from 3.13 on the
    interpreter's live view of a function's variables."""
    code = frame.f_code
    if _MISREADS and misread(code):
        found = slots.read(frame)
        if found is not None:
            return found
    if LIVE_LOCALS:
        view = frame.f_locals
        return view if code.co_flags & fastlocals.CO_OPTIMIZED else as_dict(view)
    return fastlocals.read(frame) if code.co_flags & fastlocals.CO_OPTIMIZED else as_dict(fastlocals.namespace(frame))


def scope(frame: FrameType) -> Any:
    """Return what eval() is to take as a frame's names: f_locals itself where the frame is a module's or a class body's."""
    code = frame.f_code
    if code.co_flags & fastlocals.CO_OPTIMIZED or _MISREADS and misread(code):
        return local(frame)
    return frame.f_locals if LIVE_LOCALS else fastlocals.namespace(frame)


def shadows(code: CodeType, name: str) -> bool:
    """Report whether a function has a variable of a name, bound or not: no global of that name is meant in it.

    A variable of a comprehension that was inlined is none of the function's where that means a global by the same name.
    """
    if not code.co_flags & fastlocals.CO_OPTIMIZED or name in code.co_names:
        return False
    return name in code.co_varnames or name in code.co_cellvars or name in code.co_freevars


def everything(frame: FrameType) -> Dict[str, Any]:
    """Return a copy of the names of a frame's own scope, and of what a person has added there."""
    found = dict(local(frame))
    if frame.f_code.co_flags & fastlocals.CO_OPTIMIZED:
        found.update(fastlocals.kept(frame))
    return found


def as_dict(space: Any) -> Mapping[str, Any]:
    """Return a namespace as an exact dict: itself, a copy of a subclass's or of a frame's view, nothing of any other mapping."""
    kind: Any = type(space)
    if type(space) is dict:
        return space
    if kind is _VIEW:
        return dict(space)
    return dict(_items(space)) if _is_subclass(dict, kind) else {}


def item(space: Any, name: str) -> Any:
    """Return what a namespace has under a name, NOTHING where it has not; of a dict's subclass what lies in it."""
    try:
        return _get(space, name, NOTHING)
    except TypeError:
        return NOTHING


def field(fields: Mapping[Any, Any], name: str, absent: Any = NOTHING) -> Any:
    """Return what an instance's or a class's own dictionary has under a name.

    A key that is no exact str might be compared by a method of its own.
    """
    for key in list(fields):
        if type(key) is not str:
            return next((value for key, value in list(fields.items()) if type(key) is str and key == name), absent)
    return fields.get(name, absent)


def class_attribute(kind: type, name: str) -> Any:
    """Return what a class or one that it derives from has under a name, unbound; NOTHING where there is nothing."""
    for base in mro(kind):
        found = field(class_dict(base), name)
        if found is not NOTHING:
            return found
    return NOTHING


def has(fields: Mapping[Any, Any], name: str) -> bool:
    """Report whether an instance's or a class's own dictionary has a name."""
    return field(fields, name) is not NOTHING
