"""Screens: they say of most events that a question does not hold, before an Event is made.

A Screen looks at the frame and the event's value. It answers no only where the question, asked in full, would not hold
either, would not have failed and would have done nothing; a Backlog's event it queues itself. Everything else is asked in
full. So a Screen may know as little as it likes: what costs more than it saves is left out.
"""

from __future__ import annotations

from _thread import get_ident
from types import CodeType, FrameType
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..base.guest import is_foreign
from ..program.event import CALL, LINE, RETURN
from ..program.fields import CodeFacts
from .asks import CONST, DEPTH, MOST, PLACE, Ask, Leaves, levels
from .nodes import And, CallableNode, Const, Node, Not, Or, Test, When
from .stateful import Backlog, From
from .surroundings import Surroundings

AND, OR, NOT, _, FROM, BACKLOG = range(6)
"""The kinds of Asks that have Asks below them; also in pybridge/native/screen.c. 3 is CONST (asks.py)."""

NO, YES, MAYBE = range(3)

Says = Callable[[Any, Any, bool], Any]
"""Takes the frame, the event's arg and whether a return is by an opcode; False: no."""


class Screen(NamedTuple):
    """A Screen of one tracepoint at one kind of event of a code object."""

    says: Says
    by_place: bool
    """Whether a no holds for good at that instruction."""
    acts: bool
    """Whether it may queue the event, and so may be asked only once about each."""


def screen_of(around: Surroundings, node: Node, kind: int, facts: CodeFacts, code: CodeType) -> Optional[Screen]:
    """Return the Screen of what is left to ask; None where it could hardly ever say no."""
    if facts.of_template:
        return None  # their lines and names are others in each frame
    ask = _Builder(Leaves(around, kind, facts, code)).build(node)
    if not _may_say_no(ask):
        return None
    asks = list(_all(ask))
    acts = any(one.what == BACKLOG for one in asks)
    by_place = all(one.what in (AND, OR, NOT, CONST, PLACE) for one in asks)
    if around.native is not None and hasattr(around.native, "Screen"):
        return Screen(around.native.Screen(ask, kind, code, around.run, is_foreign, *Leaves.threads()), by_place, acts)
    return Screen(_compile(ask), by_place, acts)


def early_screen_of(around: Surroundings, node: Node, facts: CodeFacts, code: CodeType) -> Optional[Screen]:
    """Return the Screen of a condition at lines which has a guard that knows more; None where there is no Gate to ask it before."""
    return screen_of(around, node, LINE, facts, code) if hasattr(around.native, "Gate") else None


class _Builder:
    """Makes Asks of Nodes."""

    def __init__(self, leaves: Leaves) -> None:
        self.leaves = leaves

    def build(self, node: Node, last: bool = True) -> Ask:
        """Return the Ask of a node; last: whether a no of this node is the whole question's answer."""
        if isinstance(node, Const):
            return Ask(CONST, number=YES if node.value else NO)
        if isinstance(node, Test):
            return self.leaves.test(node) or UNKNOWN
        if isinstance(node, When):
            return self._never_yes(self.build(node.condition, last))
        if isinstance(node, Not):
            of = self.build(node.of, False)
            return of if of is UNKNOWN else Ask(NOT, of=(of,))
        if isinstance(node, (And, Or)):
            return self._junction(node, last)
        if isinstance(node, From):
            return Ask(FROM, operand=node.latch, of=(self.build(node.condition, False),))
        if isinstance(node, Backlog):
            return self._backlog(node) if last else UNKNOWN
        if isinstance(node, CallableNode):
            return self.leaves.expression(node) or UNKNOWN
        return UNKNOWN

    @staticmethod
    def _never_yes(ask: Ask) -> Ask:
        """Return an Ask that says maybe where a node holds: actions run then, and the question has to be asked in full."""
        return ask if ask is UNKNOWN else Ask(AND, of=(ask, UNKNOWN))

    def _junction(self, node: Node, last: bool) -> Ask:
        children = node.children()
        both = isinstance(node, And)
        of: List[Ask] = []
        for at, child in enumerate(children):
            of.append(self.build(child, last and (both or at + 1 == len(children))))
            if _is_partial(of[-1]) and both:
                break  # only the full question knows whether the rest is asked at all
        return Ask(AND if both else OR, of=tuple(dearest_last(of)))

    def _backlog(self, node: Backlog) -> Ask:
        of = [self.build(node.condition, False)]
        if node.accept is not None:
            of.append(self.build(node.accept, False))
        if not _may_say_no(of[0]):
            return UNKNOWN
        frames = Frames(self.leaves, node)
        return Ask(BACKLOG, number=int(node.strip), operand=node.queue.events, ask=frames.about, of=tuple(of), leaf=frames.queue)


UNKNOWN = Ask(CONST, number=MAYBE)


class Frames:
    """Queues the events of one kind and code object for a Backlog, without Events."""

    def __init__(self, leaves: Leaves, backlog: Backlog) -> None:
        self.code = leaves.code
        self.about = leaves.facts, leaves.kind, backlog.keep
        self.run = leaves.around.run
        self.less = int(leaves.kind in (CALL, RETURN))
        self.backlog = backlog

    def queue(self, frame: FrameType, arg: Any, return_op: bool, accepted: bool) -> bool:
        """Queue an event of the code object; False: it is another code's."""
        if frame.f_code is not self.code:
            return False
        depth = levels(frame, self.run, MOST, self.less)
        if not accepted:
            self.backlog.put(None, depth)
            return True
        line = self.about[0].line(frame.f_lineno or 0)
        kept = self.backlog.keep(frame, arg) if self.backlog.keep is not None else None
        self.backlog.put((self.about, frame, return_op, frame.f_lasti, depth, self.run.count.calls, get_ident(), kept, line), depth)
        return True


