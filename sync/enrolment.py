"""Enrolling a PC at the service by a one-time code; what the two then know of each other.

Decision:

- The signing key is made here and never leaves the PC; what is kept lies in one sealed file under a key of
  the vault. Whoever tries again because the answer was lost sends the same key: it is the same enrolment.
- Pinned at enrolment: the key that envelopes are sealed to, and the one that signs the organization's policy:
  a service that later shows others can neither read what is sealed meanwhile nor change what is allowed here.
- A policy is followed only as it was signed, for this PC, by the pinned key, never one older than the last.
"""

from __future__ import annotations

import base64
import io
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from app.clock import instant
from app.errors import PersonCanAct, TandemError, WorldFailed
from app.ids import mint
from app.policy import Policy, PolicyRefused
from app.vault.sealed import SealedReader, seal
from sync.failures import Busy, Forbidden, Refused
from sync.transport import Address, TokenSource, Transport

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from app.vault.keys import Key

__all__ = [
    "ClockWrong",
    "Device",
    "DeviceRevoked",
    "Enrolment",
    "EnrolmentCodeExpired",
    "EnrolmentCodeUsed",
    "EnrolmentCodeWrong",
    "EnrolmentNotTrusted",
    "EnrolmentTriesOver",
    "OtherOrganization",
    "PcNotEnrolled",
    "SecondFactorMissing",
    "SignedPolicy",
    "contact",
    "enrol",
    "load",
    "load_policy",
    "proof_of",
    "save",
    "save_policy",
    "worded",
]

_BOUND_TO = "tandem device"
_POLICY_BOUND_TO = "tandem policy"
_POLICY_TYPE = "tandem-policy+jwt"
_SERVICE_KEY_BYTES = 1216
_PROOF_SECONDS = 60


class EnrolmentNotTrusted(WorldFailed):
    """The service's answer to the enrolment is not one that can be pinned."""

    code: ClassVar[str] = "enrolment-not-trusted"


class EnrolmentCodeWrong(PersonCanAct):
    """Nobody made this code."""

    code: ClassVar[str] = "enrolment-code-wrong"


class EnrolmentCodeUsed(PersonCanAct):
    """Another PC was enrolled with this code."""

    code: ClassVar[str] = "enrolment-code-used"


class EnrolmentCodeExpired(PersonCanAct):
    """The code is more than a day old."""

    code: ClassVar[str] = "enrolment-code-expired"


class EnrolmentTriesOver(PersonCanAct):
    """Wrong codes too often; try again after ``minutes``."""

    code: ClassVar[str] = "enrolment-tries-over"


class DeviceRevoked(PersonCanAct):
    """Its organization took this PC out."""

    code: ClassVar[str] = "device-revoked"


class PcNotEnrolled(PersonCanAct):
    """The service does not know this PC."""

    code: ClassVar[str] = "pc-not-enrolled"


class OtherOrganization(PersonCanAct):
    """This PC is another organization's than the adviser's."""

    code: ClassVar[str] = "pc-of-another-organization"


class ClockWrong(PersonCanAct):
    """This PC's clock is too far off for the service to believe what it signs."""

    code: ClassVar[str] = "pc-clock-wrong"


class SecondFactorMissing(PersonCanAct):
    """The adviser signed in with a password alone."""

    code: ClassVar[str] = "second-factor-missing"


_WORDS: dict[str, type[TandemError]] = {
    "enrolment-code": EnrolmentCodeWrong,
    "enrolment-used": EnrolmentCodeUsed,
    "enrolment-expired": EnrolmentCodeExpired,
    "device-revoked": DeviceRevoked,
    "device-unknown": PcNotEnrolled,
    "device-needed": PcNotEnrolled,
    "device-elsewhere": OtherOrganization,
    "device-clock": ClockWrong,
    "insufficient-user-authentication": SecondFactorMissing,
}


def worded(failure: TandemError) -> TandemError:
    """Return what a refusal says of this PC, where it does; the refusal itself otherwise."""
    found = _WORDS.get(str(failure.fields.get("reason")))
    return found() if found else failure


