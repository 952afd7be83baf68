"""A file that changes while its module is in use: what of its new text is counted."""

from __future__ import annotations

import os
import tempfile
import textwrap
import unittest

import farend
from stopping import BACKENDS
from test_tally_bridge import hits

PROGRAM = textwrap.dedent("""\
    import os, time
    import prices
    with open("prices.new", "w") as stream:
        stream.write("# Other lines.\\ndef price(n):\\n    return n * 3\\n")
    os.replace("prices.new", "prices.py")
    calls = [prices.price(10) for _ in range(7)]
    stamp = 0
    while calls[-1] == 20:          # as often as it takes: nobody may have looked at the file before
        stamp += 1
        os.utime("prices.py", (stamp, stamp))
        until = time.monotonic() + 0.5
        while calls[-1] == 20 and time.monotonic() < until:
            calls.append(prices.price(10))
            time.sleep(0.001)
    calls += [prices.price(10) for _ in range(7)]
    print(calls.count(30), calls.count(20) + calls.count(30) == len(calls))
    """)


class Counts(unittest.TestCase):
    def test_the_new_text_is_counted(self) -> None:
        for backend in BACKENDS:
            with self.subTest(backend), tempfile.TemporaryDirectory() as folder:
                for name, text in (("prog.py", PROGRAM), ("prices.py", "def price(n):\n    return n * 2\n")):
                    with open(os.path.join(folder, name), "w", encoding="utf-8") as stream:
                        stream.write(text)
                config = {"tally": "values", "backend": backend, "reload": {"interval": 0.001}}
                outcome = farend.run("script", os.path.join(folder, "prog.py"), cwd=folder, config=config)
                self.assertEqual((outcome.code, outcome.err), (0, ""))
                number, whole = outcome.out.split()
                self.assertEqual(whole, "True")
                self.assertEqual(hits(outcome.peers[0], outcome.decoder).get("return n * 3"), int(number))


if __name__ == "__main__":
    unittest.main()
