"""The one frame of ours below the program, put out of sight from 3.11 on.

A frame that has not come to its code's first RESUME is shown to nobody: not by f_back, not in a traceback, not by a
warning. Where that is, is one number in the code object, which is written while the program runs. Before 3.11 there is
none. From 3.12 on an exception that passes such a frame while somebody uses sys.settrace becomes a SystemError ("Missing
frame when calling trace function"), so that the frame has to be seen again before the exception comes to it: the program
is run inside of a C function, and what that function lets go of when it fails shows the frame.
"""

from __future__ import annotations

import opcode
import weakref
from functools import partial
from operator import setitem
from types import CodeType
from typing import Any, Callable, Iterator, Optional, Sequence, Set

from ..base import behaviour, fastlocals

# Asked for while nothing is traced yet: it imports.
_MEMORY = fastlocals.memory() if behaviour.FRAMES_ARE_LAZY and behaviour.LAYOUT_IS_USUAL else None


def out_of_sight(code: CodeType) -> Optional[Iterator[Any]]:
    """Put the running frames of a code object out of sight; return what shows them again when it is asked for its next, None
    where that cannot be done."""
    try:
        if _MEMORY is None:
            return None
        numbers = _MEMORY[0].cast("B").cast("I")
        offset = _offset(numbers)
        if offset < 0:
            return None
    except Exception:
        return None
    at = (id(code) + offset) >> 2
    before = numbers[at]
    numbers[at] = len(code.co_code) // 2

    # Nothing of Python's runs where its next is called by the interpreter, or a tracer of the program's would see it.
    return map(partial(setitem, numbers, at), [before])


def inside_of_c(run: Callable[..., Any], arguments: Sequence[Any], show: Iterator[Any]) -> "tuple[Iterator[Any], Any, Any]":
    """Return the items and the key with which sorted() calls run, and what has to live meanwhile; show is asked for its
    next as soon as run has raised.

    sorted() makes a list of its items and asks its key for each: for the one that is there by running the program. When
    that raises it lets go of the list before it returns, and the item's weak reference calls back.
    """
    item: Set[Any] = set()
    reference = weakref.ref(item, partial(next, show))
    return iter([item]), partial(next, map(run, *([one] for one in arguments))), reference


def _offset(numbers: Any) -> int:
    """Find where a code object keeps the number, in code objects of ours that differ in nothing else; -1: it cannot be told."""
    plain = (lambda: None).__code__
    nothing = bytes([opcode.opmap["NOP"], 0])
    trials = [(count, plain.replace(co_code=nothing * count + plain.co_code)) for count in (0, 3, 7)]
    found = [
        offset for offset in range(16, CodeType.__basicsize__, 4)
        if all(numbers[(id(code) + offset) >> 2] == count for count, code in trials)
    ]  # fmt: skip
    return found[0] if len(found) == 1 else -1
