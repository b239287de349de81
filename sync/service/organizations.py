"""An organization's decisions: its policy, the one-time codes of its PCs, its journal of acts.

Decision:

- A code is ten letters and digits that nobody takes for one another, good once and for a day; it is kept as a
  keyed hash. Told twice by the same PC with the same key it is the same enrolment (the answer was lost on the
  way), told by another it is used up. Tries are counted by address and altogether.
- The policy is handed out signed by the key of our tokens, for one PC by its id: a PC that pinned the key at
  its enrolment follows a cached policy only as it was signed, and never an older one.
- Each act is journaled with who and what, never with content; entries end after the policy's days.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
from joserfc import jwt

from app.clock import instant
from app.ids import mint
from app.policy import Policy
from sync.service.accounts import clear_tries, count_try
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from sync.service.accounts import Account
    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = [
    "POLICY_TYPE",
    "Event",
    "Invitation",
    "Organization",
    "change_policy",
    "code_of",
    "count_code_try",
    "events",
    "forget_code_tries",
    "id_of",
    "invite",
    "note",
    "of_id",
    "signed_policy",
    "take_code",
]

POLICY_TYPE = "tandem-policy+jwt"
_MOST_PCS = 500
CODE_HOURS = 24
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"
_SIZE, _GROUP = 10, 5
_TRIES, _ALL_TRIES, _WINDOW = 8, 60, 900
_PLACE_LIMIT = 100


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization as its PCs and administrators see it."""

    id: str
    name: str
    policy: Policy
    version: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a right code says: for which organization and place, who made it."""

    digest: bytes
    organization: str
    place: str
    made_by: str


@dataclass(frozen=True, slots=True)
class Event:
    """One act in the organization's journal."""

    moment: str
    login: str
    act: str
    entity: str


def id_of(account: Account) -> str:
    """Return the id of the organization that an account belongs to; "" for none."""
    told = account.claims.get("organization")
    return str(told.get("id") or "") if isinstance(told, dict) else ""


def of_id(sql: Connection, organization_id: str, name: str = "") -> Organization:
    """Return an organization; one that never decided anything has the usual policy."""
    row = sql.execute(
        "SELECT name, policy, version FROM organization WHERE id = ?", (organization_id,)
    ).fetchone()
    if row is None:
        return Organization(organization_id, name, Policy(), 0)
    return Organization(organization_id, row[0] or name, Policy.read(orjson.loads(row[1])), row[2])


def change_policy(service: Service, organization: Organization, policy: Policy, login: str) -> None:
    """Decide anew; PCs take it up at their next contact."""
    with service.store.transaction() as sql:
        sql.execute(
            "INSERT INTO organization (id, name, policy, version) VALUES (?, ?, ?, 1) ON CONFLICT (id)"
            " DO UPDATE SET policy = excluded.policy, name = excluded.name,"
            " version = organization.version + 1",
            (organization.id, organization.name, orjson.dumps(policy.told()).decode()),
        )
        note(service, sql, organization.id, login, "policy", "")


def signed_policy(service: Service, organization: Organization, device_id: str) -> str:
    """Sign the policy for one PC (JWS, ES256, the key of ``/jwks``)."""
    key = service.secrets.signing
    claims = {
        "iss": service.origin,
        "sub": device_id,
        "iat": int(service.clock().timestamp()),
        "jti": mint(),
        "organization": {"id": organization.id, "name": organization.name},
        "version": organization.version,
        "policy": organization.policy.told(),
        "pcs": _pcs(service, organization.id),
        "mails": service.mail is not None,
    }
    header = {"alg": "ES256", "typ": POLICY_TYPE, "kid": str(key.kid)}
    return jwt.encode(header, claims, key, algorithms=["ES256"])


def _pcs(service: Service, organization_id: str) -> list[dict[str, str]]:
    """List the keys of the organization's PCs, those taken out too: what they signed before still counts."""
    with service.store.read() as sql:
        rows = sql.execute(
            "SELECT id, public_key, coalesce(revoked, '') FROM device WHERE organization = ?"
            " ORDER BY enrolled DESC LIMIT ?",
            (organization_id, _MOST_PCS),
        ).fetchall()
    keys = ("device_id", "public_key", "left")
    return [dict(zip(keys, (row[0], base64.b64encode(row[1]).decode(), row[2]), strict=True)) for row in rows]


