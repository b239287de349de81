"""The person's yes or no to a professional who would read their space: a consent, and no mandate.

Decisions:

- It is one of the acts that only the person decides (`app.personal_acts`): read back in the exact words and
  confirmed by their own press, whatever any mandate says.
- A Consent of another category than a mandate (`app.fhir.consent`): ``permit`` until a day, or ``deny``. The
  words that were confirmed stand on it with their hash.
- The newest answer about a professional replaces the older ones in the same act: a no takes a yes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from app.acts import commit, version_of
from app.clock import instant
from app.codes.mandate_texts import spoken_day
from app.codes.mandate_words import Duration
from app.codes.personal_acts import PersonalAct
from app.codes.systems import OURS, V3_PARTICIPATION
from app.errors import PersonCanAct
from app.fhir import codeable, codes, node, nodes, reference, resource_key, string
from app.fhir import patient as patients
from app.ids import mint
from app.personal_acts import confirmed_words, read_back, require_confirmed, sealed_with
from app.search import fold
from app.space import AssistMode

if TYPE_CHECKING:
    from app.fhir import Resource
    from app.personal_acts import Confirmation, ReadBack
    from app.space import Space

__all__ = ["AccessAnswer", "AccessConsent", "ProfessionalMissing", "accesses", "asked", "keep", "running"]

CATEGORY = f"{OURS}/CodeSystem/consent-category"
PROFESSIONAL_ACCESS = "professional-access"
_CONSENT_SCOPE = "http://terminology.hl7.org/CodeSystem/consentscope"
_POLICY = f"{OURS}/CodeSystem/read-back"
NAME_LIMIT = 80


class ProfessionalMissing(PersonCanAct):
    """An answer needs the name of the professional it is about."""

    code: ClassVar[str] = "access-professional-missing"


class AccessAnswer(StrEnum):
    """The person's answer; nothing is chosen beforehand."""

    MONTH = Duration.MONTH.value
    YEAR = Duration.YEAR.value
    NO = "deny"


@dataclass(frozen=True, slots=True)
class AccessConsent:
    """One answer: about whom, yes until when (``None``: no), in the words that were confirmed."""

    id: str
    professional: str
    until: datetime | None
    at: datetime
    words: str
    status: str


def asked(space: Space, professional: str, answer: AccessAnswer) -> ReadBack:
    """Write the words to be read back; raises ``PersonDecides``, ``ProfessionalMissing``."""
    name = " ".join(professional.split())[:NAME_LIMIT]
    if not name:
        raise ProfessionalMissing
    if answer is AccessAnswer.NO:
        return read_back(space, PersonalAct.PROFESSIONAL_ACCESS, "acces-refus-fr-1", professional=name)
    end = spoken_day(_end(space, answer).astimezone().date().isoformat())
    return read_back(space, PersonalAct.PROFESSIONAL_ACCESS, "acces-accord-fr-1", professional=name, end=end)


def _end(space: Space, answer: AccessAnswer) -> datetime:
    return space.clock() + Duration(answer.value).length


def keep(space: Space, professional: str, answer: AccessAnswer, given: Confirmation | None) -> AccessConsent:
    """Keep the answer; raises as ``asked`` and ``personal_acts.require_confirmed``."""
    words = asked(space, professional, answer).words
    require_confirmed(space, PersonalAct.PROFESSIONAL_ACCESS, given, words)
    assert given is not None  # noqa: S101 (require_confirmed refuses none)
    name = " ".join(professional.split())[:NAME_LIMIT]
    body = sealed_with(_made(space, name, answer, given), given)
    over = [each | {"status": "inactive"} for each in _about(space, name)]
    base = {resource_key(each): version_of(each) for each in over}
    commit(space, [*over, body], mode=AssistMode.WITH, base_versions=base)
    return _read(body)


def _made(space: Space, name: str, answer: AccessAnswer, given: Confirmation) -> Resource:
    moment = space.clock()
    patient = reference("Patient", space.patient_id, patients.display_name(space.patient))
    provision: Resource = {
        "type": "deny" if answer is AccessAnswer.NO else "permit",
        "actor": [{"role": codeable(V3_PARTICIPATION, "PRCP"), "reference": {"display": name}}],
    }
    if answer is not AccessAnswer.NO:
        provision["period"] = {"start": instant(moment), "end": instant(_end(space, answer))}
    return {
        "resourceType": "Consent",
        "id": mint(),
        "status": "active",
        "scope": codeable(_CONSENT_SCOPE, "patient-privacy"),
        "category": [codeable(CATEGORY, PROFESSIONAL_ACCESS)],
        "patient": patient,
        "dateTime": instant(moment),
        "performer": [patient],
        "policyRule": codeable(_POLICY, given.read_back.template),
        "verification": [{"verified": True, "verifiedWith": patient, "verificationDate": instant(given.at)}],
        "provision": provision,
    }


def is_access(resource: Resource) -> bool:
    """Say whether a Consent is about a professional's access."""
    concepts = nodes(resource, "category")
    return any(PROFESSIONAL_ACCESS in codes(each, CATEGORY) for each in concepts)


def _all(space: Space) -> list[Resource]:
    mine = f"Patient/{space.patient_id}"
    return [
        each
        for each in space.records.all("Consent")
        if is_access(each) and string(each, "patient", "reference") == mine
    ]


def _about(space: Space, name: str) -> list[Resource]:
    same = fold(name)
    return [
        each
        for each in _all(space)
        if each.get("status") == "active" and fold(_read(each).professional) == same
    ]


def accesses(space: Space) -> list[AccessConsent]:
    """List the answers that count now, the newest first."""
    living = [_read(each) for each in _all(space) if each.get("status") == "active"]
    return sorted(living, key=lambda each: each.at, reverse=True)


def running(consent: AccessConsent, moment: datetime) -> bool:
    """Say whether a professional may read now."""
    return consent.status == "active" and consent.until is not None and moment < consent.until


def _read(body: Resource) -> AccessConsent:
    provision = node(body, "provision")
    is_no = provision.get("type") != "permit"
    return AccessConsent(
        id=str(body["id"]),
        professional=string(provision, "actor", 0, "reference", "display") or "",
        until=None if is_no else _moment(string(provision, "period", "end")),
        at=_moment(string(body, "dateTime")),
        words=confirmed_words(body),
        status=string(body, "status") or "",
    )


def _moment(text: str | None) -> datetime:
    """Read a moment; what is none is long past, so that nothing is permitted by it."""
    try:
        moment = datetime.fromisoformat(text or "")
        return moment if moment.tzinfo else moment.astimezone()
    except (ValueError, OverflowError):  # year 1 is before any calendar elsewhere
        return datetime(1970, 1, 1, tzinfo=UTC)
