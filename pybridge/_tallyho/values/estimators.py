"""Estimators of scikit-learn: what they were made with, as far as it is not the default, and whether they have been fitted.

Nothing is imported, and no method of an estimator is called: parameters are fields of the same names, what has been
learned is kept in fields whose names end with an underscore.
"""

from __future__ import annotations

import sys
from types import FunctionType
from typing import Any, Dict, List, Optional, Tuple

from ..base.classes import among, derives, is_class, module_dict, name_of
from ..base.namespaces import NOTHING, field, item
from . import peek
from .objects import Pairs
from .renderer import Renderer

_PLAIN = (int, float, str, bool, type(None))


def is_estimator(kind: type) -> bool:
    """Report whether a class is that of an estimator."""
    base = item(module_dict(sys.modules.get("sklearn.base")), "BaseEstimator")
    return is_class(base) and derives(kind, base)


def by_estimator(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    """Show an estimator as the call that would make it, and whether it has been fitted."""
    fields = peek.instance_dict(kind, value)
    if not is_estimator(kind) or type(fields) is not dict:
        return False
    steps = pipeline_steps(fields)
    if steps is None:
        out.fields(name_of(kind), parameters(fields, kind), depth)
        fitted = is_fitted(fields)
    else:
        out.put(name_of(kind) + "(")
        for at, step in enumerate(steps):
            out.put(", " if at else "")
            _step(out, step, depth)
        out.put(")")
        last = peek.instance_dict(type(steps[-1]), steps[-1]) if steps else None
        fitted = type(last) is dict and is_fitted(last)
    out.put(" fit" if fitted else " unfit")
    return True


def _step(out: Renderer, step: Any, depth: int) -> None:
    """Show a step of a pipeline, which is fitted as that is."""
    kind = type(step)
    fields = peek.instance_dict(kind, step) if is_estimator(kind) else None
    if type(fields) is dict and pipeline_steps(fields) is None:
        out.fields(name_of(kind), parameters(fields, kind), depth)
    else:
        out.render(step, depth)


def pipeline_steps(fields: Dict[str, Any]) -> Optional[List[Any]]:
    """Return the estimators of a pipeline in order; None of what is none."""
    steps = field(fields, "steps")
    if type(steps) is not list or not all(type(step) is tuple and len(step) == 2 for step in steps):
        return None
    return [step[1] for step in steps]


def is_fitted(fields: Dict[str, Any]) -> bool:
    """Report whether fields have been learned: scikit-learn itself looks for such names."""
    return any(type(name) is str and name.endswith("_") and not name.startswith("_") for name in list(fields))


def parameters(fields: Dict[str, Any], kind: type) -> Pairs:
    """Return the parameters that are not what they are by default."""
    defaults = defaults_of(class_init(kind))
    return [(name, fields[name]) for name, usual in defaults if name in fields and not _same(fields[name], usual)]


def class_init(kind: type) -> Any:
    """Return the __init__ of a class, unbound."""
    for base in type.__dict__["__mro__"].__get__(kind):
        found = field(type.__dict__["__dict__"].__get__(base), "__init__")
        if found is not NOTHING:
            return found
    return None


def defaults_of(init: Any) -> List[Tuple[str, Any]]:
    """Return the parameters of a function behind the first with their defaults; NOTHING: it has none."""
    if type(init) is not FunctionType:
        return []
    code, usual, named = init.__code__, init.__defaults__ or (), init.__kwdefaults__ or {}
    names = code.co_varnames[: code.co_argcount]
    padded = (NOTHING,) * (len(names) - len(usual)) + tuple(usual)
    only = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return list(zip(names, padded))[1:] + [(name, named.get(name, NOTHING)) for name in only]


def _same(value: Any, usual: Any) -> bool:
    if value is usual:
        return True
    return type(value) is type(usual) and among(type(value), _PLAIN) and (value == usual or value != value)
