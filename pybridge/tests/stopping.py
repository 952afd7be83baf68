"""Driving a program that stops, from the other end of the link: asks, steps, and what a person would see."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from typing import Any, Dict, List, Optional, Sequence

import farend

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")
BACKENDS = ["monitoring", "settrace"] if sys.version_info >= (3, 12) else ["settrace"]


ABSENT = {"value": "", "type": "", "ref": 0, "named": 0, "indexed": 0, "expression": ""}
ABSENT_HINT = {"kind": "", "attributes": [], "visibility": "", "lazy": False}


class Refusal(Exception):
    """The error of a reply."""


class Debuggee:
    """One program under the bridge, in a directory of its own."""

    def __init__(self, backend: str, files: Dict[str, str], kind: str = "script", target: str = "main.py") -> None:
        self.session = farend.Session()
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="tallyho-stop-"))
        for name, text in files.items():
            path = os.path.join(self.folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text)
        self.backend, self.kind, self.target = backend, kind, target
        self.number = 0
        self.revision = 1
        self.kept: List[Dict[str, Any]] = []
        self.thread = 0
        self.stop: Dict[str, Any] = {}

    def __enter__(self) -> "Debuggee":
        return self

    def __exit__(self, *_: Any) -> None:
        self.session.__exit__()
        shutil.rmtree(self.folder, ignore_errors=True)

    def path(self, name: str) -> str:
        """Return the absolute path of one of its files."""
        return os.path.join(self.folder, name)

    def line(self, mark: str, name: str = "main.py") -> int:
        """Return the line that ends with a comment of that mark."""
        with open(self.path(name), encoding="utf-8") as file:
            for number, text in enumerate(file, 1):
                if text.rstrip().endswith("# " + mark):
                    return number
        raise AssertionError("no line is marked %r" % mark)

    def at(self, mark: str, number: int = 1, name: str = "main.py", **more: Any) -> Dict[str, Any]:
        """Return a breakpoint at a marked line."""
        return breakpoint_at(self.path(name), self.line(mark, name), number, **more)

    def start(self, points: Sequence[Dict[str, Any]] = (), **config: Any) -> None:
        """Start it, and let it go."""
        streams = {name: config.pop(name) for name in ("stdin", "env", "address") if name in config}
        self.process = self.session.launch(self.kind, self.target, cwd=self.folder, **{"address": {"native": NATIVE}, **streams})
        self.peer = self.session.accept()
        self.peer.hello()
        options: Dict[str, Any] = dict(
            farend.CONFIG, events=False, stops=True, stop_all=True, just_my_code=True, cwd=self.folder, backend=self.backend
        )
        options.update(config)
        self.peer.start(options, points)

    def arm(self, add: Sequence[Dict[str, Any]], remove: Sequence[int] = ()) -> List[Dict[str, Any]]:
        """Change the tracepoints; return their statuses."""
        self.revision += 1
        self.peer.send(t_="arm", revision=self.revision, add=list(add), remove=list(remove))
        return list(self._until(lambda m: m["t"] == "armed" and m["revision"] == self.revision)["tracepoints"])

    def _until(self, wanted: Any) -> Dict[str, Any]:
        for at, message in enumerate(self.kept):
            if wanted(message):
                return self.kept.pop(at)
        while True:
            message = self.peer.next()
            if wanted(message):
                return message
            self.kept.append(message)

    def message(self, kind: str) -> Dict[str, Any]:
        """Wait for a message of that kind."""
        return self._until(lambda m: m["t"] == kind)

    def stopped(self, reason: Optional[str] = None) -> Dict[str, Any]:
        """Wait until it stops."""
        try:
            self.stop = self.message("stopped")
        except EOFError:
            out, err = self.process.communicate()
            raise AssertionError("it ended without stopping: %s%s" % (out, err)) from None
        self.thread = self.stop["thread"]
        assert reason is None or self.stop["reason"] == reason, self.stop
        return self.stop

    def send(self, what: str, **arguments: Any) -> int:
        """Ask, and do not wait."""
        self.number += 1
        self.peer.send(t_="ask", id=self.number, what=what, arguments=arguments)
        return self.number

    def reply(self, number: int) -> Any:
        """Wait for a reply. Raises Refusal."""
        reply = self._until(lambda m: m["t"] == "reply" and m["id"] == number)
        if "error" in reply:
            raise Refusal(reply["error"])
        return reply["result"]

    def ask(self, what: str, **arguments: Any) -> Any:
        """Ask and wait. What is left out of variables is filled in: it is 0, "" or false."""
        answer = self.reply(self.send(what, **arguments))
        if what == "variables":
            return [{**ABSENT, **one, "hint": {**ABSENT_HINT, **one["hint"]}} for one in answer]
        return answer

    def frames(self, thread: int = 0, start: int = 0, levels: int = 0) -> List[Dict[str, Any]]:
        """Return the frames of a thread, of the one that has stopped last if none is given."""
        stack = self.ask("stack", thread=thread or self.thread, start=start, levels=levels)
        return list(stack["frames"])

    def where(self) -> List[str]:
        """Return "function:line" of the person's frames, innermost first."""
        return ["%s:%d" % (frame["name"], frame["line"]) for frame in self.frames() if frame["user"]]

    def top(self) -> Dict[str, Any]:
        """Return the innermost frame."""
        return self.frames(levels=1)[0]

    def scope(self, name: str = "Locals", frame: int = 0) -> Dict[str, Any]:
        """Return a scope of the innermost frame, or of one given."""
        scopes = self.ask("scopes", frame=frame or self.top()["id"])
        return next(scope for scope in scopes if scope["name"] == name)

    def children(self, ref: int, **more: Any) -> Dict[str, Dict[str, Any]]:
        """Return the children of a reference by name."""
        return {child["name"]: child for child in self.ask("variables", ref=ref, **more)}

    def locals(self, frame: int = 0) -> Dict[str, str]:
        """Return the values of a frame's variables, by name."""
        return {name: child["value"] for name, child in self.children(self.scope("Locals", frame)["ref"]).items() if child["value"]}

    def evaluate(self, text: str, context: str = "repl", **more: Any) -> Dict[str, Any]:
        """Evaluate in the innermost frame."""
        if "frame" not in more:
            more["frame"] = self.top()["id"]
        return dict(self.ask("evaluate", expression=text, context=context, **more))

    def value(self, text: str, context: str = "repl", **more: Any) -> str:
        """Return the text of what an expression gives."""
        return str(self.evaluate(text, context, **more)["value"])

    def waits_at(self, mark: str, function: str = "") -> int:
        """Wait until the main thread stands at a marked line, or is in a function; return its number. Stops nothing."""
        found = [0]

        def there() -> bool:
            found[0] = next((one["id"] for one in self.ask("threads") if one["name"] == "MainThread"), 0)
            return any(frame["line"] == self.line(mark) or frame["name"] == function for frame in self.frames(thread=found[0]))

        farend.until(there, "line " + mark)
        return found[0]

    def resume(self, how: str = "continue", **more: Any) -> None:
        """Let the thread that stopped last go on, and all others."""
        more.setdefault("all", True)
        self.ask("resume", thread=self.thread, how=how, **more)

    def step(self, how: str = "next", **more: Any) -> List[str]:
        """Step; return where it stopped."""
        self.resume(how, **more)
        self.stopped("step")
        return self.where()

    def finish(self, code: int = 0) -> str:
        """Let it run to its end; return what it printed."""
        self.peer.drain()
        out, err = self.process.communicate(timeout=farend.DEADLINE)
        assert self.process.returncode == code, (self.process.returncode, out, err)
        return str(out)

    def end(self) -> str:
        """Continue, and let it run to its end."""
        self.resume()
        return self.finish()


def breakpoint_at(path: str, line: int, number: int = 1, **more: Any) -> Dict[str, Any]:
    """Return a TRACEPOINT that stops at a line."""
    return dict(
        {"id": number, "program": {"op": "true"}, "actions": [], "locate": {"path": path, "line": line}, "hit": None,
         "limits": {"errors": 5}, "stop": True, "exceptions": None, "data": None}, **more
    )  # fmt: skip


def at_exceptions(when: str, number: int = 1, classes: Sequence[str] = (), **more: Any) -> Dict[str, Any]:
    """Return a TRACEPOINT that stops at exceptions."""
    point = {"id": number, "program": {"op": "true"}, "actions": [], "locate": None, "hit": None, "limits": {"errors": 5},
             "stop": True, "exceptions": {"when": when, "classes": list(classes)}, "data": None}  # fmt: skip
    return dict(point, **more)
