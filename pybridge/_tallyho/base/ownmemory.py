"""This process's own memory as Python sees it: for what the interpreter knows and does not say."""

from __future__ import annotations

from typing import Any, Optional, Tuple


def own_memory() -> Optional[Tuple[Any, Any]]:
    """Return this process's memory as words, and as references to objects. _ctypes and not ctypes, which wants executable
    memory when it is imported."""
    try:
        from _ctypes import Array, _SimpleCData

        word = type("Word", (_SimpleCData,), {"_type_": "Q"})
        reference = type("Reference", (_SimpleCData,), {"_type_": "O"})
        words = type("Words", (Array,), {"_type_": word, "_length_": 1 << 58})
        references = type("References", (Array,), {"_type_": reference, "_length_": 1 << 58})
        # A memoryview is read and written faster than the array itself.
        return memoryview(words.from_address(0)).cast("B").cast("Q"), references.from_address(0)  # type: ignore[attr-defined]
    except Exception:
        return None
