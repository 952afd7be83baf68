"""Code that runs under a file's name and was not compiled from its text: it is never counted as what stands there."""

from __future__ import annotations
import __future__

import ast
import os
import random
import sys
import tempfile
import textwrap
import types
import unittest
import warnings
from types import CodeType
from typing import Any, Callable, Dict, List

from counted_text import Run, counted, foreign, lacks, plainly
from size import sized
from tally_harness import Harness

from _tallyho.base.compiling import nested
from _tallyho.base.textcode import TextCode, code_key

SEEDS = sized(100)

TEXT = textwrap.dedent("""\
    def f(n):
        m = n + 1
        return m
    for i in range(3):
        f(i)
    x = [1, 2.5, "a", (3, None)]
    """)
HITS = {1: 1, 2: 3, 3: 3, 4: 4, 5: 3, 6: 1}


class Own_(unittest.TestCase):
    """What is the file's own, in whatever way it was compiled."""

    def check(self, run: Run, text: str = TEXT, hits: Dict[int, int] = HITS) -> None:
        """Want those hits, and nothing told."""
        got, harness = counted(text, run)
        self.assertEqual(({line: got.get(line) for line in hits}, foreign(harness)), (hits, []))

    def test_ways_to_compile(self) -> None:
        for name, run in {
            "as text": plainly(TEXT),
            "from a tree": lambda path, names: exec(compile(ast.parse(TEXT), path, "exec", dont_inherit=True), names),
            "optimized": lambda path, names: exec(compile(TEXT, path, "exec", 0, True, 2), names),
            "with a feature of the future lent": lambda path, names: exec(
                compile(TEXT, path, "exec", __future__.annotations.compiler_flag, True), names
            ),
            "marshalled": lambda path, names: exec(_marshalled(compile(TEXT, path, "exec", dont_inherit=True)), names),
        }.items():
            with self.subTest(name):
                self.check(run)

    def test_asserts_left_out(self) -> None:
        text = TEXT + "assert x\ny = 2\n"
        self.check(lambda path, names: exec(compile(text, path, "exec", 0, True, 1), names), text, {**HITS, 8: 1})

    def test_rebuilt(self) -> None:
        """A function whose code object is another one, of the same text."""
        text = TEXT + "f.__code__ = change(f.__code__)\nf(1)\nf(2)\n"
        changes: Dict[str, Callable[[CodeType], CodeType]] = {
            "a name": lambda code: code.replace(co_name="other"),
            "flags": lambda code: code.replace(co_flags=code.co_flags | 0x100),
            "the name of a lambda": lambda code: code.replace(co_name="<lambda>"),
            "the name of a module": lambda code: code.replace(co_name="<module>"),
            "nothing": lambda code: code.replace(),
        }
        if sys.version_info >= (3, 11):
            changes["a qualified name"] = lambda code: code.replace(co_qualname="a.b.c")
        for name, change in changes.items():
            with self.subTest(name):
                got, harness = counted(text, lambda path, names: plainly(text)(path, {**names, "change": change}))
                self.assertEqual(({line: got.get(line) for line in (2, 3)}, foreign(harness)), ({2: 5, 3: 5}, []))

    def test_an_older_version(self) -> None:
        """Functions of a module that was loaded again, from another text, are those of the text they came from."""
        new = "\n\n" + TEXT.replace("m = n", "m = 2 * n")

        def run(path: str, names: Dict[str, Any]) -> None:
            plainly("def g(n):\n    return n\n")(path, names)
            old = names["g"]
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(new)
            plainly(new)(path, names)
            old(1)

        got, harness = counted("def g(n):\n    return n\n", run)
        self.assertEqual((got, foreign(harness)), ({line + 2: hits for line, hits in HITS.items()}, []))
        first = [value for kind, value in harness.records.written if kind == 6][0]
        sums = [value for kind, value in harness.records.written if kind == 7 and value["file"] == first["id"]]
        self.assertEqual(sum(harness.counter(slot) for one in sums for _, slot, _ in one["hits"]), 2)


def _marshalled(code: CodeType) -> CodeType:
    import marshal

    again: CodeType = marshal.loads(marshal.dumps(code))
    return again


