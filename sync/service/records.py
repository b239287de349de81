"""The record port: resources, their versions and their change numbers, in SQL.

Every statement names the ``patient_key`` it works in, save the two that serve callers whose token
names no citizen. The change number is given inside the writing transaction, from the citizen's own
row: readers of the feed see numbers in the order of the commits, because one transaction at a time
holds that row.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.fhir import Resource
    from app.vault.sqlcipher import Connection
    from sync.service.index import IndexRow

__all__ = ["SHARED", "Held", "Records", "shown"]

SHARED = ""
"""The key of what belongs to no citizen."""

_COLUMNS = "patient_key, type, id, version, updated, hidden, body"


@dataclass(frozen=True, slots=True)
class Held:
    """One version of a resource as stored; ``body`` is its JSON, ``None`` once deleted."""

    patient_key: str
    type: str
    id: str
    version: int
    updated: str
    hidden: int
    body: str | None
    method: str = "PUT"
    change: int = 0

    @property
    def key(self) -> str:
        """Return "Type/id"."""
        return f"{self.type}/{self.id}"

    @property
    def etag(self) -> str:
        """Return the weak entity tag FHIR prescribes."""
        return f'W/"{self.version}"'

    def resource(self) -> Resource:
        """Return the body as an object; only for what is not deleted."""
        found: Resource = orjson.loads(self.body or "{}")
        return found


def _held(row: tuple[str, str, str, int, str, int, str | None]) -> Held:
    return Held(row[0], row[1], row[2], row[3], row[4], int(row[5]), row[6])


class Records:
    """SQL over one connection, inside one transaction or one reading."""

    def __init__(self, connection: Connection) -> None:
        self.sql = connection

    # -- citizens and the directory

    def open_citizen(self, patient_key: str, patient_id: str | None) -> None:
        """Give a citizen their row, from which change numbers are drawn."""
        self.sql.execute(
            "INSERT INTO citizen (patient_key, patient_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
            (patient_key, patient_id),
        )

    def has_citizen(self, patient_key: str) -> bool:
        """Say whether this key is taken."""
        found = self.sql.execute("SELECT 1 FROM citizen WHERE patient_key = ?", (patient_key,))
        return found.fetchone() is not None

    def key_of_patient(self, patient_id: str) -> str | None:
        """Return the key of the citizen whose Patient has that id."""
        row = self.sql.execute(
            "SELECT patient_key FROM citizen WHERE patient_id = ?", (patient_id,)
        ).fetchone()
        return row[0] if row else None

    def patient_of_key(self, patient_key: str) -> str | None:
        """Return the id of that citizen's Patient."""
        row = self.sql.execute(
            "SELECT patient_id FROM citizen WHERE patient_key = ?", (patient_key,)
        ).fetchone()
        return row[0] if row else None

    def owner(self, resource_type: str, resource_id: str) -> str | None:
        """Return the key under which that resource was ever stored."""
        row = self.sql.execute(
            "SELECT patient_key FROM directory WHERE type = ? AND id = ?", (resource_type, resource_id)
        ).fetchone()
        return row[0] if row else None

    # -- versions

    def current(self, patient_key: str, resource_type: str, resource_id: str) -> Held | None:
        """Return the latest version, a deleted one too."""
        row = self.sql.execute(
            f"SELECT {_COLUMNS} FROM resource WHERE patient_key = ? AND type = ? AND id = ?",  # noqa: S608
            (patient_key, resource_type, resource_id),
        ).fetchone()
        return _held(row) if row else None

    def version(self, patient_key: str, resource_type: str, resource_id: str, number: int) -> Held | None:
        """Return one version."""
        row = self.sql.execute(
            f"SELECT {_COLUMNS}, method, change FROM version"  # noqa: S608
            " WHERE patient_key = ? AND type = ? AND id = ? AND version = ?",
            (patient_key, resource_type, resource_id, number),
        ).fetchone()
        return _version(row) if row else None

    def put(self, held: Held, index: Iterable[IndexRow]) -> Held:
        """Store a version and make it the current one; returns it with its change number."""
        self._directory(held)
        change = self._next_change(held.patient_key)
        self.sql.execute(
            "INSERT INTO version (patient_key, type, id, version, updated, hidden, body, method, change)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*_row(held), held.method, change),
        )
        row = self.sql.execute(
            f"INSERT INTO resource ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
            " ON CONFLICT (patient_key, type, id) DO UPDATE SET version = excluded.version,"
            " updated = excluded.updated, hidden = excluded.hidden, body = excluded.body RETURNING place",
            _row(held),
        ).fetchone()
        self._index(held, int(row[0]), index)
        return replace(held, change=change)

    def _directory(self, held: Held) -> None:
        self.sql.execute(
            "INSERT INTO directory (type, id, patient_key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (held.type, held.id, held.patient_key),
        )

    def _next_change(self, patient_key: str) -> int:
        row = self.sql.execute(
            "INSERT INTO citizen (patient_key, last_change) VALUES (?, 1)"
            " ON CONFLICT (patient_key) DO UPDATE SET last_change = last_change + 1 RETURNING last_change",
            (patient_key,),
        ).fetchone()
        return int(row[0])

    def _index(self, held: Held, place: int, index: Iterable[IndexRow]) -> None:
        if held.version > 1:
            self._unindex(held.patient_key, place)
        self.sql.executemany(
            "INSERT INTO search_index (patient_key, place, type, param, system, value, low, high)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (held.patient_key, place, held.type, row.param, row.system, row.value, row.low, row.high)
                for row in index
            ],
        )

    def _unindex(self, patient_key: str, place: int) -> None:
        self.sql.execute("DELETE FROM search_index WHERE patient_key = ? AND place = ?", (patient_key, place))

    def set_hidden(self, patient_key: str, resource_type: str, resource_id: str, *, hidden: int) -> None:
        """Hide what goes with a document from whom that is hidden."""
        for table in ("resource", "version"):
            self.sql.execute(
                f"UPDATE {table} SET hidden = ? WHERE patient_key = ? AND type = ? AND id = ?",  # noqa: S608
                (hidden, patient_key, resource_type, resource_id),
            )

    def reword(self, held: Held, index: Iterable[IndexRow]) -> None:
        """Write the body of a version anew, where what it tells was parted in two."""
        key = (held.patient_key, held.type, held.id, held.version)
        place = 0
        for table in ("version", "resource"):
            row = self.sql.execute(
                f"UPDATE {table} SET hidden = ?, body = ?"  # noqa: S608
                " WHERE patient_key = ? AND type = ? AND id = ? AND version = ? RETURNING place",
                (held.hidden, held.body, *key),
            ).fetchone()
            place = int(row[0])
        self._unindex(held.patient_key, place)
        self._index(held, place, index)

    def naming(self, patient_key: str, where: tuple[str, str], named: tuple[str, str]) -> list[Held]:
        """Return what refers to a (type, id) from the same record, by a (type, search parameter)."""
        columns = ", ".join(f"r.{name}" for name in _COLUMNS.split(", "))
        rows = self.sql.execute(
            f"SELECT DISTINCT {columns} FROM search_index i"  # noqa: S608
            " JOIN resource r ON r.patient_key = i.patient_key AND r.place = i.place"
            " WHERE i.patient_key = ? AND i.type = ? AND i.param = ? AND i.system = ? AND i.value = ?"
            " AND r.body IS NOT NULL",
            (patient_key, *where, *named),
        )
        return [_held(row) for row in rows.fetchall()]

    def adopt(self, resource_type: str, resource_id: str, patient_key: str) -> None:
        """Give a citizen what belonged to no one yet."""
        place = (resource_type, resource_id)
        self.open_citizen(patient_key, None)
        for row in self.sql.execute(
            "SELECT place FROM version WHERE patient_key = '' AND type = ? AND id = ?", place
        ).fetchall():
            self.sql.execute(
                "UPDATE version SET patient_key = ?, change = ? WHERE place = ?",
                (patient_key, self._next_change(patient_key), row[0]),
            )
        self.sql.execute(
            "UPDATE search_index SET patient_key = ? WHERE place ="
            " (SELECT place FROM resource WHERE patient_key = '' AND type = ? AND id = ?)",
            (patient_key, *place),
        )
        for table in ("resource", "directory"):
            self.sql.execute(
                f"UPDATE {table} SET patient_key = ?"  # noqa: S608
                " WHERE patient_key = '' AND type = ? AND id = ?",
                (patient_key, *place),
            )
        if resource_type == "Binary":
            self.sql.execute(
                "UPDATE binary SET patient_key = ? WHERE patient_key = '' AND id = ?",
                (patient_key, resource_id),
            )

    # -- histories

    def feed(self, patient_key: str, after: int, limit: int) -> list[Held]:
        """Return the versions that follow a change number, in commit order."""
        rows = self.sql.execute(
            f"SELECT {_COLUMNS}, method, change FROM version"  # noqa: S608
            " WHERE patient_key = ? AND change > ? AND type NOT IN ('Binary', 'AuditEvent')"
            " ORDER BY change LIMIT ?",
            (patient_key, after, limit),
        )
        return [_version(row) for row in rows]

    def at_change(self, patient_key: str, change: int) -> Held | None:
        """Return the version that was given a change number."""
        row = self.sql.execute(
            f"SELECT {_COLUMNS}, method, change FROM version WHERE patient_key = ? AND change = ?",  # noqa: S608
            (patient_key, change),
        ).fetchone()
        return _version(row) if row else None

    def last_change(self, patient_key: str) -> int:
        """Return the number of the citizen's last change."""
        row = self.sql.execute(
            "SELECT last_change FROM citizen WHERE patient_key = ?", (patient_key,)
        ).fetchone()
        return int(row[0]) if row else 0

    def was_visible_before(self, held: Held, *, close: bool = False) -> bool:
        """Say whether an earlier version was shown to its citizen, or to those close to them."""
        return (
            self.sql.execute(
                "SELECT 1 FROM version WHERE patient_key = ? AND type = ? AND id = ? AND version < ?"  # noqa: S608 (one of two constants)
                f" AND {shown(close=close)}",
                (held.patient_key, held.type, held.id, held.version),
            ).fetchone()
            is not None
        )

    def history(
        self,
        *,
        patient_key: str | None,
        resource_type: str | None,
        resource_id: str | None,
        since: str | None,
        before: int | None,
        limit: int,
        see_hidden: bool,
        close: bool = False,
    ) -> list[Held]:
        """Return versions, newest first; ``before`` is the place where the last page ended."""
        clauses = [
            ("patient_key = ?", patient_key),
            ("type = ?", resource_type),
            ("id = ?", resource_id),
            ("updated >= ?", since),
            ("place < ?", before),
        ]
        chosen = [(clause, value) for clause, value in clauses if value is not None]
        where = [clause for clause, _ in chosen] + ([] if see_hidden else [shown(close=close)]) or ["1"]
        rows = self.sql.execute(
            f"SELECT {_COLUMNS}, method, place FROM version"  # noqa: S608
            f" WHERE {' AND '.join(where)} ORDER BY place DESC LIMIT ?",
            (*(value for _, value in chosen), limit),
        )
        return [_version(row) for row in rows]

    def all_of(self, patient_key: str, *, see_hidden: bool, close: bool = False) -> Iterator[Held]:
        """Yield everything a citizen's record holds now."""
        hidden = "" if see_hidden else f" AND {shown(close=close)}"
        rows = self.sql.execute(
            f"SELECT {_COLUMNS} FROM resource"  # noqa: S608
            f" WHERE patient_key = ? AND body IS NOT NULL{hidden} ORDER BY place",
            (patient_key,),
        )
        return (_held(row) for row in rows)

    def of_type(self, patient_key: str, resource_type: str, *, close: bool = False) -> Iterator[Held]:
        """Yield what a citizen's program is shown of one type now."""
        rows = self.sql.execute(
            f"SELECT {_COLUMNS} FROM resource"  # noqa: S608
            f" WHERE patient_key = ? AND type = ? AND body IS NOT NULL AND {shown(close=close)}",
            (patient_key, resource_type),
        )
        return (_held(row) for row in rows)

    def hidden_documents(self, patient_key: str) -> Iterator[Held]:
        """Yield the documents of a record that are hidden from someone."""
        rows = self.sql.execute(
            f"SELECT {_COLUMNS} FROM resource"  # noqa: S608
            " WHERE patient_key = ? AND type = 'DocumentReference' AND body IS NOT NULL AND hidden <> 0",
            (patient_key,),
        )
        return (_held(row) for row in rows)

    # -- answers already given

    def answer(self, patient_key: str, op_id: str) -> tuple[bytes, bytes] | None:
        """Return the digest of an act already filed and the answer it was given."""
        row = self.sql.execute(
            "SELECT digest, body FROM answer WHERE patient_key = ? AND op_id = ?", (patient_key, op_id)
        ).fetchone()
        return (bytes(row[0]), row[1].encode()) if row else None

    def keep_answer(self, patient_key: str, op_id: str, digest: bytes, body: bytes) -> None:
        """Remember what an act was answered, for the day it is sent again."""
        self.sql.execute(
            "INSERT INTO answer (patient_key, op_id, digest, body) VALUES (?, ?, ?, ?)",
            (patient_key, op_id, digest, body.decode()),
        )


def shown(*, close: bool, alias: str = "") -> str:
    """Return the condition on what a person's program is shown, or that of someone close to them."""
    column = f"{alias}.hidden" if alias else "hidden"
    return f"{column} = 0" if close else f"{column} <> 1"


def _row(held: Held) -> tuple[str, str, str, int, str, int, str | None]:
    return (held.patient_key, held.type, held.id, held.version, held.updated, held.hidden, held.body)


def _version(row: tuple[str, str, str, int, str, int, str | None, str, int]) -> Held:
    return Held(row[0], row[1], row[2], row[3], row[4], int(row[5]), row[6], row[7], row[8])
