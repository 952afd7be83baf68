"""The bridge of one process: its link, memory, tracepoints and backend, and the messages it serves."""

from __future__ import annotations

import atexit
import os
import sys
import threading
import time
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Mapping, Optional, Tuple

from ..base import behaviour, guest
from ..base.classes import name_of
from ..base.redact import Patterns
from ..base.warningfilter import WarningFilter, about_threads_at_fork
from ..events.settrace import SetTrace
from ..events.tracesteps import TraceSteps
from ..program.event import main_ident, thread_name
from ..program.failing import plain_message
from ..program.fields import SourceIndex
from ..query.quick import make_pen
from ..query.tracepointtable import TracepointTable
from ..recording.recorder import Recorder
from ..stops.requests import Requests
from ..stops.threadcontrol import ThreadControl
from ..tally import native
from ..wire.link import Link, LinkBroken, LinkReader, Message
from ..wire.memory import Memory
from ..wire.records import Records
from ..wire.written import abandon, watch
from .reloading import Reloading
from .run import Run, broken_line, traceback_frames
from .spawning import Spawning

if TYPE_CHECKING or behaviour.MONITORING:
    from ..events.monitor import Monitor, NoTool
    from ..events.stepper import Stepper
else:
    Monitor = Stepper = None
try:
    from ..tally.tally import Tally
