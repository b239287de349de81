"""What a helper may do for the person: the mandate, as the service enforces it.

``faire_avec`` needs no mandate: the person acts, helped. A write whose Provenance says ``faire_pour``
needs an active Consent of that person which names this helper (or their organization), the scope and
the action, and whose period is running. A token obtained with a mandate slip is held to its mandate
whatever the Provenance says, and to its reading scopes too.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.codes.systems import MANDATE_ACTION, MANDATE_SCOPE
from app.fhir import Resource, extension, node, nodes, question, string
from app.fhir.consent import REVOKED_URL
from app.fhir.provenance import assist_mode, mandate_id
from sync.service import carers, consents, masking, prescriptions, representatives
from sync.service.caller import Role
from sync.service.compartment import SHARED_TYPES
from sync.service.dates import period_of
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from sync.service.records import Held
    from sync.service.unit import Unit

__all__ = [
    "check_act",
    "check_reading",
    "check_seen",
    "check_versions",
    "granted",
    "is_outside",
    "only_documents",
    "running_mandate",
    "seen_types",
]

_SCOPES = {
    "DocumentReference": "documents",
    "Binary": "documents",
    "List": "documents",
    "MedicationRequest": "prescriptions",
    "Observation": "measures",
    "DiagnosticReport": "results",
    "AllergyIntolerance": "profile",
    "Condition": "profile",
    "Immunization": "profile",
    "MedicationStatement": "profile",
    "Communication": "messages",
    "Appointment": "agenda",
    "ExplanationOfBenefit": "reimbursements",
    "RelatedPerson": "wishes",
    "AuditEvent": "account",
    "Patient": "account",
}
AT_THE_COUNTER = timedelta(days=1)
"""The longest mandate of a pharmacist."""
_FREE = frozenset({"Provenance", "Patient", "Consent"})
"""What a mandate lets be read whatever it opens: whose it is, what was done, and what was agreed to."""
_ADD, _EDIT, _VIEW, _HIDE = "add", "edit", "view", "hide"


def running_mandate(unit: Unit, consent_id: str | None) -> Resource:
    """Return the mandate's Consent; refuses where there is none, or it is over."""
    held = unit.records.current(unit.patient_key(), "Consent", consent_id) if consent_id else None
    if held is None or held.body is None:
        raise Refused("mandate-missing")
    consent = held.resource()
    if not _was_active(consent, unit) or not _is_running(consent, unit.acted):
        raise Refused("mandate-over")
    return consent


def _was_active(consent: Resource, unit: Unit) -> bool:
    """Say whether the mandate was active at the act; one in an envelope may have ended since."""
    if consent.get("status") == "active":
        return True
    ended = period_of(string(extension_part(consent, "at"), "valueInstant") or "")
    acted = period_of(unit.acted)
    if unit.acted >= unit.moment or ended is None or acted is None:
        return False
    return acted[1] <= ended[1]


def extension_part(consent: Resource, name: str) -> Resource:
    """Return one part of what a Consent says of its early end."""
    parts = nodes(extension(consent, REVOKED_URL), "extension")
    return next((each for each in parts if each.get("url") == name), {})


def _is_running(consent: Resource, moment: str) -> bool:
    at = period_of(moment)
    period = node(consent, "provision", "period")
    start, end = period_of(string(period, "start") or ""), period_of(string(period, "end") or "")
    if at is None or (end is None and "end" in period):
        return False
    return (start is None or start[0] <= at[1]) and (end is None or at[0] <= end[1])


def check_act(unit: Unit, provenance: Resource | None, resources: list[Resource]) -> None:
    """Refuse an act for the person that no running mandate covers."""
    unit.act_checked = True
    representatives.check_untouched(unit, resources)
    if unit.caller.helper is None:
        return
    acts_for_them = unit.caller.mandate is not None or (
        provenance is not None and assist_mode(provenance) == "faire_pour"
    )
    for resource in resources:
        consents.check_personal(resource, for_the_person=acts_for_them)
    _check_length(unit, resources)
    consent_id = unit.caller.mandate
    if consent_id is None:
        if not provenance or assist_mode(provenance) != "faire_pour":
            _check_mandates(resources)
            return
        if any(each.get("resourceType") == "Consent" and not _is_revocation(each) for each in resources):
            raise Refused("person-decides")
        consent_id = mandate_id(provenance)
    consent = running_mandate(unit, consent_id)
    _check_actor(unit, consent)
    carers.check_never(unit, resources)
    for resource in resources:
        _check_covered(unit, consent, resource)


def _check_mandates(resources: list[Resource]) -> None:
    """Hold a mandate that is given to its text; one that ends gives nothing."""
    for resource in resources:
        if not _is_revocation(resource):
            consents.check_mandate(resource)


def _check_length(unit: Unit, resources: list[Resource]) -> None:
    """Refuse a mandate at a pharmacy's counter that would last longer than a day, whoever's program asks."""
    helper = unit.caller.helper
    if helper is None or helper.role != Role.PHARMACIST.value:
        return
    for each in resources:
        if each.get("resourceType") != "Consent" or _is_revocation(each) or not granted(each)[0]:
            continue
        period = node(each, "provision", "period")
        start, end = (_moment(string(period, name) or "") for name in ("start", "end"))
        if start is None or end is None or end - start > AT_THE_COUNTER:
            raise Refused("mandate-duration", at="Consent.provision.period")


def _moment(text: str) -> datetime | None:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else None


