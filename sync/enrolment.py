"""Enrolling a PC at the service: it learns our signing key, we pin the key envelopes are sealed to.

The signing key is made here and never leaves the PC; what is kept lies in one sealed file under a
key of the vault. The service's key is pinned at enrolment: a service that later shows another one
cannot read what is sealed meanwhile, and enrolling anew is an act of the adviser.
"""

from __future__ import annotations

import base64
import io
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.errors import WorldFailed
from app.ids import mint
from app.vault.sealed import SealedReader, seal
from sync.transport import Address, TokenSource, Transport

if TYPE_CHECKING:
    from pathlib import Path

    from app.vault.keys import Key

__all__ = ["Device", "EnrolmentNotTrusted", "enrol", "load", "save"]

_BOUND_TO = "tandem device"
_SERVICE_KEY_BYTES = 1216
_PROOF_SECONDS = 60


class EnrolmentNotTrusted(WorldFailed):
    """The service's answer to the enrolment is not one that can be pinned."""

    code: ClassVar[str] = "enrolment-not-trusted"


@dataclass(frozen=True, slots=True, repr=False)
class Device:
    """This PC as the service knows it."""

    device_id: str
    signing_key: Ed25519PrivateKey
    service_public_key: bytes
    key_id: str

    def proof(self, audience: str) -> str:
        """Sign who asks: a JWT that lives a minute, for the header ``Tandem-Device``."""
        seconds = int(time.time())
        claims = {
            "iss": self.device_id,
            "sub": self.device_id,
            "aud": audience,
            "iat": seconds,
            "exp": seconds + _PROOF_SECONDS,
            "jti": mint(),
        }
        # "EdDSA" is what RFC 8037 calls it and every verifier knows.
        header = {"alg": "EdDSA", "typ": "JWT", "kid": self.device_id}
        signed = f"{_base64url(orjson.dumps(header))}.{_base64url(orjson.dumps(claims))}"
        return f"{signed}.{_base64url(self.signing_key.sign(signed.encode()))}"


def enrol(address: Address, name: str, tokens: TokenSource | None = None) -> Device:
    """Enrol this PC under a name that says where it stands; the demo needs no adviser's token.

    Raises:
        EnrolmentNotTrusted: the answer holds no usable key. Or a TransportError.

    """
    signing_key = Ed25519PrivateKey.generate()
    public = base64.b64encode(signing_key.public_key().public_bytes_raw()).decode()
    body = orjson.dumps({"name": name, "public_key": public})
    with Transport(address, tokens) as transport:
        told = transport.request(
            "POST", "devices", content=body, headers={"Content-Type": "application/json"}
        ).json()
    try:
        service_key = base64.b64decode(told["hpke_public_key"], validate=True)
        device = Device(str(told["device_id"]), signing_key, service_key, str(told["key_id"]))
    except (KeyError, ValueError, TypeError) as problem:
        raise EnrolmentNotTrusted from problem
    if len(service_key) != _SERVICE_KEY_BYTES or not device.device_id:
        raise EnrolmentNotTrusted
    return device


def save(device: Device, path: Path, key: Key) -> None:
    """Keep the enrolment in a sealed file."""
    kept = {
        "device_id": device.device_id,
        "signing_key": base64.b64encode(device.signing_key.private_bytes_raw()).decode(),
        "service_public_key": base64.b64encode(device.service_public_key).decode(),
        "key_id": device.key_id,
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
    )


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
