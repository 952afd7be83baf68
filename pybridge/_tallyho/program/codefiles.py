"""The file of a function whose code object names none.

What is pickled by value (cloudpickle, and so joblib, dask and ray) is built anew from the parts of its code object under a
file name such as "<dynamic-code>". The module that it came from is told by its globals, and whether it is of that file by
what it does, names and holds (textcode.py).
"""

from __future__ import annotations

from collections import OrderedDict
from types import CodeType
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional

from ..base.coderef import CodeRef
from ..base.namespaces import item
from ..base.textcode import TextCode, code_key

TEXTS = 8
"""Files at hand, at most."""
MOST_BYTES = 2_000_000
_open = open


class SourceFile(NamedTuple):
    """One file."""

    data: bytes
    lines: List[bytes]
    own: TextCode


class CodeFiles:
    """Answers for code objects. Asked from any thread."""

    def __init__(self) -> None:
        self.concerns: Callable[[str], bool] = lambda path: False
        self.found: Dict[int, Any] = {}  # id(code) -> its CodeRef and path
        self.texts: "OrderedDict[str, Optional[SourceFile]]" = OrderedDict()
        self.gone = self._gone

    def configure(self, concerns: Callable[[str], bool]) -> None:
        """Take whether anybody wants to know of a file."""
        self.concerns = concerns

    def path(self, code: CodeType, globals_: Optional[Mapping[str, Any]]) -> str:
        """Return the path of the file that a code object without one is of; "" where it is not known. globals_: of its frame."""
        found = self.found.get(id(code))
        if found is not None or globals_ is None:
            return str(found[1]) if found is not None else ""
        path = item(globals_, "__file__")
        if type(path) is not str or code.co_name == "<module>" or not self.concerns(path):
            return ""
        text = self._text(path)
        if (
            text is None
            or not _may_begin(text.lines, code.co_firstlineno)
            or text.own.name(code, code_key(code), lambda: text.data) is None
        ):
            return ""
        ref = CodeRef(code, self.gone)
        ref.key = id(code)
        self.found[ref.key] = ref, path
        return path

    def _text(self, path: str) -> Optional[SourceFile]:
        if path not in self.texts:
            try:
                with _open(path, "rb") as stream:
                    data = stream.read(MOST_BYTES + 1)
            except (OSError, ValueError):
                data = b""
            self.texts[path] = SourceFile(data, data.split(b"\n"), TextCode()) if 0 < len(data) <= MOST_BYTES else None
            while len(self.texts) > TEXTS:
                self.texts.popitem(False)
        return self.texts.get(path)

    def _gone(self, ref: CodeRef) -> None:
        found = self.found.get(ref.key)
        if found is not None and found[0] is ref:
            del self.found[ref.key]


def _may_begin(lines: List[bytes], number: int) -> bool:
    """Whether a line may be the first of a function: most code that is made of texts at run time says that it begins at line 1."""
    line = lines[number - 1].strip() if 0 < number <= len(lines) else b""
    return line.startswith((b"def ", b"async ", b"class ", b"@")) or b"lambda" in line or b"for " in line
