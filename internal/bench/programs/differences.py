"""The standard library's difflib."""

import difflib
import time

left = ["line %d of the %s text" % (i, "first" if i % 7 else "old") for i in range(300)]
right = ["line %d of the %s text" % (i, "first" if i % 5 else "new") for i in range(10, 310)]


def work(rounds):
    for _ in range(rounds):
        list(difflib.unified_diff(left, right, n=3))
        list(difflib.ndiff(left[:25], right[:25]))


work(1)
start = time.thread_time_ns()
work(150)
print(time.thread_time_ns() - start)
