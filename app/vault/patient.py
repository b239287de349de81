"""One person's part of the vault: their store and their sealed documents.

On a kiosk the key is random and lives in the memory of that person's process only: when the
process has ended, what is left on the disk is noise.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from app.vault.files import DocumentFiles
from app.vault.migrations import PATIENT
from app.vault.store import Store

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

    from app.vault.keys import Key

__all__ = ["PatientVault"]


@dataclass(frozen=True, slots=True)
class PatientVault:
    """Open store and files of one person. ``folder`` is the root that was given; it holds ``c/``."""

    folder: Path
    name: str
    key: Key
    store: Store
    files: DocumentFiles

    @classmethod
    def create(cls, root: Path, key: Key, *, name: str | None = None) -> PatientVault:
        """Make ``c/<name>.db`` and ``c/<name>/``; the name is 128 random bits unless given."""
        name = name or secrets.token_hex(16)
        path = root / "c" / f"{name}.db"
        with key.derive(b"tandem store") as store_key:
            return cls._with(root, name, key, Store.create(path, store_key, PATIENT))

    @classmethod
    def open(cls, root: Path, key: Key, name: str) -> PatientVault:
        """Open what ``create`` made; raises what ``Store.open`` raises."""
        with key.derive(b"tandem store") as store_key:
            return cls._with(root, name, key, Store.open(root / "c" / f"{name}.db", store_key, PATIENT))

    @classmethod
    def _with(cls, root: Path, name: str, key: Key, store: Store) -> PatientVault:
        with key.derive(b"tandem files") as files_key:
            files = DocumentFiles(root / "c" / name, files_key)
        return cls(root, name, key, store, files)

    def close(self) -> None:
        """Close the store and wipe every key, the one that was given too."""
        self.store.close()
        self.files.close()
        self.key.wipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
