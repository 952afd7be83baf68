"""Taking over what the person changes in the files of a program that runs: `autoReload` of the configuration.

The files of the person's modules are looked at now and then. What has changed is compiled, and executed in a namespace of
its own: in a thread of its own, since it is the program's code and may wait for whatever it likes. Then what it defines goes
over into the module (inplace.py). A text that cannot be compiled, or whose code raises, changes nothing.
"""

from __future__ import annotations

import ast
import linecache
import os
import sys
import time
from _thread import start_new_thread
from types import CodeType, FunctionType, ModuleType
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from ..base import guest
from ..base.classes import module_dict, name_of
from ..base.compiling import quietly_compile
from ..base.globs import compiled
from ..base.unseen import unseen
from ..program.failing import plain_message
from .ending import traceback_frames
from .inplace import InPlace

MOST = 32 << 20
"""Bytes of a text that is still read."""

_ABOUT_MODULE = ("__name__", "__file__", "__builtins__", "__spec__", "__loader__", "__package__", "__path__", "__cached__")
_DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)

_monotonic, _stat = time.monotonic, os.stat
Stamp = Tuple[int, int]


class Execution:
    """One text of a module, executed in a thread of its own."""

    def __init__(self, module: Dict[str, Any], path: str, code: CodeType) -> None:
        self.module = module
        self.path = path
        self.code = code
        self.done = False
        self.failure = ""
        about = {name: module[name] for name in _ABOUT_MODULE if name in module}
        # The text of __main__ was cut down to its definitions, which need the names that the program has by now.
        self.namespace: Dict[str, Any] = dict(module) if module.get("__name__") == "__main__" else about
        with guest.BlockedSignals():
            start_new_thread(self._run, ())

    def _run(self) -> None:
        try:
            guest.take_no_signals()
            unseen(self._execute)
        except BaseException as error:
            self.failure = _failure(error, self.code.co_filename)
        finally:
            self.done = True

    def _execute(self) -> None:
        exec(self.code, self.namespace)


def refused(asked: Any, careful: bool, notice: Callable[[str], None]) -> bool:
    """Report whether there is to be no reloading: it is not asked for, or cannot be had in careful mode, which is told."""
    if isinstance(asked, dict) and careful:
        notice("autoReload has no effect in careful mode: it runs code of the program")
    return careful or not isinstance(asked, dict)


