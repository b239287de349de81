"""A copy that a person takes along: one file, whole or absent, on their stick or in their folder.

Decision: a plain copy is for the person's own computer. On a shared one nothing leaves but paper and what
is sealed (a stick is lost, a shared PC may copy what is plugged into it), so there it is refused here, not
only hidden on the screen. A copy has the same leave and the same entry in the journal as paper: it has
left the health space for good. Its name is clear, and harmless on every system; nothing is written over.
"""

from __future__ import annotations

import errno
import os
import secrets
import time
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from app.acts import audit, record
from app.errors import PersonCanAct, WorldFailed
from app.fhir.audit_event import DEED, AuditAction
from app.space import DoneCode
from app.vault.disk import sync_folder

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from app.space import Space

__all__ = [
    "CopyCancelled",
    "CopyFailed",
    "CopyFull",
    "CopyGone",
    "CopyOnSharedPc",
    "CopyReadOnly",
    "copied",
    "file_name",
    "may_copy",
    "write",
]

LONGEST = 80
MOST_BYTES = 200
PIECE = 1 << 18
MOST_NAMES = 1000
LEFT_FOR = 3600
"""Seconds after which a part that was begun belongs to no program any more."""


class CopyOnSharedPc(PersonCanAct):
    """This PC is used by many people: nothing unsealed leaves it but paper."""

    code: ClassVar[str] = "copy-shared-pc"


class CopyFull(WorldFailed):
    """There is no room for the copy (``size`` in bytes)."""

    code: ClassVar[str] = "copy-full"


class CopyReadOnly(PersonCanAct):
    """Nothing may be written there: a locked stick, a folder of someone else."""

    code: ClassVar[str] = "copy-read-only"


class CopyGone(PersonCanAct):
    """The stick or the folder is not there any more."""

    code: ClassVar[str] = "copy-gone"


class CopyFailed(WorldFailed):
    """The system could not write, and does not say why."""

    code: ClassVar[str] = "copy-failed"


class CopyCancelled(PersonCanAct):
    """The person has had enough."""

    code: ClassVar[str] = "copy-cancelled"


def may_copy(space: Space) -> None:
    """Let something be copied; raises ``CopyOnSharedPc``. What is copied has its own leave besides."""
    if space.sealer is not None:
        raise CopyOnSharedPc


def copied(space: Space, document_id: str, title: str) -> None:
    """Journal that a document was copied out, and put it on the receipt."""
    done = (DEED, "copied")
    record(space, audit(space, AuditAction.EXECUTE, [f"DocumentReference/{document_id}"], detail=done))
    space.note(DoneCode.DOCUMENT_COPIED, title=title)


# -- its name ------------------------------------------------------------------------------------

_KEPT = frozenset(" -_'’,()+&")
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$"}
    | {f"{port}{number}" for port in ("com", "lpt") for number in "0123456789¹²³"}
)


def file_name(*parts: str, nameless: str = "Document") -> str:
    """Make a name, without its ending, out of a title and a day; whatever they hold, it is harmless."""
    name = " - ".join(clean for part in parts if (clean := _clean(part)))
    name = name[:LONGEST]
    while len(name.encode()) > MOST_BYTES:
        name = name[:-1]
    name = name.rstrip(" -,")
    if not name or name.casefold() in _RESERVED:
        return f"{nameless} {name}".rstrip()
    return name


def _clean(part: str) -> str:
    composed = unicodedata.normalize("NFC", part)
    kept = (
        sign if unicodedata.category(sign)[0] in "LN" or unicodedata.combining(sign) or sign in _KEPT else " "
        for sign in composed
    )
    return " ".join("".join(kept).split()).strip(" -'’,+&")


# -- its bytes -----------------------------------------------------------------------------------


def write(
    folder: Path,
    name: str,
    ending: str,
    data: bytes,
    *,
    device: int | None = None,
    is_cancelled: Callable[[], bool] = lambda: False,
) -> Path:
    """Write a new file ``name.ending`` (``name (2)`` where that is taken) and return where it is.

    ``device`` is the ``st_dev`` that the folder had when it was chosen: what is left of a stick that was
    pulled may be an empty folder of this PC. Nothing half-written stays, as far as the system lets it go.
    """
    part = folder / f".tandem-{secrets.token_hex(6)}.part"
    try:
        _check_there(folder, device)
        _sweep(folder)
        _write_part(part, data, is_cancelled)
        _check_there(folder, device)
        there = _free(folder, name, ending)
        part.rename(there)
        with suppress(OSError):  # some sticks cannot be asked that
            sync_folder(folder)
    except OSError as error:
        _drop(part)
        raise _meaning(error, len(data)) from error
    except BaseException:
        _drop(part)
        raise
    return there


def _check_there(folder: Path, device: int | None) -> None:
    if device is not None and folder.stat().st_dev != device:
        raise CopyGone


def _write_part(part: Path, data: bytes, is_cancelled: Callable[[], bool]) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
    with os.fdopen(os.open(part, flags, 0o600), "wb", buffering=0) as file:
        rest = memoryview(data)
        while rest:
            if is_cancelled():
                raise CopyCancelled
            rest = rest[file.write(rest[:PIECE]) :]
        os.fsync(file.fileno())


def _free(folder: Path, name: str, ending: str) -> Path:
    """Return a name that nothing has; links to nowhere count as something."""
    for number in range(1, MOST_NAMES):
        there = folder / f"{name if number == 1 else f'{name} ({number})'}.{ending}"
        if not os.path.lexists(there):
            return there
    raise CopyFailed


def _sweep(folder: Path) -> None:
    """Take away what a program that was killed here has begun."""
    for left in folder.glob(".tandem-*.part"):
        with suppress(OSError):
            if time.time() - left.lstat().st_mtime > LEFT_FOR:
                left.unlink()


def _drop(part: Path) -> None:
    with suppress(OSError):
        part.unlink(missing_ok=True)


_FULL = {errno.ENOSPC, errno.EFBIG, *([errno.EDQUOT] if hasattr(errno, "EDQUOT") else [])}
_LOCKED = {errno.EROFS, errno.EACCES, errno.EPERM}
_GONE = {errno.ENOENT, errno.ENOTDIR, errno.ENODEV, errno.ENXIO, errno.EIO, errno.ESTALE, errno.EBADF}
_GONE_WINDOWS = {3, 15, 20, 21, 55, 433, 1006, 1110, 1117, 1167}
"""No such path, drive or device, not ready, changed under way, no medium, input/output."""


def _meaning(error: OSError, size: int) -> PersonCanAct | WorldFailed:
    """Say what the system's refusal means to the person."""
    if getattr(error, "winerror", None) in _GONE_WINDOWS:
        return CopyGone()
    if error.errno in _FULL:
        return CopyFull(size=size)
    if error.errno in _LOCKED:
        return CopyReadOnly()
    return CopyGone() if error.errno in _GONE else CopyFailed()
