"""How instances of the standard library's own kinds are shown: from the fields that they keep, without asking them.

A kind is known by the name and the identity of a class that a value's own derives from; nothing is imported for it.
Each has the text that str() would give ("10.0.0.1"), from which comes what repr() would ("IPv4Address('10.0.0.1')").
"""

from __future__ import annotations

import datetime
import re
import sys
from collections import deque
from functools import partial
from types import SimpleNamespace
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ..base.behaviour import MAPPED_IPV4_IS_DOTTED
from ..base.classes import derives, is_class, module_dict, name_of
from ..base.namespaces import NOTHING, item
from . import peek
from .renderer import Renderer
from .shownpaths import is_windows, path_text

Text = Callable[[Any], Optional[str]]
Rule = Callable[[Renderer, Any, type, int], bool]

_mro = type.__dict__["__mro__"].__get__
_namespace_fields = SimpleNamespace.__dict__["__dict__"].__get__


class KnownKind(NamedTuple):
    """A kind of the standard library."""

    module: str
    text: Text
    """Its str(); None where a field is not what it should be."""

    arguments: Callable[[Any, str], str] = lambda value, text: repr(text)
    """What stands in the brackets of its repr()."""


def field(value: Any, name: str) -> Any:
    """Return a field of an instance that is plain data; None where there is none."""
    found = peek.attribute(value, name)
    return None if found is NOTHING else found


def instance_fields(value: Any) -> Dict[str, Any]:
    """Return an instance's own dictionary; an empty one where it has none that can be read."""
    found = peek._instance_dict(type(value), value)
    return found if type(found) is dict else {}


def whole(value: Any, *names: str) -> Optional[Tuple[int, ...]]:
    """Return fields that are plain ints; None if one is not."""
    found = tuple(field(value, name) for name in names)
    return found if all(type(one) is int for one in found) else None


def _uuid(value: Any) -> Optional[str]:
    number = field(value, "int")
    if type(number) is not int or not 0 <= number < 1 << 128:
        return None
    digits = "%032x" % number
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def _fraction(value: Any) -> Optional[str]:
    parts = whole(value, "_numerator", "_denominator")
    if parts is None or max(part.bit_length() for part in parts) > 10000:
        return None
    return str(parts[0]) if parts[1] == 1 else "%d/%d" % parts


def _fraction_arguments(value: Any, text: str) -> str:
    return "%d, %d" % (whole(value, "_numerator", "_denominator") or (0, 1))


def _decimal(value: Any) -> Optional[str]:
    kind: Any = _of_module(type(value), "decimal", "Decimal")
    return None if kind is None else str(kind.__str__(value))


# Addresses.


def _ipv4(value: Any) -> Optional[str]:
    numbers = whole(value, "_ip")
    return None if numbers is None else ".".join(str(numbers[0] >> at & 255) for at in (24, 16, 8, 0))


def _ipv6(value: Any) -> Optional[str]:
    numbers = whole(value, "_ip")
    if numbers is None:
        return None
    groups = ["%x" % (numbers[0] >> at & 0xFFFF) for at in range(112, -1, -16)]
    text = _compressed(groups)
    if numbers[0] >> 32 == 0xFFFF and MAPPED_IPV4_IS_DOTTED:
        text = "::ffff:%s" % ".".join(str(numbers[0] >> at & 255) for at in (24, 16, 8, 0))
    scope = field(value, "_scope_id")
    return text + "%" + scope if type(scope) is str else text


def _compressed(groups: List[str]) -> str:
    """Return an IPv6 address with its longest run of zeros left out."""
    runs = re.findall(r"(?:0:)+", ":".join(groups) + ":")
    run = max((found for found in re.finditer(r"(?:(?<=:)|^)(?:0:)+", ":".join(groups) + ":")),
              key=lambda found: len(found.group()), default=None) if runs else None  # fmt: skip
    joined = ":".join(groups) + ":"
    if run is None or len(run.group()) < 4:
        return joined[:-1]
    before, after = joined[: run.start()].rstrip(":"), joined[run.end() : -1]
    return before + "::" + after


def _network(value: Any) -> Optional[str]:
    length = whole(value, "_prefixlen")
    address = field(value, "network_address")
    text = known_text(address)
    return None if length is None or text is None else "%s/%d" % (text, length[0])


def _interface(value: Any) -> Optional[str]:
    length = whole(value, "_prefixlen")
    text = _ipv4(value) if _of_module(type(value), "ipaddress", "IPv4Interface") else _ipv6(value)
    return None if length is None or text is None else "%s/%d" % (text, length[0])


