"""The modules of the program, as sys.modules has them, the sources that it runs, and what is new among both."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ..base.classes import is_a, module_dict
from ..program.fields import FileFacts
from ..program.justmycode import JustMyCode, Sources
from ..values.valueinfo import fields_of

MOST_AT_ONCE = 100
"""Modules, and sources, told of in one message: an import of many is spread over several."""

ROUNDS = 4
"""Looks after which the modules are gone through even though their number is the same: one may have been reloaded."""

_BINARY = (".so", ".pyd", ".dylib", ".dll")

Module = Dict[str, Any]
Identity = Tuple[int, int]
"""The ids of a module and of its spec: they change when the module is imported again or reloaded."""


def list_modules(just_my_code: JustMyCode) -> List[Module]:
    """Return the modules in the order they were imported. Asks none for an attribute but through its dictionary."""
    return [describe_module(just_my_code, name, fields) for name, fields, _ in _modules()]


def describe_module(just_my_code: JustMyCode, name: str, fields: Mapping[str, Any]) -> Module:
    """Return what is told of a module."""
    path = _text(fields.get("__file__"))
    user = bool(path) and just_my_code.file(path) or name == "__main__" and path == ""
    return {
        "id": name, "name": name, "path": just_my_code.source_index.file(path).path if path else "", "version": _text(fields.get("__version__")),
        "package": _text(fields.get("__package__")), "user": user,
    }  # fmt: skip


def _modules() -> List[Tuple[str, Mapping[str, Any], Identity]]:
    found = []
    for name, module in list(sys.modules.items()):
        if type(name) is str and is_a(module, ModuleType):
            fields = module_dict(module)
            found.append((name, fields, (id(module), id(fields.get("__spec__")))))
    return found


def _text(value: Any) -> str:
    return value if type(value) is str else ""


def is_source(file: FileFacts) -> bool:
    """Report whether a file that was met holds source."""
    return bool(file.path) and not file.path.endswith(_BINARY)


class Loads:
    """Finds the modules and sources that the program has loaded since the last look."""

    def __init__(self, just_my_code: JustMyCode, sources: Sources) -> None:
        self.just_my_code = just_my_code
        self.sources = sources
        self.known: Dict[str, Identity] = {}
        self.length = -1
        self.looks = 0
        self.files = 0
        self.texts = 0

    def news(self) -> Optional[Dict[str, Any]]:
        """Return the message about what is new, None if nothing is. Called now and then by the reader's thread."""
        new, changed, removed = self._modules()
        sources = self._sources()
        if not (new or changed or removed or sources):
            return None
        return {"t": "loaded", "new": new, "changed": changed, "removed": removed, "sources": sources}

    def _modules(self) -> Tuple[List[Module], List[Module], List[str]]:
        new: List[Module] = []
        changed: List[Module] = []
        self.looks += 1
        if len(sys.modules) == self.length and self.looks % ROUNDS:
            return new, changed, []
        self.length = len(sys.modules)
        found = _modules()
        for name, fields, identity in found:
            before = self.known.get(name)
            if before == identity:
                continue
            if len(new) + len(changed) == MOST_AT_ONCE or _is_under_way(fields):
                self.length = -1  # the next look goes on
                continue
            self.known[name] = identity
            (new if before is None else changed).append(describe_module(self.just_my_code, name, fields))
        there = {name for name, _, _ in found}
        removed = [name for name in self.known if name not in there]
        for name in removed:
            del self.known[name]
        return new, changed, removed

    def _sources(self) -> List[Dict[str, Any]]:
        files = list(self.just_my_code.source_index.files.values())[self.files : self.files + MOST_AT_ONCE]
        self.files += len(files)
        numbers = self.sources.numbers
        told = [{"path": file.path, "name": file.shown, "ref": 0} for file in files if is_source(file) and not numbers.get(file.raw)]
        if len(numbers) != self.texts:
            texts = list(numbers.items())[self.texts : self.texts + MOST_AT_ONCE]
            self.texts += len(texts)
            told += [{"path": "", "name": name, "ref": number} for name, number in texts if number]
        return told


def _is_under_way(fields: Mapping[str, Any]) -> bool:
    """Report whether a module is being imported: its version may come yet."""
    spec = fields_of(fields.get("__spec__"))
    return spec is not None and spec.get("_initializing") is True
