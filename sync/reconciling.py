"""Reconciliation: the list of what a server has, compared with what is here.

Context: a search sees no deletion, and a history may skip (HAPI: pages of equal moments). Decision: the
server is asked for names and versions alone (``_elements=id,meta``), type by type, page by page; what is on
the list and not here is fetched; what is here and not on the list is *read before it is dropped*. Only 404
and 410 are a deletion, noted as those that a feed tells are (``app/records/removals``): where much would go,
nothing does until somebody says so. It goes on where it was cut, and does so much and no more in one go.

Provenances are never dropped: many servers do not list them by person, and nobody deletes them.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import orjson

from app.clock import instant
from app.fhir.compartment import asked_of
from app.records import arrivals, manifest
from app.records.arrivals import moment_of
from app.records.values import Cursor, FeedEntry
from sync.by_search import Pages
from sync.failures import Absent, Forbidden, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.clock import Clock
    from app.records import Records
    from sync.id_map import IdMap
    from sync.laying import Laying
    from sync.peer import Peer
    from sync.rest import Page, Rest

__all__ = ["MANIFEST", "Reconciled", "Reconciler", "count_from_now", "is_due"]

MANIFEST = "manifest"
WEEK = timedelta(days=7)
_STALE = timedelta(days=1)
_LIST_COUNT, _READS, _AT_ONCE = 1000, 200, 50
_NEVER_DROPPED = "Provenance"


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a step did; ``dropped`` are proven gone there and noted as deleted.

    ``begun`` is when the list of one that is finished was begun: what went after that is not noticed.
    """

    finished: bool
    fetched: int = 0
    dropped: int = 0
    begun: datetime | None = None


@dataclass(frozen=True, slots=True)
class _State:
    """Where a reconciliation is: ``done`` the last whole one, ``begun`` the one under way."""

    done: str | None = None
    begun: str | None = None
    place: int = 0
    following: str | None = None
    listed: tuple[str, ...] = ()
    is_listed: bool = False


