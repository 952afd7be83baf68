"""The names that a statement shows: decided from its syntax, once, and without running anything.

Plain names follow tracefunc's rules; captures of patterns, attributes and items with a simple index are ours.
"""

from __future__ import annotations

import ast
from typing import Dict, List, Optional, Set, Tuple, Union

Step = Tuple[str, Union[str, int]]
"""("attr", name), ("item", constant), ("key", name of the variable that holds the index), or ("any", …) with an index that nobody computes twice."""

ANY: Step = ("any", "…")
DEPTH = 4  # steps of a chain such as self.a.b["k"]
LIMIT = 40  # lookups of one statement


NAMED = frozenset(
    getattr(ast, name) for name in ("Name", "Call", "Attribute", "Subscript", "MatchAs", "MatchStar", "MatchMapping") if hasattr(ast, name)
)
"""The kinds of expressions and patterns that Names.add looks at."""


class Lookup:
    """One thing to look up: a name, or a chain of attributes and items that starts at one."""

    __slots__ = ("text", "root", "steps", "classic", "stored", "by_default", "argument")

    def __init__(self, text: str, root: str, steps: Tuple[Step, ...], classic: bool, stored: bool, by_default: bool = True) -> None:
        self.text = text
        self.root = root
        self.steps = steps
        self.classic = classic  # one of those that tracefunc shows
        self.stored = stored  # assigned to by the statement
        self.by_default = by_default  # worth showing where a person chose nothing
        self.argument = False  # shown for the def's sake: what the function was called with


class LookupCollector:
    """Collects the lookups of one statement while its syntax is walked."""

    __slots__ = ("found", "inner")

    def __init__(self) -> None:
        self.found: Dict[str, Lookup] = {}
        self.inner: Set[int] = set()  # nodes that show nothing by themselves: called, or inside a chain

    def add_statement(self, node: ast.AST) -> None:
        """Add the names that a statement or clause itself binds or declares."""
        for name in _declared(node):
            self._add(name, True, True)
        if isinstance(node, (ast.Global, ast.Nonlocal, ast.Import, ast.ImportFrom)):
            return
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            self._add(node.name, True, True)
        elif isinstance(node, ast.ExceptHandler) and node.name:
            self._add(node.name, True, True)

    def add_declared(self, node: ast.AST) -> None:
        """Add what a statement in the body declares or imports: tracefunc shows it at the header as well."""
        for name in _declared(node):
            if name not in self.found:
                self.found[name] = Lookup(name, name, (), True, False, False)

    def add_arguments(self, args: ast.arguments) -> None:
        """Add a function's parameters: at its first statement they hold what it was called with."""
        listed = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
        for name in [arg.arg for arg in listed if arg is not None and arg.arg not in ("self", "cls")][:LIMIT]:
            known = self.found.setdefault(name, Lookup(name, name, (), False, False))
            known.by_default = known.argument = True

    def add(self, node: ast.AST) -> None:
        """Add what an expression or pattern names."""
        kind = type(node)
        if kind is ast.Name:
            assert isinstance(node, ast.Name)
            self._add(node.id, True, type(node.ctx) is not ast.Load)
        elif kind is ast.Call:
            assert isinstance(node, ast.Call)
            self.inner.add(id(node.func))
        elif kind is ast.Attribute or kind is ast.Subscript:
            if id(node) not in self.inner:
                self._add_chain(node)
        elif kind.__name__ in ("MatchAs", "MatchStar"):
            name = getattr(node, "name", None)
            if name:
                self._add(name, False, True)
        elif kind.__name__ == "MatchMapping":
            rest = getattr(node, "rest", None)
            if rest:
                self._add(rest, False, True)

    def lookups(self) -> Tuple[Lookup, ...]:
        """Return what was found: assigned names first, then in order of the source."""
        found = list(self.found.values())
        found.sort(key=lambda lookup: not lookup.stored)
        return tuple(found)

    def _add(self, name: str, classic: bool, stored: bool) -> None:
        known = self.found.get(name)
        if known is not None:
            known.stored |= stored
            known.by_default = True
            known.classic |= classic
        else:
            self.found[name] = Lookup(name, name, (), classic, stored)

    def _add_chain(self, node: ast.AST) -> None:
        if len(self.found) >= LIMIT:
            return
        steps: List[Step] = []
        text: List[str] = []
        stored = type(getattr(node, "ctx", None)) is ast.Store
        while not isinstance(node, ast.Name):
            step = _step(node)
            if step is None and stored and isinstance(node, ast.Subscript):
                step = ANY  # frame.loc[mask, "x"] = 0: what it changes is a part of what can be read
            if step is None or len(steps) == DEPTH:
                return
            steps.append(step)
            text.append(step_text(step))
            node = node.value  # type: ignore[attr-defined]
            self.inner.add(id(node))
        shown = node.id + "".join(reversed(text))
        if shown not in self.found:
            self.found[shown] = Lookup(shown, node.id, tuple(reversed(steps)), False, stored)


def step_text(step: Step) -> str:
    """Return a step of a chain as it is written."""
    kind, key = step
    if kind == "attr":
        return "." + str(key)
    return "[%s]" % (repr(key) if kind == "item" else key)


def _declared(node: ast.AST) -> List[str]:
    """Return the names of global, nonlocal and import statements."""
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return node.names
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    return []


def _step(node: ast.AST) -> Optional[Step]:
    if isinstance(node, ast.Attribute):
        return "attr", node.attr
    if not isinstance(node, ast.Subscript):
        return None
    index: ast.AST = node.slice
    if type(index).__name__ == "Index":  # up to 3.8; still what some tools build
        index = index.value  # type: ignore[attr-defined]
    if isinstance(index, ast.Name):
        return "key", index.id
    if isinstance(index, ast.Constant) and type(index.value) in (str, int):
        return "item", index.value  # type: ignore[return-value]
    if (
        isinstance(index, ast.UnaryOp)
        and isinstance(index.op, ast.USub)
        and isinstance(index.operand, ast.Constant)
        and type(index.operand.value) is int
    ):
        return "item", -index.operand.value
    return None
