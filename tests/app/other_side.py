"""The other side of the wire for tests of the app alone: gives acts back as the feed would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.fhir import provenance, resource_key
from app.ids import mint
from app.records import Cursor, FeedEntry

if TYPE_CHECKING:
    from app.records import Operation
    from app.space import Space

Body = dict[str, Any]


class OtherSide:
    """What the service has of one person, told page by page."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.versions: dict[str, int] = {}
        self.pages = 0

    def tell(self, *bodies: Body) -> None:
        """Tell new versions of these."""
        self.pages += 1
        entries = [self._entry(body) for body in bodies]
        self.space.records.apply_page("changes", entries, Cursor(str(self.pages), "epoch"))

    def confirm(self, *operations: Operation) -> None:
        """Tell everything that waits, or these, as filed."""
        for operation in operations or self.space.records.operations():
            self.tell(*operation.resources)

    def does(self, *bodies: Body, helper: str = "Léa Moreau", after: float = 5) -> None:
        """Let someone else act on these, some minutes after the space's clock."""
        moment = self.space.clock() + timedelta(minutes=after)
        act = provenance.make(
            mint(),
            targets=[resource_key(body) for body in bodies],
            patient=(self.space.patient_id, "Jeanne Martin"),
            helper=("adviser-2", helper),
            helper_role="adviser",
            organization=("org-2", "Bus France services"),
            mode="faire_avec",
            mandate=None,
            moment=moment,
        )
        self.tell(*bodies, act)

    def refuse(self, operation: Operation) -> None:
        """Let the service answer that somebody else was first."""
        self.space.records.conflict(operation.seq, "changed-elsewhere")

    def _entry(self, body: Body) -> FeedEntry:
        key = resource_key(body)
        version = self.versions[key] = self.versions.get(key, 0) + 1
        moment = datetime(2026, 11, 22, 13, tzinfo=UTC).isoformat()
        meta = body.get("meta", {}) | {"versionId": str(version), "lastUpdated": moment}
        return FeedEntry.of(
            str(body["resourceType"]), str(body["id"]), str(version), moment, body | {"meta": meta}
        )
