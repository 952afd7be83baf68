"""The slots of a log message: {expression!conversion:format}, as an f-string has them.

Where nothing of the program may run, or nobody asked for it, a value is shown by its str() where that is known, else
as values are shown everywhere.
"""

from __future__ import annotations

from types import FrameType
from typing import Any, NamedTuple, Optional, Sequence, Union

from ..base.classes import among
from ..base.classes import plain as plain_text
from ..base.namespaces import NOTHING, class_attribute
from ..base.redact import is_secret
from ..values.display import own_text, shown_text
from ..values.enums import enum_text
from ..values.holders import plain_value
from ..values.rendering import cut
from ..values.tables import is_numpy_scalar, plain_array
from ..values.wellknown import known_text, plain_moment
from .expressions import Expression

_FORMATTED = (int, float, bool, complex, str)
_PLAIN_FORMAT = object.__dict__["__format__"]


class Slot(NamedTuple):
    """One slot of a log message."""

    expression: Expression
    conversion: str
    spec: Sequence[Union[str, "Slot"]]
    """The format: texts and slots, of which its text is made at each event."""

    @property
    def bare(self) -> bool:
        """Whether it has neither a conversion nor a format."""
        return not self.conversion and not self.spec


def make_slot(wire: Sequence[Any], careful: bool) -> Slot:
    """Return the Slot of what the wire has for one: its expression, its conversion and its format."""
    spec = wire[2] or ()
    pieces = (spec,) if isinstance(spec, str) else tuple(one if isinstance(one, str) else make_slot(one, careful) for one in spec)
    return Slot(Expression(str(wire[0]), careful), str(wire[1] or ""), pieces)


class Format:
    """Makes the text of slots, as one session is configured."""

    def __init__(self, limit: int, redact: bool, own: bool, careful: bool) -> None:
        self.limit = limit
        self.redact = redact
        self.own = own
        """Whether values are shown by the program's own methods."""
        self.careful = careful

    def slot(self, slot: Slot, frame: FrameType) -> str:
        """Return the text of a slot in a frame. Raises what its expression and its format raise."""
        return self.text(slot.expression.value(frame), slot.conversion, self.spec(slot, frame))

    def spec(self, slot: Slot, frame: FrameType) -> str:
        """Return the text of a slot's format, in which slots may be nested."""
        parts = []
        for one in slot.spec:
            if isinstance(one, str):
                parts.append(one)
            elif not (self.redact and is_secret(one.expression.secret_name)):
                parts.append(self.slot(one, frame))
        return "".join(parts)

    def text(self, value: Any, conversion: str, spec: str) -> str:
        """Return the text of a value."""
        if conversion:
            text = self.string(value) if conversion == "s" else self.repr(value)
            if conversion == "a":
                text = text.encode("ascii", "backslashreplace").decode("ascii")
            return format(text, spec) if spec else text
        if among(type(value), _FORMATTED):
            return format(cut(value, self.limit) if type(value) is str else value, spec)
        return self._formatted(value, spec) if spec else self.string(value)

    def repr(self, value: Any) -> str:
        """Return what !r shows."""
        return shown_text(value, self.limit, self.redact, self.own)

    def string(self, value: Any) -> str:
        """Return what !s shows, and a slot without a format."""
        if type(value) is str:
            return cut(value, self.limit)
        if self.own:
            return cut(own_string(value), self.limit)
        known = string_of(value)
        return cut(known, self.limit) if known is not None else self.repr(value)

    def _formatted(self, value: Any, spec: str) -> str:
        if class_attribute(type(value), "__format__") is _PLAIN_FORMAT:
            return format(self.string(value), spec)  # an f-string would refuse it: a text is aligned
        if not self.careful:
            return cut(plain_text(format(value, spec)), self.limit)
        plain = formattable(value)
        return format(self.string(value), spec) if plain is NOTHING else cut(format(plain, spec), self.limit)


def own_string(value: Any) -> str:
    """Return str() of a value, as the program has it."""
    try:
        return plain_text(str(value))
    except Exception:
        return own_text(value)


def string_of(value: Any) -> Optional[str]:
    """Return str() of a value of a kind that is known; None of all others."""
    text = enum_text(value) or known_text(value)
    if text is not None:
        return text
    if is_numpy_scalar(type(value)):
        return str(value)
    array = plain_array(value)
    if array is not None and array.ndim == 0 and array.dtype.kind in "fiubcMm":
        return str(array[()])
    plain = plain_value(value)
    return None if plain is NOTHING or among(type(plain), (bytes, bytearray)) else str(plain)


def formattable(value: Any) -> Any:
    """Return a value of Python's own class that equals a value of the program, and is formatted without its code; NOTHING: none."""
    if is_numpy_scalar(type(value)):
        plain = value.item()
        return plain if among(type(plain), _FORMATTED) else NOTHING
    moment = plain_moment(value)
    return plain_value(value) if moment is None else moment
