"""The start: connect, take the configuration, arm, wait for go, and make ready what is to run."""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Mapping, Optional

from ..base import guest
from ..wire.link import Link
from .bridge import Bridge
from .handshake import CHILD_TIMEOUT
from .parts import load
from .run import Run
from .spawning import interpreter

VARIABLE = "TALLYHO_LINK"
CONNECT_TIMEOUT = 10.0


def prepare(script: str) -> Run:
    """Return the program, ready to be run by the caller's frame."""
    stage = script[: -len(os.path.basename(script)) - 1]
    address = _address()
    parts = load(address.get("spared"))
    _leave_no_trace(stage)
    run = Run(address.get("run") or {}, stage)
    link = _dial(address)
    if link is None:
        run.make_ready()
        return run
    bridge = Bridge(link, address, run, parts)
    bridge.hello()
    bridge.start()
    return run


def join(address: Mapping[str, Any], stage: str) -> None:
    """Trace a process that a traced program started, from its site's import on; not at all where Tallyho cannot be reached."""
    parts = load(address.get("spared"))
    _leave_no_trace(stage)
    if address.get("built_for") != interpreter():
        address = {**address, "native": "", "native_note": "it was built for another interpreter"}
    run = Run({"kind": "child"}, stage)
    link = _dial(address, CHILD_TIMEOUT)
    if link is not None:
        bridge = Bridge(link, address, run, parts, int(address.get("child") or 0))
        bridge.hello()
        bridge.start()
        run.let_modules_be_found()


def _address() -> Mapping[str, Any]:
    text = os.environ.pop(VARIABLE, "")
    try:
        address = json.loads(text)
    except ValueError:
        address = None
    if not isinstance(address, dict):
        raise SystemExit("tallyho: %s does not say what to run" % VARIABLE)
    return address


def _dial(address: Mapping[str, Any], timeout: float = CONNECT_TIMEOUT) -> Optional[Link]:
    try:
        return Link(address, timeout)
    except (OSError, KeyError, ValueError):
        return None


def _leave_no_trace(stage: str) -> None:
    """Take the package out of sys.modules and its directory out of sys.path and its caches."""
    for name in list(sys.modules):
        if name == "_tallyho" or name.startswith("_tallyho."):
            del sys.modules[name]
    for place in list(sys.path_importer_cache):
        if place == stage or place.startswith(stage + os.sep):
            del sys.path_importer_cache[place]
    guest.hide(sys._getframe(2).f_code)
