"""The sealed documents of one person: a folder of names that say nothing.

A file's name and its key both come from the person's key and the document's id, so nothing on
the disk tells which document is which, and no table has to be kept. A file is published before
the row that speaks of it is committed: a crash between leaves an orphan, never a row without file.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.vault.disk import sync_folder
from app.vault.sealed import Sealed, SealedReader, seal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

    from app.vault.keys import Key

__all__ = ["DocumentFiles", "DocumentNames"]

_NAME_BYTES = 16


class DocumentNames:
    """The name and the key of each document, from one key. Keeps its own copy of that until ``close``."""

    def __init__(self, key: Key) -> None:
        self._key = key.copy()

    def key_of(self, document_id: str) -> Key:
        """Return the document's own key; the caller wipes it."""
        return self._key.derive(b"tandem document key\x00" + document_id.encode())

    def name_of(self, document_id: str) -> str:
        """Return the name under which it lies: 32 hexadecimal digits."""
        with self._key.derive(b"tandem document name\x00" + document_id.encode()) as name:
            return name.data[:_NAME_BYTES].hex()

    def close(self) -> None:
        """Wipe the key."""
        self._key.wipe()


class DocumentFiles:
    """Writes and opens sealed documents by id. Keeps its own copy of the key until ``close``."""

    def __init__(self, folder: Path, key: Key) -> None:
        self.folder = folder
        self._names = DocumentNames(key)
        self._lock = threading.Lock()
        self._written: set[str] = set()
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def write(
        self, document_id: str, source: BinaryIO, *, progress: Callable[[int], None] | None = None
    ) -> Sealed:
        """Seal a document's bytes; raises ``DiskFull`` and leaves nothing then."""
        path = self.path_of(document_id)
        with self._lock:
            self._written.add(path.name)
        with self.key_of(document_id) as key:
            return seal(source, path, key, document_id, progress=progress)

    def open(self, document_id: str) -> SealedReader:
        """Open a document; raises ``FileMissing`` or ``FileDamaged``."""
        with self.key_of(document_id) as key:
            return SealedReader(self.path_of(document_id), key, document_id)

    def has(self, document_id: str) -> bool:
        """Say whether the document's file is here."""
        return self.path_of(document_id).is_file()

    def remove(self, document_id: str) -> None:
        """Take a document's file away; harmless when it is not there."""
        self.path_of(document_id).unlink(missing_ok=True)
        sync_folder(self.folder)

    def key_of(self, document_id: str) -> Key:
        """Return the document's own key; the caller wipes it."""
        return self._names.key_of(document_id)

    def path_of(self, document_id: str) -> Path:
        """Where the document's file is, or would be."""
        return self.folder / self._names.name_of(document_id)

    def collect_orphans(self, known: set[str]) -> int:
        """Remove files that no row speaks of, left by a crash; return how many.

        Files written since this object was made are left alone: their row may be on its way.
        """
        with self._lock:
            kept = {self.path_of(document_id).name for document_id in known} | self._written
        gone = [path for path in self.folder.iterdir() if path.name.removesuffix(".part") not in kept]
        for path in gone:
            path.unlink(missing_ok=True)
        if gone:
            sync_folder(self.folder)
        return len(gone)

    def close(self) -> None:
        """Wipe the key; readers that are open go on."""
        self._names.close()
