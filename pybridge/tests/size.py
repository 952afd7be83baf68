"""How much a test of random programs does: a part of it while somebody waits, all of it at night."""

from __future__ import annotations

import os
import sys

SIZE = float(os.environ.get("TALLYHO_TEST_SIZE") or 1)
"""1 is what `make test` does; 10 is for a night, 0.5 for a machine of which an hour is all there is, less for the first minute."""

FIRST = int(os.environ.get("TALLYHO_TEST_SEED") or 0)
"""The seed of the first of them: another one makes other programs."""


PARTS = 1 if SIZE > 1 else 2 if SIZE == 1 else 3 if SIZE >= 0.5 else 6


def its_turn(row: int) -> bool:
    """Report whether a row of a table that is the same for all Pythons is for this one: a version does without the rows that the next
    one has, but at night."""
    return (row + sys.version_info[1]) % PARTS == 0


def sized(number: int) -> int:
    """Return how many of something to try, of which there are usually that many."""
    return max(1, int(number * SIZE))
