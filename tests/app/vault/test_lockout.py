"""Tries stay counted: over kill −9 in the middle of Argon2, a folder put back, a clock set back."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import orjson
import pytest

from app.vault.keyring_slot import KeyringRefused
from app.vault.keys import Key
from app.vault.lockout import MOST_TRIES, SlotLocked, TooSoon
from app.vault.slots import LEAST_COST, Cost, Secrets, SlotKind, WrongSecret
from app.vault.vault import Vault, VaultInUse
from tests.app.vault.test_keyring_slot import Fake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RIGHT, WRONG = "olive chat nuage", "olive chat orage"
LONG = Cost(LEAST_COST.memory_kib, 16, 2)
TRIES = """
import sys
from pathlib import Path
from app.vault.slots import Secrets, SlotKind
from app.vault.vault import Vault
Vault.open(Path(sys.argv[1]), SlotKind.PASSPHRASE, Secrets(passphrase=sys.argv[2]))
"""
HOLDS = """
import sys, time
from pathlib import Path
from app.vault.keys import Key
from app.vault.slots import Secrets, SlotKind
from app.vault.vault import Vault
vault = Vault.open(Path(sys.argv[1]), SlotKind.FILE, Secrets(file=Key(bytearray(b"s" * 32))))
print("open", flush=True)
time.sleep(60)
"""


class Hands:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 22, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.moment


@pytest.fixture
def no_argon(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Miss at once: what is tried here is the count."""

    def missed(*_: object) -> Key:
        raise WrongSecret(left=0)

    with monkeypatch.context() as patched:
        patched.setattr("app.vault.vault.open_slot", missed)
        yield


def counted(root: Path) -> int:
    """Return the count in the folder."""
    ((tries, _last),) = orjson.loads((root / "attempts.json").read_bytes()).values()
    return int(tries)


def miss(root: Path, backend: Fake | None, clock: Hands) -> int:
    """Try a wrong passphrase; return how many tries are left."""
    with pytest.raises(WrongSecret) as wrong:
        Vault.open(root, SlotKind.PASSPHRASE, Secrets(passphrase=WRONG), backend=backend, clock=clock)
    return int(str(wrong.value.fields["left"]))


def test_a_try_that_is_killed_while_it_computes_is_counted(tmp_path: Path) -> None:
    """Five real processes, each killed in the middle of Argon2; the sixth must wait, the right one too."""
    root = tmp_path / "vault"
    Vault.create(root, SlotKind.PASSPHRASE, Secrets(passphrase=RIGHT), cost=LONG).close()
    for tries in range(5):
        with subprocess.Popen([sys.executable, "-c", TRIES, str(root), WRONG]) as process:
            until = time.monotonic() + 20
            while counted(root) == tries:
                assert time.monotonic() < until
                time.sleep(0.002)
            assert process.poll() is None, "it had ended before it was killed"
            process.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
        assert counted(root) == tries + 1
    with pytest.raises(TooSoon):
        Vault.open(root, SlotKind.PASSPHRASE, Secrets(passphrase=RIGHT))


@pytest.mark.usefixtures("no_argon")
def test_a_folder_put_back_gives_no_new_guesses_where_the_keyring_counts(tmp_path: Path) -> None:
    """The greater count holds; both are written at each try."""
    root, copy, fake, hands = tmp_path / "vault", tmp_path / "copy", Fake(), Hands()
    Vault.create(
        root, SlotKind.PASSPHRASE, Secrets(passphrase=RIGHT), cost=LEAST_COST, backend=fake, clock=hands
    ).close()
    shutil.copytree(root, copy)
    for tries in range(MOST_TRIES):
        shutil.rmtree(root)
        shutil.copytree(copy, root)
        assert counted(root) == 0
        assert miss(root, fake, hands) == MOST_TRIES - tries - 1
        hands.moment += timedelta(hours=2)
    shutil.rmtree(root)
    shutil.copytree(copy, root)
    with pytest.raises(SlotLocked):
        Vault.open(root, SlotKind.PASSPHRASE, Secrets(passphrase=RIGHT), backend=fake, clock=hands)


