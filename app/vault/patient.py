"""One person's part of the vault: their store and their sealed documents.

On a kiosk the key is random and lives in the memory of that person's process only: when the
process has ended, what is left on the disk is noise.
One process has it open at a time: two engines on one list of operations once sent each of them twice
(ownCloud #2547).
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from filelock import FileLock, Timeout

from app.vault.files import DocumentFiles
from app.vault.migrations import PATIENT
from app.vault.sqlcipher import StoreBusy
from app.vault.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from app.vault.keys import Key
    from app.vault.schema import Schema

__all__ = ["PatientVault"]


@dataclass(frozen=True, slots=True)
class PatientVault:
    """Open store and files of one person. ``folder`` is the root that was given; it holds ``c/``."""

    folder: Path
    name: str
    key: Key
    store: Store
    files: DocumentFiles
    lock: FileLock

    @classmethod
    def create(cls, root: Path, key: Key, *, name: str | None = None) -> PatientVault:
        """Make ``c/<name>.db`` and ``c/<name>/``; the name is 128 random bits unless given."""
        return cls._held(root, name or secrets.token_hex(16), key, Store.create)

    @classmethod
    def open(cls, root: Path, key: Key, name: str) -> PatientVault:
        """Open what ``create`` made; raises what ``Store.open`` raises, ``StoreBusy``."""
        return cls._held(root, name, key, Store.open)

    @classmethod
    def _held(
        cls, root: Path, name: str, key: Key, opened: Callable[[Path, Key, Schema], Store]
    ) -> PatientVault:
        lock = _hold(root / "c" / f"{name}.lock")
        try:
            with key.derive(b"tandem store") as store_key:
                store = opened(root / "c" / f"{name}.db", store_key, PATIENT)
            with key.derive(b"tandem files") as files_key:
                files = DocumentFiles(root / "c" / name, files_key)
        except BaseException:
            _let_go(lock)
            raise
        return cls(root, name, key, store, files, lock)

    def close(self) -> None:
        """Close the store and wipe every key, the one that was given too."""
        self.store.close()
        self.files.close()
        self.key.wipe()
        _let_go(self.lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _hold(path: Path) -> FileLock:
    """Make a person's store ours; raises ``StoreBusy`` where another process has it."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(path, timeout=0, thread_local=False)
    try:
        lock.acquire()
    except Timeout:
        raise StoreBusy from None
    return lock


def _let_go(lock: FileLock) -> None:
    """Release, and leave no file: what lies beside a person's store would have to be wiped."""
    with suppress(OSError):
        Path(lock.lock_file).unlink(missing_ok=True)
    lock.release()
