"""What the records' tests share: a person's real store, acts, and a feed that gives them back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from app.changes import Change, Changes
from app.ids import mint
from app.records import Act, Cursor, FeedEntry, Operation, Records
from app.vault.keys import Key
from app.vault.patient import PatientVault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SHA256_URL = "https://tandem.example/fhir/StructureDefinition/attachment-sha-256"
EPOCH = "epoch-1"


@dataclass
class Held:
    """A clock that a test moves."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 11, 22, 9, tzinfo=UTC))

    def __call__(self) -> datetime:
        """Tell the time."""
        return self.moment

    def forward(self, **by: float) -> None:
        """Let time pass."""
        self.moment += timedelta(**by)


def document(title: str = "Ordonnance", day: str = "2026-05-01", **changed: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a DocumentReference; ``sha256``, ``author`` and top-level elements can be given."""
    attachment = {
        "contentType": "application/pdf",
        "title": title,
        "creation": day,
        "size": 1234,
        "extension": [{"url": SHA256_URL, "valueString": changed.pop("sha256", "ab" * 32)}],
    }
    return {
        "resourceType": "DocumentReference",
        "id": mint(),
        "status": "current",
        "date": f"{day}T10:00:00Z",
        "type": {"coding": [{"code": "57833-6", "display": "Prescription de produits de santé"}]},
        "author": [{"display": changed.pop("author", "Dr Œuvrard")}],
        "content": [{"attachment": attachment}],
    } | changed


@dataclass
class Person:
    """One person's records and the other side of the wire."""

    records: Records
    vault: PatientVault
    clock: Held
    told: list[Change]
    versions: dict[str, int] = field(default_factory=dict)
    pages: int = 0

    def act(self, *bodies: dict[str, Any], base: Mapping[str, str] | None = None, **named: Any) -> Operation:  # noqa: ANN401
        """Commit an act on these resources."""
        op_id = mint()
        provenance = {"resourceType": "Provenance", "id": op_id}
        audit = {"resourceType": "AuditEvent", "action": "C"}
        inside = named.pop("inside", None)
        return self.records.commit(
            Act(op_id, (*bodies, provenance), base or {}, audit, **named), inside=inside
        )

    def feed(self, *bodies: dict[str, Any]) -> frozenset[str]:
        """Let the service tell these versions, in one page."""
        return self.page(*(self.entry(body) for body in bodies))

    def page(self, *entries: FeedEntry) -> frozenset[str]:
        """Apply one page."""
        self.pages += 1
        return self.records.apply_page("changes", entries, Cursor(str(self.pages), EPOCH))

    def entry(self, body: dict[str, Any]) -> FeedEntry:
        """Return the next version of a resource."""
        name = f"{body['resourceType']}/{body['id']}"
        self.versions[name] = self.versions.get(name, 0) + 1
        version = str(self.versions[name])
        return FeedEntry.of(body["resourceType"], body["id"], version, "2026-11-22T08:00:00Z", body)

    def gone(self, body: dict[str, Any]) -> FeedEntry:
        """Return a tombstone."""
        told = self.entry(body)
        return FeedEntry.of(told.type, told.id, told.version, told.last_updated, None)

    def titles(self, **query: Any) -> list[str]:  # noqa: ANN401
        """Return the list's titles."""
        from app.records import DocumentQuery

        return [row.title for row in self.records.documents(DocumentQuery(**query))]


@pytest.fixture
def person(tmp_path: Path) -> Iterator[Person]:
    """Return a person with an empty store."""
    with PatientVault.create(tmp_path, Key.random()) as vault:
        changes, clock = Changes(), Held()
        told: list[Change] = []
        changes.subscribe(told.append)
        yield Person(Records(vault.store, changes, clock=clock), vault, clock, told)
        vault.store.verify()
