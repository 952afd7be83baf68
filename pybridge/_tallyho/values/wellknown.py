"""How instances of the standard library's own kinds are shown: from the fields that they keep, without asking them.

A kind is known by the name and the identity of a class that a value's own derives from; nothing is imported for it.
Each has the text that str() would give ("10.0.0.1"), from which comes what repr() would ("IPv4Address('10.0.0.1')").
"""

from __future__ import annotations

import re
import sys
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ..base.behaviour import MAPPED_IPV4_IS_DOTTED
from ..base.classes import module_dict, name_of
from ..base.namespaces import item
from . import moments
from .ownfields import field, of_module, whole
from .renderer import Renderer
from .shownpaths import is_windows, path_text

Text = Callable[[Any], Optional[str]]

_mro = type.__dict__["__mro__"].__get__


class KnownKind(NamedTuple):
    """A kind of the standard library."""

    module: str
    text: Text
    """Its str(); None where a field is not what it should be."""

    arguments: Callable[[Any, str], str] = lambda value, text: repr(text)
    """What stands in the brackets of its repr()."""


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
    kind: Any = of_module(type(value), "decimal", "Decimal")
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
    text = _ipv4(value) if of_module(type(value), "ipaddress", "IPv4Interface") else _ipv6(value)
    return None if length is None or text is None else "%s/%d" % (text, length[0])


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
    "datetime": KnownKind("datetime", moments.datetime_text, moments.datetime_arguments),
    "date": KnownKind("datetime", moments.date_text, moments.date_arguments),
    "time": KnownKind("datetime", moments.time_text, moments.time_arguments),
    "timedelta": KnownKind("datetime", moments.timedelta_text, moments.timedelta_arguments),
}


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
        exact: Any = of_module(type(value), "decimal", "Decimal")
        return exact(exact.__str__(value))
    return moments.of_python(value, known[0])


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


def is_known(kind: type) -> bool:
    """Report whether by_kind may show instances of a class."""
    return _known(kind) is not None
