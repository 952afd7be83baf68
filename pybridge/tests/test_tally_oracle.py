"""Random programs against copies of themselves whose source counts: every statement's hits must be equal.

A program is written twice from one random choice: plain, and with calls of hit(key) put in where a statement begins,
a loop looks for its next item, a clause is tested or an element is produced.
"""
from __future__ import annotations

import os
import random
import sys
import tempfile
import threading
import unittest
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from tally_harness import Harness

from _tallyho.bytecode import FACTS

PROGRAMS = int(os.environ.get("TALLY_PROGRAMS", "40"))
FIRST = int(os.environ.get("TALLY_SEED", "0"))
CALLS = 3000
"""How often a program may ask for a random number before it is stopped by an exception."""


class Piece(NamedTuple):
    """A piece of source: as it stands in the plain program and in the counting one, and what begins at it."""

    plain: str
    counting: str
    key: Optional[int] = None


def same(text: str) -> Piece:
    return Piece(text, text)


class Writer:
    """Writes both programs, and where each key stands in the plain one."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.plain: List[str] = []
        self.counting: List[str] = []
        self.where: Dict[int, Tuple[int, int]] = {}
        self.keys = 0
        self.functions: List[Tuple[str, str]] = []

    def key(self) -> int:
        self.keys += 1
        return self.keys

    def line(self, indent: int, *pieces: Piece) -> None:
        column = 4 * indent
        for piece in pieces:
            if piece.key is not None:
                self.where[piece.key] = len(self.plain) + 1, column
            column += len(piece.plain)
        self.plain.append("    " * indent + "".join(piece.plain for piece in pieces))
        self.counting.append("    " * indent + "".join(piece.counting for piece in pieces))

    def program(self) -> None:
        for number in range(self.random.randint(2, 4)):
            self.function(0, "f%d" % number)
        for _ in range(4):
            self.statement(0, 3, False, "")

    def function(self, indent: int, name: str) -> None:
        kind = self.random.choice(("", "", "generator", "coroutine"))
        if self.random.random() < 0.2:
            key = self.key()
            self.line(indent, Piece("", "hit(%d)" % key))
            self.line(indent, Piece("@same", "@same"))
            self.line(indent, Piece("", "", key), same("%sdef %s(a=0):" % ("async " * (kind == "coroutine"), name)))
        else:
            key = self.key()
            self.line(indent, Piece("", "hit(%d)" % key))
            self.line(indent, Piece("", "", key), same("%sdef %s(a=0):" % ("async " * (kind == "coroutine"), name)))
        self.block(indent + 1, 3, False, kind or "function")
        if kind == "generator":
            self.simple(indent + 1, same("yield a"))
        self.functions.append((name, kind))

    def block(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        for _ in range(self.random.randint(1, 4)):
            self.statement(indent, depth, loop, kind)

    def simple(self, indent: int, *pieces: Piece) -> None:
        key = self.key()
        self.line(indent, Piece("", "hit(%d); " % key, key), *pieces)

    def statement(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        choices: List[Callable[..., None]] = [self.assign] * 3 + [self.two]
        if depth > 0:
            choices += [self.if_, self.if_, self.for_, self.for_, self.while_, self.try_, self.try_, self.with_,
                        self.match_, self.one_line]
            if kind:
                choices += [self.nested]
        if loop:
            choices += [self.jump, self.jump]
        if kind:
            choices += [self.leave]
        self.random.choice(choices)(indent, depth, loop, kind)

    # Simple statements.

    def assign(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        if kind == "generator" and self.random.random() < 0.4:
            return self.simple(indent, same(self.random.choice(("a = yield r(3)", "yield from g(r(3))", "yield a"))))
        if kind == "coroutine" and self.random.random() < 0.4:
            return self.simple(indent, same(self.random.choice(("await wait(r(3))", "a = await wait(1)"))))
        self.simple(indent, same("a = "), *self.expression(2))

    def two(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        first, second = self.key(), self.key()
        self.line(indent, Piece("", "hit(%d); " % first, first), same("a = "), *self.expression(1), same("; "),
                  Piece("", "hit(%d); " % second, second), same("b = a"))

    def jump(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        word = self.random.choice(("break", "continue"))
        if_key, key = self.key(), self.key()
        self.line(indent, Piece("if ", "if hit(%d) or " % if_key, if_key), same("r(3) == 0:"))
        self.line(indent + 1, Piece("", "hit(%d); " % key, key), same(word))

    def leave(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        if_key, key = self.key(), self.key()
        self.line(indent, Piece("if ", "if hit(%d) or " % if_key, if_key), same("r(5) == 0:"))
        value = [same("return ")] + self.expression(1) if self.random.random() < 0.7 else [same("raise E(a)")]
        self.line(indent + 1, Piece("", "hit(%d); " % key, key), *value)

    # Expressions.

    def expression(self, depth: int) -> List[Piece]:
        choice = self.random.randrange(9 if depth > 0 else 3)
        if choice < 2:
            return [same(self.random.choice(("r(4)", "a0()", "1", "r(2) and r(2)", "r(3) // r(2)")))]
        if choice == 2 and self.functions:
            name, kind = self.random.choice(self.functions)
            return [same({"": "%s(r(3))", "generator": "use(%s())", "coroutine": "drive(%s())"}[kind] % name)]
        if choice == 3:
            return [same("("), *self.expression(depth - 1), same(" if r(2) else "), *self.expression(depth - 1),
                    same(")")]
        if choice == 4:
            return self.lambda_(depth)
        if choice >= 5:
            return self.comprehension(depth)
        return [same("r(3)")]

    def lambda_(self, depth: int) -> List[Piece]:
        key = self.key()
        return [same("("), Piece("lambda q=1: ", "lambda q=1: (hit(%d), " % key, key), *self.expression(depth - 1),
                Piece("", ")[1]"), same(")()")]

    def comprehension(self, depth: int) -> List[Piece]:
        key = self.key()
        left, right = self.random.choice((("[", "]"), ("len({", "})"), ("use(", ")"), ("{", "}")))
        element = [same("(")] + self.expression(depth - 1) + [same(")")]
        if left == "{":
            head = [Piece("{", "{", key), same("r(3): "), Piece("", "("), *element, Piece("", ", hit(%d))[0]" % key)]
        else:
            if left == "len({":
                element = [same("id("), *element, same(")")]
            inside = {"[": ("", "[", "]"), "len({": ("len(", "{", "}"), "use(": ("use(", "(", ")")}[left]
            right = inside[2] + ")" * bool(inside[0])
            head = [same(inside[0]), Piece(inside[1], inside[1], key), Piece("", "("), *element,
                    Piece("", ", hit(%d))[0]" % key)]
        tail = self.random.choice((" for x in range(r(4))", " for x in range(4) if r(2)",
                                   " for x in range(r(3)) for y in range(r(3)) if x"))
        return [*head, same(tail + right)]

    # Compound statements.

    def if_(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        key = self.key()
        self.line(indent, Piece("if ", "if hit(%d) or " % key, key), same("r(2):"))
        self.block(indent + 1, depth - 1, loop, kind)
        if self.random.random() < 0.5:
            key = self.key()
            self.line(indent, Piece("elif ", "elif hit(%d) or " % key, key), *self.expression(1), same(":"))
            self.block(indent + 1, depth - 1, loop, kind)
        if self.random.random() < 0.5:
            self.line(indent, same("else:"))
            self.block(indent + 1, depth - 1, loop, kind)

    def for_(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        key = self.key()
        word = "for"
        items = self.random.choice(("range(r(4))", "g(r(4))", "[1, 2][:r(3)]", "bad(r(4))"))
        maker = "looks"
        if kind == "coroutine" and self.random.random() < 0.5:
            word, items, maker = "async for", "ag(r(4))", "alooks"
        self.line(indent, Piece("", "hit(%d)" % key))
        self.line(indent, Piece(word, word, key),
                  Piece(" v in %s:" % items, " v in %s(%d, lambda: %s):" % (maker, key, items)))
        self.block(indent + 1, depth - 1, True, kind)
        if self.random.random() < 0.3:
            self.line(indent, same("else:"))
            self.block(indent + 1, depth - 1, loop, kind)

    def while_(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        key = self.key()
        test = self.random.choice(("r(3)", "r(2) and r(3)", "not r(2)"))
        self.line(indent, Piece("while ", "while hit(%d) or " % key, key), same(test + ":"))
        self.block(indent + 1, depth - 1, True, kind)

    def try_(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        key = self.key()
        self.line(indent, Piece("", "hit(%d)" % key))
        self.line(indent, Piece("try:", "try:", key))
        self.block(indent + 1, depth - 1, loop, kind)
        if self.random.random() < 0.5:
            self.simple(indent + 1, same("r(2) or fail()"))
        handlers = self.random.randrange(3)
        for name in self.random.sample(("ZeroDivisionError", "E", "(KeyError, ValueError)"), handlers):
            key = self.key()
            self.line(indent, Piece("except ", "except hit(%d) or " % key, key),
                      same(name + self.random.choice((":", " as e:"))))
            self.block(indent + 1, depth - 1, loop, kind)
        if handlers and self.random.random() < 0.3:
            self.line(indent, same("else:"))
            self.block(indent + 1, depth - 1, loop, kind)
        if not handlers or self.random.random() < 0.4:
            # The compiler copies a finally for each way out: nested ones grow without bounds.
            self.line(indent, same("finally:"))
            self.block(indent + 1, 0, False, kind)

    def with_(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        key = self.key()
        head = self.random.choice(("with ctx(r(3)):", "with ctx(r(3)) as c, ctx(r(3)):"))
        if kind == "coroutine" and self.random.random() < 0.5:
            head = "async with actx(r(3)):"
        self.line(indent, Piece("", "hit(%d)" % key))
        self.line(indent, Piece("", "", key), same(head))
        self.block(indent + 1, depth - 1, loop, kind)

    def match_(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        key = self.key()
        self.line(indent, Piece("", "hit(%d)" % key))
        self.line(indent, Piece("match r(3):", "match r(3):", key))
        for pattern in self.random.sample(("0", "1 | 2", "int(k)", "[p, *q]", "{'k': z}"), 2):
            guard = self.random.choice(("", " if r(2)"))
            self.line(indent + 1, same("case %s%s:" % (pattern, guard)))
            self.block(indent + 2, depth - 1, loop, kind)

    def one_line(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        key, body = self.key(), self.key()
        self.line(indent, Piece("if ", "if hit(%d) or " % key, key), same("r(2): "),
                  Piece("", "hit(%d); " % body, body), same("a = "), *self.expression(1))

    def nested(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        key = self.key()
        name = "n%d" % key
        self.line(indent, Piece("", "hit(%d)" % key))
        self.line(indent, Piece("", "", key), same("def %s(a=1):" % name))
        self.block(indent + 1, depth - 1, False, "function")
        self.simple(indent, same("a = %s()" % name))


class World:
    """What a program is run with: its random numbers, helpers, and the counts of its counting copy."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.left = CALLS
        self.counts: Dict[int, int] = {}

    class E(Exception):
        """The programs' own exception."""

    class Enough(BaseException):
        """The program has run long enough."""

    def r(self, below: int) -> int:
        self.left -= 1
        if self.left < 0:
            raise World.Enough
        return self.random.randrange(below)

    def hit(self, key: int) -> None:
        self.counts[key] = self.counts.get(key, 0) + 1

    def names(self) -> Dict[str, Any]:
        r, hit, E = self.r, self.hit, World.E

        def fail() -> None:
            raise (KeyError, ValueError, E)[r(3)]("no")

        def g(n: int) -> Iterator[int]:
            for i in range(n):
                yield i

        def bad(n: int) -> Iterator[int]:
            for i in range(n):
                yield i
            if r(2):
                fail()

        async def ag(n: int) -> Any:
            for i in range(n):
                yield i

        @contextmanager
        def ctx(n: int) -> Iterator[int]:
            try:
                yield n
            except E:
                if n:
                    raise

        class actx:
            def __init__(self, n: int) -> None:
                self.n = n

            async def __aenter__(self) -> None:
                await wait(1)

            async def __aexit__(self, kind: Any, *rest: Any) -> bool:
                return self.n == 0 and kind is E

        class wait:
            def __init__(self, n: int) -> None:
                self.n = n

            def __await__(self) -> Iterator[None]:
                for _ in range(self.n):
                    yield None

        class looks:
            def __init__(self, key: int, items: Callable[[], Any]) -> None:
                self.key, self.items, self.first = key, iter(items()), True

            def __iter__(self) -> Any:
                return self

            def __next__(self) -> Any:
                if not self.first:
                    hit(self.key)
                self.first = False
                return next(self.items)

        class alooks:
            def __init__(self, key: int, items: Callable[[], Any]) -> None:
                self.key, self.items, self.first = key, items().__aiter__(), True

            def __aiter__(self) -> Any:
                return self

            async def __anext__(self) -> Any:
                if not self.first:
                    hit(self.key)
                self.first = False
                return await self.items.__anext__()

        def use(generator: Iterator[Any]) -> int:
            total = 0
            for _ in generator:
                total += 1
                if total > 5:
                    break
            how = r(3)
            if how == 0 and hasattr(generator, "close"):
                generator.close()  # type: ignore[attr-defined]
            elif how == 1 and hasattr(generator, "throw"):
                try:
                    generator.throw(E("thrown"))  # type: ignore[attr-defined]
                except (E, StopIteration):
                    pass
            return total

        def drive(coroutine: Any) -> int:
            try:
                for _ in range(50):
                    coroutine.send(None)
            except StopIteration:
                pass
            finally:
                coroutine.close()
            return 1

        def same(function: Any) -> Any:
            return function

        return {"r": r, "hit": hit, "E": E, "fail": fail, "g": g, "bad": bad, "ag": ag, "ctx": ctx, "actx": actx,
                "wait": wait, "looks": looks, "alooks": alooks, "use": use, "drive": drive, "same": same, "a": 0,
                "a0": lambda: 0}


