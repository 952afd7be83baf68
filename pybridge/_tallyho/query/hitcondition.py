"""Hit conditions: which of a tracepoint's hits it is meant for, by their number."""

from __future__ import annotations

from typing import Any, Callable, Dict, Mapping

_HIT: Dict[str, Callable[[int, int], bool]] = {
    "==": lambda hits, n: hits == n,
    ">=": lambda hits, n: hits >= n,
    ">": lambda hits, n: hits > n,
    "<": lambda hits, n: hits < n,
    "<=": lambda hits, n: hits <= n,
    "%": lambda hits, n: n > 0 and hits % n == 0,
}


def hit_test(hit: Mapping[str, Any]) -> Callable[[int], bool]:
    """Return the test of the number of hits that a hit condition makes."""
    compare, n = _HIT[str(hit["op"])], int(hit["n"])
    return lambda hits: compare(hits, n)


FOREVER = 1 << 40
"""Hits that no program makes."""

_UNMEANT: Dict[str, Callable[[int, int], int]] = {
    "==": lambda hits, n: n - hits - 1 if hits < n else FOREVER,
    ">=": lambda hits, n: n - hits - 1,
    ">": lambda hits, n: n - hits,
    "<": lambda hits, n: 0 if hits + 1 < n else FOREVER,
    "<=": lambda hits, n: 0 if hits + 1 <= n else FOREVER,
    "%": lambda hits, n: n - hits % n - 1 if n > 0 else FOREVER,
}


def unmeant(hit: Mapping[str, Any]) -> Callable[[int], int]:
    """Return what says, after so many hits, how many of the next ones a hit condition lets pass."""
    ahead, n = _UNMEANT[str(hit["op"])], int(hit["n"])
    return lambda hits: max(0, min(ahead(hits, n), FOREVER))


def none(hits: int) -> int:
    """What `unmeant` says where there is no hit condition."""
    return 0
