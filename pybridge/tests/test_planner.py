"""The planner says of code what the tally itself plans for it, and never more than is true of the file."""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import CodeType
from typing import Any, Dict, List, Optional, Tuple
from unittest import mock

from statement_programs import PROGRAMS
from tally_harness import HERE, MONITORING, Harness

from _tallyho.base.behaviour import BYTECODE_IS_KNOWN
from _tallyho.base.source import Source
from _tallyho.tally import planner
from _tallyho.tally.files import TallyFile
from _tallyho.tally.plan import PlanError, make_plan
from _tallyho.tally.planner import Planner, by_raw_key, raw_key, serve
from _tallyho.tally.walk import read

SOURCES: Dict[str, str] = {
    "nested functions": "def outer(n):\n    def inner(m):\n        return m + n\n    return inner\nouter(1)(2)\n",
    "a class": "class A:\n    x = 1\n    def f(self):\n        return self.x\n    class B:\n        y = 2\nA().f()\n",
    "comprehensions": "a = [i for i in range(9) if i % 2]\nb = {i: j for i in a for j in a}\nc = {i for i in b}\n",
    "generators": "def g():\n    yield 1\n    yield from (i * i for i in range(3))\nlist(g())\n"
    "async def h():\n    async with a as b:\n        await b\n    return [i async for i in b]\n",
    "decorators": "def same(f):\n    return f\n@same\n@same\ndef f(x=lambda: 1, *a):\n    return x\n@same\nclass A: pass\nf()()\n",
    "columns in characters": "ü = 'ä€😀'; b = [ö for ö in ü]; c = 'é' and ü\ndef ñ(): return 'ß'; x = 1\nñ()\n",
    "loops": "n = 3\nwhile n: n -= 1\nelse: m = 1\nfor a in range(3):\n    if a == 1: continue\n    try:\n        1 / a\n"
    "    except ZeroDivisionError: pass\n    finally: b = a\n",
    "match": "match 3:\n    case 1: a = 1\n    case int(): a = 2\nwith open(__file__): pass\nassert a == 2\n",
    "type parameters": "def f[T: int](x: T) -> T:\n    return x\ntype A = int\nclass C[T]: pass\nf(1)\n",
    "nothing": "",
    "no last newline": "if 1:\n    x = 1",
    "other line ends": "a = 1\r\ndef f():\r\n    return a\r\nf()\r\n",
}


def all_codes(text: Any, path: str, optimize: int = 0) -> List[CodeType]:
    return list(by_raw_key(compile(text, path, "exec", dont_inherit=True, optimize=optimize)).values())


@unittest.skipIf(not BYTECODE_IS_KNOWN, "statement plans need CPython 3.12 to 3.15")
class Asking(unittest.TestCase):
    """One file, and questions about it."""

    def setUp(self) -> None:
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = made.name
        self.plans = os.path.join(made.name, "plans")
        os.mkdir(self.plans, 0o700)
        self.path = os.path.join(made.name, "case.py")

    def write(self, data: bytes) -> None:
        Path(self.path).write_bytes(data)

    def request(self, keys: Any, **more: Any) -> bytes:
        about = os.stat(self.path)
        asked = {"id": 7, "path": self.path, "mtime": about.st_mtime_ns, "size": about.st_size, "codes": list(keys), **more}
        return json.dumps(asked).encode()

    def ask(self, keys: Any, by: Optional[Planner] = None, **more: Any) -> Any:
        answer = json.loads((by or Planner()).answer(self.request(keys, **more)))
        self.assertEqual(answer["id"], 7)
        return answer


