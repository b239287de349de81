"""PCs: enrolled with their signing key, told the key that envelopes are sealed to."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.clock import instant
from app.ids import mint
from sync.service.caller import Role
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from sync.service.caller import Caller
    from sync.service.service import Service

__all__ = ["enrol", "proven", "public_key_of"]

_NAME_LIMIT, _KEY_SIZE, _PROOF_SECONDS = 100, 32, 360


def enrol(service: Service, caller: Caller | None, told: dict[str, Any]) -> dict[str, str]:
    """``POST /devices``: an adviser's act, open to anyone in a demonstration."""
    if not service.demo and (caller is None or caller.role not in {Role.ADVISER, Role.PHARMACIST}):
        raise Refused("not-signed-in" if caller is None else "not-allowed")
    name, public_key = str(told.get("name") or "")[:_NAME_LIMIT], _key(told.get("public_key"))
    device_id = mint()
    with service.store.transaction() as sql:
        sql.execute(
            "INSERT INTO device (id, name, public_key, enrolled) VALUES (?, ?, ?, ?)",
            (device_id, name, public_key, instant(service.clock())),
        )
    ours = service.secrets.envelopes.public
    return {
        "device_id": device_id,
        "hpke_public_key": base64.b64encode(ours).decode(),
        "key_id": hashlib.sha256(ours).hexdigest()[:16],
    }


def _key(text: object) -> bytes:
    try:
        raw = base64.b64decode(str(text), validate=True)
        Ed25519PublicKey.from_public_bytes(raw)
    except (binascii.Error, ValueError):
        raise Refused("device-key", at="public_key") from None
    return raw


def public_key_of(service: Service, device_id: str) -> bytes | None:
    """Return the key of a PC that is enrolled now."""
    with service.store.read() as sql:
        row = sql.execute(
            "SELECT public_key FROM device WHERE id = ? AND revoked IS NULL", (device_id,)
        ).fetchone()
    return bytes(row[0]) if row else None


def proven(service: Service, proof: str) -> str:
    """Return the id of the PC that signed this proof (a JWT of one minute, Ed25519).

    Checked by hand: libraries warn about the name ``EdDSA`` that RFC 9864 retires, and PCs use it.
    """
    parts = proof.split(".")
    if len(parts) != 3:  # noqa: PLR2004 (header, claims, signature)
        raise Refused("device-unknown")
    header, claims = _said(parts[0]), _said(parts[1])
    device_id = str(claims.get("iss"))
    raw = public_key_of(service, device_id)
    if raw is None or header.get("alg") not in {"EdDSA", "Ed25519"}:
        raise Refused("device-unknown")
    try:
        signed = f"{parts[0]}.{parts[1]}".encode()
        Ed25519PublicKey.from_public_bytes(raw).verify(_unpadded(parts[2]), signed)
    except (InvalidSignature, ValueError):
        raise Refused("device-unknown") from None
    if not _is_fresh(service, claims.get("exp")):
        raise Refused("device-unknown")
    return device_id


def _is_fresh(service: Service, expires: object) -> bool:
    """Allow for a PC's clock that is some minutes off."""
    if not isinstance(expires, int | float):
        return False
    return abs(expires - service.clock().timestamp()) < _PROOF_SECONDS


def _said(part: str) -> dict[str, Any]:
    try:
        told = orjson.loads(_unpadded(part))
    except ValueError:
        raise Refused("device-unknown") from None
    if not isinstance(told, dict):
        raise Refused("device-unknown")
    return told


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
