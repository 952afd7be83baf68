"""The frames of a thread as a person sees them: ours left out, awaiting tasks below, positions in characters."""

from __future__ import annotations

from itertools import islice
from types import CodeType, FrameType
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from ..base import guest
from ..base.behaviour import HAS_POSITIONS
from ..base.bytecode import positions
from ..base.namespaces import item
from . import tasks
from .djangos import place_of
from .fields import SourceIndex
from .justmycode import JustMyCode, Sources
from .templates import template_of, title

Range = Tuple[Optional[int], Optional[int], Optional[int], Optional[int]]
"""Line, end line, column, end column; columns in bytes, as code objects have them."""


class Spot:
    """A frame and where it is: of a traceback's frame, where the exception passed it."""

    __slots__ = ("frame", "line", "lasti", "top")

    def __init__(self, frame: FrameType, line: int, lasti: int, top: bool = False) -> None:
        self.frame = frame
        self.line = line
        self.lasti = lasti
        self.top = top
        """Whether the frame is about to run the line, and not inside an expression of it."""


class Label:
    """A line between frames that says what follows."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


Row = Union[Spot, Label]


def live(frame: Optional[FrameType], at_line: bool) -> List[Row]:
    """Return the frames from one outwards that are the program's."""
    rows: List[Row] = []
    while frame is not None:
        if not guest.is_ours(frame.f_code):
            rows.append(Spot(frame, frame.f_lineno or frame.f_code.co_firstlineno, frame.f_lasti, at_line and not rows))
        frame = frame.f_back
    return rows


def dead(trace: Any, outer: Optional[FrameType]) -> List[Row]:
    """Return the frames of a traceback, innermost first, and then outer and the frames around it."""
    rows: List[Row] = []
    while trace is not None:
        if not guest.is_ours(trace.tb_frame.f_code):
            rows.append(Spot(trace.tb_frame, trace.tb_lineno or 0, trace.tb_lasti))
        trace = trace.tb_next
    return rows[::-1] + live(outer, False)


def around(task: Any) -> List[Row]:
    """Return the chain of tasks that wait for a task, each below a label."""
    rows: List[Row] = []
    for name, frames in tasks.await_chain(task):
        rows.append(Label("awaited by task %s" % name))
        rows += frames_of(frames)
    return rows


def frames_of(frames: Sequence[FrameType]) -> List[Row]:
    """Return frames that do not run now as rows."""
    return [Spot(frame, frame.f_lineno or frame.f_code.co_firstlineno, frame.f_lasti) for frame in frames]


class Describer:
    """Turns rows into the frames of a `stack` (docs/wire.md)."""

    def __init__(
        self,
        source_index: SourceIndex,
        just_my_code: JustMyCode,
        sources: Sources,
        dispatches: Mapping[int, Any],
        parameters: Optional[Callable[[FrameType], List[List[str]]]] = None,
    ) -> None:
        self.source_index = source_index
        self.dispatches = dispatches
        self.just_my_code = just_my_code
        self.sources = sources
        self.parameters = parameters
        """What lists a frame's parameters, where they are wanted."""

    def row(self, row: Row, number: int) -> Dict[str, Any]:
        """Return one frame of a `stack`."""
        if isinstance(row, Label):
            return {
                "id": 0, "name": row.text, "qualname": row.text, "module": "", "path": "", "filename": "", "line": 0,
                "column": None, "end_line": None, "end_column": None, "hint": "label", "source": 0, "user": False,
            }  # fmt: skip
        frame = row.frame
        code = frame.f_code
        file = self.source_index.of(code, frame.f_globals)
        module = item(frame.f_globals, "__name__")
        user = self.just_my_code.code(code)
        template, place = template_of(code, frame.f_globals), place_of(frame)
        name = title(code) if template is not None else "template" if place is not None else ""
        if place is not None:
            file, user = self.source_index.file(place.path), self.just_my_code.file(place.path)
        column, end_line, end_column = self._extent(row) if template is None and place is None else (None, None, None)
        shown = {
            "id": number,
            "name": name or code.co_name,
            "qualname": name or str(getattr(code, "co_qualname", "") or self._qualname(code)),
            "module": module if type(module) is str else "",
            "path": file.path,
            "filename": file.shown,
            "line": place.line if place is not None else row.line if template is None else template.line(row.line, code.co_firstlineno),
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
            "hint": "normal" if user else "subtle",
            "source": self.sources.number(code, frame.f_globals),
            "user": user,
        }
        if self.parameters is not None:
            shown["parameters"] = [{"name": name, "type": kind, "value": value} for name, kind, value in self.parameters(frame)]
        return shown

    def _qualname(self, code: CodeType) -> str:
        dispatch = self.dispatches.get(id(code))
        return str(dispatch.facts.qualname) if dispatch is not None else code.co_name

    def _extent(self, spot: Spot) -> Tuple[Optional[int], Optional[int], Optional[int]]:
        if spot.top:
            text = self._text(spot.frame, spot.line)
            return (len(text) - len(text.lstrip()), None, None) if text.strip() else (None, None, None)
        line, end_line, column, end_column = position(spot.frame.f_code, spot.lasti)
        if line != spot.line or column is None or end_line is None or end_column is None:
            return None, None, None
        start = characters(self._text(spot.frame, spot.line), column)
        return start, end_line, characters(self._text(spot.frame, end_line), end_column)

    def _text(self, frame: FrameType, line: int) -> str:
        raw = frame.f_code.co_filename
        if raw in self.sources.own:
            lines = self.sources.own[raw].splitlines()
            return lines[line - 1] if 0 < line <= len(lines) else ""
        return self.source_index.source(self.source_index.of(frame.f_code, frame.f_globals), line, frame.f_globals)


def position(code: CodeType, lasti: int) -> Range:
    """Return the extent of the instruction at frame.f_lasti; Nones below 3.11."""
    if not HAS_POSITIONS or lasti < 0:
        return None, None, None, None
    return next(islice(positions(code), lasti // 2, None), (None, None, None, None))


def characters(text: str, column: int) -> int:
    """Return a column of bytes as one of characters."""
    if text.isascii():
        return column
    return len(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "ignore"))


def page(rows: Sequence[Row], start: int, levels: int) -> Sequence[Row]:
    """Return the rows asked for."""
    start = max(0, start)
    return rows[start : start + levels] if levels > 0 else rows[start:]


__all__ = ["Spot", "Label", "Row", "Describer", "live", "dead", "page", "position"]
