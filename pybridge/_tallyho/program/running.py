"""What a name means that a person types without looking at a frame: the main module's, else that of code that runs in no module."""

from __future__ import annotations

import ast
import builtins
import sys
from typing import Any, Dict, Iterator, List

from ..base import glance
from ..base.classes import module_dict
from ..base.guest import is_ours
from ..base.namespaces import NOTHING, item
from .justmycode import module_globals

_BUILTINS = vars(builtins)


def globals_for(text: str) -> Dict[str, Any]:
    """Return the namespace in which a text is meant.

    A notebook's kernel, or whatever runs a person's text by exec, has namespaces that belong to no module. One of a thread that
    runs now is taken where it has every name that the main module lacks.
    """
    main = module_globals()
    missing = [name for name in _names(text) if item(main, name) is NOTHING and item(_BUILTINS, name) is NOTHING]
    if missing:
        for space in _spaces():
            if all(item(space, name) is not NOTHING for name in missing):
                return space
    return main


def _names(text: str) -> List[str]:
    """Return the names that a text reads and does not bind."""
    try:
        tree = ast.parse(text.strip(), "<tallyho>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return [node.id for node in names if isinstance(node.ctx, ast.Load) and node.id not in bound]


def _spaces() -> Iterator[Dict[str, Any]]:
    """Yield the namespaces of running code that belong to no module, innermost first."""
    owned = {id(module_dict(module)) for module in list(sys.modules.values())}
    for _, rows in glance.stacks("f_code", "f_globals"):
        for code, space in rows:
            if type(space) is dict and id(space) not in owned and not is_ours(code):
                yield space
