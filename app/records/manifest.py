"""What a reconciliation has been told there is, beside what is here: the work that is left, found by SQL.

The list is written page by page with its cursor, so a reconciliation that was cut goes on. Nothing is dropped
for being absent from a list: each such row is read first, and only what answers 404 or 410 is ``gone``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.records import arrivals, feed
from app.records.values import Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from app.records.values import Cursor
    from app.vault.sqlcipher import Connection

__all__ = ["absent", "gone", "missing", "note", "settle", "withhold_gone"]

Key = tuple[str, str]


def note(
    told: Iterable[tuple[str, str, str]], name: str, cursor: Cursor, *, anew: bool = False
) -> Callable[[Connection, str], Taken]:
    """Write a page of the list (type, id, version) and how far it was read; ``anew`` empties it first."""

    def work(connection: Connection, moment: str) -> Taken:
        if anew:
            connection.execute("DELETE FROM manifest")
        connection.executemany(
            "INSERT INTO manifest VALUES (?, ?, ?, 'told')"
            " ON CONFLICT DO UPDATE SET version = excluded.version, state = 'told'",
            list(told),
        )
        feed.store_page(connection, name, (), cursor, moment)
        return Taken()

    return work


def missing(limit: int) -> Callable[[Connection], list[Key]]:
    """Return what is on the list and not here, or here in another version."""
    return lambda connection: connection.execute(
        "SELECT m.type, m.id FROM manifest m LEFT JOIN truth t ON t.type = m.type AND t.id = m.id"
        " WHERE m.state = 'told' AND (t.body IS NULL OR (m.version <> '' AND t.version <> m.version))"
        " ORDER BY m.type, m.id LIMIT ?",
        (limit,),
    ).fetchall()


def absent(kinds: Sequence[str], before: str, limit: int) -> Callable[[Connection], list[Key]]:
    """Return what is here since before the list was begun, and not on it."""
    marks = ", ".join("?" * len(kinds))
    return lambda connection: connection.execute(
        f"SELECT type, id FROM truth t WHERE type IN ({marks}) AND body IS NOT NULL AND received_at < ?"  # noqa: S608
        " AND NOT EXISTS (SELECT 1 FROM manifest m WHERE m.type = t.type AND m.id = t.id)"
        " ORDER BY type, id LIMIT ?",
        (*kinds, before, limit),
    ).fetchall()


def settle(keys: Iterable[Key], *, gone: bool = False) -> Callable[[Connection], None]:
    """Note that these were looked at: nothing to do, or gone there."""
    state = "gone" if gone else "settled"

    def work(connection: Connection) -> None:
        connection.executemany(
            "INSERT INTO manifest VALUES (?, ?, '', ?) ON CONFLICT DO UPDATE SET state = excluded.state",
            [(*key, state) for key in keys],
        )

    return work


def gone(connection: Connection) -> int:
    """Count what is here and proven gone there."""
    found = connection.execute(
        "SELECT count(*) FROM manifest m JOIN truth t ON t.type = m.type AND t.id = m.id"
        " WHERE m.state = 'gone' AND t.body IS NOT NULL"
    )
    return int(found.fetchone()[0])


def withhold_gone(name: str, cursor: Cursor) -> Callable[[Connection, str], Taken]:
    """Note as deleted what is proven gone, and end the reconciliation."""

    def work(connection: Connection, moment: str) -> Taken:
        for key in connection.execute("SELECT type, id FROM manifest WHERE state = 'gone'").fetchall():
            arrivals.withhold(connection, key, moment)
        connection.execute("DELETE FROM manifest")
        feed.store_page(connection, name, (), cursor, moment)
        return Taken()

    return work
