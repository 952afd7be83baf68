"""All roads of an event lead to the same record (docs/architecture.md, "The roads of an event").

Every kind of event with every kind of action, in every unusual circumstance, is sent down each road; what is written is
compared byte for byte, but for the time, and for the numbers of places and threads, which stand for what they name.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import struct
import sys
import tempfile
import unittest
from typing import Any, Dict, List, Mapping, NamedTuple, Sequence, Tuple
from unittest import mock

import farend
from farend import point, query
from size import its_turn
from test_tally_bridge import hits

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")
KINDS = ("call", "line", "return", "exception")


class Road(NamedTuple):
    """How events are made to go one way."""

    name: str
    backend: str
    native: str
    long: bool
    """A hit condition that always holds sends each event the full way."""


FULL = Road("full way", "monitoring" if sys.version_info >= (3, 12) else "settrace", "", True)
ROADS = [Road("short way, settrace", "settrace", "", False)]
if NATIVE:  # the others are compared where there is no accelerator
    ROADS = [Road("C", FULL.backend, NATIVE, False), Road("full way beside C", FULL.backend, NATIVE, True)]
elif sys.version_info >= (3, 12):
    ROADS += [Road("full way, settrace", "settrace", "", True), Road("short way", "monitoring", "", False)]

F = '''
import sys
def g(value):
    if value == 3:
        raise KeyError(value)
    return value
def f(value, password="p", *rest, key=None):
    total = value
    try:
        g(value)
    except KeyError:
        pass
    return total
'''  # fmt: skip

ODD = (
    F
    + r"""
class Evil:
    def __repr__(self): raise SystemExit("ran the program's code")
    __str__ = __hash__ = __getattr__ = __repr__
class Words(list):
    def __iter__(self): raise SystemExit("iter")
class Number(int):
    def __repr__(self): raise SystemExit("int")
loop = [1]; loop.append(loop)
for value in [None, True, 0, -1, 10, -907, 2**63 - 1, -2**63, 2**63, -2**70, float("nan"), 1j, "", 'it\'s "a"', "a\nb\x00\x1b[31m", "\udc80 lone", "é ☃ 😀", "x" * 1100, "z" * 5000,
              b"bytes", (), (1,), [[1, [2, [3, [4, [5, [6]]]]]]], loop, list(range(101)), {"password": "hidden", "b": [1]}, set(), Words([1]),
              Number(2), ["--password", "x"], ("token", "y"), len, Ellipsis]:
    f(value, value, value, key=value)
try:
    g(Evil())
except SystemExit:
    pass
del value
def unbound():
    if 0: value = 1
    return 1
unbound()
"""
)

DEEP = (
    F
    + """
import operator, traceback
def down(value):
    total = value
    return down(value + 1)
try:
    down(0)
except RecursionError as error:
    frames = map(operator.itemgetter(0), traceback.walk_tb(error.__traceback__))
    print(len(set(map(operator.attrgetter("f_code.co_filename"), frames))))
f(1)
"""
)

SIGNAL = (
    F
    + """
import signal
def handler(number, frame):
    f(7)
    if number == signal.SIGUSR2:
        raise KeyError(number.value)
signal.signal(signal.SIGUSR1, handler)
signal.signal(signal.SIGUSR2, handler)
def interrupted(value):
    total = value
    signal.raise_signal(signal.SIGUSR1)
    try:
        signal.raise_signal(signal.SIGUSR2)
        total = 0
    except KeyError:
        total = -1
    return total
interrupted(1)
f(2)
"""
)

THREADS = (
    F
    + """
import threading
done = threading.Event()
def work(value):
    f((value, 0)), f((value, 3))
    done.wait()
threads = [threading.Thread(target=work, args=(at,), name="t%d" % at) for at in range(45)]
for thread in threads: thread.start()
done.set()
for thread in threads: thread.join()
"""
)

AGAIN = (
    F
    + """
class Calls:
    def __repr__(self): return "Calls(%r)" % f(3)
class Fails:
    def __repr__(self): raise KeyError(3)
f(Calls()), f(Fails()), f(2)
"""
)

LOOP = (
    F
    + """
def looped():
    for value in range(600):
        total = value
    total = None
    for value in range(600):
        total = value
looped()
"""
)

GENERATORS = (
    F
    + """
