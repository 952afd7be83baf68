"""The other end of the link, for tests: starts a program under the bridge, decodes what it writes."""

from __future__ import annotations

import atexit
import json
import mmap
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from typing import Any, Dict, List, Mapping, Optional, Sequence

HERE = os.path.dirname(os.path.abspath(__file__))
DEADLINE = 60.0
FREE_THREADED = "free-threading" in sys.version
"""This Python has no GIL."""
TRACER = os.environ.get("TALLYHO_TEST_NATIVE", "") if not hasattr(sys, "monitoring") else ""
"""The accelerator of all programs that are started, where it is one of trace functions: the same tests run with it and without."""
UNIX = hasattr(socket, "AF_UNIX")
"""There are sockets in the file system, and memory comes through them; elsewhere a port, and a section of the page file."""
KINDS = ("call", "line", "return", "exception")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A script that runs tests in the background has them ignore it, and every program that they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _stage() -> str:
    """Lay the bridge out as embed.go does; the name of the directory matters to warnings.

    Whoever runs many modules does it once for all of them and says where (run.go): to compile the bridge for each
    takes half a second.
    """
    laid_out = os.environ.get("TALLYHO_TEST_STAGE")
    if laid_out:
        return laid_out
    parent = tempfile.mkdtemp(prefix="tallyho-stage-")
    atexit.register(shutil.rmtree, parent, True)
    stage = os.path.join(parent, "test.importlib_bootstrap")
    ignore = shutil.ignore_patterns("__pycache__", "tests", "*.go")
    shutil.copytree(os.path.dirname(HERE), stage, ignore=ignore)
    return stage


BRIDGE = _stage()


