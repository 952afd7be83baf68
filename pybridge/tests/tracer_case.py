"""A trace function of the accelerator's, where there is no sys.monitoring, and what is followed with it."""

from __future__ import annotations

import os
import sys
import unittest
from types import FrameType
from typing import Any, Callable, Dict, List, Tuple

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base import extension

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")
HERE = os.path.abspath(__file__)


def branches(n: int) -> int:
    total = 0
    for i in range(n):
        if i % 2:
            total += 1
        else:
            total -= 1
    return total


def items(n: int) -> Any:
    for i in range(n):
        yield i


def uses(n: int) -> int:
    return sum(items(n))


def fails(n: int) -> int:
    try:
        raise ValueError(n)
    except ValueError:
        return n


@unittest.skipIf(hasattr(sys, "monitoring") or not NATIVE, "TALLYHO_TEST_NATIVE names no accelerator with a trace function")
class TracerCase(unittest.TestCase):
    """Tests of one Tracer, which tells Python of the functions in some files."""

    files: Tuple[str, ...] = (HERE,)  # whose functions are followed

    def setUp(self) -> None:
        self.module = extension.load(NATIVE)
        self.counters = memoryview(bytearray(8 * 64)).cast("Q")
        self.tracer: Any = self.module.Tracer(self.counters)
        self.seen: List[Tuple[str, str, int]] = []
        self.on_call: Callable[[FrameType], object] = lambda frame: None
        self.noted: List[Any] = []
        self.owed: Dict[int, Any] = {}
        self.tracer.bind(self.python, self.noted, self.owed)
        self.tracer.busy = False

    def python(self, frame: FrameType, kind: str, arg: Any) -> Any:
        if frame.f_code.co_filename not in self.files:
            return None
        self.seen.append((kind, frame.f_code.co_name, frame.f_lineno - frame.f_code.co_firstlineno))
        if kind == "call":
            self.on_call(frame)
        return self.tracer

    def run_under(self, function: Callable[..., Any], *args: Any, tracer: Any = None) -> List[Tuple[str, str, int]]:
        """Return what Python has seen of a function, and what it calls."""
        self.seen = []
        sys.settrace(tracer or self.tracer)
        try:
            (lambda: None)()  # the first event is Python's
            function(*args)
        finally:
            sys.settrace(None)
        return [one for one in self.seen if one[1] not in ("run_under", "<lambda>")]
