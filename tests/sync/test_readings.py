"""Who looked reaches the service: at once, after a time without a network, or by the desk afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import accesses
from app.accesses import Deed, Looker, ReportReason
from app.acts import audit, record
from app.fhir.audit_event import AuditAction
from app.outbox import READING, Sealer, waiting
from app.preparing import prepared
from app.space import DoneCode
from sync.accesses import who_looked
from sync.delivery import deliver
from sync.enrolment import enrol
from sync.transport import Address, Transport
from tests.sync.visit import FixedTokens, Visit, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from sync.enrolment import Device
    from sync.tokens import Tokens
    from tests.sync.rough_server import RoughServer
    from tests.sync.visit import RealService


def look(visit: Visit, document_id: str) -> str:
    """Read a document as ``app.documents`` notes it; returns the event's id."""
    event = audit(visit.space, AuditAction.READ, [f"DocumentReference/{document_id}"])
    record(visit.space, event)
    return str(event["id"])


def at_the_service(base: str, tokens: Tokens) -> dict[str, str]:
    """Return what the person is told of readings at a desk: what was touched, by the event's id."""
    with Transport(Address(base), FixedTokens(tokens.access_token)) as transport:
        found = transport.request("GET", "fhir/AuditEvent", params={"_count": "1000"}).json()
    events = [each["resource"] for each in found.get("entry", ())]
    return {
        each["id"]: each["entity"][-1]["what"]["reference"]
        for each in events
        if each["source"].get("type", [{}])[0].get("code") == "1"
    }


def sealer_of(device: Device, outbox: Path) -> Sealer:
    """Make the session's sealer."""
    return Sealer(outbox, device.device_id, device.signing_key, device.service_public_key)


def a_device(service: RealService) -> Device:
    """Enrol a PC."""
    return enrol(Address(service.base), "Bus 51").device


def test_a_reading_is_told_and_its_envelope_goes(
    tmp_path: Path, service: RealService, between: RoughServer, tokens: Tokens
) -> None:
    """With a network: the person can see it while the visit goes on."""
    outbox = tmp_path / "outbox"
    sealer = sealer_of(a_device(service), outbox)
    with Visit.begin(tmp_path / "v", between.base, tokens, sealer=sealer) as visit:
        visit.start().know_patient()
        event_id = look(visit, "vu-en-ligne")
        wait_for(lambda: waiting(outbox) == [])
        assert visit.records.untold() == []
    assert at_the_service(service.base, tokens)[event_id] == "DocumentReference/vu-en-ligne"


def test_a_reading_without_a_network_is_delivered_by_the_desk_once(
    tmp_path: Path, service: RealService, between: RoughServer, tokens: Tokens
) -> None:
    """The session and its key are gone; copies that turn up again change nothing."""
    device, outbox = a_device(service), tmp_path / "outbox"
    with Visit.begin(tmp_path / "v", between.base, tokens, sealer=sealer_of(device, outbox)) as visit:
        visit.start().know_patient()
        between.unplug()
        read = [look(visit, f"vu-sans-reseau-{number}") for number in range(3)]
        assert [path.name for path in waiting(outbox)] == [f"{each}{READING}" for each in read]
    copies = {path: path.read_bytes() for path in outbox.iterdir()}
    report = deliver(outbox, Address(service.base), device)
    assert (report.delivered, report.refused, report.left) == (3, 0, 0)
    before = at_the_service(service.base, tokens)
    assert {before[each] for each in read} == {f"DocumentReference/vu-sans-reseau-{n}" for n in range(3)}
    for path, data in copies.items():
        path.write_bytes(data)
    assert deliver(outbox, Address(service.base), device).delivered == 3
    assert at_the_service(service.base, tokens) == before


def test_told_in_time_and_by_its_envelope_it_stands_once(
    tmp_path: Path, service: RealService, between: RoughServer, tokens: Tokens
) -> None:
    """The network comes back in the visit; an old copy of the envelope is delivered besides."""
    device, outbox = a_device(service), tmp_path / "outbox"
    with Visit.begin(tmp_path / "v", between.base, tokens, sealer=sealer_of(device, outbox)) as visit:
        visit.start().know_patient()
        between.unplug()
        event_id = look(visit, "vu-deux-fois")
        copies = {path: path.read_bytes() for path in outbox.iterdir()}
        between.plug()
        wait_for(lambda: waiting(outbox) == [])
    for path, data in copies.items():
        path.write_bytes(data)
    assert deliver(outbox, Address(service.base), device).delivered == 1
    told = at_the_service(service.base, tokens)
    assert told[event_id] == "DocumentReference/vu-deux-fois"
    assert list(told.values()).count("DocumentReference/vu-deux-fois") == 1


