"""The tree of a query: what is decided once, and what is left to ask at each event.

A Node is simplified in three steps, as facts become known: of a code object, of
a kind of event in it, of a line. Simplifying never loses an effect (an action,
the latch of From, the queue of Backlog). What is left is emitted as the text of
one flat Python expression whose constants are arguments, never text.
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Protocol, Sequence, Tuple

from ..program.operands import COMPARE


class Known(Protocol):
    """What is known of an event so far."""

    def get(self, field: str) -> Optional[Tuple[Any, ...]]:
        """Return the forms of a field's value (`filename` and `name` have several, any may hold); None: not known."""


PROGRAM_VALUES = frozenset(["arg", "locals", "globals", "function_object"])


class Emitter:
    """Collects the constants of one residual."""

    def __init__(self) -> None:
        self.constants: Dict[str, Any] = {}

    def constant(self, value: Any) -> str:
        """Return the name by which the residual finds a value."""
        for name, known in self.constants.items():
            if known is value:
                return name
        name = "k%d" % len(self.constants)
        self.constants[name] = value
        return name


class Node:
    """A predicate. `effects`: it must be asked even where its answer no longer matters."""

    effects = False

    def simplify(self, known: Known) -> "Node":
        """Return what is left of it once those facts are known."""
        return self

    def emit(self, out: Emitter) -> str:
        """Return its Python expression over the event `e`."""
        raise NotImplementedError

    def children(self) -> Sequence["Node"]:
        """Return its parts."""
        return ()

    def fields(self) -> List[str]:
        """Return the fields that this node asks about, those of its children left out."""
        return []


class Const(Node):
    """True or False."""

    def __init__(self, value: bool) -> None:
        self.value = value

    def emit(self, out: Emitter) -> str:
        return "True" if self.value else "False"


TRUE, FALSE = Const(True), Const(False)

_SYMBOLS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}


class Test(Node):
    """One criterion: field, operator, operand."""

    def __init__(self, field: str, operator: str, operand: Any) -> None:
        self.field = field
        self.operator = operator
        self.operand = operand
        self.compare = COMPARE[operator]

    def simplify(self, known: Known) -> Node:
        forms = known.get(self.field)
        if forms is None:
            return self
        try:
            return TRUE if any(self.holds(form) for form in forms) else FALSE
        except Exception:
            return self  # it fails at the event, where the failure has a place

    def holds(self, actual: Any) -> bool:
        """Judge a value of a builtin type, as Python would."""
        operator, operand = self.operator, self.operand
        if operator == "eq":
            return not actual != operand
        if operator == "in":
            return bool(actual in operand)
        if operator == "contains":
            return bool(operand in actual)
        if operator == "startswith":
            return bool(actual.startswith(operand))
        if operator == "endswith":
            return bool(actual.endswith(operand))
        return self.compare(actual, operand)

    def emit(self, out: Emitter) -> str:
        field, k = "e." + self.field, out.constant(self.operand)
        if self.field in PROGRAM_VALUES:
            return "%s(%s, %s)" % (out.constant(self.compare), field, k)
        if self.field in ("filename", "name"):
            return "any_form(%s, e)" % out.constant(self)
        if self.operator == "eq":
            return "%s == %s" % (field, k)
        if self.operator == "in":
            return "%s in %s" % (field, k)
        if self.operator == "contains":
            return "%s in %s" % (k, field)
        if self.operator in ("startswith", "endswith"):
            return "%s.%s(%s)" % (field, self.operator, k)
        if self.operator == "regex":
            return "%s(%s) is not None" % (out.constant(self.operand.match), field)
        return "%s %s %s" % (field, _SYMBOLS[self.operator], k)

    def fields(self) -> List[str]:
        return [self.field]


def any_form(test: Test, event: Any) -> bool:
    """Judge a field that has several forms, any of which may hold."""
    return any(test.holds(form) for form in forms_of(test.field, event.facts))


def forms_of(field: str, facts: Any) -> Tuple[Any, ...]:
    """Return the forms in which a code object's field may be meant."""
    if field == "filename":
        file = facts.file
        raw = file.raw
        return (file.shown,) if raw == file.shown else (file.shown, raw)
    if field == "name":
        parts = facts.qualname.split(".")
        return tuple(dict.fromkeys([facts.code_name] + [".".join(parts[at:]) for at in range(len(parts))]))
    raise KeyError(field)


