"""Which code is a source file's own: what its text is compiled to, told from whatever else runs under its name.

A template engine, an import hook or ``exec(compile(text, name, "exec"))`` gives a file's name to code of another text, and
positions alone do not tell: two texts of one shape have the same. So a file's text is compiled once, and code is the file's
own where it does, names and holds the same as something in there. A code object's own name is left out: decorators and test
tools rename functions whose text is still the file's.
"""

from __future__ import annotations
import __future__

import ast
import re
from array import array
from bisect import bisect_left
from types import CodeType
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple, Union

from .behaviour import HAS_EXCEPTION_TABLE, HAS_POSITIONS
from .compiling import nested, quietly_compile
from .digests import blake2b
from .linetable import line_runs, line_table

FUTURES = 0
"""The flags of code objects that say which features of the future their text asks for, or had lent to it by ``compile``."""
for _name in __future__.all_feature_names:
    FUTURES |= getattr(__future__, _name).compiler_flag

_SUSPENDS = 0x2A0
"""The flags of generators and coroutines."""

_ANY = compile("x", "", "eval")
_HAS_COLUMNS = not HAS_POSITIONS or [*_ANY.co_positions()][-1][2] is not None
"""Not with -X no_debug_ranges, where what comes out of __pycache__ may have them all the same: lines are compared then."""


def _positions(code: CodeType) -> bytes:
    if not _HAS_COLUMNS:
        return repr([*line_runs(code)]).encode()
    return line_table(code)


def code_key(code: CodeType) -> int:
    """Return what tells the code objects of all texts apart, but for their names and file names: 64 bits."""
    return int.from_bytes(_digest(code), "little")


def flat_key(code: CodeType) -> int:
    """Return the key of a code object without what is in the functions, classes and comprehensions inside."""
    return int.from_bytes(_digest(code, False), "little")


def lines_key(code: CodeType) -> int:
    """Return what tells the code objects of one text apart by where they lie in it. Nothing is asked of their constants: a long literal's, or
    the functions of a long module, take longer than to run the code."""
    about = blake2b(b"%d" % code.co_firstlineno, digest_size=8)
    for part in (code.co_code, line_table(code), "\0".join(code.co_varnames).encode("utf-8", "surrogatepass")):
        about.update(part)
    return int.from_bytes(about.digest(), "little")


def _digest(code: CodeType, deep: bool = True) -> bytes:
    about = blake2b(code.co_code, digest_size=8)
    add = about.update
    add(_positions(code))
    add(
        b"\0".join(
            [
                b"%d %d %d %d %d" % (code.co_firstlineno, code.co_argcount, code.co_kwonlyargcount, len(code.co_consts), len(code.co_code)),
                "\0".join(code.co_names + code.co_varnames + code.co_freevars + code.co_cellvars).encode("utf-8", "surrogatepass"),
                *[constant(one) if deep or type(one) is not CodeType else b"c" for one in code.co_consts],
            ]
        )
    )
    if HAS_EXCEPTION_TABLE:
        add(code.co_exceptiontable)
    return about.digest()


def constant(value: Any) -> bytes:
    """Return what tells constants apart. A value of a type that no compiler makes is never a file's own, and is not asked."""
    kind = type(value)
    if kind is str:
        text: str = value
        return b"s" + text.encode("utf-8", "surrogatepass")
    if kind is CodeType:
        return b"c" + _digest(value)
    if kind is int:
        return b"%x" % value
    if kind is bytes:
        return b"b%b" % value
    if kind is tuple:
        return b"(%b)" % b"\0,".join(map(constant, value))
    if kind is frozenset:  # the order of its items is another in each process
        return b"{%b}" % b"\0,".join(sorted(map(constant, value)))
    if kind is slice:
        return b"[%b]" % b"\0,".join(map(constant, (value.start, value.stop, value.step)))
    if kind is float or kind is complex or value is None or kind is bool or value is ...:
        return repr(value).encode()
    return b"?"


CELL = "<cell>"
"""What stands before the names of code that a notebook compiles of a cell's text, taken out of its function (tally/cells.py)."""
INDENT = 4
"""How far such a text stands to the right in the file, in columns."""
_OF_CELLS = re.compile("_cell_[A-Za-z0-9]+(?=_)")
"""What marimo puts before the names that are a cell's alone."""

NOTHING = code_key(compile("", "", "exec", 0, True))
"""The key of code that has no statements. Before 3.11 it has a line all the same."""


def does_nothing(code: CodeType) -> bool:
    """Report a module's code that names nothing, and has no constant but None."""
    return code.co_name == "<module>" and not code.co_names and all(one is None for one in code.co_consts)


