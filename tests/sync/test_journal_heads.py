"""The PC's journal and the head at the service: followed, and a folder put back is noticed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from app.desk_vault import DeskVault, JournalSetAside
from app.vault.anchor import StoreRolledBack
from sync.enrolment import enrol
from sync.failures import Offline
from sync.journal_heads import anchor_journal
from sync.transport import Address

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sync.enrolment import Device
    from tests.sync.rough_server import RoughServer
    from tests.sync.visit import RealService

EVENT = {"resourceType": "AuditEvent", "action": "R"}


@pytest.fixture
def device(service: RealService) -> Device:
    """An enrolled PC."""
    return enrol(Address(service.base), "Bus 7").device


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[DeskVault]:
    """A PC's vault without a keyring: whoever has the folder has all of it."""
    made = DeskVault(tmp_path / "poste", backend=lambda: None)
    yield made
    made.close()


def test_the_head_is_followed_at_the_service(service: RealService, device: Device, vault: DeskVault) -> None:
    """Empty at first; then each time where it stands."""
    address = Address(service.base)
    assert anchor_journal(address, device, vault) is None
    for size in (1, 2, 3):
        vault.append(dict(EVENT))
        head = anchor_journal(address, device, vault)
        assert head is not None
        assert (head.size, head) == (size, vault.latest)
    assert anchor_journal(address, device, vault) == vault.latest


def test_a_whole_folder_put_back_is_noticed_by_the_service(
    service: RealService, device: Device, vault: DeskVault, tmp_path: Path
) -> None:
    """With its own anchor it opens and agrees with itself: only the service knows better. It is set aside."""
    address = Address(service.base)
    vault.append(dict(EVENT))
    anchor_journal(address, device, vault)
    vault.close()
    shutil.copytree(vault.places.folder, tmp_path / "copy")
    for _ in range(3):
        vault.append(dict(EVENT))
    known = anchor_journal(address, device, vault)
    vault.close()
    shutil.rmtree(vault.places.folder)
    shutil.copytree(tmp_path / "copy", vault.places.folder)
    again = DeskVault(vault.places.folder, backend=lambda: None)
    try:
        again.open()
        assert again.warning is None
        with pytest.raises(StoreRolledBack):
            anchor_journal(address, device, again)
        assert isinstance(again.warning, JournalSetAside)
        head = anchor_journal(address, device, again)
        assert head is not None
        assert known is not None
        assert (head.size, head.journal != known.journal) == (1, True)
        assert (again.places.aside).is_dir()
    finally:
        again.close()


def test_without_a_network_nothing_is_said_of_the_journal(
    device: Device, vault: DeskVault, between: RoughServer
) -> None:
    """It is told the next time."""
    vault.append(dict(EVENT))
    between.unplug()
    with pytest.raises(Offline):
        anchor_journal(Address(between.base), device, vault)
    assert vault.warning is None