def gen(value):
    total = value
    try:
        value = yield total
        total = value
        yield g(value)
    except KeyError:
        total = None
    finally:
        yield total
for value in (1, 3):
    made = gen(value)
    next(made), made.send(value), list(made)
made = gen(1)
next(made)
try:
    made.throw(KeyError(value))
except KeyError:
    pass
made.close()
made = gen(2)
next(made), made.send(2)
try:
    made.throw(ValueError(value)), next(made)
except ValueError:
    pass
del made
"""
)

SCOPES = (
    F
    + """
value = total = "global"
def cells(value):
    def inner(total):
        return value, total
    total = inner(value)
    value = None
    total = inner(total)
    del value
    return [one for one in total], {one: total for one in ()}
cells(1)
class Body:
    value = 1
    total = [value for value in (1, 2)]
    def method(self, value=value): return value
Body().method()
exec("def made(value):\\n    total = value\\n    return total\\nmade(4)")
def many(value, total=0):
    for value in range(3): total += value; value = total
    return (total, value) if value else many(1)
many(0)
(lambda value: f(value))(8)
"""
)

LINES = (  # up to 3.9 the line of an event is the last that began, and one instruction may be of either
    F
    + """
def split(value, total=3):
    return [None if value
        else value, g(total)]
for value in (0, 1, 0, 1):
    try: split(value)
    except KeyError: pass
