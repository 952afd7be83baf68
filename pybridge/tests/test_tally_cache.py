"""What is kept of source files from one run to the next: found again, never trusted blindly, and bounded."""

from __future__ import annotations

import os
import random
import stat
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from typing import Any, Dict, List, Tuple
from unittest import mock
from zlib import compress

from tally_harness import Harness

from _tallyho.base.behaviour import BYTECODE_IS_KNOWN
from _tallyho.base.source import Source
from _tallyho.base.textcode import code_key
from _tallyho.tally import cache, codes
from _tallyho.tally.cache import PlanCache
from _tallyho.tally.frozen import freeze, restored, saved
from _tallyho.tally.spans import SpanTree
from _tallyho.tally.walk import read

SOURCE = """\
def work(n):
    total = 0
    for i in range(n):
        total += [j for j in range(i)][-1] if i else 0
    return total

same = lambda: 1; other = lambda: 2
done = work(%d); same(), other(), other()
"""


def shape(tree: SpanTree) -> List[Any]:
    """Return what is known of each span, and of what is around it."""
    return [
        (
            span.kind,
            span.start,
            span.end,
            span.parent.index if span.parent else -1,
            span.owner.number,
            span.stand_in,
            span.constant,
            span.no_code,
            [(one.text, one.stored, one.by_default) for one in span.names],
        )
        for span in tree.spans
    ]


