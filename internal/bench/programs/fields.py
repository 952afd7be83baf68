"""A function of two lines that is called over and over: what one question costs each event. The smallest of five times counts."""

import sys
import time

ROUNDS, TIMES = 4_000, 5


def inner(x):
    y = x + 1
    return y


def outer(rounds):
    for i in range(rounds):
        inner(i)


def raising(rounds):
    for i in range(rounds):
        try:
            fails(i)
        except ValueError:
            pass


def fails(x):
    raise ERROR


ERROR = ValueError("x")


def measure(work):
    best = None
    for _ in range(TIMES):
        began = time.process_time_ns()
        work(ROUNDS)
        took = time.process_time_ns() - began
        best = took if best is None else min(best, took)
    return best


outer(100)
print(measure(raising if "raising" in sys.argv else outer))
