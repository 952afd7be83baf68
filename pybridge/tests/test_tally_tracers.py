"""Another tracer in the program takes nothing from a tally: random programs, in which tracers come and go, against their counting copies."""

from __future__ import annotations

import os
import struct
import sys
import tempfile
import unittest
from collections import Counter
from typing import Any, Dict, List, Sequence, Tuple

import farend
from oracle_tracers import TracedWriter, Undisturbed
from oracle_world import run
from size import FIRST, sized
from tally_harness import MONITORING, NATIVE, RAW_SLOT, worked_out

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = sized(15)
EVENTFUL = sized(2)

Places = Dict[Tuple[int, int], List[int]]


def placed(peer: farend.Peer, decoder: farend.Decoder) -> Dict[str, Places]:
    """Return by file the hits of the statements that begin at each place."""
    cells = memoryview(peer.memory)[peer.messages[0]["memory"]["counters_offset"] :]  # type: ignore[arg-type]
    records = [*decoder.others, *worked_out(decoder.others, cells)]
    texts = {value["id"]: value for kind, value in records if kind == 6}  # one file may have several: of what is planned, and of the rest
    hits: Dict[Tuple[str, int], int] = {}
    for value in [value for kind, value in records if kind == 7]:
        for span, slot, weight in value["hits"]:
            count = cells[slot - RAW_SLOT] if slot >= RAW_SLOT else struct.unpack_from("<Q", cells, 8 * slot)[0]
            key = texts[value["file"]]["path"], span
            hits[key] = hits.get(key, 0) + weight * count
    found: Dict[str, Places] = {}
    for file in {text["path"]: text for text in texts.values()}.values():
        places = found.setdefault(os.path.basename(file["path"]), {})
        for index, span in enumerate(file["spans"]):
            places.setdefault((span[0], span[1]), []).append(hits.get((file["path"], index), 0))
    return found


@unittest.skipUnless(MONITORING, "statements are counted by sys.monitoring, from 3.12 on")
class Tracers(unittest.TestCase):
    """Both copies count alike."""

    def write(self, folder: str, seed: int) -> TracedWriter:
        writer = TracedWriter(seed)
        writer.program()
        with open(os.path.join(folder, "case%d.py" % seed), "w", encoding="utf-8") as file:
            file.write("\n".join(writer.plain) + "\n")
        return writer

    def run_them(self, folder: str, first: int, programs: int, kind: str, points: Sequence[Any] = (), **config: Any) -> farend.Outcome:
        outcome = farend.run(
            "script",
            os.path.join(HERE, "oracle_tracers.py"),
            points,
            [folder, str(first), str(programs), kind],
            config=dict(config, exclude=[HERE + "/**"]),
            address={"native": NATIVE},
            python_args=["-W", "ignore"],
        )
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        self.assertEqual([message for message in outcome.peers[0].messages if message["t"] in ("notice", "doubt")], [])
        return outcome

    def check(self, first: int, programs: int, **config: Any) -> None:
        expected: List[Tuple[int, TracedWriter, Dict[int, int]]] = []
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(first, first + programs):
                writer = self.write(folder, seed)
                world = Undisturbed(seed)
                run(compile("\n".join(writer.counting) + "\n", "counting.py", "exec"), world)
                expected.append((seed, writer, world.counts))
            outcome = self.run_them(folder, first, programs, "disturbed", **config)
            found = placed(outcome.peers[0], outcome.decoder)
        for seed, writer, counts in expected:
            places = found["case%d.py" % seed]
            wrong = [
                (place, writer.plain[place[0] - 1], places.get(place), counts.get(key, 0))
                for key, place in writer.where.items()
                if counts.get(key, 0) not in places.get(place, ())
            ]
            self.assertEqual(wrong, [], "seed %d" % seed)

    def test_random_programs(self) -> None:
        # 3.12 makes variables of a module's comprehension None where somebody has read its f_locals before and traces it now,
        # which Python alone cannot prevent.
        tally = "values" if NATIVE or sys.version_info >= (3, 13) else "counts"
        for config in ({"tally": tally, "eager": -1}, {"tally": "counts", "eager": 40}):
            with self.subTest(**config):
                self.check(FIRST, PROGRAMS, **config)

    def test_events(self) -> None:
        """Lines, calls, returns and exceptions are told of as in a run in which nobody comes."""
        everything = farend.query(("filename", "contains", os.sep + "case"))
        for tally in ("off", "counts"):
            for seed in range(FIRST, FIRST + EVENTFUL):
                with self.subTest(seed=seed, tally=tally), tempfile.TemporaryDirectory() as folder:
                    self.write(folder, seed)
                    told = [
                        Counter(
                            (event["kind"], event["function"], event["line"])
                            for event in self.run_them(folder, seed, 1, kind, [farend.point(everything)], tally=tally).events
                        )
                        for kind in ("undisturbed", "disturbed")
                    ]
                    self.assertTrue(told[0])
                    self.assertEqual(told[1], told[0])


if __name__ == "__main__":
    unittest.main()