def invite(service: Service, organization: Organization, place: str, login: str) -> str:
    """Draw a code for one more PC; the code is told here once."""
    code = "".join(secrets.choice(_LETTERS) for _ in range(_SIZE))
    expires = instant(service.clock() + timedelta(hours=CODE_HOURS))
    with service.store.transaction() as sql:
        sql.execute(
            "INSERT INTO organization (id, name, policy, version) VALUES (?, ?, ?, 0)"
            " ON CONFLICT (id) DO NOTHING",
            (organization.id, organization.name, orjson.dumps(organization.policy.told()).decode()),
        )
        sql.execute(
            "INSERT INTO enrolment_code (digest, organization, place, made_by, expires)"
            " VALUES (?, ?, ?, ?, ?)",
            (_digest(service, code), organization.id, place.strip()[:_PLACE_LIMIT], login, expires),
        )
        note(service, sql, organization.id, login, "code", "")
    return f"{code[:_GROUP]}-{code[_GROUP:]}"


def code_of(typed: str) -> str:
    """Read a code as people type it: small letters, spaces and dashes make no difference."""
    return "".join(each for each in typed.upper() if each.isascii() and each.isalnum())


def _digest(service: Service, code: str) -> bytes:
    return service.secrets.digest("enrolment", code_of(code))


def count_code_try(service: Service, client: str) -> None:
    """Count one try, before the code is looked at."""
    count_try(service, f"enrol:{client}", _TRIES, _WINDOW)
    count_try(service, "enrol", _ALL_TRIES, _WINDOW)


def forget_code_tries(service: Service, client: str) -> None:
    """Forget an address's tries once one was right."""
    clear_tries(service, f"enrol:{client}")


def take_code(
    service: Service, sql: Connection, typed: str, device_id: str, public_key: bytes
) -> tuple[Invitation, str]:
    """Spend a code for a PC; returns its id: the earlier one where the same PC comes again with the same key.

    Refuses a code that nobody made, that is used up, that is more than a day old.
    """
    digest = _digest(service, typed)
    sql.lock("enrolment", digest.hex())
    row = sql.execute(
        "SELECT organization, place, made_by, expires, device_id FROM enrolment_code WHERE digest = ?",
        (digest,),
    ).fetchone()
    if row is None:
        raise Refused("enrolment-code")
    found = Invitation(digest, row[0], row[1], row[2])
    if row[4] is not None:
        same = sql.execute(
            "SELECT 1 FROM device WHERE id = ? AND public_key = ? AND revoked IS NULL", (row[4], public_key)
        ).fetchone()
        if same is None:
            raise Refused("enrolment-used")
        return found, row[4]
    if row[3] < instant(service.clock()):
        raise Refused("enrolment-expired")
    sql.execute("UPDATE enrolment_code SET device_id = ? WHERE digest = ?", (device_id, digest))
    return found, device_id


def note(service: Service, sql: Connection, organization: str, login: str, act: str, entity: str) -> None:
    """Journal an act of an organization, and let go of what is older than its policy keeps."""
    moment = service.clock()
    sql.execute(
        "INSERT INTO organization_event (organization, id, moment, login, act, entity)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (organization, mint(), instant(moment), login, act, entity),
    )
    kept = of_id(sql, organization).policy.journal_days
    sql.execute(
        "DELETE FROM organization_event WHERE organization = ? AND moment < ?",
        (organization, instant(moment - timedelta(days=kept))),
    )


def events(sql: Connection, organization: str, most: int = 50) -> list[Event]:
    """Return the last acts, the latest first."""
    rows: list[Any] = sql.execute(
        "SELECT moment, login, act, entity FROM organization_event WHERE organization = ?"
        " ORDER BY moment DESC, id DESC LIMIT ?",
        (organization, most),
    ).fetchall()
    return [Event(*row) for row in rows]