class TextCode:
    """The code objects that one text is compiled to, in whatever ways somebody has asked about so far: keys and names."""

    __slots__ = ("keys", "names", "pieces", "tried")

    def __init__(self, keys: bytes = b"", names: str = "", pieces: bool = False) -> None:
        self.keys = keys  # in order, 8 bytes each
        self.names = names  # what the code objects with those keys are called, a line each
        self.pieces = pieces  # a notebook compiles its cells' statements one by one
        self.tried: Set[Tuple[int, int]] = set()

    def name(self, code: CodeType, key: int, text: Callable[[], bytes]) -> Optional[str]:
        """Return the name that the text gives to a code object with that key; None where it is compiled to no such code."""
        name = self._find(key)
        lent = code.co_flags & FUTURES
        if code.co_name == "<module>" and code.co_flags & _SUSPENDS:
            lent |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        for way in ((-1, lent), (0, lent), (1, lent), (2, lent)):
            if name is None and way not in self.tried:
                self.tried.add(way)
                self._add(compiled(text(), *way))
                if self.pieces:
                    self._add(compiled_apart(ast_body(text()), *way))
                self._add(codes_of_cells(text(), *way), CELL)
                name = self._find(key)
        if name is None and any(_OF_CELLS.match(one) for one in code.co_names):
            name = self._find(code_key(_without_cell(code)))
            if name is not None:
                self._know({key: name})
        return name

    def called(self, key: int) -> Optional[str]:
        """Return the name that a code object with that key was found to have."""
        return self._find(key)

    def _find(self, key: int) -> Optional[str]:
        keys = memoryview(self.keys).cast("Q")
        found = bisect_left(keys, key)
        return self.names.split("\n")[found] if found < len(keys) and keys[found] == key else None

    def _add(self, codes: List[CodeType], before: str = "") -> None:
        self._know({code_key(code): before + code.co_name for code in codes})

    def _know(self, more: Dict[int, str]) -> None:
        known = {**more, **dict(zip(memoryview(self.keys).cast("Q"), self.names.split("\n")))}
        order = sorted(known)
        self.keys, self.names = array("Q", order).tobytes(), "\n".join([known[key] for key in order])


def compiled(text: bytes, optimize: int = -1, flags: int = 0) -> List[CodeType]:
    """Return all code objects of a text; none where it cannot be compiled."""
    try:
        return list(nested(quietly_compile(text, "", flags, optimize)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def ast_body(text: bytes) -> List[ast.stmt]:
    """Return the statements of a text; none where it cannot be read."""
    try:
        return ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def compiled_apart(body: List[ast.stmt], optimize: int = -1, flags: int = 0) -> List[CodeType]:
    """Return all code objects of the statements of a notebook's cell, each compiled alone, and of all of them.

    IPython runs them so, those whose value it shows as if they were typed; marimo takes the last expression apart from the rest.
    """
    found: List[CodeType] = []
    try:
        for tree, mode in _apart(body):
            found += nested(quietly_compile(tree, "", flags, optimize, mode))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    return found


def codes_of_cells(text: bytes, optimize: int = -1, flags: int = 0) -> List[CodeType]:
    """Return all code objects that a marimo notebook makes of its cells where it runs as a script."""
    return [code for body in _cell_bodies(text) for code in compiled_apart(body, optimize, flags)]


def _cell_bodies(text: bytes) -> Iterator[List[ast.stmt]]:
    """Return the bodies of the functions that are the cells of a marimo notebook, without what these return.

    It takes their text out of the file, without the indentation, and moves the lines to their places, but not the columns.
    """
    if b"marimo" not in text or b"@app." not in text:
        return
    lines = text.split(b"\n")
    for one in ast_body(text):
        if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef)) and any(_is_of_app(made, "cell") for made in one.decorator_list):
            body = one.body[:-1] if isinstance(one.body[-1], ast.Return) else one.body
        elif isinstance(one, ast.With) and _is_of_app(one.items[0].context_expr, "setup"):
            body = one.body
        else:
            continue
        if body:
            first = min([body[0].lineno, *(made.lineno for made in getattr(body[0], "decorator_list", ()))])
            end = body[-1].end_lineno or first
            cell = [line[INDENT:] if line.startswith(b" " * INDENT) else line for line in lines[first - 1 : end]]
            yield [ast.increment_lineno(taken, first - 1) for taken in ast_body(b"\n".join(cell))]


def _is_of_app(node: ast.expr, name: str) -> bool:
    """Report app.cell and app.cell(…)."""
    made = node.func if isinstance(node, ast.Call) else node
    return isinstance(made, ast.Attribute) and made.attr == name


def _without_cell(code: CodeType) -> CodeType:
    """Return a code object with the names that the text has."""
    consts = tuple(_without_cell(one) if type(one) is CodeType else one for one in code.co_consts)
    return code.replace(co_names=tuple(_OF_CELLS.sub("", one, 1) for one in code.co_names), co_consts=consts)


def _apart(body: List[ast.stmt]) -> Iterator[Tuple[Union[ast.Module, ast.Expression, ast.Interactive], str]]:
    for one in body:
        yield ast.Module([one], []), "exec"
        yield ast.Interactive([one]), "single"
    if len(body) > 1:
        yield ast.Module(body, []), "exec"
    if body and isinstance(body[-1], ast.Expr):
        yield ast.Module(body[:-1], []), "exec"
        yield ast.Expression(body[-1].value), "eval"
