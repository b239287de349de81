"""Allergies, vaccinations and relatives through the real engine and the real service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from app import medical_profile, relatives
from app.codes.allergens import AllergenGroup
from app.ids import mint
from app.medical_profile import AllergyDetails, VaccinationDetails
from app.outbox import READING, Sealer, waiting
from app.relatives import Keep, RelativeDetails
from sync.delivery import deliver
from sync.enrolment import enrol
from sync.transport import Address, Transport
from tests.sync.visit import FixedTokens, Visit, wait_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.tokens import Tokens
    from tests.sync.rough_server import RoughServer
    from tests.sync.visit import RealService

PAUL = RelativeDetails("Paul", "Martin", "06 12 34 56 78", "son")
ANNE = RelativeDetails("Anne", "Legrand", "06 12 34 56 79", "daughter")


@pytest.fixture
def visit(tmp_path: Path, between: RoughServer, tokens: Tokens) -> Iterator[Visit]:
    """Open a session over a network that can be unplugged."""
    with Visit.begin(tmp_path / "here", between.base, tokens) as opened:
        opened.start().know_patient()
        yield opened


@pytest.fixture
def elsewhere(tmp_path: Path, service: RealService, tokens: Tokens) -> Iterator[Visit]:
    """Open a session of the same person on another device, whose network is good."""
    with Visit.begin(tmp_path / "elsewhere", service.base, tokens) as opened:
        opened.start().know_patient()
        yield opened


def all_sent(visit: Visit) -> bool:
    """Say whether nothing waits any more."""
    return visit.records.waiting().count == 0


def at_service(service: RealService, tokens: Tokens, key: str) -> dict[str, Any]:
    """Ask the service itself."""
    with Transport(Address(service.base), FixedTokens(tokens.access_token)) as transport:
        found: dict[str, Any] = transport.request("GET", f"fhir/{key}").json()
        return found


def trusted(visit: Visit) -> str | None:
    """Return the name of the trusted person as this device has it."""
    found = relatives.relatives(visit.space, journaled=False).trusted
    return found.name if found else None


def test_the_made_up_person_s_record_arrives(visit: Visit) -> None:
    """What the pharmacy and the hospital recorded is there, and not the person's to change."""
    wait_for(lambda: bool(medical_profile.profile(visit.space, journaled=False).vaccinations))
    found = medical_profile.profile(visit.space)
    first = found.allergies[0]
    assert (first.name, first.severity, first.is_by_patient) == ("Pénicilline, amoxicilline", "severe", False)
    with pytest.raises(medical_profile.WrittenByProfessional):
        medical_profile.end_allergy(visit.space, first.id)


def test_what_is_done_without_a_network_is_sent_in_its_order_when_it_is_back(
    visit: Visit, between: RoughServer, service: RealService, tokens: Tokens
) -> None:
    """Added, changed and ended offline, three acts on one allergy: the service has the last word of ours."""
    between.unplug()
    wait_for(lambda: not visit.engine.status.online)
    words = f"Kiwi {mint()[-6:]}"
    kiwi = medical_profile.add_allergy(visit.space, AllergyDetails(AllergenGroup.FOOD, words=words))
    told = AllergyDetails(AllergenGroup.FOOD, words=words, reactions=("itching",), severity="mild")
    medical_profile.change_allergy(visit.space, kiwi.resource_id, told)
    medical_profile.end_allergy(visit.space, kiwi.resource_id)
    rabies = medical_profile.add_vaccination(visit.space, VaccinationDetails("1999-07", vaccine="rabies"))
    assert visit.records.waiting().count == 4
    between.plug()
    wait_for(lambda: all_sent(visit))
    stored = at_service(service, tokens, kiwi.key)
    assert stored["meta"]["versionId"] == "3"
    assert stored["clinicalStatus"]["coding"][0]["code"] == "resolved"
    assert stored["reaction"][0]["severity"] == "mild"
    assert at_service(service, tokens, rabies.key)["occurrenceDateTime"] == "1999-07"
    medical_profile.undo(visit.space, rabies)
    wait_for(lambda: all_sent(visit))
    assert at_service(service, tokens, rabies.key)["status"] == "entered-in-error"


def test_a_change_made_elsewhere_arrives_and_is_changed_here(visit: Visit, elsewhere: Visit) -> None:
    """The version goes along, so that nothing clashes."""
    edit = relatives.add_contact(elsewhere.space, RelativeDetails("Zoé", mint()[-6:], "0611111111", "friend"))
    wait_for(lambda: visit.records.get("RelatedPerson", edit.resource_id) is not None)
    relatives.change(
        visit.space, edit.resource_id, RelativeDetails("Zoé", "Autre", "06 22 22 22 22", "friend")
    )
    wait_for(lambda: all_sent(visit))

    def arrived() -> bool:
        return relatives.relative(elsewhere.space, edit.resource_id).phone == "06 22 22 22 22"

    wait_for(arrived)
    relatives.end(elsewhere.space, edit.resource_id)
    wait_for(lambda: all_sent(elsewhere))


