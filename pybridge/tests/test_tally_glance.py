"""Who looks at other threads keeps nothing of them: what their frames held ends where it would have ended."""

from __future__ import annotations

import gc
import os
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, List

import farend
from tally_harness import NATIVE

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _tallyho.base import glance

PROGRAM = """\
import sys, threading
from _thread import get_ident
sys.setswitchinterval(1e-6)
elsewhere = [0]

def waits(mine):
    try:
        yield 1
    finally:
        if get_ident() != mine:
            elsewhere[0] += 1

class Held:
    def __init__(self, mine):
        self.mine = mine
    def __del__(self):
        if get_ident() != self.mine:
            elsewhere[0] += 1

def use(mine, n):
    held, one = waits(mine), Held(mine)
    total = n
    for i in range(3):
        total += i
    return next(held) + total

def spin():
    mine = get_ident()
    for n in range(%d):
        use(mine, n)

threads = [threading.Thread(target=spin) for _ in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(elsewhere[0])
"""
ROUNDS = 3000


IN_TIME = "between two calls of C other threads run there: what a frame held may end where it was looked at (docs/tally.md)"


@unittest.skipIf(farend.FREE_THREADED, IN_TIME)
class Kept(unittest.TestCase):
    """What the program holds ends in the program's own threads."""

    def test_a_program(self) -> None:
        """Under a tally that looks at frames that run; by whatever looks."""
        configs: List[Dict[str, Any]] = [{"tally": "values", "eager": -1}, {"tally": "values", "eager": -1, "backend": "settrace"}]
        for config in configs:
            with self.subTest(**config), tempfile.TemporaryDirectory() as folder:
                path = os.path.join(folder, "prog.py")
                Path(path).write_text(PROGRAM % ROUNDS)
                outcome = farend.run("script", path, config=config, address={"native": NATIVE})
                self.assertEqual((outcome.code, outcome.err, outcome.out), (0, "", "0\n"))


def lets_others_run(phase: str, info: Dict[str, int]) -> None:
    """Is called before garbage is collected, and after."""
    time.sleep(0)


class Glance(unittest.TestCase):
    """Looking at another thread, at any moment."""

    def looked_at(self, look: Callable[[], Any], rounds: int = ROUNDS) -> int:
        """Return how often something ended elsewhere while that thread was looked at all the time."""
        interval = sys.getswitchinterval()
        space: Dict[str, Any] = {}
        sys.setswitchinterval(1e-6)
        try:
            thread = threading.Thread(target=exec, args=(compile(PROGRAM % rounds, "prog.py", "exec"), space), daemon=True)
            space["print"] = lambda *args: None
            thread.start()
            while thread.is_alive():
                look()
        finally:
            sys.setswitchinterval(interval)
        return int(space["elsewhere"][0])

    @unittest.skipIf(farend.FREE_THREADED, IN_TIME)
    def test_nothing_is_kept(self) -> None:
        code = compile("", "nobody.py", "exec")
        for look in (
            glance.idents,
            lambda: glance.stacks("f_code"),
            lambda: glance.stacks("f_code", "f_lineno"),
            lambda: glance.is_alone(code),
        ):
            with self.subTest():
                self.assertEqual(self.looked_at(look), 0)

    @unittest.skipIf(farend.FREE_THREADED, IN_TIME)
    def test_nothing_is_kept_while_garbage_is_collected(self) -> None:
        """Where C may collect garbage at any object it makes, what runs then lets other threads run."""
        code = compile("", "nobody.py", "exec")
        thresholds = gc.get_threshold()
        gc.callbacks.append(lets_others_run)
        try:
            for look in (glance.idents, lambda: glance.stacks("f_code"), lambda: glance.numbered("f_code"), lambda: glance.is_alone(code)):
                with self.subTest():
                    gc.set_threshold(2)
                    self.assertEqual(self.looked_at(look, 100), 0)
                    self.assertTrue(gc.isenabled())
                    gc.disable()
                    look()
                    self.assertFalse(gc.isenabled())
                    gc.enable()
        finally:
            gc.set_threshold(*thresholds)
            gc.callbacks.remove(lets_others_run)

    def test_what_is_seen(self) -> None:
        come, go = threading.Event(), threading.Event()

        def inner(n: int) -> None:
            if n:
                return inner(n - 1)
            come.set()
            go.wait()

        for depth in (0, 1, glance.DEEPEST + 50):
            with self.subTest(depth=depth):
                come.clear()
                go.clear()
                thread = threading.Thread(target=inner, args=(depth,))
                thread.start()
                come.wait()
                seen = dict(glance.stacks("f_code.co_name", "f_lineno"))
                alone = glance.is_alone(inner.__code__)
                idents = glance.idents()
                go.set()
                thread.join()
                self.assertEqual(list(seen), idents)
                names = [name for name, _ in seen[thread.ident]]
                self.assertEqual(names.count("inner"), min(depth + 1, glance.DEEPEST - 2))
                self.assertEqual(alone, depth == 0)


if __name__ == "__main__":
    unittest.main()
