"""Stands for the thread control (stops/threadcontrol.py) in a run that nobody can stop, which does not load it."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, List, Mapping, Optional, Sequence, Tuple

from ..program.event import Event
from ..program.fields import SourceIndex
from ..program.justmycode import JustMyCode
from .history import History
from .outcomecache import OutcomeCache
from .surroundings import Reason
from .tracepoint import Tracepoint


class Unstopped:
    """Knows whose code is whose, and stops nothing."""

    served = False
    exit_codes: Optional[List[Tuple[int, int]]] = None

    def __init__(self, source_index: SourceIndex) -> None:
        self.just_my_code = JustMyCode(source_index)
        self.outcomes = OutcomeCache(self.just_my_code)
        self.history = History()

    def configure(self, config: Mapping[str, Any], first: bool) -> None:
        """Take what the configuration says."""
        self.just_my_code.configure(config)
        self.outcomes.forget()

    def keep(self, code: Optional[CodeType], text: Optional[str]) -> None:
        """Take the code that the command line runs as the person's."""
        self.just_my_code.keep(code)

    def prepare(self, points: Sequence[Tracepoint]) -> None:
        """Refuse tracepoints that need a thread control: Tallyho has said beforehand that there will be none."""
        for point in points:
            if point.exceptions is not None or point.data is not None:
                point.disarm("this run was started without what sees exceptions and data")

    def restart(self) -> None:
        """Start afresh in a forked child."""

    def close(self) -> None:
        """Nothing was stopped."""

    def tick(self) -> None:
        """Nothing is stepped or paused."""

    def tell_loads(self) -> None:
        """Nobody asks for them."""

    # What the tracepoints and the callbacks ask (query/surroundings.py: Halting).

    def past(self, frame: FrameType, offset: int) -> bool:
        """Report that the thread was not stopped there."""
        return False

    def line_is_over(self) -> None:
        """Nothing came of it."""

    def is_news(self, error: BaseException) -> bool:
        """Report that nobody has told of an exception."""
        return True

    def look(self, event: Event, ids: Sequence[int]) -> None:
        """No action stops."""

    def hit(self, event: Event, ids: Sequence[int], why: Optional[Reason]) -> None:
        """No tracepoint stops."""


__all__ = ["Unstopped"]
