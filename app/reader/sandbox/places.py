"""What the reader process may read: the program's code, the system's libraries and letters. No person's file.

Parsers load some modules when a document first needs them, and PDFs without letters of their own take the
system's. So these folders stay readable; the folder that holds a checkout of the program does not, only the
packages in it.
"""

from __future__ import annotations

import os
import sys

import app

__all__ = ["CODE", "DEVICES", "FONTS", "LIBRARIES", "LOADERS", "code", "system"]

LIBRARIES = ("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib", "/etc/ld.so.cache")
FONTS = ("/usr/share/fonts", "/usr/local/share/fonts")
DEVICES = (os.devnull, "/dev/urandom")  # qpdf takes its chance from the second where a file is locked
TIME = ("/usr/share/zoneinfo", "/etc/localtime")
LOADERS = (
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-musl-aarch64.so.1",
)
CODE = "-packages"


def code() -> list[str]:
    """The folders of Python, of its packages and of this one; those of a frozen program."""
    own = os.path.dirname(os.path.abspath(app.__file__))  # noqa: PTH100, PTH120 - pathlib takes its time to load
    compiled = [sys.pycache_prefix] if sys.pycache_prefix else []
    bundle = getattr(sys, "_MEIPASS", None)
    stdlib = os.path.dirname(os.__file__)  # noqa: PTH120
    paths = [own, stdlib, *(path for path in sys.path if path.startswith(stdlib) or path.endswith(CODE))]
    return list(dict.fromkeys([*paths, *compiled, *([str(bundle)] if bundle else [])]))


def system() -> list[str]:
    """The system's libraries, letters, time zones, nothing and chance."""
    return [*LIBRARIES, *FONTS, *TIME, *DEVICES]
