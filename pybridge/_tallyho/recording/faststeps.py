"""Steps written in C (pybridge/native/recorder.c), and what is left to Python of them.

C writes the bytes that about.py would: at the event itself, of code about which only the recording asks; of other code when its
note is called. What is rarely needed C asks for here: the number of a place, the bytes of a value of an unusual type.
"""

from __future__ import annotations

import opcode
from _thread import get_ident
from types import CodeType, FrameType
from typing import Any, Dict, FrozenSet, Mapping, Optional, Protocol, Sequence, Tuple

from ..base import guest
from ..base.extension import make_guard
from ..base.monitoring import RETURNS, START
from ..base.namespaces import local
from ..base.redact import Patterns, is_secret
from ..program.event import LINE, RunState, main_ident
from ..program.fields import CodeFacts
from ..query.dispatch import NO_CALLS, DispatchTable
from ..values.valueinfo import full_name
from ..wire.memory import Ring
from . import steps

(
    _CONTINUE,
    _QUIET,
    _LOCAL,
    _TWO_LOCALS,
    _NEXT_LOCAL,
    _GLOBAL_HALF,
    _GLOBAL,
    _NOISY_GLOBAL,
    _IN_PLACE,
    _EXTENDED,
    _NOISY_LOCAL,
    _ATTRIBUTE,
) = range(12)
"""What an instruction does with names, as stepcodes.c has it: 0 may change anything."""

_OPERATIONS: Dict[int, str] = {
    _QUIET: """CACHE RESUME NOP POP_TOP PUSH_NULL COPY SWAP LOAD_CONST RETURN_CONST RETURN_VALUE COMPARE_OP CONTAINS_OP IS_OP UNARY_NEGATIVE
        UNARY_NOT UNARY_INVERT TO_BOOL BINARY_SUBSCR BINARY_SLICE BUILD_TUPLE BUILD_LIST BUILD_MAP BUILD_SET BUILD_STRING BUILD_SLICE
        BUILD_CONST_KEY_MAP POP_JUMP_IF_TRUE POP_JUMP_IF_FALSE POP_JUMP_IF_NONE POP_JUMP_IF_NOT_NONE JUMP_FORWARD JUMP_BACKWARD END_FOR
        JUMP_BACKWARD_NO_INTERRUPT UNPACK_SEQUENCE COPY_FREE_VARS MAKE_FUNCTION SET_FUNCTION_ATTRIBUTE LOAD_ASSERTION_ERROR GET_LEN
        LOAD_BUILD_CLASS LOAD_SMALL_INT LOAD_COMMON_CONSTANT NOT_TAKEN POP_ITER""",
    _LOCAL: """LOAD_FAST LOAD_FAST_BORROW LOAD_FAST_CHECK LOAD_FAST_AND_CLEAR STORE_FAST DELETE_FAST LOAD_DEREF STORE_DEREF DELETE_DEREF
        MAKE_CELL LOAD_CLOSURE""",
    _TWO_LOCALS: "LOAD_FAST_LOAD_FAST LOAD_FAST_BORROW_LOAD_FAST_BORROW STORE_FAST_LOAD_FAST STORE_FAST_STORE_FAST",
    _GLOBAL_HALF: "LOAD_GLOBAL",
    _GLOBAL: "LOAD_NAME STORE_NAME DELETE_NAME STORE_GLOBAL DELETE_GLOBAL",
    _IN_PLACE: "BINARY_OP",
    _EXTENDED: "EXTENDED_ARG",
    _ATTRIBUTE: "LOAD_ATTR",
}

_PRINTS = frozenset(
    """print write writelines flush pprint pp echo secho log debug info warning warn error exception critical print_exc print_exception
    print_stack system run Popen call check_call check_output start fork _exit exit""".split()
)
"""Names of what may write to the program's output: it is looked at where a line has one of them, else now and then."""


def _operations() -> bytes:
    table = bytearray(256)
    for means, names in _OPERATIONS.items():
        for name in names.split():
            if name in opcode.opmap and opcode.opmap[name] < 256:
                table[opcode.opmap[name]] = means
    return bytes(table)


class Writing(Protocol):
    """The Recorder (recorder.py), as far as C needs it."""

    lines: bool
    values: bool
    redact: bool
    records: Any
    encoder: steps.Encoder
    run: RunState

    def name(self, text: str) -> int:
        """Return the number of a text that comes again."""

    def introduce(self, number: int) -> None:
        """Tell a thread's name, if it has changed since it was told."""

    def code(self, code: CodeType, globals_: Dict[str, Any]) -> int:
        """Return the number of code that may not be recorded."""

    def about(self, facts: CodeFacts, code: CodeType) -> Any:
        """Return what records a code object (about.py)."""

    def lose(self) -> None:
        """A step was not written."""


