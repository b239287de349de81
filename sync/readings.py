"""Telling the service who looked: the AuditEvents of this visit (IHE ITI-20, RESTful ATNA).

Decision: they go as a batch, each put under its own id, so that a second sending changes nothing; the
service answers for each. What it has is forgotten here and its sealed copy is dropped. One that it
refuses is not sent again by this visit, and its sealed copy stays for the desk's delivery, where the
refusal is remembered: evidence is never thrown away because someone did not like its form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir.bundle import statuses
from sync.failures import ServiceBroken, failure_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.fhir import Resource
    from app.records import Records
    from sync.incoming import Outbox
    from sync.rest import Rest

__all__ = ["Readings"]

_BATCH = 50
_HAD, _REFUSED, _BROKEN = 200, 400, 500
_LATER = frozenset({401, 408, 429})


class Readings:
    """Tells the service of one person's visit; ``outward`` writes a resource as that server names it."""

    def __init__(
        self,
        records: Records,
        rest: Rest,
        outbox: Outbox | None = None,
        outward: Callable[[Resource], Resource] = lambda body: body,
    ) -> None:
        self._records = records
        self._rest = rest
        self._outbox = outbox
        self._outward = outward

    def push(self, stopping: Callable[[], bool] = lambda: False) -> int:
        """Tell what was not told yet; return how many the service has got now.

        Raises:
            TransportError: nothing more can be told now; what was told stays told.

        """
        count = 0
        while not stopping() and (untold := self._records.untold(_BATCH)):
            told = self._tell([event for _, event in untold])
            settled = [seq for (seq, _), status in zip(untold, told, strict=True) if _is_settled(status)]
            self._records.told(settled)
            had = [event for (_, event), status in zip(untold, told, strict=True) if _is_had(status)]
            for event in had:
                self._drop(event)
            count += len(had)
            if len(settled) < len(untold):
                raise ServiceBroken(status=_BROKEN)
        return count

    def _tell(self, events: list[Resource]) -> list[int]:
        entries = [
            {
                "resource": self._outward(event),
                "request": {"method": "PUT", "url": f"AuditEvent/{event['id']}"},
            }
            for event in events
        ]
        batch = self._rest.bundle({"resourceType": "Bundle", "type": "batch", "entry": entries})
        failure = failure_of(batch.status, batch.headers, batch.body)
        if failure is not None:
            raise failure
        answer = batch.json()
        told = statuses(answer)
        if answer.get("type") != "batch-response" or len(told) != len(events):
            raise ServiceBroken(status=_HAD)
        return told

    def _drop(self, event: Resource) -> None:
        if self._outbox is not None:
            self._outbox.drop(event["id"])


def _is_had(status: int) -> bool:
    return _HAD <= status < _REFUSED


def _is_settled(status: int) -> bool:
    """Say whether asking again would bring the same answer."""
    return _is_had(status) or (_REFUSED <= status < _BROKEN and status not in _LATER)
