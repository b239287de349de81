"""The PC's own journal: codes, times and ids, a pseudonym for the person, nothing else gets in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import orjson
import pytest

from app import documents, mandates
from app.acts import audit
from app.desk_journal import Entry, EntryMalformed, pseudonym
from app.fhir.audit_event import AuditAction
from app.records import Records
from app.space import AssistMode

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.fhir import Resource
    from app.intake import Candidate
    from app.space import Space

KEY = b"k" * 32
PERSONAL = ("DURAND", "MARTIN", "JEANNE", "252087599999933", "1952", "Reims", "Ordonnance", "Amoxicilline")

SOUND = Entry(
    id="0193a1b2-0000-7000-8000-00000000000a",
    recorded="2026-11-22T13:05:07.250Z",
    action="C",
    outcome="0",
    mode="faire_avec",
    role="adviser",
    adviser="adviser-1",
    organization="org-1",
    patient=pseudonym(KEY, "a"),
    types=("DocumentReference",),
    operation="0193a1b2-0000-7000-8000-00000000000b",
)


@pytest.fixture
def entries(open_space: Callable[..., Space], candidate: Callable[..., Candidate]) -> list[Entry]:
    """Return what a visit tells: a mandate, a paper filed under it, the same paper read."""
    told: list[Entry] = []
    space = open_space()
    space.records = Records(
        space.vault.store,
        space.records._changes,
        clock=space.clock,
        on_audit=lambda event, operation: told.append(Entry.of(event, operation, KEY)),
    )
    proposal = mandates.propose(
        space,
        scopes=[mandates.Scope.DOCUMENTS],
        actions=[mandates.Action.VIEW, mandates.Action.ADD],
        duration=mandates.Duration.SESSION,
    )
    mandates.grant(space, proposal, shown_text=mandates.text_of(proposal))
    space.mode = AssistMode.FOR
    day = datetime(2026, 11, 20, tzinfo=UTC).date()
    filed = documents.file(space, candidate(), category="ORD_SOIN", date=day, title="Ordonnance DURAND")
    documents.read(space, filed.document_id)
    return told


def test_a_visit_tells_of_each_act_and_reading(entries: list[Entry], space: Space) -> None:
    """Who, for whom, what kind, under which mandate; acts with the id of their Provenance."""
    granted, filed, read = entries
    assert [each.action for each in entries] == ["C", "C", "R"]
    assert granted.types == ("Consent", "DocumentReference", "List")
    assert "DocumentReference" in filed.types
    assert read.types == ("DocumentReference",)
    assert granted.mandate is None
    assert filed.mandate == read.mandate is not None
    assert [each.operation is None for each in entries] == [False, False, True]
    assert {each.adviser for each in entries} == {"adviser-1"}
    assert {each.organization for each in entries} == {"org-1"}
    assert {each.patient for each in entries} == {pseudonym(KEY, space.patient_id)}


def test_no_personal_word_is_in_an_entry(entries: list[Entry], space: Space) -> None:
    """Neither on the pipe nor in the journal; not even the record's id."""
    for each in entries:
        said = orjson.dumps(each.as_dict()) + orjson.dumps(each.audit_event())
        for word in (*PERSONAL, space.patient_id, "Claire", "Petit"):
            assert word.encode() not in said


def test_an_entry_arrives_as_it_left(entries: list[Entry]) -> None:
    """Through JSON and back; its AuditEvent says the same."""
    for each in entries:
        assert Entry.read(orjson.loads(orjson.dumps(each.as_dict()))) == each
    event = entries[1].audit_event()
    assert event["entity"][1]["what"] == {"reference": f"Provenance/{entries[1].operation}"}
    assert event["agent"][0]["policy"] == [f"Consent/{entries[1].mandate}"]
    assert event["agent"][1]["who"]["identifier"]["value"] == entries[1].patient


def test_a_reading_that_failed_says_so(space: Space) -> None:
    """Damaged on this PC: somebody tried all the same."""
    event = audit(space, AuditAction.READ, ["DocumentReference/x"], succeeded=False)
    assert Entry.of(event, None, KEY).audit_event()["outcome"] == "4"


def test_a_pseudonym_depends_on_person_and_pc() -> None:
    """Stable on one PC, another on the next."""
    assert pseudonym(KEY, "a") == pseudonym(KEY, "a")
    assert len({pseudonym(KEY, "a"), pseudonym(KEY, "b"), pseudonym(b"z" * 32, "a")}) == 3


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Ordonnance"},
        {"patient": "Jeanne Martin"},
        {"patient": "252087599999933"},
        {"types": ["Jeanne Martin"]},
        {"types": ["T"] * 2},
        {"types": [f"Type{chr(97 + n)}" for n in range(17)]},
        {"types": None},
        {"action": "Z"},
        {"mode": "Faire à ma place"},
        {"outcome": "mal"},
        {"recorded": "hier"},
        {"recorded": "2026-11-22T10:00:00"},
        {"recorded": 12},
        {"id": ""},
        {"id": "a b"},
        {"operation": "x" * 65},
        {"mandate": {"reference": "Consent/1"}},
        {"adviser": "Claire Petit"},
        {"organization": "é"},
    ],
)
def test_what_is_no_entry_is_refused(change: dict[str, Any]) -> None:
    """A session that was taken over writes no sentence into the journal."""
    assert Entry.read(SOUND.as_dict()) == SOUND
    with pytest.raises(EntryMalformed):
        Entry.read(SOUND.as_dict() | change)


@pytest.mark.parametrize("told", [None, 3, "x", [], [1], {}, {"id": "a"}])
def test_what_is_not_even_an_object_is_refused(told: Resource) -> None:
    """Anything may come over a pipe."""
    with pytest.raises(EntryMalformed):
        Entry.read(told)
