"""Loading the accelerator: an extension module that no finder finds, and that is in no table of modules."""

from __future__ import annotations

import _imp
from _frozen_importlib import ModuleSpec
from typing import Any

from . import guest

NAME = "_tallyho_native"


def load(path: str) -> Any:
    """Import the accelerator from that file, by no finder and with no entry in sys.modules; raises ImportError."""
    module = _imp.create_dynamic(ModuleSpec(NAME, None, origin=path))
    _imp.exec_dynamic(module)
    return module


def make_guard(module: Any) -> Any:
    """Return what guards the callbacks that the accelerator's C files have, as guest.leave tells of it."""
    return module.Guard(guest.leave, guest.too_deep)
