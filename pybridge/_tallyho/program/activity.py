"""Which of the many things that a thread does by turns it does right now: a task of asyncio or trio, a greenlet.

uvloop's tasks are asyncio's, anyio's are those of asyncio or trio, gevent's and eventlet's are greenlets. A greenlet inside of a task
(that is how SQLAlchemy awaits) goes by the task's name.
"""

from __future__ import annotations

import sys

from . import greenlets, tasks, triotasks

LIBRARIES = ("asyncio.tasks", "trio._core._run", "greenlet")
"""Modules without which there are no tasks and no greenlets."""

MAX_NAME = 60
"""Characters of a name that an event or a sample carries."""


def activity() -> str:
    """Return the name of the task or greenlet that this thread runs right now; "" where there is none."""
    modules = sys.modules
    name = tasks.running() if "asyncio.tasks" in modules else ""
    if not name and "trio._core._run" in modules:
        name = triotasks.running()
    if not name and "greenlet" in modules:
        name = greenlets.running()
    return name[:MAX_NAME]