def _is_revocation(consent: Resource) -> bool:
    return string(consent, "status") in {"inactive", "rejected"}


def _check_actor(unit: Unit, consent: Resource) -> None:
    helper = unit.caller.helper
    named = [string(each, "reference", "reference") for each in nodes(consent, "provision", "actor")]
    named += [string(each, "reference") for each in nodes(consent, "organization")]
    mine = {helper.reference, helper.organization} if helper else set()
    if not mine & {each for each in named if each}:
        raise Refused("mandate-missing")


def _check_covered(unit: Unit, consent: Resource, resource: Resource) -> None:
    kind = str(resource.get("resourceType"))
    if kind == "Provenance" or (kind == "Consent" and _is_revocation(resource)):
        return
    if kind == "Consent":
        raise Refused("person-decides")
    existing = unit.find(kind, string(resource, "id") or "")
    about = question.about(existing.resource()) if existing is not None and existing.body else None
    if about is not None:
        # The answer to a question is covered by what opens the thing it is about.
        kind = about.partition("/")[0]
    _check_scope(consent, kind, _EDIT if existing else _ADD)
    if existing is not None and _is_shown_otherwise(existing, resource):
        _check_scope(consent, kind, _HIDE)


def _is_shown_otherwise(existing: Held, resource: Resource) -> bool:
    """Say whether a document becomes hidden, or shown, to others: that needs its own word in the mandate."""
    if existing.type != "DocumentReference" or existing.body is None or "status" not in resource:
        return False
    return masking.level_of(resource) != masking.level_of(existing.resource())


def _check_scope(consent: Resource, kind: str, action: str) -> None:
    scopes, actions = granted(consent)
    if _SCOPES.get(kind) not in scopes or action not in actions:
        raise Refused("mandate-scope", at=kind)


def granted(consent: Resource) -> tuple[set[str], set[str]]:
    """Return the scopes and the actions a mandate names."""
    provision = node(consent, "provision")
    scopes = {
        string(each, "code") or ""
        for each in nodes(provision, "class")
        if each.get("system") == MANDATE_SCOPE
    }
    actions = {
        string(coded, "code") or ""
        for each in nodes(provision, "action")
        for coded in nodes(each, "coding")
        if coded.get("system") == MANDATE_ACTION
    }
    return scopes, actions


def check_seen(unit: Unit, consent_id: str | None, entities: list[str]) -> None:
    """Refuse a reading for the person that no mandate running at that moment (``unit.acted``) covers.

    A document that is filed as a prescription is covered by that scope too.
    """
    consent = running_mandate(unit, consent_id)
    _check_actor(unit, consent)
    for kind, _, resource_id in (each.partition("/") for each in entities):
        if kind not in _FREE | SHARED_TYPES and not _is_prescription(unit, consent, kind, resource_id):
            _check_scope(consent, kind, _VIEW)


def _is_prescription(unit: Unit, consent: Resource, kind: str, resource_id: str) -> bool:
    scopes, actions = granted(consent)
    if kind != "DocumentReference" or "prescriptions" not in scopes or _VIEW not in actions:
        return False
    held = unit.find(kind, resource_id)
    return held is not None and held.body is not None and prescriptions.is_one(held.resource())


def check_reading(unit: Unit, resource_type: str) -> None:
    """Hold a slip's token to what its mandate lets it see."""
    if unit.caller.mandate is not None:
        consent = running_mandate(unit, unit.caller.mandate)
        some = prescriptions.TYPES if _is_of_prescriptions(consent) else frozenset()
        if resource_type not in _FREE | SHARED_TYPES | some:
            _check_scope(consent, resource_type, _VIEW)


def _is_of_prescriptions(consent: Resource) -> bool:
    """Say whether a mandate opens the prescriptions and no other document."""
    scopes, actions = granted(consent)
    return "prescriptions" in scopes and "documents" not in scopes and _VIEW in actions


def only_documents(unit: Unit) -> frozenset[str] | None:
    """Return the keys of the documents that a slip's token may see; ``None`` where its scope says it all."""
    if unit.caller.mandate is None or not _is_of_prescriptions(running_mandate(unit, unit.caller.mandate)):
        return None
    if unit.prescriptions is None:
        unit.prescriptions = prescriptions.of_record(unit)
    return unit.prescriptions


def is_outside(unit: Unit, held: Held) -> bool:
    """Say whether this is a document that a slip's token has nothing to do with."""
    if held.type not in prescriptions.TYPES:
        return False
    only = only_documents(unit)
    return only is not None and held.key not in only


def check_versions(unit: Unit, resource_type: str, resource_id: str | None) -> None:
    """Refuse such a token the versions of all documents, and those of one that it may not see."""
    if resource_type not in prescriptions.TYPES or only_documents(unit) is None:
        return
    if resource_id is None:
        raise Refused("mandate-scope", at=resource_type)
    unit.read(resource_type, resource_id)


def seen_types(unit: Unit) -> frozenset[str] | None:
    """Return the types a slip's token may see; ``None`` for all."""
    if unit.caller.mandate is None:
        return None
    consent = running_mandate(unit, unit.caller.mandate)
    scopes, actions = granted(consent)
    opened = {kind for kind, scope in _SCOPES.items() if scope in scopes} if _VIEW in actions else set()
    return frozenset(opened) | _FREE | (prescriptions.TYPES if _is_of_prescriptions(consent) else frozenset())