# Moments.

_DATE = ("year", "month", "day")
_TIME = ("hour", "minute", "second", "microsecond")


def _read(value: Any, base: type, names: Tuple[str, ...]) -> Tuple[Any, ...]:
    """Return what C code keeps of a moment, whatever its class says."""
    return tuple(base_field(base, name)(value) for name in names)


def base_field(base: type, name: str) -> Callable[[Any], Any]:
    """Return what reads a field as the class that keeps it does."""
    for one in _mro(base):
        if name in one.__dict__:
            return one.__dict__[name].__get__  # type: ignore[no-any-return]
    raise AttributeError(name)


def _zone(value: Any, base: type) -> Any:
    return base_field(base, "tzinfo")(value)


def _date(value: Any) -> Optional[str]:
    return "%04d-%02d-%02d" % _read(value, datetime.date, _DATE)


def _clock(value: Any, base: type) -> str:
    hour, minute, second, micro = _read(value, base, _TIME)
    text = "%02d:%02d:%02d" % (hour, minute, second) + (".%06d" % micro if micro else "")
    zone = _zone(value, base)
    if zone is None:
        return text
    offset = _offset(zone, value, base)
    return text + (offset if offset is not None else "+??:??")


def _is_ours(kind: type) -> bool:
    """Report whether a time zone's class is Python's own."""
    return kind is datetime.timezone or _of_module(kind, "zoneinfo", "ZoneInfo") is kind


