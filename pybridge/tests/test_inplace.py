"""What another text of a module changes in it: functions and classes where they are, and no variable."""

from __future__ import annotations

import os
import sys
import types
import unittest
from typing import Any, Dict, List, Tuple

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))

from _tallyho.base.behaviour import ANNOTATES_LATE
from _tallyho.process.inplace import InPlace

WRAPS = """import functools
def twice(f):
    @functools.wraps(f)
    def wrapper(*args):
        return 2 * f(*args)
    return wrapper
"""

Row = Tuple[str, str, str, str, Any, str]
"""What it is, the text, what is held before, the new text, what the held thing says then ("r"), and the report."""

ROWS: List[Row] = [
    ("code", "def f(): return 1", "f", "def f(): return 2", "r()", "2|f||"),
    ("nothing", "def f(): return 1", "f", "def f(): return 1", "r()", "1|||"),
    ("other lines alone", "def f(): return 1", "f", "\n\ndef f(): return 1", "r.__code__.co_firstlineno", "3|||"),
    ("defaults", "def f(a=1, *, b=2): return a, b", "f", "def f(a=3, *, b=4): return a, b", "r()", "(3, 4)|f||"),
    ("a docstring", 'def f(): "one"', "f", 'def f(): "two"', "r.__doc__", "two|f||"),
    ("attributes", "def f(): return 1\nf.x = 1", "f", "def f(): return 2\nf.x = 2", "r.x", "2|f||"),
    ("a variable", "n = 1\ndef f(): return n", "f", "n = 5\ndef f(): return n + 0", "r()", "1|f||"),
    ("a list", "n = []\ndef f(): return n\nn.append(1)", "f", "n = []\ndef f(): return n + [2]", "r()", "[1, 2]|f||"),
    ("a new function", "x = 1", "x", "x = 2\ndef g(): return x", "m['g']()", "1||g|"),
    ("a new function of a new one", "x = 1", "x", "def g(): return h()\ndef h(): return x", "m['g']()", "1||g,h|"),
    ("a new variable", "x = 1", "x", "x = 2\ny = 3", "m['y'], m['x']", "(3, 1)||y|"),
    ("what has gone", "def f(): return 1", "f", "", "m['f'] is r", "True|||"),
    ("a closure", "def make():\n a = 1\n def f(): return a\n return f\nf = make()", "f",
     "def make():\n a = b = 1\n def f(): return a, b\n return f\nf = make()", "r()", "1|make||f (a closure)"),
    ("a closure's code", "def make():\n a = 1\n def f(): return a\n return f\nf = make()", "f",
     "def make():\n a = 7\n def f(): return -a\n return f\nf = make()", "r()", "-1|make,f||"),
    ("another kind", "def f(): return 1", "f", "f = 2", "r()", "1|||f (of another kind)"),
    ("a mark as default", "NO = object()\ndef f(a=NO): return a is NO", "f", "NO = object()\ndef f(a=NO): return 1, a is NO", "r()", "(1, True)|f||"),
    ("a method", "class C:\n def m(self): return 1\nc = C()", "c", "class C:\n def m(self): return 2\nc = C()", "r.m()", "2|C.m||"),
    ("a bound method", "class C:\n def m(self): return 1\nb = C().m", "b", "class C:\n def m(self): return 2\nb = C().m", "r()", "2|C.m||"),
    ("a static method", "class C:\n @staticmethod\n def m(): return 1", "C", "class C:\n @staticmethod\n def m(): return 2", "r.m()", "2|C.m||"),
    ("a class method", "class C:\n @classmethod\n def m(cls): return 1", "C", "class C:\n @classmethod\n def m(cls): return cls.__name__", "r.m()", "C|C.m||"),
    ("a property", "class C:\n @property\n def m(self): return 1", "C", "class C:\n @property\n def m(self): return 2", "r().m", "2|C.m||"),
    ("a setter more", "class C:\n @property\n def m(self): return 1", "C",
     "class C:\n @property\n def m(self): return 2\n @m.setter\n def m(self, v): pass", "r().m, r.m.fset is not None", "(2, True)|C.m||"),
    ("a method becomes static", "class C:\n def m(self): return 1", "C", "class C:\n @staticmethod\n def m(): return 2", "r().m()", "2|C.m||"),
    ("a new method", "x = 4\nclass C: pass", "C", "x = 5\nclass C:\n def m(self): return x", "r().m()", "4||C.m|"),
    ("a new method with super", "class B:\n def m(self): return 1\nclass C(B): pass\nc = C()", "c",
     "class B:\n def m(self): return 1\nclass C(B):\n def m(self): return super().m() + 1\nc = C()", "r.m()", "2||C.m|"),
    ("a class's variable", "class C:\n n = 1", "C", "class C:\n n = 2", "r.n", "1|||"),
    ("a class inside", "class C:\n class D:\n  def m(self): return 1", "C", "class C:\n class D:\n  def m(self): return 2", "r.D().m()", "2|C.D.m||"),
    ("a new class of an old one", "class B: pass", "B", "class B: pass\nclass C(B):\n def m(self): return 3", "issubclass(m['C'], r), m['C']().m()",
     "(True, 3)||C|"),
    ("what is decorated", WRAPS + "@twice\ndef f(n): return n", "f", WRAPS + "@twice\ndef f(n): return n + 1", "r(1)", "4|f||"),
    ("a decorator", WRAPS + "@twice\ndef f(n): return n", "f", WRAPS.replace("2 *", "3 *") + "@twice\ndef f(n): return n", "r(1)", "3|twice,f||"),
    ("a new one that is decorated", WRAPS + "k = 5", "k", WRAPS + "k = 6\n@twice\ndef f(n): return n + k", "m['f'](1)", "12||f|"),
    ("what is cached", "import functools\n@functools.lru_cache()\ndef f(): return 1\nf()", "f",
     "import functools\n@functools.lru_cache()\ndef f(): return 2", "r()", "2|f||"),
    ("a dataclass", "import dataclasses\n@dataclasses.dataclass\nclass C:\n n: int\n def m(self): return self.n\nc = C(1)", "c",
     "import dataclasses\n@dataclasses.dataclass\nclass C:\n n: int\n def m(self): return -self.n\nc = C(2)", "r.m()", "-1|C.m||"),
    ("an enum", "import enum\nclass E(enum.Enum):\n A = 1\n def m(self): return 1\ne = E.A", "e",
     "import enum\nclass E(enum.Enum):\n A = 1\n B = 2\n def m(self): return 2\ne = E.A", "r.m(), len(m['E'])", "(2, 1)|E.m||"),
    ("annotations", "def f(a: int): return 1", "f", "def f(a: str): return 2", "r.__annotations__['a'].__name__", "str|f||"),
    ("an imported function", "from os.path import join as f", "f", "from os.path import split as f", "r is m['f']", "True|||"),
]  # fmt: skip


