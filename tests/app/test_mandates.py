"""Mandates: granted as shown, checked at every act, ended in every way."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from app import documents, mandates
from app.carer_limits import CarerMayNot
from app.codes.mandate_texts import digest, fill
from app.fhir import consent as consents
from app.fhir import patient as patients
from app.fhir import provenance, resource_key
from app.mandate_policy import DurationNotAllowed
from app.mandates import (
    Action,
    Duration,
    MandateEdited,
    MandateExpired,
    MandateMissing,
    MandateNothingChosen,
    MandateRevoked,
    MandateTextDiffers,
    RefusedForMinor,
    RefusedForProtectedAdult,
    RevokedBy,
    Scope,
    ScopeNotGranted,
)
from app.outbox import waiting
from app.records import Cursor, FeedEntry
from app.space import Actor, ActorRole, AssistMode, DoneCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.mandates import Mandate
    from app.space import Space


def _grant(
    space: Space, duration: Duration = Duration.SESSION, *, scopes: set[Scope] | None = None
) -> Mandate:
    proposal = mandates.propose(space, scopes or {Scope.DOCUMENTS}, {Action.VIEW, Action.ADD}, duration)
    return mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))


def _require(space: Space, action: Action = Action.ADD, scope: Scope = Scope.DOCUMENTS) -> None:
    mandates.require(space, action, scope)


def _stored(space: Space, mandate: Mandate) -> dict[str, Any]:
    found = space.records.get("Consent", mandate.id)
    assert found is not None
    return found


def test_doing_with_the_person_needs_no_mandate(space: Space) -> None:
    """Faire avec: the person acts, whatever the helper may do for them."""
    _require(space)
    _require(space, Action.PRINT, Scope.WISHES)


def test_doing_for_the_person_needs_one(space: Space) -> None:
    """Faire pour without a mandate is refused; with it, what it opens passes and nothing else."""
    space.mode = AssistMode.FOR
    with pytest.raises(MandateMissing):
        _require(space)
    _grant(space)
    _require(space)
    with pytest.raises(ScopeNotGranted) as caught:
        _require(space, Action.PRINT)
    assert caught.value.fields == {"scope": "documents", "action": "print"}
    with pytest.raises(ScopeNotGranted):
        _require(space, Action.VIEW, Scope.MESSAGES)


def test_what_is_kept_is_the_text_shown_and_its_hash(space: Space) -> None:
    """The Consent holds exactly what the person read, and verifies from then on."""
    proposal = mandates.propose(space, {Scope.DOCUMENTS}, {Action.VIEW})
    shown = mandates.text_of(proposal)
    mandate = mandates.grant(space, proposal, shown_text=shown)
    stored = _stored(space, mandate)
    assert consents.signed_text(stored) == shown
    assert mandate.text_sha256 == digest(shown)
    assert mandates.verify(stored)
    assert mandates.from_consent(stored) == mandate
    assert (mandate.duration, mandate.language, mandate.status) == (Duration.SESSION, "fr", "active")


def test_a_text_that_is_not_the_mandates_is_never_kept(space: Space) -> None:
    """One changed letter between screen and record is a bug, and nothing is granted."""
    proposal = mandates.propose(space, {Scope.DOCUMENTS}, {Action.VIEW})
    with pytest.raises(MandateTextDiffers):
        mandates.grant(space, proposal, shown_text=mandates.text_of(proposal) + " ")
    assert space.records.all("Consent") == []
    assert waiting(space.sealer.outbox) == [] if space.sealer else True


def test_the_hash_still_verifies_after_the_organization_took_another_name(space: Space, clock: Any) -> None:  # noqa: ANN401
    """Names are kept as they stood; the space's own actor may be called otherwise by then."""
    mandate = _grant(space, Duration.YEAR)
    clock.forward(days=200)
    space.actor = Actor("adviser-1", "Claire Dupont", ActorRole.ADVISER, "org-1", "Maison France services")
    assert mandates.verify(_stored(space, mandate))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body["provision"]["class"].append(body["provision"]["class"][0] | {"code": "wishes"}),
        lambda body: body["provision"]["period"].update(end="2036-01-01T00:00:00.000Z"),
        lambda body: body["provision"]["actor"][0]["reference"].update(display="Marc Autre"),
        lambda body: body["sourceAttachment"].update(data="TWFuZGF0"),
        lambda body: body["sourceAttachment"].pop("data"),
        lambda body: body.pop("extension"),
        lambda body: body["extension"][0]["extension"][3].update(valueString="P365D"),
        lambda body: body["extension"][0]["extension"][0].update(valueString="mandat-fr-99"),
    ],
)  # fmt: skip
def test_a_consent_that_was_altered_does_not_verify(space: Space, spoil: Callable[[Any], object]) -> None:
    """Codes that say more than the text, another text, no text, an unknown template."""
    body = copy.deepcopy(_stored(space, _grant(space)))
    spoil(body)
    assert not mandates.verify(body)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda body: body["provision"]["class"].append(body["provision"]["class"][0] | {"code": "wishes"}),
        lambda body: body["provision"]["period"].update(end="2036-01-01T00:00:00.000Z"),
        lambda body: body["sourceAttachment"].update(data="TWFuZGF0"),
    ],
)  # fmt: skip
def test_a_mandate_that_was_edited_on_its_way_allows_nothing(
    space: Space, spoil: Callable[[Any], object]
) -> None:
    """Whoever changed it: the helper is refused, in words of its own."""
    space.mode = AssistMode.FOR
    mandate = _grant(space, Duration.YEAR)
    (operation,) = space.records.operations()
    _require(space)
    body = copy.deepcopy(_stored(space, mandate))
    spoil(body)
    told = [operation.resources[-1], body, *operation.resources[1:-1]]
    entries = [
        FeedEntry.of(each["resourceType"], each["id"], "2", "2026-11-22T14:00:00Z", each) for each in told
    ]
    space.records.apply_page("patient", entries, Cursor("1", "epoch"))
    assert mandates.is_edited(_stored(space, mandate))
    with pytest.raises(MandateEdited):
        _require(space)


