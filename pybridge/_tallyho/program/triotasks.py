"""The task of trio that a thread runs, as trio's own data says it: nothing of trio is called."""

from __future__ import annotations

import sys
from _thread import _local
from typing import Any

from ..base.classes import class_dict, is_a, module_dict, mro
from ..base.namespaces import NOTHING, field, item
from ..values import peek


def running() -> str:
    """Return the name of the task that this thread runs right now; "" where there is none."""
    context = item(module_dict(sys.modules.get("trio._core._run")), "GLOBAL_RUN_CONTEXT")
    name = peek.attribute(_of_this_thread(context, "task"), "name")
    return name if type(name) is str else ""


def _of_this_thread(context: Any, name: str) -> Any:
    """Return what this thread has under a name in a threading.local, NOTHING where it has nothing."""
    if not is_a(context, _local):
        return NOTHING
    for base in mro(type(context)):
        if base is _local:
            break
        fields = class_dict(base)
        if (
            field(fields, "__getattribute__") is not NOTHING
            or field(fields, "__init__") is not NOTHING
            or field(fields, name) is not NOTHING
        ):
            return NOTHING
    try:
        return _local.__getattribute__(context, name)
    except AttributeError:
        return NOTHING
