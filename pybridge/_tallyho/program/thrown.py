"""An exception on its way: what is left of it as clauses take parts of it (`except*`, PEP 654). Runs none of its code."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

from ..base.behaviour import HAS_GROUPS
from ..base.classes import among, class_dict, derives, is_class, mro
from ..base.namespaces import NOTHING

_PARTS = ("split", "subgroup", "derive")
_MOST_LEAVES = 10000


class Thrown:
    """What travels: a class, and of a group those of the exceptions in it."""

    def __init__(self, error: BaseException) -> None:
        self.kind: type = type(error)
        self.leaves: Optional[List[type]] = None
        """The classes of a group's exceptions; None: it is no group."""
        self.odd = False
        """Whether it is a group whose class says itself how it is split: that would be the program's code."""
        found = leaves(error)
        if found is not None:
            self.leaves = [type(one) for one in found]
            self.odd = any(name in class_dict(base) for base in mro(self.kind) for name in _PARTS if not among(base, _OWN))

    def matches(self, kinds: Any) -> Optional[bool]:
        """Report whether an `except` with such classes takes it; None: not known."""
        return _matches(kinds, self.kind)

    def take(self, kinds: Any) -> Optional[bool]:
        """Let an `except*` have its part. Returns whether that was something; None: not known."""
        whole = _matches(kinds, self.kind)
        if whole or self.leaves is None:
            self.leaves = [] if whole else self.leaves
            return whole
        answers = [_matches(kinds, leaf) for leaf in self.leaves]
        if whole is None or self.odd or None in answers:
            return None
        left = [leaf for leaf, taken in zip(self.leaves, answers) if not taken]
        if len(left) < len(self.leaves) and left:
            self.kind = _group_of(left)
        took = len(left) < len(self.leaves)
        self.leaves = left
        return took

    @property
    def gone(self) -> bool:
        """Whether clauses have taken all of it."""
        return self.leaves is not None and not self.leaves


if HAS_GROUPS:
    _BASE: Optional[type] = BaseExceptionGroup
    _OWN: Tuple[type, ...] = (BaseExceptionGroup, ExceptionGroup)
    _members: Any = BaseExceptionGroup.__dict__["exceptions"].__get__

    def _group_of(kinds: List[type]) -> type:
        return ExceptionGroup if all(derives(kind, Exception) for kind in kinds) else BaseExceptionGroup

else:
    _BASE = None
    _OWN = ()
    _members = None

    def _group_of(kinds: List[type]) -> type:
        return BaseException


def leaves(error: BaseException) -> Optional[List[BaseException]]:
    """Return the exceptions in a group and in groups in it; None where it is no group."""
    if _BASE is None or not derives(type(error), _BASE):
        return None
    found: List[BaseException] = []
    waiting: List[BaseException] = [error]
    while waiting and len(found) < _MOST_LEAVES:
        one = waiting.pop()
        if derives(type(one), _BASE):
            waiting += _members(one)
        else:
            found.append(one)
    return found


def _matches(kinds: Any, kind: type) -> Optional[bool]:
    if type(kinds) is tuple:
        answers = [_matches(one, kind) for one in kinds]
        return True if True in answers else None if None in answers else False
    if kinds is NOTHING or not is_class(kinds):
        return None
    return derives(kind, kinds)


__all__ = ["Thrown", "leaves"]
