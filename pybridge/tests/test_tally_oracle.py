"""Random programs against copies of themselves whose source counts: every statement's hits must be equal."""

from __future__ import annotations

import random
import sys
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple
from unittest import mock

from oracle_programs import Writer
from oracle_world import World, run
from size import FIRST, sized
from tally_harness import ACCELERATOR, Harness

from _tallyho.base.behaviour import BYTECODE_IS_KNOWN
from _tallyho.tally import latest, sampling

PROGRAMS = sized(15)
Counters = getattr(ACCELERATOR, "Counters", None)


class Interrupted(World):
    """A world that lets something happen in the midst of the program, now and then."""

    def __init__(self, seed: int, happens: Callable[[random.Random], None]) -> None:
        super().__init__(seed)
        self.chance = random.Random(seed)
        self.happens = happens

    def r(self, below: int) -> int:
        if self.chance.random() < 0.1 and self.happening.acquire(False):
            try:
                self.happens(self.chance)
            finally:
                self.happening.release()
        return super().r(below)

    happening = threading.Lock()


@unittest.skipIf(not BYTECODE_IS_KNOWN, "statement plans need CPython 3.12 to 3.15")
class Oracle(unittest.TestCase):
    """Both copies of a program count alike."""

    def check(self, seed: int, config: Dict[str, Any], happens: Callable[[Harness, random.Random], None] = lambda *_: None) -> None:
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
                run(compile(plain, str(path), "exec", dont_inherit=True), Interrupted(seed, lambda chance: happens(harness, chance)))
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
        if config["samples"] == "spread":
            self.check_lasts(harness, writer, world, seed, "eager" not in config)

    def check_lasts(self, harness: Harness, writer: Writer, world: World, seed: int, planned: bool) -> None:
        """What is sampled of an assignment's newest hit is what it bound, and where values are held nearly each one is."""
        found = {(one.line, one.column): one for one in harness.statements() if one.kind == "assign"}
        for key, (number, value) in world.lasts.items():
            one = found.get(writer.where[key])
            if one is None or type(value) not in (int, bool) or "id(" in writer.plain[writer.where[key][0] - 1]:
                continue
            if len({sample.thread for sample in one.samples}) > 1 or len(world.threads[key]) > 1:
                continue  # side by side, they come in another order
            samples = [sample for sample in one.samples if sample.hit == number and "a" in sample.vars and not sample.raised]
            for sample in samples:
                self.assertEqual(sample.vars["a"][1], repr(value), "seed %d: hit %d of %s" % (seed, number, one))
            if planned and number == one.hits and number > 1 and harness.tally.sampler.spent < 1 << 50:
                self.total += 1
                self.known += bool(samples)

    known = total = 0

    def test_random_programs(self) -> None:
        for seed in range(FIRST, FIRST + PROGRAMS):
            self.check(seed, {"samples": ("off", "spread", "first")[seed % 3]})
            self.check(seed, {"samples": ("off", "spread")[seed % 2], "eager": 40 * (seed % 4)})

        if Counters is not None and hasattr(Counters, "latest") and PROGRAMS >= 15:
            self.assertGreater(self.known, 0.95 * self.total, self.total)

    def test_holding_is_given_up_and_taken_up_again(self) -> None:
        """At any moment it may be too dear to hold values, and may not be any more: what is shown is right all the same."""

        def happens(harness: Harness, chance: random.Random) -> None:
            sampler = harness.tally.sampler
            sampler.spent = chance.choice((0, 1 << 60))
            sampler.ticked = 0
            harness.tally.tick()
            sampler.spent = chance.choice((0, 1 << 60))

        with mock.patch.object(latest, "BUSY", 0), mock.patch.object(sampling, "EARLY", 1):
            for seed in range(FIRST, FIRST + PROGRAMS):
                self.check(seed, {"samples": "spread"}, happens)

    def test_threads_add_up(self) -> None:
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "case.py")
            source = "def work(n):\n    total = 0\n    for i in range(n):\n        total += i\n    return total\n"
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
