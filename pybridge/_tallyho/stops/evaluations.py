"""Evaluations and changes that a person asks for, each in the thread that it concerns (docs/wire.md, "Stopping").

What runs code of the program is handed over to a parked thread, and is answered when that thread has done it.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping, Optional

from ..base.namespaces import NOTHING
from ..program import evaluation
from ..program.frames import NotDeleted
from ..program.jobs import Job, Jobs
from ..program.parking import Parked
from ..program.trouble import RequestError
from ..values.display import in_lines, own_text
from ..values.rendering import cut
from ..values.valueinfo import CLIPBOARD_LIMIT, LIMIT
from .refs import StaleReference
from .threadcontrol import ThreadControl
from .variables import Frame, Variables, store

Arguments = Mapping[str, Any]
Answer = Callable[[Any, Any, Optional[str]], None]
"""Sends a reply: the request's number, its result, and what is wrong instead."""

OWN_PATIENCE = 3.0
"""Seconds that the program's own __repr__ may take where variables are shown."""

WAITS: Any = object()
"""What a handler returns whose answer comes later."""


class Evaluations:
    """The evaluations of one process; used by the reader's thread."""

    def __init__(self, stops: ThreadControl, variables: Variables, answer: Answer) -> None:
        self.stops = stops
        self.variables = variables
        self.answer = answer
        self.careful = False
        self.jobs: Jobs[Parked] = Jobs()

    def configure(self, careful: bool) -> None:
        """Take what may be done."""
        self.careful = careful

    def restart(self) -> None:
        """Start afresh in a forked child: all work is forgotten."""
        self.jobs.restart()

    def cancel(self, number: Any) -> None:
        """Interrupt an evaluation."""
        self.jobs.cancel(number)

    def tick(self) -> None:
        """Interrupt what has run too long, and see who is stuck in it."""
        self.jobs.tick(self._too_long)
        for parked in list(self.stops.parked.values()):
            parked.relieve()

    def frame(self, arguments: Arguments) -> Optional[Frame]:
        """Return the frame that a request names; None where it names none."""
        number = arguments.get("frame")
        if not number:
            return None
        owner, thing = self.stops.refs.owned(number)
        if not isinstance(thing, Frame) and arguments.get("raw") and getattr(thing, "frame", None) is not None:
            return Frame(thing.frame, owner, False)  # a data viewer knows the variable's number alone
        return self.stops.refs.get(number, Frame)  # type: ignore[no-any-return]

    def _too_long(self, job: Job[Parked]) -> str:
        text = "the evaluation was interrupted after %g seconds" % job.timeout
        if self.stops.holds_others(job.ident):
            text += (". The other threads stand still while the program is stopped; if it waits for one of them, put \"run \" in "
                     "front of it at the console: that lets them run meanwhile")  # fmt: skip
        return text

    def _job(self, number: Any, arguments: Arguments, work: Callable[[Optional[Parked]], Any]) -> Job[Parked]:
        return self.jobs.make(number, float(arguments.get("timeout") or 0), work, self.answer)

    def children(self, arguments: Arguments, number: Any) -> Any:
        """`variables`."""
        ref = arguments.get("ref")
        owner, _ = self.stops.refs.owned(ref)
        lazy = self.variables.lazy(int(ref or 0))
        hexadecimal = bool(arguments.get("hex"))
        if lazy is None:
            which = str(arguments.get("filter") or "")
            start, count = int(arguments.get("start") or 0), int(arguments.get("count") or 0)
            return self._by_own(number, arguments, owner, lambda own: self.variables.page(
                int(ref or 0), which, start, count, hexadecimal, own))  # fmt: skip
        node = self.stops.refs.get(ref)

        def work(parked: Optional[Parked]) -> Any:
            value = lazy.getter(lazy.owner)
            shown = self.variables.describe(owner, value, node.expression, node.frame, hexadecimal, own=self.variables.own)
            return [dict(shown, name=lazy.name)]

        job = self._job(number, dict(arguments, timeout=arguments.get("timeout") or 5.0), work)
        self.stops.hand_over(self.stops.parked.get(owner) or self.stops.main(), job)
        return WAITS

    def _by_own(self, number: Any, arguments: Arguments, owner: int, show: Callable[[bool], Any]) -> Any:
        """Show values by their own __repr__, in the thread that they belong to, where the person asks for that.

        Elsewhere, where no thread can be asked, and where it takes too long, they are shown without it.
        """
        parked = self.stops.parked.get(owner) or self.stops.main()
        if not self.variables.own or parked is None:
            return show(False)

        def answer(number: Any, result: Any, error: Optional[str]) -> None:
            if error is not None:
                try:
                    result, error = show(False), None
                except (RequestError, StaleReference) as trouble:
                    error = str(trouble)
            self.answer(number, result, error)

        patience = min(float(arguments.get("timeout") or OWN_PATIENCE), OWN_PATIENCE)
        self.stops.hand_over(parked, self.jobs.make(number, patience, lambda its: show(True), answer))
        return WAITS

    def evaluate(self, arguments: Arguments, number: Any) -> Any:
        """`evaluate`."""
        text, context = str(arguments.get("expression") or ""), str(arguments.get("context") or "repl")
        frame = self.frame(arguments)
        hexadecimal = bool(arguments.get("hex"))
        owner = frame.thread if frame is not None else 0
        real = frame.frame if frame is not None else None
        limit = CLIPBOARD_LIMIT if context == "clipboard" else 4096 if context == "repl" else LIMIT
        if context == "hover" or self.careful:
            value = evaluation.look(real, text)
            return self._by_own(number, arguments, owner, lambda own: self.variables.describe(
                owner, value, text.strip(), real, hexadecimal, limit, own=own))  # fmt: skip

        def work(parked: Optional[Parked]) -> Any:
            try:
                value = evaluation.evaluate(real, text, context == "repl")
            except NotDeleted:  # a data viewer deletes the name that it has added: it is to get its answer all the same
                if not arguments.get("raw"):
                    raise
                value = NOTHING
            if value is NOTHING or value is None and context == "repl" and evaluation.is_call(text):
                return dict(self.variables.describe(owner, None, "", real, False), value="", type="")
            own = self.variables.own
            shown = self.variables.describe(owner, value, text.strip(), real, hexadecimal, limit, own=own)
            if arguments.get("raw") and type(value) is str:
                shown["value"] = value[:CLIPBOARD_LIMIT]
            elif context == "repl" and in_lines(value, own):
                shown["value"] = cut(own_text(value), limit)
            return shown

        def with_others(parked: Optional[Parked]) -> Any:
            if parked is None:
                return work(parked)
            with self.stops.others_running(parked):
                return work(parked)

        self._run(number, arguments, frame, with_others if arguments.get("others") else work)
        return WAITS

    def _run(self, number: Any, arguments: Arguments, frame: Optional[Frame], work: Callable[[Optional[Parked]], Any]) -> None:
        """Run work in the thread that a frame belongs to; without a frame in the main thread, or one made for it."""
        parked = self.stops.parked.get(frame.thread) if frame is not None else self.stops.main()
        if parked is None and frame is not None:
            raise RequestError("this thread is running C code: nothing can be evaluated in it now")
        job = self._job(number, arguments, work)
        if parked is not None:
            self.stops.hand_over(parked, job)
        else:
            job.run_alone(None)  # no thread of the program is stopped

    def set_variable(self, arguments: Arguments, number: Any) -> Any:
        """`set_variable`."""
        owner, _ = self.stops.refs.owned(arguments.get("ref"))
        thing, child = self.variables.target(int(arguments["ref"]), str(arguments.get("name")))
        text, hexadecimal = str(arguments.get("value") or ""), bool(arguments.get("hex"))
        if self.careful:
            raise RequestError("nothing is changed in careful mode")

        def work(parked: Optional[Parked]) -> Any:
            value = evaluation.evaluate(thing.frame, text, False)
            store(thing, child, value)
            shown = self.variables.describe(owner, value, "", thing.frame, hexadecimal, own=self.variables.own)
            return dict(shown, name=child.name)

        job = self._job(number, arguments, work)
        self.stops.hand_over(self.stops.parked.get(owner) or self.stops.main(), job)
        return WAITS

    def set_expression(self, arguments: Arguments, number: Any) -> Any:
        """`set_expression`."""
        frame = self.frame(arguments)
        target, text = str(arguments.get("expression") or ""), str(arguments.get("value") or "")
        if self.careful:
            raise RequestError("nothing is changed in careful mode")

        def work(parked: Optional[Parked]) -> Any:
            real = frame.frame if frame is not None else None
            value = evaluation.evaluate(real, text, False)
            evaluation.assign(real, target, value)
            owner = frame.thread if frame is not None else 0
            return self.variables.describe(owner, value, target, real, bool(arguments.get("hex")), own=self.variables.own)

        self._run(number, arguments, frame, work)
        return WAITS

    def go_to(self, number: Any, thread: Any, line: int) -> Any:
        """Send a stopped thread to another line of its function."""
        parked = self.stops.find(thread)

        def work(its: Optional[Parked]) -> Any:
            self.stops.go_to(parked, line)
            return {"all": False}

        def answered(result: Any, error: Optional[str]) -> None:
            self.answer(number, result, error)
            if error is None:
                self.stops.tell_stopped(parked)

        self.stops.hand_over(parked, Job(work, answered))
        return WAITS


__all__ = ["WAITS", "Evaluations"]
