"""Mandates: each scope × action × state, on each type and interaction, in every form a request can have."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from app.codes.mandate_words import Action, Scope
from app.fhir import consent as consents
from app.ids import mint
from tests.sync.service.access.cast import CAST, body_of
from tests.sync.service.access.deeds import Form, play
from tests.sync.service.access.policy import SCOPE_OF, Deed, Who, Whose, expected
from tests.sync.service.access.test_matrix import CLOSELY, wrong
from tests.sync.service.house import ADVISER

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.caller import Caller
    from tests.sync.service.access.cast import Answered, Cast, Stage

TYPES = (*sorted(SCOPE_OF), "Consent", "FamilyMemberHistory", "Practitioner", "Provenance")
DEEDS = (
    Deed.READ, Deed.SEARCH, Deed.CREATE, Deed.PUT_NEW, Deed.UPDATE, Deed.PATCH, Deed.DELETE,
    Deed.CREATE_IF_NONE, Deed.UPDATE_WHERE, Deed.DELETE_WHERE,
)  # fmt: skip
FORMS = (Deed.READ, Deed.CREATE, Deed.UPDATE, Deed.PATCH, Deed.DELETE, Deed.UPDATE_WHERE, Deed.DELETE_WHERE)


def under(people: Cast, consent_id: str) -> Caller:
    """Return the adviser with a slip of this mandate."""
    return dataclasses.replace(people.callers["slip"], mandate=consent_id)


def faults_of(
    people: Cast,
    stage: Stage,
    who: Who,
    caller: Caller,
    deeds: tuple[Deed, ...] = DEEDS,
    form: Form = Form.ALONE,
    types: tuple[str, ...] = TYPES,
) -> list[object]:
    """Play a slice; returns what was not as the table says."""
    found: list[object] = []
    for kind in types:
        for deed in deeds:
            wanted = expected(who, deed, kind, Whose.OWN)
            told = play(people, stage, caller, deed, kind, Whose.OWN, form)
            if wrong(told, wanted):
                code = told.code if told.status >= 400 else ""
                found.append((who.name, form.value, kind, deed.value, wanted, told.status, code))
    return found


@pytest.mark.parametrize("scope", Scope)
def test_each_scope_with_each_action_opens_what_it_names(people: Cast, scope: Scope) -> None:
    """One scope and one action at a time: nothing that neither names."""
    with people.stage() as stage:
        found = []
        for action in Action:
            given = people.mandate({scope.value}, {action.value}, stage=stage)
            who = Who(f"{scope}/{action}", mandate=(frozenset({scope.value}), frozenset({action.value})))
            found += faults_of(people, stage, who, under(people, given))
    assert not found, "\n".join(map(str, found[:40]))


@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("ended", "mandate-over"),
        ("to come", "mandate-over"),
        ("revoked", "mandate-over"),
        ("none", "mandate-missing"),
    ],
)
def test_a_mandate_that_does_not_run_opens_nothing(people: Cast, state: str, code: str) -> None:
    """Whatever it named; the person's identity and the directory neither."""
    everything = {each.value for each in Scope}, {each.value for each in Action}
    with people.stage() as stage:
        if state == "none":
            given = mint()
        else:
            begins = timedelta(days=1) if state == "to come" else timedelta(days=-20)
            lasts = timedelta(days=10 if state == "ended" else 31)
            given = people.mandate(*everything, begins=begins, lasts=lasts, stage=stage)
        if state == "revoked":
            revoke(people, stage, given)
        found = faults_of(people, stage, Who(state, over=code), under(people, given))
    assert not found, "\n".join(map(str, found[:40]))


def test_another_organization_s_mandate_changes_nothing(people: Cast) -> None:
    """Who is not named in it writes nothing under it."""
    everything = {each.value for each in Scope}, {each.value for each in Action}
    with people.stage() as stage:
        caller = under(people, people.mandate(*everything, ours=False, stage=stage))
        for kind in TYPES:
            for deed in (Deed.CREATE, Deed.PUT_NEW, Deed.UPDATE, Deed.DELETE):
                if kind == "AuditEvent" and deed in {Deed.PUT_NEW, Deed.UPDATE}:
                    continue  # what was read is told whoever allowed it: see the readings
                told = play(people, stage, caller, deed, kind, Whose.OWN)
                assert told.status == 403, (kind, deed, told.body)


