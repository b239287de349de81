"""What a real service refuses: said why, corrected, said anew, let go of, with the network pulled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import mandates, medical_profile, relatives, waiting
from app.acts import commit
from app.codes.allergens import AllergenGroup
from app.conflicts import Keep
from app.fhir import allergy_intolerance
from app.ids import mint
from app.mandates import Action, Scope
from app.medical_profile import AllergyDetails
from app.outbox import Sealer
from app.outbox import waiting as envelopes
from app.refused import NoLongerWaiting
from app.relatives import RelativeDetails
from app.space import AssistMode
from app.vault.keys import Key
from app.waiting import Remedy, Stage
from sync.delivery import deliver
from sync.enrolment import enrol
from sync.transport import Address
from tests.sync.test_health_and_relatives import all_sent, at_service
from tests.sync.visit import Visit, pdf, service_documents, wait_for
from ui import messages

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from app.waiting import Item
    from sync.tokens import Tokens
    from tests.sync.rough_server import RoughServer
    from tests.sync.visit import RealService


@pytest.fixture
def visit(tmp_path: Path, between: RoughServer, tokens: Tokens) -> Iterator[Visit]:
    """Open a session over a network that can be unplugged."""
    with Visit.begin(tmp_path / "here", between.base, tokens) as opened:
        opened.start().know_patient()
        yield opened


def refused(visit: Visit) -> Item:
    """Wait for the one that the service refuses."""
    wait_for(lambda: any(each.stage is Stage.REFUSED for each in waiting.waiting(visit.space)))
    return next(each for each in waiting.waiting(visit.space) if each.stage is Stage.REFUSED)


def malformed(visit: Visit) -> dict[str, Any]:
    """Note an allergy with a day that is none; this program would never write it."""
    body = allergy_intolerance.make(
        mint(),
        patient=(visit.space.patient_id, "Jeanne"),
        code={"text": f"Kiwi {mint()[-6:]}"},
        category="food",
        reactions=(),
        severity="",
        onset="1999",
        note="",
        moment=visit.space.clock(),
    )
    commit(visit.space, [body | {"onsetDateTime": "il y a longtemps"}])
    return body


def test_what_the_service_refuses_is_corrected_in_place(
    visit: Visit, service: RealService, tokens: Tokens
) -> None:
    """It says why; the others flow; the correction arrives once, though it came after."""
    body = malformed(visit)
    other = medical_profile.add_allergy(visit.space, AllergyDetails(AllergenGroup.FOOD, words=mint()[-8:]))
    item = refused(visit)
    wait_for(lambda: len(waiting.waiting(visit.space)) == 1)
    assert at_service(service, tokens, other.key)["id"] == other.resource_id
    assert {Remedy.MEND, Remedy.ASK, Remedy.DISCARD} <= item.remedies
    assert item.because in messages.REFUSED_BECAUSE
    told = AllergyDetails(AllergenGroup.FOOD, words=body["code"]["text"], onset="1999-03")
    medical_profile.change_allergy(visit.space, body["id"], told)
    wait_for(lambda: all_sent(visit))
    assert at_service(service, tokens, f"AllergyIntolerance/{body['id']}")["onsetDateTime"] == "1999-03"
    assert visit.engine.status.parked == 0


def test_letting_go_holds_when_the_network_is_pulled_and_the_session_closed(
    tmp_path: Path, between: RoughServer, tokens: Tokens
) -> None:
    """Let go of, pressed twice, the cable out, the program ended: opened again nothing of it waits."""
    key = bytearray(Key.random().data)
    with Visit.begin(tmp_path / "here", between.base, tokens, key=Key(bytearray(key))) as visit:
        visit.start().know_patient()
        body = malformed(visit)
        item = refused(visit)
        between.unplug()
        wait_for(lambda: not visit.engine.status.online)
        waiting.discard(visit.space, item.seq)
        with pytest.raises(NoLongerWaiting):
            waiting.discard(visit.space, item.seq)
    between.plug()
    with Visit.begin(tmp_path / "here", between.base, tokens, key=Key(bytearray(key))) as visit:
        visit.start().know_patient()
        wait_for(lambda: visit.engine.status.last_sync is not None)
        assert waiting.waiting(visit.space) == []
        assert visit.records.get("AllergyIntolerance", body["id"]) is None


def test_an_act_under_a_mandate_that_ended_elsewhere_is_said_anew_together(
    visit: Visit, between: RoughServer, service: RealService, tokens: Tokens, tmp_path: Path
) -> None:
    """Filed offline for the person, refused, tried again with them: one document, and no mandate named."""
    proposal = mandates.propose(visit.space, {Scope.DOCUMENTS}, {Action.ADD, Action.VIEW})
    mandate = mandates.grant(visit.space, proposal, shown_text=mandates.text_of(proposal))
    wait_for(lambda: all_sent(visit))
    with Visit.begin(tmp_path / "elsewhere", service.base, tokens) as elsewhere:
        elsewhere.start().know_patient()
        wait_for(lambda: elsewhere.records.get("Consent", mandate.id) is not None)
        between.unplug()
        wait_for(lambda: not visit.engine.status.online)
        visit.space.mode = AssistMode.FOR
        title = f"Ordonnance {mint()[-6:]}"
        visit.file(pdf(7), title)
        mandates.revoke(elsewhere.space, mandate)
        wait_for(lambda: all_sent(elsewhere))
    between.plug()
    item = refused(visit)
    assert item.because in {"mandate-over", "mandate-missing"}
    assert "mandat" in messages.reason(item.reason, item.fields)
    visit.space.mode = AssistMode.WITH
    waiting.retry(visit.space, item.seq)
    wait_for(lambda: all_sent(visit))
    found = [
        each
        for each in service_documents(service.base, tokens)
        if each["content"][0]["attachment"].get("title") == title
    ]
    assert [each["id"] for each in found] == [item.thing.id]


def two_phones(visit: Visit, elsewhere: Visit, between: RoughServer) -> str:
    """Let two change one contact's telephone, here without a network; return its key."""
    zoe = relatives.add_contact(elsewhere.space, RelativeDetails("Zoé", mint()[-6:], "0611111111", "friend"))
    wait_for(lambda: all_sent(elsewhere))
    wait_for(lambda: visit.records.get("RelatedPerson", zoe.resource_id) is not None)
    between.unplug()
    wait_for(lambda: not visit.engine.status.online)
    for side, phone in ((visit, "0622222222"), (elsewhere, "0633333333")):
        relatives.change(side.space, zoe.resource_id, RelativeDetails("Zoé", "B", phone, "friend"))
    wait_for(lambda: all_sent(elsewhere))
    between.plug()
    wait_for(lambda: bool(waiting.choices(visit.space)))
    return zoe.key


