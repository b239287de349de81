"""Mandates: what the helper may do *for* the person, granted, checked, ended.

Decisions:

- *Faire avec* needs no mandate; ``require`` is asked before every act and every reading, and lets
  it pass. *Faire pour* passes under a running mandate that opens that scope for that action.
- The mandate is read again from the store each time it is needed: it may have been revoked on
  another device since.
- A mandate for one visit is the adviser's alone and ends with it; a longer one is the
  organization's (its text says so), and any of its advisers may act under it.
- A new one replaces, in the same act, those of the same organization that are still running.
- Only the French text binds and is hashed. Where its translation stood beside it, the Consent says in
  which language (``explained_in``): it is no evidence of the text, but of how it was understood.
- The person is always the author of a grant, and of a revocation unless the helper's side revokes.
- Who may get one, and for how long, is said by `app.mandate_policy`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from app import attestations
from app.acts import commit, version_of
from app.carer_limits import NeverForCarer, require_not_carer
from app.codes.mandate_texts import CURRENT, LANGUAGE, REPRESENTATIVE, MandateFacts, digest, fill
from app.codes.mandate_words import Action, Duration, Scope, SigningMode
from app.errors import OurBug, PersonCanAct
from app.fhir import consent as consents
from app.fhir import patient as patients
from app.fhir import resource_key
from app.fhir.audit_event import AuditAction
from app.ids import mint
from app.mandate_policy import (
    DurationNotAllowed,
    RefusedForMinor,
    RefusedForProtectedAdult,
    refusal,
    require_duration,
)
from app.mandate_records import Mandate, facts_of, from_consent, is_edited, is_running, verify
from app.space import AssistMode, DoneCode

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.fhir import Resource
    from app.space import Space

__all__ = [
    "Action",
    "Duration",
    "DurationNotAllowed",
    "Mandate",
    "MandateEdited",
    "MandateExpired",
    "MandateMissing",
    "MandateNothingChosen",
    "MandateProposal",
    "MandateRevoked",
    "MandateTextDiffers",
    "RefusedForMinor",
    "RefusedForProtectedAdult",
    "RepresentationNoted",
    "RevokedBy",
    "Scope",
    "ScopeNotGranted",
    "SigningMode",
    "end_session",
    "facts_of",
    "from_consent",
    "grant",
    "is_edited",
    "is_running",
    "mandates_of",
    "paper_code",
    "propose",
    "refusal",
    "require",
    "revoke",
    "running",
    "text_of",
    "verify",
]

# A mandate reaches the service before the acts done under it, its end after them.
_BEFORE_ACTS, _AFTER_ACTS = 0, 2


class MandateMissing(PersonCanAct):
    """The helper would act for the person without any mandate."""

    code: ClassVar[str] = "mandate-missing"


class MandateExpired(PersonCanAct):
    """The mandate has come to its end."""

    code: ClassVar[str] = "mandate-expired"


class MandateRevoked(PersonCanAct):
    """The mandate was ended, here or on another device."""

    code: ClassVar[str] = "mandate-revoked"


class ScopeNotGranted(PersonCanAct):
    """The mandate does not open this (``scope``, ``action``: codes of the closed lists)."""

    code: ClassVar[str] = "mandate-scope-not-granted"


class MandateNothingChosen(PersonCanAct):
    """A mandate needs at least one scope and one action."""

    code: ClassVar[str] = "mandate-nothing-chosen"


class MandateEdited(PersonCanAct):
    """What the record says is not what the person agreed to: it was changed since."""

    code: ClassVar[str] = "mandate-edited"


class RepresentationNoted(PersonCanAct):
    """A legal representative comes by the law: the service noted them, and nobody here ends it."""

    code: ClassVar[str] = "representation-noted"


class MandateTextDiffers(OurBug):
    """The text that was shown is not the text of this mandate."""

    code: ClassVar[str] = "mandate-text-differs"


class RevokedBy(StrEnum):
    """Which side ended a mandate."""

    PATIENT = "patient"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class MandateProposal:
    """What is about to be agreed to; ``text_of`` writes it out for the screen."""

    patient_id: str
    adviser_id: str
    organization_id: str
    facts: MandateFacts
    template_id: str = CURRENT
    language: str = LANGUAGE
    id: str = field(default_factory=mint)


def propose(
    space: Space,
    scopes: Iterable[Scope],
    actions: Iterable[Action],
    duration: Duration = Duration.SESSION,
) -> MandateProposal:
    """Prepare a mandate; raises why it is refused, ``DurationNotAllowed`` or ``MandateNothingChosen``."""
    require_not_carer(space, NeverForCarer.RESHARE)
    start = space.clock()
    refused = refusal(space.patient, space.actor.role, start)
    if refused:
        raise refused
    require_duration(space.actor.role, duration, space.durations)
    chosen, allowed = frozenset(scopes), frozenset(actions)
    if not chosen or not allowed:
        raise MandateNothingChosen
    start -= timedelta(microseconds=start.microsecond)
    facts = MandateFacts(
        patient=patients.display_name(space.patient),
        birth_date=patients.birth_date_text(space.patient) or "",
        adviser=space.actor.display,
        organization=space.actor.organization_name,
        scopes=chosen,
        actions=allowed,
        duration=duration,
        start=start,
        end=start + duration.length,
    )
    return MandateProposal(space.patient_id, space.actor.id, space.actor.organization_id, facts)


def text_of(proposal: MandateProposal) -> str:
    """Write out the text to be shown, read aloud and agreed to."""
    return fill(proposal.template_id, proposal.facts)


def grant(
    space: Space,
    proposal: MandateProposal,
    *,
    shown_text: str,
    signing_mode: SigningMode = SigningMode.ON_SCREEN,
    explained_in: str = "",
) -> Mandate:
    """Keep what the person agreed to; ends the running mandates it replaces, in the same act.

    ``shown_text`` is the French text, letter by letter; ``explained_in`` the language (BCP 47) of the
    translation that stood beside it, "" for none.
    """
    require_not_carer(space, NeverForCarer.RESHARE)
    refused = refusal(space.patient, space.actor.role, space.clock())
    if refused:
        raise refused
    require_duration(space.actor.role, proposal.facts.duration, space.durations)
    if shown_text != text_of(proposal) or proposal.patient_id != space.patient_id:
        raise MandateTextDiffers
    code = paper_code(space, proposal, signing_mode)
    attested = attestations.made(space, proposal.id, proposal.template_id, shown_text, signing_mode, code)
    consent = _consent(proposal, shown_text, signing_mode, explained_in, (code, attested.document_id))
    ended = [_ended(space, old, RevokedBy.PATIENT, "replaced") for old in _replaced(space, proposal)]
    _kept(space, ended, consent, attested)
    mandate = from_consent(consent)
    assert mandate is not None  # noqa: S101 (made just above)
    space.mandate = mandate
    space.note(DoneCode.MANDATE_GRANTED, duration=mandate.duration, organization=mandate.organization)
    return mandate


def _kept(space: Space, ended: list[Resource], consent: Resource, attested: attestations.Attestation) -> None:
    """Commit the grant with its attestation, in one act."""
    with attestations.written(space, attested):
        commit(
            space,
            [*ended, consent, *attested.resources],
            mode=AssistMode.WITH,
            base_versions={resource_key(old): version_of(old) for old in ended},
            document_id=attested.document_id,
            lane=_BEFORE_ACTS,
        )


def paper_code(space: Space, proposal: MandateProposal, signing_mode: SigningMode) -> str:
    """Return the signed code for the paper of a proposal; "" where this PC has no key."""
    text = text_of(proposal)
    return attestations.code_for(space, proposal.id, proposal.facts, proposal.template_id, text, signing_mode)


def _consent(
    proposal: MandateProposal,
    text: str,
    signing_mode: SigningMode,
    explained_in: str,
    proven_by: tuple[str, str],
) -> Resource:
    facts = proposal.facts
    body = consents.MandateBody(
        id=proposal.id,
        patient_id=proposal.patient_id,
        patient_name=facts.patient,
        birth_date=facts.birth_date,
        organization_id=proposal.organization_id,
        organization_name=facts.organization,
        adviser_id=proposal.adviser_id,
        adviser_name=facts.adviser,
        scopes=tuple(scope for scope in Scope if scope in facts.scopes),
        actions=tuple(action for action in Action if action in facts.actions),
        duration=facts.duration,
        start=facts.start,
        end=facts.end,
        template_id=proposal.template_id,
        text_sha256=digest(text),
        language=proposal.language,
        signing_mode=signing_mode,
        explained_in=explained_in,
        proof=proven_by[0],
        attestation=proven_by[1],
    )
    return consents.make(body, text)


def _replaced(space: Space, proposal: MandateProposal) -> list[Resource]:
    return [
        body
        for body, mandate in _mandates(space)
        if mandate.organization_id == proposal.organization_id and is_running(mandate, space.clock())
    ]


def _ended(space: Space, consent: Resource, by: RevokedBy, reason: str) -> Resource:
    return consents.revoked(consent, by=by, reason=reason, moment=space.clock())


def revoke(
    space: Space, mandate: Mandate, *, by: RevokedBy = RevokedBy.PATIENT, reason: str = "asked"
) -> None:
    """End a mandate now; ending one that has already ended does nothing. Raises ``RepresentationNoted``."""
    if mandate.template_id == REPRESENTATIVE:
        raise RepresentationNoted
    consent = space.records.get("Consent", mandate.id)
    if space.mandate and space.mandate.id == mandate.id:
        space.mandate = None
    if consent is None or consent.get("status") != "active":
        return
    ended = _ended(space, consent, by, reason)
    base = {resource_key(ended): version_of(ended)}
    commit(
        space, [ended], action=AuditAction.UPDATE, mode=AssistMode.WITH, base_versions=base, lane=_AFTER_ACTS
    )
    space.note(DoneCode.MANDATE_REVOKED, organization=mandate.organization)


def end_session(space: Space) -> None:
    """End the mandate that was given for this visit, if there is one; longer ones stay."""
    for _, mandate in _mandates(space):
        mine = mandate.adviser_id == space.actor.id
        if mine and mandate.duration is Duration.SESSION and is_running(mandate, space.clock()):
            revoke(space, mandate, reason="session-ended")


def mandates_of(space: Space) -> list[Mandate]:
    """List the person's mandates, the newest first."""
    return sorted((mandate for _, mandate in _mandates(space)), key=lambda each: each.start, reverse=True)


