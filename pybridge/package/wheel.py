"""Build the wheel of a package laid out by scripts/package: `wheel.py LAID_OUT INTO`. Needs nothing but Python."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import sys
import zipfile
from typing import Dict

EPOCH = (2020, 1, 1, 0, 0, 0)
"""The time of every file, so that equal content makes equal wheels."""


def project(directory: str) -> Dict[str, str]:
    """Return the plain text fields of pyproject.toml, which tomllib reads only from 3.11 on."""
    with open(os.path.join(directory, "pyproject.toml"), encoding="utf-8") as file:
        return dict(re.findall(r'^([a-z-]+) = "(.*)"$', file.read(), re.MULTILINE))


def build(directory: str, into: str) -> str:
    """Write the wheel and return its path."""
    about = project(directory)
    name = "%s-%s" % (about["name"], about["version"])
    files: Dict[str, bytes] = {}
    for place, folders, names in os.walk(os.path.join(directory, about["name"])):
        folders[:] = sorted(folder for folder in folders if folder != "__pycache__")
        for one in sorted(names):
            path = os.path.join(place, one)
            with open(path, "rb") as file:
                files[os.path.relpath(path, directory).replace(os.sep, "/")] = file.read()
    info = name + ".dist-info/"
    files[info + "METADATA"] = (
        "Metadata-Version: 2.1\nName: %(name)s\nVersion: %(version)s\nSummary: %(description)s\nRequires-Python: %(requires-python)s\n"
        % about
    ).encode()
    files[info + "WHEEL"] = b"Wheel-Version: 1.0\nGenerator: tallyho\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = ["%s,sha256=%s,%d" % (path, _digest(data), len(data)) for path, data in files.items()]
    files[info + "RECORD"] = "\n".join([*record, info + "RECORD,,", ""]).encode()
    os.makedirs(into, exist_ok=True)
    wheel = os.path.join(into, name + "-py3-none-any.whl")
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return wheel


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


if __name__ == "__main__":
    print(build(sys.argv[1], sys.argv[2]))
