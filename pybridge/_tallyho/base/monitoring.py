"""sys.monitoring by the names that we use (PEP 669). Where there is none (behaviour.MONITORING) no event has a bit."""

from __future__ import annotations

import sys
from typing import Any

if sys.version_info >= (3, 12):  # and not behaviour.MONITORING: mypy is to know the functions
    api = sys.monitoring
else:
    api: Any = None

DISABLE: Any = getattr(api, "DISABLE", None)


def _bit(name: str) -> int:
    bit: int = getattr(api.events, name) if api is not None else 0
    return bit


START = _bit("PY_START")
RESUME = _bit("PY_RESUME")
THROW = _bit("PY_THROW")
RETURNS = _bit("PY_RETURN")
YIELDS = _bit("PY_YIELD")
UNWIND = _bit("PY_UNWIND")
LINES = _bit("LINE")
JUMP = _bit("JUMP")
INSTRUCTION = _bit("INSTRUCTION")
RAISE = _bit("RAISE")
STOP_ITERATION = _bit("STOP_ITERATION")
CALLS = _bit("CALL")
C_RETURN = _bit("C_RETURN")
C_RAISE = _bit("C_RAISE")