def test_a_mandate_of_a_later_version_is_believed_by_its_hash(space: Space) -> None:
    """Its text cannot be written here: it is not called edited, and not proven either."""
    body = copy.deepcopy(_stored(space, _grant(space)))
    for part in body["extension"][0]["extension"]:
        if part["url"] == "template":
            part["valueString"] = "mandat-fr-99"
    assert not mandates.is_edited(body)
    assert not mandates.verify(body)


def test_a_visits_mandate_is_the_default_and_ends_with_it(space: Space, clock: Any) -> None:  # noqa: ANN401
    """By being ended at the end of the session, and by the clock should that never happen."""
    space.mode = AssistMode.FOR
    mandate = _grant(space)
    mandates.end_session(space)
    assert _stored(space, mandate)["status"] == "inactive"
    with pytest.raises(MandateMissing):
        _require(space)
    _grant(space)
    clock.forward(hours=12)
    with pytest.raises(MandateExpired):
        _require(space)


def test_a_longer_mandate_outlives_the_visit_and_ends_by_the_clock(space: Space, clock: Any) -> None:  # noqa: ANN401
    """To the second."""
    space.mode = AssistMode.FOR
    mandate = _grant(space, Duration.MONTH)
    mandates.end_session(space)
    space.mandate = mandates.running(space)
    assert space.mandate == mandate
    clock.moment = mandate.end
    clock.forward(seconds=-1)
    _require(space)
    clock.forward(seconds=1)
    with pytest.raises(MandateExpired):
        _require(space)
    assert mandates.running(space) is None


def test_a_new_mandate_ends_those_of_the_same_organization_in_the_same_act(space: Space) -> None:
    """One operation carries both, so that there is never a moment with two, or with none."""
    old = _grant(space, Duration.MONTH)
    new = _grant(space, Duration.DAY)
    assert _stored(space, old)["status"] == "inactive"
    assert space.mandate == new
    assert [each.id for each in mandates.mandates_of(space) if each.status == "active"] == [new.id]
    operation = space.records.operations()[-1]
    keys = [resource_key(each) for each in operation.resources]
    assert keys[:2] == [f"Consent/{old.id}", f"Consent/{new.id}"]
    assert keys[3:] == [f"DocumentReference/{new.attestation}", f"Provenance/{operation.op_id}"]
    assert f"Consent/{old.id}" in operation.base_versions
    assert f"Consent/{new.id}" not in operation.base_versions


def test_another_organizations_mandate_is_left_alone(space: Space) -> None:
    """The person may have one with the pharmacy and one with the town hall."""
    first = _grant(space, Duration.MONTH)
    space.actor = Actor("pharmacist-1", "Paul Henry", ActorRole.PHARMACIST, "org-2", "Pharmacie du Parc")
    _grant(space, Duration.DAY)
    assert _stored(space, first)["status"] == "active"


