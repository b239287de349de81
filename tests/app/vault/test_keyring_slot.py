"""A keyring is trusted after it has given a canary back, and never found by chance."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from app.vault.anchor import Head
from app.vault.keyring_slot import (
    KeyringAnchor,
    KeyringRefused,
    KeyringSecret,
    system_backend,
    trusted_backend,
)
from app.vault.keys import Key

if TYPE_CHECKING:
    from collections.abc import Callable


class Fake:
    """A keyring in memory."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        """Return what is kept."""
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep."""
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """Forget."""
        del self.kept[service, username]


class Forgetful(Fake):
    """One that says yes and keeps nothing, as ``keyring.backends.null`` does."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Do not keep."""

    def delete_password(self, service: str, username: str) -> None:
        """Say yes."""


class Clinging(Fake):
    """One that forgets nothing."""

    def delete_password(self, service: str, username: str) -> None:
        """Say yes."""


class Broken(Fake):
    """One whose daemon is gone."""

    def get_password(self, service: str, username: str) -> str | None:
        """Fail."""
        raise OSError


def test_a_secret_comes_back_and_the_canary_is_gone() -> None:
    """Only the secret stays, 32 bytes in hex."""
    fake = Fake()
    secret = KeyringSecret(fake, "v1")
    assert secret.read() is None
    with Key.random() as key:
        secret.write(key)
        found = KeyringSecret(fake, "v1").read()
        assert found is not None
        assert found.data == key.data
        assert fake.kept == {("tandem", "vault-v1"): key.data.hex()}
    assert KeyringSecret(fake, "v2").read() is None
    secret.forget()
    assert fake.kept == {}


@pytest.mark.parametrize("make", [Forgetful, Clinging, Broken])
def test_a_keyring_that_fails_its_canary_is_refused(make: Callable[[], Fake]) -> None:
    """Before anything is trusted to it."""
    with pytest.raises(KeyringRefused):
        KeyringSecret(make(), "v1")


@pytest.mark.parametrize(
    "module",
    ["keyring.backends.null", "keyring.backends.fail", "keyring.backends.chainer", "keyrings.alt.file"],
)
def test_keyrings_that_keep_nothing_or_in_clear_are_refused(module: str) -> None:
    """Even when they would pass."""
    other = type("Keyring", (Fake,), {"__module__": module})
    with pytest.raises(KeyringRefused):
        KeyringSecret(other(), "v1")


@pytest.mark.parametrize("text", ["", "zz", "00" * 31, "00" * 33])
def test_a_spoiled_secret_is_no_key(text: str) -> None:
    """Another program may have written there."""
    fake = Fake()
    fake.kept["tandem", "vault-v1"] = text
    with pytest.raises(KeyringRefused):
        KeyringSecret(fake, "v1").read()


def test_the_environment_does_not_choose_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """PYTHON_KEYRING_BACKEND would put a plain file in its place."""
    monkeypatch.setitem(os.environ, "PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    assert trusted_backend() is None or type(trusted_backend()).__module__.startswith("keyring.backends.")
    try:
        backend = system_backend()
    except KeyringRefused:
        return
    assert type(backend).__module__ in {"keyring.backends.SecretService", "keyring.backends.Windows"}


def test_a_head_is_kept_in_the_keyring() -> None:
    """One for each store."""
    fake, head = Fake(), Head("j", 3, "aa", "bb")
    KeyringAnchor(fake, "one").write(head)
    assert KeyringAnchor(fake, "one").read() == head
    assert KeyringAnchor(fake, "two").read() is None
