"""The callback of RAISE in the backend on sys.monitoring: once for each frame that each exception passes, and never silent.

Most exceptions are caught, and most are raised where another was before. So what outcomecache.py has found out is kept here by
instruction and class, and asked first: whether the frames around lead to the one that caught the last exception. The
Monitor judges all others. With the accelerator, pybridge/native/raises.c stands in for this callback.
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Callable, Dict, Mapping, Optional, Tuple

from ..base import guest
from ..base.extension import make_guard
from ..base.guest import HERE, leaving, too_deep
from ..base.guest import _traceback_of as traceback_at
from ..base.monitoring import RAISE
from ..base.namespaces import NOTHING
from ..base.turns import getframe
from ..program.event import EXCEPTION
from ..query.dispatch import DispatchTable
from ..query.outcomecache import SWALLOWED as TO_BE_SWALLOWED
from ..query.outcomecache import Needs, OutcomeCache, holds
from .callbacks import CONCERNS_NOBODY
from .gates import Gates

if TYPE_CHECKING:
    from ..tally.tally import Tally

OnRaise = Callable[[CodeType, int, BaseException], Any]

_MOST = 5000

PASSES, SWALLOWED, MINE, NOBODY, ABOVE = 1, 2, 4, 8, 16
"""What is known of an instruction: PASSES, its frame does not catch the exception; SWALLOWED, C may swallow what leaves the frame;
MINE, the code is the person's, so the frames that the exception passes on to need not be asked again. What is known of a code
object: NOBODY asks about exceptions in it; ABOVE, it is no bottom of a stack, so its callees may have been called by C. Also in raises.c."""


class Sites:
    """What is known of instructions and code objects, where there is no accelerator."""

    def __init__(self) -> None:
        self.sites: Dict[Tuple[int, int, int], Any] = {}
        """(id of the code, instruction, id of the class) -> what is known (PASSES, SWALLOWED), and what that depends on: the globals, a
        name in them and what it means; and last: further Needs, MINE or 0, and the code and the class, which are so kept alive."""
        self.caught: Dict[Tuple[int, int, int], Tuple[Any, str, Any]] = {}
        """The commonest of the sites: the frame catches the exception, and that depends on one name at most (globals, name, meaning)."""
        self.nobody: Dict[int, CodeType] = {}
        self.above: Dict[int, CodeType] = {}

    def learn(self, what: int, code: CodeType, offset: int = -1, kind: Optional[type] = None, names: Any = None, needs: Needs = ()) -> None:
        """Keep what is known of an instruction and a class, or of a code object."""
        into: Dict[Any, Any] = self.sites if kind is not None else self.nobody if what == NOBODY else self.above
        if len(into) >= _MOST:
            into.clear()
            self.caught.clear()
        if kind is None:
            into[id(code)] = code
            return
        _, name, value = needs[0] if needs and needs[0][0] is names else (None, "", NOTHING)
        more, key = needs[1:] if name else needs, (id(code), offset, id(kind))
        into[key] = (what & ~MINE, names, name, value, (more, what & MINE, code, kind))
        if what & ~MINE or more:
            self.caught.pop(key, None)
        else:
            self.caught[key] = names, name, value

    def forget(self) -> None:
        """What is known may be otherwise from now on."""
        self.caught.clear()
        self.sites.clear()
        self.nobody.clear()
        self.above.clear()


def make_on_raise(
    dispatches: Mapping[int, DispatchTable],
    slow: Callable[[CodeType, int, BaseException, FrameType], Optional[int]],
    left_us: Callable[[BaseException], None],
    cache: OutcomeCache,
    tally: Optional[Tally],
    native: Any,
    gates: Gates,
) -> Tuple[OnRaise, Callable[[], None]]:
    """Return the callback, and a function that has it forget what is known, when other things may be asked.

    slow: judges an exception that is not known here, and says what is to be known from now on (Callbacks.raised); left_us: is told that the
    exception has gone through a callback of ours; tally: what counts exceptions; gates: asked before the callback, in C.
    """
    dispatch_of = dispatches.get
    known = Sites()
    site_at, caught_at, nobody, above = known.sites.get, known.caught.get, known.nobody, known.above
    learn = known.learn

    def on_raise(code: CodeType, offset: int, exception: BaseException) -> Any:
        try:
            # A signal's handler runs as soon as a callback is entered, before any of its handlers can be.
            trace, kind = traceback_at(exception), id(type(exception))
            inner = trace.tb_next if trace is not None else None  # none of what is thrown into a generator, before it is anywhere
            if inner is None and not leaving[0]:
                caught = caught_at((id(code), offset, kind))
                if caught is not None:
                    names, name, value = caught
                    if names is None or names.get(name, NOTHING) is value and getframe(1).f_globals is names:
                        return None
            site = site_at((id(code), offset, kind))
            if inner is not None:
                left = inner.tb_frame.f_code
                before = site_at((id(left), inner.tb_lasti, kind))
                if leaving[0] or before is None and left.co_filename.startswith(HERE):
                    left_us(exception)
                elif site is not None and before is not None and before[4][1]:
                    return None  # it was judged there
            elif leaving[0]:
                left_us(exception)
            if site is not None:
                at = first = getframe(1)
                while site is not None:
                    what, names, name, value, rest = site
                    if names is not None and (
                        names.get(name, NOTHING) is not value or at.f_globals is not names or rest[0] and not holds(rest[0], at)
                    ):
                        break
                    if not what:
                        return None
                    around = at.f_back
                    if around is None:
                        break
                    if what == SWALLOWED:
                        if at is first and id(around.f_code) in above:
                            return None
                        break
                    at = around
                    site = site_at((id(at.f_code), at.f_lasti, kind))
            elif id(code) in nobody:
                return None
            frame = getframe(1)
            dispatch = dispatch_of(id(code))
            if dispatch is not None and not dispatch.tally and frame.f_code is code:
                screen = dispatch.screens[EXCEPTION]
                if screen is not None and not screen.says(frame, (type(exception), exception, trace), False):
                    return None
            if dispatch is not None and dispatch.uncaught_only and not dispatch.tally:
                if cache(frame, exception):
                    keep(frame, offset, exception, cache)
                    return None
            counter = slow(code, offset, exception, frame)
            if counter == CONCERNS_NOBODY:
                learn(NOBODY, code)
            elif counter is not None and frame.f_code is code:
                count(code, frame.f_lasti, type(exception), counter)
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    def keep(frame: FrameType, offset: int, exception: BaseException, outcomes: OutcomeCache) -> None:
        kind, at_once, own = type(exception), outcomes.at_once(frame, exception), outcomes.own(frame, exception)
        if at_once is not None and (own is None or own[0]):
            swallowed = at_once is TO_BE_SWALLOWED
            learn((SWALLOWED if swallowed else 0) | owner(frame.f_code, outcomes), frame.f_code, offset, kind)
            if swallowed and frame.f_back is not None:
                learn(ABOVE, frame.f_back.f_code)
            return
        at: Optional[FrameType] = frame
        while at is not None:
            site = outcomes.own(at, exception)
            if site is None or not concerns_uncaught_only(at.f_code, outcomes):
                return
            passes, names, needs = site
            where = offset if at is frame else at.f_lasti
            learn((PASSES if passes else 0) | owner(at.f_code, outcomes), at.f_code, where, kind, names, needs)
            at = at.f_back if passes else None

    def owner(code: CodeType, outcomes: OutcomeCache) -> int:
        return MINE if outcomes.just_my_code.code(code) else 0

    def count(code: CodeType, lasti: int, kind: type, counter: int) -> None:
        if raises is not None and tally is not None and tally.counting.native:
            raises.count(code, lasti, kind, tally.on_instruction, counter)

    def concerns_uncaught_only(code: CodeType, outcomes: OutcomeCache) -> bool:
        dispatch = dispatch_of(id(code))
        if dispatch is None:
            return tally is None and not outcomes.just_my_code.code(code)
        return dispatch.uncaught_only and not dispatch.tally

    raises: Any = None
    if native is None:
        return on_raise, known.forget
    raises = native.Raises(gates.before(RAISE, on_raise), leaving, HERE, NOTHING, make_guard(native))
    learn = raises.learn
    return raises.on_raise, raises.forget