def run(code: Any, world: World) -> None:
    try:
        exec(code, world.names())
    except (Exception, World.Enough):
        pass


@unittest.skipIf(FACTS is None, "statement plans need CPython 3.12 to 3.14")
class Oracle(unittest.TestCase):
    """Both copies of a program count alike."""

    def check(self, seed: int, config: Dict[str, Any]) -> None:
        writer = Writer(seed)
        writer.program()
        plain, counting = "\n".join(writer.plain) + "\n", "\n".join(writer.counting) + "\n"
        world = World(seed)
        run(compile(counting, "counting.py", "exec"), world)
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "case.py")
            path.write_text(plain, encoding="utf-8")
            harness = Harness(**config)
            with harness:
                run(compile(plain, str(path), "exec", dont_inherit=True), World(seed))
        self.assertEqual(harness.tally.errors, 0)
        found: Dict[Tuple[int, int], List[Tuple[str, int]]] = {}
        for one in harness.statements():
            found.setdefault((one.line, one.column), []).append((one.kind, one.hits))
        wrong = []
        for key, place in writer.where.items():
            counts = found.get(place)
            if counts is None or not any(hits == world.counts.get(key, 0) for _, hits in counts):
                wrong.append((place, writer.plain[place[0] - 1], counts, world.counts.get(key, 0)))
        self.assertEqual(wrong, [], "seed %d" % seed)

    def test_random_programs(self) -> None:
        for seed in range(FIRST, FIRST + PROGRAMS):
            self.check(seed, {"samples": ("off", "spread", "first")[seed % 3]})

    def test_threads_add_up(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "case.py")
            source = ("def work(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n")
            path.write_text(source, encoding="utf-8")
            names: Dict[str, Any] = {}
            harness = Harness()
            interval = sys.getswitchinterval()
            sys.setswitchinterval(1e-5)
            try:
                with harness:
                    exec(compile(source, str(path), "exec", dont_inherit=True), names)
                    threads = [threading.Thread(target=names["work"], args=(3000,)) for _ in range(6)]
                    for thread in threads:
                        thread.start()
                    for thread in threads:
                        thread.join()
            finally:
                sys.setswitchinterval(interval)
        self.assertEqual([one.hits for one in harness.statements()], [1, 6, 6 * 3001, 6 * 3000, 6])


if __name__ == "__main__":
    unittest.main()
