"""PCs: enrolled by a one-time code, told the keys they pin, revoked in one act.

Decision:

- A PC is enrolled by whoever types its organization's code; no token is needed, because the code is the
  organization's act. Without a code only a demonstration enrols (``service.demo``), for no organization.
- Each contact is signed by the PC (``Tandem-Device``). One that was revoked is told so, in its own word: it
  then wipes and forgets. Revoking ends, in the same transaction, every session that came about through it.
- What a revoked PC had signed before cannot be told from what a thief signs and dates back: its envelopes
  stay refused, each is remembered, and the organization's page shows how many.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.clock import instant
from app.ids import mint
from sync.service import organizations
from sync.service.accounts import Accounts
from sync.service.caller import HELPERS
from sync.service.provider.tokens import Sessions
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from sync.service.caller import Caller
    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = [
    "Device",
    "check_helper",
    "contact",
    "count_envelopes",
    "enrol",
    "known_key",
    "of_organization",
    "organization_of",
    "proven",
    "revoke",
    "still_enrolled",
]

_NAME_LIMIT, _PROOF_SECONDS = 100, 360
_CONTACT_EVERY = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Device:
    """A PC as its organization sees it."""

    id: str
    name: str
    organization: str
    place: str
    enrolled: str
    last_contact: str | None
    revoked: str | None


_COLUMNS = "id, name, organization, place, enrolled, last_contact, revoked"


# -- enrolling


def enrol(service: Service, told: dict[str, Any], client: str = "") -> dict[str, Any]:
    """``POST /devices``: what the PC pins, where it stands, what it may do."""
    name = str(told.get("name") or "")[:_NAME_LIMIT]
    public_key, code = _key(told.get("public_key")), str(told.get("code") or "")
    if not code and not service.demo:
        raise Refused("enrolment-code")
    if code:
        organizations.count_code_try(service, client)
    device_id = mint()
    with service.store.transaction() as sql:
        if code:
            invitation, device_id = organizations.take_code(service, sql, code, device_id, public_key)
        else:
            invitation = organizations.Invitation(b"", "", "", "")
        if _of_id(sql, device_id) is None:
            _keep(service, sql, device_id, name, public_key, invitation)
    if code:
        organizations.forget_code_tries(service, client)
    return _told(service, device_id)


def _keep(
    service: Service,
    sql: Connection,
    device_id: str,
    name: str,
    public_key: bytes,
    invitation: organizations.Invitation,
) -> None:
    moment = instant(service.clock())
    sql.execute(
        "INSERT INTO device (id, name, public_key, enrolled, organization, place, last_contact, enrolled_by,"
        " code) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            device_id, name, public_key, moment, invitation.organization, invitation.place, moment,
            invitation.made_by, invitation.digest or None,
        ),
    )  # fmt: skip
    if invitation.organization:
        organizations.note(service, sql, invitation.organization, invitation.made_by, "enrolled", device_id)


def _told(service: Service, device_id: str) -> dict[str, Any]:
    ours = service.secrets.envelopes.public
    return {
        "device_id": device_id,
        "hpke_public_key": base64.b64encode(ours).decode(),
        "key_id": hashlib.sha256(ours).hexdigest()[:16],
        "policy_key": service.secrets.signing.as_dict(private=False),
    } | _standing(service, device_id)


def _standing(service: Service, device_id: str) -> dict[str, Any]:
    """Say where a PC stands, and its organization's policy, signed for it."""
    with service.store.read() as sql:
        device = _of_id(sql, device_id)
        if device is None:
            raise Refused("device-unknown")
        organization = organizations.of_id(sql, device.organization)
    return {
        "place": device.place,
        "organization": {"id": organization.id, "name": organization.name},
        "policy": organizations.signed_policy(service, organization, device_id),
    }


def _key(text: object) -> bytes:
    try:
        raw = base64.b64decode(str(text), validate=True)
        Ed25519PublicKey.from_public_bytes(raw)
    except (binascii.Error, ValueError):
        raise Refused("device-key", at="public_key") from None
    return raw


# -- finding


def _of_id(sql: Connection, device_id: str) -> Device | None:
    row = sql.execute(f"SELECT {_COLUMNS} FROM device WHERE id = ?", (device_id,)).fetchone()  # noqa: S608
    return Device(*row) if row else None


