"""Which exceptions a tracepoint is about, and at which point of their way: raised, uncaught, userUnhandled, silenced."""

from __future__ import annotations

from types import CodeType
from typing import Any, Mapping, Optional, Tuple

from ..base.behaviour import HAS_EXCEPTION_TABLE
from ..base.classes import derives, is_a, mro, name_of
from ..program.event import Event
from ..program.fields import SourceIndex
from ..program.justmycode import JustMyCode
from ..values.valueinfo import full_name
from .exceptionoutcome import CAUGHT, LEAVES, SILENT, ExceptionOutcome, outcome_of
from .surroundings import Halting

MODES = {"raised": "always", "uncaught": "unhandled", "userUnhandled": "userUnhandled", "silenced": "never"}
_DESCRIPTIONS = {"raised": "Raised", "uncaught": "Uncaught", "userUnhandled": "Unhandled by your code", "silenced": "Silenced"}


class ExceptionFilter:
    """One point of an exception's way (`when`), and the classes of the exceptions; () for all."""

    def __init__(self, when: str, classes: Tuple[str, ...], halting: Optional[Halting], source_index: SourceIndex) -> None:
        self.when = when
        self.classes = classes
        self.halting = halting
        self.source_index = source_index
        self.mode = MODES.get(when, "always")
        self.description = _DESCRIPTIONS.get(when, "Exception")

    @staticmethod
    def of(spec: Any, halting: Optional[Halting], source_index: SourceIndex) -> Optional[ExceptionFilter]:
        """Return what the field of a TRACEPOINT says."""
        if isinstance(spec, Mapping):
            return ExceptionFilter(str(spec.get("when")), tuple(str(name) for name in spec.get("classes") or ()), halting, source_index)
        return ExceptionFilter(spec, (), halting, source_index) if isinstance(spec, str) and spec else None

    def wants(self, code: CodeType) -> bool:
        """Report whether a raise in a code object can pass: only the person's code is asked about, and below 3.11 only "raised"."""
        halting = self.halting
        return halting is None or (HAS_EXCEPTION_TABLE or self.when == "raised") and halting.just_my_code.code(code)

    def concerns(self, error: BaseException) -> bool:
        """Report whether an exception is of the classes asked for."""
        kind = type(error)
        if any(derives(kind, silent) for silent in SILENT):
            return False
        if not self.classes:
            # A plain end of the program is no failure; one with a status may be.
            return not derives(kind, SystemExit) or self._is_failure(_exit_code(error))
        return any(name in (name_of(base), full_name(base)) for base in mro(kind) for name in self.classes)

    def _is_failure(self, code: int) -> bool:
        codes = self.halting.exit_codes if self.halting is not None else None
        return code != 0 if codes is None else any(first <= code <= last for first, last in codes)

    def applies(self, event: Event) -> bool:
        """Report whether an exception that is raised in a frame, or reaches it, passes the filter there."""
        halting = self.halting
        if halting is None or event.frame is None or type(event.arg) is not tuple:
            return False
        error = event.arg[1]
        if not is_a(error, BaseException) or not self.concerns(error):
            return False
        if getattr(event, "dead_trace", None) is not None:
            return self.when == "uncaught"
        if not halting.just_my_code.frame(event.frame) or not is_first_of_persons(event.arg[2], halting.just_my_code):
            return False
        if self.when == "raised":
            return True
        outcome = outcome_of(event.frame, error, halting.just_my_code)
        return self._passes(outcome, event, error, halting)

    def _passes(self, outcome: ExceptionOutcome, event: Event, error: BaseException, halting: Halting) -> bool:
        if self.when == "uncaught":
            return outcome.end == LEAVES and halting.is_news(error)
        if self.when == "userUnhandled":
            return outcome.passes_to_library
        if self.when == "silenced" and outcome.end == CAUGHT and outcome.silences:
            event.change = "%s:%d" % (outcome.shown(self.source_index), outcome.line)
            return True
        return False


def _exit_code(error: BaseException) -> int:
    """Return the exit code that a SystemExit means: None is 0, and a message is 1."""
    code = SystemExit.__dict__["code"].__get__(error)
    return int(code) if type(code) is int or type(code) is bool else 0 if code is None else 1


def is_first_of_persons(trace: Any, just_my_code: JustMyCode) -> bool:
    """Report whether the frame that an exception has reached is the first of the person's, seen from the raise.

    The traceback is the event's: below 3.12 the exception does not know its own yet.
    """
    trace = trace.tb_next if trace is not None else None
    while trace is not None:
        if just_my_code.frame(trace.tb_frame):
            return False
        trace = trace.tb_next
    return True
