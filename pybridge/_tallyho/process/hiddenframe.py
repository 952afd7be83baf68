"""The one frame of ours below the program, put out of sight.

From 3.11 on a frame that has not come to its code's first RESUME is shown to nobody: not by f_back, not in a traceback, not
by a warning. Where that is, is one number in the code object, which is written while the program runs. From 3.12 on an
exception that passes such a frame while somebody uses sys.settrace becomes a SystemError ("Missing frame when calling
trace function"), so that the frame has to be seen again before the exception comes to it: the program is run inside of a
C function, and what that function lets go of when it fails shows the frame.

Before 3.11 a frame gets what the thread's innermost one is then as its f_back. So the thread is made to have none just
before the program's first frame is made, and has ours again just after that has ended: both within the same C function,
or the interpreter, which asks the thread for the frame that calls C, would find none.
"""

from __future__ import annotations

import opcode
import sys
import weakref
from functools import partial
from itertools import chain, repeat
from operator import is_, setitem
from types import CodeType, FrameType
from typing import Any, Callable, Iterator, Optional, Sequence, Set

from ..base import behaviour
from ..base.ownmemory import own_memory


def _thread_state() -> Callable[[], int]:
    """Return the function that returns the address of this thread's state, which is 0 where that cannot be had."""
    try:
        from _ctypes import CFuncPtr, _SimpleCData, dlopen, dlsym

        word = type("Word", (_SimpleCData,), {"_type_": "Q"})
        with_the_gil = type("Function", (CFuncPtr,), {"_flags_": 1 | 4, "_restype_": word})
        return with_the_gil(dlsym(dlopen(None, 0), "PyThreadState_Get"))  # type: ignore[no-any-return, arg-type]
    except Exception:
        return lambda: 0


# Asked for while nothing is traced yet: they import.
_MEMORY = own_memory() if behaviour.LAYOUT_IS_USUAL else None
_thread = _thread_state() if _MEMORY is not None and not behaviour.FRAMES_ARE_LAZY else lambda: 0


class Hiding:
    """Two iterators: the next of one puts a frame out of sight, the next of the other shows it again.

    No NamedTuple: the code that makes one is of no file of ours, and would be an event of the program's.
    """

    __slots__ = ("hide", "show")

    def __init__(self, hide: Iterator[Any], show: Iterator[Any]) -> None:
        self.hide = hide
        self.show = show


def out_of_sight(code: CodeType) -> Optional[Hiding]:
    """Put the running frames of a code object out of sight, where Python has to do that beforehand; None where it cannot be
    done at all. The caller is called by such a frame."""
    try:
        if _MEMORY is None:
            return None
        if not behaviour.FRAMES_ARE_LAZY:
            return _without_innermost(_MEMORY[0], sys._getframe(2))
        numbers = _MEMORY[0].cast("B").cast("I")
        offset = _offset(numbers)
        if offset < 0:
            return None
    except Exception:
        return None
    at = (id(code) + offset) >> 2
    before = numbers[at]
    numbers[at] = len(code.co_code) // 2

    # An iterator of C's: a function in Python would be seen by a tracer of the program's.
    return Hiding(iter(()), map(partial(setitem, numbers, at), [before]))


def _without_innermost(words: Any, frame: FrameType) -> Optional[Hiding]:
    """Return what makes the thread have no innermost frame, and what gives it this one back."""
    thread = _thread()
    at = (thread + _INNERMOST) >> 3
    if not thread or words[at] != id(sys._getframe()):
        return None
    return Hiding(map(partial(setitem, words, at), [0]), map(partial(setitem, words, at), [id(frame)]))


_INNERMOST = 24
"""Where a thread's state says which frame is its innermost (Include/cpython/pystate.h, 3.9 and 3.10)."""


def inside_of_c(run: Callable[..., Any], arguments: Sequence[Any], hiding: Hiding) -> "tuple[Iterator[Any], Any, Any]":
    """Return the items and the key with which sorted() calls run, and what has to live meanwhile; the frame is out of sight
    from before run is called until it has returned or raised.

    sorted() makes a list of its items, the first of which hides the frame, and asks its key for each: for the first by running
    the program, for the second by showing the frame. When the program raises it lets go of the list before it returns, and
    the item's weak reference calls back.
    """
    item: Set[Any] = set()
    reference = weakref.ref(item, partial(next, hiding.show))
    steps = chain(map(run, *([one] for one in arguments)), hiding.show, repeat(None))
    hidden = chain(filter(None, hiding.hide), [item, None])
    # Keys that can be compared, whatever the program returns.
    return hidden, partial(next, map(is_, steps, repeat(None))), reference


def _offset(numbers: Any) -> int:
    """Find where a code object keeps how many code units come before its first RESUME, in three code objects of ours that differ in
    nothing else; -1: it cannot be told."""
    plain = (lambda: None).__code__
    nothing = bytes([opcode.opmap["NOP"], 0])
    trials = [(count, plain.replace(co_code=nothing * count + plain.co_code)) for count in (0, 3, 7)]
    found = [
        offset for offset in range(16, CodeType.__basicsize__, 4)
        if all(numbers[(id(code) + offset) >> 2] == count for count, code in trials)
    ]  # fmt: skip
    return found[0] if len(found) == 1 else -1
