"""Folders in memory: what is written in clear for a moment (a browser's profile, temporary files).

Context: a file that was unlinked is still on the disk for whoever reads it raw, and the profile of a
browser or a temporary file of some program is not sealed.
Decision: such folders lie in a file system that is in memory (tmpfs): the user's own runtime folder, or
``/dev/shm``, where there is room; they go with the power too. Elsewhere (Windows, no tmpfs) they lie in
the session's own folder on the disk, and the disk must be encrypted. Swap is the self-test's matter.
"""

from __future__ import annotations

import os
import shutil
import stat
import sys
from pathlib import Path
from typing import Final

__all__ = ["folders_of", "made_for", "overwrites_in_place", "own_folder"]

_LEAST_ROOM: Final = 256 << 20
_SHARED: Final = Path("/dev/shm")  # noqa: S108 - random names, for this user only


def made_for(name: str) -> Path | None:
    """Make the folder in memory of this (random) name; None where there is no room in memory."""
    for root in _roots():
        if _is_in_memory(root) and _has_room(root):
            folder = _under(root, name)
            try:
                folder.mkdir(mode=0o700)
            except OSError:
                continue
            return folder
    return None


def own_folder(name: str) -> Path | None:
    """Return the folder of a name that is always the same, made where it is not there yet.

    Anybody may have made it first: one that is not a folder of this user alone is left alone.
    """
    return next((path for path in folders_of(name) if _is_ours(path)), None) or made_for(name)


def _is_ours(path: Path) -> bool:
    if sys.platform == "win32":
        return False
    told = path.lstat()
    return stat.S_ISDIR(told.st_mode) and told.st_uid == os.geteuid() and not told.st_mode & 0o077


def folders_of(name: str) -> list[Path]:
    """Return what is there of this name: a folder, or whatever took its place."""
    return [path for root in _roots() if os.path.lexists(path := _under(root, name))]


def _under(root: Path, name: str) -> Path:
    return root / f"tandem-{name}"


def _roots() -> list[Path]:
    if sys.platform == "win32":
        return []
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    return [*([Path(own)] if Path(own).is_absolute() else []), _SHARED]


def _has_room(root: Path) -> bool:
    try:
        return shutil.disk_usage(root).free >= _LEAST_ROOM
    except OSError:
        return False


def _is_in_memory(root: Path) -> bool:
    return _file_system_of(root)[0] in {"tmpfs", "ramfs"}


def overwrites_in_place(path: Path) -> bool | None:
    """Say whether what is overwritten on this disk is gone; None where the system does not tell.

    Yes: a file system that writes data where it was. No: one that writes it elsewhere (btrfs, ZFS) or
    keeps it in its journal (``data=journal``). An SSD's own controller is another matter.
    """
    kind, options = _file_system_of(path)
    if kind in {"btrfs", "zfs", "bcachefs", "nilfs2", "f2fs", "overlay"}:
        return False
    if kind in {"ext4", "ext3"}:
        return "data=journal" not in options
    return True if kind in {"ext2", "xfs", "jfs", "vfat", "tmpfs"} else None


def _file_system_of(path: Path) -> tuple[str, str]:
    """Look the file system up in the kernel's list: the innermost mount above the path, and its options."""
    try:
        lines = Path("/proc/self/mountinfo").read_text("utf-8", "replace").splitlines()
        where = path.resolve(strict=True)
    except OSError:
        return "", ""
    found: tuple[int, str, str] = (-1, "", "")
    for line in lines:
        place, _dash, rest = line.partition(" - ")
        mounted = Path(place.split()[4])
        if mounted == where or mounted in where.parents:
            kind, *_source, options = rest.split(maxsplit=2)
            # Of two mounts on one place the later one counts.
            found = max((len(mounted.parts), kind, options), found, key=lambda each: each[0])
    return found[1:]
