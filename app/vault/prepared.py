"""Prepared visits: records of a person who is visited today where there is no network.

``adviser's key ‖ shares of this visit → local share``; ``local share ‖ the person's code → key of the
store`` (``app.visit_code``). Whoever has one half has nothing.

Decision: **each visit is an epoch of its own** (``app.vault.shares``): 32 random bytes in a block that is
overwritten in place, and in the keyring where there is one. To purge a visit is to forget them, for which
nobody need be there and no key is needed: the desk does it at the hour, at its next start when the PC was
off, and when a visit is over. The hour goes into the local share, so that a file that says a later one opens
nothing. The latest moment ever seen is kept beside: a clock that is set back prolongs nothing; where it is
missing although visits are there, all of them go.

``visits/<id>/``: ``due`` (the hour, which shares), ``epochs``, ``attempts.json``, ``label`` (first name and
initial, sealed under the local share), ``c/`` (store and documents, sealed under both), ``ready``, which
comes last: without it the visit was never prepared, and goes at the next look. ``opened`` says that it was.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import threading
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar, Final

import orjson

from app.clock import Clock, instant, now
from app.errors import PersonCanAct, TandemError, WorldFailed
from app.vault.disk import replace_bytes, sync_folder, world
from app.vault.keys import Key
from app.vault.lockout import Lockout, SlotLocked
from app.vault.shares import DISK, KEYRING, BlockShares, KeyringShares, Shares
from app.vault.small import open_small, seal_small
from app.vault.sqlcipher import DiskFull

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.vault.keyring_slot import Backend

__all__ = [
    "EVENING",
    "PreparedVisits",
    "VisitGone",
    "VisitLocked",
    "VisitNote",
    "evening_after",
    "seal_label",
]

EVENING: Final = 20
_EPOCH: Final = 1
_COUNTER: Final = "visit"
_STEP: Final = timedelta(seconds=30)
_LABEL: Final = b"tandem visit label"


class VisitGone(PersonCanAct):
    """The prepared visit is not there any more: its day is over, it was used, or taken back."""

    code: ClassVar[str] = "visit-gone"


class VisitLocked(PersonCanAct):
    """Too many wrong codes: this visit opens no more."""

    code: ClassVar[str] = "visit-locked"


@dataclass(frozen=True, slots=True)
class VisitNote:
    """A prepared visit as its adviser sees it; ``label`` is "" where it cannot be read."""

    id: str
    due: datetime
    label: str
    place: str
    was_opened: bool


def evening_after(moment: datetime, hour: int = EVENING) -> datetime:
    """Return when a visit prepared now is gone: this evening here, tomorrow's when it is evening already."""
    local = moment.astimezone()
    due = local.replace(hour=hour, minute=0, second=0, microsecond=0)
    return due if due > local else due + timedelta(days=1)


