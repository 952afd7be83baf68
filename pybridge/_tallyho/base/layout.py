"""Logical lines of a source text: which lines belong to one statement, or to the header of one that has a body."""

from __future__ import annotations

import ast
import io
import tokenize
from typing import Dict, List, Optional, Set, Tuple

Extent = Tuple[int, int]
"""First and last line."""

_NOTHING = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)


class Layout:
    """The logical lines of one text that are more than one line, its decorated statements, `with` blocks and comprehensions."""

    def __init__(self, data: bytes) -> None:
        self.extents: List[Extent] = []
        self.functions: Set[int] = set()
        """First lines of logical lines that begin a function: its body runs when it is called."""
        self.decorated: List[Extent] = []
        """Decorators and the header below them, where control comes back to the decorators."""
        self.blocks: Dict[int, int] = {}
        """First line of a `with` statement -> last line of its body."""
        self.comprehensions: Dict[int, List[Extent]] = {}
        """Line -> the columns, in bytes, of the comprehensions that lie on that line alone."""
        try:
            self._read(data)
            self._find_blocks(ast.parse(data))
        except (SyntaxError, ValueError, LookupError, RecursionError, MemoryError, tokenize.TokenError):
            pass

    def _read(self, data: bytes) -> None:
        first = decorators = 0
        begins = ""
        for token in tokenize.tokenize(io.BytesIO(data).readline):
            if token.type in _NOTHING:
                continue
            if not first:
                first, begins = token.start[0], token.string
            elif begins == "async":
                begins = token.string
            if token.type == tokenize.NEWLINE:
                last = token.start[0]
                self._add(first, last, begins)
                decorators = decorators or first if begins == "@" else 0 if not decorators else self._decorate(decorators, last)
                first = 0

    def _add(self, first: int, last: int, begins: str) -> None:
        if last > first:
            self.extents.append((first, last))
            if begins == "def":
                self.functions.add(first)

    def _decorate(self, first: int, last: int) -> int:
        self.decorated.append((first, last))
        return 0

    def _find_blocks(self, tree: ast.AST) -> None:
        for node in ast.walk(tree):
            if isinstance(node, (ast.With, ast.AsyncWith)):
                self.blocks[node.lineno] = node.end_lineno or node.lineno
            elif isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp)) and node.lineno == node.end_lineno:
                self.comprehensions.setdefault(node.lineno, []).append((node.col_offset, node.end_col_offset or 0))

    def around(self, line: int) -> Extent:
        """Return the lines of the logical line that a line belongs to."""
        return _holder(self.extents, line) or (line, line)

    def statement(self, line: int) -> Extent:
        """Return the lines of the logical line that a line belongs to, with its decorators."""
        return _holder(self.decorated, line) or self.around(line)

    def begins_function(self, extent: Extent) -> bool:
        """Report whether a logical line is the header of a function."""
        return extent[0] in self.functions


def _holder(extents: List[Extent], line: int) -> Optional[Extent]:
    return next((one for one in extents if one[0] <= line <= one[1]), None)


__all__ = ["Extent", "Layout"]
