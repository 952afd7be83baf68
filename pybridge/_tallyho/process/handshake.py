"""The start of the conversation with Tallyho (docs/wire.md): who we are, and how long each side waits for the other."""

from __future__ import annotations

import os
import sys
from typing import Any, Optional

from ..base import behaviour
from ..wire.link import Link, Message
from ..wire.memory import Memory
from .accelerator import Accelerator
from .backends import monitors

VERSION = 1
"""The version of the wire (docs/wire.md)."""

GO_TIMEOUT = 600.0
CHILD_TIMEOUT = 2.0
"""Seconds a child waits to be taken in before it goes on untraced."""

_EXECUTABLE = sys.executable or ""
"""The interpreter's path, before the program could set another one."""

IS_PYTHON = os.path.basename(_EXECUTABLE).lower().startswith("python")
"""Whether the executable can be started to work out raw counts: it is Python, and no program with an interpreter inside."""


def hello(link: Link, memory: Optional[Memory], backend: Any, note: str, accelerator: Accelerator, parent: Optional[int]) -> Message:
    """Return the message that says who we are.

    memory: None where the other end does not map it. note: why the backend is not sys.monitoring. parent: the process id of a
    child's parent.
    """
    message: Message = {
        "t": "hello",
        "version": VERSION,
        "token": link.token,
        "pid": os.getpid(),
        "python": behaviour.FULL_VERSION,
        "implementation": behaviour.IMPLEMENTATION,
        "free_threaded": behaviour.FREE_THREADED,
        "executable": _EXECUTABLE,
        "cwd": working_directory(),
        "prefixes": list(dict.fromkeys([sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix])),
        "backend": "monitoring" if monitors(backend) else "settrace",
        "backend_note": note,
        "native": accelerator.there,
        "native_note": accelerator.note,
        "optimize": sys.flags.optimize,
        "tool_id": backend.tool if monitors(backend) else None,
        "memory": memory.describe() if memory is not None else None,
    }
    if parent is not None:
        message["parent"] = parent
    return message


def working_directory() -> str:
    """Return where the program runs; "" where that is gone."""
    try:
        return os.getcwd()
    except OSError:
        return ""


__all__ = ["CHILD_TIMEOUT", "GO_TIMEOUT", "IS_PYTHON", "VERSION", "hello", "working_directory"]
