"""What will become of an exception that has just been raised, read from the code around it (CPython 3.11 and newer).

Exception tables say which handler an instruction has; a handler's own first
instructions say which classes it takes; the clauses of an `except*` take parts. A
`finally` and a `with` take nothing for good. Where an answer would need running code, the outcome is not known.
"""

from __future__ import annotations

import ast
import dis
from types import CodeType, FrameType
from typing import Any, Dict, List, Optional, Tuple

from ..base import guest
from ..base.behaviour import HAS_EXCEPTION_TABLE, HAS_LINE_TABLE
from ..base.bytecode import call_at, handlers
from ..base.classes import derives
from ..base.namespaces import NOTHING, item, local
from ..program.evaluation import static
from ..program.fields import SourceIndex
from ..program.justmycode import JustMyCode
from ..program.thrown import Thrown

LEAVES, CAUGHT, UNKNOWN = "leaves", "caught", "unknown"
MOST_STEPS = 200

SILENT = (StopIteration, StopAsyncIteration, GeneratorExit)
"""What is raised to end an iteration or a generator: nothing is told of it."""

_SWALLOWED_BY_C = (AttributeError, IndexError, KeyError, TypeError, OverflowError)
"""Classes that C may catch: getattr, hasattr, iteration and the like do. Only the thread's end tells whether they did."""

FINALIZER = "__del__"
"""Functions of that name are called by C, which swallows what they raise."""

_BOOTSTRAP = frozenset(["_bootstrap", "_bootstrap_inner"])


class ExceptionOutcome:
    """How an exception ends: it LEAVES its thread, is CAUGHT at a line of a code object, or that is UNKNOWN; and what it passes on its way."""

    __slots__ = ("end", "code", "line", "silences", "passes_to_library")

    def __init__(self, end: str) -> None:
        self.end = end
        self.code: Optional[CodeType] = None
        self.line = 0
        self.silences = False
        """Whether a clause of the person's code catches it and does not raise again."""
        self.passes_to_library = False
        """Whether it goes from the person's code to a caller in a library."""

    def shown(self, source_index: SourceIndex) -> str:
        """Return the file where it is caught."""
        return source_index.of(self.code).shown if self.code is not None else "?"


def outcome_of(frame: FrameType, error: BaseException, just_my_code: JustMyCode) -> ExceptionOutcome:
    """Return what will become of an exception that is raised in a frame."""
    if not HAS_EXCEPTION_TABLE:
        return ExceptionOutcome(UNKNOWN)
    outcome = ExceptionOutcome(LEAVES)
    thrown = Thrown(error)
    unsure = may_end_in_c(frame, error)
    at: Optional[FrameType] = frame
    inner_own = True
    while at is not None and not is_bottom(at):
        own = just_my_code.frame(at)
        if inner_own and not own and outcome.end != UNKNOWN:
            outcome.passes_to_library = True
        inner_own = own
        end, offset = handler(at, thrown)
        if end == CAUGHT:
            outcome.end = UNKNOWN if outcome.end == UNKNOWN else CAUGHT
            outcome.code, outcome.line = at.f_code, line_at(at.f_code, offset)
            outcome.silences = own and not outcome.passes_to_library and not raises_again(at, outcome.line, just_my_code.source_index)
            return outcome
        if end == UNKNOWN:
            outcome.end = UNKNOWN
        at = at.f_back
    if unsure and outcome.end == LEAVES and frame.f_back is not None and not is_bottom(frame.f_back):
        outcome.end = UNKNOWN
    return outcome


def may_end_in_c(frame: FrameType, error: BaseException) -> bool:
    """Report whether an exception that no frame catches may be swallowed between frames."""
    return is_ended_in_c(type(error)) or frame.f_code.co_name == FINALIZER


def is_ended_in_c(kind: type) -> bool:
    """Report whether C swallows exceptions of a class, here or there."""
    return any(derives(kind, one) for one in _SWALLOWED_BY_C)


def is_bottom(frame: FrameType) -> bool:
    """Report whether a frame only starts the program, or a thread of it."""
    code = frame.f_code
    return guest.is_ours(code) or code.co_name in _BOOTSTRAP and code.co_filename.endswith("threading.py")


