"""The modules of the program, as sys.modules has them."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Dict, List

from .mine import Mine
from .showing import mro


def list_modules(mine: Mine) -> List[Dict[str, Any]]:
    """Return the modules in the order they were imported. Asks none for an attribute but through its dictionary."""
    found = []
    for name, module in list(sys.modules.items()):
        if type(name) is not str or ModuleType not in mro(type(module)):
            continue
        fields = ModuleType.__getattribute__(module, "__dict__")
        path = _text(fields.get("__file__"))
        version = _text(fields.get("__version__"))
        user = bool(path) and mine.file(path) or name == "__main__" and path == ""
        found.append({
            "id": name, "name": name, "path": mine.house.file(path).path if path else "", "version": version,
            "package": _text(fields.get("__package__")), "user": user,
        })  # fmt: skip
    return found


def _text(value: Any) -> str:
    return value if type(value) is str else ""
