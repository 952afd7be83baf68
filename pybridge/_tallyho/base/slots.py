"""A frame's variables, each read from its own place in the frame, for code whose variables the interpreter misreads.

A comprehension that is a part of the code around it (PEP 709) has its variable among that code's. Where the code has a cell
of that name, the comprehension's value lies in the place of the cell while it runs: CPython 3.13.0 to 3.13.2 take the value
for a cell, which ends the process (gh-128396). Where a function has the name from a function around it, it has two
variables of that name, and CPython 3.12 reads the outer one for both.

Only code of that kind is read here. Where nobody knows how frames lie in memory, such a name's value is Unreadable.
"""

from __future__ import annotations

import dis
import sys
from types import CodeType, FrameType
from typing import Any, Callable, Dict, FrozenSet, NamedTuple, Optional, Tuple

from . import fastlocals
from .behaviour import FRAME_SLOTS, FULL_VERSION, LIVE_LOCALS, OUTER_NAMES_WIN, VALUES_ARE_TAKEN_FOR_CELLS
from .fastlocals import CO_OPTIMIZED
from .ownmemory import own_memory

NEEDED = VALUES_ARE_TAKEN_FOR_CELLS or OUTER_NAMES_WIN
"""Whether this interpreter misreads any code."""

_NO_NAMES: FrozenSet[str] = frozenset()
_CELL: Any = type((lambda one: lambda: one)(0).__closure__[0])  # type: ignore[index]
_VIEW: type = type((lambda: sys._getframe().f_locals)())
_CLEARS = dis.opmap.get("LOAD_FAST_AND_CLEAR", -1)
_EXTENDS = dis.opmap["EXTENDED_ARG"]
_MOST_CODES = 1000


class Unreadable:
    """Stands for a value that cannot be read here. Whatever is computed with it raises a NameError that says so."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def _refuse(self, *_: Any) -> Any:
        raise NameError("%r cannot be read in this function by Python %s: a comprehension in it has a variable of that name"
                        % (self._name, FULL_VERSION))  # fmt: skip

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = __getattr__ = __getitem__ = __iter__ = __call__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __neg__ = __len__ = __contains__ = _refuse
    __str__ = __repr__ = __hash__ = _refuse


def doubled(code: CodeType) -> FrozenSet[str]:
    """Return the names that a function has twice: as a comprehension's variable, and from a function around it."""
    outer = code.co_freevars
    if not outer or not code.co_flags & CO_OPTIMIZED:
        return _NO_NAMES
    return frozenset(name for name in outer if name in code.co_varnames)


_covered: Dict[CodeType, FrozenSet[str]] = {}


def covered(code: CodeType) -> FrozenSet[str]:
    """Return the names of the cells in whose place a comprehension's value may lie."""
    cells = code.co_cellvars
    if not cells or not any(name in code.co_varnames for name in cells):
        return _NO_NAMES
    found = _covered.get(code)
    if found is None:
        if len(_covered) >= _MOST_CODES:
            _covered.clear()
        found = _covered[code] = frozenset(cells).intersection(_cleared(code))
    return found


def _cleared(code: CodeType) -> FrozenSet[str]:
    """Return the names of the variables that comprehensions take for themselves and give back."""
    units, names, found, extended = code.co_code, _names(code), set(), 0
    if _CLEARS not in units:
        return _NO_NAMES
    for at in range(0, len(units), 2):
        argument = extended | units[at + 1]
        extended = argument << 8 if units[at] == _EXTENDS else 0
        if units[at] == _CLEARS and argument < len(names):  # a cache may look like one
            found.add(names[argument])
    return frozenset(found)


def _nothing(code: CodeType) -> FrozenSet[str]:
    return _NO_NAMES


misread: Callable[[CodeType], FrozenSet[str]] = covered if VALUES_ARE_TAKEN_FOR_CELLS else doubled if OUTER_NAMES_WIN else _nothing
"""Returns the names of a code object's variables that the interpreter misreads."""


