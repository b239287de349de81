"""A vault opens by its slots, counts tries before they are made, and gives nothing to guess with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from app.vault.keys import Key
from app.vault.lockout import MOST_TRIES, SlotLocked, TooSoon
from app.vault.schema import StoreNewer
from app.vault.slots import (
    COST,
    LEAST_COST,
    Cost,
    HeaderDamaged,
    Secrets,
    SlotKind,
    WrongSecret,
    adapted_cost,
    close_slot,
    recovery_code,
)
from app.vault.store import StoreExists, StoreMissing
from app.vault.vault import NoSuchSlot, Vault

if TYPE_CHECKING:
    from pathlib import Path

WORDS = Secrets(passphrase="olive chat nuage")
WRONG = Secrets(passphrase="olive chat orage")


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.moment

    def forward(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def hands() -> Hands:
    """Return a clock that stands still."""
    return Hands()


@pytest.fixture
def root(tmp_path: Path, hands: Hands) -> Path:
    """Return the folder of a closed vault with a passphrase."""
    root = tmp_path / "vault"
    with Vault.create(root, SlotKind.PASSPHRASE, WORDS, cost=LEAST_COST, clock=hands) as vault:
        vault.main.verify()
    return root


def _open(root: Path, secrets: Secrets, hands: Hands, kind: SlotKind = SlotKind.PASSPHRASE) -> None:
    Vault.open(root, kind, secrets, clock=hands).close()


def _header(root: Path) -> dict[str, Any]:
    header: dict[str, Any] = orjson.loads((root / "header.json").read_bytes())
    return header


def test_the_right_passphrase_opens(root: Path, hands: Hands) -> None:
    """Again and again."""
    for _ in range(2):
        _open(root, WORDS, hands)


def test_the_header_says_how_and_nothing_secret(root: Path) -> None:
    """One can read it all and be no nearer."""
    header = _header(root)
    assert header["slots"][0]["argon2id"] == {"memory_kib": 65536, "iterations": 3, "lanes": 2}
    assert b"olive" not in (root / "header.json").read_bytes()
    assert {path.name for path in root.iterdir()} == {
        "header.json",
        "attempts.json",
        "main.db",
        "ballast",
        "lock",
    }


def test_a_vault_is_not_made_over_another(root: Path) -> None:
    """Its header is what everything hangs on."""
    with pytest.raises(StoreExists):
        Vault.create(root, SlotKind.PASSPHRASE, WORDS, cost=LEAST_COST)


def test_a_half_made_vault_is_made_again(root: Path, hands: Hands) -> None:
    """The header comes last: without it nothing was promised yet."""
    (root / "header.json").unlink()
    with pytest.raises(StoreMissing):
        _open(root, WORDS, hands)
    Vault.create(root, SlotKind.PASSPHRASE, WRONG, cost=LEAST_COST, clock=hands).close()
    _open(root, WRONG, hands)


def test_a_recovery_code_opens_however_it_is_typed(root: Path, hands: Hands) -> None:
    """Small letters, no dashes, the letter O for nought; a misread one does not open."""
    code = recovery_code()
    with Vault.open(root, SlotKind.PASSPHRASE, WORDS, clock=hands) as vault:
        vault.add_slot(SlotKind.RECOVERY, Secrets(recovery=code))
        name = vault.key_for(b"a")
    for typed in (code, code.lower().replace("-", " "), code.replace("0", "O")):
        with Vault.open(root, SlotKind.RECOVERY, Secrets(recovery=typed), clock=hands) as vault:
            again = vault.key_for(b"a")
            assert again.data == name.data
    for typed in ("", "zz", code[:-1], code[:-1] + ("1" if code[-1] != "1" else "2")):
        with pytest.raises(WrongSecret):
            _open(root, Secrets(recovery=typed), hands, SlotKind.RECOVERY)


def test_keyring_and_passphrase_are_both_needed(root: Path, hands: Hands) -> None:
    """A copied folder alone gives no guess."""
    with Key.random() as secret, Key.random() as another:
        both = Secrets(passphrase="olive", keyring=secret)
        with Vault.open(root, SlotKind.PASSPHRASE, WORDS, clock=hands) as vault:
            vault.add_slot(SlotKind.KEYRING_AND_PASSPHRASE, both, cost=LEAST_COST)
            vault.add_slot(SlotKind.KEYRING, Secrets(keyring=secret))
        _open(root, both, hands, SlotKind.KEYRING_AND_PASSPHRASE)
        _open(root, both, hands, SlotKind.KEYRING)
        with pytest.raises(WrongSecret):
            _open(root, Secrets(passphrase="olive"), hands, SlotKind.KEYRING_AND_PASSPHRASE)
        with pytest.raises(WrongSecret):
            _open(root, Secrets(passphrase="olive", keyring=another), hands, SlotKind.KEYRING_AND_PASSPHRASE)
        with pytest.raises(WrongSecret):
            _open(root, Secrets(keyring=another), hands, SlotKind.KEYRING)
    assert set(Vault.kinds(root)) == {SlotKind.PASSPHRASE, SlotKind.KEYRING, SlotKind.KEYRING_AND_PASSPHRASE}


def test_a_way_in_that_was_not_made_is_told(root: Path, hands: Hands) -> None:
    """It is no wrong passphrase."""
    with pytest.raises(NoSuchSlot):
        _open(root, Secrets(recovery=recovery_code()), hands, SlotKind.RECOVERY)


# Counted tries


def test_a_try_is_counted_before_it_is_made(
    root: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killing the program while it computes does not give the try back."""

    def killed(*_: object) -> Key:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.vault.vault.open_slot", killed)
    with pytest.raises(KeyboardInterrupt):
        _open(root, WORDS, hands)
    counted = orjson.loads((root / "attempts.json").read_bytes())
    assert [tries for tries, _ in counted.values()] == [1]


