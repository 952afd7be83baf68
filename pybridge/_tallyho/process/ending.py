"""How the program goes and how it ended, as the bridge notes it and tells of it."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, Optional, Tuple

from ..base.classes import ids, name_of
from ..program.event import RunState
from ..program.failing import plain_message
from ..program.fields import SourceIndex
from ..wire.records import Records


class ProgramWitness:
    """Is told by a Run how the program goes (run.py)."""

    def __init__(
        self,
        state: RunState,
        records: Records,
        source_index: SourceIndex,
        stage: str,
        settrace: Callable[[], bool],
        send: Callable[[Mapping[str, Any]], Any],
    ) -> None:
        """stage: the directory that is ours; settrace: whether that is the backend."""
        self._state = state
        self._records = records
        self._source_index = source_index
        self._stage = stage
        self._settrace = settrace
        self._send = send

    @property
    def tells_frames(self) -> bool:
        """Whether the interpreter tells a trace function of ours of each frame."""
        return self._settrace()

    def runs_above(self, frames: int) -> None:
        """The program's outermost frame has that many frames of ours below it."""
        self._state.begun(frames)

    def ended(self) -> None:
        """The program's main code has ended, one way or the other."""
        self._state.ended()
        self._records.end()

    def tell_exception(self, error: BaseException, trace: Any) -> None:
        """Tell which exception ended the program."""
        self._send(_exception_message(error, trace, self._stage, self._source_index))


def _exception_message(error: BaseException, trace: Any, stage: str, source_index: SourceIndex) -> Dict[str, Any]:
    """Return the message about an exception and where it came through; nothing of the stage, which is ours."""
    told = [frame for frame in traceback_frames(trace) if not frame[0].startswith(stage)]
    message, text = plain_message(error), ""
    broken = _broken_line(error)
    if broken is not None:
        message, path, line, text = broken
        told.append((path, line, "<module>"))
    frames = [(source_index.file(path).path or path, line, name) for path, line, name in told]
    return {"t": "exception", "type": name_of(type(error)), "message": message, "thread": "MainThread", "frames": frames, "text": text}


def traceback_frames(trace: Any, limit: int = 100) -> List[Tuple[str, int, str]]:
    """Return the frames of a traceback: path, line, function."""
    frames: List[Tuple[str, int, str]] = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append((code.co_filename, trace.tb_lineno or 0, code.co_name))
        trace = trace.tb_next
    return frames[-limit:]


_BROKEN_TEXT = ids(SyntaxError, IndentationError, TabError)


def _broken_line(error: BaseException) -> Optional[Tuple[str, str, int, str]]:
    """Return what is wrong with a text that could not be compiled, its file, the line, and what stands there; None of other errors."""
    if id(type(error)) not in _BROKEN_TEXT:
        return None
    broken: Any = error
    message, path, line, text = broken.msg, broken.filename, broken.lineno, broken.text
    if type(message) is not str or type(path) is not str or type(line) is not int or line < 1 or path.startswith("<"):
        return None
    return message[:300], path, line, text.strip()[:300] if type(text) is str else ""


__all__ = ["ProgramWitness", "traceback_frames"]
