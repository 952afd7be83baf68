"""How a person wants special names, functions, classes and protected names among variables: in groups, inline or not at all."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping

from .children import CLASSES, FUNCTIONS, SPECIAL
from .parts import Child, Children, Group

PROTECTED = "protected variables"
GROUPED, INLINE, HIDDEN = "group", "inline", "hide"
_DEFAULTS = {SPECIAL: GROUPED, FUNCTIONS: GROUPED, CLASSES: GROUPED, PROTECTED: INLINE}
_NAMES = {"special": SPECIAL, "function": FUNCTIONS, "class": CLASSES, "protected": PROTECTED}


class Presentation:
    """Rearranges the named children of values and scopes."""

    def __init__(self, wanted: Any = None) -> None:
        self.modes: Dict[str, str] = dict(_DEFAULTS)
        if isinstance(wanted, Mapping):
            self.modes.update({_NAMES[name]: str(mode) for name, mode in wanted.items() if name in _NAMES})
        self.plain = self.modes == _DEFAULTS

    def __call__(self, children: Children) -> Children:
        """Return children as they are to be shown."""
        return children if self.plain else Children(self._arranged(children.named), children.count, children.indexed)

    def _arranged(self, named: List[Child]) -> List[Child]:
        protects = self.modes[PROTECTED]
        groups: List[Child] = []
        plain: List[Child] = []
        inlined: List[Child] = []
        protected: List[Child] = []
        for child in named:
            if type(child.value) is not Group:
                (protected if protects != INLINE and child.visibility == "protected" else plain).append(child)
                continue
            mode = self.modes.get(child.name, GROUPED)
            if mode == GROUPED:
                groups.append(child)
            elif mode == INLINE:
                inlined += child.value.children
        if protects == GROUPED and protected:
            groups.append(Child(PROTECTED, Group(PROTECTED, protected), None, "virtual"))
        return groups + plain + inlined
