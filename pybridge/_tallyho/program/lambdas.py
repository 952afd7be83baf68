"""Lambdas of an event that only look at its locals: asked like an expression, without an Event.

`lambda event: event.locals.get("i") == 3` needs the local i and nothing else. What calls anything but harmless
builtins may have effects, and stays a callable of an Event that is asked whenever hunter would ask it.
"""

from __future__ import annotations

import ast
from types import FrameType
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..base.namespaces import local
from .expressions import MISSING, MOST_NAMES, Inline, build_function
from .fields import CO_OPTIMIZED

_HARMLESS = frozenset(
    "abs all any bool bytes callable chr dict divmod float frozenset hash hex id int isinstance issubclass len list max min "
    "ord pow range repr reversed round set sorted str sum tuple type zip".split()
)
_PREFIX = "_tallyho_local_"


class LocalsLambda:
    """A lambda as an expression over locals; takes the place of an Expression."""

    def __init__(self, text: str, names: Dict[str, Any]) -> None:
        self.text = text
        self.names: Tuple[Tuple[str, Any], ...] = tuple(names.items())
        self.function: Callable[..., Any] = self._build({})

    def _build(self, globals_: Dict[str, Any]) -> Callable[..., Any]:
        return build_function([_PREFIX + name for name, _ in self.names], self.text, globals_)  # type: ignore[no-any-return]

    def value(self, frame: FrameType) -> Any:
        """Evaluate it for a frame."""
        locals_ = local(frame)
        values = [locals_.get(name, absent) for name, absent in self.names]
        if any(value is MISSING for value in values):
            raise NameError("name %r is not bound here" % self.missing(frame)[0])
        return self.function(*values)

    def missing(self, frame: FrameType) -> List[str]:
        """Return the locals that it cannot do without and that are not bound where a frame is now."""
        return [name for name, absent in self.names if absent is MISSING and name not in local(frame)]

    def ask(self, event: Any) -> Any:
        """Evaluate it for an event."""
        return self.value(event.frame)

    holds = value

    def guard(self, frame: FrameType) -> Callable[[FrameType], Any]:
        """Return what asks a frame."""
        return self.value

    def locals_condition(self, frame: FrameType, native: Any) -> Optional[Callable[[FrameType], Any]]:
        """Return what asks a frame and fetches the locals in C; None where there is none."""
        code = frame.f_code
        own = set(code.co_varnames + code.co_cellvars + code.co_freevars)
        if not code.co_flags & CO_OPTIMIZED or len(self.names) > MOST_NAMES or any(name not in own for name, _ in self.names):
            return None
        return native.LocalsCondition(self.function, self.names, MISSING)  # type: ignore[no-any-return]

    def inline(self, frame: FrameType) -> Optional[Inline]:
        """Return the lambda as text for a function of ours; None where a constant cannot be written there."""
        if any(absent is not MISSING and type(absent) not in _WRITTEN for _, absent in self.names):
            return None
        return Inline([(_PREFIX + name, name, absent) for name, absent in self.names], self.text, {})


_WRITTEN = (str, bytes, bool, type(None), int)


class _Locals(ast.NodeTransformer):
    """Puts a name of ours where the event's locals are looked into."""

    def __init__(self, event: str) -> None:
        self.event = event
        self.names: Dict[str, Any] = {}
        self.good = True

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        index = getattr(node.slice, "value", node.slice) if type(node.slice).__name__ == "Index" else node.slice
        if self._are_locals(node.value) and isinstance(index, ast.Constant) and type(index.value) is str:
            return self._name(index.value, MISSING)
        return self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        function, arguments = node.func, node.args
        if isinstance(function, ast.Attribute) and function.attr == "get" and self._are_locals(function.value):
            constants: List[Any] = [a.value for a in arguments if isinstance(a, ast.Constant)]
            if not node.keywords and len(constants) == len(arguments) in (1, 2) and type(constants[0]) is str:
                return self._name(constants[0], constants[1] if len(constants) == 2 else None)
        if not (isinstance(function, ast.Name) and function.id in _HARMLESS):
            self.good = False
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id == self.event or node.id.startswith(_PREFIX):
            self.good = False
        return node

    def _are_locals(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Attribute) and node.attr == "locals":
            return isinstance(node.value, ast.Name) and node.value.id == self.event
        return False

    def _name(self, name: str, absent: Any) -> ast.AST:
        known = self.names.setdefault(name, absent)
        if not name.isidentifier() or not (known is absent or type(known) is type(absent) and known == absent):
            self.good = False
        return ast.Name(_PREFIX + name, ast.Load())


_UNFIT = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)


def of_locals(text: str) -> Optional[LocalsLambda]:
    """Return a lambda as one of locals, None where it looks at more or may have effects."""
    try:
        tree: ast.AST = ast.parse(text.strip(), "<tallyho expression>", "eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(tree, ast.Lambda) or any(isinstance(node, _UNFIT) for node in ast.walk(tree.body)):
        return None
    spec = tree.args
    if len(spec.args) != 1 or spec.posonlyargs or spec.vararg or spec.kwonlyargs or spec.kwarg or spec.defaults:
        return None
    finder = _Locals(spec.args[0].arg)
    body = ast.fix_missing_locations(finder.visit(tree.body))
    if not finder.good or not finder.names:
        return None
    return LocalsLambda(ast.unparse(body), finder.names)
