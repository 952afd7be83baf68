"""Evaluating what a person types, in a frame or in the main module, in the thread that calls."""

from __future__ import annotations

import ast
import sys
import types
from types import FrameType
from typing import Any, Dict, Mapping, Optional

from ..base.classes import class_dict, derives, ids, is_class, mro
from ..base.namespaces import NOTHING, class_attribute, field, scope, shadows
from ..base.namespaces import item as named
from ..base.slots import misread
from ..values import peek
from ..values.tables import is_library, is_row, library_attribute, library_item
from . import frames
from .awaited import drive
from .expressions import FILENAME
from .justmycode import module_globals
from .running import globals_for
from .scoping import RESULT, ParsedText, Scoped, compile_plain, plain
from .templates import scopes_of, template_names
from .trouble import RequestError


def evaluate(frame: Optional[FrameType], text: str, statements: bool) -> Any:
    """Return the value of an expression, or of the last one of statements; NOTHING where they have none.

    Raises what the text raises, SyntaxError, or RequestError.
    """
    parsed = ParsedText(text, statements)
    names = template_names(frame) if frame is not None else None
    if names is not None and frame is not None:
        return _in_template(frame, names, parsed)
    if frame is None or plain(frame):
        return _in_namespace(frame, parsed)
    scoped = Scoped(parsed, frame)
    try:
        started = scoped.start()
        if scoped.awaits:
            drive(started)
    finally:
        changed, gone = scoped.changes()
        if changed or gone:
            frames.write(frame, changed, gone)
    return scoped.out.get(RESULT, NOTHING) if scoped.value else NOTHING


def _in_namespace(frame: Optional[FrameType], text: ParsedText) -> Any:
    globals_ = globals_for(text.source) if frame is None else frame.f_globals
    local = globals_ if frame is None else scope(frame)
    before = dict(local) if frame is not None and misread(frame.f_code) else None
    statements, value = compile_plain(text)
    if statements is not None:
        awaited = eval(statements, globals_, local)
        if text.awaits and awaited is not None:
            drive(awaited)
        if frame is not None and before is not None:
            frames.write(frame, {name: new for name, new in local.items() if before.get(name, NOTHING) is not new})
    if value is None:
        return NOTHING
    result = eval(value, globals_, local)
    return drive(result) if text.awaits and type(result) is types.CoroutineType else result


def _in_template(frame: FrameType, names: Dict[str, Any], text: ParsedText) -> Any:
    """Evaluate among a template's variables; what is assigned is for this text alone."""
    space = {**scopes_of(frame)[1], **names, "__builtins__": _BUILTINS}
    statements, value = compile_plain(text)
    if statements is not None:
        exec(statements, space)
    return eval(value, space) if value is not None else NOTHING


def assign(frame: Optional[FrameType], target: str, value: Any) -> None:
    """Assign a value to an expression in a frame. Raises what that raises."""
    name = "__tallyho_value"
    tree = ast.parse("%s = %s" % (target.strip(), name), FILENAME, "exec")
    if len(tree.body) != 1 or not isinstance(tree.body[0], ast.Assign):
        raise RequestError("nothing can be assigned to %s" % target)
    first = tree.body[0].targets[0]
    if isinstance(first, ast.Name):
        if frame is None:
            module_globals()[first.id] = value
        elif not plain(frame) and first.id not in frames.read(frame) and named(frame.f_globals, first.id) is not NOTHING:
            frame.f_globals[first.id] = value
        else:
            frames.write(frame, {first.id: value})
        return
    local = dict(frames.read(frame) if frame is not None else {}, **{name: value})
    code = compile(tree, FILENAME, "exec", dont_inherit=True)
    exec(code, frame.f_globals if frame is not None else module_globals(), local)


def is_call(text: str) -> bool:
    """Report whether what is evaluated last is a call, or awaits one: where that gives None, nobody asked for a value."""
    try:
        last = ast.parse(text.strip(), FILENAME, "exec").body[-1]
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError):
        return False
    value = last.value if isinstance(last, ast.Expr) else None
    return isinstance(value, (ast.Call, ast.Await))


