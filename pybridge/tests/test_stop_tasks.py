"""Asyncio tasks that wait while the program is stopped: listed, looked at, evaluated in and stepped."""

from __future__ import annotations

import unittest
from typing import Any, Dict

from stopping import BACKENDS, Debuggee, Refusal

PROGRAM = """
import asyncio, threading

async def inner(gate, what):
    text = what * 2
    await gate.wait()                   # gate
    text += "!"                       # after
    return text                       # back

async def middle(gate, what):
    return await inner(gate, what)      # middle

async def outer(task):
    return await task                   # outer

async def main():
    gate = asyncio.Event()
    first = asyncio.create_task(middle(gate, "a"), name="first")
    second = asyncio.create_task(outer(first), name="second")
    asyncio.create_task(inner(gate, "x"), name="third")
    ended = asyncio.create_task(asyncio.sleep(0), name="ended")
    await ended
    late = asyncio.create_task(inner(gate, "z"), name="late")
    gate.set()                          # stop
    print(await second, await late)

asyncio.run(main())
"""


class Tasks(unittest.TestCase):
    def tasks(self, it: Debuggee) -> Dict[str, Dict[str, Any]]:
        return {one["name"]: one for one in it.ask("threads") if one.get("of")}

    def test_looking(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": PROGRAM}) as it:
                it.start([it.at("stop")])
                it.stopped()
                found = self.tasks(it)
                self.assertEqual(sorted(found), ["first", "late", "second", "third"])
                self.assertEqual({one["of"] for one in found.values()}, {it.thread})
                self.assertEqual(self.tasks(it), found)
                frames = it.frames(found["first"]["id"])
                shown = [frame["qualname"] if frame["hint"] == "label" else "%s:%d" % (frame["name"], frame["line"]) for frame in frames
                         if frame["user"] or frame["hint"] == "label"]  # fmt: skip
                self.assertEqual(shown, ["inner:%d" % it.line("gate"), "middle:%d" % it.line("middle"),
                                         "awaited by task second", "outer:%d" % it.line("outer"), ])  # fmt: skip
                self.assertEqual(frames[0]["hint"], "subtle")
                page = it.ask("stack", thread=found["first"]["id"], start=1, levels=1)
                self.assertEqual((page["total"], page["frames"]), (len(frames), frames[1:2]))
                inner = frames[1]["id"]
                self.assertEqual(it.locals(inner)["text"], "'aa'")
                self.assertEqual(it.value("text + what", frame=inner), "'aaa'")
                late = it.frames(found["late"]["id"])
                self.assertEqual([(frame["name"], frame["line"]) for frame in late], [("inner", it.line("gate") - 2)])
                it.ask("set_expression", frame=inner, expression="text", value="'bb'")
                self.assertEqual(it.end(), "bb! zz!\n")

    def test_going_on(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": PROGRAM}) as it:
                it.start([it.at("stop")])
                it.stopped()
                main, first = it.thread, self.tasks(it)["first"]["id"]
                for how, where in (("next", "inner:%d" % it.line("after")), ("out", "middle:%d" % it.line("middle"))):
                    self.assertEqual(
                        it.ask("resume", thread=first if how == "next" else it.thread, how=how, all=True), {"all": True, "thread": main}
                    )
                    it.stopped("step")
                    self.assertEqual((it.thread, it.where()[0]), (main, where))
                with self.assertRaises(Refusal):
                    it.ask("stack", thread=first)  # it runs now
                self.assertEqual(it.end(), "aa! zz!\n")

    def test_no_tasks_while_it_runs(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": PROGRAM}) as it:
                it.start([it.at("stop")])
                it.stopped()
                second = self.tasks(it)["second"]["id"]
                it.ask("resume", thread=second, how="continue", all=True)
                self.assertEqual(it.finish(), "aa! zz!\n")


if __name__ == "__main__":
    unittest.main()
