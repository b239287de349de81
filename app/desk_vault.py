"""The vault of this PC: it opens by itself when the desk starts, and its journal must be the one known.

Context: nobody types a passphrase at this desk yet (that screen comes with PCs shared by several
advisers), and a desk that does not start helps nobody.
Decision:

- The key slot is the system's keyring where a trusted one answers; otherwise a file of this user
  only, ``vault.key``, **beside** the vault. What that file protects: a vault folder that is copied,
  mailed or kept in a backup without it is noise. What it does not: whoever can read this user's
  files, or takes away a PC whose disk is not encrypted, has key and vault both (on Windows the file
  has the rights of its folder). What they would find is who helped when, and this PC's enrolment:
  no person's name, no document, and no envelope that it could open.
- The journal's head is kept outside: in the keyring, or in ``anchor/`` beside the vault. A store put
  back from an older copy, or made anew, does not reach it. The file cannot show that the whole folder
  was put back, anchor and all: that takes the keyring, or later the service.
- What is no longer the one known is **set aside, never removed** (``aside/<moment>/``), a new one
  begins whose first entry says so, and ``warning`` holds it for the desk to tell. A keyring that does
  not answer is another matter: nothing is set aside, the next try may do.
- The demonstration leaves nothing in anybody's keyring: it always uses the file.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from app import journal
from app.clock import Clock, instant, now
from app.desk_journal import set_aside_event
from app.errors import TandemError, WorldFailed
from app.vault import activity
from app.vault.anchor import FileAnchor, JournalForked, StoreRolledBack
from app.vault.disk import sync_folder, world, write_all, writing
from app.vault.keyring_slot import KeyringAnchor, KeyringRefused, KeyringSecret, trusted_backend
from app.vault.keys import KEY_SIZE, Key
from app.vault.schema import StoreOfAnotherKind
from app.vault.slots import HeaderDamaged, Secrets, SlotKind, WrongSecret
from app.vault.sqlcipher import DiskFull, StoreDamaged
from app.vault.store import StoreMissing, StoreNotEncrypted, WrongKey
from app.vault.vault import NoSuchSlot, Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from app.fhir import Resource
    from app.vault.activity import CountedVisit
    from app.vault.anchor import Anchor, Head
    from app.vault.keyring_slot import Backend

__all__ = ["DeskVault", "JournalSetAside", "Places", "VaultSetAside", "VaultUnusable"]

_LOST_VAULT: Final = (HeaderDamaged, WrongSecret, NoSuchSlot)
_LOST_STORE: Final = (StoreMissing, StoreDamaged, StoreNotEncrypted, WrongKey, StoreOfAnotherKind)
_NOT_THE_ONE: Final = (StoreRolledBack, JournalForked)
_STORE_FILES: Final = ("main.db", "main.db-wal", "main.db-shm")


class JournalSetAside(WorldFailed):
    """The journal was not the one known; it is kept aside and a new one has begun."""

    code = "journal-set-aside"


class VaultSetAside(WorldFailed):
    """Nothing opens the vault any more; it is kept aside and a new one has begun."""

    code = "vault-set-aside"


class VaultUnusable(WorldFailed):
    """The vault or its store does not open; looked at from outside the desk, it is left as it is."""

    code = "vault-unusable"


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are on this PC."""

    folder: Path

    @property
    def vault(self) -> Path:
        """Header, store, ballast, enrolment."""
        return self.folder / "vault"

    @property
    def device(self) -> Path:
        """This PC's enrolment, sealed."""
        return self.vault / "device"

    @property
    def policy(self) -> Path:
        """What this PC's organization decided for it, as it was signed, sealed."""
        return self.vault / "policy"

    @property
    def key_file(self) -> Path:
        """The key where there is no keyring."""
        return self.folder / "vault.key"

    @property
    def anchor(self) -> Path:
        """The journal's head where there is no keyring."""
        return self.folder / "anchor" / "journal.json"

    @property
    def aside(self) -> Path:
        """What is no longer used and must not be lost."""
        return self.folder / "aside"

    @property
    def keyring_name(self) -> str:
        """What this folder's entries in the keyring are called."""
        return "desk-" + sha256(str(self.folder.resolve()).encode()).hexdigest()[:16]


