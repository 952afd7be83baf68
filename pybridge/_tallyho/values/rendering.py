"""Values as text, without running the program's code and without ever paying for what is cut.

The text is that of hunter's safe_repr: exact types only, five levels deep, and
object.__repr__ for whatever is not known to be harmless. A text longer than
the limit shows its first and last halves around " [...] ".

Up to AFFORDABLE characters the text is rendered whole, so that both halves are
exact. Beyond, the head comes from the rendering that stopped, and the tail
from a walk from the end of the value (tails.py). It differs from the whole
text's end only where the end cannot be reached cheaply: in a set, whose items
past the ones walked are left out, and in the choice of quotes for a text that
is looked at only near its ends.
"""

from __future__ import annotations

from typing import Any, Callable, Tuple

from ..base.classes import name_of
from ..base.guest import is_foreign
from ..base.redact import Patterns, mask
from .renderer import DEPTH, SHORT, WORD, Failed, Renderer, TextFull
from .tails import tail_text

AFFORDABLE = 3000
_LINE = 200
"""Characters of a text short enough to be rendered without a Renderer."""


def safe_repr(value: Any, limit: int, redact: bool = True) -> Tuple[str, bool]:
    """Return the text of a value, cut to the limit, and whether it is one (else why there is none).

    Lines are joined by a backslash and an n, as hunter prints them.
    """
    kind = type(value)
    if kind is int and -WORD < value < WORD or id(kind) in SHORT or kind is str and len(value) < _LINE:
        text = repr(value)
        if len(text) <= limit:
            return mask(text) if Patterns.on and redact else text, True
    return rendered(lambda cap: Renderer(cap, redact), value, limit)


def _masked(out: Renderer, text: str) -> str:
    return mask(text) if Patterns.on and out.redact else text


def rendered(make: Callable[[int], Renderer], value: Any, limit: int) -> Tuple[str, bool]:
    """Return the text of a value as safe_repr does, by a rendering of any kind."""
    out = make(max(limit, AFFORDABLE))
    try:
        try:
            out.render(value, DEPTH)
            return cut(_masked(out, "".join(out.parts)).replace("\n", "\\n"), limit), True
        except (TextFull, RuntimeError) as error:
            if type(error) is not TextFull and is_foreign(error) and not getattr(out, "own", False):
                raise
            from_the_end = tail_text(out, value, limit - limit // 2)
            head = _masked(out, "".join(out.parts))
            return cut_halves(head.replace("\n", "\\n"), _masked(out, from_the_end).replace("\n", "\\n"), limit), True
    except Failed as error:
        return str(error), False
    except Exception as error:
        if is_foreign(error):
            raise
        return error_text(error), False


def cut(text: str, limit: int) -> str:
    """Cut a text longer than the limit in its middle."""
    if len(text) <= limit:
        return text
    half = limit // 2
    return text[:half] + " [...] " + text[len(text) - half :]


def cut_halves(head: str, tail: str, limit: int) -> str:
    """Return what cut would, from the two ends of a text."""
    half = limit // 2
    return head[:half] + " [...] " + tail[len(tail) - min(half, len(tail)) :]


def error_text(error: BaseException) -> str:
    """Return repr(error) without running the program's code."""
    out = Renderer(1000, True)
    try:
        out.render(error, DEPTH)
    except TextFull:
        pass
    except Exception as failure:
        if is_foreign(failure):
            raise
        return name_of(type(error)) + "(…)"
    return "".join(out.parts)[:1000]
