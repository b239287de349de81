"""Deletions that the feed told: carried out at the end of a pull, and where they are many, not unasked.

Context: a service put back from an old copy, or a mistaken administrator, once told clients to delete what
they held (Nextcloud #1015). What is here may then be the last copy.
Decision: a deletion is first only noted, in the transaction of its page. When the pull has come to its
end, few are carried out at once; of many the person is asked. What they want to keep stays here, and
is not asked about again unless the service tells of it anew. What comes back in the same pull was never
gone. What names a document that goes (the set it came in, who filed it) goes with it and is not counted:
a single paper that somebody hides would else be three, and wait in a small record for a word of the very
person it is hidden from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.records.values import FeedEntry
    from app.vault.sqlcipher import Connection

__all__ = ["Removals", "carry_out", "forget", "keep", "keys", "noted", "withhold"]


@dataclass(frozen=True, slots=True)
class Removals:
    """How many deletions wait, of how many resources that are here; ``documents`` of them are listed.

    What goes along with a document is not counted: ``count`` is zero only where nothing waits.
    """

    count: int
    living: int
    documents: int


_GOES_ALONG = (
    "(w.type IN ('List', 'Provenance') AND EXISTS (SELECT 1 FROM truth t, json_tree(t.body) named"
    " JOIN withheld o ON o.type = 'DocumentReference' AND o.kept_at IS NULL"
    " AND named.value = 'DocumentReference/' || o.id"
    " WHERE t.type = w.type AND t.id = w.id AND named.key = 'reference'))"
)
"""What names a document that goes, of the withheld ``w``."""


def withhold(connection: Connection, entry: FeedEntry, moment: str) -> None:
    """Note that the service deleted something that is here."""
    connection.execute(
        "INSERT INTO withheld (type, id, version, last_updated, found_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (type, id) DO UPDATE SET"
        " kept_at = CASE WHEN version = excluded.version THEN kept_at END, version = excluded.version,"
        " last_updated = excluded.last_updated, found_at = excluded.found_at",
        (entry.type, entry.id, entry.version, entry.last_updated, moment),
    )


def forget(connection: Connection, keys: Iterable[tuple[str, str]]) -> None:
    """Forget deletions: the service has these resources again."""
    if connection.execute("SELECT 1 FROM withheld LIMIT 1").fetchone() is not None:
        connection.executemany("DELETE FROM withheld WHERE type = ? AND id = ?", list(keys))


def noted(connection: Connection) -> Removals:
    """Count the deletions that nobody has decided on."""
    if connection.execute("SELECT 1 FROM withheld WHERE kept_at IS NULL LIMIT 1").fetchone() is None:
        return Removals(0, 0, 0)
    count, documents = connection.execute(
        "SELECT count(*), coalesce(sum(d.id IS NOT NULL), 0) FROM withheld w"  # noqa: S608 (a constant)
        " LEFT JOIN document d ON w.type = 'DocumentReference' AND d.id = w.id WHERE w.kept_at IS NULL"
        f" AND NOT {_GOES_ALONG}"
    ).fetchone()
    (living,) = connection.execute("SELECT count(*) FROM truth WHERE body IS NOT NULL").fetchone()
    return Removals(int(count), int(living), int(documents))


def keys(connection: Connection) -> list[tuple[str, str]]:
    """Return what nobody has decided on, documents first, as they are listed."""
    found: list[tuple[str, str]] = connection.execute(
        "SELECT w.type, w.id FROM withheld w LEFT JOIN document d"
        " ON w.type = 'DocumentReference' AND d.id = w.id WHERE w.kept_at IS NULL"
        " ORDER BY d.id IS NULL, d.date DESC, w.type, w.id"
    ).fetchall()
    return found


def carry_out(connection: Connection, moment: str) -> list[tuple[str, str]]:
    """Delete what is noted and not kept; return what it was."""
    gone: list[tuple[str, str]] = connection.execute(
        "SELECT type, id FROM withheld WHERE kept_at IS NULL"
    ).fetchall()
    connection.execute(
        "UPDATE truth SET body = NULL, received_at = ?, version = w.version, last_updated = w.last_updated"
        " FROM withheld w WHERE w.kept_at IS NULL AND truth.type = w.type AND truth.id = w.id",
        (moment,),
    )
    connection.execute("DELETE FROM withheld WHERE kept_at IS NULL")
    return gone


def keep(connection: Connection, moment: str) -> None:
    """Keep here what the service has deleted, as the person wished."""
    connection.execute("UPDATE withheld SET kept_at = ? WHERE kept_at IS NULL", (moment,))
