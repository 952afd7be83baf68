"""Which code is a source file's own: what its text is compiled to, told from whatever else runs under its name.

A template engine, an import hook or ``exec(compile(text, name, "exec"))`` gives a file's name to code of another text, and
positions alone do not tell: two texts of one shape have the same. So a file's text is compiled once, and code is the file's
own where it does, names and holds the same as something in there. A code object's own name is left out: decorators and test
tools rename functions whose text is still the file's.
"""

from __future__ import annotations
import __future__

import ast
from array import array
from bisect import bisect_left
from types import CodeType
from typing import Any, Callable, Iterator, List, Optional, Set, Tuple, Union

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


NOTHING = code_key(compile("", "", "exec", 0, True))
"""The key of code that has no statements. Before 3.11 it has a line all the same."""


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
                    self._add(compiled_apart(text(), *way))
                name = self._find(key)
        return name

    def _find(self, key: int) -> Optional[str]:
        keys = memoryview(self.keys).cast("Q")
        found = bisect_left(keys, key)
        return self.names.split("\n")[found] if found < len(keys) and keys[found] == key else None

    def _add(self, codes: List[CodeType]) -> None:
        known = dict(zip(memoryview(self.keys).cast("Q"), self.names.split("\n")))
        known.update((code_key(code), code.co_name) for code in codes)
        order = sorted(known)
        self.keys, self.names = array("Q", order).tobytes(), "\n".join([known[key] for key in order])


def compiled(text: bytes, optimize: int = -1, flags: int = 0) -> List[CodeType]:
    """Return all code objects of a text; none where it cannot be compiled."""
    try:
        return list(nested(quietly_compile(text, "", flags, optimize)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []


def compiled_apart(text: bytes, optimize: int = -1, flags: int = 0) -> List[CodeType]:
    """Return all code objects of the statements of a notebook's cell, each compiled alone.

    IPython runs them so, those whose value it shows as if they were typed; marimo takes the last expression apart from the rest.
    """
    found: List[CodeType] = []
    try:
        body = ast.parse(text).body
        for tree, mode in _apart(body):
            found += nested(quietly_compile(tree, "", flags, optimize, mode))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        pass
    return found


def _apart(body: List[ast.stmt]) -> Iterator[Tuple[Union[ast.Module, ast.Expression, ast.Interactive], str]]:
    for one in body:
        yield ast.Module([one], []), "exec"
        yield ast.Interactive([one]), "single"
    if body and isinstance(body[-1], ast.Expr):
        yield ast.Module(body[:-1], []), "exec"
        yield ast.Expression(body[-1].value), "eval"
