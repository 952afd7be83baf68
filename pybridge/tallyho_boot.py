"""Start a Python program with Tallyho's bridge inside: `python tallyho_boot.py [args…]`.

The program is run from this very frame, the only one of ours below it. The
variable TALLYHO_LINK says what to run (docs/wire.md).
"""

import sys

# This directory is ours, so its compiled modules are kept whatever the program's own are to be: reading fifty sources
# takes ten times as long.
_kept = sys.dont_write_bytecode, sys.pycache_prefix
sys.path.insert(0, __file__.rpartition("/")[0] or __file__.rpartition("\\")[0])
sys.dont_write_bytecode, sys.pycache_prefix = False, None
try:
    from _tallyho.process import boot
finally:
    sys.dont_write_bytecode, sys.pycache_prefix = _kept
    del sys.path[0]

_run = boot.prepare(__file__)
_items, _key = _run.hide(sys._getframe().f_code)
try:
    sorted(_items, key=_key)  # runs the program
except BaseException as error:
    _run.error = error
_run.show()
del _items, _key  # they hold the program's globals
_run.ended()
if _run.error is not None:
    raise _run.farewell()
