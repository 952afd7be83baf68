"""A program's text, run to its end under a Tally."""

from __future__ import annotations

import os
import tempfile
import textwrap
from typing import Any, Callable, Dict, List, Optional

from tally_harness import Harness, Statement


class Run:
    """A program's text, run to its end under a Tally."""

    def __init__(self, text: str, during: Optional[Callable[[Harness], None]] = None, **config: Any) -> None:
        text = textwrap.dedent(text)
        self.error: Optional[BaseException] = None
        with tempfile.TemporaryDirectory() as directory:
            path = os.path.join(directory, "case.py")
            with open(path, "w", encoding="utf-8") as stream:
                stream.write(text)
            self.harness = Harness(**config)
            self.names: Dict[str, Any] = {"__name__": "case", "during": lambda: during and during(self.harness)}
            with self.harness:
                try:
                    exec(compile(text, path, "exec", dont_inherit=True), self.names)
                except Exception as error:
                    self.error = error
        assert self.harness.tally.errors == 0

    def __getitem__(self, text: str) -> Statement:
        return next(one for one in self.harness.statements() if one.text == text)

    def values(self, text: str, name: str) -> List[str]:
        """Return the texts of a name at a statement, in order of hit."""
        return [sample.vars[name][1] for sample in self[text].samples if name in sample.vars]
