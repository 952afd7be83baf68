"""Jinja's templates: the lines of a template that its generated Python belongs to, and the template's variables.

A template is compiled to functions under the template's own file name, and a table in their globals says which line of the
template each part of them was made of. A person sees the template: its lines, and the names that it would find.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from types import CodeType, FrameType
from typing import Any, Dict, List, Mapping, Optional, Set, Tuple

from ..base.namespaces import NOTHING
from ..base.namespaces import local as names_in
from ..values import peek
from . import djangos

_TABLE = re.compile(r"\d+=\d+(?:&\d+=\d+)*\Z")
_LOCAL = re.compile(r"l_(\d+)_(.+)\Z", re.DOTALL)
_KEPT = 200
_known: Dict[str, "Template"] = {}


class Template:
    """The table of one template."""

    def __init__(self, table: str) -> None:
        pairs = [row.split("=") for row in table.split("&")]
        rows: List[Tuple[int, int]] = sorted((int(code), int(line)) for line, code in pairs)
        self.starts = [code for code, _ in rows]
        self.lines = [line for _, line in rows]

    def line(self, code_line: int, first: int) -> int:
        """Return the line of the template that a line of a function that begins at line first was made of."""
        found = bisect_right(self.starts, code_line) - 1
        if found < 0 or self.starts[found] < first:
            found += 1  # the function has not come to a part of the template yet
        return self.lines[min(found, len(self.lines) - 1)]

    def move(self, line: int) -> Optional[int]:
        """Return the line that has code, at or after one; None if nothing follows."""
        return min((one for one in self.lines if one >= line), default=None)

    def begins(self, code: CodeType, code_lines: Set[int]) -> Dict[int, Set[int]]:
        """Return, by line of the template, the lines of a function's code at which it begins; code_lines: those that have an event."""
        found: Dict[int, Set[int]] = {}
        for at in range(bisect_left(self.starts, code.co_firstlineno), len(self.starts)):
            if self.starts[at] in code_lines:  # and not in a macro inside
                found.setdefault(self.lines[at], set()).add(self.starts[at])
        return found


def template_of(code: CodeType, globals_: Optional[Mapping[str, Any]]) -> Optional[Template]:
    """Return the template that a function with those globals was made of; None for other code."""
    if type(globals_) is not dict:
        return None
    table, file = globals_.get("debug_info"), globals_.get("__file__")
    if (
        type(table) is not str
        or type(file) is not str
        or file != code.co_filename
        or "environment" not in globals_
        or "blocks" not in globals_
    ):
        return None
    found = _known.get(table)
    if found is None and _TABLE.match(table):
        if len(_known) >= _KEPT:
            _known.clear()
        found = _known[table] = Template(table)
    return found


def is_generated(code: CodeType) -> bool:
    """Whether a module's code is that of a template, whose table is not there yet."""
    return code.co_name == "<module>" and "debug_info" in code.co_names and "blocks" in code.co_names and "environment" in code.co_names


def title(code: CodeType) -> str:
    """Return what a person calls a function of a template."""
    kind, _, name = code.co_name.partition("_")
    return "template" if code.co_name == "root" else "block " + name if kind == "block" else code.co_name


def template_names(frame: FrameType) -> Optional[Dict[str, Any]]:
    """Return the variables that a template finds where its frame is; None for a frame of other code."""
    if djangos.is_node(frame.f_code):
        return djangos.variables(frame)
    if template_of(frame.f_code, frame.f_globals) is None:
        return None
    return scopes_of(frame)[0]


def is_template(frame: FrameType) -> bool:
    """Whether a frame is shown as a template's."""
    return djangos.is_node(frame.f_code) or template_of(frame.f_code, frame.f_globals) is not None


def scopes_of(frame: FrameType) -> Tuple[Dict[str, Any], Dict[str, Any]]:
    """Return a template's variables, and what its environment gives to every template."""
    if djangos.is_node(frame.f_code):
        return djangos.variables(frame), {}
    local = names_in(frame)
    context = local.get("context", NOTHING)
    every = _dict(peek.attribute(_environment(frame), "globals"))
    given: Dict[str, Any] = {}
    for name, value in _dict(peek.attribute(context, "parent")).items():
        if type(name) is str and not (name in every and every[name] is value):
            given[name] = value
    given.update(_dict(peek.attribute(context, "vars")))
    missing = frame.f_globals.get("missing", NOTHING)
    found = sorted(
        (int(match.group(1)), match.group(2), name)
        for name, match in ((name, _LOCAL.match(name)) for name in list(local))
        if match is not None
    )
    for _, shown, name in found:
        if local[name] is not missing and not (shown in every and every[shown] is local[name]):
            given[shown] = local[name]
    return given, every


def _environment(frame: FrameType) -> Any:
    return frame.f_globals.get("environment", NOTHING)


def _dict(value: Any) -> Dict[str, Any]:
    return value if type(value) is dict else {}
