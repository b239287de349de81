"""The whole desktop at another maker's FHIR server: a real one, and small ones that lack or lie.

What a person does in a visit (file, read, change, choose) goes through the very engine of a session; what is
asserted is what that server has afterwards.
"""

from __future__ import annotations

import base64
import json
import shutil
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app import documents, medical_profile, relatives
from app.codes.allergens import AllergenGroup
from app.fhir.document_reference import binary_id
from app.ids import mint
from app.medical_profile import AllergyDetails
from app.relatives import Keep, RelativeDetails
from app.vault.keys import Key
from sync.conformance import leftovers
from sync.conformance.leftovers import PROBES
from sync.guard import Question
from sync.rest import Rest
from sync.tokens import Tokens
from sync.transport import Address, Transport
from tests.sync.lying_server import LyingServer
from tests.sync.other_server import OtherServer, observation, patient
from tests.sync.rough_server import RoughServer
from tests.sync.visit import Visit, pdf, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.sync.rough_server import Asked

    Opening = Callable[..., Visit]

PAUL = RelativeDetails("Paul", "Martin", "06 12 34 56 78", "son")
ANNE = RelativeDetails("Anne", "Legrand", "06 12 34 56 79", "daughter")
KIWI = AllergyDetails(AllergenGroup.FOOD, words="Kiwi")


def tokens_of(person: str) -> Tokens:
    """Make what a sign-in would have brought: this server asks for none."""
    claims = base64.urlsafe_b64encode(json.dumps({"patient": person}).encode()).decode().rstrip("=")
    return Tokens(f"x.{claims}.y", None, None, datetime.now(UTC) + timedelta(hours=1), {"patient": person})


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OtherServer]:
    """Start the other server once for these tests; each has a person of its own."""
    server = OtherServer(tmp_path_factory.mktemp("other"))
    yield server
    server.close()


@pytest.fixture
def person(other: OtherServer) -> str:
    """Have a person known there."""
    one = patient(birthDate="1948-03-02", gender="female")
    other.put(one)
    return str(one["id"])


@pytest.fixture
def opening(tmp_path: Path, other: OtherServer, person: str) -> Iterator[Opening]:
    """Open sessions of the person, each on a computer of its own; all end with the test."""
    opened: list[Visit] = []

    def begin(base: str = "", whose: str = "", **more: Any) -> Visit:  # noqa: ANN401 (what Visit takes)
        folder = tmp_path / f"pc{len(opened)}"
        visit = Visit.begin(folder, base or other.base, tokens_of(whose or person), **more)
        opened.append(visit)
        visit.start().know_patient()
        return visit

    yield begin
    for each in opened:
        each.close()
    other.between.rules.clear()


def all_sent(*visits: Visit) -> None:
    """Wait until nothing waits any more; nobody here waits for a back-off."""
    pressed = time.monotonic()

    def sent() -> bool:
        nonlocal pressed
        if time.monotonic() > pressed + 0.3:
            pressed = time.monotonic()
            for each in visits:
                each.engine.wake()
        return all(each.records.waiting().count == 0 for each in visits)

    wait_for(sent)


def test_a_document_filed_here_is_read_on_another_computer(other: OtherServer, opening: Opening) -> None:
    """Its bytes go as a Binary, whole, before anything names them; who filed it and who looked go too."""
    here, there = opening(), opening()
    data = pdf(1, 300_000)
    operation = here.file(data, "Ordonnance")
    all_sent(here)
    assert operation.document_id is not None
    document = other.read("DocumentReference", operation.document_id)
    assert document is not None
    binary = other.read("Binary", str(binary_id(document)))
    assert binary is not None
    assert base64.b64decode(binary["data"]) == data
    assert other.read("Provenance", operation.op_id) is not None
    wait_for(lambda: there.records.document(str(operation.document_id)) is not None)
    there.engine.want(operation.document_id)
    wait_for(lambda: operation.document_id in there.arrived)
    with there.vault.files.open(operation.document_id) as reader:
        assert reader.read_at(0, reader.size) == data
    assert documents.read(there.space, operation.document_id) == data
    there.engine.wake()
    wait_for(lambda: not there.records.untold())
    told = [entry["resource"] for entry in other.search("AuditEvent")]
    assert any(operation.document_id in json.dumps(each) for each in told)


