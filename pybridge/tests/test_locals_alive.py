"""Looking keeps nothing alive: below 3.13 the interpreter would leave a dictionary of a function's variables in its frame."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from typing import Any, Dict, List

import farend
from farend import point, query
from stopping import BACKENDS, Debuggee

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base import fastlocals

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")

PROGRAM = """
import builtins, contextlib, gc, sys, weakref

gc.disable()
class Thing:
    pass
said = []
def note(*what): said.append(what)

real = builtins.__import__
def hook(name, globals=None, locals=None, fromlist=(), level=0):
    if locals is not globals and globals["__name__"] == "__main__":
        note("import", name, locals)
    return real(name, globals, locals, fromlist, level)

def deletes(box):
    thing = box.pop()
    seen = weakref.ref(thing)
    del thing
    note("del", seen() is None)
    other = seen
    note("later", other() is None)

def takes(thing):
    seen = weakref.ref(thing)
    note("argument", sys.getrefcount(thing))
    del thing
    note("argument", seen() is None)

def generates(box):
    thing = box.pop()
    seen = weakref.ref(thing)
    yield 1
    del thing
    yield seen() is None
    note("generator", seen() is None)

def closes(box):
    thing = box.pop()
    seen = weakref.ref(thing)
    def inner():
        nonlocal thing
        del thing
        return seen() is None
    note("cell", inner(), seen() is None)

def raises(box):
    thing = box.pop()
    seen = weakref.ref(thing)
    try:
        raise KeyError(1)
    except KeyError as error:
        del thing
        note("handler", seen() is None)

def fails(box):
    thing = box.pop()
    raise ValueError(thing)

def clears(box):
    seen = weakref.ref(box[0])
    try:
        fails(box)
    except ValueError as error:
        trace = error.__traceback__
    import traceback
    traceback.clear_frames(trace)
    trace = error = None
    note("cleared", seen() is None)

def imports(a, b):
    import json
    c = 1
    import gettext

def keeps(a):
    d = locals()
    b = 2
    note("locals", "a" in d, d is locals(), sorted(d))
    d["own"] = 3
    c = 4
    note("own", d["own"])

def loops(box):
    for thing in box:
        pass
    seen = weakref.ref(thing)
    box.clear()
    thing = None
    note("loop", seen() is None)

builtins.__import__ = hook
for f in (deletes, closes, raises, clears, loops):
    f([Thing()])
takes(Thing())
list(generates([Thing()]))
imports(1, 2)
keeps(1)
with contextlib.suppress(ValueError):
    fails([Thing()])
builtins.__import__ = real
class Made:
    a = Thing()
    b = [a]
    note("class", sorted(n for n in locals() if not n.startswith("__")))
print(said)
"""

ANYTHING = query(["module", "eq", "__main__"])
ASKED: Dict[str, List[Dict[str, Any]]] = {
    "nothing": [],
    "calls": [point(query(["module", "eq", "__main__"], ["kind", "eq", "call"]), {"kind": "CallPrinter"})],
    "variables": [point(ANYTHING, {"kind": "VarsPrinter", "names": ["thing", "box", "seen", "a"]})],
    "snoop": [point(ANYTHING, {"kind": "VarsSnooper"})],
    "code": [point(ANYTHING, {"kind": "CodePrinter"})],
    "condition": [point({"op": "and", "of": [ANYTHING, {"op": "expr", "text": "box is None and thing"}]}, {"kind": "CodePrinter"},
                        limits={"errors": 10**6})],  # fmt: skip
    "two": [point({"op": "and", "of": [ANYTHING, {"op": "expr", "text": "thing is None"}]}, limits={"errors": 10**6}),
            point(ANYTHING, {"kind": "Log", "slots": [["box", "", ""]]}, id=2)],  # fmt: skip
    "lambda": [point({"op": "and", "of": [ANYTHING, {"op": "lambda", "text": "lambda e: e.locals.get('thing') is None"}]})],
    "functions": [point(query(["module", "eq", "__main__"], ["function_object", "eq", 1]))],
    "profile": [dict(point(query(["builtin", "eq", True])), profile=True)],
    "stack": [point(ANYTHING, {"kind": "StackPrinter"})],
}  # fmt: skip


@unittest.skipUnless(fastlocals.LEAVES_NOTHING, "this interpreter's frames are not known")
class LocalsAlive(unittest.TestCase):
    maxDiff = None
    """The program says what it says without us: who dies when, and what an import hook is shown."""

    def setUp(self) -> None:
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="tallyho-locals-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.path = os.path.join(self.folder, "main.py")
        with open(self.path, "w", encoding="utf-8") as file:
            file.write(PROGRAM)

    def test_asked(self) -> None:
        want = subprocess.check_output([sys.executable, self.path], universal_newlines=True)
        for backend in BACKENDS:
            for name, points in ASKED.items():
                for tally in ("off", "values"):
                    with self.subTest(backend=backend, name=name, tally=tally):
                        outcome = farend.run("script", self.path, points, cwd=self.folder, address={"native": NATIVE},
                                             config={"backend": backend, "events": False, "tally": tally, "just_my_code": True})  # fmt: skip
                        self.assertEqual(outcome.err, "")
                        self.assertEqual(outcome.out, want)

    @unittest.skipIf(farend.FREE_THREADED, "what another thread has had in hand as well is freed a moment later there")
    def test_stopped(self) -> None:
        program = PROGRAM.replace("    del thing\n    note(", "    del thing                    # here\n    note(", 1)
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": program}) as it:
                want = subprocess.check_output([sys.executable, it.path("main.py")], universal_newlines=True)
                it.start([it.at("here")], address={"native": NATIVE})
                it.stopped()
                self.assertIn("Thing", it.locals()["thing"])
                it.evaluate("thing", "hover")
                it.value("typed = 5")
                self.assertEqual(it.value("typed + 1"), "6")
                it.ask("completions", frame=it.top()["id"], text="thi", column=3)
                self.assertEqual(it.step()[0].split(":")[0], "deletes")
                self.assertEqual(it.value("typed + 2"), "7")
                self.assertNotIn("thing", it.locals())
                self.assertEqual(it.end(), want)


if __name__ == "__main__":
    unittest.main()
