"""The accelerator's trace function, where there is no sys.monitoring: it sees what a trace function in Python would, and no more."""

from __future__ import annotations

import os
import random
import sys
import threading
import unittest
from collections import Counter
from types import FrameType
from typing import Any, Callable, Dict, List, Tuple

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base import extension
from _tallyho.events.eventfilter import ASKS_CALL, ASKS_RETURN, NO_LINES, TRACED
from _tallyho.tally.framelines import FrameLines

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
class Tracers(unittest.TestCase):
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
        if frame.f_code.co_filename != HERE:
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

    def test_what_a_condition_is(self) -> None:
        self.run_under(branches, 1)
        self.tracer.use(branches.__code__, TRACED, self.tracer.change)
        self.tracer.ask(branches.__code__, 4, self.tracer.change, len)
        self.tracer.ask(branches.__code__, 10**6, self.tracer.change, len)
        self.assertTrue(self.run_under(branches, 2))
        for screens in ((), (None, None), 5):
            with self.assertRaises(TypeError):
                self.tracer.use(branches.__code__, TRACED, self.tracer.change, None, screens)

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


class PassingTracers(Tracers):
    """All of that again, where frames of code that concerns nobody run without being traced (native/passing.h)."""

    def setUp(self) -> None:
        super().setUp()
        if sys.version_info >= (3, 11):
            self.assertIs(self.tracer.pass_over(True), False)
            self.skipTest("it would make the program's objects live longer here")
        self.assertTrue(self.tracer.pass_over(True))
        self.addCleanup(self.tracer.pass_over, False)

    def idle(self, *functions: Any) -> None:
        for function in functions:
            self.tracer.use(function.__code__, 0, self.tracer.change)

    def test_a_frames_own_trace_function_is_asked(self) -> None:
        """Not where it is set in a frame that nobody traces: a program has its thread traced first, and it is then."""
        own: List[str] = []

        def local(frame: FrameType, kind: str, arg: Any) -> Any:
            own.append(kind)
            return local

        def debugged() -> int:
            sys._getframe().f_trace = local
            sys.settrace(local)
            x = 1
            return x

        self.run_under(branches, 1)
        self.idle(debugged)
        self.run_under(debugged)
        self.assertEqual(own, ["line", "line", "return"])

    def test_who_is_traced(self) -> None:
        states: List[bool] = []

        def state() -> None:
            states.append(self.tracer.traced)

        def asked() -> None:
            state()

        def idle(then: Callable[[], Any]) -> None:
            states.append(self.tracer.traced)
            asked()
            states.append(self.tracer.traced)
            then()
            states.append(self.tracer.traced)

        def run(then: Callable[[], Any]) -> List[bool]:
            states.clear()
            self.idle(idle, state)
            self.run_under(idle, then)
            return list(states)

        self.run_under(branches, 1)
        self.assertEqual(run(lambda: None), [False, False, False, False])
        self.assertTrue(sys.gettrace() is None and run(sys.gettrace) == [False] * 4)
        self.assertEqual(run(self.tracer.forget), [False, False, False, True])
        self.assertEqual(run(lambda: setattr(self.tracer, "busy", True)), [False, False, False, True])
        self.tracer.busy = False
        self.assertEqual(run(lambda: sys.setprofile(lambda *_: None)), [False, False, False, False])
        sys.setprofile(None)
        self.assertEqual(run(lambda: self.tracer.pass_over(False)), [False, False, False, True])
        self.assertEqual(run(lambda: None), [True] * 4)

    def test_code_that_turns_out_to_concern_nobody(self) -> None:
        """Its first frame is traced till that is known, and no further."""
        states: List[bool] = []

        def first() -> None:
            states.append(self.tracer.traced)

        self.on_call = lambda frame: self.tracer.use(frame.f_code, 0, self.tracer.change)
        self.run_under(branches, 1)
        self.assertEqual([kind for kind, *_ in self.run_under(first)], ["call"])
        self.assertEqual(states, [False])

    def test_another_threads_frames(self) -> None:
        """What changes is seen by a thread that runs a frame which concerned nobody."""
        go, there = threading.Event(), threading.Event()
        states: List[bool] = []

        def waits() -> None:
            there.set()
            go.wait()
            states.append(self.tracer.traced)

        def body() -> None:
            (lambda: None)()
            self.idle(waits)
            waits()

        threading.settrace(self.tracer)
        try:
            thread = threading.Thread(target=body)
            thread.start()
            there.wait()
            self.tracer.forget()
            go.set()
            thread.join()
        finally:
            threading.settrace(None)  # type: ignore[arg-type]
        self.assertEqual(states, [True])

    def test_deep_calls(self) -> None:
        """However deep they are they are passed over, but near the limit."""

        def deep(n: int) -> bool:
            return deep(n - 1) if n else self.tracer.traced

        found: List[bool] = []
        for n in (20, 300, 20):
            self.idle(deep)
            self.run_under(lambda n=n: found.append(deep(n)))
        self.assertEqual(found, [False] * 3)
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(150)
        try:
            self.run_under(lambda: found.append(deep(70)))
        finally:
            sys.setrecursionlimit(limit)
        self.assertTrue(found[-1])

    def test_who_else_runs_frames(self) -> None:
        """All is traced again once somebody else runs them; it is left to them then, and said."""
        import ctypes

        api = ctypes.pythonapi
        api.PyInterpreterState_Get.restype = ctypes.c_void_p
        for of in (api._PyInterpreterState_SetEvalFrameFunc, api._PyInterpreterState_GetEvalFrameFunc):
            of.argtypes = [ctypes.c_void_p] * (2 if of is api._PyInterpreterState_SetEvalFrameFunc else 1)
            of.restype = ctypes.c_void_p
        interp = api.PyInterpreterState_Get()
        plain = ctypes.cast(api._PyEval_EvalFrameDefault, ctypes.c_void_p)
        ours = api._PyInterpreterState_GetEvalFrameFunc(interp)
        self.assertNotEqual(ours, plain.value)
        self.assertFalse(self.tracer.taken)
        api._PyInterpreterState_SetEvalFrameFunc(interp, plain)
        self.assertTrue(self.tracer.taken)
        states: List[bool] = []

        def idle() -> None:
            states.append(self.tracer.traced)

        self.idle(idle)
        self.run_under(idle)
        self.assertEqual(states, [True])
        self.assertEqual(api._PyInterpreterState_GetEvalFrameFunc(interp), plain.value)

    def test_random_calls(self) -> None:
        """Functions call each other, raise, iterate and are resumed at random; some concern nobody. What Python sees of the others is the
        same whether those are passed over or not."""
        for seed in range(30):
            with self.subTest(seed):
                seen = []
                for on in (False, True):
                    self.assertIs(self.tracer.pass_over(on), on)
                    seen.append(self._wander(seed))
                self.assertEqual(seen[1], seen[0])
                self.assertGreater(len(seen[0]), 5)

    def _wander(self, seed: int) -> List[Tuple[str, str, int]]:
        rng = random.Random(seed)
        names: Dict[str, Any] = {"rng": rng, "forget": self._forget}
        exec(compile(WANDERING, HERE, "exec"), names)
        functions = names["functions"] = [names["f%d" % i] for i in range(6)]
        self.passed = rng.sample([*functions, names["any_of"]], 4)
        self._forget()
        return self.run_under(names["start"], 5)

    def _forget(self) -> None:
        self.tracer.forget()
        self.idle(*self.passed)


WANDERING = """
def start(n):
    try:
        any_of(n)
        any_of(n)
    except KeyError:
        any_of(0)
def f0(n):
    return any_of(n)
def f1(n):
    try:
        return any_of(n)
    except KeyError:
        return any_of(n)
def f2(n):
    total = 0
    for i in f3(n):
        total += any_of(n) or 0
    return total
def f3(n):
    yield 1
    any_of(n)
    yield 2
def f4(n):
    if rng.random() < .3:
        raise KeyError(n)
    return any_of(n)
def f5(n):
    class Held:
        def __getitem__(self, at):
            return any_of(n)
    held = Held()
    return held[1] or held[2]
def any_of(n):
    if n and rng.random() < .2:
        forget()
    if n:
        for _ in range(2):
            one = rng.choice(functions)
            try:
                got = one(n - 1)
                if one is functions[3]:
                    list(got)
            except KeyError:
                if rng.random() < .5:
                    raise
    return 0
"""


if __name__ == "__main__":
    unittest.main()
