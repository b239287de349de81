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
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from app.desk_vault import DeskVault
    from app.errors import TandemError
    from app.policy import Policy
    from app.vault.anchor import Head
    from sync.enrolment import Device, Enrolment, SignedPolicy
    from sync.transport import Address
    from ui.desk.config import DeskConfig

__all__ = ["DEVICE", "PSEUDONYM", "Post", "Standing", "vault_of"]

DEVICE = b"device"
POLICY = b"policy"
PSEUDONYM = b"pseudonym"


def vault_of(config: DeskConfig) -> DeskVault:
    """Return this PC's vault, not open yet."""
    from app.desk_vault import DeskVault

    # A demonstration leaves nothing in anybody's keyring.
    return DeskVault(config.folder, backend=lambda: None) if config.demo else DeskVault(config.folder)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where this PC stands: its organization, its place, what it may do (None: as it is set up)."""

    organization: str
    place: str
    policy: Policy | None
    pcs: tuple[dict[str, str], ...] = ()
    seen_at: str = ""
    mails: bool = False


class Post:
    """Delivers what waits, beside whatever else goes on; ``sweep`` only while no session is running."""

    def __init__(self, config: DeskConfig) -> None:
        self._config = config
        self._device: Device | None = None
        self._policy: SignedPolicy | None = None
        self._new_key: Ed25519PrivateKey | None = None
        self._vault: DeskVault | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._anchored: Head | None = None
        self._has_anchored = False

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
        """Whether anything is to be delivered: what people filed, who looked at what, the journal's head."""
        from app.outbox import waiting

        return self._journal_moved or bool(waiting(self._config.outbox))

    def sweep(self) -> None:
        """Remove what a crash left of acts that nobody was told of."""
        from app.outbox import sweep

        sweep(self._config.outbox)

    def take_up(self) -> TandemError | None:
        """Open the vault and take up the enrolment kept there; return what was set aside.

        Raises what ``DeskVault.open`` does.
        """
        from app.vault.sealed import FileDamaged
        from sync.enrolment import EnrolmentNotTrusted, load, load_policy

        self.vault.open()
        if self._device is None:
            # One that cannot be read is enrolled anew at the next sign-in, over it.
            with self.vault.key_for(DEVICE) as key, suppress(FileDamaged):
                self._device = load(self.vault.places.device, key)
        if self._device is not None and self._policy is None:
            # One that is not as it was signed is not followed: the usual one is the strictest that is needed.
            with self.vault.key_for(POLICY) as key, suppress(FileDamaged, EnrolmentNotTrusted):
                self._policy = load_policy(self.vault.places.policy, key, self._device)
        return self.vault.warning

    @property
    def needs_code(self) -> bool:
        """Whether this PC is to be enrolled by hand: it has no keys, and is no demonstration's."""
        device = self._device
        return not self._config.demo and (device is None or device.policy_key is None)

    def enrol(self, code: str = "") -> Standing:
        """Enrol this PC by its one-time code (a demonstration needs none); raises the service's errors."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        from sync.enrolment import enrol

        self.take_up()
        if self._new_key is None:
            # Kept for a second try: an answer that got lost must not use the code up.
            self._new_key = Ed25519PrivateKey.generate()
        made = enrol(self._address, self._config.device_name, code, self._new_key)
        self._new_key = None
        return self._stand(made)

    def contact(self, access_token: str | None = None) -> Standing:
        """Ask the service how this PC stands, and whether this adviser may work here.

        Raises ``DeviceRevoked``, ``OtherOrganization`` and what else :func:`sync.enrolment.contact` does.
        """
        from sync.enrolment import PcNotEnrolled, contact

        if self._device is None:
            raise PcNotEnrolled
        tokens = _Bearer(access_token) if access_token else None
        return self._stand(contact(self._address, self._device, tokens))

    def _stand(self, found: Enrolment) -> Standing:
        """Keep what the service says; a policy older than the one we have is not followed."""
        from sync.enrolment import EnrolmentNotTrusted, save, save_policy

        known = self._policy if self._device and found.device.device_id == self._device.device_id else None
        if known is not None and found.policy.version < known.version:
            raise EnrolmentNotTrusted
        with self.vault.key_for(DEVICE) as key:
            save(found.device, self.vault.places.device, key)
        with self.vault.key_for(POLICY) as key:
            save_policy(found.policy, self.vault.places.policy, key)
        self._device, self._policy = found.device, found.policy
        return self.standing

    @property
    def organization_id(self) -> str:
        """The organization whose PC this is; "" for none."""
        return self._device.organization if self._device else ""

    @property
    def standing(self) -> Standing:
        """Where this PC stands, as far as it knows; the usual policy where it knows none."""
        device, signed = self._device, self._policy
        return Standing(
            organization=device.organization_name if device else "",
            place=device.place if device else "",
            policy=signed.policy if signed else None,
            pcs=signed.pcs if signed else (),
            seen_at=signed.at if signed else "",
            mails=signed.mails if signed else False,
        )

    def forget(self) -> None:
        """Forget what made this PC one of its organization's: its key and its policy."""
        self._device = self._policy = self._new_key = None
        for path in (self.vault.places.device, self.vault.places.policy):
            path.unlink(missing_ok=True)

    @property
    def _address(self) -> Address:
        from sync.transport import Address

        return Address(self._config.service, self._config.proxy)

    def deliver(self) -> int:
        """Deliver what waits, anchor the journal; return how many acts wait. Raises ``DeviceRevoked``."""
        from sync.delivery import deliver
        from sync.enrolment import DeviceRevoked

        if self._device is not None:
            report = deliver(self._config.outbox, self._address, self._device, stopping=self._stopping.is_set)
            if report.reason == DeviceRevoked.code:
                raise DeviceRevoked
            self._anchor_journal(self._device)
        return self.waiting()

    def _anchor_journal(self, device: Device) -> None:
        """Keep the journal's head at the service; ``vault.warning`` says where it knows another journal."""
        from app.vault.anchor import JournalForked, StoreRolledBack
        from sync.failures import TransportError
        from sync.journal_heads import anchor_journal

        if self._stopping.is_set() or not self._journal_moved:
            return
        # Out of reach it is told the next time; set aside, the new one is.
        with suppress(TransportError, StoreRolledBack, JournalForked):
            self._anchored = anchor_journal(self._address, device, self.vault)
            self._has_anchored = True

    @property
    def _journal_moved(self) -> bool:
        return not self._has_anchored or self._anchored != self.vault.latest

    def for_session(self) -> dict[str, Any] | None:
        """Return what a session needs to seal its acts."""
        device = self._device
        if device is None:
            return None
        from sync.accesses import fingerprint_of

        return {
            "device_id": device.device_id,
            "signing_key": base64.b64encode(device.signing_key.private_bytes_raw()).decode(),
            "service_public_key": base64.b64encode(device.service_public_key).decode(),
            "issuer": device.issuer,
            "service_key": fingerprint_of(device.policy_key),
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
