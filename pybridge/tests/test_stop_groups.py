"""Exception groups: `uncaught` stops once where one ends the program, and not where `except*` takes it."""

from __future__ import annotations

import subprocess
import sys
import unittest

from size import its_turn
from stopping import BACKENDS, Debuggee, at_exceptions

PRELUDE = """
import asyncio, contextlib
class Own(ExceptionGroup):
    def derive(self, excs): return Own(self.message, excs)
class Plain(ExceptionGroup): pass
CLASSES = (TypeError, OSError)
def group(*parts): return ExceptionGroup("g", list(parts))
T, O, K, V = TypeError("t"), OSError(1), KeyError("k"), ValueError("v")
"""

PROGRAMS = [
    "try: raise group(T)\nexcept* TypeError: pass",
    "try: raise group(T, O)\nexcept* TypeError: pass",
    "try: raise group(T, O)\nexcept* TypeError: pass\nexcept* OSError as e: x = [1]",
    "try: raise group(T, O)\nexcept* CLASSES: pass",
    "try: raise group(T, group(O, group(T)))\nexcept* (TypeError, OSError): pass",
    "try: raise group(T, group(O, K))\nexcept* (TypeError, OSError): pass",
    "try: raise group(T)\nexcept* Exception: pass",
    "try: raise group(T)\nexcept* BaseException: pass",
    "try: raise BaseExceptionGroup('b', [KeyboardInterrupt()])\nexcept* Exception: pass\nexcept* KeyboardInterrupt: pass",
    "try: raise T\nexcept* TypeError: pass",
    "try: raise T\nexcept* OSError: pass",
    "try:\n  try: raise T\n  except* OSError: pass\nexcept TypeError: pass",
    "try:\n  try: raise group(T, O)\n  except* TypeError: pass\nexcept* OSError: pass",
    "try:\n  try: raise group(T, O, K)\n  except* TypeError: pass\nexcept* OSError: pass",
    "try:\n  try: raise group(T, O)\n  except* TypeError: pass\nexcept ExceptionGroup: pass",
    "try:\n  try: raise group(T, O)\n  except* TypeError: raise\nexcept* (TypeError, OSError): pass",
    "try:\n  try: raise group(T, O)\n  except* TypeError: raise V\nexcept* (ValueError, OSError): pass",
    "def f():\n  try: raise group(T, O)\n  except* TypeError: pass\ntry: f()\nexcept* OSError: pass",
    "def f():\n  try: raise group(T, O)\n  except* TypeError: pass\nf()",
    "def f():\n  try: raise group(T, O)\n  finally: x = []; x.append(1)\ntry: f()\nexcept* (OSError, TypeError): pass",
    "def f():\n  try: raise group(T, O)\n  finally:\n    [print for i in ()]\nf()",
    "try: raise Own('o', [T, O])\nexcept* TypeError: pass\nexcept* OSError: pass",
    "try: raise Own('o', [T, O])\nexcept* TypeError: pass",
    "try: raise Plain('o', [T, O])\nexcept* TypeError: pass\nexcept* OSError: pass",
    "try:\n  try: raise Plain('o', [T, O])\n  except* TypeError: pass\nexcept Plain: pass",
    "try:\n  with contextlib.nullcontext(): raise group(T)\nexcept* TypeError: pass",
    "for i in range(3):\n  try: raise group(T)\n  except* TypeError: continue_ = 1",
    "async def bad(): raise T\nasync def main():\n  try:\n    async with asyncio.TaskGroup() as g: g.create_task(bad())\n  except* TypeError: pass\nasyncio.run(main())",
    "async def bad(): raise T\nasync def main():\n  async with asyncio.TaskGroup() as g: g.create_task(bad())\ntry: asyncio.run(main())\nexcept* TypeError: pass",
    "async def bad(): raise T\nasync def main():\n  async with asyncio.TaskGroup() as g: g.create_task(bad())\nasyncio.run(main())",
]


@unittest.skipUnless(sys.version_info >= (3, 11), "exception groups came with 3.11")
class Groups(unittest.TestCase):
    def test_uncaught(self) -> None:
        """It stops once in each program that an exception ends, and never in another."""
        for number, program in enumerate(PROGRAMS):
            text = PRELUDE + program + "\n"
            dies = subprocess.run([sys.executable, "-c", text], stderr=subprocess.DEVNULL).returncode != 0
            for also, backend in enumerate(BACKENDS):
                if not its_turn(number + also):
                    continue
                with self.subTest(program, backend=backend), Debuggee(backend, {"main.py": text}) as it:
                    it.start([at_exceptions("uncaught")])
                    stops = 0
                    while True:
                        try:
                            it.stopped("exception")
                        except AssertionError:
                            break
                        stops += 1
                        it.resume()
                    self.assertEqual(stops, int(dies))


if __name__ == "__main__":
    unittest.main()
