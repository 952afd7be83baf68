"""Arrays and tables of numpy and pandas, known by being the very classes that those modules hold, or derived from them.

Nothing is imported. Arrays are read with ndarray's own C methods, which no subclass has a say in.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, List, Optional

from ..base.classes import among, derives, is_class, module_dict, name_of
from ..base.namespaces import NOTHING, item
from .peek import attribute

if TYPE_CHECKING:
    from .renderer import Renderer

ITEMS = 8
"""Items of a one-dimensional array shown in its text."""

COLUMNS = 12

COUNTED = 1 << 20
"""Elements up to which those that are no numbers are counted: a millisecond."""

_HEAP = 1 << 9
_flags = type.__dict__["__flags__"].__get__
_KINDS = {"f": "float", "i": "int", "u": "uint", "c": "complex"}
_OTHERS = {"b": "bool", "O": "object", "U": "str", "S": "bytes", "M": "datetime64", "m": "timedelta64", "V": "void"}
_TABLES = ("DataFrame", "Series", "Index")


def library_class(module: str, name: str) -> Optional[type]:
    """Return the class that a module has under a name, if it is loaded and has one."""
    found = item(module_dict(sys.modules.get(module)), name)
    return found if is_class(found) else None


def of_numpy(kind: type, name: str) -> bool:
    """Report whether a class is numpy's own of that name."""
    return library_class("numpy", name) is kind and not _flags(kind) & _HEAP


def of_pandas(kind: type, *names: str) -> bool:
    """Report whether a class is one of pandas' own of those names, or of its own kinds of them."""
    home = module_dict(sys.modules.get("pandas"))
    return any(_is_pandas(kind, item(home, name)) for name in names) if home else False


def _is_pandas(kind: type, base: Any) -> bool:
    if kind is base:
        return True
    # DatetimeIndex, RangeIndex and their like; a program's own subclass may have methods of its own.
    return is_class(base) and derives(kind, base) and library_class("pandas", name_of(kind)) is kind


def is_numpy_scalar(kind: type) -> bool:
    """Report whether a class is one of numpy's scalars."""
    generic = library_class("numpy", "generic")
    return generic is not None and derives(kind, generic) and not _flags(kind) & _HEAP


def is_library(kind: type) -> bool:
    """Report whether a class is one of these libraries' own."""
    return of_numpy(kind, "ndarray") or is_numpy_scalar(kind) or of_pandas(kind, *_TABLES)


def plain_array(value: Any) -> Any:
    """Return an array as numpy's own class has it; None of what is no array."""
    base: Any = library_class("numpy", "ndarray")
    if base is None or _flags(base) & _HEAP or not type.__subclasscheck__(base, type(value)):
        return None
    return value if type(value) is base else base.view(value, base)


def dtype_name(dtype: Any) -> str:
    """Return the name of an element type, read from its fields; a structured one shows its own."""
    kind, names = dtype.kind, dtype.names
    if names:
        parts = ["%s: %s" % (name, dtype_name(dtype.fields[name][0])) for name in names[:COLUMNS]]
        return "{%s}" % ", ".join(parts + ["…"] * (len(names) > COLUMNS))
    return "%s%d" % (_KINDS[kind], 8 * dtype.itemsize) if kind in _KINDS else _OTHERS.get(kind, str(kind))


def show_table(out: "Renderer", value: Any, kind: type, depth: int) -> bool:
    """Show a value of numpy's or pandas' own kinds; False of all others."""
    if "numpy" not in sys.modules:
        return False
    if is_numpy_scalar(kind) or is_row(kind):
        return _scalar(out, value, kind, depth)
    array = plain_array(value)
    if array is not None:
        _array(out, array, kind, depth)
        return True
    if not of_pandas(kind, *_TABLES):
        return _small(out, value, kind)
    out.put("%s %s" % (name_of(kind), "×".join(map(str, value.shape))))
    if of_pandas(kind, "DataFrame"):
        names = [str(name) for name in value.columns[:COLUMNS].tolist() if among(type(name), (str, int))]
        out.put(": " + ", ".join(names + ["…"] * (value.shape[1] > len(names))))
    else:
        _column(out, value, kind, depth)
    return True


