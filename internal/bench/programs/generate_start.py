"""Write programs that cost something to begin: python generate_start.py DIRECTORY MODULES."""

import os
import sys

MODULE = '''"""Module {n}."""
import os

LIMIT = {n}
NAMES = ["a", "b", "c"]


class Thing:
    """A thing."""

    size = LIMIT * 2

    def __init__(self, name, parts=()):
        self.name = name
        self.parts = list(parts)

    def total(self):
        total = 0
        for part in self.parts:
            if part > LIMIT:
                total += part
        return total


def make(name):
    thing = Thing(name, [1, 2, 3])
    thing.total()
    return thing


def unused(path):
    with open(path) as stream:
        return [line.strip() for line in stream if line]


first = make("first")
'''

STATEMENTS = """def work_{n}(value):
    total = value + {n}
    if total > 3:
        total -= 1
    other = [total, value]
    return other


"""


def write(path, text):
    """Write a file, and its directory."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def main():
    """Write them all."""
    directory, modules = sys.argv[1], int(sys.argv[2])
    for n in range(modules):
        write(os.path.join(directory, "many", "part%03d" % (n // 100), "module%05d.py" % n), MODULE.format(n=n))
    rows = "".join("    ('row %d', %d, [%d, 'x']),\n" % (n, n, n % 7) for n in range(50_000))
    write(os.path.join(directory, "literal", "table.py"), "ROWS = [\n" + rows + "]\n\n\ndef size():\n    return len(ROWS)\n\n\nsize()\n")
    assignments = "".join("x%d = %d\n" % (n, n) for n in range(1000))
    functions = "".join(STATEMENTS.format(n=n) for n in range(24_900))
    write(os.path.join(directory, "long", "long.py"), assignments + functions + "work_1(1)\nwork_2(2)\n")


main()
