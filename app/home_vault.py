"""The vault of a home: whose records are here, what opens them, until when.

Decisions:

- The keyring opens it where one that we know by name gives a canary back (``vault.keyring_slot``). Where
  there is none a passphrase is required: nothing is ever kept in clear, nor under a key in a file beside it.
- A passphrase may be added to the keyring (both are then needed, and the keyring's secret is drawn anew, so
  that an older header opens nothing). A recovery sheet is 128 printed bits; it counts only once its last
  group was typed back.
- Each person's records have their own key (``vault.persons``), opened only when that person is chosen.
- **The end of someone's help is kept here too.** What has ended is purged at the opening, with no network,
  by the latest moment ever seen (``SeenClock``; the moment is kept in the sealed list), so that a clock
  set back gives nothing back. Who puts back an older copy of the whole folder and of the keyring gets
  the records of that day: that cannot be noticed without the service.
- The owner's sign-in is kept sealed, so that nobody signs in each day; nothing waits for it.
"""

from __future__ import annotations

import io
import shutil
import threading
from contextlib import suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Self

import orjson

from app.clock import SeenClock, now
from app.errors import WorldFailed
from app.home_person import HomePerson
from app.home_ways import (
    LEAST_PASSPHRASE,
    USUAL,
    HomeKeyMissing,
    OtherAccount,
    PassphraseNeeded,
    PassphraseTooShort,
    SheetDiffers,
    WayIn,
    kind_of,
    long_enough,
    sheet_code,
)
from app.vault.keyring_slot import KeyringRefused, KeyringSecret, trusted_backend
from app.vault.keys import Key
from app.vault.sealed import FileDamaged, SealedReader, seal
from app.vault.slots import COST, Cost, Secrets, SlotKind, WrongSecret, recovery_code
from app.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from app.clock import Clock
    from app.vault.keyring_slot import Backend

__all__ = [
    "LEAST_PASSPHRASE",
    "HomeKeyMissing",
    "HomePerson",
    "HomeVault",
    "OtherAccount",
    "PassphraseNeeded",
    "PassphraseTooShort",
    "SheetDiffers",
    "WayIn",
]

_PEOPLE, _ACCOUNT = "people", "account"


