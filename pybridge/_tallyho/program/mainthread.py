"""Having the program's main thread do something of ours, between two of its instructions."""

from __future__ import annotations

from typing import Any, Callable, Dict

_calls: Dict[int, Any] = {}


def in_main_thread(function: Callable[[], None]) -> bool:
    """Have the main thread call a function soon, between two of its instructions; False where that cannot be."""
    try:
        import ctypes

        def call(_: Any) -> int:
            _calls.pop(id(function), None)
            function()
            return 0

        pending = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(call)
        _calls[id(function)] = pending, function
        return int(ctypes.pythonapi.Py_AddPendingCall(pending, None)) == 0
    except Exception:
        return False
