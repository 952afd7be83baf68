"""The threads that are parked, and whether all other threads are to park too."""

from __future__ import annotations

from _thread import allocate_lock
from typing import Any, Dict, List, Optional, Set, Tuple

from ..base import glance, guest
from ..program.event import main_ident
from ..program.parking import Parked
from ..program.trouble import RequestError
from .pausing import Pausing
from .stepping import Step, numbered


class StoppedThreads:
    """Which threads are parked, step or are free. Changed under one lock, which is held for short sections that run none of the program's code."""

    def __init__(self, pausing: Pausing) -> None:
        self.pausing = pausing
        self.lock = allocate_lock()
        self.parked: Dict[int, Parked] = {}
        self.steps: Dict[int, Step] = {}
        """The steps that are under way, by thread."""
        self.halting = False
        """Whether every thread is to park, those in _free left out."""
        self.closed = False
        """Whether no thread parks any more: there is nobody to let it go on."""
        self.epoch = 0
        """Counts the changes of what a stopped program shows."""
        self._free: Set[int] = set()
        """Threads that were told to go on while the program is halted."""

    def restart(self) -> None:
        """Start afresh in a forked child: the other threads are gone, and nobody has asked this one for a step."""
        self.lock = allocate_lock()
        self.parked.clear()
        self.steps.clear()
        self._free.clear()
        self.halting, self.closed = False, False
        self.pausing.over()

    # Looking.

    def find(self, number: Any) -> Parked:
        """Return the parked thread with a number. Raises RequestError."""
        for parked in list(self.parked.values()):
            if parked.number == number:
                return parked
        raise RequestError("thread %s is not stopped" % number)

    def main(self) -> Optional[Parked]:
        """Return the main thread if it is parked, else any that is."""
        found = self.parked.get(main_ident() or 0)
        return found or next(iter(list(self.parked.values())), None)

    def has_to_park(self, ident: int) -> bool:
        """Report whether a thread is to park because the program is halted."""
        return self.halting and ident not in self._free

    @property
    def awaited(self) -> bool:
        """Whether there is a thread that is to park and has not parked yet."""
        return self.halting and any(ident not in self.parked and ident != guest.reader_ident() for ident in glance.idents())

    def holds_others(self, ident: int) -> bool:
        """Report whether threads besides that one stand still, or would at their next line, because the program is stopped."""
        return self.halting and any(one not in (ident, guest.reader_ident()) for one in glance.idents())

    # Changing.

    def park(self, parked: Parked, stop_all: bool) -> bool:
        """Have the current thread stop as `parked` says; stop_all: and all others with it. False where it is not to stop."""
        with self.lock:
            if parked.reason == "pause" and not self.pausing.on:
                parked.follow()  # another thread was first
            if self.closed or not parked.reason and not self.has_to_park(parked.ident):
                return False
            step = self.steps.pop(parked.ident, None)
            if step is not None and step.is_at(parked.frame):
                parked.keep(numbered(step.returned))
            self._free.discard(parked.ident)
            self.parked[parked.ident] = parked
            if parked.reason:
                self.epoch += 1
                self.pausing.over()
                self.halting = self.halting or stop_all
        return True

    def let_go(self, parked: Parked, every: bool, step: Optional[Step]) -> Tuple[bool, List[Parked]]:
        """Have one thread go on, with a step or without, or every one. Returns whether all go on, and which threads do; each still has
        to be told."""
        with self.lock:
            every = every or len(self.parked) == 1 and not self.halting
            going = list(self.parked.values()) if every else [parked]
            for one in going:
                del self.parked[one.ident]
            if step is not None:
                self.steps[parked.ident] = step
            if every:
                self.halting = False
                self.pausing.over()
                self._free.clear()
            else:
                self._free.add(parked.ident)
        return every, going

    def let_all_go(self) -> List[Parked]:
        """Have all parked threads go on, without a step. Returns them; each still has to be told."""
        with self.lock:
            going = list(self.parked.values())
            self.parked.clear()
            self.steps.clear()
            self._free.clear()
            self.halting = False
            self.pausing.over()
        return going

    def let_others_go(self, parked: Parked) -> Tuple[bool, List[Parked]]:
        """Have the threads go on that are parked only because another has stopped. Returns whether the program was halted, and the threads."""
        with self.lock:
            were, self.halting = self.halting, False
            going = [one for one in self.parked.values() if not one.reason and one is not parked]
            for one in going:
                del self.parked[one.ident]
        return were, going

    def halt_again(self, parked: Parked) -> None:
        """Have all threads park again, because one is stopped still."""
        with self.lock:
            # The stopped thread may have been told to go on meanwhile, and all threads with it.
            self.halting = self.halting or self.parked.get(parked.ident) is parked

    def show_anew(self) -> None:
        """A parked thread was sent to another line: what was shown of it has changed."""
        with self.lock:
            self.epoch += 1

    def close(self) -> None:
        """Nothing parks from now on."""
        with self.lock:
            self.closed = True


__all__ = ["StoppedThreads"]
