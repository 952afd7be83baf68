"""A hot function of three lines, and one that is called for none of its results."""

import time


def step(i):
    j = i * 3
    if j < 0:
        j = rare(j)
    return j


def rare(i):
    return i


def hot(n):
    total = 0
    for i in range(n):
        total += step(i)
    return total


hot(1000)
start = time.thread_time_ns()
hot(300_000)
spent = time.thread_time_ns() - start
print(spent)
