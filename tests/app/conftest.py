"""One person's open space on a shared PC: real store, real files, real outbox."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.changes import Changes
from app.codes.systems import INS_NIR_TEST
from app.fhir import patient as patients
from app.outbox import Sealer
from app.reader.values import Kind, Opened, Paragraph, Section
from app.records import Records
from app.space import Actor, ActorRole, Space
from app.vault.envelope import OpenedEnvelope, ServiceKey, open_envelope
from app.vault.keys import Key
from app.vault.patient import PatientVault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from app.intake import Candidate

JEANNE: dict[str, Any] = {
    "ins_value": "252087599999933",
    "ins_system": INS_NIR_TEST,
    "family": "DURAND",
    "given": ["JEANNE", "MARIE"],
    "usual_family": "MARTIN",
    "gender": "female",
    "born": "1952-08-14",
    "place": ("Reims", "51454"),
}


@dataclass
class HeldClock:
    """A clock that a test moves."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 11, 22, 13, 5, 7, 250_000, UTC))

    def __call__(self) -> datetime:
        """Return the moment it is held at."""
        return self.moment

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**by)


@dataclass
class Service:
    """The service's side of the envelopes: its key, and the one PC it knows."""

    key: ServiceKey = field(default_factory=ServiceKey.generate)
    device: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    device_id: str = "pc-17"

    def open(self, blob: bytes) -> OpenedEnvelope:
        """Open an envelope as the service does."""
        known = {self.device_id: self.device.public_key().public_bytes_raw()}
        return open_envelope(blob, self.key, known.get)

    def sealer(self, outbox: Path) -> Sealer:
        """Make the enrolled PC's sealer."""
        return Sealer(outbox, self.device_id, self.device, self.key.public)


@pytest.fixture
def clock() -> HeldClock:
    """Return a clock that stands still."""
    return HeldClock()


@pytest.fixture
def service() -> Service:
    """Return the service's side of the envelopes."""
    return Service()


@pytest.fixture
def jeanne() -> dict[str, Any]:
    """Return a made-up person."""
    return patients.make("0193a1b2-0000-7000-8000-000000000001", **JEANNE)


@pytest.fixture
def adviser() -> Actor:
    """Return the helper in the room."""
    return Actor("adviser-1", "Claire Petit", ActorRole.ADVISER, "org-1", "France services de Reims")


@pytest.fixture
def open_space(
    tmp_path: Path, clock: HeldClock, service: Service, jeanne: dict[str, Any], adviser: Actor
) -> Iterator[Callable[..., Space]]:
    """Open spaces; each is closed at the end."""
    vaults: list[PatientVault] = []

    def opened(**changed: Any) -> Space:  # noqa: ANN401
        vault = PatientVault.create(tmp_path / f"vault-{len(vaults)}", Key.random())
        vaults.append(vault)
        patient = changed.pop("patient", jeanne)
        given: dict[str, Any] = {
            "patient": patient,
            "patient_id": patient["id"],
            "records": Records(vault.store, Changes(), clock=clock),
            "files": vault.files,
            "actor": adviser,
            "vault": vault,
            "sealer": service.sealer(tmp_path / "outbox"),
            "clock": clock,
        }
        return Space(**given | changed)

    yield opened
    for vault in vaults:
        vault.close()


@pytest.fixture
def space(open_space: Callable[..., Space]) -> Space:
    """Return Jeanne's open space."""
    return open_space()


def paper(data: bytes = b"Ordonnance du docteur Roux", words: str = "Amoxicilline 500 mg") -> Candidate:
    """Make a text file that was looked at and may be filed."""
    from app.intake import Candidate

    opened = Opened(
        kind=Kind.TEXT,
        media_type="text/plain",
        sha256=hashlib.sha256(data).hexdigest(),
        size=len(data),
        pages=1,
        sections=(Section("", 1, (Paragraph(words),)),),
    )
    return Candidate(
        data=data,
        media_type=opened.media_type,
        sha256=opened.sha256,
        size=opened.size,
        pages=opened.pages,
        proposed_title="Ordonnance",
        proposed_date=None,
        proposed_category=None,
        shrunk_from=None,
        opened=opened,
    )


@pytest.fixture
def candidate() -> Callable[..., Candidate]:
    """Return the maker of files to be filed."""
    return paper


@pytest.fixture
def day() -> date:
    """Return the day of a document."""
    return date(2026, 11, 20)


@pytest.fixture
def paris(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Put this PC in Paris: screens and mandates tell the time of the clock on the wall."""
    if not hasattr(time, "tzset"):
        pytest.skip("this system's time zone cannot be set for one process")
    monkeypatch.setenv("TZ", "Europe/Paris")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()
