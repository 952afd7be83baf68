"""What becomes of code when it is first seen: planned, passed over, or counted raw.

To plan a large library's code takes longer than to import it, so what nobody asks about is passed over until somebody
does. Code of the person's is counted raw once as much has been planned as the setting `eager` allows (raw.py). Where
there is the accelerator, all that need not be decided anew is its part (pybridge/native/starts.c).
"""

from __future__ import annotations

from _frozen_importlib_external import SourceFileLoader
from types import CodeType
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional

from ..base import guest
from ..base.bytecode import qualname
from ..base.extension import make_guard
from ..base.monitoring import DISABLE, INSTRUCTION
from ..base.monitoring import api as _m
from ..base.namespaces import NOTHING, item
from ..base.tallied import is_typed
from ..program.djangos import is_node, may_hold_node
from ..program.unplanned import PASSED, PLANNED, References, Unplanned
from ..query.dispatch import DispatchTable
from ..query.tracepointtable import TracepointTable
from .othertools import OtherTools
from .probes import RAISES

if TYPE_CHECKING:
    from ..tally.raw import Raw
    from ..tally.tally import Tally

TOOLS = range(6)

RAW = INSTRUCTION | RAISES
"""What is asked of code that is counted raw: its instructions, and the first exception, at which it is planned."""

Callback = Callable[[CodeType, int], Any]
See = Callable[[CodeType, Dict[str, Any], bool], Optional[DispatchTable]]


