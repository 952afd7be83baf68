"""What Tallyho may ask of a stopped program, and the answers (docs/wire.md, "Stopping").

Looking is done by the reader's thread, while the thread looked at waits; what
runs code of the program is handed over to the waiting thread.
"""

from __future__ import annotations

import sys
from types import FrameType
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional

from ..base import glance, guest
from ..base.classes import name_of
from ..base.locate import CodeLines
from ..base.namespaces import NOTHING
from ..program import frames, tasks
from ..program.event import thread_name
from ..program.fields import SourceIndex
from ..program.stacks import Describer, Label, live, page
from ..program.trouble import RequestError, sentence
from ..query.dispatch import DispatchTable
from ..wire.records import Records
from .completing import complete
from .evaluations import WAITS, Evaluations
from .exceptioninfo import exception_info
from .loaded import is_source, list_modules
from .places import Places
from .refs import StaleReference
from .suspended import Suspended
from .targets import breakable, goto_targets, step_targets
from .threadcontrol import ThreadControl
from .variables import Frame, Variables

if TYPE_CHECKING:
    from ..tally.inline import Columns

Arguments = Mapping[str, Any]


class Requests:
    """Serves the requests of one process; used by the reader's thread."""

    def __init__(
        self,
        source_index: SourceIndex,
        records: Records,
        dispatches: Mapping[int, DispatchTable],
        lines: CodeLines,
        columns: Columns,
        stops: ThreadControl,
        tell: Callable[[Mapping[str, Any]], Any],
    ) -> None:
        self.source_index = source_index
        self.records = records
        self.dispatches = dispatches
        self.code_lines = lines
        self.columns = columns
        self.stops = stops
        self.tell = tell
        self.variables = Variables(stops.refs)
        self.suspended = Suspended()
        self.places = Places(source_index, stops.sources)
        self.evaluations = Evaluations(stops, self.variables, self.answer)
        self.handlers: Dict[str, Callable[[Arguments, Any], Any]] = {
            "threads": self.threads,
            "stack": self.stack,
            "scopes": self.scopes,
            "variables": self.evaluations.children,
            "place": self.place,
            "evaluate": self.evaluations.evaluate,
            "set_variable": self.evaluations.set_variable,
            "set_expression": self.evaluations.set_expression,
            "exception": self.exception,
            "completions": self.completions,
            "lines": self.lines,
            "modules": self.modules,
            "sources": self.sources,
            "source": self.source,
            "step_targets": self.step_targets,
            "goto_targets": self.goto_targets,
            "resume": self.resume,
            "pause": self.pause,
            "data_info": self.data_info,
        }

    def configure(self, careful: bool, redact: bool, own: bool) -> None:
        """Take what may be done, and how values are to be shown."""
        self.evaluations.configure(careful)
        self.variables.configure(redact, own, self.stops.presentation)

    def serve(self, message: Mapping[str, Any]) -> bool:
        """Serve one `ask`; False where its question is none of `handlers`."""
        serve = self.handlers.get(str(message.get("what")))
        if serve is None:
            return False
        arguments = message.get("arguments")
        arguments = arguments if isinstance(arguments, dict) else message
        number = message.get("id")
        after: Optional[Callable[[], None]] = None
        try:
            result = serve(arguments, number)
            if type(result) is _Then:
                result, after = result.result, result.after
        except (RequestError, StaleReference) as error:
            self.answer(number, None, str(error))
        except Exception as error:
            self.answer(number, None, "this cannot be shown: " + sentence(error))
        else:
            if result is not WAITS:
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

    def cancel(self, number: Any) -> None:
        """Interrupt an evaluation."""
        self.evaluations.cancel(number)

    def tick(self) -> None:
        """Interrupt what has run too long, and see who is stuck in it."""
        self.evaluations.tick()

    def restart(self) -> None:
        """Start afresh in a forked child: all work is forgotten."""
        self.evaluations.restart()

    # Threads and stacks.

    def threads(self, arguments: Arguments, number: Any) -> Any:
        """`threads`."""
        found = []
        numbers = self.records.numbers_of(glance.idents())
        for ident, its_number in numbers.items():
            if ident == guest.reader_ident():
                continue
            parked = self.stops.parked.get(ident)
            task = parked.activity if parked is not None else tasks.name_of_current(ident)
            found.append({"id": its_number, "name": thread_name(ident), "parked": parked is not None, "task": task})
        found += self.suspended.listed(self.stops.parked)
        return sorted(found, key=lambda one: int(str(one["id"])))

    def stack(self, arguments: Arguments, number: Any) -> Any:
        """`stack`: of a parked thread, or of one that runs C code, as it is now."""
        parameters = self._parameters(bool(arguments.get("hex"))) if arguments.get("parameters") else None
        describer = Describer(self.source_index, self.stops.just_my_code, self.stops.sources, self.dispatches, parameters)
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
            [name, "", ""] if value is NOTHING else [name, name_of(type(value)), self.variables.text(name, value, hexadecimal)]
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

    def place(self, arguments: Arguments, number: Any) -> Any:
        """`place`."""
        return self.variables.place(int(arguments.get("ref") or 0), self.places)

    # The rest.

    def exception(self, arguments: Arguments, number: Any) -> Any:
        """`exception`."""
        parked = self.stops.find(arguments.get("thread"))
        if parked.exception is None:
            raise RequestError("this thread did not stop at an exception")
        return dict(exception_info(parked.exception, parked.raised_by), mode=parked.mode or "always")

    def completions(self, arguments: Arguments, number: Any) -> Any:
        """`completions`."""
        frame = self.evaluations.frame(arguments)
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
        frame = self.evaluations.frame(arguments)
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
            return self.evaluations.go_to(number, thread, target)
        by_line = arguments.get("granularity") == "line"
        suspended, frame = self.suspended.find(thread, self.stops.parked), None
        if suspended is not None:
            # A task goes on when its loop comes to it: the thread runs, and the step is over in the task's frame.
            frame = self.suspended.frame(suspended[0], self.stops.just_my_code) if how != "continue" else None
            thread, how = suspended[1].number, "next" if how == "in" else how
        every, go = self.stops.resume(thread, how, bool(arguments.get("all")), target, by_line, frame)
        return _Then({"all": every, "thread": thread}, go)

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


__all__ = ["Requests"]
