"""From a session's act to the service by its sealed envelope, against the real service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.outbox import Sealer, waiting
from sync.delivery import deliver
from sync.enrolment import enrol
from sync.transport import Address
from tests.sync.visit import Visit, pdf, service_documents, wait_for

if TYPE_CHECKING:
    from pathlib import Path

    from sync.enrolment import Device
    from sync.tokens import Tokens
    from tests.sync.rough_server import RoughServer
    from tests.sync.visit import RealService


def titles(service: RealService, tokens: Tokens) -> list[str]:
    """List the titles the service has."""
    return [each["content"][0]["attachment"]["title"] for each in service_documents(service.base, tokens)]


def sealer_of(device: Device, outbox: Path) -> Sealer:
    """Make the session's sealer."""
    return Sealer(outbox, device.device_id, device.signing_key, device.service_public_key)


def test_an_act_that_could_not_leave_is_delivered_after_the_session(
    tmp_path: Path, service: RealService, between: RoughServer, tokens: Tokens
) -> None:
    """The session ends without a network, its key is gone; the desk delivers; delivered twice it is one."""
    device = enrol(Address(service.base), "Bus 51").device
    outbox = tmp_path / "outbox"
    with Visit.begin(tmp_path / "v", between.base, tokens, sealer=sealer_of(device, outbox)) as visit:
        visit.start().know_patient()
        between.unplug()
        visit.file(pdf(40, 300_000), "Sous enveloppe")
        assert len(waiting(outbox)) == 1
    copies = {path: path.read_bytes() for path in outbox.iterdir()}
    report = deliver(outbox, Address(service.base), device)
    assert (report.delivered, report.refused, report.left) == (1, 0, 0)
    assert waiting(outbox) == []
    for path, data in copies.items():
        path.write_bytes(data)
    assert deliver(outbox, Address(service.base), device).delivered == 1
    assert titles(service, tokens).count("Sous enveloppe") == 1


def test_an_act_that_left_takes_its_envelope_along(
    tmp_path: Path, service: RealService, between: RoughServer, tokens: Tokens
) -> None:
    """When the feed confirms it the copy goes; an old copy that turns up later files nothing twice."""
    device = enrol(Address(service.base), "Bus 51").device
    outbox = tmp_path / "outbox"
    with Visit.begin(tmp_path / "v", between.base, tokens, sealer=sealer_of(device, outbox)) as visit:
        visit.start().know_patient()
        between.unplug()
        visit.file(pdf(41, 300_000), "Par les deux")
        copies = {path: path.read_bytes() for path in outbox.iterdir()}
        between.plug()
        wait_for(lambda: visit.records.waiting().count == 0)
        wait_for(lambda: waiting(outbox) == [])
    for path, data in copies.items():
        path.write_bytes(data)
    assert deliver(outbox, Address(service.base), device).delivered == 1
    assert titles(service, tokens).count("Par les deux") == 1