def test_a_choice_left_open_is_asked_again_at_the_next_opening(
    tmp_path: Path, between: RoughServer, service: RealService, tokens: Tokens
) -> None:
    """Where the space stays, closed without choosing: it waits at the next opening, network or not."""
    key = bytearray(Key.random().data)
    with Visit.begin(tmp_path / "elsewhere", service.base, tokens) as elsewhere:
        elsewhere.start().know_patient()
        with Visit.begin(tmp_path / "here", between.base, tokens, key=Key(bytearray(key))) as visit:
            visit.start().know_patient()
            contact = two_phones(visit, elsewhere, between)
        between.unplug()
        with Visit.begin(tmp_path / "here", between.base, tokens, key=Key(bytearray(key))) as visit:
            visit.start().know_patient()
            wait_for(lambda: visit.engine.status.choices == 1)
            (item,) = waiting.waiting(visit.space)
            assert item.remedies == {Remedy.CHOOSE}
            (found,) = waiting.choices(visit.space)
            waiting.settle_choice(visit.space, found, Keep.OURS)
            between.plug()
            wait_for(lambda: all_sent(visit))
            wait_for(lambda: visit.engine.status.choices == 0)
    assert "06 22 22 22 22" in str(at_service(service, tokens, contact)["telecom"])


def test_a_choice_left_open_on_a_pc_of_many_is_asked_at_the_next_visit(
    tmp_path: Path, between: RoughServer, service: RealService, tokens: Tokens
) -> None:
    """Nobody chose: the other's change stands, ours goes over nobody's, and waits in the person's record."""
    device = enrol(Address(service.base), "Bus 18").device
    outbox = tmp_path / "outbox"
    sealer = Sealer(outbox, device.device_id, device.signing_key, device.service_public_key)
    with Visit.begin(tmp_path / "elsewhere", service.base, tokens) as elsewhere:
        elsewhere.start().know_patient()
        with Visit.begin(tmp_path / "here", between.base, tokens, sealer=sealer) as visit:
            visit.start().know_patient()
            contact = two_phones(visit, elsewhere, between)
            (item,) = waiting.waiting(visit.space)
    report = deliver(outbox, Address(service.base), device)
    assert (report.delivered, report.refused, report.left) == (1, 0, 0)
    assert envelopes(outbox) == []
    assert "06 33 33 33 33" in str(at_service(service, tokens, contact)["telecom"])
    with Visit.begin(tmp_path / "later", service.base, tokens) as later:
        later.start().know_patient()
        wait_for(lambda: bool(waiting.waiting(later.space)))
        (asked,) = waiting.waiting(later.space)
        assert asked.op_id == item.op_id
