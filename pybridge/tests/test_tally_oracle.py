"""Random programs against copies of themselves whose source counts: every statement's hits must be equal."""
from __future__ import annotations

import os
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any, Dict, List, Tuple

from oracle_programs import Writer
from oracle_world import World, run
from tally_harness import Harness

from _tallyho.bytecode import FACTS

PROGRAMS = int(os.environ.get("TALLY_PROGRAMS", "40"))
FIRST = int(os.environ.get("TALLY_SEED", "0"))


@unittest.skipIf(FACTS is None, "statement plans need CPython 3.12 to 3.14")
class Oracle(unittest.TestCase):
    """Both copies of a program count alike."""

    def check(self, seed: int, config: Dict[str, Any]) -> None:
        writer = Writer(seed)
        writer.program()
        plain, counting = "\n".join(writer.plain) + "\n", "\n".join(writer.counting) + "\n"
        world = World(seed)
        run(compile(counting, "counting.py", "exec"), world)
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "case.py")
            path.write_text(plain, encoding="utf-8")
            harness = Harness(**config)
            with harness:
                run(compile(plain, str(path), "exec", dont_inherit=True), World(seed))
        self.assertEqual(harness.tally.errors, 0)
        found: Dict[Tuple[int, int], List[Tuple[str, int]]] = {}
        for one in harness.statements():
            found.setdefault((one.line, one.column), []).append((one.kind, one.hits))
        wrong = []
        for key, place in writer.where.items():
            counts = found.get(place)
            if counts is None or not any(hits == world.counts.get(key, 0) for _, hits in counts):
                wrong.append((place, writer.plain[place[0] - 1], counts, world.counts.get(key, 0)))
        self.assertEqual(wrong, [], "seed %d" % seed)

    def test_random_programs(self) -> None:
        for seed in range(FIRST, FIRST + PROGRAMS):
            self.check(seed, {"samples": ("off", "spread", "first")[seed % 3]})
            self.check(seed, {"samples": ("off", "spread")[seed % 2], "raw": 40 * (seed % 4)})

    def test_threads_add_up(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "case.py")
            source = ("def work(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n")
            path.write_text(source, encoding="utf-8")
            names: Dict[str, Any] = {}
            harness = Harness()
            interval = sys.getswitchinterval()
            sys.setswitchinterval(1e-5)
            try:
                with harness:
                    exec(compile(source, str(path), "exec", dont_inherit=True), names)
                    threads = [threading.Thread(target=names["work"], args=(3000,)) for _ in range(6)]
                    for thread in threads:
                        thread.start()
                    for thread in threads:
                        thread.join()
            finally:
                sys.setswitchinterval(interval)
        self.assertEqual([one.hits for one in harness.statements()], [1, 6, 6 * 3001, 6 * 3000, 6])


if __name__ == "__main__":
    unittest.main()
