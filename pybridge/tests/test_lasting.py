"""Counting lasts: through the recursion limit, and where signal handlers raise. The programs count for themselves, by what calls nothing."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import textwrap
import threading
import unittest
from types import SimpleNamespace
from typing import Any, Dict, List, Tuple

import farend
from size import FIRST, sized
from tally_harness import MONITORING, NATIVE
from test_tally_bridge import hits

from _tallyho.events.keeptracing import MissedEvents
from _tallyho.tally.lines import LineCounters

PROGRAMS = sized(12)

STEPS = (
    "f%(next)d(k + 1)",
    "list(map(f%(next)d, [k + 1]))",
    "(lambda: f%(next)d(k + 1))()",
    "sorted([k + 1], key=f%(next)d)",
    "Deep(f%(next)d, k + 1).value",
    "next(each(f%(next)d, k + 1))",
    "getattr(Deep(f%(next)d, k + 1), 'other')",
    "[f%(next)d(k + 1) for _ in (0,)]",
)
BODIES = (
    """
    def f%(at)d(k):
        n[%(a)d] += 1
        x = %(step)s
        n[%(b)d] += 1
        return x
    """,
    """
    def f%(at)d(k):
        n[%(a)d] += 1
        try:
            x = %(step)s
        except RecursionError:
            n[%(b)d] += 1
            x = k
        n[%(c)d] += 1
        return x
    """,
    """
    def f%(at)d(k):
        try:
            n[%(a)d] += 1
            return %(step)s
        finally:
            n[%(b)d] += 1
    """,
    """
    def f%(at)d(k):
        for one in range(2):
            n[%(a)d] += 1
            if one:
                x = %(step)s
                n[%(b)d] += 1
        return k
    """,
)
HEAD = """
import json, sys, threading
n = [0] * 100
class Deep:
    def __init__(self, function, k):
        n[90] += 1
        self.function, self.k = function, k
        n[91] += 1

    @property
    def value(self):
        n[92] += 1
        return self.function(self.k)

    def __getattr__(self, name):
        n[93] += 1
        return self.function(self.k)

def each(function, k):
    n[94] += 1
    yield function(k)
    n[95] += 1
"""
TAIL = """
def main():
    for start in %(starts)s:
        n[80] += 1
        try:
            start(0)
            n[81] += 1
        except RecursionError:
            n[82] += 1
        for i in range(5):
            n[83] += 1

main()
thread = threading.Thread(target=main)
thread.start()
thread.join()
n[84] += 1
print(json.dumps(n))
"""

SIGNALS = """
import json, random, signal, sys
n = [0] * 100
class Timeout(Exception):
    pass

def ring(*_):
    raise Timeout

def inner(k):
    for i in range(k):
        n[0] += 1
    return k

def work():
    for _ in range(3000):                           # and not for ever: an interpreter may lose what a handler raises
        n[1] += 1
        inner(3)
        for one in (inner(i) for i in range(3)):
            n[2] += 1
        [inner(i) for i in range(2)]

signal.signal(signal.SIGALRM, ring)
r = random.Random(%d)
while n[3] < 60:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0002 + r.random() / 500)
        work()
    except Timeout:
        n[3] += 1
        m = 0
        while m < 3:
            n[4] += 1
            m += 1
    n[5] += 1

def after(k):
    n[6] += 1
    return k
for i in range(7):
    n[7] += 1
    after(i)
print(json.dumps(n))
"""


def program(seed: int) -> str:
    """Return a program whose functions call each other until the limit."""
    choice = random.Random(seed)
    number = choice.randint(1, 4)
    parts = [HEAD]
    for at in range(number):
        body = choice.choice(BODIES if at == 0 or seed % 3 else BODIES[:1])
        step = choice.choice(STEPS) % {"next": choice.randrange(number) if choice.random() < 0.2 else (at + 1) % number}
        parts.append(textwrap.dedent(body) % {"at": at, "step": step, "a": 4 * at, "b": 4 * at + 1, "c": 4 * at + 2})
    return "".join(parts) + TAIL % {"starts": "(%s,)" % ", ".join("f%d" % choice.randrange(number) for _ in range(2))}


class NotedEvents(unittest.TestCase):
    """What was noted near the recursion limit is counted by the thread that has room first; another may come meanwhile."""

    def test_one_thread_counts_at_a_time(self) -> None:
        """A frame's events are counted as they were, and in their order."""
        counted: List[Tuple[str, int, int]] = []

        def count(then: Any, kind: str, arg: Any) -> None:
            if not counted:  # another thread has an event now
                other = threading.Thread(target=missed.settle)
                other.start()
                other.join()
            counted.append((kind, then.f_lineno, then.f_lasti))

        missed = MissedEvents(count)
        frame = sys._getframe()
        told = [("call", 1, -1), ("line", 2, 4), ("line", 3, 8), ("return", 3, 10)]
        missed.noted += [(frame, kind, line, at, None) for kind, line, at in told]
        missed.settle()
        self.assertEqual(counted, told)
        self.assertEqual((missed.noted, missed.frames), ([], {}))

    def test_the_end_waits_for_its_turn(self) -> None:
        counted: List[str] = []
        missed = MissedEvents(lambda then, kind, arg: counted.append(kind))
        missed.noted.append((sys._getframe(), "return", 2, 4, None))
        missed.turn.acquire()
        missed.settle()
        self.assertEqual(counted, [])
        threading.Timer(0.05, missed.turn.release).start()
        missed.settle(farend.DEADLINE)
        self.assertEqual(counted, ["return"])

    def test_what_fails_leaves_the_turn(self) -> None:
        def count(then: Any, kind: str, arg: Any) -> None:
            raise RecursionError

        missed = MissedEvents(count)
        for _ in range(2):
            missed.noted.append((sys._getframe(), "line", 2, 4, None))
            self.assertRaises(RecursionError, missed.settle)
            self.assertEqual(missed.noted, [])

    def test_a_forked_child_has_none(self) -> None:
        counted: List[str] = []
        missed = MissedEvents(lambda then, kind, arg: counted.append(kind))
        missed.noted.append((sys._getframe(), "line", 2, 4, None))
        missed.turn.acquire()  # by a thread that the child does not have
        missed.restart()
        missed.noted.append((sys._getframe(), "return", 2, 4, None))
        missed.settle()
        self.assertEqual(counted, ["return"])