def test_either_side_revokes_and_says_so(space: Space) -> None:
    """At once, with when, by whom and why; a second time is harmless."""
    space.mode = AssistMode.FOR
    mandate = _grant(space, Duration.YEAR)
    mandates.revoke(space, mandate, by=RevokedBy.ORGANIZATION, reason="adviser-left")
    stored = _stored(space, mandate)
    assert stored["status"] == "inactive"
    said = {each["url"]: each.get("valueCode") for each in stored["extension"][-1]["extension"]}
    assert (said["by"], said["reason"]) == ("organization", "adviser-left")
    count = len(space.records.operations())
    mandates.revoke(space, mandate)
    assert len(space.records.operations()) == count
    with pytest.raises(MandateMissing):
        _require(space)
    assert [line.code for line in space.done] == [DoneCode.MANDATE_GRANTED, DoneCode.MANDATE_REVOKED]


def test_a_revocation_on_another_device_counts_at_once(space: Space) -> None:
    """The feed brings it; the mandate held in memory no longer helps."""
    space.mode = AssistMode.FOR
    mandate = _grant(space, Duration.YEAR)
    (operation,) = space.records.operations()
    body = consents.revoked(_stored(space, mandate), by="patient", reason="asked", moment=space.clock())
    entries = [
        FeedEntry.of("Provenance", operation.op_id, "1", "2026-11-22T14:00:00Z", operation.resources[-1]),
        FeedEntry.of("Consent", mandate.id, "2", "2026-11-22T14:00:00Z", body),
        *(
            FeedEntry.of(each["resourceType"], each["id"], "1", "2026-11-22T14:00:00Z", each)
            for each in operation.resources[1:-1]
        ),
    ]
    space.records.apply_page("patient", entries, Cursor("1", "epoch"))
    with pytest.raises(MandateRevoked):
        _require(space)


def test_a_colleague_may_use_a_longer_mandate_but_not_a_visits(space: Space) -> None:
    """As its text says."""
    space.mode = AssistMode.FOR
    _grant(space, Duration.SESSION)
    colleague = Actor("adviser-2", "Nadia Roy", ActorRole.ADVISER, "org-1", "France services de Reims")
    stranger = Actor("adviser-3", "Luc Noir", ActorRole.ADVISER, "org-9", "Mairie de Nulle Part")
    claire, space.actor = space.actor, colleague
    with pytest.raises(MandateMissing):
        _require(space)
    space.actor = claire
    _grant(space, Duration.MONTH)
    space.actor = colleague
    _require(space)
    space.actor = stranger
    with pytest.raises(MandateMissing):
        _require(space)
    assert mandates.running(space) is None


@pytest.mark.parametrize("role", [ActorRole.ADVISER, ActorRole.PHARMACIST])
def test_professionals_get_no_mandate_from_minors_and_protected_adults(
    open_space: Callable[..., Space], jeanne: dict[str, Any], role: ActorRole
) -> None:
    """Refused before any text is shown; a legal representative has a way of their own."""
    actor = Actor("a", "A", role, "org-1", "O")
    minor = jeanne | {"birthDate": "2010-05-05"}
    protected = copy.deepcopy(jeanne)
    protected["extension"].append({"url": patients.PROTECTION_URL, "valueCode": "curatelle"})
    for patient, refused in ((minor, RefusedForMinor), (protected, RefusedForProtectedAdult)):
        with pytest.raises(refused):
            mandates.propose(open_space(patient=patient, actor=actor), {Scope.DOCUMENTS}, {Action.VIEW})
        representative = Actor("r", "R", ActorRole.LEGAL_REPRESENTATIVE, "org-1", "O")
        space = open_space(patient=patient, actor=representative)
        with pytest.raises(CarerMayNot):
            mandates.propose(space, {Scope.DOCUMENTS}, {Action.VIEW})


def test_a_proposal_is_refused_again_when_it_is_granted(space: Space) -> None:
    """A proposal made before the protection became known grants nothing."""
    proposal = mandates.propose(space, {Scope.DOCUMENTS}, {Action.VIEW})
    space.patient = space.patient | {"extension": [{"url": patients.PROTECTION_URL, "valueCode": "tutelle"}]}
    with pytest.raises(RefusedForProtectedAdult):
        mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))


@pytest.mark.parametrize(("scopes", "actions"), [(set(), {Action.VIEW}), ({Scope.DOCUMENTS}, set())])
def test_nothing_ticked_is_no_mandate(space: Space, scopes: set[Scope], actions: set[Action]) -> None:
    """Every scope starts unticked."""
    with pytest.raises(MandateNothingChosen):
        mandates.propose(space, scopes, actions)


def test_the_person_is_the_author_of_a_grant_even_when_the_helper_acts_for_them(space: Space) -> None:
    """No helper ever grants themself a mandate."""
    space.mode = AssistMode.FOR
    mandate = _grant(space)
    written = space.records.operations()[-1].resources[-1]
    assert provenance.assist_mode(written) == "faire_avec"
    assert provenance.mandate_id(written) is None
    assert written["agent"][0]["who"]["reference"] == f"Patient/{space.patient_id}"
    assert f"Consent/{mandate.id}" in provenance.targets(written)


