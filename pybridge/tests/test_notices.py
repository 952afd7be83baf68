"""What Tallyho is told unasked: each thing once, and again by a forked child, of which its parent said nothing."""

from __future__ import annotations

import os
import sys
import unittest
from typing import Any, List, Mapping
from unittest import mock

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base import guest
from _tallyho.process.bridge import Bridge
from _tallyho.process.notices import DEEP, Notices


class Told(unittest.TestCase):
    def setUp(self) -> None:
        self.sent: List[Mapping[str, Any]] = []
        self.table = mock.Mock()
        self.notices = Notices(self.sent.append, self.table)

    def test_a_doubt_is_told_once(self) -> None:
        self.notices.doubt("")
        self.assertEqual(self.sent, [])
        for _ in range(3):
            self.notices.doubt("another tool")
        self.assertEqual(self.sent, [{"t": "doubt", "text": "another tool"}])

    def test_a_forked_child_doubts_too(self) -> None:
        self.notices.doubt("another tool")
        self.notices.restart()
        self.notices.doubt("another tool")
        self.assertEqual(len(self.sent), 2)

    def test_statuses_that_have_not_changed_are_not_told(self) -> None:
        for statuses in ([], [{"id": 1}], []):
            self.table.statuses.return_value = statuses
            self.notices.statuses()
        self.assertEqual(self.sent, [{"t": "status", "tracepoints": [{"id": 1}]}])

    def test_failures(self) -> None:
        with mock.patch.object(guest, "too_deep", [2]), mock.patch.object(guest, "failures", ["a", "b"]):
            self.notices.failures()
            self.notices.failures()
        texts = [one["text"] for one in self.sent]
        self.assertEqual(texts[0], DEEP)
        self.assertEqual(len(texts), 3)

    def test_the_last_failures_are_told_at_the_end(self) -> None:
        """A program may be over before the next tick, and be left at any time."""
        for end in (Bridge.finish, lambda bridge: Bridge._detach(bridge, {})):
            bridge: Any = mock.Mock(finished=False)
            end(bridge)
            said = [name for name, _, _ in bridge.mock_calls]
            told = said.index("notices.failures")
            self.assertLess(said.index("_ask_nothing"), told)
            self.assertLess(told, max(said.index(name) for name in ("link.send", "link.close") if name in said))


if __name__ == "__main__":
    unittest.main()