class PreparedVisits:
    """The prepared visits of all advisers of a PC, under ``advisers/``. Thread-safe."""

    def __init__(self, root: Path, backend: Backend | None = None, clock: Clock = now) -> None:
        self._root = root
        self._backend = backend
        self._clock = clock
        self._lock = threading.RLock()

    # -- preparing --------------------------------------------------------------------------------------

    def begin(self, adviser_id: str, key: Key, due: datetime) -> tuple[str, Key]:
        """Make the shares of a new visit; return its id and local share, which the caller wipes."""
        visit_id = secrets.token_hex(16)
        folder = self._folder(adviser_id, visit_id)
        with self._lock:
            try:
                folder.mkdir(parents=True, mode=0o700)
                self.moment()
                shares = self._shares(folder)
                told = {"due": instant(due), "shares": sum(each.bit for each in shares)}
                replace_bytes(folder / "due", orjson.dumps(told))
                for each in shares:
                    with Key.random() as share:
                        each.write(_EPOCH, share)
                Lockout(folder / "attempts.json", self._clock).begin(_COUNTER)
                return visit_id, self._local(folder, key)
            except OSError as error:
                self._forget(folder)
                raise world(error) from error
            except BaseException:
                self._forget(folder)
                raise

    def finish(self, adviser_id: str, visit_id: str, built: Path) -> None:
        """Take over what a session built (``c/``, ``label``); from here on the visit is prepared."""
        folder = self._folder(adviser_id, visit_id)
        with self._lock:
            if not (folder / "due").is_file():
                raise VisitGone
            try:
                (built / "c").rename(folder / "c")
                (built / "label").replace(folder / "label")
                replace_bytes(folder / "ready", b"")
                sync_folder(folder)
            except OSError as error:
                raise world(error) from error

    # -- what is there ----------------------------------------------------------------------------------

    def count(self, adviser_id: str) -> int:
        """Return how many an adviser has; needs no key."""
        return sum((folder / "ready").is_file() for folder in self._folders(adviser_id))

    def notes(self, adviser_id: str, key: Key) -> list[VisitNote]:
        """Return an adviser's visits, the first to go first."""
        with self._lock:
            self.purge_due()
            found = [self._note(each, key) for each in self._folders(adviser_id) if _is_ready(each)]
        return sorted(found, key=lambda note: (note.due, note.label))

    def _note(self, folder: Path, key: Key) -> VisitNote:
        label, place = "", ""
        with suppress(TandemError), self._local(folder, key) as share:
            label, place = read_label(folder / "label", share)
        return VisitNote(folder.name, _due(folder), label, place, (folder / "opened").exists())

    # -- using ------------------------------------------------------------------------------------------

    def lend(self, adviser_id: str, visit_id: str, to: Path) -> bool:
        """Put a copy of the sealed records into a session's folder; say whether it was opened before.

        Documents are linked where the disk can: nothing ever writes into them. Raises ``VisitGone``,
        ``DiskFull``, ``StoreUnreadable``.
        """
        with self._lock:
            folder = self._living(adviser_id, visit_id)
            try:
                shutil.copytree(folder / "c", to / "c", copy_function=_link_or_copy)
            except (OSError, shutil.Error) as error:
                raise world(_first(error)) from error
            return (folder / "opened").exists()

    def share(self, adviser_id: str, visit_id: str, key: Key) -> Key:
        """Count a try at the person's code, then return the local share.

        Raises ``VisitGone``, ``VisitLocked``, ``TooSoon``.
        """
        with self._lock:
            folder = self._living(adviser_id, visit_id)
            try:
                Lockout(folder / "attempts.json", self._clock).raise_before_trying(_COUNTER)
            except SlotLocked:
                raise VisitLocked from None
            return self._local(folder, key)

    def opened(self, adviser_id: str, visit_id: str) -> None:
        """Note that the code was right: tries begin at nought again."""
        with self._lock:
            folder = self._living(adviser_id, visit_id)
            Lockout(folder / "attempts.json", self._clock).opened([_COUNTER])
            replace_bytes(folder / "opened", b"")

    # -- the end ----------------------------------------------------------------------------------------

    def purge(self, adviser_id: str, visit_id: str) -> None:
        """Make a visit unreadable for good and remove it; harmless where it is gone."""
        with self._lock:
            self._forget(self._folder(adviser_id, visit_id))

    def purge_of(self, adviser_id: str) -> None:
        """Purge all that an adviser prepared."""
        with self._lock:
            for folder in self._folders(adviser_id):
                self._forget(folder)

    def purge_all(self) -> None:
        """Purge what anybody prepared."""
        with self._lock:
            for folder in list(self._everyones()):
                self._forget(folder)

    def purge_due(self, *, unfinished: bool = False) -> int:
        """Purge what is past its hour, and at a start what was never finished; return how many."""
        with self._lock:
            everyones = list(self._everyones())
            if not everyones:
                return 0
            # No moment was ever kept although visits are there: somebody took it away.
            is_lost = not (self._root / "seen").exists()
            moment = self.moment()
            gone = [
                folder
                for folder in everyones
                if is_lost or moment >= _due(folder) or (unfinished and not _is_ready(folder))
            ]
            for folder in gone:
                self._forget(folder)
            return len(gone)

    def moment(self) -> datetime:
        """Return the present, never earlier than the latest moment that was ever seen here."""
        path, present = self._root / "seen", self._clock()
        try:
            seen = datetime.fromisoformat(path.read_text())
        except (OSError, ValueError):
            seen = None
        if seen is None or present > seen + _STEP:
            # A full disk must not keep anything from being purged.
            with suppress(DiskFull):
                replace_bytes(path, instant(present).encode())
        return present if seen is None else max(present, seen)

    def _forget(self, folder: Path) -> None:
        """Forget the shares first; one place that forgets is enough. Raises where none does."""
        refused: list[WorldFailed] = []
        shares = self._shares(folder) if folder.is_dir() else []
        for each in shares:
            try:
                each.forget(_EPOCH)
            except WorldFailed as error:
                refused.append(error)
        if refused and len(refused) == len(shares):
            raise refused[-1]
        shutil.rmtree(folder, ignore_errors=True)
        if folder.parent.is_dir():
            sync_folder(folder.parent)

    # -- shares -----------------------------------------------------------------------------------------

    def _shares(self, folder: Path) -> list[Shares]:
        shares: list[Shares] = [BlockShares(folder / "epochs")]
        if self._backend is not None:
            shares.append(KeyringShares(self._backend, f"visit-{folder.name}"))
        return shares

    def _local(self, folder: Path, key: Key) -> Key:
        key.require()
        try:
            written = (folder / "due").read_bytes()
            bits = int(orjson.loads(written)["shares"])
        except (OSError, ValueError, KeyError, TypeError):
            raise VisitGone from None
        material = bytearray(key.data)
        try:
            for bit in (DISK, KEYRING):
                if bits & bit:
                    with self._share(folder, bit) as share:
                        material += share.data
            return Key.derived_from(material, b"tandem visit share\x00" + folder.name.encode() + written)
        finally:
            material[:] = bytes(len(material))

    def _share(self, folder: Path, bit: int) -> Key:
        for each in self._shares(folder):
            if each.bit == bit and (share := each.read(_EPOCH)) is not None:
                return share
        raise VisitGone

    # -- folders ----------------------------------------------------------------------------------------

    def _living(self, adviser_id: str, visit_id: str) -> Path:
        folder = self._folder(adviser_id, visit_id)
        if not _is_ready(folder):
            raise VisitGone
        if self.moment() >= _due(folder):
            self._forget(folder)
            raise VisitGone
        return folder

    def _folder(self, adviser_id: str, visit_id: str) -> Path:
        if not re.fullmatch(r"[\w-]+", visit_id):
            # A session's process names it, and is less trusted than the desk.
            raise VisitGone
        return self._root / adviser_id / "visits" / visit_id

    def _folders(self, adviser_id: str) -> list[Path]:
        parent = self._root / adviser_id / "visits"
        return sorted(parent.iterdir()) if parent.is_dir() and not parent.is_symlink() else []

    def _everyones(self) -> Iterator[Path]:
        if self._root.is_dir():
            for adviser in sorted(each for each in self._root.iterdir() if each.is_dir()):
                yield from self._folders(adviser.name)


