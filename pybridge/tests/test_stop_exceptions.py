"""Exceptions: at which moment of their life each filter stops, and what is told of them."""

from __future__ import annotations

import itertools
import sys
import unittest
from typing import Any, Dict, List

from size import its_turn
from stopping import BACKENDS, Debuggee, at_exceptions

KNOWS_FATES = sys.version_info >= (3, 11)

PROGRAM = """
import contextlib, json, threading

class Mine(Exception):
    pass

def swallowed():
    try:
        int("x")                                    # int
    except ValueError:                              # except
        pass

def passed_on():
    try:
        raise Mine("again")                         # mine
    except Mine as error:
        raise RuntimeError("other") from error      # other

def finally_(n):
    try:
        return [1][n]                               # index
    finally:
        n = 0

def callback(pairs):
    raise KeyError("inside a library")              # callback

def generator():
    yield 1

def main():
    swallowed()
    for _ in generator(): pass
    with contextlib.suppress(OSError):
        raise OSError("quiet")                      # suppressed
    getattr(object(), "missing", None)
    try:
        passed_on()
    except RuntimeError:
        print("caught")
    try:
        finally_(5)
    except (KeyError, IndexError):
        print("index")
    try:
        json.loads("{}", object_pairs_hook=callback)    # loads
    except LookupError:
        print("callback")
    work = threading.Thread(target=fails, name="worker")
    work.start()
    work.join()

def fails():
    deep = 3
    raise Mine("in a thread")                       # thread

main()
raise SystemExit(3)                                 # exit
"""

LAST = """
def outer(a):
    inner(a * 2)                    # call

def inner(b):
    try:
        value = b / 0               # divide
    finally:
        b = None

outer(1)                            # outer
"""

GROUPS = """
def main():
    try:
        try:
            raise ValueError("first")
        except ValueError as error:
            raise TypeError("second", 2) from error
    except TypeError as error:
        raise ExceptionGroup("both", [error, KeyError("third")])        # group
try:
    main()
except Exception:
    pass
"""


CHANGING = """
import builtins, module
Caught, kinds, n, lost = KeyError, [KeyError], 0, builtins.KeyError
class Self: kind = KeyError
class Derived(Self): pass
class Other: kind = ValueError
class ValueErrors:
    def __get__(self, *_): return ValueError
    def __set__(self, *_): pass
class Type(type): pass
class Own(metaclass=Type): kind = KeyError
class Slotted: __slots__ = "kind"
class Seen:
    kinds = KeyError
    @property
    def kind(self): return self.kinds
this, slotted, seen = Self(), Slotted(), Seen()
slotted.kind = KeyError
def raises(deep):
    if deep: raises(deep - 1)
    raise lost("x")
def catches(deep, self=this, slotted=slotted, seen=seen):
    local = kinds[0]
    try: raises(deep)
    except CLAUSE: pass
for n in range(20):
    if n == 9:
        CHANGE
    for deep in range(3): catches(deep)
"""


REPEATING = """
class Thing:
    @property
    def lost(self): raise AttributeError("lost")
    def __getattr__(self, name): return fails(AttributeError, name)
    def __iter__(self): return self
    def __next__(self): return fails(StopIteration)
class Items:
    def __getitem__(self, at): return fails(IndexError)
def fails(kind, *args): raise kind(*args)
def passes(kind):
    try: fails(kind)
    except UnicodeError: pass
    finally: kind = None
def around(kind, catches):
    try: passes(kind)
    except catches: pass
def catches(kind):
    try: passes(kind)
    except (OSError, ValueError): pass
def deep(n, kind):
    if n: return deep(n - 1, kind)
    fails(kind)
def shallow(n, kind):
    try: deep(n, kind)
    except ValueError: pass
thing, caught = Thing(), OSError
"""

