"""The facts of behaviour.py: what is asked or taken to be so in this version is so, and is what facts.txt tells mypy."""

from __future__ import annotations

import ast
import asyncio
import ipaddress
import os
import pathlib
import re
import sys
import unittest
import weakref
from typing import Any, Dict, List, Optional, Tuple

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))

from _tallyho.base import behaviour  # noqa: E402

Version = Tuple[int, ...]


def rows() -> Dict[str, Tuple[Optional[Version], Optional[Version]]]:
    """Return the first version where each fact is so, and the first where it no longer is."""
    found = {}
    with open(os.path.join(HERE, "facts.txt"), encoding="utf-8") as file:
        for line in file:
            if line[0] != "#":
                name, first, past = line.split()
                found[name] = _version(first), _version(past)
    return found


def _version(text: str) -> Optional[Version]:
    return None if text == "-" else tuple(int(part) for part in text.split("."))


def events(text: str, name: str = "f") -> List[Tuple[str, int]]:
    """Run a text and return the events of sys.settrace in its function of that name."""
    found: List[Tuple[str, int]] = []

    def trace(frame: Any, kind: str, arg: Any) -> Any:
        if frame.f_code.co_name == name:
            found.append((kind, frame.f_lineno))
        return trace

    code = compile(text, "<events>", "exec")
    before = sys.gettrace()
    sys.settrace(trace)
    try:
        exec(code, {})
    finally:
        sys.settrace(before)
    return found


class Table(unittest.TestCase):
    def test_each_fact_is_so_where_the_table_says(self) -> None:
        for name, (first, past) in rows().items():
            with self.subTest(name):
                so = (first is None or first <= sys.version_info[:3]) and (past is None or sys.version_info[:3] < past)
                self.assertIs(getattr(behaviour, name), so)

    def test_the_table_has_all_facts(self) -> None:
        """Those that are true or false by the version; what depends on the build or the machine is not in it."""
        of_the_build = {"CPYTHON", "FREE_THREADED", "LAYOUT_IS_USUAL", "BYTECODE_IS_KNOWN"}
        facts = {name for name, value in vars(behaviour).items() if name[0] != "_" and type(value) is bool}
        self.assertEqual(facts - of_the_build, set(rows()))

    def test_each_fact_has_its_reason(self) -> None:
        with open(behaviour.__file__, encoding="utf-8") as file:
            body = ast.parse(file.read()).body
        for at, node in enumerate(body):
            if isinstance(node, (ast.Assign, ast.AnnAssign)):
                target = node.targets[0] if isinstance(node, ast.Assign) else node.target
                assert isinstance(target, ast.Name)
                if target.id not in rows():
                    continue
                after = body[at + 1]
                self.assertTrue(isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant), target.id)

    def test_bytecode_is_known_of_the_versions_that_tests_run_on(self) -> None:
        self.assertEqual(behaviour.BYTECODE_IS_KNOWN, (3, 12) <= sys.version_info[:2] <= (3, 15))


class OtherCode(unittest.TestCase):
    """Why no test is compiled into the program's own code: what would run it, and who would see it."""

    def test_who_runs_and_who_sees_the_code_that_a_function_is_given(self) -> None:
        names: Dict[str, Any] = {}
        exec("def f(n):\n    def inner(): return n\n    yield n\n    yield inner\n", names)
        function = names["f"]
        waiting = function(1)
        next(waiting)
        old = function.__code__
        told: List[Any] = []
        sys.addaudithook(lambda event, args: told.append(args[1]) if event == "object.__setattr__" and args[0] is function else None)
        function.__code__ = old.replace(co_consts=(*old.co_consts, "another"))
        self.assertIsNot(function.__code__, old, "the program has it")
        self.assertNotEqual(function.__code__, old, "and can tell it from the other")
        self.assertEqual(told, ["__code__"], "audit hooks hear of it")
        self.assertIs(waiting.gi_code, old, "what runs already goes on with what it has")
        inner = next(waiting)
        self.assertTrue(any(inner.__code__ is one for one in old.co_consts), "functions are made of its constants")


class RunningFrames(unittest.TestCase):
    """Why no frames are run in the interpreter's place on 3.11 (native/passing.h): who keeps the arguments of a call."""

    def test_a_call_gives_its_arguments_away_unless_it_is_made_by_way_of_c(self) -> None:
        class Made:
            pass

        def dies(made: Any) -> bool:
            ref = weakref.ref(made)
            del made
            return ref() is None

        takes = sys.version_info >= (3, 11)
        self.assertEqual(dies(Made()), takes, "called by the interpreter's loop")
        self.assertFalse(dies.__call__(Made()), "called by C, as all functions are where somebody else runs frames")


class Facts(unittest.TestCase):
    """What can be tried is tried: what goes by the version is so because the interpreter does it."""

    def test_closing(self) -> None:
        """Whether there is an event depends on what else is asked for (3.14): where there is none, the fact is to be true."""
        ended = [kind for kind, _ in events("def f():\n    yield\ng = f()\nnext(g)\ng.close()\n")]
        self.assertTrue(ended.count("return") == 2 or behaviour.CLOSING_MAY_BE_SILENT, ended)

    def test_depth(self) -> None:
        """isinstance with a nested tuple goes down in C."""
        rung: Any = (str,)
        for _ in range(100):
            rung = (rung,)

        def deep(left: int) -> Any:
            return deep(left - 1) if left else isinstance(None, rung)

        depth = 0
        frame: Any = sys._getframe()
        while frame is not None:
            depth, frame = depth + 1, frame.f_back
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(depth + 80)
        try:
            deep(20)
            counted = False
        except RecursionError:
            counted = True
        finally:
            sys.setrecursionlimit(before)
        self.assertEqual(counted, behaviour.C_COUNTS_AS_DEPTH)

    def test_annotations(self) -> None:
        try:
            exec(compile("def f(a: missing): pass\nclass A:\n    a: missing\n", "", "exec", dont_inherit=True), {})
            late = True
        except NameError:
            late = False
        self.assertEqual(late, behaviour.ANNOTATES_LATE)

    def test_tasks(self) -> None:
        async def main() -> bool:
            return not asyncio.tasks._current_tasks if hasattr(asyncio.tasks, "_current_tasks") else True  # type: ignore[attr-defined]

        self.assertEqual(asyncio.run(main()), behaviour.THREADS_KNOW_TASKS)

    def test_modules(self) -> None:
        self.assertEqual("__cached__" in vars(unittest), behaviour.MODULES_SAY_CACHED)

    def test_library(self) -> None:
        self.assertEqual(hasattr(pathlib.PurePosixPath("a"), "_raw_paths"), behaviour.PATHS_ARE_JOINED_LATE)
        self.assertEqual(str(ipaddress.ip_address("::ffff:1.2.3.4")).endswith("1.2.3.4"), behaviour.MAPPED_IPV4_IS_DOTTED)
        self.assertEqual("sys.last_exc" in _documentation_of_last(), behaviour.HAS_LAST_EXC)


def _documentation_of_last() -> str:
    """Return what code.py's interactive interpreter sets after an error."""
    import code

    with open(re.sub(r"c$", "", code.__file__), encoding="utf-8") as file:
        return file.read()


if __name__ == "__main__":
    unittest.main()
