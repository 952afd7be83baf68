"""A million calls of a small function."""

import time


def add(a, b):
    return a + b


def hot(n):
    total = 0
    for i in range(n):
        total = add(total, i)
    return total


hot(10_000)
start = time.thread_time_ns()
hot(1_000_000)
print(time.thread_time_ns() - start)
