"""The globs of include and exclude. The language server reads its setting alike: testdata/globs.json is the table of both."""
from __future__ import annotations

import fnmatch
import os
import re
from typing import List, Pattern, Sequence


def compiled(patterns: Sequence[str], cwd: str) -> List[Pattern[str]]:
    """Return what matches the paths (with / between their parts) that each of some globs stands for."""
    return [re.compile(_regex(pattern.replace(os.sep, "/"), cwd.replace(os.sep, "/")), re.DOTALL) for pattern in patterns]


def _regex(glob: str, cwd: str) -> str:
    """
    Translate a glob: ** crosses folders, * and ? and [...] do not; a / at its end stands for all that is in a folder. It
    may start at any folder, unless it starts with / or, from the working directory, with ./
    """
    if glob.startswith("./"):
        glob = cwd.rstrip("/") + glob[1:]
    rooted = glob.startswith("/") or re.match(r"[A-Za-z]:/", glob)
    out = "" if rooted else "(?:.*/)?"
    folder = glob.endswith("/")
    glob = glob.rstrip("/") if folder else glob
    at = 0
    while at < len(glob):
        if glob.startswith("**/", at):
            out += "(?:.*/)?"
            at += 3
        elif glob.startswith("**", at):
            out += ".*"
            at += 2
        elif glob[at] == "[" and _end(glob, at):
            end = _end(glob, at)
            out += "(?!/)" + _class(glob[at:end])
            at = end
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(glob[at]) or re.escape(glob[at])
            at += 1
    return out + ("(?:/.*)?" if folder else "") + r"\Z"


def _end(glob: str, at: int) -> int:
    """Return where the [...] that begins there ends, 0 where it is not closed: a ] that comes first is one of its characters."""
    first = at + 1 + glob.startswith("!", at + 1)
    return glob.find("]", first + glob.startswith("]", first)) + 1


def _class(text: str) -> str:
    """Translate one [...] as fnmatch does."""
    translated = fnmatch.translate(text)
    return translated[len("(?s:"):translated.rindex(")")]
