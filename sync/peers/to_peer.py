"""Acts on their way to another maker's server: FHIR as the standard has it, believed as far as it was tried.

Context: servers differ in what they take from a client (ids, conditions, transactions) and say more than
they do. Decision: an act goes under our ids, creations with ``If-None-Match: *``, changes with ``If-Match``
and never as a patch, what is named before what names it, so its Provenance last: whoever finds that finds
all of it. It goes as one transaction if the server was seen to roll one back, else entry by entry: each can
be sent again, and what was sent before is looked for first. Where ``If-Match`` is not held, the version is
read just before (a moment stays in which another may write; the report says so). A server that gives its own
ids gets ours as business identifiers (``id_map``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from app.fhir import Resource, node, resource_key, string
from app.fhir.bundle import conditional_puts, entries
from sync.conformance import Check
from sync.failures import Absent, ServiceBroken, VersionClash, failure_of
from sync.fhir_client import require_done
from sync.peers.binaries import PeerBinaries
from sync.peers.id_map import bears, can_be_named, if_none_exist, named
from sync.peers.reading_back import is_same, says
from sync.rest import created_id, version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.records import Operation
    from app.vault.sealed import SealedReader
    from sync.peers.id_map import IdMap
    from sync.peers.laying import Laying
    from sync.peers.peer import Peer
    from sync.peers.reading_back import ReadBack
    from sync.rest import Rest
    from sync.transport import Answer
    from sync.uploads import Upload

__all__ = ["ToPeer"]

MOST_CONDITIONAL = 8
"""Entries with a condition in one transaction: servers have stumbled over more."""
_PROVENANCE = "Provenance"


class ToPeer:
    """One server, for one person's acts."""

    most_acts = 1

    def __init__(self, rest: Rest, peer: Peer, ids: IdMap, laying: Laying, read_back: ReadBack) -> None:
        self._rest = rest
        self._laying = laying
        self._peer = peer
        self._ids = ids
        self._read_back = read_back
        self._binaries = PeerBinaries(rest, peer, ids)

    def there(self, operations: Sequence[Operation]) -> frozenset[str]:
        """Read the acts back, one by one."""
        return frozenset(each.op_id for each in operations if self._read_back.found(each) is not None)

    def body(self, operation: Operation) -> bytes:
        """Make the act's conditional PUTs, under our ids; what others of them name goes before them."""
        return orjson.dumps(conditional_puts(_named_first(operation.resources), operation.base_versions))

    def deliver(self, operations: Sequence[Operation]) -> None:
        """Send acts whose bytes are kept."""
        for operation in operations:
            sent = [
                each for each in entries(orjson.loads(operation.send_bytes or b"{}")) if self._is_kept(each)
            ]
            if self._goes_whole(sent):
                self._transaction(sent)
            else:
                for entry in sent:
                    self._write(entry, again=operation.attempts > 1)

    def bring(
        self,
        wanted: Upload,
        reader: SealedReader,
        *,
        moved: Callable[[int], None],
        stopping: Callable[[], bool],
    ) -> bool:
        """Put it as a Binary; False where there is no time to begin."""
        if stopping():
            return False
        self._binaries.put(wanted, reader, moved)
        return True

    # An act as one

    def _is_kept(self, entry: Resource) -> bool:
        return self._peer.keeps_provenances or string(entry, "resource", "resourceType") != _PROVENANCE

    def _goes_whole(self, sent: list[Resource]) -> bool:
        return 1 < len(sent) <= MOST_CONDITIONAL and all(
            self._peer.can(each) for each in (Check.CLIENT_IDS, Check.ROLLBACK, Check.IF_MATCH)
        )

    def _transaction(self, sent: list[Resource]) -> None:
        made = [
            {
                "fullUrl": f"{self._rest.base}/{each['request']['url']}",
                "resource": self._ids.outward(each["resource"]),
                "request": each["request"],
            }
            for each in sent
        ]
        answer = self._rest.bundle({"resourceType": "Bundle", "type": "transaction", "entry": made})
        _require_good(answer)
        require_done(answer.json(), len(made))

    # Entry by entry

    def _write(self, entry: Resource, *, again: bool) -> None:
        body = node(entry, "resource")
        version = string(entry, "request", "ifMatch")
        if "ifNoneMatch" not in node(entry, "request"):
            self._change(body, version.removeprefix("W/").strip('"') if version else "")
        elif self._peer.can(Check.CLIENT_IDS):
            self._create(body, again=again)
        else:
            self._create_named(body, again=again)

    def _create(self, body: Resource, *, again: bool) -> None:
        if again and self._is_made(body):
            return None
        answer = self._rest.put(self._ids.outward(body), If_None_Match="*")
        failure = failure_of(answer.status, answer.headers, answer.body)
        if isinstance(failure, VersionClash) and (there := self._there(body)) is not None:
            return self._same_or_clash(there, body)
        if failure is not None:
            raise failure
        return None

    def _is_made(self, body: Resource) -> bool:
        """Say whether an earlier sending arrived; what somebody deleted since (410) is not made again."""
        try:
            self._same_or_clash(self._read(body), body)
        except Absent as absent:
            return absent.is_gone
        return True

    def _create_named(self, body: Resource, *, again: bool) -> None:
        """Create under the server's id; found again by ours as a business identifier."""
        kind, ours = str(body["resourceType"]), str(body["id"])
        if not can_be_named(kind) or self._is_paired(body):
            return
        if again and not self._peer.can(Check.CONDITIONAL_CREATE):
            found = self._rest.search(kind, {"identifier": if_none_exist(body).removeprefix("identifier=")})
            # A server that does not know the parameter gives whatever it has.
            same = next((each for each in found.entries if bears(each.body or {}, ours)), None)
            if same is not None:
                self._ids.pair(kind, ours, same.id)
                return
        answer = self._rest.create(named(self._ids.outward(body)), If_None_Exist=if_none_exist(body))
        _require_good(answer)
        theirs = created_id(answer)
        if theirs is None:
            raise ServiceBroken(status=answer.status)
        self._ids.pair(kind, ours, theirs)

    def _is_paired(self, body: Resource) -> bool:
        """Say whether it was created before and is there: a server put back from a copy knows it no more.

        Under its id there may be something else by then, where ids are numbers that are counted anew.
        """
        kind, ours = str(body["resourceType"]), str(body["id"])
        theirs = self._ids.theirs(kind, ours)
        if theirs == ours:
            return False
        try:
            there = self._read(body)
            if bears(there, ours) or says(there, body):
                return True
        except Absent as failure:
            if failure.is_gone:
                return True
        self._ids.part(kind, ours)
        return False

    def _change(self, body: Resource, version: str) -> None:
        guarded = bool(version) and self._peer.can(Check.IF_MATCH)
        # Where ids are the server's own, ours may be somebody else's since it was put back from a copy.
        if version and not (guarded and self._peer.can(Check.CLIENT_IDS)):
            there = self._there(body)
            if there is None or version_of(there) != version:
                return self._same_or_clash(there, body, is_same)
        headers = {"If_Match": f'W/"{version}"'} if guarded else {}
        answer = self._rest.put(self._ids.outward(body), **headers)
        failure = failure_of(answer.status, answer.headers, answer.body)
        if isinstance(failure, VersionClash):
            return self._same_or_clash(self._there(body), body, is_same)
        if failure is not None:
            raise failure
        return None

    def _there(self, body: Resource) -> Resource | None:
        try:
            return self._read(body)
        except Absent:
            return None

    def _read(self, body: Resource) -> Resource:
        return self._laying.read(str(body["resourceType"]), str(body["id"])).body or {}

    def _same_or_clash(
        self, there: Resource | None, body: Resource, tells: Callable[[object, object], bool] = says
    ) -> None:
        """Take what says the same for our own earlier sending; all else is somebody's edit."""
        if there is None or not tells(there, body):
            raise VersionClash(status=412, reason="")


def _named_first(resources: Sequence[Resource]) -> list[Resource]:
    """Order resources so that no reference leads to what is not there yet; else they stay as they are."""
    left = {resource_key(each): each for each in resources}
    found = []
    while left:
        free = (key for key, each in left.items() if not (_names(each) & left.keys()) - {key})
        found.append(left.pop(next(free, next(iter(left)))))
    return found


def _names(value: object, key: str = "") -> set[str]:
    """Return what a resource refers to, as "Type/id"."""
    if isinstance(value, dict):
        return {each for name, inside in value.items() for each in _names(inside, name)}
    if isinstance(value, list):
        return {each for inside in value for each in _names(inside)}
    return {value} if key == "reference" and isinstance(value, str) else set()


def _require_good(answer: Answer) -> None:
    failure = failure_of(answer.status, answer.headers, answer.body)
    if failure is not None:
        raise failure
