"""What runs now, in all threads, taken in one glance that leaves nothing behind.

A reference of ours to another thread's frame may turn out to be the last one: what the frame held then ends here, in a thread of
ours or within a callback, and the program's `finally` and `__del__` run in the wrong thread and without an event.
So the frames are looked at by C alone: between two calls of C no other thread runs, and no frame is left when they are over.
Where C may collect garbage in between, which runs anything, it does not until they are over.
"""

from __future__ import annotations

import gc
import sys
from functools import partial
from itertools import accumulate, chain, repeat, starmap, takewhile, tee
from operator import attrgetter, methodcaller, truth
from types import CodeType
from typing import Any, Iterator, List, Tuple

from .behaviour import COLLECTS_AT_ONCE

DEEPEST = 100
"""Frames of a thread that are looked at."""

_ONCE = ((),)
_BACK = ("f_back",) * (DEEPEST - 1)
_accumulate: Any = accumulate
_frames = sys._current_frames
_while_true = partial(takewhile, truth)
_enabled = gc.isenabled
_disable = gc.disable
_THEN = {True: gc.enable, False: gc.disable}
_call = methodcaller("__call__")


def idents() -> List[int]:
    """Return the idents of the threads that run Python code."""
    return _taken([chain.from_iterable(starmap(_frames, _ONCE))])


def stacks(*names: str) -> List[Tuple[int, List[Any]]]:
    """Return each thread's ident and those attributes of its frames, innermost first: a tuple of each frame, or the one alone."""
    return _taken([zip(chain.from_iterable(starmap(_frames, _ONCE)), map(list, map(map, repeat(attrgetter(*names)), _walks())))])


def numbered(*names: str) -> List[Tuple[int, List[Tuple[int, Any]]]]:
    """Return what stacks does, with each frame's id before its attributes."""
    return _taken(
        [
            zip(
                chain.from_iterable(starmap(_frames, _ONCE)),
                map(list, map(zip, map(map, repeat(id), _walks()), map(map, repeat(attrgetter(*names)), _walks()))),
            )
        ]
    )


def _taken(rows: List[Iterator[Any]]) -> List[Any]:
    """Return the rows that an iterator has, of which C asks for all at once. It is taken out of its list: it still holds frames
    when it is over, and so it ends there as well."""
    if not COLLECTS_AT_ONCE or not _enabled():
        return [*rows.pop()]
    # C takes one of each in turn: garbage is not collected, then the rows are taken, then that is again as it was.
    before, after = tee(map(_THEN.__getitem__, starmap(_enabled, _ONCE)))
    try:
        ((_, _, taken, _),) = zip(before, starmap(_disable, _ONCE), map(list, (rows.pop(),)), map(_call, after))
    except BaseException:
        gc.enable()
        raise
    return taken


def _walks() -> Iterator[Iterator[Any]]:
    """Yield the frames of each thread; only C may ask for them."""
    tops = chain.from_iterable(map(dict.values, starmap(_frames, _ONCE)))
    return map(_while_true, map(_accumulate, map(chain, zip(tops), repeat(_BACK)), repeat(getattr)))


def is_alone(code: CodeType) -> bool:
    """Whether at most one frame of a code object runs, in any thread."""
    found = [codes for _, codes in stacks("f_code")]
    return sum(one is code for codes in found for one in codes) < 2 and all(len(codes) < DEEPEST for codes in found)
