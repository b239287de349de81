"""What keeps a session's memory to itself: no core file, no reading by another program of the user.

``PR_SET_DUMPABLE=0`` also breaks the desktop's file dialogs by portal: the program has its own.
"""

from __future__ import annotations

import ctypes
import os
import sys
from contextlib import suppress

__all__ = ["harden"]

PR_SET_DUMPABLE = 4


def harden(*, own_group: bool = True) -> None:
    """Close this process to others, as far as the system lets us; called before anything is known.

    A helper of the session (the voice) stays in its group, and is ended with it.
    """
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.umask(0o077)
    # A group of its own, so that the desk ends it with all that it started.
    if own_group:
        with suppress(OSError):
            os.setpgid(0, 0)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
