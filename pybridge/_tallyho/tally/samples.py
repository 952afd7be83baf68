"""What a sample holds and how it is written: values rendered, secrets and noise left out, packed for the wire."""

from __future__ import annotations

import struct
from types import BuiltinFunctionType, FrameType, FunctionType, MethodDescriptorType, ModuleType, WrapperDescriptorType
from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from ..base.classes import derives, ids, is_a, is_class, name_of
from ..base.fastlocals import CO_OPTIMIZED
from ..base.guest import is_foreign
from ..base.names import Lookup
from ..base.namespaces import NOTHING, as_dict, local
from ..base.redact import PLACEHOLDER, Patterns, is_secret, mask, returns_secret
from ..base.slots import misread
from ..program.activity import activity
from ..values import peek
from ..values.display import Display
from ..values.ends import shortened
from ..values.renderer import Failed, Renderer, TextFull
from ..wire.records import Records, clip, text_bytes
from .spans import Span

SAMPLE = 5
RETURNED, RAISED, IN_TASK, PARTIAL = 1, 2, 4, 8
FIRST_LIMIT = 50
"""Characters of a value where the recorded lists of tracefunc are followed: 47 and three dots."""
VALUE_LIMIT = 160
MAX_PAYLOAD = 60000
"""The longest payload of one record, in bytes; a sample that is longer is written with fewer values."""
MOST_VARIABLES = 16

_HEAD = struct.Struct("<IIQIIBBHI")
_U16 = struct.Struct("<H")
_U32 = struct.Struct("<I")
_args = BaseException.__dict__["args"].__get__
_quick = ids(int, float, bool, type(None))
_functions = ids(
    BuiltinFunctionType, *BuiltinFunctionType.__subclasses__(), FunctionType, MethodDescriptorType, WrapperDescriptorType, ModuleType
)

Shown = Tuple[str, str, str]
"""Name, type and text of a value."""


def render(value: Any, limit: int) -> Tuple[str, str]:
    """Return the type's name and the value's text, cut at its end; runs no code of the program."""
    return _render(value, Display(limit, True), True)


def classic_text(value: Any, limit: int) -> Tuple[str, str]:
    """Return the type's name and the value's text as the recorded lists of tracefunc have it."""
    return _render(value, Renderer(limit, True))


def classic_repr(value: Any, limit: int) -> Tuple[str, str]:
    """Return what real_repr does, cut where the recorded lists of tracefunc are cut."""
    return _render(value, Display(limit, True, own=True))


def real_repr(value: Any, limit: int) -> Tuple[str, str]:
    """Return the type's name and the value's own repr, which the person asked for."""
    return _render(value, Display(limit, True, own=True), True)


def _render(value: Any, out: Renderer, ends: bool = False) -> Tuple[str, str]:
    kind = type(value)
    if id(kind) in _quick and (kind is not int or -(10**20) < value < 10**20):
        return kind.__name__, repr(value)
    limit, whole = out.left, True
    try:
        out.render(value, 5)
    except TextFull:
        whole = False
    except Failed as error:
        out.parts = ["<" + str(error) + ">"]
    except Exception as error:
        if is_foreign(error) and not getattr(out, "own", False):  # of a signal handler, no text of the object's own
            raise
        if not is_a(error, RuntimeError):
            out.parts = ["<repr-error " + name_of(type(error)) + ">"]
    text = "".join(out.parts)
    if Patterns.on:
        text = mask(text)
    if ends and not whole:
        text = shortened(out, value, text, limit)
    return name_of(kind), cut(text, limit)


_WAYS: Dict[Tuple[bool, bool], Callable[[Any, int], Tuple[str, str]]] = {
    (False, False): render, (False, True): real_repr, (True, False): classic_text, (True, True): classic_repr,
}  # fmt: skip
"""How a value is shown, by whether it is to be as tracefunc has it, and whether by its own repr."""


def is_noise(value: Any) -> bool:
    """Whether a value is a function, class or module."""
    return id(type(value)) in _functions or is_class(value)


def cut(text: str, limit: int) -> str:
    """Cut a text that is too long, and say so with dots."""
    return text if len(text) <= limit else text[: limit - 3] + "..."


def message(error: BaseException) -> str:
    """Return what str(error) would be for Python's own exceptions, without running the program's code."""
    args = _args(error)
    if type(args) is not tuple or not args:
        return ""
    if len(args) == 1 and type(args[0]) is str:
        return repr(args[0]) if derives(type(error), KeyError) else cut(args[0], VALUE_LIMIT)
    if derives(type(error), OSError) and len(args) >= 2 and type(args[0]) is int and type(args[1]) is str:
        return cut("[Errno %d] %s" % args[:2], VALUE_LIMIT)
    return render(args[0] if len(args) == 1 else args, VALUE_LIMIT)[1]