class Reloading:
    """Looks after the files of one process; used by the reader's thread."""

    def __init__(
        self,
        config: Mapping[str, Any],
        cwd: str,
        just_my_code: Callable[[str], bool],
        shown: Callable[[str], str],
        notice: Callable[[str], None],
        renewed: Callable[[str, str], None],
        moved: Callable[[str], None],
    ) -> None:
        self.interval = float(config.get("interval") or 1)
        self.include = compiled(config.get("include") or (), cwd)
        self.exclude = compiled(config.get("exclude") or (), cwd)
        self.just_my_code = just_my_code
        self.shown = shown
        self.notice = notice
        self.renewed = renewed
        """Called before a new text is taken over, with the file and the name that its code has for it."""
        self.moved = moved
        """Called with the file when its module has taken the new text over."""
        self.due = 0.0
        self.known: Dict[str, Tuple[ModuleType, str, Stamp]] = {}
        """By name: the module, its file if that is looked after, and how the file was."""
        self.met = 0
        """How many modules there were: a new one is looked at soon, before its file changes."""
        self.execution: Optional[Execution] = None

    def tick(self) -> None:
        """Look at the files, if it is time to, and take over what was executed."""
        try:
            if self.execution is not None:
                if self.execution.done:
                    execution, self.execution = self.execution, None
                    self._take(execution)
            elif (_monotonic() >= self.due or len(sys.modules) != self.met) and self._look():
                self.due = _monotonic() + self.interval
        except Exception as error:
            guest.leave(error, "a reload")

    def _look(self) -> bool:
        """Begin with the first file that has changed; True where there is none."""
        modules = list(sys.modules.items())
        self.met = len(modules)
        for name, module in modules:
            if type(name) is not str or type(module) is not ModuleType:
                continue
            known = self.known.get(name)
            if known is None or known[0] is not module:
                self._meet(name, module)
            elif known[1]:
                stamp = _stamp(known[1])
                if stamp is not None and stamp != known[2]:
                    self._reload(name, module, known[1], stamp)
                    if self.execution is not None:
                        return False
        return True

    def _meet(self, name: str, module: ModuleType) -> None:
        fields = module_dict(module)
        path = fields.get("__file__")
        if getattr(fields.get("__spec__"), "_initializing", False) is True:
            return  # it is not whole yet
        stamp = _stamp(path) if type(path) is str and path.endswith(".py") and self._wants(path) else None
        self.known[name] = module, path if stamp is not None and type(path) is str else "", stamp or (0, 0)

    def _wants(self, path: str) -> bool:
        real = os.path.realpath(path)
        plain = real.replace(os.sep, "/")
        if not self.just_my_code(real) or any(one.match(plain) for one in self.exclude):
            return False
        return not self.include or any(one.match(plain) for one in self.include)

    def _reload(self, name: str, module: ModuleType, path: str, stamp: Stamp) -> None:
        try:
            with open(path, "rb") as file:
                text = file.read(MOST)
        except OSError:
            return
        if _stamp(path) != stamp:
            return  # it is being written: the next look sees it whole
        self.known[name] = module, path, stamp
        fields: Any = module_dict(module)
        raw = _code_name(fields, path)
        try:
            code = _renamed(_compile(text, fields.get("__name__") == "__main__"), raw)
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            self._tell_failure(path, _failure(error, raw))
            return
        self.execution = Execution(fields, path, code)

    def _tell_failure(self, path: str, why: str) -> None:
        self.notice("not reloaded: %s: %s; nothing has changed" % (self.shown(path), why))

    def _take(self, execution: Execution) -> None:
        if execution.failure:
            self._tell_failure(execution.path, execution.failure)
            return
        linecache.checkcache(execution.code.co_filename)
        self.renewed(execution.path, execution.code.co_filename)
        work, trouble = InPlace(execution.module, execution.namespace), ""
        try:
            work.apply()
        except Exception as error:
            trouble = "%s: %s" % (name_of(type(error)), plain_message(error))
        self.moved(execution.path)
        parts = [", ".join(work.changed) + " changed"] if work.changed else []
        parts += ["new: " + ", ".join(work.new)] if work.new else []
        parts += ["kept: " + ", ".join(work.kept)] if work.kept else []
        parts += ["the rest could not be taken over: " + trouble] if trouble else []
        self.notice("reloaded: %s: %s" % (self.shown(execution.path), "; ".join(parts) or "no function or class has changed"))


def _stamp(path: str) -> Optional[Stamp]:
    try:
        about = _stat(path)
    except (OSError, ValueError):
        return None
    return about.st_mtime_ns, about.st_size


def _compile(text: bytes, main: bool) -> CodeType:
    """Compile a module's text; of the program itself what defines something, for the rest would run it again."""
    if not main:
        return quietly_compile(text, "")
    whole = quietly_compile(text, "", ast.PyCF_ONLY_AST)
    tree: Any = whole
    tree.body = [one for one in tree.body if isinstance(one, _DEFINING)]
    return quietly_compile(tree, "")


def _renamed(code: CodeType, name: str) -> CodeType:
    """Return code as that of a file: it was compiled under a name of ours."""
    inner = tuple([_renamed(one, name) if type(one) is CodeType else one for one in code.co_consts])
    return code.replace(co_filename=name, co_consts=inner)


def _code_name(fields: Mapping[str, Any], path: str) -> str:
    """Return how the module's code names its file."""
    found: List[str] = [
        value.__code__.co_filename for value in list(fields.values()) if type(value) is FunctionType and value.__globals__ is fields
    ]
    return next((name for name in found if os.path.realpath(name) == os.path.realpath(path)), path)


def _failure(error: BaseException, name: str) -> str:
    """Say what a text failed with, and at which line."""
    if isinstance(error, SyntaxError):
        return "line %s: %s" % (error.lineno, plain_message_of(error))
    lines = [line for file, line, _ in traceback_frames(error.__traceback__) if file == name]
    return "%s%s: %s" % ("line %d: " % lines[-1] if lines else "", name_of(type(error)), plain_message(error))


def plain_message_of(error: SyntaxError) -> str:
    """Return what is wrong with a text, without its file and line."""
    return error.msg[:300] if type(error.msg) is str else name_of(type(error))