@dataclass(frozen=True, slots=True, repr=False)
class Device:
    """This PC as the service knows it. ``policy_key`` is a public JWK; older enrolments have none."""

    device_id: str
    signing_key: Ed25519PrivateKey
    service_public_key: bytes
    key_id: str
    policy_key: Mapping[str, Any] | None = None
    organization: str = ""
    organization_name: str = ""
    place: str = ""
    issuer: str = ""

    def proof(self, audience: str) -> str:
        """Sign who asks: a JWT that lives a minute, for the header ``Tandem-Device``.

        It is for the service that signed our policy, by whatever way one comes to it; ``audience`` before.
        """
        return proof_of(self.device_id, self.signing_key, self.issuer or audience)


def proof_of(device_id: str, signing_key: Ed25519PrivateKey, audience: str) -> str:
    """Sign who asks, as :meth:`Device.proof` does."""
    seconds = int(time.time())
    claims = {
        "iss": device_id,
        "sub": device_id,
        "aud": audience,
        "iat": seconds,
        "exp": seconds + _PROOF_SECONDS,
        "jti": mint(),
    }
    # "EdDSA" is what RFC 8037 calls it and every verifier knows.
    header = {"alg": "EdDSA", "typ": "JWT", "kid": device_id}
    signed = f"{_base64url(orjson.dumps(header))}.{_base64url(orjson.dumps(claims))}"
    return f"{signed}.{_base64url(signing_key.sign(signed.encode()))}"


@dataclass(frozen=True, slots=True, repr=False)
class SignedPolicy:
    """A policy as it was signed, and what it says.

    ``pcs`` are the organization's PCs with their keys (`app.paper_checks.known_pcs`), ``at`` when it was
    signed by the service's clock: a moment that has certainly come. ``mails``: the service sends them.
    """

    text: str
    version: int
    policy: Policy
    issuer: str
    pcs: tuple[dict[str, str], ...] = ()
    at: str = ""
    mails: bool = False

    @classmethod
    def read(cls, text: str, device: Device) -> SignedPolicy:
        """Check it against the pinned key and this PC; raises ``EnrolmentNotTrusted``."""
        try:
            found = jws.deserialize_compact(text, ECKey.import_key(dict(device.policy_key or {})), ["ES256"])
            claims = orjson.loads(found.payload)
            _demand(found.headers().get("typ") == _POLICY_TYPE and claims["sub"] == device.device_id)
            _demand(isinstance(claims["iss"], str) and device.issuer in {"", claims["iss"]})
            pcs = tuple(dict(each) for each in claims.get("pcs", ()))
            at = instant(datetime.fromtimestamp(int(claims["iat"]), UTC))
            policy, mails = Policy.read(claims["policy"]), claims.get("mails") is True
            return cls(text, int(claims["version"]), policy, claims["iss"], pcs, at, mails)
        except (JoseError, ValueError, OverflowError, KeyError, TypeError, PolicyRefused) as problem:
            raise EnrolmentNotTrusted from problem


@dataclass(frozen=True, slots=True, repr=False)
class Enrolment:
    """What an enrolment or a later contact brings."""

    device: Device
    policy: SignedPolicy


def enrol(
    address: Address, name: str, code: str = "", signing_key: Ed25519PrivateKey | None = None
) -> Enrolment:
    """Enrol this PC with its one-time code; a demonstration needs none. ``signing_key``: that of a retry.

    Raises:
        EnrolmentCodeWrong, EnrolmentCodeUsed, EnrolmentCodeExpired, EnrolmentTriesOver,
        EnrolmentNotTrusted (the answer holds no usable key), or a TransportError.

    """
    key = signing_key or Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    body = orjson.dumps({"name": name, "public_key": public} | ({"code": code} if code else {}))
    with Transport(address) as transport:
        told = _asked(transport, "POST", "devices", body, {"Content-Type": "application/json"})
    return _enrolment(told, key)


