"""Compiling what a person types so that it runs as if it stood in a frame.

In a function's frame the text becomes the body of a function of its own, whose
parameters are the frame's variables, all of them: lambdas and comprehensions in
it see them, and so do locals(), dir(), vars() and eval(). Globals are the frame's
real ones. What it assigns is carried back afterwards.
"""

from __future__ import annotations

import ast
from keyword import iskeyword
from types import CodeType, FrameType, FunctionType
from typing import Any, Dict, List, Optional, Set, Tuple

from ..base.classes import class_dict, is_class, mro, name_of
from ..base.namespaces import NOTHING, everything, field, shadows
from ..base.warningfilter import WarningFilter
from .expressions import FILENAME
from .fields import CO_OPTIMIZED

TOP_AWAIT = getattr(ast, "PyCF_ALLOW_TOP_LEVEL_AWAIT", 0x2000)
RESULT = "__tallyho_result"
OUT = "<tallyho out>"
"""Stands in the text for the dictionary that variables are carried back in: a constant, so that locals() does not show it."""

CLASS = "__tallyho_class"
NAME = "__tallyho"


class ParsedText:
    """A text that is parsed. Raises SyntaxError where it is no Python."""

    def __init__(self, text: str, statements: bool) -> None:
        self.source = source = text.strip() if not statements else text.strip("\n")
        silenced = WarningFilter(module=lambda module: module in (FILENAME, "sys"))
        try:
            try:
                tree = ast.parse(source, FILENAME, "eval")
                compile(tree, FILENAME, "eval", TOP_AWAIT, dont_inherit=True)
                self.body: List[ast.stmt] = [ast.Expr(value=tree.body, lineno=1, col_offset=0)]
            except SyntaxError:
                if not statements:
                    raise
                self.body = ast.parse(source, FILENAME, "exec").body
                compile(source, FILENAME, "exec", TOP_AWAIT, dont_inherit=True)
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError("%s: %s" % (type(error).__name__, error)) from None
        finally:
            silenced.end()
        self.awaits = _awaits(self.body)

    def has_value(self) -> bool:
        """Report whether the last statement is an expression, whose value is shown."""
        return bool(self.body) and isinstance(self.body[-1], ast.Expr)


def _awaits(body: List[ast.stmt]) -> bool:
    """Report whether statements await something themselves, outside of functions that they define."""
    todo: List[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, (ast.Await, ast.AsyncFor, ast.AsyncWith)):
            return True
        if isinstance(node, ast.comprehension) and node.is_async:
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
            todo += ast.iter_child_nodes(node)
    return False


class NameRewriter(ast.NodeTransformer):
    """Finds the names a text uses, and writes private names and super() as the class around the frame means them."""

    def __init__(self, frame: FrameType, local: Any) -> None:
        self.used: Set[str] = set()
        self.globals: Set[str] = set()
        self.frame = frame
        self.local = local
        self._home: Optional[Tuple[Optional[type], str]] = None

    @property
    def home(self) -> Tuple[Optional[type], str]:
        """The class in whose body the frame's function stands, and its name; (None, "") where it stands in none."""
        if self._home is None:
            self._home = home_of(self.frame, self.local)
        return self._home

    def _mangled(self, name: str) -> str:
        if not name.startswith("__") or name.endswith("__") or "." in name:
            return name
        owner = self.home[1].lstrip("_")
        return "_%s%s" % (owner, name) if owner else name

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id != RESULT and not node.id.startswith("__tallyho"):
            node.id = self._mangled(node.id)
        self.used.add(node.id)
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        node.attr = self._mangled(node.attr)
        return node

    def visit_Global(self, node: ast.Global) -> ast.AST:
        self.globals.update(node.names)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        plain = isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args and not node.keywords
        code = self.frame.f_code
        if plain and code.co_argcount and self.home[0] is not None:
            self.used |= {"super", code.co_varnames[0]}
            first = ast.Name(id=code.co_varnames[0], ctx=ast.Load())
            node.args = [ast.Name(id=CLASS, ctx=ast.Load()), first]
            return node
        self.generic_visit(node)
        return node


def home_of(frame: FrameType, names: Any) -> Tuple[Optional[type], str]:
    """Return the class that a frame's function is a method of, with its name."""
    found = names.get("__class__")
    if is_class(found):
        return found, name_of(found)
    code = frame.f_code
    if not code.co_argcount:
        return None, ""
    first = names.get(code.co_varnames[0])
    kind = first if is_class(first) else type(first)
    for base in mro(kind):
        member: Any = field(class_dict(base), code.co_name, None)
        for _ in range(20):
            if type(member) is FunctionType and member.__code__ is code:
                return base, name_of(base)
            if type(member) is property:
                member = member.fget
            elif type(member) is classmethod or type(member) is staticmethod:
                member = member.__func__
            elif type(member) is FunctionType:
                member = field(member.__dict__, "__wrapped__", None)
            else:
                break
    return None, ""


def _refuse_unbound(frame: FrameType, names: Set[str], body: List[ast.stmt]) -> None:
    """Raise NameError where a text means a variable that the frame's function has not bound, not the global it hides."""
    for name in sorted(names):
        if shadows(frame.f_code, name) and not any(_binds(node, name) for one in body for node in ast.walk(one)):
            raise NameError("name %r is not bound here" % name)


