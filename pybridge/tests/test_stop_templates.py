"""Stopping in templates: the lines and variables are the template's, not those of the Python it is made into."""

from __future__ import annotations

import struct
import unittest
from typing import Any, Dict, List, Tuple

import farend
from farend import point
from stopping import BACKENDS, Debuggee

HELLO = """\
<html>
<p>
{{ content }}
{% for i in (7, 8) %}
<b>{{ i }}</b>
{% endfor %}
{% block b %}
{{ content }}
{% endblock %}
</html>
"""

# What Jinja 3.1 makes of it, and the part of Jinja that runs that.
JINJA = '''\
CODE = """\
missing, str_join = object(), "".join
name = 'hello.html'

def root(context, missing=missing, environment=environment):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    concat = environment.concat
    if 0: yield None
    l_0_content = resolve('content')
    pass
    yield '<html>'
    yield str((undefined(name='content') if l_0_content is missing else l_0_content))
    yield ' '
    for l_1_i in (7, 8):
        _loop_vars = {}
        pass
        yield '<b>'
        yield str(l_1_i)
        yield '</b>'
    l_1_i = missing
    yield from context.blocks['b'][0](context)
    yield '</html>'

def block_b(context, missing=missing, environment=environment):
    resolve = context.resolve_or_missing
    undefined = environment.undefined
    if 0: yield None
    l_0_content = resolve('content')
    pass
    yield ' '
    yield str((undefined(name='content') if l_0_content is missing else l_0_content))

blocks = {'b': block_b}
debug_info = '3=12&4=14&5=18&7=21&8=31'
"""


class Environment:
    concat, undefined = "".join, str

    def __init__(self):
        self.globals = {"range": range, "site": "here"}


class Context:
    def __init__(self, environment, parent, blocks):
        self.parent, self.vars = {**environment.globals, **parent}, {}
        self.blocks = {name: [block] for name, block in blocks.items()}

    def resolve_or_missing(self, key):
        return self.vars.get(key, self.parent.get(key))


def render(path, **values):
    environment = Environment()
    names = {"environment": environment, "__file__": path}
    exec(compile(CODE, path, "exec"), names)
    return "".join(names["root"](Context(environment, values, names["blocks"])))

'''

MAIN = """\
import os, sys
folder = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(folder, "site-packages"))
import engine
for user in ("Ann", "Bob"):
    print(engine.render(os.path.join(folder, "templates", "hello.html"), content=user))
"""
FILES = {"main.py": MAIN, "site-packages/engine.py": JINJA, "templates/hello.html": HELLO}
PRINTED = "<html>%s <b>7</b><b>8</b> %s</html>\n"


class Jinja(unittest.TestCase):
    """Templates that are compiled to Python."""

    def debug(self, backend: str, lines: Tuple[int, ...], **more: Any) -> Debuggee:
        program = Debuggee(backend, FILES)
        self.addCleanup(program.__exit__)
        path = program.path("templates/hello.html")
        program.start([breakpoint_in(path, line, number, **more) for number, line in enumerate(lines, 1)])
        return program

    def where(self, program: Debuggee) -> Tuple[str, int]:
        top = program.top()
        self.assertEqual((top["path"], top["user"]), (program.path("templates/hello.html"), True))
        return top["name"], top["line"]

    def test_stops(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend):
                program = self.debug(backend, (3, 5, 8))
                found: List[Tuple[str, int, str]] = []
                for _ in range(4):
                    program.stopped("breakpoint")
                    found.append((*self.where(program), program.value("content")))
                    program.resume()
                self.assertEqual(
                    found, [("template", 3, "'Ann'"), ("template", 5, "'Ann'"), ("template", 5, "'Ann'"), ("block b", 8, "'Ann'")]
                )
                for _ in range(4):
                    program.stopped("breakpoint")
                    program.resume()
                self.assertEqual(program.finish(), PRINTED % ("Ann", "Ann") + PRINTED % ("Bob", "Bob"))

    def test_a_line_without_code_moves_on(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend):
                program = self.debug(backend, (1, 10))
                program.stopped("breakpoint")
                self.assertEqual(self.where(program), ("template", 3))
                told = [one for one in program.arm([]) if one["id"] in (1, 2)]
                self.assertEqual([(one["state"], one["line"]) for one in told], [("armed", 3), ("pending", None)])
                self.assertIn("no code at or after line 10", told[1]["message"])
                program.arm([], [1, 2])
                program.end()

    def test_variables(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend):
                program = self.debug(backend, (5,), hit={"op": "==", "n": 2})
                program.stopped("breakpoint")
                self.assertEqual(program.locals(), {"content": "'Ann'", "i": "8"})
                self.assertEqual(program.children(program.scope("Environment")["ref"])["site"]["value"], "'here'")
                self.assertEqual(
                    [program.value(text) for text in ("i * 2", "content.upper()", "site", "[i for _ in range(2)]")],
                    ["16", "'ANN'", "'here'", "[8, 8]"],
                )
                self.assertEqual(program.value("i", "hover"), "8")
                program.end()

    def test_steps(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend):
                program = self.debug(backend, (3,), hit={"op": "==", "n": 1})
                program.stopped("breakpoint")
                found = [program.step()[0] for _ in range(6)]
                self.assertEqual(found, ["template:4", "template:5", "template:4", "template:5", "template:4", "template:7"])
                self.assertEqual(program.step("in")[0], "block b:8")
                self.assertEqual(program.step("out")[0], "template:7")
                self.assertEqual(program.step()[0], "<module>:5")
                program.end()

    def test_counts(self) -> None:
        """Its lines are counted, as often as their code begins; nothing of it is taken for Python, and nothing is said."""
        for backend in BACKENDS:
            with self.subTest(backend), Debuggee(backend, FILES) as program:
                outcome = farend.run("script", program.path("main.py"), config={"tally": "values", "backend": backend})
                self.assertEqual((outcome.code, outcome.err), (0, ""))
                cells = memoryview(outcome.peers[0].memory)[outcome.peers[0].messages[0]["memory"]["counters_offset"] :]  # type: ignore[arg-type]
                file = [value for kind, value in outcome.decoder.others if kind == 6 and value["path"].endswith(".html")][-1]
                found: Dict[int, int] = {}
                for kind, value in outcome.decoder.others:
                    if kind == 7 and value["file"] == file["id"]:
                        for span, slot, weight in value["hits"]:
                            found[span + 1] = found.get(span + 1, 0) + weight * struct.unpack_from("<Q", cells, 8 * slot)[0]
                self.assertEqual((file["by_line"], file["spans"], file["source"]), (True, None, HELLO))
                self.assertEqual(found, {3: 2, 4: 6, 5: 4, 7: 2, 8: 2})
                self.assertEqual([value for kind, value in outcome.decoder.others if kind == 12], [])

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


def breakpoint_in(path: str, line: int, number: int, **more: Any) -> Any:
    """Return a TRACEPOINT that stops at a line of any file."""
    from stopping import breakpoint_at

    return breakpoint_at(path, line, number, **more)


if __name__ == "__main__":
    unittest.main()
