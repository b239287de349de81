"""Role × type × person × interaction: every cell against the policy's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from tests.sync.service.access.cast import CAST, OverHttp
from tests.sync.service.access.deeds import play
from tests.sync.service.access.policy import DIRECTORY, FINDS, KINDS, READS, Deed, Whose, expected

if TYPE_CHECKING:
    from sync.service.caller import Caller
    from tests.sync.service.access.cast import Answered, Cast, Stage

CLOSELY = frozenset(
    """
    AllergyIntolerance Appointment AuditEvent Basic Binary Bundle Communication Condition Consent Device
    DiagnosticReport DocumentReference Encounter ExplanationOfBenefit FamilyMemberHistory Immunization List
    Media MedicationRequest MedicationStatement Observation OperationDefinition Organization Parameters
    Patient Person Practitioner Provenance RelatedPerson
    """.split()  # noqa: SIM905 (a table)
)
"""The types that are played with every interaction; the others with those below."""
SOME = (Deed.READ, Deed.SEARCH, Deed.CREATE, Deed.DELETE)


def cells() -> list[tuple[str, Deed, Whose]]:
    """List what is played for each caller."""
    return [
        (kind, deed, whose)
        for kind in sorted(KINDS)
        for deed in (Deed if kind in CLOSELY else SOME)
        for whose in Whose
        if kind not in DIRECTORY or whose is Whose.OWN
    ]


def wrong(told: Answered, wanted: str) -> bool:
    """Say whether an answer is not the one that was expected."""
    status, _, more = wanted.partition(" ")
    if told.status != int(status):
        return True
    if more == "empty":
        return told.json().get("total", 0) != 0 or b'"entry"' in told.body
    return bool(more) and told.code != more


@pytest.mark.parametrize("name", CAST)
def test_every_cell(people: Cast, name: str) -> None:
    """What the documents say, and nobody else's resource in an answer."""
    who, caller, faults, count = CAST[name], people.callers[name], [], 0
    with people.stage() as stage:
        for kind, deed, whose in cells():
            if kind == "Parameters" and deed not in {Deed.CREATE, Deed.SEARCH, Deed.PUT_NEW}:
                continue
            wanted = expected(who, deed, kind, whose)
            if deed is Deed.HISTORY_TYPE and wanted == "200 empty":
                wanted = "200"
            told = played(people, stage, caller, deed, kind, whose)
            count += 1
            if wrong(told, wanted):
                found = (told.status, told.code if told.status >= 400 else told.body[:80])
                faults.append((kind, deed.value, whose.value, wanted, found))
            # What was asked for comes back in the page's own address.
            if not who.is_program and people.bruno.id.encode() in told.body.replace(
                b"_id=" + people.bruno.id.encode(), b""
            ):
                faults.append((kind, deed.value, whose.value, "nothing of another person", told.body))
    lines = "\n".join(map(str, faults[:40]))
    assert not faults, f"{lines}\n{len(faults)} of {count}"
    assert count > 800


@pytest.mark.parametrize("name", CAST)
def test_a_sample_over_the_wire(people: Cast, name: str) -> None:
    """Readings, and whatever is refused: as the table says, from the token to the status line."""
    who, caller, faults, count = CAST[name], people.callers[name], [], 0
    with httpx.Client(base_url=people.house.fhir, trust_env=False) as client:
        line = OverHttp(people, client)
        for kind, deed, whose in cells()[sorted(CAST).index(name) :: 17]:
            wanted = expected(who, deed, kind, whose)
            if kind == "Parameters" or (deed not in READS | FINDS and not wanted.startswith("4")):
                continue
            told = played(people, line, caller, deed, kind, whose)
            count += 1
            wanted = "200" if deed is Deed.HISTORY_TYPE and wanted == "200 empty" else wanted
            if wrong(told, wanted):
                faults.append((kind, deed.value, whose.value, wanted, told.status, told.body[:80]))
    assert not faults, "\n".join(map(str, faults[:40]))
    assert count > 20


def played(
    people: Cast, stage: Stage | OverHttp, caller: Caller, deed: Deed, kind: str, whose: Whose
) -> Answered:
    """Play a cell."""
    if kind in {"Parameters", "OperationOutcome"}:
        whose = Whose.NOBODY
    return play(people, stage, caller, deed, kind, whose)