@unittest.skipIf(not BYTECODE_IS_KNOWN, "statement plans need CPython 3.12 to 3.15")
class Cached(unittest.TestCase):
    """Programs run twice, each time by a Tally that knows nothing but a directory."""

    def setUp(self) -> None:
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.plans = os.path.join(made.name, "plans")
        os.mkdir(self.plans, 0o700)
        self.folder = made.name

    def run_file(self, name: str = "case.py", text: str = SOURCE % 5, **names: Any) -> Tuple[List[Tuple[str, int, Any]], PlanCache]:
        """Run a file and write what is new; return its statements, and the cache."""
        path = Path(self.folder, name)
        path.write_text(text, encoding="utf-8")
        harness = Harness(plans=self.plans)
        with harness:
            exec(compile(text, str(path), "exec"), names)
        self.assertEqual(harness.tally.errors, 0)
        found = [(s.text, s.hits, [(x.hit, x.vars, x.returned) for x in s.samples]) for s in harness.statements(path=name)]
        kept = harness.tally.cache
        assert isinstance(kept, PlanCache)
        self.new = list(kept.new)
        kept._flush(60.0)
        return found, kept

    def files(self) -> Dict[str, bytes]:
        return {path.name: path.read_bytes() for path in Path(self.plans).iterdir()}

    def test_second_run_plans_nothing(self) -> None:
        """The same hits and samples, with no syntax read and nothing planned."""
        first, _ = self.run_file()
        with mock.patch.object(codes, "make_plan", side_effect=AssertionError("planned")):
            second, _ = self.run_file()
        self.assertEqual(second, first)
        self.assertEqual(self.new, [])
        self.assertIn(("lambda: 2", 2), [(text, hits) for text, hits, _ in second])

    def test_functions_below_decorated_ones_are_added(self) -> None:
        """A lambda or a comprehension in a decorator stands before the def that it is in: the tree is the same once thawed."""
        for inside in (
            "lambda x: x + 1",
            "*(x for x in (1, 2))",
            "[x for x in 'ab' if (lambda: x)()]",
            "deco(lambda: (lambda: 1))",
            "x={y: 1 for y in 'ab'}",
        ):
            text = (
                "def deco(*a, **k): return lambda f: f\n@deco(%s)\n@deco()\ndef f(n):\n    return n\n"
                "@deco(%s)\nclass C:\n    @deco(%s)\n    def m(self): return 1\n"
                "def g(n):\n    t = [n for _ in 'a']\n    return t\ng(1) if second else 0\n"
            ) % (inside, inside, inside)
            with self.subTest(inside):
                self.run_file(text=text, second=False)
                found, _ = self.run_file(text=text, second=True)
                self.assertEqual(
                    [(text, hits) for text, hits, _ in found if text in ("t = [n for _ in 'a']", "[n for _ in 'a']", "return t")],
                    [("t = [n for _ in 'a']", 1), ("[n for _ in 'a']", 1), ("return t", 1)],
                )
                tree = read(Source("x.py", text.encode()))
                self.assertEqual(shape(restored(saved(freeze(tree, Source("x.py", text.encode())))).tree()), shape(tree))

    def test_new_functions_are_added(self) -> None:
        """What runs for the first time in a later run is kept beside the rest."""
        text = "def one():\n    return 1\ndef two():\n    return 2\n(two if second else one)()\n"
        self.run_file(text=text, second=False)
        self.run_file(text=text, second=True)
        self.assertEqual(len(self.new), 1)
        for second in (False, True):
            found, _ = self.run_file(text=text, second=second)
            self.assertEqual(self.new, [])
            self.assertEqual([hits for text, hits, _ in found if text.startswith("return")], [not second, second])

    def test_changed_source_is_read_anew(self) -> None:
        """An entry is of one text and no other."""
        self.run_file()
        changed, _ = self.run_file(text=SOURCE % 7)
        self.assertIn(("total = 0", 1), [(text, hits) for text, hits, _ in changed])
        self.assertEqual(len(self.new), 1)

    def test_damage_is_ignored(self) -> None:
        """Whatever a bundle holds, the program is counted the same, and the bundle is made anew."""
        first, _ = self.run_file()
        ((name, whole),) = self.files().items()
        chance = random.Random(4)
        path = Path(self.plans, name)
        damages = [b"", whole[:30], whole[:-1], b"something else", bytes(len(whole))]
        for _ in range(30):
            at = chance.randrange(len(whole))
            damages.append(whole[:at] + bytes((whole[at] ^ 1 << chance.randrange(8),)) + whole[at + 1 :])
        for damaged in damages:
            path.write_bytes(damaged)
            again, _ = self.run_file()
            self.assertEqual(again, first)
            self.assertEqual(len(self.new), 1, "not read anew")
            self.run_file()
            self.assertEqual(self.new, [], "not made anew")

    def test_another_shape_is_read_anew(self) -> None:
        """An entry that is whole, and holds something else, is none."""
        first, _ = self.run_file()
        for frozen in (b"", b"\0" * 40, compress(cache.dumps((1, 2))), compress(b"")):
            with mock.patch.object(PlanCache, "find", lambda *_: cache.CachedFile("utf-8", frozen, {}, b"", "")):
                again, _ = self.run_file()
            self.assertEqual(again, first)

    def test_entries_of_other_things_are_ignored(self) -> None:
        """Marshalled data of the wrong shape is no entry."""
        digest = bytes(32)
        for kept in (
            None,
            b"",
            digest,
            digest + b"N",
            digest + cache.dumps((1, 2)),
            digest + cache.dumps((1, 2, 3)),
            digest + cache.dumps(("utf-8", (1, 2), {}, b"", "")),
            digest + cache.dumps(("utf-8", b"", {}, b"123", "")),
        ):
            self.assertIsNone(cache.unpack(kept, digest))

    @unittest.skipUnless(hasattr(os, "geteuid"), "who owns a directory is known on POSIX")
    def test_only_our_own_directory(self) -> None:
        """A directory that others may write to, or that is not there, is not used; nor is a link in place of a bundle."""
        self.run_file()
        ((name, whole),) = self.files().items()
        os.chmod(self.plans, 0o777)
        self.assertFalse(PlanCache(self.plans).usable)
        os.chmod(self.plans, 0o700)
        self.assertFalse(PlanCache(self.plans + "-gone").usable)
        os.rename(os.path.join(self.plans, name), self.plans + "-elsewhere")
        os.symlink(self.plans + "-elsewhere", os.path.join(self.plans, name))
        self.run_file()
        self.assertEqual(len(self.new), 1)
        about = os.lstat(os.path.join(self.plans, name))
        self.assertTrue(stat.S_ISREG(about.st_mode))
        self.assertEqual(stat.S_IMODE(about.st_mode), 0o600)

    def test_nowhere_to_write(self) -> None:
        """Where nothing can be written, nothing is asked again."""
        with mock.patch.object(cache, "_replace", side_effect=OSError("full")):
            _, kept = self.run_file()
        self.assertFalse(kept.usable)
        self.assertEqual(self.files(), {})

    def test_bounds(self) -> None:
        """A bundle and the directory stay within their sizes; the newest is kept."""
        with mock.patch.object(cache, "BUCKETS", 1), mock.patch.object(cache, "MOST_BUNDLE", 6000):
            for number in range(8):
                _, kept = self.run_file("case%d.py" % number)
            ((_, whole),) = self.files().items()
            self.assertLess(len(whole), 7000)
            self.run_file("case7.py")
            self.assertEqual(self.new, [])
        with mock.patch.object(cache, "MOST_KEPT", 1):
            kept._prune()
        self.assertEqual(self.files(), {})

    def test_child_leaves_it_to_its_parent(self) -> None:
        """A forked child writes nothing that its parent found out."""
        harness = Harness(plans=self.plans)
        path = Path(self.folder, "case.py")
        path.write_text(SOURCE % 3)
        with harness:
            exec(compile(SOURCE % 3, str(path), "exec"), {})
        harness.tally.restart()
        harness.tally.close()
        self.assertEqual(self.files(), {})

    def test_archive(self) -> None:
        """A module out of an archive is counted, under the archive's path and its own."""
        archive = os.path.join(self.folder, "archive.zip")
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
            made.writestr("packed/case.py", SOURCE % 4)
            made.writestr("packed/__init__.py", "")
        sys.path.insert(0, archive)
        self.addCleanup(sys.path.remove, archive)
        self.addCleanup(sys.path_importer_cache.pop, archive, None)
        with Harness() as harness:
            __import__("packed.case")
        self.addCleanup(sys.modules.pop, "packed")
        self.addCleanup(sys.modules.pop, "packed.case")
        found = {s.text: s.hits for s in harness.statements(path=os.path.join("archive.zip", "packed", "case.py"))}
        self.assertEqual(found["total = 0"], 1)
        self.assertEqual(found["for i in range(n):"], 5)

    def test_keys(self) -> None:
        """Lambdas on one line that differ in their constant alone are told apart; equal code is not."""
        codes = [code for code in compile(SOURCE % 3, "case.py", "exec").co_consts if hasattr(code, "co_code")]
        again = [code for code in compile(SOURCE % 3, "case.py", "exec").co_consts if hasattr(code, "co_code")]
        self.assertEqual(len({code_key(code) for code in codes}), len(codes))
        self.assertEqual([code_key(code) for code in codes], [code_key(code) for code in again])


if __name__ == "__main__":
    unittest.main()
