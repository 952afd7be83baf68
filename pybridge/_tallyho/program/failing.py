"""Evaluations that raise, and names that are not bound: counted, told of once, and no reason to stop asking.

A name that the frame's code knows may be bound later: until then what asks for it does not hold. A name that nothing in the
file knows is a mistake where somebody asked at one line of the file; where a query asks everywhere it may be another function's.
"""

from __future__ import annotations

from _thread import allocate_lock
from types import CodeType, FrameType
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Set

from ..base.classes import name_of
from ..values.rendering import error_text


class Failures:
    """What went wrong at one tracepoint."""

    def __init__(self, limit: int, file: Optional[Callable[[], Iterable[CodeType]]]) -> None:
        self.limit = limit
        """Errors after which it is given up; 0: never."""
        self.file = file
        """Returns the code of the file at a line of which the tracepoint asks; None: it asks everywhere."""
        self.errors = 0
        self.message = ""
        """The first error and where it was."""
        self.strange: Dict[str, int] = {}
        """Names that the code they were asked in does not know, and how often."""
        self.known: Set[str] = set()
        self._lock = allocate_lock()

    def failed(self, error: BaseException, where: str) -> bool:
        """An evaluation raised. Returns whether that was one too many."""
        with self._lock:
            self.errors += 1
            first, enough = self.errors == 1, 0 < self.limit <= self.errors
        if first:
            self.message = "%s: %s, at %s" % (name_of(type(error)), plain_message(error), where)
        return enough

    def unbound(self, frame: FrameType, names: Sequence[str]) -> bool:
        """Names were not bound in a frame. Returns whether that is no error."""
        strange = [name for name in names if name not in _names(frame.f_code)]
        self.known.update(name for name in names if name not in strange)
        if strange and self.file is not None:
            return all(any(name in _names(code) for code in self.file()) for name in strange)
        with self._lock:
            for name in strange:
                self.strange[name] = self.strange.get(name, 0) + 1
        return True

    def never_bound(self, codes: Sequence[CodeType]) -> List[str]:
        """Return the names that are known to none of the code they were asked in."""
        return [name for name in self.strange if name not in self.known and not any(name in _names(code) for code in codes)]


def _names(code: CodeType) -> Set[str]:
    return {*code.co_varnames, *code.co_cellvars, *code.co_freevars, *code.co_names}


def plain_message(error: BaseException) -> str:
    """Return an exception's message without running its class's code."""
    args = BaseException.__dict__["args"].__get__(error)
    if len(args) == 1 and type(args[0]) is str:
        return str(args[0])[:300]
    return error_text(error)[:300]


__all__ = ["Failures", "plain_message"]
