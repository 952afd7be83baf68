"""What is counted of a text, for tests that run something else under the name of its file."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Callable, Dict, List, Tuple

from tally_harness import Harness

Run = Callable[[str, Dict[str, Any]], None]


def counted(text: str, run: Run, **config: Any) -> Tuple[Dict[int, int], Harness]:
    """Return the hits of each line's first statement, and the harness, of what run does under the name of a file with that text."""
    with tempfile.TemporaryDirectory() as directory:
        path = os.path.join(directory, "case.py")
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)
        harness = Harness(**config)
        with harness:
            run(path, {"__name__": "case", "__file__": path})
    lines: Dict[int, int] = {}
    for one in harness.statements():
        if not one.no_code and (one.ran or one.hits):
            lines.setdefault(one.line, one.hits)
    return lines, harness


def foreign(harness: Harness) -> List[Tuple[str, bool]]:
    """Return the files that were told of, and whether they are counted."""
    return [(os.path.basename(value["path"]), value["counted"]) for kind, value in harness.records.written if kind == 12]


def lacks(harness: Harness) -> bool:
    """Whether it was told that what has no hits may have run."""
    return any(value.get("unknown") for kind, value in harness.records.written if kind == 7)


def plainly(text: str) -> Run:
    """Return what compiles a text as the file's, and runs it."""
    return lambda path, names: exec(compile(text, path, "exec", dont_inherit=True), names)
