"""What Tallyho may ask of a stopped program, and the answers (docs/wire.md, "Stopping").

Looking is done by the reader's thread, while the thread looked at waits; what
runs code of the program is handed over to that thread.
"""

from __future__ import annotations

import sys
from _thread import start_new_thread
from types import FrameType
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional

from ..base import glance, guest
from ..base.locate import CodeLines
from ..base.namespaces import NOTHING
from ..base.unseen import unseen
from ..program import evaluation, frames, tasks
from ..program.event import thread_name
from ..program.fields import SourceIndex
from ..program.jobs import Job, Jobs
from ..program.parking import Parked
from ..program.stacks import Describer, Label, live, page
from ..program.trouble import RequestError, sentence
from ..query.dispatch import DispatchTable
from ..values.display import in_lines, own_text
from ..values.rendering import cut
from ..values.valueinfo import CLIPBOARD_LIMIT, LIMIT, type_name
from ..wire.records import Records
from .completing import complete
from .exceptioninfo import exception_info
from .loaded import is_source, list_modules
from .places import Places
from .refs import StaleReference
from .suspended import Suspended
from .targets import breakable, goto_targets, step_targets
from .threadcontrol import ThreadControl
from .variables import Frame, Variables, store

if TYPE_CHECKING:
    from ..tally.inline import Columns

Arguments = Mapping[str, Any]
OWN_PATIENCE = 3.0
"""Seconds that the program's own __repr__ may take where variables are shown."""

_WAITS: Any = object()
"""What a handler returns whose answer comes later."""


