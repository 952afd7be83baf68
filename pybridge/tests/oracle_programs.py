"""Random programs, each written twice from one random choice: plain, and with calls of hit(key) put in where a statement begins,
a loop looks for its next item, a clause is tested or an element is produced.
"""

from __future__ import annotations

import random
from typing import Callable, Dict, List, NamedTuple, Optional, Tuple

YIELDING, ASYNC = ("generator", "stream"), ("coroutine", "stream")
"""Kinds of functions; a stream is an asynchronous generator."""
RUN = {"": "%s(r(3))", "generator": "use(%s())", "coroutine": "drive(%s())", "stream": "drive(collect(%s()))"}
RUN_APART = {
    "": ("together(%s)", "elsewhere(%s)"),
    "generator": ("hop(%s())", "together(lambda: use(%s()))"),
    "coroutine": ("tasks(%s, %s)", "tasks(%s)", "together(lambda: drive(%s()))"),
    "stream": ("tasks(lambda: collect(%s()), lambda: collect(%s()))", "elsewhere(lambda: drive(collect(%s())))"),
}
"""How a function of a kind is run, in its thread and in others. The lambdas count as lambdas do: they have keys of their own."""


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
            self.caught(lambda: self.statement(1, 2, False, ""))
        for name, kind in self.functions * 2:
            self.caught(lambda: self.simple(1, same("a = "), *self.run(name, kind)))

    def caught(self, body: Callable[[], None]) -> None:
        """Something at module level, whose exception is not the end of the program."""
        key, clause, passing = self.key(), self.key(), self.key()
        self.line(0, Piece("", "hit(%d)" % key))
        self.line(0, Piece("try:", "try:", key))
        body()
        self.line(0, Piece("except ", "except hit(%d) or " % clause, clause), same("(E, Exception):"))
        self.line(1, Piece("", "hit(%d); " % passing, passing), same("pass"))

    def function(self, indent: int, name: str) -> None:
        kind = self.random.choice(("", "", "generator", "coroutine", "stream"))
        word = "async " * (kind in ASYNC)
        if self.random.random() < 0.2:
            key = self.key()
            self.line(indent, Piece("", "hit(%d)" % key))
            self.line(indent, Piece("@same", "@same"))
            self.line(indent, Piece("", "", key), same("%sdef %s(a=0):" % (word, name)))
        else:
            key = self.key()
            self.line(indent, Piece("", "hit(%d)" % key))
            self.line(indent, Piece("", "", key), same("%sdef %s(a=0):" % (word, name)))
        self.block(indent + 1, 3, False, kind or "function")
        if kind in YIELDING:
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
            if kind in YIELDING + ASYNC:
                choices += [self.guard] * 2
            choices += [
                self.if_,
                self.if_,
                self.for_,
                self.for_,
                self.while_,
                self.try_,
                self.try_,
                self.with_,
                self.match_,
                self.one_line,
                self.empty_loop,
            ]
            if kind:
                choices += [self.nested]
        if loop:
            choices += [self.jump, self.jump]
        if kind:
            choices += [self.leave]
        self.random.choice(choices)(indent, depth, loop, kind)

    # Simple statements.

    def assign(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        if kind in YIELDING + ASYNC and self.random.random() < 0.4:
            return self.suspend(indent, kind)
        self.binding(indent, "a", *self.expression(2))

    def binding(self, indent: int, name: str, *value: Piece) -> None:
        """An assignment, whose last value the counting copy notes."""
        key = self.key()
        self.line(
            indent,
            Piece("", "h%d = mark(%d); " % (key, key), key),
            same(name + " = "),
            *value,
            Piece("", "; over(%d, h%d, %s)" % (key, key, name)),
        )

    def suspend(self, indent: int, kind: str) -> None:
        """A statement that waits."""
        ways = [("a = yield r(3)", "yield a", "a = (yield a), r(2)")] * (kind in YIELDING)
        ways += [("yield from g(r(3))", "a = yield from bad(2)")] * (kind == "generator")
        ways += [("await wait(r(3))", "a = await wait(1)")] * (kind in ASYNC)
        names = [name for name, kind_of in self.functions if kind_of == "coroutine"]
        if kind in ASYNC and names:
            one, other = self.random.choice(names), self.random.choice(names)
            ways.append(("a = await both(%s(), %s())" % (one, other), "a = await %s(r(2))" % one))
        self.simple(indent, same(self.random.choice(self.random.choice(ways))))

    def guard(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        """What is left, by whatever way, while it waits: `with` and `finally` around a statement that does."""
        head = self.random.choice(("try:", "with ctx(r(3)):", "async with actx(r(3)):" if kind in ASYNC else "try:"))
        key = self.key()
        self.line(indent, Piece("", "hit(%d)" % key))
        self.line(indent, Piece("", "", key), same(head))
        self.suspend(indent + 1, kind)
        self.block(indent + 1, depth - 1, loop, kind)
        if head != "try:":
            return
        self.line(indent, same("finally:"))
        if self.random.random() < 0.5:
            self.suspend(indent + 1, kind)
        if loop and self.random.random() < 0.3:
            self.jump(indent + 1, 0, loop, kind)
        self.block(indent + 1, 0, False, kind)

    def two(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        first, second = self.key(), self.key()
        self.line(
            indent,
            Piece("", "hit(%d); " % first, first),
            same("a = "),
            *self.expression(1),
            same("; "),
            Piece("", "hit(%d); " % second, second),
            same("b = a"),
        )

    def jump(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        word = self.random.choice(("break", "continue"))
        if_key, key = self.key(), self.key()
        self.line(indent, Piece("if ", "if hit(%d) or " % if_key, if_key), same("r(3) == 0:"))
        self.line(indent + 1, Piece("", "hit(%d); " % key, key), same(word))

    def leave(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        if_key, key = self.key(), self.key()
        self.line(indent, Piece("if ", "if hit(%d) or " % if_key, if_key), same("r(5) == 0:"))
        value = [same("return ")] + self.expression(1) if self.random.random() < 0.7 else [same("raise E(a)")]
        if kind == "stream" and value[0].plain == "return ":
            value = [same("return")]
        self.line(indent + 1, Piece("", "hit(%d); " % key, key), *value)

    # Expressions.

    def expression(self, depth: int) -> List[Piece]:
        choice = self.random.randrange(9 if depth > 0 else 3)
        if choice < 2:
            return [same(self.random.choice(("r(4)", "a0()", "1", "r(2) and r(2)", "r(3) // r(2)")))]
        if choice == 2 and self.functions:
            return self.call()
        if choice == 3:
            return [same("("), *self.expression(depth - 1), same(" if r(2) else "), *self.expression(depth - 1), same(")")]
        if choice == 4:
            return self.lambda_(depth)
        if choice >= 5:
            return self.comprehension(depth)
        return [same("r(3)")]

    def call(self) -> List[Piece]:
        """Run a function that is written already, in this thread or in others."""
        return self.run(*self.random.choice(self.functions))

    def run(self, name: str, kind: str) -> List[Piece]:
        if self.random.random() < 0.6:
            return [same(RUN[kind] % name)]
        return self.lambdas(self.random.choice(RUN_APART[kind]).replace("%s", name))

    def lambdas(self, text: str) -> List[Piece]:
        """A text whose lambdas count; each ends at the next comma, or one parenthesis before the text's end."""
        parts = text.split("lambda: ")
        pieces = [same(parts[0])]
        for part in parts[1:]:
            key = self.key()
            comma = part.rfind(", ")
            end = comma if comma >= 0 else len(part) - 1
            pieces += [Piece("lambda: ", "lambda: (hit(%d), " % key, key), same(part[:end]), Piece("", ")[1]"), same(part[end:])]
        return pieces

    def lambda_(self, depth: int) -> List[Piece]:
        key = self.key()
        return [
            same("("),
            Piece("lambda q=1: ", "lambda q=1: (hit(%d), " % key, key),
            *self.expression(depth - 1),
            Piece("", ")[1]"),
            same(")()"),
        ]

    def comprehension(self, depth: int) -> List[Piece]:
        key = self.key()
        left, right = self.random.choice((("[", "]"), ("len({", "})"), ("use(", ")"), ("{", "}"), ("hop(", ")")))
        element = [same("(")] + self.expression(depth - 1) + [same(")")]
        if left == "{":
            head = [Piece("{", "{", key), same("r(3): "), Piece("", "("), *element, Piece("", ", hit(%d))[0]" % key)]
        else:
            if left == "len({":
                element = [same("id("), *element, same(")")]
            inside = {"[": ("", "[", "]"), "len({": ("len(", "{", "}"), "use(": ("use(", "(", ")"), "hop(": ("hop(", "(", ")")}[left]
            right = inside[2] + ")" * bool(inside[0])
            head = [same(inside[0]), Piece(inside[1], inside[1], key), Piece("", "("), *element, Piece("", ", hit(%d))[0]" % key)]
        tail = self.random.choice(
            (" for x in range(r(4))", " for x in range(4) if r(2)", " for x in range(r(3)) for y in range(r(3)) if x")
        )
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
        if kind in ASYNC and self.random.random() < 0.5:
            word, items, maker = "async for", "ag(r(4))", "alooks"
        self.line(indent, Piece("", "hit(%d)" % key))
        self.line(indent, Piece(word, word, key), Piece(" v in %s:" % items, " v in %s(%d, lambda: %s):" % (maker, key, items)))
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
            self.line(indent, Piece("except ", "except hit(%d) or " % key, key), same(name + self.random.choice((":", " as e:"))))
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
        if kind in ASYNC and self.random.random() < 0.5:
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
        self.line(
            indent,
            Piece("if ", "if hit(%d) or " % key, key),
            same("r(2): "),
            Piece("", "hit(%d); " % body, body),
            same("a = "),
            *self.expression(1),
        )

    def empty_loop(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        """A loop whose body leaves no instruction."""
        key = self.key()
        if self.random.random() < 0.5:
            test = self.random.choice(("r(3)", "r(2) and r(3)", "r(3) or r(2)", "not r(2)", "(n := r(4)) > 1", "[x for x in range(r(3))]"))
            return self.line(
                indent, Piece("while ", "while hit(%d) or " % key, key), same(self.random.choice(("%s: pass", "(%s): pass")) % test)
            )
        self.line(indent, Piece("", "hit(%d)" % key))
        self.line(
            indent, Piece("for", "for", key), Piece(" v in range(r(4)):", " v in looks(%d, lambda: range(r(4))):" % key), same(" pass")
        )

    def nested(self, indent: int, depth: int, loop: bool, kind: str) -> None:
        key = self.key()
        name = "n%d" % key
        inner = self.random.choice(("", "", "generator", "coroutine", "stream"))
        self.line(indent, Piece("", "hit(%d)" % key))
        self.line(indent, Piece("", "", key), same("%sdef %s(a=1):" % ("async " * (inner in ASYNC), name)))
        self.block(indent + 1, depth - 1, False, inner or "function")
        if inner in YIELDING:
            self.simple(indent + 1, same("yield a"))
        self.simple(indent, same("a = "), *self.run(name, inner))
