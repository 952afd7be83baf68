"""Data frames of polars, tensors of torch, jax and their like, and what matplotlib draws: by the little that tells them apart.

A class is known by being the very one that its library has under its name. What it keeps is read by the library's own
compiled methods; nothing is imported, computed, copied from another device or waited for.
"""

from __future__ import annotations

import sys
from typing import Any, List

from ..base.classes import derives, is_class, module_dict, module_of, name_of
from ..base.guest import is_foreign
from ..base.namespaces import NOTHING, item
from . import peek
from .renderer import Renderer
from .tables import COLUMNS, ITEMS, dtype_name, of_numpy

_POLARS = ("DataFrame", "Series", "Expr", "LazyFrame")
_TENSORS = ("torch", "jax", "jaxlib", "tensorflow", "mlx", "cupy")


def _of_polars(kind: type, name: str) -> bool:
    return item(module_dict(sys.modules.get("polars")), name) is kind


def is_dataframe(kind: type) -> bool:
    """Report whether by_dataframe may show instances of a class."""
    return any(_of_polars(kind, name) for name in _POLARS) or is_tensor(kind) or is_drawn(kind)


def by_dataframe(out: Renderer, value: Any, kind: type, depth: int) -> bool:
    """Show a frame, a series or an expression of polars, or a tensor."""
    try:
        if is_tensor(kind):
            return _tensor(out, value, kind)
        if is_drawn(kind):
            return _drawn(out, value, kind)
        for name, rule in _RULES:
            if _of_polars(kind, name):
                return rule(out, value, depth)
        return False
    except (AttributeError, TypeError, ValueError, KeyError, IndexError, RuntimeError) as error:
        if is_foreign(error):
            raise
        return False  # a version whose insides are others


def _inner(value: Any, name: str, kind: str) -> Any:
    """Return the compiled object that one of polars' keeps."""
    found = peek.attribute(value, name)
    if name_of(type(found)) != kind:
        raise TypeError
    return found


def _frame(out: Renderer, value: Any, depth: int) -> bool:
    inner = _inner(value, "_df", "PyDataFrame")
    rows, columns = inner.shape()
    out.put("DataFrame %d×%d: " % (rows, columns) + _names(inner.columns()))
    return True


def _names(names: List[str]) -> str:
    return ", ".join(names[:COLUMNS] + ["…"] * (len(names) > COLUMNS))


def _series(out: Renderer, value: Any, depth: int) -> bool:
    inner = _inner(value, "_s", "PySeries")
    length = inner.len()
    out.put("Series %d %s [" % (length, str(inner.dtype()).lower().split("(")[0]))
    out.items([inner.get_index(at) for at in range(min(length, ITEMS))], depth)
    out.put(", …]" if length > ITEMS else "]")
    return True


def _expression(out: Renderer, value: Any, depth: int) -> bool:
    out.put("Expr(%s)" % _inner(value, "_pyexpr", "PyExpr").to_str()[:200].replace("\n", " "))
    return True


def _lazy(out: Renderer, value: Any, depth: int) -> bool:
    # What columns it has is only known by planning it, which may read files.
    out.put("LazyFrame(not collected)")
    return True


_RULES = (("DataFrame", _frame), ("Series", _series), ("Expr", _expression), ("LazyFrame", _lazy))


# Tensors.


def is_tensor(kind: type) -> bool:
    """Report whether a class is that of a tensor of one of the known libraries: the very one that its module has."""
    home = module_of(kind)
    if home.split(".", 1)[0] not in _TENSORS:
        return False
    found = item(module_dict(sys.modules.get(home)), name_of(kind))
    return found is kind and all(_has(kind, name) for name in ("shape", "dtype"))


def _has(kind: type, name: str) -> bool:
    return any(name in base.__dict__ for base in type.__dict__["__mro__"].__get__(kind) if is_class(base))


def _tensor(out: Renderer, value: Any, kind: type) -> bool:
    shape = "×".join(str(int(size)) for size in tuple(value.shape)) or "0-d"
    out.put("%s %s %s" % (name_of(kind).replace("Impl", ""), shape, _element(value.dtype)))
    device = getattr(value, "device", NOTHING)
    if device is not NOTHING:
        text = str(device)
        out.put(" " + text if 0 < len(text) < 20 and " " not in text else "")
    return True


def _element(dtype: Any) -> str:
    if of_numpy(type(dtype), "dtype") or hasattr(dtype, "itemsize") and hasattr(dtype, "names"):
        return dtype_name(dtype)
    return str(dtype).rsplit(".", 1)[-1]


# What matplotlib draws.


def is_drawn(kind: type) -> bool:
    """Report whether a class is one of matplotlib's own of what can be drawn."""
    home = module_of(kind)
    if not home.startswith("matplotlib.") or item(module_dict(sys.modules.get(home)), name_of(kind)) is not kind:
        return False
    base = item(module_dict(sys.modules.get("matplotlib.artist")), "Artist")
    return is_class(base) and derives(kind, base)


def _drawn(out: Renderer, value: Any, kind: type) -> bool:
    out.put(name_of(kind) + "(")
    title = peek.attribute(value, "title")
    for one, field in ((value, "_text"), (title, "_text"), (value, "_label")):
        text = NOTHING if one is NOTHING else peek.attribute(one, field)
        if type(text) is str and text and not text.startswith("_"):
            out.render(text, 2)
            break
    else:
        out.put(_size(value))
    out.put(")")
    return True


def _size(value: Any) -> str:
    """Return the size of a figure in inches, how many things axes and a legend hold, how many points a line has; "" of others."""
    box = peek.attribute(value, "bbox_inches")
    corners = NOTHING if box is NOTHING else peek.attribute(box, "_points")
    if of_numpy(type(corners), "ndarray"):
        return "%g×%g in" % tuple(corners[1].tolist())
    for name, what in (("_children", "drawn"), ("legend_handles", "entries")):
        held = peek.attribute(value, name)
        if type(held) is list:
            return "%d %s" % (len(held), what)
    points = peek.attribute(value, "_xorig")
    return "%d points" % len(points) if of_numpy(type(points), "ndarray") or type(points) is list or type(points) is tuple else ""
