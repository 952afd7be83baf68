"""How the parts of a step are written, byte for byte (docs/recording.md); native/stepvalue.c writes values alike.

A value is written by its exact type, and nothing of the program runs. Scalars are written as themselves, so that they can
be compared later; all other values as the text that a printer would have shown.
"""

from __future__ import annotations

import struct
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ..base.classes import derives, ids, is_heap
from ..base.namespaces import class_attribute, item
from ..base.redact import Patterns, is_secret
from ..values.rendering import safe_repr
from ..values.valueinfo import fields_of, full_name
from ..wire.records import MAX_TEXT, clip, text_bytes

STEP, NAMES = 13, 14
"""Kinds of records (docs/wire.md)."""

CALL, LINE, RETURN, EXCEPTION, STATEMENT = range(5)

F_BEGINS, F_WAITS, F_RETURN_OP, F_VALUE, F_CALLERS, F_MODULE, F_GLOBALS = 1, 2, 4, 8, 16, 32, 64
"""Flags of a step: its frame is new; its frame goes on later; it returns by an opcode; it has a value; it has callers; its names
are those of its module; names of its module come after its own."""

NONE, FALSE, TRUE, INT, FLOAT, STR, TEXT, CUT, FAILED, REDACTED, GONE, OBJECT, LEFT_OUT = range(13)
SHARED = 15
"""Tags of values."""

SHORT = 200
"""Characters of a str that is written as itself."""


class Limits(NamedTuple):
    """How much of a value is written."""

    depth: int = 2
    """Levels of an object's attributes."""
    items: int = 20
    """Attributes of an object."""
    characters: int = 1024
    """Of a text: as many as printers show where a query does not say otherwise."""


USUAL = Limits()

MOST = 90 << 10
"""Bytes of one step's values: further ones are left out."""

_WORD = 1 << 63
_float = struct.Struct("<d").pack
_CUT = " [...] "
NAMED = ids(FunctionType, BuiltinFunctionType, MethodType, ModuleType, type)
"""Types whose values never show anything but a name and an address."""

FEW = [bytes((n,)) for n in range(128)]
"""The bytes of a tag or a small number, made once."""


def uvarint(number: int) -> bytes:
    """Pack a number that is not negative, seven bits a byte, the lowest first."""
    if number < 128:
        return FEW[number]
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def varint(number: int) -> bytes:
    """Pack a number of either sign: its sign is the lowest bit."""
    return uvarint(number << 1 if number >= 0 else ~number << 1 | 1)


_SIMPLE: Dict[int, Callable[[Any], bytes]] = {
    id(type(None)): lambda value: FEW[NONE],
    id(bool): lambda value: FEW[TRUE if value else FALSE],
    id(float): lambda value: FEW[FLOAT] + _float(value),
}


_IDENTIFIED = (TEXT, CUT, FAILED)


