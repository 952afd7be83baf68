"""The accelerator's trace function, where frames of code that concerns nobody run without being traced."""

from __future__ import annotations

import os
import random
import sys
import threading
import unittest
from types import FrameType
from typing import Any, Callable, Dict, List, Tuple

import test_tracer
import test_tracer_writes
from tracer_case import TracerCase, branches

HERE = os.path.abspath(__file__)


class Passing(TracerCase):
    """Has frames of code that concerns nobody run without being traced (native/passing.h)."""

    def setUp(self) -> None:
        super().setUp()
        if sys.version_info >= (3, 11):
            self.assertIs(self.tracer.pass_over(True), False)
            self.skipTest("it would make the program's objects live longer here")
        self.assertTrue(self.tracer.pass_over(True))
        self.addCleanup(self.tracer.pass_over, False)


class PassingWriting(Passing, test_tracer_writes.Writing):
    """What is written in C, with such frames among the others."""


class PassingTracers(Passing, test_tracer.Tracers):
    """What Python sees, with such frames among the others, and which frames are passed over."""

    files = (*test_tracer.Tracers.files, HERE)

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
