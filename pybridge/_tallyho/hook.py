"""The program's own breakpoint() stops it, while somebody is there who lets it go on."""

from __future__ import annotations

import os
import sys
from types import FrameType
from typing import Any, Callable


class Hook:
    """Takes the place of sys.breakpointhook, and gives it back."""

    def __init__(self, stop: Callable[[FrameType], None]) -> None:
        self.stop = stop
        self.ours: Any = None

    def take(self) -> None:
        """Take the hook, unless the person has chosen another by PYTHONBREAKPOINT or the program has set one."""
        if os.environ.get("PYTHONBREAKPOINT") is not None or sys.breakpointhook is not sys.__breakpointhook__:
            return

        def breakpointhook(*_: Any, **__: Any) -> None:
            self.stop(sys._getframe(1))

        self.ours = sys.breakpointhook = breakpointhook

    def give_back(self) -> None:
        """Give the hook back, unless the program has set another since."""
        if self.ours is not None and sys.breakpointhook is self.ours:
            sys.breakpointhook = sys.__breakpointhook__
