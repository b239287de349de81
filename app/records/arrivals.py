"""Versions that a server tells by time: in any order, twice, and some of them late.

Context: a history or a search asked from a moment on brings again what lies in its overlap, newest first or
last, and version numbers need not be numbers. Decision: each version is laid down once (``seen`` knows it,
back to the overlap), and never over a newer one: numbers decide, then the moments of the two; where neither
does, the current one has to be read (:func:`unsure`). Rows, what was seen and the cursor are one transaction.
"""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from app.clock import instant
from app.records import feed, overlay, removals
from app.records.values import FeedEntry, Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from app.records.values import Cursor
    from app.vault.sqlcipher import Connection

__all__ = [
    "Order",
    "held",
    "keep_cursor",
    "newest",
    "not_confirmed",
    "of_another_life",
    "order",
    "page",
    "read_now",
    "seen_already",
    "unsure",
    "withhold",
]

Key = tuple[str, str]


class Order(StrEnum):
    """How a version stands to the one that is here."""

    NEWER = "newer"
    SAME = "same"
    OLDER = "older"
    UNSURE = "unsure"


def order(entry: FeedEntry, version: str, last_updated: str) -> Order:
    """Compare a version with the one held: by number, else by moment, else nobody can tell."""
    if entry.version == version:
        return Order.SAME
    if entry.version.isdecimal() and version.isdecimal():
        return Order.NEWER if int(entry.version) > int(version) else Order.OLDER
    theirs, ours = moment_of(entry.last_updated), moment_of(last_updated)
    if theirs is None or ours is None or theirs == ours:
        return Order.UNSURE
    return Order.NEWER if theirs > ours else Order.OLDER


def moment_of(text: str) -> datetime | None:
    """Read an instant; None where it is none."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def unsure(entries: Iterable[FeedEntry]) -> Callable[[Connection], list[FeedEntry]]:
    """Find the entries that neither number nor moment puts before or after what is here or each other."""

    def work(connection: Connection) -> list[FeedEntry]:
        known: dict[Key, tuple[str, str]] = {}
        doubtful = []
        for entry in entries:
            key = (entry.type, entry.id)
            other = known.get(key) or _held(connection, key)
            if other is not None and not _seen(connection, entry):
                found = order(entry, *other)
                if found is Order.UNSURE:
                    doubtful.append(entry)
                if found is not Order.NEWER:
                    continue
            known[key] = (entry.version, entry.last_updated)
        return doubtful

    return work


def seen_already(entries: Iterable[FeedEntry]) -> Callable[[Connection], int]:
    """Count the entries that were told before."""
    return lambda connection: sum(_seen(connection, entry) for entry in entries)


def held(keys: Iterable[Key]) -> Callable[[Connection], set[Key]]:
    """Say which of these resources are here."""

    def work(connection: Connection) -> set[Key]:
        living = "SELECT 1 FROM truth WHERE type = ? AND id = ? AND body IS NOT NULL"
        return {key for key in keys if connection.execute(living, key).fetchone() is not None}

    return work


def newest(limit: int) -> Callable[[Connection], list[tuple[str, str, str]]]:
    """Return type, id and version of what changed last; but what is noted as deleted there."""
    return lambda connection: connection.execute(
        "SELECT type, id, version FROM truth t WHERE body IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM withheld w WHERE w.type = t.type AND w.id = t.id)"
        " ORDER BY last_updated DESC LIMIT ?",
        (limit,),
    ).fetchall()


def not_confirmed(connection: Connection) -> set[Key]:
    """Return the resources of this PC's acts that are not confirmed."""
    return set(connection.execute("SELECT type, id FROM op_resource"))


def of_another_life(after: Key, limit: int) -> Callable[[Connection], list[Key]]:
    """Return what a server put back from a copy has not told again, in the order of its keys."""
    return lambda connection: connection.execute(
        "SELECT type, id FROM truth WHERE body IS NOT NULL AND generation < ? AND (type, id) > (?, ?)"
        " ORDER BY type, id LIMIT ?",
        (feed.generation(connection), *after, limit),
    ).fetchall()


