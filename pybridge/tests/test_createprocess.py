"""Children on Windows: what is asked of _winapi.CreateProcess, and what it is given. Windows is not needed for it."""

import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import types
import unittest
from typing import Any, Dict, List, Optional, Tuple
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.process import attach, createprocess, listening, spawning
from _tallyho.process.spawning import Spawning

ADDRESS = {"token": "secret", "host": "127.0.0.1", "port": 4711, "run": {}}


class Words(unittest.TestCase):
    def test_what_list2cmdline_joins(self) -> None:
        seed = random.randrange(1 << 30)
        numbers = random.Random(seed)
        for _ in range(3000):
            words = ["".join(numbers.choice('ab \\"\t-=') for _ in range(numbers.randrange(8))) for _ in range(numbers.randrange(1, 5))]
            self.assertEqual(createprocess.words(subprocess.list2cmdline(words)), words, "seed %d" % seed)

    def test_rows(self) -> None:
        for line, words in (
            ("", []),
            ("  a  b ", ["a", "b"]),
            (r'"C:\Program Files\python.exe" -c "x = \"1\""', [r"C:\Program Files\python.exe", "-c", 'x = "1"']),
            (r"a\\b \\host\share\\", ["a\\\\b", "\\\\host\\share\\\\"]),
        ):
            self.assertEqual(createprocess.words(line), words)


class Names(unittest.TestCase):
    def test_python(self) -> None:
        for path in ("python", "PYTHON.EXE", r"C:\a b\pythonw.exe", "py.exe", "pyw", r"..\python3.14.exe", "python3.14t.exe", "python312.exe",
                     "python_d.exe", "python3.14t_d.exe", r"Scripts/python.exe", sys.executable):  # fmt: skip
            self.assertTrue(createprocess.is_python(path), path)
        for path in ("pytest.exe", "pypy.exe", "notepad", "cmd.exe", r"C:\python\tool.exe", "pythonista.exe"):
            self.assertFalse(createprocess.is_python(path), path)


class NamesOnUnix(unittest.TestCase):
    def test_python(self) -> None:
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        for name, python in (
            ("python", True), ("python3", True), ("python3.14", True), ("python3.14t", True), ("python3.14td", True), ("python3.14d", True),
            ("python3.14-dbg", True), ("python3.13-nogil", True), ("python3.13t-intel64", True), ("python3.7m", True), ("pypy3.11", True),
            ("graalpy", True), ("pythonista", False), ("python3-config", False), ("sleep", False),
        ):  # fmt: skip
            path = os.path.join(folder, name)
            with open(path, "w") as file:
                os.chmod(file.fileno(), 0o700)
            self.assertEqual(spawning.program([path]) == spawning.PYTHON, python, name)


class Asked(unittest.TestCase):
    """Through Spawning, with a _winapi of ours."""

    def setUp(self) -> None:
        self.asked: List[Tuple[Any, ...]] = []
        self.said: List[str] = []

        def CreateProcess(*args: Any) -> Tuple[int, ...]:
            self.asked.append(args)
            if "missing" in str(args[1]):
                raise FileNotFoundError(2, "not there")
            return 1, 2, 3, 4

        self.real = CreateProcess
        self.winapi = types.ModuleType("_winapi")
        self.winapi.CreateProcess = CreateProcess  # type: ignore[attr-defined]
        patched = mock.patch.dict(sys.modules, {"_winapi": self.winapi})
        patched.start()
        self.addCleanup(patched.stop)
        self.spawning = Spawning(ADDRESS, "stage", self.said.append, lambda work: work())
        self.spawning.install()
        self.addCleanup(self.spawning.give_back)

    def given(self, line: str, env: Optional[Dict[str, str]] = None, application: Optional[str] = None) -> Optional[Dict[str, str]]:
        """Return the environment that the real one got."""
        answer = self.winapi.CreateProcess(application, line, None, None, 0, 0, env, None, None)  # type: ignore[attr-defined]
        self.assertEqual(answer, (1, 2, 3, 4))
        args = self.asked.pop()
        self.assertEqual(args[:6] + args[7:], (application, line, None, None, 0, 0, None, None))
        return args[6]  # type: ignore[no-any-return]

    def test_python_gets_the_address(self) -> None:
        for line, application in (
            ("python.exe -c pass", None),
            ("whatever -c pass", r"C:\Python\python.exe"),
            ('cmd.exe /c "python x.py"', None),
        ):
            got = self.given(line, {"A": "1", "PythonPath": "there"}, application)
            assert got is not None
            self.assertEqual(got["A"], "1")
            self.assertEqual(got["PYTHONPATH"], os.path.join("stage", "_child") + os.pathsep + "there")
            self.assertNotIn("PythonPath", got)
            link = json.loads(got["TALLYHO_LINK"])
            self.assertEqual((link["port"], link["child"], link["path"]), (4711, os.getpid(), "there"))
            self.assertNotIn("run", link)

    def test_the_environment_of_this_process(self) -> None:
        with mock.patch.dict(os.environ, {"TALLYHO_TEST_OWN": "ü"}):
            got = self.given("python -m x")
        assert got is not None
        self.assertEqual(got["TALLYHO_TEST_OWN"], "ü")
        self.assertIn("TALLYHO_LINK", got)
        self.assertNotIn("TALLYHO_LINK", os.environ)

    def test_others_are_let_be(self) -> None:
        env = {"A": "1"}
        for line in ("notepad x.py", "", "   "):
            self.assertIs(self.given(line, env), env)
        self.assertIsNone(self.given("notepad x.py"))

    def test_who_refuses_is_told_of(self) -> None:
        self.assertIsNone(self.given("python -I x.py"))
        self.assertEqual(len(self.said), 1)
        self.assertIn("python -I x.py", self.said[0])
        self.assertIsNone(self.given('python -c "from multiprocessing.resource_tracker import main; main(3)"'))
        self.assertEqual(len(self.said), 1)

    def test_errors_and_the_end(self) -> None:
        with self.assertRaises(FileNotFoundError):
            self.given("python missing.py")
        self.spawning.stop()
        self.assertIsNone(self.given("python x.py"))
        self.spawning.give_back()
        self.assertIs(self.winapi.CreateProcess, self.real)  # type: ignore[attr-defined]


class Listening(unittest.TestCase):
    """listen() without an address where there are no Unix sockets."""

    def test_a_port_with_a_token(self) -> None:
        host = attach.Host()
        without = mock.patch.object(listening, "HAS_UNIX_SOCKETS", False)
        with tempfile.TemporaryDirectory() as folder, without, mock.patch.object(listening, "directory", lambda: folder):
            place = host.listen(None, None)
            try:
                assert isinstance(place, tuple)
                with open(os.path.join(folder, "%d.attach" % os.getpid()), encoding="utf-8") as file:
                    about = json.load(file)
                self.assertEqual((about["host"], about["port"]), place)
                self.assertEqual(about["token"], host.token)
                self.assertGreaterEqual(len(host.token), 32)
                with self.assertRaises(ValueError):
                    attach.Host().listen("a/path", None)
            finally:
                host.close()
            self.assertEqual(os.listdir(folder), [])


if __name__ == "__main__":
    unittest.main()
