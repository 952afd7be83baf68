"""How long calls take: the clock runs from a call's first probe to its end, samples apart."""

from __future__ import annotations

import itertools
import os
import tempfile
import time
import unittest
from contextlib import ExitStack
from typing import Dict, Tuple
from unittest import mock

from tally_harness import MONITORING, Harness

from _tallyho.tally import codes, durations, frameevents, tally

NAP = 0.002
CLOCKED = (codes, durations, frameevents, tally)
"""The modules that look at the clock for what calls last."""

PROGRAM = """
import time
def nap(n):
    time.sleep(NAP)
    if n == 2:
        raise ValueError(n)
    return n
def fast(n):
    return n
def values(n):
    for i in range(n):
        yield i
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
async def wait(n):
    time.sleep(NAP)
    return n
def run(task):
    try:
        task.send(None)
    except StopIteration as end:
        return end.value
for n in range(4):
    try:
        nap(n)
    except ValueError:
        pass
    fast(n)
    list(values(n))
    run(wait(n))
fib(12)
for n in range(5000):
    fast(n)
"""


def timings(harness: Harness) -> Dict[str, Tuple[int, int, int]]:
    """Return function -> (calls timed, nanoseconds, calls that are sure)."""
    found: Dict[str, Tuple[int, int, int]] = {}
    spans = next(value["spans"] for kind, value in harness.records.written if kind == 6)
    source = next(value["source"] for kind, value in harness.records.written if kind == 6).split("\n")
    for kind, value in harness.records.written:
        if kind != 7 or "timed" not in value:
            continue
        for (span, slot), (same, nanos), (also, sure) in zip(value["timed"], value["nanos"], value["sure"]):
            assert span == same == also
            name = source[spans[span][0] - 1].partition("def ")[2].partition("(")[0]
            found[name] = harness.memory.counters[slot], harness.memory.counters[nanos], harness.memory.counters[sure]
    return found


@unittest.skipUnless(MONITORING, "calls are timed where statements are counted, from 3.12 on")
class Durations(unittest.TestCase):
    def run_program(self) -> Tuple[Dict[str, Tuple[int, int, int]], float]:
        with Harness(tally="values") as harness:
            began = time.perf_counter_ns()
            exec(compile(PROGRAM.replace("NAP", str(NAP)), self.write(), "exec"), {"__name__": "case"})
            lasted = time.perf_counter_ns() - began
        return timings(harness), lasted

    def write(self) -> str:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        path = os.path.join(directory.name, "case.py")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(PROGRAM.replace("NAP", str(NAP)))
        return path

    def test_calls_are_timed(self) -> None:
        found, lasted = self.run_program()
        for name in ("nap", "wait"):
            calls, nanos, sure = found[name]
            self.assertEqual((calls, sure), (4, 4), name)
            self.assertGreaterEqual(nanos, 4 * NAP * 1e9, name)  # sleep never takes less
        self.assertNotIn("values", found, "a generator's life is not its time")
        for name, (calls, nanos, _) in found.items():
            self.assertLessEqual(nanos, lasted * calls, name)

    def test_short_calls_are_not_sure(self) -> None:
        """Of a call of one statement the clock tells of the measurement.

        The clock is one that goes on by 100 ns with each look at it: on a busy machine, a short call truly lasts long now and then.
        """
        with ExitStack() as patched:
            clock = itertools.count(0, 100).__next__
            for module in CLOCKED:
                patched.enter_context(mock.patch.object(module, "perf_counter_ns", clock))
            found, _ = self.run_program()
        for name in ("fast", "fib"):
            calls, _, sure = found[name]
            self.assertLess(2 * sure, calls, name)

    def test_only_some_of_many(self) -> None:
        found, _ = self.run_program()
        self.assertGreater(found["fast"][0], 4)
        self.assertLess(found["fast"][0], 5004)


if __name__ == "__main__":
    unittest.main()
