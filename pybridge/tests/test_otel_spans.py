"""The active span of the program's own OpenTelemetry: read from its data, whatever lies there, with none of the program's code run."""

import contextvars
import os
import sys
import types
import unittest
from typing import Any, List

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.program.otelspans import active_span
from _tallyho.wire.inspan import NONE, UNTOLD, InSpan

KEY = "current-span-1"
ran: List[str] = []


class Context(dict):  # as the library has it
    pass


class Runtime:
    def __init__(self, variable: Any) -> None:
        self._current_context = variable


class About(tuple):  # SpanContext
    def __getitem__(self, index: Any) -> Any:
        ran.append("__getitem__")
        return 99

    def __len__(self) -> int:
        ran.append("__len__")
        return 99


class Span:
    def __init__(self, about: Any) -> None:
        self._context = about

    def __getattr__(self, name: str) -> Any:
        ran.append(name)
        raise AttributeError(name)

    def get_span_context(self) -> Any:
        ran.append("get_span_context")


class Own(int):
    def __gt__(self, other: Any) -> bool:
        ran.append("__gt__")
        return True


def installed(context: Any, key: Any = KEY) -> Any:
    """Put modules in place that say so, and return what takes them away."""
    variable: Any = contextvars.ContextVar("current_context")
    if context is not None:
        variable.set(context)
    modules = {"opentelemetry.trace.propagation": {"_SPAN_KEY": key}, "opentelemetry.context": {"_RUNTIME_CONTEXT": Runtime(variable)}}
    for name, names in modules.items():
        module = types.ModuleType(name)
        module.__dict__.update(names)
        sys.modules[name] = module
    return lambda: [sys.modules.pop(name) for name in modules]


class ActiveSpan(unittest.TestCase):
    def test_what_is_there(self) -> None:
        good = About((1 << 127, 7, False, 1, {}, True))
        rows = [
            ("a span", Context({KEY: Span(good)}), (1 << 127, 7)),
            ("nothing set", None, NONE),
            ("an empty context", Context(), NONE),
            ("no span", Context({KEY: None}), NONE),
            ("an invalid span", Context({KEY: Span(About((0, 0)))}), NONE),
            ("numbers too large", Context({KEY: Span(About((1 << 128, 1)))}), NONE),
            ("numbers of a class of its own", Context({KEY: Span(About((Own(1), Own(1))))}), NONE),
            ("no tuple", Context({KEY: Span([1, 2])}), NONE),
            ("a short one", Context({KEY: Span(About((1,)))}), NONE),
            ("no dictionary", Span(good), NONE),
        ]
        for name, context, want in rows:
            with self.subTest(name):
                ran.clear()
                remove = installed(context)
                try:
                    got = active_span()
                finally:
                    remove()
                self.assertEqual(got, want)
                self.assertEqual(ran, [])
        self.assertEqual(active_span(), NONE, "without the library")

    def test_said_when_it_changes(self) -> None:
        put: List[bytes] = []
        room = [True]

        class Memory:
            def put(self, kind: int, data: bytes) -> bool:
                if room[0]:
                    put.append(data)
                return room[0]

        ring: Any = Memory()
        here = [NONE]
        says, told = InSpan(lambda: here[0]), UNTOLD
        for span, earlier, written, now in [
            ((1, 2), False, 1, (1, 2)),
            ((1, 2), False, 1, (1, 2)),
            (NONE, False, 2, NONE),
            ((1, 3), False, 3, (1, 3)),
            ((1, 3), True, 4, NONE),
        ]:
            here[0] = span
            told = says.tell(ring, 5, told, earlier)
            self.assertEqual((len(put), told), (written, now))
        room[0] = False
        self.assertEqual(says.tell(ring, 5, told, False), NONE, "what there was no room for is said again")


if __name__ == "__main__":
    unittest.main()
