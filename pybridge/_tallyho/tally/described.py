"""What is held of a code object (latest.py): where its statements begin, and the names that each mentions or binds."""

from __future__ import annotations

import dis
import sys
from types import CodeType, FrameType
from typing import Any, Dict, FrozenSet, Iterable, List, Mapping, Optional, Set, Tuple

from ..base.behaviour import BYTECODE_IS_KNOWN, CLOSING_MAY_BE_SILENT
from ..base.bytecode import YIELD_VALUE, Listing
from ..base.classes import ids
from ..base.names import Lookup
from ..base.namespaces import local
from ..values.peek import shown_by_default
from .counted import Traced
from .plan import map_statements
from .raising import RaiseMap
from .samples import is_noise
from .spans import NONE, Owner, Span, SpanTree

FAST, CELL, NAME, GLOBAL, RETURNED = range(5)
"""How a name is read, or what was returned; as in latest.c."""

MOST_READS = 6
"""Names that are held of a statement that only mentions them."""
BINDING = frozenset(("assign", "for", "async for", "with", "async with", "import", "def", "async def", "class", "type", "return"))
"""Kinds of statements that hold only what they bind or return: a name that they only read is held by the statement that binds it."""

_RETURNS = frozenset(dis.opmap[name] for name in ("RETURN_VALUE", "RETURN_CONST") if name in dis.opmap)
_FAST_STORES = {
    dis.opmap[name]: shifts
    for name, shifts in (
        ("STORE_FAST", (None,)),
        ("DELETE_FAST", (None,)),
        ("LOAD_FAST_AND_CLEAR", (None,)),
        ("STORE_DEREF", (None,)),
        ("DELETE_DEREF", (None,)),
        ("STORE_FAST_LOAD_FAST", (4,)),
        ("STORE_FAST_STORE_FAST", (4, 0)),
    )
    if name in dis.opmap
}
_NAME_STORES = frozenset(dis.opmap[name] for name in ("STORE_NAME", "DELETE_NAME", "STORE_GLOBAL", "DELETE_GLOBAL"))
_DELETES = frozenset(dis.opmap[name] for name in ("DELETE_FAST", "DELETE_DEREF", "DELETE_NAME", "DELETE_GLOBAL"))
SUSPENDING = 0x20 | 0x80 | 0x200
"""co_flags of generators, coroutines and asynchronous generators."""
_UNSAFE = -2
"""Stands among the statements that bind a name for one that is not known, or is not counted where it begins. NONE stands for any statement."""

_PLAIN = ids(int, float, complex, bool, str, bytes, tuple, type(None))
"""Types of values that may be held; as in latest.c."""


class Kept:
    """What is held of one code object."""

    __slots__ = ("traced", "spans", "names", "whole", "enough", "map")

    def __init__(
        self,
        traced: Traced,
        spans: List[Span],
        names: List[List[Optional[Lookup]]],
        whole: List[bool],
        enough: List[bool],
        raises: RaiseMap,
    ) -> None:
        self.traced = traced
        self.spans = spans  # by statement
        self.names = names  # by statement and cell; None: what it returned
        self.whole = whole  # by statement: all of its names are held
        self.enough = enough  # by statement: the names that it binds, or is about, are held
        self.map = raises


