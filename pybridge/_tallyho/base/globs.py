"""
The globs of include and exclude. internal/globs of the binary reads them alike; testdata/globs.json is the table of both.

A glob is doublestar's: * ? and [...] stand for characters of one name, ** for any number of folders, {a,b} for either, and
a backslash takes the meaning from what follows. It may start at any folder, unless it starts with / or, from the working
directory, with ./ or ../ . What it names may be a folder, and then all that is below is meant, unless its last part has
wildcards; a / at its end says that it is one.
"""

from __future__ import annotations

import os
import posixpath
import re
from typing import List, Pattern, Sequence, Tuple


def compiled(patterns: Sequence[str], cwd: str) -> List[Pattern[str]]:
    """Return what matches the paths (with / between their parts) that each of some globs stands for."""
    found = []
    for pattern in patterns:
        try:
            found.append(re.compile(_regex(pattern.replace(os.sep, "/"), cwd.replace(os.sep, "/")), re.DOTALL))
        except ValueError:  # no glob: the person was told before the program began
            pass
    return found


def _regex(glob: str, cwd: str) -> str:
    """Translate a glob; what is none is a ValueError."""
    _check(glob)
    start = ""
    if glob.startswith(("./", "../")):
        glob, cwd = _relative(glob, cwd)
        start = re.escape(cwd.rstrip("/") + "/")
    elif not glob.startswith("/") and not re.match(r"[A-Za-z]:/", glob):
        glob = "**/" + glob
    return start + "(?:%s)\\Z" % "|".join([_one(alternative) for alternative in _alternatives(_with_folder(glob))])


def _check(glob: str) -> None:
    """Raise a ValueError for what is no glob: a [ or { that is not closed, a backslash at the end, nothing at all."""
    at = depth = 0
    while at < len(glob):
        depth += {"{": 1, "}": -1}.get(glob[at], 0)
        if depth < 0:
            break
        at = _after(glob, at)
    if depth or not glob:
        raise ValueError(glob)


def _relative(glob: str, cwd: str) -> Tuple[str, str]:
    """Return what is left of a glob that starts with ./ or ../, and the folder from which it starts."""
    while True:
        if glob.startswith("./"):
            glob = glob[2:]
        elif glob.startswith("../"):
            glob, cwd = glob[3:], posixpath.dirname(cwd)
        else:
            return glob.lstrip("/"), cwd


def _with_folder(glob: str) -> str:
    """Have a glob mean what is below a folder that it names: a/** matches a as well."""
    last = glob[glob.rfind("/") + 1 :]
    if not last:
        return glob + "**"
    return glob if any(wild in last for wild in "*?[") else glob + "/**"


def _alternatives(glob: str) -> List[str]:
    """Spread the first {...} of a glob, and what is in it."""
    start, depth, cuts, at = -1, 0, [], 0
    while at < len(glob):
        one = glob[at]
        if one == "{":
            depth += 1
            if depth == 1:
                start, cuts = at, [at]
        elif one == "}":
            depth -= 1
            if depth == 0:
                cuts.append(at)
                return [
                    whole
                    for first, last in zip(cuts, cuts[1:])
                    for whole in _alternatives(glob[:start] + glob[first + 1 : last] + glob[at + 1 :])
                ]
        elif one == "," and depth == 1:
            cuts.append(at)
        at = _after(glob, at)
    return [glob]


def _after(glob: str, at: int) -> int:
    """Return where what begins there ends: a character, one with a backslash, or a class."""
    if glob[at] == "\\":
        if at + 1 == len(glob):
            raise ValueError(glob)
        return at + 2
    return _end(glob, at) if glob[at] == "[" else at + 1


def _end(glob: str, at: int) -> int:
    """Return where the [...] that begins there ends."""
    at = first = at + 1 + glob.startswith(("!", "^"), at + 1)
    while at < len(glob):
        if glob[at] == "]" and at > first:
            return at + 1
        if glob[at] == "]":
            break
        at += 2 if glob[at] == "\\" else 1
    raise ValueError(glob)


def _one(glob: str) -> str:
    """Translate a glob without alternatives: part by part, for ** has a meaning only where it is a whole one."""
    parts = _parts(glob)
    out = ""
    for i, part in enumerate(parts):
        last = i + 1 == len(parts)
        if part != "**":
            out += _part(part) + ("" if last else "/")
        elif not last:
            out += "(?:.*/)?"
        elif out.endswith("/"):
            out = out[:-1] + "(?:/.*)?"  # the folder itself is meant as well
        else:
            out += ".*"
    return out


def _parts(glob: str) -> List[str]:
    """Split at each / that is in no class."""
    parts, at, start = [], 0, 0
    while at < len(glob):
        if glob[at] == "/" or glob.startswith("\\/", at):
            parts.append(glob[start:at])
            start = _after(glob, at)
        at = _after(glob, at)
    return parts + [glob[start:]]


def _part(part: str) -> str:
    """Translate one part of a path."""
    out, at = "", 0
    while at < len(part):
        end = _after(part, at)
        if part[at] == "[":
            out += _class(part[at + 1 : end - 1])
        elif part[at] == "\\":
            out += re.escape(part[at + 1])
        else:
            out += {"*": "[^/]*", "?": "[^/]"}.get(part[at]) or re.escape(part[at])
        at = end
    return out


def _class(text: str) -> str:
    """Translate what is in one [...]; what is not in it is no / either."""
    negated = text[0] in "!^"
    text = text[1:] if negated else text
    items, at, low = "", 0, ""
    while at < len(text):
        between = low and text[at] == "-" and at + 1 < len(text)
        at += 1 if between else 0
        at += text[at] == "\\"
        one = text[at]
        at += 1
        if between:
            items += "%s-%s" % (re.escape(low), re.escape(one)) if low <= one else ""
            low = ""
        else:
            items += re.escape(one)
            low = one
    if negated:
        return "[^/%s]" % items
    return "[%s]" % items