class FastSteps:
    """What C asks Python for, by these very names."""

    def __init__(self, recorder: Writing, native: Any, dispatches: Mapping[int, DispatchTable]) -> None:
        self.recorder = recorder
        self.guard = make_guard(native)
        self.dispatches = dispatches
        self.encoder = recorder.encoder
        self.run = recorder.run
        self.reader = guest._reader
        self.prints: FrozenSet[str] = _PRINTS
        self.name = recorder.name
        self.introduce = recorder.introduce
        self.secret = is_secret
        self.full_name = full_name
        self.names = local
        self.caller = self._caller
        self.writer = native.StepWriter(
            recorder.records.writer, self, _operations(), opcode.opmap["RESUME"], opcode.opmap["END_FOR"],
            recorder.lines, recorder.values, recorder.redact, Patterns.on and recorder.redact,
        )  # fmt: skip

    def encode(self, value: Any, deep: int) -> bytes:
        """Return the bytes of a value of an unusual type."""
        return self.encoder.value(value, deep)

    def place(self, about: Any, frame: FrameType, kind: int, line: int) -> int:
        """Return the number of a line of a code object."""
        return about.place(frame, kind == steps.CALL, about.facts.line(line))  # type: ignore[no-any-return]

    def _caller(self, code: CodeType, globals_: Dict[str, Any]) -> int:
        """Return the number of code around; 0: it is ours."""
        return 0 if guest.is_ours(code) else self.recorder.code(code, globals_)

    def base(self) -> int:
        """Return how many frames of this thread are ours."""
        return self.run.base if get_ident() == main_ident() else 0

    def thread(self) -> int:
        """Return the number of this thread."""
        return self.recorder.records.thread_id()  # type: ignore[no-any-return]

    def wait(self, ring: Ring, size: int) -> bool:
        """Wait until there is room for many steps, for each look costs the program as much as some of them; False: it is lost."""
        if size > ring.size // 2 - 64 or not ring.memory.wait_for_room(ring, max(2 * size + 64, ring.size // 2)):
            ring.drop()
            self.recorder.lose()
            return False
        return True

    def put(self, body: bytes) -> None:
        """Write a step where the thread shares a ring."""
        if not self.recorder.records.put(steps.STEP, body):
            self.recorder.lose()

    def judge(self, code: CodeType) -> Any:
        """Return what C may do at a code object's events: True, only count the calls; a tuple for code_describe (stepcodes.c), write a step
        and nothing else; False, call the callback in Python; None, as False, and ask again next time."""
        dispatch = self.dispatches.get(id(code))
        if dispatch is None or not dispatch.ready:
            return None
        if dispatch.calls is not NO_CALLS or dispatch.by_line or dispatch.facts.of_template or dispatch.tally_lines:
            return False
        if dispatch.tally and dispatch.masks.get("tally", 0) & START:
            return False
        if not any(dispatch.entries):
            return not dispatch.tally
        for kind, entries in enumerate(dispatch.entries):
            expected = 0 if kind == LINE and not self.recorder.lines else 1
            if len(entries) != expected or expected and id(entries[0].tracepoint) != id(self.recorder):
                return False
        return (*self.recorder.about(dispatch.facts, code).description(), dispatch.tally and bool(dispatch.masks.get("tally", 0) & RETURNS))

    def restart(self, encoder: steps.Encoder) -> None:
        """Begin anew, in a forked child."""
        self.encoder = encoder
        self.writer.restart()

    def before(self, counters: Any, callbacks: Sequence[Any]) -> Sequence[Any]:
        """Return what is to stand as callbacks instead of these."""
        writer = self.writer
        writer.behind(*callbacks, self.guard, counters)
        return writer.on_line, writer.on_start, writer.on_resume, writer.on_return, writer.on_yield, writer.on_jump, writer.on_stop


def make_fast(recorder: Writing, native: Any, dispatches: Mapping[int, DispatchTable]) -> Optional[FastSteps]:
    """Return what writes steps in C; None where the accelerator has nothing that does."""
    if native is None or not hasattr(native, "StepWriter") or recorder.records.writer is None:
        return None
    return FastSteps(recorder, native, dispatches)


Description = Tuple[Any, bytes, bool, bool]
"""A code object that is recorded: its About, its bytecode, whether its frames can wait, whether what it returns is a secret."""

__all__ = ["FastSteps", "make_fast"]
