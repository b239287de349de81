"""Resources as the person sees them: what they have done, over what the service has."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

import orjson

from app.records import listing, removals
from app.records.described import describe
from app.records.values import OF_ANOTHER_LIFE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from app.records.values import FeedEntry, Resource
    from app.vault.sqlcipher import Connection

__all__ = [
    "all_of",
    "get",
    "is_gone",
    "lay",
    "lift",
    "relay",
    "relist",
    "store_truths",
    "text_of",
    "truth_of",
    "version_of",
]

_DOCUMENT = "DocumentReference"

_STORE = """
    INSERT INTO truth (type, id, version, last_updated, body, generation, received_at)
    VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (type, id) DO UPDATE SET version = excluded.version,
    last_updated = excluded.last_updated, body = excluded.body, generation = excluded.generation,
    received_at = excluded.received_at WHERE truth.generation <> excluded.generation OR
    CASE WHEN excluded.version NOT GLOB '*[^0-9]*' AND truth.version NOT GLOB '*[^0-9]*'
    THEN CAST(excluded.version AS INTEGER) > CAST(truth.version AS INTEGER)
    ELSE excluded.version <> truth.version END
"""


def text_of(resource: Resource) -> str:
    """Write a resource as the store holds it."""
    return orjson.dumps(resource).decode()


def get(connection: Connection, kind: str, resource_id: str) -> Resource | None:
    """Return one resource; None where there is none or the person deleted it."""
    for table in ("local", "truth"):
        found = connection.execute(
            f"SELECT body FROM {table} WHERE type = ? AND id = ?",  # noqa: S608
            (kind, resource_id),
        ).fetchone()
        if found is not None:
            return _loaded(found[0])
    return None


def all_of(connection: Connection, kind: str) -> list[Resource]:
    """Return every resource of a type."""
    found = connection.execute("SELECT body FROM resource WHERE type = ?", (kind,))
    return [orjson.loads(body) for (body,) in found]


def truth_of(connection: Connection, kind: str, resource_id: str) -> Resource | None:
    """Return what the service has, whatever the person did over it."""
    found = connection.execute(
        "SELECT body FROM truth WHERE type = ? AND id = ?", (kind, resource_id)
    ).fetchone()
    return _loaded(found[0]) if found else None


def version_of(connection: Connection, kind: str, resource_id: str) -> str | None:
    """Return the service's version of a resource, as last read; of another life, none that it could have."""
    found = connection.execute(
        "SELECT CASE WHEN generation < (SELECT coalesce(max(generation), 1) FROM cursor)"  # noqa: S608 - ours
        f" THEN '{OF_ANOTHER_LIFE}' ELSE version END"
        " FROM truth WHERE type = ? AND id = ? AND body IS NOT NULL",
        (kind, resource_id),
    ).fetchone()
    return found[0] if found else None


def is_gone(connection: Connection, kind: str, resource_id: str) -> bool:
    """Say whether the service is known to have had a resource, and has it no more."""
    found = connection.execute(
        "SELECT 1 FROM truth WHERE type = ? AND id = ? AND body IS NULL", (kind, resource_id)
    ).fetchone()
    return found is not None


def lay(connection: Connection, resource: Resource, seq: int) -> None:
    """Lay the person's version over the service's, and over what an earlier act laid."""
    connection.execute(
        "INSERT INTO local (type, id, body, seq) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (type, id) DO UPDATE SET body = excluded.body, seq = excluded.seq",
        (resource["resourceType"], resource["id"], text_of(resource), seq),
    )


def relay(connection: Connection, seq: int, kind: str, resource_id: str, body: Resource) -> None:
    """Lay what an operation says now, unless a later one laid over it."""
    connection.execute(
        "UPDATE local SET body = ? WHERE type = ? AND id = ? AND seq = ?",
        (text_of(body), kind, resource_id, seq),
    )


def lift(connection: Connection, seq: int) -> None:
    """Take away what one operation laid, unless a later one laid over it."""
    connection.execute("DELETE FROM local WHERE seq = ?", (seq,))


def store_truths(
    connection: Connection, entries: Sequence[FeedEntry], generation: int, received_at: str
) -> list[tuple[str, str]]:
    """Store versions in their order; return the resources of which something was news.

    A feed may repeat itself, and one read by time comes in any order: an older version never
    replaces a newer one. In a new generation (another life of the service) the feed is always right.
    What it deletes of that which is here is only noted (``removals``). Living versions are stored many at
    once: where one of them was news, all of them count as such.
    """
    news: list[tuple[str, str]] = []
    for is_living, run in groupby(entries, key=lambda entry: entry.text is not None):
        if is_living:
            news += _store_living(connection, list(run), generation, received_at)
        else:
            news += [
                (entry.type, entry.id) for entry in run if _bury(connection, entry, generation, received_at)
            ]
    return news


def _store_living(
    connection: Connection, entries: list[FeedEntry], generation: int, received_at: str
) -> list[tuple[str, str]]:
    rows = [(*entry, generation, received_at) for entry in entries]
    if not connection.executemany(_STORE, rows).rowcount:
        return []
    removals.forget(connection, [(entry.type, entry.id) for entry in entries])
    return [(entry.type, entry.id) for entry in entries]


def _bury(connection: Connection, entry: FeedEntry, generation: int, received_at: str) -> bool:
    """Note that something here was deleted, or store that something unknown is gone; say if that was news."""
    here = connection.execute(
        "SELECT version, generation FROM truth WHERE type = ? AND id = ? AND body IS NOT NULL",
        (entry.type, entry.id),
    ).fetchone()
    if here is None:
        return bool(connection.execute(_STORE, (*entry, generation, received_at)).rowcount)
    if here[1] != generation or _newer(entry.version, here[0]):
        removals.withhold(connection, entry, received_at)
    return False


def _newer(version: str, old: str) -> bool:
    if version.isdecimal() and old.isdecimal():
        return int(version) > int(old)
    return version != old


def relist(
    connection: Connection,
    document_id: str,
    category_of: Callable[[Resource], str],
    known_at: str,
    *,
    is_ours: bool = False,
) -> None:
    """List a document as its resource now stands; one replaced or entered in error is not listed."""
    reference = get(connection, _DOCUMENT, document_id)
    if reference is None or reference.get("status", "current") != "current":
        listing.take_away(connection, document_id)
    else:
        described = describe({**reference, "id": document_id}, category_of)
        listing.put(connection, described, known_at, is_ours=is_ours)


def _loaded(body: str | None) -> Resource | None:
    resource: dict[str, Any] | None = orjson.loads(body) if body is not None else None
    return resource