class DeskVault:
    """The PC's vault. Thread-safe; everything blocks; each use opens it where it is not open yet."""

    def __init__(
        self, folder: Path, *, backend: Callable[[], Backend | None] = trusted_backend, clock: Clock = now
    ) -> None:
        self.places = Places(folder)
        self.warning: TandemError | None = None
        self.latest: Head | None = None
        self._backend = backend
        self._clock = clock
        self._lock = threading.RLock()
        self._vault: Vault | None = None
        self._anchor: Anchor | None = None
        self._trusted: Backend | None = None

    # -- opening ---------------------------------------------------------------------------------

    def open(self) -> Vault:
        """Open the vault, or make it at the first start; afterwards ``warning`` says what was lost.

        Raises what can be tried again: ``KeyringRefused``, ``StoreNewer``, ``DiskFull``,
        ``StoreUnreadable``, ``StoreBusy``.
        """
        with self._lock:
            if self._vault is None:
                try:
                    self._vault = self._opened()
                except OSError as error:
                    raise world(error) from error
            return self._vault

    def open_as_it_is(self) -> Vault | None:
        """Open the vault only if it is there and its journal the one known; nothing is made or moved.

        Raises ``VaultUnusable``, ``StoreRolledBack``, ``JournalForked``, and what can be tried again.
        """
        with self._lock, _as_it_is():
            if self._vault is None and self._exists():
                vault = self._unlocked(alone=False)
                self._require_known(vault)
                self._vault = vault
            return self._vault

    def close(self) -> None:
        """Close it and forget its key."""
        with self._lock:
            vault, self._vault = self._vault, None
            if vault is not None:
                vault.close()

    def _exists(self) -> bool:
        return (self.places.vault / "header.json").exists()

    def _opened(self) -> Vault:
        if not self._exists():
            return self._created(self._set_vault_aside() if self._known() else None)
        try:
            vault = self._unlocked()
        except _LOST_VAULT:
            return self._created(self._set_vault_aside())
        except _LOST_STORE as lost:
            return self._begun_anew(lost)
        try:
            self._require_whole(vault)
            self._require_known(vault)
        except (*_LOST_STORE, *_NOT_THE_ONE) as lost:
            return self._begun_anew(lost)
        vault.restore_ballast()
        return vault

    def _unlocked(self, *, renew: bool = False, alone: bool = True) -> Vault:
        root = self.places.vault
        kind = SlotKind.FILE if SlotKind.FILE in Vault.kinds(root) else SlotKind.KEYRING
        try:
            return self._unlocked_with(kind, renew=renew, alone=alone)
        except DiskFull:
            # Even opening writes a little: that is what the room was kept for.
            (root / "ballast").unlink(missing_ok=True)
            return self._unlocked_with(kind, renew=renew, alone=alone)

    def _unlocked_with(self, kind: SlotKind, *, renew: bool, alone: bool) -> Vault:
        with self._secret(kind) as secret:
            secrets = _secrets(kind, secret)
            return Vault.open(
                self.places.vault,
                kind,
                secrets,
                renew=renew,
                alone=alone,
                backend=self._keyring() if kind.has_keyring else None,
                clock=self._clock,
            )

    def _created(self, note: Resource | None) -> Vault:
        self.places.vault.mkdir(parents=True, exist_ok=True, mode=0o700)
        kind = SlotKind.KEYRING if self._keyring() else SlotKind.FILE
        with self._new_secret() as secret:
            vault = Vault.create(
                self.places.vault,
                kind,
                _secrets(kind, secret),
                backend=self._keyring() if kind.has_keyring else None,
                clock=self._clock,
            )
        return self._noted(vault, note)

    def _noted(self, vault: Vault, note: Resource | None) -> Vault:
        """Take up the journal of a vault just made, and say in it what came before."""
        try:
            self._anchor = self._anchor_of()
            if note is not None:
                self._append(vault, note)
        except BaseException:
            vault.close()
            raise
        return vault

    def _require_whole(self, vault: Vault) -> None:
        """Close the vault and raise ``StoreDamaged`` where a page of its store was changed.

        Three years of a busy desk are read in some two seconds, while the adviser signs in.
        """
        try:
            vault.main.verify()
        except BaseException:
            vault.close()
            raise

    def _require_known(self, vault: Vault) -> None:
        """Close the vault and raise where its journal does not reach the head kept outside."""
        try:
            self._anchor = self._anchor_of()
            with vault.main.read() as connection:
                journal.check_anchor(connection, self._anchor)
                head = journal.head(connection)
            # The head follows each entry: only a crash after the very first finds none kept.
            if head is not None and head.size > 1 and self._anchor.read() is None:
                raise JournalForked(at=0)
        except BaseException:
            vault.close()
            raise

    # -- what is lost ----------------------------------------------------------------------------

    def _begun_anew(self, lost: TandemError, known: Head | None = None) -> Vault:
        """Keep the journal aside, with the head that was known of it, and begin another."""
        note = set_aside_event(lost.code, known or self._known(), instant(self._clock()))
        aside = self._new_aside()
        for name in _STORE_FILES:
            _move(self.places.vault / name, aside / name)
        _move(self.places.anchor, aside / "head.json")
        self.warning = JournalSetAside()
        return self._noted(self._unlocked(renew=True), note)

    def _set_vault_aside(self) -> Resource:
        """Keep the vault aside, if there is one; return what the next journal says of it."""
        self.warning = VaultSetAside()
        note = set_aside_event(self.warning.code, self._known(), instant(self._clock()))
        aside = self._new_aside()
        (self.places.vault / "ballast").unlink(missing_ok=True)
        _move(self.places.key_file, aside / "vault.key")
        _move(self.places.anchor, aside / "head.json")
        _move(self.places.vault, aside / "vault")
        return note

    def known_head(self) -> Head | None:
        """Return the last head kept outside the store; None where there is none, or the keyring is closed."""
        try:
            return self._known()
        except KeyringRefused:
            return None

    def _known(self) -> Head | None:
        """Return the last head kept of this PC's journal."""
        try:
            return self._anchor_of().read()
        except JournalForked:
            return None

    def _new_aside(self) -> Path:
        made = self.places.aside / self._clock().strftime("%Y%m%dT%H%M%S.%fZ")
        made.mkdir(parents=True, mode=0o700)
        return made

    # -- secrets ---------------------------------------------------------------------------------

    def _secret(self, kind: SlotKind) -> Key:
        if kind is SlotKind.FILE:
            return _read_key(self.places.key_file)
        keyring = self._keyring()
        if keyring is None:
            raise KeyringRefused
        secret = KeyringSecret(keyring, self.places.keyring_name).read()
        if secret is None:
            raise WrongSecret(left=0)
        return secret

    def _new_secret(self) -> Key:
        """Keep a new secret before anything hangs on it; one that a crash left is taken up."""
        keyring = self._keyring()
        if keyring is None:
            return _made_key(self.places.key_file)
        kept = KeyringSecret(keyring, self.places.keyring_name)
        secret = kept.read()
        if secret is None:
            secret = Key.random()
            kept.write(secret)
        return secret

    def keyring(self) -> Backend | None:
        """Return the trusted keyring of this PC, None where there is none."""
        with self._lock:
            return self._keyring()

    def _keyring(self) -> Backend | None:
        """Return the keyring; one that does not answer is asked again the next time."""
        if self._trusted is None:
            self._trusted = self._backend()
        return self._trusted

    def _anchor_of(self) -> Anchor:
        """Return where the head is kept: where the vault's own secret is."""
        try:
            is_file = SlotKind.FILE in Vault.kinds(self.places.vault)
        except (StoreMissing, HeaderDamaged):
            is_file = self.places.key_file.exists()
        keyring = None if is_file else self._keyring()
        if keyring is not None:
            return KeyringAnchor(keyring, self.places.keyring_name)
        return FileAnchor(self.places.anchor)

    # -- what it is for --------------------------------------------------------------------------

    def key_for(self, purpose: bytes) -> Key:
        """Return the key of one thing that the desk keeps."""
        return self.open().key_for(purpose)

    def append(self, event: Resource) -> None:
        """Journal one event, durably, its head kept outside; on a full disk the ballast is given up.

        Raises what ``open`` and ``Store.transaction`` raise; then it is not journaled.
        """
        with self._lock:
            vault = self.open()
            try:
                self._append(vault, event)
            except DiskFull:
                if not vault.release_ballast():
                    raise
                self._append(vault, event)
            except StoreDamaged:
                # Opened again, it is looked at whole, and set aside if need be.
                self.close()
                self._append(self.open(), event)

    def _append(self, vault: Vault, event: Resource) -> None:
        with vault.main.transaction() as connection:
            head = journal.append(connection, event, instant(self._clock()))
        self.latest = head
        if self._anchor is not None:
            # Where that fails the store is ahead of what is known of it, which proves no less.
            with suppress(WorldFailed, OSError):
                self._anchor.write(head)

    def count_visit(self, visit: CountedVisit) -> None:
        """Count a visit for the organization's report; raises what ``open`` and ``Store.transaction`` do."""
        with self._lock, self.open().main.transaction() as connection:
            activity.add(connection, visit)

    def visits(self, since: date) -> list[CountedVisit]:
        """Return the visits counted from that day on; raises what ``open`` does."""
        with self._lock, self.open().main.read() as connection:
            return activity.since(connection, since)

    def restore_ballast(self) -> None:
        """Keep the room again, once a visit is erased."""
        with self._lock:
            if self._vault is not None:
                self._vault.restore_ballast()

    def head(self) -> Head | None:
        """Return the journal's head, None where it is empty; raises what ``open_as_it_is`` does."""
        vault = self.open_as_it_is()
        if vault is None:
            return None
        with _as_it_is(), vault.main.read() as connection:
            return journal.head(connection)

    def proof(self, known: Head | None) -> tuple[Head, list[bytes]] | None:
        """Return the journal's head and the proof that it goes on from ``known``; None where it is empty.

        Raises ``StoreRolledBack`` or ``JournalForked`` where it does not, and what ``open`` does.
        """
        with self._lock, self.open().main.read() as connection:
            now = self.latest = journal.head(connection)
            if known is None or now is None or now.journal != known.journal:
                return None if now is None else (now, [])
            journal.check_anchor(connection, _Kept(known))
            return journal.proof(connection, known.size)

    def begin_anew(self, lost: TandemError, known: Head) -> None:
        """Set the journal aside: it is not the one that is ``known`` elsewhere; its successor says so."""
        with self._lock:
            self.open()
            self.close()
            self._vault = self._begun_anew(lost, known)

    def export(self, path: Path, key: Ed25519PrivateKey) -> Head | None:
        """Write the journal, signed; None where it is empty. What ``open_as_it_is`` raises, and the disk."""
        vault = self.open_as_it_is()
        if vault is None:
            return None
        with _as_it_is(), vault.main.read() as connection:
            return journal.export(connection, path, key)


