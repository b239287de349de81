"""A clash that only a sealed envelope met: kept in the person's record, asked at their next session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from app import medical_profile
from app.codes.allergens import AllergenGroup
from app.fhir import question
from app.ids import mint
from app.medical_profile import AllergyDetails
from app.outbox import Sealer, waiting
from app.relatives import Keep
from app.things import Kind, main_of
from app.waiting import choices
from sync.delivery import deliver
from sync.enrolment import enrol
from sync.failures import TransportError
from sync.transport import Address, Transport
from tests.sync.test_health_and_relatives import all_sent, at_service
from tests.sync.visit import FixedTokens, Visit, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.fhir import Resource
    from sync.enrolment import Device
    from sync.tokens import Tokens
    from tests.sync.rough_server import RoughServer
    from tests.sync.visit import RealService


@pytest.fixture
def home(tmp_path: Path, service: RealService, tokens: Tokens) -> Iterator[Visit]:
    """Open a session of the same person whose network is good."""
    with Visit.begin(tmp_path / "home", service.base, tokens) as opened:
        opened.start().know_patient()
        yield opened


@dataclass
class Kiosk:
    """What a session at a shared PC left behind: envelopes about one allergy."""

    outbox: Path
    device: Device
    key: str
    op_ids: list[str]
    address: Address

    def deliver(self) -> tuple[int, int, int, int]:
        """Let the desk deliver; how many were delivered, asked, refused and left."""
        report = deliver(self.outbox, self.address, self.device)
        return report.delivered, report.asked, report.refused, report.left


def said(words: str, severity: str) -> AllergyDetails:
    """Say how severe an allergy is."""
    return AllergyDetails(AllergenGroup.FOOD, words=words, severity=severity)


@pytest.fixture
def words() -> str:
    """Name an allergy of its own."""
    return f"Kaki {mint()[-6:]}"


@pytest.fixture
def kiosk(
    tmp_path: Path, home: Visit, service: RealService, between: RoughServer, tokens: Tokens, words: str
) -> Kiosk:
    """Say « severe » at a PC without a network; the session ends before it could be sent."""
    edit = medical_profile.add_allergy(home.space, said(words, "moderate"))
    wait_for(lambda: all_sent(home))
    folder = tmp_path / "kiosk"
    return without_a_network(folder, service, between, tokens, edit.resource_id, said(words, "severe"))


def without_a_network(
    folder: Path,
    service: RealService,
    between: RoughServer,
    tokens: Tokens,
    allergy_id: str,
    details: AllergyDetails,
) -> Kiosk:
    """Change an allergy at a PC that loses its network."""
    address = Address(service.base)
    device = enrol(address, "Bus 18").device
    outbox = folder / "outbox"
    sealer = Sealer(outbox, device.device_id, device.signing_key, device.service_public_key)
    with Visit.begin(folder, between.base, tokens, sealer=sealer) as visit:
        visit.start().know_patient()
        wait_for(lambda: visit.records.get("AllergyIntolerance", allergy_id) is not None)
        between.unplug()
        wait_for(lambda: not visit.engine.status.online)
        medical_profile.change_allergy(visit.space, allergy_id, details)
    key = f"AllergyIntolerance/{allergy_id}"
    return Kiosk(outbox, device, key, [each.stem for each in waiting(outbox)], address)


def task_of(service: RealService, tokens: Tokens, kiosk: Kiosk) -> Resource:
    """Return the question as the service has it."""
    return at_service(service, tokens, f"Task/{kiosk.op_ids[0]}")


def severity(resource: Resource) -> str:
    """Read how severe it is."""
    return str(resource["reaction"][0]["severity"])


@pytest.mark.parametrize("keeping", list(Keep))
def test_what_an_envelope_clashed_with_is_asked_at_the_next_session(
    tmp_path: Path, home: Visit, kiosk: Kiosk, service: RealService, tokens: Tokens, words: str, keeping: Keep
) -> None:
    """The desk hears that it is asked; another session has both versions, its choice holds everywhere."""
    medical_profile.change_allergy(home.space, kiosk.key.partition("/")[2], said(words, "mild"))
    wait_for(lambda: all_sent(home))
    assert kiosk.deliver() == (1, 1, 0, 0)
    assert waiting(kiosk.outbox) == []
    assert severity(at_service(service, tokens, kiosk.key)) == "mild"
    wait_for(lambda: bool(medical_profile.clashes(home.space)))
    with Visit.begin(tmp_path / "next", service.base, tokens) as visit:
        visit.start().know_patient()
        wait_for(lambda: bool(medical_profile.clashes(visit.space)))
        (found,) = medical_profile.clashes(visit.space)
        (choice,) = choices(visit.space)
        assert choice.our_witness.at is not None
        medical_profile.settle(visit.space, found, keeping)
        about = [main_of(visit.space, each) for each in visit.records.operations()]
        assert {(each.kind, each.key) for each in about} <= {(Kind.ALLERGY, kiosk.key)}
        wait_for(lambda: all_sent(visit))
        assert medical_profile.clashes(visit.space) == []
        wait_for(lambda: medical_profile.clashes(home.space) == [])
        wait_for(lambda: all_sent(home))
    kept = "severe" if keeping is Keep.OURS else "mild"
    assert severity(at_service(service, tokens, kiosk.key)) == kept
    assert task_of(service, tokens, kiosk)["status"] == "completed"
    with Visit.begin(tmp_path / "after", service.base, tokens) as visit:
        visit.engine.start()
        wait_for(lambda: severity(visit.records.get(*kiosk.key.split("/")) or _nothing()) == kept)
        wait_for(lambda: visit.records.there("Task", kiosk.op_ids[0]) is not None)
        assert all_sent(visit)


def _nothing() -> Resource:
    return {"reaction": [{"severity": ""}]}


@pytest.mark.parametrize(
    ("one", "other"),
    [(Keep.OURS, Keep.OURS), (Keep.OURS, Keep.THEIRS), (Keep.THEIRS, Keep.OURS), (Keep.THEIRS, Keep.THEIRS)],
)
def test_two_sessions_that_answer_at_once_leave_one_answer(
    tmp_path: Path,
    home: Visit,
    kiosk: Kiosk,
    service: RealService,
    between: RoughServer,
    tokens: Tokens,
    words: str,
    one: Keep,
    other: Keep,
) -> None:
    """Neither knew of the other: no question stays open, nothing is parked, both show the same in the end."""
    medical_profile.change_allergy(home.space, kiosk.key.partition("/")[2], said(words, "mild"))
    wait_for(lambda: all_sent(home))
    assert kiosk.deliver() == (1, 1, 0, 0)
    wait_for(lambda: bool(medical_profile.clashes(home.space)))
    between.plug()
    with Visit.begin(tmp_path / "next", between.base, tokens) as visit:
        visit.start().know_patient()
        wait_for(lambda: bool(medical_profile.clashes(visit.space)))
        between.unplug()
        wait_for(lambda: not visit.engine.status.online)
        medical_profile.settle(home.space, medical_profile.clashes(home.space)[0], one)
        wait_for(lambda: all_sent(home))
        medical_profile.settle(visit.space, medical_profile.clashes(visit.space)[0], other)
        between.plug()
        wait_for(lambda: all_sent(visit))
        at_last = severity(at_service(service, tokens, kiosk.key))
        for each in (visit, home):
            wait_for(lambda: severity(each.records.get(*kiosk.key.split("/")) or _nothing()) == at_last)  # noqa: B023
            assert medical_profile.clashes(each.space) == []
            assert all_sent(each)
    assert at_last == ("severe" if Keep.OURS in {one, other} else "mild")
    assert task_of(service, tokens, kiosk)["status"] == "completed"


def test_two_questions_about_one_thing_are_asked_one_after_the_other(
    tmp_path: Path,
    home: Visit,
    kiosk: Kiosk,
    service: RealService,
    between: RoughServer,
    tokens: Tokens,
    words: str,
) -> None:
    """One about how severe, one about the name: each choice holds, and neither undoes the other."""
    allergy_id = kiosk.key.partition("/")[2]
    between.plug()
    other = without_a_network(
        tmp_path / "other", service, between, tokens, allergy_id, said(f"{words} mûr", "moderate")
    )
    medical_profile.change_allergy(home.space, allergy_id, said(f"{words} vert", "mild"))
    wait_for(lambda: all_sent(home))
    assert kiosk.deliver() == (1, 1, 0, 0)
    assert other.deliver() == (1, 1, 0, 0)
    for _ in range(2):
        wait_for(lambda: bool(medical_profile.clashes(home.space)))
        (found,) = medical_profile.clashes(home.space)
        medical_profile.settle(home.space, found, Keep.OURS)
        assert medical_profile.clashes(home.space) == []
    wait_for(lambda: all_sent(home))
    kept = at_service(service, tokens, kiosk.key)
    assert (severity(kept), kept["code"]["text"]) == ("severe", f"{words} mûr")
    for each in (kiosk, other):
        assert task_of(service, tokens, each)["status"] == "completed"


def test_delivered_twice_it_is_asked_once(
    home: Visit, kiosk: Kiosk, service: RealService, tokens: Tokens, words: str
) -> None:
    """The answer to the first delivery was lost; after the choice too it asks nobody again."""
    (envelope,) = waiting(kiosk.outbox)
    blob = envelope.read_bytes()
    medical_profile.change_allergy(home.space, kiosk.key.partition("/")[2], said(words, "mild"))
    wait_for(lambda: all_sent(home))
    for _ in range(2):
        envelope.write_bytes(blob)
        assert kiosk.deliver() == (1, 1, 0, 0)
    assert task_of(service, tokens, kiosk)["meta"]["versionId"] == "1"
    wait_for(lambda: bool(medical_profile.clashes(home.space)))
    (found,) = medical_profile.clashes(home.space)
    medical_profile.settle(home.space, found, Keep.THEIRS)
    wait_for(lambda: all_sent(home))
    envelope.write_bytes(blob)
    assert kiosk.deliver() == (1, 1, 0, 0)
    done = task_of(service, tokens, kiosk)
    assert (done["status"], done["meta"]["versionId"]) == ("completed", "2")
    assert severity(at_service(service, tokens, kiosk.key)) == "mild"


@pytest.mark.parametrize("keeping", list(Keep))
def test_what_was_deleted_meanwhile_is_asked_about_too(
    tmp_path: Path, kiosk: Kiosk, service: RealService, tokens: Tokens, keeping: Keep
) -> None:
    """Kept, it is there again as it was wanted; else it stays deleted."""
    with Transport(Address(service.base), FixedTokens(tokens.access_token)) as transport:
        transport.request("DELETE", f"fhir/{kiosk.key}")
    assert kiosk.deliver() == (1, 1, 0, 0)
    with Visit.begin(tmp_path / "next", service.base, tokens) as visit:
        visit.start().know_patient()
        wait_for(lambda: bool(medical_profile.clashes(visit.space)))
        (found,) = medical_profile.clashes(visit.space)
        medical_profile.settle(visit.space, found, keeping)
        wait_for(lambda: all_sent(visit))
    assert task_of(service, tokens, kiosk)["status"] == "completed"
    if keeping is Keep.OURS:
        assert severity(at_service(service, tokens, kiosk.key)) == "severe"
    else:
        with pytest.raises(TransportError):
            at_service(service, tokens, kiosk.key)


def test_a_question_that_holds_no_whole_versions_is_none() -> None:
    """Whatever another program writes there, the person is asked about nothing made up of it."""
    op_id, key = mint(), "AllergyIntolerance/a"
    wanted = {"resourceType": "AllergyIntolerance", "id": "a"}
    act = {"resourceType": "Provenance", "id": op_id}

    def made(**more: Any) -> Resource:  # noqa: ANN401 (what is wrong with it)
        told = {"op_id": op_id, "resources": (wanted, act), "base_versions": {key: "1"}, "bases": {}} | more
        return question.make(question.Question(**told), "p", key, "2026-11-23T10:00:00Z")

    whole = made()
    assert question.read(whole) is not None
    assert question.read(whole | {"focus": {"reference": "AllergyIntolerance/b"}}) is None
    assert question.read(whole | {"id": mint()}) is None
    assert question.read(whole | {"input": []}) is None
    assert question.read(whole | {"input": [whole["input"][0] | {"valueString": "{"}]}) is None
    assert question.read(whole | {"status": "completed"}) is None
    assert question.read(made(resources=(act,))) is None
    assert question.read(made(base_versions={})) is None