def test_a_grant_is_sealed_for_the_service(space: Space, service: Any) -> None:  # noqa: ANN401
    """A mandate given without a network reaches the service even if this session never does."""
    mandate = _grant(space)
    assert space.sealer is not None
    (envelope,) = waiting(space.sealer.outbox)
    opened = service.open(envelope.read_bytes())
    sent = orjson.loads(opened.operation_json)
    assert [entry["resource"]["resourceType"] for entry in sent["bundle"]["entry"]] == [
        "Consent",
        "List",
        "DocumentReference",
        "Provenance",
    ]
    assert mandates.verify(sent["bundle"]["entry"][0]["resource"])
    assert sent["bundle"]["entry"][0]["resource"]["id"] == mandate.id
    assert opened.document_key is not None
    assert sent["document"]["id"] == mandate.attestation


def test_an_act_counts_by_its_own_moment_even_after_the_mandate_has_ended(space: Space, clock: Any) -> None:  # noqa: ANN401
    """Sealed offline, delivered the next day: the mandate ran when the act was done."""
    mandate = _grant(space)
    clock.forward(minutes=10)
    during = clock()
    clock.forward(minutes=10)
    mandates.end_session(space)
    ended = _stored(space, mandate)
    assert consents.revoked_at(ended) == clock()
    assert consents.running_at(ended, during)
    assert not consents.running_at(ended, clock())
    assert not consents.running_at(ended, mandate.start - (during - mandate.start))
    assert not consents.running_at(ended | {"extension": ended["extension"][:1]}, during)
    assert not consents.running_at({}, during)


def test_a_mandate_is_sent_before_what_is_done_under_it_and_its_end_after(
    space: Space, candidate: Callable[..., Any]
) -> None:
    """So that the service never meets an act without its mandate."""
    mandate = _grant(space, Duration.DAY)
    filed = documents.file(
        space, candidate(), category="ORD_SOIN", date=space.clock().date(), title="Ordonnance"
    )
    mandates.revoke(space, mandate)
    grant, deposit, end = sorted(space.records.operations(), key=lambda each: (each.lane, each.seq))
    assert f"Consent/{mandate.id}" in {resource_key(each) for each in grant.resources}
    assert deposit.op_id == filed.op_id
    assert end.base_versions == {f"Consent/{mandate.id}": ""}


def test_the_language_of_the_explanation_is_no_part_of_what_is_hashed(space: Space) -> None:
    """Kept beside the text, read back, kept through the end; nothing where nothing explained it."""
    proposal = mandates.propose(space, {Scope.DOCUMENTS}, {Action.VIEW})
    text = mandates.text_of(proposal)
    granted = mandates.grant(space, proposal, shown_text=text, explained_in="ar")
    assert (granted.explained_in, granted.language, granted.text_sha256) == ("ar", "fr", digest(text))
    assert mandates.verify(_stored(space, granted))
    mandates.revoke(space, granted)
    ended = mandates.from_consent(_stored(space, granted))
    assert ended is not None
    assert (ended.explained_in, ended.status) == ("ar", "inactive")
    plain = _grant(space)
    assert plain.explained_in == ""
    assert "explained-in" not in str(_stored(space, plain))


def test_the_facts_of_a_mandate_write_its_text_again(space: Space) -> None:
    """What is no mandate has none."""
    granted = _grant(space, Duration.MONTH)
    stored = _stored(space, granted)
    facts = mandates.facts_of(stored)
    assert facts is not None
    assert fill(granted.template_id, facts) == consents.signed_text(stored)
    assert mandates.facts_of({"resourceType": "Consent"}) is None


def test_the_organization_s_policy_holds_below_the_screens(space: Space) -> None:
    """What it does not allow is neither prepared nor given, whatever a screen offered."""
    month = mandates.propose(space, {Scope.DOCUMENTS}, {Action.VIEW}, Duration.MONTH)
    space.durations = ("P1D",)
    with pytest.raises(DurationNotAllowed):
        mandates.propose(space, {Scope.DOCUMENTS}, {Action.VIEW}, Duration.MONTH)
    with pytest.raises(DurationNotAllowed):
        mandates.grant(space, month, shown_text=mandates.text_of(month))
    for duration in (Duration.SESSION, Duration.DAY):
        proposal = mandates.propose(space, {Scope.DOCUMENTS}, {Action.VIEW}, duration)
        assert mandates.grant(space, proposal, shown_text=mandates.text_of(proposal)).duration is duration
