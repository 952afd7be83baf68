"""A rendering: pieces of text collected until there are enough, each value by a rule for its exact type.

Five levels deep, and object.__repr__ for whatever is not known to be harmless: no code of the program's runs.
"""

from __future__ import annotations

import datetime
import re
import sys
import types
from _frozen_importlib import ModuleSpec
from collections import Counter, OrderedDict, defaultdict, deque
from gc import get_referents as _referents
from typing import Any, Callable, Dict, FrozenSet, Iterable, List, Tuple

from ..base.classes import derives, ids, is_heap, module_dict, module_of, name_of
from ..base.namespaces import item
from ..base.redact import PLACEHOLDER, instead, is_secret, is_secret_key
from ..base.slots import Unreadable

DEPTH = 5
STEPS = 600
"""Values looked at in one rendering, so that a tree of empty lists ends as well."""

WHOLE_TEXT = 4096
"""A str or bytes up to that length is rendered whole."""

FIELDS = 12
"""Fields of an instance shown in its text."""

HUGE_INT_BITS = 15000
"""Ints beyond are not turned into digits even where the program lifted Python's own limit."""

_SAFE_MODULES: FrozenSet[str] = frozenset(["builtins", "io", "_io", "socket", "_socket", "zoneinfo", "decimal"])
_VIEWS: Tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))
_args_of = BaseException.__dict__["args"].__get__
_object_repr = object.__repr__
SHORT = ids(float, bool, type(None))
"""The ids of the types whose repr is always short."""
WORD = 1 << 63
"""Ints of a machine word are short as well; larger ones are looked at before they are turned into digits."""


class TextFull(Exception):
    """The rendering has all the characters that it may have."""


class Failed(Exception):
    """A value that has no text; the argument is the text of the exception."""


class Renderer:
    """One rendering: collects pieces until it is full."""

    __slots__ = ("parts", "left", "steps", "redact", "hexadecimal")

    rules: "Dict[int, Rule]"
    """How values of exact types are rendered, by the ids of those."""

    def __init__(self, cap: int, redact: bool) -> None:
        self.parts: List[str] = []
        self.left = cap
        self.steps = STEPS
        self.redact = redact
        self.hexadecimal = False

    def again(self, cap: int) -> "Renderer":
        """Return a renderer with these settings and a limit of its own."""
        return Renderer(cap, self.redact)

    def other(self, value: Any, kind: type, depth: int) -> None:
        """Render a value that has no rule of its own."""
        self.put(other_text(self, value, kind, depth))

    def put(self, text: str) -> None:
        """Add a piece; raise TextFull when there is no room for more."""
        self.parts.append(text)
        self.left -= len(text)
        if self.left < 0:
            raise TextFull

    def render(self, value: Any, depth: int) -> None:
        """Render a value of which `depth` levels are left."""
        if not depth:
            self.put("...")
            return
        self.steps -= 1
        if self.steps < 0:
            raise TextFull
        kind = type(value)
        special = self.rules.get(id(kind))
        if special is not None:
            special(self, value, depth - 1)
        else:
            self.other(value, kind, depth - 1)

    def items(self, values: Iterable[Any], depth: int) -> None:
        """Render values separated by commas."""
        comma = ""
        looks = self.redact and (type(values) is list or type(values) is tuple)
        before: Any = None
        for at, value in enumerate(values):
            if looks and depth and (type(value) is str or type(before) is str or type(before) is bytes):
                text = instead(values, at)  # type: ignore[arg-type]
                if text is not None:
                    self.put(comma + text)
                    comma, before = ", ", value
                    continue
            before = value
            if depth and id(type(value)) in SHORT:
                self.put(comma + repr(value))
            elif depth and type(value) is int and -WORD < value < WORD and not self.hexadecimal:
                self.put(comma + repr(value))
            else:
                self.put(comma)
                self.render(value, depth)
            comma = ", "

    def pairs(self, value: Dict[Any, Any], depth: int) -> None:
        """Render a mapping of an exact type, in braces. Keys do not use up depth."""
        self.put("{")
        comma = ""
        # A thread that changes the dict meanwhile ends the walk, as it ends any iteration.
        for key, one in dict.items(value):
            if comma:
                self.put(comma)
            self.render(key, depth + 1)
            self.put(": ")
            if self.redact and is_secret_key(key):
                self.put(PLACEHOLDER)
            else:
                self.render(one, depth)
            comma = ", "
        self.put("}")

    def fields(self, name: str, pairs: Iterable[Tuple[str, Any]], depth: int) -> None:
        """Render what an object holds as a call that would make it."""
        self.put(name + "(")
        for at, (key, value) in enumerate(pairs):
            self.put((", " if at else "") + ("…" if at == FIELDS else key + "="))
            if at == FIELDS:
                break
            self.named(key, value, depth)
        self.put(")")

    def named(self, name: str, value: Any, depth: int) -> None:
        """Render the value of a name, unless it is that of a secret."""
        if self.redact and is_secret(name):
            self.put(PLACEHOLDER)
        else:
            self.render(value, depth)


