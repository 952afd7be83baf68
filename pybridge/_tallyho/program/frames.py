"""A frame's variables for those who look at a stopped program, and writing to them: directly from 3.13 on, through the
interpreter's own copy before."""

from __future__ import annotations

from _thread import allocate_lock
from types import FrameType
from typing import Any, Dict, List, Sequence, Tuple

from ..base import fastlocals
from ..base.behaviour import LIVE_LOCALS
from ..base.namespaces import NOTHING, everything
from ..base.slots import doubled
from .fields import CO_OPTIMIZED
from .scoping import plain
from .templates import template_names
from .trouble import RequestError

_VARARGS, _VARKEYWORDS = 0x04, 0x08
_writing = allocate_lock()
"""Between a write to the copy of a frame's variables and its way back nobody else may ask for the copy."""


def read(frame: FrameType) -> Dict[str, Any]:
    """Return a copy of a frame's variables; of a template's, those of the template."""
    names = template_names(frame)
    if names is not None:
        return names
    with _writing:
        return everything(frame)


def parameters(frame: FrameType) -> List[Tuple[str, Any]]:
    """Return the parameters of a frame's function as they are now, NOTHING for those that were deleted."""
    code = frame.f_code
    if not code.co_flags & CO_OPTIMIZED:
        return []
    number = code.co_argcount + code.co_kwonlyargcount
    names = list(code.co_varnames[: number + bool(code.co_flags & _VARARGS) + bool(code.co_flags & _VARKEYWORDS)])
    shown = names[:number]
    if code.co_flags & _VARARGS:
        shown.insert(code.co_argcount, "*" + names[number])
    if code.co_flags & _VARKEYWORDS:
        shown.append("**" + names[-1])
    found = read(frame)
    return [(name, found.get(name.lstrip("*"), NOTHING)) for name in shown]


class NotDeleted(RequestError):
    """A variable is still there."""


def _forget(frame: FrameType, name: str) -> bool:
    """Delete a name that is no variable of the function itself, but was added to its frame; False where that cannot be (gh-125590)."""
    try:
        frame.f_locals.pop(name)
    except (ValueError, AttributeError):  # 3.13's proxy can take nothing away
        return False
    except KeyError:
        pass
    return True


def write(frame: FrameType, changes: Dict[str, Any], gone: Sequence[str] = ()) -> None:
    """Set and delete variables. Raises RequestError where this interpreter cannot."""
    twice = doubled(frame.f_code)
    if twice and (not LIVE_LOCALS or not twice.isdisjoint(changes)):
        raise RequestError("variables cannot be changed here: Python takes the two of the name %r for one" % min(twice))
    if plain(frame) or LIVE_LOCALS:
        frame.f_locals.update(changes)
        if plain(frame):
            for name in gone:
                frame.f_locals.pop(name, None)
        elif gone:
            left = [name for name in gone if not _forget(frame, name)]
            if left:
                raise NotDeleted("variables of a function cannot be deleted from outside it: %s" % ", ".join(left))
        return

    def change(variables: Dict[str, Any]) -> None:
        variables.update(changes)
        for name in gone:
            variables.pop(name, None)
        _store(frame, bool(gone))

    with _writing:
        fastlocals.write(frame, change)


def _store(frame: FrameType, clear: bool) -> None:
    try:
        import ctypes

        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(clear))
    except (ImportError, AttributeError):
        raise RequestError("variables cannot be changed here: this interpreter has no ctypes") from None
