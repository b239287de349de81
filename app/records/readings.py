"""Readings that the service is to be told of: entries of the journal that no act carries there.

An act reaches the service with its Provenance, and the service writes its own AuditEvent of it. That
something was opened, printed or refused on this PC it can only learn from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.records.values import Resource
    from app.vault.sqlcipher import Connection

__all__ = ["keep", "newest", "told", "untold"]


def keep(connection: Connection, seq: int) -> None:
    """Remember an entry of the journal, by its number, in the transaction that writes it."""
    connection.execute("INSERT INTO untold VALUES (?)", (seq,))


def untold(connection: Connection, limit: int) -> list[tuple[int, Resource]]:
    """Return the oldest entries that are remembered: their number and their AuditEvent."""
    rows = connection.execute(
        "SELECT seq, line FROM untold JOIN audit USING (seq) ORDER BY seq LIMIT ?", (limit,)
    )
    return [(seq, orjson.loads(line)["event"]) for seq, line in rows]


def newest(connection: Connection, limit: int) -> list[Resource]:
    """Return the newest events of the journal."""
    rows = connection.execute("SELECT line FROM audit ORDER BY seq DESC LIMIT ?", (limit,))
    return [orjson.loads(line)["event"] for (line,) in rows]


def told(connection: Connection, seqs: Iterable[int]) -> None:
    """Forget entries that the service has."""
    connection.executemany("DELETE FROM untold WHERE seq = ?", [(seq,) for seq in seqs])
