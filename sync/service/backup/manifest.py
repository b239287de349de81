"""What a backup holds, file by file, sealed so that nobody without the service's key can change it."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final, Self

import orjson

from app.errors import PersonCanAct, WorldFailed
from app.vault.disk import replace_bytes, world, write_all, writing
from app.vault.written import canonical
from sync.service import opening

if TYPE_CHECKING:
    from pathlib import Path

    from app.vault.keys import Key

__all__ = ["BackupDamaged", "BackupKey", "BackupMissing", "BackupNewer", "Kept", "Manifest", "copied"]

NAME: Final = "manifest.json"
_FORM: Final = 1
_PURPOSE: Final = b"tandem service backup"
_PIECE: Final = 1 << 20
_FILE = re.compile(rf"{re.escape(opening.STORE)}|{opening.OBJECTS}/[0-9a-f]{{32}}")


class BackupMissing(PersonCanAct):
    """The folder holds no whole backup."""

    code = "backup-missing"


class BackupNewer(PersonCanAct):
    """A later version of the program wrote it."""

    code = "backup-newer"


class BackupKey(PersonCanAct):
    """It was taken from a service with another key."""

    code = "backup-wrong-key"


class BackupDamaged(WorldFailed):
    """A file of it is not what was written, or not there. Fields: ``file``."""

    code = "backup-damaged"


@dataclass(frozen=True, slots=True)
class Kept:
    """One file: its size in bytes and SHA-256 in hex."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files by name; ``documents``: how many the records name; ``missing``: so many were not whole."""

    made: str
    documents: int
    missing: int
    elsewhere: bool
    files: dict[str, Kept]

    def write(self, folder: Path, root: Key) -> None:
        """Write it; raises ``DiskFull`` and ``StoreUnreadable``."""
        told: dict[str, object] = {"form": _FORM, "key": _tag(root, "key")} | asdict(self)
        replace_bytes(folder / NAME, orjson.dumps(told | {"seal": _seal(root, told)}))

    @classmethod
    def read(cls, folder: Path, root: Key) -> Self:
        """Read it; raises ``BackupMissing``, ``BackupNewer``, ``BackupKey`` and ``BackupDamaged``."""
        try:
            raw = (folder / NAME).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise BackupMissing from None
        except OSError as error:
            raise world(error) from error
        try:
            told = orjson.loads(raw)
            seal, form = str(told.pop("seal")), int(told["form"])
            key = str(told["key"])
        except (ValueError, KeyError, TypeError, AttributeError):
            raise BackupDamaged(file=NAME) from None
        if form > _FORM:
            raise BackupNewer
        if not hmac.compare_digest(key.encode(), _tag(root, "key").encode()):
            raise BackupKey
        if not hmac.compare_digest(seal.encode(), _seal(root, told).encode()):
            raise BackupDamaged(file=NAME)
        files = {name: Kept(int(each["size"]), str(each["sha256"])) for name, each in told["files"].items()}
        if opening.STORE not in files or not all(map(_FILE.fullmatch, files)):
            raise BackupDamaged(file=NAME)
        return cls(str(told["made"]), told["documents"], told["missing"], bool(told["elsewhere"]), files)

    def check(self, folder: Path) -> None:
        """Read every file; raises ``BackupDamaged`` for the first that is not what was written."""
        for name, kept in self.files.items():
            if _kept(folder / name) != kept:
                raise BackupDamaged(file=name)


def copied(source: Path, target: Path) -> Kept:
    """Copy a file, whole and flushed, or not at all; raises ``FileNotFoundError`` where there is none."""
    digest, size = hashlib.sha256(), 0
    with source.open("rb", buffering=0) as read, writing(target) as written:
        while piece := read.read(_PIECE):
            digest.update(piece)
            size += len(piece)
            write_all(written, piece)
    return Kept(size, digest.hexdigest())


def flushed(path: Path) -> Kept:
    """Flush a file that somebody else wrote; returns what it holds."""
    try:
        descriptor = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise world(error) from error
    found = _kept(path)
    if found is None:
        raise BackupDamaged(file=path.name)
    return found


def _kept(path: Path) -> Kept | None:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            return Kept(file.tell(), digest.hexdigest())
    except OSError:
        return None


def _seal(root: Key, told: object) -> str:
    return _tag(root, canonical(told).decode())


def _tag(root: Key, text: str) -> str:
    with root.derive(_PURPOSE) as key:
        return hmac.new(key.data, text.encode(), hashlib.sha256).hexdigest()
