"""Processes that the program starts on Windows: subprocess and multiprocessing both start them by _winapi.CreateProcess.

It takes one command line and not a list of words, and the environment as a mapping, or None for this process's
own. Nothing of this module asks Windows for anything: its tests run everywhere.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from ..base import guest
from ..base.behaviour import MONITORING

ENVIRONMENT = 6
"""The place of the environment among the arguments of CreateProcess."""

SHELLS = frozenset(("cmd", "powershell", "pwsh"))
"""Programs that are there to start others."""


def words(line: str) -> List[str]:
    """Return the words of a command line, as the C library of Windows splits it (subprocess.list2cmdline joins them so)."""
    found: List[str] = []
    word: Optional[str] = None
    quoted, backslashes = False, 0
    for char in line:
        if char == "\\":
            backslashes += 1
            continue
        if char == '"':
            word = (word or "") + "\\" * (backslashes // 2)
            if backslashes % 2:
                word += char
            else:
                quoted = not quoted
            backslashes = 0
            continue
        if backslashes:
            word, backslashes = (word or "") + "\\" * backslashes, 0
        if char in " \t" and not quoted:
            if word is not None:
                found.append(word)
            word = None
        else:
            word = (word or "") + char
    if backslashes:
        word = (word or "") + "\\" * backslashes
    if word is not None:
        found.append(word)
    return found


def name_of(path: str) -> str:
    """Return the name of a program as it is told from others: without folder and .exe, in small letters."""
    name = path.replace("/", "\\").rpartition("\\")[2].lower()
    return name[:-4] if name.endswith(".exe") else name


def is_python(path: str) -> bool:
    """Report whether a file is Python, by its name or because this process is run by it: python, pythonw, py, pyw, python3.14 …"""
    own = [str(one).lower() for one in (sys.executable, getattr(sys, "_base_executable", None)) if one]
    name = name_of(path)
    rest = name[6:] if name.startswith("python") else name[2:] if name.startswith("py") else "?"
    return path.lower() in own or rest.strip("0123456789.-") in ("", "w", "t", "wt", "_d", "w_d", "t_d", "wt_d")


def command(args: Tuple[Any, ...]) -> Optional[List[str]]:
    """Return the words that arguments of CreateProcess start a program with; None where they are not what they should be."""
    application, line = args[0], args[1]
    argv = words(line) if type(line) is str else []
    if type(application) is str and application:
        return [application, *argv[1:]]
    return argv or None


def environment(given: Any, own: Mapping[str, str]) -> Optional[Dict[bytes, bytes]]:
    """Return the variables that a process would get; None where they are in something of the program's own, which is not asked."""
    if given is None:
        given = own
    elif type(given) is not dict:
        return None
    found: Dict[bytes, bytes] = {}
    for key, value in list(given.items()):
        if type(key) is not str or type(value) is not str:
            return None
        name = "PYTHONPATH" if key.upper() == "PYTHONPATH" else key  # Windows takes them for the same
        found[name.encode("utf-8", "surrogatepass")] = value.encode("utf-8", "surrogatepass")
    return found


def standing_in(real: Callable[..., Any], with_us: Callable[[Tuple[Any, ...]], Tuple[Any, ...]]) -> Callable[..., Any]:
    """Return what takes the place of CreateProcess. An exception that CreateProcess raises goes on to the program without our frame."""

    def CreateProcess(*args: Any) -> Any:
        """As the real one; what it starts is traced."""
        try:
            return real(*with_us(args))
        except BaseException:
            if MONITORING:
                guest.leaving[0] = True
            raise

    CreateProcess.__doc__ = real.__doc__
    return CreateProcess