class Lasting(unittest.TestCase):
    """A count is what the program counts itself."""

    def counted(self, text: str, **config: Any) -> Tuple[List[int], Dict[str, int]]:
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "prog.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            outcome = farend.run("script", path, config=config, address={"native": NATIVE})
            self.assertEqual((outcome.code, outcome.err), (0, ""))
            self.said = [message["text"] for message in outcome.peers[0].messages if message["t"] in ("notice", "doubt")]
            return json.loads(outcome.out), hits(outcome.peers[0], outcome.decoder)

    def test_the_recursion_limit(self) -> None:
        for seed in range(FIRST, FIRST + PROGRAMS):
            text = program(seed)
            own, found = self.counted(text, tally=("counts", "values")[seed % 2])
            self.assertEqual([text for text in self.said if not MONITORING or "recursion limit" not in text], [])
            bounds = any("was not counted" in text for text in self.said)  # there is no room to wait for a turn
            self.assertFalse(bounds and not farend.FREE_THREADED)
            for number, count in enumerate(own):
                statement = "n[%d] += 1" % number
                if statement in text:
                    if bounds and found.get(statement, 0) <= count:
                        continue
                    self.assertEqual(found.get(statement, 0), count, "seed %d: %s\n%s" % (seed, statement, text))

    @unittest.skipUnless(hasattr(__import__("signal"), "setitimer"), "needs timers")
    def test_signal_handlers_that_raise(self) -> None:
        """A statement that one interrupts has begun, and need not be over; those that nothing interrupts are exact."""
        for seed in range(FIRST, FIRST + PROGRAMS // 6):
            own, found = self.counted(SIGNALS % seed, tally=("counts", "values")[seed % 2])
            for number in (3, 4, 5, 6, 7) if not self.said else ():
                self.assertEqual(found.get("n[%d] += 1" % number, 0), own[number], number)
            for number in (0, 1, 2):
                self.assertLessEqual(
                    abs(found.get("n[%d] += 1" % number, 0) - own[number]), own[3] if not self.said else own[number], number
                )


class Adding(unittest.TestCase):
    """What counts a line, called by itself."""

    def setUp(self) -> None:
        self.counters = memoryview(bytearray(64)).cast("Q")
        self.lines: Any = LineCounters.__new__(LineCounters)
        self.lines.steps, self.lines.native = {}, None
        self.lines.counting = SimpleNamespace(counters=self.counters)

    @unittest.skipUnless(hasattr(signal, "setitimer"), "needs timers")
    def test_a_handler_that_raises_leaves_nothing_taken(self) -> None:
        class Rung(Exception):
            pass

        def ring(*_: Any) -> None:
            raise Rung

        before = signal.signal(signal.SIGALRM, ring)
        begun = rung = 0
        try:
            while rung < 400:
                try:
                    signal.setitimer(signal.ITIMER_REAL, 0.0001)
                    while True:
                        begun += 1
                        self.lines.add(0)
                except Rung:
                    rung += 1
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        thread = threading.Thread(target=self.lines.add, args=(0,), daemon=True)
        thread.start()
        thread.join(farend.DEADLINE)
        self.assertFalse(thread.is_alive())
        self.assertLessEqual(abs(self.counters[0] - begun), rung + 1)

    @unittest.skipIf(farend.FREE_THREADED, "what counts there has its turn, which nobody takes here")
    def test_threads(self) -> None:
        def adds() -> None:
            for _ in range(20_000):
                self.lines.add(1)

        interval = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            threads = [threading.Thread(target=adds) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(interval)
        self.assertEqual(self.lines.add(1), 60_001)


class Taken(unittest.TestCase):
    """Where the program has a trace function of its own."""

    @unittest.skipIf(MONITORING, "sys.monitoring is beside it, from 3.12 on")
    def test_it_is_said(self) -> None:
        for main in ("sys.settrace(None)\nf()\n", "sys.settrace(lambda *_: None)\nf()\nsys.settrace(None)\nf()\n"):
            with tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "prog.py")
                with open(path, "w", encoding="utf-8") as file:
                    file.write("import sys\ndef f():\n    return 1\nf()\n" + main)
                outcome = farend.run("script", path, config={"tally": "counts"})
                self.assertEqual((outcome.code, outcome.err), (0, ""))
                self.assertIn("lower bounds", outcome.message("doubt")["text"])

    @unittest.skipIf(MONITORING, "sys.monitoring is beside it, from 3.12 on")
    def test_the_main_thread_is_taken_back(self) -> None:
        """Not at once, but while it runs on."""
        text = (
            "import sys, time\nsys.settrace(None)\ndef f():\n    return 1\nend = time.monotonic() + 20\n"
            "while sys.gettrace() is None and time.monotonic() < end:\n    f()\nn = f()\nn = 2\n"
        )
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "prog.py")
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
            outcome = farend.run("script", path, config={"tally": "counts"})
            self.assertEqual((outcome.code, outcome.err), (0, ""))
            self.assertEqual(hits(outcome.peers[0], outcome.decoder)["n = 2"], 1)
            self.assertIn("lower bounds", outcome.message("doubt")["text"])


if __name__ == "__main__":
    unittest.main()
