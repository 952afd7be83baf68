"""Compiling a text without running or warning of anything."""

from __future__ import annotations

import ast
from types import CodeType
from typing import Iterator, Union

from .warningfilter import WarningFilter

_NAME = "<tallyho source %d>"


def nested(code: CodeType) -> Iterator[CodeType]:
    """Yield a code object and all that it contains."""
    yield code
    for constant in code.co_consts:
        if type(constant) is CodeType:
            yield from nested(constant)


def quietly_compile(
    source: Union[bytes, ast.Module, ast.Expression, ast.Interactive], path: str, flags: int = 0, optimize: int = -1, mode: str = "exec"
) -> CodeType:
    """Compile a text or a tree; warnings about the text are the program's own business.

    The filter names our file name alone, so a warning that the program gives in
    the meantime is shown as ever.
    """
    name = _NAME % id(source)
    silenced = WarningFilter(module=lambda module: module == name)
    try:
        code: CodeType = compile(source, name, mode, flags, True, optimize)
        return code
    finally:
        silenced.end()
