"""Stopping in Django's templates: at the tags' lines, with the context's variables."""

from __future__ import annotations

import os
import struct
import unittest
from typing import Any, Tuple

import farend
from farend import point
from stopping import BACKENDS, Debuggee, breakpoint_at

HELLO = """\
<html>
<p>
{{ content }}
{% for i in items %}
<b>{{ i }}</b>
{% endfor %}
</html>
"""

# The part of Django that renders, and what it has parsed.
DJANGO = """\
class Node:
    token = None

    def render_annotated(self, context):
        try:
            return self.render(context)
        except Exception:
            raise


class TextNode(Node):
    def __init__(self, s): self.s = s
    def render(self, context): return self.s
    def render_annotated(self, context): return self.s


class Variable(Node):
    def __init__(self, name): self.name = name
    def render(self, context):
        return str(next(layer[self.name] for layer in reversed(context.dicts) if self.name in layer))


class For(Node):
    def __init__(self, name, items, nodes): self.name, self.items, self.nodes = name, items, nodes
    def render(self, context):
        out = []
        for item in next(layer[self.items] for layer in reversed(context.dicts) if self.items in layer):
            context.dicts.append(ContextDict({self.name: item}))
            out += [node.render_annotated(context) for node in self.nodes]
            context.dicts.pop()
        return "".join(out)


class ContextDict(dict): pass
class Context:
    def __init__(self, values): self.dicts = [{"True": True}, ContextDict(values)]
class Token:
    def __init__(self, lineno): self.lineno = lineno
class Origin:
    def __init__(self, name): self.name = name


def at(path, line, node):
    node.token, node.origin = Token(line), Origin(path)
    return node


def render(path, values):
    nodes = [at(path, 1, TextNode("<html> ")), at(path, 3, Variable("content")),
             at(path, 4, For("i", "items", [at(path, 4, TextNode(" ")), at(path, 5, Variable("i"))]))]
    context = Context(values)
    return "".join([node.render_annotated(context) for node in nodes])
"""
MAIN = """\
import os, sys
folder = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(folder, "site-packages"))
from django.template import base
for user in ("Ann", "Bob"):
    text = base.render(os.path.join(folder, "templates", "hello.html"), {"content": user, "items": [7, 8]})
    print(text)
"""
FILES = {
    "main.py": MAIN,
    "site-packages/django/__init__.py": "",
    "site-packages/django/template/__init__.py": "",
    "site-packages/django/template/base.py": DJANGO,
    "templates/hello.html": HELLO,
}


class Nodes(unittest.TestCase):
    """Templates that are trees of nodes."""

    def debug(self, backend: str, lines: Tuple[int, ...], **more: Any) -> Debuggee:
        program = Debuggee(backend, FILES)
        self.addCleanup(program.__exit__)
        path = program.path("templates/hello.html")
        program.start([breakpoint_at(path, line, number, **more) for number, line in enumerate(lines, 1)])
        return program

    def where(self, program: Debuggee) -> Tuple[str, int]:
        top = program.top()
        self.assertEqual((os.path.basename(top["path"]), top["user"]), ("hello.html", True))
        return top["name"], top["line"]

    def test_stops_and_variables(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend):
                program = self.debug(backend, (3, 5))
                found = []
                for _ in range(3):
                    program.stopped("breakpoint")
                    found.append((*self.where(program), program.value("content.upper()"), program.locals()))
                    program.resume()
                items = "[7, 8]"
                self.assertEqual(
                    found,
                    [
                        ("template", 3, "'ANN'", {"content": "'Ann'", "items": items}),
                        ("template", 5, "'ANN'", {"content": "'Ann'", "items": items, "i": "7"}),
                        ("template", 5, "'ANN'", {"content": "'Ann'", "items": items, "i": "8"}),
                    ],
                )
                for _ in range(3):
                    program.stopped("breakpoint")
                    program.resume()
                self.assertEqual(program.finish(), "<html> Ann 7 8\n<html> Bob 7 8\n")

    def test_lines_without_a_tag(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend):
                program = self.debug(backend, (1, 7), hit={"op": "==", "n": 1})
                program.stopped("breakpoint")
                self.assertEqual(self.where(program), ("template", 3))
                told = {one["id"]: (one["state"], one["line"]) for one in program.arm([])}
                self.assertEqual(told, {1: ("armed", 3), 2: ("pending", None)})
                program.end()

    def test_the_frames_around(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend):
                program = self.debug(backend, (5,), hit={"op": "==", "n": 1})
                program.stopped("breakpoint")
                self.assertEqual(program.where(), ["template:5", "template:4", "<module>:6"])
                program.end()

    def test_steps(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend):
                program = self.debug(backend, (3,), hit={"op": "==", "n": 1})
                program.stopped("breakpoint")
                self.assertEqual([program.step()[0] for _ in range(4)], ["template:4", "template:5", "template:5", "<module>:7"])
                program.end()

    def test_stepping_out(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend):
                program = self.debug(backend, (5,), hit={"op": "==", "n": 1})
                program.stopped("breakpoint")
                self.assertEqual(program.step("out")[0], "<module>:7")
                program.end()

    def test_counts(self) -> None:
        """A line counts as often as a node of it is rendered; text does not."""
        for backend in BACKENDS:
            with self.subTest(backend), Debuggee(backend, FILES) as program:
                outcome = farend.run("script", program.path("main.py"), config={"tally": "values", "backend": backend})
                self.assertEqual((outcome.code, outcome.err), (0, ""))
                cells = memoryview(outcome.peers[0].memory)[outcome.peers[0].messages[0]["memory"]["counters_offset"] :]  # type: ignore[arg-type]
                file = [value for kind, value in outcome.decoder.others if kind == 6 and value["path"].endswith(".html")][-1]
                found = {}
                for kind, value in outcome.decoder.others:
                    if kind == 7 and value["file"] == file["id"]:
                        for span, slot, weight in value["hits"]:
                            found[span + 1] = found.get(span + 1, 0) + weight * struct.unpack_from("<Q", cells, 8 * slot)[0]
                self.assertEqual((file["by_line"], file["spans"], found), (True, None, {3: 2, 4: 2, 5: 4}))

    def test_log_messages_and_conditions(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend), Debuggee(backend, FILES) as program:
                path = program.path("templates/hello.html")
                holds = {"op": "expr", "text": "i == 8 and content == 'Bob'"}
                logs = point(holds, {"kind": "Log", "slots": [["i", "", ""], ["content", "", ""]]}, locate={"path": path, "line": 5})
                outcome = farend.run("script", program.path("main.py"), [logs], config={"backend": backend})
                self.assertEqual(outcome.code, 0, outcome.err)
                self.assertEqual([[value[1] for value in event["values"]] for event in outcome.decoder.events], [["8", "Bob"]])
                self.assertEqual(
                    [(event["path"], event["line"], event["source"]) for event in outcome.decoder.events], [(path, 5, "<b>{{ i }}</b>\n")]
                )


if __name__ == "__main__":
    unittest.main()
