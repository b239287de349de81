"""Bubblewrap: rooms of its own where Landlock or seccomp are missing. A program of the distribution.

The room holds, read-only, what :mod:`app.reader.sandbox.places` names and the system's programs; no home, no
``/proc``, no ``/sys``, no device but nothing and chance; its own processes, network (nobody is there),
memory and host name; no capability, and no further rooms. It ends with its starter.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from app.reader.sandbox import places

__all__ = ["program", "room", "works"]

_TRUE = "/usr/bin/true"
_ROOMS = ("user", "pid", "ipc", "net", "uts")


def program() -> str | None:
    """Where bubblewrap is, if it is: only where a system keeps its programs, whatever PATH says."""
    return shutil.which("bwrap", path="/usr/bin:/bin:/usr/local/bin") if sys.platform == "linux" else None


def room(bwrap: str, *more: str) -> list[str]:
    """The command line before the program's own; ``more`` folders are to be read too."""
    shown = [
        "/usr",
        "/lib",
        "/lib64",
        "/etc/ld.so.cache",
        "/etc/localtime",
        *_python(),
        *places.code(),
        *more,
    ]
    binds = [word for path in dict.fromkeys(shown) for word in ("--ro-bind-try", path, path)]
    return [
        bwrap,
        *(f"--unshare-{name}" for name in _ROOMS),
        "--unshare-cgroup-try",
        "--die-with-parent",
        "--new-session",
        *("--cap-drop", "ALL"),
        *binds,
        *(word for device in places.DEVICES for word in ("--dev-bind", device, device)),
        *("--remount-ro", "/"),
        *("--chdir", "/"),
        "--",
    ]


@cache
def works() -> bool:
    """Say whether it is installed and may make rooms here: some systems forbid it to all but root."""
    bwrap = program()
    if bwrap is None:
        return False
    try:
        tried = subprocess.run(
            [*room(bwrap), _TRUE], capture_output=True, timeout=10, check=False, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return tried.returncode == 0


def _python() -> list[str]:
    """The interpreter, where it is not the system's: an environment, and what it was made from."""
    executable = Path(sys.executable)
    if getattr(sys, "frozen", False):
        return [str(executable.parent)]
    return [*_chain(executable), str(Path(sys.prefix, "pyvenv.cfg")), sys.base_prefix]


def _chain(path: Path) -> list[str]:
    """A link and all that it leads through: each folder's name must be there on the way."""
    chain = [str(path)]
    while path.is_symlink() and len(chain) < 10:  # noqa: PLR2004 - more is a loop
        path = path.parent / path.readlink()
        chain.append(str(path))
    return chain