def test_what_was_done_without_a_network_is_sent_in_its_order(other: OtherServer, opening: Opening) -> None:
    """Added, changed and ended: the server has the last word of ours, each change on the version before."""
    here = opening()
    other.between.unplug()
    wait_for(lambda: not here.engine.status.online)
    kiwi = medical_profile.add_allergy(here.space, KIWI)
    severe = AllergyDetails(AllergenGroup.FOOD, words="Kiwi", severity="severe")
    medical_profile.change_allergy(here.space, kiwi.resource_id, severe)
    medical_profile.end_allergy(here.space, kiwi.resource_id)
    assert here.records.waiting().count == 3
    other.between.plug()
    all_sent(here)
    stored = other.read("AllergyIntolerance", kiwi.resource_id)
    assert stored is not None
    assert stored["clinicalStatus"]["coding"][0]["code"] == "resolved"
    assert stored["meta"]["versionId"] == "3"
    medical_profile.undo(here.space, kiwi)
    all_sent(here)
    stored = other.read("AllergyIntolerance", kiwi.resource_id)
    assert stored is not None
    assert stored["verificationStatus"]["coding"][0]["code"] == "entered-in-error"


def test_two_changes_that_do_not_contradict_are_both_there(other: OtherServer, opening: Opening) -> None:
    """One says how severe it was, the other that it is over; one of the two is refused first (If-Match)."""
    here, there = opening(), opening()
    kiwi = medical_profile.add_allergy(here.space, KIWI)
    wait_for(lambda: there.records.get("AllergyIntolerance", kiwi.resource_id) is not None)
    all_sent(here)
    other.between.unplug()
    wait_for(lambda: not (here.engine.status.online or there.engine.status.online))
    severe = AllergyDetails(AllergenGroup.FOOD, words="Kiwi", severity="severe")
    medical_profile.change_allergy(here.space, kiwi.resource_id, severe)
    medical_profile.end_allergy(there.space, kiwi.resource_id)
    other.between.plug()
    all_sent(here, there)
    stored = other.read("AllergyIntolerance", kiwi.resource_id)
    assert stored is not None
    assert stored["clinicalStatus"]["coding"][0]["code"] == "resolved"
    assert stored["reaction"][0]["severity"] == "severe"
    assert medical_profile.clashes(here.space) == medical_profile.clashes(there.space) == []


@pytest.mark.parametrize("keeping", list(Keep))
def test_two_trusted_persons_are_a_choice_there_too(
    other: OtherServer, opening: Opening, keeping: Keep
) -> None:
    """Named on two computers at once: whoever comes second is asked, and one alone is left everywhere."""
    here, there = opening(), opening()
    base = relatives.name_trusted(there.space, RelativeDetails("Luc", "Petit", "0633333333", "brother"))
    all_sent(there)
    wait_for(lambda: here.records.get("RelatedPerson", base.resource_id) is not None)
    other.between.unplug()
    wait_for(lambda: not (here.engine.status.online or there.engine.status.online))
    relatives.name_trusted(here.space, PAUL)
    anne = relatives.name_trusted(there.space, ANNE)
    other.between.plug()
    here.engine.wake()
    there.engine.wake()
    wait_for(lambda: bool(relatives.clash(here.space) or relatives.clash(there.space)))
    asked = here if relatives.clash(here.space) else there
    found = relatives.clash(asked.space)
    assert found is not None
    relatives.settle(asked.space, found, keeping)
    all_sent(here, there)

    def alone() -> bool:
        living = [each["resource"] for each in other.search("RelatedPerson", patient=here.space.patient_id)]
        return sum(bool(each.get("active")) for each in living) == 1

    wait_for(alone)
    assert other.read("RelatedPerson", anne.resource_id) is not None


def _is_trial(asked: Asked) -> bool:
    """Say whether a request only tries what the server does."""
    return b'"Basic' in asked.body or b"Basic/" in asked.body or "Basic" in asked.path


