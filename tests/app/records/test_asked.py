"""A question that the service kept, answered elsewhere while an act of ours waits behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.fhir import question
from app.ids import mint

if TYPE_CHECKING:
    from tests.app.records.conftest import Person


def observation(name: str, value: str, version: str = "1", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return one as the service has it."""
    meta = {"versionId": version, "lastUpdated": "2026-11-22T08:00:00Z"}
    return {"resourceType": "Observation", "id": name, "meta": meta, "valueString": value} | more


def test_an_act_behind_a_question_files_nothing_of_what_was_let_go(person: Person) -> None:
    """The question is about two things; who adds a note to the second adds that note, and only that."""
    asked_about, beside, op_id = "weight", "height", mint()
    keys = [f"Observation/{each}" for each in (asked_about, beside)]
    bases = [observation(asked_about, "60"), observation(beside, "170")]
    person.feed(*bases)
    person.feed(observation(asked_about, "62", "2"))
    asked = question.Question(
        op_id,
        (
            observation(asked_about, "61"),
            observation(beside, "171"),
            {"resourceType": "Provenance", "id": op_id},
        ),
        dict.fromkeys(keys, "1"),
        dict(zip(keys, bases, strict=True)),
    )
    task = question.make(asked, "jeanne", keys[0], "2026-11-22T09:00:00Z")
    person.feed(task)
    shown = person.records.get("Observation", beside)
    assert shown is not None
    assert shown["valueString"] == "171"
    person.act(shown | {"note": [{"text": "debout"}]}, base={keys[1]: "1"}, bases={keys[1]: shown})

    person.feed(question.answered(task))
    (waits,) = person.records.operations()
    said = {each["id"]: each for each in waits.resources}[beside]
    assert (said["valueString"], said["note"]) == ("170", [{"text": "debout"}])
    assert person.records.get("Observation", beside) == said
    assert waits.base_versions == {keys[1]: "1"}
