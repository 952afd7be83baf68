"""Frames' scopes and values' children, as they travel; and the assignment of a child."""

from __future__ import annotations

import ast
from types import FrameType
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..base.classes import among, ids, name_of
from ..base.namespaces import NOTHING, as_dict, local
from ..base.redact import PLACEHOLDER, is_secret
from ..program import frames
from ..program.fields import CO_OPTIMIZED
from ..program.templates import is_template, scopes_of
from ..program.trouble import RequestError
from ..values.children import children_of, grouped, has_children, names
from ..values.display import is_plain_kind
from ..values.parts import Child, Children, Group, Lazy
from ..values.presentation import Presentation
from ..values.valueinfo import LIMIT, object_text, text_of
from .places import Declared, Places, has_place
from .refs import Refs

MOST = 10000
"""Children of one answer; a client that does not ask by pages is told how many more there are."""
MOST_TEXT = 1500000
"""Characters of one answer."""

COUNTED = 500
"""Children of one answer up to which the children of instances among them are counted."""

BRIEF = 60
"""Characters of a value in the name of a frame."""

Variable = Dict[str, Any]


class Frame:
    """A frame that was shown, by its number."""

    __slots__ = ("frame", "thread", "top")

    def __init__(self, frame: FrameType, thread: int, top: bool) -> None:
        self.frame = frame
        self.thread = thread
        """The ident of its thread."""
        self.top = top


class Scope:
    """The variables of a frame, or the names of its module."""

    __slots__ = ("frame", "what", "children")

    def __init__(self, frame: FrameType, what: str, children: Children) -> None:
        self.frame = frame
        self.what = what
        self.children = children


class ExpandableValue:
    """A value that was shown with something to expand, and the expression for it."""

    __slots__ = ("value", "expression", "frame", "within")

    def __init__(self, value: Any, expression: str, frame: Optional[FrameType], within: Any = None) -> None:
        self.value = value
        self.expression = expression
        self.frame = frame
        self.within = within
        """Where the value is a Group: the ExpandableValue or Scope whose children it shows."""