@pytest.mark.parametrize("keeping", list(Keep))
def test_two_people_name_a_trusted_person_and_the_person_chooses(
    visit: Visit, elsewhere: Visit, between: RoughServer, service: RealService, tokens: Tokens, keeping: Keep
) -> None:
    """Offline here, online there: both cards are shown, and whoever is kept is the only one everywhere."""
    base = relatives.name_trusted(
        elsewhere.space, RelativeDetails("Luc", mint()[-6:], "0633333333", "brother")
    )
    wait_for(lambda: visit.records.get("RelatedPerson", base.resource_id) is not None)
    wait_for(lambda: all_sent(elsewhere))
    between.unplug()
    wait_for(lambda: not visit.engine.status.online)
    paul = relatives.name_trusted(visit.space, PAUL)
    anne = relatives.name_trusted(elsewhere.space, ANNE)
    wait_for(lambda: all_sent(elsewhere))
    between.plug()
    wait_for(lambda: relatives.clash(visit.space) is not None)
    found = relatives.clash(visit.space)
    assert found is not None
    assert found.ours.relative is not None
    assert found.theirs.relative is not None
    # Both were named, neither knowing of the other; the one named last counts as ours.
    assert (found.ours.relative.name, found.theirs.relative.name) == ("Anne Legrand", "Paul Martin")
    assert found.theirs.witness.at is not None
    relatives.settle(visit.space, found, keeping)
    kept, other = (anne, paul) if keeping is Keep.OURS else (paul, anne)
    wait_for(lambda: all_sent(visit))
    assert relatives.clash(visit.space) is None
    name = "Anne Legrand" if keeping is Keep.OURS else "Paul Martin"
    wait_for(lambda: (trusted(visit), trusted(elsewhere)) == (name, name))
    assert at_service(service, tokens, kept.key)["active"] is True
    assert at_service(service, tokens, other.key)["active"] is False
    relatives.end(visit.space, kept.resource_id)
    wait_for(lambda: all_sent(visit))
    wait_for(lambda: trusted(elsewhere) is None)


def test_two_changes_of_one_allergy_that_do_not_contradict_are_both_kept(
    visit: Visit, elsewhere: Visit, between: RoughServer
) -> None:
    """One says how severe it was, the other that it is over: nobody is asked."""
    words = f"Kiwi {mint()[-6:]}"
    edit = medical_profile.add_allergy(elsewhere.space, AllergyDetails(AllergenGroup.FOOD, words=words))
    wait_for(lambda: visit.records.get("AllergyIntolerance", edit.resource_id) is not None)
    between.unplug()
    wait_for(lambda: not visit.engine.status.online)
    medical_profile.change_allergy(
        visit.space, edit.resource_id, AllergyDetails(AllergenGroup.FOOD, words=words, severity="severe")
    )
    medical_profile.end_allergy(elsewhere.space, edit.resource_id)
    wait_for(lambda: all_sent(elsewhere))
    between.plug()
    wait_for(lambda: all_sent(visit))
    assert medical_profile.clashes(visit.space) == []

    def both() -> bool:
        there = elsewhere.records.get("AllergyIntolerance", edit.resource_id) or {}
        over = there.get("clinicalStatus", {}).get("coding", [{}])[0].get("code")
        return over == "resolved" and "severe" in str(there)

    wait_for(both)


def test_two_on_one_allergy_can_be_settled_too(visit: Visit, elsewhere: Visit, between: RoughServer) -> None:
    """Two answers to the same question: whoever was second is asked."""
    words = f"Fraise {mint()[-6:]}"
    first = AllergyDetails(AllergenGroup.FOOD, words=words, severity="moderate")
    edit = medical_profile.add_allergy(elsewhere.space, first)
    wait_for(lambda: visit.records.get("AllergyIntolerance", edit.resource_id) is not None)
    between.unplug()
    wait_for(lambda: not visit.engine.status.online)
    medical_profile.change_allergy(
        visit.space, edit.resource_id, AllergyDetails(AllergenGroup.FOOD, words=words, severity="severe")
    )
    medical_profile.change_allergy(
        elsewhere.space, edit.resource_id, AllergyDetails(AllergenGroup.FOOD, words=words, severity="mild")
    )
    wait_for(lambda: all_sent(elsewhere))
    between.plug()
    wait_for(lambda: bool(medical_profile.clashes(visit.space)))
    (found,) = medical_profile.clashes(visit.space)
    medical_profile.settle(visit.space, found, Keep.OURS)
    wait_for(lambda: all_sent(visit))
    assert medical_profile.clashes(visit.space) == []

    def back() -> bool:
        return medical_profile.allergy(elsewhere.space, edit.resource_id).severity == "severe"

    wait_for(back)


