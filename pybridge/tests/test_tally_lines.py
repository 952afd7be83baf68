"""Counting by line, where that is all there is; and which files are counted at all."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
import tempfile
import textwrap
import time
import unittest
from types import CodeType
from typing import Any, Dict, List, Tuple
from unittest import mock

from tally_harness import MONITORING, Harness

from _tallyho.base.globs import compiled
from _tallyho.base.tallied import TalliedFiles
from _tallyho.base.textcode import lines_key
from _tallyho.tally import codes, files

PROGRAM = textwrap.dedent("""\
    def f(n):
        total = 0
        for i in range(n):
            total += (
                i)
        with open(__file__) as s:
            x = s
        while n:
            n -= 1
        try:
            return 1 // n
        except ZeroDivisionError as e:
            y = e
        finally:
            z = 2
        return total

    f(3); f(0)
    class C:
        a = 1

        def m(self):
            return self.a


    def g(n):
        for i in range(n):
            x = yield i


    list(g(2))
    C().m()
    """)

HITS = {
    "total = 0": 2,
    "for i in range(n):": 5,
    "total += (\n            i)": 3,
    "with open(__file__) as s:": 2,
    "x = s": 2,
    "while n:": 5,
    "n -= 1": 3,
    "try:": 2,
    "return 1 // n": 2,
    "except ZeroDivisionError as e:": 2,
    "y = e": 2,
    "z = 2": 2,
    "return total": 2,
    "def f(n):": 1,
    "f(3)": 1,
    "f(0)": 1,
    "class C:": 1,
    "a = 1": 1,
    "def m(self):": 1,
    "return self.a": 1,
    "def g(n):": 1,
    "x = yield i": 2,
    "list(g(2))": 1,
    "C().m()": 1,
}


def run(text: str, **config: Any) -> Harness:
    """Run a program's text, counted by line."""
    config.setdefault("backend", "settrace")
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "case.py")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        harness = Harness(**config)
        with harness:
            exec(compile(text, path, "exec", dont_inherit=True), {"__name__": "case", "__file__": path})
    return harness


