"""Consent as a mandate: what the person allowed, to whom, until when, and the text they agreed to.

The text shown is kept whole in ``sourceAttachment`` with its SHA-256 beside it, and the names in
it as ``display`` of the references, so that the hash still verifies after an organization has
changed its name. A mandate that ended early is ``inactive`` and says when, by whom and why.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from app.clock import instant
from app.codes.systems import MANDATE_ACTION, MANDATE_SCOPE, OURS, SHA256_URL, V3_PARTICIPATION
from app.fhir import (
    Resource,
    codeable,
    codes,
    coding,
    extension,
    items,
    node,
    nodes,
    reference,
    reference_id,
    string,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "CARER",
    "MANDATE_URL",
    "REVOKED_URL",
    "MandateBody",
    "is_mandate",
    "make",
    "mandate_body",
    "revoked",
    "revoked_at",
    "running_at",
    "signed_text",
]

MANDATE_URL = f"{OURS}/StructureDefinition/mandate"
CARER = "RelatedPerson"
"""What a carer is in the record of the person they care for."""
REVOKED_URL = f"{OURS}/StructureDefinition/mandate-revoked"
_CATEGORY = f"{OURS}/CodeSystem/consent-category"
_CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_POLICY = f"{OURS}/CodeSystem/mandate-template"


@dataclass(frozen=True, slots=True)
class MandateBody:
    """What a Consent says of a mandate, as plain values; names are those of the day it was signed.

    ``explained_in``: the language (BCP 47) of the translation that stood beside the text, "" for none.
    ``proof``: the code that the enrolled PC signed, ``attestation``: its document's id; "" for none.
    """

    id: str
    patient_id: str
    patient_name: str
    birth_date: str
    organization_id: str
    organization_name: str
    adviser_id: str
    adviser_name: str
    scopes: tuple[str, ...]
    actions: tuple[str, ...]
    duration: str
    start: datetime
    end: datetime
    template_id: str
    text_sha256: str
    language: str
    signing_mode: str
    status: str = "active"
    explained_in: str = ""
    proof: str = ""
    attestation: str = ""


def is_mandate(resource: Resource) -> bool:
    """Say whether a Consent is a mandate and not another kind of consent."""
    return resource.get("resourceType") == "Consent" and bool(extension(resource, MANDATE_URL))


def make(body: MandateBody, text: str) -> Resource:
    """Make the Consent of a mandate whose text was ``text``."""
    patient = reference("Patient", body.patient_id, body.patient_name)
    made: Resource = {
        "resourceType": "Consent",
        "id": body.id,
        "extension": [_facts(body)],
        "status": body.status,
        "scope": codeable(_CONSENT_SCOPE, "patient-privacy"),
        "category": [codeable(_CATEGORY, "mandate")],
        "patient": patient,
        "dateTime": instant(body.start),
        "performer": [patient],
        "sourceAttachment": _attachment(body, text),
        "policyRule": codeable(_POLICY, body.template_id),
        "verification": [
            {"verified": True, "verifiedWith": patient, "verificationDate": instant(body.start)}
        ],
        "provision": _provision(body),
    }
    if body.organization_id:
        made["organization"] = [reference("Organization", body.organization_id, body.organization_name)]
    return made


def _facts(body: MandateBody) -> Resource:
    values = {
        "template": body.template_id,
        "sha256": body.text_sha256,
        "signing-mode": body.signing_mode,
        "duration": body.duration,
        "birth-date": body.birth_date,
        "explained-in": body.explained_in,
        "proof": body.proof,
        "attestation": body.attestation,
    }
    return {
        "url": MANDATE_URL,
        "extension": [{"url": key, "valueString": value} for key, value in values.items() if value],
    }


def _attachment(body: MandateBody, text: str) -> Resource:
    data = text.encode()
    return {
        "extension": [{"url": SHA256_URL, "valueString": body.text_sha256}],
        "contentType": "text/plain; charset=utf-8",
        "language": body.language,
        "data": base64.b64encode(data).decode(),
        "size": len(data),
        "hash": base64.b64encode(hashlib.sha1(data, usedforsecurity=False).digest()).decode(),
        "creation": instant(body.start),
    }


def _provision(body: MandateBody) -> Resource:
    return {
        "type": "permit",
        "period": {"start": instant(body.start), "end": instant(body.end)},
        "actor": _actors(body),
        "action": [codeable(MANDATE_ACTION, each) for each in body.actions],
        "class": [coding(MANDATE_SCOPE, each) for each in body.scopes],
    }


def _actors(body: MandateBody) -> list[Resource]:
    """Name the adviser and their organization; or the carer, whose reference the service fills in."""
    role = codeable(V3_PARTICIPATION, "PRF")
    if not body.organization_id:
        known = reference(CARER, body.adviser_id, body.adviser_name) if body.adviser_id else {}
        return [{"role": role, "reference": known or {"display": body.adviser_name}}]
    adviser = reference("Practitioner", body.adviser_id, body.adviser_name)
    organization = reference("Organization", body.organization_id, body.organization_name)
    place = {"role": codeable(V3_PARTICIPATION, "CST"), "reference": organization}
    return [{"role": role, "reference": adviser}, place]


def revoked(consent: Resource, *, by: str, reason: str, moment: datetime) -> Resource:
    """Return the Consent ended early: ``by`` patient | organization, ``reason`` a code."""
    mark = {
        "url": REVOKED_URL,
        "extension": [
            {"url": "at", "valueInstant": instant(moment)},
            {"url": "by", "valueCode": by},
            {"url": "reason", "valueCode": reason},
        ],
    }
    kept = [each for each in items(consent, "extension") if each.get("url") != REVOKED_URL]
    return consent | {"status": "inactive", "extension": [*kept, mark]}


def running_at(consent: Resource, moment: datetime) -> bool:
    """Say whether the mandate was running at a moment, even if it has ended since.

    An act sealed offline reaches the service after its mandate has ended: what counts is the moment
    of the act (``Provenance.recorded``, signed by the enrolled PC), not that of its delivery.
    """
    body = mandate_body(consent)
    if body is None:
        return False
    end = body.end if body.status == "active" else revoked_at(consent)
    return end is not None and body.start <= moment < min(end, body.end)


def revoked_at(consent: Resource) -> datetime | None:
    """Return when it was ended early, ``None`` where it was not or does not say."""
    marks = nodes(extension(consent, REVOKED_URL), "extension")
    at = next((string(each, "valueInstant") for each in marks if each.get("url") == "at"), None)
    return _parsed(at)


def signed_text(consent: Resource) -> str | None:
    """Return the text the person agreed to, ``None`` where it is missing or unreadable."""
    try:
        return (
            base64.b64decode(string(consent, "sourceAttachment", "data") or "", validate=True).decode()
            or None
        )
    except (binascii.Error, UnicodeDecodeError):
        return None


def mandate_body(consent: Resource) -> MandateBody | None:
    """Read a mandate, ``None`` for a Consent that is not one or lacks what a mandate must say."""
    facts = extension(consent, MANDATE_URL)
    provision = node(consent, "provision")
    start, end = _moment(provision, "start"), _moment(provision, "end")
    adviser = _actor(provision, "Practitioner")
    carer = {} if adviser else _actor(provision, CARER)
    patient, organization = node(consent, "patient"), node(consent, "organization", 0)
    # A professional helps for an organization; someone close for nobody but themselves.
    ids = (reference_id(patient), reference_id(adviser or carer), string(consent, "id"))
    needed = (*ids, reference_id(organization) or carer)
    if not facts or start is None or end is None or not all(needed):
        return None
    said = {each["url"]: string(each, "valueString") or "" for each in nodes(facts, "extension")}
    return MandateBody(
        id=str(ids[2]),
        patient_id=str(ids[0]),
        patient_name=string(patient, "display") or "",
        birth_date=said.get("birth-date", ""),
        organization_id=reference_id(organization) or "",
        organization_name=string(organization, "display") or "",
        adviser_id=str(ids[1]),
        adviser_name=string(adviser or carer, "display") or "",
        scopes=tuple(_coded(nodes(provision, "class"))),
        actions=tuple(code for each in nodes(provision, "action") for code in codes(each, MANDATE_ACTION)),
        duration=said.get("duration", ""),
        start=start,
        end=end,
        template_id=said.get("template", ""),
        text_sha256=said.get("sha256", ""),
        language=string(consent, "sourceAttachment", "language") or "",
        signing_mode=said.get("signing-mode", ""),
        status=string(consent, "status") or "",
        explained_in=said.get("explained-in", ""),
        proof=said.get("proof", ""),
        attestation=said.get("attestation", ""),
    )


def _coded(found: Iterable[Resource]) -> list[str]:
    return [each["code"] for each in found if each.get("system") == MANDATE_SCOPE and string(each, "code")]


def _actor(provision: Resource, resource_type: str) -> Resource:
    actors = (node(each, "reference") for each in nodes(provision, "actor"))
    return next((each for each in actors if reference_id(each, resource_type)), {})


def _moment(provision: Resource, edge: str) -> datetime | None:
    return _parsed(string(provision, "period", edge))


def _parsed(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else None
