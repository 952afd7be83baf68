"""Judges made-up events by the bridge's predicates, for a test of Tallyho's own evaluator to compare with.

Reads JSON lines {"program": NODE, "events": [{field: VALUE, …}, …]} and answers each with a line: for every event
[result, ids of the actions run] as the whole tree judges it, and as what is left of it once code and kind are known
does; "error" in the place of a result that raises, after which nothing more of that tree is judged.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Callable, Dict, List, Optional, Sequence, Set, Tuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))

from _tallyho.program import operands
from _tallyho.program.event import KINDS
from _tallyho.query.building import Builder
from _tallyho.query.nodes import compile_node

MOST_ACTIONS = 64


class File:
    def __init__(self, name: str) -> None:
        self.raw = self.shown = name


class Facts:
    def __init__(self, fields: Dict[str, Any]) -> None:
        self.code_name = self.qualname = fields["function"]
        self.file = File(fields["filename"])


class MadeUp:
    """An event that has only values."""

    frame = None
    builtin = False
    run = None

    def __init__(self, fields: Dict[str, Any]) -> None:
        self.__dict__.update(fields)
        self.fields = fields
        self.kind_number = KINDS.index(fields["kind"])
        self.facts = Facts(fields)

    def detach(self, value_filter: Optional[Callable[[Any], Any]]) -> "MadeUp":
        """As Event.detach: values are text, or gone."""
        arg, local = (
            (None, {})
            if value_filter is None
            else (repr(self.fields["arg"]), {name: repr(value) for name, value in self.fields["locals"].items()})
        )
        return MadeUp(dict(self.fields, arg=arg, locals=local, globals={}))

    def relative(self, depth: int, calls: int) -> "MadeUp":
        return MadeUp(dict(self.fields, depth=self.fields["depth"] - depth, calls=self.fields["calls"] - calls))


class Around:
    careful = False


class Doing:
    """An action that only notes what it was given."""

    freeze = staticmethod(repr)

    def __init__(self, point: "Point", number: int) -> None:
        self.printer = self
        self.point = point
        self.number = number

    def run(self, event: Any, cleanup: bool) -> None:
        at = event.fields
        self.point.ran.append(
            "%d %s %s:%d depth %d arg %s" % (self.number, at["kind"], at["function"], at["lineno"], at["depth"], at["arg"])
        )


class Point:
    """What a Builder needs of a Tracepoint; remembers which actions ran."""

    def __init__(self) -> None:
        self.around = Around()
        self.latches: Dict[int, Any] = {}
        self.queues: Dict[int, Any] = {}
        self.referenced: Set[int] = set()
        self.actions = [Doing(self, number) for number in range(MOST_ACTIONS)]
        self.ran: List[str] = []

    def do(self, ids: Sequence[int]) -> Callable[[Any], bool]:
        def run(event: Any) -> bool:
            for number in ids:
                self.actions[number].run(event, False)
            return True

        return run


class Known:
    """What is known of an event before it happens: its code and its kind."""

    def __init__(self, fields: Dict[str, Any]) -> None:
        self.forms = {name: (fields[name],) for name in ("function", "module", "filename", "stdlib", "kind")}
        self.forms["kind_number"] = (KINDS.index(fields["kind"]),)

    def get(self, name: str) -> Optional[Tuple[Any, ...]]:
        return self.forms.get(name)


def judge(program: Any, events: List[Dict[str, Any]]) -> List[Any]:
    """Judge events one after the other, both ways."""
    direct, staged = Point(), Point()
    whole = compile_node(Builder(direct).node(program, 0))  # type: ignore[arg-type]
    tree = Builder(staged).node(program, 0)  # type: ignore[arg-type]
    answers = []
    for wire in events:
        fields = {name: operands.decode(value, _no_lambda) for name, value in wire.items()}
        direct.ran, staged.ran = [], []
        try:
            result: Any = bool(whole(MadeUp(fields)))
        except Exception as error:
            answers.append(["error", type(error).__name__])
            break
        left = compile_node(tree.simplify(Known(fields)))
        answers.append([result, direct.ran, bool(left(MadeUp(fields))), staged.ran])
    return answers


def _no_lambda(text: str) -> Any:
    raise operands.BadValue("no lambda here")


def main() -> None:
    for line in sys.stdin:
        case = json.loads(line)
        print(json.dumps(judge(case["program"], case["events"])))


if __name__ == "__main__":
    main()
