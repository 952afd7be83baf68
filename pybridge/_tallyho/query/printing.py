"""How the values of one action become text."""

from __future__ import annotations

from typing import Any, Callable, Optional, Tuple

from ..base.classes import name_of
from ..base.redact import PLACEHOLDER, is_secret
from ..program.expressions import Refused, compile_callable
from ..values.display import fields_text
from ..values.rendering import cut, error_text, safe_repr
from ..wire import records as rec
from ..wire.records import Value

Text = Tuple[str, int]
"""A rendered value and its status."""


class Printer:
    """How the values of one action become text."""

    def __init__(self, how: str, limit: int, redact: bool, careful: bool) -> None:
        self.limit = limit
        self.redact = redact
        self.render: Callable[[Any, int, bool], Tuple[str, bool]] = safe_repr
        """How values are rendered unless a function is asked to."""
        self.shows_fields = how == "fields"
        if self.shows_fields:
            self.render = fields_text
        self._function: Optional[Callable[[Any], Any]] = None
        if how not in ("safe_repr", "fields", ""):
            if careful:
                raise Refused("repr_func may not run the program's code here")
            self._function = repr if how == "repr" else compile_callable(how)

    @property
    def safe(self) -> bool:
        """Whether values are rendered without any code of the program's."""
        return self._function is None

    def text(self, value: Any) -> Text:
        """Render a value; its lines are joined by a backslash and an n."""
        if self._function is None:
            text, good = self.render(value, self.limit, self.redact)
            return text, rec.OK if good else rec.FAILED_REPR
        try:
            text = self._function(value)
            if not isinstance(text, str):
                raise AttributeError("%r object has no attribute 'replace'" % name_of(type(text)))
            return cut(str.replace(text, "\n", "\\n"), self.limit), rec.OK
        except Exception as error:
            return error_text(error), rec.FAILED_REPR

    def named(self, name: str, value: Any, secret: str = "") -> Value:
        """Render the value of a name, unless the name is that of a secret."""
        if self.redact and is_secret(secret or name):
            return Value(name, PLACEHOLDER, rec.REDACTED)
        if self._function is None:
            text, good = self.render(value, self.limit, self.redact)
            return Value(name, text, rec.OK if good else rec.FAILED_REPR)
        text, status = self.text(value)
        return Value(name, text, status)

    def frozen(self, name: str, value: Any) -> Value:
        """Show a value of a detached event: it is text already, or gone."""
        if type(value) is not str:
            return Value(name, "None" if value is None else "?", rec.OK)
        return Value(name, cut(value.replace("\n", "\\n"), self.limit))

    def freeze(self, value: Any) -> str:
        """Render a value for later (Backlog with vars)."""
        text, status = self.text(value)
        return text if status == rec.OK else "!!! FAILED REPR: " + text
