"""What a debugger is measured with: loops that time themselves in CPU time, and values to look at."""

import sys
import threading
import time


def loop(n):
    total = 0
    for i in range(n):
        total += i  # line 10
        last = total % 10
    return total, last


def walk(n):
    total = 0
    for i in range(n):
        total += i
        total -= 1
        total += 2
        total -= 3
    return total  # line 22


def spin(stop):
    while not stop:
        sum(range(100))


class Thing:
    def __init__(self, n):
        self.number = n
        self.name = "thing %d" % n


def look():
    ints = list(range(10_000))
    things = [Thing(n) for n in range(10_000)]
    return ints, things  # line 39


def handled(n):
    """Raise and handle, as parsers and caches do."""
    for i in range(n):
        try:
            raise KeyError(i)
        except KeyError:
            pass


def fail(i):
    raise ValueError(i)


def caught_around(n):
    for i in range(n):
        try:
            fail(i)
        except ValueError:
            pass


class Client:
    errors = (KeyError, ValueError)


def caught_by_variables(n):
    client = Client()
    retried = (OSError, ValueError)
    for i in range(n // 2):
        try:
            fail(i)
        except retried:
            pass
        try:
            fail(i)
        except client.errors:
            pass


class Lacking:
    @property
    def lost(self):
        raise AttributeError("lost")


def swallowed(n):
    thing = Lacking()
    for i in range(n):
        getattr(thing, "lost", None)


task, n = sys.argv[1], int(sys.argv[2])
if task == "loop":
    loop(1)
    start = time.thread_time_ns()
    loop(n)
    print("spent", time.thread_time_ns() - start, flush=True)
elif task in ("handled", "caught_around", "caught_by_variables", "swallowed"):
    work = globals()[task]
    work(100)
    start = time.thread_time_ns()
    work(n)
    print("spent", time.thread_time_ns() - start, flush=True)
elif task == "walk":
    walk(n)
elif task == "walk beside":
    stop = []
    for _ in range(2):
        threading.Thread(target=spin, args=(stop,), daemon=True).start()
    walk(n)
    stop.append(1)
else:
    look()
