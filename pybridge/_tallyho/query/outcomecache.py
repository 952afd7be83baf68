"""Whether an exception is certain not to end its thread, found fast: programs raise and handle all the time.

What a frame does with an exception of one class is kept for the instruction it is at, together with what that depends on:
the names in its `except` clauses, global or of the frame's function, which are looked up anew each time. Where anything is
unusual the answer is no, and exceptionoutcome.py decides.
"""

from __future__ import annotations

from types import CodeType, FrameType, ModuleType
from typing import Any, Dict, List, Optional, Tuple, Union

from ..base.behaviour import HAS_GROUPS
from ..base.classes import derives, is_class
from ..base.fastlocals import CO_OPTIMIZED
from ..base.guest import traceback_of
from ..base.namespaces import NOTHING, local
from ..program.evaluation import static
from ..program.justmycode import JustMyCode
from ..program.thrown import Thrown, leaves
from .exceptionoutcome import FINALIZER, LEAVES, SILENT, handler, is_bottom, is_ended_in_c

_module_dict: Any = vars(ModuleType)["__dict__"].__get__
_MOST_CODES, _MOST_SITES = 2000, 500

SILENCE, SWALLOWED = "silent", "swallowed"

Needs = Tuple[Tuple[Any, str, Any], ...]
"""
Triples of where a name is looked up, the name, and what it has to mean (NOTHING: it is not there). Where: a dictionary; a class, with
the classes it derives from; None, for the variables of the frame's function; or a variable's name, for the attributes of what that
variable holds, which is so not kept alive.
"""

Site = Tuple[Optional[bool], Optional[Dict[str, Any]], Needs, type]
"""
Whether the exception passes the frame (None: the frame only starts the program, or a thread); the globals for which that is so; what
else it depends on; and the class, which is so kept alive.
"""


class OutcomeCache:
    """Answers by what was found out about frames before."""

    def __init__(self, just_my_code: JustMyCode) -> None:
        self.just_my_code = just_my_code
        self.codes: Dict[int, Tuple[CodeType, Dict[Tuple[int, int], Site]]] = {}
        self.kinds: Dict[int, Tuple[type, bool, bool]] = {}
        """Classes, by id: whether they are silent, and whether C may swallow them."""

    def forget(self) -> None:
        """Forget all answers: other code may be the person's from now on."""
        self.codes.clear()

    def __call__(self, frame: FrameType, error: BaseException) -> bool:
        """Report whether nothing is to be told of an exception that is raised in a frame, or has just reached it."""
        trace = traceback_of(error)
        if trace is not None and trace.tb_next is not None and self.just_my_code.code(trace.tb_next.tb_frame.f_code):
            return True  # it was judged where it entered the person's code
        if self.at_once(frame, error) is not None:
            return True
        at: Optional[FrameType] = frame
        while at is not None:
            site = self._site(at, error)
            if site is None:
                return False
            if not site[0]:
                return site[0] is False
            at = at.f_back
        return False

    def at_once(self, frame: FrameType, error: BaseException) -> Optional[str]:
        """Return why nothing is told of an exception, whatever the frames around do: it is SILENT, or C may swallow it on its
        way, and only the end of the thread tells (uncaught.py). None: they matter."""
        kind = type(error)
        known = self.kinds.get(id(kind))
        if known is None:
            if len(self.kinds) >= _MOST_CODES:
                self.kinds.clear()
            silent = any(derives(kind, one) for one in SILENT)
            known = self.kinds[id(kind)] = (kind, silent, is_ended_in_c(kind))
        if known[1]:
            return SILENCE
        around = frame.f_back
        may = (known[2] or frame.f_code.co_name == FINALIZER) and around is not None and not is_bottom(around)
        return SWALLOWED if may else None

    def own(self, frame: FrameType, error: BaseException) -> Optional[Tuple[bool, Optional[Dict[str, Any]], Needs]]:
        """Return whether an exception passes a frame, under which globals (None: any), and what that depends on. None: that
        cannot be kept. What is not among the globals is a builtin."""
        site = self._site(frame, error)
        if site is None or site[0] is None:
            return None
        needs = tuple([one for one in site[2] if one[0] is not frame.f_builtins])
        return site[0], site[1] if needs else None, needs

    def _site(self, frame: FrameType, error: BaseException) -> Optional[Site]:
        known = self.codes.get(id(frame.f_code))
        site = known[1].get((frame.f_lasti, id(type(error)))) if known is not None and known[0] is frame.f_code else None
        return self._look(frame, error) if site is None or site[2] and not _holds(site, frame) else site

    def _look(self, frame: FrameType, error: BaseException) -> Optional[Site]:
        if HAS_GROUPS and leaves(error) is not None:
            return None
        if is_bottom(frame):
            return self._keep(frame, (None, None, (), type(error)))
        looked = Looked(frame)
        end, _ = handler(looked, Thrown(error))  # type: ignore[arg-type]
        if looked.volatile:
            return None
        return self._keep(frame, (end == LEAVES, frame.f_globals, tuple(looked.needs), type(error)))

    def _keep(self, frame: FrameType, site: Site) -> Site:
        code = frame.f_code
        known = self.codes.get(id(code))
        if known is None or known[0] is not code or len(known[1]) >= _MOST_SITES:
            if len(self.codes) >= _MOST_CODES:
                self.codes.clear()
            known = self.codes[id(code)] = (code, {})
        known[1][frame.f_lasti, id(site[3])] = site
        return site


