"""What is asked in one code object: for each kind of event and for each line, entries of tracepoints."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Callable, Dict, Optional, Sequence, Tuple

from ..base.coderef import CodeRef
from ..program.event import LINE, Event
from ..program.fields import CodeFacts
from .building import ExpressionNode
from .nodes import And, Const, Node, When, compile_node
from .screens import Says, Screen, early_screen_of, screen_of
from .shortway import Short, short_way
from .surroundings import Note
from .tracepoint import Tracepoint

NO_CALLS: Tuple[Tuple[Any, ...], ...] = ((), (), (), ())
"""What is asked, by kind of event, where nothing is."""

NO_SCREENS: Tuple[Optional[Screen], ...] = (None, None, None, None)


class Entry:
    """One Tracepoint at one kind of event of one code object."""

    __slots__ = ("tracepoint", "guard", "expression", "test", "short", "screen", "early", "says")

    def __init__(
        self, tracepoint: Tracepoint, residual: Node, kind: int, facts: Optional[CodeFacts], code: Optional[CodeType] = None
    ) -> None:
        self.tracepoint = tracepoint
        expression: Optional[ExpressionNode] = None
        self.screen: Optional[Screen] = None
        self.early: Optional[Screen] = None
        """Where a condition at lines is the guard, what a Gate may ask before it."""
        self.says: Optional[Says] = None
        """The screen's function, where the screen is not the guard."""
        if tracepoint.budget is None:  # a condition with a budget is asked where its time is measured
            if code is not None and facts is not None and not (kind == LINE and split_guard(residual)[0] is not None):
                self.screen = screen_of(tracepoint.around, residual, kind, facts, code)
            expression, residual = split_guard(residual)
            if expression is not None and self.screen is None and kind == LINE and code is not None and facts is not None:
                self.early = early_screen_of(tracepoint.around, expression, facts, code)
        action = tracepoint.only_action(residual) if code is not None else None
        self.short = (
            short_way(tracepoint, action, kind, facts, code) if action is not None and code is not None and facts is not None else None
        )
        self.expression = expression
        self.guard: Optional[Callable[..., Any]] = None if expression is None else self._first
        first = residual.condition if isinstance(residual, When) else residual
        if expression is None and kind == LINE and tracepoint.budget is None and isinstance(first, Const) and first.value:
            self.guard = tracepoint.skipped  # counts in C the hits that its hit condition lets pass
        if self.screen is not None and kind == LINE:
            self.guard = self.screen.says
        elif self.screen is not None:
            self.says = self.screen.says
        self.test: Optional[Callable[[Event], Any]] = compile_node(residual)

    @classmethod
    def noting(cls, tracepoint: Any, note: Note) -> Entry:
        """Return an entry that only notes that an event was, for a Tracepoint or for the recorder."""
        entry = cls.__new__(cls)
        entry._note(tracepoint, note)
        return entry

    def _note(self, tracepoint: Any, note: Note) -> None:
        self.tracepoint, self.guard, self.expression, self.test, self.short = tracepoint, None, None, None, note
        self.screen, self.early, self.says = None, None, None

    def _first(self, frame: FrameType) -> Any:
        asker = self.expression
        assert asker is not None
        expression, native = asker.expression, self.tracepoint.around.native
        in_c = None if native is None else expression.locals_condition(frame, native)
        self.guard = in_c or expression.guard(frame) or expression.holds
        return self.guard(frame)


def split_guard(node: Node) -> Tuple[Optional[ExpressionNode], Node]:
    """Split a tree into an expression that is asked first, and the rest: the expression can be asked before an Event is made."""
    if isinstance(node, ExpressionNode):
        return node, Const(True)
    if isinstance(node, And) and isinstance(node.of[0], ExpressionNode):
        rest = node.of[1:]
        return node.of[0], rest[0] if len(rest) == 1 else And(rest)
    if isinstance(node, When):
        guard, left = split_guard(node.condition)
        if guard is not None:
            return guard, When(left, node.do)
    return None, node


Entries = Tuple[Entry, ...]


def only_screen(entries: Sequence[Entry]) -> Optional[Screen]:
    """Return the Screen of the only entry; None where there is more to ask."""
    return entries[0].screen if len(entries) == 1 else None


def only_short(entries: Sequence[Entry]) -> Optional[Short]:
    """Return the short way of the only entry; None where there is more to ask."""
    return entries[0].short if len(entries) == 1 and entries[0].guard is None else None


class DispatchTable:
    """What to ask in one code object, by kind of event; `lines` is filled as lines are reached."""

    __slots__ = (
        "ref", "facts", "entries", "lines", "by_line", "tally", "tally_lines", "plain", "masks", "mask", "start_silent", "shared", "calls",
        "direct", "screens", "ready", "idle", "in_c", "uncaught_only", "points",
    )  # fmt: skip

    def __init__(self, ref: CodeRef, facts: CodeFacts) -> None:
        self.ref = ref
        self.facts = facts
        self.entries: Sequence[Entries] = NO_CALLS
        self.by_line: Sequence[Tuple[Tracepoint, Node, int]] = ()
        """What is decided when a line is reached, each with how many of the entries of every line are asked before it."""
        self.lines: Dict[int, Entries] = {}
        self.points: Dict[int, Entries] = {}
        """Offset of an instruction -> what to ask where a statement begins there, within a line."""
        self.calls: Sequence[Entries] = NO_CALLS
        """What to ask where the code calls functions written in C, by kind of event."""
        self.direct: Optional[Short] = None
        """The short way of a call, where nothing else is asked at calls."""
        self.screens: Sequence[Optional[Screen]] = NO_SCREENS
        """By kind of event, where one Screen is the first that is asked."""
        self.uncaught_only = False
        """Whether exceptions in the code concern only tracepoints about uncaught ones."""
        self.shared = False
        """Code of the standard library, which the link's thread uses as well."""
        self.start_silent = False
        """PY_START has answered DISABLE."""
        self.tally = False
        self.tally_lines = False
        """Counted by line: every LINE event is wanted."""
        self.plain = False
        """Whether the code's lines concern tracepoints alone, and no thread of ours runs it: lines.c may judge them."""
        self.masks: Dict[str, int] = {}
        self.mask = 0
        self.idle = 0
        """Of what is asked, the revision in which nothing is asked and nothing counted here: settrace.py need not look twice."""
        self.in_c = -1
        """The change at which the accelerator was told which of the code's events concern nobody; for settrace.py."""
        self.ready = False
        """Whether the code's events are on: until then a thread that comes to the code waits."""

    @property
    def wants_lines(self) -> bool:
        """Whether any line's event may be wanted."""
        return bool(self.entries[LINE] or self.by_line)

    def clear(self) -> None:
        """Ask nothing there."""
        self.lines, self.by_line, self.entries, self.calls, self.points = {}, (), NO_CALLS, NO_CALLS, {}
        self.screens = NO_SCREENS
        self.shared, self.plain, self.direct, self.idle = False, not self.tally_lines, None, 0
