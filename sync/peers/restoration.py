"""Noticing that a server was put back from a copy, at a server that does not say so.

Context: what was confirmed there may be gone, and a client that believes the older state deletes what is
newer. Two signs, looked for at the start of a session: our *canary* (a ``Basic`` that counts with us, where
one may be written) is missing or has counted less than we know; a version that is held here was never heard
of there (404, not 410; another person's under that id), or the server's present version has a smaller number.
Consequence: the signal is an error, and it comes before anything is pulled; what follows is the engine's to
decide (no deletion, whole manifest, acts offered again after a human yes), and :meth:`Watch.settled` begins
the count anew.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from app.errors import WorldFailed
from app.fhir import Resource, items, node, string
from app.ids import mint
from app.records import arrivals, peers
from sync.conformance import Check
from sync.failures import Absent, ServiceBroken
from sync.peers.laying import whose
from sync.rest import REFUSALS, version_of

if TYPE_CHECKING:
    from app.records import Records
    from sync.peers.id_map import IdMap
    from sync.peers.peer import Peer
    from sync.rest import Rest

__all__ = ["ServiceRestored", "Watch"]

CODE_SYSTEM = "https://tandem.example/fhir/CodeSystem/basic"
COUNTER = "https://tandem.example/fhir/StructureDefinition/canary-counter"
_SAMPLE = 3


class ServiceRestored(WorldFailed):
    """The server has lost what it had: it was put back from a copy. Fields: ``sign`` (a code)."""

    code = "service-restored"


class Watch:
    """Watches one server for one person's store. ``may_write`` allows a canary."""

    def __init__(
        self,
        records: Records,
        rest: Rest,
        peer: Peer,
        patient_id: str,
        ids: IdMap,
        *,
        may_write: bool = False,
    ) -> None:
        self._records = records
        self._rest = rest
        self._peer = peer
        self._patient_id = patient_id
        self._ids = ids
        self._may_write = may_write and peer.can(Check.CLIENT_IDS)

    def check(self) -> None:
        """Look for both signs, then count on.

        Raises:
            ServiceRestored: one of them was seen; nothing was changed, here or there.
            TransportError: the server was not reached.

        """
        self._held_versions()
        if self._may_write:
            self._canary()

    def settled(self) -> None:
        """Begin anew after a restoration that was dealt with."""
        self._records.take_in(peers.forget_canary(self._rest.base))

    def _canary(self) -> None:
        known = self._records.look(peers.canary(self._rest.base))
        canary_id, counter = known or (mint(), 0)
        version = None
        if known is not None:
            try:
                found = self._rest.read("Basic", canary_id)
            except Absent:
                raise ServiceRestored(sign="canary-missing") from None
            if _counter(found) < counter:
                raise ServiceRestored(sign="canary-behind")
            # The server may be one ahead: it counted, and we were cut before we noted it.
            counter, version = _counter(found), string(found, "meta", "versionId")
        answer = self._rest.put(
            self._body(canary_id, counter + 1), **({"If_Match": f'W/"{version}"'} if version else {})
        )
        if httpx.codes.is_success(answer.status):
            self._records.take_in(peers.count_canary(self._rest.base, canary_id, counter + 1))

    def _body(self, canary_id: str, counter: int) -> Resource:
        return {
            "resourceType": "Basic",
            "id": canary_id,
            "extension": [{"url": COUNTER, "valueInteger": counter}],
            "code": {"coding": [{"system": CODE_SYSTEM, "code": "canary"}]},
            "subject": {"reference": f"Patient/{self._patient_id}"},
        }

    def _held_versions(self) -> None:
        """Ask for the versions that changed last here: they must be known there."""
        held = self._records.look(arrivals.newest(_SAMPLE))
        found = [(key[0], sign) for key in held if (sign := self._sign(*key))]
        # One alone may be a server that does not tell the deleted from what never was.
        if any(self._is_proven(*each) for each in found) or (found and len(found) == len(held) > 1):
            raise ServiceRestored(sign=found[0][1])

    def _is_proven(self, kind: str, sign: str) -> bool:
        """Say whether one alone tells: a 404 where 410 is known, or of a Provenance (nobody deletes one)."""
        tells = kind == "Provenance" or self._peer.can(Check.GONE)
        return sign == "version-behind" or (sign == "held-unknown" and tells)

    def _sign(self, kind: str, resource_id: str, version: str) -> str | None:
        theirs = self._ids.theirs(kind, resource_id)
        answer = self._rest.ask(self._rest.at(kind, theirs), also=REFUSALS)
        if answer.status == httpx.codes.NOT_FOUND:
            return "held-unknown"
        if answer.status in REFUSALS:
            return None
        body = answer.json()
        if body.get("id") != theirs:
            raise ServiceBroken(status=answer.status)
        if whose(self._rest, self._patient_id, body) is False:
            return "held-by-another"
        now = version_of(body)
        behind = now.isdecimal() and version.isdecimal() and int(now) < int(version)
        return "version-behind" if behind else None


def _counter(body: Resource) -> int:
    found = next(
        (each for each in items(body, "extension") if node(each).get("url") == COUNTER), {"valueInteger": 0}
    )
    value = found.get("valueInteger")
    return value if isinstance(value, int) else 0
