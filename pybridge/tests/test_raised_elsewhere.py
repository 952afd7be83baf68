"""Exceptions in code that nobody asks about and nothing counts: the first of them is looked at, and no more."""

from __future__ import annotations

import os
import sys
import tempfile
import unittest
from pathlib import Path

import farend
from tally_harness import NATIVE

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _tallyho.base.behaviour import EXCEPTIONS_ARE_LOCAL, MONITORING

LIBRARY = """\
def inner(i):
    raise ValueError(i)

def caught(i):
    try:
        inner(i)
    except ValueError:
        return 1

def passes(i):
    inner(i)

def again():
    raise

def reraised(i):
    try:
        inner(i)
    except ValueError:
        again()
"""

PROGRAM = """\
import gc, sys
import library
from library import caught, passes, reraised

seen = [0]

def counted(self, code, offset, exception, frame):
    seen[0] += 1
    return original(self, code, offset, exception, frame)

for its in gc.get_objects():
    if type(its) is type(counted) and its.__qualname__ == "Callbacks.raised":
        its.__globals__.update(seen=seen, original=type(its)(its.__code__, its.__globals__))
        its.__code__ = counted.__code__
        break

def elsewhere():
    many = compile("def many():\\n for i in range(1000):\\n  caught(i)\\n", library.__file__, "exec")
    exec(many, vars(library))
    before = seen[0]
    library.many()
    print(seen[0] - before < 20, sys.monitoring.get_events(4) & (sys.monitoring.events.RAISE | sys.monitoring.events.PY_UNWIND) != 0)

def mine(i):
    try:
        passes(i)
    except ValueError:
        return 2
    return 3

def through(i):
    for one in (passes, reraised):
        try:
            one(i)
        except ValueError:
            pass

def out(i):
    reraised(i)

elsewhere()
for i in range(3):
    mine(i)
    through(i)
    try:
        out(i)
    except ValueError:
        pass
elsewhere()
print(seen[0] > 0)
"""


@unittest.skipIf(farend.FREE_THREADED, "there is no accelerator that would know it")
@unittest.skipUnless(MONITORING, "where sys.monitoring is not, other code has no trace function")
class RaisedElsewhere(unittest.TestCase):
    def test_it_is_looked_at_once(self) -> None:
        """With the accelerator, which knows then that it concerns nobody; on 3.15 never, for it is not asked for there."""
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "library.py").write_text(LIBRARY)
            path = os.path.join(folder, "prog.py")
            Path(path).write_text(PROGRAM)
            config = {"tally": "counts", "exclude": ["**/library.py"], "backend": "monitoring"}
            outcome = farend.run("script", path, config=config, address={"native": NATIVE})
        self.assertEqual((outcome.code, outcome.err), (0, ""))
        few = bool(NATIVE) or EXCEPTIONS_ARE_LOCAL
        self.assertEqual(outcome.out, "%s %s\n" % (few, not EXCEPTIONS_ARE_LOCAL) * 2 + "True\n")


if __name__ == "__main__":
    unittest.main()
