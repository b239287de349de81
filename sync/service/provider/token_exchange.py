"""Token exchange (RFC 8693): one token of two people.

A, both are present (the person's access token and the adviser's); B, the person's mandate slip stands for the
person, held to its mandate; or a carer acts for someone close. In each ``act`` names who acts.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

from app.clock import instant
from app.fhir import nodes, string
from sync.service import carers, devices, helpers, slips
from sync.service.accounts import Accounts, clear_tries, count_try
from sync.service.broker.waiting import Waiting
from sync.service.caller import HELPERS, PEOPLE, SERVICE_CALLER, Caller, Role
from sync.service.provider.granting import granted
from sync.service.provider.oauth_error import OAuthError
from sync.service.provider.sign_in import has_two_factors
from sync.service.provider.tokens import Grant, Sessions, claims_of, helper_of
from sync.service.records import Records
from sync.service.refusals import Refused
from sync.service.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.fhir import Resource
    from sync.service.devices import Device
    from sync.service.service import Service

__all__ = ["GRANT", "exchange"]

GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS = "urn:ietf:params:oauth:token-type:access_token"
_SLIP = "https://tandem.example/oauth/mandate-slip"
_TRIES, _WINDOW = 5, 900
_PATIENT_SCOPE = "launch/patient patient/*.cruds"


def exchange(service: Service, form: Mapping[str, str], proof: str) -> dict[str, Any]:
    """Exchange two tokens for one; ``proof`` is the PC's. Raises ``OAuthError`` and what is ``Refused``."""
    if form.get("actor_token_type") != _ACCESS or not form.get("actor_token"):
        raise OAuthError("invalid_request")
    # The PC first: one that was taken out is told so, though its adviser's sign-in ended with it.
    device = devices.proven(service, proof) if proof else None
    actor = _live_claims(service, form["actor_token"])
    if form.get("subject_token_type") == carers.CARED_FOR:
        return _cared_for(service, form, actor)
    if actor["role"] not in HELPERS or "patient" in actor:
        raise OAuthError("invalid_grant")
    actor["device"] = _checked_helper(service, actor, device)
    kind = form.get("subject_token_type")
    if kind == _ACCESS:
        return _person(service, form, actor)
    if kind == _SLIP:
        return _slip(service, form, actor)
    raise OAuthError("invalid_request")


def _cared_for(service: Service, form: Mapping[str, str], actor: Mapping[str, Any]) -> dict[str, Any]:
    """Let a carer, signed in for themselves, act for someone close, as long as that person's consent runs."""
    if actor["role"] not in PEOPLE or "act" in actor or not actor.get("patient"):
        raise OAuthError("invalid_grant")
    care = carers.running(service, str(actor["login"]), form.get("subject_token", ""))
    if care is None:
        raise OAuthError("invalid_grant")
    grant = Grant(
        sub=care.patient_id,
        login=f"carer:{care.patient_id}",
        role=Role.CITIZEN.value,
        fhir_user=f"Patient/{care.patient_id}",
        scope=f"openid {_PATIENT_SCOPE}",
        patient=care.patient_id,
        act=care.act(str(actor["sub"])),
        mandate=care.consent_id,
        claims=_told(care.person) | {"patient": care.patient_id, "act": {"sub": str(actor["sub"])}},
    )
    with service.store.transaction() as sql:
        sessions = Sessions(service, sql)
        sid = sessions.start(grant.login, until=care.end, actor=str(actor["login"]))
        return granted(service, sessions, grant, sid, issued_token_type=_ACCESS)


def _checked_helper(service: Service, actor: Mapping[str, Any], device: Device | None) -> str | None:
    """Demand two factors of the helper, and a PC of their organization; returns the PC's id.

    In a demonstration its made-up helpers have one factor, and anyone may try without a PC.
    """
    login = str(actor["login"])
    account = Accounts(service).get(login)
    if account is None:
        raise Refused("not-signed-in")
    is_play = service.demo and account.made_up
    if not has_two_factors(actor.get("amr")) and not is_play:
        raise Refused("factor-missing")
    if device is None:
        if is_play:
            return None
        raise Refused("device-needed")
    devices.check_helper(service, device, login)
    return device.id


def _live_claims(service: Service, token: str) -> dict[str, Any]:
    claims = claims_of(service, token)
    with service.store.read() as sql:
        if not Sessions(service, sql).is_open(str(claims.get("sid"))):
            raise OAuthError("invalid_grant")
    return claims


