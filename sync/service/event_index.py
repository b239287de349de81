"""The index of the audit's events, made when somebody searches them.

Context: an event has some fifteen values by which it is found, and every access makes an event; few people
ever search theirs. Indexed at once, they were four fifths of all that the service wrote.
Decision: an access adds the event alone. Who searches events (or hides what events name) indexes those of
that citizen that are not yet, first; a search through everyone's, everyone's. What is indexed is seen from
the index itself, so nothing can be forgotten: an event without a row there is one that waits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from sync.service.index import index_rows
from sync.service.records import EVENT, Records
from sync.service.storage import EVERYONE, transact

if TYPE_CHECKING:
    from sync.service.exchange import Ask
    from sync.service.service import Service
    from sync.service.storage import Connection, Scope

__all__ = ["are_asked_for", "settle", "settle_for"]

_AT_ONCE: Final = 1000


def are_asked_for(ask: Ask) -> bool:
    """Say whether a search goes through events, or through what names them."""
    told = (EVENT in value for _, value in ask.query)
    return ask.path[:1] == (EVENT,) or any(told) or EVENT.encode() in unquote_to_bytes(ask.body)


def settle_for(service: Service, scope: Scope) -> None:
    """Index what waits of one citizen, or of everyone, in transactions of its own."""
    if scope is None:
        return

    def some(sql: Connection) -> bool:
        if scope == EVERYONE:
            sql.lock("events")
            return _some_of_all(Records(sql))
        return _some(Records(sql), scope)

    while transact(service.store, scope, some):
        pass


def settle(records: Records, patient_key: str | None) -> None:
    """Index what waits of one citizen, or of everyone, in the transaction that is under way."""
    while _some_of_all(records) if patient_key is None else _some(records, patient_key):
        pass


def _some_of_all(records: Records) -> bool:
    """Index some of everyone; say whether there may be more.

    One citizen after the other, as whoever searches theirs does: an event would be indexed twice else.
    """
    waiting = records.unindexed_events(None, _AT_ONCE)
    for patient_key in sorted({held.patient_key for _, held in waiting}):
        settle(records, patient_key)
    return len(waiting) == _AT_ONCE


def _some(records: Records, patient_key: str) -> bool:
    """Index some of one citizen; say whether there may be more."""
    records.hold(patient_key)
    waiting = records.unindexed_events(patient_key, _AT_ONCE)
    for place, held in waiting:
        records.index(held, place, index_rows(held.resource()))
    return len(waiting) == _AT_ONCE
