"""Making a tracepoint's tree of Nodes out of its JSON."""

from __future__ import annotations

from types import FrameType
from typing import Any, Callable, Dict, List, Mapping, Protocol, Sequence, Set, Union

from ..program import operands
from ..program.event import Event
from ..program.expressions import Expression, Refused, compile_callable
from ..program.failing import Failures
from ..program.lambdas import LocalsLambda, of_locals
from .actions import Action
from .nodes import TRUE, ActionNode, And, CallableNode, Node, Not, Or, Test, When
from .stateful import Backlog, From, Latch, Queue
from .surroundings import Surroundings

DEPTH_LIMIT = 200
"""Levels of a program's tree."""


class ExpressionNode(CallableNode):
    """An `expr` node: Python evaluated in the frame. Where a name is not bound it does not hold."""

    def __init__(self, expression: Union[Expression, LocalsLambda], failures: Failures) -> None:
        super().__init__(self._asked)
        self.expression = expression
        self.failures = failures

    def _asked(self, event: Event) -> Any:
        try:
            return self.expression.ask(event)
        except NameError:
            if self.is_unbound(event.frame):
                return False
            raise

    def is_unbound(self, frame: FrameType) -> bool:
        """Note the names that are not bound in a frame; False where there are none, or where that is a mistake."""
        names = self.expression.missing(frame)
        return bool(names) and self.failures.unbound(frame, names)


class PassesFilter(CallableNode):
    """Whether an exception passes the tracepoint's ExceptionFilter, or a call begins a function."""


class Built(Protocol):
    """What the tree is made for: a Tracepoint."""

    around: Surroundings
    failures: Failures
    latches: Dict[int, Latch]
    queues: Dict[int, Queue]
    referenced: Set[int]
    actions: List[Action]
    askers: List[ExpressionNode]

    def do(self, ids: Sequence[int]) -> Callable[[Event], bool]:
        """Return what runs those actions at an event."""


class Builder:
    """Makes Nodes of a Tracepoint's JSON."""

    def __init__(self, tracepoint: Built) -> None:
        self.tracepoint = tracepoint
        self.careful = tracepoint.around.careful

    def node(self, tree: Mapping[str, Any], level: int) -> Node:
        """Return the Node of a NODE (docs/wire.md): the method below that is named like its `op` makes it."""
        make = getattr(self, "_" + str(tree.get("op")), None)
        if make is None or level > DEPTH_LIMIT:
            raise operands.BadValue("predicate %r" % (tree.get("op"),))
        return make(tree, level + 1)  # type: ignore[no-any-return]

    def _true(self, tree: Mapping[str, Any], level: int) -> Node:
        return TRUE

    def _query(self, tree: Mapping[str, Any], level: int) -> Node:
        tests: List[Node] = []
        for field, operator, value in tree["tests"]:
            if field not in QUERY_FIELDS:
                raise operands.BadValue("field %r" % field)
            operand = operands.prepare(operator, operands.decode(value, self._operand), self.careful)
            tests.append(Test(field, operator, operand))
        return tests[0] if len(tests) == 1 else And(tests)

    def _operand(self, text: str) -> Any:
        if self.careful:
            raise Refused("no lambda may run here")
        return compile_callable(text)

    def _and(self, tree: Mapping[str, Any], level: int) -> Node:
        return And([self.node(child, level) for child in tree["of"]])

    def _or(self, tree: Mapping[str, Any], level: int) -> Node:
        return Or([self.node(child, level) for child in tree["of"]])

    def _not(self, tree: Mapping[str, Any], level: int) -> Node:
        return Not(self.node(tree["of"], level))

    def _when(self, tree: Mapping[str, Any], level: int) -> Node:
        return When(self.node(tree["if"], level), self.tracepoint.do([int(i) for i in tree["do"]]))

    def _action(self, tree: Mapping[str, Any], level: int) -> Node:
        return ActionNode(self.tracepoint.do([int(tree["do"])]))

    def _from(self, tree: Mapping[str, Any], level: int) -> Node:
        latch = self.tracepoint.latches.setdefault(int(tree["state"]), Latch())
        then = self.node(tree["then"], level) if tree.get("then") else None
        return From(latch, self.node(tree["if"], level), then, int(tree.get("watermark") or 0))

    def _backlog(self, tree: Mapping[str, Any], level: int) -> Node:
        point = self.tracepoint
        queue = point.queues.setdefault(int(tree["state"]), Queue(int(tree["size"])))
        at = int(tree["do"])
        point.referenced.add(at)
        action = point.actions[at]

        def deliver(event: Event, cleanup: bool, synthetic: bool) -> None:
            action.run(event, cleanup)

        freeze = action.printer.freeze if tree.get("vars") else None
        accept = self.node(tree["filter"], level) if tree.get("filter") else None
        condition = self.node(tree["if"], level)
        stack, strip = int(tree.get("stack", 10)), bool(tree.get("strip", True))
        return Backlog(queue, condition, stack, strip, freeze, deliver, accept)

    def _expr(self, tree: Mapping[str, Any], level: int) -> Node:
        return self._asker(Expression(str(tree["text"]), self.careful))

    def _asker(self, expression: Union[Expression, LocalsLambda]) -> ExpressionNode:
        asker = ExpressionNode(expression, self.tracepoint.failures)
        self.tracepoint.askers.append(asker)
        return asker

    def _lambda(self, tree: Mapping[str, Any], level: int) -> Node:
        if self.careful:
            raise Refused("no lambda may run here")
        text = str(tree["text"])
        call = compile_callable(text)
        looks = of_locals(text)
        return CallableNode(call, effects=True) if looks is None else self._asker(looks)


QUERY_FIELDS = frozenset(
    """kind function module filename lineno source fullsource stdlib depth calls arg locals globals builtin
    instruction threadid threadname path qualname name code function_object""".split()
)


__all__ = ["Builder", "ExpressionNode", "PassesFilter"]
