"""What the accelerator's trace function writes by itself, where there is no sys.monitoring, and what it holds for that."""

from __future__ import annotations

import gc
import sys
import threading
import unittest
import weakref
from types import FrameType
from typing import Any, Callable, List, Tuple

from tracer_case import HERE, TracerCase, branches, fails

from _tallyho.events.eventfilter import ASKS_CALL, ASKS_RETURN, TRACED


class Ring:
    """What a RecordWriter looks at in one."""

    __slots__ = ("busy",)

    def __init__(self) -> None:
        self.busy = False


class Writing(TracerCase):
    """Records that are written in C."""

    def writer(self) -> Any:
        """Return a RecordWriter with a ring of its own."""
        ring = Ring()
        writer = self.module.RecordWriter(lambda: (ring, 64, 128, 1 << 16, 1), lambda: None, (), lambda: "", frozenset(), b"", 0)
        writer.restart(bytearray(1 << 17), 1)
        return writer

    def printer(self, render: Callable[[Any], Any], writer: Any = None) -> Any:
        """Return a FastPrinter of the variable n."""
        writer = writer or self.writer()
        names = (("n", b"\x00\x01n", True, False),)
        return self.module.FastPrinter(writer, self.module.Hits(), lambda frame: 1, render, 1, 0, 1, 100, names, False, False, False, False)

    def test_what_is_written_python_does_not_see(self) -> None:
        """What is asked may change while it is written: a line Python sees once more then, to count it, and not to ask again."""
        unknown = ["line", "exception", "line", "line", "return"]
        for change, rest in ((0, []), (1, ["line", *unknown]), (2, [False, *unknown])):
            with self.subTest(change=change):
                self.setUp()
                rendered: List[Any] = [None] * 9

                def render(value: Any, rendered: List[Any] = rendered, change: int = change) -> Tuple[str, int]:
                    rendered.append(value)
                    if len(rendered) == change:
                        self.tracer.forget()
                    return "shown", 0

                printer, told = self.printer(render), []

                def python(frame: FrameType, kind: str, arg: Any, printer: Any = printer, told: List[Any] = told) -> Any:
                    if frame.f_code is not fails.__code__:
                        return None
                    told.append(arg if kind == "line" and arg is not None else kind)
                    if kind == "call":
                        self.tracer.use(frame.f_code, TRACED | ASKS_CALL | ASKS_RETURN, self.tracer.change, None, (printer, printer, None))
                    elif kind == "line":
                        self.tracer.ask(frame.f_code, frame.f_lasti, self.tracer.change, None, printer)
                    return self.tracer

                self.tracer.bind(python, self.noted, self.owed)
                value = object()  # Python's to show
                self.run_under(fails, value)
                self.assertEqual(told, ["call", "line", "line", "line", "line"])  # one of each, and what they are is known
                told.clear(), rendered.clear()
                self.run_under(fails, value)
                self.assertEqual(told, rest)
                self.assertEqual(rendered, [value] * (change or 6))

    def test_where_the_main_code_has_ended(self) -> None:
        """What the interpreter does to end is Python's to tell apart, in that thread alone: the program's other ones may go on for long."""
        writer = self.writer()
        printer, wrote = self.printer(lambda value: ("shown", 0), writer), []

        def write(n: int) -> None:
            wrote.append(printer(sys._getframe(), None, False))

        write(1)
        writer.end()
        write(2)
        other = threading.Thread(target=write, args=(3,))
        other.start()
        other.join()
        self.assertEqual(wrote, [True, False, True])

    def test_nothing_is_held_that_is_not_asked_any_more(self) -> None:
        """A code object, which lives on, keeps nothing of what is told of it: not after forget(), nor when the Tracer is gone."""

        def forget() -> None:
            self.tracer.forget()

        def go() -> None:
            self.doCleanups()  # those of test_passing.py hold it
            self.tracer.bind(len, [], {})
            del self.tracer

        def tell_anew() -> None:
            self.tracer.use(branches.__code__, TRACED, self.tracer.change)

        for end in (forget, go, tell_anew):
            with self.subTest(end.__name__):
                self.setUp()
                self.run_under(branches, 1)
                held = self.hold(branches.__code__)
                self.assertEqual([one() is None for one in held], [False, False])
                end()
                gc.collect()
                self.assertEqual([one() is None for one in held], [True, True])
        self.setUp()
        code = compile("x = 1\n", HERE, "exec")
        held = self.hold(code)
        gc.collect()
        self.assertEqual([one() is None for one in held], [False, False])
        del code
        self.assertEqual([one() is None for one in held], [True, True])
        self.tracer.forget()

    def hold(self, code: Any) -> List[Any]:
        """Tell the Tracer of code with objects that refer to it; return references to those."""
        tracer = self.tracer
        show, ask = (lambda value: (str(tracer), 0)), (lambda: bool(tracer))
        self.tracer.use(code, TRACED | ASKS_CALL, self.tracer.change, None, (self.printer(show), None, None))
        self.tracer.ask(code, 0, self.tracer.change, self.module.LocalsCondition(ask, (), self), self.printer(show))
        return [weakref.ref(show), weakref.ref(ask)]


if __name__ == "__main__":
    unittest.main()
