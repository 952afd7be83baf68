"""Tallies of programs that run under the whole bridge, read from trace memory as the other end reads it."""

from __future__ import annotations

import os
import struct
import subprocess
import tempfile
import textwrap
import unittest
from typing import Dict

import farend
from tally_harness import MONITORING, NATIVE, RAW_SLOT, cut, worked_out


def hits(peer: farend.Peer, decoder: farend.Decoder) -> Dict[str, int]:
    """Return text of statement -> hits of the last file that a process tallied."""
    cells = memoryview(peer.memory)[peer.messages[0]["memory"]["counters_offset"] :]  # type: ignore[arg-type]
    records = [*decoder.others, *worked_out(decoder.others, cells)]
    file = [value for kind, value in records if kind == 6][-1]
    same = {value["id"] for kind, value in records if kind == 6 and value["sha256"] == file["sha256"]}
    found: Dict[int, int] = {}
    for kind, value in records:
        if kind == 7 and value["file"] in same:
            for span, slot, weight in value["hits"]:
                count = cells[slot - RAW_SLOT] if slot >= RAW_SLOT else struct.unpack_from("<Q", cells, 8 * slot)[0]
                found[span] = found.get(span, 0) + weight * count
    lines = file["source"].split("\n")
    texts = [cut(lines, span[0], span[1], span[4], span[5]) for span in file["spans"]]
    return {texts[span]: count for span, count in found.items()}