def _holds(site: Site, frame: FrameType) -> bool:
    if frame.f_globals is not site[1]:
        return False
    return holds(site[2], frame)


def holds(needs: Needs, frame: FrameType) -> bool:
    """Report whether names still mean in a frame what they meant."""
    for names, name, value in needs:
        if names is None:
            found = local(frame).get(name, NOTHING)
        elif type(names) is str:
            found = static(local(frame).get(names, NOTHING), name)
        else:
            found = names.get(name, NOTHING) if type(names) is dict else static(names, name)
        if found is not value:
            return False
    return True


def _is_kept(value: Any) -> bool:
    """Report whether a variable's value may be kept alive: classes of exceptions are, as those of what was raised."""
    if type(value) is tuple:
        return all(is_class(one) and derives(one, BaseException) for one in value)
    return is_class(value) and derives(value, BaseException)


class Looked:
    """A frame as exceptionoutcome.py looks at it, that notes which names were looked up."""

    def __init__(self, frame: FrameType) -> None:
        self.frame = frame
        self.f_code = frame.f_code
        self.f_lasti = frame.f_lasti
        self.needs: List[Tuple[Any, str, Any]] = []
        self.volatile = False
        """Whether it depends on names that are not noted: of a class's body, attributes of attributes."""
        self._variable: Optional[Tuple[str, Any, bool]] = None
        """A variable that was looked up last and holds what may not be kept, and whether all was noted before."""

    def name(self, name: str, everywhere: bool) -> Any:
        """Return what a name means that is global, or of a function (a module's own names are its globals)."""
        frame = self.frame
        if everywhere and frame.f_code.co_flags & CO_OPTIMIZED:
            found = local(frame).get(name, NOTHING)
            self._variable = name, found, self.volatile
            self._note(None, name, found)
            return found
        if everywhere and not (frame.f_code.co_name == "<module>" and frame.f_locals is frame.f_globals):
            self.volatile = True
            return NOTHING
        found = frame.f_globals.get(name, NOTHING)
        self.needs.append((frame.f_globals, name, found))
        if found is NOTHING:
            found = frame.f_builtins.get(name, NOTHING)
            self.needs.append((frame.f_builtins, name, found))
        return found

    def attribute(self, value: Any, name: str) -> Any:
        """Return an attribute of a module, of a class, or of what a variable holds."""
        variable, self._variable = self._variable, None
        if is_class(value):
            return self._note(value, name, static(value, name))
        if variable is not None and variable[1] is value and type(value) is not ModuleType:
            self.volatile = variable[2]
            return self._note(variable[0], name, static(value, name))
        names = _module_dict(value) if type(value) is ModuleType else None
        if type(names) is not dict:
            self.volatile = True
            return NOTHING
        found = names.get(name, NOTHING)
        self.needs.append((names, name, found))
        return found

    def _note(self, where: Union[None, str, type], name: str, found: Any) -> Any:
        if not _is_kept(found):
            self.volatile = True
            return NOTHING
        self.needs.append((where, name, found))
        return found


__all__ = ["SILENCE", "SWALLOWED", "OutcomeCache", "holds"]