def handler(frame: FrameType, error: Thrown) -> Tuple[str, int]:
    """Return whether a frame catches an exception raised where it is, and the offset of the clause that does."""
    code = frame.f_code
    rows = _table(code)
    unit = call_at(code, frame.f_lasti) // 2
    for _ in range(MOST_STEPS):
        target = next((to for start, end, to in reversed(rows) if start <= unit < end), None)
        if target is None:
            return LEAVES, 0
        end, at = _clauses(frame, _instructions(code), target, error)
        if end != LEAVES:
            return end, at * 2
        unit = at
    return UNKNOWN, 0


_tables: Dict[int, Tuple[CodeType, List[Tuple[int, int, int]], Dict[int, Any]]] = {}
_TABLES_LIMIT = 200


def _known(code: CodeType) -> Tuple[CodeType, List[Tuple[int, int, int]], Dict[int, Any]]:
    known = _tables.get(id(code))
    if known is None or known[0] is not code:
        if len(_tables) >= _TABLES_LIMIT:
            _tables.clear()
        rows = list(handlers(code))
        known = _tables[id(code)] = (code, rows, {})
    return known


def _table(code: CodeType) -> List[Tuple[int, int, int]]:
    return _known(code)[1]


def _instructions(code: CodeType) -> Dict[int, Any]:
    found = _known(code)[2]
    if not found:
        before = None
        for instruction in dis.get_instructions(code):
            if before is not None:
                found[before.offset // 2] = (before, instruction.offset // 2)
            before = instruction
        if before is not None:
            found[before.offset // 2] = (before, -1)
    return found


def _clauses(frame: FrameType, code: Dict[int, Any], unit: int, error: Thrown) -> Tuple[str, int]:
    """Follow a handler's clauses. LEAVES comes with the unit at which the search goes on."""
    start = unit
    stack: List[Any] = []
    for _ in range(MOST_STEPS):
        if unit not in code:
            return UNKNOWN, start
        instruction, following = code[unit]
        name = instruction.opname
        if name in ("PUSH_EXC_INFO", "NOP", "CACHE", "EXTENDED_ARG", "PUSH_NULL", "RESUME", "COPY", "POP_EXCEPT"):
            if (name == "COPY" or name == "POP_EXCEPT") and not _is_star(code, following):
                return LEAVES, _reraise(code, unit)
        elif name == "POP_TOP":
            return CAUGHT, unit
        elif name == "CHECK_EXC_MATCH":
            matches = error.matches(stack[-1] if stack else NOTHING)
            if matches is None:
                return UNKNOWN, unit
            jump, after = code[following]
            if matches:
                return CAUGHT, unit
            following = (jump.argval // 2) if "FALSE" in jump.opname or "TRUE" in jump.opname else after
            stack = []
        elif name == "BUILD_LIST" and not instruction.arg and _leads_to(code, unit, "CHECK_EG_MATCH"):
            return _parts(frame, code, following, error)
        elif name == "RERAISE":
            return LEAVES, unit
        elif name == "WITH_EXCEPT_START":
            return UNKNOWN, unit
        elif name in ("CLEANUP_THROW", "CALL_INTRINSIC_1", "END_ASYNC_FOR"):
            return LEAVES, _reraise(code, unit) if name == "CALL_INTRINSIC_1" else _outer(start)
        elif not _load(frame, instruction, stack):
            return (UNKNOWN, start) if _leads_to(code, unit, "CHECK_EXC_MATCH") else (LEAVES, _outer(start))
        unit = following
    return UNKNOWN, start


def _is_star(code: Dict[int, Any], unit: int) -> bool:
    """Report whether a handler begins so that the clauses of an `except*` follow: with a list of what they raise."""
    return unit in code and code[unit][0].opname == "BUILD_LIST" and _leads_to(code, unit, "CHECK_EG_MATCH")


def _parts(frame: FrameType, code: Dict[int, Any], unit: int, error: Thrown) -> Tuple[str, int]:
    """Follow the clauses of an `except*` past their bodies: whatever those raise is another exception."""
    stack: List[Any] = []
    caught = unit
    for _ in range(MOST_STEPS):
        if unit not in code:
            break
        instruction, following = code[unit]
        name = instruction.opname
        if name == "CHECK_EG_MATCH":
            took = error.take(stack[-1] if stack else NOTHING)
            if took is None:
                break
            caught = unit if took else caught
            while following in code and "NONE" not in code[following][0].opname:
                following = code[following][1]
            if following not in code:
                break
            following, stack = code[following][0].argval // 2, []
        elif name == "PREP_RERAISE_STAR" or name == "CALL_INTRINSIC_2":
            return (CAUGHT, caught) if error.gone else (LEAVES, _reraise(code, unit))
        elif name not in _BETWEEN_PARTS and not _load(frame, instruction, stack):
            break
        unit = following
    return UNKNOWN, unit


_BETWEEN_PARTS = ("NOP", "CACHE", "EXTENDED_ARG", "PUSH_NULL", "COPY", "SWAP", "POP_TOP", "LIST_APPEND", "NOT_TAKEN")


def _leads_to(code: Dict[int, Any], unit: int, check: str) -> bool:
    """Report whether what follows, straight on, computes the classes of an `except`; else it is the body of a `finally`."""
    for _ in range(MOST_STEPS):
        if unit not in code:
            return False
        instruction, unit = code[unit]
        if instruction.opname == check:
            return True
        if instruction.opcode in _JUMPS or instruction.opname.startswith(("RERAISE", "RETURN", "RAISE")):
            return False
    return False


_JUMPS = frozenset(dis.hasjrel) | frozenset(dis.hasjabs)


def _outer(unit: int) -> int:
    # A `finally` runs what it likes: the handler of its first instruction is the one around.
    return unit


def _reraise(code: Dict[int, Any], unit: int) -> int:
    while unit in code and code[unit][0].opname != "RERAISE" and code[unit][1] >= 0:
        unit = code[unit][1]
    return unit


def _load(frame: FrameType, instruction: Any, stack: List[Any]) -> bool:
    """Do what an instruction of a clause's class expression would, without running code; False: it is none."""
    name, value = instruction.opname, instruction.argval
    if name in ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF", "LOAD_CLASSDEREF", "LOAD_FAST_CHECK", "LOAD_FAST_BORROW"):
        stack.append(_name(frame, str(value), name))
    elif name == "LOAD_ATTR":
        stack.append(_attribute(frame, stack.pop(), str(value)) if stack and stack[-1] is not NOTHING else NOTHING)
    elif name == "BUILD_TUPLE" and len(stack) >= instruction.arg:
        items = tuple(stack[len(stack) - instruction.arg :])
        del stack[len(stack) - instruction.arg :]
        stack.append(items)
    else:
        return False
    return True


def _attribute(frame: Any, value: Any, name: str) -> Any:
    return static(value, name) if type(frame) is FrameType else frame.attribute(value, name)


def _name(frame: Any, name: str, how: str) -> Any:
    if type(frame) is not FrameType:
        return frame.name(name, how != "LOAD_GLOBAL")  # a Looked (outcomecache.py), which notes the names that it is asked for
    found = NOTHING if how == "LOAD_GLOBAL" else local(frame).get(name, NOTHING)
    for space in (frame.f_globals, frame.f_builtins) if found is NOTHING else ():
        found = item(space, name)
        if found is not NOTHING:
            break
    return found


def line_at(code: CodeType, offset: int) -> int:
    """Return the line of an instruction."""
    if not HAS_LINE_TABLE:
        return 0
    return next((line for start, end, line in code.co_lines() if start <= offset < end and line), code.co_firstlineno)


_handlers: Dict[str, List[Tuple[int, int, bool]]] = {}


def raises_again(frame: FrameType, line: int, source_index: SourceIndex) -> bool:
    """Report whether the `except` clause at a line has a raise in it; also where its source cannot be read."""
    path = source_index.of(frame.f_code, frame.f_globals).path
    if path not in _handlers:
        _handlers[path] = _read_handlers(path)
    around = [one for one in _handlers[path] if one[0] <= line <= one[1]]
    return not around or min(around, key=lambda one: one[1] - one[0])[2]


def _read_handlers(path: str) -> List[Tuple[int, int, bool]]:
    try:
        with open(path, "rb") as file:
            tree = ast.parse(file.read())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            inside = any(isinstance(one, ast.Raise) for one in ast.walk(node))
            found.append((node.lineno, node.end_lineno or node.lineno, inside))
    return found
