"""Stops and steps: where a program stands after each, and what is seen there."""

from __future__ import annotations

import unittest
from typing import Dict

from stopping import BACKENDS, Debuggee, Refusal

SCRIPT = """
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
"""


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
                self.assertEqual(it.locals(), {"(return) add": "3", "x": "1"})
                self.assertEqual(it.step()[0], "main:%d" % it.line("list"))
                self.assertEqual(it.step()[0], "main:%d" % it.line("end"))
                own = {name: value for name, value in it.locals().items() if "return" not in name}
                self.assertEqual(own, {"x": "1", "y": "3", "z": "[0, 2, 4]"})
                self.assertEqual(it.step()[0], "<module>:%d" % it.line("main"))
                self.assertEqual(it.step()[0], "<module>:%d" % it.line("done"))
                self.assertEqual(it.end(), "done\n")

    def test_what_calls_returned(self) -> None:
        """The results of the calls that a step goes over are among the variables until the next step."""
        text = """
import functools, json

def double(n):
    return inner(n) * 2

def inner(n):
    return n

def numbers(n):
    yield from range(n)

async def waits(n):
    return n + 100

class Cart:
    def __init__(self): self.rate = 3
    def price(self, n): return n * self.rate
    def nothing(self): pass

def fails():
    raise ValueError

async def main(n):
    cart = Cart()                                       # cart
    total = double(n) + double(n + 1) + cart.price(2)   # calls
    cart.nothing(); list(numbers(3)); len("abc")        # nothing
    await waits(total)                                  # await
    try:
        fails()                                         # fails
    except ValueError: pass                             # except
    names = json.loads("[1]")                           # loads
    again = main_again(n)                               # again
    return total                                        # end

def main_again(n):
    return n if n == 0 else main_again(n - 1) + 1       # recursion

import asyncio
asyncio.run(main(5))                                    # run
print("over")                                           # over
"""
        for backend in BACKENDS:
            for returns in (True, False):
                with self.subTest(backend, returns=returns), Debuggee(backend, {"main.py": text}) as it:
                    it.start([it.at("cart"), it.at("recursion", 2)], return_values=returns)
                    it.stopped()
                    want = {
                        "calls": {}, "nothing": {"(return) double": "10", "(return) double (2)": "12", "(return) price": "6"},
                        "await": {"(return) nothing": "None"}, "fails": {"(return) waits": "128"}, "except": {},
                    }  # fmt: skip
                    for mark, values in want.items():
                        it.step()
                        if mark == "fails" and it.where()[0] == "main:%d" % (it.line(mark) - 1):
                            self.assertEqual(self.results(it), values if returns else {})
                            it.step()  # the line of the try
                            values = {}
                        if mark == "except" and it.where()[0] != "main:%d" % it.line(mark):
                            it.step()
                        self.assertEqual(it.where()[0], "main:%d" % it.line(mark))
                        self.assertEqual(self.results(it), values if returns else {}, mark)
                    self.until(it, "loads")
                    it.step()
                    self.assertEqual(self.results(it), {"(return) loads": "[1]"} if returns else {})
                    it.resume()
                    it.stopped("breakpoint")  # in a call that a step would go over: nothing of that
                    self.assertEqual(self.results(it), {})
                    it.arm([], [1, 2])
                    self.assertEqual(it.step("out")[0], "main:%d" % it.line("again"))
                    self.assertEqual(self.results(it), {"(return) main_again": "5"} if returns else {})
                    children = it.children(it.scope()["ref"])
                    if returns:
                        self.assertEqual(children["(return) main_again"]["hint"]["attributes"], ["readOnly"])
                        with self.assertRaises(Refusal):
                            it.ask("set_variable", ref=it.scope()["ref"], name="(return) main_again", value="1")
                    self.assertEqual(it.end(), "over\n")

    def results(self, it: Debuggee) -> Dict[str, str]:
        """Return what is shown as returned."""
        return {name: value for name, value in it.locals().items() if name.startswith("(return)")}

    def until(self, it: Debuggee, mark: str) -> None:
        """Step to a line."""
        for _ in range(10):
            if it.where()[0] == "main:%d" % it.line(mark):
                return
            it.step()
        raise AssertionError(it.where())


if __name__ == "__main__":
    unittest.main()
