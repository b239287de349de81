"""The 32-byte secret in the system's keyring.

``keyring`` looks for a backend by itself, in the environment, in a configuration file and among
whatever packages are installed: one of them may keep secrets in a plain file. So the backend is
made by name from the two we know, never found; one given from outside is refused when it is known
to keep nothing or to keep it in clear; and a canary must come back before anything is trusted to it.
"""

from __future__ import annotations

import secrets
import sys
from importlib import import_module
from typing import Protocol

from app.errors import WorldFailed
from app.vault.anchor import Head, read_head, write_head
from app.vault.keys import KEY_SIZE, Key

__all__ = [
    "Backend",
    "KeyringAnchor",
    "KeyringNote",
    "KeyringRefused",
    "KeyringSecret",
    "system_backend",
    "trusted_backend",
]

_SERVICE = "tandem"
# KWallet answers on the same D-Bus interface as the Secret Service.
_NAMED = {
    "linux": ("keyring.backends.SecretService", "Keyring"),
    "win32": ("keyring.backends.Windows", "WinVaultKeyring"),
}
_REFUSED = ("keyring.backends.null", "keyring.backends.fail", "keyring.backends.chainer", "keyrings.")


class KeyringRefused(WorldFailed):
    """The system's keyring is not there, is one that does not keep secrets, or does not give back."""

    code = "keyring-refused"


class Backend(Protocol):
    """What is used of a ``keyring`` backend."""

    def get_password(self, service: str, username: str) -> str | None:
        """Return what is kept."""

    def set_password(self, service: str, username: str, password: str) -> None:
        """Keep something."""

    def delete_password(self, service: str, username: str) -> None:
        """Forget it."""


def system_backend() -> Backend:
    """Make this system's backend by its name; raises ``KeyringRefused``."""
    if sys.platform not in _NAMED:
        raise KeyringRefused
    module, name = _NAMED[sys.platform]
    try:
        backend: Backend = getattr(import_module(module), name)()
    except Exception:  # noqa: BLE001 - a backend may fail in any way, and all mean that there is none
        raise KeyringRefused from None
    if sys.platform == "win32":
        # The default roams: it would carry the secret to every computer of the domain.
        backend.persist = "local machine"  # type: ignore[attr-defined]
    return backend


def trusted_backend() -> Backend | None:
    """Return this system's keyring if there is one and it gives a canary back."""
    try:
        backend = system_backend()
        _prove(backend)
    except KeyringRefused:
        return None
    return backend


class KeyringSecret:
    """One named secret in a keyring that has proved itself."""

    def __init__(self, backend: Backend, vault_id: str) -> None:
        if type(backend).__module__.startswith(_REFUSED):
            raise KeyringRefused
        self._backend = backend
        self._name = f"vault-{vault_id}"
        _prove(backend)

    def read(self) -> Key | None:
        """Return the secret; None when there is none. Raises ``KeyringRefused``."""
        text = _get(self._backend, self._name)
        if text is None:
            return None
        try:
            data = bytearray.fromhex(text)
        except ValueError:
            raise KeyringRefused from None
        if len(data) != KEY_SIZE:
            raise KeyringRefused
        return Key(data)

    def write(self, secret: Key) -> None:
        """Keep the secret, and see that it is kept."""
        _set(self._backend, self._name, secret.data.hex())
        if _get(self._backend, self._name) != secret.data.hex():
            raise KeyringRefused

    def forget(self) -> None:
        """Take the secret out of the keyring."""
        _delete(self._backend, self._name)


class KeyringNote:
    """A short text in the keyring that is no secret, but must not be put back with a folder."""

    def __init__(self, backend: Backend, name: str) -> None:
        self._backend = backend
        self._name = name

    def read(self) -> str | None:
        """Return the text; raises ``KeyringRefused``."""
        return _get(self._backend, self._name)

    def write(self, text: str) -> None:
        """Keep the text, and see that it is kept."""
        _set(self._backend, self._name, text)
        if self.read() != text:
            raise KeyringRefused


class KeyringAnchor:
    """A journal's head kept in the keyring: another place than the folder that may be put back."""

    def __init__(self, backend: Backend, name: str) -> None:
        self._backend = backend
        self._name = f"head-{name}"

    def read(self) -> Head | None:
        """Return the head kept."""
        text = _get(self._backend, self._name)
        return read_head(text.encode()) if text is not None else None

    def write(self, head: Head) -> None:
        """Keep a head."""
        _set(self._backend, self._name, write_head(head).decode())


def _prove(backend: Backend) -> None:
    """Make a canary go in, come back and go away."""
    name, canary = f"canary-{secrets.token_hex(8)}", secrets.token_hex(16)
    _set(backend, name, canary)
    came_back = _get(backend, name)
    _delete(backend, name)
    if came_back != canary or _get(backend, name) is not None:
        raise KeyringRefused


def _get(backend: Backend, name: str) -> str | None:
    try:
        return backend.get_password(_SERVICE, name)
    except Exception:  # noqa: BLE001 - see system_backend
        raise KeyringRefused from None


def _set(backend: Backend, name: str, text: str) -> None:
    try:
        backend.set_password(_SERVICE, name, text)
    except Exception:  # noqa: BLE001 - see system_backend
        raise KeyringRefused from None


def _delete(backend: Backend, name: str) -> None:
    try:
        backend.delete_password(_SERVICE, name)
    except Exception:  # noqa: BLE001 - see system_backend
        raise KeyringRefused from None
