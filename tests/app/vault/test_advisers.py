"""The advisers of a PC: each opens their own with their own phrase."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.passphrases import PhraseTooWeak
from app.vault.advisers import AdviserLocked, Advisers, AdviserUnknown
from app.vault.keyring_slot import KeyringRefused
from app.vault.keys import Key, KeyWiped
from app.vault.lockout import MOST_TRIES, TooSoon
from app.vault.slots import LEAST_COST, HeaderDamaged, SlotKind, WrongSecret

if TYPE_CHECKING:
    from pathlib import Path

MINE, THEIRS = "quatre petits chats gris", "la mer monte encore ce soir"
NOON = datetime(2026, 11, 22, 11, tzinfo=UTC)


class Ring:
    """A keyring in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return what is kept."""
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep something."""
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""
        del self.kept[service, username]


def test_each_phrase_opens_its_own_and_no_other(tmp_path: Path) -> None:
    """Two advisers; neither phrase opens the other's, and the keys differ."""
    advisers = Advisers(tmp_path)
    one, two = (
        advisers.enrol("aa", MINE, cost=LEAST_COST),
        advisers.enrol("bb", THEIRS, cost=LEAST_COST),
    )
    assert advisers.known() == ("aa", "bb")
    assert advisers.unlock("aa", f"  {MINE} ").key.data == one.key.data != two.key.data
    with pytest.raises(WrongSecret) as refused:
        advisers.unlock("aa", THEIRS)
    assert refused.value.fields == {"left": MOST_TRIES - 1}
    # A slot moved into another's folder is bound to whom it was made for.
    (tmp_path / "bb" / "slot.json").write_bytes((tmp_path / "aa" / "slot.json").read_bytes())
    (tmp_path / "bb" / "attempts.json").write_bytes((tmp_path / "aa" / "attempts.json").read_bytes())
    with pytest.raises(WrongSecret):
        advisers.unlock("bb", MINE)


def test_tries_are_counted_apart(tmp_path: Path) -> None:
    """One adviser who is made to wait, then shut out, keeps no colleague from working."""
    moment = [NOON]
    advisers = Advisers(tmp_path, clock=lambda: moment[0])
    for adviser_id in ("aa", "bb"):
        advisers.enrol(adviser_id, MINE, cost=LEAST_COST).close()
    for _ in range(5):
        with pytest.raises(WrongSecret):
            advisers.unlock("aa", THEIRS)
    with pytest.raises(TooSoon):
        advisers.unlock("aa", MINE)
    advisers.unlock("bb", MINE).close()
    (tmp_path / "aa" / "attempts.json").unlink()
    with pytest.raises(AdviserLocked):
        advisers.unlock("aa", MINE)
    advisers.enrol("aa", THEIRS, cost=LEAST_COST).close()
    advisers.unlock("aa", THEIRS).close()


def test_with_a_keyring_a_copied_folder_gives_no_guess(tmp_path: Path) -> None:
    """The phrase alone opens nothing without the keyring's share."""
    ring = Ring()
    advisers = Advisers(tmp_path, ring)
    assert advisers.kind() is SlotKind.KEYRING_AND_PASSPHRASE
    advisers.enrol("aa", MINE, cost=LEAST_COST).close()
    advisers.unlock("aa", MINE).close()
    with pytest.raises(KeyringRefused):
        Advisers(tmp_path).unlock("aa", MINE)
    with pytest.raises(WrongSecret):
        Advisers(tmp_path, Ring()).unlock("aa", MINE)
    advisers.remove("aa")
    assert not any("adviser-aa" in name and name.startswith("vault") for _service, name in ring.kept)


def test_a_new_phrase_replaces_the_old_one(tmp_path: Path) -> None:
    """Under another key: what was sealed under the old one is not given back."""
    advisers = Advisers(tmp_path)
    with advisers.enrol("aa", MINE, cost=LEAST_COST) as old:
        old.keep_tokens({"access_token": "a"}, NOON + timedelta(hours=12))
        first = bytes(old.key.data)
    with advisers.enrol("aa", THEIRS, cost=LEAST_COST) as new:
        assert bytes(new.key.data) != first
        assert new.tokens(NOON) is None
        assert new.claims() == {}
    with pytest.raises(WrongSecret):
        advisers.unlock("aa", MINE)


def test_tokens_are_given_back_for_half_a_day_and_to_nobody_else(tmp_path: Path) -> None:
    """Sealed on the disk, gone when their time is over, when one leaves, and once locked."""
    advisers = Advisers(tmp_path)
    adviser = advisers.enrol("aa", MINE, cost=LEAST_COST)
    until = NOON + timedelta(hours=12)
    adviser.keep_tokens({"refresh_token": "very-secret"}, until)
    adviser.keep_claims({"name": "Karim Benali"})
    assert adviser.tokens(NOON) == ({"refresh_token": "very-secret"}, until)
    assert adviser.tokens(until) is None
    on_disk = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"very-secret" not in on_disk
    assert b"Karim" not in on_disk
    adviser.drop_tokens()
    assert adviser.tokens(NOON) is None
    assert adviser.claims() == {"name": "Karim Benali"}
    adviser.close()
    with pytest.raises(KeyWiped):
        adviser.tokens(NOON)


def test_names_are_sealed_under_the_pcs_key(tmp_path: Path) -> None:
    """Another PC's key reads none."""
    advisers = Advisers(tmp_path)
    advisers.enrol("aa", MINE, cost=LEAST_COST).close()
    key = Key.random()
    advisers.keep_name("aa", "Karim Benali", key)
    assert advisers.name("aa", key) == "Karim Benali"
    assert advisers.name("aa", Key.random()) == ""


def test_what_is_weak_damaged_or_gone_is_refused(tmp_path: Path) -> None:
    """A PIN, a slot that is no slot, one of nobody; who is removed is removed."""
    advisers = Advisers(tmp_path)
    with pytest.raises(PhraseTooWeak):
        advisers.enrol("aa", "1234")
    with pytest.raises(AdviserUnknown):
        advisers.unlock("aa", MINE)
    advisers.enrol("aa", MINE, cost=LEAST_COST).close()
    (tmp_path / "aa" / "slot.json").write_bytes(b'{"version": 1, "slot": {}}')
    with pytest.raises(HeaderDamaged):
        advisers.unlock("aa", MINE)
    (tmp_path / "aa" / "slot.json").write_bytes(b'{"version": 9}')
    with pytest.raises(HeaderDamaged):
        advisers.unlock("aa", MINE)
    advisers.remove("aa")
    assert not (tmp_path / "aa").exists()
    assert advisers.known() == ()
