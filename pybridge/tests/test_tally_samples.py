"""What is sampled, and what is not: values after the statement, exceptions, secrets, and objects that must not run."""

from __future__ import annotations

import unittest

from tally_run import Run

from _tallyho.base.behaviour import BYTECODE_IS_KNOWN


class Values(unittest.TestCase):
    """The names of a statement after it ran."""

    def test_after_the_statement(self) -> None:
        run = Run("""
            total = 0
            for x in [1, 2, 3]:
                total += x
            del x
            """)
        self.assertEqual(run.values("total += x", "total"), ["1", "3", "6"])
        self.assertEqual(run.values("for x in [1, 2, 3]:", "x"), ["1", "2", "3", "3"])
        self.assertEqual(run.values("del x", "x"), [])

    def test_return_value(self) -> None:
        run = Run("""
            def f(a):
                return a * 2
            f(2); f("b")
            """)
        self.assertEqual([s.returned for s in run["return a * 2"].samples], [("int", "4"), ("str", "'bb'")])
        self.assertEqual(run["def f(a):"].calls, 2)

    def test_arguments_at_the_first_statement(self) -> None:
        run = Run("""
            def f(self, item, *rest, name=None):
                "Do nothing much."
                count = 1
                del rest
            f(0, 7)
            f(0, 8, 9, name="x")

            def g(item):
                return item.real
            g(3)
            """)
        self.assertEqual(run.values("count = 1", "item"), ["7", "8"])
        self.assertEqual(run.values("count = 1", "rest"), ["()", "(9,)"])
        self.assertEqual(run.values("count = 1", "name"), ["None", "'x'"])
        self.assertEqual(run.values("count = 1", "self"), [])
        self.assertEqual(run.values("return item.real", "item"), ["3"])

    def test_functions_modules_and_classes_are_left_out_until_they_change(self) -> None:
        run = Run("""
            import math
            class C: pass
            f = abs
            for i in range(3):
                r = f(i), math, C
                f = max if i == 1 else f
                f = 5 if i == 1 else abs
                f = abs
            """)
        self.assertEqual({name for s in run["r = f(i), math, C"].samples for name in s.vars}, {"r", "i"})
        self.assertEqual(run.values("f = max if i == 1 else f", "f"), ["<built-in function max>"])
        self.assertEqual(run.values("f = 5 if i == 1 else abs", "f"), ["5"])

    def test_attributes_and_items(self) -> None:
        run = Run("""
            class C:
                kind = "k"
                __slots__ = ("slot", "__dict__")
                def go(self):
                    self.total = 1
                    self.slot = 2
                    self.inner = {"a": [10, 20], "n": 1}
                    x = self.total + self.slot + self.inner["a"][-1] + len(self.kind)
                    i = 1
                    y = self.inner["a"][i]
            C().go()
            """)
        sample = run['x = self.total + self.slot + self.inner["a"][-1] + len(self.kind)'].samples[0].vars
        self.assertEqual(
            {name: text for name, (_, text) in sample.items()},
            {"x": "24", "self.total": "1", "self.slot": "2", "self.inner['a'][-1]": "20", "self.kind": "'k'"},
        )
        self.assertEqual(run.values('y = self.inner["a"][i]', "self.inner['a'][i]"), ["20"])

    def test_what_is_set_where_it_cannot_be_read_shows_what_it_changed(self) -> None:
        run = Run("""
            class Place:
                def __init__(self, table): self.__dict__["table"] = table
                def __setitem__(self, key, value): self.table[key[0]] = value
            class Frame:
                def __init__(self): self.table = {}
                @property
                def loc(self): return Place(self.table)
            def f(n): return n
            frame, grid, rows = Frame(), [[1, 2], [3, 4]], {}
            frame.loc[f(1), "x"] = 7
            grid[1][f(0)] = 5
            grid[f(0)][1] += 5
            rows[(1, 2)] = rows[f(3)] = 8
            grid[f(1)], rows[f(4)] = 6, grid
            """)
        self.assertEqual(run.values('frame.loc[f(1), "x"] = 7', "frame"), ["Frame(table={1: 7})"])
        self.assertEqual(run.values("grid[1][f(0)] = 5", "grid[1]"), ["[5, 4]"])
        self.assertEqual(run.values("grid[f(0)][1] += 5", "grid"), ["[[1, 7], [5, 4]]"])
        both = "rows[(1, 2)] = rows[f(3)] = 8"
        self.assertEqual(run.values(both, "rows"), ["{(1, 2): 8, 3: 8}"])
        self.assertEqual([sorted(s.vars) for s in run[both].samples], [["rows"]], "once")
        self.assertEqual([sorted(s.vars) for s in run["grid[f(1)], rows[f(4)] = 6, grid"].samples], [["grid", "rows"]])

    def test_nothing_of_the_program_runs(self) -> None:
        run = Run("""
            ran = []
            class Meta(type):
                def __instancecheck__(self, other): ran.append("instancecheck")
                def __getattribute__(self, name): ran.append("meta"); return type.__getattribute__(self, name)
            class Evil(metaclass=Meta):
                def __repr__(self): ran.append("repr")
                def __str__(self): ran.append("str")
                def __eq__(self, other): ran.append("eq")
                def __hash__(self): ran.append("hash"); return 1
                def __bool__(self): ran.append("bool")
                def __len__(self): ran.append("len")
                def __getattr__(self, name): ran.append("getattr")
                def __getitem__(self, name): ran.append("getitem")
                def __del__(self): ran.append("del")
                def __class__(self): ran.append("class")
                __class__ = property(__class__)
                @property
                def shown(self): ran.append("property")
            class Hook:
                def __getattribute__(self, name): ran.append("hook"); return 1
            class Loud(Exception):
                def __str__(self): ran.append("error str"); return "x"
                __repr__ = __str__
            class Key(str):
                def __eq__(self, other): ran.append("key eq"); return False
                def __hash__(self): return str.__hash__(self)
            e, h = Evil(), Hook()
            keep = [e, h]
            d = {Key("k"): 1}
            ran.clear()
            if False: e.shown, e.missing, e["k"], h.field, d["k"]
            def look(e, h, d):
                a = lambda: (e.shown, e.missing, e["k"], h.field)
                b = (lambda: d)()
                if d is None: e.shown; e.missing; e["k"]; h.field; d["k"]
                return e
            look(e, h, d)
            try:
                raise Loud(e)
            except Loud as error:
                pass
            error = None
            """)
        self.assertEqual(run.error, None)
        self.assertEqual(run.names["ran"], [])

    def test_secrets(self) -> None:
        run = Run("""
            class C: pass
            c = C()
            password = "hunter2"
            c.api_key = "k"
            d = {"token": "t", "n": 1}
            t = d["token"]
            """)
        self.assertEqual(run.values('password = "hunter2"', "password"), ["{redacted}"])
        self.assertEqual(run.values('c.api_key = "k"', "c.api_key"), ["{redacted}"])
        self.assertEqual(run.values('t = d["token"]', "d['token']"), ["{redacted}"])
        self.assertNotIn("'t'", run.values('d = {"token": "t", "n": 1}', "d")[0])

    def test_long_values_are_cut(self) -> None:
        run = Run("""
            s = "x" * 100000
            d = [list(range(1000))] * 1000
            """)
        self.assertLess(len(run.values('s = "x" * 100000', "s")[0]), 200)
        self.assertTrue(run.values("d = [list(range(1000))] * 1000", "d")[0].endswith("… 1000 items …]"))

    def test_first(self) -> None:
        """The first hits and no others, all names, in tracefunc's text."""
        run = Run(
            """
            def f(n):
                for i in range(n):
                    t = "x" * 60
            f(50)
            """,
            samples="first",
            sample_limit=10,
        )
        statement = run['t = "x" * 60']
        self.assertEqual([s.hit for s in statement.samples], list(range(1, 11)))
        self.assertEqual(statement.samples[0].vars["t"], ("str", "'" + "x" * 46 + "..."))
        self.assertEqual(statement.hits, 50)
        self.assertEqual(run["for i in range(n):"].samples[0].vars["range"], ("type", "<class 'range'>"))

    def test_off(self) -> None:
        for config in ({"samples": "off"}, {"tally": "counts"}):
            run = Run("for i in range(5):\n    x = i\n", **config)
            self.assertEqual((run["x = i"].hits, run["x = i"].samples), (5, []))

    def test_not_callable_yet(self) -> None:
        """Names without a value are left out, and stand as such where all names are asked for."""
        text = "for x in []:\n    pass\nclass A:\n    y = [z for z in (1,)]\n"
        self.assertEqual(Run(text)["for x in []:"].samples, [])
        sample = Run(text, samples="first")["for x in []:"].samples[0]
        self.assertEqual(sample.vars["x"], ("NameError", "<unavailable>"))


