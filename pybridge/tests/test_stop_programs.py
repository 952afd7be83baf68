"""A program of each kind is stopped, looked at and stepped."""

from __future__ import annotations

import os
import time
import unittest
import zipfile
from typing import Any, Callable, Dict

import farend
from stopping import BACKENDS, Debuggee, breakpoint_at

MODULE = {
    "pkg/__init__.py": "",
    "pkg/tool.py": """
import sys

class Tool:
    def run(self, name):
        text = "hello " + name            # text
        return text                       # back

if __name__ == "__main__":
    print(Tool().run(sys.argv[0][-7:]))   # print
""",
}

GENERATORS = {
    "main.py": """
def numbers(n):
    for i in range(n):          # for
        yield i                 # yield

def evens(source):
    for x in source:            # source
        if x % 2 == 0:          # test
            yield x             # even

def main():
    total = 0
    for value in evens(numbers(4)):     # loop
        total += value                  # add
    print(total)                        # print

main()
"""
}

ASYNC = {
    "main.py": """
import asyncio

async def fetch(n):
    await asyncio.sleep(0.01)           # sleep
    return n * 2                        # back

async def worker(n):
    got = await fetch(n)                # await
    return got + 1                      # got

async def main():
    task = asyncio.ensure_future(worker(1))
    if hasattr(task, "set_name"):
        task.set_name("one")
    other = asyncio.ensure_future(worker(2))
    print(await task, await other)      # wait

asyncio.run(main())                     # run
"""
}

THREADS = {
    "main.py": """
import threading

go = threading.Event()
seen = []

def work(name):
    count = 0
    while not go.is_set():
        count += 1                      # count
    seen.append(name)                   # after

threads = [threading.Thread(target=work, args=(n,), name="w%d" % n) for n in range(2)]
for t in threads: t.start()
here = 1                                # here
go.set()
for t in threads: t.join()
print(sorted(seen))
"""
}

RECURSION = {
    "main.py": """
import sys
sys.setrecursionlimit(3000)

def down(n):
    if n == 0:
        return 0                        # bottom
    return 1 + down(n - 1)              # down

print(down(900))                        # first
"""
}

EXECUTED = {
    "main.py": """
import linecache

def run(text, name):
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    space = {}
    exec(compile(text, name, "exec"), space)    # exec
    return space["made"]

print(run("a = 20\\nb = 22\\nmade = a + b\\n", "<generated 1>"))
"""
}