REPEATED = [  # what is done nine times, and what ends the program
    ("getattr(thing, 'lost', None)", "thing.lost"),
    ("hasattr(thing, 'other')", "thing.other"),
    ("hasattr(thing, 'other')", "fails(AttributeError)"),
    ("list(thing)", "fails(TypeError)"),
    ("for _ in thing: pass", "fails(ValueError)"),
    ("for _ in Items(): pass", "Items()[0]"),
    ("catches(OSError); catches(ValueError)", "catches(RuntimeError)"),
    ("catches(ValueError)", "passes(ValueError)"),
    ("around(OSError, OSError)", "around(OSError, ValueError)"),
    ("around(OSError, caught)", "caught = KeyError; around(OSError, caught)"),
    ("shallow(n, ValueError)", "deep(3, ValueError)"),
    ("shallow(5, ValueError)", "shallow(5, OSError)"),
    ("try: deep(n, OSError)\nexcept OSError: pass", "deep(8, OSError)"),
]


class Exceptions(unittest.TestCase):
    def stops(self, backend: str, when: str, **more: Any) -> List[str]:
        """Return where a filter stops the program: line, text."""
        found: List[str] = []
        with Debuggee(backend, {"main.py": PROGRAM}) as it:
            marks = {it.line(mark): mark for mark in
                     ("int", "mine", "other", "index", "callback", "suppressed", "thread", "loads", "exit")}  # fmt: skip
            it.start([at_exceptions(when, **more)])
            while True:
                try:
                    stop = it.stopped("exception")
                except AssertionError:
                    break
                self.assertEqual(stop["tracepoints"], [1])
                frame = next(frame for frame in it.frames() if frame["user"])
                found.append("%s %s" % (marks.get(frame["line"], frame["line"]), it.ask("exception", thread=it.thread)["type"]))
                it.resume()
        return found

    def test_moments(self) -> None:
        raised = ["int ValueError", "suppressed OSError", "mine Mine", "other RuntimeError", "index IndexError",
                  "callback KeyError", "thread Mine", "exit SystemExit"]  # fmt: skip
        want: Dict[str, List[str]] = {
            "raised": raised,
            "uncaught": ["thread Mine", "exit SystemExit"],
            "userUnhandled": ["callback KeyError", "thread Mine"],
            "silenced": ["int ValueError", "other RuntimeError", "index IndexError"],
        }
        if not KNOWS_FATES:
            want["userUnhandled"] = want["silenced"] = []
        for backend in BACKENDS:
            for when, stops in want.items():
                with self.subTest(backend=backend, when=when):
                    got = self.stops(backend, when)
                    self.assertEqual(got, stops)

    def test_classes(self) -> None:
        for backend in BACKENDS:
            self.assertEqual(
                self.stops(backend, "raised", classes=["__main__.Mine", "KeyError"]), ["mine Mine", "callback KeyError", "thread Mine"]
            )
            self.assertEqual(self.stops(backend, "raised", classes=["LookupError"]), ["index IndexError", "callback KeyError"])

    def test_uncaught_in_the_main_thread(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": LAST}) as it:
                it.start([at_exceptions("uncaught")])
                stop = it.stopped("exception")
                self.assertEqual(stop["text"], "ZeroDivisionError('division by zero')")
                self.assertEqual(
                    it.where(), ["inner:%d" % it.line("divide"), "outer:%d" % it.line("call"), "<module>:%d" % it.line("outer")]
                )
                self.assertEqual(it.locals()["b"], "2" if KNOWS_FATES else "None")
                info = it.ask("exception", thread=it.thread)
                self.assertEqual((info["type"], info["message"], info["mode"]), ("ZeroDivisionError", "division by zero", "unhandled"))
                self.assertEqual(it.value("a", frame=it.frames()[1]["id"]), "1")
                it.resume()
                it.finish(1)

    def test_what_was_found_out_before_may_be_otherwise(self) -> None:
        """Frames are judged by what they did before only as long as the names in their clauses mean the same."""
        for number, (clause, change) in enumerate((
            ("Caught", "Caught = ValueError"), ("(OSError, Caught)", "Caught = ValueError"), ("KeyError", "class KeyError(Exception): pass"),
            ("module.Caught", "module.Caught = ValueError"), ("local", "kinds[0] = ValueError"), ("self.kind", "Self.kind = ValueError"),
            ("Self.kind", "Self.kind = ValueError"), ("Derived.kind", "Derived.kind = ValueError"), ("Own.kind", "Type.kind = ValueErrors()"),
            ("(OSError, local)", "kinds[0] = ValueError"), ("self.kind", "this.kind = ValueError"),
            ("(OSError, self.kind)", "this.kind = ValueError"), ("this.kind", "this.kind = ValueError"), ("slotted.kind", "slotted.kind = ValueError"),
            ("seen.kind", "Seen.kinds = ValueError"),
        )):  # fmt: skip
            # C may swallow a KeyError on its way: that is told where it ends its thread, another where it is raised.
            for also, (kind, backend) in enumerate(itertools.product(("KeyError", "ZeroDivisionError"), BACKENDS)):
                if not its_turn(number + also):
                    continue
                text = CHANGING.replace("CLAUSE", clause).replace("CHANGE", change).replace("KeyError", kind)
                files = {"main.py": text, "module.py": "Caught = %s\n" % kind}
                with self.subTest(clause, kind=kind, backend=backend), Debuggee(backend, files) as it:
                    it.start([at_exceptions("uncaught")])
                    it.stopped("exception")
                    self.assertEqual(it.locals(it.frames()[-1]["id"])["n"] if KNOWS_FATES else "9", "9")
                    it.resume()
                    it.finish(1)

    def test_what_is_known_of_a_place_holds_there_alone(self) -> None:
        """One place raises what is caught, or swallowed, again and again; then the same comes to it and ends the program."""
        for number, (work, last) in enumerate(REPEATED):
            text = REPEATING + "for n in range(9):\n    %s\n%s\n" % (work.replace("\n", "\n    "), last)
            for also, backend in enumerate(BACKENDS):
                if not its_turn(number + also):
                    continue
                with self.subTest(work, last=last, backend=backend), Debuggee(backend, {"main.py": text}) as it:
                    it.start([at_exceptions("uncaught")])
                    it.stopped("exception")
                    self.assertEqual(it.locals(it.frames()[-1]["id"])["n"] if KNOWS_FATES else "8", "8")
                    it.resume()
                    with self.assertRaises(AssertionError):
                        it.stopped("exception")

    def test_exit_codes(self) -> None:
        """A SystemExit stops where its code is one of those asked for, and a filter's classes matter more."""
        rows: List[Any] = [
            (None, "3", True), (None, "0", False), (None, "None", False), (None, "'failed'", True), (None, "False", False),
            ([], "3", False), ([[0, 0]], "0", True), ([[0, 0]], "None", True), ([[0, 0]], "3", False), ([[2, 4], [7, 7]], "4", True),
            ([[2, 4], [7, 7]], "5", False), ([[1, 1]], "'failed'", True),
        ]  # fmt: skip
        for codes, code, stops in rows:
            with self.subTest(codes=codes, code=code), Debuggee(BACKENDS[0], {"main.py": "raise SystemExit(%s)  # exit\n" % code}) as it:
                it.start([at_exceptions("uncaught")], exit_codes=codes)
                if stops:
                    it.stopped("exception")
                    it.resume()
                it.finish(1 if code == "'failed'" else int(eval(code) or 0))
        with Debuggee(BACKENDS[0], {"main.py": "raise SystemExit(0)\n"}) as it:
            it.start([at_exceptions("uncaught", classes=["SystemExit"])], exit_codes=[])
            it.stopped("exception")
            it.end()

    @unittest.skipUnless(KNOWS_FATES, "exception groups came with 3.11")
    def test_info(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": GROUPS}) as it:
                it.start([at_exceptions("raised", classes=["ExceptionGroup"])])
                it.stopped("exception")
                info = it.ask("exception", thread=it.thread)
                self.assertEqual((info["qualname"], info["message"], info["mode"]), ("ExceptionGroup", "both (2 sub-exceptions)", "always"))
                self.assertEqual([one["type"] for one in info["inner"]], ["TypeError", "KeyError"])
                self.assertEqual(info["inner"][0]["message"], "('second', 2)")
                self.assertEqual([one["message"] for one in info["inner"][0]["inner"]], ["first"])
                self.assertIn("line %d, in main" % it.line("group"), info["stack"])
                it.end()

    def test_steps_into_the_handler(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": PROGRAM}) as it:
                it.start([at_exceptions("raised", classes=["ValueError"])])
                it.stopped("exception")
                self.assertEqual(it.step()[0], "swallowed:%d" % it.line("except"))
                it.resume()
                it.finish(3)


if __name__ == "__main__":
    unittest.main()