def test_an_act_that_could_not_leave_is_delivered_after_the_session(
    tmp_path: Path, service: RealService, between: RoughServer, tokens: Tokens
) -> None:
    """On a kiosk: the session ends without a network; the desk delivers both acts, in their order."""
    device = enrol(Address(service.base), "Bus 18").device
    outbox = tmp_path / "outbox"
    sealer = Sealer(outbox, device.device_id, device.signing_key, device.service_public_key)
    words = f"Prune {mint()[-6:]}"
    with Visit.begin(tmp_path / "v", between.base, tokens, sealer=sealer) as visit:
        visit.start().know_patient()
        between.unplug()
        wait_for(lambda: not visit.engine.status.online)
        plum = medical_profile.add_allergy(visit.space, AllergyDetails(AllergenGroup.FOOD, words=words))
        medical_profile.end_allergy(visit.space, plum.resource_id)
        assert plum.is_sealed
    report = deliver(outbox, Address(service.base), device)
    assert (report.delivered, report.refused, report.left) == (2, 0, 0)
    stored = at_service(service, tokens, plum.key)
    assert (stored["meta"]["versionId"], stored["clinicalStatus"]["coding"][0]["code"]) == ("2", "resolved")


def test_acts_that_could_not_leave_are_merged_with_what_another_did(
    tmp_path: Path, elsewhere: Visit, service: RealService, between: RoughServer, tokens: Tokens
) -> None:
    """Two changes here build on each other, a third was made elsewhere: the desk delivers both, all hold."""
    device = enrol(Address(service.base), "Bus 18").device
    outbox = tmp_path / "outbox"
    sealer = Sealer(outbox, device.device_id, device.signing_key, device.service_public_key)
    words = f"Figue {mint()[-6:]}"
    fig = medical_profile.add_allergy(elsewhere.space, AllergyDetails(AllergenGroup.FOOD, words=words))
    wait_for(lambda: all_sent(elsewhere))
    with Visit.begin(tmp_path / "v", between.base, tokens, sealer=sealer) as visit:
        visit.start().know_patient()
        wait_for(lambda: visit.records.get("AllergyIntolerance", fig.resource_id) is not None)
        between.unplug()
        wait_for(lambda: not visit.engine.status.online)
        for severity in ("mild", "severe"):
            details = AllergyDetails(AllergenGroup.FOOD, words=words, severity=severity)
            medical_profile.change_allergy(visit.space, fig.resource_id, details)
    medical_profile.end_allergy(elsewhere.space, fig.resource_id)
    wait_for(lambda: all_sent(elsewhere))
    report = deliver(outbox, Address(service.base), device)
    assert (report.delivered, report.refused, report.left) == (2, 0, 0)
    stored = at_service(service, tokens, fig.key)
    assert stored["clinicalStatus"]["coding"][0]["code"] == "resolved"
    assert [each.get("severity") for each in stored["reaction"]] == ["severe"]


def test_a_choice_takes_the_envelope_of_the_refused_act_along(
    tmp_path: Path, elsewhere: Visit, between: RoughServer, service: RealService, tokens: Tokens
) -> None:
    """What the person did not keep is not delivered after all."""
    device = enrol(Address(service.base), "Bus 18").device
    outbox = tmp_path / "outbox"
    sealer = Sealer(outbox, device.device_id, device.signing_key, device.service_public_key)
    zoe = relatives.add_contact(elsewhere.space, RelativeDetails("Zoé", mint()[-6:], "0611111111", "friend"))
    wait_for(lambda: all_sent(elsewhere))
    with Visit.begin(tmp_path / "v", between.base, tokens, sealer=sealer) as visit:
        visit.start().know_patient()
        wait_for(lambda: visit.records.get("RelatedPerson", zoe.resource_id) is not None)
        between.unplug()
        wait_for(lambda: not visit.engine.status.online)
        relatives.change(visit.space, zoe.resource_id, RelativeDetails("Zoé", "Ici", "0622222222", "friend"))
        relatives.end(elsewhere.space, zoe.resource_id)
        wait_for(lambda: all_sent(elsewhere))
        between.plug()
        wait_for(lambda: relatives.clash(visit.space) is not None)
        assert len(waiting(outbox)) == 1
        found = relatives.clash(visit.space)
        assert found is not None
        assert found.theirs.relative is None
        relatives.settle(visit.space, found, Keep.THEIRS)
        # What stays a moment is that the choice was made, which the service is told too.
        assert {path.suffix for path in waiting(outbox)} <= {READING}
        wait_for(lambda: waiting(outbox) == [])
    assert at_service(service, tokens, zoe.key)["active"] is False