class Programs(unittest.TestCase):
    def each(self, files: Dict[str, str], check: Callable[[Debuggee], None], **more: Any) -> None:
        """Check a program on all backends."""
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, files, **more) as it:
                check(it)

    def test_module(self) -> None:
        def check(it: Debuggee) -> None:
            it.start([it.at("text", name="pkg/tool.py")])
            it.stopped("breakpoint")
            self.assertEqual(it.where()[0], "run:%d" % it.line("text", "pkg/tool.py"))
            frame = it.top()
            self.assertEqual(frame["module"], "__main__")
            self.assertIn(frame["qualname"], ("Tool.run",))
            self.assertEqual(it.value("name"), "'tool.py'")
            self.assertEqual(it.step()[0], "run:%d" % it.line("back", "pkg/tool.py"))
            self.assertEqual(it.end(), "hello tool.py\n")

        self.each(MODULE, check, kind="module", target="pkg.tool")

    def test_code(self) -> None:
        def check(it: Debuggee) -> None:
            it.start([], stop_on_entry=True)
            it.stopped("entry")
            frame = it.top()
            self.assertEqual((frame["line"], frame["path"]), (1, ""))
            self.assertEqual(it.ask("source", ref=frame["source"])["content"], "x = 1\nprint(x)")
            self.assertEqual(it.step(), ["<module>:2"])
            self.assertEqual(it.end(), "1\n")

        self.each({}, check, kind="code", target="x = 1\nprint(x)")

    def test_generators(self) -> None:
        def check(it: Debuggee) -> None:
            it.start([it.at("test", hit={"op": "==", "n": 2})])
            it.stopped()
            self.assertEqual(it.where(), ["evens:%d" % it.line("test"), "main:%d" % it.line("loop"), "<module>:17"])
            self.assertEqual(it.locals()["x"], "1")
            self.assertEqual(it.step()[0], "evens:%d" % it.line("source"))
            self.assertEqual(it.step()[0], "evens:%d" % it.line("test"))
            self.assertEqual(it.step()[0], "evens:%d" % it.line("even"))
            # Over a yield the step stays in its frame, although the consumer runs.
            self.assertEqual(it.step()[0], "evens:%d" % it.line("source"))
            self.assertEqual(it.step("in")[0], "numbers:%d" % it.line("for"))
            self.assertEqual(it.step("out")[0], "evens:%d" % it.line("source"))
            self.assertEqual(it.end(), "2\n")

        self.each(GENERATORS, check)

    def test_async(self) -> None:
        def check(it: Debuggee) -> None:
            it.start([it.at("await", hit={"op": "==", "n": 1})])
            it.stopped()
            self.assertEqual(it.where()[0], "worker:%d" % it.line("await"))
            thread = next(one for one in it.ask("threads") if one["id"] == it.thread)
            self.assertEqual((thread["task"], thread["parked"]), ("one", True))
            frames = it.frames()
            at = next(i for i, frame in enumerate(frames) if frame["hint"] == "label")
            self.assertIn("awaited by", frames[at]["name"])
            self.assertEqual([f["name"] for f in frames[at + 1 :]][-1:], ["main"])
            self.assertEqual(frames[at + 1]["line"], it.line("wait"))
            self.assertEqual(it.value("n"), "1")
            with self.assertRaisesRegex(Exception, "event loop"):
                it.evaluate("await fetch(1)")
            self.assertEqual(it.value("await asyncio.sleep(0, 5)"), "5")
            # The other task runs its await meanwhile; the step stays in this frame.
            self.assertEqual(it.step()[0], "worker:%d" % it.line("got"))
            self.assertEqual(it.locals(), {"(return) fetch": "2", "got": "2", "n": "1"})
            self.assertEqual(it.end(), "3 5\n")

        self.each(ASYNC, check)

    def test_async_step_in_and_out(self) -> None:
        def check(it: Debuggee) -> None:
            it.start([it.at("await", hit={"op": "==", "n": 1})])
            it.stopped()
            self.assertEqual(it.step("in")[0], "fetch:%d" % it.line("sleep"))
            self.assertEqual(it.step("in")[0], "fetch:%d" % it.line("back"))
            self.assertEqual(it.step("out")[0], "worker:%d" % it.line("await"))
            self.assertEqual(it.end(), "3 5\n")

        self.each(ASYNC, check)

    def test_threads(self) -> None:
        def check(it: Debuggee) -> None:
            it.start([it.at("here")])
            it.stopped()
            farend.until(lambda: all(one["parked"] for one in it.ask("threads")), "all threads to park")
            names = {one["name"]: one["id"] for one in it.ask("threads")}
            self.assertEqual(set(names), {"MainThread", "w0", "w1"})
            frames = it.frames(thread=names["w1"])
            count = it.value("count", frame=next(f["id"] for f in frames if f["name"] == "work"))
            self.assertEqual(count, it.value("count", frame=next(f["id"] for f in it.frames(thread=names["w1"]) if f["name"] == "work")))
            ids = [f["id"] for name in names.values() for f in it.frames(thread=name)]
            self.assertEqual(len(ids), len(set(ids)))
            self.assertEqual(it.step(), ["<module>:%d" % (it.line("here") + 1)])
            self.assertEqual(it.end(), "[0, 1]\n")

        self.each(THREADS, check)

    def test_recursion(self) -> None:
        def check(it: Debuggee) -> None:
            it.start([it.at("bottom")])
            it.stopped()
            started = time.monotonic()
            stack = it.ask("stack", thread=it.thread, start=0, levels=20)
            self.assertEqual((stack["total"], len(stack["frames"])), (902, 20))
            rest = it.ask("stack", thread=it.thread, start=900, levels=20)["frames"]
            self.assertEqual([frame["name"] for frame in rest], ["down", "<module>"])
            everything = it.frames()
            self.assertEqual(len({frame["id"] for frame in everything}), 902)
            self.assertLess(time.monotonic() - started, farend.DEADLINE)
            self.assertEqual(it.value("n", frame=everything[7]["id"]), "7")
            self.assertEqual(it.step()[0], "down:%d" % it.line("down"))
            self.assertEqual(it.value("n"), "1")
            self.assertEqual(it.step("out")[0], "down:%d" % it.line("down"))
            self.assertEqual(it.value("n"), "2")
            self.assertEqual(it.end(), "900\n")

        self.each(RECURSION, check)

    def test_executed(self) -> None:
        def check(it: Debuggee) -> None:
            it.start([it.at("exec")])
            it.stopped()
            self.assertEqual(it.step("in"), ["<module>:1", "run:%d" % it.line("exec"), "<module>:10"])
            frame = it.top()
            self.assertEqual((frame["path"], frame["filename"]), ("", "<generated 1>"))
            self.assertEqual(it.ask("source", ref=frame["source"])["content"], "a = 20\nb = 22\nmade = a + b\n")
            self.assertIn({"path": "", "name": "<generated 1>", "ref": frame["source"]}, it.ask("sources"))
            self.assertEqual(it.step()[0], "<module>:2")
            self.assertEqual(it.value("a"), "20")
            self.assertEqual(it.end(), "42\n")

        self.each(EXECUTED, check)

    def test_zip(self) -> None:
        text = "def double(x):\n    y = x * 2\n    return y\n"
        files = {"main.py": 'import sys\nsys.path.insert(0, "lib.zip")\nimport inside\nprint(inside.double(4))  # call\n'}

        def check(it: Debuggee) -> None:
            with zipfile.ZipFile(it.path("lib.zip"), "w") as archive:
                archive.writestr("inside.py", text)
            it.start([it.at("call")])
            it.stopped()
            self.assertEqual(it.step("in")[0], "double:2")
            frame = it.top()
            self.assertTrue(frame["path"].endswith(os.path.join("lib.zip", "inside.py")), frame)
            self.assertEqual(it.ask("source", ref=frame["source"])["content"], text)
            self.assertEqual(it.step()[0], "double:3")
            self.assertEqual(it.locals(), {"x": "4", "y": "8"})
            self.resume_at(it)
            self.assertEqual(it.end(), "8\n")

        self.each(files, check)

    @staticmethod
    def resume_at(it: Debuggee) -> None:
        """A breakpoint set while it stands there stops it in the frame that is running."""
        it.arm([breakpoint_at(it.path("lib.zip/inside.py"), 3, 9)])


if __name__ == "__main__":
    unittest.main()