def _offset(zone: Any, value: Any, base: type) -> Optional[str]:
    """Return a zone's offset where Python's own code tells it; None: it would be the program's."""
    if not _is_ours(type(zone)):
        return None
    moment = None if base is datetime.time else datetime.datetime(*_read(value, base, _DATE + _TIME))
    delta: Any = zone.utcoffset(moment)
    if delta is None:
        return ""
    seconds = delta.days * 86400 + delta.seconds
    sign, seconds = ("-", -seconds) if seconds < 0 else ("+", seconds)
    text = "%s%02d:%02d" % (sign, seconds // 3600, seconds // 60 % 60)
    return text + (":%02d" % (seconds % 60) if seconds % 60 else "")


def _datetime(value: Any) -> Optional[str]:
    if _is_nat(value):
        return "NaT"
    return "%s %s" % (_date(value), _clock(value, datetime.datetime))


def _is_nat(value: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and item(module_dict(pandas), "NaT") is value


def _time(value: Any) -> Optional[str]:
    return _clock(value, datetime.time)


def _timedelta(value: Any) -> Optional[str]:
    return datetime.timedelta.__str__(datetime.timedelta(*_read(value, datetime.timedelta, ("days", "seconds", "microseconds"))))


def _moment_arguments(value: Any, base: type, names: Tuple[str, ...]) -> str:
    """Return the arguments of a moment's repr, with as few zeros at its end."""
    parts = list(_read(value, base, names))
    least = len(names) - 2 if names[-1] == "microsecond" else len(names)
    while len(parts) > least and parts[-1] == 0:
        parts.pop()
    shown = [str(part) for part in parts]
    zone = _zone(value, base) if base is not datetime.date else None
    if base is not datetime.date and base_field(base, "fold")(value):
        shown.append("fold=1")
    if zone is not None:
        shown.append("tzinfo=%s" % zone_text(zone))
    return ", ".join(shown)


def zone_text(zone: Any) -> str:
    """Return a time zone's repr where it is one of Python's own."""
    return repr(zone) if _is_ours(type(zone)) else object.__repr__(zone)


def _datetime_arguments(value: Any, text: str) -> str:
    if text == "NaT":
        return ""
    pandas = sys.modules.get("pandas")
    if pandas is not None and item(module_dict(pandas), "Timestamp") is type(value):
        return repr(text)
    return _moment_arguments(value, datetime.datetime, _DATE + _TIME)


def _timedelta_arguments(value: Any, text: str) -> str:
    parts = zip(("days", "seconds", "microseconds"), _read(value, datetime.timedelta, ("days", "seconds", "microseconds")))
    return ", ".join("%s=%d" % part for part in parts if part[1]) or "0"


KINDS: Dict[str, KnownKind] = {
    "PurePath": KnownKind("pathlib", path_text, lambda value, text: repr(text.replace("\\", "/") if is_windows(value) else text)),
    "UUID": KnownKind("uuid", _uuid),
    "Fraction": KnownKind("fractions", _fraction, _fraction_arguments),
    "Decimal": KnownKind("decimal", _decimal),
    "IPv4Interface": KnownKind("ipaddress", _interface),
    "IPv6Interface": KnownKind("ipaddress", _interface),
    "IPv4Address": KnownKind("ipaddress", _ipv4),
    "IPv6Address": KnownKind("ipaddress", _ipv6),
    "IPv4Network": KnownKind("ipaddress", _network),
    "IPv6Network": KnownKind("ipaddress", _network),
    "datetime": KnownKind("datetime", _datetime, _datetime_arguments),
    "date": KnownKind("datetime", _date, lambda value, text: _moment_arguments(value, datetime.date, _DATE)),
    "time": KnownKind("datetime", _time, lambda value, text: _moment_arguments(value, datetime.time, _TIME)),
    "timedelta": KnownKind("datetime", _timedelta, _timedelta_arguments),
}


def _of_module(kind: type, module: str, name: str) -> Optional[type]:
    """Return the class of that name that a kind derives from, if the module has it."""
    found = item(module_dict(sys.modules.get(module)), name)
    return found if is_class(found) and derives(kind, found) else None


def _known(kind: type) -> Optional[Tuple[str, KnownKind]]:
    for base in _mro(kind):
        name = name_of(base)
        known = KINDS.get(name)
        if known is not None and item(module_dict(sys.modules.get(known.module)), name) is base:
            return name, known
    return None


def known_text(value: Any) -> Optional[str]:
    """Return the str() of a value of a known kind; None of all others."""
    known = _known(type(value))
    return None if known is None else known[1].text(value)


def plain_moment(value: Any) -> Any:
    """Return a date, time, timedelta or Decimal of Python's own class that equals a value; None of all others.

    None as well where a time zone would be asked that is the program's.
    """
    known = _known(type(value))
    if known is None or known[1].text(value) in (None, "NaT"):
        return None
    if known[0] == "Decimal":
        exact: Any = _of_module(type(value), "decimal", "Decimal")
        return exact(exact.__str__(value))
    base = {"datetime": datetime.datetime, "date": datetime.date, "time": datetime.time}.get(known[0])
    if base is None:
        return None
    zone = None if base is datetime.date else _zone(value, base)
    if zone is not None and not _is_ours(type(zone)):
        return None
    names = {"datetime": _DATE + _TIME, "date": _DATE, "time": _TIME}[known[0]]
    made: Any = base
    return made(*_read(value, base, names)) if base is datetime.date else made(*_read(value, base, names), tzinfo=zone)


def by_kind(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    """Show a value of a known kind as its repr() would."""
    known = _known(kind)
    text = None if known is None else known[1].text(value)
    if known is None or text is None:
        return False
    if text == "NaT":
        out.put(text)
        return True
    name = name_of(kind)
    if known[1].module == "datetime" and name == known[0]:
        name = "datetime." + name
    out.put("%s(%s)" % (name, known[1].arguments(value, text)))
    return True


# What holds values of the program's.


def _namespace(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    fields = _namespace_fields(value)
    name = "namespace" if kind is SimpleNamespace else name_of(kind)
    out.fields(name, [pair for pair in list(fields.items()) if type(pair[0]) is str], depth)
    return True


def _attributes(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    out.fields(name_of(kind), [pair for pair in list(instance_fields(value).items()) if type(pair[0]) is str], depth)
    return True


def _chain(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    maps = field(value, "maps")
    if type(maps) is not list:
        return False
    out.put(name_of(kind) + "(")
    out.items(maps, depth)
    out.put(")")
    return True


def _partial(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    function, args, keywords = (base_field(partial, name)(value) for name in ("func", "args", "keywords"))
    out.put("%s(" % ("functools.partial" if kind is partial else name_of(kind)))
    out.render(function, depth)
    for one in args:
        out.put(", ")
        out.render(one, depth)
    for name, one in list(keywords.items()):
        out.put(", %s=" % name)
        out.named(name, one, depth)
    out.put(")")
    return True


def _match(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    out.put("<re.Match object; span=%r, match=" % (value.span(),))
    out.render(value.group(), depth)
    out.put(">")
    return True


def _array(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    base: Any = _of_module(kind, "array", "array")
    out.put("array(%r, [" % base_field(base, "typecode")(value))
    out.items(base.__getitem__(value, slice(0, 1000)), depth)
    out.put("])")
    return True


_STREAM = 1 << 16
"""Where a stream in memory stands whose text is too much to be copied."""


def _text_stream(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    base: Any = _of_module(kind, "io", "StringIO" if _of_module(kind, "io", "StringIO") else "BytesIO")
    out.put(name_of(kind) + "(")
    try:
        written = base.tell(value)
        if written > _STREAM:
            out.put("at %d" % written)
        else:
            out.render(base.getvalue(value), depth + 1)
    except ValueError:
        out.put("closed")
    out.put(")")
    return True


def _enum(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    fields = instance_fields(value)
    name, held = fields.get("_name_"), fields.get("_value_", NOTHING)
    out.put("<%s" % (name_of(kind) if type(name) is not str else "%s.%s" % (name_of(kind), name)))
    if held is not NOTHING:
        out.put(": ")
        out.render(held, depth)
    out.put(">")
    return True


def _wrapped(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    held = peek.attribute(value, "data")
    if held is NOTHING:
        return False
    out.put(name_of(kind) + "(")
    out.render(held, depth + 1)
    out.put(")")
    return True


def _container(base: Any) -> Rule:
    """Return the rule of a class that derives from a builtin container: the container, with the class's name."""

    def rule(out: Renderer, value: Any, kind: type, depth: int) -> bool:
        out.put(name_of(kind) + "(")
        if base is dict:
            out.pairs(value, depth)
        else:
            marks = {list: "[]", tuple: "()", deque: "[]"}.get(base, "{}")
            out.put(marks[0])
            out.items(base.__iter__(value), depth)
            out.put(marks[1])
        out.put(")")
        return True

    return rule


_SIMPLE: Tuple[Tuple[type, Callable[[Any], Any]], ...] = (
    (int, int.__int__), (float, float.__float__), (str, str.__str__), (complex, complex.__pos__),
    (bytes, lambda value: bytes.__getitem__(value, slice(None))), (bytearray, lambda value: bytearray.__getitem__(value, slice(None))),
)  # fmt: skip


def plain_value(value: Any) -> Any:
    """Return the value that an instance of a simple type's subclass is; NOTHING of all others."""
    for base, make in _SIMPLE:
        if type.__subclasscheck__(base, type(value)):
            return make(value)
    return NOTHING


def _simple(base: Any) -> Rule:
    def rule(out: Renderer, value: Any, kind: type, depth: int) -> bool:
        out.put(name_of(kind) + "(")
        out.render(plain_value(value), depth + 1)
        out.put(")")
        return True

    return rule


_BY_BASE: Tuple[Tuple[type, Rule], ...] = (
    (SimpleNamespace, _namespace), (partial, _partial), (re.Match, _match),
    *((base, _simple(base)) for base in (int, float, str, bytes, bytearray, complex)),
    *((base, _container(base)) for base in (list, tuple, dict, set, frozenset, deque)),
)  # fmt: skip


_BY_NAME: Tuple[Tuple[str, str, Rule], ...] = (
    ("array", "array", _array), ("io", "StringIO", _text_stream), ("io", "BytesIO", _text_stream),
    ("argparse", "Namespace", _attributes), ("collections", "ChainMap", _chain),
    ("collections", "UserDict", _wrapped), ("collections", "UserList", _wrapped), ("collections", "UserString", _wrapped),
)  # fmt: skip


def by_base(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    """Show a value by the builtin class that its own derives from; False where there is none."""
    for base, rule in _BY_BASE:
        if type.__subclasscheck__(base, kind):
            return rule(out, value, kind, depth)
    for module, name, rule in _BY_NAME:
        if _of_module(kind, module, name):
            return rule(out, value, kind, depth)
    return False


def enum_text(value: Any) -> Optional[str]:
    """Return str() of a member of an Enum: its name, or the value of one that is a number or a text as well; None of all others."""
    if _of_module(type(value), "enum", "Enum") is None:
        return None
    plain, name = plain_value(value), instance_fields(value).get("_name_")
    if plain is not NOTHING:
        return str(plain)
    return "%s.%s" % (name_of(type(value)), name) if type(name) is str else None


def by_enum(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    """Show a member of an Enum."""
    return _of_module(kind, "enum", "Enum") is not None and _enum(out, value, kind, depth)


def is_enum(kind: type) -> bool:
    """Report whether instances of a class are members of an Enum."""
    return _of_module(kind, "enum", "Enum") is not None


def is_known(kind: type) -> bool:
    """Report whether by_kind may show instances of a class."""
    return _known(kind) is not None


def has_base(kind: type) -> bool:
    """Report whether by_base may show instances of a class."""
    if any(type.__subclasscheck__(base, kind) for base, _ in _BY_BASE):
        return True
    return any(_of_module(kind, module, name) for module, name, _ in _BY_NAME)