class Answers(Asking):
    """What is answered to one request."""

    def expected(self, data: bytes, code: CodeType) -> Any:
        """Return what the tally itself plans, by code units."""
        source = Source(self.path, data)
        try:
            plan = make_plan(read(source), lambda: source, code)
        except PlanError:
            return None
        units = [offset // 2 for offset in plan.places()]
        return {
            "hits": [[span, units[slot], weight] for span, slot, weight in plan.hits()],
            "calls": [[span, units[slot], weight] for span, slot, weight in plan.entries()],
            "planned": plan.planned(),
        }

    def check(self, data: bytes, text: Optional[str] = None, optimize: int = 0) -> None:
        """Ask about all code of a file, cold and out of the cache, and compare with what the tally does."""
        self.write(data)
        codes = all_codes(data, self.path, optimize)
        want = [self.expected(data, code) for code in codes]
        keys = [raw_key(code) for code in codes]
        with Harness() as harness:
            file = harness.tally.files.of(codes[0], self.path)
            assert file is not None
            file.announce(harness.records)
        for kept in (False, True):
            one = Planner(self.plans)
            with mock.patch.object(planner, "make_plan", side_effect=AssertionError if kept else make_plan):
                answer = self.ask(keys, one, optimize=optimize)
            one.close()
            self.assertNotIn("error", answer)
            self.assertEqual(answer["file"], harness.records.written[0][1])
            self.assertEqual(answer["codes"], want)
        if text is not None:
            self.assertEqual(answer["file"]["source"], text)

    def test_says_what_the_tally_plans(self) -> None:
        """For each kind of code; also out of the cache."""
        for name, text in SOURCES.items():
            with self.subTest(name):
                self.check(text.encode())

    def test_statement_files(self) -> None:
        """For larger files."""
        for path in PROGRAMS:
            with self.subTest(os.path.basename(path)):
                self.check(Path(path).read_bytes())

    def test_a_failure_of_ours_is_an_answer(self) -> None:
        """The file lacks one; the planner goes on, and answers about it next time."""
        self.write(b"x = 1\n")
        keys = [raw_key(code) for code in all_codes(b"x = 1\n", self.path)]
        one = Planner("")
        with mock.patch.object(planner, "make_plan", side_effect=ArithmeticError("out of order")):
            self.assertEqual(self.ask(keys, one)["error"], "Tallyho failed at %s (ArithmeticError)" % self.path)
        self.assertNotIn("error", self.ask(keys, one))

    def test_encodings(self) -> None:
        """As Python reads them."""
        self.check(b"\xef\xbb\xbfa = '\xc3\xbc'; b = 1\n", "a = 'ü'; b = 1\n")
        self.check("# coding: latin-1\na = 'ü'; b = a and 1\n".encode("latin-1"), "# coding: latin-1\na = 'ü'; b = a and 1\n")

    def test_optimized(self) -> None:
        """Code that was compiled with -O is found in what is compiled so."""
        data = b"def f(x):\n    '''Text.'''\n    assert x\n    if __debug__:\n        x = 2\n    return x\nf(1)\n"
        for optimize in (1, 2, 0):
            self.check(data, optimize=optimize)
        inner = all_codes(data, self.path, 1)[1]
        self.assertEqual(self.ask([raw_key(inner)])["codes"], [None])

    def test_unknown_code(self) -> None:
        """Nothing is said of it, and all of the rest; also out of the cache."""
        self.write(b"a = 1\n")
        known = raw_key(all_codes(b"a = 1\n", self.path)[0])
        for _ in range(2):
            one = Planner(self.plans)
            answer = self.ask([(1, 1, 1), known, (known[0], 2, known[2])], one)
            one.close()
            self.assertEqual([code and code["planned"] for code in answer["codes"]], [None, [0], None])

    def test_asked_again(self) -> None:
        """More code of a file that is not yet written to the cache: the source is not sent again, and no plan is lost."""
        data = SOURCES["nested functions"].encode()
        self.write(data)
        codes = all_codes(data, self.path)
        one = Planner(self.plans)
        digest = self.ask([raw_key(codes[0])], one)["file"]["sha256"]
        again = self.ask([raw_key(codes[1])], one, known=digest)
        self.assertEqual((again["file"], again["codes"]), (None, [self.expected(data, codes[1])]))
        self.assertIsNotNone(self.ask([raw_key(codes[1])], one, known="other")["file"])
        one.close()
        with mock.patch.object(planner, "make_plan", side_effect=AssertionError):
            self.ask(map(raw_key, codes[:2]), Planner(self.plans))

    def test_cannot_be_said(self) -> None:
        """A file that changed, that is gone, that is no source or too long."""
        self.write(b"a = 1\n")
        for more in ({"size": 5}, {"mtime": 1}):
            answer = self.ask([(1, 1, 1)], **more)
            self.assertEqual((answer.get("changed"), "codes" in answer), (True, False))
        for data, word in (
            (b"a = = 1\n", "SyntaxError"),
            (b"a\0 = 1\n", "Error"),
            (b"# coding: nonsense\na = 1\n", "Error"),
            (b"a = '\xff'\n", "Error"),
            (b"\n" * 30_000, "too long"),
            (b"(" * 500 + b")" * 500, "Error"),
        ):
            self.write(data)
            answer = self.ask([(1, 1, 1)])
            self.assertIn(word, answer["error"])
            self.assertNotIn("changed", answer)
        for path in (os.path.join(self.folder, "gone.py"), self.folder, "<string>", os.path.join(self.path, "in.py")):
            answer = json.loads(Planner().answer(json.dumps({"id": 1, "path": path, "mtime": -1, "size": -1, "codes": []}).encode()))
            self.assertIn("no file that can be read", answer["error"])

    def test_nothing_runs(self) -> None:
        """The program's code is compiled and no more."""
        self.write(b"raise SystemExit(%d)\n" % os.getpid())
        self.check(Path(self.path).read_bytes())

    def test_forgets(self) -> None:
        """Of a file nothing stays, once it is written to the cache."""
        for plans in ("", self.plans):
            one = Planner(plans)
            for text in SOURCES.values():
                self.write(text.encode())
                answers = io.BytesIO()
                serve(one, [self.request([raw_key(code) for code in all_codes(text, self.path)])] * 2, answers)
                self.assertEqual(len(answers.getvalue().splitlines()), 2)
            gc.collect()
            self.assertEqual([found.path for found in gc.get_objects() if type(found) is TallyFile], [])


class RawCounts(Asking):
    """Hits that are counted by code unit, as the accelerator counts them raw, are those that the tally counts."""

    def raw(self, code: CodeType) -> Dict[Tuple[Any, int], int]:
        """Run code and return how often each instruction of each code object was begun."""
        counts: Dict[Tuple[Any, int], int] = {}
        monitoring: Any = MONITORING

        def begun(one: CodeType, offset: int) -> None:
            if one.co_filename == self.path:
                counts[one, offset // 2] = counts.get((one, offset // 2), 0) + 1

        monitoring.use_tool_id(3, "raw test")
        monitoring.register_callback(3, monitoring.events.INSTRUCTION, begun)
        for one in by_raw_key(code).values():
            monitoring.set_local_events(3, one, monitoring.events.INSTRUCTION)
        try:
            exec(code, {"__name__": "case", "__file__": self.path})
        finally:
            for one in by_raw_key(code).values():
                monitoring.set_local_events(3, one, 0)
            monitoring.register_callback(3, monitoring.events.INSTRUCTION, None)
            monitoring.free_tool_id(3)
        return counts

    def test_sums(self) -> None:
        """The sums of raw counts are the tally's hits and calls."""
        for name, text in SOURCES.items():
            with self.subTest(name):
                self.write(text.encode())
                harness = Harness(samples="off")
                with harness:
                    exec(compile(text, self.path, "exec", dont_inherit=True), {"__name__": "case", "__file__": self.path})
                want = {s.index: (s.hits, s.calls) for s in harness.statements()}
                code = compile(text, self.path, "exec", dont_inherit=True)
                counts = self.raw(code)
                ran = list({one for one, _ in counts})
                found = {index: [0, 0] for index in want}
                for one, meaning in zip(ran, self.ask(map(raw_key, ran))["codes"]):
                    for at, what in enumerate(("hits", "calls")):
                        for span, unit, weight in meaning[what]:
                            found[span][at] += weight * counts.get((one, unit), 0)
                self.assertEqual({index: tuple(numbers) for index, numbers in found.items()}, want)


@unittest.skipIf(not BYTECODE_IS_KNOWN, "statement plans need CPython 3.12 to 3.15")
class Process(unittest.TestCase):
    """The planner as the engine starts it."""

    def start(self, plans: str = "") -> "subprocess.Popen[bytes]":
        start = "import sys; sys.path.insert(0, sys.argv[1]); from _tallyho.tally.planner import main; main(sys.argv[2])"
        process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-B", "-c", start, os.path.dirname(HERE), plans],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(lambda: [stream.close() for stream in (process.stdin, process.stdout, process.stderr) if stream])
        return process

    def test_answers_until_stdin_ends(self) -> None:
        """Line by line, deaf to Ctrl-C, and without a word about the program's warnings."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "case.py")
            Path(path).write_text("a = 1 is 1, '\\d'\n")
            about = os.stat(path)
            code = compile("a = 1\n", path, "exec")
            asked = {"id": 1, "path": path, "mtime": about.st_mtime_ns, "size": about.st_size, "codes": [raw_key(code)]}
            process = self.start()
            assert process.stdin and process.stdout and process.stderr
            for number in (1, 2):
                process.stdin.write(json.dumps({**asked, "id": number}).encode() + b"\n")
                process.stdin.flush()
                self.assertEqual(json.loads(process.stdout.readline())["id"], number)
                if hasattr(os, "nice"):
                    process.send_signal(signal.SIGINT)
            process.stdin.close()
            self.assertEqual(process.stdout.read(), b"")
            self.assertEqual(process.stderr.read(), b"")
            self.assertEqual(process.wait(), 0)

    def test_nonsense_ends_it(self) -> None:
        """And says why."""
        process = self.start()
        out, said = process.communicate(b"nonsense\n")
        self.assertEqual((out, process.returncode), (b"", 1))
        self.assertIn("JSONDecodeError", said.decode().strip().splitlines()[-1])

    def test_nobody_hears(self) -> None:
        """It ends when its answers go nowhere."""
        process = self.start()
        assert process.stdin and process.stdout and process.stderr
        process.stdout.close()
        process.stdin.write(b'{"id": 1, "path": "/nowhere", "mtime": -1, "size": -1, "codes": []}\n')
        process.stdin.flush()
        self.assertEqual(process.wait(60), 0)
        self.assertEqual(process.stderr.read(), b"")


if __name__ == "__main__":
    unittest.main()
