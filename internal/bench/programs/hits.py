"""A loop of a million rounds that calls a function as often as asked: what each call costs, and what the rest does."""

import sys
import time

ROUNDS = 1_000_000


def rare(i):
    return i + 1


if "pysnooper" in sys.argv:
    import pysnooper

    rare = pysnooper.snoop("/dev/null")(rare)


def hot(n, every):
    total = 0
    for i in range(n):
        total += i & 7
        if i % every == 0:
            total += rare(i)
    return total


every = ROUNDS // int(sys.argv[1])
hot(10, 10)
start = time.thread_time_ns()
hot(ROUNDS, every)
print(time.thread_time_ns() - start)
