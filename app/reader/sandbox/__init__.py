"""The walls around the reader process. It is asked from outside, built from inside, then tried.

The program chooses with :func:`plans` what to ask for, best first, and starts the process accordingly; the
process calls :func:`begin` before it loads a parser and :func:`finish` before it reads its first byte, which
says what it has in fact. The program compares: a process that has less than was asked for is not given a
document, the next plan is tried, and at the last (:attr:`Protection.NONE`) only words come back.

What is chosen comes by the program's own call: no variable of the environment weakens it.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from app.reader.sandbox import landlock, linux, places, seccomp
from app.reader.sandbox.protection import ALL_MEANS, Means, Protection

__all__ = ["ALL_MEANS", "Means", "Protection", "begin", "finish", "plans", "room_for"]

_FIRST_CALLS = {"x86_64": 41, "aarch64": 198}  # socket


def plans(means: frozenset[Means] = ALL_MEANS) -> tuple[Protection, ...]:
    """What this PC may have, best first; the last is none. ``means`` other than all is for the tests."""
    from app.reader.sandbox import bubblewrap

    found: list[Protection] = []
    has_filter = Means.SECCOMP in means and seccomp.is_here()
    if has_filter and Means.LANDLOCK in means and landlock.version() > 0:
        found.append(Protection.LANDLOCK)
    if Means.BUBBLEWRAP in means and bubblewrap.works():
        found.append(Protection.BUBBLEWRAP if has_filter else Protection.BUBBLEWRAP_ALONE)
    if Means.APP_CONTAINER in means and sys.platform == "win32":
        found.append(Protection.APP_CONTAINER)
    return (*found, Protection.NONE)


def room_for(protection: Protection, *more: str) -> list[str]:
    """The command line that goes before the process's own; ``more`` folders are to be read in there too."""
    if protection not in _BY_BUBBLEWRAP:
        return []
    from app.reader.sandbox import bubblewrap

    bwrap = bubblewrap.program()
    return [] if bwrap is None else bubblewrap.room(bwrap, *more)


_BY_BUBBLEWRAP = frozenset({Protection.BUBBLEWRAP, Protection.BUBBLEWRAP_ALONE})


def begin(asked: Protection, *, program: str | None = None, reads: tuple[str, ...] = ()) -> bool:
    """Give up files and rights, before anything but Python is loaded; say whether it was done.

    With ``program`` this process becomes that one, which reads ``reads``.
    """
    if not linux.is_linux():
        return asked is Protection.APP_CONTAINER and _is_contained()
    try:
        linux.no_new_privileges()
        linux.drop_capabilities()
        if asked in _BY_BUBBLEWRAP:
            return linux.is_in_rooms()
        landlock.restrict(_readable(program, reads))
    except linux.Refused:
        return False
    return True


def finish(asked: Protection, *, begun: bool, becomes: bool = False) -> Protection:
    """Give up all calls but those that reading needs; return what stands now, tried from within."""
    if not linux.is_linux():
        return asked if begun else Protection.NONE
    if asked is Protection.BUBBLEWRAP_ALONE:
        return asked if begun else Protection.NONE
    try:
        seccomp.install(becomes=becomes)
    except linux.Refused:
        return Protection.NONE
    return asked if begun and _holds(asked) else Protection.NONE


def _readable(program: str | None, reads: tuple[str, ...]) -> list[tuple[str, int]]:
    read = landlock.READ | landlock.READ_FOLDER
    if program is None:
        return [(path, read) for path in (*places.code(), *places.system())]
    run = landlock.READ | landlock.EXECUTE
    return [
        *((path, read) for path in (*places.code(), *places.LIBRARIES, *places.DEVICES, *reads)),
        *((path, run) for path in (program, *places.LOADERS)),
    ]


def _holds(asked: Protection) -> bool:
    """Try what must fail now: look around, write, call somebody."""
    with suppress(OSError):
        os.listdir("/" if asked is Protection.LANDLOCK else "/proc")  # noqa: PTH208 - loads pathlib
        return False
    with suppress(OSError):
        os.close(os.open(os.devnull, os.O_WRONLY))
        return False
    with suppress(linux.Refused):
        os.close(linux.call(_FIRST_CALLS[linux.machine()], 2, 2, 0))
        return False
    return True


def _is_contained() -> bool:
    """Ask Windows whether this process runs in an AppContainer."""
    if sys.platform == "win32":
        from app.reader.sandbox.appcontainer import is_within

        return is_within()
    return False