def _names(code: CodeType) -> Tuple[str, ...]:
    """Return the names of a frame's places, in their order."""
    own = code.co_varnames
    return own + tuple(name for name in code.co_cellvars if name not in own) + code.co_freevars


def _make(words: Any, references: Any, outer: int, first: int, added: int) -> Callable[[FrameType], Dict[str, Any]]:
    def read(frame: FrameType) -> Dict[str, Any]:
        """Return the variables of a frame that have a value."""
        code = frame.f_code
        own, cells = code.co_varnames, code.co_cellvars
        pointer = (id(frame) + outer) >> 3
        found: Dict[str, Any] = {}
        for at, name in enumerate(_names(code)):
            # Nothing is called from here to where the value is held: the frame is elsewhere once its function has returned.
            place = ((words[pointer] + first) >> 3) + at
            if not words[place]:
                continue
            value = references[place]
            if type(value) is _CELL and (at >= len(own) or name in cells):
                try:
                    value = value.cell_contents
                except ValueError:
                    continue
            found.setdefault(name, value)
        extra = (id(frame) + added) >> 3
        if added and words[extra]:
            return {**references[extra], **found}  # what somebody has named there, by f_locals
        return found

    return read


def _by_name(frame: FrameType) -> Dict[str, Any]:
    """Return a frame's variables without reading those that would be misread."""
    unreadable = misread(frame.f_code)
    found: Dict[str, Any] = {}
    names: Any = frame.f_locals if LIVE_LOCALS else fastlocals.read(frame)
    for name in _names(frame.f_code):
        if name in unreadable:
            found[name] = Unreadable(name)
        elif name in names:
            found[name] = names[name]
    return found


def _works(read: Callable[[FrameType], Dict[str, Any]]) -> bool:
    """Try it on a frame of our own, with an argument, a cell, a variable of an outer function, and what somebody adds."""
    outer = object()

    def trial(one: Any, two: Any) -> bool:
        frame = sys._getframe()
        three = lambda: (two, outer)  # noqa: E731
        wanted: Any = None
        if LIVE_LOCALS:
            frame.f_locals["added"] = outer
        found = read(frame)
        wanted = {"one": one, "two": two, "frame": frame, "three": three, "wanted": None, "outer": outer, "read": read}
        if LIVE_LOCALS:
            wanted["added"] = outer
        return bool(found == wanted)

    return trial(object(), object())


class VariablePlaces(NamedTuple):
    """How a function's variable is read alone, without a dictionary of all of them: it is
    references[((words[(id(frame) + outer) >> 3] + first) >> 3) + place], a ValueError where it has no value."""

    words: Any
    references: Any
    outer: int
    first: int


_layout = FRAME_SLOTS if NEEDED else None
_memory = own_memory() if _layout is not None else None


def _choose() -> Callable[[FrameType], Dict[str, Any]]:
    layout, memory = _layout, _memory
    if layout is None or memory is None:
        return _by_name
    try:
        direct = _make(*memory, *layout)
        return direct if _works(direct) else _by_name
    except Exception:
        return _by_name


_read = _choose()
DIRECT = _read is not _by_name

PLACES: Optional[VariablePlaces] = None
"""None where a variable is not read alone: below 3.13 that is faster than to ask the interpreter, which makes a dictionary."""
if DIRECT and not LIVE_LOCALS and _layout is not None and _memory is not None:
    PLACES = VariablePlaces(*_memory, *_layout[:2])


def place(code: CodeType, name: str) -> int:
    """Return the place of a function's variable that is in no cell; -1 for any other name."""
    if not code.co_flags & CO_OPTIMIZED or name not in code.co_varnames or name in code.co_cellvars or name in code.co_freevars:
        return -1
    return code.co_varnames.index(name)


def read(frame: FrameType) -> Optional[Dict[str, Any]]:
    """Return a frame's variables, where its code is misread; None where the frame has none just now, and its names are those
    of its module or class body."""
    code = frame.f_code
    if code.co_flags & CO_OPTIMIZED:
        return _read(frame)
    names = _read(frame) if DIRECT or type(frame.f_locals) is _VIEW else {}
    return names if any(name in names for name in code.co_varnames) else None