def page(
    entries: Sequence[FeedEntry],
    name: str,
    cursor: Cursor | None,
    *,
    keep_from: str | None = None,
    certain: frozenset[Key] = frozenset(),
    also: Callable[[Connection], None] = lambda _: None,
) -> Callable[[Connection, str], Taken]:
    """Store a page of versions with the cursor that covers them.

    ``certain`` were read as they now are. With ``keep_from`` (an instant) the pass is over: what was seen
    before it is forgotten. ``also`` writes what belongs to the same transaction.
    """

    def work(connection: Connection, moment: str) -> Taken:
        news = [
            (entry.type, entry.id)
            for entry in entries
            if _store(connection, entry, moment, certain=(entry.type, entry.id) in certain)
        ]
        if cursor is not None:
            feed.store_page(connection, name, (), cursor, moment)
        if keep_from is not None:
            connection.execute("DELETE FROM seen WHERE seen_at < ?", (keep_from,))
        also(connection)
        return Taken(news)

    return work


def keep_cursor(name: str, cursor: Cursor) -> Callable[[Connection, str], Taken]:
    """Move a cursor alone."""
    return page((), name, cursor)


def read_now(
    entries: Sequence[FeedEntry], gone: Sequence[Key] = (), done: Sequence[int] = ()
) -> Callable[[Connection, str], Taken]:
    """Store what was read by itself just now, note what is proven gone, and what is ``done``."""

    def work(connection: Connection, moment: str) -> Taken:
        news = [
            (entry.type, entry.id)
            for entry in entries
            if _store(connection, entry, moment, certain=True, note=False)
        ]
        for key in gone:
            withhold(connection, key, moment)
        return Taken(news, done)

    return work


def withhold(connection: Connection, key: Key, moment: str) -> None:
    """Note as deleted what is here and was found gone.

    No version is known of such a deletion, so that nothing keeps the resource away should it come back.
    """
    noted = connection.execute("SELECT 1 FROM withheld WHERE type = ? AND id = ?", key).fetchone()
    if noted is None and held([key])(connection):
        removals.withhold(connection, FeedEntry.of(*key, "", "", None), moment)
        connection.execute("DELETE FROM seen WHERE type = ? AND id = ?", key)


def _store(
    connection: Connection, entry: FeedEntry, moment: str, *, certain: bool, note: bool = True
) -> bool:
    """Lay one version down unless it is known or older; say whether it was news."""
    if note and not certain and _seen(connection, entry):
        return False
    old = _held(connection, (entry.type, entry.id))
    stands = Order.NEWER if old is None or _is_of_another_life(connection, entry) else order(entry, *old)
    if note:
        _note(connection, entry, moment)
    if stands is Order.SAME or (stands is not Order.NEWER and not certain):
        return stands is Order.SAME and entry.body is None and _bury(connection, entry, moment)
    if stands is Order.OLDER:
        # Read as it now is, and older than what is here: the server went back. Nothing is undone by that.
        return False
    return bool(overlay.store_truths(connection, [entry], feed.generation(connection), moment))


def _is_of_another_life(connection: Connection, entry: FeedEntry) -> bool:
    """Say whether what is here was told by the server before it was put back from a copy."""
    (told,) = connection.execute(
        "SELECT generation FROM truth WHERE type = ? AND id = ?", (entry.type, entry.id)
    ).fetchone()
    return int(told) != feed.generation(connection)


def _bury(connection: Connection, entry: FeedEntry, moment: str) -> bool:
    """Note a deletion that bears the number of the last version; it is carried out as all others are."""
    living = "SELECT 1 FROM truth WHERE type = ? AND id = ? AND body IS NOT NULL"
    if connection.execute(living, (entry.type, entry.id)).fetchone() is not None:
        removals.withhold(connection, entry, moment)
    return False


def _note(connection: Connection, entry: FeedEntry, moment: str) -> None:
    stamp = moment_of(entry.last_updated)
    connection.execute(
        "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?)",
        (entry.type, entry.id, _told(entry), instant(stamp) if stamp else moment),
    )


def _seen(connection: Connection, entry: FeedEntry) -> bool:
    found = connection.execute(
        "SELECT 1 FROM seen WHERE type = ? AND id = ? AND version = ?", (entry.type, entry.id, _told(entry))
    ).fetchone()
    return found is not None


def _told(entry: FeedEntry) -> str:
    """Name a version; a deletion may bear the number of the version before it."""
    return entry.version if entry.body is not None else f"{entry.version} deleted"


def _held(connection: Connection, key: Key) -> tuple[str, str] | None:
    """Return the last version known of a resource: that which is here, or its deletion that waits."""
    found: tuple[str, str] | None = connection.execute(
        "SELECT version, last_updated FROM withheld WHERE type = :type AND id = :id AND version <> ''"
        " UNION ALL SELECT version, last_updated FROM truth WHERE type = :type AND id = :id LIMIT 1",
        {"type": key[0], "id": key[1]},
    ).fetchone()
    return found
