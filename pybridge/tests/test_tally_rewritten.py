"""Code that an import hook has made of a file's tree: what it left as it was is counted, and nothing else."""

from __future__ import annotations

import ast
import textwrap
import unittest
from typing import Any, Dict, List, Set

from counted_text import counted, foreign, lacks
from tally_harness import MONITORING


@unittest.skipIf(MONITORING is None, "lines are counted there, and what was rewritten is left out as a whole")
class Rewritten(unittest.TestCase):
    """Code that an import hook has made of the file's tree: statements that it left as they are count, and others may not."""

    TEXT = textwrap.dedent("""\
        def add(a: int, b: int = 2) -> int:
            c: int = a + b
            for i in range(2):
                c += i
            with K():
                d = 1
            assert c
            return c
        class K:
            x: int = 1
            def __enter__(self): pass
            def __exit__(self, *rest):
                self.y = 2
                return None
        for k in range(3):
            add(k)
        """)
    HITS = {1: 1, 2: 3, 3: 9, 4: 6, 5: 3, 6: 3, 7: 3, 8: 3, 9: 1, 10: 1, 11: 1, 12: 1, 13: 3, 14: 3, 15: 4, 16: 3}

    def check(self, rewriter: ast.NodeTransformer, lacks: Set[int], told: bool) -> None:
        """Want the right hits, but for lines of which nothing is said."""

        def run(path: str, names: Dict[str, Any]) -> None:
            tree = ast.fix_missing_locations(rewriter.visit(ast.parse(self.TEXT)))
            exec(compile(tree, path, "exec", dont_inherit=True), {**names, "check": lambda value, *rest: value})

        got, harness = counted(self.TEXT, run)
        wrong = {line: hits for line, hits in got.items() if hits != self.HITS[line]}
        self.assertEqual((wrong, set(self.HITS) - set(got)), ({}, lacks))
        self.assertEqual(foreign(harness), [("case.py", True)] if told else [])

    def test_statements_put_between(self) -> None:
        self.check(Between(), set(), False)

    def test_values_wrapped(self) -> None:
        self.check(Wrapping(), set(), False)

    def test_statements_in_another_order(self) -> None:
        self.check(Crossing(), {2}, True)

    def test_a_function_of_which_nothing_is_left(self) -> None:
        text = "def f(n):\n    k: int = n\nf(1)\n"

        def run(path: str, names: Dict[str, Any]) -> None:
            tree = ast.fix_missing_locations(Crossing().visit(ast.parse(text)))
            exec(compile(tree, path, "exec", dont_inherit=True), {**names, "check": lambda value, *rest: value})

        got, harness = counted(text, run)
        self.assertEqual((got, foreign(harness), lacks(harness)), ({1: 1, 3: 1}, [("case.py", True)], True))


class Between(ast.NodeTransformer):
    """Puts a call before each statement of a function."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        body: List[ast.stmt] = []
        for one in node.body:
            called = ast.Expr(ast.Call(ast.Name("check", ast.Load()), [ast.Constant(1)], []))
            body += [ast.copy_location(called, node), one]
        node.body = body
        return node


class Wrapping(ast.NodeTransformer):
    """Wraps what is returned and assigned into a call, which stands where it stood."""

    def visit_Return(self, node: ast.Return) -> ast.AST:
        if node.value is not None:
            node.value = ast.copy_location(ast.Call(ast.Name("check", ast.Load()), [node.value, ast.Constant(9)], []), node.value)
        return node

    visit_AnnAssign = visit_Return  # type: ignore[assignment]


class Crossing(ast.NodeTransformer):
    """Has an annotated assignment check its value in a part that has the function's place."""

    def __init__(self) -> None:
        self.around: List[ast.FunctionDef] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.around.append(node)
        self.generic_visit(node)
        self.around.pop()
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if self.around and node.value is not None:
            marked = ast.copy_location(
                ast.Tuple([ast.copy_location(ast.Name("check", ast.Load()), self.around[-1])], ast.Load()), self.around[-1]
            )
            for inner in ast.walk(marked):
                ast.copy_location(inner, self.around[-1])
            node.value = ast.copy_location(ast.Call(ast.copy_location(ast.Name("check", ast.Load()), node), [node.value, marked], []), node)
        return node


if __name__ == "__main__":
    unittest.main()
