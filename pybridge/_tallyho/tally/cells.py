"""The cells of a marimo notebook that runs as a script.

Such a notebook is a module whose functions are its cells. Run as a script it compiles their bodies as modules of their own,
with the places that they have in the file (base/textcode.py knows these by their text): what is counted there is the
function's.
"""

from __future__ import annotations

from typing import Optional

from .spans import Owner, SpanTree


def cell_at(tree: SpanTree, line: int) -> Optional[Owner]:
    """Return what a cell with code on a line is the body of: the outermost function there, else the module."""
    for owner in tree.owned:
        if owner.function and owner.header >= 0 and owner.qualname == owner.name and owner.start[0] <= line <= owner.end[0]:
            return owner
    return tree.module
