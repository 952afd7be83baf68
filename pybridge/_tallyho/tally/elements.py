"""Where comprehensions and generator expressions produce their elements."""

from __future__ import annotations

from typing import Dict, Iterable, List

from ..base.bytecode import APPENDS, FOR_ITER, RESUME, YIELD_VALUE, Listing
from .spans import SpanTree


def find_elements(tree: SpanTree, listing: Listing, reached: Iterable[int]) -> Dict[int, List[int]]:
    """Return the instructions that produce an element, each with the spans of those that it is an element of.

    They are told by their exact position, which is the element's. An element that is unpacked (PEP 798) counts as one, however
    much is in it.
    """
    found: Dict[int, List[int]] = {}
    for at in reached:
        op, lazy = listing.ops[at], False
        if op in APPENDS:
            if listing.args[at] < 2:  # [*a, b] as an element appends and extends too, a list that is on top
                continue
        elif op == YIELD_VALUE:
            lazy = True
            if at + 1 == len(listing) or listing.ops[at + 1] != RESUME or listing.args[at + 1] & 3 != 1:
                continue
            if listing.ops[at - 1] == FOR_ITER:  # (*x for x in xs): a loop through x, before which stands GET_ITER
                at -= 2
        else:
            continue
        for span, is_lazy in tree.elements.get((listing.starts[at], listing.ends[at]), ()):
            if is_lazy == lazy:
                found.setdefault(at, []).append(span.index)
    return found


__all__ = ["find_elements"]
