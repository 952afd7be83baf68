"""What recording in C takes plain statements for: on each version of Python, what changes nothing but the names that it binds."""

import dis
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.recording.faststeps import _operations


def plain(a: int, b: int) -> int:
    """Compute with numbers, compare, and go round."""
    total = 0
    while a < b:
        c = a * 2 + 300
        total = total - c if total > 7 else total + 1
        a, b = a + 1, b
        if c is None or not total:
            b = -c
    return total


@unittest.skipIf(sys.version_info < (3, 12), "steps are written in C from 3.12 on")
class PlainStatements(unittest.TestCase):
    """A version's new instructions are looked at here: one that nobody knows may change anything, and each step costs more."""

    def test_change_nothing_else(self) -> None:
        """No instruction of plain statements is one that nobody knows."""
        table = _operations()
        unknown = {dis.opname[op] for op in plain.__code__.co_code[::2] if not table[op]}
        self.assertEqual(set(), unknown)


if __name__ == "__main__":
    unittest.main()
