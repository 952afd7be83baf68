"""Whose code a frame runs: the person's, a library's, or ours; and its source where that is no file."""

from __future__ import annotations

import os
import sys
import zipimport
from _frozen_importlib import ModuleSpec
from itertools import count
from types import CodeType, FrameType
from typing import Any, Dict, List, Mapping, Optional, Tuple

from ..base import guest
from ..base.classes import module_dict
from ..base.compiling import nested
from ..base.namespaces import item
from ..base.tallied import TalliedFiles, cached_lines
from .fields import SourceIndex

_isfile = os.path.isfile
KNOWN_LIMIT = 5000


class JustMyCode:
    """Answers by the configuration's just_my_code, include and exclude."""

    def __init__(self, source_index: SourceIndex) -> None:
        self.source_index = source_index
        self.wanted = TalliedFiles({})
        self.kept: Dict[int, CodeType] = {}
        self.known: Dict[int, Tuple[CodeType, bool]] = {}

    def configure(self, config: Mapping[str, Any]) -> None:
        """Take what the configuration says."""
        self.wanted = TalliedFiles(config)
        self.known = {}

    def keep(self, code: Optional[CodeType]) -> None:
        """Take code without a file, and all inside it, as the person's: that of -c."""
        if code is not None and code.co_filename.startswith("<"):
            self.kept.update((id(one), one) for one in nested(code))

    def file(self, raw: str) -> bool:
        """Report whether a file, as code objects name it, is the person's."""
        return self.wanted(raw if raw.startswith("<") else self.source_index.file(raw).path or raw)

    def code(self, code: CodeType) -> bool:
        """Report whether code is the person's."""
        known = self.known.get(id(code))
        if known is not None and known[0] is code:
            return known[1]
        answer = not guest.is_ours(code) and (self.file(self.source_index.of(code).raw) or id(code) in self.kept)
        if answer or not code.co_filename.startswith("<"):  # the source of a pseudo file may come later
            if len(self.known) >= KNOWN_LIMIT:
                self.known.clear()
            self.known[id(code)] = (code, answer)
        return answer

    def frame(self, frame: FrameType) -> bool:
        """Report whether a frame runs the person's code."""
        self.source_index.of(frame.f_code, frame.f_globals)
        return self.code(frame.f_code)


class Sources:
    """Source text without a file of its own: what was exec'd, typed as -c, or lies in an archive."""

    def __init__(self, source_index: SourceIndex) -> None:
        self.source_index = source_index
        self.numbers: Dict[str, int] = {}
        """Name of code's file -> number of its source, 0 where that is a file."""
        self.texts: Dict[int, str] = {}
        self.own: Dict[str, str] = {}
        """Name of code's file -> text that the interpreter does not keep."""
        self._next = count(1)

    def keep(self, name: str, text: str) -> None:
        """Remember the text of a pseudo file: the interpreter keeps none of -c."""
        self.own[name] = text

    def number(self, code: CodeType, globals_: Mapping[str, Any]) -> int:
        """Return the number of the source of code; 0 where it is in a file, or nowhere."""
        raw = self.source_index.of(code, globals_).raw
        if raw in self.numbers:
            return self.numbers[raw]
        path = self.source_index.file(raw).path
        if path and _isfile(path):
            return self._give(raw, None)
        text = self.own.get(raw) or "".join(cached_lines(raw)) or _of_archive(globals_)
        if not text:
            return 0  # not for ever: its source may still be told to linecache
        return self._give(raw, text)

    def _give(self, raw: str, text: Optional[str]) -> int:
        number = 0
        if text is not None:
            number = next(self._next)
            self.texts[number] = text
        self.numbers[raw] = number
        return number

    def content(self, number: Any) -> Optional[str]:
        """Return the text of a number."""
        return self.texts.get(number) if type(number) is int else None

    def all(self) -> List[Tuple[str, int]]:
        """Return the name and number of each source without a file that was met."""
        return [(name, number) for name, number in self.numbers.items() if number]


def _of_archive(globals_: Mapping[str, Any]) -> str:
    loader, name = item(globals_, "__loader__"), item(globals_, "__name__")
    spec = item(globals_, "__spec__")
    name = spec.name if type(spec) is ModuleSpec else name
    if type(loader) is not zipimport.zipimporter or type(name) is not str:
        return ""  # any other loader would be the program's code
    try:
        return loader.get_source(name) or ""
    except Exception:
        return ""


def module_globals() -> Dict[str, Any]:
    """Return the namespace of the program's main module."""
    return module_dict(sys.modules.get("__main__"))  # type: ignore[return-value]
