"""Debugger and Manhole where a person sits at the program's own terminal: pdb, and a console, on the event's frame."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any, Callable, Dict, Mapping, Optional, Sequence, Tuple

from ..base.namespaces import local
from ..program.expressions import Refused, compile_callable

Options = Sequence[Tuple[str, Any]]
"""What a debugger's class is called with besides."""


def debugger_class(text: str) -> Callable[..., Any]:
    """Return the class that `klass` means: a dotted name whose module is imported, or an expression."""
    parts = (text or "pdb.Pdb").split(".")
    if not all(part.isidentifier() for part in parts):
        return compile_callable(text)
    for end in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:end])
        try:
            found: Any = sys.modules.get(module) or __import__(module, fromlist=["*"])
        except ImportError:
            continue
        for name in parts[end:]:
            found = getattr(found, name, None)
        if callable(found):
            return found  # type: ignore[no-any-return]
    raise Refused("no debugger %s is found" % text)


def debug(frame: FrameType, text: str, options: Options, hand_over: Optional[Callable[[], None]]) -> None:
    """Have a debugger stop at the frame's next event. `hand_over` is told that it takes the trace function."""
    make = debugger_class(text)
    if hand_over is not None:
        hand_over()
    make(**dict(options)).set_trace(frame)


def converse(frame: FrameType, options: Options) -> None:
    """Open a console on a frame's names; it ends with the input."""
    from code import InteractiveConsole

    names: Dict[str, Any] = dict(frame.f_globals)
    names.update(local(frame))
    extra: Any = dict(options).get("locals")
    if isinstance(extra, Mapping):
        names.update(extra)
    place = "%s:%s in %s" % (frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name)
    InteractiveConsole(names).interact("Manhole at %s; the program waits until the input ends (Ctrl-D)." % place, "")