@pytest.mark.usefixtures("no_argon")
def test_what_this_cannot_stop_is_known(tmp_path: Path) -> None:
    """The limit that the documentation tells: folder and keyring put back together give guesses back."""
    root, fake, hands = tmp_path / "vault", Fake(), Hands()
    Vault.create(
        root, SlotKind.PASSPHRASE, Secrets(passphrase=RIGHT), cost=LEAST_COST, backend=fake, clock=hands
    ).close()
    shutil.copytree(root, tmp_path / "copy")
    kept = dict(fake.kept)
    for _ in range(3):
        miss(root, fake, hands)
    shutil.rmtree(root)
    shutil.copytree(tmp_path / "copy", root)
    fake.kept = kept
    assert miss(root, fake, hands) == MOST_TRIES - 1


@pytest.mark.usefixtures("no_argon")
def test_a_spoiled_or_silent_keyring_loosens_nothing(tmp_path: Path) -> None:
    """Another program wrote there, or it is locked: no try is made."""
    root, fake, hands = tmp_path / "vault", Fake(), Hands()
    Vault.create(
        root, SlotKind.PASSPHRASE, Secrets(passphrase=RIGHT), cost=LEAST_COST, backend=fake, clock=hands
    ).close()
    (name,) = fake.kept
    fake.kept[name] = "[]"
    with pytest.raises(SlotLocked):
        Vault.open(root, SlotKind.PASSPHRASE, Secrets(passphrase=RIGHT), backend=fake, clock=hands)

    class Silent(Fake):
        def get_password(self, service: str, username: str) -> str | None:
            raise OSError

    with pytest.raises(KeyringRefused):
        Vault.open(root, SlotKind.PASSPHRASE, Secrets(passphrase=RIGHT), backend=Silent(), clock=hands)


def test_the_right_passphrase_clears_both_counts(tmp_path: Path) -> None:
    """A few typing errors a day do not add up."""
    root, fake, hands = tmp_path / "vault", Fake(), Hands()
    Vault.create(
        root, SlotKind.PASSPHRASE, Secrets(passphrase=RIGHT), cost=LEAST_COST, backend=fake, clock=hands
    ).close()
    miss(root, fake, hands)
    Vault.open(root, SlotKind.PASSPHRASE, Secrets(passphrase=RIGHT), backend=fake, clock=hands).close()
    assert miss(root, fake, hands) == MOST_TRIES - 1


@pytest.mark.usefixtures("no_argon")
def test_a_clock_set_back_a_year_shortens_no_wait(tmp_path: Path) -> None:
    """Before, between and after the tries."""
    root, hands = tmp_path / "vault", Hands()
    Vault.create(root, SlotKind.PASSPHRASE, Secrets(passphrase=RIGHT), cost=LEAST_COST, clock=hands).close()
    for _ in range(5):
        miss(root, None, hands)
        hands.moment -= timedelta(days=365)
    with pytest.raises(TooSoon) as told:
        Vault.open(root, SlotKind.PASSPHRASE, Secrets(passphrase=RIGHT), clock=hands)
    assert told.value.fields == {"seconds": 61}


def test_one_process_has_a_vault_until_it_ends_however_it_does(tmp_path: Path) -> None:
    """A second one is told; whoever only looks may; a killed one locks nobody out."""
    root = tmp_path / "vault"

    def secret() -> Secrets:
        return Secrets(file=Key(bytearray(b"s" * 32)))

    Vault.create(root, SlotKind.FILE, secret()).close()
    with subprocess.Popen([sys.executable, "-c", HOLDS, str(root)], stdout=subprocess.PIPE) as first:
        assert first.stdout is not None
        assert first.stdout.readline().strip() == b"open"
        with pytest.raises(VaultInUse):
            Vault.open(root, SlotKind.FILE, secret())
        Vault.open(root, SlotKind.FILE, secret(), alone=False).close()
        with pytest.raises(VaultInUse):
            Vault.open(root, SlotKind.FILE, secret())
        first.send_signal(signal.SIGKILL if sys.platform != "win32" else signal.SIGTERM)
    Vault.open(root, SlotKind.FILE, secret()).close()
