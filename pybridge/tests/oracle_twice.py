"""Runs a program of the oracle's twice, by the same code objects, and waits for a line in between."""

from __future__ import annotations

import os
import sys

from oracle_world import World, run


def main(folder: str, seed: int) -> None:
    path = os.path.join(folder, "case.py")
    with open(path, encoding="utf-8") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    run(code, World(seed))
    print("again", flush=True)
    sys.stdin.readline()
    run(code, World(seed))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
