"""Places in source: where a breakpoint may lie, which calls a step may enter, which line a jump may go to."""

from __future__ import annotations

import ast
import dis
import os
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Dict, List, Sequence, Set, Tuple

from ..base.behaviour import HAS_POSITIONS
from ..base.bytecode import call_at
from ..base.locate import CodeLines, event_lines
from ..base.source import Source
from ..program.fields import SourceIndex
from ..program.stacks import characters, position
from ..program.trouble import RequestError

if TYPE_CHECKING:
    from ..tally.inline import Columns

_MOST_LABEL = 60


def breakable(lines: CodeLines, columns: Columns, path: str, first: int, last: int) -> List[List[int]]:
    """Return where a breakpoint may lie: line, column, end line, end column.

    Statements begin there, or lambdas and comprehensions' elements, on lines that have code. Where places within
    a line cannot be told apart, there is one for each line.
    """
    real = os.path.realpath(path)
    with_code = set()
    for code in lines.codes(real):
        with_code |= event_lines(code)
    wanted = {line for line in with_code if first <= line <= last}
    if not wanted:
        return []
    found: List[List[int]] = []
    for line in wanted:
        found += [[line, one.column, one.end_line, one.end_column] for one in columns.targets(real, line)]
    wanted -= {one[0] for one in found}
    return sorted(found + _first_places(real, wanted)) if wanted else sorted(found)


def _first_places(real: str, wanted: Set[int]) -> List[List[int]]:
    texts, tree = _read(real)
    found: List[List[int]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and node.lineno in wanted and _is_first(node, texts):
            end_line, end = _head_end(node, texts)
            start = characters(texts[node.lineno - 1], node.col_offset)
            found.append([node.lineno, start, end_line, end])
    for line in wanted - {one[0] for one in found}:
        text = texts[line - 1] if line <= len(texts) else ""
        found.append([line, len(text) - len(text.lstrip()), line, len(text.rstrip())])
    return found


def _is_first(node: ast.stmt, texts: Sequence[str]) -> bool:
    text = texts[node.lineno - 1]
    return not text.isascii() and not text[: characters(text, node.col_offset)].strip() or not text[: node.col_offset].strip()


def _head_end(node: ast.stmt, texts: Sequence[str]) -> Tuple[int, int]:
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and body[0].lineno > node.lineno:
        return node.lineno, len(texts[node.lineno - 1].rstrip())
    end_line = node.end_lineno or node.lineno
    return end_line, characters(texts[end_line - 1], node.end_col_offset or 0)


def _read(path: str) -> Tuple[List[str], ast.AST]:
    try:
        with open(path, "rb") as file:
            data = file.read()
        tree = ast.parse(data)
        return Source(path, data).lines, tree
    except (OSError, SyntaxError, ValueError, LookupError, RecursionError, MemoryError):
        return [], ast.Module(body=[], type_ignores=[])


def step_targets(frame: FrameType, source_index: SourceIndex) -> List[Dict[str, Any]]:
    """Return the calls of the frame's line that have not been made yet, in order. Ids are offsets plus one."""
    code = frame.f_code
    line = frame.f_lineno
    at = call_at(code, frame.f_lasti)
    found = []
    for instruction in dis.get_instructions(code):
        if instruction.offset < at or not instruction.opname.startswith("CALL") or "INTRINSIC" in instruction.opname:
            continue
        extent = position(code, instruction.offset)
        if not HAS_POSITIONS:
            extent = (_line_of(code, instruction.offset), None, None, None)
        if extent[0] != line:
            continue
        found.append(_target(frame, instruction.offset, extent, source_index))
    return found


def _line_of(code: CodeType, offset: int) -> int:
    line = code.co_firstlineno
    for start, one in dis.findlinestarts(code):
        if start > offset:
            break
        line = one or line
    return line


def _target(frame: FrameType, offset: int, extent: Any, source_index: SourceIndex) -> Dict[str, Any]:
    line, end_line, column, end_column = extent
    text = source_index.source(source_index.of(frame.f_code, frame.f_globals), line, frame.f_globals)
    label = "call %d" % offset
    start = end = None
    if column is not None and end_column is not None and end_line == line:
        start, end = characters(text, column), characters(text, end_column)
        label = text[start:end]
        label = label.split("(", 1)[0] + "(…)" if len(label) > _MOST_LABEL else label
    path = source_index.of(frame.f_code, frame.f_globals).path
    return {"id": offset + 1, "label": label, "path": path, "line": line, "column": start, "end_line": end_line, "end_column": end}  # fmt: skip


def goto_targets(frames: Sequence[FrameType], source_index: SourceIndex, path: str, line: int) -> List[Dict[str, Any]]:
    """Return the line, if a stopped thread's innermost function has it."""
    real = os.path.realpath(path) if path else ""
    for frame in frames:
        code = frame.f_code
        if source_index.of(code, frame.f_globals).path == real and line in event_lines(code):
            text = source_index.source(source_index.of(code, frame.f_globals), line, frame.f_globals)
            start = len(text) - len(text.lstrip())
            return [{"id": line, "label": text.strip() or "line %d" % line, "line": line, "column": start,
                     "end_line": line, "end_column": len(text.rstrip())}]  # fmt: skip
    return []


def jump(frame: FrameType, line: int) -> None:
    """Let a frame go on at another line; allowed inside the callback of a line only. Raises RequestError."""
    try:
        setattr(frame, "f_lineno", line)  # noqa: B010  (typeshed has it read-only)
    except (ValueError, TypeError) as error:
        raise RequestError("cannot jump to line %d: %s" % (line, error)) from None
