"""The accelerator's trace function, where there is no sys.monitoring: it sees what a trace function in Python would, and no more."""

from __future__ import annotations

import os
import random
import sys
import threading
import unittest
from collections import Counter
from types import FrameType
from typing import Any, Callable, List, Tuple

from tracer_case import TracerCase, branches, fails, items, uses

from _tallyho.events.eventfilter import ASKS_CALL, ASKS_RETURN, CALLS, NO_LINES, TRACED
from _tallyho.tally.framelines import FrameLines

HERE = os.path.abspath(__file__)


class Tracers(TracerCase):
    files = (*TracerCase.files, HERE)

    def test_python_sees_all_of_what_is_not_known(self) -> None:
        for function in (branches, uses, fails):
            with self.subTest(function.__name__):
                want = self.run_under(function, 3, tracer=self.python)
                self.assertEqual(self.run_under(function, 3), want)
                self.assertGreater(len(want), 3)

    def test_what_is_known_is_not_seen(self) -> None:
        self.run_under(branches, 1)
        self.tracer.use(branches.__code__, 0, self.tracer.change)
        self.assertEqual(self.run_under(branches, 3), [])
        self.tracer.use(branches.__code__, TRACED | ASKS_RETURN | NO_LINES, self.tracer.change)
        self.assertEqual([kind for kind, *_ in self.run_under(branches, 3)], ["return"])
        self.tracer.use(branches.__code__, ASKS_CALL, self.tracer.change)
        self.assertEqual(self.run_under(branches, 3)[0][0], "call")
        self.tracer.forget()
        self.assertEqual(self.run_under(branches, 3), self.run_under(branches, 3, tracer=self.python))

    def condition(self, text: str, *names: str, **compared: Any) -> Any:
        function = eval("lambda %s: %s" % (", ".join(names), text), {"asked": self.asked.append})
        return self.module.LocalsCondition(function, tuple((name, self) for name in names), self, **compared)

    def test_a_condition_at_a_line(self) -> None:
        """Python sees the events of a line only where its condition does not say no, and is told what it has said."""
        told: List[Any] = []
        self.asked: List[Any] = []

        def python(frame: FrameType, kind: str, arg: Any) -> Any:
            if frame.f_code is not branches.__code__:
                return None
            if kind == "call":
                self.tracer.use(frame.f_code, TRACED | ASKS_RETURN, self.tracer.change)
            if kind == "line" and frame.f_lineno - frame.f_code.co_firstlineno == 3:
                told.append(arg)
                self.tracer.ask(frame.f_code, frame.f_lasti, self.tracer.change, condition)
            return self.tracer

        self.tracer.bind(python, self.noted, self.owed)
        said = lambda: [one if type(one) in (bool, type(None)) else repr(one) for one in told]  # noqa: E731
        for text, compared, want in (
            ("asked(i) or i == 2", {}, [None, True]),
            ("i == 2", {"compare": 2, "constant": 2}, [None, True]),
            ("i == 7", {"compare": 2, "constant": 7}, [None]),
            ("asked(i) or i / 0 if i == 1 else False", {}, [None, "ZeroDivisionError('division by zero')"]),
            ("unbound == 1", {}, None),
        ):
            with self.subTest(text):
                told.clear()
                self.asked.clear()
                self.tracer.forget()
                condition = self.condition(text, "unbound" if want is None else "i", **compared)
                self.run_under(branches, 4)
                if want is None:
                    self.assertEqual(len(said()), 4)  # each time NameError
                    self.assertTrue(str(said()[1]).startswith("NameError("))
                    continue
                self.assertEqual(said(), want)
                self.assertEqual(self.asked, sorted(set(self.asked)))  # nothing is asked twice

    def test_hits_that_are_not_meant(self) -> None:
        """They are counted in C, each once; those that are meant Python counts."""
        hits = self.module.Hits()
        hits.aim(3)
        told: List[Any] = []

        def python(frame: FrameType, kind: str, arg: Any) -> Any:
            if frame.f_code is not branches.__code__:
                return None
            if kind == "call":
                self.tracer.use(frame.f_code, TRACED, self.tracer.change)
            elif kind == "line" and frame.f_lineno - frame.f_code.co_firstlineno == 3:
                told.append(arg)
                if arg is True or hits():
                    hits.next()
                self.tracer.ask(frame.f_code, frame.f_lasti, self.tracer.change, hits)
            return self.tracer

        self.tracer.bind(python, self.noted, self.owed)
        self.run_under(branches, 5)
        self.assertEqual((told, hits.total()), ([None, True, True, True], 5))

    def test_calls_are_counted(self) -> None:
        """Each call and each time that a generator goes on, once, where Python does not see it."""
        calls = self.module.Calls()
        self.tracer.bind(self.python, self.noted, self.owed, calls)
        self.run_under(branches, 1)
        for flags in (CALLS, CALLS | TRACED | NO_LINES):
            for code in (uses.__code__, items.__code__):
                self.tracer.use(code, flags, self.tracer.change)
            before = calls.calls
            self.assertEqual(self.run_under(uses, 5), [])
            self.assertEqual(calls.calls - before, 1 + 6)
        self.tracer.use(uses.__code__, CALLS | ASKS_CALL, self.tracer.change)
        before = calls.calls
        self.assertEqual(self.run_under(uses, 5)[0][:2], ("call", "uses"))
        self.assertEqual(calls.calls - before, 6)  # the other is Python's

    def test_what_a_condition_is(self) -> None:
        self.run_under(branches, 1)
        self.tracer.use(branches.__code__, TRACED, self.tracer.change)
        self.tracer.ask(branches.__code__, 4, self.tracer.change, len)
        self.tracer.ask(branches.__code__, 10**6, self.tracer.change, len)
        self.assertTrue(self.run_under(branches, 2))
        for before in ((), (None, None), 5):
            with self.assertRaises(TypeError):
                self.tracer.use(branches.__code__, TRACED, self.tracer.change, None, before)

    def test_while_something_is_owed_python_sees_all(self) -> None:
        self.run_under(branches, 1)
        self.tracer.use(branches.__code__, 0, self.tracer.change)
        want = self.run_under(branches, 2, tracer=self.python)

        def busy(on: bool) -> None:
            self.tracer.busy = on

        ways: List[Tuple[Callable[[], Any], Callable[[], Any]]] = [
            (lambda: self.noted.append(1), self.noted.clear),
            (lambda: self.owed.update({1: 1}), self.owed.clear),
            (lambda: busy(True), lambda: busy(False)),
        ]
        for begin, end in ways:
            begin()
            self.assertEqual(self.run_under(branches, 2), want)
            end()
            self.assertEqual(self.run_under(branches, 2), [])

    def test_the_program_sees_its_trace_function(self) -> None:
        seen: List[Any] = []

        def look() -> None:
            seen.append((sys.gettrace(), sys._getframe().f_trace))

        for _ in range(2):  # called by the interpreter's own way first, then directly
            self.run_under(look)
        self.assertEqual(seen, [(self.tracer, self.tracer)] * 2)
        self.assertEqual(self.tracer.__name__, "python")
        self.assertIs(self.tracer.__self__, self)
        self.assertIsNone(sys.gettrace())

    def test_another_trace_function_comes_and_goes(self) -> None:
        self.run_under(branches, 1)
        self.tracer.use(branches.__code__, 0, self.tracer.change)
        others: List[str] = []

        def other(frame: FrameType, kind: str, arg: Any) -> Any:
            if frame.f_code is branches.__code__:
                others.append(kind)
            return other

        def changes() -> None:
            branches(1)
            ours = sys.gettrace()
            sys.settrace(other)
            branches(1)
            sys.settrace(ours)
            branches(1)

        seen = [name for _, name, _ in self.run_under(changes)]
        self.assertNotIn("branches", seen)
        self.assertEqual((others[0], others[-1]), ("call", "return"))

    def test_a_frames_own_trace_function_is_asked(self) -> None:
        own: List[str] = []

        def local(frame: FrameType, kind: str, arg: Any) -> Any:
            own.append(kind)
            return local

        def debugged() -> int:
            sys._getframe().f_trace = local
            x = 1
            return x

        self.run_under(branches, 1)
        self.tracer.use(debugged.__code__, 0, self.tracer.change)
        self.assertEqual(self.run_under(debugged), [])
        self.assertEqual(own, ["line", "line", "return"])

    def test_what_python_raises_ends_the_tracing(self) -> None:
        def fail(frame: FrameType) -> None:
            raise KeyError("here")

        self.run_under(branches, 1)
        self.on_call = fail
        sys.settrace(self.tracer)
        try:
            with self.assertRaises(KeyError):
                branches(1)
            self.assertIsNone(sys.gettrace())
        finally:
            sys.settrace(None)

    def test_threads(self) -> None:
        """Each thread is taken over at its first event."""
        self.run_under(branches, 1)
        self.tracer.use(branches.__code__, 0, self.tracer.change)
        self.seen = []
        threading.settrace(self.tracer)
        try:
            threads = [threading.Thread(target=lambda: branches(50)) for _ in range(3)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            threading.settrace(None)  # type: ignore[arg-type]
        self.assertEqual([one for one in self.seen if one[1] == "branches"], [])

    def test_code_goes(self) -> None:
        for _ in range(100):
            code = compile("x = 1\ny = 2\n", HERE, "exec")
            self.tracer.use(code, TRACED, self.tracer.change, (0, bytearray(8), 1, -1, None))
            self.run_under(lambda code=code: exec(code, {}))
            del code
        with self.assertRaises(ValueError):
            self.tracer.use(branches.__code__, TRACED, self.tracer.change, (63, bytearray(8), 1, -1, None))
        with self.assertRaises(TypeError):
            self.tracer.use("no code", TRACED, self.tracer.change)

    def test_frames_are_kept_as_in_a_dictionary(self) -> None:
        """Random frames come, move and go: what C knows of them is what Python's FrameLines knows."""
        rng = random.Random(1)
        kept, numbers = FrameLines(), [rng.randrange(1, 1 << 20) * 16 for _ in range(300)]
        for _ in range(20_000):
            frame = rng.choice(numbers)
            if rng.random() < 0.45:
                kept.drop(frame)
                self.tracer.drop(frame)
            else:
                row = rng.randrange(100), rng.randrange(-1, 100), rng.randrange(-1, 100)
                kept.put(frame, *row)
                self.tracer.put(frame, *row)
        self.assertEqual([self.tracer.get(one) for one in numbers], [kept.get(one) for one in numbers])
        self.assertGreater(len(kept.rows), 50)
        told = self.tracer.told(next(iter(kept.rows)))
        self.tracer.put(next(iter(kept.rows)), told[0], 0, 0)
        self.assertEqual(self.tracer.told(next(iter(kept.rows))), (told[0], told[1] + 1))
        self.tracer.clear()
        self.assertEqual(Counter(map(self.tracer.get, numbers)), {None: len(numbers)})


if __name__ == "__main__":
    unittest.main()
