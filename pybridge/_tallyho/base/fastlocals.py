"""The variables of a function's frame, read so that nothing of it stays behind below CPython 3.13.

There frame.f_locals makes a dictionary that the frame keeps: what the function deletes lives on in it, and an import
hook is shown it. Before 3.11 the interpreter makes it for every call of a trace function, too, asked or not; and what is
in it after that call is written back, from 3.11 on if it was asked for. It cannot be taken away from Python, so the
frame's one word that refers to it is written, where the interpreter is one whose frames are known and a trial has shown
that they are so. Elsewhere the dictionary stays. From 3.13 on (PEP 667) there is none.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Callable, Dict, NamedTuple, Set

from .behaviour import FRAME_LAYOUT, LIVE_LOCALS
from .ownmemory import own_memory

CO_OPTIMIZED = 0x1
MARKS, MARK = 16, 1 << 48
"""From 3.11 on a frame object has a word that says whether its variables were asked for: how many bytes it lies behind the pointer to the
interpreter's frame, and the bit."""


class Access(NamedTuple):
    """The five ways to a frame's names; which functions they are depends on the interpreter."""

    read: Callable[[FrameType], Dict[str, Any]]
    """Returns a function's variables in a new dictionary, which is the caller's."""
    let_go: Callable[[FrameType], None]
    """Takes from a frame the dictionary that the interpreter has made for a call of a trace function, if nobody else has it."""
    write: Callable[[FrameType, Callable[[Dict[str, Any]], None]], None]
    """Has the variables changed, as a dictionary, and writes them back to the frame."""
    kept: Callable[[FrameType], Dict[str, Any]]
    """Returns what a person has added to the frame: names that are no variables of its function."""
    namespace: Callable[[FrameType], Any]
    """Returns the names of a frame that is no function's: of a module or a class body."""


def _read(frame: FrameType) -> Dict[str, Any]:
    return dict(frame.f_locals)


def _let_go(frame: FrameType) -> None:
    pass


def _write(frame: FrameType, change: Callable[[Dict[str, Any]], None]) -> None:
    found: Any = frame.f_locals  # a dictionary, or what stands for one (PEP 667)
    change(found)


def _kept(frame: FrameType) -> Dict[str, Any]:
    return {}


def _namespace(frame: FrameType) -> Any:
    return frame.f_locals


PLAIN = Access(_read, _let_go, _write, _kept, _namespace)


def _make(words: Any, references: Any, outer: int, inner: int) -> Access:
    # Nothing is called between finding the word and writing it: another thread's frame may end at a call, and from 3.11
    # on is somewhere else then.
    def read_direct(frame: FrameType) -> Any:
        at = (id(frame) + inner) >> 3
        held = words[at]
        words[at] = 0
        found = frame.f_locals
        words[at] = held
        words[id(found) >> 3] -= 1
        return found

    def read_through(frame: FrameType) -> Any:
        at_home = id(frame) + outer
        pointer, marks = at_home >> 3, (at_home + MARKS) >> 3
        mark = words[marks]
        at = (words[pointer] + inner) >> 3
        held = words[at]
        words[at] = 0
        found = frame.f_locals
        words[(words[pointer] + inner) >> 3] = held
        words[marks] = mark  # nothing is to be written back
        words[id(found) >> 3] -= 1
        return found

    def namespace(frame: FrameType) -> Any:
        marks = (id(frame) + outer + MARKS) >> 3
        mark = words[marks]
        found = frame.f_locals
        words[marks] = mark  # 3.12 would lose the variables of a module's comprehensions
        return found

    # What only the frame refers to is the interpreter's own, of its call of a trace function; what the program got by
    # locals() and keeps is left to it.
    def let_go(frame: FrameType) -> None:
        at = (id(frame) + inner) >> 3
        held = words[at] >> 3
        if held and words[held] == 1 and frame.f_code.co_flags & CO_OPTIMIZED and not (typed and held in typed):
            last = references[at]
            words[at] = 0
            words[held] -= 1
            del last

    def word(frame: FrameType) -> int:
        return (words[(id(frame) + outer) >> 3] + inner if outer else id(frame) + inner) >> 3

    def kept(frame: FrameType) -> Dict[str, Any]:
        at = word(frame)
        return foreign(references[at], frame) if words[at] else {}

    def write(frame: FrameType, change: Callable[[Dict[str, Any]], None]) -> None:
        at = word(frame)
        held = words[at]
        old = references[at] if held else None
        words[at] = 0
        found: Any = frame.f_locals
        if old is not None:
            found.update(foreign(old, frame))
        try:
            change(found)
        finally:
            new = foreign(found, frame)
            if old is None and new:
                found.clear()  # what a person has named lives as long as the frame, and nothing else in there
                found.update(new)
            else:
                if old is not None:
                    old.update(new)
                words[word(frame)] = held
                words[id(found) >> 3] -= 1
            if new:
                typed.add(words[word(frame)] >> 3)
                if len(typed) > MOST_TYPED:
                    typed.clear()

    if outer:
        return Access(read_through, _let_go, write, kept, namespace)
    return Access(read_direct, let_go, write, kept, _namespace)


def foreign(names: Dict[str, Any], frame: FrameType) -> Dict[str, Any]:
    """Return those of a frame's names that are no variables of its function: what a person has added."""
    code = frame.f_code
    own = {*code.co_varnames, *code.co_cellvars, *code.co_freevars}
    return {name: value for name, value in list(names.items()) if name not in own}


MOST_TYPED = 100
typed: Set[int] = set()
"""Where the dictionaries lie that hold what a person has named in a frame: they stay."""


def _works(words: Any, access: Access, outer: int, inner: int) -> bool:
    """Try it on a frame of our own: looking first, then touching."""

    def trial(one: Any) -> bool:
        frame = sys._getframe()
        marks = (id(frame) + outer + MARKS) >> 3
        before = words[marks]
        local = frame.f_locals
        if outer and (words[marks] ^ before) != MARK:
            return False
        at = (words[(id(frame) + outer) >> 3] + inner if outer else id(frame) + inner) >> 3
        if words[at] != id(local) or words[id(local) >> 3] != sys.getrefcount(local) - 1:
            return False
        words[at], words[marks] = 0, before
        words[id(local) >> 3] -= 1
        del local
        found = access.read(frame)
        return not words[at] and words[marks] == before and found["one"] is one and sys.getrefcount(found) == 2

    return trial(object())


def _choose() -> Access:
    layout = FRAME_LAYOUT
    found = own_memory() if layout is not None else None
    if layout is None or found is None:
        return PLAIN
    try:
        access = _make(*found, *layout)
        return access if _works(found[0], access, *layout) else PLAIN
    except Exception:
        return PLAIN


read, let_go, write, kept, namespace = PLAIN if LIVE_LOCALS else _choose()
LEAVES_NOTHING = LIVE_LOCALS or read is not _read
"""Whether a frame whose variables were read lets go of them as it would have without us."""
