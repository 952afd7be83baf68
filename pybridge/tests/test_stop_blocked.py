"""Evaluations that block: they are ended where that is possible, and never spoil the stop."""

from __future__ import annotations

import unittest

import farend
from stopping import BACKENDS, Debuggee, Refusal

MAIN = """
import os, queue, select, signal, socket, subprocess, sys, threading, time
lock = threading.Lock()
lock.acquire()
left, right = socket.socketpair()
was = [signal.getsignal(number) for number in (signal.SIGURG, signal.SIGWINCH)]
x = 1
here = 2                                                # here
print("end", x, was == [signal.getsignal(number) for number in (signal.SIGURG, signal.SIGWINCH)])
"""

BLOCKING = [
    "lock.acquire()",
    "lock.acquire(True, 100)",
    "time.sleep(100)",
    "threading.Event().wait()",
    "queue.Queue().get()",
    "left.recv(1)",
    "os.read(left.fileno(), 1)",
    "select.select([left], [], [])",
    "subprocess.run([sys.executable, '-c', 'import time; time.sleep(30)'])",
    "with threading.Lock():\n  time.sleep(100)",
    "try:\n  time.sleep(100)\nexcept Exception:\n  time.sleep(100)",
    "try:\n  time.sleep(100)\nfinally:\n  x = 3",
]

WORKER = """
import threading, time
lock = threading.Lock()
lock.acquire()
def again(n):
    return n + 1                                        # again
def work():
    x = 1
    here = 2                                            # here
    print("worked", x)
def helper():
    time.sleep(0)
    while not done:
        time.sleep(0.001)
done = []
thread = threading.Thread(target=work, name="worker"); thread.start()
other = threading.Thread(target=helper); other.start()
thread.join()
done.append(1)
print("end")
"""

POOL = """
import queue, threading
def serve():
    while True:
        asked.get()()
asked = queue.Queue()
threading.Thread(target=serve, daemon=True).start()
def ask():
    done = threading.Event()
    asked.put(done.set)
    done.wait()
    return "answered"
print(ask())
x = 1                                                   # here
y = 2                                                   # next
print(ask(), y)
"""

UNANSWERED = "what blocks in a thread has its turn, without the GIL: nothing is answered meanwhile (docs/tally.md)"