def revoke(people: Cast, stage: Stage, consent_id: str) -> None:
    """End a mandate as the person does."""
    consent = stage.ask(people.system, "GET", f"Consent/{consent_id}").json()
    over = consents.revoked(consent, by="patient", reason="end", moment=people.service.clock())
    assert stage.ask(people.system, "PUT", f"Consent/{consent_id}", over, kept=True).status == 200


@pytest.mark.parametrize("form", [Form.BATCH, Form.TRANSACTION])
@pytest.mark.parametrize("name", ["citizen", "together", "slip", "carer", "representative", "narrow"])
def test_an_entry_may_what_it_may_alone(people: Cast, name: str, form: Form) -> None:
    """A bundle is no way around: deletions, patches and conditions in it are held to the mandate too."""
    types = tuple(sorted(CLOSELY - {"Parameters", "Person", "Practitioner", "Organization"}))
    with people.stage() as stage:
        found = faults_of(people, stage, CAST[name], people.callers[name], FORMS, form, types)
    assert not found, "\n".join(map(str, found[:40]))


def faire_pour(people: Cast, consent_id: str | None, entry: Resource) -> Resource:
    """Make a transaction in which the helper acts for the person."""
    act = body_of("Provenance", people.anne.id)
    act["agent"] = [{"who": {"reference": f"Practitioner/{ADVISER}"}}]
    act["extension"] = [
        {"url": "https://tandem.example/fhir/StructureDefinition/assist-mode", "valueCode": "faire_pour"}
    ]
    if consent_id:
        act["policy"] = [f"Consent/{consent_id}"]
    provenance = {"resource": act, "request": {"method": "POST", "url": "Provenance"}}
    return {"resourceType": "Bundle", "type": "transaction", "entry": [entry, provenance]}


@pytest.mark.parametrize("scope", Scope)
def test_acting_for_the_person_needs_the_same_with_them_in_the_room(people: Cast, scope: Scope) -> None:
    """``faire_pour`` in a session of two: writes, patches and deletions, each under its scope and action."""
    faults = []
    with people.stage() as stage:
        for action in (Action.ADD, Action.EDIT, Action.VIEW):
            given = people.mandate({scope.value}, {action.value, "view"}, stage=stage)
            who = Who("together", mandate=(frozenset({scope.value}), frozenset({action.value, "view"})))
            for kind in sorted(SCOPE_OF.keys() - {"AuditEvent", "Patient"}):
                for deed, method in ((Deed.CREATE, "POST"), (Deed.DELETE, "DELETE")):
                    told = done_for(people, stage, given, kind, method)
                    wanted = expected(who, deed, kind, Whose.OWN)
                    wanted = "200" if wanted.startswith("2") else wanted
                    if wrong(told, wanted):
                        faults.append((kind, method, action.value, wanted, told.status, told.body[:200]))
    assert not faults, "\n".join(map(str, faults[:40]))


def done_for(people: Cast, stage: Stage, consent_id: str | None, kind: str, method: str) -> Answered:
    """Do something for the person."""
    if method == "POST":
        body = body_of(kind, people.anne.id, people.anne.of["Binary"])
        entry = {"resource": body, "request": {"method": "POST", "url": kind}}
    else:
        entry = {"request": {"method": "DELETE", "url": f"{kind}/{people.anne.of[kind]}"}}
    return stage.ask(people.callers["together"], "POST", "", faire_pour(people, consent_id, entry))


def test_acting_for_the_person_without_a_mandate_is_refused_whatever_it_is(people: Cast) -> None:
    """A deletion alone in its act too."""
    with people.stage() as stage:
        for kind in sorted(SCOPE_OF.keys() - {"AuditEvent", "Patient"}):
            for method in ("POST", "DELETE"):
                told = done_for(people, stage, None, kind, method)
                assert (told.status, told.code) == (403, "mandate-missing"), (kind, method)
