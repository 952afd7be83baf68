"""Calls of a small function, every event of which is printed. Timed by the clock: a writer that waits is paid for."""

import time


def add(a, b):
    c = a + b
    return c


def hot(n):
    total = 0
    for i in range(n):
        total = add(total, i)
    return total


hot(10)
start = time.perf_counter_ns()
hot(20_000)
spent = time.perf_counter_ns() - start
print(spent)
