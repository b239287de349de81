"""The advisers of one PC: each has a passphrase of their own, and what it opens is theirs alone.

Context: several advisers share a PC and take turns within seconds; the PC's own vault (enrolment, journal)
opens without anybody typing.
Decision: **a folder for each beside the vault, no slots in its header.** All slots of one header open the
same root; a phrase of one adviser must open neither the PC's things nor a colleague's. So each has a random
key under a slot of their own (``app.vault.slots``), tries of their own (``app.vault.lockout``), and leaves
without a trace in anybody else's: removing one is removing a folder.

Under the key are the adviser's tokens (a sign-in lasts half a day at most) and the local shares of the visits
they prepared (``app.vault.prepared``). Nothing that is lost with a phrase is missed: who forgets it signs in
at the service again and chooses another; visits that were prepared under the old one are gone.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final, Self

import orjson

from app.clock import Clock, instant, now
from app.errors import PersonCanAct
from app.passphrases import require_strong, written_alike
from app.vault.disk import replace_bytes, sync_folder, world
from app.vault.keyring_slot import KeyringRefused, KeyringSecret
from app.vault.keys import Key
from app.vault.lockout import KeyringCounter, Lockout, SlotLocked
from app.vault.slots import (
    COST,
    Cost,
    HeaderDamaged,
    Secrets,
    Slot,
    SlotKind,
    WrongSecret,
    close_slot,
    open_slot,
)
from app.vault.small import open_small, seal_small

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from app.vault.keyring_slot import Backend

__all__ = ["Adviser", "AdviserLocked", "AdviserUnknown", "Advisers"]

_VERSION: Final = 1
_SLOT, _TRIES, _TOKENS, _CLAIMS, _NAME = "slot.json", "attempts.json", "tokens", "claims", "name"


class AdviserUnknown(PersonCanAct):
    """This adviser has no passphrase on this PC (any more)."""

    code: ClassVar[str] = "adviser-unknown"


class AdviserLocked(PersonCanAct):
    """Too many wrong passphrases: only a sign-in at the service opens, and a new passphrase."""

    code: ClassVar[str] = "adviser-locked"


class Adviser:
    """An adviser who has unlocked. ``close`` forgets their key."""

    def __init__(self, adviser_id: str, folder: Path, key: Key) -> None:
        self.id = adviser_id
        self.folder = folder
        self.key = key

    def keep_tokens(self, tokens: Mapping[str, Any], until: datetime) -> None:
        """Seal the tokens of a sign-in; they are given back until then, whatever they say themselves."""
        told = orjson.dumps({"until": instant(until), "tokens": dict(tokens)})
        with self.key.derive(b"tandem adviser tokens") as key:
            seal_small(self.folder / _TOKENS, key, told, self.id.encode())

    def tokens(self, moment: datetime) -> tuple[dict[str, Any], datetime] | None:
        """Return the tokens and their end; None where there are none, or no longer."""
        with self.key.derive(b"tandem adviser tokens") as key:
            sealed = open_small(self.folder / _TOKENS, key, self.id.encode())
        if sealed is None:
            return None
        told = orjson.loads(sealed)
        until = datetime.fromisoformat(told["until"])
        return (told["tokens"], until) if moment < until else None

    def keep_claims(self, claims: Mapping[str, Any]) -> None:
        """Seal who they are, as the service said it: a visit without a network names them."""
        with self.key.derive(b"tandem adviser claims") as key:
            seal_small(self.folder / _CLAIMS, key, orjson.dumps(dict(claims)), self.id.encode())

    def claims(self) -> dict[str, Any]:
        """Return who they are; nothing where it is not known."""
        with self.key.derive(b"tandem adviser claims") as key:
            sealed = open_small(self.folder / _CLAIMS, key, self.id.encode())
        return orjson.loads(sealed) if sealed else {}

    def drop_tokens(self) -> None:
        """Forget the sign-in."""
        (self.folder / _TOKENS).unlink(missing_ok=True)

    def close(self) -> None:
        """Forget the key."""
        self.key.wipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Advisers:
    """Who may unlock this PC by a phrase. ``root`` is ``advisers/`` beside the vault."""

    def __init__(self, root: Path, backend: Backend | None = None, clock: Clock = now) -> None:
        self.root = root
        self._backend = backend
        self._clock = clock

    def known(self) -> tuple[str, ...]:
        """Return the ids of those who have a phrase here."""
        if not self.root.is_dir():
            return ()
        return tuple(sorted(each.name for each in self.root.iterdir() if (each / _SLOT).is_file()))

    def kind(self) -> SlotKind:
        """Return what a new phrase is joined with: a trusted keyring, where there is one."""
        return SlotKind.KEYRING_AND_PASSPHRASE if self._backend else SlotKind.PASSPHRASE

    def enrol(self, adviser_id: str, phrase: str, *, cost: Cost = COST) -> Adviser:
        """Give an adviser a phrase and a new key; an earlier one opens nothing from then on.

        The caller has purged what was under the earlier key. Raises ``PhraseTooWeak``, ``DiskFull``,
        ``StoreUnreadable``, ``KeyringRefused``; then the earlier phrase still holds.
        """
        require_strong(phrase)
        folder = self.root / adviser_id
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            sync_folder(self.root)
        except OSError as error:
            raise world(error) from error
        key, kind = Key.random(), self.kind()
        secret = self._secret(adviser_id, kind, new=True)
        secrets = Secrets(passphrase=written_alike(phrase), keyring=secret)
        slot = close_slot(key, kind, secrets, _bound(adviser_id), cost=cost)
        if secret is not None:
            secret.wipe()
        self._lockout(adviser_id).begin(slot.id)
        header = {"version": _VERSION, "slot": slot.to_json()}
        replace_bytes(folder / _SLOT, orjson.dumps(header, option=orjson.OPT_INDENT_2))
        return Adviser(adviser_id, folder, key)

    def unlock(self, adviser_id: str, phrase: str) -> Adviser:
        """Open by the phrase; the try is counted first.

        Raises ``WrongSecret``, ``TooSoon``, ``AdviserLocked``, ``AdviserUnknown``, ``HeaderDamaged``,
        ``KeyringRefused``.
        """
        slot, lockout = self._slot(adviser_id), self._lockout(adviser_id)
        secret = self._secret(adviser_id, slot.kind)
        try:
            left = lockout.raise_before_trying(slot.id)
        except SlotLocked:
            raise AdviserLocked from None
        try:
            key = _opened(slot, written_alike(phrase), secret, adviser_id)
        except WrongSecret:
            raise WrongSecret(left=left) from None
        lockout.opened([slot.id])
        return Adviser(adviser_id, self.root / adviser_id, key)

    def remove(self, adviser_id: str) -> None:
        """Take an adviser off this PC; the caller has purged the visits they prepared."""
        folder = self.root / adviser_id
        # Without it nothing opens: what a crash leaves of the rest is not theirs any more.
        (folder / _SLOT).unlink(missing_ok=True)
        if self._backend is not None:
            with suppress(KeyringRefused):
                KeyringSecret(self._backend, _entry(adviser_id)).forget()
        shutil.rmtree(folder, ignore_errors=True)

    # -- names, which are the PC's to show before anybody has unlocked ---------------------------------

    def keep_name(self, adviser_id: str, name: str, pc_key: Key) -> None:
        """Seal an adviser's name under the PC's key."""
        seal_small(self.root / adviser_id / _NAME, pc_key, name.encode(), adviser_id.encode())

    def name(self, adviser_id: str, pc_key: Key) -> str:
        """Return an adviser's name; "" where it cannot be read."""
        sealed = open_small(self.root / adviser_id / _NAME, pc_key, adviser_id.encode())
        return sealed.decode(errors="replace") if sealed else ""

    # -- the slot ---------------------------------------------------------------------------------------

    def _slot(self, adviser_id: str) -> Slot:
        try:
            header = orjson.loads((self.root / adviser_id / _SLOT).read_bytes())
        except FileNotFoundError:
            raise AdviserUnknown from None
        except (OSError, ValueError):
            raise HeaderDamaged from None
        if not isinstance(header, dict) or header.get("version") != _VERSION:
            raise HeaderDamaged
        return Slot.from_json(header.get("slot", {}))

    def _lockout(self, adviser_id: str) -> Lockout:
        elsewhere = KeyringCounter(self._backend, _entry(adviser_id)) if self._backend else None
        return Lockout(self.root / adviser_id / _TRIES, self._clock, elsewhere)

    def _secret(self, adviser_id: str, kind: SlotKind, *, new: bool = False) -> Key | None:
        """Return the keyring's share, where the slot asks for one."""
        if not kind.has_keyring:
            return None
        if self._backend is None:
            raise KeyringRefused
        kept = KeyringSecret(self._backend, _entry(adviser_id))
        secret = kept.read()
        if secret is None and new:
            secret = Key.random()
            kept.write(secret)
        return secret


def _opened(slot: Slot, phrase: str, keyring: Key | None, adviser_id: str) -> Key:
    try:
        return open_slot(slot, Secrets(passphrase=phrase, keyring=keyring), _bound(adviser_id))
    finally:
        if keyring is not None:
            keyring.wipe()


def _bound(adviser_id: str) -> bytes:
    return b"tandem adviser\x00" + adviser_id.encode()


def _entry(adviser_id: str) -> str:
    return f"adviser-{adviser_id}"
