"""Lazy imports (PEP 810): looking at names imports nothing, and what was not imported yet is shown as such."""

import os
import sys
import tempfile
import types
import unittest
from typing import Any, Callable, Dict, List

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from _tallyho.base.namespaces import item
from _tallyho.program.expressions import Expression
from _tallyho.values.rendering import safe_repr

SOURCE = """
lazy import tallyho_lazy_one
lazy from tallyho_lazy_two import name as other

def f(see):
    return see()
"""


@unittest.skipIf(not hasattr(types, "LazyImportType"), "lazy imports came with CPython 3.15")
class LazyImports(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name in ("tallyho_lazy_one", "tallyho_lazy_two"):
            with open(os.path.join(folder.name, name + ".py"), "w", encoding="utf-8") as file:
                file.write("name = 1\n")
        sys.path.insert(0, folder.name)
        self.addCleanup(sys.path.remove, folder.name)
        self.addCleanup(lambda: [sys.modules.pop(name, None) for name in self.loaded()])

    def loaded(self) -> List[str]:
        return [name for name in sys.modules if name.startswith("tallyho_lazy")]

    def inside(self, see: Callable[[Any], Any]) -> Any:
        """Call back with the frame of a function of a module that imports lazily."""
        names: Dict[str, Any] = {"__name__": "tallyho_test"}
        exec(compile(SOURCE, "lazy.py", "exec", dont_inherit=True), names)
        return names["f"](lambda: see(sys._getframe(1)))

    def test_a_name_is_shown_as_what_it_is(self) -> None:
        def see(frame: Any) -> Any:
            return [safe_repr(Expression(name).value(frame), 100)[0] for name in ("tallyho_lazy_one", "other")]

        shown = self.inside(see)
        self.assertEqual(shown, ["<lazy_import 'tallyho_lazy_one'>", "<lazy_import 'tallyho_lazy_two.name'>"])
        self.assertEqual(self.loaded(), [])

    def test_a_path_leads_nowhere(self) -> None:
        def see(frame: Any) -> Any:
            with self.assertRaises(AttributeError):
                Expression("tallyho_lazy_one.name", careful=True).value(frame)

        self.inside(see)
        self.assertEqual(self.loaded(), [])

    def test_globals_are_read_without_importing(self) -> None:
        self.inside(lambda frame: [item(frame.f_globals, name) for name in list(frame.f_globals)])
        self.assertEqual(self.loaded(), [])


if __name__ == "__main__":
    unittest.main()