class Changes(unittest.TestCase):
    @unittest.skipUnless(ANNOTATES_LATE, "annotations are evaluated at once here")
    def test_annotations_are_not_evaluated(self) -> None:
        """What is evaluated when it is asked for is not asked for by us: it runs code of the program, and may fail."""
        ran: List[int] = []
        module: Dict[str, Any] = {"__name__": "shop"}
        fresh: Dict[str, Any] = {"__name__": "shop", "note": ran.append}
        exec(compile("def f(a: int): return 1", "shop.py", "exec", dont_inherit=True), module)
        exec(compile("def f(a: note(1) or missing): return 2", "shop.py", "exec", dont_inherit=True), fresh)
        InPlace(module, fresh).apply()
        self.assertEqual((module["f"](0), ran), (2, []))

    def test_rows(self) -> None:
        for about, before, held, after, question, want in ROWS:
            with self.subTest(about):
                module = types.ModuleType("shop")
                sys.modules["shop"] = module
                try:
                    exec(compile(before, "shop.py", "exec", dont_inherit=True), module.__dict__)
                    fresh: Dict[str, Any] = {"__name__": "shop"}
                    thing = module.__dict__[held]
                    exec(compile(after, "shop.py", "exec", dont_inherit=True), fresh)
                    work = InPlace(module.__dict__, fresh)
                    work.apply()
                    said = eval(question, {"r": thing, "m": module.__dict__})
                finally:
                    del sys.modules["shop"]
                report = "|".join([str(said), *[",".join(names) for names in (work.changed, work.new, work.kept)]])
                self.assertEqual(report, want)


if __name__ == "__main__":
    unittest.main()
