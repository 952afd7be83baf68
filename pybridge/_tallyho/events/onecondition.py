"""The callback of LINE while one condition is asked over and over: compiled, with the condition in it.

The general callback (linecallback.py) calls a guard and looks past a dozen cells; that is a sixth of what such an event
costs on CPython 3.13, where most of it is the interpreter's own: the event itself, and frame.f_locals.
"""

from __future__ import annotations

from types import CodeType, FrameType, FunctionType
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from ..base import guest
from ..base.behaviour import LIVE_LOCALS
from ..base.fastlocals import read
from ..base.slots import PLACES, misread, place
from ..base.turns import getframe
from ..base.warningfilter import WarningFilter
from ..program.expressions import MISSING, Inline
from ..query.dispatch import Entries, Entry

OnLine = Callable[[CodeType, int], Any]

# Its globals are the program's, where any name may mean anything: it uses none but its own and the condition's. What it
# needs are constants, put where the text has a string that names them: parameters and cells are filled at each call.
# The file name is such that guest.is_foreign looks past it.
_FILENAME = "<tallyho>"
_MARK = "<tallyho "
_SOURCE = """def on_line(__tallyho_code, __tallyho_line):
    if __tallyho_code is "<tallyho code>"%s:
        try:
            try:
%s                if not (
%s
):
                    return None
            except "<tallyho rest>".too_deep:
                raise
            except "<tallyho rest>".wrong as __tallyho_error:
                return "<tallyho rest>".failed(
                    "<tallyho rest>".entries[0], __tallyho_error, __tallyho_code, "<tallyho getframe>"(1))
            %s
            return "<tallyho rest>".reached("<tallyho rest>".entries, __tallyho_code, "<tallyho getframe>"(1))
        except "<tallyho rest>".too_deep:
            "<tallyho rest>".deep[0] += 1
            return None
        except "<tallyho rest>".everything as __tallyho_error:
            return "<tallyho rest>".leave(__tallyho_error)
    try:
        return "<tallyho rest>".elsewhere(__tallyho_code, __tallyho_line, 2)
    except "<tallyho rest>".too_deep:
        "<tallyho rest>".deep[0] += 1
        return None
"""
_WHERE = '"<tallyho getframe>"(1).f_locals' if LIVE_LOCALS else '"<tallyho read>"("<tallyho getframe>"(1))'
_LOCALS = "                __tallyho_locals = %s\n" % _WHERE
_FETCH = """                try:
                    {0} = {2}[{1!r}]
                except "<tallyho rest>".absent:
                    raise "<tallyho rest>".unbound("name {1!r} is not bound here") from None
"""
_FETCH_OR = "                {0} = {2}.get({1!r}, {3!r})\n"
# Where a function's variables are read alone (base/slots.py). Nothing is called between the two: the frame stays where it is.
_PLACE = '                __tallyho_at = ("<tallyho words>"["<tallyho id>"("<tallyho getframe>"(1)) + %d >> 3] + %d >> 3)\n'
_TAKE = """                try:
                    {0} = "<tallyho references>"[__tallyho_at + {2}]
                except "<tallyho rest>".null:
                    {3}
"""
_UNBOUND = 'raise "<tallyho rest>".unbound("name {0!r} is not bound here") from None'


class Rest:
    """What the compiled callback needs besides its condition. Its text reaches everything through this, for its globals are the program's."""

    __slots__ = ("entries", "reached", "failed", "elsewhere", "guard")

    leave = staticmethod(guest.leave)
    deep = guest.too_deep
    wrong, everything, absent, null, unbound, too_deep = Exception, BaseException, KeyError, ValueError, NameError, RecursionError

    def __init__(
        self,
        entry: Entry,
        reached: Callable[[Entries, CodeType, FrameType], None],
        failed: Callable[[Entry, Exception, CodeType, FrameType], None],
        elsewhere: Callable[[CodeType, int, int], Any],
    ) -> None:
        self.entries = (entry,)
        self.guard = entry.guard
        self.reached = reached
        """Called where the condition holds."""
        self.failed = failed
        """Called where the condition has raised."""
        self.elsewhere = elsewhere
        """The general callback, for any other line; told how far up the program's frame is."""


def one_condition(code: CodeType, line: Optional[int], frame: FrameType, rest: Rest) -> OnLine:
    """Return the callback that asks an entry's guard at a line of a code object (None: at every line), of which a frame is given."""
    asker = rest.entries[0].expression
    inline = None if asker is None or misread(code) else asker.expression.inline(frame)
    compiled = None if inline is None else _compiled(_source(line, inline, code))
    if inline is None or compiled is None or _MARK in inline.text:
        inline = Inline((), '"<tallyho rest>".guard("<tallyho getframe>"(1))', {})
        compiled = _compiled(_source(line, inline, code))
        assert compiled is not None
    meant = {"<tallyho code>": code, "<tallyho getframe>": getframe, "<tallyho rest>": rest, "<tallyho read>": read, "<tallyho id>": id}
    if PLACES is not None:
        meant.update({"<tallyho words>": PLACES.words, "<tallyho references>": PLACES.references})
    constants = tuple([meant.get(one, one) if type(one) is str else one for one in compiled.co_consts])
    return FunctionType(compiled.replace(co_consts=constants), inline.globals, "on_line")


def _source(line: Optional[int], inline: Inline, code: CodeType) -> str:
    fetch, held = _take(inline.names, code) or _fetch(inline.names)
    # What the condition looked at is not held while the program is stopped there.
    drop = "del " + ", ".join(held) if held else "pass"
    return _SOURCE % ("" if line is None else " and __tallyho_line == %d" % line, fetch, inline.text, drop)


Names = Sequence[Tuple[str, str, Any]]
Fetching = Tuple[str, List[str]]
"""The text that puts locals into variables of ours, and all that it binds."""


def _fetch(names: Names) -> Fetching:
    """Fetch locals by their names."""
    fetch, held, where = "", [], _WHERE
    if len(names) > 1:
        fetch, held, where = _LOCALS, ["__tallyho_locals"], "__tallyho_locals"
    for variable, name, absent in names:
        fetch += (_FETCH if absent is MISSING else _FETCH_OR).format(variable, name, where, absent)
        held.append(variable)
    return fetch, held


def _take(names: Names, code: CodeType) -> Optional[Fetching]:
    """Take locals from where they lie in the frame; None where not all of them can be taken so."""
    if PLACES is None or not names:
        return None
    places = [place(code, name) for _, name, _ in names]
    if -1 in places:
        return None
    fetch = _PLACE % (PLACES.outer, PLACES.first)
    for (variable, name, absent), at in zip(names, places):
        otherwise = _UNBOUND.format(name) if absent is MISSING else "%s = %r" % (variable, absent)
        fetch += _TAKE.format(variable, name, at, otherwise)
    return fetch, [variable for variable, _, _ in names]


_codes: Dict[str, CodeType] = {}
"""What was compiled last, by its source: a callback is often made anew, whenever code is seen for the first time."""

_MOST_CODES = 64


def _compiled(source: str) -> Optional[CodeType]:
    found = _codes.get(source)
    if found is not None:
        return found
    silenced = WarningFilter(module=lambda module: module == _FILENAME)
    try:
        module = compile(source, _FILENAME, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    finally:
        silenced.end()
    if len(_codes) >= _MOST_CODES:
        _codes.clear()
    _codes[source] = found = next(one for one in module.co_consts if type(one) is CodeType)
    return found
