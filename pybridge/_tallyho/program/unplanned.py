"""Code objects that were met while nobody asked about them, until somebody does.

They are kept in two ways: in a dictionary of weak references, and by the accelerator
(pybridge/native/raw.c), whose entry hangs on the code object itself.
"""

from __future__ import annotations

from types import CodeType
from typing import Dict, List, Optional, Protocol, Tuple

from ..base.coderef import CodeRef

PASSED, PLANNED = 0, -1
"""What is decided of a file whose code is counted raw, or not, instead of its number there (tally/raw.py): nobody asks about its code, or
its code is planned when it is first seen."""

Noted = Tuple[CodeType, Optional[str]]
"""A code object, and the name of its module."""


class Unplanned(Protocol):
    """What a Monitor remembers of code that it has passed over."""

    def note(self, code: CodeType, module: str) -> None:
        """Remember a code object."""

    def noted(self) -> List[Noted]:
        """Return the code objects that have no dispatch table yet."""

    def unnamed(self) -> List[Noted]:
        """Return the code objects that C has noted since the last call: their names are not known to the source index."""

    def planned(self, code: CodeType) -> None:
        """Forget a code object, which has a dispatch table now."""

    def module(self, code: CodeType) -> Optional[str]:
        """Return the name of a code object's module, as far as it was noted."""


class References:
    """The code objects passed over, where there is no accelerator."""

    def __init__(self) -> None:
        self.codes: Dict[int, Tuple[CodeRef, str]] = {}
        self.gone = self._gone

    def note(self, code: CodeType, module: str) -> None:
        """Remember a code object."""
        ref = CodeRef(code, self.gone)
        ref.key = id(code)
        self.codes[ref.key] = ref, module

    def noted(self) -> List[Noted]:
        """Return the code objects that have no dispatch table yet."""
        found = [(ref(), module) for ref, module in list(self.codes.values())]
        return [(code, module) for code, module in found if code is not None]

    def unnamed(self) -> List[Noted]:
        """Return none: all that is noted here is named."""
        return []

    def planned(self, code: CodeType) -> None:
        """Forget a code object."""
        self.codes.pop(id(code), None)

    def module(self, code: CodeType) -> Optional[str]:
        """Return the name of a code object's module."""
        found = self.codes.get(id(code))
        return found[1] if found is not None else None

    def _gone(self, ref: CodeRef) -> None:
        if self.codes.get(ref.key, (None,))[0] is ref:
            del self.codes[ref.key]