class Peer:
    """One accepted process: its socket, its memory, what it said."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.buffer = b""
        self.fds: List[int] = []
        self.messages: List[Dict[str, Any]] = []
        self.bells = 0
        self.memory: Optional[mmap.mmap] = None
        self.closed = False
        sock.settimeout(DEADLINE)

    def _fill(self) -> None:
        if UNIX:
            data, fds, _, _ = socket.recv_fds(self.sock, 65536, 4)
            self.fds += fds
        else:
            data = self.sock.recv(65536)
        if not data:
            self.closed = True
            raise EOFError
        self.buffer += data

    def next(self) -> Dict[str, Any]:
        """Return the next control message."""
        while True:
            if len(self.buffer) >= 5:
                size, kind = struct.unpack_from("<IB", self.buffer)
                if len(self.buffer) >= 4 + size:
                    payload, self.buffer = self.buffer[5 : 4 + size], self.buffer[4 + size :]
                    if kind == ord("D"):
                        self.bells += 1
                        continue
                    message: Dict[str, Any] = json.loads(payload)
                    self.messages.append(message)
                    return message
            self._fill()

    def until(self, kind: str) -> Dict[str, Any]:
        """Return the next message of that kind."""
        while True:
            message = self.next()
            if message["t"] == kind:
                return message

    def drain(self) -> None:
        """Read until the other end is gone; a program that goes on for ever is a failure."""
        end = time.monotonic() + 2 * DEADLINE
        try:
            while time.monotonic() < end:
                self.next()
            raise AssertionError("the program does not end")
        except (EOFError, OSError):
            self.closed = True

    def send(self, **message: Any) -> None:
        """Send a control message; `t_` is its kind."""
        message["t"] = message.pop("t_")
        data = json.dumps(message).encode()
        self.sock.sendall(struct.pack("<IB", len(data) + 1, ord("J")) + data)

    def hello(self) -> Dict[str, Any]:
        """Take the hello and map the memory."""
        hello = self.until("hello")
        about = hello["memory"]
        if not UNIX:
            section: Any = mmap.mmap
            self.memory = section(-1, about["size"], tagname=about["path"])
            return hello
        fd = os.open(about["path"], os.O_RDWR) if about["path"] else self.fds[0]
        self.memory = mmap.mmap(fd, about["size"])
        os.close(fd)
        return hello

    def start(self, config: Mapping[str, Any], tracepoints: Sequence[Mapping[str, Any]]) -> List[Dict[str, Any]]:
        """Configure, arm and let it go; return the statuses of `armed`."""
        self.send(t_="config", **config)
        self.send(t_="arm", revision=1, add=list(tracepoints), remove=[])
        armed = self.until("armed")["tracepoints"]
        self.send(t_="go")
        return list(armed)

    def records(self) -> List["Record"]:
        """Return all records so far, in order of seq, and make room."""
        assert self.memory is not None
        found: List[Record] = []
        (rings,) = struct.unpack_from("<I", self.memory, 24)
        for index in range(rings):
            at = 64 + 64 * index
            head, tail, offset, size, self.dropped = struct.unpack_from("<QQQQQ", self.memory, at)
            while tail < head:
                where = tail % size
                if size - where < 8:
                    tail += size - where
                    continue
                length, kind = struct.unpack_from("<IB", self.memory, offset + where)
                if kind != 0:
                    found.append(Record(self.memory[offset + where : offset + where + length], index))
                tail += length
            struct.pack_into("<Q", self.memory, at + 8, tail)
        found.sort(key=lambda record: record.seq)
        return found


class Record:
    """A record as it lies in memory."""

    def __init__(self, data: bytes, ring: int) -> None:
        self.size, self.kind, self.flags, _, self.seq = struct.unpack_from("<IBBHQ", data)
        self.payload = data[16:]
        self.ring = ring


class Decoder:
    """Puts records together: events with their code, place and thread."""

    def __init__(self) -> None:
        self.codes: Dict[int, Any] = {}
        self.places: Dict[int, Any] = {}
        self.threads: Dict[int, Any] = {}
        self.events: List[Dict[str, Any]] = []
        self.others: List[Any] = []
        self.next_seq = 0
        self.parts: Dict[int, bytes] = {}

    def feed(self, records: Sequence[Record]) -> "Decoder":
        """Take records in their order; a gap is an error."""
        for record in records:
            assert record.seq == self.next_seq, "seq %d where %d was due" % (record.seq, self.next_seq)
            self.next_seq += 1
            if record.kind == 1:
                self.events.append(self.event(record.payload))
            elif record.kind in (5, 8):
                self.others.append((record.kind, record.payload))
            else:
                self.json(record)
        return self

    def json(self, record: Record) -> None:
        """Take a JSON record, whole or a part of one."""
        data = self.parts.pop(record.ring, b"") + record.payload
        if record.flags & 1:
            self.parts[record.ring] = data
            return
        value = json.loads(data.rstrip(b"\0").decode("utf-8"))
        table = {2: self.codes, 3: self.places, 4: self.threads}.get(record.kind)
        if table is None:
            self.others.append((record.kind, value))
        else:
            table[value["id"]] = value

    def event(self, data: bytes) -> Dict[str, Any]:
        """Decode an event."""
        kind, flags, action, point, place, thread, depth, number, calls, when = struct.unpack_from("<BBHIIIiIQQ", data)
        at = 40
        values = []
        for _ in range(number):
            status, length = data[at], data[at + 1]
            name = data[at + 2 : at + 2 + length].decode()
            at += 2 + length
            (length,) = struct.unpack_from("<I", data, at)
            values.append((name, data[at + 4 : at + 4 + length].decode(), status))
            at += 4 + length
        (frames,) = struct.unpack_from("<H", data, at)
        at += 2
        stack = []
        for _ in range(frames):
            (line,) = struct.unpack_from("<I", data, at)
            at += 4
            texts = []
            for _ in range(2):
                (length,) = struct.unpack_from("<H", data, at)
                texts.append(data[at + 2 : at + 2 + length].decode())
                at += 2 + length
            stack.append((line, *texts))
        where = self.places[place]
        code = self.codes[where["code"]]
        event = {
            "kind": KINDS[kind], "flags": flags, "action": action, "tracepoint": point, "line": where["line"],
            "source": where["source"], "fullsource": where["fullsource"], "function": code["function"],
            "module": code["module"], "filename": code["filename"], "path": code["path"], "values": values,
            "stack": stack, "thread": self.threads[thread]["name"], "time": when,
        }  # fmt: skip
        if flags & 32:
            event["depth"], event["calls"] = depth, calls
        return event


class Outcome:
    """What a run left."""

    def __init__(self) -> None:
        self.code = 0
        self.out = ""
        self.err = ""
        self.peers: List[Peer] = []
        self.decoder = Decoder()

    @property
    def events(self) -> List[Dict[str, Any]]:
        return self.decoder.events

    def message(self, kind: str) -> Dict[str, Any]:
        """Return the last message of that kind."""
        return [m for m in self.peers[0].messages if m["t"] == kind][-1]


class Session:
    """Listens, and starts programs under the bridge."""

    def __init__(self) -> None:
        self.directory = tempfile.mkdtemp(prefix="tallyho-test-")
        self.path = os.path.join(self.directory, "link.sock")
        self.where: Dict[str, Any] = {"socket": self.path}
        if UNIX:
            self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            self.listener.bind(self.path)
        else:
            self.listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self.listener.bind(("127.0.0.1", 0))
            self.where = dict(zip(("host", "port"), self.listener.getsockname()))
        self.listener.listen(8)
        self.listener.settimeout(DEADLINE)
        self.process: Optional["subprocess.Popen[str]"] = None
        self.peers: List[Peer] = []

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: Any) -> None:
        self.listener.close()
        for peer in self.peers:
            peer.sock.close()
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr) if self.process else ():
            if stream is not None:
                stream.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def launch(self, kind: str, target: str, args: Sequence[str] = (), **options: Any) -> "subprocess.Popen[str]":
        """Start a program under the bridge."""
        address = {**self.where, "token": "t0ken", "stage": BRIDGE, "run": {"kind": kind, "target": target}, "native": TRACER}
        address.update(options.pop("address", {}))
        env = dict(options.pop("env", os.environ), TALLYHO_LINK=json.dumps(address))
        python_args = options.pop("python_args", [])
        command = [sys.executable, *python_args, os.path.join(BRIDGE, "tallyho_boot.py"), *args]
        options.setdefault("stdin", subprocess.DEVNULL)
        self.process = subprocess.Popen(
            command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, **options
        )
        return self.process

    def accept(self) -> Peer:
        """Take the next process that dials."""
        sock, _ = self.listener.accept()
        self.peers.append(Peer(sock))
        return self.peers[-1]


CONFIG: Dict[str, Any] = {"tally": "off", "wait_when_full": False, "redact": True, "backend": "auto", "events": True}


def run(kind: str, target: str, tracepoints: Sequence[Mapping[str, Any]] = (), args: Sequence[str] = (), **options: Any) -> Outcome:
    """Run a program to its end and decode all that it recorded."""
    config = dict(CONFIG, cwd=options.get("cwd") or os.getcwd(), **options.pop("config", {}))
    outcome = Outcome()
    with Session() as session:
        process = session.launch(kind, target, args, **options)
        peer = session.accept()
        outcome.peers.append(peer)
        peer.hello()
        peer.start(config, tracepoints)
        peer.drain()
        outcome.out, outcome.err = process.communicate(timeout=DEADLINE)
        outcome.code = process.returncode
        outcome.decoder.feed(peer.records())
    return outcome


def until(true: Any, what: str) -> None:
    """Wait for a condition."""
    end = time.monotonic() + DEADLINE
    while not true():
        if time.monotonic() > end:
            raise AssertionError("timed out waiting for " + what)
        time.sleep(0.01)


def query(*tests: Any) -> Dict[str, Any]:
    """Return the NODE of a Query."""
    return {"op": "query", "tests": [list(test) for test in tests]}


def point(node: Mapping[str, Any], *actions: Mapping[str, Any], **more: Any) -> Dict[str, Any]:
    """Return a TRACEPOINT that runs actions (Event where none are given) when a NODE holds."""
    chosen = [dict(action, id=index) for index, action in enumerate(actions or ({"kind": "Event"},))]
    program = {"op": "when", "if": node, "do": list(range(len(chosen)))}
    return dict({"id": 1, "program": program, "actions": chosen, "locate": None, "hit": None, "limits": {"errors": 5}}, **more)
