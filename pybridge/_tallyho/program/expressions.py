"""Python that a person typed: conditions, names to show, lambdas. Compiled once, evaluated in the frame.

A condition on locals is compiled, for each code object, into a function that
fetches just those locals: half the cost of eval with two dictionaries.
"""

from __future__ import annotations

import ast
import builtins
from types import CodeType, FrameType, FunctionType, GetSetDescriptorType, MemberDescriptorType
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from ..base.classes import among, class_dict, ids, mro, name_of
from ..base.namespaces import NOTHING, field, has, item, scope, shadows
from ..base.namespaces import local as names_of
from .fields import CO_OPTIMIZED
from .templates import is_template, scopes_of, template_names

FILENAME = "<tallyho expression>"
_BUILTINS = vars(builtins)
_SCOPES = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.NamedExpr, ast.Await, ast.Yield, ast.YieldFrom)


_LOOK_AROUND = frozenset(["locals", "vars", "dir", "eval", "exec"])
"""Builtins that see the variables of the function that calls them: it has to be the frame's own."""


class Refused(Exception):
    """A text that may not be evaluated; the argument is a sentence."""


class Inline(NamedTuple):
    """An expression as it may stand in a function of ours."""

    names: Sequence[Tuple[str, str, Any]]
    """For each variable: its name in the text, the local's name, and its value where the local is not bound; MISSING: it raises there."""

    text: str
    globals: Dict[str, Any]