def running(space: Space) -> Mandate | None:
    """Return the mandate under which this helper may act now, the newest if there are several."""
    moment = space.clock()
    return next(
        (each for each in mandates_of(space) if is_running(each, moment) and _is_for(each, space)), None
    )


def _mandates(space: Space) -> list[tuple[Resource, Mandate]]:
    read = ((body, from_consent(body)) for body in space.records.all("Consent"))
    return [(body, mandate) for body, mandate in read if mandate and mandate.patient_id == space.patient_id]


def _is_for(mandate: Mandate, space: Space) -> bool:
    """Say whether this helper may use it: a visit's names one adviser, a longer one serves them all."""
    if mandate.duration is Duration.SESSION or not mandate.organization_id:
        return mandate.adviser_id == space.actor.id
    return mandate.organization_id == space.actor.organization_id


def require(space: Space, action: Action, scope: Scope) -> None:
    """Let the act pass, or raise why the helper may not do it for the person."""
    if space.mode is AssistMode.WITH:
        return
    mandate = _current(space)
    if mandate.status != "active":
        raise MandateRevoked
    if not is_running(mandate, space.clock()):
        raise MandateExpired
    if scope not in mandate.scopes or action not in mandate.actions:
        raise ScopeNotGranted(scope=scope.value, action=action.value)


def _current(space: Space) -> Mandate:
    held = space.mandate
    stored = space.records.get("Consent", held.id) if held else None
    fresh = from_consent(stored) if stored else None
    mandate = fresh or (dataclasses.replace(held, status="inactive") if held else None)
    if mandate is None or mandate.patient_id != space.patient_id or not _is_for(mandate, space):
        raise MandateMissing
    if stored is not None and is_edited(stored):
        raise MandateEdited
    return mandate
