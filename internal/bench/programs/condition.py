"""A loop of a few cheap statements, at one of which a condition is asked."""

import time


def work(n):
    total = 0
    for i in range(n):
        a = i * 2
        b = a + 1
        total += b
    return total


work(1)
start = time.thread_time_ns()
work(2_000_000)
print(time.thread_time_ns() - start)
