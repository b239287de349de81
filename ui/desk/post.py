"""The PC's post: its enrolment at the service, and the sealed envelopes it delivers.

Everything here blocks and is called off the screen thread. An envelope cannot be opened by this PC:
it only knows how many wait. The enrolment is kept in a sealed file; its key lies beside it in a file
of this user only, which protects it from a lost backup, not from a thief of the whole PC: what the
thief could do is deliver envelopes, never read one.
"""

from __future__ import annotations

import base64
import os
from typing import TYPE_CHECKING, Any

from app.outbox import sweep, waiting
from app.vault.keys import Key

if TYPE_CHECKING:
    from sync.enrolment import Device
    from ui.desk.config import DeskConfig

__all__ = ["Post"]


class Post:
    """Delivers what waits. ``sweep`` and ``deliver`` only while no session is running."""

    def __init__(self, config: DeskConfig) -> None:
        self._config = config
        self._device: Device | None = None

    @property
    def is_enrolled(self) -> bool:
        """Whether this PC has its keys."""
        return self._device is not None

    def waiting(self) -> int:
        """Return how many envelopes wait."""
        return len(waiting(self._config.outbox))

    def sweep(self) -> None:
        """Remove what a crash left of acts that nobody was told of; take up the enrolment."""
        sweep(self._config.outbox)
        self.load()

    def load(self) -> None:
        """Take up the enrolment that was kept, if there is one."""
        from sync.enrolment import load

        if self._device is None and self._config.device.exists():
            with self._key() as key:
                self._device = load(self._config.device, key)

    def enrol(self, access_token: str) -> None:
        """Take up this PC's enrolment, or enrol it now; raises what the service's errors are."""
        from sync.enrolment import enrol, save
        from sync.transport import Address

        self.load()
        if self._device is not None:
            return
        address = Address(self._config.service, self._config.proxy)
        device = enrol(address, self._config.device_name, _Bearer(access_token))
        with self._key() as key:
            save(device, self._config.device, key)
        self._device = device

    def deliver(self) -> int:
        """Deliver what waits; return how many still wait."""
        from sync.delivery import deliver
        from sync.transport import Address

        if self._device is not None:
            deliver(self._config.outbox, Address(self._config.service, self._config.proxy), self._device)
        return self.waiting()

    def for_session(self) -> dict[str, Any] | None:
        """Return what a session needs to seal its acts."""
        device = self._device
        if device is None:
            return None
        return {
            "device_id": device.device_id,
            "signing_key": base64.b64encode(device.signing_key.private_bytes_raw()).decode(),
            "service_public_key": base64.b64encode(device.service_public_key).decode(),
        }

    def _key(self) -> Key:
        path = self._config.device.with_suffix(".key")
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as stream, Key.random() as key:
                stream.write(key.data)
        return Key(bytearray(path.read_bytes()))


class _Bearer:
    """The adviser's token, for the one request that needs it."""

    def __init__(self, token: str) -> None:
        self._token = token

    def access_token(self) -> str:
        return self._token

    def renewed(self, stale: str) -> str:
        from sync.failures import Unauthorised

        del stale
        raise Unauthorised
