"""The standard library's textwrap."""

import textwrap
import time

text = " ".join("word%d-and-%s" % (i, "x" * (i % 9)) for i in range(600))


def work(rounds):
    for _ in range(rounds):
        lines = textwrap.wrap(text, 60)
        textwrap.dedent(textwrap.indent("\n".join(lines), "    "))
        textwrap.shorten(text, 200)


work(1)
start = time.thread_time_ns()
work(150)
print(time.thread_time_ns() - start)
