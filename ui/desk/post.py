"""The PC's post: its vault, its enrolment at the service, the sealed envelopes it delivers.

Everything here blocks and is called off the screen thread. What seals and sends is imported at its
first use: the window comes first. An envelope cannot be opened by this PC: it only knows how many
wait. The enrolment is a sealed file in the PC's vault (`app.desk_vault`, which says what that
protects): whoever opened it could deliver envelopes in this PC's name, never read one.
"""

from __future__ import annotations

import base64
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.desk_vault import DeskVault
    from app.errors import TandemError
    from sync.enrolment import Device
    from ui.desk.config import DeskConfig

__all__ = ["DEVICE", "PSEUDONYM", "Post", "vault_of"]

DEVICE = b"device"
PSEUDONYM = b"pseudonym"


def vault_of(config: DeskConfig) -> DeskVault:
    """Return this PC's vault, not open yet."""
    from app.desk_vault import DeskVault

    # A demonstration leaves nothing in anybody's keyring.
    return DeskVault(config.folder, backend=lambda: None) if config.demo else DeskVault(config.folder)


class Post:
    """Delivers what waits, beside whatever else goes on; ``sweep`` only while no session is running."""

    def __init__(self, config: DeskConfig) -> None:
        self._config = config
        self._device: Device | None = None
        self._vault: DeskVault | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    @property
    def vault(self) -> DeskVault:
        """This PC's vault; it opens at its first use."""
        with self._lock:
            if self._vault is None:
                self._vault = vault_of(self._config)
            return self._vault

    @property
    def is_enrolled(self) -> bool:
        """Whether this PC has its keys."""
        return self._device is not None

    def waiting(self) -> int:
        """Return how many acts wait in their envelopes; readings, which nobody filed, are not counted."""
        return sum(1 for _envelope in self._config.outbox.glob("*.envelope"))

    @property
    def has_mail(self) -> bool:
        """Whether anything is to be delivered: what people filed, or who looked at what."""
        from app.outbox import waiting

        return bool(waiting(self._config.outbox))

    def sweep(self) -> None:
        """Remove what a crash left of acts that nobody was told of."""
        from app.outbox import sweep

        sweep(self._config.outbox)

    def take_up(self) -> TandemError | None:
        """Open the vault and take up the enrolment kept there; return what was set aside.

        Raises what ``DeskVault.open`` does.
        """
        from app.vault.sealed import FileDamaged
        from sync.enrolment import load

        self.vault.open()
        if self._device is None:
            # One that cannot be read is enrolled anew at the next sign-in, over it.
            with self.vault.key_for(DEVICE) as key, suppress(FileDamaged):
                self._device = load(self.vault.places.device, key)
        return self.vault.warning

    def enrol(self, access_token: str) -> None:
        """Take up this PC's enrolment, or enrol it now; raises what the service's errors are."""
        from sync.enrolment import enrol, save
        from sync.transport import Address

        self.take_up()
        if self._device is not None:
            return
        address = Address(self._config.service, self._config.proxy)
        device = enrol(address, self._config.device_name, _Bearer(access_token))
        with self.vault.key_for(DEVICE) as key:
            save(device, self.vault.places.device, key)
        self._device = device

    def deliver(self) -> int:
        """Deliver what waits; return how many still wait."""
        from sync.delivery import deliver
        from sync.transport import Address

        if self._device is not None:
            address = Address(self._config.service, self._config.proxy)
            deliver(self._config.outbox, address, self._device, stopping=self._stopping.is_set)
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

    def journal_key(self) -> str:
        """Return what makes the pseudonyms of this PC's journal."""
        with self.vault.key_for(PSEUDONYM) as key:
            return base64.b64encode(key.data).decode()

    def stop(self) -> None:
        """Begin no other delivery: the program ends."""
        self._stopping.set()

    def close(self) -> None:
        """Close the vault."""
        if self._vault is not None:
            self._vault.close()


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