def test_an_event_in_another_helpers_name_stays_in_its_envelope(
    tmp_path: Path, service: RealService, between: RoughServer, tokens: Tokens
) -> None:
    """The service refuses it in the session: it is not sent again there, and nothing is thrown away."""
    outbox = tmp_path / "outbox"
    sealer = sealer_of(a_device(service), outbox)
    with Visit.begin(tmp_path / "v", between.base, tokens, sealer=sealer) as visit:
        visit.start().know_patient()
        event = audit(visit.space, AuditAction.READ, ["DocumentReference/pas-lui"])
        event["agent"][0]["who"] = {"reference": "Practitioner/quelqu-un-d-autre"}
        record(visit.space, event)
        wait_for(lambda: visit.records.untold() == [])
        assert [path.suffix for path in waiting(outbox)] == [READING]
    assert event["id"] not in at_the_service(service.base, tokens)


def test_the_person_sees_the_visit_and_reports_it(
    tmp_path: Path, service: RealService, between: RoughServer, tokens: Tokens
) -> None:
    """From a reading to the line of the list, in the helper's name as the directory has it, to the report."""
    with Visit.begin(tmp_path / "v", between.base, tokens) as visit:
        visit.start().know_patient()
        look(visit, "a-signaler")
        wait_for(lambda: visit.records.untold() == [])
        page = who_looked(visit.transport)
        found = next(
            each
            for each in accesses.accesses(visit.space, page.events)
            if "a-signaler" in each.documents(Deed.OPENED)
        )
        assert found.last.looker is Looker.HELPER
        told = {
            access.name
            for access in map(accesses.read, page.events)
            if access and access.looker is Looker.HELPER
        }
        assert "" not in told
        assert accesses.reported(visit.space, found) is None
        between.unplug()
        report = accesses.report(visit.space, found, ReportReason.NOT_AGREED)
        noted = accesses.reported(visit.space, found)
        assert noted is not None
        assert not noted.is_sent
        between.plug()
        wait_for(lambda: visit.records.waiting().count == 0)
        sent = visit.transport.request("GET", f"fhir/Communication/{report}").json()
        assert {"reference": f"AuditEvent/{found.last.id}"} in sent["about"]
        noted = accesses.reported(visit.space, found)
        assert noted is not None
        assert (noted.is_sent, noted.seen) == (True, None)


def test_a_prepared_visit_stands_in_the_list_under_its_own_name(
    tmp_path: Path, service: RealService, between: RoughServer, tokens: Tokens
) -> None:
    """On this PC at once, and at the service; it names no document."""
    with Visit.begin(tmp_path / "v", between.base, tokens) as visit:
        visit.start().know_patient()
        prepared(visit.space)
        (here,) = [each for each in accesses.accesses(visit.space, ()) if each.has(Deed.PREPARED)]
        wait_for(lambda: visit.records.untold() == [])
        read = map(accesses.read, who_looked(visit.transport).events)
        (told,) = [each for each in read if each and each.deed is Deed.PREPARED]
    assert told.id == here.last.id
    assert told.looker is Looker.HELPER
    assert told.documents == ()
    assert visit.space.done[-1].code is DoneCode.VISIT_PREPARED


def test_the_list_goes_on_page_by_page(
    service: RealService, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest first, none twice, none left out."""
    monkeypatch.setattr("sync.accesses._COUNT", 25)
    with Transport(Address(service.base), FixedTokens(tokens.access_token)) as transport:
        whole = transport.request("GET", "fhir/AuditEvent", params={"_count": "1"}).json()["total"]
        events, page = [], who_looked(transport)
        while page.more and len(events) < whole:
            events += page.events
            page = who_looked(transport, page.more)
        events += page.events
    ids = [each["id"] for each in events]
    assert len(set(ids)) == len(ids) >= whole
    assert [each["recorded"] for each in events] == sorted(
        (each["recorded"] for each in events), reverse=True
    )
