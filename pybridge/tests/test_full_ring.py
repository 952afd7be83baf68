"""Where there is no room for records, an event is whole or not there, and what says what counts mean is told later."""

from __future__ import annotations

import random
import sys
import unittest
from pathlib import Path
from typing import Any, List

import farend

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _tallyho.wire.memory import Memory
from _tallyho.wire.records import SUMS, Records, Value

SEEDS = 60


class FullRing(unittest.TestCase):
    """Random writers, and a reader that comes seldom."""

    def setUp(self) -> None:
        self.memory = Memory(None, lambda: None)
        self.records = Records(self.memory, lambda ident: ("MainThread", False), lambda: "")
        self.peer: Any = farend.Peer.__new__(farend.Peer)
        self.peer.memory = self.memory.map
        self.decoder = farend.Decoder()
        self.written = 0
        self.owed: List[str] = []

    def read(self) -> None:
        self.decoder.feed(self.peer.records())
        self.records.settle()

    def event(self, choice: random.Random) -> None:
        function, line = "f%d" % choice.randrange(6), choice.randrange(40)
        records = self.records
        code = records.code_ids.get(function) or records.code(
            function, lambda: {"function": function, "module": "m" * choice.randrange(3000), "filename": "", "path": ""}
        )
        place = records.place_ids.get((code, line, False)) or records.place(
            code, line, False, lambda: {"source": function, "fullsource": "s" * choice.randrange(5000)}
        )
        value = Value("", "%s:%d" % (function, line) + " " * choice.randrange(3000))
        self.written += records.event(1, 0, 0, 1, place, -1, -1, [value])

    def sums(self, choice: random.Random) -> None:
        text = str(len(self.owed)) + " " * choice.choice((0, 100, 60_000, 100_000))
        self.owed.append(text)
        self.assertTrue(self.records.json(SUMS, {"text": text}))

    def check(self, seed: int) -> None:
        choice = random.Random(seed)
        for _ in range(400):
            choice.choices((self.event, self.sums, lambda _: self.read()), (300, 20, 1))[0](choice)
            if choice.random() < 0.01:
                self.records.code_ids.clear()  # others come
        self.read()
        while self.records.owed:
            self.read()
        self.read()
        said = [
            (event["values"][0][1].strip(), "%s:%d" % (event["function"], event["line"]), event["source"]) for event in self.decoder.events
        ]
        self.assertEqual([text for text, _, _ in said], [place for _, place, _ in said])
        self.assertEqual([place.partition(":")[0] for _, place, _ in said], [source for _, _, source in said])
        self.assertEqual(len(said), self.written)
        self.assertEqual([value["text"] for kind, value in self.decoder.others if kind == SUMS], self.owed)

    def test_whole_or_not_there(self) -> None:
        lost = 0
        for seed in range(SEEDS):
            with self.subTest(seed=seed):
                self.setUp()
                self.check(seed)
                lost += sum(self.memory.words[(ring.header + 32) >> 3] for ring in self.memory.rings)
        self.assertGreater(lost, 100)


if __name__ == "__main__":
    unittest.main()
