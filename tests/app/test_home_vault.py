"""The vault of a home: what opens it, what refuses in words, and whose records end when."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.home_vault import (
    HomeKeyMissing,
    HomePerson,
    HomeVault,
    OtherAccount,
    PassphraseNeeded,
    PassphraseTooShort,
    SheetDiffers,
    WayIn,
)
from app.vault.keyring_slot import KeyringRefused
from app.vault.persons import PersonGone
from app.vault.schema import StoreNewer
from app.vault.slots import LEAST_COST, WrongSecret
from app.vault.vault import VaultInUse
from tests.app.vault.test_keyring_slot import Fake

if TYPE_CHECKING:
    from pathlib import Path

    from app.vault.keyring_slot import Backend

WORDS = "olive chat nuage"
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
JEANNE = HomePerson("p-jeanne", "Jeanne Martin", "1946-05-03")
LUCAS = HomePerson(
    "p-lucas", "Lucas Petit", "2010-04-09", "legal_representative", consent="c1", carer="r1",
    carer_name="Odette", end=(NOON + timedelta(days=31)).isoformat(),
)  # fmt: skip


class Home:
    """A home computer: its folder, its keyring (or none), its clock."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.ring, self.at = folder, Fake(), NOON
        self.has_ring = True

    def vault(self) -> HomeVault:
        """Return a vault on it, as at a new start."""
        return HomeVault(self.folder, backend=self._backend, clock=lambda: self.at, cost=LEAST_COST)

    def _backend(self) -> Backend | None:
        return self.ring if self.has_ring else None


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home with a keyring."""
    return Home(tmp_path)


def test_it_opens_by_itself_with_the_keyring(home: Home) -> None:
    """And nothing of its secret lies in the folder."""
    with home.vault() as vault:
        assert vault.way_in() is WayIn.NEW
        vault.make()
        vault.welcome(JEANNE)
        vault.keep_account({"refresh_token": "MARKER"})
    again = home.vault()
    assert again.way_in() is WayIn.KEYRING
    again.open()
    assert again.owner is not None
    assert again.owner.name == "Jeanne Martin"
    assert again.account() == {"refresh_token": "MARKER"}
    again.close()
    everything = b"".join(path.read_bytes() for path in home.folder.rglob("*") if path.is_file())
    assert b"MARKER" not in everything
    assert b"Martin" not in everything
    secret = next(text for (_, name), text in home.ring.kept.items() if name.startswith("vault-"))
    assert bytes.fromhex(secret) not in everything
    assert secret.encode() not in everything


def test_without_a_keyring_a_passphrase_is_required(home: Home) -> None:
    """Never plain text."""
    home.has_ring = False
    vault = home.vault()
    with pytest.raises(PassphraseNeeded):
        vault.make()
    with pytest.raises(PassphraseTooShort):
        vault.make("court")
    assert vault.way_in() is WayIn.NEW
    vault.make(WORDS)
    vault.close()
    again = home.vault()
    assert again.way_in() is WayIn.PASSPHRASE
    with pytest.raises(WrongSecret):
        again.open("nuage chat olive")
    again.open(WORDS)
    again.close()


def test_a_keyring_that_is_locked_or_emptied_is_told_apart(home: Home) -> None:
    """The first may come back; the second needs the sheet."""
    vault = home.vault()
    vault.make()
    vault.close()
    home.has_ring = False
    with pytest.raises(KeyringRefused):
        home.vault().open()
    home.has_ring, home.ring = True, Fake()
    with pytest.raises(HomeKeyMissing):
        home.vault().open()


def test_a_passphrase_is_added_and_an_older_header_opens_nothing(home: Home) -> None:
    """The keyring's secret was drawn anew."""
    vault = home.vault()
    vault.make()
    header = (vault.root / "header.json").read_bytes()
    vault.protect(WORDS)
    vault.close()
    again = home.vault()
    assert again.is_protected()
    with pytest.raises(WrongSecret):
        again.open("pas la bonne phrase")
    again.open(WORDS)
    again.close()
    (again.root / "header.json").write_bytes(header)
    with pytest.raises(WrongSecret):
        home.vault().open()


@pytest.mark.parametrize("after", ["header", "keyring"])
def test_a_change_of_the_way_in_that_is_cut_off_locks_nobody_out(
    home: Home, monkeypatch: pytest.MonkeyPatch, after: str
) -> None:
    """The power goes before the keyring heard of it, or before the header lost the old slot."""
    vault = home.vault()
    vault.make()
    if after == "header":
        monkeypatch.setattr(home.ring, "set_password", _cut)
    else:
        monkeypatch.setattr("app.vault.vault.Vault.drop_older", _cut)
    with pytest.raises((KeyringRefused, _Cut)):
        vault.protect(WORDS)
    monkeypatch.undo()
    vault.close()
    again = home.vault()
    again.open(WORDS)
    again.close()


