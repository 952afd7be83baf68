"""What is known of a code object for good, and of the files and names it came from: hunter's fields (its event.py)."""

from __future__ import annotations

import os
import sys
import sysconfig
from _frozen_importlib import BuiltinImporter, FrozenImporter, ModuleSpec
from _frozen_importlib_external import ExtensionFileLoader, SourceFileLoader, SourcelessFileLoader
from linecache import cache as _linecache
from linecache import getline as _getline
from linecache import getlines as _getlines
from tokenize import NAME, TokenError, generate_tokens
from types import CodeType
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Set, Tuple
from zipimport import zipimporter

from ..base.classes import among
from ..base.guest import BlockedSignals, is_foreign
from ..base.namespaces import item
from .codefiles import CodeFiles
from .djangos import is_node
from .templates import Template, template_of

_realpath = os.path.realpath
_isfile = os.path.isfile
_join = os.path.join
_split = os.path.split
_islink = os.path.islink
_SEP = os.sep

NO_SOURCE = "??? NO SOURCE: "
FULL_SOURCE_LINES = 10
NAMES_KEPT = 20000
"""Names remembered for did-you-mean."""

CO_OPTIMIZED = 0x1


class FileFacts:
    """A source file as the interpreter names it, as people see it, and as editors find it."""

    __slots__ = ("raw", "shown", "path")

    def __init__(self, raw: str, start: str, folders: Dict[str, str]) -> None:
        self.raw = raw
        name = raw
        if name.endswith((".pyc", ".pyo")):
            name = name[:-1]
        elif name.endswith((".so", ".pyd")):
            name = _beside(name)
        if name.startswith("<") or not name:
            self.path = ""
        else:
            self.path = _real(_join(start, name), folders)
        prefix = start if start.endswith(_SEP) else start + _SEP
        self.shown = name[len(prefix) :] if name.startswith(prefix) else name


def _real(path: str, folders: Dict[str, str]) -> str:
    """Return a file's real path; that of its directory is asked for once, since each part of it costs a look at the disk."""
    folder, name = _split(path)
    if name in ("", ".", "..") or _islink(path):
        return _realpath(path)
    real = folders.get(folder)
    if real is None:
        real = folders[folder] = _realpath(folder)
    return _join(real, name)


def _beside(name: str) -> str:
    """Return the source next to an extension module, else its own name."""
    folder, base = os.path.split(name)
    stem = base.split(".", 1)[0]
    for ending in (".pyx", ".py"):
        candidate = _join(folder, stem + ending)
        if _isfile(candidate):
            return candidate
    return name


class CodeFacts:
    """What never changes about a code object; fields of a query are decided on it once."""

    __slots__ = ("template", "node", "code_name", "qualname", "module", "file", "first_line", "key", "_stdlib", "optimized", "source_index")

    def __init__(self, source_index: "SourceIndex", code: CodeType, module: str, file: FileFacts, qualname: str) -> None:
        self.source_index = source_index
        self.code_name = code.co_name
        self.qualname = qualname
        self.module = module
        self.file = file
        self.first_line = code.co_firstlineno
        self.key = id(code)
        self.template: Optional[Template] = None
        """The template that this is the code of."""
        self.node = is_node(code)
        """Whether it renders the nodes of Django's templates."""
        self.optimized = bool(code.co_flags & CO_OPTIMIZED)
        self._stdlib: Optional[bool] = None

    @property
    def of_template(self) -> bool:
        """Whether its frames are shown as a template's."""
        return self.template is not None or self.node

    def line(self, code_line: int) -> int:
        """Return the line that a person sees where the code is at that line."""
        return code_line if self.template is None else self.template.line(code_line, self.first_line)

    @property
    def stdlib(self) -> bool:
        """Whether hunter calls it standard library (Event.stdlib)."""
        if self._stdlib is None:
            self._stdlib = self.source_index.is_stdlib(self.module, self.file.raw)
        return self._stdlib

    def describe(self) -> Dict[str, Any]:
        """Return the fields of its record."""
        return {
            "filename": self.file.shown,
            "path": self.file.path,
            "module": self.module,
            "function": self.code_name,
            "qualname": self.qualname,
            "line": self.first_line,
            "stdlib": self.stdlib,
        }


