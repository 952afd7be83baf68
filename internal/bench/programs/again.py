"""Compiles and runs one small file ten thousand times, as servers that reload and notebooks do.

Prints how long a thousand rounds take at the end by what they took at first, or with "memory" the bytes added since the second thousand.
"""

import sys
import time

TEXT = """\
a = 1
b = a + 1
def g(x):
    return x * 2
c = g(b)
"""


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def main():
    path = __file__ + ".text.py"
    with open(path, "w") as file:
        file.write(TEXT)
    took, memory = [], []
    for _ in range(10):
        start = time.process_time()
        for _ in range(1000):
            exec(compile(TEXT, path, "exec"), {})
        took.append(time.process_time() - start)
        memory.append(resident())
    print(memory[-1] - memory[1] if "memory" in sys.argv[1:] else min(took[-3:]) / min(took[1:4]))


main()
