"""Processes that the program starts and that run Python: they begin with the bridge inside.

subprocess and multiprocessing (spawn and forkserver) start them by _posixsubprocess.fork_exec, on Windows by
_winapi.CreateProcess (createprocess.py). There the new process, and no other, is given the link's address and a sitecustomize
of ours (pybridge/_child), which takes both away again. Interpreters that are told to look at no environment or no site are
not reached, and are told of.
"""

from __future__ import annotations

import json
import os
import re
import sys
from functools import partial
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from ..base.behaviour import BUILD
from . import createprocess

_environ = os.environ
_access, _fsencode, _open, _read, _close = os.access, os.fsencode, os.open, os.read, os.close

ENVIRONMENT = 5
"""The place of the environment among the arguments of fork_exec, from 3.9 on."""
MOST_NOTICES = 5
HELPERS = ("from multiprocessing.resource_tracker ",)
"""Code of the standard library's own helpers, which run nothing of the program's."""

CARRIERS = frozenset(
    b"ash bash conda dash env fish hatch ionice ksh make mamba mksh nice nohup nox pdm pipenv pixi poetry setsid sh taskset time "
    b"timeout tox uv uvx xargs zsh".split()
)
"""Programs that are there to start others, Python among them."""

_NAME = re.compile(rb"(python|pypy|graalpy)[0-9.]*(w|m|d|t|td)?(-dbg|-nogil|-intel64)?$")
"""What interpreters are called: builds for debugging, without the GIL and of one processor have names of their own."""
_TAKES_VALUE = "WXQ"


class Spawning:
    """Stands between the program and fork_exec, once in each process."""

    def __init__(
        self, address: Mapping[str, Any], stage: str, tell: Callable[[str], None], unseen: Callable[[Callable[[], None]], None]
    ) -> None:
        self.entry = _fsencode(os.path.join(stage, "_child"))
        self.address = {key: value for key, value in address.items() if key not in ("run", "child", "path")}
        self.address.setdefault("built_for", interpreter())
        self.told_by_file = {"file": self._write_file(str(address.get("socket") or ""))}
        self.tell = tell
        self.unseen = unseen
        """Does some work without events of it."""
        self.notices = 0
        self.on = True
        self.places: List[Tuple[Any, str, Any, Any]] = []
        """What was replaced: module, name, what was there, what is there now."""

    def _write_file(self, socket: str) -> str:
        """Write our address beside the socket, where only this user can read it, and return the file; "" where that cannot be done.

        A program that may start Python later (CARRIERS) is told of the file: the token is in no environment that it hands on.
        """
        path = os.path.join(os.path.dirname(socket), "child-%d.json" % os.getpid())
        try:
            fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600) if socket else -1
            with os.fdopen(fd, "w") as file:
                json.dump(self.address, file)
        except FileExistsError:
            pass  # of the program that this process was before an exec
        except (OSError, ValueError):
            return ""
        return path

    def stop(self) -> None:
        """Trace no more processes that the program starts."""
        self.on = False

    def install(self) -> None:
        """Take fork_exec's place wherever the standard library has it.

        From 3.13 on, subprocess would rather use posix_spawn. That is put off and not stood in for: its errors are
        raised to the program, and would show our frame.
        """
        windows: Any = _import("_winapi") if os.name == "nt" or "_winapi" in sys.modules else None
        if hasattr(windows, "CreateProcess"):
            self._put(windows, "CreateProcess", createprocess.standing_in(windows.CreateProcess, self.with_us_on_windows))
        module, subprocess = _import("_posixsubprocess"), _import("subprocess")
        real = getattr(module, "fork_exec", None)
        if real is None:
            return

        def fork_exec(*args: Any) -> Any:
            """As the real one; what it starts is traced."""
            return real(*self.with_us(args))

        fork_exec.__doc__ = real.__doc__
        self._put(module, "fork_exec", fork_exec)
        if hasattr(os, "execve") and self.told_by_file["file"]:
            # Made of nothing but C: what it raises shows no frame of ours.
            successor: Any = Successor(self)
            self._put(os, "execv", partial(os.execve, env=successor))
        if getattr(subprocess, "_fork_exec", None) is real:
            self._put(subprocess, "_fork_exec", fork_exec)
        if hasattr(subprocess, "_USE_POSIX_SPAWN"):
            self._put(subprocess, "_USE_POSIX_SPAWN", False)

    def _put(self, module: Any, name: str, ours: Any) -> None:
        self.places.append((module, name, getattr(module, name), ours))
        setattr(module, name, ours)

    def give_back(self) -> None:
        """Put back what we took the place of, unless the program has put something else there since."""
        while self.places:
            module, name, real, ours = self.places.pop()
            if getattr(module, name, None) is ours:
                setattr(module, name, real)

    def with_us(self, args: Tuple[Any, ...]) -> Tuple[Any, ...]:
        """Return the arguments of fork_exec with the bridge in the environment, where it starts Python."""
        return self._changed(self._with_us, args)

    def with_us_on_windows(self, args: Tuple[Any, ...]) -> Tuple[Any, ...]:
        """Return the arguments of CreateProcess with the bridge in the environment, where it starts Python."""
        return self._changed(self._with_us_on_windows, args)

    def _changed(self, change: Callable[[Tuple[Any, ...]], Tuple[Any, ...]], args: Tuple[Any, ...]) -> Tuple[Any, ...]:
        found = [args]

        def look() -> None:
            found[0] = change(args)

        self.unseen(look)
        return found[0]

    def _with_us(self, args: Tuple[Any, ...]) -> Tuple[Any, ...]:
        try:
            if not self.on or len(args) <= ENVIRONMENT:
                return args
            name = program(args[1])
            if name in CARRIERS and self.told_by_file["file"]:
                changed = list(args)
                changed[ENVIRONMENT] = self.environment(args[ENVIRONMENT], self.told_by_file)
                return tuple(changed)
            if name != PYTHON:
                return args
            argv = [word if type(word) is str else os.fsdecode(word) for word in args[0]]
            flag = refuses(argv[1:])
            if flag is None:
                changed = list(args)
                changed[ENVIRONMENT] = self.environment(args[ENVIRONMENT], self.address)
                return tuple(changed)
            if flag:
                self._tell_of(argv, flag)
        except Exception:
            pass
        return args

    def _with_us_on_windows(self, args: Tuple[Any, ...]) -> Tuple[Any, ...]:
        try:
            place = createprocess.ENVIRONMENT
            argv = createprocess.command(args) if self.on and len(args) > place else None
            if argv is None:
                return args
            shell = createprocess.name_of(argv[0]) in createprocess.SHELLS
            if not shell and not createprocess.is_python(argv[0]):
                return args
            flag = None if shell else refuses(argv[1:])
            given = createprocess.environment(args[place], _environ)
            if flag is None and given is not None:
                # There is no private folder with a file in it: a shell is given the address itself.
                ours = self.told(given, self.address)
                changed = {key.decode("utf-8", "surrogatepass"): value.decode("utf-8", "surrogatepass") for key, value in ours.items()}
                return (*args[:place], changed, *args[place + 1 :])
            if flag:
                self._tell_of(argv, flag)
        except Exception:
            pass
        return args

    def environment(self, given: Optional[Sequence[bytes]], address: Mapping[str, Any]) -> List[bytes]:
        """Return an environment with ours in it; given None: this process's own."""
        return [key + b"=" + value for key, value in self.variables(given, address).items()]

    def variables(self, given: Optional[Sequence[bytes]], address: Mapping[str, Any]) -> Dict[bytes, bytes]:
        """Return the variables of that environment, by name."""
        variables: Dict[bytes, bytes] = {}
        if given is None:
            variables.update((_fsencode(key), _fsencode(value)) for key, value in _environ.items())
        else:
            for one in given:
                key, _, value = one.partition(b"=")
                variables.setdefault(key, value)
        return self.told(variables, address)

    def told(self, variables: Dict[bytes, bytes], address: Mapping[str, Any]) -> Dict[bytes, bytes]:
        """Return an environment with ours in it."""
        path = variables.get(b"PYTHONPATH")
        variables[b"PYTHONPATH"] = self.entry + os.pathsep.encode() + path if path else self.entry
        told = {**address, "child": os.getpid(), "path": None if path is None else os.fsdecode(path)}
        variables[b"TALLYHO_LINK"] = json.dumps(told).encode("ascii")
        return variables

    def _tell_of(self, argv: Sequence[str], flag: str) -> None:
        self.notices += 1
        if self.notices <= MOST_NOTICES:
            shown = " ".join(argv)
            shown = shown if len(shown) <= 100 else shown[:99] + "…"
            self.tell("a process is not traced, for -%s keeps Tallyho out of it: %s" % (flag, shown))