class Expression:
    """One Python expression."""

    def __init__(self, text: str, careful: bool = False) -> None:
        self.text = text
        source = text.strip()
        try:
            tree = ast.parse(source, FILENAME, "eval")
            self.code: CodeType = compile(tree, FILENAME, "eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise Refused("%s: %s" % (getattr(error, "msg", None) or type(error).__name__, text)) from None
        self.tree = tree.body
        self.careful = careful
        self.free: Optional[List[str]] = None
        """The names that it does not bind itself, once they are wanted."""
        self.names: Tuple[str, ...] = tuple(dict.fromkeys(node.id for node in ast.walk(tree) if isinstance(node, ast.Name)))
        self.plain = self.tree.id if isinstance(self.tree, ast.Name) else None
        self.simple = _LOOK_AROUND.isdisjoint(self.names) and not any(isinstance(node, _SCOPES) for node in ast.walk(tree))
        if careful and not is_path(self.tree):
            raise Refused("only names, attributes and items may be evaluated here, not %r" % text)

    def missing(self, frame: FrameType) -> List[str]:
        """Return the names in it that are not bound where a frame is now."""
        if self.free is None:
            self.free = self._free()
        local = template_names(frame) or names_of(frame)
        return [name for name in self.free if name not in local and not _around(frame, name)]

    def _free(self) -> List[str]:
        nodes = list(ast.walk(self.tree))
        own = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
        own.update(node.arg for node in nodes if isinstance(node, ast.arg))
        return [name for name in self.names if name not in own]

    @property
    def secret_name(self) -> str:
        """The name by which its value is known: the last of a dotted path."""
        node: ast.AST = self.tree
        if isinstance(node, ast.Subscript):
            index = node.slice
            index = getattr(index, "value", index)
            if isinstance(index, ast.Constant) and isinstance(index.value, str):
                return index.value
            if isinstance(index, str):
                return index
            node = node.value
        if isinstance(node, ast.Attribute):
            return node.attr
        return node.id if isinstance(node, ast.Name) else ""

    def value(self, frame: FrameType) -> Any:
        """Evaluate it in a frame."""
        names = template_names(frame)
        if names is not None and not self.careful:
            return eval(self.code, {**scopes_of(frame)[1], **names, "__builtins__": _BUILTINS})
        if self.careful or self.plain is not None:
            return look(self.tree, frame)
        # A module's or a class body's own namespace is what it is; a function's variables leave nothing behind.
        local = scope(frame)
        for name in self.names:
            if name not in local and shadows(frame.f_code, name) and name in self.missing(frame):
                raise NameError("name %r is not bound here" % name)
        return eval(self.code, frame.f_globals, local)

    def of_texts(self, texts: Mapping[str, str]) -> Any:
        """Evaluate it where the values of names are texts (a detached event)."""
        if self.plain is not None:
            return texts[self.plain]
        if self.careful:
            raise KeyError(self.text)
        return eval(self.code, {"__builtins__": _BUILTINS}, dict(texts))

    def known(self, locals_: Any, globals_: Dict[str, Any], code: Optional[CodeType]) -> bool:
        """Report whether every name in it is a local that is bound, a global or a builtin."""
        for name in self.names:
            if name in locals_:
                continue
            if item(globals_, name) is NOTHING and name not in _BUILTINS or code is not None and shadows(code, name):
                return False
        return True

    def ask(self, event: Any) -> Any:
        """Evaluate it for an event, to be true or not."""
        return self.holds(event.frame)

    def holds(self, frame: FrameType) -> Any:
        """Evaluate it in a frame, to be true or not: in careful mode without running a __bool__."""
        value = self.value(frame)
        return truth(value) if self.careful else value

    def locals_condition(self, frame: FrameType, native: Any) -> Optional[Callable[[FrameType], Any]]:
        """Return what guard returns, as an object that fetches the locals in C; None where there is none."""
        code = frame.f_code
        if self.careful or not self.simple or not code.co_flags & CO_OPTIMIZED or is_template(frame):
            return None
        own = set(code.co_varnames + code.co_cellvars + code.co_freevars)
        names = [name for name in self.names if name in own]
        function = build_function(names, self.text.strip(), frame.f_globals)
        if function is None or len(names) > MOST_NAMES:
            return None
        compare, constant = comparison(self.tree) if len(names) == 1 else (-1, None)
        return native.LocalsCondition(  # type: ignore[no-any-return]
            function, tuple((name, MISSING) for name in names), MISSING, compare, constant
        )

    def guard(self, frame: FrameType) -> Optional[Callable[[FrameType], Any]]:
        """Return a fast function that asks the expression in frames of this one's code; None where there is none.

        Its globals are the frame's own, so it serves frames of that code alone.
        """
        code = frame.f_code
        if self.careful or not self.simple or not code.co_flags & CO_OPTIMIZED or is_template(frame):
            return None
        own = set(code.co_varnames) | set(code.co_cellvars) | set(code.co_freevars)
        names = [name for name in self.names if name in own]
        return _build_guard(self.text.strip(), names, frame.f_globals)

    def inline(self, frame: FrameType) -> Optional[Inline]:
        """Return the expression as text for a function of ours, in place of guard; None where that cannot be."""
        code = frame.f_code
        if self.careful or not self.simple or not code.co_flags & CO_OPTIMIZED or is_template(frame):
            return None
        own = set(code.co_varnames + code.co_cellvars + code.co_freevars)
        return Inline([(name, name, MISSING) for name in self.names if name in own], self.text.strip(), frame.f_globals)


_GUARD = """def guard(__tallyho_frame, __tallyho_read):
    __tallyho_locals = __tallyho_read(__tallyho_frame)
%s    return (
%s
)
"""
_FETCH = """    try:
        {0} = __tallyho_locals[{0!r}]
    except KeyError:
        raise NameError("name {0!r} is not bound here") from None
"""


_COMPARISONS = {ast.Lt: 0, ast.LtE: 1, ast.Eq: 2, ast.NotEq: 3, ast.Gt: 4, ast.GtE: 5}
"""The numbers are Py_LT to Py_GE of CPython's object.h."""


def comparison(tree: ast.AST) -> Tuple[int, Any]:
    """Return how a name is compared with which int or str, where that is the whole of an expression; else -1."""
    if isinstance(tree, ast.Compare) and isinstance(tree.left, ast.Name) and len(tree.ops) == 1:
        try:
            constant = ast.literal_eval(tree.comparators[0])
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            return -1, None
        if type(constant) in (int, str):
            return _COMPARISONS.get(type(tree.ops[0]), -1), constant
    return -1, None


MOST_NAMES = 8
"""Locals that a LocalsCondition (pybridge/native/condition.c) fetches."""


def build_function(names: List[str], text: str, globals_: Dict[str, Any]) -> Any:
    """Return the function of those names that an expression is; None where it cannot be one."""
    try:
        module = compile("def guard(%s):\n    return (\n%s\n)" % (", ".join(names), text), FILENAME, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    for constant in module.co_consts:
        if type(constant) is CodeType and constant.co_name == "guard":
            return FunctionType(constant, globals_)
    return None


def _build_guard(text: str, names: List[str], globals_: Dict[str, Any]) -> Optional[Callable[[FrameType], Any]]:
    source = _GUARD % ("".join(_FETCH.format(name) for name in names), text)
    try:
        module = compile(source, FILENAME, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    for constant in module.co_consts:
        if type(constant) is CodeType and constant.co_name == "guard":
            return FunctionType(constant, globals_, "guard", (names_of,))
    return None


def compile_callable(text: str) -> Callable[..., Any]:
    """Return the callable that a text means: a lambda, or a builtin's name."""
    try:
        code = compile(text.strip(), FILENAME, "eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Refused("%s: %s" % (getattr(error, "msg", None) or type(error).__name__, text)) from None
    try:
        made = eval(code, {"__builtins__": _BUILTINS})
    except Exception as error:
        raise Refused("%s: %s" % (type(error).__name__, text)) from None
    if not callable(made):
        raise Refused("not callable: %s" % text)
    return made  # type: ignore[no-any-return]


def is_path(node: ast.AST) -> bool:
    """Report whether an expression is a name followed by attributes and constant items."""
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            node = node.value
        elif isinstance(node, ast.Subscript) and _constant_index(node) is not None:
            node = node.value
        else:
            return False
    return True


def _constant_index(node: ast.Subscript) -> Optional[Tuple[Any]]:
    index: Any = node.slice
    index = index.value if type(index).__name__ == "Index" else index
    if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub) and isinstance(index.operand, ast.Constant):
        value = index.operand.value
        return (-value,) if type(value) is int else None
    if isinstance(index, ast.Constant) and type(index.value) in (str, int, bytes, type(None), bool):
        return (index.value,)
    return None


def _around(frame: FrameType, name: str) -> bool:
    """Report whether a name that is not bound in a frame is found among its globals or the builtins."""
    return not shadows(frame.f_code, name) and (item(frame.f_globals, name) is not NOTHING or name in _BUILTINS)


def look(node: ast.AST, frame: FrameType) -> Any:
    """Follow a path without running the program's code: no property, no __getitem__, no __getattr__."""
    if isinstance(node, ast.Name):
        found = (template_names(frame) or names_of(frame)).get(node.id, NOTHING)
        if found is NOTHING and shadows(frame.f_code, node.id):
            raise NameError("name %r is not bound here" % node.id)
        for names in (frame.f_globals, _BUILTINS) if found is NOTHING else ():
            found = item(names, node.id)
            if found is not NOTHING:
                break
        if found is not NOTHING:
            return found
        raise NameError("name %r is not defined" % node.id)
    if isinstance(node, ast.Attribute):
        return static_attribute(look(node.value, frame), node.attr)
    if isinstance(node, ast.Subscript):
        index = _constant_index(node)
        value = look(node.value, frame)
        if index is not None and among(type(value), (list, tuple, str, bytes)):
            return value[index[0]]
        found = NOTHING if index is None else dict_item(value, index[0])
        if found is not NOTHING:
            return found
        raise KeyError("item of a %s" % name_of(type(value)))
    raise Refused("not a path")


_TRUTHS = ids(bool, int, float, complex, str, bytes, bytearray, list, tuple, dict, set, frozenset, range, type(None))


def truth(value: Any) -> bool:
    """Report whether a value is true, where no code of the program says so."""
    if id(type(value)) in _TRUTHS:
        return bool(value)
    if _defines(type(value), "__bool__") or _defines(type(value), "__len__"):
        raise Refused("whether a %s is true is for code of the program to say" % name_of(type(value)))
    return True


def dict_item(value: Any, key: Any) -> Any:
    """Return an item of a dict none of whose keys is compared by the program's code."""
    if type(value) is not dict or len(value) <= WALKED and any(id(type(known)) not in _KEYS for known in list(value)):
        return NOTHING
    return value.get(key, NOTHING)


WALKED = 10000
"""Keys of a dict looked at one by one; a bigger one is left to Python's own look-up."""

_KEYS = ids(str, int, bool, float, bytes, type(None))


def _defines(kind: type, name: str) -> bool:
    return any(has(class_dict(cls), name) for cls in mro(kind))


def _own_attributes(value: Any) -> Dict[str, Any]:
    for cls in mro(type(value)):
        found = field(class_dict(cls), "__dict__", None)
        if type(found) is GetSetDescriptorType:
            own = found.__get__(value, type(value))
            return own if type(own) is dict else {}
        if found is not None:
            break  # a class that makes up its __dict__
    return {}


def static_attribute(value: Any, name: str) -> Any:
    """Return an attribute that lies in the instance, its slots or its class; nothing is computed."""
    own = _own_attributes(value)
    for cls in mro(type(value)):
        found = field(class_dict(cls), name, MISSING)
        if found is MISSING:
            continue
        kind = type(found)
        if kind is MemberDescriptorType:
            return found.__get__(value, type(value))
        if has(own, name) and not _defines(kind, "__set__"):
            return field(own, name)
        if _defines(kind, "__get__") and kind is not FunctionType:
            raise AttributeError("%s is computed" % name)
        return found
    if has(own, name):
        return field(own, name)
    raise AttributeError(name)


MISSING: Any = object()