class FirstSight:
    """The code objects of a Monitor that have no dispatch table, and which code gets one."""

    def __init__(
        self,
        table: TracepointTable,
        tool: int,
        others: OtherTools,
        see: See,
        take: Callable[[CodeType], None],
        look_around: Callable[[], None],
    ) -> None:
        self.table = table
        self.tool = tool
        self.others = others
        self.see = see
        """Makes the dispatch table of a code object, given its globals and whether its PY_START has answered DISABLE."""
        self.take = take
        """Makes the dispatch table and the Plan of code that was counted raw, and arms what they need."""
        self.look_around = look_around
        """Sees whether other tools have come."""
        self.tally: Optional[Tally] = None
        self.unplanned: Unplanned = References()
        self.verdicts: Dict[str, int] = {}
        """Name of a code object's file -> the file's number where its code is counted raw; PASSED or PLANNED elsewhere."""
        self.starts: Any = None
        """The callback of PY_START in C."""

    @property
    def raw(self) -> Optional[Raw]:
        """What is counted raw; None where nothing is."""
        return self.tally.raw if self.tally is not None else None

    def begin(self, on_start: Callback, tally: Optional[Tally], native: Any, native_raw: Any) -> Callback:
        """Return the callback of PY_START, which may leave a start to on_start; native: the accelerator, native_raw: its Raw."""
        self.tally = tally
        if self.raw is not None:
            self.verdicts = self.raw.files  # one table for both: there may be many files
        if native_raw is None:
            return on_start
        self.unplanned = native_raw
        self.starts = native.Starts(
            native_raw,
            self.table.dispatches,
            self.verdicts,
            on_start,
            self.arm,
            make_guard(native),
            DISABLE,
            _m.set_local_events,
            _m.get_tool,
            self.tool,
            int(RAW),
        )
        self.know_tools()
        return self.starts  # type: ignore[no-any-return]

    def know_tools(self) -> None:
        """Let C arm code that is counted raw by itself, as long as no other tool has to be looked after."""
        if self.starts is not None:
            others = self.others
            alone = not others.held and not others.unkept
            self.starts.tools = tuple([_m.get_tool(tool) for tool in TOOLS]) if alone else None
            self.starts.wary = others.wary

    def replan(self, counting: bool) -> None:
        """Make dispatch tables of code that was passed over and that somebody asks about now; counting: whether every call is counted."""
        if self.starts is not None:
            self.starts.open = self.table.asked or self.table.silenced or self.table.recorder is not None
            self.starts.counting = counting
        for code, module in self.unplanned.noted():
            if id(code) not in self.table.dispatches and self.table.may_ask(code):
                self.see(code, {"__name__": module}, True)

    def pass_over(self, code: CodeType, globals_: Dict[str, Any]) -> bool:
        """Leave a code object without a dispatch table for now, counted raw or not at all; False where it is to have one."""
        table, name, module = self.table, code.co_filename, item(globals_, "__name__")
        if not name or type(module) is not str or guest.is_ours(code) or table.may_ask(code):
            return False
        if self.tally is not None and is_node(code):
            return False  # it renders templates, which are counted
        if name[0] == "<" and (is_typed(code) or table.source_index.of(code, globals_).path):
            return False  # its file is known of this code object alone, and by these globals
        tally = self.tally
        if tally is not None:
            if tally.raw is not None and self._count(tally, code, table.source_index.near(name), globals_):
                return not table.asked  # another thread may have come to ask
            path = self._path(name)
            if path and tally.concerns(path):
                return self._count(tally, code, path, globals_) and not table.asked
        table.source_index.note(code.co_name, qualname(code), module)
        self.unplanned.note(code, module)
        if self.starts is not None and name[0] != "<":  # a pseudo file may get its source later
            self.verdicts[name] = PASSED if not may_hold_node(name) else PLANNED
        return not table.asked

    def _path(self, name: str) -> str:
        file = self.table.source_index.files.get(name)
        if file is None:
            with guest.BlockedSignals():
                file = self.table.source_index.file(name)
        return file.path

    def name_all(self) -> None:
        """Remember the names of code that C has passed over, for those who look for them."""
        for code, module in self.unplanned.unnamed():
            self.table.source_index.note(code.co_name, qualname(code), module or "")

    # Code that is counted raw.

    def _count(self, tally: Tally, code: CodeType, path: str, globals_: Dict[str, Any]) -> bool:
        """Have a code object counted raw, unless it is to be planned, or not to be counted."""
        raw = tally.raw
        if raw is None or self.others.unkept or not path or not tally.concerns(path):
            return False
        self.know_loader(path, globals_)
        number = raw.begin(code, path, item(globals_, "__name__"))
        if not number:
            if self.verdicts.get(code.co_filename, 0) > 0:  # raw counting of that file is over, also of the code that C would begin
                self.verdicts[code.co_filename] = PLANNED
            return False
        self.verdicts[code.co_filename] = number
        self.arm(code)
        return True

    def know_loader(self, path: str, globals_: Dict[str, Any]) -> None:
        """Have a file's code planned that has an unusual loader: what was compiled may be something else than the file's text."""
        loader = item(globals_, "__loader__")
        if loader is not None and loader is not NOTHING and type(loader) is not SourceFileLoader and path and self.raw is not None:
            self.raw.shun(path)

    def arm(self, code: CodeType) -> None:
        """Set what raw counting needs of a code object."""
        self.look_around()
        try:
            _m.set_local_events(self.tool, code, RAW)
        except (SystemError, ValueError):
            return  # a code object that cannot be instrumented (gh-111997)
        self.others.hold(code)

    def renew(self, code: CodeType) -> bool:
        """Count code raw in a forked child as its parent did: a child may be short, and its parent's plans are few."""
        raw = self.raw
        if raw is None or not raw.renewed(code) or self.others.unkept:
            return False
        path = self.table.source_index.near(code.co_filename) or self._path(code.co_filename)
        return raw.begin(code, path, self.unplanned.module(code)) > 0

    def raised(self, code: CodeType) -> Optional[DispatchTable]:
        """Return the dispatch table of code where an exception is raised: made now if the code was counted raw, or if somebody asks about
        exceptions there."""
        for _ in range(2):  # in a forked child the first take only counts the code raw anew
            if self.raw is not None and self.raw.counts(code):
                self.take(code)
        dispatch = self.table.dispatches.get(id(code))
        if dispatch is None and any(one.wants(code) for one in self.table.exception_filters):
            module = self.unplanned.module(code)
            dispatch = self.see(code, {"__name__": module}, True) if module is not None else None
        return dispatch

    def passed(self, code: CodeType) -> bool:
        """Whether all code of its file is passed over: nobody asks about it, and it is not counted."""
        return self.verdicts.get(code.co_filename) == PASSED

    def hold_all(self) -> None:
        """Keep the lines of everything that is counted raw."""
        for code, _ in self.unplanned.noted():
            if self.raw is not None and self.raw.counts(code):
                self.others.hold(code)

    def take_all(self) -> None:
        """Plan everything that is counted raw."""
        for code, _ in self.unplanned.noted():
            self.take(code)

    def stop(self) -> None:
        """Count nothing raw any more."""
        for code, _ in self.unplanned.noted():
            if self.raw is not None and self.raw.counts(code):
                _m.set_local_events(self.tool, code, 0)
                self.raw.end(code)
