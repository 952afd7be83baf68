"""What a Tracepoint that matches nothing may have meant: code that is there and has not run, or the nearest names seen."""

from __future__ import annotations

import sys
from difflib import get_close_matches
from time import monotonic
from types import CodeType, FunctionType, ModuleType
from typing import Any, Iterable, List, Set, Tuple

from ..base import glance
from ..base.classes import among, class_dict, is_a, is_class, module_dict, module_of
from ..base.namespaces import NOTHING
from ..program.fields import CO_OPTIMIZED, SourceIndex
from ..values import peek
from .nodes import Node, Test, walk

_NAMED = ("function", "name", "qualname", "module")
_REST = 20.0
"""The modules are gone through again after this many times the time that it took."""
_WRAPPERS = (staticmethod, classmethod)


class Defined:
    """The names of functions that loaded modules define, whether or not they have run. Runs none of the program's code."""

    def __init__(self) -> None:
        self.names: Set[str] = set()
        self.modules: Set[str] = set()
        self.again = 0.0
        """When they are looked for again."""

    def look(self) -> bool:
        """Go through what is loaded, and return True; False where that was done a moment ago."""
        began = monotonic()
        if began < self.again:
            return False
        self.names, self.modules = set(), set()
        walked: Set[int] = set()
        for name, module in list(sys.modules.items()):
            if type(name) is str and is_a(module, ModuleType):
                self.modules.add(name)
                fields = module_dict(module)
                self._values(name, list(fields.values()), walked)
        for code in _running():
            self._code(code, "", walked)
        self.again = began + _REST * (monotonic() - began)
        return True

    def _values(self, module: str, values: Iterable[Any], walked: Set[int]) -> None:
        for value in values:
            for function in _functions(value):
                self._code(function.__code__, function.__qualname__, walked)
            if is_class(value) and id(value) not in walked and module_of(value) == module:
                walked.add(id(value))
                self._values(module, list(class_dict(value).values()), walked)

    def _code(self, code: CodeType, qualname: str, walked: Set[int]) -> None:
        """Note the names of code and of all that it contains."""
        if id(code) in walked:
            return
        walked.add(id(code))
        if qualname:
            parts = qualname.split(".")
            self.names.add(code.co_name)
            self.names.update(".".join(parts[at:]) for at in range(len(parts)))
        prefix = qualname and qualname + (".<locals>." if code.co_flags & CO_OPTIMIZED else ".")
        for constant in code.co_consts:
            if type(constant) is CodeType:
                self._code(constant, prefix + constant.co_name, walked)


def _functions(value: Any) -> List[FunctionType]:
    """Return the function that a value is, or those that a descriptor or a decorator has wrapped."""
    kind = type(value)
    if among(kind, _WRAPPERS):
        value = value.__func__
    elif kind is property:
        return [one for one in (value.fget, value.fset, value.fdel) if type(one) is FunctionType]
    elif kind is not FunctionType:
        wrapped = peek.attribute(value, "__wrapped__") if not is_class(value) else NOTHING
        return [wrapped] if type(wrapped) is FunctionType else []
    found: List[FunctionType] = []
    while type(value) is FunctionType and not any(one is value for one in found) and len(found) < 10:
        found.append(value)
        inside = [_content(cell) for cell in value.__closure__ or ()]
        value = next((one for one in inside if type(one) is FunctionType), None)
    return found


def _content(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:
        return None


def _running() -> List[CodeType]:
    """Return the code of modules that run now: what stands further down in them is not defined yet."""
    return [code for _, codes in glance.stacks("f_code") for code in codes if code.co_name == "<module>"]


class Nearest:
    """Tells of a Tracepoint that matches nothing whether its code is there, else the nearest names."""

    def __init__(self, source_index: SourceIndex) -> None:
        self.source_index = source_index
        self.defined = Defined()

    def of(self, tree: Node) -> Tuple[bool, List[str]]:
        """Return whether all that a query names is there, though it has not run, and the nearest names of what is not."""
        there, found = False, []
        for node in walk(tree):
            if not isinstance(node, Test) or node.operator != "eq" or type(node.operand) is not str or node.field not in _NAMED:
                continue
            seen, known = self.source_index.functions, self.defined.names
            if node.field == "module":
                seen, known = self.source_index.modules, self.defined.modules
            if node.operand in seen:
                continue
            if node.operand in known:
                there = True
            else:
                found += get_close_matches(node.operand, list(seen | known if node.field == "module" else seen), 3, 0.6)
        found = list(dict.fromkeys(found))[:5]
        return there and not found, found
