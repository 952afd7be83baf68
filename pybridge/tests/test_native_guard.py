"""Every callback in C keeps from the program what is not the program's, as those in Python do (guard.c, test_guards.py)."""

from __future__ import annotations

import os
import sys
import unittest
from types import CodeType
from typing import Any, Callable, Dict, List, Tuple

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base import guest
from _tallyho.base.extension import load

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")


def function() -> None:
    pass


CODE: CodeType = function.__code__


class Told(Exception):
    """What a stand-in for guest.leave raises again."""


@unittest.skipUnless(NATIVE, "TALLYHO_TEST_NATIVE names no accelerator")
class NativeGuard(unittest.TestCase):
    def setUp(self) -> None:
        self.native = load(NATIVE)
        self.deep = [0]
        self.left: List[BaseException] = []
        self.guard = self.native.Guard(self.leave, self.deep)
        self.error: BaseException = RecursionError()

    def leave(self, error: BaseException) -> None:
        self.left.append(error)
        if isinstance(error, Told):
            raise error

    def fail(self, *_: Any) -> Any:
        raise self.error

    def calls(self) -> Dict[str, Callable[[], Any]]:
        """Return each callback that hands an event on to Python, where that fails."""
        native, fail, guard = self.native, self.fail, self.guard
        memory = memoryview(bytearray(64)).cast("Q")
        raises = native.Raises(fail, [False], "nowhere", object(), guard)
        unwinds = native.Unwinds(object(), fail, guard)
        lines = native.Lines({}, fail, fail, fail, guard)
        starts = native.Starts(native.Raw(memory), {}, {}, fail, fail, guard, "disable", fail, fail, 1, 0)
        found = {
            "RAISE": lambda: raises.on_raise(CODE, 0, ValueError()),
            "PY_UNWIND": lambda: unwinds.on_unwind(CODE, 0, ValueError()),
            "LINE": lambda: lines.on_line(CODE, 1),
            "PY_START": lambda: starts(CODE, 0),
        }
        counters = native.Counters(memory, fail, fail, "disable")
        if hasattr(counters, "hears"):
            counters.hears(fail, guard)
            found["PY_RETURN"] = lambda: counters.returned(CODE, 0, None)
        return found

    def test_one_call_too_many_is_counted_and_nothing_is_called(self) -> None:
        for name, call in self.calls().items():
            with self.subTest(name):
                self.deep[0] = 0
                self.assertIsNone(call())
                self.assertEqual((self.deep, self.left), ([1], []))

    def test_what_a_guarded_callback_lets_through_passes(self) -> None:
        self.error = KeyboardInterrupt()
        for name, call in self.calls().items():
            with self.subTest(name), self.assertRaises(KeyboardInterrupt):
                call()
        self.assertEqual((self.deep, self.left), ([0], []))

    def ask_line(self, error: BaseException) -> Any:
        """Have a condition fail with an error in C, and what it is told to fail in turn."""
        entry = type("Entry", (), {})()
        entry.tracepoint = type("Tracepoint", (), {"active": True})()

        def condition() -> None:
            raise error

        entry.guard, entry.short = self.native.LocalsCondition(condition, (), object()), None
        dispatch = type("Dispatch", (), {})()
        dispatch.plain, dispatch.lines = True, {1: (entry,)}
        dispatches: Dict[int, Any] = {}
        lines = self.native.Lines(dispatches, self.fail, self.fail, self.fail, self.guard)

        def asked() -> Any:
            code = sys._getframe().f_code
            dispatches[id(code)] = dispatch
            return lines.on_line(code, 1)

        return asked()

    def test_what_fails_in_c_is_left_by_leave(self) -> None:
        rows: List[Tuple[BaseException, int, int]] = [
            (RecursionError(), 1, 0),  # counted, and nothing is called
            (SystemExit(), 0, 1),  # ours, as this leave has it
        ]
        for error, deep, left in rows:
            with self.subTest(repr(error)):
                self.deep[0] = 0
                del self.left[:]
                self.assertIsNone(self.ask_line(error))
                self.assertEqual((self.deep[0], len(self.left)), (deep, left))
        self.error = Told()
        with self.assertRaises(Told):  # the program's: failed raises it, leave does so again
            self.ask_line(ValueError())
        self.assertEqual(self.left[-1], self.error)

    def test_at_the_limit_itself(self) -> None:
        """Leave is a call too many as well: what may be ours is dropped and counted, an interrupt is the program's."""

        def leave(error: BaseException) -> None:
            raise RecursionError

        self.guard = self.native.Guard(leave, self.deep)
        self.error = ValueError()
        self.assertIsNone(self.ask_line(ValueError()))
        self.assertEqual(self.deep, [1])
        self.error = KeyboardInterrupt()
        with self.assertRaises(KeyboardInterrupt):
            self.ask_line(ValueError())

    def test_the_bridge_counts_where_it_does_itself(self) -> None:
        from _tallyho.base.extension import make_guard

        before = guest.too_deep[0]
        self.guard = make_guard(self.native)
        self.assertIsNone(self.calls()["RAISE"]())
        self.assertEqual(guest.too_deep[0], before + 1)

    def test_each_loaded_module_has_its_own_state(self) -> None:
        """Nothing but what is known of code objects is shared by those that are loaded twice (attached again)."""
        other = load(NATIVE)
        self.assertIsNot(other.Guard, self.native.Guard)
        with self.assertRaises(TypeError):
            other.Lines({}, self.fail, self.fail, self.fail, self.guard)
        memory = memoryview(bytearray(1024)).cast("Q")
        first = self.native.Raw(memory)
        first.note(CODE, "m")
        self.assertEqual([code for code, _ in first.noted()], [CODE])
        second = other.Raw(memory)
        self.assertEqual((first.noted(), second.noted()), ([], []))
        second.note(CODE, "m")
        self.assertEqual(second.noted(), [(CODE, "m")])
        del first
        self.assertEqual(second.noted(), [(CODE, "m")])


if __name__ == "__main__":
    unittest.main()
