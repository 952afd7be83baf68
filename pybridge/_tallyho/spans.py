"""What is counted in a file: the spans of its statements, clauses, comprehension elements and lambdas.

Positions are (line, byte column) as ``ast`` and ``co_positions`` give them; only ``Span.record`` turns them into
characters. Each span belongs to an Owner, the piece of source that one code object is compiled from.
"""
from __future__ import annotations

import ast
import bisect
import sys
from typing import Dict, Iterator, List, Optional, Set, Tuple, Union

from .loops import Ending, set_endings
from .names import NAMED, Lookup, Names
from .source import Position, Source

KINDS: Dict[str, str] = {
    "FunctionDef": "def", "AsyncFunctionDef": "async def", "ClassDef": "class", "Return": "return", "Delete": "del",
    "Assign": "assign", "AugAssign": "assign", "AnnAssign": "assign", "TypeAlias": "type", "For": "for",
    "AsyncFor": "async for", "While": "while", "If": "if", "With": "with", "AsyncWith": "async with",
    "Match": "match", "Raise": "raise", "Try": "try", "TryStar": "try", "Assert": "assert", "Import": "import",
    "ImportFrom": "import", "Global": "global", "Nonlocal": "nonlocal", "Expr": "expression", "Pass": "pass",
    "Break": "break", "Continue": "continue", "ExceptHandler": "except", "match_case": "case",
    "ListComp": "comprehension", "SetComp": "comprehension", "DictComp": "comprehension",
    "GeneratorExp": "comprehension", "Lambda": "lambda",
}
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
CODE_NAMES = {"ListComp": "<listcomp>", "SetComp": "<setcomp>", "DictComp": "<dictcomp>",
              "GeneratorExp": "<genexpr>", "Lambda": "<lambda>"}
# A header that may leave no instruction of its own when its body stands on the same line (probes §4, last row).
STAND_INS = frozenset(("try", "case", "while", "if"))
FIRST_STATEMENTS = (ast.Module,) + DEFINITIONS


class Owner:
    """What one code object is compiled from: the module, a def, class, lambda, comprehension or type alias."""

    __slots__ = ("name", "qualname", "first_line", "start", "end", "function", "span", "header", "spans",
                 "elements")

    def __init__(self, name: str, qualname: str, first_line: int, start: Position, end: Position,
                 function: bool) -> None:
        self.name = name
        self.qualname = qualname
        self.first_line = first_line        # co_firstlineno
        self.start = start
        self.end = end
        self.function = function            # its inner names get "<locals>"
        self.span: Optional[Span] = None    # the lambda or comprehension that this code is
        self.header: Optional[Span] = None  # the def that makes it
        self.spans: List[Span] = []         # statements and clauses that run in it
        self.elements: List[Span] = []      # comprehensions and lambdas written in it

    def qualify(self, name: str) -> str:
        """Return the qualified name of something defined directly in this owner."""
        if not self.qualname:
            return name
        return self.qualname + (".<locals>." if self.function else ".") + name


class Span:
    """One thing that is counted."""

    __slots__ = ("index", "kind", "start", "end", "shown", "head", "parent", "owner", "names", "stand_in",
                 "constant", "no_code", "endings")

    def __init__(self, kind: str, start: Position, end: Position, parent: Optional[Span], owner: Owner) -> None:
        self.index = -1
        self.kind = kind
        self.start = start
        self.end = end
        self.shown = start                  # where the text starts: at "def", not at its decorators
        self.head = end                     # where the text ends: before the body of a compound statement
        self.parent = parent                # innermost span around it
        self.owner = owner
        self.names: Tuple[Lookup, ...] = ()
        self.stand_in: Optional[Span] = None  # body statement on the header's own line
        self.constant = False               # a test that is a true constant
        self.no_code = False
        self.endings: Tuple[Ending, ...] = ()   # of the loop that it follows

    @property
    def statement(self) -> bool:
        """Whether it is a statement or clause, and not an expression."""
        return self.kind != "comprehension" and self.kind != "lambda"

    def holds(self, at: Position) -> bool:
        """Whether a position lies in it."""
        return self.start <= at < self.end

    def within(self, other: Span) -> bool:
        """Whether it is written somewhere inside another span."""
        span = self.parent
        while span is not None:
            if span is other:
                return True
            span = span.parent
        return False

    def record(self, source: Source) -> List[object]:
        """Return the span as the file record carries it, columns in characters."""
        shown, end, head = source.characters(self.shown), source.characters(self.end), source.characters(self.head)
        return [*shown, *end, *head, self.kind, self.owner.qualname or "<module>", self.no_code]