def of_organization(sql: Connection, organization: str) -> list[Device]:
    """Return an organization's PCs, those in use first, then by name."""
    rows = sql.execute(
        f"SELECT {_COLUMNS} FROM device WHERE organization = ?"  # noqa: S608
        " ORDER BY revoked IS NOT NULL, name, enrolled",
        (organization,),
    ).fetchall()
    return [Device(*row) for row in rows]


def count_envelopes(sql: Connection, device_id: str) -> dict[str, int]:
    """Count a PC's envelopes by what became of them."""
    rows = sql.execute(
        "SELECT state, count(*) FROM envelope WHERE device_id = ? GROUP BY state", (device_id,)
    ).fetchall()
    return {str(state): int(count) for state, count in rows}


def known_key(service: Service, device_id: str) -> bytes | None:
    """Return the key of a PC that is or was enrolled."""
    with service.store.read() as sql:
        row = sql.execute("SELECT public_key FROM device WHERE id = ?", (device_id,)).fetchone()
    return bytes(row[0]) if row else None


def organization_of(service: Service, device_id: str) -> str:
    """Return the organization of a PC; "" for none."""
    with service.store.read() as sql:
        device = _of_id(sql, device_id)
    return device.organization if device else ""


def still_enrolled(service: Service, device_id: str) -> bool:
    """Say whether a PC is not revoked."""
    with service.store.read() as sql:
        device = _of_id(sql, device_id)
    return device is not None and device.revoked is None


# -- a contact


def proven(service: Service, proof: str) -> Device:
    """Return the PC that signed this proof (a JWT of one minute, Ed25519); refuses a revoked one.

    Checked by hand: libraries warn about the name ``EdDSA`` that RFC 9864 retires, and PCs use it.
    """
    claims = _signed_claims(service, proof)
    if claims.get("aud") != service.origin:
        raise Refused("device-unknown")
    with service.store.read() as sql:
        device = _of_id(sql, str(claims["iss"]))
    if device is None:
        raise Refused("device-unknown")
    if device.revoked is not None:
        raise Refused("device-revoked")
    if not _is_fresh(service, claims.get("exp")):
        raise Refused("device-clock")
    _seen(service, device)
    return device


def _signed_claims(service: Service, proof: str) -> dict[str, Any]:
    parts = proof.split(".")
    if len(parts) != 3:  # noqa: PLR2004 (header, claims, signature)
        raise Refused("device-unknown")
    header, claims = _said(parts[0]), _said(parts[1])
    raw = known_key(service, str(claims.get("iss")))
    if raw is None or header.get("alg") not in ("EdDSA", "Ed25519"):  # of a list there is no set
        raise Refused("device-unknown")
    try:
        signed = f"{parts[0]}.{parts[1]}".encode()
        Ed25519PublicKey.from_public_bytes(raw).verify(_unpadded(parts[2]), signed)
    except (InvalidSignature, ValueError):
        raise Refused("device-unknown") from None
    return claims


def _seen(service: Service, device: Device) -> None:
    moment = service.clock()
    if device.last_contact and device.last_contact > instant(moment - _CONTACT_EVERY):
        return
    with service.store.transaction() as sql:
        sql.execute("UPDATE device SET last_contact = ? WHERE id = ?", (instant(moment), device.id))


def contact(service: Service, device: Device, caller: Caller | None) -> dict[str, Any]:
    """``GET /devices/me``: the policy as it is now; with an adviser's token, whether they may work here."""
    if caller is not None:
        if caller.role not in HELPERS:
            raise Refused("not-allowed")
        check_helper(service, device, caller.login)
        with service.store.transaction() as sql:
            Sessions(service, sql).came_through(caller.sid, device.id)
    return _standing(service, device.id)


def check_helper(service: Service, device: Device, login: str) -> None:
    """Refuse a helper of another organization; a PC of none (a demonstration's) is everybody's."""
    account = Accounts(service).get(login)
    theirs = organizations.id_of(account) if account else ""
    if device.organization and theirs != device.organization:
        raise Refused("device-elsewhere")


def revoke(service: Service, organization: str, device_id: str, login: str) -> None:
    """End a PC of this organization: its key, and every session that came about through it."""
    with service.store.transaction() as sql:
        sql.lock("device", device_id)
        device = _of_id(sql, device_id)
        if device is None or device.organization != organization:
            raise Refused("unknown")
        if device.revoked is not None:
            return
        moment = instant(service.clock())
        sql.execute("UPDATE device SET revoked = ? WHERE id = ?", (moment, device_id))
        Sessions(service, sql).end_of_device(device_id)
        organizations.note(service, sql, organization, login, "revoked", device_id)


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
