"""What Tallyho sends is read whatever it is: a tracepoint that makes no sense is refused, and nothing else happens.

TALLYHO_FUZZ_SECONDS makes it go on that long with other seeds.
"""

from __future__ import annotations

import copy
import os
import random
import sys
import time
import unittest
from typing import Any, Dict, List

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from size import sized

from _tallyho.base.locate import CodeLines
from _tallyho.program.event import RunState
from _tallyho.program.fields import SourceIndex
from _tallyho.query.tracepointtable import TracepointTable
from _tallyho.tally.inline import Columns

SECONDS = float(os.environ.get("TALLYHO_FUZZ_SECONDS", "0"))
ROUNDS = sized(2000)

LEAVES: List[Any] = [
    None, True, False, 0, -1, 7, 2**70, 1.5, "", "kind", "eq", "in", "regex", "(", "lambda e: 1", "lambda:", "x +", "\udc80", "function", "call", "(a+)+$",
    "Call" * 50, [], {}, [[]], {"int": "x"}, {"int": "9" * 5000}, {"float": "nan"}, {"re": ["(", 0]}, {"re": ["a", -1]}, {"bytes": "!"}, {"str": "/w=="},
    {"list": [1]}, {"set": [[1]]}, {"set": [{"list": []}]}, {"dict": [[{"list": []}, 1]]}, {"dict": [1]}, {"lambda": "lambda e: e"}, {"lambda": "import os"},
    {"builtin": "exec"}, {"builtin": "__import__"}, {"builtin": 5}, {"ellipsis": 1}, {"complex": ["1"]}, {"tuple": 5}, {"unheard": 1}, {"a": 1, "b": 2},
]  # fmt: skip

GOOD: Dict[str, Any] = {
    "id": 1,
    "program": {"op": "when", "if": {"op": "and", "of": [
        {"op": "query", "tests": [["function", "eq", "f"], ["lineno", "in", {"list": [1, 2]}], ["module", "regex", "a.*"], ["arg", "gt", 1]]},
        {"op": "or", "of": [{"op": "not", "of": {"op": "true"}}, {"op": "expr", "text": "n > 1"}, {"op": "lambda", "text": "lambda e: e.depth"}]},
        {"op": "from", "state": 1, "if": {"op": "true"}, "then": {"op": "query", "tests": [["depth", "lt", 3]]}, "watermark": 0},
        {"op": "backlog", "state": 2, "if": {"op": "true"}, "size": 5, "stack": 3, "vars": True, "strip": True, "do": 0, "filter": {"op": "true"}},
        {"op": "action", "do": 1},
    ]}, "do": [0, 1]},
    "actions": [{"id": 0, "kind": "CallPrinter", "repr": "safe_repr", "repr_limit": 100}, {"id": 1, "kind": "VarsPrinter", "names": ["a", "b.c"]},
                {"id": 2, "kind": "Log", "slots": [["a", "r", ">5"]]}, {"id": 3, "kind": "StackPrinter", "depth": 3}, {"id": 4, "kind": "Debugger", "klass": "pdb.Pdb", "options": [["a", 1]]},
                {"id": 5, "kind": "Call", "text": "lambda e: None"}],
    "locate": {"path": "/nowhere.py", "line": 3}, "hit": {"op": "%", "n": 2}, "limits": {"errors": 3}, "profile": False,
}  # fmt: skip


def places(tree: Any) -> List[Any]:
    """Return (container, key) of all that is in a tree."""
    found: List[Any] = []
    todo = [tree]
    while todo:
        one = todo.pop()
        for key in list(one) if isinstance(one, dict) else range(len(one)) if isinstance(one, list) else ():
            found.append((one, key))
            todo.append(one[key])
    return found


def spoil(chance: random.Random, spec: Any) -> Any:
    """Change a few places of a tracepoint."""
    spec = copy.deepcopy(spec)
    for _ in range(chance.randint(1, 4)):
        container, key = chance.choice(places(spec) or [(spec, "id")])
        how = chance.randrange(4)
        if how == 0:
            container[key] = copy.deepcopy(chance.choice(LEAVES))
        elif how == 1:
            container.pop(key)
        elif how == 2:
            container[key] = copy.deepcopy(chance.choice(places(GOOD))[0])
        elif isinstance(container[key], str):
            text = container[key]
            at = chance.randint(0, len(text))
            container[key] = text[:at] + chance.choice(["(", "[", "'", "\x00", "é", " ", "not", ""]) + text[at + chance.randint(0, 3) :]
    return spec


def deep(levels: int) -> Dict[str, Any]:
    """A tree of nots."""
    tree: Dict[str, Any] = {"op": "true"}
    for _ in range(levels):
        tree = {"op": "not", "of": tree}
    return {"id": 1, "program": tree, "actions": []}


class Nobody:
    """Records that go nowhere."""

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **more: 1


def use(spec: Any) -> TracepointTable:
    """Arm a tracepoint, plan with it and judge an event by it."""
    lines = CodeLines()
    table = TracepointTable(SourceIndex(os.getcwd()), Nobody(), RunState(), {}, lines, Columns(lines))  # type: ignore[arg-type]
    table.change(1, [spec], [])
    frame = sys._getframe()
    plan = table.see(frame.f_code, frame.f_globals)
    for kind in range(4):
        table.deliver(plan.entries[kind], kind, frame, plan.facts, None, False)
    table.entries_at(plan, frame.f_lineno, frame)
    for status in table.statuses(False):
        assert status["state"] in ("armed", "pending", "disarmed"), status
    return table


class PlanDecoder(unittest.TestCase):
    def test_what_is_good_is_taken(self) -> None:
        point = next(iter(use(dict(GOOD, locate=None)).tracepoints.values()))
        self.assertNotIn("cannot read", point.message)

    def test_random(self) -> None:
        end = time.monotonic() + SECONDS
        seed, refused = 0, 0
        while seed < ROUNDS or time.monotonic() < end:
            spec = spoil(random.Random(seed), GOOD)
            with self.subTest(seed=seed, spec=spec):
                points = list(use(spec).tracepoints.values())
                refused += not points or not points[0].active
            seed += 1
        self.assertGreater(refused, seed // 10, "so few are refused that little is tried")

    def test_deep_and_odd(self) -> None:
        for spec in (
            deep(100),
            deep(400),
            deep(5000),
            {},
            {"id": "x"},
            {"id": 1, "program": []},
            {"id": 1, "program": {"op": "__init__"}},
            {"id": 1, "actions": 5},
        ):
            with self.subTest(keys=sorted(spec)):
                use(spec)


if __name__ == "__main__":
    unittest.main()