def _scalar(out: Renderer, value: Any, depth: int) -> None:
    out.put(repr(value))


def _int(out: Renderer, value: int, depth: int) -> None:
    out.put(hex(value) if out.hexadecimal else int_text(value))


def _text(out: Renderer, value: Any, depth: int) -> None:
    if len(value) <= WHOLE_TEXT:
        out.put(repr(value))
        return
    whole = out.left + 2 >= len(value)
    out.put(repr(value) if whole else quoted_head(value, out.left + 2))


def _list(out: Renderer, value: Any, depth: int) -> None:
    out.put("[")
    out.items(value, depth)
    out.put("]")


def _tuple(out: Renderer, value: Any, depth: int) -> None:
    out.put("(")
    out.items(value, depth)
    out.put(",)" if len(value) == 1 else ")")


def _set(out: Renderer, value: Any, depth: int) -> None:
    out.put("{")
    out.items(value, depth)
    out.put("}")


def _frozenset(out: Renderer, value: Any, depth: int) -> None:
    out.put("frozenset({")
    out.items(value, depth)
    out.put("})")


def _dict(out: Renderer, value: Any, depth: int) -> None:
    out.pairs(value, depth)


def _named_dict(out: Renderer, value: Any, depth: int) -> None:
    out.put(type(value).__name__ + "(")
    out.pairs(value, depth)
    out.put(")")


def _deque(out: Renderer, value: Any, depth: int) -> None:
    out.put("deque([")
    out.items(value, depth)
    out.put("])")


def _view(out: Renderer, value: Any, depth: int) -> None:
    # The view's own repr would call those of its items.
    out.put(type(value).__name__ + "([")
    out.items(value, depth)
    out.put("])")


def _slice(out: Renderer, value: Any, depth: int) -> None:
    out.put("slice(")
    out.items((value.start, value.stop, value.step), depth)
    out.put(")")


def _pattern(out: Renderer, value: Any, depth: int) -> None:
    out.put("re.compile(")
    out.render(value.pattern, depth)
    if value.flags:
        flags = sorted((flag for flag in re.RegexFlag if value.flags & flag), key=int)
        names = [flag.name or "" for flag in flags if flag.name != "DEBUG"]
        out.put(", flags=" + "|".join("re." + name for name in dict.fromkeys(names)))
    out.put(")")


def _moment(out: Renderer, value: Any, depth: int) -> None:
    fields: Tuple[Any, ...] = ()
    if type(value) is datetime.datetime:
        fields = (value.year, value.month, value.day)
    fields += (value.hour, value.minute, value.second, value.microsecond)
    out.put(type(value).__name__ + "(" + ", ".join(map(str, fields)) + ", tzinfo=")
    out.render(value.tzinfo, depth)
    out.put(", fold=%d)" % value.fold)


def _method(out: Renderer, value: Any, depth: int) -> None:
    function = value.__func__
    name = function.__qualname__ if type(function) is types.FunctionType else name_of(type(function))
    out.put("<bound method %s of " % name)
    out.render(value.__self__, depth)
    out.put(">")


