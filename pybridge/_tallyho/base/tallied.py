"""Which files are tallied: the person's own code, decided once per file and before anything else is read."""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
from types import CodeType
from typing import Any, Dict, List, Mapping, Sequence

from .behaviour import ZIP
from .compiling import nested
from .globs import compiled

OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


class TalliedFiles:
    """Answers for a file's absolute path, from the configuration's just_my_code, include and exclude."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        cwd = str(config.get("cwd") or _here())
        self.just_my_code = bool(config.get("just_my_code", True))
        self.include = compiled(config.get("include") or (), cwd)
        self.exclude = compiled(config.get("exclude") or (), cwd)
        self.known: Dict[str, bool] = {}
        self.library = tuple(_library_directories())
        scripts = os.path.abspath(sysconfig.get_paths().get("scripts") or sys.prefix)
        self.scripts = (scripts, os.path.realpath(scripts))

    def __call__(self, path: str) -> bool:
        """Whether statements of that file are counted."""
        answer = self.known.get(path)
        if answer is None:
            answer = self._decide(path)
            if not path.startswith("<"):  # a pseudo file may get its source later
                self.known[path] = answer
        return answer

    def _decide(self, path: str) -> bool:
        if path.startswith((OURS, "<frozen ")):
            return False
        if path.startswith("<") and not cached_lines(path):
            return False
        plain = path.replace(os.sep, "/")
        if any(pattern.match(plain) for pattern in self.exclude):
            return False
        if any(pattern.match(plain) for pattern in self.include):
            return True
        return not self.just_my_code or not self._of_library(path)

    def _of_library(self, path: str) -> bool:
        parts = path.split(os.sep)
        return "site-packages" in parts or "dist-packages" in parts or path.startswith(self.library) or self._is_script(path)

    def _is_script(self, path: str) -> bool:
        """Whether it lies where an installer puts the scripts that start what it installs."""
        folder = os.path.dirname(path)
        if folder in self.scripts:
            return True
        home, name = os.path.split(folder)
        return name in ("bin", "Scripts") and os.path.isfile(os.path.join(home, "pyvenv.cfg"))


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted
        return os.sep


typed: Dict[str, List[str]] = {}
"""The lines of a program that is no file, by the name of its code: of -c, and of standard input."""

_typed_codes: Dict[int, CodeType] = {}


def type_in(code: CodeType, source: str) -> None:
    """Count a program that is no file. Other code may have the same name (`<string>`): that is none of it."""
    typed[code.co_filename] = source.splitlines(True)
    _typed_codes.update((id(one), one) for one in nested(code))


def is_typed(code: CodeType) -> bool:
    """Report whether code that has the name of a typed program belongs to it."""
    return id(code) in _typed_codes


def typed_name(code: CodeType) -> str:
    """Return the name that stands for the path of a typed program's code, "" for other code."""
    return code.co_filename if is_typed(code) else ""


def cached_lines(name: str) -> Sequence[str]:
    """Return the lines of a pseudo file: typed, or put into linecache by someone; never loads anything."""
    if name in typed:
        return typed[name]
    entry: Any = linecache.cache.get(name)
    if type(entry) is tuple and len(entry) == 4 and type(entry[2]) is list:
        lines: List[str] = entry[2]
        return lines
    return ()


def _library_directories() -> List[str]:
    paths = sysconfig.get_paths()
    found = {os.path.dirname(os.path.abspath(os.__file__))}
    for name in ("stdlib", "platstdlib"):
        if paths.get(name):
            found.add(os.path.abspath(paths[name]))
            found.add(os.path.realpath(paths[name]))
    found.update(os.path.join(os.path.dirname(path), ZIP) for path in list(found))
    return [path + os.sep for path in sorted(found)]
