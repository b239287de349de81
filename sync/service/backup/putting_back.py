"""Putting a backup back into a folder that holds nothing but the key."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.errors import PersonCanAct
from app.vault.disk import publish, sync_folder, world
from app.vault.sqlcipher import StoreUnreadable
from sync.service import opening
from sync.service.backup.manifest import BackupDamaged, Manifest, copied, flushed
from sync.service.backup.renewing import renew
from sync.service.sealing import Sealing
from sync.service.secrets import load_key
from sync.service.signing import CHAIN

if TYPE_CHECKING:
    from pathlib import Path

    from app.vault.keys import Key

__all__ = ["FolderNotEmpty", "PutBack", "put_back"]

_ALLOWED: Final = frozenset({opening.KEY, opening.LOCK, CHAIN})
_ON_ITS_WAY: Final = "restoring.db"


class FolderNotEmpty(PersonCanAct):
    """The folder holds more than the key: a backup is put into an empty one."""

    code = "restore-not-empty"


@dataclass(frozen=True, slots=True)
class PutBack:
    """What was put back, and the epoch it has now."""

    manifest: Manifest
    epoch: str


def put_back(folder: Path, source: Path) -> PutBack:
    """Fill ``folder``, which holds ``service.key`` alone, from a backup.

    Everything of it is checked before anything is written; the store gets its name last. Raises
    ``FolderNotEmpty``, ``KeyFileMissing``, ``KeyFileBad``, ``BackupMissing``, ``BackupNewer``, ``BackupKey``,
    ``BackupDamaged``, ``StoreNewer``, ``DiskFull``, ``StoreUnreadable``; the folder is as it was then.
    """
    if not folder.is_dir():
        with load_key(folder / opening.KEY, may_create=False):
            raise StoreUnreadable
    lock = opening.alone(folder)
    try:
        if {each.name for each in folder.iterdir()} - _ALLOWED:
            raise FolderNotEmpty
        with load_key(folder / opening.KEY, may_create=False) as root:
            manifest = Manifest.read(source, root)
            manifest.check(source)
            try:
                epoch = _fill(folder, source, manifest, root)
            except BaseException:
                _empty(folder)
                raise
    finally:
        lock.release()
    return PutBack(manifest, epoch)


def _fill(folder: Path, source: Path, manifest: Manifest, root: Key) -> str:
    path = folder / _ON_ITS_WAY
    try:
        (folder / opening.OBJECTS).mkdir(mode=0o700)
        for name, kept in manifest.files.items():
            if copied(source / name, path if name == opening.STORE else folder / name) != kept:
                raise BackupDamaged(file=name)
        sync_folder(folder / opening.OBJECTS)
    except OSError as error:
        raise world(error) from error
    sealing = Sealing(root)
    store = opening.embedded(path, root, sealing)
    try:
        epoch = renew(store, sealing)
    finally:
        store.close()
    flushed(path)
    publish(path, folder / opening.STORE)
    return epoch


def _empty(folder: Path) -> None:
    for each in folder.glob(f"{_ON_ITS_WAY}*"):
        with suppress(OSError):
            os.unlink(each)  # noqa: PTH108
    shutil.rmtree(folder / opening.OBJECTS, ignore_errors=True)