class Requests:
    """Serves the requests of one process; used by the reader's thread."""

    def __init__(
        self,
        source_index: SourceIndex,
        records: Records,
        plans: Mapping[int, DispatchTable],
        lines: CodeLines,
        columns: Columns,
        stops: ThreadControl,
        tell: Callable[[Mapping[str, Any]], Any],
    ) -> None:
        self.source_index = source_index
        self.records = records
        self.plans = plans
        self.code_lines = lines
        self.columns = columns
        self.stops = stops
        self.tell = tell
        self.careful = False
        self.variables = Variables(stops.refs)
        self.suspended = Suspended()
        self.places = Places(source_index, stops.sources)
        self.jobs: Jobs[Parked] = Jobs()

    def configure(self, careful: bool, redact: bool, own: bool) -> None:
        """Take what may be done, and how values are to be shown."""
        self.careful = careful
        self.variables.configure(redact, own, self.stops.presentation)

    def serve(self, message: Mapping[str, Any]) -> bool:
        """Serve one `ask`; False where the question is not one of these."""
        serve = _SERVE.get(str(message.get("what")))
        if serve is None:
            return False
        arguments = message.get("arguments")
        arguments = arguments if isinstance(arguments, dict) else message
        number = message.get("id")
        after: Optional[Callable[[], None]] = None
        try:
            result = serve(self, arguments, number)
            if type(result) is _Then:
                result, after = result.result, result.after
        except (RequestError, StaleReference) as error:
            self.answer(number, None, str(error))
        except Exception as error:
            self.answer(number, None, "this cannot be shown: " + sentence(error))
        else:
            if result is not _WAITS:
                self.answer(number, result, None)
        if after is not None:
            after()
        return True

    def answer(self, number: Any, result: Any, error: Optional[str]) -> None:
        """Send a reply."""
        reply: Dict[str, Any] = {"t": "reply", "id": number}
        if error is not None:
            reply["error"] = error
        else:
            reply["result"] = result
        self.tell(reply)

    # Work for stopped threads.

    def _job(self, number: Any, arguments: Arguments, work: Callable[[Optional[Parked]], Any]) -> Job[Parked]:
        return self.jobs.make(number, float(arguments.get("timeout") or 0), work, self.answer)

    def cancel(self, number: Any) -> None:
        """Interrupt an evaluation."""
        self.jobs.cancel(number)

    def tick(self) -> None:
        """Interrupt what has run too long, and see who is stuck in it."""
        self.jobs.tick(self._too_long)
        for parked in list(self.stops.parked.values()):
            parked.relieve()

    def _too_long(self, job: Job[Parked]) -> str:
        text = "the evaluation was interrupted after %g seconds" % job.timeout
        if self.stops.holds_others(job.ident):
            text += (". The other threads stand still while the program is stopped; if it waits for one of them, put \"run \" in "
                     "front of it at the console: that lets them run meanwhile")  # fmt: skip
        return text

    def restart(self) -> None:
        """Start afresh in a forked child: all work is forgotten."""
        self.jobs.restart()

    # Threads and stacks.

    def threads(self, arguments: Arguments, number: Any) -> Any:
        """`threads`."""
        found = []
        numbers = self.records.numbers_of(glance.idents())
        for ident, its_number in numbers.items():
            if ident == guest.reader_ident():
                continue
            task = tasks.current_task(ident)
            found.append({"id": its_number, "name": thread_name(ident), "parked": ident in self.stops.parked,
                          "task": "" if task is None else tasks.task_name(task)})  # fmt: skip
        found += self.suspended.listed(self.stops.parked)
        return sorted(found, key=lambda one: int(str(one["id"])))

    def stack(self, arguments: Arguments, number: Any) -> Any:
        """`stack`: of a parked thread, or of one that runs C code, as it is now."""
        parameters = self._parameters(bool(arguments.get("hex"))) if arguments.get("parameters") else None
        describer = Describer(self.source_index, self.stops.just_my_code, self.stops.sources, self.plans, parameters)
        start, levels = int(arguments.get("start") or 0), int(arguments.get("levels") or 0)
        number = arguments.get("thread")
        suspended = self.suspended.find(number, self.stops.parked)
        try:
            parked = suspended[1] if suspended is not None else self.stops.find(number)
        except RequestError:
            return self._running(describer, number, start, levels)
        rows = self.suspended.rows(suspended[0]) if suspended is not None else parked.rows()
        found = []
        for at, row in enumerate(page(rows, start, levels), max(0, start)):
            key = number, at
            if key not in parked.numbers and not isinstance(row, Label):
                shown = Frame(row.frame, parked.ident, row.frame is parked.frame)
                parked.numbers[key] = self.stops.refs.add(parked.ident, shown)
            found.append(describer.row(row, parked.numbers.get(key, 0)))
        return {"total": len(rows), "frames": found}

    def _parameters(self, hexadecimal: bool) -> Callable[[FrameType], List[List[str]]]:
        """Return what lists the parameters of a frame: name, type and text of each."""
        return lambda frame: [
            [name, "", ""] if value is NOTHING else [name, type_name(type(value)), self.variables.text(name, value, hexadecimal)]
            for name, value in frames.parameters(frame)
        ]

    def _running(self, describer: Describer, thread: Any, start: int, levels: int) -> Any:
        numbers = self.records.numbers_of(glance.idents())
        ident = next((ident for ident, its_number in numbers.items() if its_number == thread), None)
        frame = sys._current_frames().get(ident) if ident is not None else None
        if frame is None or ident is None:
            raise RequestError("thread %s has ended" % thread)
        rows = live(frame, False)
        found = []
        for row in page(rows, start, levels):
            assert not isinstance(row, Label)
            found.append(describer.row(row, self.stops.refs.add(0, Frame(row.frame, ident, False))))
        return {"total": len(rows), "frames": found}

    def scopes(self, arguments: Arguments, number: Any) -> Any:
        """`scopes`."""
        frame: Frame = self.stops.refs.get(arguments.get("frame"), Frame)
        parked = self.stops.parked.get(frame.thread)
        returned = parked.returned if parked is not None else NOTHING
        by = parked.returned_by if parked is not None else ""
        calls = parked.calls if parked is not None else ()
        return self.variables.scopes(int(arguments["frame"]), returned, by, calls)

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
        return _WAITS

    def _by_own(self, number: Any, arguments: Arguments, owner: int, show: Callable[[bool], Any]) -> Any:
        """Show values by their own __repr__, in the thread that they belong to; without it where that is not asked for.

        Where no thread can be asked, or they take too long, they are shown as they are without it.
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
        return _WAITS

    def place(self, arguments: Arguments, number: Any) -> Any:
        """`place`."""
        return self.variables.place(int(arguments.get("ref") or 0), self.places)

    # Evaluating.

    def evaluate(self, arguments: Arguments, number: Any) -> Any:
        """`evaluate`."""
        text, context = str(arguments.get("expression") or ""), str(arguments.get("context") or "repl")
        frame = self._frame(arguments)
        hexadecimal = bool(arguments.get("hex"))
        owner = frame.thread if frame is not None else 0
        real = frame.frame if frame is not None else None
        limit = CLIPBOARD_LIMIT if context == "clipboard" else 4096 if context == "repl" else LIMIT
        if context == "hover" or self.careful:
            value = evaluation.look(real, text)
            return self._by_own(number, arguments, owner, lambda own: self.variables.describe(
                owner, value, text.strip(), real, hexadecimal, limit, own=own))  # fmt: skip

        def work(parked: Optional[Parked]) -> Any:
            value = evaluation.evaluate(real, text, context == "repl")
            if value is NOTHING or value is None and context == "repl" and evaluation.is_call(text):
                return dict(self.variables.describe(owner, None, "", real, False), value="", type="")
            own = self.variables.own
            shown = self.variables.describe(owner, value, text.strip(), real, hexadecimal, limit, own=own)
            if context == "repl" and in_lines(value, own):
                shown["value"] = cut(own_text(value), limit)
            return shown

        def with_others(parked: Optional[Parked]) -> Any:
            if parked is None:
                return work(parked)
            with self.stops.others_running(parked):
                return work(parked)

        self._run(number, arguments, frame, with_others if arguments.get("others") else work)
        return _WAITS

    def _frame(self, arguments: Arguments) -> Optional[Frame]:
        number = arguments.get("frame")
        return self.stops.refs.get(number, Frame) if number else None

    def _run(self, number: Any, arguments: Arguments, frame: Optional[Frame], work: Callable[[Optional[Parked]], Any]) -> None:
        """Run work in the thread that a frame belongs to; without a frame in the main thread, or one made for it."""
        parked = self.stops.parked.get(frame.thread) if frame is not None else self.stops.main()
        if parked is None and frame is not None:
            raise RequestError("this thread is running C code: nothing can be evaluated in it now")
        job = self._job(number, arguments, work)
        if parked is not None:
            self.stops.hand_over(parked, job)
        else:
            start_new_thread(_alone, (job,))

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
        return _WAITS

    def set_expression(self, arguments: Arguments, number: Any) -> Any:
        """`set_expression`."""
        frame = self._frame(arguments)
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
        return _WAITS

    # The rest.

    def exception(self, arguments: Arguments, number: Any) -> Any:
        """`exception`."""
        parked = self.stops.find(arguments.get("thread"))
        if parked.exception is None:
            raise RequestError("this thread did not stop at an exception")
        return dict(exception_info(parked.exception, parked.raised_by), mode=parked.mode or "always")

    def completions(self, arguments: Arguments, number: Any) -> Any:
        """`completions`."""
        frame = self._frame(arguments)
        text = str(arguments.get("text") or "")
        column = arguments.get("column")
        return complete(frame.frame if frame is not None else None, text, len(text) if column is None else int(column))

    def lines(self, arguments: Arguments, number: Any) -> Any:
        """`lines`."""
        first, last = int(arguments.get("first") or 1), int(arguments.get("last") or 0)
        return breakable(self.code_lines, self.columns, str(arguments.get("path") or ""), first, last or first)

    def modules(self, arguments: Arguments, number: Any) -> Any:
        """`modules`."""
        found = list_modules(self.stops.just_my_code)
        start, count = int(arguments.get("start") or 0), int(arguments.get("count") or 0)
        return {"total": len(found), "modules": found[start : start + count] if count else found[start:]}

    def sources(self, arguments: Arguments, number: Any) -> Any:
        """`sources`: files that have run, and texts without a file."""
        found = [{"path": file.path, "name": file.shown, "ref": 0} for file in list(self.source_index.files.values())
                 if is_source(file) and self.stops.sources.numbers.get(file.raw, 0) == 0]  # fmt: skip
        return found + [{"path": "", "name": name, "ref": ref} for name, ref in self.stops.sources.all()]

    def source(self, arguments: Arguments, number: Any) -> Any:
        """`source`."""
        content = self.stops.sources.content(arguments.get("ref"))
        if content is None:
            raise RequestError("there is no such source")
        return {"content": content}

    def step_targets(self, arguments: Arguments, number: Any) -> Any:
        """`step_targets`."""
        frame = self._frame(arguments)
        return [] if frame is None else step_targets(frame.frame, self.source_index)

    def goto_targets(self, arguments: Arguments, number: Any) -> Any:
        """`goto_targets`: a line of the function that a stopped thread is in."""
        path, line = str(arguments.get("path") or ""), int(arguments.get("line") or 0)
        frames = [parked.frame for parked in list(self.stops.parked.values())]
        return goto_targets(frames, self.source_index, path, line)

    def resume(self, arguments: Arguments, number: Any) -> Any:
        """`resume`."""
        thread, how = arguments.get("thread"), str(arguments.get("how") or "continue")
        target = int(arguments.get("target") or 0)
        if how == "goto":
            return self._goto(number, thread, target)
        by_line = arguments.get("granularity") == "line"
        suspended, frame = self.suspended.find(thread, self.stops.parked), None
        if suspended is not None:
            # A task goes on when its loop comes to it: the thread runs, and the step is over in the task's frame.
            frame = self.suspended.frame(suspended[0], self.stops.just_my_code) if how != "continue" else None
            thread, how = suspended[1].number, "next" if how == "in" else how
        every, go = self.stops.resume(thread, how, bool(arguments.get("all")), target, by_line, frame)
        return _Then({"all": every, "thread": thread}, go)

    def _goto(self, number: Any, thread: Any, line: int) -> Any:
        parked = self.stops.find(thread)

        def work(its: Optional[Parked]) -> Any:
            self.stops.go_to(parked, line)
            return {"all": False}

        def answered(result: Any, error: Optional[str]) -> None:
            self.answer(number, result, error)
            if error is None:
                self.stops.tell_stopped(parked)

        self.stops.hand_over(parked, Job(work, answered))
        return _WAITS

    def pause(self, arguments: Arguments, number: Any) -> Any:
        """`pause`."""
        return _Then({}, lambda: self.stops.pause(arguments.get("thread")))

    def data_info(self, arguments: Arguments, number: Any) -> Any:
        """`data_info`."""
        return self.stops.watches.describe(arguments, self.variables)


class _Then:
    """A result, and what to do after it is sent."""

    __slots__ = ("result", "after")

    def __init__(self, result: Any, after: Callable[[], None]) -> None:
        self.result = result
        self.after = after


def _alone(job: Job[Parked]) -> None:
    """Do a job in this thread, which is made for it: nobody else is stopped."""
    unseen(lambda: job.run(None))


_SERVE: Dict[str, Callable[[Requests, Arguments, Any], Any]] = {
    "threads": Requests.threads,
    "stack": Requests.stack,
    "scopes": Requests.scopes,
    "variables": Requests.children,
    "place": Requests.place,
    "evaluate": Requests.evaluate,
    "set_variable": Requests.set_variable,
    "set_expression": Requests.set_expression,
    "exception": Requests.exception,
    "completions": Requests.completions,
    "lines": Requests.lines,
    "modules": Requests.modules,
    "sources": Requests.sources,
    "source": Requests.source,
    "step_targets": Requests.step_targets,
    "goto_targets": Requests.goto_targets,
    "resume": Requests.resume,
    "pause": Requests.pause,
    "data_info": Requests.data_info,
}

__all__ = ["Requests"]
