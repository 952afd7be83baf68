"""A text that is compiled and run again and again: nothing is left of a round but its counts."""

from __future__ import annotations

import os
import tempfile
import textwrap
import unittest

import farend
from stopping import BACKENDS
from tally_harness import NATIVE
from test_tally_bridge import hits

PROGRAM = textwrap.dedent("""\
    import gc, sys
    ROUNDS = int(sys.argv[1])
    text, other = open("piece.py").read(), sys.argv[2]
    def ours(name):
        return next(one for one in gc.get_objects() if type(one).__name__ == name and type(one).__module__.startswith("_tallyho."))
    for number in range(ROUNDS):
        exec(compile(text.replace("* 2", other), "piece.py", "exec"), {})
    tally, board = ours("Tally"), ours("TracepointTable")
    memory = ours("Memory")
    gc.collect()                            # each function and its namespace are a circle
    print(len(tally.traced), len(tally.codes.refs), len(tally.lines.codes), len(tally.files.all), memory.used if hasattr(memory, "used") else 0,
          sum(one.facts.file.path.endswith("piece.py") for one in list(board.dispatches.values())) < 10, len(board.records.code_ids))
    """)
PIECE = textwrap.dedent("""\
    a = 1
    b = a + 1
    def g(x):
        try:
            return x * 2 / 0
        except ZeroDivisionError:
            return list(range(x))
    c = g(b)
    """)


class Again(unittest.TestCase):
    """Small rounds against many."""

    def run_rounds(self, rounds: int, other: str, backend: str) -> farend.Outcome:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in (("prog.py", PROGRAM), ("piece.py", PIECE)):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as stream:
                    stream.write(text)
            outcome = farend.run(
                "script",
                os.path.join(folder, "prog.py"),
                args=[str(rounds), other],
                cwd=folder,
                config={"tally": "values", "backend": backend},
            )
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        return outcome

    def test_nothing_grows(self) -> None:
        for backend in BACKENDS if not NATIVE else BACKENDS[:1]:
            for other in ("* 2", "* 3"):  # the file's own text, and another
                with self.subTest(backend=backend, other=other):
                    few, many = (self.run_rounds(rounds, other, backend) for rounds in (40, 400))
                    self.assertEqual(many.out, few.out)
                    sums = [value for kind, value in many.decoder.others if kind == 7]
                    self.assertLess(len(sums), 40)
                    if other == "* 2":
                        found = hits(many.peers[0], many.decoder)
                        self.assertEqual((found["b = a + 1"], found["return list(range(x))"], found["c = g(b)"]), (400, 400, 400))


if __name__ == "__main__":
    unittest.main()
