"""What is taken for a sign that a thread runs on without events (events/untraced.py)."""

from __future__ import annotations

import dis
import sys
import unittest
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from _tallyho.events.untraced import UntracedThreads


def asked(value: int) -> int:
    return value


class Untraced(unittest.TestCase):
    def test_a_frame_whose_call_is_not_told_of_yet(self) -> None:
        """3.11 lets other threads run before it tells of a call: no sign that nobody traces the frame, but its caller's may be one."""
        code, ours = asked.__code__, Untraced.setUp.__code__
        dispatches: Any = {id(code): object()}
        threads = UntracedThreads(dispatches, lambda dispatch: True, lambda frame: None, ours)
        begins = [one.offset for one in dis.get_instructions(code) if one.opname == "RESUME"]
        later, line = 2 + max(begins, default=0), code.co_firstlineno
        for trace, sign in ((self, None), (None, (0, 0))):
            caller = (2, (code, trace, later, line))
            for at in begins:
                self.assertEqual(threads._sign([(1, (code, None, at, line)), caller]), sign)
            self.assertEqual(threads._sign([(1, (code, None, later, line)), caller]), (0, 0))


if __name__ == "__main__":
    unittest.main()
