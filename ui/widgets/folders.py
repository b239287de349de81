"""Where a paper may be on this computer, and what a folder holds that can be filed.

Qt-free but for the standard places. A folder is read in a worker: a USB stick can be slow. Only the
six kinds of file are offered (by their name's ending; what they really are, the reader says), newest
first, because the paper one has just photographed is the one that is looked for.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, QStorageInfo

from app.errors import PersonCanAct, WorldFailed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "ENDINGS",
    "Entry",
    "FolderUnreadable",
    "NoSuchFile",
    "NotPermittedHere",
    "Place",
    "PlaceKind",
    "comes_out",
    "contents",
    "lies_in",
    "places",
    "read_whole",
]

ENDINGS = frozenset({".pdf", ".jpg", ".jpeg", ".png", ".tif", ".tiff", ".heic", ".heif", ".txt", ".rtf"})
MOST_ENTRIES = 5_000
STICK_ROOTS = ("/media", "/run/media")
MOUNTED_BY_HAND = "/mnt"
BLOCK_DEVICES = Path("/sys/class/block")


class NoSuchFile(PersonCanAct):
    """The path typed or chosen names no file (any more)."""

    code = "file-gone"


class FolderUnreadable(WorldFailed):
    """The folder or file is there and cannot be read (taken out, no permission, damaged)."""

    code = "file-unreadable"


class NotPermittedHere(PersonCanAct):
    """The path leads out of the places where a file may be chosen on this PC."""

    code = "place-not-permitted"


class PlaceKind(StrEnum):
    """What kind of place to look in first."""

    STICK = "stick"
    SCANS = "scans"
    DOWNLOADS = "downloads"
    DOCUMENTS = "documents"
    PICTURES = "pictures"
    DESKTOP = "desktop"


@dataclass(frozen=True, slots=True)
class Place:
    """A place to start from; ``name`` is the stick's own, else empty."""

    kind: PlaceKind
    path: Path
    name: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A folder or a file in a folder. ``size`` in bytes (files)."""

    path: Path
    is_folder: bool
    size: int
    modified: datetime

    @property
    def name(self) -> str:
        """The name shown."""
        return self.path.name


def places(scans: Path | None = None) -> list[Place]:
    """Return the places that exist: sticks first, then the folder of the place's copier."""
    found = [Place(PlaceKind.STICK, path, path.name) for path in _sticks()]
    if scans is not None and scans.is_dir():
        found.append(Place(PlaceKind.SCANS, scans))
    for kind, location in (
        (PlaceKind.DOWNLOADS, QStandardPaths.StandardLocation.DownloadLocation),
        (PlaceKind.DOCUMENTS, QStandardPaths.StandardLocation.DocumentsLocation),
        (PlaceKind.PICTURES, QStandardPaths.StandardLocation.PicturesLocation),
        (PlaceKind.DESKTOP, QStandardPaths.StandardLocation.DesktopLocation),
    ):
        path = Path(QStandardPaths.writableLocation(location))
        if path.is_dir() and path not in {place.path for place in found}:
            found.append(Place(kind, path))
    return found


def _sticks() -> list[Path]:
    """Return what is plugged in: on Windows every drive but the system's, on Linux what the desk mounts.

    What someone mounted by hand may be anything: there the device must be one that can be taken out.
    """
    volumes = [volume for volume in QStorageInfo.mountedVolumes() if volume.isReady()]
    if os.name == "nt":
        system = Path(QStorageInfo.root().rootPath())
        return [root for volume in volumes if (root := Path(volume.rootPath())) != system]
    return [Path(volume.rootPath()) for volume in volumes if _is_stick(volume)]


def _is_stick(volume: QStorageInfo) -> bool:
    root = volume.rootPath()
    if root.startswith(tuple(f"{start}/" for start in STICK_ROOTS)):
        return True
    device = Path(bytes(volume.device().data()).decode("utf-8", "replace")).name
    return root.startswith(f"{MOUNTED_BY_HAND}/") and comes_out(device)


def comes_out(device: str, devices: Path = BLOCK_DEVICES) -> bool:
    """Say whether a block device (``sdb1``) is a stick or a card, by what the kernel says of it."""
    try:
        there = (devices / device).resolve(strict=True)
        flags = [folder / "removable" for folder in (there, there.parent)]
        return "/usb" in str(there) or any(
            flag.is_file() and flag.read_text().strip() == "1" for flag in flags
        )
    except OSError:
        return False


def lies_in(path: Path, roots: Iterable[Path]) -> bool:
    """Say whether a path, its links and ``..`` followed, stays in one of ``roots``; False when it is gone."""
    try:
        real = path.resolve(strict=True)
        return any(real.is_relative_to(root.resolve()) for root in roots)
    except (OSError, RuntimeError, ValueError):
        return False


def contents(folder: Path, roots: Sequence[Path] | None = None) -> list[Entry]:
    """Return folders by name, then files that can be filed, newest first; nothing out of ``roots``."""
    try:
        with os.scandir(folder) as found:
            entries = list(_entries(found))
    except OSError as fault:
        raise FolderUnreadable from fault
    if roots is not None:
        entries = [entry for entry in entries if lies_in(entry.path, roots)]
    folders = sorted((entry for entry in entries if entry.is_folder), key=lambda entry: entry.name.casefold())
    files = [entry for entry in entries if not entry.is_folder]
    return folders + sorted(files, key=lambda entry: (entry.modified, entry.name), reverse=True)


def _entries(found: Iterable[os.DirEntry[str]]) -> Iterable[Entry]:
    for number, item in enumerate(found):
        if number >= MOST_ENTRIES:
            return
        if item.name.startswith((".", "~$", "$")):
            continue
        try:
            facts = item.stat()
        except OSError:  # a link to nowhere
            continue
        is_folder = stat.S_ISDIR(facts.st_mode)
        is_paper = stat.S_ISREG(facts.st_mode) and Path(item.name).suffix.lower() in ENDINGS
        if is_folder or is_paper:
            modified = datetime.fromtimestamp(facts.st_mtime, UTC)
            yield Entry(Path(item.path), is_folder, facts.st_size, modified)


def read_whole(path: Path, limit: int, roots: Sequence[Path] | None = None) -> bytes:
    """Return the bytes of an ordinary file, at most ``limit`` + 1 of them (so that too many is seen).

    Raises:
        NoSuchFile: it is gone, or is none.
        FolderUnreadable: it cannot be read.
        NotPermittedHere: it lies outside of ``roots``.

    """
    try:
        # Not blocking, so that a pipe given as a path is found out instead of waited for.
        with os.fdopen(
            os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)), "rb"
        ) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise NoSuchFile
            if roots is not None and not lies_in(_opened(file.fileno(), path), roots):
                raise NotPermittedHere
            return file.read(limit + 1)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError, ValueError) as fault:
        raise NoSuchFile from fault
    except OSError as fault:
        raise FolderUnreadable from fault


def _opened(number: int, path: Path) -> Path:
    """Return what was really opened: a link put in the way between two looks changes nothing."""
    link = Path(f"/proc/self/fd/{number}")
    return link if link.exists() else path
