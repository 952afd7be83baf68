"""Where the statements of a code object begin: the offsets to probe, and what each probe's count means.

A statement is hit when control enters its instructions from outside. The flow graph gives those edges; each becomes
a probe on an instruction that runs on no other occasion. A Plan is a pure function of source and interpreter.
"""

from __future__ import annotations

import bisect
from types import CodeType
from typing import Callable, Dict, FrozenSet, List, Optional, Sequence, Set, Tuple

from ..base.behaviour import ANNOTATES_LATE, BYTECODE_IS_KNOWN
from ..base.bytecode import EXTENDED_ARG, ITERATES, JUMP_BACKWARD, JUMPS, NOT_TAKEN, NOWHERE, RESUME, Listing
from ..base.compiling import quietly_compile
from ..base.source import Position, Source
from ..base.textcode import CELL
from .cells import cell_at
from .elements import find_elements
from .loops import LOOPS
from .packed import CLEAR, CountPlan, empty, pack
from .spans import Owner, Span, SpanTree, by_start

LIMIT = 60_000
"""Code units of the longest code object that is planned; beyond are tables of data."""

START = -1  # as a predecessor: the frame begins
OUT = -1  # as a statement: none


class PlanError(Exception):
    """A code object that does not fit its source, or what is known of this version of Python; it is not planned."""


class OtherSource(PlanError):
    """A code object that was not compiled from this text: it is not counted at all."""


def make_plan(tree: SpanTree, source: Callable[[], Source], code: CodeType, name: str = "") -> CountPlan:
    """Make the Plan of a code object of a file. source is seldom called; name: what the file calls the code, if not co_name.

    Raises PlanError where the Plan could not be trusted.
    """
    if not BYTECODE_IS_KNOWN:
        raise PlanError("statement plans are verified on CPython 3.12 to 3.15 only")
    if len(code.co_code) > 2 * LIMIT:
        raise PlanError("a code object of more than %d instructions" % LIMIT)
    listing = Listing(code)
    owner = find_owner(tree, source, code, listing, name or code.co_name)
    if owner is None:
        return empty()
    return CodePlanner(tree, listing, owner).plan()


def find_owner(tree: SpanTree, source: Callable[[], Source], code: CodeType, listing: Listing, name: str) -> Optional[Owner]:
    """Return what a code object was compiled from; None for a hidden scope without statements."""
    if name == "<module>":
        return tree.module
    if name == CELL + "<module>":
        held = _extent(listing)
        return None if held is None else cell_at(tree, held[1][0])
    name = name[len(CELL) :] if name.startswith(CELL) else name
    if name.startswith("<generic parameters of"):
        return None
    found = tree.owners.get((code.co_firstlineno, name), [])
    body = _extent(listing)
    fitting = [owner for owner in found if body is None or owner.start <= body[0] and body[1] <= owner.end]
    if not fitting:
        if _is_hidden(tree, name):
            return None
        raise OtherSource("%s at line %d is not in the source" % (name, code.co_firstlineno))
    if body is None and len(fitting) > 1:
        fitting = [owner for owner in fitting if _is_constant(source(), owner, listing)] or fitting
    # Several lambdas may start on one line: the code is the innermost whose body holds all of it.
    return max(fitting, key=lambda owner: (owner.start, (-owner.end[0], -owner.end[1])))


def _is_hidden(tree: SpanTree, name: str) -> bool:
    """Whether code of that name may be annotations, or the bound or default of a type parameter, which have no statements."""
    if name == "__annotate__" and ANNOTATES_LATE:
        return True  # also where the file has a function of that name: this code is not it
    return name.isidentifier() and not any(owner.name == name for owners in tree.owners.values() for owner in owners)


