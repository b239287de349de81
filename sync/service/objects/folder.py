"""Objects as sealed files in a folder: the embedded default, and any file system that all workers mount."""

from __future__ import annotations

import io
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.vault.disk import sync_folder, world, writing
from app.vault.files import DocumentNames
from app.vault.sealed import SealedReader, seal_into
from sync.service.objects.port import GRACE, NAME, orphans, require

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import timedelta
    from pathlib import Path
    from typing import BinaryIO

    from app.vault.keys import Key
    from app.vault.sealed import Sealed

__all__ = ["FolderObjects"]


class FolderObjects:
    """One file an object; both folders are made. ``is_shared``: other processes may write there too."""

    def __init__(self, folder: Path, key: Key, scratch: Path, *, is_shared: bool = False) -> None:
        self.folder, self.scratch, self.is_shared = folder, scratch, is_shared
        self._names = DocumentNames(key)
        try:
            for each in (folder, scratch):
                each.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise world(error) from error

    def write(self, object_id: str, source: BinaryIO, /) -> Sealed:
        """Seal it beside its name, and give it that name unless it is taken."""
        sealed, is_new = self._write(self.path_of(object_id), object_id, source)
        if not is_new:
            require(self.open(object_id), sealed)
        return sealed

    def open(self, object_id: str, /, *, whole: bool = False) -> SealedReader:
        """Open its file."""
        return self._open(self.path_of(object_id), object_id)

    def has(self, object_id: str, /) -> bool:
        """Say whether its file is there."""
        return self.path_of(object_id).is_file()

    def path_of(self, object_id: str) -> Path:
        """Where its file is, or would be."""
        return self.folder / self._names.name_of(object_id)

    def remove(self, object_id: str, /) -> None:
        """Take its file away."""
        self.path_of(object_id).unlink(missing_ok=True)
        sync_folder(self.folder)

    def holds_any(self) -> bool:
        """Say whether there is any file of ours, a half-written one too."""
        return any(True for _ in self._files())

    def collect_orphans(self, known: Callable[[], Iterable[str]], older_than: timedelta = GRACE) -> int:
        """Remove them, and what was left half-written. The clock is the file system's."""
        now, listed = self._now(), list(self._files())
        whole = ((path.name, modified) for path, modified in listed if not path.suffix)
        gone = [self.folder / name for name in orphans(whole, now, older_than, self._names, known)]
        gone += [path for path, modified in listed if path.suffix and now - modified >= older_than]
        for path in gone:
            path.unlink(missing_ok=True)
        if gone:
            sync_folder(self.folder)
        return len(gone)

    def close(self) -> None:
        """Wipe the key."""
        self._names.close()

    def mark(self, name: str, data: bytes, /) -> bool:
        """Write a small file under a name of its own unless it is taken; say whether it was not."""
        return self._write(self.folder / name, name, io.BytesIO(data))[1]

    def read_mark(self, name: str, /) -> bytes:
        """Return what was written there; raises ``FileDamaged`` where another key did it."""
        with self._open(self.folder / name, name) as reader:
            return reader.read()

    def _write(self, path: Path, object_id: str, source: BinaryIO) -> tuple[Sealed, bool]:
        with self._names.key_of(object_id) as key:
            try:
                with writing(path, once=True) as target:
                    sealed = seal_into(source, target, key, object_id)
            except FileExistsError:
                return sealed, False
        return sealed, True

    def _open(self, path: Path, object_id: str) -> SealedReader:
        with self._names.key_of(object_id) as key:
            return SealedReader(path, key, object_id)

    def _files(self) -> Iterator[tuple[Path, datetime]]:
        for path in self.folder.iterdir():
            if NAME.fullmatch(path.name.partition(".")[0]) and path.suffix in {"", ".part"}:
                with suppress(FileNotFoundError):  # another process took it away
                    yield path, _modified(path)

    def _now(self) -> datetime:
        clock = self.folder / f"clock-{secrets.token_hex(8)}"
        clock.touch(mode=0o600)
        try:
            return _modified(clock)
        finally:
            clock.unlink(missing_ok=True)


def _modified(path: Path) -> datetime:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC)
