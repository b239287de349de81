"""A mandate as its Consent tells it, and whether it still says what the person agreed to.

Decision: text, hash and codes are held against each other each time they count. A text whose hash is not its
own, a code that says more than the text, a duration that is not that of the dates: edited, whoever did it.
A template of a later version cannot be written here: its mandate is believed by its hash, and not proven.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.codes.mandate_texts import MandateFacts, digest, written_as
from app.codes.mandate_words import Action, Duration, Scope, SigningMode
from app.fhir import consent as consents

if TYPE_CHECKING:
    from datetime import datetime

    from app.fhir import Resource

__all__ = ["Mandate", "facts_of", "from_consent", "is_edited", "is_running", "verify"]


@dataclass(frozen=True, slots=True)
class Mandate:
    """A mandate as its Consent tells it. ``end`` is the latest moment; ``status`` FHIR's word."""

    id: str
    patient_id: str
    organization_id: str
    organization: str
    adviser_id: str
    adviser: str
    scopes: frozenset[Scope]
    actions: frozenset[Action]
    duration: Duration
    start: datetime
    end: datetime
    template_id: str
    text_sha256: str
    language: str
    signing_mode: SigningMode
    status: str
    explained_in: str = ""
    proof: str = ""
    attestation: str = ""


def from_consent(resource: Resource) -> Mandate | None:
    """Read a mandate, ``None`` for a Consent that is not one. Codes of a later version are left out."""
    body = consents.mandate_body(resource)
    if body is None or body.duration not in set(Duration) or body.signing_mode not in set(SigningMode):
        return None
    return Mandate(
        id=body.id,
        patient_id=body.patient_id,
        organization_id=body.organization_id,
        organization=body.organization_name,
        adviser_id=body.adviser_id,
        adviser=body.adviser_name,
        scopes=frozenset(Scope(code) for code in body.scopes if code in set(Scope)),
        actions=frozenset(Action(code) for code in body.actions if code in set(Action)),
        duration=Duration(body.duration),
        start=body.start,
        end=body.end,
        template_id=body.template_id,
        text_sha256=body.text_sha256,
        language=body.language,
        signing_mode=SigningMode(body.signing_mode),
        status=body.status,
        explained_in=body.explained_in,
        proof=body.proof,
        attestation=body.attestation,
    )


def facts_of(consent: Resource) -> MandateFacts | None:
    """Return what fills a mandate's template, names as on the day; ``None`` for what is no mandate."""
    mandate, body = from_consent(consent), consents.mandate_body(consent)
    if mandate is None or body is None:
        return None
    return MandateFacts(
        patient=body.patient_name,
        birth_date=body.birth_date,
        adviser=mandate.adviser,
        organization=mandate.organization,
        scopes=mandate.scopes,
        actions=mandate.actions,
        duration=mandate.duration,
        start=mandate.start,
        end=mandate.end,
    )


def verify(consent: Resource) -> bool:
    """Say whether the text kept is the one hashed, and says what the Consent's codes say."""
    try:
        return _says_its_text(consent)
    except KeyError:
        return False


def is_edited(consent: Resource) -> bool:
    """Say whether a mandate was changed since; one of a later version is believed by its hash alone."""
    try:
        return not _says_its_text(consent)
    except KeyError:
        return False


def _says_its_text(consent: Resource) -> bool:
    """Compare text, hash and codes; ``KeyError`` where only the template is not known here."""
    mandate, text, facts = from_consent(consent), consents.signed_text(consent), facts_of(consent)
    if mandate is None or facts is None or text is None or digest(text) != mandate.text_sha256:
        return False
    if facts.end - facts.start != facts.duration.length:
        return False
    return written_as(mandate.template_id, facts, text)


def is_running(mandate: Mandate, moment: datetime) -> bool:
    """Say whether it is neither revoked nor outside its dates."""
    return mandate.status == "active" and mandate.start <= moment < mandate.end
