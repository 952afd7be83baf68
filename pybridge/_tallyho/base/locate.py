"""Where a line tracepoint really lies: on a line of its statement, or the next line with code, in the same function if that has one."""

from __future__ import annotations

import dis
from types import CodeType
from typing import Dict, FrozenSet, Iterable, Iterator, List, NamedTuple, Optional, Set, Tuple

from .behaviour import HAS_LINE_TABLE
from .compiling import nested, quietly_compile
from .entering import COMPREHENSIONS, SILENT, comes_back, is_part
from .layout import Layout
from .linetable import line_runs

MAX_SOURCE = 32 << 20
MOST_FILES = 200
MOST_CODE = 1 << 20
"""Bytes of a code object whose flow is still looked at."""


def code_lines(code: CodeType) -> Set[int]:
    """Return the lines of a code object itself that have a line event."""
    if HAS_LINE_TABLE:
        # A line of None or 0 belongs to no statement; the RESUME's line is
        # where the function starts and has no event of its own.
        return {line for _, _, line in line_runs(code) if line}
    return {line for _, line in dis.findlinestarts(code) if line}


def event_lines(code: CodeType) -> Set[int]:
    """Return the lines at which a line event is reported: those of any instruction but the silent ones.

    The first instruction of a lambda, a generator expression or a function on one
    line is silent, and the next one, on the same line, is not.
    """
    lines: Set[int] = set()
    starts = dict(_line_starts(code))
    line: Optional[int] = None
    for instruction in dis.get_instructions(code):
        line = starts.get(instruction.offset, line)
        if line and instruction.opname not in SILENT:
            lines.add(line)
    return lines


def _line_starts(code: CodeType) -> Iterator[Tuple[int, Optional[int]]]:
    if HAS_LINE_TABLE:
        for start, _, line in line_runs(code):
            yield start, line
    else:
        yield from dis.findlinestarts(code)


def compile_file(path: str) -> Optional[CodeType]:
    """Compile a source file without running or warning of anything; None if it cannot be read or compiled."""
    try:
        return quietly_compile(_read(path), path)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(MAX_SOURCE)
    except (OSError, ValueError):
        return b""


def move(codes: Iterable[CodeType], line: int, layout: Optional[Layout] = None) -> Optional[int]:
    """Return the line with code at which a tracepoint on that line lies; None if nothing follows it.

    A line without code inside a statement of several lines stands for the statement's first line. Inside the header of a function
    that would be where the function is defined: there it stands for the first line that runs when the function is called.
    """
    spans: List[Tuple[int, int, Set[int]]] = []
    every: Set[int] = set()
    for code in codes:
        lines = event_lines(code)
        if lines:
            every |= lines
            spans.append((min(lines | {code.co_firstlineno}), max(lines), lines))
    if line in every:
        return line
    if layout is not None:
        extent = first, last = layout.around(line)
        own = [one for one in every if first <= one <= last]
        if own and not layout.begins_function(extent):
            return min(own)
    inside = sorted((span for span in spans if span[0] <= line <= span[1]), key=lambda span: span[1] - span[0])
    for _, _, lines in inside:
        after = [one for one in lines if one > line]
        if after:
            return min(after)
    return min((one for one in every if one > line), default=None)


class Target(NamedTuple):
    """What begins within a line; columns are those of characters, from 0."""

    column: int
    end_line: int
    end_column: int
    span: int
    """Its index among the file's spans."""


class CodeLines:
    """The lines with code of files, compiled once each, and their layout."""

    def __init__(self) -> None:
        self._files: Dict[str, List[CodeType]] = {}
        self._layouts: Dict[str, Layout] = {}

    def layout(self, path: str) -> Layout:
        """Return the layout of a file's text as it is now; an empty one if it cannot be read."""
        found = self._layouts.get(path)
        if found is None:
            found = Layout(_read(path))
            if len(self._layouts) < MOST_FILES:
                self._layouts[path] = found
        return found

    def comes_back(self, code: CodeType, path: str, line: int) -> Optional[FrozenSet[int]]:
        """Return the instructions at which a line of a file's code is reached again in one run of its statement (entering.py);
        None: the line's code is a part of another statement, so that no instruction of it begins one."""
        layout = self.layout(path)
        if is_part(code, line, layout, lambda one: self._is_outside(path, one)):
            return None
        return comes_back(code, line, layout) if len(code.co_code) <= MOST_CODE else frozenset()

    def _is_outside(self, path: str, line: int) -> bool:
        """Report whether code that is no comprehension has a line."""
        return any(line in event_lines(code) for code in self.codes(path) if code.co_name not in COMPREHENSIONS)

    def codes(self, path: str) -> List[CodeType]:
        """Return the code objects of a file's text as it is now; none if it cannot be read."""
        found = self._files.get(path)
        if found is None:
            code = compile_file(path)
            found = [] if code is None else list(nested(code))
            if len(self._files) < MOST_FILES:
                self._files[path] = found
        return found

    def forget(self) -> None:
        """Read files anew next time."""
        self._files.clear()
        self._layouts.clear()
