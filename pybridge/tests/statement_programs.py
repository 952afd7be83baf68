"""Programs whose lines say the hits expected of them (test_tally_statements), as far as this Python understands them."""

from __future__ import annotations

import re
import sys
from pathlib import Path


def understood(path: str) -> bool:
    """Whether a program has only what this Python knows: one that needs a newer says so in its name."""
    since = re.search(r"since_3_(\d+)\.py$", path)
    return not since or sys.version_info >= (3, int(since.group(1)))


PROGRAMS = sorted(filter(understood, map(str, Path(__file__).absolute().with_name("statements").glob("*.py"))))
