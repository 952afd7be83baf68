"""Functions that were built anew from their parts, as pickling by value does: their text is still a file's."""

from __future__ import annotations

import textwrap
import unittest

import farend
from farend import point, query
from stopping import BACKENDS, Debuggee
from test_tally_bridge import hits

TEXT = textwrap.dedent("""\
    import types

    def again(function, name="<dynamic-code>"):
        def code(of):
            return of.replace(co_filename=name, co_consts=tuple(code(one) if type(one) is types.CodeType else one for one in of.co_consts))
        names = {"__name__": "__main__", "__file__": __file__, "__builtins__": __builtins__}
        return types.FunctionType(code(function.__code__), names, "other")

    def work(n):
        base = n                            # base
        total = sum(i for i in range(n))
        return total                        # return

    def decorated(n):                       # never called
        return n
    """)
CALLS = "for n in (1, 2, 3): again(work)(n)\n"


class Rebuilt(unittest.TestCase):
    """The functions of a script, called by a code object of another file name."""

    def test_counts(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend), Debuggee(backend, {"main.py": TEXT + CALLS}) as program:
                outcome = farend.run("script", program.path("main.py"), config={"tally": "values", "backend": backend})
                self.assertEqual((outcome.code, outcome.err), (0, ""))
                found = hits(outcome.peers[0], outcome.decoder)
                self.assertEqual((found["total = sum(i for i in range(n))"], found["return total"], found.get("return n", 0)), (3, 3, 0))
                if backend == "monitoring":
                    self.assertEqual(found["(i for i in range(n))"], 6)

    def test_stops(self) -> None:
        """A breakpoint in it, in a program where nobody counts; the frame is of the file, and a step goes on in it."""
        for backend in BACKENDS:
            with self.subTest(backend), Debuggee(backend, {"main.py": TEXT + CALLS}) as program:
                program.start([program.at("base", hit={"op": "==", "n": 2})])
                program.stopped("breakpoint")
                top = program.top()
                self.assertEqual((top["path"], top["line"], top["user"]), (program.path("main.py"), program.line("base"), True))
                self.assertEqual(program.value("n"), "2")
                self.assertEqual(program.step()[0], "work:%d" % (program.line("base") + 1))
                program.end()

    def test_a_breakpoint_that_comes_later(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend), Debuggee(backend, {"main.py": TEXT + "f = again(work); f(1)\nf(2)     # then\nf(3)\n"}) as program:
                program.start([program.at("then")])
                program.stopped("breakpoint")
                program.arm([program.at("return", 2)])
                program.resume()
                program.stopped("breakpoint")
                self.assertEqual((program.top()["path"], program.value("n")), (program.path("main.py"), "2"))
                program.arm([], [2])
                program.end()

    def test_queries(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend), Debuggee(backend, {"main.py": TEXT + CALLS}) as program:
                where = query(("filename", "endswith", "main.py"), ("function", "eq", "work"), ("kind", "eq", "call"))
                outcome = farend.run("script", program.path("main.py"), [point(where)], config={"backend": backend})
                self.assertEqual(len(outcome.decoder.events), 3)

    def test_others_are_of_no_file(self) -> None:
        """Code of another text, without a file name, in the namespace of a script that has such a line."""
        text = TEXT + "exec(%r, {'__name__': '__main__', '__file__': __file__})\n" % (
            "\n" * 8 + "def work(n):\n    total = n\n    return total\nwork(5)\n"
        )
        for backend in BACKENDS:
            with self.subTest(backend), Debuggee(backend, {"main.py": text}) as program:
                outcome = farend.run("script", program.path("main.py"), config={"tally": "values", "backend": backend})
                self.assertEqual(outcome.code, 0, outcome.err)
                self.assertEqual(hits(outcome.peers[0], outcome.decoder).get("return total", 0), 0)


if __name__ == "__main__":
    unittest.main()
