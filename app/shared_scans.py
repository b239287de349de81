"""A scan in the folder of a place's copier: whoever works there can see it, until somebody takes it away.

Decision: it is only read while it is filed. Taking it away is the person's wish, afterwards, and takes away
that file and no other: one that was written anew under the same name stays.
"""

from __future__ import annotations

import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from app.errors import WorldFailed

if TYPE_CHECKING:
    import os
    from pathlib import Path

__all__ = ["ScanNotRemoved", "SharedScan"]


class ScanNotRemoved(WorldFailed):
    """The scan is still in the copier's folder: no permission, or another file has its name now."""

    code = "scan-not-removed"


@dataclass(frozen=True, slots=True)
class SharedScan:
    """One file there, as it was when it was read."""

    path: Path
    mark: tuple[int, int, int]

    @classmethod
    def of(cls, path: Path) -> Self:
        """Remember it; raises ``OSError`` when it is gone."""
        return cls(path, _mark(path.lstat()))

    def remove(self) -> None:
        """Take it away; nothing happens when it is gone already.

        Raises:
            ScanNotRemoved: it is still there.

        """
        try:
            facts = self.path.lstat()
            if not stat.S_ISREG(facts.st_mode) or _mark(facts) != self.mark:
                raise ScanNotRemoved
            self.path.unlink()
        except FileNotFoundError:
            return
        except OSError as fault:
            raise ScanNotRemoved from fault


def _mark(facts: os.stat_result) -> tuple[int, int, int]:
    return facts.st_ino, facts.st_size, facts.st_mtime_ns
