"""Who looked: the service's events and this PC's own, told apart, gathered, reported."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from app import accesses, documents, medical_profile, printing
from app.accesses import Deed, Looker, ReportReason
from app.codes.systems import ACCESS_REPORT, AGENT_ROLE, ASSIST_MODE_URL
from app.fhir.audit_event import AuditAction
from app.mandates import MandateMissing
from app.space import AssistMode, DoneCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.fhir import Resource
    from app.intake import Candidate
    from app.space import Space


def event(role: str, moment: str, *, action: str = "R", source: str = "1", **more: Any) -> Resource:  # noqa: ANN401
    """Make an AuditEvent as the service tells it."""
    who = {"reference": f"Practitioner/{role}", "display": more.get("name", "Nom")}
    made: Resource = {
        "resourceType": "AuditEvent",
        "id": more.get("id", f"{role}-{moment}-{action}"),
        "action": action,
        "recorded": moment,
        "outcome": more.get("outcome", "0"),
        "agent": [
            {
                "role": [{"coding": [{"system": AGENT_ROLE, "code": "citizen"}]}],
                "who": {"reference": "Patient/p"},
            },
            {"role": [{"coding": [{"system": AGENT_ROLE, "code": role}]}], "who": who},
            {"type": {"coding": [{"code": "CST"}]}, "who": {"display": "Mairie de Bourges"}},
        ],
        "source": {"type": [{"code": source}]},
        "entity": [{"what": {"reference": each}} for each in more.get("entities", ())],
    }
    if role in {"citizen", "software"}:
        made["agent"] = [made["agent"][1]]
    if "mode" in more:
        made["extension"] = [{"url": ASSIST_MODE_URL, "valueCode": more["mode"]}]
    return made


@pytest.mark.parametrize(
    ("role", "looker"),
    [
        ("adviser", Looker.HELPER),
        ("carer", Looker.HELPER),
        ("legal_representative", Looker.HELPER),
        ("pharmacist", Looker.PROFESSIONAL),
        ("software", Looker.SERVICE),
        ("citizen", Looker.ME),
        ("of-a-later-version", Looker.SERVICE),
    ],
)
def test_people_are_told_apart(role: str, looker: Looker) -> None:
    """As the person does; one of a later version counts as a service, never as the person."""
    made = event("software" if role == "of-a-later-version" else role, "2026-11-20T10:00:00Z")
    made["agent"][-1 if role in {"citizen", "software", "of-a-later-version"} else 1]["role"][0]["coding"][0][
        "code"
    ] = role
    found = accesses.read(made)
    assert found is not None
    assert found.looker is looker


@pytest.mark.parametrize(
    ("action", "source", "entities", "deed"),
    [
        ("R", "1", ["DocumentReference/a"], Deed.OPENED),
        ("R", "1", ["AllergyIntolerance/a"], Deed.LOOKED),
        ("R", "4", ["DocumentReference/a"], Deed.FETCHED),
        ("C", "4", ["DocumentReference/a", "List/l", "Provenance/p"], Deed.FILED),
        ("C", "4", ["Consent/c", "Provenance/p"], Deed.MANDATE),
        ("U", "4", ["RelatedPerson/r"], Deed.CHANGED),
        ("D", "4", ["RelatedPerson/r"], Deed.REMOVED),
        ("E", "1", ["DocumentReference/a"], Deed.OTHER),
    ],
)
def test_what_was_done_is_read_from_the_codes(
    action: str, source: str, entities: list[str], deed: Deed
) -> None:
    """What the service served to a PC is not what somebody opened there."""
    made = event("adviser", "2026-11-20T10:00:00Z", action=action, source=source, entities=entities)
    found = accesses.read(made)
    assert found is not None
    assert found.deed is deed


@pytest.mark.parametrize(
    "change",
    [
        {"recorded": "hier"},
        {"recorded": "2026-11-20T10:00:00"},
        {"agent": []},
        {"agent": "x"},
        {"recorded": None},
    ],
)
def test_what_says_nothing_of_anybody_is_left_out(change: dict[str, Any]) -> None:
    """Another program's event, however badly written."""
    assert accesses.read(event("adviser", "2026-11-20T10:00:00Z") | change) is None


