"""As many calls of a small function as the last argument says, each of which returns into somebody's hands."""

import sys


def step(i):
    twice = i * 2
    return twice


def work(n):
    total = 0
    for i in range(n):
        total += step(i)
    return total


work(int(sys.argv[1]))
