"""How iterators of the interpreter's own are shown: by where they stand, without taking a step.

Those of containers know in C how many items are left; zip, map and their like hold others, which their own __reduce__
hands out in C. What an iterator of the program's would say is not asked: the name alone is shown of what holds one.
"""

from __future__ import annotations

import itertools
from gc import get_referents as _referents
from types import BuiltinFunctionType, FunctionType
from typing import Any, Callable, Dict, List, Optional, Tuple

from ..base.classes import ids, is_class, name_of, plain
from .renderer import Renderer

Rule = Callable[[Renderer, Any, int], bool]

_CONTAINERS: Tuple[type, ...] = (
    type(iter([])), type(reversed([])), type(iter(())), type(iter("")), type(iter("é")), type(iter(b"")), type(iter(bytearray())),
    type(iter(range(0))), type(iter(range(1 << 70))), type(iter(set())), type(iter({})), type(iter({}.values())), type(iter({}.items())),
    type(reversed({})), type(reversed({}.values())), type(reversed({}.items())),
)  # fmt: skip
_HINTS = {id(kind): kind.__dict__["__length_hint__"] for kind in _CONTAINERS if "__length_hint__" in kind.__dict__}
_NUMBERS = ids(int, float)
_DEPTH = 4  # of iterators that hold others


def _left(value: Any, depth: int = _DEPTH) -> Optional[int]:
    """Return how many items are left; None where only code of the program's could tell."""
    kind = type(value)
    hint = _HINTS.get(id(kind))
    if hint is not None:
        left = hint(value)
        return left if type(left) is int else None
    if not depth:
        return None
    held: List[Any] = []
    if kind is enumerate:
        held = [_held(value)[0]]
    elif kind is zip:
        held = list(_held(value))
    elif kind is map:
        held = list(_held(value)[1:])
    known = [left for left in (_left(one, depth - 1) for one in held) if left is not None]
    return min(known) if known and len(known) == len(held) else None


def _held(value: Any) -> Tuple[Any, ...]:
    """Return what one of Python's own iterators was made of, as C tells it."""
    reduce: Any = type(value).__reduce__
    told: Tuple[Any, Tuple[Any, ...]] = reduce(value)
    return told[1]


def _rest(out: Renderer, value: Any, depth: int) -> bool:
    left = _left(value)
    if left is not None:
        name = name_of(type(value))
        if id(type(value)) in _HINTS:  # a list_iterator is what iter() made of a list
            name = "reversed" if "reverse" in name else "iter"
        out.put("%s(%d left)" % (name, left))
    return left is not None


def _applied(out: Renderer, value: Any, depth: int) -> bool:
    """Show map and filter by what they apply."""
    function = _held(value)[0]
    if is_class(function):
        name = name_of(function)
    elif type(function) is FunctionType or type(function) is BuiltinFunctionType:
        name = plain(function.__name__)
    else:
        return _rest(out, value, depth)
    left = _left(value)
    out.put("%s(%s%s)" % (name_of(type(value)), name, "" if left is None else ", %d left" % left))
    return True


def _numbered(out: Renderer, value: Any, depth: int) -> bool:
    """Show enumerate by what is left, else by the number that comes next."""
    if _rest(out, value, depth):
        return True
    number = _held(value)[1]
    if type(number) is int:
        out.put("enumerate(at %d)" % number)
    return type(number) is int


def _parts(value: Any) -> List[Any]:
    """Return what an object of C refers to, but for its class, which some versions count among that."""
    return [one for one in _referents(value) if one is not type(value)]


def _counting(out: Renderer, value: Any, depth: int) -> bool:
    known = all(id(type(one)) in _NUMBERS for one in _parts(value))
    if known:
        out.put(repr(value))
    return known


def _repeated(out: Renderer, value: Any, depth: int) -> bool:
    held = _parts(value)
    if len(held) != 1:
        return False
    out.put("repeat(")
    out.render(held[0], depth)
    try:
        out.put(", %d)" % itertools.repeat.__dict__["__length_hint__"](value))
    except TypeError:
        out.put(")")  # without end
    return True


_RULES: Dict[int, Rule] = {
    **dict.fromkeys(_HINTS, _rest),
    id(zip): _rest, id(enumerate): _numbered, id(map): _applied, id(filter): _applied,
    id(itertools.count): _counting, id(itertools.repeat): _repeated,
}  # fmt: skip


def by_iterator(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    """Show an iterator of the interpreter's own by where it stands; False where that cannot be read."""
    rule = _RULES.get(id(kind))
    return rule is not None and rule(out, value, depth)


def is_iterator(kind: type) -> bool:
    """Report whether by_iterator may show instances of a class."""
    return id(kind) in _RULES
