"""A program under the bridge behaves as it does plainly: output, messages, exit code."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import farend
from size import its_turn

WHO = """
import sys, os
m = sys.modules['__main__']
print(sorted(k for k in vars(m) if k not in ('sys', 'os', 'm')))
print(__name__, __doc__, __package__, type(__loader__).__name__, __spec__ and __spec__.name, type(__builtins__).__name__)
print(globals().get('__file__'), globals().get('__cached__'), globals().get('__annotations__'))
print(sys.argv, repr(sys.path[0]), sys.path[1:3], [n for n in sys.modules if 'tallyho' in n], 'TALLYHO_LINK' in os.environ)
print(sys._getframe().f_code.co_filename, m.__dict__ is globals())
"""


HOW = """
import os, sys
print(sys.orig_argv[1:])
if os.environ.get('AGAIN') != '1':
    os.environ['AGAIN'] = '1'
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
"""
"""How it was started, from 3.10 on, and once more in the same way."""

STACK = """
import inspect, sys
def f(): return [(one.filename, one.lineno, one.function) for one in inspect.stack()], inspect.stack()[-1].frame.f_back
print(f())
def depth(n=0):
    try: return depth(n + 1)
    except RecursionError: return n
try: sys._getframe(len(inspect.stack()))
except ValueError as error: print(error)
class E(Exception): pass
try: raise E
except E as error: print(error.__traceback__.tb_frame.f_back and error.__traceback__.tb_frame.f_back.f_code.co_name)
"""
"""What is below the program on the stack: nothing of ours."""


BOTTOM = """
import atexit, gc, logging, signal, sys, traceback, warnings, threading
def f(level):
    warnings.warn('level %d' % level, stacklevel=level)
    logging.warning('here')
    traceback.print_stack(file=sys.stdout)
    return level
logging.basicConfig(format='%(filename)s %(lineno)d %(funcName)s %(message)s', stream=sys.stdout)
warnings.simplefilter('always')
[f(level) for level in range(1, 6)]
def handler(number, frame):
    back = frame
    while back.f_back is not None:
        back = back.f_back
    print(number, frame.f_code.co_name, back.f_code.co_name, back.f_lineno)
signal.signal(signal.SIGALRM, handler)
signal.raise_signal(signal.SIGALRM)
def g():
    try:
        yield sys._getframe().f_back.f_code.co_name
    finally:
        print('closed by', sys._getframe().f_back)
one = g()
print(next(one), one.gi_frame.f_back, one.close())
t = threading.Thread(target=f, args=(2,))
t.start()
t.join()
atexit.register(lambda: print('at exit', sys._getframe().f_back))
class Last:
    def __del__(self):
        print('last', sys._getframe().f_back)
last = Last()
sys.stdout.flush()
"""


TRACED = """
import sys
def tracer(frame, event, arg):
    return tracer