def test_misses_make_one_wait_then_lock(root: Path, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """Five free, then a wait that doubles to an hour, then locked; the right one does not help any more."""

    def missed(*_: object) -> Key:
        raise WrongSecret(left=0)

    with monkeypatch.context() as patched:
        patched.setattr("app.vault.vault.open_slot", missed)
        for tries in range(MOST_TRIES):
            if tries >= 5:
                with pytest.raises(TooSoon) as told:
                    _open(root, WRONG, hands)
                assert told.value.fields["seconds"] == min(60 * 2 ** (tries - 5), 3600) + 1
                hands.forward(3600)
            with pytest.raises(WrongSecret) as wrong:
                _open(root, WRONG, hands)
            assert wrong.value.fields == {"left": MOST_TRIES - tries - 1}
    hands.forward(86400)
    with pytest.raises(SlotLocked):
        _open(root, WORDS, hands)


def test_a_success_starts_the_count_again(root: Path, hands: Hands) -> None:
    """A few typing errors a day do not add up."""
    for _ in range(2):
        with pytest.raises(WrongSecret) as wrong:
            _open(root, WRONG, hands)
    assert wrong.value.fields == {"left": MOST_TRIES - 2}
    _open(root, WORDS, hands)
    with pytest.raises(WrongSecret) as wrong:
        _open(root, WRONG, hands)
    assert wrong.value.fields == {"left": MOST_TRIES - 1}


def test_setting_the_clock_back_neither_frees_nor_traps(root: Path, hands: Hands) -> None:
    """The wait is what it was, from now."""
    counted = orjson.loads((root / "attempts.json").read_bytes())
    (root / "attempts.json").write_bytes(
        orjson.dumps({slot: [6, "2030-01-01T00:00:00.000Z"] for slot in counted})
    )
    with pytest.raises(TooSoon) as told:
        _open(root, WORDS, hands)
    assert told.value.fields == {"seconds": 121}


@pytest.mark.parametrize("spoiled", [None, b"", b"{}", b"[]", b'{"a": 1}', b"\xff"])
def test_a_missing_or_spoiled_counter_locks(root: Path, hands: Hands, spoiled: bytes | None) -> None:
    """Deleting the counter is not the way round it; another way in still opens."""
    code = recovery_code()
    with Vault.open(root, SlotKind.PASSPHRASE, WORDS, clock=hands) as vault:
        vault.add_slot(SlotKind.RECOVERY, Secrets(recovery=code))
    if spoiled is None:
        (root / "attempts.json").unlink()
    else:
        (root / "attempts.json").write_bytes(spoiled)
    with pytest.raises(SlotLocked):
        _open(root, WORDS, hands)


def test_the_recovery_code_mends_a_lost_counter(root: Path, hands: Hands) -> None:
    """Whoever proves themselves another way may type the passphrase again."""
    code = recovery_code()
    with Vault.open(root, SlotKind.PASSPHRASE, WORDS, clock=hands) as vault:
        vault.add_slot(SlotKind.RECOVERY, Secrets(recovery=code))
    (root / "attempts.json").unlink()
    _open(root, Secrets(recovery=code), hands, SlotKind.RECOVERY)
    _open(root, WORDS, hands)


# The header


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 1024},
        {"memory_kib": 65535},
        {"iterations": 1},
        {"iterations": 2},
        {"memory_kib": 1 << 40},
        {"memory_kib": "much"},
        {"unknown": 3},
    ],
)
def test_a_header_that_asks_for_less_protection_is_refused(
    root: Path, hands: Hands, change: dict[str, Any]
) -> None:
    """Someone who can write the file must not make guesses cheap, nor ask for a terabyte."""
    header = _header(root)
    header["slots"][0]["argon2id"] |= change
    (root / "header.json").write_bytes(orjson.dumps(header))
    with pytest.raises(HeaderDamaged):
        _open(root, WORDS, hands)


