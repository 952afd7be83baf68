"""Found before any other sitecustomize in a process that a traced program started: begins the bridge there.

Takes itself, its directory and its variables away first, then lets the real sitecustomize run if there is one, as
the interpreter would have. Any version of Python may find this file, so it is written for all of them.
"""
import json
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
STAGE = os.path.dirname(HERE)
VARIABLE = "TALLYHO_LINK"


def _vanish():
    """Leave the environment and the path as they were before the program started this process."""
    try:
        address = json.loads(os.environ.pop(VARIABLE, ""))
    except ValueError:
        address = {}
    os.environ.pop("PYTHONPATH", None)
    if address.get("path") is not None:
        os.environ["PYTHONPATH"] = address["path"]
    sys.path[:] = [entry for entry in sys.path if entry != HERE]
    sys.path_importer_cache.pop(HERE, None)
    sys.modules.pop("sitecustomize", None)
    return address


def _begin(address):
    """Start the bridge; nothing that fails there is the program's business."""
    if sys.version_info < (3, 9) or not address:
        return
    kept = sys.dont_write_bytecode, sys.pycache_prefix      # as in tallyho_boot.py
    sys.path.insert(0, STAGE)
    sys.dont_write_bytecode, sys.pycache_prefix = False, None
    try:
        from _tallyho import boot
    except Exception:
        return
    finally:
        sys.dont_write_bytecode, sys.pycache_prefix = kept
        sys.path.remove(STAGE)
    try:
        boot.join(address, STAGE)
    except Exception:
        pass


_address = _vanish()
try:
    import sitecustomize  # noqa: F401  (the real one, which site had looked for)
finally:
    _begin(_address)
