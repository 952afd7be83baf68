"""One callback at a time where there is no GIL. What takes the turn is tried on every Python: a callback that lets others in."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
import unittest
from _thread import RLock
from typing import Any, List
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base import guest, turns

TURN = "import sys, threading, time\nsys.path.insert(0, %r)\nfrom _tallyho.base.turns import Turn\nturn = Turn()\n" % os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))
)


def together(work: Any, threads: int = 8) -> None:
    running = [threading.Thread(target=work) for _ in range(threads)]
    for one in running:
        one.start()
    for one in running:
        one.join()


@unittest.skipUnless(hasattr(RLock, "_recursion_count"), "of Pythons that may have no GIL")
class Turns(unittest.TestCase):
    def setUp(self) -> None:
        self.turn = turns.Turn()
        before = guest.leaving[0], guest.too_deep[0]
        self.addCleanup(lambda: (guest.leaving.__setitem__(0, before[0]), guest.too_deep.__setitem__(0, before[1])))
        guest.leaving[0] = False

    def test_nobody_comes_between(self) -> None:
        counts = [0, 0]

        def count(which: int) -> None:
            found = counts[which]
            time.sleep(0)
            counts[which] = found + 1

        in_turn = self.turn.gives(count)

        def work() -> None:
            for _ in range(300):
                in_turn(0)

        together(work)
        self.assertEqual(counts[0], 2400)

    def test_it_may_be_taken_again_inside(self) -> None:
        inner = self.turn.gives(lambda: "inner")
        self.assertEqual(self.turn.gives(lambda: inner() + inner())(), "innerinner")
        self.assertFalse(self.turn.lock._is_owned())

    def test_too_deep_to_begin_is_not_told_and_lets_go_of_nothing(self) -> None:
        def too_deep() -> int:
            raise RecursionError

        inner = self.turn.gives(lambda: self.fail("it was too deep"))
        held: List[int] = []

        def outer() -> None:
            with mock.patch.object(turns, "reader_ident", too_deep):
                self.assertIsNone(inner())
            held.append(self.turn.lock._recursion_count())

        before = guest.too_deep[0]
        self.turn.gives(outer)()
        self.assertEqual((held, self.turn.lock._recursion_count(), guest.too_deep[0]), ([1], 0, before + 1))

    def test_what_is_raised_passes(self) -> None:
        for error in (KeyboardInterrupt(), ValueError("program's"), SystemExit(3)):

            def fails() -> None:
                raise error

            with self.assertRaises(type(error)) as caught:
                self.turn.gives(fails)()
            self.assertIs(caught.exception, error)
            self.assertTrue(guest.leaving[0])
            self.assertFalse(self.turn.lock._is_owned())

    def test_the_recursion_limit_is_counted(self) -> None:
        def fails() -> None:
            raise RecursionError

        deep = guest.too_deep[0]
        self.assertIsNone(self.turn.gives(fails)())
        self.assertEqual(guest.too_deep[0], deep + 1)
        guest.leaving[0] = True  # it goes into the program: counting.py
        self.assertRaises(RecursionError, self.turn.gives(fails))
        self.assertFalse(self.turn.lock._is_owned())

    def test_who_stands_still_lets_others_in(self) -> None:
        others: List[str] = []
        done = threading.Event()
        other = threading.Thread(target=self.turn.gives(lambda: (others.append("came"), done.set())))

        def wait() -> None:
            others.append("came" if done.wait(30) else "nobody")

        def stop() -> None:
            other.start()
            self.turn.away(wait)
            self.assertTrue(self.turn.lock._is_owned())

        inner = self.turn.gives(stop)
        self.turn.gives(lambda: inner())()
        other.join()
        self.assertEqual(others, ["came", "came"])
        self.turn.away(lambda: others.append("outside"))
        self.assertEqual(others[-1], "outside")

    def test_the_readers_thread_waits_for_nobody(self) -> None:
        before = guest.reader_ident()
        self.addCleanup(guest.set_reader_ident, before)
        seen: List[str] = []
        inner = self.turn.gives(lambda: seen.append("reader"))

        def reader() -> None:
            guest.set_reader_ident(threading.get_ident())
            inner()

        def callback() -> None:
            thread = threading.Thread(target=reader)
            thread.start()
            thread.join()

        self.turn.gives(callback)()
        self.assertEqual(seen, ["reader"])

    def test_the_frame_is_the_programs(self) -> None:
        def helper() -> Any:
            return turns._frame_above(2).f_code

        def callback() -> Any:
            return turns._frame_above(1).f_code, helper()

        def program() -> Any:
            return self.turn.gives(callback)()

        self.assertEqual(program(), (program.__code__, program.__code__))

    @staticmethod
    def said(text: str) -> str:
        done = subprocess.run([sys.executable, "-c", TURN + text], stdout=subprocess.PIPE, timeout=60, universal_newlines=True)
        assert done.returncode == 0
        return done.stdout.strip()

    @unittest.skipUnless(hasattr(os, "fork"), "no fork")
    def test_a_forked_child_waits_for_no_thread_of_its_parents(self) -> None:
        text = """import os, warnings
warnings.simplefilter("ignore")
has, may_end = threading.Event(), threading.Event()
other = threading.Thread(target=turn.gives(lambda: (has.set(), may_end.wait())))
other.start()
has.wait()
child = os.fork()
if child == 0:
    turn.gives(lambda: os._exit(5))()
print(os.waitpid(child, 0)[1] >> 8)
may_end.set()
other.join()
"""
        self.assertEqual(self.said(text), "5")

    def test_the_end_waits_for_no_thread_that_stays_where_it_is(self) -> None:
        text = """has = threading.Event()
threading.Thread(target=turn.gives(lambda: (has.set(), time.sleep(1000))), daemon=True).start()
has.wait()
import os
class Late:
    def __init__(self, seen=turn.gives(os.write)):
        self.seen = seen
    def __del__(self):
        self.seen(1, b"late")
import types
sys.modules["ends"] = types.ModuleType("ends")
sys.modules["ends"].late = Late()
"""
        self.assertEqual(self.said(text), "late")


class Here(unittest.TestCase):
    def test_callbacks_are_as_they_were_with_the_gil(self) -> None:
        from _tallyho.base.behaviour import FREE_THREADED

        def callback() -> None:
            pass

        self.assertEqual(turns.in_turn(callback) is callback, not FREE_THREADED)
        self.assertEqual(turns.getframe is sys._getframe, not FREE_THREADED)


if __name__ == "__main__":
    unittest.main()
