"""Reading a file's syntax: the spans and owners of a SpanTree, in one pass over its ``ast``."""

from __future__ import annotations

import ast
from typing import Dict, Iterator, List, Optional, Set, Tuple, Union

from ..base.behaviour import ANNOTATES_LATE
from ..base.names import NAMED, LookupCollector
from ..base.source import Position, Source
from .loops import set_endings
from .spans import Owner, Span, SpanTree

KINDS: Dict[str, str] = {
    "FunctionDef": "def",
    "AsyncFunctionDef": "async def",
    "ClassDef": "class",
    "Return": "return",
    "Delete": "del",
    "Assign": "assign",
    "AugAssign": "assign",
    "AnnAssign": "assign",
    "TypeAlias": "type",
    "For": "for",
    "AsyncFor": "async for",
    "While": "while",
    "If": "if",
    "With": "with",
    "AsyncWith": "async with",
    "Match": "match",
    "Raise": "raise",
    "Try": "try",
    "TryStar": "try",
    "Assert": "assert",
    "Import": "import",
    "ImportFrom": "import",
    "Global": "global",
    "Nonlocal": "nonlocal",
    "Expr": "expression",
    "Pass": "pass",
    "Break": "break",
    "Continue": "continue",
    "ExceptHandler": "except",
    "match_case": "case",
    "ListComp": "comprehension",
    "SetComp": "comprehension",
    "DictComp": "comprehension",
    "GeneratorExp": "comprehension",
    "Lambda": "lambda",
}
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
CODE_NAMES = {"ListComp": "<listcomp>", "SetComp": "<setcomp>", "DictComp": "<dictcomp>", "GeneratorExp": "<genexpr>", "Lambda": "<lambda>"}
# A header that may leave no instruction of its own when its body stands on the same line: `try: f()`.
STAND_INS = frozenset(("try", "case", "while", "if"))
FIRST_STATEMENTS = (ast.Module,) + DEFINITIONS


def read(source: Source) -> SpanTree:
    """Return the spans and owners of a source file. Raises what ``ast.parse`` raises."""
    root = ast.parse(source.data, source.path)
    tree = SpanTree(len(source.lines))
    _Walk(tree, source, root).run()
    return tree


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


_PLAIN_FIELDS = frozenset(
    (
        "ctx",
        "op",
        "ops",
        "id",
        "attr",
        "kind",
        "names",
        "module",
        "level",
        "asname",
        "simple",
        "conversion",
        "is_async",
        "rest",
        "kwd_attrs",
        "type_comment",
        "type_ignores",
        "arg",
    )
)
_FIELDS = _Fields()
_WORDS: Dict[type, str] = {getattr(ast, name): word for name, word in KINDS.items() if hasattr(ast, name)}

_Todo = Tuple[ast.AST, Optional[Span], Owner, LookupCollector]


class _Walk:
    """One pass over a syntax tree, without recursion: an expression may be thousands deep."""

    def __init__(self, tree: SpanTree, source: Source, root: ast.AST) -> None:
        self.tree = tree
        self.source = source
        self.root = root
        self.todo: List[_Todo] = []
        self.by_node: Dict[int, Span] = {}
        self.bodies: List[Tuple[Span, ast.AST]] = []
        self.names: List[Tuple[Span, LookupCollector]] = []
        self.docstrings: Set[int] = set()
        self.declared: Set[str] = set()
        self.stand_ins: List[Tuple[Span, Span]] = []
        self.headers: List[Tuple[Owner, Span]] = []
        self.expressions: List[Tuple[Owner, Span]] = []
        self.lazy = ANNOTATES_LATE and not _says_strings(root)
        """Annotations are evaluated when they are asked for."""

    def run(self) -> None:
        """Fill the tree."""
        self._children(self.root, None, self.tree.module, LookupCollector())
        while self.todo:
            self._visit(*self.todo.pop())
        for span, node in self.bodies:
            self._finish(span, node)
        self._add_arguments()
        for span, names in self.names:
            span.names = names.lookups()
        set_endings(self.tree.spans, self.by_node, self._blocks(), frozenset(self.declared))
        self.tree.number()
        for span, body in self.stand_ins:
            span.stand_in = body.index
        for owner, span in self.headers:
            owner.header = span.index
        for owner, span in self.expressions:
            owner.span = span.index

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

    def _visit(self, node: ast.AST, parent: Optional[Span], owner: Owner, names: LookupCollector) -> None:
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
        names = LookupCollector()
        names.add_statement(node)
        self.names.append((span, names))
        inner = owner
        if isinstance(node, DEFINITIONS):
            inner = self._definition(node, owner)
            self.headers.append((inner, span))
        elif isinstance(node, COMPREHENSIONS + (ast.Lambda,)):
            self._expression_owner(node, kind, span, owner)
        elif kind == "TypeAlias":
            name = node.name.id  # type: ignore[attr-defined]
            self.tree.add_owner(Owner(name, owner.qualify(name), _start(node)[0], _start(node), _end(node), True))
        self._children(node, span, owner, names, inner)

    def _children(self, node: ast.AST, span: Optional[Span], owner: Owner, names: LookupCollector, inner: Optional[Owner] = None) -> None:
        """Put a node's children on the stack, the last first; a body may belong to another owner than the header."""
        todo = self.todo
        for field in _FIELDS[type(node)]:
            value = getattr(node, field, None)
            scope = inner if inner is not None and field == "body" else owner
            holder = names
            if field == "args" and type(node) is ast.Lambda:
                holder = LookupCollector()  # a lambda's defaults are read where it is written: its own span shows none of their names
            if type(value) is list:
                for child in reversed(value):
                    if type(child) is not ast.Constant and isinstance(child, ast.AST):
                        todo.append((child, span, scope, holder))
            elif type(value) is not ast.Constant and isinstance(value, ast.AST):
                todo.append((value, span, scope, holder))
        if isinstance(node, FIRST_STATEMENTS) and node.body:
            statement = node.body[0]
            if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str):
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
        self.tree.add(span)
        if span.statement:
            if isinstance(getattr(node, "body", None), list) or word == "match":
                self.by_node[id(node)] = span
                self.bodies.append((span, node))
            else:
                self.by_node[id(node)] = span
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
        inner = Owner(node.name, owner.qualify(node.name), first, _start(node), _end(node), not isinstance(node, ast.ClassDef))
        self.tree.add_owner(inner)
        return inner

    def _expression_owner(self, node: ast.expr, kind: str, span: Span, owner: Owner) -> None:
        name = CODE_NAMES[kind]
        body = node.body if isinstance(node, ast.Lambda) else node
        made = Owner(name, owner.qualify(name), node.lineno, _start(body), _end(body), True)
        self.expressions.append((made, span))
        self.tree.add_owner(made)
        if isinstance(node, ast.DictComp):
            value: Optional[ast.expr] = node.value  # None: {**each for …}, from 3.15 on (PEP 798)
            self.tree.add_element(_start(node.key), _end(value or node.key), span, False)
        elif isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp)):
            self.tree.add_element(_start(node.elt), _end(node.elt), span, isinstance(node, ast.GeneratorExp))

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
            self.stand_ins.append((span, first))
        test = getattr(node, "test", None)
        span.constant = isinstance(test, ast.Constant) and bool(test.value)


def _says_strings(root: ast.AST) -> bool:
    """Whether annotations are strings, by a future import of the module."""
    return any(
        isinstance(node, ast.ImportFrom) and node.module == "__future__" and any(alias.name == "annotations" for alias in node.names)
        for node in getattr(root, "body", ())
    )
