"""The bridge of one process: its link, memory, tracepoints and backend, and the messages it serves."""

from __future__ import annotations

import atexit
import os
import time
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Union

from ..base import guest
from ..base.behaviour import MONITORING
from ..base.locate import CodeLines
from ..base.redact import Patterns
from ..program.activity import activity
from ..program.event import RunState, describe_thread
from ..program.fields import SourceIndex
from ..program.otelspans import active_span
from ..query.dispatch import DispatchTable
from ..query.tracepointtable import TracepointTable
from ..query.unstopped import Unstopped
from ..wire.inspan import InSpan
from ..wire.link import Link, LinkBroken, Message
from ..wire.memory import Memory
from ..wire.records import Records
from ..wire.written import abandon, watch
from . import backends, forks
from .accelerator import Accelerator
from .ending import ProgramWitness
from .handshake import CHILD_TIMEOUT, GO_TIMEOUT, hello, working_directory
from .notices import Notices
from .parts import Parts, WholeLines, preload
from .readerthread import ReaderThread
from .reloading import Reloading, refused
from .run import Run
from .spawning import Spawning

if TYPE_CHECKING:
    from ..stops.requests import Requests
    from ..stops.threadcontrol import ThreadControl
    from ..tally.tally import Tally

_monotonic = time.monotonic


