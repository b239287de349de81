"""Legal representatives: who acts for a minor or a protected adult, by the law and not by a consent.

Decisions:

- **The source of truth is the service's operator**, who has seen a document (a judgment, a birth certificate,
  a family record book) and notes it, at the machine of the service (``python -m sync.service
  --represents``). Tandem reads no such document and believes nobody's word: no invitation makes a
  representative, and no one but the service writes, changes or ends what is noted.
- It is kept as a Consent of its own template (``representant-fr-1``), given by nobody: neither performer nor
  verification names the person. So a representative's token, reading, purge and journal are held exactly as
  a carer's are (``carers``, ``helpers``), under the role ``legal_representative``.
- It lasts a year at most, and is noted again when the document is seen again; never past the document's own
  end, nor a minor's majority.
- A minor's parent or guardian; an adult only under *tutelle* or *habilitation familiale*, as their record
  says. A curator assists and does not represent: refused.
- Never, whatever was noted: what no carer does, and hiding (``HIDE``), sending, the account.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from app.codes.mandate_texts import LANGUAGE, REPRESENTATIVE, MandateFacts, digest, fill
from app.codes.mandate_words import Action, Duration, Scope, SigningMode
from app.codes.representation import OF_A_MINOR, REPRESENTATION_URL, Capacity
from app.fhir import consent as consents
from app.fhir import extension, nodes, string
from app.fhir import patient as patients
from app.ids import mint
from sync.service import carers
from sync.service.caller import Role
from sync.service.records import SHARED
from sync.service.refusals import Refused
from sync.service.storage import EVERYONE

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.accounts import Account
    from sync.service.service import Service
    from sync.service.unit import Unit

__all__ = ["SCOPES", "capacity_of", "check_untouched", "end", "note"]

SCOPES = frozenset(Scope) - {Scope.ACCOUNT}
_ACTIONS = frozenset({Action.VIEW, Action.ADD, Action.EDIT, Action.PRINT})
_DURATIONS = (Duration.YEAR, Duration.HALF_YEAR, Duration.MONTH)
_UNDER_TUTELLE = "tutelle"
_EVIDENCE_LIMIT = 200


def note(
    service: Service, login: str, person: str, capacity: str, evidence: str, until: date | None = None
) -> dict[str, str]:
    """Note that an account's owner represents a person (their id, or their login); raises ``Refused``.

    ``evidence``: which document was seen, in the operator's words; ``until``: its last day, if it has one.
    """
    from sync.service.records import Records

    quality = _quality(capacity)
    seen = " ".join(evidence.split())[:_EVIDENCE_LIMIT]
    account = _account(service, login)
    if not seen:
        raise Refused("representative-form", what="evidence")
    with service.store.transaction(of=EVERYONE) as sql:
        patient_id = _patient_id(service, person)
        sql.lock("carer", login)
        key = Records(sql).key_of_patient(patient_id)
        sql.hold(key or SHARED)
        held = Records(sql).current(key, "Patient", patient_id) if key else None
        if key is None or held is None or held.body is None:
            raise Refused("unknown")
        if account.subject == f"Patient/{patient_id}":
            raise Refused("carer-self")
        patient = held.resource()
        consent = _consent(service, account, patient, patient_id, quality, seen, until)
        if carers.running_in(service, sql, login, patient_id) is not None:
            raise Refused("carer-already")
        carers.begin(service, sql, key, login, consent, Role.LEGAL_REPRESENTATIVE)
    return {
        "consent": str(consent["id"]),
        "patient": patient_id,
        "end": str(consent["provision"]["period"]["end"]),
    }


def end(service: Service, login: str, person: str) -> None:
    """End it: the document does not hold any more. Whoever bears its token is refused at once."""
    with service.store.transaction(of=EVERYONE) as sql:
        patient_id = _patient_id(service, person)
        care = carers.running_in(service, sql, login, patient_id)
        if care is None or care.role != Role.LEGAL_REPRESENTATIVE.value:
            raise Refused("unknown")
        carers.finish(service, sql, care, by="service")


def check_untouched(unit: Unit, resources: list[Resource]) -> None:
    """Refuse to everybody the writing, change or deletion of what the service noted of a representative."""
    for each in resources:
        if each.get("resourceType") != "Consent":
            continue
        held = unit.find("Consent", string(each, "id") or "")
        known = held.resource() if held is not None and held.body is not None else {}
        if _is_noted(each) or _is_noted(known):
            raise Refused("representative-noted")


def capacity_of(consent: Resource) -> str:
    """Return the quality that was noted, "" for a carer's consent."""
    parts = nodes(extension(consent, REPRESENTATION_URL), "extension")
    return next((string(each, "valueCode") or "" for each in parts if each.get("url") == "capacity"), "")