def _module(out: Renderer, value: Any, depth: int) -> None:
    # The real repr may ask a loader of the program's.
    names = module_dict(value)
    spec, name, place = item(names, "__spec__"), item(names, "__name__"), item(names, "__file__")
    where = " from %r"
    if type(spec) is ModuleSpec:
        name, place = spec.name, spec.origin
        where = where if spec.has_location else " (%s)"
    shown = repr(name) if type(name) is str else "?"
    out.put("<module %s%s>" % (shown, where % place if type(place) is str else ""))


def _wrapper(out: Renderer, value: Any, depth: int) -> None:
    # classmethod and staticmethod show what they wrap from 3.10 on.
    wrapped = value.__func__
    out.put(repr(value) if type(wrapped) is types.FunctionType else _object_repr(value))


def _proxy(out: Renderer, value: Any, depth: int) -> None:
    behind = [d for d in _referents(value) if type(d) is dict]
    if not behind:
        out.put(_object_repr(value))
        return
    out.put("mappingproxy(")
    out.render(behind[0], depth + 1)
    out.put(")")


def _unreadable(out: Renderer, value: Any, depth: int) -> None:
    out.put("?")


Rule = Callable[[Renderer, Any, int], None]
RULES: Dict[type, Rule] = {
    int: _int,
    float: _scalar,
    bool: _scalar,
    type(None): _scalar,
    complex: _scalar,
    str: _text,
    bytes: _text,
    bytearray: _text,
    list: _list,
    tuple: _tuple,
    set: _set,
    frozenset: _frozenset,
    dict: _dict,
    Counter: _named_dict,
    OrderedDict: _named_dict,
    defaultdict: _named_dict,
    deque: _deque,
    slice: _slice,
    re.Pattern: _pattern,
    datetime.date: _scalar,
    datetime.timedelta: _scalar,
    datetime.datetime: _moment,
    datetime.time: _moment,
    types.MethodType: _method,
    types.ModuleType: _module,
    types.MappingProxyType: _proxy,
    classmethod: _wrapper,
    staticmethod: _wrapper,
    Unreadable: _unreadable,
}
for _kind in _VIEWS:
    RULES[_kind] = _view


def by_id(rules: Dict[type, Rule]) -> Dict[int, Rule]:
    """Return rules by the ids of their types, which live as long as the interpreter."""
    return {id(kind): rule for kind, rule in rules.items()}


Renderer.rules = by_id(RULES)


def special_types() -> FrozenSet[type]:
    """Return the types that have a rule of their own."""
    return frozenset(RULES)


def other_text(out: Renderer, value: Any, kind: type, depth: int) -> str:
    """Return the text of a value that has no rule of its own."""
    if type(kind) is type:
        if derives(kind, BaseException):
            out.put(name_of(kind) + "(")
            out.items(_args_of(value), depth)
            return ")"
        if kind is not object and is_harmless(kind):
            return repr(value)
    return _object_repr(value)


def is_harmless(kind: type) -> bool:
    """Report whether a class's own __repr__ may run: it is Python's, and says nothing of foreign values."""
    module = module_of(kind)
    if module not in _SAFE_MODULES:
        return False
    if not is_heap(kind):
        return kind is not _GENERIC
    # A class statement may claim any __module__; the real one is found there.
    return item(module_dict(sys.modules.get(module)), name_of(kind)) is kind


_GENERIC = getattr(types, "GenericAlias", object)


def int_text(value: int) -> str:
    """Return the digits of an exact int."""
    if value.bit_length() > HUGE_INT_BITS:
        raise Failed(
            "ValueError('Exceeds the limit (4300 digits) for integer string conversion; "
            "use sys.set_int_max_str_digits() to increase the limit')"
        )
    return repr(value)


def quoted_head(value: Any, size: int) -> str:
    """Return the repr's beginning of a long str, bytes or bytearray."""
    head = value[:size]
    text = repr(head)
    if type(value) is str and head.count("'") == 0 and "'" in value[-size:]:
        return '"' + text[1:] if '"' not in head and '"' not in value[-size:] else text
    return text