"""
)

ACTIONS: List[Tuple[str, Mapping[str, Any]]] = [
    ("call", {"kind": "CallPrinter"}),
    ("fields", {"kind": "CallPrinter", "repr": "fields"}),
    ("code", {"kind": "CodePrinter"}),
    ("vars", {"kind": "VarsPrinter", "names": ["value", "password", "nosuch"]}),
    ("evaluated", {"kind": "VarsPrinter", "names": ["value", "value is None"]}),
    ("log", {"kind": "Log", "slots": [["value", "", ""], ["total", "", ""]]}),
]

CIRCUMSTANCES: Dict[str, Tuple[str, Dict[str, Any]]] = {
    "nothing unusual": (F + "for value in range(5): f(value)\n", {}),
    "odd values": (ODD, {}),
    "recursion limit": (DEEP, {}),
    "signal": (SIGNAL, {}),
    "shared ring": (THREADS, {}),
    "full ring": (F + "for value in range(9): f('v' * 900)\nfor value in range(3000): f('v' * 900)\n", {}),
    "generators": (GENERATORS, {}),
    "scopes": (SCOPES, {}),
    "an instruction of two lines": (LINES, {}),
    "a program that ends": (F + "import atexit\natexit.register(f, 5)\nf(3)\nraise SystemExit(g(3))\n", {}),
    "a failure that nobody handles": (F + "import atexit\natexit.register(f, 5)\nf(3)\ng(3)\n", {}),
    "a program's code in the interpreter's end": (F + "import threading\nthreading._register_atexit(f, 5)\nf(3)\n", {}),
    "counted as well": (GENERATORS + SCOPES.replace(F, ""), {"tally": "counts"}),
    "sampled as well": (GENERATORS + SCOPES.replace(F, ""), {"tally": "values"}),
    "a signal while it is counted": (SIGNAL, {"tally": "counts"}),
    "reentrancy": (AGAIN, {"action": {"repr": "repr"}}),
    "a condition": (F + "for value in range(9): f(value)\n", {"condition": "value % 3 == 0"}),
    "a condition that fails": (F + "for value in range(9): f(value)\n", {"condition": "1 // (value - 4) > 0", "limits": {"errors": 3}}),
    "a condition that seldom holds": (LOOP, {"condition": "value == 450"}),
}


class Recorded(farend.Decoder):
    """Keeps the bytes of events."""

    def event(self, data: bytes) -> Dict[str, Any]:
        event = super().event(data)
        place, thread = struct.unpack_from("<II", data, 8)
        where = {key: value for key, value in self.places[place].items() if key not in ("id", "code")}
        code = {key: value for key, value in self.codes[self.places[place]["code"]].items() if key != "id"}
        about = json.dumps([where, code, self.threads[thread]["name"]], sort_keys=True)
        # Addresses differ from run to run, and are of one length.
        event["bytes"] = about, data[:8], data[16:32], re.sub(rb"0x[0-9a-f]+", lambda found: b"@" * len(found.group()), data[40:])
        return event


class Roads(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="tallyho-roads-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def go(self, road: Road, text: str, action: Mapping[str, Any], options: Mapping[str, Any]) -> "farend.Outcome":
        path = os.path.join(self.folder, "prog.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        points = []
        for number, kind in enumerate(KINDS, 1):
            node = query(("filename", "eq", "prog.py"), ("kind", "eq", kind))
            if "condition" in options:
                node = {"op": "and", "of": [node, {"op": "expr", "text": options["condition"]}]}
            more = {"hit": {"op": ">=", "n": 1}} if road.long else {}
            points.append(
                point(node, dict(action, **options.get("action", {})), id=number, limits=options.get("limits", {"errors": 5}), **more)
            )
        with mock.patch.object(farend, "Decoder", Recorded):
            config = {"events": False, "backend": road.backend, "tally": options.get("tally", "off")}
            return farend.run("script", path, points, cwd=self.folder, config=config, address={"native": road.native})

    def test_all_roads_write_the_same(self) -> None:
        for number, (circumstance, (text, options)) in enumerate(CIRCUMSTANCES.items()):
            if "signal" in circumstance and not hasattr(signal, "SIGUSR1"):
                continue
            if circumstance == "recursion limit" and farend.FREE_THREADED:
                continue  # a callback of sys.monitoring needs one frame more there (base/turns.py)
            for also, (name, action) in enumerate(ACTIONS):
                if not its_turn(number + also):
                    continue
                if options.get("action") and action["kind"] == "Log":
                    continue  # it has no representation to choose
                want = self.go(FULL, text, action, options)
                self.assertTrue(want.events, (circumstance, name))
                for road in ROADS:
                    if road.backend != FULL.backend and name not in ("call", "vars"):
                        continue  # the rest is the same code
                    with self.subTest(circumstance, action=name, road=road.name):
                        got = self.go(road, text, action, options)
                        self.assertEqual((got.out, got.err, got.code), (want.out, want.err, want.code))
                        one, other = rows(circumstance, got), rows(circumstance, want)
                        self.assertTrue(one)
                        self.same(one, other[: len(one)] if ends(circumstance, road) else other)
                        self.assertEqual(*[counts(circumstance, outcome, road.backend == FULL.backend) for outcome in (got, want)])

    def same(self, got: Sequence[Any], want: Sequence[Any]) -> None:
        for number, (one, other) in enumerate(zip(got, want)):
            self.assertEqual(one, other, "record %d" % number)
        self.assertEqual(len(got), len(want))


def ends(circumstance: str, road: Road) -> bool:
    """Whether the road ends there: from 3.12 on nothing gives a thread its trace function back at the limit (keeptracing.py)."""
    return circumstance == "recursion limit" and road.backend == "settrace" and sys.version_info >= (3, 12)


def rows(circumstance: str, outcome: "farend.Outcome") -> List[Any]:
    """Return the records that are to be the same."""
    if circumstance == "recursion limit":
        # How deep the program is when nothing more can be called depends on the road: what is far from that is compared.
        return [event["bytes"] for event in outcome.events if event["function"] != "down" or depth(event) < 400]
    found = [event["bytes"] for event in outcome.events]
    return sorted(found) if circumstance == "shared ring" else found


def depth(event: Mapping[str, Any]) -> int:
    """Return the number that a frame of down() shows; 999 where it shows none."""
    shown = [text for name, text, _ in event["values"] if name in ("value", "0")]
    return int(shown[0]) if shown and shown[0].isdigit() else 999


def counts(circumstance: str, outcome: "farend.Outcome", same_backend: bool) -> List[Any]:
    """Return what the tracepoints tell of themselves, and what was tallied: by lines with sys.settrace, by statements with sys.monitoring."""
    statuses = outcome.message("status")["tracepoints"]
    tallied = hits(outcome.peers[0], outcome.decoder) if same_backend and "tally" in CIRCUMSTANCES[circumstance][1] else None
    return [
        tallied,
        *([(one["id"], one["hits"], one["errors"], one["state"]) for one in statuses] if circumstance != "recursion limit" else ()),
    ]


if __name__ == "__main__":
    unittest.main()