class Variables:
    """Looks at values on behalf of a person."""

    def __init__(self, refs: Refs) -> None:
        self.refs = refs
        self.redact = False
        self.own = False
        """Whether the person asked for the program's own __repr__."""
        self.presentation = Presentation()

    def configure(self, redact: bool, own: bool, presentation: Presentation) -> None:
        """Take how values are to be shown."""
        self.redact, self.own, self.presentation = redact, own, presentation

    # Scopes.

    def scopes(self, number: int, returned: Any, returned_by: str, calls: Sequence[Tuple[str, Any]] = ()) -> List[Dict[str, Any]]:
        """Return the scopes of a frame, and what the function that a step has left and the calls it has gone over returned."""
        shown: Frame = self.refs.get(number, Frame)
        frame = shown.frame
        found = []
        if returned is not NOTHING and shown.top:
            value = Children([Child(returned_by, returned, None, "", None)])
            found.append(self._scope(shown, "Return value", "returnValue", value))
        results = [Child(name, value, None, "data") for name, value in calls] if shown.top else []
        if is_template(frame):
            given, every = scopes_of(frame)
            found.append(self._scope(shown, "Locals", "locals", Children(results + grouped(names(given, "")))))
            found.append(self._scope(shown, "Environment", "", Children(grouped(names(every, "")))))
            return found
        if frame.f_code.co_flags & CO_OPTIMIZED:
            own, closed = _locals(frame)
            found.append(self._scope(shown, "Locals", "locals", Children(results + own)))
            if closed:
                found.append(self._scope(shown, "Closure", "", Children(closed)))
        else:
            found.append(self._scope(shown, "Locals", "locals", Children(results + grouped(names(local(frame), "name")))))
        globals_ = Children(grouped(names(as_dict(frame.f_globals), "name")))
        found.append(self._scope(shown, "Globals", "", globals_))
        return found

    def _scope(self, shown: Frame, name: str, hint: str, children: Children) -> Dict[str, Any]:
        children = self.presentation(children)
        ref = self.refs.add(shown.thread, Scope(shown.frame, name, children))
        return {
            "name": name, "ref": ref, "hint": hint, "expensive": name == "Globals",
            "named": len(children.named), "indexed": 0,
        }  # fmt: skip

    # Children.

    def children(self, ref: int) -> Children:
        """Return the children behind a number that is no Lazy."""
        thing = self.refs.get(ref)
        if isinstance(thing, Scope):
            return thing.children
        if isinstance(thing, ExpandableValue):
            return self.presentation(children_of(thing.value))
        raise RequestError("this cannot be expanded")

    def lazy(self, ref: int) -> Optional[Lazy]:
        """Return the property behind a number, if it is one that was not asked yet."""
        thing = self.refs.get(ref)
        return thing.value if isinstance(thing, ExpandableValue) and type(thing.value) is Lazy else None

    def page(self, ref: int, which: str, start: int, number: int, hexadecimal: bool, own: bool = False) -> List[Variable]:
        """Return children of the value or scope with a number; own: shown by the program's own __repr__."""
        owner, thing = self.refs.owned(ref)
        parent = _bracketed(thing.expression) if isinstance(thing, ExpandableValue) else ""
        children = self.children(ref)
        found = children.page(which, max(0, start), min(number, MOST) if number > 0 else MOST + 1)
        left = 0
        if number <= 0 and len(found) > MOST:
            total = (len(children.named) if which != "indexed" else 0) + (children.count if which != "named" else 0)
            found, left = found[:MOST], total - start - MOST
        shown: List[Variable] = []
        counted = len(found) <= COUNTED
        scope = _scope_of(thing) if counted else None
        budget = MOST_TEXT
        plain = PlainKinds(own)
        for at, child in enumerate(found):
            if budget < 0:
                left += len(found) - at
                break
            shown.append(self._child(owner, child, parent, thing, hexadecimal, counted, plain, own))
            if scope is not None and child.target is not None:
                declared = Declared(scope.frame, child.name, scope.what == "Globals")
                shown[-1]["declared"] = self.refs.add(owner, declared)
            budget -= len(shown[-1]["value"]) + len(shown[-1]["name"]) + len(shown[-1]["expression"])
        if left > 0:
            shown.append(dict(_EMPTY, name="…", value="%d more" % left, hint=_hint("virtual", "", False)))
        return shown

    def _child(
        self, owner: int, child: Child, parent: str, within: Any, hexadecimal: bool, counted: bool, plain: "PlainKinds", own: bool
    ) -> Variable:
        frame = within.frame
        suffix, value = child.suffix, child.value
        kind = type(value)
        expression = ""
        if suffix is not None and (parent or suffix[0] not in ".["):
            expression = parent + suffix
        # An index is no name of a secret, and is_secret would remember each.
        secret = self.redact and not child.name.isdigit() and is_secret(child.name.strip("'\""))
        if not secret:
            if id(kind) in _SHORT or kind is int and not hexadecimal and -_WORD < value < _WORD or kind is str and len(value) < _LINE:
                return _short(child, repr(value), kind, expression)
        if kind is Group:
            ref = self.refs.add(owner, ExpandableValue(value, parent, frame, within))
            return dict(_EMPTY, name=child.name, ref=ref, named=len(value.children), hint=_hint("virtual", "", False))
        if kind is Lazy:
            ref = self.refs.add(owner, ExpandableValue(value, expression, frame))
            hint = _hint("property", child.visibility, True)
            return dict(_EMPTY, name=child.name, ref=ref, named=1, expression=expression, hint=hint)
        if secret:
            hint = _hint(child.kind, child.visibility, False)
            return dict(_EMPTY, name=child.name, value=PLACEHOLDER, expression=expression, hint=hint)
        if not counted and plain.has(kind):
            brief = _short(child, object_text(value), kind, expression)
            brief["ref"] = self.refs.add(owner, ExpandableValue(value, expression, frame))
            return brief
        shown = self.describe(owner, value, expression, frame, hexadecimal, LIMIT, counted, own)
        shown["name"] = child.name
        shown["hint"] = _hint(child.kind, child.visibility, False, child.target is None and child.kind != "")
        return shown

    def place(self, ref: int, places: Places) -> Dict[str, Any]:
        """Return where a value is defined, or a variable bound first. Raises RequestError."""
        thing = self.refs.get(ref)
        if isinstance(thing, Declared):
            return places.declared(thing)
        if not isinstance(thing, ExpandableValue):
            raise RequestError("this has no place in source")
        return places.of(thing.value)

    def describe(
        self, owner: int, value: Any, expression: str, frame: Optional[FrameType], hexadecimal: bool,
        limit: int = LIMIT, counted: bool = True, own: bool = False,
    ) -> Variable:  # fmt: skip
        """Return the VARIABLE of a value (docs/wire.md); own: by its own __repr__, which only the thread that it belongs to may run."""
        ref = named = indexed = 0
        if has_children(value):
            named, indexed = _counts(value, counted)
            if named or indexed or named < 0:
                ref = self.refs.add(owner, ExpandableValue(value, expression, frame))
        shown = {
            "name": "", "value": text_of(value, limit, hexadecimal, self.redact, own), "type": name_of(type(value)),
            "ref": ref, "named": max(named, 0), "indexed": indexed, "expression": expression,
            "hint": _hint("", "", False),
        }  # fmt: skip
        if has_place(value):
            shown["place"] = ref or self.refs.add(owner, ExpandableValue(value, expression, frame))
        return shown

    def text(self, name: str, value: Any, hexadecimal: bool) -> str:
        """Return the short text of a value of that name."""
        if self.redact and is_secret(name.lstrip("*")):
            return PLACEHOLDER
        return text_of(value, BRIEF, hexadecimal, self.redact)

    # Assignment.

    def target(self, ref: int, name: str) -> "tuple[Any, Child]":
        """Return what a child belongs to, and the child. Raises RequestError."""
        thing = self.refs.get(ref)
        children = self.children(ref)
        found = next((child for child in _flat(children.named) if child.name == name), None)
        if found is None and name.isdigit() and int(name) < children.count:
            found = children.indexed(int(name), int(name) + 1)[0]
        elif found is None:
            found = next((child for child in children.indexed(0, children.count) if child.name == name), None)
        if found is None:
            raise RequestError("there is no %s here" % name)
        return thing, found