class Lines(unittest.TestCase):
    """Statements by the lines that they begin on."""

    def test_counts(self) -> None:
        harness = run(PROGRAM)
        self.assertEqual(harness.tally.errors, 0)
        wrong = {}
        for one in harness.statements():
            expected = HITS.get(one.text)
            if one.text == "for i in range(n):" and one.function == "g":
                expected = 3
            if expected != one.hits:
                wrong[one.text] = one.hits
        self.assertEqual(wrong, {})
        self.assertEqual([one.calls for one in harness.statements() if one.kind == "def"], [2, 1, 1])
        self.assertTrue(next(value for kind, value in harness.records.written if kind == 6)["by_line"])

    def test_jumps(self) -> None:
        """A statement that is nothing but a jump: its count, or none where the compiler has others jump over it (below 3.10)."""
        text = textwrap.dedent("""\
            def f():
                done = left = 0
                for n in (1, 2, 3, 4):
                    if n == 1 or n == 3:
                        continue
                    if n == 4 or n == 5:
                        break
                    done += 1
                while True:
                    left += 1
                    if left > 3 or left > 5:
                        break
                    elif left == 1 or left == 2:
                        continue
                    done += 1
                return done
            f()
            """)
        expected = {5: 2, 7: 1, 12: 1, 14: 2, 8: 1, 10: 4, 15: 1, 16: 1}
        found = {one.line: one for one in run(text).statements() if one.line in expected}
        for line, count in expected.items():
            one = found[line]
            self.assertIn(one.hits, (count, 0) if one.text in ("continue", "break") and sys.version_info < (3, 10) else (count,), one)
            self.assertEqual(one.hits > 0, one.ran, one)

    def test_values(self) -> None:
        harness = run(PROGRAM)
        samples = {one.text: one.samples for one in harness.statements()}
        self.assertEqual([s.vars["total"][1] for s in samples["total += (\n            i)"]], ["0", "1", "3"])
        self.assertEqual([s.returned for s in samples["return total"]], [("int", "3"), ("int", "0")])
        self.assertEqual([s.raised and s.raised[0] for s in samples["return 1 // n"]], ["ZeroDivisionError"] * 2)
        self.assertEqual({one.text: one.raised for one in harness.statements()}["return 1 // n"], 2)

    def test_a_file_too_long_to_read(self) -> None:
        """Its lines are its spans, and its module code, a table of data, is left alone."""
        count = files.MOST_LINES + 10
        text = "def f():\n    return 1\nTABLE = {\n" + "    'k': [f()],\n" * count + "}\nf()\n"
        before = time.process_time()  # of a busy machine others take the rest
        harness = run(text, backend="auto")
        self.assertLess(time.process_time() - before, 20)
        self.assertEqual(harness.tally.errors, 0)
        by_line = {one.line: one for one in harness.statements()}
        self.assertEqual(by_line[2].hits, count + 1)
        self.assertEqual((by_line[1].hits, by_line[1].ran), (0, False))

    def test_a_long_file_is_not_digested(self) -> None:
        """What its constants hold, and the functions in it, is asked by nobody: that takes longer than to run it."""
        text = "def f():\n    return 'one'\ndef g():\n    return 'two'\nf(); g(); g()\n" + "#\n" * files.MOST_LINES
        with mock.patch.object(codes, "code_key", side_effect=AssertionError("digested")):
            harness = run(text, backend="auto")
        self.assertEqual((harness.tally.errors, [one.hits for one in harness.statements() if one.ran]), (0, [1, 1, 1, 2, 1]))

    def test_the_key_of_a_long_files_code(self) -> None:
        text = "def f(a):\n    return 'one'\ndef f(a):\n    return 'one'\nf = lambda a: 1\n"
        first, second = (
            [one for one in compile(t, "x", "exec").co_consts if isinstance(one, CodeType)] for t in (text, text.replace("one", "two"))
        )
        self.assertEqual(list(map(lines_key, first)), list(map(lines_key, second)))
        self.assertEqual(len(set(map(lines_key, first))), 3)

    def test_a_long_file_is_not_sent_where_it_can_be_read(self) -> None:
        """Where raw counts are worked out elsewhere, long files are read there too, if their text is UTF-8."""
        for data, read in (
            (b"def f():\n    return 1\nf()\n", True),
            (b"\xef\xbb\xbfdef f():\n    return 1\nf()\n", True),
            (b"# coding: latin-1\ndef f(): return '\xe4'\nf()\n", False),
        ):
            text = data + b"#\n" * files.MOST_LINES
            with tempfile.TemporaryDirectory() as directory:
                path = os.path.join(directory, "case.py")
                with open(path, "wb") as stream:
                    stream.write(text)
                about = os.stat(path)
                harness = Harness(eager=0)
                with harness:
                    exec(compile(text, path, "exec", dont_inherit=True), {})
            told = [value for kind, value in harness.records.written if kind == 6]
            expected = {"mtime": about.st_mtime_ns, "size": len(text)} if read else None
            self.assertEqual([(one.get("read"), "source" in one) for one in told], [(expected, expected is None)])

    def test_threads_add_up(self) -> None:
        text = (
            "import sys, threading\nsys.setswitchinterval(1e-5)\ndef f():\n    for i in range(4000):\n        g(i)\ndef g(n):\n    return n\n"
            "threads = [threading.Thread(target=f) for _ in range(4)]\nfor t in threads: t.start()\nfor t in threads: t.join()\n"
        )
        interval = sys.getswitchinterval()
        try:
            harness = run(text)
        finally:
            sys.setswitchinterval(interval)
        found = {one.text: one for one in harness.statements()}
        self.assertEqual((found["return n"].hits, found["g(i)"].hits, found["def g(n):"].calls), (16000, 16000, 16000))

    @unittest.skipIf(MONITORING is None, "needs sys.monitoring")
    def test_a_code_object_too_long_to_plan(self) -> None:
        """The rest of the file is counted by statement all the same."""
        entries = "    'k': [f(), f(), f(), f()],\n" * 1300
        text = "def f(): a = 1; return a\nTABLE = {\n" + entries + "}\n"
        harness = run(text, backend="auto")
        found = {one.text: one for one in harness.statements()}
        self.assertEqual(found["return a"].hits, 4 * 1300)
        self.assertEqual(found["a = 1"].hits, 4 * 1300)

    def test_deep_syntax(self) -> None:
        """An expression of hundreds of terms, and nesting near the compiler's limits."""
        text = "x = " + " + ".join(["1"] * 800) + "\n"
        for depth in range(18):
            text += "    " * depth + "for i%d in (1,):\n" % depth
        text += "    " * 18 + "y = 1\n"
        harness = run(text, backend="auto")
        self.assertEqual(harness.tally.errors, 0)
        self.assertEqual({one.text: one.hits for one in harness.statements()}["y = 1"], 1)

    def test_sources_of_all_sorts(self) -> None:
        """Byte order mark, coding cookie, all line ends, form feed, tabs: columns are characters."""
        for data in (
            b"\xef\xbb\xbfx = '\xc3\xa9'; y = 2\n",
            "# coding: latin-1\nx = 'é'; y = 2\n".encode("latin-1"),
            "x = 'é'; y = 2\r\nz = 3\r\n".encode(),
            "x = 'é'; y = 2\rz = 3\r".encode(),
            "\x0cx = 'é'; y = 2\n".encode(),
            "if 1:\n\tx = 'é'; y = 2".encode(),
        ):
            with tempfile.TemporaryDirectory() as directory:
                path = os.path.join(directory, "case.py")
                with open(path, "wb") as stream:
                    stream.write(data)
                harness = Harness()
                with harness:
                    exec(compile(data, path, "exec", dont_inherit=True), {})
            found = {one.text: one.hits for one in harness.statements()}
            self.assertEqual((found.get("x = 'é'"), found.get("y = 2")), (1, 1), data)


