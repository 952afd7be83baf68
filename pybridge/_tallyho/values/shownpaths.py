"""The text of a pathlib path, from the fields that it keeps: which ones depends on the version of Python."""

from __future__ import annotations

import sys
from typing import Any, List, Optional

from ..base.behaviour import PATHS_ARE_JOINED_LATE
from ..base.classes import derives, is_class, module_dict
from ..base.namespaces import item
from . import peek


def path_text(value: Any) -> Optional[str]:
    """Return what str() of a path would be; None where its fields are not the ones that are known."""
    known = peek.attribute(value, "_str")
    if type(known) is str:
        return known
    windows = is_windows(value)
    separator = "\\" if windows else "/"
    if not PATHS_ARE_JOINED_LATE:
        drive, root, parts = (peek.attribute(value, name) for name in ("_drv", "_root", "_parts"))
        if type(drive) is not str or type(root) is not str or type(parts) is not list or not _texts(parts):
            return None
        if drive or root:
            return drive + root + separator.join(parts[1:])
        return separator.join(parts) or "."
    raw = peek.attribute(value, "_raw_paths")
    if type(raw) is not list or not _texts(raw):
        return None
    return _of_windows(raw) if windows else _of_posix(raw)


def _texts(parts: List[Any]) -> bool:
    return all(type(part) is str for part in parts)


def is_windows(value: Any) -> bool:
    """Report whether a path is one of Windows."""
    found = item(module_dict(sys.modules.get("pathlib")), "PureWindowsPath")
    return is_class(found) and derives(type(value), found)


def _of_posix(raw: List[str]) -> str:
    """Join the paths that a path was made of: an absolute one begins anew."""
    start = max((at for at, part in enumerate(raw) if part.startswith("/")), default=0)
    text = "/".join(part for part in raw[start:] if part)
    root = "/" if text.startswith("/") else ""
    if text.startswith("//") and not text.startswith("///"):
        root = "//"
    return root + "/".join(part for part in text.split("/") if part not in ("", ".")) or "."


def _of_windows(raw: List[str]) -> str:
    """Join Windows' paths, as far as that needs no rules of drives: those are shown as they were given."""
    parts = [part.replace("/", "\\") for part in raw if part]
    start = max((at for at, part in enumerate(parts) if part.startswith("\\") or part[1:2] == ":"), default=0)
    text = "\\".join(part.rstrip("\\") if at < len(parts[start:]) - 1 else part for at, part in enumerate(parts[start:]))
    drive, rest = (text[:2], text[2:]) if text[1:2] == ":" else ("", text)
    root = "\\" if rest.startswith("\\") else ""
    if rest.startswith("\\\\"):
        return text
    return drive + root + "\\".join(part for part in rest.split("\\") if part not in ("", ".")) or "."