class SpanTree:
    """All spans and owners of one source file. Raises what ``ast.parse`` raises."""

    def __init__(self, source: Source) -> None:
        self.source = source
        tree = ast.parse(source.data, source.path)
        last = len(source.lines)
        self.module = Owner("<module>", "", 1, (0, 0), (last + 1, 0), False)
        self.spans: List[Span] = []
        self.owners: Dict[Tuple[int, str], List[Owner]] = {}
        self.elements: Dict[Tuple[Position, Position], List[Tuple[Span, bool]]] = {}
        self._add_owner(self.module)
        _Walk(self, tree).run()
        self.spans.sort(key=lambda span: (span.shown, (-span.end[0], -span.end[1]), not span.statement))
        for index, span in enumerate(self.spans):
            span.index = index
        self.comprehensions = sorted((span for span in self.spans if span.kind == "comprehension"),
                                     key=lambda span: (span.start, (-span.end[0], -span.end[1])))
        self._comprehension_starts = [span.start for span in self.comprehensions]

    def records(self) -> List[List[object]]:
        """Return the spans of the file record."""
        return [span.record(self.source) for span in self.spans]

    def in_comprehension(self, at: Position, inside: Span) -> bool:
        """Whether a position lies in a comprehension that is written inside a span."""
        found = bisect.bisect_right(self._comprehension_starts, at) - 1
        span: Optional[Span] = self.comprehensions[found] if found >= 0 else None
        while span is not None:
            if span.kind == "comprehension" and span.holds(at) and span.within(inside):
                return True
            span = span.parent
        return False

    def _add_owner(self, owner: Owner) -> None:
        self.owners.setdefault((owner.first_line, owner.name), []).append(owner)


def _start(node: ast.AST) -> Position:
    return node.lineno, node.col_offset  # type: ignore[attr-defined]


def _end(node: ast.AST) -> Position:
    return node.end_lineno, node.end_col_offset  # type: ignore[attr-defined]


class _Fields(Dict[type, Tuple[str, ...]]):
    """The fields of each kind of node that may hold others, the last first."""

    def __missing__(self, cls: type) -> Tuple[str, ...]:
        fields: Tuple[str, ...] = getattr(cls, "_fields", ())
        self[cls] = found = tuple(field for field in reversed(fields) if field not in _PLAIN_FIELDS)
        return found


_PLAIN_FIELDS = frozenset(("ctx", "op", "ops", "id", "attr", "kind", "names", "module", "level", "asname", "simple",
                           "conversion", "is_async", "rest", "kwd_attrs", "type_comment", "type_ignores", "arg"))
_FIELDS = _Fields()
_WORDS: Dict[type, str] = {getattr(ast, name): word for name, word in KINDS.items() if hasattr(ast, name)}

_Todo = Tuple[ast.AST, Optional[Span], Owner, Names]