class Exceptions(unittest.TestCase):
    """Exceptions at the statement that raised them and at those they passed through."""

    TEXT = """
        def inner(n):
            return 1 // n
        def outer(n):
            x = inner(n)
            return x
        caught = 0
        for n in (1, 0, 2, 0):
            try:
                outer(n)
            except ZeroDivisionError as e:
                caught += 1
        """

    def test_counts_and_messages(self) -> None:
        run = Run(self.TEXT)
        for text in ("return 1 // n", "x = inner(n)", "outer(n)"):
            statement = run[text]
            self.assertEqual((statement.hits, statement.raised), (4, 2), text)
            raised = [(s.hit, s.raised) for s in statement.samples if s.raised]
            self.assertEqual(len(raised), 2, text)
            self.assertEqual({what for _, what in raised}, {("ZeroDivisionError", "%s" % raised[0][1][1])})
            self.assertEqual([hit for hit, _ in raised], [2, 4], text)
        self.assertEqual((run["return x"].hits, run["return x"].raised), (2, 0))
        self.assertEqual(run["caught += 1"].raised, 0)
        self.assertTrue(run.values("except ZeroDivisionError as e:", "e")[0].startswith("ZeroDivisionError("))

    def test_types_have_slots_of_their_own(self) -> None:
        run = Run("""
            for error in (KeyError("k"), ValueError("v"), KeyError("k")):
                try:
                    raise error
                except (KeyError, ValueError):
                    pass
            """)
        types = {}
        for kind, value in run.harness.records.written:
            if kind == 7:
                for slot, name in value.get("types", ()):
                    types[name] = run.harness.memory.counters[slot]
        self.assertEqual(types, {"KeyError": 2, "ValueError": 1})
        self.assertEqual(
            [s.raised for s in run["raise error"].samples if s.raised], [("KeyError", "'k'"), ("ValueError", "v"), ("KeyError", "'k'")]
        )

    def test_ends_of_iteration_are_no_errors(self) -> None:
        run = Run("""
            class It:
                def __iter__(self): return self
                def __next__(self): raise StopIteration
            def gen():
                yield 1
                yield 2
            def use():
                for x in It(): pass
                for x in gen(): break
                r = yield from gen()
            for y in use(): z = y
            """)
        self.assertEqual(
            {one.text for one in run.harness.statements() if one.raised}, {"raise StopIteration"} if BYTECODE_IS_KNOWN else set()
        )

    @unittest.skipIf(not BYTECODE_IS_KNOWN, "by line StopIteration is never counted")
    def test_what_is_thrown_in_and_caught_below_is_no_error(self) -> None:
        """A subgenerator or coroutine that catches what is thrown into it and returns, however it is waited for."""
        run = Run("""
            def inner():
                try:
                    yield 1
                except KeyError:
                    pass
                return 'r'
            def outer():
                v = yield from inner()
                return v
            def middle():
                w = yield from outer()
                return w
            class It:
                def __iter__(self): return self
                def __next__(self): return 1
                def throw(self, *e): raise StopIteration('it')
            def other():
                u = yield from It()
                return u
            class Wait:
                def __await__(self):
                    t = yield from inner()
                    return t
            class Manager:
                async def __aenter__(self): await Wait(); return 'm'
                async def __aexit__(self, *e): await Wait()
            async def coroutine():
                s = await Wait()
                async with Manager() as m:
                    p = s + m
                return p
            def drive(one):
                one.send(None)
                try:
                    for _ in range(9): one.throw(KeyError)
                except StopIteration as e:
                    return e.value
            found = [drive(outer()), drive(middle()), drive(other()), drive(coroutine())]
            """)
        self.assertIsNone(run.error)
        self.assertEqual(run.names["found"], ["r", "r", "it", "rm"])
        self.assertEqual(
            {one.text: one.raised for one in run.harness.statements() if one.raised},
            {"yield 1": 5, "raise StopIteration('it')": 1, "one.throw(KeyError)": 4},
        )
        for text, name, value in (
            ("v = yield from inner()", "v", "'r'"),
            ("w = yield from outer()", "w", "'r'"),
            ("u = yield from It()", "u", "'it'"),
            ("t = yield from inner()", "t", "'r'"),
            ("s = await Wait()", "s", "'r'"),
        ):
            self.assertEqual((run[text].raised, run.values(text, name)[-1:]), (0, [value]), text)

    def test_messages_are_bounded(self) -> None:
        run = Run("""
            for i in range(100):
                try:
                    raise ValueError(i)
                except ValueError:
                    pass
            """)
        raised = [s for s in run["raise ValueError(i)"].samples if s.raised]
        self.assertEqual(run["raise ValueError(i)"].raised, 100)
        self.assertTrue(10 <= len(raised) < 40, len(raised))


if __name__ == "__main__":
    unittest.main()
