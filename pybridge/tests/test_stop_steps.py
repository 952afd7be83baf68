"""Stops and steps: where a program stands after each, and what is seen there."""

from __future__ import annotations

import unittest

from stopping import BACKENDS, Debuggee

SCRIPT = '''
def add(a, b):
    total = a + b                                   # add
    return total                                    # return

def main():
    x = 1                                           # x
    y = add(x,                                      # call
            2)
    z = [add(i, i) for i in range(3)]               # list
    return x + y                                    # end

main()                                              # main
print("done")                                       # done
'''


class Script(unittest.TestCase):
    def test_breakpoint_stack_scopes_and_steps(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend), Debuggee(backend, {"main.py": SCRIPT}) as it:
                it.start([it.at("x")])
                stop = it.stopped("breakpoint")
                self.assertEqual((stop["tracepoints"], stop["all"], stop["epoch"]), ([1], True, 1))
                self.assertEqual(it.where(), ["main:%d" % it.line("x"), "<module>:%d" % it.line("main")])
                frame = it.top()
                self.assertEqual((frame["path"], frame["column"], frame["hint"]), (it.path("main.py"), 4, "normal"))
                self.assertEqual(it.locals(), {})
                self.assertEqual(it.step()[0], "main:%d" % it.line("call"))
                self.assertEqual(it.locals(), {"x": "1"})
                self.assertEqual(it.step("in")[0], "add:%d" % it.line("add"))
                self.assertEqual(it.locals(), {"a": "1", "b": "2"})
                self.assertEqual(it.value("a + b"), "3")
                self.assertEqual(it.value("[a + i for i in range(b)]"), "[1, 2]")
                self.assertEqual(it.step("out")[0], "main:%d" % it.line("call"))
                returned = it.children(it.scope("Return value")["ref"])
                self.assertEqual(returned["(return) add"]["value"], "3")
                self.assertEqual(it.step()[0], "main:%d" % it.line("list"))
                self.assertEqual(it.step()[0], "main:%d" % it.line("end"))
                self.assertEqual(it.locals(), {"x": "1", "y": "3", "z": "[0, 2, 4]"})
                self.assertEqual(it.step()[0], "<module>:%d" % it.line("main"))
                self.assertEqual(it.step()[0], "<module>:%d" % it.line("done"))
                self.assertEqual(it.end(), "done\n")


if __name__ == "__main__":
    unittest.main()
