"""What a tally asks of what sets the events of sys.monitoring."""

from __future__ import annotations

from types import CodeType
from typing import Protocol


class Arming(Protocol):
    """Sets events: the Monitor (events/monitor.py)."""

    def set_events(self, code: CodeType, who: str, mask: int) -> None:
        """Set the local events that `who` ("tally") wants of this code; the union of all askers is armed.

        Places of this code that answered DISABLE stay silent.
        """

    def again(self, code: CodeType, events: int) -> None:
        """Have the places of these local events fire again that have answered DISABLE, and miss none meanwhile."""

    def take(self, code: CodeType) -> None:
        """Make the Plan of code that was counted raw until now, and arm what it needs. In a forked child the first take only counts the code
        raw anew."""
