"""Where in source a value is defined, or a variable of a frame is bound first. Reads files; runs nothing of the program's."""

from __future__ import annotations

import ast
import sys
import types
from types import CodeType, FrameType, ModuleType
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from ..base.classes import class_dict, is_class, is_heap, module_dict, module_of, qualname_of
from ..base.namespaces import NOTHING, class_attribute, item
from ..base.source import Source
from ..program.fields import SourceIndex
from ..program.justmycode import Sources
from ..program.stacks import characters
from ..program.trouble import RequestError

Function = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = (*Function, ast.ClassDef)
_OWN_SCOPES = (*_BLOCKS, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

_BY_TYPE: Dict[type, Callable[[Any], Any]] = {
    types.FunctionType: lambda value: value.__code__,
    types.MethodType: lambda value: getattr(value.__func__, "__code__", None) if type(value.__func__) is types.FunctionType else None,
    types.CodeType: lambda value: value,
    types.GeneratorType: lambda value: value.gi_code,
    types.CoroutineType: lambda value: value.cr_code,
    types.AsyncGeneratorType: lambda value: value.ag_code,
    types.FrameType: lambda value: value.f_code,
}
_CODE = {id(_kind): _get for _kind, _get in _BY_TYPE.items()}


class Declared:
    """A variable of a frame whose first binding may be asked for."""

    __slots__ = ("frame", "name", "outside")

    def __init__(self, frame: FrameType, name: str, outside: bool) -> None:
        self.frame = frame
        self.name = name
        self.outside = outside
        """Whether it is a global, which the frame's function does not bind."""


def has_place(value: Any) -> bool:
    """Report whether a value may have a place in source. Cheap."""
    kind = type(value)
    return id(kind) in _CODE or kind is ModuleType or is_class(value) and is_heap(value)


class Places:
    """Finds places; keeps nothing, for files change."""

    def __init__(self, source_index: SourceIndex, sources: Sources) -> None:
        self.source_index = source_index
        self.sources = sources

    def of(self, value: Any) -> Dict[str, Any]:
        """Return the place at which a value is defined. Raises RequestError."""
        if type(value) is ModuleType:
            path = item(module_dict(value), "__file__")
            if type(path) is not str or not self._lines(path, None):
                raise RequestError("this module has no source")
            return self._place(path, None, (1, 0))
        if is_class(value):
            return self._of_class(value)
        find = _CODE.get(id(type(value)))
        code = find(value) if find is not None else None
        if code is None:
            raise RequestError("this value is not defined in source")
        return self._of_code(code, getattr(value, "__globals__", None) if type(value) is types.FunctionType else None)

    def _of_code(self, code: CodeType, globals_: Any) -> Dict[str, Any]:
        node = next(iter(_chain(self._tree(self._raw(code), code), code)[::-1]), None)
        if node is None or code.co_name in ("<module>", "<lambda>"):
            return self._place(self._raw(code), code, (code.co_firstlineno, 0))
        return self._place(self._raw(code), code, (node.lineno, node.col_offset))

    def _raw(self, code: CodeType) -> str:
        return self.source_index.of(code).raw

    def _of_class(self, kind: type) -> Dict[str, Any]:
        path = item(module_dict(sys.modules.get(module_of(kind))), "__file__")
        codes = [found.__code__ for found in list(class_dict(kind).values()) if type(found) is types.FunctionType]
        codes = [code for code in codes if not code.co_filename.startswith("<")]
        names = qualname_of(kind).replace(".<locals>", "").split(".")
        files = [path] if type(path) is str else []
        for raw in files + [code.co_filename for code in codes if code.co_filename != path]:
            found = list(_classes(self._tree(raw, None), names))
            if found:
                return self._place(raw, None, _best(found, class_attribute(kind, "__firstlineno__"), codes))
        raise RequestError("the source of this class is not known")

    def declared(self, what: Declared) -> Dict[str, Any]:
        """Return where a variable is bound first: in its function, in one around it, or in the module. Raises RequestError."""
        code = what.frame.f_code
        raw = self.source_index.of(code, what.frame.f_globals).raw
        tree = self._tree(raw, code)
        chain: List[ast.AST] = [tree] + (_chain(tree, code) if not what.outside else [])
        for node in chain[::-1]:
            found = sorted(where for name, where in _bindings(node) if name == what.name)
            if found:
                return self._place(raw, code, found[0])
        raise RequestError("%s is bound nowhere in this source" % what.name)

    def _tree(self, raw: str, code: Optional[CodeType]) -> ast.Module:
        try:
            return ast.parse("\n".join(self._lines(raw, code)))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ast.Module(body=[], type_ignores=[])

    def _lines(self, raw: str, code: Optional[CodeType]) -> Sequence[str]:
        number = self.sources.number(code, {}) if code is not None else 0
        if number:
            return (self.sources.content(number) or "").split("\n")
        path = self.source_index.file(raw).path
        try:
            with open(path, "rb") as file:
                return Source(path, file.read()).lines
        except (OSError, SyntaxError, LookupError, ValueError):
            return ()

    def _place(self, raw: str, code: Optional[CodeType], at: Tuple[int, int]) -> Dict[str, Any]:
        lines = self._lines(raw, code)
        if not 0 < at[0] <= len(lines):
            raise RequestError("the source of this is not known")
        file = self.source_index.file(raw)
        return {
            "path": file.path, "filename": file.shown, "line": at[0], "column": characters(lines[at[0] - 1], at[1]),
            "source": self.sources.number(code, {}) if code is not None else 0,
        }  # fmt: skip


def _first_line(node: Any) -> int:
    return min([int(node.lineno)] + [int(one.lineno) for one in getattr(node, "decorator_list", ())])


def _chain(tree: ast.AST, code: CodeType) -> List[Any]:
    """Return the functions and classes around a code object, from the outside in; last the one whose code it is."""
    line, name = code.co_firstlineno, code.co_name
    found: List[Any] = []
    at: List[ast.AST] = [tree]
    while at:
        node = at.pop()
        for child in ast.iter_child_nodes(node):
            if not _first_line_within(child, line):
                continue
            at.append(child)
            if isinstance(child, _BLOCKS):
                found.append(child)
                if child.name == name and _first_line(child) == line:
                    return found
    return found


def _first_line_within(node: ast.AST, line: int) -> bool:
    first, last = getattr(node, "lineno", None), getattr(node, "end_lineno", None)
    if first is None or last is None:
        return True
    return bool(_first_line(node) <= line <= last)


def _classes(tree: ast.AST, names: Sequence[str]) -> Iterator[ast.ClassDef]:
    """Yield the classes of a dotted name. Statements in between (`if`, `try` and so on) are looked into."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, _BLOCKS):
            if node.name == names[0] and len(names) == 1:
                if isinstance(node, ast.ClassDef):
                    yield node
            elif node.name == names[0]:
                yield from _classes(node, names[1:])
        elif isinstance(node, (ast.stmt, ast.ExceptHandler)):
            yield from _classes(node, names)


def _best(found: Sequence[ast.ClassDef], line: Any, codes: Sequence[CodeType]) -> Tuple[int, int]:
    """Choose among classes of one name: by the line that 3.13 keeps, by the methods' lines, or the last one."""
    for node in found:
        if line is not NOTHING and _first_line(node) == line:
            return node.lineno, node.col_offset
    for node in found:
        if any(node.lineno <= code.co_firstlineno <= (node.end_lineno or 0) for code in codes):
            return node.lineno, node.col_offset
    return found[-1].lineno, found[-1].col_offset


def _bindings(scope: ast.AST) -> Iterator[Tuple[str, Tuple[int, int]]]:
    """Yield the names that a module or a function binds itself, and where."""
    if isinstance(scope, Function):
        arguments = scope.args
        for one in [*getattr(arguments, "posonlyargs", ()), *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]:
            if one is not None:
                yield one.arg, (one.lineno, one.col_offset)
    waiting: List[ast.AST] = list(getattr(scope, "body", ()))
    while waiting:
        node = waiting.pop()
        for name in _names(node):
            yield name, (node.lineno, node.col_offset)  # type: ignore[attr-defined]
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                yield alias.asname or alias.name.split(".")[0], (node.lineno, node.col_offset)
        if not isinstance(node, _OWN_SCOPES):
            waiting += ast.iter_child_nodes(node)


def _names(node: ast.AST) -> List[str]:
    if isinstance(node, ast.Name):
        return [node.id] if isinstance(node.ctx, ast.Store) else []
    if isinstance(node, (*_BLOCKS, ast.ExceptHandler)) or type(node).__name__ in ("MatchAs", "MatchStar"):
        name = node.name  # type: ignore[attr-defined]
        return [name] if name else []
    return [node.rest] if type(node).__name__ == "MatchMapping" and node.rest else []  # type: ignore[attr-defined]
