"""Source text as the interpreter loaded it: bytes, lines, and the two ways to count columns."""

from __future__ import annotations

import io
import tokenize
from typing import List, Optional, Tuple

from .digests import sha256

Position = Tuple[int, int]
"""A line from 1 and a column from 0, in UTF-8 bytes of the decoded line, as ``ast`` and code objects count."""


class Source:
    """One source file. Raises SyntaxError, LookupError or UnicodeError where its bytes are no text."""

    __slots__ = ("path", "data", "encoding", "text", "_lines")

    def __init__(self, path: str, data: bytes, encoding: str = "") -> None:
        self.path = path
        self.data = data
        self.encoding = encoding or tokenize.detect_encoding(io.BytesIO(data).readline)[0]
        text = data.decode(self.encoding)
        self.text = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
        self._lines: Optional[List[str]] = None

    @property
    def lines(self) -> List[str]:
        """Return the lines, without their ends."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines

    @property
    def ascii(self) -> bool:
        """Whether bytes and characters are counted alike."""
        return self.text.isascii()

    @property
    def sha256(self) -> str:
        """Return the digest of the bytes, in hex."""
        return str(sha256(self.data).hexdigest())

    def utf8(self, line: int) -> bytes:
        """Return a line, from 1, as the bytes that columns count."""
        if 1 <= line <= len(self.lines):
            return self.lines[line - 1].encode("utf-8", "surrogatepass")
        return b""

    def characters(self, at: Position) -> Position:
        """Return a byte position as one that counts characters."""
        line, column = at
        if not 1 <= line <= len(self.lines) or self.lines[line - 1].isascii():
            return at
        return line, len(self.utf8(line)[:column].decode("utf-8", "ignore"))

    def before(self, at: Position) -> Position:
        """Return where the text before a byte position ends, white space left out."""
        line, column = at
        head = self.utf8(line)[:column].rstrip()
        while not head and line > 1:
            line -= 1
            head = self.utf8(line).rstrip()
        return line, len(head)

    def keyword_line(self, word: str, line: int, lowest: int) -> int:
        """Return the nearest line at or above one that starts with a word, no higher than lowest."""
        for number in range(line, lowest - 1, -1):
            text = self.lines[number - 1].lstrip() if number <= len(self.lines) else ""
            after = text[len(word) : len(word) + 1]
            if text.startswith(word) and not (word.isalpha() and (after.isalnum() or after == "_")):
                return number
        return line
