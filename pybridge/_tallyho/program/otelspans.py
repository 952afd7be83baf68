"""The span that the program's own OpenTelemetry has active, read from its data: nothing of the library is called.

opentelemetry-api keeps the active span in a context variable (opentelemetry.context.contextvars_context), in a dictionary under a key
that is made once (opentelemetry.trace.propagation), and the span knows its numbers as a tuple (opentelemetry.trace.span.SpanContext).
"""

from __future__ import annotations

import contextvars
import sys
from typing import Any, Tuple

from ..base.classes import is_a, module_dict
from ..base.namespaces import field, item
from ..values.valueinfo import fields_of

_MOST_TRACE = 1 << 128
_MOST_SPAN = 1 << 64


def active_span() -> Tuple[int, int]:
    """Return the numbers of the trace and the span that are active in this thread (and task); (0, 0) where there are none."""
    home = sys.modules.get("opentelemetry.trace.propagation")
    if home is None:
        return 0, 0
    key = item(module_dict(home), "_SPAN_KEY")
    runtime = item(module_dict(sys.modules.get("opentelemetry.context")), "_RUNTIME_CONTEXT")
    variable = field(fields_of(runtime) or {}, "_current_context")
    if type(key) is not str or type(variable) is not contextvars.ContextVar:
        return 0, 0
    context: Any = variable.get(None)
    if not is_a(context, dict):
        return 0, 0
    # The keys are those that the library makes, exact strings: comparing them runs no code.
    span = dict.get(context, key)
    return _numbers(field(fields_of(span) or {}, "_context"))


def _numbers(about: Any) -> Tuple[int, int]:
    if not is_a(about, tuple) or tuple.__len__(about) < 2:
        return 0, 0
    trace, span = tuple.__getitem__(about, 0), tuple.__getitem__(about, 1)
    if type(trace) is not int or type(span) is not int or not 0 < trace < _MOST_TRACE or not 0 < span < _MOST_SPAN:
        return 0, 0
    return trace, span
