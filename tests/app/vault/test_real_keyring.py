"""The same against a real keyring: GNOME's, on a bus of our own; unlocked, locked, gone."""

from __future__ import annotations

import gc
import shutil
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from app.desk_vault import DeskVault
from app.vault.keyring_slot import KeyringRefused, KeyringSecret, trusted_backend
from app.vault.keys import Key
from app.vault.persons import EpochLost
from app.vault.slots import LEAST_COST, Secrets, SlotKind, WrongSecret
from app.vault.vault import Vault

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(
        sys.platform != "linux"
        or shutil.which("gnome-keyring-daemon") is None
        or shutil.which("dbus-daemon") is None,
        reason="needs gnome-keyring and dbus-daemon",
    ),
    pytest.mark.xdist_group("keyring"),
]


@dataclass
class Ring:
    """A keyring that is unlocked by its password, or not."""

    process: subprocess.Popen[bytes] | None = None

    def start(self, *, unlocked: bool) -> None:
        """Start it, in place of the one before."""
        self.stop()
        options = ["--unlock"] if unlocked else []
        self.process = subprocess.Popen(
            ["gnome-keyring-daemon", "--foreground", "--components=secrets", *options],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        assert self.process.stdin is not None
        if unlocked:
            self.process.stdin.write(b"word of the keyring")
        self.process.stdin.close()
        until = time.monotonic() + 10
        while unlocked and trusted_backend() is None:
            if time.monotonic() > until:
                pytest.skip("gnome-keyring does not answer here")
            time.sleep(0.1)

    def stop(self) -> None:
        """End it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@pytest.fixture
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ring]:
    """Run an unlocked one for a user of our own."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(home))
    bus = subprocess.Popen(
        ["dbus-daemon", "--session", "--nofork", "--print-address"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert bus.stdout is not None
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", bus.stdout.readline().strip())
    made = Ring()
    try:
        made.start(unlocked=True)
        yield made
    finally:
        made.stop()
        bus.terminate()
        bus.wait(10)
        bus.stdout.close()
        with warnings.catch_warnings():
            # The library leaves its connection to a keyring that fails for the collector to close; where the
            # keyring never answers, these are dozens, and the next test would be told of them.
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()


def test_a_vault_lives_with_a_real_keyring(ring: Ring, tmp_path: Path) -> None:
    """Secret, share of the epoch and count of tries: kept, read back, forgotten."""
    backend = trusted_backend()
    assert backend is not None
    root = tmp_path / "vault"
    secret = Secrets(passphrase="olive chat nuage")
    with Vault.create(root, SlotKind.PASSPHRASE, secret, cost=LEAST_COST, backend=backend) as vault:
        name, key = vault.persons.create()
        vault.persons.open(name).wipe()
        key.wipe()
    shutil.copytree(root, tmp_path / "copy")
    with Vault.open(root, SlotKind.PASSPHRASE, secret, backend=backend) as vault:
        vault.persons.purge([name])
    with (
        Vault.open(tmp_path / "copy", SlotKind.PASSPHRASE, secret, backend=backend) as vault,
        pytest.raises(EpochLost),
    ):
        vault.persons.open(name)
    for left in (19, 18):
        shutil.copy(tmp_path / "copy" / "attempts.json", root)
        with pytest.raises(WrongSecret) as wrong:
            Vault.open(root, SlotKind.PASSPHRASE, Secrets(passphrase="orage"), backend=backend)
        assert wrong.value.fields == {"left": left}


def test_a_locked_keyring_is_no_keyring_and_the_desk_loses_nothing(ring: Ring, tmp_path: Path) -> None:
    """No prompt, no waiting: refused in a word; unlocked again, all is as it was."""
    vault = DeskVault(tmp_path / "desk")
    with vault.key_for(b"device") as key:
        before = bytes(key.data)
    vault.close()
    assert not (tmp_path / "desk" / "vault.key").exists()
    backend = trusted_backend()
    assert backend is not None
    ring.start(unlocked=False)
    began = time.monotonic()
    assert trusted_backend() is None
    with pytest.raises(KeyringRefused):
        KeyringSecret(backend, "any")
    again = DeskVault(tmp_path / "desk")
    with pytest.raises(KeyringRefused):
        again.open()
    assert time.monotonic() - began < 10
    assert not (tmp_path / "desk" / "vault.key").exists()
    assert not (tmp_path / "desk" / "aside").exists()
    ring.start(unlocked=True)
    with again.key_for(b"device") as key:
        assert bytes(key.data) == before
    assert again.warning is None
    again.close()


def test_a_keyring_that_goes_away_is_told(ring: Ring) -> None:
    """Its program has ended."""
    backend = trusted_backend()
    assert backend is not None
    secret = KeyringSecret(backend, "v1")
    with Key.random() as key:
        secret.write(key)
    ring.stop()
    with pytest.raises(KeyringRefused):
        secret.read()
