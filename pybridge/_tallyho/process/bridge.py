"""The bridge of one process: its link, memory, tracepoints and backend, and the messages it serves."""

from __future__ import annotations

import atexit
import os
import sys
import time
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, Tuple

from ..base import behaviour, guest
from ..base.classes import name_of
from ..base.locate import CodeLines
from ..base.redact import Patterns
from ..base.warningfilter import WarningFilter, about_threads_at_fork
from ..events.settrace import SetTrace
from ..events.tracesteps import TraceSteps
from ..program.event import RunState, main_ident, thread_name
from ..program.failing import plain_message
from ..program.fields import SourceIndex
from ..program.otelspans import active_span
from ..query.dispatch import DispatchTable
from ..query.tracepointtable import TracepointTable
from ..stops.threadcontrol import Attention, ThreadControl
from ..wire.inspan import InSpan
from ..wire.link import Link, LinkBroken, LinkReader, Message
from ..wire.memory import Memory
from ..wire.records import Records
from ..wire.written import abandon, watch
from . import forks
from .accelerator import Accelerator
from .parts import Parts, WholeLines
from .reloading import Reloading
from .run import Run, broken_line, traceback_frames
from .spawning import Spawning

if TYPE_CHECKING:
    from ..stops.requests import Requests
    from ..tally.tally import Tally
if TYPE_CHECKING or behaviour.MONITORING:
    from ..events.monitor import Monitor, NoTool
    from ..events.stepper import Stepper
else:
    Monitor = Stepper = None

VERSION = 1
PAUSE = 0.1
"""Seconds between looks for statuses to tell: at most four times a second."""

LAST_WORDS = 0.5
"""Seconds that the reader's thread may take to end, at exit."""
GO_TIMEOUT = 600.0
CHILD_TIMEOUT = 2.0
"""Seconds a child waits to be taken in before it goes on untraced."""

