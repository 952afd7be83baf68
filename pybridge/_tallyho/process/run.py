"""Becoming the program: script, module or code, as plain Python would have run it."""

from __future__ import annotations

import importlib.machinery
import importlib.util
import io
import linecache
import marshal
import os
import sys
import traceback  # noqa: F401  (from 3.13 on an exception is reported with it: its import would be events of the program)
from types import CodeType, ModuleType
from typing import Any, Callable, Dict, Iterator, Mapping, Optional, Protocol, Tuple

from .. import MODULES_BEFORE
from ..base import guest
from ..base.behaviour import ANNOTATES_LATE, HAS_LAST_EXC, MODULES_SAY_CACHED, MONITORING
from ..base.classes import is_a
from ..base.tallied import type_in
from .hiddenframe import Hiding, inside_of_c, out_of_sight

BOOT = "tallyho_boot.py"

# Bound now: the program may change these modules.
_excepthook = sys.__excepthook__


class Witness(Protocol):
    """What a Run tells of the program's beginning and end (ending.py)."""

    @property
    def tells_frames(self) -> bool:
        """Whether the interpreter tells a trace function of ours of each frame."""

    def runs_above(self, frames: int) -> None:
        """The program's outermost frame has that many frames of ours below it."""

    def ended(self) -> None:
        """The program's main code has ended, one way or the other."""

    def tell_exception(self, error: BaseException, trace: Any) -> None:
        """Tell which exception ended the program."""


