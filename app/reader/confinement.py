"""What the reader process gives up before it reads its first byte.

Limits hold where the system has them (Linux; macOS in part); on Windows the client's time limit and
the job's own memory stay. The walls (:mod:`app.reader.sandbox`) come on top of this.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.reader.values import Limits

__all__ = ["allow_seconds", "confine", "end_with_starter", "is_worn"]

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_NO_NEW_PRIVS = 38
OPEN_FILES = 48
LIFE = 1800
"""Seconds of processor time that one process may have in all; nothing it does raises that."""


def confine(limits: Limits) -> None:
    """Give up what reading needs not: memory over the limit, files to write, core dumps, privileges."""
    os.environ.clear()
    os.umask(0o077)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _limit_resources(limits)
    _close_to_others()


def end_with_starter() -> None:
    """Have the system end this process when the thread that started it ends, killed or not (Linux)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def allow_seconds(seconds: float) -> None:
    """Give the next request its own processor time; the system ends the process beyond it."""
    with contextlib.suppress(ImportError):
        import resource

        used = resource.getrusage(resource.RUSAGE_SELF)
        soft = min(int(used.ru_utime + used.ru_stime + seconds) + 2, LIFE)
        resource.setrlimit(resource.RLIMIT_CPU, (soft, LIFE))


def is_worn() -> bool:
    """Say whether the process has used most of its life: another one is to take its place."""
    try:
        import resource
    except ImportError:
        return False
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime > LIFE / 2


def _limit_resources(limits: Limits) -> None:
    with contextlib.suppress(ImportError):
        import resource

        for name, value in (
            ("RLIMIT_AS", limits.memory_bytes),
            ("RLIMIT_NOFILE", OPEN_FILES),
            ("RLIMIT_FSIZE", 0),
            ("RLIMIT_CORE", 0),
            ("RLIMIT_CPU", LIFE),
        ):
            kind = getattr(resource, name, None)
            if kind is not None:
                with contextlib.suppress(ValueError, OSError):
                    resource.setrlimit(kind, (value, value))


def _close_to_others() -> None:
    """No other program of the same user may read this memory, and no exec raises privileges."""
    if not sys.platform.startswith("linux"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
