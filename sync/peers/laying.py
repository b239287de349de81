"""What a foreign server told, sorted out before it is stored: only this person's, in the right order, once.

Decision: nothing is kept because a server gave it to us, only because it says itself whose it is. A filter
that a server ignores, or a history of everybody, leaks nobody into the store. What was this person's and now
names another leaves the store as if deleted. A Provenance names its targets: it is kept with them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from app.fhir import nodes, string
from app.fhir.compartment import ASKED_BY, deciding_patients
from app.records import arrivals
from app.records.values import FeedEntry
from sync.failures import Absent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.fhir import Resource
    from app.records import Records
    from app.records.values import Cursor
    from sync.peers.id_map import IdMap
    from sync.rest import Page, Rest

__all__ = ["Laid", "Laying", "whose"]

Key = tuple[str, str]
_PROVENANCE = "Provenance"
_MOST_ORPHANS = 500
_OUR_NAME = "urn:uuid:"


class _Outbox(Protocol):
    def drop(self, op_id: str) -> None: ...


@dataclass
class Laid:
    """What a pass has brought so far."""

    news: int = 0
    confirmed: frozenset[str] = frozenset()
    doubtful: bool = False
    """Something was told twice, or could not be read: something else may have been left out."""
    told: set[tuple[str, str, str]] = field(default_factory=set)
    gone: dict[Key, FeedEntry] = field(default_factory=dict)
    """Deletions of what is not here: an earlier version of it may yet be told."""
    orphans: list[FeedEntry] = field(default_factory=list)
    """Provenances whose targets are not here (yet)."""


class Laying:
    """Stores the pages of one pass of one person's pull."""

    def __init__(
        self, records: Records, rest: Rest, patient_id: str, ids: IdMap, outbox: _Outbox | None = None
    ) -> None:
        self._records = records
        self._rest = rest
        self._patient_id = patient_id
        self._ids = ids
        self._outbox = outbox

    def lay(
        self, page: Page, into: Laid, name: str, cursor: Cursor | None, *, keep_from: str | None = None
    ) -> int:
        """Store a page with its cursor and return how much of it was news.

        ``keep_from`` ends the pass: orphans get their last chance, what was seen before is forgotten.
        """
        entries = [*page.entries, *self._read(page.bare)]
        if keep_from is not None:
            entries += into.orphans
            into.orphans = []
        into.doubtful |= bool(page.broken) or self._repeats(page, into)
        mine = self._mine(entries, into)
        mine, certain = self._settled(mine)
        count = len(mine) - self._records.look(arrivals.seen_already(mine))
        confirmed = self._records.take_in(
            arrivals.page(mine, name, cursor, keep_from=keep_from, certain=certain)
        )
        self._done(confirmed)
        into.news += count
        into.confirmed |= confirmed
        return count

    def lay_read(self, entries: Sequence[FeedEntry], gone: Sequence[Key] = ()) -> None:
        """Store what a reconciliation read, and drop what is gone."""
        mine = self._mine(entries, Laid())
        self._done(self._records.take_in(arrivals.read_now(mine, gone)))

    def lay_own(self, entries: Sequence[FeedEntry], done: Sequence[int] = ()) -> frozenset[str]:
        """Store what an act of ours brought, read by our own ids; return the acts that it confirms."""
        confirmed = self._records.take_in(arrivals.read_now(entries, done=done))
        self._done(confirmed)
        return confirmed

    def read(self, kind: str, resource_id: str) -> FeedEntry:
        """Read one of our resources as it now is; raises ``Absent``, also where it is somebody else's."""
        entry = self._renamed(self._rest.entry(kind, self._ids.theirs(kind, resource_id)))
        if entry.body is not None and whose(self._rest, self._patient_id, entry.body) is False:
            # A server that was put back, and numbers its ids, gives the same one to another.
            raise Absent(status=404)
        return entry

    # Inside

    def _done(self, confirmed: Iterable[str]) -> None:
        if self._outbox is not None:
            for op_id in confirmed:
                self._outbox.drop(op_id)

    def _repeats(self, page: Page, into: Laid) -> bool:
        names = {(each.type, each.id, each.version) for each in page.entries}
        repeated = bool(names & into.told)
        into.told |= names
        return repeated

    def _read(self, bare: Iterable[Key]) -> list[FeedEntry]:
        """Read what was told without its content."""
        found = []
        for kind, resource_id in dict.fromkeys(bare):
            if kind not in ASKED_BY:
                continue
            try:
                found.append(self._rest.entry(kind, resource_id))
            except Absent:
                found.append(FeedEntry.of(kind, resource_id, "deleted", "", None))
        return found

    def _mine(self, entries: Iterable[FeedEntry], into: Laid) -> list[FeedEntry]:
        told = self._inward([each for each in entries if each.type in ASKED_BY])
        here = self._records.look(arrivals.held({(each.type, each.id) for each in told}))
        found, waiting = [], []
        for entry in told:
            key = (entry.type, entry.id)
            owner = whose(self._rest, self._patient_id, entry.body) if entry.body is not None else None
            if owner is None and entry.type == _PROVENANCE and entry.body is not None:
                waiting.append(entry)
            elif owner:
                # A history told newest first tells of the end before the beginning.
                found += [each for each in (into.gone.pop(key, None), entry) if each is not None]
                here.add(key)
            elif key in here:
                found.append(FeedEntry.of(*key, entry.version, entry.last_updated, None))
            elif entry.body is None:
                into.gone[key] = entry
        return found + self._with_targets(waiting, found, into)

    def _with_targets(self, waiting: list[FeedEntry], found: list[FeedEntry], into: Laid) -> list[FeedEntry]:
        """Keep the Provenances whose target is here; the others wait for the end of the pass."""
        if not waiting:
            return []
        targets = {(each.type, each.id): _targets(each.body) for each in waiting}
        here = self._records.look(arrivals.held({key for keys in targets.values() for key in keys}))
        here |= {(each.type, each.id) for each in found if each.body is not None}
        kept = [each for each in waiting if targets[each.type, each.id] & here]
        room = _MOST_ORPHANS - len(into.orphans)
        into.orphans += [each for each in waiting if each not in kept][:room]
        return kept

    def _inward(self, entries: list[FeedEntry]) -> list[FeedEntry]:
        """Write what a server told as the store knows it."""
        made_here = self._records.look(arrivals.not_confirmed)
        for each in entries if made_here else ():
            if each.text is not None and _OUR_NAME in each.text and (each.type, each.id) not in made_here:
                self._ids.recognise(each.body or {}, made_here)
        return [self._renamed(each) for each in entries]

    def _renamed(self, entry: FeedEntry) -> FeedEntry:
        if not self._ids:
            return entry
        body = self._ids.inward(entry.body) if entry.body is not None else None
        ours = self._ids.ours(entry.type, entry.id)
        return FeedEntry.of(entry.type, ours, entry.version, entry.last_updated, body)

    def _settled(self, entries: list[FeedEntry]) -> tuple[list[FeedEntry], frozenset[Key]]:
        """Read as they now are the resources of which no order of versions can be told."""
        doubtful = {(each.type, each.id) for each in self._records.look(arrivals.unsure(entries))}
        if not doubtful:
            return entries, frozenset()
        last = {(each.type, each.id): each for each in entries}
        now = [self._now(last[key]) for key in sorted(doubtful)]
        return [each for each in entries if (each.type, each.id) not in doubtful] + now, frozenset(doubtful)

    def _now(self, entry: FeedEntry) -> FeedEntry:
        try:
            return self.read(entry.type, entry.id)
        except Absent:
            return FeedEntry.of(entry.type, entry.id, f"{entry.version} gone", entry.last_updated, None)


def whose(rest: Rest, patient_id: str, body: Resource) -> bool | None:
    """Say whose a resource is: this person's, another's, or nobody's that it names."""
    if body["resourceType"] == "Patient":
        return bool(body["id"] == patient_id)
    named = [rest.relative(each) for each in deciding_patients(body)]
    return f"Patient/{patient_id}" in named if named else None


def _targets(body: Resource | None) -> set[Key]:
    named = (string(each, "reference") or "" for each in nodes(body, "target"))
    parts = [each.partition("/_history/")[0].split("/") for each in named]
    return {(each[-2], each[-1]) for each in parts if len(each) > 1}
