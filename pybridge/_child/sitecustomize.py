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
_KEPT = []


def _vanish():
    """Leave the environment and the path as they were before the program started this process."""
    try:
        address = json.loads(os.environ.pop(VARIABLE, ""))
    except ValueError:
        address = {}
    if "file" in address:
        try:
            with open(address["file"]) as file:
                address = dict(address, **json.load(file))
        except (OSError, IOError, ValueError):
            address = {"path": address.get("path")}  # the Session has ended
    os.environ.pop("PYTHONPATH", None)
    if address.get("path") is not None:
        os.environ["PYTHONPATH"] = address["path"]
    sys.path[:] = [entry for entry in sys.path if entry != HERE]
    sys.path_importer_cache.pop(HERE, None)
    # Held: Python 2 takes away the names of a module that nobody has any more, while it still runs.
    _KEPT.append(sys.modules.pop("sitecustomize", None))
    return address


def _decline(address):
    """Say why this process is not traced."""
    import socket
    import struct

    why = "it runs Python %d.%d.%d" % tuple(sys.version_info[:3])
    if hasattr(sys, "implementation") and sys.implementation.name != "cpython":
        why += " (%s)" % sys.implementation.name
    hello = {"t": "hello", "version": 1, "token": address["token"], "pid": os.getpid(), "plain": why}
    try:
        text = json.dumps(hello).encode("ascii")
        if "socket" in address:
            sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            sock.settimeout(2)
            sock.connect(address["socket"])
        else:
            sock = socket.create_connection((address["host"], address["port"]), 2)
        sock.sendall(struct.pack("<IB", len(text) + 1, ord("J")) + text)
        sock.close()
    except Exception:
        pass


def _begin(address):
    """Start the bridge; nothing that fails there is the program's business."""
    if "token" not in address:
        return
    if sys.version_info < (3, 9) or getattr(sys, "implementation", None) is None or sys.implementation.name != "cpython":
        return _decline(address)
    kept = sys.dont_write_bytecode, sys.pycache_prefix  # as in tallyho_boot.py
    sys.path.insert(0, STAGE)
    sys.dont_write_bytecode, sys.pycache_prefix = False, None
    try:
        from _tallyho.process import boot
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