class HomeVault:
    """The vault of one user of a home computer. Thread-safe; everything blocks."""

    def __init__(
        self,
        folder: Path,
        *,
        backend: Callable[[], Backend | None] = trusted_backend,
        clock: Clock = now,
        cost: Cost = COST,
    ) -> None:
        self.folder = folder
        self.root = folder / "vault"
        self.clock = SeenClock(clock)
        self.gone: tuple[HomePerson, ...] = ()
        """Whose records were purged at the opening, because their end had come."""
        self._backend = backend
        self._cost = cost
        self._lock = threading.RLock()
        self._vault: Vault | None = None
        self._people: tuple[HomePerson, ...] = ()

    # -- ways in ---------------------------------------------------------------------------------

    @property
    def is_open(self) -> bool:
        """Whether it is open."""
        return self._vault is not None

    def way_in(self) -> WayIn:
        """Say how it opens; raises ``HeaderDamaged``, ``StoreNewer``."""
        if not (self.root / "header.json").exists():
            return WayIn.NEW
        kinds = Vault.kinds(self.root)
        return WayIn.PASSPHRASE if any(kind.has_passphrase for kind in kinds) else WayIn.KEYRING

    def has_keyring(self) -> bool:
        """Whether this computer has a keyring that can be trusted, now."""
        return self._backend() is not None

    def has_sheet(self) -> bool:
        """Whether a recovery sheet counts."""
        return SlotKind.RECOVERY in Vault.kinds(self.root)

    def is_protected(self) -> bool:
        """Whether a passphrase is asked for."""
        return self.way_in() is WayIn.PASSPHRASE

    def make(self, passphrase: str | None = None) -> None:
        """Make the vault at the first start; raises ``PassphraseNeeded``, ``PassphraseTooShort``."""
        with self._lock:
            backend = self._backend()
            if backend is None and passphrase is None:
                raise PassphraseNeeded
            kind = kind_of(keyring=backend is not None, passphrase=passphrase is not None)
            with self._new_secret(backend) as secret:
                self._vault = Vault.create(
                    self.root,
                    kind,
                    Secrets(passphrase=long_enough(passphrase), keyring=secret),
                    cost=self._cost,
                    backend=backend,
                    clock=self.clock,
                )
            self._save()

    def open(self, passphrase: str | None = None) -> None:
        """Open it; then purge what has ended.

        Raises ``KeyringRefused``, ``HomeKeyMissing``, ``WrongSecret``, ``TooSoon``, ``SlotLocked``,
        ``VaultInUse``, ``StoreNewer``, ``HeaderDamaged`` and what the store raises.
        """
        with self._lock:
            if self._vault is not None:
                return
            kinds = list(dict.fromkeys(k for k in reversed(Vault.kinds(self.root)) if k in USUAL))
            backend = self._keyring() if any(kind.has_keyring for kind in kinds) else None
            with self._secret(backend) as secret:
                secrets = Secrets(passphrase=passphrase, keyring=secret)
                vault, kind = self._unlocked(kinds, secrets, backend)
            self._taken_up(vault)
            if len(kinds) > 1 and kind is kinds[0]:
                # A change of the way in was cut off after the keyring had its new secret.
                vault.drop_older(*USUAL)

    def _unlocked(
        self, kinds: list[SlotKind], secrets: Secrets, backend: Backend | None
    ) -> tuple[Vault, SlotKind]:
        """Open by the newest way in; by an older one where a change was cut off before it held."""
        for kind in kinds[:-1]:
            with suppress(WrongSecret):
                return Vault.open(self.root, kind, secrets, backend=backend, clock=self.clock), kind
        kind = kinds[-1]
        return Vault.open(self.root, kind, secrets, backend=backend, clock=self.clock), kind

    def recover(self, code: str) -> None:
        """Open it by the recovery sheet; the keyring, where there is one, gets a new secret.

        A vault that needed a passphrase needs none any more where a keyring is there: it was forgotten.
        Raises ``WrongSecret``, and ``PassphraseNeeded`` where there is no keyring (``recover_with``).
        """
        self.recover_with(code, None)

    def recover_with(self, code: str, passphrase: str | None) -> None:
        """Do so with a new passphrase."""
        with self._lock:
            backend = self._backend()
            if backend is None and passphrase is None:
                raise PassphraseNeeded
            checked = long_enough(passphrase)
            secrets = Secrets(recovery=sheet_code(code))
            vault = Vault.open(self.root, SlotKind.RECOVERY, secrets, backend=backend, clock=self.clock)
            try:
                self._replace_usual(vault, backend, checked)
            except BaseException:
                vault.close()
                raise
            self._taken_up(vault)

    def protect(self, passphrase: str) -> None:
        """Ask for a passphrase from now on, besides the keyring."""
        with self._lock:
            self._replace_usual(self._opened(), self._backend(), long_enough(passphrase))

    def start_again(self) -> None:
        """Forget the vault that nothing opens any more; what had been sent comes back from the service."""
        with self._lock:
            self.close()
            backend = self._backend()
            if backend is not None:
                with suppress(KeyringRefused):
                    KeyringSecret(backend, self._keyring_name).forget()
            shutil.rmtree(self.root)
            self._people = ()

    def close(self) -> None:
        """Close it and forget its key; the latest moment seen is kept."""
        with self._lock:
            vault, self._vault = self._vault, None
            if vault is not None:
                with suppress(WorldFailed):
                    self._write(vault, _PEOPLE, self._told())
                vault.close()

    # -- the recovery sheet ----------------------------------------------------------------------

    @staticmethod
    def draw_sheet() -> str:
        """Draw the code of a new sheet; it opens nothing before ``confirm_sheet``."""
        return recovery_code()

    def confirm_sheet(self, code: str, typed: str) -> None:
        """Let a printed sheet count, once its last group was typed back; an older one opens nothing more.

        Raises ``SheetDiffers``.
        """
        last = code.rpartition("-")[2]
        if typed.strip().upper().replace("O", "0") != last:
            raise SheetDiffers
        with self._lock:
            vault = self._opened()
            vault.add_slot(SlotKind.RECOVERY, Secrets(recovery=code))
            vault.drop_older(SlotKind.RECOVERY)

    # -- the people ------------------------------------------------------------------------------

    @property
    def people(self) -> tuple[HomePerson, ...]:
        """Whose space can be opened here, the owner first."""
        return tuple(sorted(self._people, key=lambda each: (not each.is_owner, each.name)))

    @property
    def owner(self) -> HomePerson | None:
        """The person whose vault this is."""
        return next((each for each in self._people if each.is_owner), None)

    def welcome(self, person: HomePerson) -> HomePerson:
        """Give the owner, after their first sign-in, a place here; raises ``OtherAccount``."""
        with self._lock:
            owner = self.owner
            if owner is not None and owner.patient_id != person.patient_id:
                raise OtherAccount
            return self._put(person)

    def cared_for(self, told: Iterable[HomePerson]) -> tuple[HomePerson, ...]:
        """Take the service's list of those cared for; whoever is no longer on it is purged and returned."""
        with self._lock:
            now_told = {each.patient_id: each for each in told if not each.is_over(self.clock())}
            over = [each for each in self._people if not each.is_owner and each.patient_id not in now_told]
            for person in now_told.values():
                self._put(person)
            self._purge(over)
            return tuple(over)

    def key_of(self, person: HomePerson) -> tuple[HomePerson, Key]:
        """Return the key of a person's records, made at the first time; the caller wipes it.

        Raises ``PersonGone`` where the help has ended.
        """
        from app.vault.persons import PersonGone

        with self._lock:
            vault = self._opened()
            known = next((each for each in self._people if each.patient_id == person.patient_id), None)
            if known is None or known.is_over(self.clock()):
                self.purge_over()
                raise PersonGone
            if known.store:
                return known, vault.persons.open(known.store)
            store, key = vault.persons.create()
            known = replace(known, store=store)
            self._replace(known)
            return known, key

    def purge_over(self) -> tuple[HomePerson, ...]:
        """Purge the records of everybody whose end has come; returns who it was."""
        with self._lock:
            moment = self.clock()
            over = [each for each in self._people if each.is_over(moment)]
            self._purge(over)
            return tuple(over)

    def saw(self, moment: datetime | None) -> None:
        """Take a moment that the service has said."""
        self.clock.saw(moment)

    # -- the owner's sign-in ---------------------------------------------------------------------

    def account(self) -> dict[str, Any] | None:
        """Return the owner's tokens as they were kept; ``None`` where one must sign in."""
        with self._lock:
            try:
                return self._read(self._opened(), _ACCOUNT)
            except FileDamaged:
                return None

    def keep_account(self, tokens: dict[str, Any]) -> None:
        """Keep the owner's tokens, sealed."""
        with self._lock:
            self._write(self._opened(), _ACCOUNT, tokens)

    def forget_account(self) -> None:
        """Forget them."""
        (self.root / _ACCOUNT).unlink(missing_ok=True)

    # -- how it works ----------------------------------------------------------------------------

    def _opened(self) -> Vault:
        if self._vault is None:
            raise RuntimeError
        return self._vault

    def _taken_up(self, vault: Vault) -> None:
        try:
            told = self._read(vault, _PEOPLE) or {}
            self.clock.saw_text(told.get("seen"))
            self._people = tuple(HomePerson(**each) for each in told.get("people", ()))
        except BaseException:
            vault.close()
            raise
        self._vault = vault
        self.gone = self.purge_over()
        self._save()

    def _replace_usual(self, vault: Vault, backend: Backend | None, passphrase: str | None) -> None:
        """Give the vault one usual way in, with a new secret where a keyring keeps it.

        The new slot is in the header before the keyring's secret changes, the old one until after: cut off
        anywhere, one of the two opens (``_unlocked``).
        """
        kind = kind_of(keyring=backend is not None, passphrase=passphrase is not None)
        with Key.random() as secret:
            vault.add_slot(kind, Secrets(passphrase=passphrase, keyring=secret), cost=self._cost)
            if backend is not None:
                KeyringSecret(backend, self._keyring_name).write(secret)
        vault.drop_older(*USUAL)

    def _secret(self, backend: Backend | None) -> Key:
        """Return the keyring's secret; random bytes that open nothing where no keyring is needed."""
        if backend is None:
            return Key.random()
        secret = KeyringSecret(backend, self._keyring_name).read()
        if secret is None:
            raise HomeKeyMissing
        return secret

    def _new_secret(self, backend: Backend | None) -> Key:
        """Keep a new secret before anything hangs on it; one that a crash left is taken up."""
        if backend is None:
            return Key.random()
        kept = KeyringSecret(backend, self._keyring_name)
        secret = kept.read()
        if secret is None:
            secret = Key.random()
            kept.write(secret)
        return secret

    def _keyring(self) -> Backend:
        backend = self._backend()
        if backend is None:
            raise KeyringRefused
        return backend

    @property
    def _keyring_name(self) -> str:
        return "home-" + sha256(str(self.folder.resolve()).encode()).hexdigest()[:16]

    def _put(self, person: HomePerson) -> HomePerson:
        known = next((each for each in self._people if each.patient_id == person.patient_id), None)
        placed = replace(person, store=known.store if known else person.store)
        if placed != known:
            self._replace(placed)
        return placed

    def _replace(self, person: HomePerson) -> None:
        others = tuple(each for each in self._people if each.patient_id != person.patient_id)
        self._people = (*others, person)
        self._save()

    def _purge(self, over: list[HomePerson]) -> None:
        """Purge first, then forget who it was: cut off in between, it is done again."""
        if not over:
            return
        self._opened().persons.purge(each.store for each in over if each.store)
        self._people = tuple(each for each in self._people if each not in over)
        self._save()

    def _save(self) -> None:
        self._write(self._opened(), _PEOPLE, self._told())

    def _told(self) -> dict[str, Any]:
        seen = self.clock().astimezone(UTC).isoformat()
        return {"people": [asdict(each) for each in self._people], "seen": seen}

    def _write(self, vault: Vault, name: str, told: dict[str, Any]) -> None:
        with vault.key_for(b"home " + name.encode()) as key:
            seal(io.BytesIO(orjson.dumps(told)), self.root / name, key, name)

    def _read(self, vault: Vault, name: str) -> dict[str, Any] | None:
        if not (self.root / name).exists():
            return None
        with (
            vault.key_for(b"home " + name.encode()) as key,
            SealedReader(self.root / name, key, name) as reader,
        ):
            told: dict[str, Any] = orjson.loads(reader.read())
        return told

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
