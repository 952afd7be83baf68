"""Code that began to run before the bridge came: the frames of a program that is attached to, also of suspended generators."""

from __future__ import annotations

import gc
import sys
from types import AsyncGeneratorType, CodeType, CoroutineType, FrameType, GeneratorType
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from ..base import guest

_FRAME_OF: Dict[type, Callable[[Any], Optional[FrameType]]] = {
    GeneratorType: lambda one: one.gi_frame,
    CoroutineType: lambda one: one.cr_frame,
    AsyncGeneratorType: lambda one: one.ag_frame,
}


def underway() -> List[Tuple[CodeType, Dict[str, Any]]]:
    """Return the code objects of all frames that have begun, each once, with their globals."""
    found = {id(frame.f_code): (frame.f_code, frame.f_globals) for frame in _frames()}
    return list(found.values())


def _frames() -> Iterator[FrameType]:
    for ident, top in sys._current_frames().items():
        at: Optional[FrameType] = top if ident != guest.reader_ident() else None
        while at is not None:
            yield at
            at = at.f_back
    for one in gc.get_objects():
        frame_of = _FRAME_OF.get(type(one))
        frame = frame_of(one) if frame_of is not None else None
        if frame is not None and frame.f_lasti >= 0:
            yield frame
