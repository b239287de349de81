"""What the service looks at before it takes a Consent, or an act that the person alone decides.

- An act of the closed list (``app.codes.personal_acts``) carries the person's confirmation of its words,
  and is never done for them: whatever a mandate says, and whoever's token it is. Done by the person alone it
  needs no read-back, nobody being there to decide in their place.
- A mandate says in its codes what its text says: the text that was agreed to is there, is the one that was
  hashed, and is what its own facts write. A mandate that was widened on its way is refused when it comes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.codes.mandate_texts import MandateFacts, digest, written_as
from app.codes.mandate_words import Action, Duration, Scope
from app.codes.personal_acts import PersonalAct
from app.codes.systems import OURS
from app.fhir import codes, nodes
from app.fhir import consent as consents
from app.fhir.confirmation import is_confirmed
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from app.fhir import Resource

__all__ = ["check_mandate", "check_personal", "personal_act"]

_CATEGORY = f"{OURS}/CodeSystem/consent-category"


def personal_act(resource: Resource) -> PersonalAct | None:
    """Return which act of the closed list a resource is; ``None`` for any other."""
    found = {code for each in nodes(resource, "category") for code in codes(each, _CATEGORY)}
    return next((each for each in PersonalAct if each.value in found), None)


def check_personal(resource: Resource, *, for_the_person: bool) -> None:
    """Refuse an act of the closed list that the person did not confirm; raises ``person-decides``."""
    act = personal_act(resource)
    if act is not None and (for_the_person or not is_confirmed(resource, act)):
        raise Refused("person-decides", at=str(resource.get("resourceType")))


def check_mandate(resource: Resource) -> None:
    """Refuse a mandate whose codes are not what its text says; raises ``mandate-text``."""
    body = consents.mandate_body(resource) if resource.get("resourceType") == "Consent" else None
    if body is None:
        return
    text = consents.signed_text(resource)
    try:
        facts = MandateFacts(
            patient=body.patient_name,
            birth_date=body.birth_date,
            adviser=body.adviser_name,
            organization=body.organization_name,
            scopes=frozenset(map(Scope, body.scopes)),
            actions=frozenset(map(Action, body.actions)),
            duration=Duration(body.duration),
            start=body.start,
            end=body.end,
        )
        holds = text is not None and digest(text) == body.text_sha256
        if text is None or not holds or not written_as(body.template_id, facts, text):
            raise Refused("mandate-text", at="Consent.sourceAttachment")
    except (KeyError, ValueError):
        raise Refused("mandate-text", at="Consent.provision") from None
