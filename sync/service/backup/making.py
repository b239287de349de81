"""Taking a backup: the records of one moment, then the documents that they name, then the manifest."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from app.clock import instant, now
from app.errors import PersonCanAct
from app.vault.disk import sync_folder, world
from app.vault.sealed import FileDamaged, FileMissing
from app.vault.sqlcipher import DiskFull
from app.vault.store import Store
from sync.service import opening
from sync.service.backup.manifest import Kept, Manifest, copied, flushed
from sync.service.objects import open_objects
from sync.service.objects.folder import FolderObjects
from sync.service.sealing import Sealing
from sync.service.secrets import load_key

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.vault.keys import Key
    from app.vault.sealed import SealedReader
    from sync.service.objects import Objects
    from sync.service.storage import Connection

__all__ = ["BackupExists", "Document", "documents", "is_whole", "make"]

_MARGIN: Final = 1 << 20
"""Bytes. SQLite maps a file beside the copy, and where there is no room for that it says an I/O error."""


class BackupExists(PersonCanAct):
    """Something has that name already: a backup never replaces another."""

    code = "backup-exists"


@dataclass(frozen=True, slots=True)
class Document:
    """What the records say of a document's bytes."""

    object_id: str
    size: int
    sha256: str


def make(folder: Path, target: Path, *, objects: str | None = None) -> Manifest:
    """Copy the service in ``folder`` to ``target``, which must not be there; the service may be running.

    ``objects``: where the documents lie if not in the folder; they are looked at there, not copied.
    Raises ``BackupExists``, ``DiskFull``, ``StoreUnreadable``, ``KeyFileMissing``, ``KeyFileBad``, and what
    opening the store or the objects raises. Whatever is raised, nothing is left under that name.
    """
    if os.path.lexists(target):
        raise BackupExists
    with load_key(folder / opening.KEY, may_create=False) as root:
        part = target.with_name(f"{target.name}.{os.urandom(4).hex()}.part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            part.mkdir(mode=0o700)
            (part / opening.OBJECTS).mkdir(mode=0o700)
            if shutil.disk_usage(part).free < _size(folder / opening.STORE) + _MARGIN:
                raise DiskFull
            made = _Backup(folder, part, root, objects or "").made()
            sync_folder(part / opening.OBJECTS)
            sync_folder(part)
            _publish(part, target)
        except OSError as error:
            raise world(error) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return made


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _publish(part: Path, target: Path) -> None:
    try:
        part.rename(target)
    except OSError:
        if target.exists():  # another backup was quicker
            raise BackupExists from None
        raise
    sync_folder(target.parent)


@dataclass(slots=True)
class _Backup:
    folder: Path
    part: Path
    root: Key
    address: str
    files: dict[str, Kept] = field(default_factory=dict)
    seen: int = 0
    missing: int = 0

    def made(self) -> Manifest:
        moment = instant(now())
        path = self.part / opening.STORE
        with self.root.derive(opening.STORE_PURPOSE) as key:
            Store.copy(self.folder / opening.STORE, key, path)
        store = opening.embedded(path, self.root, Sealing(self.root))
        try:
            with store.read() as sql, self.root.derive(opening.OBJECTS_PURPOSE) as key:
                (self._look if self.address else self._copy)(sql, key)
        finally:
            store.close()
        self.files[opening.STORE] = flushed(path)
        manifest = Manifest(moment, self.seen, self.missing, bool(self.address), self.files)
        manifest.write(self.part, self.root)
        return manifest

    def _copy(self, sql: Connection, key: Key) -> None:
        scratch = self.folder / opening.SCRATCH
        theirs = FolderObjects(self.folder / opening.OBJECTS, key, scratch)
        ours = FolderObjects(self.part / opening.OBJECTS, key, scratch)
        with closing(theirs), closing(ours):
            for each in documents(sql):
                self.seen += 1
                source = theirs.path_of(each.object_id)
                name = f"{opening.OBJECTS}/{source.name}"
                try:
                    self.files[name] = copied(source, self.part / name)
                except FileNotFoundError:
                    self.missing += 1
                else:
                    self.missing += not is_whole(ours, each)

    def _look(self, sql: Connection, key: Key) -> None:
        with closing(open_objects(self.address, self.part, key, self.folder / opening.SCRATCH)) as store:
            for each in documents(sql):
                self.seen += 1
                self.missing += not store.has(each.object_id)


def documents(sql: Connection) -> Iterator[Document]:
    """Yield every document whose bytes the records name."""
    for row in sql.execute('SELECT object_id, size, sha256 FROM "binary"'):
        yield Document(str(row[0]), int(row[1]), str(row[2]))


def is_whole(objects: Objects, document: Document) -> bool:
    """Read a document; say whether it is what its row says."""
    try:
        return _digest(objects.open(document.object_id, whole=True)) == (document.size, document.sha256)
    except (FileMissing, FileDamaged):
        return False


def _digest(reader: SealedReader) -> tuple[int, str]:
    digest = hashlib.sha256()
    with reader:
        for piece in reader.pieces():
            digest.update(piece)
        return reader.size, digest.hexdigest()