def _enrolment(told: dict[str, Any], key: Ed25519PrivateKey) -> Enrolment:
    try:
        service_key = base64.b64decode(told["hpke_public_key"], validate=True)
        device = Device(
            str(told["device_id"]), key, service_key, str(told["key_id"]), dict(told["policy_key"])
        )
        _demand(len(service_key) == _SERVICE_KEY_BYTES and bool(device.device_id))
    except (KeyError, ValueError, TypeError) as problem:
        raise EnrolmentNotTrusted from problem
    return _with_standing(device, told)


def _with_standing(device: Device, told: Mapping[str, Any]) -> Enrolment:
    """Take the place, the organization and its policy, all three as they are now."""
    organization = told.get("organization")
    if not isinstance(organization, dict):
        raise EnrolmentNotTrusted
    device = replace(
        device,
        organization=str(organization.get("id") or ""),
        organization_name=str(organization.get("name") or ""),
        place=str(told.get("place") or ""),
    )
    signed = SignedPolicy.read(str(told.get("policy")), device)
    return Enrolment(replace(device, issuer=signed.issuer), signed)


def contact(address: Address, device: Device, tokens: TokenSource | None = None) -> Enrolment:
    """Ask how this PC stands now; with an adviser's token also whether they may work here.

    Raises:
        DeviceRevoked, PcNotEnrolled, OtherOrganization, ClockWrong, EnrolmentNotTrusted, or a TransportError.

    """
    with Transport(address, tokens) as transport:
        headers = {"Tandem-Device": device.proof(transport.address.base)}
        return _with_standing(device, _asked(transport, "GET", "devices/me", None, headers))


def _asked(
    transport: Transport, method: str, path: str, body: bytes | None, headers: dict[str, str]
) -> dict[str, Any]:
    try:
        return transport.request(method, path, content=body, headers=headers).json()
    except Busy as busy:
        if busy.fields.get("status") != 429 or method != "POST":  # noqa: PLR2004 (too many tries)
            raise
        raise EnrolmentTriesOver(minutes=-(-busy.retry_after // 60)) from busy
    except (Forbidden, Refused) as refused:
        found = worded(refused)
        if found is refused:
            raise
        raise found from refused


# -- kept


def save(device: Device, path: Path, key: Key) -> None:
    """Keep the enrolment in a sealed file."""
    kept = {
        "device_id": device.device_id,
        "signing_key": base64.b64encode(device.signing_key.private_bytes_raw()).decode(),
        "service_public_key": base64.b64encode(device.service_public_key).decode(),
        "key_id": device.key_id,
        "policy_key": dict(device.policy_key) if device.policy_key else None,
        "organization": device.organization,
        "organization_name": device.organization_name,
        "place": device.place,
        "issuer": device.issuer,
    }
    seal(io.BytesIO(orjson.dumps(kept)), path, key, _BOUND_TO)


def load(path: Path, key: Key) -> Device | None:
    """Read what :func:`save` kept; None when this PC was never enrolled. Raises ``FileDamaged``."""
    if not path.exists():
        return None
    with SealedReader(path, key, _BOUND_TO) as reader:
        kept = orjson.loads(reader.read())
    return Device(
        kept["device_id"],
        Ed25519PrivateKey.from_private_bytes(base64.b64decode(kept["signing_key"])),
        base64.b64decode(kept["service_public_key"]),
        kept["key_id"],
        kept.get("policy_key"),
        kept.get("organization", ""),
        kept.get("organization_name", ""),
        kept.get("place", ""),
        kept.get("issuer", ""),
    )


def save_policy(signed: SignedPolicy, path: Path, key: Key) -> None:
    """Keep the policy as it was signed, in a sealed file."""
    seal(io.BytesIO(signed.text.encode()), path, key, _POLICY_BOUND_TO)


def load_policy(path: Path, key: Key, device: Device) -> SignedPolicy | None:
    """Read what :func:`save_policy` kept. Raises ``FileDamaged``, ``EnrolmentNotTrusted``."""
    if not path.exists():
        return None
    with SealedReader(path, key, _POLICY_BOUND_TO) as reader:
        text = reader.read().decode("utf-8", "replace")
    return SignedPolicy.read(text, device)


def _demand(holds: bool) -> None:  # noqa: FBT001 (it is the sentence's verb)
    if not holds:
        raise EnrolmentNotTrusted


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