def _column(out: "Renderer", value: Any, kind: type, depth: int) -> None:
    """Show a series or an index: a short one with labels that are texts, as a row is, by those."""
    out.put(" " + _dtype_text(value.dtype))
    items = value.array[:ITEMS].tolist()
    labels = value.index[:ITEMS].tolist() if of_pandas(kind, "Series") and 0 < len(value) <= COLUMNS else [None]
    if not all(type(label) is str for label in labels):
        if value.dtype.__class__.__name__.startswith("Float"):
            out.put(missing(plain_array(value.to_numpy())))
        _items(out, items, len(value), depth)
        return
    out.put(" {")
    for at, (label, one) in enumerate(zip(labels, items)):
        out.put("%s%r: " % (", " if at else "", label))
        out.named(label, one, depth)
    out.put(", …}" if len(value) > len(items) else "}")


def _dtype_text(dtype: Any) -> str:
    """Return the name of the type of a series' elements: numpy's, or one of pandas' own."""
    if type.__subclasscheck__(library_class("numpy", "dtype") or type(None), type(dtype)):
        return dtype_name(dtype)
    home = module_dict(sys.modules.get("pandas"))
    own = item(home, name_of(type(dtype)))
    return str(dtype).replace(" ", "") if own is type(dtype) else name_of(type(dtype))


def missing(array: Any) -> str:
    """Return how many elements of an array are not there, where it has few enough to be looked through."""
    isnan: Any = item(module_dict(sys.modules.get("numpy")), "isnan")
    kind = type(isnan)
    if kind is not library_class("numpy", "ufunc") or array is None or not 0 < array.size <= COUNTED or array.dtype.kind not in "fc":
        return ""
    number = int(isnan(array).sum())
    return " %d nan" % number if number else ""


def is_row(kind: type) -> bool:
    """Report whether a class is that of the elements of structured arrays."""
    return of_numpy(kind, "void") or library_class("numpy", "record") is kind


def is_masked(kind: type) -> bool:
    """Report whether arrays of a class hide some of their elements."""
    ma = getattr(sys.modules.get("numpy"), "ma", None)
    base = getattr(ma, "MaskedArray", None)
    return base is not None and is_class(base) and derives(kind, base)


def _small(out: "Renderer", value: Any, kind: type) -> bool:
    """Show what the libraries have besides: an element type, a missing value, a period."""
    dtype, pandas = library_class("numpy", "dtype"), sys.modules.get("pandas")
    if dtype is not None and type.__subclasscheck__(dtype, kind):
        out.put("dtype(%s)" % dtype_name(value))
    elif _is_generator(kind):
        out.put("Generator(%s)" % name_of(type(value.bit_generator)))
    elif _is_grouping(kind):
        out.put(name_of(kind) + "(")
        out.render(attribute(value, "keys"), 2)
        out.put(")")
    elif of_pandas_extension(kind, "ExtensionArray"):
        out.put("%s %d %s" % (name_of(kind), len(value), _dtype_text(value.dtype)))
        _items(out, value[:ITEMS].tolist(), len(value), 2)
    elif of_pandas_extension(kind, "ExtensionDtype"):
        out.put("dtype(%s)" % str(value).replace(" ", ""))
    elif pandas is not None and (item(module_dict(pandas), "NA") is value or of_pandas(kind, "Period", "Interval")):
        out.put(str(value))
    else:
        return False
    return True


def _is_generator(kind: type) -> bool:
    """Report whether a class is numpy's generator of random numbers."""
    return library_class("numpy.random", "Generator") is kind


def _is_small(kind: type) -> bool:
    extensions = of_pandas_extension(kind, "ExtensionDtype") or of_pandas_extension(kind, "ExtensionArray")
    return _is_generator(kind) or _is_grouping(kind) or extensions


