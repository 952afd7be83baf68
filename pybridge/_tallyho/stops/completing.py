"""Completion at the console, from names and from attributes that can be listed without running code."""

from __future__ import annotations

import builtins
import keyword
import re
import types
from types import FrameType
from typing import Any, Dict, Iterable, List, Optional

from ..base.classes import among, class_dict, is_class, module_dict, mro
from ..base.namespaces import as_dict
from ..program import evaluation, frames
from ..program.justmycode import module_globals
from ..program.trouble import RequestError
from ..values.valueinfo import fields_of

MOST = 500
_PATH = re.compile(r"(?:([A-Za-z_][\w.\[\]'\"]*)\.)?([A-Za-z_]\w*)?$")


def complete(frame: Optional[FrameType], text: str, column: int) -> List[Dict[str, Any]]:
    """Return what may stand at a column of a text."""
    before = text[:column]
    found = _PATH.search(before)
    path, prefix = (found.group(1), found.group(2) or "") if found else (None, "")
    if path is None and not prefix and before.rstrip().endswith("."):
        return []
    choices = _attributes(frame, path) if path else _names(frame)
    start = column - len(prefix)
    fitting = [one for one in choices if one.startswith(prefix)]
    fitting.sort(key=lambda one: (one.startswith("__"), one.startswith("_"), one.lower()))
    return [{"label": one, "text": one, "kind": choices[one], "start": start, "length": len(prefix)} for one in fitting[:MOST]]


def _names(frame: Optional[FrameType]) -> Dict[str, str]:
    found = dict.fromkeys(keyword.kwlist, "keyword")
    spaces: List[Any] = [vars(builtins), as_dict(frame.f_globals) if frame is not None else module_globals()]
    if frame is not None:
        spaces.append(frames.read(frame))
    for space in spaces:
        for name, value in list(space.items()):
            if type(name) is str and name.isidentifier():
                found[name] = kind_of(value, "variable")
    return found


def _attributes(frame: Optional[FrameType], path: str) -> Dict[str, str]:
    try:
        value = evaluation.look(frame, path)
    except RequestError:
        return {}
    found: Dict[str, str] = {}
    classes: Iterable[type] = mro(type(value))
    if type(value) is types.ModuleType:
        found.update(_kinds(module_dict(value), "variable"))
        return found
    if is_class(value):
        classes = list(mro(value)) + list(classes)
    for base in classes:
        for name, kind in _kinds(class_dict(base), "property").items():
            found.setdefault(name, kind)
    found.update(_kinds(fields_of(value) or {}, "field"))
    return found


def _kinds(space: Any, usual: str) -> Dict[str, str]:
    return {name: kind_of(value, usual) for name, value in list(space.items()) if type(name) is str and name.isidentifier()}


def kind_of(value: Any, usual: str) -> str:
    """Return DAP's kind of what a name stands for."""
    kind = type(value)
    if kind is types.ModuleType:
        return "module"
    if is_class(value):
        return "class"
    if among(kind, (types.FunctionType, types.BuiltinFunctionType)):
        return "function" if usual == "variable" else "method"
    if among(kind, (types.MethodType, classmethod, staticmethod, types.MethodDescriptorType, types.WrapperDescriptorType)):
        return "method"
    return "property" if kind is property else usual


__all__ = ["complete"]