class Run:
    """What is to run, and how it ended. Exactly one of `code` and `module` is set when it is ready."""

    def __init__(self, run: Mapping[str, Any], stage: str) -> None:
        self.kind = str(run.get("kind") or "script")
        self.target = str(run.get("target") or "")
        self.stage = stage
        self.witness: Optional[Witness] = None
        self.code: Optional[CodeType] = None
        self.namespace: Dict[str, Any] = {}
        self.module: Optional[Callable[..., Any]] = None
        self.arguments: Tuple[Any, ...] = ()
        self.error: Optional[BaseException] = None
        self.own_frames = 1
        self._hidden: Optional[Hiding] = None
        self._told: Any = None
        self._loader: Optional[Callable[[], CodeType]] = None
        self.status: Optional[int] = 0
        self.begins = self.kind not in ("child", "attached")
        """Whether it is ours to begin: a program that runs already keeps its __main__, its arguments and its path."""
        if self.begins:
            self._name_the_program()
        self._old_main = sys.modules.get("__main__")
        """The module that we began in, kept alive: up to 3.12 CPython only borrows it while it runs `python -c`."""
        safe_path = getattr(sys.flags, "safe_path", False) or sys.flags.isolated
        self.path_entry = not safe_path
        if self.begins and self.path_entry and sys.path and os.path.realpath(sys.path[0]) == os.path.realpath(stage):
            del sys.path[0]

    def observe(self, witness: Optional[Witness]) -> None:
        """Tell a witness of the program's beginning and end; None: nobody."""
        self.witness = witness

    def hide(self, code: CodeType) -> "tuple[Iterator[Any], Any]":
        """Put the frame that is to run the program out of sight; return the items and the key of the sorted() that runs it
        (hiddenframe.py)."""
        if MONITORING and self.witness is not None and self.witness.tells_frames:
            self._hidden = None  # the interpreter tells our own trace function of that frame
        else:
            self._hidden = out_of_sight(code)
        if self._hidden is not None:
            self.own_frames -= 1
            if self.witness is not None:
                self.witness.runs_above(self.own_frames)
        run, arguments = (exec, (self.code, self.namespace)) if self.code is not None else (self.module, self.arguments)
        if run is None:
            return iter(()), None
        items, key, self._told = inside_of_c(run, arguments, self._hidden or Hiding(iter(()), iter(())))
        return items, key

    def show(self) -> None:
        """Have the frame that ran the program seen again."""
        if self._hidden is not None:
            next(self._hidden.show, None)

    def _name_the_program(self) -> None:
        """Have sys.orig_argv say what plain Python would have been started on: programs start themselves again by it."""
        words = getattr(sys, "orig_argv", None)
        ours = os.path.join(self.stage, BOOT)
        for at, word in enumerate(words or ()):
            if word == ours:
                said = {"module": ["-m", self.target], "code": ["-c", self.target], "stdin": ["-"]}.get(self.kind, [self.target])
                words[at : at + 1] = said  # type: ignore[index]
                return

    # Making ready.

    def set_up(self) -> None:
        """Set sys.argv, sys.path and __main__; what fails here fails as in plain Python when it is run."""
        ways: Dict[str, Callable[[], None]] = {
            "module": self._set_up_module, "code": self._set_up_code, "stdin": self._set_up_stdin}  # fmt: skip
        ways.get(self.kind, self._set_up_script)()

    def make_ready(self) -> None:
        """Set up and load: afterwards `code` or `module` is there, or `error`."""
        self.set_up_quietly()
        self.load_quietly()

    def set_up_quietly(self) -> None:
        """Set up; what fails is raised when the program is to run."""
        if self._loader is None and self.module is None:
            try:
                self.set_up()
                if sys.path:
                    forget_hidden_modules(sys.path[0])
            except BaseException as error:
                self.error = error

    def load_quietly(self) -> None:
        """Compile what is to run; what fails is raised when the program is to run."""
        self.set_up_quietly()
        if self.error is None and self._loader is not None:
            try:
                self.code = self._loader()
            except BaseException as error:
                self.error = error

    def _main(self) -> ModuleType:
        main = ModuleType("__main__")
        main.__dict__["__builtins__"] = sys.modules["builtins"]
        if not ANNOTATES_LATE:
            main.__dict__["__annotations__"] = {}
        sys.modules["__main__"] = main
        self.namespace = main.__dict__
        return main

    def _set_up_stdin(self) -> None:
        self._set_up_code("-")
        main = sys.modules["__main__"]
        main.__file__ = "<stdin>"

    def _set_up_code(self, name: str = "-c") -> None:
        sys.argv[0] = name
        if self.path_entry:
            sys.path.insert(0, "")
        main = self._main()
        loader: Any = importlib.machinery.BuiltinImporter  # the class itself, as the interpreter sets it
        main.__loader__ = loader
        self._loader = self._load_code

    def _load_code(self) -> CodeType:
        if self.kind == "stdin":
            code = compile(self.target, "<stdin>", "exec", dont_inherit=True)
            type_in(code, self.target)
            return code
        source = self.target + "\n"  # as the interpreter does
        code = compile(source, "<string>", "exec", dont_inherit=True)
        _register(code, source)
        type_in(code, source)
        return code

    def _set_up_module(self) -> None:
        if self.path_entry:
            sys.path.insert(0, os.getcwd())
        sys.argv[0] = "-m"
        self._use_runpy(self.target, True)

    def _use_runpy(self, name: str, alter_argv: bool) -> None:
        import runpy

        self._main()
        run = runpy._run_module_as_main  # type: ignore[attr-defined]
        guest.hide(run.__code__)
        guest.hide(runpy._run_code.__code__)  # type: ignore[attr-defined]
        self.own_frames = 3
        self.module, self.arguments = run, (name, alter_argv)

    def _set_up_script(self) -> None:
        sys.argv[0] = self.target
        if _importable(self.target):
            sys.path.insert(0, absolute(self.target))
            self._use_runpy("__main__", False)
            return
        path = absolute(self.target)
        if self.path_entry:
            sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
        main = self._main()
        main.__file__ = path
        if MODULES_SAY_CACHED:
            main.__cached__ = None  # type: ignore[attr-defined]
        kind: Any = importlib.machinery.SourceFileLoader
        if path.endswith(".pyc"):
            kind = importlib.machinery.SourcelessFileLoader
        main.__loader__ = kind("__main__", path)
        self._loader = self._load_script

    def _load_script(self) -> CodeType:
        path = str(self.namespace["__file__"])
        try:
            with io.open_code(path) as file:
                source = file.read()
        except OSError as error:
            self._refuse(path, error)
        if path.endswith(".pyc"):
            return _load_compiled(source)
        return compile(source, path, "exec", dont_inherit=True)

    def _refuse(self, path: str, error: OSError) -> None:
        program = (getattr(sys, "orig_argv", None) or [sys.executable])[0]
        text = "%s: can't open file %r: [Errno %d] %s\n" % (program, path, error.errno or 0, error.strerror)
        if sys.stderr is not None:
            sys.stderr.write(text)
        raise SystemExit(2) from None

    def let_modules_be_found(self) -> None:
        """Forget hidden modules in a process that runs its own program, which lies where its arguments say."""
        program = (getattr(sys, "argv", None) or [""])[0]
        if self.path_entry:
            forget_hidden_modules("" if program in ("", "-c", "-m") else os.path.dirname(os.path.realpath(program)))

    # Ending.

    def ended(self) -> None:
        """The program's main code has ended, one way or the other. Its globals live until the interpreter ends, as in plain Python."""
        self.namespace, self.code, self.module, self.arguments, self._told = {}, None, None, (), None
        if self.witness is not None:
            self.witness.ended()

    def farewell(self) -> BaseException:
        """Report the exception that ended the program as Python does, and return the exception to end with (tallyho_boot.py raises it).

        The exception itself then travels on, so that the interpreter ends
        natively (exit code, SIGINT); the hook that it calls says nothing more.
        """
        error = self.error
        assert error is not None
        if is_a(error, SystemExit):
            self.status = exit_status(error)
            return error
        self.status = 1
        trace = self._own_traceback(error)
        error.__traceback__ = trace
        if self.witness is not None:
            self.witness.tell_exception(error, trace)
        return self._show(error, trace) or error

    def _own_traceback(self, error: BaseException) -> Any:
        trace = guest.traceback_of(error)
        while trace is not None and trace.tb_frame.f_code.co_filename.startswith(self.stage):
            trace = trace.tb_next
        return trace

    def _show(self, error: BaseException, trace: Any) -> Optional[BaseException]:
        for stream in (sys.stderr, sys.stdout):
            try:
                stream.flush()
            except Exception:
                pass
        _set_last(error, trace)
        hook = getattr(sys, "excepthook", None) or _excepthook
        leaving: Optional[BaseException] = None
        broken: Optional[BaseException] = None
        try:
            hook(type(error), error, trace)
        except SystemExit as exit_:
            leaving = exit_
        except BaseException as failure:
            broken = failure
        if leaving is not None:
            self.status = exit_status(leaving)
            return leaving
        if broken is not None:
            self._show_broken_hook(broken, error, trace)

        def silent(kind: Any, value: Any, value_trace: Any) -> None:
            sys.excepthook = hook
            value.__traceback__ = trace
            _set_last(value, trace)

        sys.excepthook = silent
        return None

    def _show_broken_hook(self, broken: BaseException, error: BaseException, trace: Any) -> None:
        own = self._own_traceback(broken)
        if sys.stderr is None:
            return
        sys.stderr.write("Error in sys.excepthook:\n")
        _excepthook(type(broken), broken.with_traceback(own), own)
        sys.stderr.write("\nOriginal exception was:\n")
        _excepthook(type(error), error, trace)


