"""Room kept aside: on a full disk even deleting and checkpointing need some.

Random bytes, so that no file system packs them away; given back while the disk is full, taken
again when there is room for it twice over.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Final

from app.vault.disk import sync_folder, write_all, writing
from app.vault.sqlcipher import DiskFull

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["BALLAST_SIZE", "Ballast"]

BALLAST_SIZE: Final = 8 << 20
_STEP: Final = 1 << 20


class Ballast:
    """The vault's reserve."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def is_held(self) -> bool:
        """Whether the room is kept."""
        return self._path.is_file()

    def release(self) -> bool:
        """Give the room back; say whether there was any."""
        held = self.is_held()
        self._path.unlink(missing_ok=True)
        if held:
            sync_folder(self._path.parent)
        return held

    def restore(self) -> bool:
        """Keep the room again if the disk has plenty; say whether it is kept now."""
        if self.is_held():
            return True
        if shutil.disk_usage(self._path.parent).free < 2 * BALLAST_SIZE:
            return False
        try:
            with writing(self._path) as file:
                for _ in range(0, BALLAST_SIZE, _STEP):
                    write_all(file, os.urandom(_STEP))
        except DiskFull:
            return False
        return True
