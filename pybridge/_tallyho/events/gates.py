"""The Gates of the backend on sys.monitoring: what the accelerator asks before a callback of ours is called (native/gate.c)."""

from __future__ import annotations

from types import CodeType
from typing import Any, Callable, Dict, List, Optional

from ..base import guest
from ..base.extension import make_guard
from ..base.monitoring import DISABLE, LINES, RAISE, RESUME, RETURNS, START, THROW, UNWIND, YIELDS
from ..program.event import CALL, EXCEPTION, LINE, RETURN
from ..query.dispatch import DispatchTable, Entries
from ..query.tracepointtable import TracepointTable

Callback = Callable[..., Any]

KINDS = {START: CALL, RESUME: CALL, THROW: CALL, RETURNS: RETURN, YIELDS: RETURN, UNWIND: RETURN, LINES: LINE, RAISE: EXCEPTION}
"""The kind of each event that may have a Gate."""

EVERYWHERE = (THROW, UNWIND, RAISE)
"""Events that come of all code or of none: DISABLE is no answer to them."""

VALUE, THROWN, RAISED = range(3)
"""What a callback's last argument is to the event: its own value; an exception that the event does not show (a generator's throw(),
a frame that is left by one); the exception that it is about."""


class Gates:
    """The Gates of one Monitor; without the accelerator there are none."""

    def __init__(self, table: TracepointTable, native: Any) -> None:
        self.table = table
        self.dispatches: Dict[int, DispatchTable] = table.dispatches
        self.native = native if hasattr(native, "Gate") else None
        self.gates: List[Any] = []
        self.calls: List[Any] = []
        self.counting = False

    def before(self, event: int, callback: Callback) -> Callback:
        """Return what is called instead of a callback, and may leave an event to it."""
        kind = KINDS.get(event)
        native = self.native
        if native is None or kind is None:
            return callback
        find = self._at_line if kind == LINE else self._finder(event, kind)
        last = RAISED if event == RAISE else THROWN if event in (THROW, UNWIND) else VALUE
        gate = native.Gate(
            kind, event == RETURNS, last, self.dispatches, find, lambda code: self.silence(code, event), callback, make_guard(native),
            self.table.run.count, guest.reader_cell(), guest.leaving, guest.HERE,
        )  # fmt: skip
        self.gates.append(gate)
        if kind == CALL:
            self.calls.append(gate)
        return gate  # type: ignore[no-any-return]

    def forget(self) -> None:
        """Forget what was found out about code: other things may be asked from now on."""
        for gate in self.gates:
            gate.forget()

    def count_calls(self, counting: bool) -> None:
        """Count calls from now on, or not."""
        self.counting = counting
        for gate in self.calls:
            gate.count(counting)

    def _finder(self, event: int, kind: int) -> Callable[[CodeType], Any]:
        def find(code: CodeType) -> Any:
            dispatch = self.dispatches.get(id(code))
            if dispatch is None or not dispatch.ready:
                return False
            if dispatch.tally or event == START and not dispatch.mask & START:
                return None
            found = screens(dispatch, dispatch.entries[kind])
            return (found[0], False) if found is not None and event in EVERYWHERE else found

        return find

    def _at_line(self, code: CodeType, line: int) -> Any:
        dispatch = self.dispatches.get(id(code))
        entries = dispatch.lines.get(line) if dispatch is not None else None
        if dispatch is None or entries is None:
            return False
        return None if dispatch.tally or dispatch.tally_lines or not entries else screens(dispatch, entries)

    def silence(self, code: CodeType, event: int) -> Any:
        """Return DISABLE where nobody else wants an event of some code which concerns no tracepoint at that place, ever."""
        dispatch = self.dispatches.get(id(code))
        if (
            dispatch is None
            or dispatch.tally
            or dispatch.points
            or self.counting
            or any(asked & event for asked in dispatch.masks.values())
        ):
            return None
        if event == START:
            if dispatch.wants_lines:
                return None  # 3.13 forgets the line of a one-line function without it (gh-155992)
            dispatch.start_silent = True
        return DISABLE


def screens(dispatch: DispatchTable, entries: Entries) -> Optional[Any]:
    """Return the Screens of some entries, and whether a no of theirs is for good; None where an entry has no Screen, or one that may be
    asked only once about an event."""
    found = [entry.screen or entry.early for entry in entries]
    if any(one is None or one.acts and (dispatch.shared or len(found) > 1) for one in found):
        return None
    return tuple([one.says for one in found if one is not None]), bool(found) and all(one is not None and one.by_place for one in found)
