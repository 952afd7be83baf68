"""What a version of Python does: each fact once, by a name that says what is so where it is true.

A fact is asked of the interpreter where that is cheap and says it; else it goes by the version, and its reason names the
document or CPython's issue. Nowhere else in the bridge is a version compared (tests/facts.txt holds from which version on
each is so, for the tests and for mypy; docs/new-python.md says what to do for a new one).
"""

from __future__ import annotations

import builtins
import opcode
import struct
import sys
from types import CodeType, FunctionType
from typing import Dict, Optional, Tuple

_AT = sys.version_info[:2]

VERSION = "%d.%d" % _AT
FULL_VERSION = "%d.%d.%d" % sys.version_info[:3]
BUILD = (sys.version, str(sys.implementation.cache_tag), getattr(sys, "abiflags", ""))
"""What tells the interpreters apart that can load the same built module of C."""
IDENTITY = "%s %x %s" % (sys.implementation.cache_tag, sys.hexversion, sys.byteorder)
"""What code objects and their numbers may depend on."""
IMPLEMENTATION = sys.implementation.name
CPYTHON = IMPLEMENTATION == "cpython"
ZIP = "python%d%d.zip" % _AT
"""The archive in which a standard library may be."""

# How events come.

MONITORING = hasattr(sys, "monitoring")
"""sys.monitoring (PEP 669)."""

EXCEPTIONS_ARE_LOCAL = _AT >= (3, 15)
"""PY_UNWIND, PY_THROW, RAISE and their like may be asked for in one code object, and do not come of all code or of none."""

EACH_PART_HAS_LINE = _AT < (3, 10)
"""Going on to a later part of the same line is a line event, and not only coming back to it; so is what a statement that
leaves through a `finally` goes on with (PEP 626 ended both)."""

JUMP_HAS_LINE = _AT >= (3, 10)
"""A line of nothing but a jump has its event: what jumps there is not made to jump on (PEP 626)."""

LINE_IS_LAST_EVENTS = _AT < (3, 10)
"""A traced frame's f_lineno is the line of its last event (PEP 626: it is that of the instruction)."""

TRACING_WRITES_LOCALS = _AT < (3, 11)
"""The end of a trace function writes a copy of the frame's locals back to it, also one that nobody asked for (PyFrame_LocalsToFast)."""

CLOSING_MAY_BE_SILENT = _AT >= (3, 13)
"""Closing a generator that waits outside any try may end its frame without an event (gh-111069); with some events asked for
it has them again (3.14)."""

# How code is compiled.

HAS_LINE_TABLE = hasattr(CodeType, "co_lines")
"""Code says the line of each instruction (PEP 626), not only where lines begin."""

HAS_POSITIONS = hasattr(CodeType, "co_positions")
"""Code says the columns of each instruction (PEP 657)."""

HAS_EXCEPTION_TABLE = hasattr(CodeType, "co_exceptiontable")
"""Handlers are in a table (bpo-40222), not on a stack of blocks that instructions keep."""

HAS_CACHES = "CACHE" in opcode.opmap
"""Instructions have caches after them, at which f_lasti may point (PEP 659)."""

YIELD_FROM_RUNS_AGAIN = "YIELD_FROM" in opcode.opmap
"""`yield from` is one instruction, before which a frame that waits stays, to run it again (3.11 made it a loop of SEND)."""

INLINES_COMPREHENSIONS = not any(type(one) is CodeType for one in compile("[a for a in b]", "<tallyho>", "eval").co_consts)
"""Comprehensions are parts of the code around them (PEP 709)."""

ANNOTATES_LATE = "__annotate__" in vars(FunctionType)
"""Annotations are evaluated when they are asked for: those of a class leave no code in its body, and __main__ begins with
no __annotations__ (PEP 649, PEP 749)."""

AFTER_FOR = {(3, 12): 1, (3, 13): 2, (3, 14): 1, (3, 15): 1}.get(_AT, 0)
"""How many instructions end a generator's loop, which other iterators skip: END_FOR; END_FOR, POP_TOP; END_FOR, and POP_ITER
runs always. 0 where what we take instructions to do has not been verified."""

BYTECODE_IS_KNOWN = CPYTHON and AFTER_FOR > 0
"""Statements can be counted: bytecode.py and plan.py have been verified for this version (tests/test_tally_oracle.py)."""

# What runs between two of our instructions.