def _acting(service: Service, actor: Mapping[str, Any]) -> dict[str, str]:
    """Name the adviser in the token: who, and for which organization."""
    account = Accounts(service).get(str(actor["login"]))
    organization = account.claims.get("organization") if account else None
    act = {"sub": str(actor["sub"]), "fhirUser": str(actor["fhirUser"]), "role": str(actor["role"])}
    if isinstance(organization, dict) and organization.get("id"):
        act["organization"] = f"Organization/{organization['id']}"
    return act


def _person(service: Service, form: Mapping[str, str], actor: Mapping[str, Any]) -> dict[str, Any]:
    person = _live_claims(service, form.get("subject_token", ""))
    if person["role"] not in PEOPLE or "act" in person or not person.get("patient"):
        raise OAuthError("invalid_grant")
    account = Accounts(service).get(str(person["login"]))
    if account is None:
        raise OAuthError("invalid_grant")
    return _both(
        service, actor, account.login, account.subject, account.claims, str(person["scope"]), None,
        before=str(person["sid"]),
    )  # fmt: skip


def _both(
    service: Service,
    actor: Mapping[str, Any],
    login: str,
    subject: str,
    claims: Mapping[str, Any],
    scope: str,
    mandate: str | None,
    *,
    before: str = "",
) -> dict[str, Any]:
    patient = subject.partition("/")[2]
    told = dict(claims) | {"role": Role.CITIZEN.value, "fhirUser": subject, "patient": patient}
    grant = Grant(
        sub=patient,
        login=login,
        role=Role.CITIZEN.value,
        fhir_user=subject,
        scope=scope,
        patient=patient,
        act=_acting(service, actor),
        mandate=mandate,
        claims=told | {"act": {"sub": str(actor["sub"])}},
    )
    with service.store.transaction() as sql:
        sessions = Sessions(service, sql)
        theirs = str(actor["sid"])
        if actor.get("device"):
            sessions.came_through(theirs, actor["device"])
        sid = sessions.start(
            login, until=sessions.until(theirs), device_id=actor.get("device"), actor=str(actor["login"])
        )
        # The visit's own session is the one that the program signs out.
        Waiting(service).pass_on(sql, before, sid)
        return granted(service, sessions, grant, sid, issued_token_type=_ACCESS)


def _slip(service: Service, form: Mapping[str, str], actor: Mapping[str, Any]) -> dict[str, Any]:
    tries = f"slip:{actor['sub']}"
    count_try(service, tries, _TRIES, _WINDOW)
    with service.store.read() as sql:
        found = slips.find(sql, service.secrets, form.get("subject_token", ""))
    with service.store.read(of=found[0] if found else None) as sql:
        patient_id = Records(sql).patient_of_key(found[0]) if found else None
        held = Records(sql).current(found[0], "Patient", patient_id) if found and patient_id else None
        if found is None or held is None or held.body is None or not _fits(held.resource(), form):
            raise OAuthError("invalid_grant")
        _check_mandate(service, actor, found, str(patient_id), Unit.begin(service, sql, SERVICE_CALLER))
    clear_tries(service, tries)
    person = held.resource()
    return _both(
        service,
        actor,
        f"slip:{patient_id}",
        f"Patient/{patient_id}",
        _told(person),
        f"openid {_PATIENT_SCOPE}",
        found[1],
    )


def _check_mandate(
    service: Service, actor: Mapping[str, Any], found: tuple[str, str], patient_id: str, unit: Unit
) -> None:
    act = _acting(service, actor)
    unit.caller = Caller(
        "", Role.CITIZEN, f"Patient/{patient_id}", frozenset(), patient_id, found[0],
        helper_of(act), found[1],
    )  # fmt: skip
    unit.moment = instant(service.clock())
    helpers.check_act(unit, None, [])


def _fits(patient: Resource, form: Mapping[str, str]) -> bool:
    """Compare the name and the birth date, which only help to find, where they are given."""
    family, birth = form.get("family"), form.get("birth_date")
    if birth and birth != string(patient, "birthDate"):
        return False
    if not family:
        return True
    return _folded(family) in {_folded(string(name, "family") or "") for name in nodes(patient, "name")}


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text)
    return "".join(each for each in plain if each.isalpha()).casefold()


def _told(patient: Resource) -> dict[str, Any]:
    """Say who it is in OIDC's names, from the record itself: there was no sign-in."""
    name = next(iter(nodes(patient, "name")), {})
    given = " ".join(each for each in name.get("given") or [] if isinstance(each, str))
    family = string(name, "family") or ""
    told = {
        "given_name": given,
        "family_name": family,
        "name": string(name, "text") or f"{given} {family}".strip(),
        "birthdate": string(patient, "birthDate"),
    }
    return {key: value for key, value in told.items() if value}
