"""Statements over several lines, counted by line: each as often as a call that is put in front of it is made."""

from __future__ import annotations

import ast
import os
import sys
import tempfile
import textwrap
import unittest
from typing import Any, Dict, List

from tally_harness import Harness

PROGRAMS = {
    "values": """\
        def f(a, b):
            x = [
                a,
                b,
            ]
            d = {
                "a": a,
                "b": [
                    a,
                    b,
                ],
            }
            y = (
                a
                + b
            )
            s = (
                "const"
            )
            w = x if (
                a
            ) else (
                b
            )
            v = \\
                a
            x[
                0
            ] = (
                2
            )
            k, (
                l, m
            ) = (
                a, (a, b)
            )
            t: int = (
                a
            )
            assert (
                a
            ), (
                "m"
            )
            del (
                s
            )
            u = lambda: (
                1
            )
            z = [
                i
                for i in x
                if i
            ]
            return (
                x,
                d, y, w, v, k, l, m, t, u, z,
            )
        f(1, 2)
        f(0 + 1,
          2)
        """,
    "flow": """\
        import contextlib
        def g(n):
            for i in range(
                n
            ):
                for k in (
                    list(range(n))
                ):
                    if (
                        k
                    ):
                        continue
                    elif (
                        i
                    ):
                        break
                else:
                    x = (
                        n)
            while (
                n
                > 0
            ):
                n -= (
                    1
                )
            with contextlib.nullcontext(
                n
            ) as m, contextlib.nullcontext(
                m
            ):
                z = (
                    m
                )
                return (
                    z
                )
        g(3)
        """,
    "one statement again and again": """\
        it = iter(range(3))
        def f():
            try:
                while True:
                    x = [
                        next(it),
                        1,
                    ]
            except StopIteration:
                pass
        f()
        """,
    "through finally": """\
        import contextlib
        def a(x):
            try:
                return int(
                    x)
            finally:
                len("x")
        def b(x):
            with contextlib.nullcontext():
                return int(x)
        def c():
            for i in range(3):
                try:
                    continue
                finally:
                    len("c")
            for i in range(3):
                try:
                    try:
                        continue
                    finally:
                        len("a")
                finally:
                    len("b")
            for i in range(2):
                try:
                    len("x")
                finally:
                    if i:
                        break
            try:
                try:
                    return 1
                finally:
                    len("a")
            finally:
                len("b")
        def e(n):
            try:
                n = 1 / int(n)
            except ZeroDivisionError:
                return len(
                    "x")
            finally:
                len("y")
            try:
                1 / (n - 1)
            except ZeroDivisionError:
                return
            finally:
                if n:
                    return 1
            return n
        a(1); b(1); c(); e(0); e(1); e(2)
        """,
    "generators": """\
        def gen():
            x = yield (
                1
            )
            y = [
                (yield 2),
                (yield 3),
            ]
            return (
                yield 4
            )
        async def co(n):
            return n
        async def main():
            for i in range(2):
                x = await co(
                    i
                )
                y = [
                    await co(x),
                    await co(i),
                ]
            return (
                await co(1)
            )
        list(gen())
        try:
            main().send(None)
        except StopIteration:
            pass
        """,
    "shared lines": """\
        def f(n):
            w = n if n else 2; z = [
                w,
                n]
            x = [w
                 ]; y = (
                 x)
            return (
                y)
        f(1); f(0)
        """,
}

LOOPS = (ast.For, ast.While)
OTHERS = ("for", "while", "except", "comprehension", "lambda", "try")
"""Kinds whose hits are not those of a call in front."""

FOLDED = ("pass", "continue", "break")
"""Kinds whose jump may be made by what stands before it."""


class Counted(ast.NodeTransformer):
    """Puts a call that counts in front of each statement but loops, whose hits are others."""

    def visit(self, node: ast.AST) -> Any:
        for name in ("body", "orelse", "finalbody"):
            block = getattr(node, name, None)
            if isinstance(block, list):
                setattr(node, name, [new for old in block for new in self.counted(old)])
        for handler in getattr(node, "handlers", []):
            self.visit(handler)
        return node

    def counted(self, statement: Any) -> List[Any]:
        statement = self.visit(statement)
        if isinstance(statement, LOOPS):
            return [statement]
        call = ast.parse("__count__(%r)" % ((statement.lineno, statement.col_offset),)).body[0]
        return [ast.fix_missing_locations(ast.copy_location(call, statement)), statement]


def oracle(text: str) -> Dict[Any, int]:
    """Return how often each statement was begun, by its place."""
    hits: Dict[Any, int] = {}

    def count(place: Any) -> None:
        hits[place] = hits.get(place, 0) + 1

    tree = Counted().visit(ast.parse(text))
    exec(compile(tree, "oracle.py", "exec", dont_inherit=True), {"__name__": "oracle", "__count__": count})
    return hits


class StatementsOverSeveralLines(unittest.TestCase):
    """Counting by line, on each version."""

    def test_each_counts_as_often_as_it_begins(self) -> None:
        for name, program in PROGRAMS.items():
            text = textwrap.dedent(program)
            with self.subTest(name), tempfile.TemporaryDirectory() as directory:
                path = os.path.join(directory, "case.py")
                with open(path, "w", encoding="utf-8") as stream:
                    stream.write(text)
                harness = Harness(backend="settrace")
                with harness:
                    exec(compile(text, path, "exec", dont_inherit=True), {"__name__": "case", "__file__": path})
                want = oracle(text)
                got = [
                    one
                    for one in harness.statements()
                    if one.kind not in OTHERS and not (one.kind in FOLDED and sys.version_info < (3, 10))
                ]
                self.assertGreater(len(got), 3)
                self.assertEqual(
                    [(one.line, one.text, one.hits) for one in got],
                    [(one.line, one.text, want.get((one.line, one.column), 0)) for one in got],
                )


if __name__ == "__main__":
    unittest.main()
