"""The last values in a loop: sampled once more when the loop is over, where they cannot have changed since.

The fast path takes no samples, so the newest sample of a loop that ended soon would be old. When control comes to the
statement after a loop, the loop's statements are sampled again: those that the last round ran for sure, in a frame
that ran a round for sure, and only if nothing that came after them binds their names or can have changed their values.
"""

from __future__ import annotations

import ast
from typing import Dict, FrozenSet, Iterator, List, Sequence, Set

from .spans import Ending, Span

LOOPS = frozenset(("for", "async for", "while"))
LOOP_NODES = (ast.For, ast.AsyncFor, ast.While)
JUMPS = frozenset(("break", "continue", "return"))
SIMPLE = frozenset(("assign", "expression", "del", "assert"))
UNCHANGING = frozenset(("int", "float", "complex", "bool", "str", "bytes", "NoneType"))
"""Types whose values a later statement cannot have changed in place."""


def set_endings(spans: Sequence[Span], by_node: Dict[int, Span], blocks: Iterator[List[ast.stmt]], declared: FrozenSet[str]) -> None:
    """Give each statement that follows a loop the endings of that loop; spans are in order of the source.

    declared are the names of the file's global and nonlocal statements: any call may bind them.
    """
    order = {id(span): place for place, span in enumerate(spans)}
    for block in blocks:
        for node, following in zip(block, block[1:]):
            if isinstance(node, LOOP_NODES):
                loop = by_node[id(node)]
                inner = _inside(spans, order[id(loop)], loop)
                body = [by_node[id(child)] for child in node.body]
                by_node[id(following)].endings = tuple(_endings(loop, inner, body, spans, order, declared))


def _inside(spans: Sequence[Span], at: int, loop: Span) -> List[Span]:
    found: List[Span] = []
    for span in spans[at + 1 :]:
        if not span.within(loop):
            break
        found.append(span)
    return found


def _endings(
    loop: Span, inner: List[Span], body: List[Span], spans: Sequence[Span], order: Dict[int, int], declared: FrozenSet[str]
) -> Iterator[Ending]:
    if any(span.kind in JUMPS for span in inner):
        return
    around = loop.parent
    while around is not None and around.owner is loop.owner:
        if around.kind in LOOPS:
            return
        around = around.parent
    rounds: FrozenSet[str] = frozenset()
    if loop.owner.name != "<module>":
        rounds = _targets(loop, spans[: order[id(loop)]])
        if not rounds:
            return
    for span in [loop] + [one for one in body if one.kind in SIMPLE]:
        later = [one for one in inner if one.start >= span.end] if span is not loop else inner
        bound = {wanted.root for one in later for wanted in one.names if wanted.stored and not wanted.steps}
        mentioned = frozenset(wanted.root for one in later for wanted in one.names)
        if any(wanted.root in bound or wanted.root in declared or wanted.steps and wanted.root in mentioned for wanted in span.names):
            continue
        yield Ending(span, mentioned, rounds)


def _targets(loop: Span, before: Sequence[Span]) -> FrozenSet[str]:
    """Return the names that a `for` binds and that nothing before it in its function binds."""
    if loop.kind == "while":
        return frozenset()
    targets: Set[str] = {wanted.root for wanted in loop.names if wanted.stored and not wanted.steps}
    for span in before:
        if span.owner is loop.owner:
            targets.difference_update(wanted.root for wanted in span.names)
    return frozenset(targets)
