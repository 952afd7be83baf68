"""Separate tallies for each call of one function: the first ten, with their stacks.

A frame belongs to the call that it runs under. Frames of the function itself begin a call; other frames of code that
is written inside the function belong to the call of the nearest frame up the stack that belongs to a call. A generator
keeps the call it was first run under, wherever it is resumed.
"""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Dict, List, Optional, Tuple

from ..base.bytecode import qualname
from ..base.tallied import OURS
from ..wire.memory import Memory
from ..wire.records import Records
from .counted import CALL, SUMS, Account, TallyFile, Traced, sums
from .spans import Owner

MOST = 10
"""Calls that get tallies of their own; frames of later ones belong to the call that they were made from."""


class CallTally:
    """One call, and the counters of each code object that ran under it."""

    __slots__ = ("number", "accounts")

    def __init__(self, number: int) -> None:
        self.number = number
        self.accounts: Dict[int, Account] = {}  # id(traced)


class CallTallies:
    """The calls of the function with one qualified name."""

    def __init__(self, name: str, memory: Memory, records: Records, due: int) -> None:
        self.name = name
        self.memory = memory
        self.records = records
        self.due = due
        self.made = 0
        self.frames: Dict[int, Optional[CallTally]] = {}  # id(frame)
        self.owners: List[Tuple[TallyFile, Owner]] = []

    def concerns(self, file: TallyFile, owner: Optional[Owner], code: CodeType) -> bool:
        """Whether code is the function, or written inside it."""
        if owner is None or file.frozen is None:
            return False
        if owner.function and owner.span < 0 and self._named(owner, file):
            if not any(known is file and one.number == owner.number for known, one in self.owners):
                self.owners.append((file, owner))
            return True
        for known, function in self.owners:
            if known is file and function.start <= owner.start and owner.end <= function.end:
                return True
        return False

    def _named(self, owner: Owner, file: TallyFile) -> bool:
        if owner.qualname == self.name:
            return True
        module, _, rest = self.name.partition(":")
        return rest == owner.qualname and file.path.replace("\\", "/").endswith(module.replace(".", "/") + ".py")

    def account(self, frame: FrameType, traced: Traced) -> Account:
        """Return the counters that a frame's statements belong to: its call's, or those of no call."""
        call = self._of(frame, traced)
        if call is None:
            return traced.main
        account = call.accounts.get(id(traced))
        if account is None:
            account = call.accounts[id(traced)] = self._open(call, traced)
        return account

    def number(self, frame: FrameType) -> int:
        """Return the number of the call that a frame belongs to, 0 for none."""
        call = self.frames.get(id(frame))
        return call.number if call is not None else 0

    def _of(self, frame: FrameType, traced: Traced) -> Optional[CallTally]:
        key = id(frame)
        if key in self.frames:
            return self.frames[key]
        call: Optional[CallTally] = None
        if self._is_target(traced) and self.made < MOST:
            call = self._begin(frame, traced)
        else:
            above = frame.f_back
            while above is not None and call is None:
                call = self.frames.get(id(above))
                above = above.f_back
        self.frames[key] = call
        return call

    def _is_target(self, traced: Traced) -> bool:
        return any(traced.file is file and traced.owner == owner.number for file, owner in self.owners)

    def _begin(self, frame: FrameType, traced: Traced) -> CallTally:
        number = self.made = self.made + 1  # another thread may begin one while this one is written
        self.records.json(CALL, {"id": number, "function": self.name, "stack": stack_of(frame, traced)})
        return CallTally(number)

    def _open(self, call: CallTally, traced: Traced) -> Account:
        """Allocate the counters of one code object under one call, and tell what they mean."""
        slots = traced.size
        first = self.memory.allocate(slots)
        if first < 0:
            return traced.main
        account = Account(first, slots, self.due, call.number)
        traced.file.count(traced, first)
        self.records.encoded(SUMS, sums(traced, account))
        return account

    def left(self, frame: FrameType) -> None:
        """A frame ended: its number may come again."""
        self.frames.pop(id(frame), None)

    def restart(self) -> None:
        """Begin anew in a forked child: its calls are counted from its own first."""
        self.frames.clear()
        self.made = 0


def stack_of(frame: FrameType, traced: Traced) -> List[List[Any]]:
    """Return the program's frames, outermost first, and the function itself at its def line."""
    owner = traced.file.owner(traced.owner)
    line = owner.start[0] if owner is not None else frame.f_code.co_firstlineno
    stack: List[List[Any]] = [[qualname(frame.f_code), frame.f_code.co_filename, line]]
    above = frame.f_back
    while above is not None and len(stack) < 1000:
        if not above.f_code.co_filename.startswith(OURS):
            stack.append([qualname(above.f_code), above.f_code.co_filename, above.f_lineno or 0])
        above = above.f_back
    return stack[::-1]