class Foreign(unittest.TestCase):
    """What is not."""

    def test_other_texts(self) -> None:
        for name, other in {
            "another shape": "def e(n):\n    return n + 1\nfor i in range(4):\n    e(i)\n",
            "another name": TEXT.replace("m = n", "k = n").replace("return m", "return k"),
            "another operator": TEXT.replace("n + 1", "n - 1"),
            "another constant": TEXT.replace("n + 1", "n + 2"),
            "another constant in a tuple": TEXT.replace("(3, None)", "(4, None)").replace("m = n +", "m = n -"),
            "another type of constant": TEXT.replace("2.5", "255").replace("m = n +", "m = n -"),
        }.items():
            with self.subTest(name):
                got, harness = counted(TEXT, lambda path, names: [plainly(text)(path, names) for text in (TEXT, other, other)] and None)
                self.assertEqual((got, foreign(harness), lacks(harness)), (HITS, [("case.py", False)], False))

    def test_nothing_of_the_file_ran(self) -> None:
        """Nothing is known of the statements that stand where others ran: 0 is no answer."""
        other = TEXT.replace("n + 1", "n - 1")
        _, harness = counted(TEXT, plainly(other))
        self.assertEqual([one.hits for one in harness.statements() if one.ran or one.hits], [])
        self.assertEqual((foreign(harness), lacks(harness)), ([("case.py", False)], True))

    def test_a_function_that_was_exchanged(self) -> None:
        """A function of another text in the place of one that did not run: its statements are unknown, the others are counted."""
        text = "def f(n):\n    m = n\n    return m\nx = 1\n"

        def run(path: str, names: Dict[str, Any]) -> None:
            plainly(text)(path, names)
            other: Dict[str, Any] = {}
            exec(compile(text.replace("m = n", "m = 5"), "elsewhere", "exec", dont_inherit=True), other)
            types.FunctionType(other["f"].__code__.replace(co_filename=path), names)(1)

        got, harness = counted(text, run)
        self.assertEqual((got, foreign(harness), lacks(harness)), ({1: 1, 4: 1}, [("case.py", False)], True))

    def test_no_python(self) -> None:
        """A template's text is no Python, and nobody expects it to be; of a file that says it is, a word."""
        for name, told in {"page.html": [], "broken.py": [("broken.py", False)]}.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as directory:
                path = os.path.join(directory, name)
                with open(path, "w", encoding="utf-8") as stream:
                    stream.write("<p>{{ x }}</p>\n")
                harness = Harness()
                with harness:
                    for _ in range(2):
                        exec(compile("x = 1\n", path, "exec", dont_inherit=True), {})
                self.assertEqual((foreign(harness), harness.tally.errors), (told, 0))

    def test_random_texts(self) -> None:
        """Whatever else runs under a file's name, its lines count what was compiled from it, as settrace sees that."""
        for seed in range(SEEDS):
            chance = random.Random(seed)
            text = random_text(chance)
            others = [mutated(text, chance) if chance.random() < 0.7 else random_text(chance) for _ in range(4)]
            order = [text] + others + [text]
            chance.shuffle(order)

            def run(path: str, names: Dict[str, Any]) -> None:
                for one in order:
                    plainly(one)(path, dict(names))

            want = lines_of(text, order)
            got, harness = counted(text, run)
            wrong = {line: (hits, want.get(line, 0)) for line, hits in got.items() if hits != want.get(line, 0)}
            self.assertEqual(wrong, {}, "seed %d: hits and what they should be, by line, of\n%s" % (seed, text))
            self.assertEqual(harness.tally.errors, 0)


def lines_of(text: str, order: List[str]) -> Dict[int, int]:
    """Return how often each line of a text ran, of code that is equal to what it is compiled to but for its name: the oracle."""
    ours = list(map(_unnamed, nested(compile(text, "oracle", "exec", dont_inherit=True))))
    lines: Dict[int, int] = {}

    def own(code: CodeType) -> bool:
        code = _unnamed(code)
        return any(code == one and _positions(code) == _positions(one) for one in ours)

    def tracer(frame: Any, event: str, arg: Any) -> Any:
        if frame.f_code.co_filename != "oracle" or not own(frame.f_code):
            return None
        if event == "line":
            lines[frame.f_lineno] = lines.get(frame.f_lineno, 0) + 1
        return tracer

    before = sys.gettrace()
    sys.settrace(tracer)
    try:
        for one in order:
            exec(compile(one, "oracle", "exec", dont_inherit=True), {"__name__": "case"})
    finally:
        sys.settrace(before)
    return lines