except ImportError:
    Tally = None  # type: ignore[assignment,misc]

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

    def __init__(self, link: Link, address: Mapping[str, Any], run: Run) -> None:
        self.link = link
        self.address = address
        self.run = run
        self.config: Dict[str, Any] = {}
        self.directory = os.path.dirname(str(address.get("socket") or "")) or None
        self.memory = Memory(self.directory)
        self.memory.doorbell = link.ring_bell
        self.records = Records(self.memory, _describe_thread)
        self.table = TracepointTable(SourceIndex(_working_directory()), self.records, {})
        self.stops = ThreadControl(self.table, link.send)
        self.table.stops = self.stops
        self.asks = Requests(self.table, self.stops, link.send)
        self.backend: Any = None
        self.backend_note = ""
        self.tally: Any = None
        self.ticks = 0
        self.deep_told = False
        self.running = False
        self.finished = False
        self.doubted = False
        self.parent: Optional[int] = None
        self.child = "child" in address
        """A process that a traced program started: what it runs is the interpreter's business."""
        self.forked = False
        self.spawning: Optional[Spawning] = None
        self.reader: Optional[LinkReader] = None
        self.reloading: Optional[Reloading] = None
        self.fork_quiet: Optional[WarningFilter] = None
        self._choose_backend(str(address.get("backend") or "auto"))
        self.accelerator: Any = None
        self.raw_hand: Any = None
        """What counts code raw, and notes what is passed over, in C."""
        self.native_note = str(address.get("native_note") or "")
        self._load_accelerator(str(address.get("native") or ""))

    # The start.

    def _load_accelerator(self, path: str) -> None:
        if path and self.monitoring:
            try:
                self.accelerator = native.load(path)
            except Exception as error:  # whatever it is: we go on without
                self.native_note = "the accelerator cannot be loaded: " + plain_message(error)
                return
            pen = make_pen(self.accelerator, self.records)
            if pen is not None:
                self.records.use(pen)
                self.table.native = self.accelerator
            if hasattr(self.accelerator, "Raw"):
                self.raw_hand = self.accelerator.Raw(self.memory.counters)

    def _choose_backend(self, wanted: str) -> None:
        if wanted != "settrace" and Monitor is not None:
            try:
                self.backend = Monitor(self.table)
                self.table.columns.on = True
                return
            except NoTool as error:
                self.backend_note = str(error)
        elif wanted == "settrace":
            self.backend_note = "settrace was asked for"
        else:
            self.backend_note = "Python %s has no sys.monitoring" % behaviour.VERSION
        self.table.columns.on = False
        self.backend = SetTrace(self.table)

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
            "native": self.accelerator is not None,
            "native_note": self.native_note,
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
            self.table.counters.base = self.run.own_frames
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
            self._start_backend()
            self._attend()

    def _start_backend(self) -> None:
        if self.monitoring:
            self.backend.start(self.tally, self.raw_hand)
        else:
            self.backend.start(self.tally)

    def _attend(self) -> None:
        """Let the program be stopped and stepped."""
        self.stops.keep(self.run)
        if self.monitoring:
            self.stops.attention = Stepper(self.stops, self.backend.tool, self.backend.swallowed)
        else:
            self.stops.attention = TraceSteps(self.stops, self.backend)
        self.stops.prepare()

    # Messages.

    def _serve(self, message: Message) -> None:
        serve = _SERVE.get(str(message.get("t")))
        if serve is not None:
            serve(self, message)

    def _configure(self, message: Message) -> None:
        self.config = message
        self.memory.wait_when_full = bool(message.get("wait_when_full"))
        Patterns.on = bool(message.get("redact_values"))
        self.memory.step(bool(message.get("in_step")))
        self.table.configure(message)
        self.stops.configure(message, self.parent is None)
        self.table.source_index.whose.concerns = self.stops.just_my_code.file
        self.table.look = self.stops.look if self.stops.served else None
        cwd = message.get("cwd")
        if cwd:
            self.table.source_index.start = str(cwd)
        self.reloading = Reloading.of(self, message)
        wanted = str(message.get("backend") or "auto")
        if wanted == "settrace" and self.monitoring:
            self.backend.release()
            self._choose_backend(wanted)
        elif wanted == "monitoring" and not self.monitoring:
            self.link.send({"t": "notice", "text": "settrace is used: " + self.backend_note})
        if self.forked:
            return
        self.records.watch(watch(message.get("output")))
        if message.get("children"):
            self.spawning = Spawning(self.address, self.run.stage, self._notice, lambda work: self.backend.unseen(work))
        if self.run.begins:
            self.run.set_up_quietly()
        if not self.child:
            self._preload(message.get("preload") or ())
        recording = message.get("record")
        if isinstance(recording, dict):
            about = {**recording, "redact": message.get("redact", True)}
            table = self.table
            table.recorder = Recorder(
                about, table.source_index, self.records, self.stops.just_my_code, table.counters, table.columns)
        if message.get("tally") not in (None, "off") and Tally is not None:
            raw_hand = self.raw_hand if _IS_PYTHON else None
            arming = self.backend if self.monitoring else None
            self.tally = Tally(message, self.memory, self.records, arming, self.accelerator, raw_hand)
            self.stops.at_stop = self.tally.pause

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
            self.backend.replan()
            self.stops.prepare()
        statuses = self.table.statuses(False)
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
        self.asks.cancel(message.get("id"))

    def _ask(self, message: Message) -> None:
        if self.asks.serve(message):
            return
        source_index = self.table.source_index
        if self.monitoring:
            self.backend.first.name_all()
        answers: Dict[str, Any] = {
            "names": lambda: {"functions": sorted(source_index.functions), "modules": sorted(source_index.modules)},
        }
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
        self.asks.tick()
        self.stops.tick()
        if self.reloading is not None:
            self.reloading.tick()
        self.ticks += 1
        if self.ticks % 3:                  # tracepoints are told of at most four times a second
            return
        if self.table.untidy:
            self.table.untidy = False
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
            self.spawning.on = False
        if self.tally is not None:
            self.tally.close()
        self.records.settle()
        self.stops.close()
        self.backend.stop()
        self.records.watch(None)

    def _lost(self) -> None:
        """Nobody listens any more: the program runs on, as if we had never been there."""
        self.memory.reader_gone()
        self.link.broken = True
        if self.spawning is not None:
            self.spawning.on = False
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
        present.append(self)
        _watch_forks()

    def _disappear(self) -> None:
        """Leave nothing in the program that leads here."""
        atexit.unregister(self.finish)
        if self in present:
            present.remove(self)
        if self.spawning is not None:
            self.spawning.give_back()
        if self.reader is not None:
            self.reader.close_wake()
        self.run.bridge = None
        self.table.forget()
        self._let_memory_go()

    def _let_memory_go(self) -> None:
        """Have nobody hold the memory any more, C least of all."""
        if self.records.pen is not None:
            self.records.pen.restart(bytearray(8), 0)
        if self.raw_hand is not None:
            self.raw_hand.restart(memoryview(bytearray(8)).cast("Q"))
        if self.tally is not None:
            self.tally.counting.end()
        self.memory.close()

    # The end.

    def tell_exception(self, error: BaseException, trace: Any) -> None:
        """Tell which exception ended the program."""
        source_index = self.table.source_index
        told = [frame for frame in traceback_frames(trace) if not frame[0].startswith(self.run.stage)]
        message, text = plain_message(error), ""
        broken = broken_line(error)
        if broken is not None:
            message, path, line, text = broken
            told.append((path, line, "<module>"))
        frames = [(source_index.file(path).path or path, line, name) for path, line, name in told]
        self.link.send(
            {
                "t": "exception",
                "type": name_of(type(error)),
                "message": message,
                "thread": "MainThread",
                "frames": frames,
                "text": text,
            }
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

    # A forked child.

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
            self._become_child()
        except BaseException:
            self.finished = True
            self.backend.stop()

    def _become_child(self) -> None:
        parent = self.parent = os.getppid()
        self.forked = True
        self.link.__init__(self.address, CHILD_TIMEOUT)  # type: ignore[misc]
        waits = self.memory.wait_when_full
        self.memory.__init__(self.directory, waits)  # type: ignore[misc]
        self.memory.step(False)                 # until we are told again
        self.memory.doorbell = self.link.ring_bell
        self.records.reset(self.memory)
        self.parent = parent
        if self.raw_hand is not None:
            self.raw_hand.restart(self.memory.counters)
        self.backend.forked()
        self.stops.forget()
        if self.table.recorder is not None:
            self.table.recorder.restart()
        self.asks.drop()
        if self.tally is not None:
            self.tally.forget()
        self.hello()
        self.running = False
        self._wait_for_go(CHILD_TIMEOUT)
        self._begin()


present: List[Bridge] = []
"""The bridges that forks have to do with: what is registered at a fork stays for ever, a bridge does not."""
_watching: List[bool] = []


def _watch_forks() -> None:
    if _watching or not hasattr(os, "register_at_fork"):
        return
    _watching.append(True)
    os.register_at_fork(
        before=lambda: _each(lambda bridge: bridge.backend.unseen(bridge._before_fork)),
        after_in_parent=lambda: _each(lambda bridge: bridge.backend.unseen(bridge._after_fork)),
        after_in_child=lambda: _each(lambda bridge: bridge.backend.unseen(bridge._in_child)),
    )


def _each(function: Callable[[Bridge], None]) -> None:
    for bridge in list(present):
        function(bridge)


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


__all__ = ["Bridge", "threading"]


def _working_directory() -> str:
    """Return where the program runs; "" where that is gone."""
    try:
        return os.getcwd()
    except OSError:
        return ""