class Files(unittest.TestCase):
    """Whose files are counted."""

    def test_shared_table_of_globs(self) -> None:
        table = os.path.join(os.path.dirname(__file__), "..", "..", "testdata", "globs.json")
        if not os.path.exists(table):
            self.skipTest("the shared table is not here")
        with open(table, encoding="utf-8") as stream:
            shared = json.load(stream)
        for glob, path, expected in shared["rows"]:
            matched = any(pattern.match(path) for pattern in compiled([glob], shared["root"]))
            self.assertEqual(matched, expected, (glob, path))

    def check(self, config: Dict[str, Any], rows: List[Tuple[str, bool]]) -> None:
        wanted = TalliedFiles(dict(config, cwd="/home/me/proj"))
        for path, expected in rows:
            self.assertEqual(wanted(path), expected, (config, path))

    def test_my_code(self) -> None:
        library = os.path.dirname(os.__file__)
        self.check(
            {},
            [
                ("/home/me/proj/a.py", True),
                (os.path.join(library, "json", "decoder.py"), False),
                (os.path.join(library, "site-packages", "x.py"), False),
                ("/venv/lib/python3.12/site-packages/x.py", False),
                ("/usr/lib/python3/dist-packages/x.py", False),
                ("<string>", False),
                ("<frozen importlib._bootstrap>", False),
                (os.path.join(os.path.dirname(files.__file__), "tally.py"), False),
            ],
        )
        self.check({"just_my_code": False}, [(os.path.join(library, "json", "decoder.py"), True), ("<frozen importlib._bootstrap>", False)])

    def test_scripts_of_what_is_installed(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for home, installed in (("venv", True), ("proj", False)):
                os.makedirs(os.path.join(folder, home, "bin"))
                if installed:
                    open(os.path.join(folder, home, "pyvenv.cfg"), "w").close()
                self.check({}, [(os.path.join(folder, home, "bin", "tool"), not installed), (os.path.join(folder, home, "tool.py"), True)])
                self.check({"include": ["**/bin/tool"]}, [(os.path.join(folder, home, "bin", "tool"), True)])
        self.check({}, [(os.path.join(sysconfig.get_path("scripts"), "tool"), False)])

    def test_globs(self) -> None:
        self.check(
            {"exclude": ["tests/**", "*_pb2.py"], "include": ["**/site-packages/mine/*.py"]},
            [
                ("/home/me/proj/tests/x/a.py", False),
                ("/home/me/proj/src/a_pb2.py", False),
                ("/home/me/proj/src/a.py", True),
                ("/v/site-packages/mine/a.py", True),
                ("/v/site-packages/mine/sub/a.py", False),
                ("/v/site-packages/other/a.py", False),
            ],
        )
        self.check(
            {"exclude": ["./gen/**", "/abs/[ab].py"]},
            [("/home/me/proj/gen/a.py", False), ("/home/me/proj/x/gen/a.py", True), ("/abs/a.py", False), ("/abs/c.py", True)],
        )

    def test_pseudo_files_that_linecache_knows(self) -> None:
        import linecache

        text = "def f():\n    return 5\nf()\n"
        linecache.cache["<cell 1>"] = (len(text), None, text.splitlines(True), "<cell 1>")
        try:
            harness = Harness()
            with harness:
                exec(compile(text, "<cell 1>", "exec"), {})
            self.assertEqual([one.hits for one in harness.statements(path="<cell 1>")], [1, 1, 1])
        finally:
            del linecache.cache["<cell 1>"]


if __name__ == "__main__":
    unittest.main()
