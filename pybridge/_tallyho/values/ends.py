"""The text of a container, a str or bytes that is too long for a sample: its beginning, how long it is, and its end.

    [0, 1, 2, … 1000 items …, 998, 999]     'once upo… 2400 characters … after'

What a program appends to is seen to grow by that, however long it is. Exact types only; none of the program's code runs.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, defaultdict, deque
from itertools import islice
from typing import Any, Dict, Iterable, List

from ..base.guest import is_foreign
from ..base.redact import PLACEHOLDER, Patterns, instead, is_secret_key, mask
from .renderer import DEPTH, Renderer, TextFull

LAST = 3
"""Items shown at the end, where they are short."""

END = 40
"""Characters of the end."""

_CLOSING: Dict[int, str] = {
    id(list): "]", id(tuple): ")", id(dict): "}", id(set): "}", id(frozenset): "})", id(deque): "])", id(Counter): "})",
    id(OrderedDict): "})", id(defaultdict): "})",
}  # fmt: skip
_ITEMS = frozenset(map(id, (list, tuple, deque)))
_PAIRS = frozenset(map(id, (dict, OrderedDict, defaultdict)))  # a Counter is shown in another order than its own
_TEXTS: Dict[int, str] = {id(str): "characters", id(bytes): "bytes", id(bytearray): "bytes"}


def shortened(out: Renderer, value: Any, text: str, limit: int) -> str:
    """Return a text of at most the limit for a value whose whole text is too long: `text` is the beginning of it, masked."""
    kind = id(type(value))
    if kind in _CLOSING:
        last = "".join(", " + one for one in _last_items(out, value))
        tail = "… %d items …%s%s" % (len(value), last, _CLOSING[kind])
        return text[: limit - len(tail)] + tail
    if kind in _TEXTS:
        mark = "… %d %s …" % (len(value), _TEXTS[kind])
        if Patterns.on:  # half of a secret would not be known for one
            return text[: limit - len(mark) - 1] + mark + text[text.index("'" if "'" in text[:12] else '"')]
        for part in (1, 2, 4, 12):  # a character may be written with ten
            short = _text(value, mark, (limit - len(mark) - 15) // part)
            if len(short) <= limit:
                return short
    return text


def _text(value: Any, mark: str, room: int) -> str:
    head, tail = repr(value[: room - room // 4]), repr(value[-(room // 4) :])
    after = ")" if type(value) is bytearray else ""
    return head[: -1 - len(after)] + mark + tail[tail.index(tail[-1 - len(after)]) + 1 :]


def _last_items(out: Renderer, value: Any) -> List[str]:
    """Return the texts of the last items, as many as there is room for."""
    found: List[str] = []
    left = END
    try:
        for text in _from_the_end(out, value):
            left -= len(text) + 2
            if left < 0:
                break
            found.append(text)
    except (TextFull, RuntimeError, LookupError) as error:
        # An item is too long, or another thread changes what we walk.
        if type(error) is not TextFull and is_foreign(error):
            raise
    return found[::-1]


def _from_the_end(out: Renderer, value: Any) -> Iterable[str]:
    kind = type(value)
    if id(kind) in _ITEMS:
        listed = kind is not deque
        for at in range(len(value) - 1, max(-1, len(value) - 1 - LAST), -1):
            text = instead(value, at) if listed and out.redact else None
            yield _whole(out, value[at], DEPTH - 1) if text is None else text
    elif id(kind) in _PAIRS:
        for key, one in islice(reversed(dict.items(value)), LAST):  # to look one up by its key would run the keys' own __eq__
            secret = out.redact and is_secret_key(key)
            yield _whole(out, key, DEPTH) + ": " + (PLACEHOLDER if secret else _whole(out, one, DEPTH - 1))


def _whole(out: Renderer, value: Any, depth: int) -> str:
    one = out.again(END)
    one.render(value, depth)
    text = "".join(one.parts)
    return mask(text) if Patterns.on else text
