"""Telling of code that has a file's name and was not compiled from the file's text (textcode.py): it is not counted, or not all of it."""

from __future__ import annotations

from typing import Set, Tuple

from ..wire.records import Records, encode_json

FOREIGN = 12
PYTHON = (".py", ".pyw")
"""Endings of files whose text is expected to be what runs under their names; a template's is not."""
NO_PYTHON = ("SyntaxError", "IndentationError", "TabError")
"""Why reading a text as Python may fail, where it is something else."""


class OtherCode:
    """Tells of each file once, and once more if some code under its name is counted as far as it is the file's own."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.told: Set[Tuple[str, bool]] = set()

    def tell(self, path: str, counted: bool) -> None:
        """Tell that code of another text runs under a path; counted: those of its statements that are the file's own are counted."""
        if path.endswith(PYTHON) and (path, counted) not in self.told:
            self.told.add((path, counted))
            self.records.encoded(FOREIGN, b'{"path":%b,"counted":%b}' % (encode_json(path), b"true" if counted else b"false"))

    def unreadable(self, path: str, why: str) -> None:
        """Tell that code of another text runs under a path, if the file there turned out to be no Python."""
        if why in NO_PYTHON:
            self.tell(path, False)

    def forget(self) -> None:
        """Start afresh in a forked child."""
        self.told.clear()