def dearest_last(of: Sequence[Ask]) -> List[Ask]:
    """Put the counting of frames behind Asks that are cheaper. Nobody can tell the difference, for counting never raises."""
    left = list(of)
    for at in range(len(left) - 1, -1, -1):
        one = left[at]
        if one.what == DEPTH and one.total:
            to = at
            while to + 1 < len(left) and left[to + 1].what >= PLACE and left[to + 1].cheap:
                left[to], left[to + 1] = left[to + 1], left[to]
                to += 1
    return left


def _is_partial(ask: Ask) -> bool:
    """Report whether an Ask may fail to say no though its node does not hold, or does something."""
    return any(one.what in (FROM, BACKLOG) or one.what == CONST and one.number == MAYBE for one in _all(ask))


def _may_say_no(ask: Ask) -> bool:
    if ask.what == CONST:
        return ask.number == NO
    if ask.what == AND:
        return any(_may_say_no(one) for one in ask.of)
    if ask.what == OR:
        return bool(ask.of) and all(_may_say_no(one) for one in ask.of)
    if ask.what == NOT:
        return _may_say_yes(ask.of[0])
    if ask.what in (FROM, BACKLOG):
        return _may_say_no(ask.of[0])
    return True


def _may_say_yes(ask: Ask) -> bool:
    if ask.what == CONST:
        return ask.number == YES
    if ask.what == AND:
        return all(_may_say_yes(one) for one in ask.of)
    if ask.what == OR:
        return any(_may_say_yes(one) for one in ask.of)
    if ask.what == NOT:
        return _may_say_no(ask.of[0])
    return ask.what not in (FROM, BACKLOG)


def _all(ask: Ask) -> List[Ask]:
    found = [ask]
    for one in ask.of:
        found += _all(one)
    return found


# Without the accelerator: one function of all that is asked.

_SOURCE = """def screen(f, a=None, r=False):
    try:
        return %s
    except too_deep:
        raise
    except wrong as error:
        if is_foreign(error):
            raise
        return True
"""


def _compile(ask: Ask) -> Says:
    if ask.what == DEPTH and ask.total and ask.leaf is not None:
        return ask.leaf  # raises nothing, and takes what a screen takes
    names: Dict[str, Any] = {"__builtins__": {}, "too_deep": RecursionError, "wrong": Exception, "is_foreign": is_foreign}
    exec(compile(_SOURCE % _not_no(ask, names), "<tallyho>", "exec"), names)
    return names["screen"]  # type: ignore[no-any-return]


def _asked(text: str, names: Dict[str, Any]) -> Callable[[Any, Any], Any]:
    return eval(compile("lambda f, a: " + text, "<tallyho>", "eval"), {"__builtins__": {}, **names})  # type: ignore[no-any-return]


def _queuer(ask: Ask) -> Says:
    """Return a function that queues an event for which a Backlog's condition does not hold, and returns False then; True: ask in full."""
    names: Dict[str, Any] = {}
    not_no = [_not_no(one, names) for one in ask.of]
    may_hold, wanted, may_be_wanted = (_asked(text, names) for text in (not_no[0], *_both(ask.of[1:], names)))
    put: Any = ask.leaf

    def queue(frame: Any, arg: Any, return_op: bool) -> bool:
        if may_hold(frame, arg):
            return True
        accepted = wanted(frame, arg)
        if not accepted and may_be_wanted(frame, arg):
            return True
        return not put(frame, arg, return_op, accepted)

    return queue


def _both(of: Sequence[Ask], names: Dict[str, Any]) -> Tuple[str, str]:
    return (_yes(of[0], names), _not_no(of[0], names)) if of else ("True", "True")


def _constant(names: Dict[str, Any], value: Any) -> str:
    name = "k%d" % len(names)
    names[name] = value
    return name


def _not_no(ask: Ask, names: Dict[str, Any]) -> str:
    """Return a text whose value is true unless an Ask says no."""
    if ask.what == CONST:
        return "False" if ask.number == NO else "True"
    if ask.what in (AND, OR):
        return "(%s)" % (" and " if ask.what == AND else " or ").join(_not_no(one, names) for one in ask.of)
    if ask.what == NOT:
        return "(not %s)" % _yes(ask.of[0], names)
    if ask.what == FROM:
        return "(%s.on or %s)" % (_constant(names, ask.operand), _not_no(ask.of[0], names))
    if ask.what == BACKLOG:
        return "%s(f, a, r)" % _constant(names, _queuer(ask))
    return "%s(f, a)" % _constant(names, ask.leaf)


def _yes(ask: Ask, names: Dict[str, Any]) -> str:
    """Return a text whose value is true only if an Ask says yes."""
    if ask.what == CONST:
        return "True" if ask.number == YES else "False"
    if ask.what in (AND, OR):
        return "(%s)" % (" and " if ask.what == AND else " or ").join(_yes(one, names) for one in ask.of)
    if ask.what == NOT:
        return "(not %s)" % _not_no(ask.of[0], names)
    return "False" if ask.what in (FROM, BACKLOG) else "%s(f, a)" % _constant(names, ask.leaf)
