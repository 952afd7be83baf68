"""Who else traces this program, and what is done so that a Tally loses nothing by it (secondtool.py).

Other tools come at any time: those of sys.monitoring are looked for when code is seen and now and then; a trace function is
expected from the moment on at which code begins to run that could set one.
"""

from __future__ import annotations

from types import CodeType
from typing import List, Tuple

from ..base.linetable import is_data
from ..base.monitoring import api as _m
from .secondtool import SecondTool

NAME = "tallyho"
"""What the names of our own tools begin with."""

NOT_KEPT = "Other tools hold all ids of sys.monitoring, and can make Python leave events out: counts are lower bounds."


class OtherTools:
    """The other tools of this process, as far as they are known."""

    def __init__(self, ours: int) -> None:
        self.ours = ours
        self.tools = self._look()
        self.keeper = SecondTool()
        self.counting = False
        self.swallows = False
        self.lines = False
        """Another tool may ask for lines, and take them away: what is counted keeps its LINE."""
        self.doubt = ""
        """Why counts are lower bounds."""

    def start(self, swallows: bool) -> None:
        """Something is counted from now on; swallows: LINE that is taken away takes INSTRUCTION with it."""
        self.counting, self.swallows = True, swallows
        self.keeper.start()
        self.lines = self.ask_for_lines() or self.keeper.is_traced()
        if self.unkept:
            self.doubt = NOT_KEPT

    def expect_lines(self) -> None:
        """Somebody may trace lines from now on."""
        self.lines = True

    def stop(self) -> None:
        """Nothing is counted any more."""
        self.counting = False
        self.keeper.stop()

    def _look(self) -> List[Tuple[int, str]]:
        names = [(tool, _m.get_tool(tool)) for tool in range(6) if tool != self.ours]
        return [(tool, name) for tool, name in names if name is not None and not name.startswith(NAME)]

    def ask_for_lines(self) -> bool:
        """Whether a tool is there that may ask for lines: any but a profiler."""
        return any(tool != _m.PROFILER_ID for tool, _ in self.tools)

    def look(self) -> bool:
        """Look for other tools; whether some have come or gone."""
        found = self._look()
        if found == self.tools:
            return False
        self.tools = found
        if self.unkept:
            self.doubt = NOT_KEPT
        return True

    @property
    def unkept(self) -> bool:
        """Whether others may take events away, since no id was left for the keeper."""
        return self.counting and self.keeper.tool < 0 and bool(self.tools)

    @property
    def held(self) -> bool:
        """Whether what is counted needs its LINE kept on."""
        return self.lines and self.swallows

    @property
    def wary(self) -> bool:
        """Whether somebody who traces lines would change something."""
        return self.swallows and not self.lines

    def expected(self, code: CodeType) -> bool:
        """Whether code that is about to run for the first time could bring somebody who traces lines."""
        return self.wary and self.keeper.may_trace(code)

    def noticed(self) -> bool:
        """Whether somebody who was not expected traces lines. Called by the reader's thread."""
        return self.wary and self.keeper.lined_everywhere()

    def hold(self, code: CodeType) -> None:
        """Keep LINE on in code that is counted, where that is needed."""
        if self.held and not is_data(code):
            self.keeper.hold(code)
