"""Being in control: pause, jumps, targets, data breakpoints, changes under way, and letting go."""

from __future__ import annotations

import os
import signal
import sys
import unittest

import farend
from farend import query
from stopping import BACKENDS, Debuggee, Refusal, breakpoint_at

BUSY = """
import os, sys, time
count = 0
def spin():
    global count
    while not os.path.exists("end"):
        count += 1                      # spin
spin()
print("over", flush=True)
"""

SLEEPY = """
import sys, time
def nap():
    sys.stdin.readline()                # read
    return 1                            # woken
nap()
"""

CALLS = """
def f(a): return a + 1                  # f
def g(a):
    return a * 2                        # g
def h(a, b):
    return a - b                        # h
def main():
    value = h(f(1), g(f(2)))            # line
    skipped = 1                         # skipped
    print(value, skipped)               # print
main()
"""

DATA = """
class Cart:
    def __init__(self): self.total = 0; self.items = {"n": 0}
def add(cart, price):
    cart.total += price                 # total
    cart.items["n"] += 1                # item
    return cart.total                   # back
def main():
    cart = Cart()
    level = 1                           # level
    spare = 0                           # spare
    add(cart, 5)                        # add
    level = level + 1                   # change
    spare = 1                           # after
    print(cart.total, level)
main()
"""

STATEMENTS = """
def main(items):
    for x in (items,                    # for
              items):
        y = [n                          # y
             for n in x]
    while y: y.pop()                    # while
    with open("main.py") as a, \\
         open("main.py") as b:          # with
        z = (1,                         # z
             2)
    return z                            # return
main([1, 2])
"""


BLOCKED = """
import threading, time
end = []
def spin():
    while not end:
        time.sleep(0.001)
thread = threading.Thread(target=spin)
thread.start()
thread.join()                                   # join
print("over")
"""


