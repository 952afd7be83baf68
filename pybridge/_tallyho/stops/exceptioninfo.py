"""An exception as a person is told of it: type, message, traceback, and the exceptions that led to it or are in it."""

from __future__ import annotations

import sys
from typing import Any, Dict, List, Optional, Set

from ..base import guest
from ..base.classes import class_dict, derives, ids, is_a, is_heap, mro, name_of
from ..base.namespaces import has
from ..values.children import EXCEPTION_GROUP
from ..values.rendering import error_text
from ..values.valueinfo import full_name

MOST_FRAMES = 500
MOST_INNER = 50
_PLAIN = ids(str, int, float, bool, bytes, type(None))
_get = {name: BaseException.__dict__[name].__get__ for name in ("args", "__cause__", "__context__", "__suppress_context__")}


def exception_info(error: BaseException, trace: Any = None, seen: Optional[Set[int]] = None) -> Dict[str, Any]:
    """Return the type, message and traceback of an exception, and of the exceptions that led to it. Runs no code of their classes."""
    seen = seen if seen is not None else set()
    seen.add(id(error))
    inner: List[Dict[str, Any]] = []
    for other in _around(error):
        if id(other) not in seen and len(seen) < MOST_INNER:
            inner.append(exception_info(other, None, seen))
    return {
        "type": name_of(type(error)),
        "qualname": full_name(type(error)),
        "message": message(error),
        "mode": "",
        "stack": traceback_text(error, trace),
        "evaluate": "",
        "inner": inner,
    }


def _around(error: BaseException) -> List[BaseException]:
    found: List[BaseException] = []
    if EXCEPTION_GROUP is not None and is_a(error, EXCEPTION_GROUP):
        found += class_dict(EXCEPTION_GROUP)["exceptions"].__get__(error)
    cause = _get["__cause__"](error)
    if cause is not None:
        found.append(cause)
    elif not _get["__suppress_context__"](error) and _get["__context__"](error) is not None:
        found.append(_get["__context__"](error))
    return found


def message(error: BaseException) -> str:
    """Return what str() of an exception would say, where that is Python's own."""
    kind = type(error)
    for base in mro(kind):
        if has(class_dict(base), "__str__") or base is BaseException:
            if not is_heap(base) and all(id(type(arg)) in _PLAIN for arg in _get["args"](error)):
                try:
                    return str(class_dict(base).get("__str__", BaseException.__str__)(error))[:10000]
                except Exception:
                    pass
            break
    if EXCEPTION_GROUP is not None and derives(kind, EXCEPTION_GROUP):
        group = class_dict(EXCEPTION_GROUP)
        number = len(group["exceptions"].__get__(error))
        return "%s (%d sub-exception%s)" % (group["message"].__get__(error), number, "" if number == 1 else "s")
    args = _get["args"](error)
    return args[0] if len(args) == 1 and type(args[0]) is str else error_text(error)


def traceback_text(error: BaseException, trace: Any = None) -> str:
    """Return a traceback (the exception's own if none is given) as Python prints it, ours left out."""
    lines: List[str] = []
    trace = trace or guest.traceback_of(error)
    while trace is not None and len(lines) < MOST_FRAMES:
        code = trace.tb_frame.f_code
        if not guest.is_ours(code):
            lines.append('  File "%s", line %d, in %s\n' % (code.co_filename, trace.tb_lineno or 0, code.co_name))
            text = _source(code.co_filename, trace.tb_lineno or 0)
            if text:
                lines.append("    %s\n" % text)
        trace = trace.tb_next
    said = message(error)
    end = "%s: %s\n" % (full_name(type(error)), said) if said else full_name(type(error)) + "\n"
    return ("Traceback (most recent call last):\n" if lines else "") + "".join(lines) + end


def _source(filename: str, line: int) -> str:
    cache = sys.modules.get("linecache")
    if cache is None or filename.startswith("<"):
        return ""
    try:
        return str(cache.getline(filename, line)).strip()
    except Exception:
        return ""