sys.settrace(tracer)
"""


class Case(NamedTuple):
    """A program: its files, what of them is run, and how."""

    name: str
    files: Dict[str, str]
    kind: str = "script"
    target: str = "prog.py"
    args: Sequence[str] = ()
    stdin: str = ""
    python_args: Sequence[str] = ()
    ignore_stderr: bool = False


def script(name: str, text: str, **more: Any) -> Case:
    return Case(name, {"prog.py": text}, **more)


CASES: List[Case] = [
    script("who am I", WHO, args=["a", "--b", "c d"]),
    script("docstring and annotations", '"""Doc."""\nx: int = 1\nprint(__doc__, __annotations__)\n'),
    Case("below a folder", {"sub dir/prög.py": WHO}, target="sub dir/prög.py"),
    Case("dot slash", {"prog.py": WHO}, target="./prog.py"),
    Case("folder", {"app/__main__.py": WHO, "app/other.py": ""}, target="app", args=["x"]),
    Case("folder without main", {"app/other.py": ""}, target="app"),
    Case("zip", {"app.zip": WHO}, target="app.zip"),
    Case("module", {"mod.py": WHO}, "module", "mod", ["1"]),
    Case("package", {"pkg/__init__.py": "print('init', __name__)", "pkg/__main__.py": WHO}, "module", "pkg", ["1"]),
    Case("module in package", {"pkg/__init__.py": "", "pkg/m.py": "from . import n\nprint(n.X)\n" + WHO, "pkg/n.py": "X = 3"}, "module", "pkg.m"),
    Case("missing module", {}, "module", "nosuchmodule"),
    Case("package without main", {"pkg/__init__.py": ""}, "module", "pkg"),
    Case("module that raises", {"mod.py": "def f():\n    1/0\nf()\n"}, "module", "mod"),
    Case("code", {}, "code", WHO, ["x"]),
    Case("code that raises", {}, "code", "def f():\n    1/0\nf()\n"),
    Case("code with a mistake", {}, "code", "print(1\n"),
    Case("missing script", {}, target="missing.py"),
    script("syntax error", "x = 1\nif x\n    pass\n"),
    script("indentation error", "def f():\nx = 1\n"),
    script("warning", "import warnings\nwarnings.warn('here')\nwarnings.warn('up', stacklevel=2)\nwarnings.warn('top', stacklevel=9)\n"),
    script("warning in a function", "import warnings\ndef f():\n    warnings.warn('f', stacklevel=2)\nf()\ndef g(): warnings.warn('g', stacklevel=3)\ng()\n"),
    script("syntax warning", "x = 1 is 1\nprint(x)\n"),
    script("deprecation is shown in main", "import warnings\nwarnings.warn('old', DeprecationWarning)\n"),
    script("exit none", "import sys; sys.exit()"),
    script("exit 3", "import sys; sys.exit(3)"),
    script("exit text", "import sys; sys.exit('over')"),
    script("exit tuple", "import sys; sys.exit((1, 2))"),
    script("exit 256", "import sys; sys.exit(256)"),
    script("exit negative", "import sys; sys.exit(-1)"),
    script("exit object", "class E:\n def __str__(self): return 'E!'\nraise SystemExit(E())"),
    script("os._exit", "import os; os._exit(7)"),
    script("uncaught", "def f(n):\n    if n: f(n - 1)\n    else: raise ValueError('bad', n)\nf(2)\n"),
    script("uncaught chained", "try:\n    {}['k']\nexcept KeyError as e:\n    raise RuntimeError('r') from e\n"),
    script("uncaught while handling", "try:\n    1/0\nexcept ZeroDivisionError:\n    undefined\n"),
    script("uncaught group", "raise ExceptionGroup('g', [ValueError(1), KeyError(2)])" if sys.version_info >= (3, 11) else "1/0"),
    script("recursion", "def f(): f()\ntry:\n    f()\nexcept RecursionError: print('deep')\n"),
    script("excepthook", "import sys, traceback\ndef hook(t, v, tb):\n    print('HOOK', t.__name__, v, [f.name for f in traceback.extract_tb(tb)], sys.exc_info())\nsys.excepthook = hook\n1/0\n"),
    script("excepthook that raises", "import sys\ndef hook(t, v, tb): raise KeyError('hook')\nsys.excepthook = hook\n1/0\n"),
    script("excepthook that exits", "import sys\ndef hook(t, v, tb): sys.exit(9)\nsys.excepthook = hook\n1/0\n"),
    script("last exception", "import sys, atexit\n@atexit.register\ndef f():\n    import traceback\n    traceback.print_exception(sys.last_type, sys.last_value, sys.last_traceback)\n    print(sys.excepthook is sys.__excepthook__)\n1/0\n"),
    script("interrupt", "raise KeyboardInterrupt"),
    script("interrupt by signal", "import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)\n"),
    script("terminated", "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n"),
    script("atexit order", "import atexit\natexit.register(print, 'first registered')\natexit.register(print, 'last registered')\nprint('end')\n"),
    script("atexit that raises", "import atexit\ndef f(): 1/0\natexit.register(f)\n"),
    script("thread not waited for", "import threading, time\nt = threading.Thread(target=lambda: time.sleep(60), daemon=True)\nt.start()\nprint('bye')\n"),
    script("thread waited for", "import threading, time\ndef f():\n    time.sleep(0.1)\n    print('thread done')\nthreading.Thread(target=f).start()\nprint('main done')\n"),
    script("thread that raises", "import threading\ndef f(): 1/0\nt = threading.Thread(target=f, name='T')\nt.start()\nt.join()\nprint('on')\n"),
    script("threads listed", "import threading\nprint(threading.enumerate(), threading.active_count(), threading.current_thread() is threading.main_thread())\n"),
    script("stdin", "import sys\nprint(input(), sys.stdin.read())\n", stdin="one\ntwo\nthree"),
    script("no trace function is left", "import sys, threading\nprint(sys.getprofile(), sys.excepthook is sys.__excepthook__, threading.excepthook is threading.__excepthook__)\n"),
    Case("own module hides the library's", {"prog.py": "import tokenize\nprint(tokenize.MINE)\n", "tokenize.py": "MINE = 1\n"}),
    script("isolated", WHO.replace("sys.path[1:3]", "len(sys.path)"), python_args=["-I"]),
    script("optimised", "assert False\nprint(__debug__)", python_args=["-O"]),
    script("warnings are errors", "import warnings\nwarnings.warn('x')\n", python_args=["-W", "error"]),
    script("pickle of main", "import pickle\nclass C: pass\nprint(pickle.loads(pickle.dumps(C())).__class__ is C)\n"),
    script("asyncio", "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 5\nprint(asyncio.run(f()))\n"),
    script("subprocess", "import subprocess, sys\nprint(subprocess.run([sys.executable, '-c', 'print(1)'], stdout=subprocess.PIPE).stdout)\n"),
    script("fork", "import os\npid = os.fork()\nif not pid:\n    os._exit(4)\nprint(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"),
    script("multiprocessing", "import multiprocessing as m\ndef f(x): return x * x\nif __name__ == '__main__':\n    with m.get_context('spawn').Pool(1) as p: print(p.map(f, [1, 2]))\n"),
    *([Case("how a script was started", {"prog.py": HOW}, args=["a", "-m"], python_args=["-O", "-W", "ignore"]),
       Case("how a module was started", {"mod.py": HOW}, "module", "mod", ["1"]),
       Case("how a folder was started", {"app/__main__.py": HOW}, target="app"),
       Case("how code was started", {}, "code", HOW, ["x y"])] if sys.version_info >= (3, 10) else []),
    Case("stack of a script", {"prog.py": STACK}),
    Case("stack of a module", {"mod.py": STACK}, "module", "mod"),
    Case("stack of code", {}, "code", STACK),
    script("bottom of the stack", BOTTOM),
    script("forked at the bottom", "import os, sys\nif os.fork():\n    print(os.wait()[1])\nprint(sys._getframe().f_back)\nsys.stdout.flush()\n"),
    # Any tool of sys.monitoring has 3.13's pdb stop one line later.
    *([script("a debugger at the bottom", "import pdb\nx = 1\npdb.set_trace()\nx = 2\nprint(x)\n", stdin="w\nu\nn\np x\nc\n")]
      if sys.version_info < (3, 13) else []),
    *(script("%s is left on" % which, "import sys\ndef f(frame, kind, arg):\n    seen.append((kind, frame.f_code.co_name))\n    return f\n"
             "seen = []\nimport atexit\natexit.register(lambda: (sys.%s(None), print('over', len(seen) > 1)))\nsys.%s(f)\nlen('')\n%s" % (which, which, end))
      for which in ("settrace", "setprofile") for end in ("", "raise SystemExit(4)\n")),
    Case("stack of a traced script", {"prog.py": TRACED + STACK}),
    Case("stack of a profiled script", {"prog.py": TRACED.replace("settrace", "setprofile") + STACK}),
    *(Case("%s while it is %sd" % (end.split("(")[0], which), {"prog.py": TRACED.replace("settrace", "set" + which) + end}, ignore_stderr=sys.version_info < (3, 12))
      for which in ("trace", "profile") for end in ("raise SystemExit(3)", "raise ValueError(3)", "1 // 0")),
    script("non-UTF-8 with cookie", "# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))\n"),
]  # fmt: skip


def comparable(text: str) -> str:
    """Replace what no two runs have in common."""
    return re.sub(r"0x[0-9a-f]+|started \d+|pid=\d+", "N", text)


class Becoming(unittest.TestCase):
    """Each program plainly and under the bridge, with nothing asked and with everything asked."""

    maxDiff = None

    def setUp(self) -> None:
        self.directory = os.path.realpath(tempfile.mkdtemp(prefix="tallyho-run-"))
        self.addCleanup(shutil.rmtree, self.directory, True)

    def write(self, case: Case) -> str:
        """Write a case's files into a folder of its own."""
        folder = tempfile.mkdtemp(dir=self.directory)
        for name, text in case.files.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            if name.endswith(".zip"):
                with zipfile.ZipFile(path, "w") as archive:
                    archive.writestr("__main__.py", text)
                continue
            encoding = "latin-1" if "latin-1" in text else "utf-8"
            with open(path, "w", encoding=encoding) as file:
                file.write(text)
        return folder

    def plainly(self, case: Case, folder: str) -> Tuple[int, str, str]:
        """Run it as Python does."""
        how = {"script": [case.target], "module": ["-m", case.target], "code": ["-c", case.target]}[case.kind]
        command = [sys.executable, *case.python_args, *how, *case.args]
        done = subprocess.run(
            command, cwd=folder, input=case.stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=60
        )
        return done.returncode, comparable(done.stdout), comparable(done.stderr)

    def bridged(self, case: Case, folder: str, points: Sequence[Any]) -> Tuple[int, str, str]:
        """Run it under the bridge."""
        with farend.Session() as session, open(os.path.join(self.directory, "stdin"), "w+") as stdin:
            stdin.write(case.stdin)
            stdin.seek(0)
            process = session.launch(case.kind, case.target, case.args, cwd=folder, stdin=stdin, python_args=list(case.python_args))
            peer = session.accept()
            peer.hello()
            peer.start(dict(farend.CONFIG, cwd=folder), points)
            out, err = process.communicate(timeout=60)
            peer.drain()
            notices = [m for m in peer.messages if m["t"] == "notice"]
            deep = [m for m in notices if "recursion limit" in m["text"]]  # said where it is reached
            self.assertEqual(notices, deep if case.name == "recursion" else [], case.name)
            return process.returncode, comparable(out), comparable(err)

    def test_programs(self) -> None:
        everything = [farend.point(farend.query(("stdlib", "eq", False)), {"kind": "CallPrinter"})]
        for number, case in enumerate(CASES):
            folder = self.write(case)
            want = self.plainly(case, folder)
            for name, points in (("nothing asked", []), ("all asked", everything)):
                if not points and not its_turn(number):
                    continue
                if farend.FREE_THREADED and ("stack" in case.name or "bottom" in case.name):
                    continue  # a frame of ours is at its bottom there (docs/tally.md)
                with self.subTest(case.name, asked=name):
                    self.assertEqual(self.bridged(case, folder, points), want)


if __name__ == "__main__":
    unittest.main()
