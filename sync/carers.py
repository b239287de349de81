"""Carers, at the service: invite, accept, for whom, end. Each call raises what the transport raises."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from app.errors import PersonCanAct
from app.home_vault import HomePerson
from sync.failures import Absent, ServiceBroken, VersionClash

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.transport import Transport

__all__ = ["CarerLimit", "Invitation", "InvitationOver", "accept", "cared_for", "end", "invite"]

QR = "TANDEM:AIDANT:"
_JSON = {"Content-Type": "application/json"}


class InvitationOver(PersonCanAct):
    """The code is not known, has served, or is older than a week."""

    code = "invitation-over"


class CarerLimit(PersonCanAct):
    """There are as many carers, or people cared for, as there may be; or it is oneself."""

    code = "carer-limit"


@dataclass(frozen=True, slots=True, repr=False)
class Invitation:
    """The code to be handed over; ``expires`` as FHIR writes it."""

    code: str
    expires: str

    @property
    def qr(self) -> str:
        """The text of the code to be shown."""
        return QR + self.code


def invite(transport: Transport, consent: Resource, role: str = "carer") -> Invitation:
    """Have the service keep a consent until somebody accepts it; raises ``CarerLimit``."""
    content = orjson.dumps({"consent": consent, "role": role})
    try:
        told = transport.request("POST", "carers/invitations", content=content, headers=_JSON).json()
    except VersionClash as clash:
        raise CarerLimit from clash
    if not isinstance(told.get("code"), str) or not isinstance(told.get("expires"), str):
        raise ServiceBroken(status=201)
    return Invitation(told["code"], told["expires"])


def accept(transport: Transport, code: str) -> HomePerson:
    """Take up an invitation; raises ``InvitationOver``, ``CarerLimit``."""
    content = orjson.dumps({"code": code})
    try:
        told = transport.request("POST", "carers/acceptances", content=content, headers=_JSON).json()
    except Absent as absent:
        raise InvitationOver from absent
    except VersionClash as clash:
        raise CarerLimit from clash
    return _person(told)


def cared_for(transport: Transport) -> list[HomePerson]:
    """Ask whom this account cares for now."""
    told = transport.request("GET", "carers/people").json().get("people")
    if not isinstance(told, list):
        raise ServiceBroken(status=200)
    return [_person(each) for each in told]


def end(transport: Transport, consent_id: str) -> None:
    """End one's help to someone; one that is over already is no failure."""
    try:
        transport.request("DELETE", f"carers/people/{consent_id}")
    except Absent:
        return


def _person(told: Any) -> HomePerson:  # noqa: ANN401 (any JSON)
    try:
        return HomePerson(
            patient_id=str(told["patient"]),
            name=str(told["name"]),
            birth_date=str(told["birth_date"]),
            role=str(told["role"]),
            consent=str(told["consent"]),
            carer=str(told["carer"]),
            carer_name=str(told["carer_name"]),
            end=str(told["end"]),
            capacity=str(told.get("capacity") or ""),
        )
    except (KeyError, TypeError):
        raise ServiceBroken(status=200) from None