class _Walk:
    """One pass over a syntax tree, without recursion: an expression may be thousands deep."""

    def __init__(self, tree: SpanTree, root: ast.AST) -> None:
        self.tree = tree
        self.source = tree.source
        self.root = root
        self.todo: List[_Todo] = []
        self.by_node: Dict[int, Span] = {}
        self.bodies: List[Tuple[Span, ast.AST]] = []
        self.names: List[Tuple[Span, Names]] = []
        self.docstrings: Set[int] = set()
        self.declared: Set[str] = set()
        self.lazy = sys.version_info >= (3, 14) and not _says_strings(root)
        """Annotations are evaluated when they are asked for; those of a class leave no code in its body (PEP 749)."""

    def run(self) -> None:
        """Fill the tree."""
        self._children(self.root, None, self.tree.module, Names())
        while self.todo:
            self._visit(*self.todo.pop())
        for span, node in self.bodies:
            self._finish(span, node)
        self._add_arguments()
        for span, names in self.names:
            span.names = names.lookups()
        set_endings(self.tree.spans, self.by_node, self._blocks(), frozenset(self.declared))

    def _add_arguments(self) -> None:
        """Let the first statement of each function show the arguments."""
        names_of = {id(span): names for span, names in self.names}
        for _, node in self.bodies:
            if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            spans = (self.by_node.get(id(statement)) for statement in node.body)
            first = next((span for span in spans if span is not None and not span.no_code), None)
            if first is not None and first.kind not in ("def", "async def", "class"):
                names_of[id(first)].add_arguments(node.args)

    def _blocks(self) -> Iterator[List[ast.stmt]]:
        for node in [self.root] + [node for _, node in self.bodies]:
            for field in ("body", "orelse", "finalbody"):
                block = getattr(node, field, None)
                if type(block) is list and len(block) > 1:
                    yield block

    def _visit(self, node: ast.AST, parent: Optional[Span], owner: Owner, names: Names) -> None:
        cls = type(node)
        if cls not in _WORDS:
            if cls in NAMED:
                names.add(node)
            self._children(node, parent, owner, names)
            return
        kind, word = cls.__name__, _WORDS[cls]
        span = self._span(node, word, parent, owner)
        names.add_declared(node)
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            self.declared.update(node.names)
        names = Names()
        names.add_statement(node)
        self.names.append((span, names))
        inner = owner
        if isinstance(node, DEFINITIONS):
            inner = self._definition(node, owner)
            inner.header = span
        elif isinstance(node, COMPREHENSIONS + (ast.Lambda,)):
            self._expression_owner(node, kind, span, owner)
        elif kind == "TypeAlias":
            name = node.name.id  # type: ignore[attr-defined]
            self.tree._add_owner(Owner(name, owner.qualify(name), _start(node)[0], _start(node), _end(node), True))
        self._children(node, span, owner, names, inner)

    def _children(self, node: ast.AST, span: Optional[Span], owner: Owner, names: Names,
                  inner: Optional[Owner] = None) -> None:
        """Put a node's children on the stack, the last first; a body may belong to another owner than the header."""
        todo = self.todo
        for field in _FIELDS[type(node)]:
            value = getattr(node, field, None)
            scope = inner if inner is not None and field == "body" else owner
            holder = names
            if field == "args" and type(node) is ast.Lambda:
                holder = Names()            # its defaults are read where it is written, which shows no names of it
            if type(value) is list:
                for child in reversed(value):
                    if type(child) is not ast.Constant and isinstance(child, ast.AST):
                        todo.append((child, span, scope, holder))
            elif type(value) is not ast.Constant and isinstance(value, ast.AST):
                todo.append((value, span, scope, holder))
        if isinstance(node, FIRST_STATEMENTS) and node.body:
            statement = node.body[0]
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) \
                    and isinstance(statement.value.value, str):
                self.docstrings.add(id(statement))

    def _span(self, node: ast.AST, word: str, parent: Optional[Span], owner: Owner) -> Span:
        if word == "case":
            pattern = node.pattern  # type: ignore[attr-defined]
            lowest = parent.start[0] if parent is not None else 1
            line = self.source.keyword_line("case", pattern.lineno, lowest)
            text = self.source.utf8(line)
            start = line, len(text) - len(text.lstrip())
            end = _end(node.body[-1])  # type: ignore[attr-defined]
        else:
            start, end = _start(node), _end(node)
        span = Span(word, start, end, parent, owner)
        decorators = getattr(node, "decorator_list", None)
        if decorators:
            span.start = self._at_sign(decorators[0])
        span.no_code = id(node) in self.docstrings or self._without_code(node, parent, owner)
        self.tree.spans.append(span)
        if span.statement:
            owner.spans.append(span)
            if isinstance(getattr(node, "body", None), list) or word == "match":
                self.by_node[id(node)] = span
                self.bodies.append((span, node))
            else:
                self.by_node[id(node)] = span
        else:
            owner.elements.append(span)
        return span

    def _without_code(self, node: ast.AST, parent: Optional[Span], owner: Owner) -> bool:
        """Whether the compiler leaves nothing of a statement, wherever it stands."""
        if isinstance(node, (ast.Global, ast.Nonlocal)):
            return True
        if not isinstance(node, ast.AnnAssign) or node.value is not None or not isinstance(node.target, ast.Name):
            return False
        return owner.function or self.lazy and parent is not None and parent.kind == "class"

    def _at_sign(self, decorator: ast.expr) -> Position:
        line = self.source.keyword_line("@", decorator.lineno, max(1, decorator.lineno - 50))
        text = self.source.utf8(line)
        column = text.find(b"@")
        return (line, column) if column >= 0 else _start(decorator)

    def _definition(self, node: Union[ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef], owner: Owner) -> Owner:
        first = node.decorator_list[0].lineno if node.decorator_list else node.lineno
        inner = Owner(node.name, owner.qualify(node.name), first, _start(node), _end(node),
                      not isinstance(node, ast.ClassDef))
        self.tree._add_owner(inner)
        return inner

    def _expression_owner(self, node: ast.expr, kind: str, span: Span, owner: Owner) -> None:
        name = CODE_NAMES[kind]
        body = node.body if isinstance(node, ast.Lambda) else node
        made = Owner(name, owner.qualify(name), node.lineno, _start(body), _end(body), True)
        made.span = span
        self.tree._add_owner(made)
        if isinstance(node, ast.DictComp):
            at = _start(node.key), _end(node.value)
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            at = _start(node.elt), _end(node.elt)
        else:
            return
        self.tree.elements.setdefault(at, []).append((span, isinstance(node, ast.GeneratorExp)))

    def _finish(self, span: Span, node: ast.AST) -> None:
        """Set what a compound statement can only know once its body has spans."""
        if isinstance(node, COMPREHENSIONS + (ast.Lambda,)):
            return
        if span.kind == "match":
            body = node.cases  # type: ignore[attr-defined]
        else:
            body = node.body  # type: ignore[attr-defined]
        first = self.by_node.get(id(body[0]))
        if first is None:
            return
        span.head = max(self.source.before(first.start), span.shown)
        if span.kind in STAND_INS and first.start[0] == span.start[0]:
            span.stand_in = first
        test = getattr(node, "test", None)
        span.constant = isinstance(test, ast.Constant) and bool(test.value)


def _says_strings(root: ast.AST) -> bool:
    """Whether annotations are strings, by a future import of the module."""
    return any(isinstance(node, ast.ImportFrom) and node.module == "__future__"
               and any(alias.name == "annotations" for alias in node.names) for node in getattr(root, "body", ()))


def by_start(spans: List[Span]) -> Iterator[Tuple[Position, Span]]:
    """Yield spans with their starts, outer before inner."""
    for span in sorted(spans, key=lambda span: (span.start, (-span.end[0], -span.end[1]))):
        yield span.start, span
