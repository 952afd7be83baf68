"""Let Tallyho attach to this program while it runs: `import tallyho; tallyho.listen()` (hosting.py has the functions).

Any Python may find this file, so it is written for all of them: one that the bridge cannot run in says so in a sentence.
"""

import sys


def _refusal(version, implementation):
    """Return why the bridge cannot run in an interpreter, "" where it can."""
    running = "Python %d.%d.%d" % tuple(version[:3])
    if implementation != "cpython":
        names = {"pypy": "PyPy", "graalpy": "GraalPy", "jython": "Jython", "ironpython": "IronPython"}
        running = "%s (%s)" % (names.get(implementation, implementation), running)
    elif version >= (3, 9):
        return ""
    return "tallyho cannot trace %s: it needs CPython 3.9 or newer" % running


def _implementation():
    """Return the name of what runs this; Python 2 has no sys.implementation, and Jython is still that."""
    if hasattr(sys, "implementation"):
        return sys.implementation.name
    return "jython" if sys.platform.startswith("java") else "cpython"


_why = _refusal(sys.version_info, _implementation())
if _why:
    raise ImportError(_why)

from .hosting import breakpoint, connect, detach, is_connected, listen, wait_for_client  # noqa: E402

__all__ = ["breakpoint", "connect", "detach", "is_connected", "listen", "wait_for_client"]
