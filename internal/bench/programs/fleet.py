"""A loop of a program that a fleet's agent knows of, and that nobody asks anything; "listen" has it listen. It prints the smallest of nine times."""

import sys
import time


def work(n):
    total = 0
    for i in range(n):
        total += i
    return total


def measure():
    best = None
    for _ in range(9):
        began = time.process_time_ns()
        for _ in range(100):
            work(10_000)
        took = time.process_time_ns() - began
        best = took if best is None else min(best, took)
    return best


if sys.argv[1:] == ["listen"]:
    import tallyho

    tallyho.listen()
time.sleep(1)  # the agent finds it meanwhile
print(measure())
