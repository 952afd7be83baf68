"""The parts of the bridge that not every run needs: loaded before the package's names leave sys.modules, or not at all.

Tallyho says beforehand what the configuration will have no use for (docs/wire.md). Nothing is loaded afterwards: the stage
may be gone by then, and the program would find our modules among its own.
"""

from __future__ import annotations

import sys
from types import CodeType
from typing import TYPE_CHECKING, Any, Callable, FrozenSet, Iterable, Mapping, NamedTuple, Optional, Type, Union

from ..base.locate import Target
from ..program.event import RunState
from ..program.failing import plain_message
from ..program.fields import SourceIndex
from ..program.justmycode import JustMyCode
from ..query.dispatch import DispatchTable
from ..wire.memory import Memory
from ..wire.records import Records
from .accelerator import Accelerator
from .backends import monitors
from .handshake import IS_PYTHON

if TYPE_CHECKING:
    from ..recording.recorder import Recorder
    from ..stops.attention import Attention
    from ..stops.requests import Requests
    from ..stops.threadcontrol import ThreadControl
    from ..tally.inline import Columns
    from ..tally.tally import Tally


class Parts(NamedTuple):
    """The classes of the parts that are loaded; None: this run has no use for the part."""

    tally: "Optional[Type[Tally]]"
    recorder: "Optional[Type[Recorder]]"
    requests: "Optional[Type[Requests]]"
    columns: "Optional[Type[Columns]]"
    control: "Optional[Type[ThreadControl]]"
    attention: "Optional[Callable[[Any, ThreadControl, Any], Attention]]"
    """What asks the backend for the events that the thread control wants."""

    def make_recorder(
        self,
        config: Mapping[str, Any],
        source_index: SourceIndex,
        records: Records,
        just_my_code: JustMyCode,
        state: RunState,
        columns: "Union[Columns, WholeLines]",
        native: Any,
        dispatches: Mapping[int, DispatchTable],
    ) -> "Optional[Recorder]":
        """Return what makes the recording that a configuration asks for."""
        asked = config.get("record")
        if not isinstance(asked, dict) or self.recorder is None or isinstance(columns, WholeLines):
            return None
        about = {**asked, "redact": config.get("redact", True)}
        return self.recorder(about, source_index, records, just_my_code, state, columns, native, dispatches)

    def make_tally(
        self, config: Mapping[str, Any], memory: Memory, records: Records, backend: Any, accelerator: Accelerator
    ) -> "Optional[Tally]":
        """Return the tally that a configuration asks for."""
        if config.get("tally") in (None, "off") or self.tally is None:
            return None
        raw = accelerator.raw if IS_PYTHON else None  # the planner is another process of this interpreter
        return self.tally(config, memory, records, backend if monitors(backend) else None, accelerator.module, raw, accelerator.tracer)


class WholeLines:
    """Stands for Columns where no place within a line is asked about."""

    def allow(self, on: bool) -> None:
        """There is nothing to tell apart."""

    def forget(self) -> None:
        """Nothing was read."""

    def choose(self, path: str, line: int, column: int) -> Optional[Target]:
        """Return None: a tracepoint stands for its whole line."""
        return None

    def begins(self, code: CodeType, path: str, line: int, target: Target) -> FrozenSet[int]:
        """Return no offsets."""
        return frozenset()


def load(spared: Any) -> Parts:
    """Load the parts that are not spared, which are named "tally", "record", "stops" and "control".

    Their compiled modules are kept, as tallyho_boot.py does, whatever PYTHONDONTWRITEBYTECODE says: the directory is ours.
    """
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
    control: Any = None
    attention: Any = None
    if "tally" not in spared:
        from ..tally.tally import Tally as tally
    if "record" not in spared:
        from ..recording.recorder import Recorder as recorder
    if "stops" not in spared:
        from ..stops.requests import Requests as requests
    if not spared >= {"record", "stops"}:
        from ..tally.inline import Columns as columns
    if not spared >= {"stops", "control"}:
        from .attending import ThreadControl as control
        from .attending import attention
    return Parts(tally, recorder, requests, columns, control, attention)


def preload(names: Iterable[Any], notice: Callable[[str], None]) -> None:
    """Import modules that the person wants in the program from its start; tell of those that fail."""
    for name in names:
        try:
            __import__(str(name))
        except Exception as error:
            notice("cannot preload %s: %s" % (name, plain_message(error)))


__all__ = ["Parts", "WholeLines", "load", "preload"]