def test_an_answer_that_is_lost_files_nothing_twice(other: OtherServer, opening: Opening) -> None:
    """Cut after each request that writes: one version of each resource is there in the end."""
    here = opening()
    cut: set[str] = set()

    def once_each(asked: Asked) -> bool:
        key = f"{asked.method} {asked.path} {len(asked.body)}"
        if asked.method not in {"PUT", "POST"} or _is_trial(asked) or key in cut:
            return False
        cut.add(key)
        asked.handler.server.forward(asked)
        return asked.cut()

    other.between.rules.append(once_each)
    operation = here.file(pdf(2), "Bilan")
    all_sent(here)
    assert cut
    document = other.read("DocumentReference", str(operation.document_id))
    assert document is not None
    assert document["meta"]["versionId"] == "1"
    proof = other.read("Provenance", operation.op_id)
    assert proof is not None
    assert proof["meta"]["versionId"] == "1"


def test_a_server_put_back_from_a_copy_deletes_nothing_and_is_offered_what_it_lost(
    tmp_path: Path, opening: Opening
) -> None:
    """Noticed at the next session; nothing goes, one question is asked, and after a yes it is there again."""
    server = OtherServer(tmp_path / "put back")
    try:
        one = patient()
        server.put(one, *(observation(one["id"], number) for number in range(3)))
        folder = tmp_path / "home"
        key = Key.random()
        with Visit.begin(folder, server.base, tokens_of(one["id"]), key=key.copy()) as first:
            first.start().know_patient()
            old = first.file(pdf(3), "Ancien")
            all_sent(first)
        server.kill()
        copy = tmp_path / "copy"
        shutil.copytree(tmp_path / "put back", copy)
        server.start()
        with Visit.begin(folder, server.base, tokens_of(one["id"]), key=key.copy()) as second:
            second.start()
            new = second.file(pdf(4), "Nouveau")
            all_sent(second)
        server.kill()
        shutil.rmtree(tmp_path / "put back")
        shutil.copytree(copy, tmp_path / "put back")
        server.start()
        assert server.read("DocumentReference", str(new.document_id)) is None
        with Visit.begin(folder, server.base, tokens_of(one["id"]), key=key.copy()) as third:
            third.start()
            wait_for(lambda: third.engine.status.question is Question.SERVICE_RESTORED)
            assert {row.title for row in third.records.documents()} == {"Ancien", "Nouveau"}
            lost = third.records.lost(third.engine.feed)
            assert lost is not None
            assert lost.acts == 1
            third.engine.settle_restored(offer_again=True)
            wait_for(lambda: server.read("DocumentReference", str(new.document_id)) is not None)
            all_sent(third)
            wait_for(lambda: third.engine.status.question is None)
        assert server.read("DocumentReference", str(old.document_id)) is not None
        with Visit.begin(folder, server.base, tokens_of(one["id"]), key=key.copy()) as fourth:
            fourth.start()
            wait_for(lambda: fourth.engine.status.last_sync is not None)
            assert fourth.engine.status.question is None
    finally:
        server.close()


# Servers that lack, or say more than they do


LIES = {
    "own ids, made twice": ("own-ids-only", "creates-twice"),
    "own ids": ("own-ids-only",),
    "no rollback": ("no-rollback",),
    "no Provenance": ("no-provenance",),
    "nothing at all": ("no-rollback", "ignores-if-match", "overwrites", "no-provenance"),
}


@pytest.fixture(params=list(LIES))
def lacking(request: pytest.FixtureRequest) -> Iterator[tuple[LyingServer, RoughServer, str]]:
    """Start a server that lacks something, with a rough one before it, and a person there."""
    server = LyingServer(*LIES[request.param])
    between = RoughServer(server.base.removesuffix("/fhir"), prompt=True)
    server.base = f"{between.base}/fhir"
    person = mint()
    server.write("PUT", "Patient", person, patient() | {"id": person})
    yield server, between, person
    between.close()
    server.close()


