"""Manners of a guest: which code is ours, which exceptions are not."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import sys
import threading
from types import CodeType, FrameType, TracebackType
from typing import Any, Callable, List, Optional, Set

from .classes import derives, module_of, name_of

HERE = __file__.rpartition("_tallyho")[0]
"""Where our code lies."""
_PACKAGE = __name__.rpartition(".base.")[0]
_OWN_NAMES = ("<tallyho>", "<tallyho expression>")
_traceback_of = BaseException.__dict__["__traceback__"].__get__
_reader: List[int] = [0]
_hidden: List[Any] = []


def is_ours(code: CodeType) -> bool:
    """Report whether a code object belongs to the bridge, or runs the program on its behalf."""
    filename = code.co_filename
    if filename.startswith(HERE) or filename in _OWN_NAMES:
        return True
    return any(one is code for one in _hidden)


def hide(code: Any) -> None:
    """Take a code object as one of ours: the parts of runpy that start the program."""
    _hidden.append(code)


def is_machinery(frame: FrameType) -> bool:
    """Report whether a frame is the interpreter's or ours, at the end: at its bottom is not the program's code."""
    at = frame
    while at.f_back is not None:
        at = at.f_back
    code = at.f_code
    return code is _SHUTDOWN or is_ours(code)


_SHUTDOWN = threading._shutdown.__code__  # type: ignore[attr-defined]


def reader_ident() -> int:
    """Return the ident of the thread that serves the link, whose use of the standard library is nobody's event."""
    return _reader[0]


def reader_cell() -> List[int]:
    """Return the list whose one item is the reader's ident: C looks there, and sees when it changes."""
    return _reader


def set_reader_ident(ident: int) -> None:
    """Tell which thread serves the link."""
    _reader[0] = ident


def traceback_of(exception: BaseException) -> Optional[TracebackType]:
    """Return an exception's traceback without asking its class."""
    return _traceback_of(exception)  # type: ignore[no-any-return]


def is_foreign(error: BaseException) -> bool:
    """Report whether an exception that arrived inside a callback belongs to the program.

    A signal handler or another thread raised it into us: KeyboardInterrupt, a class
    that is not Python's own, or one whose traceback goes from our code or the
    library's straight into other code. From an expression that a person typed it
    may go anywhere: that is the expression's failure.
    """
    kind = type(error)
    if not derives(kind, Exception):
        return True
    at = traceback_of(error)
    while at is not None:
        filename = at.tb_frame.f_code.co_filename
        if filename == "<tallyho expression>":
            return False
        if not filename.startswith((HERE, "<tallyho>", "<frozen")) and not filename.startswith(_LIBRARY):
            return True
        at = at.tb_next
    return module_of(kind) not in _OWN_ERRORS


_OWN_ERRORS = frozenset(
    [
        "builtins",
        "struct",
        _PACKAGE + ".values.renderer",
        _PACKAGE + ".program.expressions",
        "json.decoder",
        "tokenize",
        "re",
        "re._constants",
        "sre_constants",
    ]
)
_LIBRARY = sys.modules["os"].__file__.rpartition("os.py")[0] if getattr(sys.modules.get("os"), "__file__", None) else "<none>"  # type: ignore[union-attr]


class BlockedSignals:
    """Keeps signals from this thread while library code runs that would take a handler's exception for its own."""

    __slots__ = ("_mask",)

    def __enter__(self) -> None:
        if _sigmask is None:
            return
        # A handler that was due runs at the end of sigmask, when the mask is
        # changed already: what it raises leaves no mask behind.
        self._mask: Any = _sigmask(_signal.SIG_BLOCK, ())
        try:
            _sigmask(_signal.SIG_BLOCK, _ALL_SIGNALS)
        except BaseException:
            _sigmask(_signal.SIG_SETMASK, self._mask)
            raise

    def __exit__(self, *_: object) -> None:
        if _sigmask is not None:
            _sigmask(_signal.SIG_SETMASK, self._mask)


# The functions of `signal` make enums of what these return.
_sigmask: Any = getattr(_signal, "pthread_sigmask", None)
_ALL_SIGNALS: Any = range(1, 32)


def take_no_signals() -> None:
    """Leave all signals to the threads of the program, in a thread that was brought in from outside."""
    if _sigmask is not None:
        _sigmask(_signal.SIG_BLOCK, _ALL_SIGNALS)


leaving: List[bool] = [False]
"""An exception has gone from a callback into the program: the next RAISE takes our frames out of its traceback."""

before_leaving: List[Callable[[BaseException], None]] = []
"""What a backend does before an exception goes into the program from its callback."""


def without_ours(error: BaseException, trace: Optional[TracebackType] = None) -> None:
    """Take our frames out of the traceback of an exception that went through a callback, and our errors from its context.

    trace: its traceback while it is on its way, which below 3.12 the exception itself does not have yet.
    """
    at, before, inside = traceback_of(error) if trace is None else trace, None, False
    while at is not None:
        following = at.tb_next
        code = at.tb_frame.f_code
        # What we have called of the library is ours too; a handler of the program's is the last frame.
        inside = is_ours(code) or inside and code.co_filename.startswith(("<string>", "<frozen", _LIBRARY))
        # CPython adds the traced frame a second time when its trace function raises.
        twice = before is not None and at.tb_frame is before.tb_frame and following is not None and is_ours(following.tb_frame.f_code)
        if not inside and not twice:
            before = at
        elif before is not None:
            before.tb_next = following
        at = following
    context = _context.__get__(error)
    while context is not None and _is_all_ours(context):
        context = _context.__get__(context)
        _context.__set__(error, context)


_context = BaseException.__dict__["__context__"]


def _is_all_ours(error: BaseException) -> bool:
    at = traceback_of(error)
    ours = at is not None
    while at is not None and ours:
        ours = is_ours(at.tb_frame.f_code)
        at = at.tb_next
    return ours


too_deep: List[int] = [0]
"""How many events came when the program was at its recursion limit, where nothing may be called: they were not looked at."""

failures: List[str] = []
"""Our own failures in callbacks that are to be told, each one once."""
_told: Set[str] = set()

MAX_FAILURES = 5
"""Failures at different places that are told in all."""


def leave(error: BaseException, about: str = "") -> None:
    """Pass the program's exception on; keep ours from it. about: what it concerns, such as a file.

    Every callback of sys.monitoring is guarded in one way, all of it (tests/test_guards.py holds them to that):

        try:
            …
        except RecursionError:
            too_deep[0] += 1
        except BaseException as error:
            guest.leave(error)
        return None

    It is written out in each: a function around them would be one more call for each event, and one more frame, which a
    program at its recursion limit does not have. There nothing may be called in a handler, or a second error would show in
    the program's traceback with our frames in it; so the first handler only counts.
    """
    if derives(type(error), RecursionError):
        too_deep[0] += 1
        return
    if is_foreign(error):
        leaving[0] = True
        for prepare in before_leaving:
            prepare(error)
        raise error
    at = traceback_of(error)
    place = ""
    while at is not None:
        place = "%s:%d" % (at.tb_frame.f_code.co_name, at.tb_lineno)
        at = at.tb_next
    key = "%s in %s %s" % (name_of(type(error)), place, about)
    if key not in _told and len(_told) < MAX_FAILURES:
        _told.add(key)
        failures.append("%s in %s%s: %s" % (name_of(type(error)), place, about and ", at " + about, str(error)[:200]))