def seal_label(path: Path, share: Key, label: str, place: str) -> None:
    """Seal what the adviser's list shows of a visit: first name and initial, and where."""
    with share.derive(_LABEL) as key:
        seal_small(path, key, orjson.dumps([label, place]), _LABEL)


def read_label(path: Path, share: Key) -> tuple[str, str]:
    """Return label and place; "" where they cannot be read."""
    with share.derive(_LABEL) as key:
        sealed = open_small(path, key, _LABEL)
    label, place = orjson.loads(sealed) if sealed else ("", "")
    return str(label), str(place)


def _due(folder: Path) -> datetime:
    """Return its hour; one that cannot be read is long past."""
    try:
        return datetime.fromisoformat(orjson.loads((folder / "due").read_bytes())["due"])
    except (OSError, ValueError, KeyError, TypeError):
        return datetime.fromisoformat("2000-01-01T00:00:00Z")


def _is_ready(folder: Path) -> bool:
    return (folder / "ready").is_file() and (folder / "c").is_dir()


def _link_or_copy(source: str, to: str) -> None:
    """Link a document's file; copy a store, which is written to, and where there are no links."""
    if not source.endswith((".db", ".db-wal", ".db-shm")):
        with suppress(OSError):
            os.link(source, to)
            return
    shutil.copyfile(source, to)


def _first(error: OSError) -> OSError:
    """Find what went wrong in what ``copytree`` gathered."""
    import errno

    told = str(error)
    if isinstance(error, shutil.Error) and os.strerror(errno.ENOSPC) in told:
        return OSError(errno.ENOSPC, "")
    return error
