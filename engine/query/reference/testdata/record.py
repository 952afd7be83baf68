"""Record the event stream of one program: record.py PROGRAM | gzip -9n > streams/PROGRAM.json.gz

Run in the folder of the programs with CPython 3.12. The rows are what a query
can ask about each event, counted as hunter counts depth and calls.
"""

import json
import linecache
import os
import sys
import sysconfig
from types import CodeType, FrameType
from typing import Any, Dict, List

PRELOAD = ["asyncio", "codecs", "contextlib", "encodings.rot_13", "functools", "json", "json.decoder", "json.encoder", "re", "threading"]
PREFIXES = tuple({sys.prefix, sys.exec_prefix, sys.base_prefix, os.path.dirname(os.__file__)})
SITE = tuple({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
FROZEN = ("<frozen zipimport>", "<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>")


def encode(value: Any, depth: int = 3) -> Any:
    """Write a value as the wire does; what is no plain value is its type."""
    kind = type(value)
    if value is None or kind is bool or kind is int and abs(value) < 2**53:
        return value
    if kind is str and len(value) < 200:
        return value
    if kind is float:
        return {"float": repr(value)}
    if kind in (list, tuple, set, frozenset) and depth and len(value) < 50:
        return {kind.__name__: [encode(v, depth - 1) for v in value]}
    if kind is dict and depth and len(value) < 50:
        return {"dict": [[encode(k, 0), encode(v, depth - 1)] for k, v in value.items()]}
    return {"object": kind.__module__ + "." + kind.__qualname__ if kind.__module__ != "builtins" else kind.__qualname__}


def stdlib(filename: str, module: str) -> bool:
    """Site-packages are the user's, what lies under the prefixes is not."""
    if filename == "<string>" and (module.startswith("namedtuple_") or module == "site"):
        return True
    return not filename.startswith(SITE) and filename.startswith(PREFIXES + FROZEN)


class Recorder:
    def __init__(self) -> None:
        self.codes: List[Any] = []
        self.ids: Dict[CodeType, int] = {}
        self.rows: List[Any] = []
        self.depth = self.calls = 0

    def code(self, frame: FrameType) -> int:
        code = frame.f_code
        if code not in self.ids:
            self.ids[code] = len(self.codes)
            filename, module = code.co_filename, frame.f_globals.get("__name__", "")
            library = stdlib(filename, module)
            shown = filename
            if filename.startswith(os.getcwd()):
                shown = os.path.relpath(filename)
            elif library and filename[0] != "<":
                shown = "/lib/" + os.path.basename(filename)
            self.codes.append([code.co_name, module, shown, library, code.co_qualname])
        return self.ids[code]

    def __call__(self, frame: FrameType, kind: str, arg: Any) -> Any:
        if kind == "return" and self.depth:
            self.depth -= 1
        source = linecache.getline(frame.f_code.co_filename, frame.f_lineno, frame.f_globals)
        self.rows.append([kind, self.code(frame), frame.f_lineno, self.depth, self.calls, source,
                          encode(arg), encode(dict(frame.f_locals), 2), frame.f_code.co_code[frame.f_lasti]])
        if kind == "call":
            self.depth += 1
            self.calls += 1
        return self


def main(program: str) -> None:
    sys.path.insert(0, os.getcwd())
    for name in PRELOAD + (["shop", "shop.cart", "shop.prices", "shop.util", "shop.util.money"] if program == "shop_main.py" else []):
        __import__(name)
    with open(program) as f:
        code = compile(f.read(), program, "exec")
    out, sys.stdout = sys.stdout, open(os.devnull, "w")
    recorder = Recorder()
    namespace = {"__name__": "__main__", "__file__": program}
    sys.settrace(recorder)
    try:
        exec(code, namespace)
    except SystemExit:
        pass
    sys.settrace(None)
    done = next(i for i, row in enumerate(recorder.rows) if row[0] == "return" and recorder.codes[row[1]][0] == "<module>" and row[1] == 0)
    out.write('{"codes": %s, "events": [\n' % json.dumps(recorder.codes))
    out.write(",\n".join(json.dumps(row) for row in recorder.rows[: done + 1]))
    out.write("\n]}\n")


main(sys.argv[1])
