"""Others keep something with code objects as well (PEP 523's extras, as compilers of functions do): it is let go of in peace."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest

NATIVE = os.environ.get("TALLYHO_TEST_NATIVE", "")
HERE = os.path.dirname(os.path.abspath(__file__))

PROGRAM = """
import ctypes, sys
sys.path.insert(0, sys.argv[1])
from _tallyho.base import extension

native = extension.load(sys.argv[2])
Free = ctypes.CFUNCTYPE(None, ctypes.c_void_p)
free = Free(lambda extra: None)
for names in (("PyUnstable_Eval_RequestCodeExtraIndex", "PyUnstable_Code_SetExtra"), ("_PyEval_RequestCodeExtraIndex", "_PyCode_SetExtra")):
    if hasattr(ctypes.pythonapi, names[0]):
        request, keep = [getattr(ctypes.pythonapi, name) for name in names]
        break
request.restype, keep.argtypes = ctypes.c_ssize_t, [ctypes.py_object, ctypes.c_ssize_t, ctypes.c_void_p]
index = request(free)
for _ in range(10):
    code = compile("x = 1", "x", "exec")
    assert index > 0 and keep(code, index, 8) == 0, index
    del code
print("well")
"""


@unittest.skipUnless(NATIVE, "TALLYHO_TEST_NATIVE names no accelerator")
class Extras(unittest.TestCase):
    def test_code_with_somebody_elses_extra_ends(self) -> None:
        command = [sys.executable, "-c", PROGRAM, os.path.dirname(HERE), NATIVE]
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        self.assertEqual((ran.stdout, ran.returncode), ("well\n", 0), ran.stderr)


if __name__ == "__main__":
    unittest.main()
