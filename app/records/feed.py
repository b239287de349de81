"""The feed's pages: what the service has, laid down with the cursor that covers it.

A feed begun anew (the service was restored, its epoch changed) is read as another *generation*:
rows keep theirs until they are told again; what never is, is the person's to decide on (``restoring``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.records import outbox, overlay
from app.records.values import Cursor

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from app.records.values import Act, FeedEntry, Operation
    from app.vault.sqlcipher import Connection

__all__ = [
    "begin_again",
    "confirm_all",
    "cursor",
    "file_of",
    "file_stored",
    "generation",
    "is_begun_again",
    "settled_again",
    "store_page",
]

Touched = list[tuple[str, str]]


def cursor(connection: Connection, name: str) -> Cursor | None:
    """Return how far a feed was read; None before its first page or when it was begun anew."""
    found = connection.execute(
        "SELECT value, epoch FROM cursor WHERE name = ? AND value <> ''", (name,)
    ).fetchone()
    return Cursor(*found) if found else None


def store_page(
    connection: Connection, name: str, entries: Sequence[FeedEntry], new: Cursor, moment: str
) -> Touched:
    """Store a page's versions and its cursor; return what was news."""
    present = generation(connection)
    news = overlay.store_truths(connection, entries, present, moment)
    connection.execute(
        "INSERT INTO cursor (name, value, epoch, generation, updated_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value, epoch = excluded.epoch,"
        " updated_at = excluded.updated_at",
        (name, new.value, new.epoch, present, moment),
    )
    return news


def confirm_all(connection: Connection, operations: Iterable[Operation], moment: str) -> Touched:
    """Journal confirmed operations and lift what they had laid; return what they were about."""
    touched: Touched = []
    for operation in operations:
        overlay.lift(connection, operation.seq)
        touched += outbox.touched(connection, operation.seq)
        outbox.confirm(connection, operation, moment)
    return touched


def begin_again(connection: Connection, name: str, moment: str) -> None:
    """Forget how far the feed was read and begin a new generation."""
    connection.execute(
        "INSERT INTO cursor (name, value, epoch, generation, updated_at) VALUES (?, '', '', ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = '', epoch = '', generation = excluded.generation,"
        " updated_at = excluded.updated_at",
        (name, generation(connection) + 1, moment),
    )
    connection.execute(
        "INSERT INTO cursor (name, value, epoch, generation, updated_at) VALUES (?, '', '', 1, ?)"
        " ON CONFLICT DO NOTHING",
        (_begun_again(name), moment),
    )
    outbox.stand_on_nothing(connection)
    # Which versions were told is true of that life only.
    connection.execute("DELETE FROM seen")


def is_begun_again(connection: Connection, name: str) -> bool:
    """Say whether this feed was begun anew and what it did not tell again is not settled."""
    found = connection.execute("SELECT 1 FROM cursor WHERE name = ?", (_begun_again(name),)).fetchone()
    return found is not None


def settled_again(connection: Connection, name: str) -> None:
    """Note that what a feed begun anew did not tell again is settled."""
    connection.execute("DELETE FROM cursor WHERE name = ?", (_begun_again(name),))


def _begun_again(name: str) -> str:
    return f"{name}, begun again"


def file_of(connection: Connection, act: Act, moment: str) -> None:
    """Note the sealed file that an act brings, as its DocumentReference describes it."""
    if act.document_id is None:
        return
    found = connection.execute(
        "SELECT sha256, size, content_type FROM document WHERE id = ?", (act.document_id,)
    ).fetchone()
    sha256, size, content_type = found or (None, None, None)
    file_stored(connection, act.document_id, sha256, size, content_type, moment)


def file_stored(
    connection: Connection,
    document_id: str,
    sha256: str | None,
    size: int | None,
    content_type: str | None,
    moment: str,
) -> None:
    """Note that a sealed file is here."""
    connection.execute(
        "INSERT INTO file VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET sha256 = excluded.sha256,"
        " size = excluded.size, content_type = excluded.content_type, stored_at = excluded.stored_at",
        (document_id, sha256, size, content_type, moment),
    )


def generation(connection: Connection) -> int:
    """Return the number of the service's life that is being read."""
    return int(connection.execute("SELECT coalesce(max(generation), 1) FROM cursor").fetchone()[0])