def test_one_visit_of_one_helper_is_one_line(space: Space) -> None:
    """What lies close together; another mode, another helper and another afternoon are other lines."""
    told = [
        event("adviser", "2026-11-20T10:00:00Z", entities=["DocumentReference/a"], mode="faire_avec"),
        event(
            "adviser",
            "2026-11-20T10:20:00Z",
            entities=["DocumentReference/b"],
            mode="faire_avec",
            action="C",
            source="4",
        ),
        event(
            "adviser",
            "2026-11-20T10:21:00Z",
            entities=["DocumentReference/a"],
            mode="faire_pour",
            outcome="8",
        ),
        event("pharmacist", "2026-11-20T10:10:00Z", entities=["DocumentReference/a"]),
        event("adviser", "2026-11-20T15:00:00Z", entities=["DocumentReference/a"], mode="faire_avec"),
    ]
    looks = accesses.accesses(space, told)
    assert [(each.last.looker, each.last.mode, len(each.accesses)) for each in looks] == [
        (Looker.HELPER, "faire_avec", 1),
        (Looker.HELPER, "faire_pour", 1),
        (Looker.HELPER, "faire_avec", 2),
        (Looker.PROFESSIONAL, "", 1),
    ]
    assert [each.is_covered for each in looks] == [True, False, True, True]
    assert looks[2].documents(Deed.OPENED) == ("a",)
    assert looks[2].documents(Deed.FILED) == ("b",)
    assert looks[2].last.organization == "Mairie de Bourges"


def test_what_is_done_here_is_in_the_list_at_once(space: Space, candidate: Callable[..., Candidate]) -> None:
    """Without the service: opened, filed, printed, looked at; told twice it stands once."""
    filed = documents.file(space, candidate(), category="BIOLOGIE", date=date(2026, 11, 20), title="Analyse")
    documents.read(space, filed.document_id)
    printing.printed(space, filed.document_id, "Analyse")
    medical_profile.profile(space)
    (look,) = accesses.accesses(space, [])
    assert look.last.name == space.actor.display
    assert look.last.organization == space.actor.organization_name
    assert look.last.mode == AssistMode.WITH
    for deed in (Deed.FILED, Deed.OPENED, Deed.PRINTED):
        assert look.documents(deed) == (filed.document_id,)
    assert look.has(Deed.LOOKED)
    (again,) = accesses.accesses(space, space.records.audited())
    assert len(again.accesses) == len(look.accesses)


def test_the_list_stays_closed_to_whoever_has_no_mandate_for_it(space: Space) -> None:
    """It tells of everybody's visits: acting for the person opens it only with « account »."""
    space.mode = AssistMode.FOR
    with pytest.raises(MandateMissing):
        accesses.accesses(space, [])


def test_a_report_is_the_persons_own_act_about_those_events(space: Space) -> None:
    """A Communication that names them, with a reason code and no free text; it is on the receipt."""
    (look,) = accesses.accesses(space, [event("adviser", "2026-11-20T10:00:00Z", id="e-1")])
    space.mode = AssistMode.FOR
    told = accesses.report(space, look, ReportReason.NOT_KNOWN)
    (operation,) = space.records.operations()
    body, provenance = operation.resources
    assert body["id"] == told
    assert body["about"] == [{"reference": "AuditEvent/e-1"}]
    assert body["reasonCode"][0]["coding"] == [{"system": ACCESS_REPORT, "code": "not-known"}]
    assert provenance["extension"][0]["valueCode"] == "faire_avec"
    assert [each.code for each in space.done] == [DoneCode.ACCESS_REPORTED]


def test_a_reading_is_journaled_with_its_kind(space: Space) -> None:
    """A print and a copy are told apart by a code, not by words."""
    printing.printed(space, "d-1", "Titre secret")
    newest = space.records.audited(1)[0]
    assert newest["action"] == AuditAction.EXECUTE
    assert newest["entity"][-1]["detail"] == [{"type": "deed", "valueString": "printed"}]
    assert "secret" not in str(newest)
