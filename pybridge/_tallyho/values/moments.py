"""How dates, times and spans of time are shown, of Python's own classes and of those that derive from them.

None of the program's code runs: what C keeps is read, and an offset is told only of a time zone of Python's own.
"""

from __future__ import annotations

import datetime
import sys
from typing import Any, Dict, Optional, Tuple

from ..base.classes import module_dict
from ..base.namespaces import item
from .ownfields import base_field, of_module

_DATE = ("year", "month", "day")
_TIME = ("hour", "minute", "second", "microsecond")


def _read(value: Any, base: type, names: Tuple[str, ...]) -> Tuple[Any, ...]:
    """Return what C code keeps of a moment, whatever its class says."""
    return tuple(base_field(base, name)(value) for name in names)


def _zone(value: Any, base: type) -> Any:
    return base_field(base, "tzinfo")(value)


def date_text(value: Any) -> Optional[str]:
    """Return str() of a date."""
    return "%04d-%02d-%02d" % _read(value, datetime.date, _DATE)


def _clock(value: Any, base: type) -> str:
    hour, minute, second, micro = _read(value, base, _TIME)
    text = "%02d:%02d:%02d" % (hour, minute, second) + (".%06d" % micro if micro else "")
    zone = _zone(value, base)
    if zone is None:
        return text
    offset = _offset(zone, value, base)
    return text + (offset if offset is not None else "+??:??")


def _is_of_python(kind: type) -> bool:
    """Report whether a time zone's class is Python's own."""
    return kind is datetime.timezone or of_module(kind, "zoneinfo", "ZoneInfo") is kind


def _offset(zone: Any, value: Any, base: type) -> Optional[str]:
    """Return a zone's offset where Python's own code tells it; None: it would be the program's."""
    if not _is_of_python(type(zone)):
        return None
    moment = None if base is datetime.time else datetime.datetime(*_read(value, base, _DATE + _TIME))
    delta: Any = zone.utcoffset(moment)
    if delta is None:
        return ""
    seconds = delta.days * 86400 + delta.seconds
    sign, seconds = ("-", -seconds) if seconds < 0 else ("+", seconds)
    text = "%s%02d:%02d" % (sign, seconds // 3600, seconds // 60 % 60)
    return text + (":%02d" % (seconds % 60) if seconds % 60 else "")


def datetime_text(value: Any) -> Optional[str]:
    """Return str() of a datetime."""
    if _is_nat(value):
        return "NaT"
    return "%s %s" % (date_text(value), _clock(value, datetime.datetime))


def _is_nat(value: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and item(module_dict(pandas), "NaT") is value


def time_text(value: Any) -> Optional[str]:
    """Return str() of a time."""
    return _clock(value, datetime.time)


def timedelta_text(value: Any) -> Optional[str]:
    """Return str() of a timedelta."""
    return datetime.timedelta.__str__(datetime.timedelta(*_read(value, datetime.timedelta, ("days", "seconds", "microseconds"))))


def _arguments(value: Any, base: type, names: Tuple[str, ...]) -> str:
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
    return repr(zone) if _is_of_python(type(zone)) else object.__repr__(zone)


def datetime_arguments(value: Any, text: str) -> str:
    """Return the arguments of a datetime's repr."""
    if text == "NaT":
        return ""
    pandas = sys.modules.get("pandas")
    if pandas is not None and item(module_dict(pandas), "Timestamp") is type(value):
        return repr(text)
    return _arguments(value, datetime.datetime, _DATE + _TIME)


def timedelta_arguments(value: Any, text: str) -> str:
    """Return the arguments of a timedelta's repr."""
    parts = zip(("days", "seconds", "microseconds"), _read(value, datetime.timedelta, ("days", "seconds", "microseconds")))
    return ", ".join("%s=%d" % part for part in parts if part[1]) or "0"


def date_arguments(value: Any, text: str) -> str:
    """Return the arguments of a date's repr."""
    return _arguments(value, datetime.date, _DATE)


def time_arguments(value: Any, text: str) -> str:
    """Return the arguments of a time's repr."""
    return _arguments(value, datetime.time, _TIME)


_PLAIN: Dict[str, Tuple[type, Tuple[str, ...]]] = {
    "datetime": (datetime.datetime, _DATE + _TIME), "date": (datetime.date, _DATE), "time": (datetime.time, _TIME)
}  # fmt: skip


def of_python(value: Any, kind: str) -> Any:
    """Return the "date", "time" or "datetime" of Python's own class that equals a moment of a derived one; None of all others,
    and where a time zone would be asked that is the program's."""
    if kind not in _PLAIN:
        return None
    base, names = _PLAIN[kind]
    made: Any = base
    if base is datetime.date:
        return made(*_read(value, base, names))
    zone = _zone(value, base)
    if zone is not None and not _is_of_python(type(zone)):
        return None
    return made(*_read(value, base, names), tzinfo=zone)