# Looking without running anything of the program's.


def look(frame: Optional[FrameType], text: str) -> Any:
    """Return the value of names, attributes and items. Raises RequestError where that would run code."""
    try:
        tree = ast.parse(text.strip(), FILENAME, "eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise RequestError("not an expression") from None
    local = frames.read(frame) if frame is not None else {}
    unbound = [one.id for one in ast.walk(tree) if isinstance(one, ast.Name) and one.id not in local]
    if frame is not None and any(shadows(frame.f_code, name) for name in unbound):
        raise RequestError("name %r is not bound here" % next(name for name in unbound if shadows(frame.f_code, name)))
    return _look(tree, local, frame.f_globals if frame is not None else globals_for(text))


def _look(node: ast.AST, local: Mapping[str, Any], globals_: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        for space in (local, globals_, _BUILTINS):
            found = named(space, node.id) if space is not local else local.get(node.id, NOTHING)
            if found is not NOTHING:
                return found
        raise RequestError("name %r is not defined here" % node.id)
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = _look(node.operand, local, globals_)
        if type(number) is int or type(number) is float:
            return -number
    if isinstance(node, ast.Tuple):
        return tuple(_look(one, local, globals_) for one in node.elts)
    if isinstance(node, ast.Slice):
        return slice(*[None if one is None else _look(one, local, globals_) for one in (node.lower, node.upper, node.step)])
    if isinstance(node, ast.Attribute):
        found = static(_look(node.value, local, globals_), node.attr)
        if found is NOTHING:
            raise RequestError("%r cannot be read without running code" % node.attr)
        return found
    if isinstance(node, ast.Subscript):
        index: Any = node.slice
        index = index.value if type(index).__name__ == "Index" else index
        found = item(_look(node.value, local, globals_), _look(index, local, globals_))
        if found is not NOTHING:
            return found
        raise RequestError("this item cannot be read without running code")
    raise RequestError("only names, attributes and items are looked at here")


_BUILTINS = vars(sys.modules["builtins"])
_KEYS = ids(str, int, bool, float, bytes, type(None))
_PLAIN = (list, tuple, str, bytes, bytearray)


def static(value: Any, name: str) -> Any:
    """Return an attribute that is plain data, of an instance, a class or a module; NOTHING for all others."""
    kind = type(value)
    if is_class(value):
        found = class_attribute(value, name)
        if found is NOTHING and name in ("__name__", "__qualname__", "__module__", "__doc__"):
            return type.__dict__[name].__get__(value)
        if type(found) is classmethod or type(found) is staticmethod:
            return found.__func__
        return found
    if is_library(kind):
        return library_attribute(value, kind, name)
    found = peek.attribute(value, name)
    if found is NOTHING:
        member = class_attribute(kind, name)
        if type(member) is types.FunctionType and not _computes(kind):
            return types.MethodType(member, value)
    return found


def _computes(kind: type) -> bool:
    own = object.__dict__["__getattribute__"]
    return any(field(class_dict(base), "__getattribute__", own) is not own for base in mro(kind))


def item(container: Any, key: Any) -> Any:
    """Return container[key] where neither has methods of the program's; NOTHING elsewhere."""
    kind = type(container)
    if is_library(kind) or is_row(kind):
        return library_item(container, kind, key)
    for base in _PLAIN:
        own = base.__dict__["__getitem__"]
        if derives(kind, base) and class_attribute(kind, "__getitem__") is own and (type(key) is int or type(key) is bool):
            try:
                return base.__getitem__(container, key)
            except IndexError:
                raise RequestError("index out of range") from None
    if derives(kind, dict) and class_attribute(kind, "__getitem__") is dict.__dict__["__getitem__"] and id(type(key)) in _KEYS:
        if all(id(type(known)) in _KEYS for known in list(dict.keys(container))):
            return dict.get(container, key, NOTHING)
    return NOTHING
