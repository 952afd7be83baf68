"""What a tally keeps in memory for each statement that runs: bytes, not objects."""

from __future__ import annotations

import gc
import os
import tempfile
import tracemalloc
import unittest

from tally_harness import Harness

from _tallyho.base.behaviour import BYTECODE_IS_KNOWN

FUNCTION = """
def work_%d(value):
    total = value + 1
    if total > 3:
        total -= 1
    other = [total, value]
    for one in other:
        total += one
    while total > 100:
        total //= 2
    return total, other
"""
FUNCTIONS = 400
STATEMENTS = 10 * FUNCTIONS
MOST = 450
"""Bytes for each statement; in pure Python, and with all that a code object needs besides. A syntax tree kept would be 2000."""


@unittest.skipIf(not BYTECODE_IS_KNOWN, "statement plans need CPython 3.12 to 3.15")
class Memory(unittest.TestCase):
    """A file of many small functions, all of which run."""

    def test_bytes_per_statement(self) -> None:
        """What stays after they ran is within bounds."""
        text = "".join(FUNCTION % number for number in range(FUNCTIONS))
        text += "for work in [work for name, work in list(globals().items()) if name[:5] == 'work_']:\n    work(3)\n"
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "case.py")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
            code = compile(text, path, "exec")
            harness = Harness(samples="off")
            with harness:
                exec("pass", {})
                harness.records.written.append((0, None))
                gc.collect()
                tracemalloc.start()
                exec(code, {})
                harness.records.written.clear()  # in a program they go to the trace memory
                harness.kept.new.clear()
                harness.tally.files.trees.clear()  # of eight files at most, however many there are
                harness.tally.files.unpacked.clear()
                gc.collect()
                used = sum(
                    one.size
                    for one in tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*_tallyho*")]).statistics("filename")
                )
                tracemalloc.stop()
        self.assertEqual(len(harness.tally.codes.order), FUNCTIONS + 1)
        self.assertLess(used / STATEMENTS, MOST)


if __name__ == "__main__":
    unittest.main()
