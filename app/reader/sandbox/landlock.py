"""Landlock: from here on no file is written, only the named folders are read, and nobody is called.

Context: Linux 5.13 and later let a process give up rights to files by itself, without root; 6.7 adds TCP,
6.12 abstract sockets and signals. Decision: everything that the kernel knows how to refuse is refused, and
reading is given back beneath the folders that hold the program's own code and letters, as modules and fonts
are loaded when a document first needs them. It is done before the parsers are loaded, so that threads which
a library starts while it loads are within too (a thread that runs already would stay outside).

The package ``landlock`` (MIT, 1.0.0.dev5 of May 2025, « alpha ») knows files up to version 3 of the
interface, neither TCP nor scopes; the others are younger than this file. libc has no such calls yet. So the
three calls are made here, in the words of ``linux/landlock.h``.
"""

from __future__ import annotations

import ctypes
import os
from typing import TYPE_CHECKING

from app.reader.sandbox.linux import Refused, call, is_linux

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EXECUTE", "READ", "READ_FOLDER", "restrict", "version"]

_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION_ASKED = 1
_BENEATH = 1
EXECUTE, READ, READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
_FILES = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}  # by the version that brought them
_NETWORK_SINCE, _NETWORK = 4, 0b11  # bind and connect TCP
_SCOPES_SINCE, _SCOPES = 6, 0b11  # abstract unix sockets, signals
_ONLY_FILES = EXECUTE | READ


class _Attributes(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scoped", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def version() -> int:
    """The version of the kernel's interface; 0 where there is none."""
    if not is_linux():
        return 0
    try:
        return call(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_ASKED))
    except Refused:
        return 0


def restrict(paths: Iterable[tuple[str, int]]) -> None:
    """Give up all files but ``paths`` with their rights, TCP, and what is outside; raises Refused.

    A path that is not there is passed over: it could not be read anyway. Needs no_new_privs.
    """
    known = version()
    if known == 0:
        raise Refused(38)  # ENOSYS
    files = sum(rights for since, rights in _FILES.items() if known >= since)
    about = _Attributes(
        files, _NETWORK if known >= _NETWORK_SINCE else 0, _SCOPES if known >= _SCOPES_SINCE else 0
    )
    size = 8 if known < _NETWORK_SINCE else 16 if known < _SCOPES_SINCE else 24
    rules = call(_CREATE, ctypes.byref(about), ctypes.c_size_t(size), ctypes.c_uint32(0))
    try:
        for path, rights in paths:
            _allow(rules, path, rights & files)
        call(_RESTRICT, ctypes.c_int(rules), ctypes.c_uint32(0))
    finally:
        os.close(rules)


_PATH_ONLY = 0o10000000 | 0o2000000  # O_PATH, O_CLOEXEC: the same on both processors


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, _PATH_ONLY)
    except OSError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112 - on the way to a cold page pathlib is not loaded
            rights &= _ONLY_FILES
        rule = _Beneath(rights, place)
        call(_ADD, ctypes.c_int(rules), ctypes.c_int(_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(place)