def test_a_visit_is_whole_at_a_server_that_lacks_something(
    lacking: tuple[LyingServer, RoughServer, str], opening: Opening
) -> None:
    """Filed, read elsewhere, changed on both sides, with answers lost on the way: once each, all of it."""
    server, between, person = lacking
    here, there = opening(between.base, person), opening(between.base, person)
    lost: list[str] = []

    def now_and_then(asked: Asked) -> bool:
        if asked.method not in {"PUT", "POST"} or _is_trial(asked) or len(lost) > 3:
            return False
        lost.append(asked.path)
        asked.handler.server.forward(asked)
        return asked.cut()

    between.rules.append(now_and_then)
    operation = here.file(pdf(5), "Bilan")
    kiwi = medical_profile.add_allergy(here.space, KIWI)
    all_sent(here)
    assert lost
    wait_for(lambda: len(there.records.documents()) == 1)
    assert there.records.documents()[0].title == "Bilan"
    seen = there.records.documents()[0].id
    there.engine.want(seen)
    wait_for(lambda: seen in there.arrived)
    wait_for(lambda: len(medical_profile.profile(there.space, journaled=False).allergies) == 1)
    theirs = medical_profile.profile(there.space, journaled=False).allergies[0].id
    between.unplug()
    wait_for(lambda: not (here.engine.status.online or there.engine.status.online))
    severe = AllergyDetails(AllergenGroup.FOOD, words="Kiwi", severity="severe")
    medical_profile.change_allergy(here.space, kiwi.resource_id, severe)
    medical_profile.end_allergy(there.space, theirs)
    between.plug()
    all_sent(here, there)
    assert len(server.living("DocumentReference")) == len(server.living("AllergyIntolerance")) == 1
    (stored,) = server.living("AllergyIntolerance")
    assert stored["clinicalStatus"]["coding"][0]["code"] == "resolved"
    assert stored["reaction"][0]["severity"] == "severe"
    assert operation.document_id is not None


def test_nothing_is_written_to_try_a_server_until_something_waits(
    lacking: tuple[LyingServer, RoughServer, str], opening: Opening
) -> None:
    """A visit that only reads leaves no trace there; what the tries wrote is gone after them."""
    server, between, person = lacking
    here = opening(between.base, person)
    wait_for(lambda: here.engine.status.last_sync is not None)
    assert [each.method for each in between.asked if each.method not in {"GET", "OPTIONS"}] == []
    medical_profile.add_allergy(here.space, KIWI)
    all_sent(here)
    assert server.living("Basic") == []


def test_what_cut_tries_left_is_found_at_a_real_server(
    other: OtherServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the identifier and the person; another's Basic stays, and none is touched while it is young."""
    person = patient()
    subject = {"reference": f"Patient/{person['id']}"}
    left = {"resourceType": "Basic", "code": {"text": "x"}, "subject": subject}
    mine = left | {"id": mint(), "identifier": [{"system": PROBES, "value": "1"}]}
    theirs = left | {"id": mint(), "identifier": [{"system": "urn:x", "value": "1"}]}
    other.put(person, mine, theirs)
    with Transport(Address(other.base), stall=10) as transport:
        assert leftovers.take_away(Rest(transport), person["id"]) == 0
        # Its clock tells whole seconds: what was written in this one is a little in the future.
        monkeypatch.setattr(leftovers, "_REST", timedelta(seconds=-5))
        assert leftovers.take_away(Rest(transport), person["id"]) == 1
    assert other.read("Basic", mine["id"]) is None
    assert other.read("Basic", theirs["id"]) is not None


def test_what_no_server_can_take_at_once_is_set_aside_with_its_reason(
    other: OtherServer, opening: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file too large for one request waits as « too large »; what comes after it goes."""
    monkeypatch.setattr("sync.peers.binaries.LARGEST", 1000)
    here = opening()
    here.file(pdf(6, 5000), "Radio")
    medical_profile.add_allergy(here.space, KIWI)
    wait_for(lambda: here.records.waiting().parked == 1 and here.records.waiting().count == 1)
    (parked,) = here.records.operations()
    assert parked.reason == "too-large-for-service"
