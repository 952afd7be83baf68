"""Import what lies under a directory; print the nanoseconds of CPU that took, or the bytes of memory there are then."""

import os
import sys
import time


def names(directory):
    """Return the modules in a directory, in order."""
    for parent, folders, files in os.walk(directory):
        folders[:] = sorted(folder for folder in folders if folder != "__pycache__")
        inside = os.path.relpath(parent, directory).replace(os.sep, ".").strip(".")
        for name in sorted(files):
            if name.endswith(".py"):
                yield (inside + "." if inside else "") + name[:-3]


def memory():
    """Return the bytes that are resident and the process's own, or shared with whoever reads what it writes."""
    with open("/proc/self/status", encoding="ascii") as status:
        sizes = dict(line.split(":", 1) for line in status)
    return 1024 * sum(int(sizes[name].split()[0]) for name in ("RssAnon", "RssShmem"))


found = list(names(sys.argv[1]))
sys.path.insert(0, sys.argv[1])
start = time.process_time_ns()
for one in found:
    __import__(one)
spent = time.process_time_ns() - start
print(memory() if sys.argv[2:] == ["memory"] else spent)