@pytest.mark.parametrize("name", ["id", "salt", "nonce", "wrapped"])
def test_a_slot_is_bound_to_all_it_says(root: Path, hands: Hands, name: str) -> None:
    """Nothing in it can be changed."""
    header = _header(root)
    slot = header["slots"][0]
    slot[name] = slot[name][:-1] + ("0" if slot[name][-1] != "0" else "1")
    (root / "header.json").write_bytes(orjson.dumps(header))
    with pytest.raises((WrongSecret, SlotLocked)):
        _open(root, WORDS, hands)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b'{"version": "1"}', b'{"version": 1, "id": "a", "slots": []}', b"\0" * 9],
)
def test_a_spoiled_header_is_told(root: Path, hands: Hands, raw: bytes) -> None:
    """Whatever is in it."""
    (root / "header.json").write_bytes(raw)
    with pytest.raises(HeaderDamaged):
        _open(root, WORDS, hands)


def test_a_newer_header_is_refused(root: Path, hands: Hands) -> None:
    """By the same name as a newer store."""
    (root / "header.json").write_bytes(orjson.dumps(_header(root) | {"version": 2}))
    with pytest.raises(StoreNewer):
        _open(root, WORDS, hands)


def test_a_slot_of_another_vault_does_not_open(root: Path, tmp_path: Path, hands: Hands) -> None:
    """Slots copied between vaults with one passphrase stay theirs."""
    other = tmp_path / "other"
    Vault.create(other, SlotKind.PASSPHRASE, WORDS, cost=LEAST_COST, clock=hands).close()
    header = _header(root)
    header["slots"] = _header(other)["slots"]
    (root / "header.json").write_bytes(orjson.dumps(header))
    (root / "attempts.json").write_bytes((other / "attempts.json").read_bytes())
    with pytest.raises(WrongSecret):
        _open(root, WORDS, hands)


def test_no_slot_is_made_too_cheap() -> None:
    """A mistake of ours, refused at once."""
    with Key.random() as root, pytest.raises(ValueError, match="1024"):
        close_slot(root, SlotKind.PASSPHRASE, WORDS, b"v", cost=Cost(1024, 3, 2))


def test_the_cost_adapts_between_its_limits() -> None:
    """Never under 64 MiB and three passes, never over 256 MiB."""
    assert adapted_cost(0) == LEAST_COST
    assert adapted_cost(3600) == COST


def test_the_ballast_is_held_and_given_back(root: Path, hands: Hands) -> None:
    """Eight mebibytes, on the disk for good."""
    with Vault.open(root, SlotKind.PASSPHRASE, WORDS, clock=hands) as vault:
        assert (root / "ballast").stat().st_size == 8 << 20
        assert vault.release_ballast()
        assert not (root / "ballast").exists()
        assert not vault.release_ballast()
        assert vault.restore_ballast()
