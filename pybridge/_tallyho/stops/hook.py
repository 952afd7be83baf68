"""The program's own breakpoint() and pdb.set_trace() stop it, while somebody is there who lets it go on."""

from __future__ import annotations

import os
import sys
from types import FrameType, ModuleType
from typing import Any, Callable, Optional

_PDB = os.path.join(os.path.dirname(os.__file__), "pdb.py")


class BreakpointHook:
    """Takes the place of sys.breakpointhook, and of pdb.set_trace where nobody could answer pdb, and gives them back."""

    def __init__(self, stop: Callable[[FrameType], None]) -> None:
        self.stop = stop
        self.ours: Any = None
        self.pdb: Optional[_Pdb] = None

    def take(self) -> None:
        """Take the hook, unless the person has chosen another by PYTHONBREAKPOINT or the program has set one."""
        if not _at_terminal():
            self.pdb = _Pdb(self.stop)
            self.pdb.take()
        if os.environ.get("PYTHONBREAKPOINT") is not None or sys.breakpointhook is not sys.__breakpointhook__:
            return

        def breakpointhook(*_: Any, **__: Any) -> None:
            self.stop(sys._getframe(1))

        self.ours = sys.breakpointhook = breakpointhook

    def give_back(self) -> None:
        """Give the hook back, unless the program has set another since."""
        if self.pdb is not None:
            self.pdb.give_back()
        if self.ours is not None and sys.breakpointhook is self.ours:
            sys.breakpointhook = sys.__breakpointhook__


def _at_terminal() -> bool:
    """Report whether somebody could answer pdb, which reads what the program reads."""
    try:
        return os.isatty(0)
    except OSError:
        return False


class _Pdb:
    """Takes the place of pdb.set_trace: pdb would read an empty standard input, and end the program.

    Where pdb is not imported yet, a finder before all others waits for it, and goes as soon as it is asked.
    """

    def __init__(self, stop: Callable[[FrameType], None]) -> None:
        self.stop = stop
        self.module: Any = None
        self.theirs: Any = None
        self.ours: Any = None

    def take(self) -> None:
        """Take the place of pdb.set_trace now, or when pdb is imported."""
        module = sys.modules.get("pdb")
        if type(module) is ModuleType:
            self.replace(module)
        else:
            sys.meta_path.insert(0, self)

    def give_back(self) -> None:
        """Leave everything as it would be without us."""
        self._leave()
        if self.module is not None and self.module.__dict__.get("set_trace") is self.ours:
            self.module.__dict__["set_trace"] = self.theirs

    def _leave(self) -> None:
        for at, finder in enumerate(sys.meta_path):
            if finder is self:
                del sys.meta_path[at]
                return

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Find pdb as the finders behind this one do, and replace its function when it is loaded."""
        if name != "pdb":
            return None
        self._leave()
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            spec = None if find is None else find(name, path, target)
            if spec is not None:
                if spec.origin == _PDB and hasattr(spec.loader, "exec_module"):
                    spec.loader = _Loader(spec.loader, self.replace)
                return spec
        return None

    def replace(self, module: Any) -> None:
        """Replace a module's set_trace, if the module is Python's own."""
        theirs = module.__dict__.get("set_trace")
        if theirs is None or getattr(getattr(theirs, "__code__", None), "co_filename", "").rpartition(os.sep)[2] != "pdb.py":
            return

        def set_trace(*_: Any, **__: Any) -> None:
            self.stop(sys._getframe(1))

        self.module, self.theirs, self.ours = module, theirs, set_trace
        module.__dict__["set_trace"] = set_trace


class _Loader:
    """Loads a module by another loader, and tells when that is done; the module knows the other one alone."""

    def __init__(self, loader: Any, loaded: Callable[[Any], None]) -> None:
        self.loader = loader
        self.loaded = loaded

    def create_module(self, spec: Any) -> Any:
        """Have the other loader create the module."""
        return self.loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        """Have the other loader run the module, as its own."""
        module.__loader__ = module.__spec__.loader = self.loader
        self.loader.exec_module(module)
        self.loaded(module)
