"""What is asked changes while a thread is in an event: what the thread had looked up before is not kept."""

from __future__ import annotations

import os
import sys
import unittest
from types import FrameType
from typing import Any, Callable, Dict, List, Optional

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base.locate import CodeLines
from _tallyho.events.eventfilter import EventFilter
from _tallyho.events.settrace import SetTrace, is_in_trace_function
from _tallyho.process.attached import AttachedBridge
from _tallyho.program.event import RunState
from _tallyho.program.fields import SourceIndex
from _tallyho.query.dispatch import DispatchTable
from _tallyho.query.tracepointtable import TracepointTable
from _tallyho.tally.inline import Columns


class Nobody:
    """Records that go nowhere, and exceptions of which nobody asks."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **more: 1


def asks(number: int, *tests: List[Any]) -> Dict[str, Any]:
    """Return a tracepoint that asks these of an event."""
    return {
        "id": number,
        "program": {"op": "when", "if": {"op": "query", "tests": list(tests)}, "do": [0]},
        "actions": [{"id": 0, "kind": "Log", "slots": []}],
    }


class Interrupted(SetTrace):
    """Another thread gets its turn each time something has been looked up."""

    meanwhile: Callable[[], None] = staticmethod(lambda: None)

    def _local(self, dispatch: DispatchTable) -> Optional[Any]:
        found = super()._local(dispatch)
        self.meanwhile()
        return found


class Filter(EventFilter):
    """What the accelerator is told, and forgets."""

    def __init__(self) -> None:
        self.known: Dict[Any, bool] = {}
        self.forgotten = 1
        self.meanwhile: Callable[[], None] = lambda: None

    @property
    def change(self) -> int:
        return self.forgotten

    def forget(self) -> None:
        self.forgotten += 1
        self.known.clear()

    def take(self, dispatch: DispatchTable, code: Any, change: int, traced: bool, lines: bool, calls: bool, counting: bool) -> bool:
        self.meanwhile()
        if change == self.forgotten:
            self.known[code] = traced
        return change == self.forgotten


class Meanwhile(unittest.TestCase):
    def setUp(self) -> None:
        lines = CodeLines()
        self.table = TracepointTable(SourceIndex(os.getcwd()), Nobody(), RunState(), {}, lines, Columns(lines))  # type: ignore[arg-type]
        self.table.change(1, [asks(1, ["function", "eq", "nobody"])], [])
        self.frame = sys._getframe()
        self.dispatch = self.table.see(self.frame.f_code, self.frame.f_globals)
        self.trace = Interrupted(self.table, Nobody())  # type: ignore[arg-type]
        self.trace.on = True
        self.trace.filter = self.filter = Filter()

    def change(self) -> None:
        """Ask about the frame from now on, once."""
        self.trace.meanwhile = self.filter.meanwhile = self.table.source_index.source = lambda *_: ""  # type: ignore[method-assign, assignment]
        self.table.change(2, [asks(2, ["function", "eq", self.frame.f_code.co_name], ["kind", "eq", "line"])], [])
        self.trace.replan()

    def call(self, frame: FrameType) -> Any:
        return self.trace._call(frame, None)

    def test_a_call_that_concerned_nobody_is_looked_at_again(self) -> None:
        for place in ("trace", "filter"):
            with self.subTest(place):
                self.setUp()
                getattr(self, place).meanwhile = self.change
                self.call(self.frame)
                self.assertNotEqual(self.dispatch.idle, self.trace.revision)
                self.assertEqual(self.filter.known, {})
                self.assertNotEqual(self.dispatch.in_c, self.filter.change)
                self.assertIs(self.call(self.frame), self.trace.function)
                self.assertEqual(self.filter.known, {self.frame.f_code: True})
                self.assertEqual(self.dispatch.in_c, self.filter.change)

    def test_a_line_is_decided_again(self) -> None:
        line = self.frame.f_lineno
        self.table.change(2, [asks(1, ["source", "contains", "never"])], [1])
        self.table.renew(self.dispatch, self.frame.f_code)

        def source(*_: Any) -> str:
            self.change()
            return ""

        self.table.source_index.source = source  # type: ignore[method-assign, assignment]
        self.table.entries_at(self.dispatch, line, self.frame)
        self.assertIsNone(self.dispatch.lines.get(line))
        self.assertEqual([entry.tracepoint.id for entry in self.table.entries_at(self.dispatch, line, self.frame)], [2])
        self.assertEqual(len(self.dispatch.lines[line]), 1)

    def test_code_that_is_met_is_decided_again(self) -> None:
        """It is not among what a change renews yet."""
        decide = self.table.decider.decide

        def late(*args: Any) -> None:
            decide(*args)
            self.table.decider.decide = decide  # type: ignore[method-assign]
            self.table.change(2, [asks(2, ["function", "eq", "asks"], ["kind", "eq", "line"])], [])
            self.trace.replan()

        self.table.decider.decide = late  # type: ignore[method-assign]
        dispatch = self.table.see(asks.__code__, globals())
        self.assertIs(self.table.dispatches[id(asks.__code__)], dispatch)
        self.assertTrue(self.trace.is_traced(dispatch))

    def test_a_stay_begins_while_another_ends(self) -> None:
        """The thread of an ended stay lets go of itself in the middle of its trace function: nothing is begun there."""
        found: List[bool] = []
        self.trace.meanwhile = lambda: found.append(is_in_trace_function())
        self.assertFalse(is_in_trace_function())
        self.trace.trace(self.frame, "call", None)
        self.assertEqual(found, [True])

        stay: Any = AttachedBridge.__new__(AttachedBridge)
        stay.backend, stay.reach_again = Interrupted(self.table, Nobody()), False  # type: ignore[arg-type]
        stay.backend.on = True
        self.trace.meanwhile = stay._trace_here
        before = sys.gettrace()
        self.table.renew(self.dispatch, self.frame.f_code)
        self.trace.trace(self.frame, "call", None)
        self.assertTrue(stay.reach_again)
        self.assertIs(sys.gettrace(), before)


if __name__ == "__main__":
    unittest.main()
