"""The callback of RAISE in the backend on sys.monitoring: once for each frame that each exception passes, and never silent.

Most exceptions are caught, and most are raised where they were before. So what settled.py has found out is asked here, at
once: whether the frame that raises catches it, as it did the last time. All else is the monitor's.
"""

from __future__ import annotations

import sys
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Tuple

from . import guest
from .guest import HERE, leaving, too_deep
from .guest import _traceback_of as traceback_at
from .spaces import NOTHING

if TYPE_CHECKING:
    from .monitor import Monitor
    from .settled import Settled

OnRaise = Callable[[CodeType, int, BaseException], Any]

_MOST = 5000
PASSES = object()
"""In place of a name: the frame never catches what is raised there."""


def make_on_raise(monitor: "Monitor") -> Tuple[OnRaise, Callable[[], None]]:
    """Return the callback, and what has it forget what concerns nobody, where that may change."""
    getframe, plan_of, slow = sys._getframe, monitor.plans.get, monitor.raised
    caught: Dict[Tuple[int, int, int], Any] = {}
    """By code, instruction and class, all of which are kept with the answer: the globals, a name, and its meaning there, with
    which the frame catches it; or that it never does."""
    nobody: Dict[int, CodeType] = {}
    caught_at, nobody_at = caught.get, nobody.get

    def on_raise(code: CodeType, offset: int, exception: BaseException) -> Any:
        try:
            # A signal's handler runs as soon as a callback is entered, before any of its handlers can be.
            trace = traceback_at(exception)     # None of what is thrown into a generator, before it is anywhere
            inner = trace.tb_next if trace is not None else None
            if leaving[0] or inner is not None and inner.tb_frame.f_code.co_filename.startswith(HERE):
                monitor.left_us(exception)
            kind = id(type(exception))
            known = caught_at((id(code), offset, kind))
            if known is not None:
                names, name, value, _, _ = known
                around = getframe(1)
                while name is PASSES:
                    around = around.f_back  # type: ignore[assignment]
                    known = None if around is None else caught_at((id(around.f_code), around.f_lasti, kind))
                    if known is None:
                        break
                    names, name, value, _, _ = known
                else:
                    if names is None or names.get(name, NOTHING) is value and around.f_globals is names:
                        return None
            elif nobody_at(id(code)) is not None:
                return None
            frame = getframe(1)
            plan = plan_of(id(code))
            if plan is not None and plan.ends_only and not plan.tally:
                stops = monitor.board.stops
                if stops is not None and stops.settled(frame, exception):
                    keep(frame, offset, exception, stops.settled)
                    return None
            if slow(code, offset, exception, frame):
                if len(nobody) >= _MOST:
                    nobody.clear()
                nobody[id(code)] = code
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def keep(frame: FrameType, offset: int, exception: BaseException, settled: "Settled") -> None:
        at: Optional[FrameType] = frame
        while at is not None:
            plan, site = plan_of(id(at.f_code)), settled.own(at, exception)
            if site is None or plan is None or not plan.ends_only or plan.tally:
                return
            if len(caught) >= _MOST:
                caught.clear()
            passes, names, name, value = site
            where = offset if at is frame else at.f_lasti
            caught[id(at.f_code), where, id(type(exception))] = (names, PASSES if passes else name, value, at.f_code, type(exception))
            at = at.f_back if passes else None

    def forget() -> None:
        caught.clear()
        nobody.clear()

    return on_raise, forget