class _Cut(Exception):
    """The power went."""


def _cut(*_: object) -> None:
    raise _Cut


def test_the_sheet_counts_once_its_last_group_was_typed_back(home: Home) -> None:
    """And then opens the vault when the keyring is lost, and the records of everybody in it."""
    vault = home.vault()
    vault.make()
    person, key = vault.key_of(vault.welcome(JEANNE))
    secret = bytes(key.data)
    key.wipe()
    code = vault.draw_sheet()
    with pytest.raises(SheetDiffers):
        vault.confirm_sheet(code, "0000" if not code.endswith("0000") else "1111")
    assert not vault.has_sheet()
    vault.confirm_sheet(code, f" {code[-4:].lower()} ")
    assert vault.has_sheet()
    vault.close()
    home.ring = Fake()
    again = home.vault()
    with pytest.raises(WrongSecret):
        again.recover("0" * 32)
    again.recover(code.lower().replace("-", " "))
    with again.key_of(person)[1] as found:
        assert bytes(found.data) == secret
    again.close()
    by_itself = home.vault()
    by_itself.open()
    by_itself.close()


def test_a_new_sheet_takes_the_place_of_the_old_one(home: Home) -> None:
    """The old paper opens nothing more."""
    vault = home.vault()
    vault.make()
    old, new = vault.draw_sheet(), vault.draw_sheet()
    for code in (old, new):
        vault.confirm_sheet(code, code[-4:])
    vault.close()
    with pytest.raises(WrongSecret):
        home.vault().recover(old)
    again = home.vault()
    again.recover(new)
    again.close()


def test_starting_again_leaves_nothing_and_begins(home: Home) -> None:
    """« Je n’ai plus ma feuille »."""
    vault = home.vault()
    vault.make()
    vault.welcome(JEANNE)
    vault.start_again()
    assert not vault.root.exists()
    again = home.vault()
    assert again.way_in() is WayIn.NEW
    again.make()
    assert again.people == ()
    again.close()


def test_each_person_has_a_key_of_their_own(home: Home) -> None:
    """The same at each opening."""
    with home.vault() as vault:
        vault.make()
        vault.welcome(JEANNE)
        vault.cared_for([LUCAS])
        with vault.key_of(JEANNE)[1] as hers, vault.key_of(LUCAS)[1] as his:
            assert hers.data != his.data
            kept = bytes(his.data)
        assert [each.name for each in vault.people] == ["Jeanne Martin", "Lucas Petit"]
    with home.vault() as again:
        again.open()
        with again.key_of(LUCAS)[1] as his:
            assert bytes(his.data) == kept


@pytest.mark.parametrize("set_back", [False, True])
def test_at_the_end_the_records_are_purged_offline(home: Home, set_back: bool) -> None:  # noqa: FBT001
    """Also where the clock is set back before the next start: the latest moment seen counts."""
    vault = home.vault()
    vault.make()
    vault.cared_for([LUCAS])
    person, key = vault.key_of(LUCAS)
    key.wipe()
    store = vault.root / "c" / f"{person.store}.db"
    store.parent.mkdir(exist_ok=True)
    store.write_bytes(b"ciphertext")
    home.at = NOON + timedelta(days=32)
    if set_back:
        assert vault.clock() >= home.at
    vault.close()
    if set_back:
        home.at = NOON
    again = home.vault()
    again.open()
    assert [each.name for each in again.gone] == ["Lucas Petit"]
    assert again.people == ()
    assert not store.exists()
    with pytest.raises(PersonGone):
        again.key_of(person)
    again.close()


def test_whoever_the_service_no_longer_names_is_purged(home: Home) -> None:
    """Either side ended it; the owner stays."""
    with home.vault() as vault:
        vault.make()
        vault.welcome(JEANNE)
        vault.cared_for([LUCAS])
        assert vault.cared_for([]) == (LUCAS,)
        assert [each.name for each in vault.people] == ["Jeanne Martin"]


def test_someone_else_who_signs_in_is_refused(home: Home) -> None:
    """This vault is one person's."""
    with home.vault() as vault:
        vault.make()
        vault.welcome(JEANNE)
        with pytest.raises(OtherAccount):
            vault.welcome(HomePerson("p-other", "Autre"))


def test_a_second_start_and_a_later_version_are_refused(home: Home) -> None:
    """In one word each."""
    vault = home.vault()
    vault.make()
    with pytest.raises(VaultInUse):
        home.vault().open()
    vault.close()
    header = json.loads((vault.root / "header.json").read_bytes())
    (vault.root / "header.json").write_text(json.dumps(header | {"version": 99}))
    with pytest.raises(StoreNewer):
        home.vault().way_in()
