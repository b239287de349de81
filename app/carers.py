"""Someone close is trusted: the consent the person writes for their carer, and the mandate it is for both.

It is a mandate of another template (``aidant-fr-1``), kept and revoked as every mandate is; the service
writes into it who accepted. Its end is always a day: 31, 182 or 365 days. What a carer may never get is not
offered here and refused there (``NEVER_SCOPES``, ``NEVER_ACTIONS``).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Final

from app import mandates
from app.carer_limits import NeverForCarer, require_not_carer
from app.codes.mandate_texts import CARER, LANGUAGE, REPRESENTATIVE, MandateFacts, digest, fill
from app.codes.mandate_words import Action, Duration, Scope, SigningMode
from app.errors import PersonCanAct
from app.fhir import consent as consents
from app.fhir import patient as patients
from app.mandates import MandateNothingChosen, MandateProposal, MandateTextDiffers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.fhir import Resource
    from app.mandates import Mandate
    from app.space import Space

__all__ = [
    "DURATIONS",
    "NAME_LIMIT",
    "NEVER_ACTIONS",
    "NEVER_SCOPES",
    "CarerNameMissing",
    "carers_of",
    "draft",
    "is_carers",
    "is_representatives",
    "propose",
    "text_of",
]

NAME_LIMIT: Final = 50
DURATIONS: Final = (Duration.MONTH, Duration.HALF_YEAR, Duration.YEAR)
NEVER_SCOPES: Final = frozenset({Scope.ACCOUNT})
NEVER_ACTIONS: Final = frozenset({Action.SEND})


class CarerNameMissing(PersonCanAct):
    """The consent must name the carer."""

    code: ClassVar[str] = "carer-name-missing"


def propose(
    space: Space, name: str, scopes: Iterable[Scope], actions: Iterable[Action], duration: Duration
) -> MandateProposal:
    """Prepare it; raises ``CarerMayNot``, ``CarerNameMissing``, ``MandateNothingChosen``."""
    require_not_carer(space, NeverForCarer.RESHARE)
    named = " ".join(name.split())[:NAME_LIMIT]
    if not named:
        raise CarerNameMissing
    chosen, allowed = frozenset(scopes) - NEVER_SCOPES, frozenset(actions) - NEVER_ACTIONS
    if not chosen or not allowed or duration not in DURATIONS:
        raise MandateNothingChosen
    start = space.clock()
    start -= timedelta(microseconds=start.microsecond)
    facts = MandateFacts(
        patient=patients.display_name(space.patient),
        birth_date=patients.birth_date_text(space.patient) or "",
        adviser=named,
        organization="",
        scopes=chosen,
        actions=allowed,
        duration=duration,
        start=start,
        end=start + duration.length,
    )
    return MandateProposal(space.patient_id, "", "", facts, template_id=CARER)


def text_of(proposal: MandateProposal) -> str:
    """Write out the text to be shown, read aloud and agreed to."""
    return fill(proposal.template_id, proposal.facts)


def draft(proposal: MandateProposal, *, shown_text: str, explained_in: str = "") -> Resource:
    """Return the consent that the service completes when somebody accepts; raises ``MandateTextDiffers``."""
    if shown_text != text_of(proposal):
        raise MandateTextDiffers
    facts = proposal.facts
    body = consents.MandateBody(
        id=proposal.id,
        patient_id=proposal.patient_id,
        patient_name=facts.patient,
        birth_date=facts.birth_date,
        organization_id="",
        organization_name="",
        adviser_id="",
        adviser_name=facts.adviser,
        scopes=tuple(scope for scope in Scope if scope in facts.scopes),
        actions=tuple(action for action in Action if action in facts.actions),
        duration=facts.duration,
        start=facts.start,
        end=facts.end,
        template_id=proposal.template_id,
        text_sha256=digest(shown_text),
        language=LANGUAGE,
        signing_mode=SigningMode.ON_SCREEN,
        status="proposed",
        explained_in=explained_in,
    )
    return consents.make(body, shown_text)


def is_representatives(mandate: Mandate) -> bool:
    """Say whether it is what the service noted of a legal representative, which nobody gave."""
    return mandate.template_id == REPRESENTATIVE


def is_carers(mandate: Mandate) -> bool:
    """Say whether a mandate is a carer's."""
    return not mandate.organization_id


def carers_of(space: Space) -> list[Mandate]:
    """List the carers who may act now, the newest first."""
    moment = space.clock()
    return [
        each for each in mandates.mandates_of(space) if is_carers(each) and mandates.is_running(each, moment)
    ]
