"""Django's templates: which node of which template is being rendered, and the variables that it finds.

Django makes no Python of a template: each of its tags is a node, whose render_annotated is called with the context. That
call is what happens at the tag's line, and its frame is shown as the template's.
"""

from __future__ import annotations

import os
import re
from types import CodeType, FrameType
from typing import Any, Dict, List, NamedTuple, Optional

from ..base.namespaces import NOTHING
from ..base.namespaces import local as names_in
from ..values.peek import attribute

_FILE = os.path.join("django", "template", "base.py")
_TAG = re.compile(rb"\{\{|\{%-?\s*(?!end|else|elif|empty|comment|plural)\w")
MOST_BYTES = 4 << 20
_open = open


class Place(NamedTuple):
    """Where a node stands."""

    path: str
    line: int


def may_hold_node(filename: str) -> bool:
    """Whether a file, as code objects name it, is the one of which some code renders nodes."""
    return filename.endswith(_FILE)


def is_node(code: CodeType) -> bool:
    """Whether a code object renders a node of a template. Text, which has a method of its own, is none."""
    return code.co_name == "render_annotated" and "render" in code.co_names and code.co_filename.endswith(_FILE)


def place_of(frame: FrameType) -> Optional[Place]:
    """Return the place of the node that a frame renders; None where it renders none, or text."""
    if not is_node(frame.f_code):
        return None
    node = names_in(frame).get("self", NOTHING)
    line, path = attribute(attribute(node, "token"), "lineno"), attribute(attribute(node, "origin"), "name")
    return Place(path, line) if type(path) is str and type(line) is int else None


def variables(frame: FrameType) -> Dict[str, Any]:
    """Return the variables of the context that a node is rendered with."""
    found: Dict[str, Any] = {}
    layers = attribute(names_in(frame).get("context", NOTHING), "dicts")
    for layer in layers if type(layers) is list else ():
        if isinstance(layer, dict):
            found.update((name, value) for name, value in dict.items(layer) if type(name) is str)
    for name in ("True", "False", "None"):
        found.pop(name, None)
    return found


def tag_lines(path: str) -> List[int]:
    """Return the lines of a template at which a tag begins; none where it cannot be read."""
    try:
        with _open(path, "rb") as stream:
            data = stream.read(MOST_BYTES)
    except (OSError, ValueError):
        return []
    return sorted({data.count(b"\n", 0, match.start()) + 1 for match in _TAG.finditer(data)})