def _scope_of(thing: Any) -> Optional[Scope]:
    """Return the scope whose variables are shown, also in a group; None of a value's children."""
    while isinstance(thing, ExpandableValue) and thing.within is not None:
        thing = thing.within
    return thing if isinstance(thing, Scope) and thing.what != "Return value" else None


def store(thing: Any, child: Child, value: Any) -> None:
    """Assign a value to a child. Runs code of the program's, where that has __setattr__ or __setitem__."""
    if child.target is None:
        raise RequestError("%s cannot be changed" % child.name)
    kind, key = child.target
    while isinstance(thing, ExpandableValue) and thing.within is not None:
        thing = thing.within
    if isinstance(thing, Scope):
        if thing.what == "Globals":
            thing.frame.f_globals[key] = value
        else:
            frames.write(thing.frame, {key: value})
        return
    owner = thing.value
    if kind == "item":
        owner[key] = value
    elif kind == "iloc":
        owner.iloc[key] = value
    else:
        setattr(owner, key, value)


def _locals(frame: FrameType) -> "tuple[List[Child], List[Child]]":
    """Return a function frame's own variables, and those it takes from functions around it."""
    code = frame.f_code
    found = {child.name: child for child in names(frames.read(frame), "name")}
    order = list(code.co_varnames) + [name for name in code.co_cellvars if name not in code.co_varnames]
    own = [found.pop(name) for name in order if name in found]
    closed = [found.pop(name) for name in code.co_freevars if name in found]
    return own + list(found.values()), closed


def _flat(children: List[Child]) -> List[Child]:
    flat: List[Child] = []
    for child in children:
        flat += child.value.children if type(child.value) is Group else [child]
    return flat


_WORD = 1 << 63
_LINE = LIMIT // 12
"""Characters of a str that are shown whole, whatever they are."""
_SHORT = ids(float, bool, type(None))
_HINTS: Dict[Any, Dict[str, Any]] = {}


def _short(child: Child, text: str, kind: type, expression: str) -> Variable:
    """Return the VARIABLE of a value that is quickly shown, its fields of 0 left out: a page may have thousands."""
    return {
        "name": child.name, "value": text, "type": name_of(kind), "expression": expression,
        "hint": _hint(child.kind, child.visibility, False, child.target is None and child.kind != ""),
    }  # fmt: skip


class PlainKinds:
    """Which classes have instances that are shown by class and address, with their fields inside: asked once for each class of a page."""

    def __init__(self, own: bool) -> None:
        self.own = own
        self._known: Dict[int, Tuple[type, bool]] = {}

    def has(self, kind: type) -> bool:
        """Report whether a class is one of those."""
        known = self._known.get(id(kind))
        if known is None:
            known = self._known[id(kind)] = kind, is_plain_kind(kind, self.own)  # held: no other class gets its id meanwhile
        return known[1]


def _bracketed(expression: str) -> str:
    """Return an expression that an attribute or an index may follow."""
    plain = expression.replace(".", "").replace("_", "").isalnum() and not expression[:1].isdigit()
    if plain or not expression or _is_path(expression):
        return expression
    return "(%s)" % expression


def _is_path(expression: str) -> bool:
    try:
        node: ast.AST = ast.parse(expression, "<tallyho>", "eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return isinstance(node, (ast.Name, ast.Attribute, ast.Subscript, ast.Call))


def _counts(value: Any, counted: bool) -> "tuple[int, int]":
    """Return the numbers of named and indexed children; -1 named: some."""
    kind = type(value)
    if among(kind, (list, tuple, set, frozenset)):
        return 0, len(value)
    if kind is dict and len(value) < COUNTED:
        return len(value), 0
    if not counted:
        return -1, 0
    children = children_of(value)
    return len(children.named), children.count


_EMPTY: Variable = {
    "name": "", "value": "", "type": "", "ref": 0, "named": 0, "indexed": 0, "expression": "", "hint": {}
}  # fmt: skip


def _hint(kind: str, visibility: str, lazy: bool, fixed: bool = False) -> Dict[str, Any]:
    """Return the hint of a VARIABLE; the few that there are are made once, and not changed."""
    key = (kind, visibility, lazy, fixed)
    hint = _HINTS.get(key)
    if hint is None:
        attributes = ["readOnly"] if fixed else []
        full = {"kind": kind, "attributes": attributes, "visibility": visibility, "lazy": lazy}
        hint = _HINTS[key] = {name: said for name, said in full.items() if said}
    return hint
