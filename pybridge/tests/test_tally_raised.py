"""Exceptions that a tally counts where nobody else asks about them: the accelerator counts them as Python would."""

from __future__ import annotations

import os
import subprocess
import tempfile
import textwrap
import unittest
from typing import Any, Dict, Tuple

import farend
from tally_harness import MONITORING, NATIVE, cut

PROGRAM = """
    import asyncio
    class Missing(KeyError):
        pass
    class Items:
        def __init__(self, n):
            self.n = n
        def __iter__(self):
            return self
        def __next__(self):
            if not self.n:
                raise StopIteration
            self.n -= 1
            return self.n
        async def __anext__(self):
            if not self.n:
                raise StopAsyncIteration
            self.n -= 1
            return self.n
        def __aiter__(self):
            return self
    def item(d, key):
        return d[key]
    def through(d, key):
        return item(d, key)
    def again(d, key):
        try:
            return through(d, key)
        except KeyError:
            raise
        finally:
            key = None
    def changed(d, key):
        try:
            through(d, key)
        except KeyError as error:
            raise Missing(key) from error
    def deeper(n):
        if not n:
            raise ValueError(n)
        deeper(n - 1)
    def numbers(n):
        try:
            for number in range(n):
                yield number
        finally:
            n = 0
    def delegates(n):
        yield from numbers(n)
    async def asks(n):
        total = 0
        async for one in Items(n):
            total += one
        return total
    async def fails(n):
        await asks(n)
        return {}[n]
    def attempt(f, *args):
        try:
            return f(*args)
        except Exception as error:
            return error
    for n in range(60):
        attempt(item, {}, n)
        attempt(item, {}, [])
        attempt(item, [], n)
        attempt(again, {}, n)
        attempt(changed, {}, n)
        attempt(deeper, n % 4)
        list(Items(n % 3))
        for one in Items(n % 3):
            pass
        started = delegates(5)
        next(started)
        started.close()
        thrown = delegates(5)
        next(thrown)
        attempt(thrown.throw, KeyError(n))
        attempt(asyncio.run, fails(n % 3)) if n < 20 else None
    """

RAISED = {
    ("return d[key]", "KeyError"): 60 * 3,
    ("return d[key]", "TypeError"): 60,
    ("return d[key]", "IndexError"): 60,
    ("return item(d, key)", "KeyError"): 120,
    ("return f(*args)", "IndexError"): 60,
    ("raise Missing(key) from error", "Missing"): 60,
    ("deeper(n - 1)", "ValueError"): 15 * (1 + 2 + 3),
    ("raise ValueError(n)", "ValueError"): 60,
    ("yield number", "KeyError"): 60,
    ("return {}[n]", "KeyError"): 20,
}
"""Some of it, as a person would count it."""


def raised(peer: farend.Peer, decoder: farend.Decoder) -> Dict[Tuple[str, str], int]:
    """Return how often exceptions of a class were raised at a statement, by its text and the class."""
    cells = memoryview(peer.memory)[peer.messages[0]["memory"]["counters_offset"] :].cast("Q")  # type: ignore[arg-type]
    files = {value["id"]: value for kind, value in decoder.others if kind == 6}
    found: Dict[Tuple[str, str], int] = {}
    for kind, value in decoder.others:
        if kind != 7 or not value["raised"]:
            continue
        file, kinds = files[value["file"]], dict(value["types"])
        for index, slot in value["raised"]:
            span = file["spans"][index]
            text = cut(file["source"].split("\n"), span[0], span[1], span[4], span[5])
            found[text, kinds[slot]] = found.get((text, kinds[slot]), 0) + cells[slot]
    return found


@unittest.skipUnless(MONITORING, "below 3.12 every exception in counted code is delivered")
class RaisedByTheThousand(unittest.TestCase):
    """What is known to be counted and nothing else is counted in C."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.path = os.path.join(directory.name, "prog.py")
        self.directory = directory.name

    def write(self, text: str) -> str:
        with open(self.path, "w", encoding="utf-8") as stream:
            stream.write(textwrap.dedent(text))
        return self.path

    def counted(self, native: str, **config: Any) -> Dict[Tuple[str, str], int]:
        outcome = farend.run("script", self.path, config=config, address={"native": native})
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        return raised(outcome.peers[0], outcome.decoder)

    def test_every_kind_is_counted_as_python_counts_it(self) -> None:
        self.write(PROGRAM)
        for config in ({"tally": "counts"}, {"tally": "values"}, {"tally": "values", "samples": "first"}):
            slowly = self.counted("", **config)
            self.assertEqual({key: slowly.get(key) for key in RAISED}, RAISED, config)
            self.assertEqual({key for key in slowly if "Iteration" in key[1] and not key[0].startswith("raise")}, set(), config)
            self.assertEqual(self.counted(NATIVE, **config), slowly, config)

    def test_who_asks_later_hears_of_all(self) -> None:
        """A tracepoint comes when an exception has long been known to be counted and nothing else; and goes again."""
        self.write("""
            import sys
            def f(n):
                return {}[n]
            def times(n):
                for i in range(n):
                    try:
                        f(i)
                    except KeyError:
                        pass
                print("now", flush=True)
                sys.stdin.readline()
            times(50)
            times(7)
            times(50)
            """)
        with farend.Session() as session:
            process = session.launch("script", self.path, stdin=subprocess.PIPE, address={"native": NATIVE})
            peer, decoder = session.accept(), farend.Decoder()
            peer.hello()
            peer.start(dict(farend.CONFIG, tally="values", cwd=self.directory), [])
            assert process.stdout is not None and process.stdin is not None
            self.assertEqual(process.stdout.readline(), "now\n")
            asks = farend.point(farend.query(("function", "eq", "f"), ("kind", "eq", "exception")), {"kind": "CodePrinter"})
            for revision, add, remove in ((2, [asks], []), (3, [], [asks["id"]])):
                peer.send(t_="arm", revision=revision, add=add, remove=remove)
                peer.until("armed")
                process.stdin.write("\n")
                process.stdin.flush()
                self.assertEqual(process.stdout.readline(), "now\n")
            process.communicate("\n", timeout=30)
            decoder.feed(peer.records())
            self.assertEqual(len(decoder.events), 7)
            self.assertEqual(raised(peer, decoder), {("return {}[n]", "KeyError"): 107, ("f(i)", "KeyError"): 107})

    @unittest.skipUnless(hasattr(os, "fork"), "needs fork")
    def test_a_forked_child_counts_its_own(self) -> None:
        self.write("""
            import os
            def times(n):
                for i in range(n):
                    try:
                        {}[i]
                    except KeyError:
                        pass
            times(50)
            pid = os.fork()
            times(30 if pid else 70)
            if pid:
                os.waitpid(pid, 0)
            """)
        with farend.Session() as session:
            process = session.launch("script", self.path, address={"native": NATIVE})
            peers = [session.accept()]
            peers[0].hello()
            peers[0].start(dict(farend.CONFIG, tally="counts", cwd=self.directory), [])
            peers.append(session.accept())
            peers[1].hello()
            peers[1].start(dict(farend.CONFIG, tally="counts", cwd=self.directory), [])
            for peer in peers[::-1]:
                peer.drain()
            process.communicate(timeout=30)
            for peer, count in zip(peers, (80, 70)):
                self.assertEqual(raised(peer, farend.Decoder().feed(peer.records())), {("{}[i]", "KeyError"): count})


if __name__ == "__main__":
    unittest.main()
