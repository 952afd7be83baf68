"""Every callback of sys.monitoring keeps from the program what is not the program's: the guard that guest.leave tells of.

The one exception is what counts statements (tally/counting.py), which says why; the others of a StatementTally are called by these.
"""

from __future__ import annotations

import ast
import os
import sys
import unittest
from typing import Iterator, List, Tuple

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base import guest

PACKAGE = os.path.dirname(os.path.dirname(guest.__file__))


def modules() -> Iterator[Tuple[str, ast.Module]]:
    for folder in ("events", "query"):
        for name in sorted(os.listdir(os.path.join(PACKAGE, folder))):
            if name.endswith(".py"):
                with open(os.path.join(PACKAGE, folder, name), encoding="utf-8") as file:
                    yield folder + "/" + name, ast.parse(file.read())


def callbacks() -> Iterator[Tuple[str, ast.FunctionDef]]:
    """Yield the functions that the interpreter calls with a code object: those that are named on_…"""
    for module, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("on_"):
                names = [arg.arg for arg in node.args.args if arg.arg != "self"]
                if names[:1] == ["code"]:
                    yield "%s:%s" % (module, node.name), node


def unguarded(function: ast.FunctionDef) -> str:
    """Return what is wrong with the guard of a function; "" where nothing is."""
    body = [one for one in function.body if not isinstance(one, (ast.Nonlocal, ast.Global))]
    if body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        del body[0]
    if not body or not isinstance(body[0], ast.Try):
        return "it does not begin with a try"
    if [ast.dump(one) for one in body[1:]] not in ([], [ast.dump(ast.parse("def f():\n return None").body[0].body[0])]):  # type: ignore[attr-defined]
        return "something is after the try"
    guard = body[0]
    if guard.orelse or guard.finalbody or len(guard.handlers) != 2:
        return "it has other handlers"
    deep, rest = guard.handlers
    if not isinstance(deep.type, ast.Name) or deep.type.id != "RecursionError" or len(deep.body) != 1:
        return "RecursionError is not first"
    if any(isinstance(node, ast.Call) for node in ast.walk(deep)) or not isinstance(deep.body[0], ast.AugAssign):
        return "it does not just count in the handler of RecursionError"
    if (
        not isinstance(rest.type, ast.Name)
        or rest.type.id != "BaseException"
        or [ast.unparse(one) for one in rest.body] != ["guest.leave(error)"]
    ):
        return "it does not leave by guest.leave"
    return ""


class Guards(unittest.TestCase):
    def test_every_callback_has_it(self) -> None:
        found = dict(callbacks())
        self.assertGreater(len(found), 15)
        for name, function in found.items():
            with self.subTest(name):
                self.assertEqual(unguarded(function), "")

    def test_all_that_is_registered_is_one_of_them(self) -> None:
        """Whatever is given to sys.monitoring has a name by which the test above finds it, or is what the C files make."""
        for module, tree in modules():
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr in ("_register", "register_callback")
                ):
                    given = ast.unparse(node.args[-1])
                    if given.startswith("in_turn("):  # which has it too: tests/test_turns.py
                        given = given[len("in_turn(") : -1]
                    with self.subTest(module, given=given):
                        self.assertTrue(given in ALLOWED or given.rpartition(".")[2].startswith("on_"), given)

    def test_it_finds_what_is_wrong(self) -> None:
        rows: List[Tuple[str, str]] = [
            ("try:\n  a\n except RecursionError:\n  deep[0] += 1\n except BaseException as error:\n  guest.leave(error)\n return None", ""),
            ("a\n try:\n  a\n except RecursionError:\n  deep[0] += 1\n except BaseException as error:\n  guest.leave(error)", "it does not begin with a try"),
            ("try:\n  a\n except RecursionError:\n  deep[0] += 1\n except BaseException as error:\n  guest.leave(error)\n b()", "something is after the try"),
            ("try:\n  a\n except BaseException as error:\n  guest.leave(error)", "it has other handlers"),
            ("try:\n  a\n except RecursionError:\n  note()\n except BaseException as error:\n  guest.leave(error)",
             "it does not just count in the handler of RecursionError"),
            ("try:\n  a\n except RecursionError:\n  deep[0] += 1\n except Exception as error:\n  guest.leave(error)", "it does not leave by guest.leave"),
        ]  # fmt: skip
        for text, want in rows:
            node = ast.parse("def on_x(code):\n " + text).body[0]
            assert isinstance(node, ast.FunctionDef)
            self.assertEqual(unguarded(node), want)


ALLOWED = {
    "callback",  # of stepper.py's own list, of onecondition.py's text, and Monitor._register's own
    "None",  # no more
    "tally.returns(on.on_return) if tally is not None else on.on_return",
    "self.first.callback(self.on_start, native_raw)",
    "make_on_line(self)",
    "_disabled",  # in C
    "lambda code, line: _m.DISABLE",  # while a tool is tried, on code of our own
    "lambda code, offset: seen.append(offset)",
}

if __name__ == "__main__":
    unittest.main()
