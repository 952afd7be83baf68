"""Telling of code that runs under a file's name without being its text's (textcode.py): it is not counted, or not all of it."""

from __future__ import annotations

from typing import Set, Tuple

from ..wire.records import Records, encode_json

FOREIGN = 12
PYTHON = (".py", ".pyw")
"""Whose text is expected to be what runs under their names. That of a template is not."""
NO_PYTHON = ("SyntaxError", "IndentationError", "TabError")
"""Why reading a text as Python may fail, where it is something else."""


class OtherCode:
    """What was told. Each file is told of once, and once more where some of its code is counted as far as it is the file's own."""

    def __init__(self, records: Records) -> None:
        self.records = records
        self.told: Set[Tuple[str, bool]] = set()

    def tell(self, path: str, counted: bool) -> None:
        """Tell that other code runs under a path; counted: what it has of the file's own is."""
        if path.endswith(PYTHON) and (path, counted) not in self.told:
            self.told.add((path, counted))
            self.records.encoded(FOREIGN, b'{"path":%b,"counted":%b}' % (encode_json(path), b"true" if counted else b"false"))

    def unreadable(self, path: str, why: str) -> None:
        """Tell that what runs under a path is of another text, if that must be because the file's is no Python."""
        if why in NO_PYTHON:
            self.tell(path, False)

    def forget(self) -> None:
        """Start afresh in a forked child."""
        self.told.clear()