def of_pandas_extension(kind: type, name: str) -> bool:
    """Report whether a class is one of pandas' own types of elements, or of its own arrays of such."""
    base = library_class("pandas.api.extensions", name)
    homes = ("pandas", "pandas.arrays")
    return base is not None and derives(kind, base) and any(library_class(home, name_of(kind)) is kind for home in homes)


def _is_grouping(kind: type) -> bool:
    """Report whether a class is what pandas' groupby gives."""
    return any(library_class("pandas.api.typing", name) is kind for name in ("DataFrameGroupBy", "SeriesGroupBy"))


def is_table(kind: type) -> bool:
    """Report whether show_table may show instances of a class."""
    if is_library(kind) or is_row(kind) or of_pandas(kind, "Period", "Interval") or _is_small(kind):
        return True
    bases = library_class("numpy", "ndarray"), library_class("numpy", "dtype")
    if any(base is not None and derives(kind, base) for base in bases):
        return True
    pandas = sys.modules.get("pandas")
    return pandas is not None and kind is type(item(module_dict(pandas), "NA"))


def _scalar(out: "Renderer", value: Any, kind: type, depth: int) -> bool:
    if is_row(kind):
        names = value.dtype.names
        if not names:
            return False
        out.put(name_of(kind) + "(")
        for at, name in enumerate(names):
            out.put((", " if at else "") + name + "=")
            out.render(value[name], depth)
        out.put(")")
        return True
    if value.dtype.kind in "Mm":
        out.put(str(value))
        return True
    plain = value.item()
    if not among(type(plain), (int, float, complex, bool, str, bytes)):
        out.put(str(value))  # longdouble: its C code's own
        return True
    out.render(plain, depth + 1)
    return True


def _array(out: "Renderer", array: Any, kind: type, depth: int) -> None:
    shape = "×".join(map(str, array.shape)) or "0-d"
    out.put("%s %s %s" % (name_of(kind), shape, dtype_name(array.dtype)))
    if is_masked(kind):
        return  # what is hidden is not to be shown as if it were there
    if array.ndim == 0:
        out.put(" ")
        out.render(array[()], depth)
        return
    if array.size > ITEMS:
        out.put(missing(array))
    if array.ndim == 1:
        _items(out, elements(array[:ITEMS]), array.shape[0], depth)


def elements(array: Any) -> List[Any]:
    """Return the elements of a one-dimensional array: numpy's scalars where Python has no equal."""
    if array.dtype.kind in "fiubcSUO":
        return array.tolist()  # type: ignore[no-any-return]
    return [array[at] for at in range(array.shape[0])]


def _items(out: "Renderer", items: List[Any], total: int, depth: int) -> None:
    out.put(" [")
    out.items(items, depth)
    out.put(", …]" if total > len(items) else "]")


# What may be read of them without a question to the program: what the variables show.

_ARRAY = frozenset(("shape", "ndim", "size", "nbytes", "dtype", "itemsize", "T", "real", "imag"))
_TABLE = frozenset(("shape", "ndim", "size", "dtype", "dtypes", "index", "columns", "name", "empty", "values", "iloc"))


def library_attribute(value: Any, kind: type, name: str) -> Any:
    """Return an attribute of an array or a table that the library has; NOTHING for all others."""
    known = _TABLE if of_pandas(kind, *_TABLES) else _ARRAY
    if name in known:
        return getattr(value, name, NOTHING)
    if of_pandas(kind, "DataFrame") and _has(value.columns, name):
        return value[name]
    return NOTHING


def library_item(value: Any, kind: type, key: Any) -> Any:
    """Return an item of an array or a table; NOTHING where the key is none that it is asked by."""
    plain = key if type(key) is tuple else (key,)
    if not all(among(type(one), (int, str, slice, bool, float)) for one in plain):
        return NOTHING
    if of_pandas(kind, "DataFrame") and not (type(key) is slice or _has(value.columns, key)):
        return NOTHING
    try:
        return value[key]
    except (IndexError, KeyError, TypeError, ValueError):
        return NOTHING


def _has(names: Any, key: Any) -> bool:
    return among(type(key), (str, int, float, bool)) and any(type(name) is type(key) and name == key for name in names.tolist())