class Pausing(unittest.TestCase):
    def test_pause_of_a_busy_loop(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": BUSY}) as it:
                it.start([])
                it.waits_at("spin", "spin")
                for _ in range(2):
                    it.ask("pause", thread=0)
                    it.stopped("pause")
                    self.assertEqual(it.where()[-1], "<module>:8")
                    before = it.value("count", frame=it.frames()[-1]["id"])
                    self.assertEqual(it.value("count", frame=it.frames()[-1]["id"]), before)
                    it.resume()
                with open(it.path("end"), "w"):
                    pass
                self.assertEqual(it.finish(), "over\n")

    def test_pause_while_it_sleeps_in_c(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": SLEEPY}) as it:
                read, write = os.pipe()
                it.start([], stdin=read)
                os.close(read)
                thread = it.waits_at("read")
                it.ask("pause", thread=thread)
                self.assertRegex(it.message("notice")["text"], "MainThread waits in main.py:%d" % it.line("read"))
                self.assertFalse(it.ask("threads")[0]["parked"])
                self.assertEqual(it.frames(thread=thread)[-2]["line"], it.line("read"))
                os.write(write, b"go\n")
                os.close(write)
                it.stopped("pause")
                it.end()

    def test_pause_of_a_thread_that_is_blocked(self) -> None:
        """The others stop for it, which of them comes first; the blocked one can be looked at, and goes on with them."""
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": BLOCKED}) as it:
                it.start([])
                main = it.waits_at("join")
                for _ in range(2):
                    it.ask("pause", thread=main)
                    stop = it.stopped("pause")
                    self.assertNotEqual(stop["thread"], main)
                    self.assertRegex(stop["text"], "^MainThread waits in main.py:%d and cannot stop there$" % it.line("join"))
                    self.assertEqual(it.where()[-1].split(":")[0], "spin")
                    self.assertIn(it.line("join"), [frame["line"] for frame in it.frames(thread=main)])
                    self.assertEqual({one["id"]: one["parked"] for one in it.ask("threads")}[main], False)
                    it.resume()
                it.evaluate("end.append(1)", frame=0)
                self.assertEqual(it.finish(), "over\n")

    def test_breakpoints_in_a_frame_that_runs(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": BUSY}) as it:
                it.start([])
                it.message("started")
                it.arm([it.at("spin", 4)])
                self.assertEqual(it.stopped("breakpoint")["tracepoints"], [4])
                it.arm([], [4])
                self.assertEqual(it.step("next")[0], "spin:6")
                with open(it.path("end"), "w"):
                    pass
                self.assertEqual(it.end(), "over\n")


LIBRARY = {
    "main.py": """
import lib_a
lib_a.spin(1)                           # first
lib_a.spin(10 ** 9)                     # second
""",
    "lib_a.py": """
def spin(n):
    while n:
        n -= 1                          # spin
""",
}


class Libraries(unittest.TestCase):
    def test_a_pause_after_a_step_over_the_same_library(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, LIBRARY) as it:
                it.start([it.at("first")], exclude=["lib_*.py"])
                it.stopped()
                self.assertEqual(it.step("in"), ["<module>:%d" % it.line("second")])
                it.resume("in")
                it.ask("pause", thread=0)
                it.stopped("pause")
                frame = it.top()
                self.assertEqual((frame["name"], frame["hint"], frame["user"]), ("spin", "subtle", False))
                it.resume("next")
                it.stopped("step")
                self.assertEqual(it.top()["name"], "spin")
                it.ask("set_expression", frame=it.top()["id"], expression="n", value="1")
                it.end()


class Moving(unittest.TestCase):
    def test_step_targets(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": CALLS}) as it:
                it.start([it.at("line")])
                it.stopped()
                targets = it.ask("step_targets", frame=it.top()["id"])
                self.assertEqual(len(targets), 4)
                if sys.version_info >= (3, 11):
                    self.assertEqual([t["label"] for t in targets], ["f(1)", "f(2)", "g(f(2))", "h(f(1), g(f(2)))"])
                self.assertEqual(it.step("in", target=targets[2]["id"])[0], "g:%d" % it.line("g"))
                self.assertEqual(it.value("a"), "3")
                self.assertEqual(it.step("out")[0], "main:%d" % it.line("line"))
                self.assertEqual(it.step("in")[0], "h:%d" % it.line("h"))
                self.assertEqual(it.end(), "-4 1\n")

    def test_step_in_enters_each_call(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": CALLS}) as it:
                it.start([it.at("line")])
                it.stopped()
                seen = [it.step("in")[0].split(":")[0] for _ in range(8)]
                self.assertEqual(seen, ["f", "main", "f", "main", "g", "main", "h", "main"])
                it.end()

    def test_goto(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": CALLS}) as it:
                it.start([it.at("skipped")])
                it.stopped()
                self.assertEqual(it.ask("goto_targets", path=it.path("main.py"), line=it.line("g")), [])
                (target,) = it.ask("goto_targets", path=it.path("main.py"), line=it.line("line"))
                it.ask("resume", thread=it.thread, how="goto", target=target["id"])
                it.stopped("goto")
                self.assertEqual(it.where()[0], "main:%d" % it.line("line"))
                with self.assertRaisesRegex(Refusal, "cannot jump"):
                    it.ask("resume", thread=it.thread, how="goto", target=it.line("g"))
                self.assertEqual(it.value("value"), "-4")
                it.resume("next")
                it.stopped("breakpoint")
                self.assertEqual(it.where()[0], "main:%d" % it.line("skipped"))
                self.assertEqual(it.end(), "-4 1\n")

    def test_a_step_does_not_stop_twice_in_a_statement(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": STATEMENTS}) as it:
                it.start([it.at("for")])
                it.stopped()
                it.arm([], [1])
                marks = {it.line(mark): mark for mark in ("for", "y", "while", "with", "z", "return")}
                marks[it.line("with") - 1] = "with"
                marks[it.line("y") + 1] = "y"  # where a comprehension begins
                seen = [it.where()[0]] + [it.step()[0] for _ in range(8)]
                got = [marks.get(int(one.split(":")[1]), one) for one in seen]
                self.assertEqual(got[:5], ["for", "y", "for", "y", "for"])
                self.assertEqual(got[5], "while")
                it.end()

    def test_lines(self) -> None:
        with Debuggee(BACKENDS[0], {"main.py": STATEMENTS}) as it:
            it.start([it.at("return")])
            it.stopped()
            first = it.line("y")
            element = [[first, 13, first, 14]] if len(BACKENDS) > 1 else []  # places within a line are known from 3.12 on
            self.assertEqual(it.ask("lines", path=it.path("main.py"), first=first, last=first), [[first, 8, first + 1, 24], *element])
            everything = it.ask("lines", path=it.path("main.py"), first=1, last=99)
            self.assertIn([it.line("return"), 4, it.line("return"), 12], everything)
            modules = it.ask("modules")
            main = next(one for one in modules["modules"] if one["name"] == "__main__")
            self.assertEqual((main["path"], main["user"]), (it.path("main.py"), True))
            self.assertEqual(len(it.ask("modules", start=1, count=2)["modules"]), 2)
            it.end()


class Data(unittest.TestCase):
    def test_a_local_changes(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": DATA}) as it:
                it.start([it.at("spare")])
                it.stopped()
                info = it.ask("data_info", frame=it.top()["id"], expression="level")
                self.assertEqual(info["access"], ["write"])
                it.arm([breakpoint_at("", 0, 5, locate=None, data={"id": info["data"]})])
                it.resume()
                stop = it.stopped("data breakpoint")
                self.assertEqual((stop["tracepoints"], stop["text"]), ([5], "level: 1 → 2"))
                self.assertEqual(it.where()[0], "main:%d" % it.line("after"))
                self.assertEqual(it.end(), "5 2\n")

    def test_an_attribute_and_an_item_change(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": DATA}) as it:
                it.start([it.at("level")])
                it.stopped()
                scope = it.scope()["ref"]
                cart = it.children(scope)["cart"]["ref"]
                total = it.ask("data_info", ref=cart, name="total")
                self.assertEqual(total["description"], "cart.total")
                item = it.ask("data_info", frame=it.top()["id"], expression="cart.items['n']")
                self.assertIsNone(it.ask("data_info", frame=it.top()["id"], expression="add(1, 2)")["data"])
                log = {"id": 0, "kind": "Log", "slots": [["cart.total", "", ""]]}
                it.arm([breakpoint_at("", 0, 5, locate=None, data={"id": total["data"]}),
                        breakpoint_at("", 0, 6, locate=None, data={"id": item["data"]}, stop=False, actions=[log])])  # fmt: skip
                it.resume()
                stop = it.stopped("data breakpoint")
                self.assertEqual((stop["tracepoints"], stop["text"]), ([5], "cart.total: 0 → 5"))
                self.assertEqual(it.where()[0], "add:%d" % it.line("item"))
                self.assertEqual(it.end(), "5 2\n")
                decoder = farend.Decoder().feed(it.peer.records())
                self.assertEqual([(e["line"], e["values"][0][:2]) for e in decoder.events], [(it.line("back"), ("cart.total", "5"))])


class Tracepoints(unittest.TestCase):
    def test_a_function_and_a_hit_condition(self) -> None:
        program = query(["function", "eq", "add"], ["kind", "eq", "call"])
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": DATA}) as it:
                it.start([breakpoint_at("", 0, 3, locate=None, program=program)])
                it.stopped("function breakpoint")
                self.assertEqual(it.locals()["price"], "5")
                self.assertEqual(it.step()[0], "add:%d" % it.line("total"))
                self.assertEqual(it.end(), "5 2\n")

    def test_debugger_action(self) -> None:
        program = {"op": "when", "if": query(["function", "eq", "add"], ["kind", "eq", "return"]), "do": [0]}
        point = breakpoint_at("", 0, 3, locate=None, stop=False, program=program, actions=[{"id": 0, "kind": "Debugger"}])
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": DATA}) as it:
                it.start([point])
                it.stopped("breakpoint")
                self.assertEqual(it.where()[0], "add:%d" % it.line("back"))
                self.assertEqual(it.step()[0], "main:%d" % it.line("change"))
                it.end()


class Asked(unittest.TestCase):
    def test_the_program_asks_for_it(self) -> None:
        text = "def main():\n    x = 1\n    breakpoint()\n    y = 2  # next\n    return y\nmain()\nprint('over')\n"
        env = {name: value for name, value in os.environ.items() if name != "PYTHONBREAKPOINT"}
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": text}) as it:
                it.start([], env=env)
                it.stopped("breakpoint")
                self.assertEqual(it.where()[0], "main:%d" % it.line("next"))
                self.assertEqual(it.locals(), {"x": "1"})
                self.assertEqual(it.end(), "over\n")

    def test_the_program_asks_pdb(self) -> None:
        """Which would find nobody at its standard input: it stops as breakpoint() does, however it is imported."""
        for how in ("import pdb; pdb.set_trace()", "from pdb import set_trace; set_trace(header='here')"):
            text = (
                "import sys\ndef main():\n    x = 1\n    %s\n    y = 2  # next\n    return y\nmain()\nprint('over', len(sys.meta_path))\n"
                % how
            )
            for backend in BACKENDS:
                with self.subTest(how, backend=backend), Debuggee(backend, {"main.py": text}) as it:
                    it.start([])
                    it.stopped("breakpoint")
                    self.assertEqual(it.where()[0], "main:%d" % it.line("next"))
                    self.assertEqual(it.end(), "over %d\n" % len(sys.meta_path))

    def test_pdb_is_given_back(self) -> None:
        text = "import pdb\ntheirs = pdb.Pdb.set_trace\nprint(pdb.__spec__.loader is pdb.__loader__, type(pdb.__loader__).__name__)\nx = 1  # stop\n"
        text += "while pdb.set_trace.__module__ != 'pdb': pass\nprint('theirs')\n"
        with Debuggee(BACKENDS[0], {"main.py": text}) as it:
            it.start([it.at("stop")])
            it.stopped()
            it.peer.send(t_="detach")
            self.assertEqual(it.finish(), "True SourceFileLoader\ntheirs\n")


class LettingGo(unittest.TestCase):
    def test_the_link_breaks(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": DATA}) as it:
                it.start([it.at("level"), it.at("after", 2)])
                it.stopped()
                it.peer.sock.close()
                out, err = it.process.communicate(timeout=farend.DEADLINE)
                self.assertEqual((out, err, it.process.returncode), ("5 2\n", "", 0))

    def test_detach(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": DATA}) as it:
                it.start([it.at("level"), it.at("after", 2)])
                it.stopped()
                it.peer.send(t_="detach")
                self.assertTrue(it.message("continued")["all"])
                self.assertEqual(it.finish(), "5 2\n")

    @unittest.skipUnless(hasattr(signal, "SIGINT") and os.name == "posix", "signals")
    def test_a_signal_ends_a_stopped_program(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": DATA}) as it:
                it.start([it.at("level")])
                it.stopped()
                it.process.send_signal(signal.SIGINT)
                self.assertTrue(it.message("continued")["all"])
                it.finish(-signal.SIGINT)


if __name__ == "__main__":
    unittest.main()
