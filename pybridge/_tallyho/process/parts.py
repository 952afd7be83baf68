"""The parts of the bridge that not every run needs: loaded before the package's names leave sys.modules, or not at all.

Tallyho says beforehand what the configuration will have no use for (docs/wire.md). Nothing is loaded afterwards: the stage
may be gone by then, and the program would find our modules among its own.
"""

from __future__ import annotations

import sys
from types import CodeType
from typing import TYPE_CHECKING, Any, FrozenSet, NamedTuple, Optional, Type

from ..base.locate import Target

if TYPE_CHECKING:
    from ..recording.recorder import Recorder
    from ..stops.requests import Requests
    from ..tally.inline import Columns
    from ..tally.tally import Tally


class Parts(NamedTuple):
    """What there is; None: it was spared."""

    tally: "Optional[Type[Tally]]"
    recorder: "Optional[Type[Recorder]]"
    requests: "Optional[Type[Requests]]"
    columns: "Optional[Type[Columns]]"


class WholeLines:
    """Stands for Columns where no place within a line is asked about."""

    def allow(self, on: bool) -> None:
        """There is nothing to tell apart."""

    def forget(self) -> None:
        """Nothing was read."""

    def choose(self, path: str, line: int, column: int) -> Optional[Target]:
        """Return None: the line."""
        return None

    def begins(self, code: CodeType, path: str, line: int, target: Target) -> FrozenSet[int]:
        """Return nothing."""
        return frozenset()


def load(spared: Any) -> Parts:
    """Load what is not among these: "tally", "record", "stops". As tallyho_boot.py does, its compiled modules are kept whatever
    the program's own are to be: that directory is ours."""
    kept = sys.dont_write_bytecode, sys.pycache_prefix
    sys.dont_write_bytecode, sys.pycache_prefix = False, None
    try:
        return _load(spared)
    finally:
        sys.dont_write_bytecode, sys.pycache_prefix = kept


def _load(spared: Any) -> Parts:
    spared = frozenset(one for one in spared if isinstance(one, str)) if isinstance(spared, list) else frozenset()
    tally: Any = None
    recorder: Any = None
    requests: Any = None
    columns: Any = None
    if "tally" not in spared:
        from ..tally.tally import Tally as tally
    if "record" not in spared:
        from ..recording.recorder import Recorder as recorder
    if "stops" not in spared:
        from ..stops.requests import Requests as requests
    if not spared >= {"record", "stops"}:
        from ..tally.inline import Columns as columns
    return Parts(tally, recorder, requests, columns)


__all__ = ["Parts", "WholeLines", "load"]