_monotonic = time.monotonic
_EXECUTABLE = sys.executable or ""
"""As it was before the program could name another one."""
_IS_PYTHON = os.path.basename(_EXECUTABLE).lower().startswith("python")
"""Whether that may be started to work out raw counts, and is no program that has an interpreter inside."""


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
        self.records = Records(self.memory, _describe_thread)
        self.source_index = SourceIndex(_working_directory())
        self.state = RunState()
        plans: Dict[int, DispatchTable] = {}
        lines = CodeLines()
        columns = parts.columns(lines) if parts.columns is not None else None
        self.columns = columns or WholeLines()
        self.stops = ThreadControl(self.source_index, self.records, self.state, plans, link.send)
        self.table = TracepointTable(self.source_index, self.records, self.state, plans, lines, self.columns, self.stops)
        self.asks: Optional[Requests] = None
        if parts.requests is not None and columns is not None:
            self.asks = parts.requests(self.source_index, self.records, plans, lines, columns, self.stops, link.send)
        self.backend: Any = None
        self.backend_note = ""
        self.tally: Optional[Tally] = None
        self.ticks = 0
        self.deep_told = False
        self.running = False
        self.finished = False
        self.doubted = False
        self.child = "child" in address
        """A process that a traced program started: what it runs is the interpreter's business."""
        self.forked = False
        self.spawning: Optional[Spawning] = None
        self.reader: Optional[LinkReader] = None
        self.reloading: Optional[Reloading] = None
        self.fork_quiet: Optional[WarningFilter] = None
        self._choose_backend(str(address.get("backend") or "auto"))
        path = str(address.get("native") or "") if self.monitoring else ""
        self.accelerator = Accelerator(path, str(address.get("native_note") or ""), self.memory, self.records)
        run.observe(self)

    # The start.

    def _choose_backend(self, wanted: str) -> None:
        if wanted != "settrace" and Monitor is not None:
            try:
                self.backend = Monitor(self.table, self.stops)
                self.columns.allow(True)
                return
            except NoTool as error:
                self.backend_note = str(error)
        elif wanted == "settrace":
            self.backend_note = "settrace was asked for"
        else:
            self.backend_note = "Python %s has no sys.monitoring" % behaviour.VERSION
        self.columns.allow(False)
        self.backend = SetTrace(self.table, self.stops.settled)

    @property
    def monitoring(self) -> bool:
        """Whether sys.monitoring is in use."""
        return Monitor is not None and isinstance(self.backend, Monitor)

    def hello(self) -> None:
        """Say who we are, and hand over the memory."""
        message: Message = {
            "t": "hello",
            "version": VERSION,
            "token": self.link.token,
            "pid": os.getpid(),
            "python": behaviour.FULL_VERSION,
            "implementation": behaviour.IMPLEMENTATION,
            "executable": _EXECUTABLE,
            "cwd": _working_directory(),
            "prefixes": list(dict.fromkeys([sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix])),
            "backend": "monitoring" if self.monitoring else "settrace",
            "backend_note": self.backend_note,
            "native": self.accelerator.module is not None,
            "native_note": self.accelerator.note,
            "optimize": sys.flags.optimize,
            "tool_id": self.backend.tool if self.monitoring else None,
            "memory": self.memory.describe() if self.shared else None,
        }
        if self.parent is not None:
            message["parent"] = self.parent
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
        self.reader = LinkReader(self.link, self._serve, self._tick, self._lost, PAUSE)
        self.reader.start()
        if not self.backend.on:
            self.backend.start(self.tally, self.accelerator.events, self.accelerator.raw)
            self._attend()

    def _attend(self) -> None:
        """Let the program be stopped and stepped."""
        self.stops.keep(self.run.code, self.run.target if self.run.kind == "code" else None)
        attention: Attention = (
            TraceSteps(self.stops, self.backend)
            if not self.monitoring
            else Stepper(self.stops, self.backend.tool, self.backend.swallowed, self.accelerator.events)
        )
        self.stops.begin(attention, self.tally.pause if self.tally is not None else _nothing)
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
            self.link.send({"t": "notice", "text": "settrace is used: " + self.backend_note})
        self.table.configure(message, self.accelerator.events, None if self.monitoring else self.backend.hand_over)
        self.stops.configure(message, self.parent is None)
        around = self.table.around
        if self.asks is not None:
            self.asks.configure(around.careful, around.redact, around.own)
        self.source_index.configure(self.stops.just_my_code.file, str(message.get("cwd") or ""))
        self.reloading = self._reload(message)
        if self.forked:
            return
        self.records.watch(watch(message.get("output")))
        self.records.follow(InSpan(active_span) if message.get("spans") else None)
        if message.get("children"):
            self.spawning = Spawning(self.address, self.run.stage, self._notice, lambda work: self.backend.unseen(work))
        if self.run.begins:
            self.run.set_up_quietly()
        if not self.child:
            self._preload(message.get("preload") or ())
        recording = message.get("record")
        if isinstance(recording, dict) and self.parts.recorder is not None and not isinstance(self.columns, WholeLines):
            about = {**recording, "redact": message.get("redact", True)}
            just_my_code = self.stops.just_my_code
            self.table.record(self.parts.recorder(about, self.source_index, self.records, just_my_code, self.state, self.columns))
        if message.get("tally") not in (None, "off") and self.parts.tally is not None:
            raw_hand = self.accelerator.raw if _IS_PYTHON else None
            arming = self.backend if self.monitoring else None
            self.tally = self.parts.tally(message, self.memory, self.records, arming, self.accelerator.module, raw_hand)

    def _reload(self, message: Message) -> Optional[Reloading]:
        """Return what takes over changes in files, where that is asked for."""
        asked = message.get("reload")
        if not isinstance(asked, dict):
            return None
        if self.table.around.careful:
            self._notice("autoReload has no effect in careful mode: it runs code of the program")
            return None
        cwd = str(message.get("cwd") or self.source_index.start)
        wanted = self.stops.just_my_code.wanted
        return Reloading(asked, cwd, wanted, lambda path: self.source_index.file(path).shown, self._notice, self._renewed, self._moved)

    def _renewed(self, path: str, name: str) -> None:
        """The code of a file, as its code objects name it, is of another text next."""
        if self.tally is not None:
            self.tally.renew(self.source_index.file(path).path, name)

    def _moved(self, path: str) -> None:
        """It is now."""
        self.table.relocate(os.path.realpath(path))
        if self.backend.on:
            self._replan()

    def _replan(self) -> None:
        self.backend.replan()
        self.stops.prepare(self.table.active())

    def _notice(self, text: str) -> None:
        self.link.send({"t": "notice", "text": text})

    def _preload(self, names: Any) -> None:
        for name in names:
            try:
                __import__(str(name))
            except Exception as error:
                text = "cannot preload %s: %s" % (name, plain_message(error))
                self.link.send({"t": "notice", "text": text})

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
        self._tell_statuses()
        self.link.send({"t": "reply", "id": message.get("id"), "result": {}})

    def _cancel(self, message: Message) -> None:
        if self.asks is not None:
            self.asks.cancel(message.get("id"))

    def _ask(self, message: Message) -> None:
        if self.asks is not None and self.asks.serve(message):
            return
        source_index = self.source_index
        if self.monitoring:
            self.backend.first.name_all()
        answers: Dict[str, Any] = {"names": lambda: {"functions": sorted(source_index.functions), "modules": sorted(source_index.modules)}}
        answer = answers.get(str(message.get("what")))
        reply: Message = {"t": "reply", "id": message.get("id")}
        if answer is None:
            reply["error"] = "the bridge does not know the question %r" % (message.get("what"),)
        else:
            reply["result"] = answer()
        self.link.send(reply)

    def _detach(self, message: Message) -> None:
        self.finished = True
        self._ask_nothing()
        self._tell_doubt()
        self._tell_statuses()
        self.link.close()

    # While it runs.

    def _tick(self) -> None:
        if self.fork_quiet is not None:
            self.fork_quiet.end()
            self.fork_quiet = None
        self.records.settle()
        if self.tally is not None:
            self.tally.tick()
        if self.backend.on:
            self.backend.settle()
        self._tell_doubt()
        if self.asks is not None:
            self.asks.tick()
        self.stops.tick()
        if self.reloading is not None:
            self.reloading.tick()
        self.ticks += 1
        if self.ticks % 3:  # tracepoints are told of at most four times a second
            return
        if self.table.tidy():
            self.backend.replan()
        self.table.name_nearest()
        self._tell_statuses()
        self.stops.tell_loads()
        if guest.too_deep[0] and not self.deep_told:
            self.deep_told = True
            self._notice("the program was at its recursion limit: what would have been asked there was not")
        while guest.failures:
            self.link.send({"t": "notice", "text": "an internal failure was kept from the program: " + guest.failures.pop()})

    def _tell_doubt(self) -> None:
        """Say once that counts are lower bounds, and why."""
        if self.backend.doubt and not self.doubted:
            self.doubted = True
            self.link.send({"t": "doubt", "text": self.backend.doubt})

    def _tell_statuses(self) -> None:
        statuses = self.table.statuses(True)
        if statuses:
            self.link.send({"t": "status", "tracepoints": statuses})

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
        forks.tell(self)

    def _disappear(self) -> None:
        """Leave nothing in the program that leads here."""
        atexit.unregister(self.finish)
        forks.tell_no_more(self)
        if self.spawning is not None:
            self.spawning.give_back()
        if self.reader is not None:
            self.reader.close_wake()
        self.run.observe(None)
        self.table.forget()
        self._let_memory_go()

    def _let_memory_go(self) -> None:
        """Have nobody hold the memory any more, C least of all."""
        if self.records.writer is not None:
            self.records.writer.restart(bytearray(8), 0)
        self.accelerator.end()
        if self.tally is not None:
            self.tally.counting.end()
        self.memory.close()

    # The end.

    def tell_exception(self, error: BaseException, trace: Any) -> None:
        """Tell which exception ended the program."""
        source_index = self.source_index
        told = [frame for frame in traceback_frames(trace) if not frame[0].startswith(self.run.stage)]
        message, text = plain_message(error), ""
        broken = broken_line(error)
        if broken is not None:
            message, path, line, text = broken
            told.append((path, line, "<module>"))
        frames = [(source_index.file(path).path or path, line, name) for path, line, name in told]
        self.link.send(
            {"t": "exception", "type": name_of(type(error)), "message": message, "thread": "MainThread", "frames": frames, "text": text}
        )

    def finish(self) -> None:
        """Say goodbye: after all that the program registered to run at its exit."""
        if self.finished:
            return
        self.finished = True
        try:
            self._ask_nothing()
            self._tell_doubt()
            self.table.name_nearest()
            self.link.send({"t": "status", "tracepoints": self.table.statuses(False)})
            self.link.send({"t": "bye", "status": self.run.status})
            if self.reader is not None:
                self.reader.end(LAST_WORDS)
        except Exception:
            pass

    # What becomes of the program (run.py).

    @property
    def tells_frames(self) -> bool:
        """Whether the interpreter tells a trace function of ours of each frame."""
        return not self.monitoring

    def runs_above(self, frames: int) -> None:
        """The program is run from above that many frames of ours."""
        self.state.begun(frames)

    def ended(self) -> None:
        """The program's main code has ended, one way or the other."""
        self.state.ended()

    # Forks.

    def before_fork(self) -> None:
        """The process is about to fork."""
        self.backend.unseen(self._before_fork)

    def after_fork(self) -> None:
        """It has forked, and goes on."""
        self.backend.unseen(self._after_fork)

    def in_child(self) -> None:
        """This is the new process."""
        self.backend.unseen(self._in_child)

    def _before_fork(self) -> None:
        try:
            if self.reader is not None and not self.finished:
                # 3.13.0 counts the threads only after the reader is back.
                if self.reader.pause() == 1 and self.fork_quiet is None:
                    self.fork_quiet = WarningFilter(message=about_threads_at_fork)
        except Exception:
            pass

    def _after_fork(self) -> None:
        try:
            if self.reader is not None and not self.finished:
                self.reader.start()
        except Exception:
            pass

    def _in_child(self) -> None:
        """Go on as a process of its own: new memory, new link; or plainly, where we are not taken in."""
        try:
            guest.set_reader_ident(0)
            self.reader = None
            if self.fork_quiet is not None:
                self.fork_quiet.end()
                self.fork_quiet = None
            self.link.close()
            if self.finished:
                return
            self.restart()
        except BaseException:
            self.finished = True
            self.backend.stop()

    def restart(self) -> None:
        """Start afresh in a forked child, with all that there is for one process, and go on when we are told to."""
        self.parent, self.forked, self.running = os.getppid(), True, False
        self.link.restart(self.address, CHILD_TIMEOUT)
        self.memory.restart()
        self.records.restart()
        self.accelerator.restart(self.memory)
        self.backend.restart()
        self.stops.restart()
        if self.table.recorder is not None:
            self.table.recorder.restart()
        if self.asks is not None:
            self.asks.restart()
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


def _describe_thread(ident: int) -> Tuple[str, bool]:
    return thread_name(ident), ident == main_ident()


__all__ = ["Bridge"]


def _working_directory() -> str:
    """Return where the program runs; "" where that is gone."""
    try:
        return os.getcwd()
    except OSError:
        return ""


def _nothing() -> None:
    pass
