"""An act is done when it is read back: at a server whose feed does not bring it, by asking for it.

Decision: the Provenance with the act's id and each of its resources are read and stored as the truth, and the
records confirm by them as they do by the feed. At a server that keeps no Provenance an act is done when all
its other resources were read back saying what we sent; what the server adds to a creation of its own does not
matter. A change took something out, perhaps: it is there only where nothing more is said than we sent.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from app.fhir import resource_key
from app.records.values import FeedEntry, OperationState
from sync.failures import Absent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from app.records import Records
    from app.records.values import Operation
    from sync.peers.laying import Laying

__all__ = ["ReadBack", "is_same", "says"]

_LEFT_OUT = frozenset({"meta", "text", "id"})
_NOT_FED = frozenset(
    {"Binary", "AuditEvent", "Practitioner", "PractitionerRole", "Organization", "Device", "Location"}
)


class ReadBack:
    """Reads answered acts back. ``provenance`` says whether the server is known to keep Provenances."""

    def __init__(self, records: Records, laying: Laying, *, provenance: Callable[[], bool]) -> None:
        self._records = records
        self._laying = laying
        self._provenance = provenance

    def confirm(self, operations: Iterable[Operation] | None = None) -> frozenset[str]:
        """Read these acts back, or every answered one; return the ids of those that are done."""
        waiting = self._records.operations(OperationState.ANSWERED) if operations is None else operations
        confirmed = frozenset[str]()
        for operation in waiting:
            read = self.found(operation)
            if read is not None:
                done = () if self._provenance() else (operation.seq,)
                confirmed |= self._laying.lay_own(read, done)
        return confirmed

    def found(self, operation: Operation) -> list[FeedEntry] | None:
        """Read all that an act brought; None where a part is missing or says something else."""
        found, kept = [], self._provenance()
        for body in operation.resources:
            kind, resource_id = str(body["resourceType"]), str(body["id"])
            is_proof = (kind, resource_id) == ("Provenance", operation.op_id)
            if kind in _NOT_FED or (is_proof and not kept):
                continue
            try:
                entry = self._laying.read(kind, resource_id)
            except Absent as failure:
                is_new = resource_key(body) not in operation.base_versions
                if not (failure.is_gone and (kept or is_new)):
                    return None
                # It was there, and somebody deleted it since: sent again it would rise again.
                found.append(FeedEntry.of(kind, resource_id, "", "", None))
                continue
            tells = is_same if resource_key(body) in operation.base_versions else says
            if not kept and not tells(entry.body, body):
                return None
            found.append(entry)
        return found


def is_same(theirs: object, ours: object) -> bool:
    """Say whether a server has a change of ours: what ours took out may not be there any more."""
    return says(theirs, ours) and says(ours, theirs)


def says(theirs: object, ours: object, key: str = "") -> bool:
    """Say whether a server's resource says all that ours does."""
    if isinstance(ours, dict):
        wanted = {name: value for name, value in ours.items() if name not in _LEFT_OUT or key}
        return isinstance(theirs, dict) and all(
            name in theirs and says(theirs[name], value, name) for name, value in wanted.items()
        )
    if isinstance(ours, list):
        return isinstance(theirs, list) and _list_says(theirs, ours, key)
    if theirs == ours and isinstance(theirs, bool) == isinstance(ours, bool):
        return True
    return isinstance(theirs, str) and isinstance(ours, str) and _same(theirs, ours, key)


def _list_says(theirs: list[object], ours: list[object], key: str) -> bool:
    """Compare lists: a server may add an ``identifier`` of its own, and nothing else."""
    if key == "identifier":
        return all(any(says(one, other, key) for one in theirs) for other in ours)
    return len(theirs) == len(ours) and all(
        says(one, other, key) for one, other in zip(theirs, ours, strict=True)
    )


def _same(theirs: str, ours: str, key: str) -> bool:
    """Compare what may be written in two ways: a reference (absolute or not) and a moment."""
    if key == "reference":
        return theirs.split("/")[-2:] == ours.split("/")[-2:] and "/" in ours
    try:
        one, other = datetime.fromisoformat(theirs), datetime.fromisoformat(ours)
    except ValueError:
        return False
    return one.tzinfo is not None and other.tzinfo is not None and one == other