class Encoder:
    """Writes values; `name` gives the number of a text that comes again: of a name, of a type."""

    def __init__(self, name: Callable[[str], int], redact: bool, limits: Limits = USUAL) -> None:
        self.name = name
        self.redact = redact
        self.limits = limits
        self.short = min(SHORT, limits.characters)
        self._secret: Dict[str, bool] = {}

    def secret(self, name: str) -> bool:
        """Report whether a name is that of a secret."""
        known = self._secret.get(name)
        if known is None:
            known = self._secret[name] = self.redact and is_secret(name)
        return known

    def value(self, value: Any, deep: int = -1) -> bytes:
        """Return a value's bytes; deep is how many levels of attributes are written, as many as usual where it is negative."""
        kind = type(value)
        simple = _SIMPLE.get(id(kind))
        if simple is not None:
            return simple(value)
        if kind is int:
            if -_WORD < value < _WORD:
                return FEW[INT] + varint(value)
        elif kind is str and len(value) <= self.short and not (Patterns.on and self.redact):
            try:
                data: bytes = value.encode()
                return FEW[STR] + uvarint(len(data)) + data
            except UnicodeEncodeError:  # a lone surrogate: its text shows it
                pass
        return self._other(value, kind, self.limits.depth if deep < 0 else deep)

    def identified(self, value: Any, deep: int = -1) -> bytes:
        """Return a value's bytes, and before them its identity, if another name may have the same object and see it change."""
        data = self.value(value, deep)
        if data[0] in _IDENTIFIED and class_attribute(type(value), "__hash__") is None:
            return FEW[SHARED] + uvarint(id(value)) + data
        return data

    def _other(self, value: Any, kind: Any, deep: int) -> bytes:
        limit = self.limits.characters
        text, good = safe_repr(value, limit, self.redact)
        data = text_bytes(text)
        tag = TEXT if good else FAILED
        if len(data) > MAX_TEXT:
            data, tag = clip(data, MAX_TEXT), CUT
        elif good and text[limit // 2 : limit // 2 + len(_CUT)] == _CUT:  # of a set or a view nothing may follow
            tag = CUT
        request = self._request(value, deep) if kind is dict and deep else b""
        shown = uvarint(self.name(full_name(kind))) + uvarint(len(data)) + data
        if tag == TEXT and deep and id(kind) not in NAMED and is_heap(kind):
            fields = self._fields(value, kind, deep)
            if fields is not None:
                return FEW[OBJECT] + uvarint(id(value)) + shown + fields
        if request:
            return FEW[OBJECT] + uvarint(id(value)) + shown + request
        return FEW[tag] + shown

    def _request(self, value: Dict[Any, Any], deep: int) -> bytes:
        """Return what a WSGI environ or an ASGI scope says of its request, as attributes: its text may be cut before that."""
        for wanted in (("REQUEST_METHOD", "PATH_INFO"), ("type", "method", "path")):
            found = [item(value, name) for name in wanted]
            if all(type(one) is str for one in found):
                parts = [uvarint(self.name(name)) + self.value(one, 0) for name, one in zip(wanted, found)]
                return uvarint(len(parts) << 1 | 1) + b"".join(parts)
        return b""

    def _fields(self, value: Any, kind: Any, deep: int) -> Optional[bytes]:
        """Return an object's own attributes; None where it has none that can be read without asking it."""
        if derives(kind, type) or derives(kind, ModuleType):
            return None
        fields = fields_of(value)
        if fields is None:
            return None
        parts: List[bytes] = []
        for name in list(fields):
            if type(name) is not str or len(parts) >= 2 * self.limits.items:
                continue
            try:
                inner = fields[name]
            except KeyError:
                continue
            parts += (uvarint(self.name(name)), FEW[REDACTED] if self.secret(name) else self.identified(inner, deep - 1))
        more = 1 if len(fields) > len(parts) // 2 else 0
        return uvarint(len(parts) // 2 << 1 | more) + b"".join(parts)


def exception(encoder: Encoder, arg: Any) -> bytes:
    """Return the bytes of an exception: the name of its type, itself, and hunter's arg."""
    error = arg[1]
    return uvarint(encoder.name(full_name(type(error)))) + encoder.value(error, 0) + encoder.value(arg, 0)


class Gone:
    """Stands for the value of a name that was never written, or has gone."""


def key_of(value: Any) -> Tuple[Any, bool]:
    """Return a key by which to know whether a value is the one written before, and whether the key alone says so.

    The key keeps the value itself only where it cannot change, and nobody notices that it lives longer.
    """
    kind = type(value)
    if kind is int or kind is float or kind is bool or value is None:
        return value, True
    if (kind is str or kind is bytes) and len(value) <= USUAL.characters:
        return value, True
    if kind is FunctionType or kind is type:
        return (id(value), value.__qualname__), True
    if kind is ModuleType or kind is BuiltinFunctionType:
        return (id(value), id(kind)), True
    return None, False


__all__ = ["Encoder", "exception", "key_of", "uvarint", "varint"]