class Junction(Node):
    """And, Or: short-circuit from left to right."""

    word = ""
    stopper: Const
    neutral: Const

    def __init__(self, of: Sequence[Node]) -> None:
        self.of = tuple(of)
        self.effects = any(node.effects for node in self.of)

    def simplify(self, known: Known) -> Node:
        left: List[Node] = []
        for node in self.of:
            node = node.simplify(known)
            if isinstance(node, Const) and node.value == self.neutral.value:
                continue
            left.append(node)
            if isinstance(node, Const):
                break
        if left and isinstance(left[-1], Const):
            # What comes before is asked for its effects alone.
            while len(left) > 1 and not left[-2].effects:
                del left[-2]
        if not left:
            return self.neutral
        if len(left) == 1:
            return left[0]
        if len(left) == len(self.of) and all(a is b for a, b in zip(left, self.of)):
            return self
        return type(self)(left)

    def emit(self, out: Emitter) -> str:
        return "(%s)" % (" %s " % self.word).join(node.emit(out) for node in self.of) if self.of else self.neutral.emit(out)

    def children(self) -> Sequence[Node]:
        return self.of


class And(Junction):
    """All must hold."""

    word, stopper, neutral = "and", FALSE, TRUE


class Or(Junction):
    """One must hold."""

    word, stopper, neutral = "or", TRUE, FALSE


class Not(Node):
    """Holds where its child does not."""

    def __init__(self, of: Node) -> None:
        self.of = of
        self.effects = of.effects

    def simplify(self, known: Known) -> Node:
        of = self.of.simplify(known)
        if isinstance(of, Const):
            return FALSE if of.value else TRUE
        return self if of is self.of else Not(of)

    def emit(self, out: Emitter) -> str:
        return "(not %s)" % self.of.emit(out)

    def children(self) -> Sequence[Node]:
        return (self.of,)


Do = Callable[[Any], Any]
"""Something done at an event: runs the actions of one node. Its answer is true."""


class When(Node):
    """Runs actions where a condition holds, and answers what the condition does."""

    effects = True

    def __init__(self, condition: Node, do: Do) -> None:
        self.condition = condition
        self.do = do

    def simplify(self, known: Known) -> Node:
        condition = self.condition.simplify(known)
        if condition is FALSE or isinstance(condition, Const) and not condition.value:
            return FALSE
        return self if condition is self.condition else When(condition, self.do)

    def emit(self, out: Emitter) -> str:
        run = "%s(e)" % out.constant(self.do)
        if isinstance(self.condition, Const):
            return run
        return "(%s and %s)" % (self.condition.emit(out), run)

    def children(self) -> Sequence[Node]:
        return (self.condition,)


class ActionNode(Node):
    """An action in the place of a predicate: it runs, and does not hold."""

    effects = True

    def __init__(self, do: Do) -> None:
        self.do = do

    def emit(self, out: Emitter) -> str:
        return "(not %s(e))" % out.constant(self.do)


class CallableNode(Node):
    """A callable of the event: a compiled expression, or a lambda."""

    def __init__(self, ask: Callable[[Any], Any], effects: bool = False) -> None:
        self.ask = ask
        self.effects = effects

    def emit(self, out: Emitter) -> str:
        return "%s(e)" % out.constant(self.ask)


_compiled: Dict[str, Any] = {}
_COMPILED_LIMIT = 2000


def compile_node(node: Node) -> Callable[[Any], Any]:
    """Return the function of one event that asks what is left."""
    out = Emitter()
    text = "lambda e: " + node.emit(out)
    code = _compiled.get(text)
    if code is None:
        code = compile(text, "<tallyho>", "eval")
        if len(_compiled) < _COMPILED_LIMIT:
            _compiled[text] = code
    names = {"__builtins__": {}, "any_form": any_form}
    names.update(out.constants)
    return eval(code, names)  # type: ignore[no-any-return]


def walk(node: Optional[Node]) -> List[Node]:
    """Return a tree's nodes, the root first."""
    if node is None:
        return []
    found = [node]
    for child in node.children():
        found += walk(child)
    return found