class Bridge(unittest.TestCase):
    """The tally inside a real run."""

    def setUp(self) -> None:
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def write(self, text: str) -> str:
        path = os.path.join(self.directory.name, "prog.py")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(textwrap.dedent(text))
        return path

    def test_a_program(self) -> None:
        path = self.write("""
            def mean(xs):
                total = 0
                for x in xs:
                    total += x
                return total / len(xs)
            for xs in ([1, 2], [], [3] * 1000):
                try:
                    print(mean(xs))
                except ZeroDivisionError:
                    print("none")
            """)
        outcome = farend.run("script", path, config={"tally": "values"})
        self.assertEqual((outcome.code, outcome.out, outcome.err), (0, "1.5\nnone\n3.0\n", ""))
        self.assertEqual([m for m in outcome.peers[0].messages if m["t"] == "notice"], [])
        found = hits(outcome.peers[0], outcome.decoder)
        self.assertEqual(found["total += x"], 1002)
        self.assertEqual(found["for x in xs:"], 3 + 1 + 1001)
        self.assertEqual(found['print("none")'], 1)

    @unittest.skipUnless(MONITORING, "statements are counted by sys.monitoring, from 3.12 on")
    def test_a_tracepoint_at_a_line_takes_no_hit(self) -> None:
        """LINE answering DISABLE swallows the INSTRUCTION event of the same place on 3.12 and 3.13."""
        path = self.write("""
            def f(n):
                a = n + 1
                if n:
                    a = sum(x for x in range(n))
                b = a * 2
                return b
            for n in range(4):
                f(n)
            """)
        where = farend.query(("function", "eq", "f"), ("lineno", "eq", 6))
        outcome = farend.run("script", path, [farend.point(where)], config={"tally": "values"})
        self.assertEqual(len(outcome.decoder.events), 4)
        found = hits(outcome.peers[0], outcome.decoder)
        for text, count in (
            ("a = n + 1", 4),
            ("if n:", 4),
            ("a = sum(x for x in range(n))", 3),
            ("b = a * 2", 4),
            ("return b", 4),
            ("(x for x in range(n))", 6),
        ):
            self.assertEqual(found[text], count, text)

    @unittest.skipUnless(MONITORING, "below, every event of counted code is delivered")
    def test_a_tracepoint_at_returns_that_were_not_heard_of(self) -> None:
        """Of what returns so often that nothing is held of it, the Tally hears no more; a tracepoint that comes then hears all."""
        path = self.write("""
            import sys
            def f(n):
                m = n + 1
                return m
            for n in range(200000):
                f(n)
            print("now", flush=True)
            sys.stdin.readline()
            f(-7); f(-8)
            """)
        with farend.Session() as session:
            process = session.launch("script", path, stdin=subprocess.PIPE, address={"native": NATIVE})
            peer, decoder = session.accept(), farend.Decoder()
            peer.hello()
            peer.start(dict(farend.CONFIG, tally="values", cwd=self.directory.name), [])
            assert process.stdout is not None
            self.assertEqual(process.stdout.readline(), "now\n")
            returns = farend.point(farend.query(("function", "eq", "f"), ("kind", "eq", "return")), {"kind": "CodePrinter"})
            peer.send(t_="arm", revision=2, add=[returns], remove=[])
            peer.until("armed")
            process.communicate("\n", timeout=30)
            decoder.feed(peer.records())
            self.assertEqual([event["line"] for event in decoder.events], [5, 5])

    @unittest.skipUnless(MONITORING, "below, a thread's own trace function sees what it runs")
    def test_threads_that_run_code_for_the_first_time_together(self) -> None:
        """One plans it, and the others wait until it is counted."""
        lambdas = "\n".join("together(lambda: %d)" % number for number in range(300))
        path = self.write(
            "import sys, threading\nsys.setswitchinterval(1e-5)\ndef together(f):\n"
            "    threads = [threading.Thread(target=f) for _ in range(3)]\n    for t in threads: t.start()\n"
            "    for t in threads: t.join()\n" + lambdas + "\n"
        )
        for config in ({"tally": "counts", "eager": -1}, {"tally": "values", "eager": 40}):
            outcome = farend.run("script", path, config=config, address={"native": NATIVE})
            self.assertEqual((outcome.code, outcome.err), (0, ""))
            found = hits(outcome.peers[0], outcome.decoder)
            wrong = {text: count for text, count in found.items() if text.startswith("lambda") and count != 3}
            self.assertEqual(wrong, {}, config)

    def test_what_the_program_sees_is_its_own(self) -> None:
        """Deep recursion, a traceback, exc_info and the trace function are those of a run without us."""
        path = self.write("""
            import sys
            def deep(n):
                return 0 if not n else 1 + deep(n - 1)
            def endless():
                return endless()
            print(deep(sys.getrecursionlimit() - 100))
            try:
                endless()
            except RecursionError as e:
                print(e.__context__, e.__cause__)
            import traceback
            try:
                {}["k"]
            except KeyError as e:
                print(len(traceback.format_exception(type(e), e, e.__traceback__)), e.__context__)
            """)
        outcome = farend.run("script", path, config={"tally": "values"})
        self.assertEqual(outcome.code, 0, outcome.err)
        self.assertEqual(outcome.out.splitlines()[1], "None None")
        self.assertTrue(outcome.out.splitlines()[2].endswith(" None"))
        # Whether something is to be sampled where the program is at its limit is a matter of time.
        told = [m["text"] for m in outcome.peers[0].messages if m["t"] == "notice"]
        self.assertEqual([text for text in told if "recursion limit" not in text], [])

    @unittest.skipIf(not hasattr(os, "fork"), "needs fork")
    def test_a_forked_child_has_counts_of_its_own(self) -> None:
        path = self.write("""
            import os
            def f(n):
                for i in range(n):
                    x = i
            f(5)
            pid = os.fork()
            if pid == 0:
                f(7)
                os._exit(0)
            os.waitpid(pid, 0)
            f(2)
            """)
        config = dict(farend.CONFIG, cwd=self.directory.name, tally="values")
        with farend.Session() as session:
            process = session.launch("script", path)
            parent = session.accept()
            parent.hello()
            parent.start(config, [])
            child = session.accept()
            self.assertEqual(child.hello()["parent"], process.pid)
            child.start(config, [])
            parent.drain()
            child.drain()
            process.communicate(timeout=farend.DEADLINE)
        counts = [hits(peer, farend.Decoder().feed(peer.records()))["x = i"] for peer in (parent, child)]
        self.assertEqual(counts, [7, 7])


if __name__ == "__main__":
    unittest.main()