class Reconciler:
    """Reconciles one person's records with one server."""

    def __init__(
        self,
        records: Records,
        rest: Rest,
        peer: Peer,
        patient_id: str,
        laying: Laying,
        ids: IdMap,
        clock: Clock,
    ) -> None:
        self._records = records
        self._rest = rest
        self._peer = peer
        self._patient_id = patient_id
        self._laying = laying
        self._ids = ids
        self._clock = clock
        self._kinds = sorted(peer.kinds)

    def is_due(self, every: timedelta = WEEK) -> bool:
        """Say whether one is under way, was demanded, or the last whole one is so long ago."""
        return is_due(self._records, self._rest.base, self._clock, every)

    def demand(self) -> None:
        """Have one made at the next occasion: something may have been left out."""
        self._keep(replace(self._state(), done=None))

    def step(self, *, stopping: Callable[[], bool] = lambda: False, most: int = _READS) -> Reconciled:
        """Do a part of it: the list is read to its end, then at most ``most`` resources are read.

        Raises ``TransportError``; it goes on where it was.
        """
        state = self._state()
        begun = moment_of(state.begun or "")
        if begun is None or self._clock() - begun > _STALE:
            begun = self._clock()
            state = _State(done=state.done, begun=instant(begun))
            self._records.take_in(manifest.note((), MANIFEST, self._cursor(state), anew=True))
        if not state.is_listed:
            listed = self._list(state, stopping)
            if listed is None:
                return Reconciled(finished=False)
            state = listed
        fetched = self._fetch(stopping, most)
        if fetched < most:
            self._read_absent(state, stopping, most - fetched)
        if self._left(state):
            return Reconciled(finished=False, fetched=fetched)
        return self._end(fetched, begun)

    # The list

    def _list(self, state: _State, stopping: Callable[[], bool]) -> _State | None:
        pages = Pages()
        while state.place < len(self._kinds):
            if stopping():
                return None
            kind = self._kinds[state.place]
            page = self._page(kind, state.following)
            following = pages.after(page) if page is not None else None
            listed = state.listed
            if following is None and page is not None:
                listed = (*listed, kind)
            place = state.place + (following is None)
            state = replace(state, place=place, following=following, listed=listed)
            told = [self._named(each) for each in page.entries] if page is not None else []
            self._records.take_in(manifest.note(told, MANIFEST, self._cursor(state)))
        state = replace(state, is_listed=True)
        self._keep(state)
        return state

    def _page(self, kind: str, following: str | None) -> Page | None:
        """Ask for a page of the list; None for a type that the server does not let us list."""
        try:
            if following is not None:
                return self._rest.following(following)
        except (Absent, Refused):
            pass
        asked = asked_of(self._peer.kinds[kind], self._patient_id)
        try:
            return self._rest.search(kind, asked | {"_elements": "id,meta", "_count": str(_LIST_COUNT)})
        except (Absent, Refused, Forbidden):
            return None

    def _named(self, entry: FeedEntry) -> tuple[str, str, str]:
        told = entry.body or {}
        version = str((told.get("meta") or {}).get("versionId") or "")
        return entry.type, self._ids.ours(entry.type, entry.id), version

    # What is left to read

    def _fetch(self, stopping: Callable[[], bool], most: int) -> int:
        """Fetch what is on the list and not here; a resource of somebody else is seen and left."""
        count = 0
        while count < most and not stopping():
            keys = self._records.look(manifest.missing(min(_AT_ONCE, most - count)))
            if not keys:
                break
            found, gone = self._read(keys)
            self._laying.lay_read(found, gone)
            self._settle(keys)
            count += len(keys)
        return count

    def _read_absent(self, state: _State, stopping: Callable[[], bool], most: int) -> None:
        """Read what is here and not on the list, before anything is said about it."""
        while most > 0 and not stopping():
            keys = self._absent(state, min(_AT_ONCE, most))
            if not keys:
                break
            found, gone = self._read(keys)
            self._laying.lay_read(found)
            self._settle([key for key in keys if key not in gone])
            self._settle(gone, gone=True)
            most -= len(keys)

    def _read(self, keys: list[tuple[str, str]]) -> tuple[list[FeedEntry], list[tuple[str, str]]]:
        found, gone = [], []
        for key in keys:
            try:
                found.append(self._laying.read(*key))
            except Absent:
                gone.append(key)
            except Forbidden:
                # Hidden from whoever asks is not deleted.
                continue
        return found, gone

    def _absent(self, state: _State, limit: int) -> list[tuple[str, str]]:
        kinds = [each for each in state.listed if each != _NEVER_DROPPED]
        return self._records.look(manifest.absent(kinds, state.begun or "", limit))

    def _left(self, state: _State) -> bool:
        return bool(self._records.look(manifest.missing(1)) or self._absent(state, 1))

    def _settle(self, keys: list[tuple[str, str]], *, gone: bool = False) -> None:
        settle = manifest.settle(keys, gone=gone)
        self._records.take_in(arrivals.page((), MANIFEST, None, also=settle))

    def _end(self, fetched: int, begun: datetime) -> Reconciled:
        gone = self._records.look(manifest.gone)
        done = _State(done=instant(self._clock()))
        self._records.take_in(manifest.withhold_gone(MANIFEST, self._cursor(done)))
        return Reconciled(finished=True, fetched=fetched, dropped=gone, begun=begun)

    # Where it is

    def _state(self) -> _State:
        return _state_of(self._records, self._rest.base)

    def _cursor(self, state: _State) -> Cursor:
        return Cursor(orjson.dumps(asdict(state)).decode(), self._rest.base)

    def _keep(self, state: _State) -> None:
        self._records.take_in(arrivals.keep_cursor(MANIFEST, self._cursor(state)))


def is_due(records: Records, base: str, clock: Clock, every: timedelta = WEEK) -> bool:
    """Say whether a reconciliation is under way, was demanded, or the last whole one is so long ago."""
    state = _state_of(records, base)
    done = moment_of(state.done or "")
    return state.begun is not None or done is None or clock() - done >= every


def count_from_now(records: Records, base: str, clock: Clock) -> None:
    """Note that all there is has just been told, where nothing is noted yet."""
    if _state_of(records, base) == _State():
        told = orjson.dumps(asdict(_State(done=instant(clock())))).decode()
        records.take_in(arrivals.keep_cursor(MANIFEST, Cursor(told, base)))


def _state_of(records: Records, base: str) -> _State:
    cursor = records.cursor(MANIFEST)
    if cursor is None or cursor.epoch != base:
        return _State()
    kept = orjson.loads(cursor.value)
    return _State(**kept | {"listed": tuple(kept["listed"])})