class Blocked(unittest.TestCase):
    def test_in_the_main_thread(self) -> None:
        """A call in C that blocks is ended there; what comes next is evaluated in the same thread, and the program runs on."""
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": MAIN}) as it:
                it.start([it.at("here")])
                it.stopped()
                for text in BLOCKING:
                    with self.subTest(text):
                        number = it.send("evaluate", expression=text, frame=it.top()["id"], context="repl", timeout=0.2)
                        later = it.send("evaluate", expression="x", frame=it.top()["id"], context="repl", timeout=20)
                        with self.assertRaisesRegex(Refusal, "interrupted after 0.2 seconds"):
                            it.reply(number)
                        self.assertIn(it.reply(later)["value"], ("1", "3"))
                        self.assertEqual(it.value("threading.current_thread() is threading.main_thread()"), "True")
                it.evaluate("x = 1")
                self.assertEqual(it.end(), "end 1 True\n")

    def test_what_the_text_does_about_it(self) -> None:
        """One interrupt raises once: a handler is not interrupted by the same one again, and a child is ended."""
        cleaning = "try:\n  time.sleep(100)\nexcept BaseException:\n  x = 5\n  for _ in range(1000): pass\n  x = 6\n  raise"
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": MAIN}) as it:
                it.start([it.at("here")])
                it.stopped()
                with self.assertRaisesRegex(Refusal, "interrupted after 1 seconds"):
                    it.evaluate(cleaning, timeout=1)
                self.assertEqual(it.value("x"), "6")
                it.evaluate("x = 1")
                self.assertEqual(it.end(), "end 1 True\n")

    def test_cancelled(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": MAIN}) as it:
                it.start([it.at("here")])
                it.stopped()
                number = it.send("evaluate", expression="lock.acquire()", frame=it.top()["id"], context="repl")
                it.peer.send(t_="cancel", id=number)
                with self.assertRaisesRegex(Refusal, "^cancelled$"):
                    it.reply(number)
                self.assertEqual(it.value("x"), "1")
                self.assertEqual(it.end(), "end 1 True\n")

    def test_handlers_of_the_program(self) -> None:
        """Its own handlers of the signals that would be used stay, and are never called."""
        own = MAIN.replace("was = [", "signal.signal(signal.SIGURG, lambda *_: print('called'))\n"
                           "signal.signal(signal.SIGWINCH, lambda *_: print('called'))\nwas = [")  # fmt: skip
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": own}) as it:
                it.start([it.at("here")])
                it.stopped()
                with self.assertRaisesRegex(Refusal, "interrupted"):
                    it.evaluate("lock.acquire()", timeout=0.1)
                self.assertEqual(it.value("x"), "1")
                it.evaluate("lock.release()")
                self.assertEqual(it.end(), "end 1 True\n")

    @unittest.skipIf(farend.FREE_THREADED, UNANSWERED)
    def test_in_another_thread(self) -> None:
        """Nothing can end it there: the stop is served all the same, and the thread goes on when the call returns."""
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": WORKER}) as it:
                it.start([it.at("here")])
                it.stopped()
                number = it.send("evaluate", expression="lock.acquire()", frame=it.top()["id"], context="repl", timeout=0.1)
                later = it.send("evaluate", expression="x + 1", frame=it.top()["id"], context="repl", timeout=20)
                with self.assertRaisesRegex(Refusal, "interrupted"):
                    it.reply(number)
                self.assertEqual(it.reply(later)["value"], "2")
                self.assertEqual(it.value("x + 2"), "3")
                self.assertEqual(it.where()[0], "work:%d" % it.line("here"))
                it.evaluate("lock.release()")
                self.assertEqual(it.end(), "worked 1\nend\n")

    @unittest.skipIf(farend.FREE_THREADED, UNANSWERED)
    def test_nothing_stops_in_what_is_evaluated_instead(self) -> None:
        """What another thread evaluates in a stuck one's stead does not stop at breakpoints, as it would not have there."""
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": WORKER}) as it:
                it.start([it.at("here"), it.at("again", 2)])
                it.stopped()
                with self.assertRaisesRegex(Refusal, "interrupted"):
                    it.evaluate("lock.acquire()", timeout=0.05)
                self.assertEqual(it.value("again(x)"), "2")
                self.assertEqual(it.value("thread.is_alive(), threading.main_thread().ident > 0"), "(True, True)")
                it.evaluate("lock.release()")
                self.assertEqual(it.end(), "worked 1\nend\n")

    @unittest.skipIf(farend.FREE_THREADED, UNANSWERED)
    def test_stuck_and_resumed(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": WORKER}) as it:
                it.start([it.at("here")])
                it.stopped()
                with self.assertRaisesRegex(Refusal, "interrupted"):
                    it.evaluate("time.sleep(3)", timeout=0.05)  # nothing ends it before its time
                self.assertEqual(it.value("x"), "1")
                self.assertEqual(it.end(), "worked 1\nend\n")

    def test_other_threads(self) -> None:
        """What needs a thread that stands still says so, and works where that may run meanwhile."""
        for backend in BACKENDS:
            with self.subTest(backend=backend), Debuggee(backend, {"main.py": POOL}) as it:
                it.start([it.at("here")])
                it.stopped()
                with self.assertRaisesRegex(Refusal, 'other threads stand still .*put "run " in front'):
                    it.evaluate("ask()", timeout=0.5)
                self.assertEqual(it.value("ask()", timeout=20, others=True), "'answered'")
                self.assertEqual(it.value("ask()", timeout=20, others=True), "'answered'")
                with self.assertRaisesRegex(Refusal, "other threads stand still"):
                    it.evaluate("ask()", timeout=0.5)
                self.assertEqual(it.step("next")[0], "<module>:%d" % it.line("next"))
                self.assertEqual(it.end(), "answered\nanswered 2\n")


if __name__ == "__main__":
    unittest.main()
