"""Notebooks' cells: code under the name of a file that nobody writes, compiled statement by statement."""

from __future__ import annotations

import ast
import asyncio
import linecache
import os
import sys
import tempfile
import textwrap
import types
import unittest
from typing import Any, Callable, Dict, Iterator, List, Tuple
from unittest import mock

from tally_harness import Harness

Kernel = Callable[[str, str], Iterator[types.CodeType]]
"""What compiles a cell's text, under a name."""


def ipython(text: str, path: str) -> Iterator[types.CodeType]:
    """As IPython does: one statement after the other, and the last one as if it were typed, where it has a value."""
    body = ast.parse(text).body
    for one in body:
        typed = one is body[-1] and isinstance(one, ast.Expr)
        tree: Any = ast.Interactive([one]) if typed else ast.Module([one], [])
        yield compile(tree, path, "single" if typed else "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)


def marimo(text: str, path: str) -> Iterator[types.CodeType]:
    """As marimo does: the last expression apart from the rest."""
    tree = ast.parse(text)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    yield compile(tree, path, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)
    if isinstance(last, ast.Expr):
        yield compile(ast.Expression(last.value), path, "eval", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)


def whole(text: str, path: str) -> Iterator[types.CodeType]:
    """As a file is."""
    yield compile(text, path, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, True)


def run(codes: Iterator[types.CodeType], names: Dict[str, Any]) -> None:
    """Run a cell as a kernel does."""
    shown = sys.displayhook
    sys.displayhook = lambda value: None
    try:
        for code in codes:
            result = eval(code, names)
            if isinstance(result, types.CoroutineType):
                asyncio.run(result)
    finally:
        sys.displayhook = shown


def counted(kernel: Kernel, *cells: str) -> Tuple[List[List[Tuple[int, str, int]]], Harness, List[str]]:
    """Return line, kind and hits of the statements of each cell that is known to have run, or not to have."""
    folder = os.path.join(tempfile.gettempdir(), "ipykernel_%d" % os.getpid())
    paths = [os.path.join(folder, "%d.py" % number) for number in range(len(cells))]
    harness = Harness()
    names: Dict[str, Any] = {"__name__": "__main__"}
    try:
        with harness:
            for path, text in zip(paths, cells):
                linecache.cache[path] = len(text), None, text.splitlines(True), path
                run(kernel(text, path), names)
    finally:
        for path in paths:
            linecache.cache.pop(path, None)
    found = [[(one.line, one.kind, one.hits) for one in harness.statements(path=path) if one.ran and not one.no_code] for path in paths]
    return found, harness, paths


def lacks(harness: Harness) -> List[str]:
    """Return why some code was not counted."""
    return [value["unknown"] for kind, value in harness.records.written if kind == 7 and value.get("unknown")]


COMPOUND = (
    textwrap.dedent("""\
    total = 0
    for i in range(3):
        total += i
        if i == 1:
            continue
    else:
        total += 10
    while total > 5:
        total -= 4
    if total > 100:
        total = 0
    try:
        total / 0
    except ZeroDivisionError:
        total = -1
    finally:
        seen = [x for x in range(4)]
    class Order:
        cents = 100
        def price(self):
            return self.cents
    def double(n):
        return 2 * n
    if double(3) > 5: total = double(4)
    y = [double(n) for n in range(4) if n]
    with open(%r) as stream:
        pass
    total
    """)
    % os.devnull
)
"""Every statement that has statements in it, at the top of a cell."""


class Cells(unittest.TestCase):
    """What a kernel ran is counted as it would be in a file."""

    def check(self, kernel: Kernel, *cells: str) -> None:
        """Compare with the same cells, each compiled whole."""
        want, _, _ = counted(whole, *cells)
        found, harness, _ = counted(kernel, *cells)
        self.assertEqual(found, want)
        self.assertEqual(lacks(harness), [])
        self.assertTrue(all(want))

    def test_ipython(self) -> None:
        self.check(ipython, COMPOUND, "double(5)\n", "z = double(6)")

    def test_marimo(self) -> None:
        self.check(marimo, COMPOUND, "double(5)\n", "z = double(6)")

    def test_a_cell_that_awaits(self) -> None:
        text = "import asyncio\nasync def nap():\n    return 5\nawait asyncio.sleep(0)\nx = await nap()\nx\n"
        for kernel in (ipython, marimo):
            self.check(kernel, text)

    def test_a_cell_is_run_again(self) -> None:
        text = "n = 1\nfor i in range(3):\n    n += i\n"
        name = "<ipython-input-7-0a1b2c>"
        harness = Harness()
        linecache.cache[name] = len(text), None, text.splitlines(True), name
        try:
            with harness:
                for _ in range(2):
                    run(ipython(text, name), {"__name__": "__main__"})
        finally:
            del linecache.cache[name]
        self.assertEqual([one.hits for one in harness.statements(path=name)], [2, 8, 6])

    def test_code_of_another_text_is_not_the_cell_s(self) -> None:
        other = lambda text, path: ipython(text.replace("1", "2 + 0"), path)  # noqa: E731
        found, harness, _ = counted(other, "n = 1\n")
        self.assertEqual(found, [[]])
        self.assertTrue(lacks(harness))

    def test_that_it_is_a_cell_is_told(self) -> None:
        _, harness, paths = counted(ipython, "n = 1\n")
        self.assertEqual([(value["path"], value.get("typed")) for kind, value in harness.records.written if kind == 6], [(paths[0], True)])

    def test_names_of_cells_leave_no_plans_behind(self) -> None:
        _, harness, paths = counted(ipython, COMPOUND)
        kept: Any = harness.tally.cache
        self.assertFalse(set(paths) & {file.path for file in (kept.new if kept is not None else ())})


def of_script(path: str, text: str, cell: str) -> Iterator[types.CodeType]:
    """As marimo does of a notebook that runs as a script: a cell's text taken out of its function, its lines moved to their places,
    names that are the cell's alone made so, and the last expression apart from the rest."""
    node = next(one for one in ast.parse(text).body if isinstance(one, ast.FunctionDef) and one.name == cell)
    body = node.body[:-1] if isinstance(node.body[-1], ast.Return) else node.body
    first = node.lineno  # the line below the def's
    tree = ast.parse(textwrap.dedent("\n".join(text.split("\n")[first : body[-1].end_lineno])))
    for one in ast.walk(tree):
        if isinstance(one, ast.Name) and one.id.startswith("_"):
            one.id = "_cell_Hbol" + one.id
    last: Any = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    value = last.value if last else ast.copy_location(ast.Constant(None), tree.body[-1])
    for part in (tree, ast.Expression(value)):
        ast.increment_lineno(part, first)
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    yield compile(tree, path, "exec", flags, True)
    yield compile(ast.Expression(value), path, "eval", flags, True)


NOTEBOOK = '''\
import marimo_stands_here as marimo
app = marimo.App()

@app.cell
def first():
    # what comes first is no statement
    def double(n):
        return 2 * n

    _seen = [1, 2, 3]
    total = 0
    for _n in _seen:
        total += double(_n)
    return double, total

@app.cell(hide_code=True)
def second(double, total):
    text = """
    indented, as a cell's text is not
    """
    kept = [double(x) for x in range(4)]
    if total > 100:
        kept = []
    kept
    return

@app.cell
def third():
    return
'''


class Script(unittest.TestCase):
    """A marimo notebook that runs as a script is counted at its own lines."""

    def test_counts_and_values(self) -> None:
        class App:
            def cell(self, made: Any = None, **given: Any) -> Any:
                return made if made is not None else self.cell

        marimo = types.ModuleType("marimo_stands_here")
        marimo.App = App  # type: ignore[attr-defined]
        with tempfile.TemporaryDirectory() as folder, mock.patch.dict(sys.modules, {marimo.__name__: marimo}):
            path = os.path.join(folder, "notebook.py")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(NOTEBOOK)
            harness = Harness()
            names: Dict[str, Any] = {"__name__": "__main__"}
            with harness:
                exec(compile(NOTEBOOK, path, "exec", dont_inherit=True), {"__name__": "__main__"})
                for cell in ("first", "second", "second"):
                    run(of_script(path, NOTEBOOK, cell), names)
            found = {one.text: one for one in harness.statements(path=path) if not one.no_code and one.ran}
        self.assertEqual(lacks(harness), [])
        hits = {text: one.hits for text, one in found.items()}
        for text, want in (
            ("def double(n):", 1), ("return 2 * n", 11), ("total = 0", 1), ("for _n in _seen:", 4), ("total += double(_n)", 3),
            ("kept = [double(x) for x in range(4)]", 2), ("if total > 100:", 2), ("kept = []", 0), ("kept", 2),
        ):  # fmt: skip
            self.assertEqual(hits[text], want, text)
        self.assertEqual(found["def double(n):"].calls, 11)
        self.assertEqual([one.vars["total"][1] for one in found["total = 0"].samples], ["0"])
        self.assertEqual(found["return 2 * n"].samples[0].returned, ("int", "2"))


if __name__ == "__main__":
    unittest.main()
