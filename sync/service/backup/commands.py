"""``--backup``, ``--restore`` and ``--restored``, as the operator types them; each returns an exit code.

65 means that it was done and that documents were already missing or damaged, which the sentence counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sync.service.backup.making import make
from sync.service.backup.putting_back import put_back
from sync.service.backup.renewing import after_restore
from sync.service.console import EX_DATAERR, attempt, say, sorry
from sync.service.storage.address import read_address

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["back_up", "restore", "restored"]


def back_up(folder: Path, target: Path, *, records: str | None = None, objects: str | None = None) -> int:
    """Copy the service in a folder, while it runs."""
    if records:
        return sorry("backup-records")

    def work() -> int:
        made = make(folder, target, objects=objects)
        say({"backup": str(target), "made": made.made, "documents": made.documents, "missing": made.missing})
        return _incomplete("backup-incomplete", made.missing)

    return attempt(work, "backup")


def restore(folder: Path, source: Path, *, records: str | None = None, objects: str | None = None) -> int:
    """Put a backup into an empty folder that holds the key."""
    if records:
        return sorry("backup-records")

    def work() -> int:
        back = put_back(folder, source)
        told = {"restored": str(folder), "made": back.manifest.made, "epoch": back.epoch}
        found, missing = back.manifest.documents, back.manifest.missing
        if objects:
            _, found, missing = after_restore(folder, objects=objects)
        say(told | {"documents": found, "missing": missing})
        sorry("restored-look")
        return _incomplete("restored-incomplete", missing)

    return attempt(work, "restore")


def restored(folder: Path, *, records: str | None = None, objects: str | None = None) -> int:
    """Tell the service that its records were put back by other means."""

    def work() -> int:
        address = read_address(records) if records else None
        epoch, found, missing = after_restore(folder, records=address, objects=objects)
        say({"restored": str(folder), "epoch": epoch, "documents": found, "missing": missing})
        sorry("restored-look")
        return _incomplete("restored-incomplete", missing)

    return attempt(work)


def _incomplete(code: str, missing: int) -> int:
    return sorry(code, {"count": missing}, EX_DATAERR) if missing else 0