class SampleReader:
    """Reads the values of a statement from a frame."""

    def __init__(
        self, classic: bool, limit: int, own_repr: bool, redact: bool = True, locals_of: Callable[[FrameType], Any] = local
    ) -> None:
        self.classic = classic  # the names and texts of tracefunc, all of them
        self.limit = limit
        self.render = _WAYS[classic, own_repr]
        self.redact = redact
        self.namespace_of = locals_of
        self.noise: Dict[Tuple[int, int, str], int] = {}  # (file, span, name) -> id of the function left out

    def read(self, frame: FrameType, file: int, span: Span) -> List[Shown]:
        """Return the names of a statement and what they hold now."""
        return self._all_names(frame, span) if self.classic else self._default_names(frame, file, span)

    def locals_of(self, frame: FrameType) -> Mapping[str, Any]:
        """Return the names of a frame's own scope."""
        code = frame.f_code
        return local(frame) if code.co_flags & CO_OPTIMIZED or misread(code) else as_dict(self.namespace_of(frame))

    def _all_names(self, frame: FrameType, span: Span) -> List[Shown]:
        names = self.locals_of(frame)
        shown: List[Shown] = []
        for wanted in sorted((wanted for wanted in span.names if wanted.classic), key=lambda wanted: wanted.text):
            value = peek.name(frame, names, wanted.root)
            if value is NOTHING:
                shown.append((wanted.text, "NameError", "<unavailable>"))
            else:
                shown.append((wanted.text, *self.text(wanted, value)))
        return shown

    def _default_names(self, frame: FrameType, file: int, span: Span) -> List[Shown]:
        names = self.locals_of(frame)
        shown: List[Shown] = []
        for wanted in peek.shown_by_default(list(span.names)):
            value, name = peek.lookup(frame, names, wanted), wanted.text
            if value is NOTHING and wanted.stored and wanted.steps:
                value, name = peek.changed(frame, names, wanted)
            if value is NOTHING or self._is_noise(file, span.index, name, value) or any(name == had for had, _, _ in shown):
                continue
            shown.append((name, *self.text(wanted, value)))
            if len(shown) == MOST_VARIABLES:
                break
        return shown

    def _is_noise(self, file: int, span: int, text: str, value: Any) -> bool:
        """Whether a value is a function, class or module that has always been the same here."""
        if not is_noise(value):
            return False
        return self.noise.setdefault((file, span, text), id(value)) == id(value)

    def value(self, value: Any, function: str) -> Shown:
        """Return a value that has no name: what a function of that name returned."""
        if self.redact and returns_secret(function):
            return "", name_of(type(value)), PLACEHOLDER
        return ("", *self.render(value, self.limit))

    def text(self, wanted: Lookup, value: Any) -> Tuple[str, str]:
        """Return the type and text of what a name holds."""
        if self.redact and (is_secret(wanted.root) or any(is_secret(str(key)) for _, key in wanted.steps)):
            return name_of(type(value)), PLACEHOLDER
        return self.render(value, self.limit)


def write(
    records: Records,
    file: int,
    span: int,
    hit: int,
    call: int,
    shown: List[Shown],
    returned: Optional[Shown] = None,
    raised: Optional[Shown] = None,
    partial: bool = False,
    thread: int = 0,
) -> bool:
    """Write a sample record; False if it was dropped. partial: not all names are shown; thread: the number of a thread, 0 for this one."""
    task = activity() if not thread else ""
    flags = (RETURNED if returned else 0) | (RAISED if raised else 0) | (IN_TASK if task else 0) | (PARTIAL if partial else 0)
    parts = [_HEAD.pack(file, span, hit, thread or records.thread_id(), call, flags, 0, len(shown), 0)]
    parts += map(_pack, shown)
    parts += [_pack(extra) for extra in (returned, raised, ("", "", task) if task else None) if extra]
    payload = b"".join(parts)
    if len(payload) > MAX_PAYLOAD and len(shown) > 1:
        return write(records, file, span, hit, call, shown[: len(shown) // 2], returned, raised, True, thread)
    return records.put(SAMPLE, payload)


def _pack(shown: Shown) -> bytes:
    name, kind, text = map(text_bytes, shown)
    name, kind = clip(name, 255), clip(kind, 1000)
    return b"".join((bytes((len(name),)), name, _U16.pack(len(kind)), kind, _U32.pack(len(text)), text))
