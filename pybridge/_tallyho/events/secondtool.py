"""A second tool of sys.monitoring: it asks for almost nothing, and keeps other tools from taking a Tally's events away.

Two ways in which CPython does that:

* 3.12 to 3.14 note which tools a place is for only once two tools share an event of its code object. INSTRUCTION that was
  on before is forgotten then, for good: a program that calls sys.settrace or sys.setprofile, or has a tool of its own, would end
  the counting. So two tools share an event from the start: PY_START of all code, this one being the second.
* 3.12 and 3.13 do not deliver the INSTRUCTION of a place where LINE is taken away while its callbacks run: that is what a
  debugger does when it is told to continue. LINE that somebody keeps is never gone. It costs 7 to 15 ns a line,
  without a callback, so it is asked for from the moment on at which somebody may trace lines.

What our own tools take away is swallowed.py's.
"""

from __future__ import annotations

import operator
import sys
import threading
from functools import partial
from types import CodeType
from typing import Any, Dict

from ..base.coderef import CodeRef
from ..base.monitoring import DISABLE, LINES, START, STOP_ITERATION
from ..base.monitoring import api as _m

INSTRUMENTED_LINE = 254
"""What 3.12 and 3.13 put in the place of an instruction at which LINE is on."""

NAME = "tallyho keeps"
TOOLS = (5, 3, 1, 0)
"""The ids that are tried: not 2, which the interpreter's own profiler wants. 5 is free in practice."""

_disabled = partial(max, DISABLE, key=partial(operator.is_, DISABLE))
"""Answers DISABLE, in C: a function of Python's would be one call too many for a program at its recursion limit."""

TRACING_NAMES = frozenset(["settrace", "_settraceallthreads", "use_tool_id"])
"""Names without which no code of Python's brings another tracer."""

_threads_trace: Any = getattr(threading, "gettrace", None)
_started_by_threading = threading.Thread._bootstrap_inner.__code__  # type: ignore[attr-defined]


class SecondTool:
    """The second tool, held as long as something is counted."""

    def __init__(self) -> None:
        self.tool = -1
        self.held: Dict[int, CodeRef] = {}
        self.gone = self._gone  # one for all references
        self.sighted = False
        """Whether this interpreter shows where LINE is on."""

    def start(self) -> None:
        """Take an id, where one is free."""
        for tool in TOOLS:
            try:
                _m.use_tool_id(tool, NAME)
            except ValueError:
                continue
            self.tool = tool
            for event in (START, STOP_ITERATION):
                _m.register_callback(tool, event, _disabled)
            self._look_at_itself()
            _m.set_events(tool, START)
            return

    def stop(self) -> None:
        """Ask for nothing any more and give the id back."""
        tool, self.tool = self.tool, -1
        if tool < 0:
            return
        _m.set_events(tool, 0)
        for ref in list(self.held.values()):
            code = ref()
            if code is not None:
                _m.set_local_events(tool, code, 0)
        self.held.clear()
        for event in (START, STOP_ITERATION):
            _m.register_callback(tool, event, None)
        _m.free_tool_id(tool)

    def bridge(self, on: bool) -> int:
        """Share another event than PY_START while that is off in the first tool; return what it has to ask for then."""
        if self.tool < 0:
            return 0
        _m.set_events(self.tool, START | STOP_ITERATION if on else START)
        return STOP_ITERATION

    def hold(self, code: CodeType) -> None:
        """Keep LINE on in a code object that is counted."""
        if self.tool >= 0 and id(code) not in self.held:
            ref = self.held[id(code)] = CodeRef(code, self.gone)
            ref.key = id(code)
            try:
                _m.set_local_events(self.tool, code, LINES)
            except (SystemError, ValueError):
                pass  # a code object that cannot be instrumented (gh-111997)

    def _gone(self, ref: CodeRef) -> None:
        if self.held.get(ref.key) is ref:
            del self.held[ref.key]

    # Who may trace lines.

    def _look_at_itself(self) -> None:
        _m.set_local_events(self.tool, _nothing.__code__, LINES)
        self.sighted = _has_lines()
        _m.set_local_events(self.tool, _nothing.__code__, 0)

    def lined_everywhere(self) -> bool:
        """Whether LINE is on even in code of ours: a tool that has it there has asked for lines of all code. Called by the reader's thread."""
        if not self.sighted or any(_m.get_events(tool) & LINES for tool in range(6)):
            return False  # every other tool with an id is known
        _nothing()  # code takes notice when it starts
        return _has_lines()

    @staticmethod
    def may_trace(code: CodeType) -> bool:
        """Whether code that is about to run for the first time could bring another tracer."""
        return not TRACING_NAMES.isdisjoint(code.co_names) and code is not _started_by_threading

    @staticmethod
    def is_traced() -> bool:
        """Whether somebody traces threads of this program already, as far as this thread can tell."""
        return sys.gettrace() is not None or _threads_trace() is not None


def _nothing() -> None:
    pass


def _has_lines() -> bool:
    units: bytes = getattr(_nothing.__code__, "_co_code_adaptive", b"")
    return INSTRUMENTED_LINE in units[0::2]