def _is_constant(source: Source, owner: Owner, listing: Listing) -> bool:
    """Whether a lambda's body is the constant that a code object returns: 3.12 gives such code no position."""
    (line, column), (last, end) = owner.start, owner.end
    lines = [source.utf8(number) for number in range(line, last + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][column:]
    try:
        code = quietly_compile(b"_ = (" + b"\n".join(lines) + b"\n)", "<lambda>")
    except (SyntaxError, ValueError):
        return False
    returned = listing.code.co_consts[listing.args[-1]]
    return code.co_names == ("_",) and len(code.co_code) <= 8 and repr(code.co_consts[0]) == repr(returned)


def _extent(listing: Listing) -> Optional[Tuple[Position, Position]]:
    """Return the first and last position of a body, without what the compiler puts before it."""
    positions = [(start, end) for start, end, op in zip(listing.starts, listing.ends, listing.ops) if end[1] > 0 and op != RESUME]
    if not positions:
        return None
    return min(start for start, _ in positions), max(end for _, end in positions)


def map_statements(tree: SpanTree, listing: Listing, owner: Owner) -> List[int]:
    """Return the innermost statement that holds the start of each instruction's position; CLEAR where it has none."""
    pairs = list(by_start(tree.statements[owner.number]))
    starts = [start for start, _ in pairs]
    known: Dict[Position, int] = {NOWHERE: CLEAR}
    at: List[int] = []
    for position in listing.starts:
        found = known.get(position)
        if found is None:
            index = bisect.bisect_right(starts, position) - 1
            found = known[position] = _holder(pairs[index][1] if index >= 0 else None, position, owner)
        at.append(found)
    return at


def _holder(span: Optional[Span], position: Position, owner: Owner) -> int:
    while span is not None:
        if span.statement and span.owner is owner and span.holds(position):
            return span.index
        span = span.parent
    return OUT


class CodePlanner:
    """Plans one code object. An instruction is given by its index in the listing, a statement by the index of its span."""

    def __init__(self, tree: SpanTree, listing: Listing, owner: Owner) -> None:
        self.tree = tree
        self.spans = tree.spans
        self.listing = listing
        self.owner = owner
        self.reached: List[int] = []
        self.before: List[List[int]] = []
        self.at: List[int] = []
        self.origins: List[Sequence[int]] = []
        self.terms: Dict[int, List[Tuple[int, int]]] = {}  # span -> [(instruction, weight)]
        self.elements: Dict[int, List[int]] = {}  # instruction -> comprehension spans
        self.within: List[Span] = []  # comprehensions and lambdas in statements that are counted
        self.calls: List[Tuple[int, int]] = []  # (instruction, weight)

    def begin(self) -> Dict[int, Dict[int, Tuple[List[int], List[int]]]]:
        """Find the statement of each instruction, and where the statements are entered (see _entries)."""
        self._flow()
        self.at = map_statements(self.tree, self.listing, self.owner)
        self._trace_origins()
        return self._entries()

    def plan(self, without: FrozenSet[int] = frozenset()) -> CountPlan:
        """Make the Plan; without: statements that are not to be counted."""
        for span, entries in self.begin().items():
            if span not in without:
                self.terms[span] = self._choose(entries)
        self._stand_ins()
        self.elements = find_elements(self.tree, self.listing, self.reached)
        self._leave_out(without)
        self.calls = self._find_calls()
        if self.owner.span >= 0 and self.owner.name == "<lambda>":
            self.terms[self.owner.span] = [(self.listing.ops.index(RESUME) + 1, 1)]
        return self._finish()

    def _leave_out(self, without: FrozenSet[int]) -> None:
        """Count nothing in statements that are not to be counted: no elements and lambdas inside, and no stand-ins for them."""
        self.within = [span for span in self.tree.expressions[self.owner.number] if self._statement_of(span) not in without]
        for span in without:
            self.terms.pop(span, None)
        if without:
            for at, spans in list(self.elements.items()):
                spans[:] = [span for span in spans if self._statement_of(self.spans[span]) not in without]
                if not spans:
                    del self.elements[at]

    @staticmethod
    def _statement_of(span: Optional[Span]) -> int:
        """Return the innermost statement around an expression."""
        while span is not None and not span.statement:
            span = span.parent
        return span.index if span is not None else OUT

    def _flow(self) -> None:
        """Find what can be reached, and from where, exceptions included."""
        listing = self.listing
        before: List[List[int]] = [[] for _ in listing.ops]
        before[0].append(START)
        seen = bytearray(len(listing))
        todo = [0]
        while todo:
            at = todo.pop()
            if seen[at]:
                continue
            seen[at] = 1
            after = listing.successors(at)
            if listing.handlers[at] >= 0 and listing.may_raise(at):
                after.append(listing.handlers[at])
            for other in after:
                before[other].append(at)
            todo += after
        self.reached = [at for at, flag in enumerate(seen) if flag]
        self.before = before

    def _trace_origins(self) -> None:
        """Find for each instruction the statements in which control may be after it: an instruction without a position keeps the one before."""
        origins: List[Set[int]] = [set() if span == CLEAR else {span} for span in self.at]
        after: Dict[int, List[int]] = {}
        todo = [at for at in self.reached if self.at[at] == CLEAR]
        for at in todo:
            for other in self.before[at]:
                after.setdefault(other, []).append(at)
        while todo:
            at = todo.pop()
            new: Set[int] = set()
            for other in self.before[at]:
                new |= {OUT} if other == START else origins[other]
            if not new <= origins[at]:
                origins[at] |= new
                todo += after.get(at, ())
        self.origins = [tuple(origin) for origin in origins]

    def _origin(self, at: int) -> Sequence[int]:
        return (OUT,) if at == START else self.origins[at]

    def _entries(self) -> Dict[int, Dict[int, Tuple[List[int], List[int]]]]:
        """Find span -> first instruction -> (predecessors that make a hit, predecessors that make none)."""
        found: Dict[int, Dict[int, Tuple[List[int], List[int]]]] = {}
        for at in self.reached:
            index = self.at[at]
            if index < 0:
                continue
            before = self.before[at]
            if len(before) == 1 and before[0] == at - 1 and self.at[at - 1] == index:
                continue
            span = self.spans[index]
            counted: List[int] = []
            others: List[int] = []
            for other in before:
                (counted if self._is_hit(other, at, span) else others).append(other)
            if counted:
                found.setdefault(index, {})[at] = counted, others
        return found

    def _is_hit(self, before: int, at: int, span: Span) -> bool:
        """Whether the edge into an instruction of a statement begins the statement."""
        for origin in self._origin(before):
            if origin == span.index:
                continue
            # Coming back from the statement's own body is a hit of loops only: the exit of a `with` and a handler's clean-up are none.
            if origin < 0 or span.kind in LOOPS or not self.spans[origin].within(span):
                return True
        # A round whose body left no instruction. The compiler may put the test of such a `while` there twice: the first leads to the
        # second, or past the loop, and the second is the one that goes round.
        if span.kind == "while" and (self.listing.ops[before] in JUMPS or self.listing.ops[before] == NOT_TAKEN):
            return any(self._is_round(other, at, span) for other in self.before[at])
        return span.kind in LOOPS and self._is_round(before, at, span)

    def _is_round(self, jump: int, head: int, span: Span) -> bool:
        """Whether an edge goes back to a loop's head; a back jump may also lead to code that leaves the loop."""
        return (
            jump >= head
            and self.listing.ops[jump] == JUMP_BACKWARD
            and not self._of_comprehension(jump, head, span)
            and self._goes_round(head, jump, span)
        )

    def _goes_round(self, head: int, jump: int, span: Span) -> bool:
        """Whether a jump can be reached from its target without leaving the loop."""
        seen: Set[int] = set()
        todo = [head]
        while todo:
            at = todo.pop()
            if at == jump:
                return True
            index = self.at[at]
            if at in seen or index == OUT or index >= 0 and index != span.index and not self.spans[index].within(span):
                continue
            seen.add(at)
            todo += self.listing.successors(at)
        return False

    def _of_comprehension(self, jump: int, head: int, span: Span) -> bool:
        """Whether a back jump belongs to a comprehension in the loop's header. A comprehension that is all of a `while`'s test has the position
        of the loop's own jump: there the instruction at the head decides."""
        while self.listing.ops[head] == EXTENDED_ARG:
            head += 1
        return (
            self.at[jump] == span.index
            and self.tree.in_comprehension(self.listing.starts[jump], span)
            and (span.kind != "while" or self.listing.ops[head] in ITERATES)
        )

    def _choose(self, entries: Dict[int, Tuple[List[int], List[int]]]) -> List[Tuple[int, int]]:
        """Choose the instructions whose counts sum to the hits."""
        certain = self.listing.certain
        terms: List[Tuple[int, int]] = []
        for at, (counted, others) in entries.items():
            if not others:
                terms.append((at, 1))
            elif all(other != START and certain(other) for other in counted):
                terms += [(other, 1) for other in counted]
            elif all(other != START and certain(other) for other in others):
                terms.append((at, 1))
                terms += [(other, -1) for other in others]
            else:
                raise PlanError("no exact count for line %d" % self.listing.starts[at][0])
        return terms

    def _stand_ins(self) -> None:
        """Let a header without code count as the body statement on its line."""
        for span in reversed(self.tree.statements[self.owner.number]):
            if span.stand_in < 0 or span.index in self.terms and not span.constant:
                continue
            body = self.spans[span.stand_in]
            if body.index in self.terms and body.kind not in LOOPS:
                self.terms[span.index] = self.terms[body.index]

    def _find_calls(self) -> List[Tuple[int, int]]:
        """Choose the instructions whose counts sum to the entries of a function: RESUME itself fires no event."""
        if self.owner.header < 0 or not self.owner.function or self.listing.code.co_name == "<module>":
            return []  # a cell's body, of which there may be two pieces, is no call of its function
        resume = self.listing.ops.index(RESUME)
        others = [before for before in self.before[resume + 1] if before != resume]
        try:
            return self._choose({resume + 1: ([resume], others)})
        except PlanError:
            return []

    def _finish(self) -> CountPlan:
        offsets, at, owner = self.listing.offsets, self.at, self.owner
        begun: Dict[int, List[int]] = {}
        places = {place for terms in self.terms.values() for place, _ in terms} | set(self.elements)
        places |= {place for place, _ in self.calls}
        order = sorted(places)
        slots = {place: slot for slot, place in enumerate(order)}
        hits: List[Tuple[int, int, int]] = []
        for span in sorted(self.terms):
            for place, weight in self.terms[span]:
                hits.append((span, slots[place], weight))
                if weight > 0:
                    begun.setdefault(place, []).append(span)
        elements = [(slots[place], span) for place, spans in self.elements.items() for span in spans]
        hits += [(span, slot, 1) for slot, span in elements]
        # The statement that owns the instruction begins first: a continue before the loop it goes round.
        begins = [sorted(begun.get(place, ()), key=lambda span: span != at[place]) for place in order]
        quiet = [place for place in self.reached if place not in slots and self._leaves(place)]
        planned = [span.index for span in self.tree.statements[owner.number] if span.index in self.terms]
        planned += [span.index for span in self.within]
        calls: List[Tuple[int, int, int]] = []
        if owner.header >= 0:
            calls = [(owner.header, slots[place], weight) for place, weight in self.calls]
        return pack(
            owner.number,
            offsets[self.calls[0][0]] if len(calls) == 1 else -2,
            {offsets[place]: at[place] for place in order},
            {offsets[place]: at[place] for place in quiet},
            begins,
            elements,
            hits,
            planned,
            calls,
        )

    def _leaves(self, place: int) -> bool:
        """Whether another statement ends where this instruction begins, without a probe to say so."""
        here = self.at[place]
        if here >= 0 and self.spans[here].kind in LOOPS:
            return False  # every way into a loop's header is counted, if not always here
        return here != CLEAR and any(origin != here for before in self.before[place] if before != START for origin in self.origins[before])