class SourceIndex:
    """Facts about all code of this process: the start directory, files met, names seen."""

    def __init__(self, start: str) -> None:
        self.start = start
        self.files: Dict[str, FileFacts] = {}
        self.folders: Dict[str, str] = {}
        """Directories met, and where they really are."""
        self.functions: Set[str] = set()
        self.modules: Set[str] = set()
        self.frozen: Dict[str, List[str]] = {}
        """Lines of frozen modules, which linecache must not be left with."""
        self.code_files = CodeFiles()
        self.nodes: Dict[str, CodeFacts] = {}
        """Templates of which nodes were rendered, by path."""
        self.qualnames: Dict[int, str] = {}
        self._prefixes: Optional[Tuple[Tuple[str, ...], Tuple[str, ...]]] = None

    def configure(self, concerns: Callable[[str], bool], start: str) -> None:
        """Take which files are the person's, and the start directory; "": as before."""
        self.code_files.configure(concerns)
        self.start = start or self.start

    def facts(self, code: CodeType, globals_: Dict[str, Any]) -> CodeFacts:
        """Return the facts of a code object that runs with those globals."""
        module = item(globals_, "__name__")
        module = "?" if module is None else module if type(module) is str else ""
        qualname = self._qualname(code)
        self.note(code.co_name, qualname, module)
        facts = CodeFacts(self, code, module, self.of(code, globals_), qualname)
        facts.template = template_of(code, globals_)
        return facts

    def of_node(self, code: CodeType, path: str) -> CodeFacts:
        """Return the facts of a template whose nodes are rendered by a code object, as if it were the code's file."""
        facts = self.nodes.get(path)
        if facts is None:
            facts = CodeFacts(self, code, "", self.file(path), "template")
            facts.code_name, facts.first_line = "template", 1
            facts.key = -1 - len(self.nodes)  # no id
            self.nodes[path] = facts
        return facts

    def note(self, name: str, qualname: str, module: str) -> None:
        """Remember the names of a code object, for those who look for them."""
        if len(self.functions) < NAMES_KEPT:
            self.functions.add(name)
            self.functions.add(qualname)
            self.modules.add(module)

    def names(self) -> Dict[str, List[str]]:
        """Return the names that were noted."""
        return {"functions": sorted(self.functions), "modules": sorted(self.modules)}

    def of(self, code: CodeType, globals_: Optional[Mapping[str, Any]] = None) -> FileFacts:
        """Return the facts of the file of a code object; globals_: of a frame that runs it, where one is at hand."""
        raw = code.co_filename
        if raw[:1] == "<":
            raw = self.code_files.path(code, globals_) or raw
        elif not raw:
            file = globals_.get("__file__") if globals_ is not None else None
            raw = file if type(file) is str and file else "?"
        return self.file(raw)

    def file(self, raw: str) -> FileFacts:
        """Return the facts of a file by the name the interpreter has for it."""
        file = self.files.get(raw)
        if file is None:
            file = self.files[raw] = FileFacts(raw, self.start, self.folders)
        return file

    def near(self, raw: str) -> str:
        """Return the path of a file that lies beside one met before, unless it is a link, without remembering it; "" for others."""
        folder, _, name = raw.rpartition(_SEP)
        real = self.folders.get(folder) if name.endswith(".py") else None
        if not real:
            return ""
        return raw if real == folder else real + _SEP + name

    def _qualname(self, code: CodeType) -> str:
        own = getattr(code, "co_qualname", None)
        if own is not None:
            return str(own)
        # Before 3.11 only the function object knows; nested code is named
        # when the code around it is first seen.
        name = self.qualnames.pop(id(code), code.co_name)
        prefix = "" if name == "<module>" else name + (".<locals>." if code.co_flags & CO_OPTIMIZED else ".")
        for inner in code.co_consts:
            if type(inner) is CodeType and len(self.qualnames) < NAMES_KEPT:
                self.qualnames[id(inner)] = prefix + inner.co_name
        return name

    def is_stdlib(self, module: str, filename: str) -> bool:
        """Apply hunter's rule (Event.stdlib): plain prefixes, other frozen modules are not standard library."""
        if "pkg_resources" in module.split("."):
            return True
        if filename == "<string>" and (module.startswith("namedtuple_") or module == "site"):
            return True
        site, lib = self._prefixes or self._find_prefixes()
        if filename.startswith(site):
            return False
        return filename.startswith(lib)

    def _find_prefixes(self) -> Tuple[Tuple[str, ...], Tuple[str, ...]]:
        site: Set[str] = set()
        for scheme in sysconfig.get_scheme_names():
            if scheme == "posix_home":
                continue  # its "lib/python" is the beginning of the library's own directory
            for which in ("purelib", "platlib"):
                try:
                    site.add(sysconfig.get_path(which, scheme))
                except (KeyError, AttributeError):
                    pass
        user_site = getattr(sys.modules.get("site"), "USER_SITE", None)
        if type(user_site) is str:
            site.add(user_site)
        lib = {
            os.path.dirname(os.__file__),
            os.path.dirname(sys.modules["stat"].__file__ or os.__file__),
            os.path.dirname(sys.modules["collections"].__file__ or os.__file__).rpartition(_SEP)[0],
            "<frozen zipimport>",
            "<frozen importlib._bootstrap>",
            "<frozen importlib._bootstrap_external>",
        }
        for name in ("prefix", "exec_prefix", "base_prefix", "base_exec_prefix", "real_prefix"):
            prefix = getattr(sys, name, None)
            if type(prefix) is str:
                lib.add(prefix)
        self._prefixes = (tuple(p for p in site if p), tuple(p for p in lib if p))
        return self._prefixes

    def source(self, file: FileFacts, line: int, globals_: Optional[Dict[str, Any]]) -> str:
        """Return one line with its newline and indentation; "" if there is none."""
        if line <= 0:
            return ""
        globals_ = _for_linecache(globals_)
        try:
            with BlockedSignals():
                text = self._line(file.raw, line, globals_)
                if not text and file.path and not _isabs(file.raw):
                    text = _getline(file.path, line, globals_)
            return text
        except Exception as error:
            if is_foreign(error):
                raise
            return NO_SOURCE + type(error).__name__

    def _line(self, raw: str, line: int, globals_: Optional[Dict[str, Any]]) -> str:
        if not raw.startswith("<frozen "):
            return _getline(raw, line, globals_)
        # Since 3.13 a traceback shows lines of frozen modules once linecache has them: the program's would change.
        lines = self.frozen.get(raw)
        if lines is None:
            known = raw in _linecache
            lines = self.frozen[raw] = _getlines(raw, globals_)
            if not known:
                _linecache.pop(raw, None)
        return lines[line - 1] if line <= len(lines) else ""

    def full_source(self, file: FileFacts, line: int, globals_: Optional[Dict[str, Any]]) -> str:
        """Return a call's lines from its first decorator through the one with def, class or lambda."""
        with BlockedSignals():
            return self._full_source(file, line, globals_) or self.source(file, line, globals_)

    def _full_source(self, file: FileFacts, line: int, globals_: Optional[Dict[str, Any]]) -> str:
        globals_ = _for_linecache(globals_)
        try:
            if file.raw.startswith("<frozen "):
                self._line(file.raw, 1, globals_)
            lines = self.frozen.get(file.raw) or _getlines(file.raw, globals_) or (_getlines(file.path, globals_) if file.path else [])
            rows = list(_block(lines, line))
            for token in generate_tokens(iter([text for _, text in rows]).__next__):
                if token.type == NAME and token.string in ("def", "class", "lambda"):
                    return "".join(text for text, _ in rows[: token.start[0]])
        except (TokenError, SyntaxError, StopIteration, ValueError):
            pass
        except Exception as error:
            return NO_SOURCE + type(error).__name__
        return ""


_isabs = os.path.isabs
_LOADERS = (SourceFileLoader, SourcelessFileLoader, ExtensionFileLoader, zipimporter)


def _for_linecache(globals_: Any) -> Optional[Dict[str, Any]]:
    """Return a module's namespace where linecache may ask its loader for source: one of Python's own, None for all others."""
    if type(globals_) is not dict:
        return None
    spec, loader = globals_.get("__spec__"), globals_.get("__loader__")
    if spec is not None and type(spec) is not ModuleSpec:
        return None
    loader = getattr(spec, "loader", None) or loader if spec is not None else loader
    known = loader is None or loader is FrozenImporter or loader is BuiltinImporter or among(type(loader), _LOADERS)
    return globals_ if known else None


def _block(lines: List[str], line: int) -> Iterator[Tuple[str, str]]:
    """Yield up to ten lines from that one, as written and without the first one's indentation."""
    indent = ""
    for number, text in enumerate(lines[line - 1 : line - 1 + FULL_SOURCE_LINES]):
        if number == 0:
            indent = text[: len(text) - len(text.lstrip())]
        elif not text.startswith(indent):
            return
        yield text, text[len(indent) :]