def forget_hidden_modules(directory: str) -> None:
    """Let the program import its own modules where they have the name of one that only the bridge has imported."""
    try:
        names = os.listdir(directory or ".")
    except OSError:
        return
    for name in names:
        stem, _, ending = name.partition(".")
        if stem not in sys.modules or stem in MODULES_BEFORE or stem == "__main__":
            continue
        if ending in ("py", "pyc") or not ending and os.path.exists(os.path.join(directory, name, "__init__.py")):
            for module in [m for m in sys.modules if m == stem or m.startswith(stem + ".")]:
                del sys.modules[module]


def _set_last(error: BaseException, trace: Any) -> None:
    if HAS_LAST_EXC:
        sys.last_exc = error
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, trace


def exit_status(error: BaseException) -> int:
    """Return the exit code that a SystemExit means."""
    code = SystemExit.__dict__["code"].__get__(error)
    if code is None:
        return 0
    return int(code) & 0xFF if type(code) is int or type(code) is bool else 1


def absolute(path: str) -> str:
    """Return a script's path as the interpreter makes it absolute: joined, not normalised."""
    if os.path.isabs(path):
        return path
    try:
        return os.path.join(os.getcwd(), path)
    except OSError:
        return path


def _importable(path: str) -> bool:
    """Report whether it is a directory or an archive, whose __main__ is run."""
    for hook in sys.path_hooks:
        try:
            hook(path)
            return True
        except ImportError:
            pass
    return False


def _load_compiled(data: bytes) -> CodeType:
    if data[:4] != importlib.util.MAGIC_NUMBER:
        raise RuntimeError("Bad magic number in .pyc file")
    code = marshal.loads(data[16:])
    if type(code) is not CodeType:
        raise RuntimeError("Bad code object in .pyc file")
    return code


def _register(code: CodeType, source: str) -> None:
    """Show the lines of -c in tracebacks, as 3.13 and newer do: keyed by file name in 3.13.0, by code object later."""
    register = getattr(linecache, "_register_code", None)
    if register is None:
        return
    by_code = hasattr(linecache, "_getline_from_code")
    try:
        register(code if by_code else "<string>", source, "<string>")
    except Exception:
        pass


__all__ = ["Run"]