class Bridge:
    """Everything of one process. Messages are served by one thread: the starting one until go, then the reader."""

    shared = True
    """Whether the other end maps the trace memory."""

    def __init__(self, link: Link, address: Mapping[str, Any], run: Run, parts: Parts, parent: Optional[int] = None) -> None:
        self.link = link
        self.address = address
        self.run = run
        self.parts = parts
        self.parent = parent
        self.config: Dict[str, Any] = {}
        self.memory = Memory(os.path.dirname(str(address.get("socket") or "")) or None, link.ring_bell)
        self.records = Records(self.memory, describe_thread, activity)
        self.source_index = SourceIndex(working_directory())
        self.state = RunState()
        dispatches: Dict[int, DispatchTable] = {}
        lines = CodeLines()
        columns = parts.columns(lines) if parts.columns is not None else None
        self.columns = columns or WholeLines()
        self.control: Optional[ThreadControl] = None
        if parts.control is not None:
            self.control = parts.control(self.source_index, self.records, self.state, dispatches, link.send)
        self.stops: Union[ThreadControl, Unstopped] = self.control if self.control is not None else Unstopped(self.source_index)
        self.table = TracepointTable(self.source_index, self.records, self.state, dispatches, lines, self.columns, self.stops)
        self.requests: Optional[Requests] = None
        if parts.requests is not None and columns is not None and self.control is not None:
            self.requests = parts.requests(self.source_index, self.records, dispatches, lines, columns, self.control, link.send)
        self.backend: Any
        self.backend_note: str
        self.tally: Optional[Tally] = None
        self.ticks = 0
        self.notices = Notices(link.send, self.table)
        self.reader = ReaderThread(link, self._serve, self._tick, self._lost)
        self.at_fork = forks.AtFork(lambda work: self.backend.unseen(work), self.reader, lambda: self.finished, self._in_child)
        self.running = False
        self.finished = False
        self.child = "child" in address
        """A process that a traced program started: what it runs is the interpreter's business."""
        self.forked = False
        self.spawning: Optional[Spawning] = None
        self.reloading: Optional[Reloading] = None
        self._choose_backend(str(address.get("backend") or "auto"))
        path = str(address.get("native") or "") if self.monitoring or not MONITORING else ""
        self.accelerator = Accelerator(path, str(address.get("native_note") or ""), self.memory, self.records)
        self.accelerator.count_for(self.state)
        run.observe(ProgramWitness(self.state, self.records, self.source_index, run.stage, lambda: not self.monitoring, link.send))

    # The start.

    def _choose_backend(self, wanted: str) -> None:
        self.backend, self.backend_note = backends.choose(wanted, self.table, self.stops)
        self.columns.allow(self.monitoring)

    @property
    def monitoring(self) -> bool:
        """Whether sys.monitoring is in use."""
        return backends.monitors(self.backend)

    def hello(self) -> None:
        """Say who we are, and hand over the memory."""
        memory = self.memory if self.shared else None
        message = hello(self.link, memory, self.backend, self.backend_note, self.accelerator, self.parent)
        self.link.send(message, -1 if self.memory.path or not self.shared else self.memory.fd)
        self.memory.close_fd()

    def start(self) -> None:
        """Serve messages until go; then trace, and leave the serving to the reader's thread."""
        try:
            self._wait_for_go(CHILD_TIMEOUT if self.child else GO_TIMEOUT)
        except LinkBroken:
            self._lost()
            if not self.child and self.run.code is None and self.run.module is None and self.run.error is None:
                self.run.make_ready()
            return
        if not self.child:
            self.run.load_quietly()
            self.state.begun(self.run.own_frames)
        self._appear()
        if self.spawning is not None:
            self.spawning.install()
        self.link.send({"t": "started", "backend": "monitoring" if self.monitoring else "settrace"})
        self._begin()

    def _wait_for_go(self, timeout: float) -> None:
        deadline = _monotonic() + timeout
        while not self.running:
            message = self.link.receive(max(0.0, deadline - _monotonic()))
            if message is None:
                raise LinkBroken("no go")
            self._serve(message)

    def _begin(self) -> None:
        self.reader.begin()
        if not self.backend.on:
            native = self.accelerator.events if self.monitoring else self.accelerator.tracer
            self.backend.start(self.tally, native, self.accelerator.raw)
            self._attend()

    def _attend(self) -> None:
        """Let the program be stopped and stepped."""
        self.stops.keep(self.run.code, self.run.target if self.run.kind == "code" else None)
        if self.control is not None and self.parts.attention is not None:
            attention = self.parts.attention(self.backend, self.control, self.accelerator.events)
            self.control.begin(attention, self.tally.pause if self.tally is not None else lambda: None)
        self.stops.prepare(self.table.active())

    # Messages.

    def _serve(self, message: Message) -> None:
        serve = _SERVE.get(str(message.get("t")))
        if serve is not None:
            serve(self, message)

    def _configure(self, message: Message) -> None:
        self.config = message
        self.memory.configure(bool(message.get("wait_when_full")), bool(message.get("in_step")))
        Patterns.look(bool(message.get("redact_values")))
        wanted = str(message.get("backend") or "auto")
        if wanted == "settrace" and self.monitoring:
            self.backend.release()
            self._choose_backend(wanted)
        elif wanted == "monitoring" and not self.monitoring:
            self.notices.notice("settrace is used: " + self.backend_note)
        self.table.configure(message, self.accelerator.events, None if self.monitoring else self.backend.hand_over)
        self.stops.configure(message, self.parent is None)
        around = self.table.around
        if self.requests is not None:
            self.requests.configure(around.careful, around.redact, around.own)
        self.source_index.configure(self.stops.just_my_code.file, str(message.get("cwd") or ""))
        self.reloading = self._reload(message)
        if self.forked:
            return
        self.records.watch(watch(message.get("output")))
        self.records.follow(InSpan(active_span) if message.get("spans") else None)
        if message.get("children"):
            self.spawning = Spawning(self.address, self.run.stage, self.notices.notice, lambda work: self.backend.unseen(work))
        if self.run.begins:
            self.run.set_up_quietly()
        if not self.child:
            preload(message.get("preload") or (), self.notices.notice)
        native = self.accelerator.events if self.monitoring else None
        recorder = self.parts.make_recorder(
            message, self.source_index, self.records, self.stops.just_my_code, self.state, self.columns, native, self.table.dispatches
        )
        if recorder is not None:
            self.table.record(recorder)
        self.tally = self.parts.make_tally(message, self.memory, self.records, self.backend, self.accelerator)

    def _reload(self, message: Message) -> Optional[Reloading]:
        """Return what takes over changes in files, where that is asked for."""
        wanted, notice = self.stops.just_my_code.wanted, self.notices.notice
        shown = lambda path: self.source_index.file(path).shown  # noqa: E731
        if refused(message.get("reload"), self.table.around.careful, notice):
            return None
        cwd = str(message.get("cwd") or self.source_index.start)
        return Reloading(message["reload"], cwd, wanted, shown, notice, self._renewed, self._moved)

    def _renewed(self, path: str, name: str) -> None:
        """A file was reloaded: code objects made from now on under that name are of its new text."""
        if self.tally is not None:
            self.tally.renew(self.source_index.file(path).path, name)

    def _moved(self, path: str) -> None:
        """A file's module has run its new text: find the lines of its tracepoints anew."""
        self.table.relocate(os.path.realpath(path))
        if self.backend.on:
            self._replan()

    def _replan(self) -> None:
        self.backend.replan()
        self.stops.prepare(self.table.active())

    def _arm(self, message: Message) -> None:
        self.table.change(int(message.get("revision") or 0), message.get("add") or (), message.get("remove") or ())
        if self.backend.on:
            self._replan()
        statuses = self.table.last_words() + self.table.statuses(False)
        self.link.send({"t": "armed", "revision": self.table.revision, "tracepoints": statuses})

    def _go(self, message: Message) -> None:
        self.running = True

    def _flush(self, message: Message) -> None:
        if self.tally is not None:
            self.tally.flush()
        self.records.settle()
        self.notices.statuses()
        self.link.send({"t": "reply", "id": message.get("id"), "result": {}})

    def _cancel(self, message: Message) -> None:
        if self.requests is not None:
            self.requests.cancel(message.get("id"))

    def _ask(self, message: Message) -> None:
        if self.requests is not None and self.requests.serve(message):
            return
        reply: Message = {"t": "reply", "id": message.get("id")}
        if message.get("what") == "names":
            if self.monitoring:
                self.backend.first.name_all()
            reply["result"] = self.source_index.names()
        else:
            reply["error"] = "the bridge does not know the question %r" % (message.get("what"),)
        self.link.send(reply)

    def _detach(self, message: Message) -> None:
        self.finished = True
        self._ask_nothing()
        self.notices.doubt(self.backend.doubt)
        self.notices.failures()
        self.notices.statuses()
        self.link.close()

    # While it runs.

    def _tick(self) -> None:
        self.reader.forked()
        self.records.settle()
        if self.tally is not None:
            self.tally.tick()
        if self.backend.on:
            self.backend.settle()
        self.notices.doubt(self.backend.doubt)
        if self.requests is not None:
            self.requests.tick()
        self.stops.tick()
        if self.reloading is not None:
            self.reloading.tick()
        self.ticks += 1
        if self.ticks % 3:  # tracepoints are told of at most four times a second
            return
        if self.table.tidy():
            self.backend.replan()
        self.table.name_nearest()
        self.notices.statuses()
        self.stops.tell_loads()
        self.notices.failures()

    def _ask_nothing(self) -> None:
        if self.spawning is not None:
            self.spawning.stop()
        if self.tally is not None:
            self.tally.close()
        self.records.settle()
        self.stops.close()
        self.backend.stop()
        self.records.watch(None)

    def _lost(self) -> None:
        """Nobody listens any more: the program runs on, as if we had never been there."""
        self.memory.reader_gone()
        self.link.give_up()
        if self.spawning is not None:
            self.spawning.stop()
        if not self.finished:
            self.finished = True
            self.stops.close()
            self.backend.stop()
            self.records.watch(None)
        abandon(self.config.get("output"))
        self._disappear()

    def _appear(self) -> None:
        """Have the interpreter tell of its end and of forks."""
        atexit.register(self.finish)
        forks.tell(self.at_fork)

    def _disappear(self) -> None:
        """Leave nothing in the program that leads here."""
        atexit.unregister(self.finish)
        forks.tell_no_more(self.at_fork)
        if self.spawning is not None:
            self.spawning.give_back()
        self.reader.close_wake()
        self.run.observe(None)
        self.table.forget()
        self._let_memory_go()

    def _let_memory_go(self) -> None:
        """Have nothing point into the trace memory any more, C least of all, and unmap it."""
        if self.records.writer is not None:
            self.records.writer.restart(bytearray(8), 0)
        self.accelerator.end()
        if self.tally is not None:
            self.tally.counting.end()
        self.memory.close()

    # The end.

    def finish(self) -> None:
        """Say goodbye: after all that the program registered to run at its exit."""
        if self.finished:
            return
        self.finished = True
        try:
            self._ask_nothing()
            self.notices.doubt(self.backend.doubt)
            self.notices.failures()
            self.table.name_nearest()
            self.link.send({"t": "status", "tracepoints": self.table.statuses(False)})
            self.link.send({"t": "bye", "status": self.run.status})
            self.reader.end()
        except Exception:
            pass

    # Forks.

    def _in_child(self) -> None:
        """Go on as a process of its own, with a new memory and a new link; untraced where Tallyho does not answer."""
        try:
            guest.set_reader_ident(0)
            self.reader.in_child()
            self.link.close()
            if self.finished:
                return
            self.restart()
        except BaseException:
            self.finished = True
            self.backend.stop()

    def restart(self) -> None:
        """Start afresh in a forked child: a memory, a link and parts of its own; trace on when Tallyho says go."""
        self.parent, self.forked, self.running = os.getppid(), True, False
        self.link.restart(self.address, CHILD_TIMEOUT)
        self.memory.restart()
        self.records.restart()
        self.notices.restart()
        self.accelerator.restart(self.memory)
        self.backend.restart()
        self.stops.restart()
        if self.table.recorder is not None:
            self.table.recorder.restart()
        if self.requests is not None:
            self.requests.restart()
        if self.tally is not None:
            self.tally.restart()
        self.hello()
        self._wait_for_go(CHILD_TIMEOUT)
        self._begin()


_SERVE = {
    "config": Bridge._configure,
    "arm": Bridge._arm,
    "go": Bridge._go,
    "flush": Bridge._flush,
    "ask": Bridge._ask,
    "cancel": Bridge._cancel,
    "detach": Bridge._detach,
}


__all__ = ["Bridge"]
