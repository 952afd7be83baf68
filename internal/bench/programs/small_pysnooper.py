"""The loop of small.py under PySnooper."""

import time

import pysnooper


@pysnooper.snoop("/dev/null")
def work(n):
    total = 0
    for i in range(n):
        a = i * 2
        b = a + 1
        total += b
    return total


start = time.thread_time_ns()
work(300)
print(time.thread_time_ns() - start)
