"""Which files are tallied: the person's own code, decided once per file and before anything else is read."""
from __future__ import annotations

import fnmatch
import linecache
import os
import re
import sys
import sysconfig
from typing import Any, Dict, List, Mapping, Pattern, Sequence

OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


class Wanted:
    """Answers for a file's absolute path, from the configuration's just_my_code, include and exclude."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        cwd = str(config.get("cwd") or os.getcwd())
        self.mine = bool(config.get("just_my_code", True))
        self.include = _globs(config.get("include") or (), cwd)
        self.exclude = _globs(config.get("exclude") or (), cwd)
        self.known: Dict[str, bool] = {}
        self.library = tuple(_library_directories())

    def __call__(self, path: str) -> bool:
        """Whether statements of that file are counted."""
        answer = self.known.get(path)
        if answer is None:
            answer = self._decide(path)
            if not path.startswith("<"):    # a pseudo file may get its source later
                self.known[path] = answer
        return answer

    def _decide(self, path: str) -> bool:
        if path.startswith(OURS) or path.startswith("<frozen "):
            return False
        if path.startswith("<") and not cached_lines(path):
            return False
        plain = path.replace(os.sep, "/")
        if any(pattern.match(plain) for pattern in self.exclude):
            return False
        if any(pattern.match(plain) for pattern in self.include):
            return True
        return not self.mine or not self._of_library(path)

    def _of_library(self, path: str) -> bool:
        parts = path.split(os.sep)
        return "site-packages" in parts or "dist-packages" in parts or path.startswith(self.library)


def cached_lines(name: str) -> Sequence[str]:
    """Return the lines that someone put into linecache for a pseudo file; never loads anything."""
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
    version = "python%d%d.zip" % sys.version_info[:2]
    found.update(os.path.join(os.path.dirname(path), version) for path in list(found))
    return [path + os.sep for path in sorted(found)]


def _globs(patterns: Sequence[str], cwd: str) -> List[Pattern[str]]:
    return [re.compile(_regex(pattern.replace(os.sep, "/"), cwd.replace(os.sep, "/"))) for pattern in patterns]


def _regex(glob: str, cwd: str) -> str:
    """Translate a glob: ** crosses directories, * and ? do not; without a leading / it may start at any directory."""
    if glob.startswith("./"):
        glob = cwd.rstrip("/") + glob[1:]
    rooted = glob.startswith("/") or re.match(r"[A-Za-z]:/", glob)
    out = "" if rooted else "(?:.*/)?"
    at = 0
    while at < len(glob):
        if glob.startswith("**/", at):
            out += "(?:.*/)?"
            at += 3
        elif glob.startswith("**", at):
            out += ".*"
            at += 2
        elif glob[at] == "[" and "]" in glob[at + 2:]:
            end = glob.index("]", at + 2) + 1
            out += _class(glob[at:end])
            at = end
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(glob[at]) or re.escape(glob[at])
            at += 1
    return out.rstrip("/") + ("(?:/.*)?" if glob.endswith("/") else "") + r"\Z"


def _class(text: str) -> str:
    """Translate one [...] of a glob as fnmatch does."""
    translated = fnmatch.translate(text)
    return translated[len("(?s:"):translated.rindex(")")]