def _unnamed(code: CodeType) -> CodeType:
    return code.replace(co_name="x", co_qualname="x") if sys.version_info >= (3, 11) else code.replace(co_name="x")


def _positions(code: CodeType) -> Any:
    return [[*one.co_positions()] if hasattr(one, "co_positions") else one.co_lnotab for one in nested(code)]


NAMES = ("a", "b", "c")


def random_text(chance: random.Random) -> str:
    """Return a program of one statement on each line, which always ends and never raises."""
    lines: List[str] = ["a = b = c = 1"]
    known: List[str] = []
    for _ in range(chance.randrange(1, 5)):
        kind = chance.randrange(4)
        if kind == 0:
            name = chance.choice("fgh")
            known.append(name)
            lines += ["def %s(a):" % name, "    b = c = %d" % chance.randrange(9)] + ["    " + statement(chance) for _ in range(2)]
            lines += ["    return %s" % chance.choice(NAMES)]
        elif kind == 1:
            lines += ["for i in range(%d):" % chance.randrange(1, 4), "    " + statement(chance)]
        elif kind == 2 and known:
            lines.append("%s(%d)" % (chance.choice(known), chance.randrange(9)))
        else:
            lines.append(statement(chance))
    return "\n".join(lines) + "\n"


def statement(chance: random.Random) -> str:
    """Return an assignment."""
    return "%s = %s %s %d" % (chance.choice(NAMES), chance.choice(NAMES), chance.choice("+-*"), chance.randrange(9))


def mutated(text: str, chance: random.Random) -> str:
    """Return a program that differs in a character, a line, or their order, and still compiles and runs."""
    lines = text.split("\n")
    while True:
        changed = list(lines)
        at = chance.randrange(len(lines))
        kind = chance.randrange(4)
        if kind == 0 and changed[at]:
            column = chance.randrange(len(changed[at]))
            changed[at] = changed[at][:column] + chance.choice("abc123+-*") + changed[at][column + 1 :]
        elif kind == 1:
            del changed[at]
        elif kind == 2:
            changed.insert(at, "c = 5")
        else:
            other = chance.randrange(len(lines))
            changed[at], changed[other] = changed[other], changed[at]
        new = "\n".join(changed)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                compile(new, "tried", "exec", dont_inherit=True)
            exec(compile(new, "tried", "exec", dont_inherit=True), {"__name__": "case"})
        except (SyntaxError, NameError, TypeError, ValueError, OverflowError):
            continue
        if new != text and len(new) < 2000:
            return new


class Keys(unittest.TestCase):
    """The keys themselves."""

    def test_names_of_all_that_is_compiled(self) -> None:
        for path in (ast.__file__, types.__file__, tempfile.__file__):
            with open(path, "rb") as stream:
                data = stream.read()
            own = TextCode()
            codes = list(nested(compile(data, "x", "exec", dont_inherit=True)))
            self.assertEqual([own.name(code, code_key(code), lambda: data) for code in codes], [code.co_name for code in codes])
            again = TextCode(own.keys, own.names)
            self.assertEqual([again.name(code, code_key(code), bytes) for code in codes], [code.co_name for code in codes])

    def test_constants_that_no_compiler_makes(self) -> None:
        class Odd:
            def __hash__(self) -> int:
                raise AssertionError("asked")

            __eq__ = __repr__ = __hash__  # type: ignore[assignment]

        code = compile("x = 1", "x", "exec")
        odd = code.replace(co_consts=(Odd(),) + code.co_consts[1:]) if hasattr(code, "replace") else code
        self.assertNotEqual(code_key(odd), code_key(code))
        self.assertIsNone(TextCode().name(odd, code_key(odd), lambda: b"x = 1"))
        huge = compile("x = %s" % ("0x1" + "0" * 9000), "x", "exec")
        self.assertEqual(code_key(huge), code_key(huge.replace()))


if __name__ == "__main__":
    unittest.main()