class Description:
    """What is to be held of a code object, in the numbers that latest.c takes."""

    def __init__(self, traced: Traced, code: CodeType, frame: FrameType) -> None:
        assert BYTECODE_IS_KNOWN
        self.traced = traced
        self.code = code
        self.frame = frame
        self.tree: SpanTree = traced.file.tree()
        self.owner: Owner = self.tree.owned[traced.owner]
        self.now: Mapping[str, Any] = local(frame) if frame.f_code is code else {}
        self.listing = Listing(code)
        self.at = map_statements(self.tree, self.listing, self.owner)
        self.kept = Kept(traced, [], [], [], [], RaiseMap(code, traced.file, traced.owner))
        self.begins = [traced.begins(slot) for slot in range(traced.slots)]
        self.elements = [traced.elements(slot) for slot in range(traced.slots)]
        self.globals: List[str] = []
        self.cells: List[Tuple[int, int, int]] = []  # how, index, statement
        self.vars: Dict[Tuple[int, int], int] = {}
        self.reads: Dict[int, List[int]] = {}  # span -> cells that are read when it begins
        self.binds: Dict[int, List[Tuple[int, int]]] = {}  # span -> vars and cells
        self.returned: Dict[int, int] = {}  # span -> cell
        self.local = self._local_names()
        self.declared = _declared(self.tree)
        self.suspends = code.co_flags & SUSPENDING != 0
        self.bound = self._bound()
        if traced.owner >= 0:
            self._choose()

    def _local_names(self) -> Dict[str, Tuple[int, int]]:
        """Return where a frame of the code has its own names. A name that it has twice is left out."""
        code = self.code
        found: Dict[str, Tuple[int, int]] = {}
        twice: Set[str] = set()
        index = 0
        while True:
            try:
                name = code._varname_from_oparg(index)  # type: ignore[attr-defined]
            except IndexError:
                break
            if name in found:
                twice.add(name)
            found[name] = CELL if name in code.co_cellvars or name in code.co_freevars else FAST, index
            index += 1
        return {name: where for name, where in found.items() if name not in twice}

    def _bound(self) -> Dict[str, Set[int]]:
        """Return the statements that bind each name."""
        bound: Dict[str, Set[int]] = {}
        begun = {span for spans in self.begins for span in spans}
        once = {span for span in begun if all(weight > 0 for _, weight in self.traced.terms(span))}
        if self.suspends and self.traced.entry < 0:
            once.clear()  # a frame that was closed unseen cannot be told from a new one
        for at, (op, arg) in enumerate(zip(self.listing.ops, self.listing.args)):
            names: Iterable[str] = ()
            if op in _FAST_STORES:
                shifts = _FAST_STORES[op]
                indexes = [arg if shift is None else arg >> shift & 15 for shift in shifts]
                names = [self.code._varname_from_oparg(index) for index in indexes]  # type: ignore[attr-defined]
            elif op in _NAME_STORES:
                names = (self.code.co_names[arg],)
            for name in names:
                span = self.at[at]
                kind = self.tree.spans[span].kind if span >= 0 else ""
                safe = span in once and (op not in _DELETES or kind == "del")
                bound.setdefault(name, set()).update((span,) if safe else (max(span, NONE), _UNSAFE))
        return bound

    def _choose(self) -> None:
        counted = {span for spans in self.begins + self.elements for span in spans}
        for index in sorted(counted):
            span = self.tree.spans[index]
            if any(weight < 0 for _, weight in self.traced.terms(index)):
                continue
            first = len(self.cells)
            names: List[Optional[Lookup]] = []
            whole, enough = self._hold_names(span, names)
            if span.kind in ("return", "lambda") and (span.owner is self.owner or self.owner.span == index):
                self.returned[index] = self._cell(RETURNED, 0)
                self.reads.setdefault(index, []).append(self.returned[index])
                names.append(None)
            if len(self.cells) == first:
                continue
            self.kept.spans.append(span)
            self.kept.names.append(names)
            self.kept.whole.append(whole)
            self.kept.enough.append(enough)

    def _hold_names(self, span: Span, names: List[Optional[Lookup]]) -> Tuple[bool, bool]:
        """Hold what can be held of a statement's names; return whether these are all its names, and all that it binds or is about."""
        whole, enough, reads = True, True, 0
        for lookup in shown_by_default(list(span.names)):
            if self._is_noise(lookup.root) and not lookup.steps:
                continue
            where = self._where(span, lookup) if self._is_plain(lookup.root) else None
            binds = where is not None and span.index in self.bound.get(lookup.root, ()) and span.statement
            if where is None or not binds and (span.kind in BINDING and not lookup.argument or reads == MOST_READS):
                whole = False
                enough = enough and span.kind in BINDING and not lookup.stored and not lookup.argument
                continue
            cell = self._cell(*where)
            names.append(lookup)
            if not binds:
                reads += 1
                self.reads.setdefault(span.index, []).append(cell)
                continue
            for other in self.bound[lookup.root]:
                pairs = self.binds.setdefault(other, [])
                var = self.vars.setdefault(where, len(self.vars))
                pairs[:] = [pair for pair in pairs if pair[0] != var or pair[1] >= 0]
                if other == span.index:
                    pairs[:] = [pair for pair in pairs if pair[0] != var] + [(var, cell)]
                elif all(pair[0] != var for pair in pairs):
                    pairs.append((var, -1))
        return whole, enough

    def _cell(self, how: int, index: int) -> int:
        self.cells.append((how, index, len(self.kept.spans)))
        return len(self.cells) - 1

    def _where(self, span: Span, lookup: Lookup) -> Optional[Tuple[int, int]]:
        """Return where a name lies that only this code binds, by statements that are known; None for other names."""
        name, bound = lookup.root, self.bound.get(lookup.root, ())
        if lookup.steps or name in self.declared or span.statement and (_UNSAFE in bound and span.index in bound or NONE in bound):
            return None
        if name in self.local:
            if self.owner.name == "<module>" and span.statement or self.local[name][0] == CELL and name in self.code.co_freevars:
                return None
            return self.local[name]
        if name in self.bound:  # of a module or class
            return (NAME, self._global(name)) if not self.code.co_flags & 1 else None
        if name in self.frame.f_globals:
            return GLOBAL, self._global(name)
        return None

    def _global(self, name: str) -> int:
        if name not in self.globals:
            self.globals.append(sys.intern(name))
        return self.globals.index(name)

    def _is_noise(self, name: str) -> bool:
        if name in self.local or name in self.bound:
            return name in self.now and is_noise(self.now[name])
        return is_noise(self.frame.f_globals[name]) if name in self.frame.f_globals else name in self.frame.f_builtins

    def _is_plain(self, name: str) -> bool:
        """Whether a name's value can be held, as far as can be seen now: a name that has another kind of value will hardly get one later."""
        return name not in self.now or id(type(self.now[name])) in _PLAIN

    def numbers(self) -> Tuple[Any, ...]:
        """Return the description."""
        places: List[int] = []
        units: List[int] = []
        reads: List[int] = []
        binds: List[int] = []
        returns = self._return_units()
        waits = (
            {self.at[at] for at, op in enumerate(self.listing.ops) if op == YIELD_VALUE}
            if self.suspends and CLOSING_MAY_BE_SILENT
            else set()
        )
        slots = {self.traced.unit(slot): slot for slot in range(self.traced.slots)}
        for unit in sorted(set(slots) | set(returns)):
            slot = slots.get(unit, NONE)
            begun = [*self.begins[slot], *self.elements[slot]] if slot >= 0 else []
            read = [cell for span in begun for cell in self.reads.get(span, ())]
            bind = [pair for span in (self.begins[slot] if slot >= 0 else ()) for pair in self.binds.get(span, ())]
            entry = slot >= 0 and 2 * unit == self.traced.entry
            entry = entry and bool(self.vars)
            wait = not waits.isdisjoint(begun) and bool(self.vars)
            if not read and not bind and not entry and not wait and unit not in returns:
                continue
            units.append(unit)
            places += [len(reads), len(read), len(binds) // 2, len(bind), returns.get(unit, NONE), int(entry), int(wait)]
            reads += read
            for var, cell in bind:
                binds += [var, cell]
        terms: List[int] = []
        kept: List[int] = []
        for span in self.kept.spans:
            sums = self.traced.terms(span.index)
            kept += [len(terms) // 2, len(sums)]
            for slot, weight in sums:
                terms += [slot, weight]
        vars_ = [number for where in self.vars for number in (*where, self._lazy(where))]
        cells = [number for cell in self.cells for number in cell]
        return (
            tuple(units),
            tuple(places),
            tuple(reads),
            tuple(binds),
            tuple(cells),
            tuple(vars_),
            tuple(kept),
            tuple(terms),
            tuple(self.globals),
        )

    def _lazy(self, where: Tuple[int, int]) -> int:
        """Return the cell of the only statement that binds a name, in code whose frames are seen to begin; NONE where there are several."""
        how, index = where
        name = self.globals[index] if how == NAME else self.code._varname_from_oparg(index)  # type: ignore[attr-defined]
        pairs = [pair for pairs in self.binds.values() for pair in pairs if pair[0] == self.vars[where]]
        argument = how != NAME and index < arguments_of(self.code)
        if len(pairs) != 1 or len(self.bound[name]) != 1 or argument or self.traced.entry < 0 and self.owner.name != "<module>":
            return NONE
        span = self.tree.spans[next(iter(self.bound[name]))]
        return pairs[0][1] if span.kind != "del" else NONE

    def lone(self) -> List[Tuple[Span, List[Lookup]]]:
        """Return the statements that are the only ones to bind some names, with those names."""
        found: Dict[int, List[Lookup]] = {}
        for where in self.vars:
            cell = self._lazy(where)
            if cell >= 0:
                number = self.cells[cell][2]
                first = next(at for at, one in enumerate(self.cells) if one[2] == number)
                lookup = self.kept.names[number][cell - first]
                if lookup is not None:
                    found.setdefault(number, []).append(lookup)
        return [(self.kept.spans[number], lookups) for number, lookups in sorted(found.items())]

    def _return_units(self) -> Dict[int, int]:
        """Return the units of the instructions that return, and the cell that is filled there."""
        found: Dict[int, int] = {}
        for at, op in enumerate(self.listing.ops):
            if op in _RETURNS:
                span = self.owner.span if self.owner.name == "<lambda>" else self.at[at]
                if span in self.returned:
                    found[self.listing.offsets[at] >> 1] = self.returned[span]
        return found


def arguments_of(code: CodeType) -> int:
    """Return how many of a code object's variables are bound when it begins."""
    return code.co_argcount + code.co_kwonlyargcount + bool(code.co_flags & 4) + bool(code.co_flags & 8)


def is_held_type(value: Any) -> bool:
    """Whether a value is of a type that nobody can change."""
    return id(type(value)) in _PLAIN and (
        type(value) is not tuple or all(type(one) is not tuple and id(type(one)) in _PLAIN for one in value)
    )


def _declared(tree: SpanTree) -> FrozenSet[str]:
    """Return the names of a file's global and nonlocal statements: any call may bind them."""
    return frozenset(lookup.root for span in tree.spans if span.kind in ("global", "nonlocal") for lookup in span.names)


__all__ = ["SUSPENDING", "Description", "Kept", "arguments_of", "is_held_type"]