SIGNAL_BEFORE_RETURN = _AT == (3, 9)
"""Signal handlers may run between the end of a `try` and the return after it (bpo-29988 left calls and jumps back)."""

SIGNAL_AT_START = _AT >= (3, 11)
"""Signal handlers run at a function's RESUME before its `try`, but not at one after an await."""

ADDING_IS_ATOMIC = _AT >= (3, 10)
"""Threads are switched at calls and jumps back only, and so never between reading a counter and writing it (bpo-29988)."""

COLLECTS_AT_ONCE = _AT < (3, 12)
"""Making an object may collect garbage there and then, and what that runs lets other threads run; newer ones wait for the next
instruction that lets them run anyway (python/cpython#97922)."""

FOR_IS_ATOMIC = _AT >= (3, 11)
"""No signal handler runs between the taking of an item by `for` and its being in the variable."""

C_COUNTS_AS_DEPTH = _AT < (3, 12)
"""The recursion limit is one for what C calls and what Python calls (gh-91079)."""

# What a frame and a thread hold.

LIVE_LOCALS = type((lambda: sys._getframe().f_locals)()) is not dict
"""f_locals of a function's frame is a view of its variables (PEP 667), not a dictionary that is left in the frame."""

FREE_THREADED = "t" in getattr(sys, "abiflags", "") or "free-threading" in sys.version
"""A build without the GIL, whose objects are laid out in another way."""

LAYOUT_IS_USUAL = (CPYTHON and struct.calcsize("P") == 8 and sys.byteorder == "little" and not hasattr(sys, "getobjects")
                   and not FREE_THREADED)  # fmt: skip
"""Objects lie as they usually do: in CPython of 64 bits, not built for tracing references."""

_FRAMES: Dict[Tuple[int, int], Tuple[int, int]] = {(3, 9): (0, 56), (3, 10): (0, 56), (3, 11): (24, 24), (3, 12): (24, 40)}
FRAME_LAYOUT: Optional[Tuple[int, int]] = _FRAMES.get(_AT) if LAYOUT_IS_USUAL else None
"""Two distances in bytes (Include/cpython/frameobject.h, Include/internal/pycore_frame.h): in a frame object, of the pointer to the
interpreter's frame, 0 where they are one; in that frame, of the pointer to the dictionary of its locals. None where they are not
known, or not needed."""

VALUES_ARE_TAKEN_FOR_CELLS = (3, 13) <= sys.version_info[:3] < (3, 13, 3)
"""Reading f_locals while a comprehension's value lies in a cell's place ends the process (gh-128396)."""

OUTER_NAMES_WIN = _AT == (3, 12)
"""Of a comprehension's variable and one that its function has from around it, f_locals has the latter, if they are of one
name (PEP 667 ended it)."""

_SLOTS: Dict[Tuple[int, int], Tuple[int, int, int]] = {(3, 12): (24, 72, 0), (3, 13): (24, 72, 48)}
FRAME_SLOTS: Optional[Tuple[int, int, int]] = _SLOTS.get(_AT) if LAYOUT_IS_USUAL else None
"""Three distances in bytes: in a frame object, of the pointer to the interpreter's frame; in that frame, of its first variable; in
the frame object, of the pointer to the names that were added by f_locals, 0 where there is none. None where they are not known, or
not needed."""

FRAMES_ARE_LAZY = _AT >= (3, 11)
"""A frame object is made when somebody asks for it, of a frame that lies elsewhere (bpo-44590)."""

THREADS_KNOW_TASKS = _AT >= (3, 14)
"""asyncio keeps the tasks of a loop, and the current one, with its thread and not in the module (gh-128002)."""

MODULES_SAY_CACHED = _AT < (3, 15)
"""A module has __cached__ beside its __spec__, and __main__ one of None (gh-65961)."""

# What the library does.

HAS_GROUPS = hasattr(builtins, "BaseExceptionGroup")
"""Exception groups, and `except*` (PEP 654)."""

HAS_LAST_EXC = _AT >= (3, 12)
"""What is not caught is left in sys.last_exc as well (gh-102778)."""

PATHS_ARE_JOINED_LATE = _AT >= (3, 12)
"""A path of pathlib keeps what it was made of in _raw_paths, not in _drv, _root and _parts (gh-104996)."""

MAPPED_IPV4_IS_DOTTED = _AT >= (3, 13)
"""str() of an IPv6 address that stands for one of IPv4 ends in that (gh-87799)."""
