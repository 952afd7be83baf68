"""What arrays and tables of numpy and pandas are made of: by pages, with the libraries' own methods."""

from __future__ import annotations

from typing import Any, List, Optional

from .parts import Child, Children, Target, key_expression
from .peek import attribute
from .tables import elements, is_masked, of_pandas, plain_array

_FORM = ("shape", "ndim", "size", "nbytes", "dtype")


def of_array(value: Any) -> Children:
    """Return the first axis of an array, and its form; of one without axes its only item."""
    array = plain_array(value)
    named = [Child(name, getattr(array, name), "." + name, "property") for name in _FORM]
    if is_masked(type(value)):
        mask = attribute(value, "_mask")
        return Children([Child("data", array, ".data", "property"), Child("mask", mask, ".mask", "property")] + named)
    if array.ndim == 0:
        return Children([Child("item", array[()], "[()]", "data", ("item", ()))] + named)

    def page(start: int, stop: int) -> List[Child]:
        rows: Any = elements(array[start:stop]) if array.ndim == 1 and array.dtype.kind == "O" else array
        first = start if rows is array else 0
        return [Child(str(at), rows[at - start + first], "[%d]" % at, "data", ("item", at)) for at in range(start, stop)]

    return Children(named, array.shape[0], page)


def of_void(value: Any) -> Children:
    """Return the fields of one element of a structured array."""
    names = value.dtype.names or ()
    return Children([Child(name, value[name], "[%r]" % name, "data", ("item", name)) for name in names])


def of_table(value: Any) -> Children:
    """Return the columns of a table, or the values of a series or an index, and their form."""
    named = [Child("shape", value.shape, ".shape", "property")]
    kind = type(value)
    if of_pandas(kind, "DataFrame"):
        named += [Child(name, getattr(value, name), "." + name, "property") for name in ("index", "columns")]
        return Children(named, value.shape[1], lambda start, stop: _columns(value, start, stop))
    named.append(Child("dtype", value.dtype, ".dtype", "property"))
    if of_pandas(kind, "Series"):
        named.append(Child("index", value.index, ".index", "property"))
        return Children(named, len(value), lambda start, stop: _cells(value.iloc[start:stop], start, ".iloc[%d]", "iloc"))
    return Children(named, len(value), lambda start, stop: _cells(value[start:stop], start, "[%d]", None))


def _columns(value: Any, start: int, stop: int) -> List[Child]:
    found = []
    for at, name in enumerate(value.columns[start:stop].tolist(), start):
        key = key_expression(name)
        suffix = ".iloc[:, %d]" % at if key is None else "[%s]" % key
        found.append(Child(name if type(name) is str else repr(name) if key is not None else str(at), value.iloc[:, at], suffix, "data"))
    return found


def _cells(values: Any, start: int, suffix: str, how: Optional[str]) -> List[Child]:
    found = []
    for at, item in enumerate(values.tolist(), start):
        target: Optional[Target] = None if how is None else (how, at)
        found.append(Child(str(at), item, suffix % at, "data", target))
    return found