def _binds(node: ast.AST, name: str) -> bool:
    """Report whether a node may bind a name."""
    if isinstance(node, ast.Name):
        return node.id == name and not isinstance(node.ctx, ast.Load)
    return name in (getattr(node, "arg", None), getattr(node, "name", None), getattr(node, "asname", None))


class Scoped:
    """A text compiled for one frame of a function: a function to call, and the variables it is given."""

    def __init__(self, text: ParsedText, frame: FrameType) -> None:
        self.frame = frame
        self.before = everything(frame)
        names = NameRewriter(frame, self.before)
        body = [names.visit(one) for one in text.body]
        self.assigned = _assigned(body) - names.globals
        _refuse_unbound(frame, names.used - names.globals - self.before.keys(), body)
        given = {name: value for name, value in self.before.items() if name not in names.globals and _may_be_parameter(name)}
        if "super" in names.used and names.home[0] is not None:
            given[CLASS] = names.home[0]
        self.given = given
        self.out: Dict[str, Any] = {}
        self.value = text.has_value()
        self.awaits = text.awaits
        self.function = self._compile(body, list(given))

    def _compile(self, body: List[ast.stmt], parameters: List[str]) -> FunctionType:
        if self.value:
            last = body[-1]
            assert isinstance(last, ast.Expr)
            body = body[:-1] + [ast.Assign(targets=[ast.Name(id=RESULT, ctx=ast.Store())], value=last.value, lineno=1)]
        # Variables are carried back also where a statement raises.
        keep = ast.parse("%r.update(locals())" % OUT).body
        whole: List[ast.stmt] = [ast.Try(body=body, handlers=[], orelse=[], finalbody=keep)] if body else keep
        arguments = ast.arguments(
            posonlyargs=[], args=[ast.arg(arg=name) for name in parameters],
            kwonlyargs=[], kw_defaults=[], defaults=[],
        )  # fmt: skip
        make: Any = ast.AsyncFunctionDef if self.awaits else ast.FunctionDef
        definition = make(name=NAME, args=arguments, body=whole, decorator_list=[])
        definition.type_params = []  # required from 3.12 on; an older version looks at no such field
        module = ast.fix_missing_locations(ast.Module(body=[definition], type_ignores=[]))
        code = compile(module, FILENAME, "exec", dont_inherit=True)
        inner = next(one for one in code.co_consts if type(one) is CodeType)
        constants = tuple([self.out if type(one) is str and one == OUT else one for one in inner.co_consts])
        return FunctionType(inner.replace(co_consts=constants), self.frame.f_globals, NAME)

    def start(self) -> Any:
        """Call it: returns a coroutine, where it awaits. At its end `out` holds its variables."""
        return self.function(*self.given.values())

    def changes(self) -> Tuple[Dict[str, Any], List[str]]:
        """Return the variables that have a new value, and those that are deleted."""
        out = self.out
        if not out:
            return {}, []
        hidden = (RESULT, CLASS)
        set_ = {name: value for name, value in out.items()
                if name not in hidden and name in self.assigned and self.before.get(name, NOTHING) is not value}  # fmt: skip
        gone = [name for name in self.given if name in self.assigned and name not in out]
        return set_, gone


def _may_be_parameter(name: str) -> bool:
    """Report whether a frame's variable can have its name in a function of ours: not .0, which is a comprehension's."""
    return name.isidentifier() and not iskeyword(name)


def _assigned(body: List[ast.stmt]) -> Set[str]:
    """Return the names that a body binds or deletes in its own scope."""
    found: Set[str] = set()
    todo: List[ast.AST] = list(body)
    while todo:
        node = todo.pop()
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            found.add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.add(node.name)
            todo += node.decorator_list
            continue
        elif isinstance(node, ast.Lambda):
            continue
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            found.update((alias.asname or alias.name.split(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            found.add(node.name)
        elif type(node).__name__ in ("MatchAs", "MatchStar") and getattr(node, "name", None):
            found.add(node.name)  # type: ignore[attr-defined]
        elif type(node).__name__ == "MatchMapping" and getattr(node, "rest", None):
            found.add(node.rest)  # type: ignore[attr-defined]
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            todo += [one for one in ast.walk(node) if isinstance(one, ast.NamedExpr)]
            continue
        todo += ast.iter_child_nodes(node)
    return found


def plain(frame: FrameType) -> bool:
    """Report whether a frame's variables lie in a dictionary of their own: that of a module or a class body."""
    return not frame.f_code.co_flags & CO_OPTIMIZED


def compile_plain(text: ParsedText) -> Tuple[Optional[CodeType], Optional[CodeType]]:
    """Return the code of a text's statements and that of its value, to run with real dictionaries."""
    body = text.body
    value: Optional[CodeType] = None
    if text.has_value():
        last = body[-1]
        assert isinstance(last, ast.Expr)
        expression = ast.fix_missing_locations(ast.Expression(body=last.value))
        value = compile(expression, FILENAME, "eval", TOP_AWAIT if text.awaits else 0, dont_inherit=True)
        body = body[:-1]
    if not body:
        return None, value
    module = ast.fix_missing_locations(ast.Module(body=body, type_ignores=[]))
    return compile(module, FILENAME, "exec", TOP_AWAIT if text.awaits else 0, dont_inherit=True), value


__all__ = ["ParsedText", "Scoped", "compile_plain", "plain"]
