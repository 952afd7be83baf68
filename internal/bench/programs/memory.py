"""Run many different statements, from modules of one package of the standard library after the other; print the bytes of memory."""

import argparse
import ast
import difflib
import json
import textwrap
import tokenize


def work():
    for module in (argparse, ast, difflib, json, textwrap, tokenize):
        with open(module.__file__, encoding="utf-8") as file:
            text = file.read()
        tree = ast.parse(text)
        ast.unparse(tree)
        list(difflib.unified_diff(text.splitlines()[:200], text.splitlines()[2:202]))
        textwrap.fill(text[:5000], 60)
        json.loads(json.dumps(text))
        with open(module.__file__, "rb") as file:
            list(tokenize.tokenize(file.readline))


def memory():
    """Return the bytes that are resident and the process's own, or shared with whoever reads what it writes."""
    with open("/proc/self/status", encoding="ascii") as status:
        sizes = dict(line.split(":", 1) for line in status)
    return 1024 * sum(int(sizes[name].split()[0]) for name in ("RssAnon", "RssShmem"))


work()
print(memory())
