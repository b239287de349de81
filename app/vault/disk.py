"""Files that are whole or absent: written aside, synced, renamed, folder synced."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from app.vault.sqlcipher import DiskFull, StoreUnreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["part_of", "publish", "replace_bytes", "sync_folder", "world", "write_all", "writing"]

_FULL = {errno.ENOSPC, errno.EFBIG, *([errno.EDQUOT] if hasattr(errno, "EDQUOT") else [])}


def part_of(path: Path) -> Path:
    """Name under which a file is written before it is whole."""
    return path.with_name(path.name + ".part")


@contextmanager
def writing(path: Path, *, once: bool = False) -> Iterator[BinaryIO]:
    """Write a file that appears under its name only when all of it is on the disk.

    ``once``: a file that has the name already stays, and ``FileExistsError`` is raised; of several who
    write at once, in other processes too, one wins. Needs a file system with hard links, outside Windows.
    Raises ``DiskFull`` or ``StoreUnreadable``; whatever is raised, nothing half-written stays.
    """
    part = path.with_name(f"{path.name}.{os.urandom(8).hex()}.part") if once else part_of(path)
    try:
        descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as file:
            yield file
            os.fsync(file.fileno())
        (_publish_once if once else publish)(part, path)
    except OSError as error:
        _drop(part)
        if once and isinstance(error, FileExistsError):
            raise
        raise world(error) from error
    except BaseException:
        _drop(part)
        raise


def replace_bytes(path: Path, data: bytes) -> None:
    """Put ``data`` in place of the file."""
    with writing(path) as file:
        write_all(file, data)


def write_all(file: BinaryIO, data: bytes | bytearray | memoryview) -> None:
    """Write every byte; an unbuffered file may take fewer at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]


def publish(part: Path, path: Path) -> None:
    """Give a whole file its name, durably."""
    part.replace(path)
    sync_folder(path.parent)


def _publish_once(part: Path, path: Path) -> None:
    if sys.platform == "win32":
        part.rename(path)  # there it refuses a name that is taken
    else:
        os.link(part, path)
        part.unlink()
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names in a folder durable; Windows does it by itself and cannot be asked."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def world(error: OSError) -> DiskFull | StoreUnreadable:
    """Say what the system's refusal means to us."""
    if error.errno in _FULL:
        return DiskFull()
    return StoreUnreadable()


def _drop(part: Path) -> None:
    with suppress(OSError):
        part.unlink(missing_ok=True)
