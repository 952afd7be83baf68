"""The end of a value's text, walked from its end, for values too long to be rendered whole."""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from typing import Any, Dict, Iterable, List, Sequence, Tuple

from ..base.classes import among
from ..base.guest import is_foreign
from ..base.redact import PLACEHOLDER, instead, is_secret_key
from .renderer import DEPTH, STEPS, Renderer, TextFull

_BRACKETS: Dict[type, Tuple[str, str]] = {
    list: ("[", "]"),
    tuple: ("(", ")"),
    dict: ("{", "}"),
    set: ("{", "}"),
    frozenset: ("frozenset({", "})"),
    deque: ("deque([", "])"),
    Counter: ("Counter({", "})"),
    OrderedDict: ("OrderedDict({", "})"),
    defaultdict: ("defaultdict({", "})"),
    slice: ("slice(", ")"),
}
_BY_ID = {id(_kind): _pair for _kind, _pair in _BRACKETS.items()}
_MAPPINGS = (dict, Counter, OrderedDict, defaultdict)
_UNORDERED = (set, frozenset)


class _Tail:
    """Pieces of text collected from the end until there are enough."""

    __slots__ = ("pieces", "missing", "steps", "like")

    def __init__(self, need: int, like: Renderer) -> None:
        self.pieces: List[str] = []
        self.missing = need
        self.steps = STEPS
        self.like = like

    def put(self, text: str) -> bool:
        """Put a piece before what is there; report whether more is needed."""
        self.pieces.append(text)
        self.missing -= len(text)
        self.steps -= 1
        return self.missing > 0 and self.steps > 0

    def value(self, value: Any, depth: int) -> bool:
        """Put the text of a value, as much of its end as is needed; report whether it is whole and more is needed."""
        whole = self.like.again(max(self.missing, 64))
        whole.steps = max(self.steps, 1)
        try:
            whole.render(value, depth)
        except TextFull:
            return self.end_of(value, depth)
        finally:
            self.steps -= STEPS - whole.steps if whole.steps < 0 else 1
        return self.put("".join(whole.parts))

    def end_of(self, value: Any, depth: int) -> bool:
        """Put the end of a value whose text is too long."""
        kind = type(value)
        if among(kind, (str, bytes, bytearray)):
            self.put(_quoted_tail(value, self.missing))
            return False
        brackets = _BY_ID.get(id(kind))
        if brackets is None:
            return False
        if not self.put(brackets[1]):
            return False
        if among(kind, _UNORDERED):
            return False
        if among(kind, _MAPPINGS):
            return self.pairs(value, depth - 1) and self.put(brackets[0])
        if self.like.redact and (kind is list or kind is tuple):
            return self.words(value, depth - 1) and self.put(brackets[0])
        items = (value.step, value.stop, value.start) if kind is slice else reversed(value)
        return self.items(items, depth - 1) and self.put(brackets[0])

    def items(self, items: Iterable[Any], depth: int) -> bool:
        """Put items from the last on."""
        first = True
        for item in items:
            if not first and not self.put(", "):
                return False
            first = False
            if not self.value(item, depth):
                return False
        return True

    def words(self, values: Sequence[Any], depth: int) -> bool:
        """Put the items of a list or tuple from the last on, but secrets."""
        for at in range(len(values) - 1, -1, -1):
            if at < len(values) - 1 and not self.put(", "):
                return False
            text = instead(values, at)
            if not (self.value(values[at], depth) if text is None else self.put(text)):
                return False
        return True

    def pairs(self, mapping: Any, depth: int) -> bool:
        """Put pairs from the last on."""
        first = True
        for key, one in reversed(dict.items(mapping)):  # to look one up by its key would run the keys' own __eq__
            if not first and not self.put(", "):
                return False
            first = False
            if self.like.redact and is_secret_key(key):
                more = self.put(PLACEHOLDER)
            else:
                more = self.value(one, depth)
            if not (more and self.put(": ") and self.value(key, depth + 1)):
                return False
        return True


def tail_text(like: Renderer, value: Any, need: int) -> str:
    """Return at least the last `need` characters of the value's text, as far as they can be had cheaply."""
    tail = _Tail(need, like)
    try:
        tail.value(value, DEPTH)
    except (RuntimeError, KeyError) as error:
        if is_foreign(error):
            raise
        # Another thread changes what we walk.
    return "".join(reversed(tail.pieces))


def _quoted_tail(value: Any, need: int) -> str:
    end = value[max(0, len(value) - need) :]
    text = repr(end)
    if type(value) is bytearray:
        return text[len("bytearray(b'") :]
    return text[1:] if type(value) is str else text[2:]