@dataclass(frozen=True, slots=True)
class _Kept:
    """A head that is known from elsewhere, as an anchor to compare with."""

    head: Head

    def read(self) -> Head | None:
        return self.head

    def write(self, head: Head) -> None:
        raise NotImplementedError


@contextmanager
def _as_it_is() -> Iterator[None]:
    """Say in one word what does not open."""
    try:
        yield
    except (*_LOST_VAULT, *_LOST_STORE) as lost:
        raise VaultUnusable from lost


def _secrets(kind: SlotKind, secret: Key) -> Secrets:
    return Secrets(file=secret) if kind is SlotKind.FILE else Secrets(keyring=secret)


def _read_key(path: Path) -> Key:
    data = bytearray(KEY_SIZE + 1)
    try:
        with path.open("rb", buffering=0) as file:
            size = file.readinto(data)
    except FileNotFoundError:
        raise WrongSecret(left=0) from None
    if size != KEY_SIZE:
        raise WrongSecret(left=0)
    try:
        return Key(data[:KEY_SIZE])
    finally:
        data[:] = bytes(len(data))


def _made_key(path: Path) -> Key:
    with suppress(WrongSecret):
        return _read_key(path)
    key = Key.random()
    with writing(path) as file:
        write_all(file, key.data)
    return key


def _move(path: Path, to: Path) -> None:
    """Move what is there, durably."""
    with suppress(FileNotFoundError):
        path.replace(to)
        sync_folder(path.parent)
        sync_folder(to.parent)
