"""What is known of an event before it happens: its kind, its code, or the code that calls a C function."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping, Optional, Tuple

from ..program.event import CALL, EXCEPTION, KINDS, RETURN
from ..program.fields import CodeFacts
from .nodes import Const, Node, forms_of

BUILTIN_KINDS = (CALL, RETURN, EXCEPTION)
"""Kinds of events of C functions."""

_DIRECT: Dict[str, Callable[[CodeFacts], Tuple[Any, ...]]] = {
    "function": lambda f: (f.code_name,),
    "qualname": lambda f: (f.qualname,),
    "module": lambda f: (f.module,),
    "path": lambda f: (f.file.path,),
    "stdlib": lambda f: (f.stdlib,),
    "filename": lambda f: forms_of("filename", f),
    "name": lambda f: forms_of("name", f),
    "builtin": lambda f: (False,),
}


class EventKind:
    """What is known when only the kind of event is."""

    def __init__(self, kind: int) -> None:
        self.forms: Dict[str, Any] = {"kind": (KINDS[kind],), "kind_number": (kind,), "builtin": (False,)}
        if kind in (0, 1):
            self.forms["arg"] = (None,)

    def get(self, field: str) -> Any:
        """Return the forms of a field's value, None where it is not known."""
        return self.forms.get(field)


class KnownCall:
    """What is known of a C function's event before the function is: its kind, and what it has from its caller."""

    __slots__ = ("forms",)

    def __init__(self, kind: int, caller: Optional[CodeFacts] = None) -> None:
        self.forms: Dict[str, Tuple[Any, ...]] = {"kind": (KINDS[kind],), "kind_number": (kind,), "builtin": (True,)}
        if caller is not None:
            file = caller.file
            self.forms["path"] = (file.path,)
            self.forms["filename"] = (file.shown, file.raw)
            self.forms["stdlib"] = (caller.source_index.is_stdlib("", file.raw),)

    def get(self, field: str) -> Optional[Tuple[Any, ...]]:
        """Return the forms of a field's value, None where it is not known."""
        return self.forms.get(field)


KIND_KNOWN = tuple(EventKind(kind) for kind in range(4))
CALL_KNOWN = tuple(KnownCall(kind) for kind in range(4))


class KnownCode:
    """What is known of a code object, and of a line in it where one is given."""

    __slots__ = ("facts", "extra")

    def __init__(self, facts: CodeFacts, extra: Mapping[str, Tuple[Any, ...]]) -> None:
        self.facts = facts
        self.extra = extra

    def get(self, field: str) -> Optional[Tuple[Any, ...]]:
        """Return the forms of a field's value, None where it is not known."""
        direct = _DIRECT.get(field)
        return self.extra.get(field) if direct is None else direct(self.facts)


def needed(node: Node) -> bool:
    """Report whether a simplified tree still wants its events."""
    return node.effects or not (isinstance(node, Const) and not node.value)
