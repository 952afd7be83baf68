"""What else may trace a program: the oracle's programs call disturb(n), which brings or ends another tracer.

Run as a script, this runs the programs of a directory, each as its counting copy was run.
"""

from __future__ import annotations

import os
import sys
import threading
from typing import Any, Callable, Dict, List

from oracle_programs import Writer, same
from oracle_world import World, run

WAYS = 18
MONITORING: Any = getattr(sys, "monitoring", None)
TOOL = 1


class TracedWriter(Writer):
    """Writes programs in which other tracers come and go."""

    def statement(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        if self.random.random() < 0.25:
            self.simple(indent, same("disturb(%d)" % self.random.randrange(WAYS)))
        super().statement(indent, depth, loop, kind)


class Undisturbed(World):
    """Runs the counting copy: nothing comes."""

    def names(self) -> Dict[str, Any]:
        return {**super().names(), "disturb": lambda way: None}


class Disturbed(World):
    """Runs the plain copy."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.lines = seed % 5
        self.held = False
        self.tools = threading.Lock()

    def names(self) -> Dict[str, Any]:
        return {**super().names(), "disturb": self.disturb}

    def disturb(self, way: int) -> None:
        frame = sys._getframe(1)
        ways: List[Callable[[], Any]] = [
            lambda: sys.settrace(tracer), lambda: sys.settrace(None), lambda: sys.settrace(lambda *_: None),
            lambda: sys.setprofile(profiler), lambda: sys.setprofile(None),
            lambda: threading.settrace(tracer), lambda: threading.settrace(None),  # type: ignore[arg-type]
            lambda: threading.setprofile(profiler), lambda: threading.setprofile(None),  # type: ignore[arg-type]
            lambda: everywhere("settrace_all_threads", tracer), lambda: everywhere("settrace_all_threads", None),
            lambda: everywhere("setprofile_all_threads", profiler), lambda: everywhere("setprofile_all_threads", None),
            lambda: self.stop_at_a_line(frame, self.lines), lambda: self.stop_at_a_line(frame, 0),
            lambda: self.opcodes(frame), self.tool, self.no_tool,
        ]  # fmt: skip
        ways[way]()

    @staticmethod
    def opcodes(frame: Any) -> None:
        if sys.version_info >= (3, 13):  # 3.12.1 crashes, without us too
            frame.f_trace, frame.f_trace_opcodes = tracer, True
            sys.settrace(tracer)

    @staticmethod
    def stop_at_a_line(frame: Any, lines: int) -> None:
        """Trace as a debugger does that is called, and let go at a line as one that is told to continue."""
        left = lines

        def debugger(frame: Any, kind: str, arg: Any) -> Any:
            nonlocal left
            if kind == "line":
                left -= 1
                if left < 0:
                    sys.settrace(None)
                    return None
            return debugger

        at = frame
        while at is not None:
            at.f_trace = debugger
            at = at.f_back
        sys.settrace(debugger)

    def tool(self) -> None:
        """A tool as coverage is one: LINE, disabled where it was seen."""
        with self.tools:
            if MONITORING is None or self.held:
                return
            MONITORING.use_tool_id(TOOL, "coverage")
            MONITORING.register_callback(TOOL, MONITORING.events.LINE, lambda code, line: MONITORING.DISABLE)
            MONITORING.set_events(TOOL, MONITORING.events.LINE)
            MONITORING.restart_events()
            self.held = True

    def no_tool(self) -> None:
        with self.tools:
            if self.held:
                MONITORING.set_events(TOOL, 0)
                MONITORING.register_callback(TOOL, MONITORING.events.LINE, None)
                MONITORING.free_tool_id(TOOL)
                self.held = False


def everywhere(name: str, function: Any) -> None:
    """Call a function of threading, where it has that one (3.12)."""
    getattr(threading, name, lambda function: None)(function)


def tracer(frame: Any, kind: str, arg: Any) -> Any:
    return tracer


def profiler(frame: Any, kind: str, arg: Any) -> None:
    pass


def main(folder: str, first: int, programs: int, kind: str) -> None:
    for seed in range(first, first + programs):
        path = os.path.join(folder, "case%d.py" % seed)
        with open(path, encoding="utf-8") as file:
            code = compile(file.read(), path, "exec", dont_inherit=True)
        world = Disturbed(seed) if kind == "disturbed" else Undisturbed(seed)
        run(code, world)
        if isinstance(world, Disturbed):
            for way in (1, 4, 6, 8, 10, 12, 17):
                world.disturb(way)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
