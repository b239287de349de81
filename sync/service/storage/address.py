"""Where PostgreSQL is, as the operator says it: an address, or ``@FILE`` for a file that holds one.

A command line is seen by everyone on a machine. So a password goes into such a file (0600), into libpq's own
``PGPASSFILE``, or into the environment (``PGPASSWORD``), and the address goes without.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import ClassVar

from app.errors import PersonCanAct

__all__ = ["RecordsFileMissing", "RecordsFileOpen", "read_address"]


class RecordsFileOpen(PersonCanAct):
    """The file that holds the address can be read by others."""

    code: ClassVar[str] = "records-file-open"


class RecordsFileMissing(PersonCanAct):
    """The file that holds the address is not there, cannot be read or is empty. Fields: ``path``."""

    code: ClassVar[str] = "records-file-missing"


def read_address(told: str) -> str:
    """Return the address; raises ``RecordsFileOpen`` and ``RecordsFileMissing``."""
    if not told.startswith("@"):
        return told
    path = Path(told[1:])
    try:
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise RecordsFileOpen
        found = path.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise RecordsFileMissing(path=str(path)) from None
    if not found:
        raise RecordsFileMissing(path=str(path))
    return found