def _is_noted(consent: Resource) -> bool:
    said = nodes(extension(consent, consents.MANDATE_URL), "extension")
    named = any(string(each, "valueString") == REPRESENTATIVE for each in said)
    return named or bool(extension(consent, REPRESENTATION_URL))


def _quality(capacity: str) -> Capacity:
    try:
        return Capacity(capacity)
    except ValueError:
        raise Refused("representative-form", what="capacity") from None


def _account(service: Service, login: str) -> Account:
    from sync.service.accounts import Accounts

    account = Accounts(service).get(login)
    if account is None or account.kind is not Role.CITIZEN:
        raise Refused("unknown")
    return account


def _patient_id(service: Service, person: str) -> str:
    from sync.service.accounts import Accounts

    account = Accounts(service).get(person)
    return account.subject.removeprefix("Patient/") if account else person


def _consent(
    service: Service,
    account: Account,
    patient: Resource,
    patient_id: str,
    capacity: Capacity,
    evidence: str,
    until: date | None,
) -> Resource:
    start = service.clock().astimezone(UTC).replace(microsecond=0)
    last = _last_moment(patient, start, capacity, until)
    duration = next((each for each in _DURATIONS if last is None or start + each.length <= last), None)
    if duration is None:
        raise Refused("representative-form", what="until")
    facts = MandateFacts(
        patient=patients.display_name(patient),
        birth_date=patients.birth_date_text(patient) or "",
        adviser=account.name,
        organization="",
        scopes=SCOPES,
        actions=_ACTIONS,
        duration=duration,
        start=start,
        end=start + duration.length,
    )
    return _written(facts, patient_id, capacity, evidence)


def _last_moment(
    patient: Resource, start: datetime, capacity: Capacity, until: date | None
) -> datetime | None:
    """Return when it ends at the latest; refuses a quality that does not fit the person."""
    if patients.is_minor(patient, start.date()):
        if capacity not in OF_A_MINOR:
            raise Refused("representative-person")
        born = patients.birth_date(patient)
        if not isinstance(born, date):
            raise Refused("representative-form", what="birthDate")
        grown = born.replace(year=born.year + patients.ADULT, day=min(born.day, 28))
        until = min(until or grown, grown)
    elif capacity is Capacity.PARENT or not _may_be_represented(patient, capacity):
        raise Refused("representative-person")
    return datetime.combine(until, time(), UTC) if until else None


def _may_be_represented(patient: Resource, capacity: Capacity) -> bool:
    protection = string(extension(patient, patients.PROTECTION_URL), "valueCode")
    return protection == (_UNDER_TUTELLE if capacity is Capacity.GUARDIAN else "habilitation")


def _written(facts: MandateFacts, patient_id: str, capacity: Capacity, evidence: str) -> Resource:
    text = fill(REPRESENTATIVE, facts)
    body = consents.MandateBody(
        id=mint(),
        patient_id=patient_id,
        patient_name=facts.patient,
        birth_date=facts.birth_date,
        organization_id="",
        organization_name="",
        adviser_id="",
        adviser_name=facts.adviser,
        scopes=tuple(each.value for each in Scope if each in facts.scopes),
        actions=tuple(each.value for each in Action if each in facts.actions),
        duration=facts.duration,
        start=facts.start,
        end=facts.end,
        template_id=REPRESENTATIVE,
        text_sha256=digest(text),
        language=LANGUAGE,
        signing_mode=SigningMode.ON_PAPER,
    )
    made = consents.make(body, text)
    # Nobody gave it: the person neither signed nor was asked.
    given = {key: value for key, value in made.items() if key not in {"performer", "verification"}}
    parts = [{"url": "capacity", "valueCode": capacity.value}, {"url": "evidence", "valueString": evidence}]
    return given | {"extension": [*made["extension"], {"url": REPRESENTATION_URL, "extension": parts}]}
