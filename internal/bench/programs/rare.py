"""A hot loop that calls a function once in a thousand rounds."""

import time


def rare(i):
    return i + 1


def hot(n):
    total = 0
    for i in range(n):
        total += i & 7
        if i % 1000 == 0:
            total += rare(i)
    return total


hot(10_000)
start = time.thread_time_ns()
hot(2_000_000)
print(time.thread_time_ns() - start)