class Successor:
    """The environment of the program that this process becomes by exec: the process's own at that moment, and ours in it."""

    def __init__(self, spawning: Spawning) -> None:
        self.spawning = spawning
        self.found: Dict[bytes, bytes] = {}

    def __len__(self) -> int:
        """Called first, by execve; then keys and values."""
        self.spawning.unseen(self._find)
        return len(self.found)

    def _find(self) -> None:
        self.found = {_fsencode(key): _fsencode(value) for key, value in _environ.items()}
        try:
            if self.spawning.on:
                self.found = self.spawning.variables(None, self.spawning.told_by_file)
        except Exception:
            pass

    def keys(self) -> List[bytes]:
        """Return the names."""
        return list(self.found)

    def values(self) -> List[bytes]:
        """Return the values, in the order of the names."""
        return list(self.found.values())

    def __getitem__(self, key: bytes) -> bytes:
        return self.found[key]


def interpreter() -> List[str]:
    """Return what tells the interpreters apart that can load the same accelerator."""
    return list(BUILD)


PYTHON = b"python"


def program(candidates: Sequence[Any]) -> bytes:
    """Return the name of the first candidate that is there; PYTHON if it is Python, or a script that Python runs."""
    for candidate in candidates:
        path = _fsencode(candidate)
        if _access(path, os.X_OK):
            name = path.rpartition(b"/")[2]
            if name in CARRIERS:
                return name
            return PYTHON if _NAME.match(name) or path == _fsencode(sys.executable or "") or _is_script(path) else name
    return b""


def _is_script(path: bytes) -> bool:
    """Report whether a file's first lines hand it to Python."""
    try:
        fd = _open(path, os.O_RDONLY)
    except OSError:
        return False
    try:
        head = _read(fd, 200)
    finally:
        _close(fd)
    return head.startswith(b"#!") and b"python" in head


def refuses(arguments: Sequence[str]) -> Optional[str]:
    """Return the flag by which an interpreter passes us over, "" for a helper that is left alone, else None."""
    words = iter(arguments)
    for word in words:
        if len(word) < 2 or word[0] != "-" or word.startswith("--"):
            return None
        for at, letter in enumerate(word[1:], 1):
            if letter in "IES":
                return letter
            if letter == "c":
                code = word[at + 1 :] or next(words, "")
                return "" if code.startswith(HELPERS) else None
            if letter == "m":
                return None
            if letter in _TAKES_VALUE:
                if at + 1 == len(word):
                    next(words, None)
                break
    return None


def _import(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError:
        return None
