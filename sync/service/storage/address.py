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

__all__ = ["RecordsFileOpen", "read_address"]


class RecordsFileOpen(PersonCanAct):
    """The file that holds the address can be read by others."""

    code: ClassVar[str] = "records-file-open"


def read_address(told: str) -> str:
    """Return the address; raises ``RecordsFileOpen``, ``OSError`` and ``UnicodeDecodeError``."""
    if not told.startswith("@"):
        return told
    path = Path(told[1:])
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise RecordsFileOpen
    return path.read_text("utf-8").strip()
