"""Presence: an act in an envelope was done in a session that this service had opened.

Context: an enrolled PC could sign any act in any person's name; its signature proves the PC and nothing of
who sat there. Decision: the session's own access token goes into the envelope, sealed to the service like
the rest. It says, in our own signature, that this person and this helper were there together (or that a
mandate slip was), and on which PC the session was opened. By then it has expired: it opens nothing any
more, but it is still true. The act is done with exactly the rights that it gave, by whom it names, if

- it names the person of the act, and the helper of the act;
- its session came about through the PC that signed the envelope;
- the act lies in its time: from its issue (clocks may be some minutes off) to a day and a half after, which
  covers a visit prepared the day before and one without a network.

A PC of no organization (a demonstration's) has nothing to steal and needs none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.fhir import string
from app.fhir.provenance import helper_id
from sync.service import devices
from sync.service.caller import Caller, Role
from sync.service.provider.tokens import claims_of, helper_of
from sync.service.records import Records
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.service import Service

__all__ = ["caller_then"]

_CLOCKS, _AFTER = timedelta(minutes=10), timedelta(hours=36)


def caller_then(service: Service, operation: dict[str, Any], told: Resource, device_id: str) -> Caller | None:
    """Return who acted, as the session's token says; ``None`` for a PC of no organization without one.

    Raises ``Refused``: ``presence-missing``, ``presence-over``, ``another-person``, ``not-allowed``.
    """
    token = operation.get("presence")
    if not isinstance(token, str) or not token:
        if devices.organization_of(service, device_id):
            raise Refused("presence-missing")
        return None
    claims = _claims(service, token)
    if str(operation.get("patient")) != claims["patient"]:
        raise Refused("another-person")
    helper = helper_of(claims["act"])
    if helper.login != helper_id(told):
        raise Refused("not-allowed")
    key = _of_that_pc(service, claims, device_id)
    _check_time(operation, int(claims["iat"]))
    return Caller(
        login=str(claims["login"]),
        role=Role(claims["role"]),
        reference=str(claims["fhirUser"]),
        scopes=frozenset(str(claims["scope"]).split()),
        patient_id=str(claims["patient"]),
        patient_key=key,
        helper=helper,
        mandate=claims.get("mandate"),
        sid=str(claims["sid"]),
    )


def _claims(service: Service, token: str) -> dict[str, Any]:
    """Read a token of ours that names a person and a helper, however long ago it expired."""
    try:
        claims = claims_of(service, token, expired_too=True)
    except Refused:
        raise Refused("presence-missing") from None
    whole = all(claims.get(name) for name in ("patient", "act", "sid", "iat", "scope", "fhirUser", "login"))
    if not whole or claims.get("aud") != service.fhir:
        raise Refused("presence-missing")
    return claims


def _of_that_pc(service: Service, claims: dict[str, Any], device_id: str) -> str:
    """Return the person's key; refuses a session of another PC."""
    with service.store.read() as sql:
        row = sql.execute("SELECT device_id FROM session WHERE sid = ?", (claims["sid"],)).fetchone()
        key = Records(sql).key_of_patient(str(claims["patient"]))
    if row is None or key is None or row[0] not in {None, device_id}:
        raise Refused("presence-missing")
    if row[0] is None and devices.organization_of(service, device_id):
        raise Refused("presence-missing")
    return key


def _check_time(operation: dict[str, Any], issued: int) -> None:
    try:
        acted = datetime.fromisoformat(string(operation, "created_at") or "").timestamp()
    except ValueError:
        raise Refused("presence-over") from None
    if not issued - _CLOCKS.total_seconds() <= acted <= issued + _AFTER.total_seconds():
        raise Refused("presence-over")
