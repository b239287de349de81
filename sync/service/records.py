"""The record port: resources, their versions and their change numbers, in SQL.

Every statement names the ``patient_key`` it works in, save the two that serve callers whose token
names no citizen. The change number is given inside the writing transaction, from the citizen's own
row: readers of the feed see numbers in the order of the commits, because one transaction at a time
holds that row. ``directory`` says once and for all where an id leads a program that names no citizen: two
programs that take the same id at the same moment meet there, and the later one begins anew
(``RecordsContended``). Within one citizen's record the same id is that citizen's own, whoever else has it:
who is told that an id is taken elsewhere learns that something is there.

The audit's events are rows that are added and never change: they have one version, no change number, and no
place in ``directory``. So a reading takes nothing that another reading or a filing would wait for, a
citizen's feed never steps over them, and what most of the rows are about is written once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from sync.service.storage import RecordsContended

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.fhir import Resource
    from sync.service.index import IndexRow
    from sync.service.storage import Connection, Rows

__all__ = ["EVENT", "SHARED", "Held", "Records", "shown"]

SHARED = ""
"""The key of what belongs to no citizen."""

EVENT = "AuditEvent"
"""The type whose resources are added and never change."""

_COLUMNS = "patient_key, type, id, version, updated, hidden, body"
_OF_R = ", ".join(f"r.{name}" for name in _COLUMNS.split(", "))
_INSERT = f"INSERT INTO resource ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_RESOURCE_COLUMNS = f"patient_key, place, {_COLUMNS.partition(', ')[2]}"
_VERSION_COLUMNS = f"{_RESOURCE_COLUMNS}, method, change"
_INDEX_COLUMNS = "patient_key, place, type, param, system, value, low, high"
_BINARY_COLUMNS = "patient_key, id, version, object_id, content_type, size, sha256, sha1"


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

    def open_citizen(self, patient_key: str, patient_id: str | None) -> bool:
        """Give a citizen their row, from which change numbers are drawn; say whether the key was free."""
        return (
            self.sql.execute(
                "INSERT INTO citizen (patient_key, patient_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (patient_key, patient_id),
            ).rowcount
            == 1
        )

    def hold(self, patient_key: str) -> None:
        """Hold a citizen's row, so that what is read of them now is still true when it is written."""
        self.sql.hold(patient_key)

    def key_of_patient(self, patient_id: str) -> str | None:
        """Return the key of the citizen whose Patient has that id."""
        return self.owner("Patient", patient_id)

    def patient_of_key(self, patient_key: str) -> str | None:
        """Return the id of that citizen's Patient."""
        row = self.sql.execute(
            "SELECT patient_id FROM citizen WHERE patient_key = ?", (patient_key,)
        ).fetchone()
        return row[0] if row else None

    def owner(self, resource_type: str, resource_id: str) -> str | None:
        """Return the key under which that resource was ever stored."""
        if resource_type == EVENT:
            statement = f"SELECT patient_key FROM resource WHERE type = '{EVENT}' AND id = ?"  # noqa: S608 - ours
            row = self.sql.execute(statement, (resource_id,)).fetchone()
            return row[0] if row else None
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
        if resource_type == EVENT:
            return self.current(patient_key, resource_type, resource_id) if number == 1 else None
        row = self.sql.execute(
            f"SELECT {_COLUMNS}, method, change FROM version"  # noqa: S608
            " WHERE patient_key = ? AND type = ? AND id = ? AND version = ?",
            (patient_key, resource_type, resource_id, number),
        ).fetchone()
        return _version(row) if row else None

    def put(self, held: Held, index: Iterable[IndexRow], *, alone: bool = False) -> Held:
        """Store a version and make it the current one; returns it with its change number.

        ``alone``: a new id must be in nobody's record; raises ``RecordsContended``.

        Looked at together, after all three were sent: that is one way to a database elsewhere, and not three.
        """
        if held.type == EVENT:
            return self._add(held)
        taken = self._take(held)
        drawn = self._draw_change(held.patient_key)
        placed = self.sql.execute(
            f"{_INSERT} ON CONFLICT (patient_key, type, id) DO UPDATE SET version = excluded.version,"
            " updated = excluded.updated, hidden = excluded.hidden, body = excluded.body RETURNING place",
            _row(held),
        )
        change, place = int(drawn.fetchone()[0]), int(placed.fetchone()[0])
        if alone and taken is not None and taken.rowcount != 1:
            raise RecordsContended
        self.sql.execute(
            "INSERT INTO version (patient_key, type, id, version, updated, hidden, body, method, change)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (*_row(held), held.method, change),
        )
        if held.version > 1:
            self._unindex(held.patient_key, place)
        self.index(held, place, index)
        return replace(held, change=change)

    def _add(self, event: Held) -> Held:
        """Add an event; its index is made when somebody searches (``event_index``)."""
        self.sql.execute(_INSERT, _row(event))
        return event

    def _take(self, held: Held) -> Rows | None:
        """Let an id lead to its first version; the later of two citizens' keeps its own to itself."""
        if held.version > 1:
            return None
        return self.sql.execute(
            "INSERT INTO directory (type, id, patient_key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            (held.type, held.id, held.patient_key),
        )

    def _draw_change(self, patient_key: str) -> Rows:
        return self.sql.execute(
            "INSERT INTO citizen (patient_key, last_change) VALUES (?, 1)"
            " ON CONFLICT (patient_key) DO UPDATE SET last_change = citizen.last_change + 1"
            " RETURNING last_change",
            (patient_key,),
        )

    def index(self, held: Held, place: int, index: Iterable[IndexRow]) -> None:
        """Write by what a resource is found."""
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
        for table in ("resource",) if resource_type == EVENT else ("resource", "version"):
            self.sql.execute(
                f"UPDATE {table} SET hidden = ? WHERE patient_key = ? AND type = ? AND id = ?",  # noqa: S608
                (hidden, patient_key, resource_type, resource_id),
            )

    def reword(self, held: Held, index: Iterable[IndexRow]) -> None:
        """Write an event anew, where what it tells was parted in two."""
        placed = self.sql.execute(
            "UPDATE resource SET hidden = ?, body = ? WHERE patient_key = ? AND type = ? AND id = ?"
            " RETURNING place",
            (held.hidden, held.body, held.patient_key, held.type, held.id),
        )
        place = int(placed.fetchone()[0])
        self._unindex(held.patient_key, place)
        self.index(held, place, index)

    def unindexed_events(self, patient_key: str | None, limit: int) -> list[tuple[int, Held]]:
        """Return events that are in no index, with their places: of one citizen, or of everyone."""
        whose, values = ("r.patient_key = ?", [patient_key]) if patient_key is not None else ("TRUE", [])
        rows = self.sql.execute(
            f"SELECT {_OF_R}, r.place FROM resource r WHERE {whose} AND r.type = '{EVENT}'"  # noqa: S608
            " AND r.body IS NOT NULL AND NOT EXISTS (SELECT 1 FROM search_index i"
            " WHERE i.patient_key = r.patient_key AND i.place = r.place) LIMIT ?",
            (*values, limit),
        )
        return [(int(row[7]), _held(row)) for row in rows.fetchall()]

    def naming(self, patient_key: str, where: tuple[str, str], named: tuple[str, str]) -> list[Held]:
        """Return what refers to a (type, id) from the same record, by a (type, search parameter)."""
        rows = self.sql.execute(
            f"SELECT DISTINCT {_OF_R} FROM search_index i"  # noqa: S608
            " JOIN resource r ON r.patient_key = i.patient_key AND r.place = i.place"
            " WHERE i.patient_key = ? AND i.type = ? AND i.param = ? AND i.system = ? AND i.value = ?"
            " AND r.body IS NOT NULL",
            (patient_key, *where, *named),
        )
        return [_held(row) for row in rows.fetchall()]

    def adopt(self, resource_type: str, resource_id: str, patient_key: str) -> None:
        """Give a citizen what belonged to no one yet.

        The rows are taken out and put back under the citizen's key, which decides on which node they lie.
        """
        self.hold(patient_key)
        key = (resource_type, resource_id)
        for row in self._moved("version", _VERSION_COLUMNS, "type = ? AND id = ?", key):
            change = int(self._draw_change(patient_key).fetchone()[0])
            self._put_back("version", _VERSION_COLUMNS, [(patient_key, *row[1:-1], change)])
        for row in self.sql.execute(
            "SELECT place FROM resource WHERE patient_key = '' AND type = ? AND id = ?", key
        ).fetchall():
            indexed = self._moved("search_index", _INDEX_COLUMNS, "place = ?", row)
            found = self._moved("resource", _RESOURCE_COLUMNS, "place = ?", row)
            self._put_back("resource", _RESOURCE_COLUMNS, [(patient_key, *each[1:]) for each in found])
            self._put_back("search_index", _INDEX_COLUMNS, [(patient_key, *each[1:]) for each in indexed])
        self.sql.execute(
            "UPDATE directory SET patient_key = ? WHERE patient_key = '' AND type = ? AND id = ?",
            (patient_key, *key),
        )
        if resource_type == "Binary":
            found = self._moved('"binary"', _BINARY_COLUMNS, "id = ?", (resource_id,))
            self._put_back('"binary"', _BINARY_COLUMNS, [(patient_key, *each[1:]) for each in found])

    def _moved(self, table: str, columns: str, condition: str, values: tuple[Any, ...]) -> list[Any]:
        """Take out rows that belong to no one; returns them in their order."""
        where = f"WHERE patient_key = '' AND {condition}"
        rows = self.sql.execute(f"SELECT {columns} FROM {table} {where}", values).fetchall()  # noqa: S608
        self.sql.execute(f"DELETE FROM {table} {where}", values)  # noqa: S608
        return sorted(rows, key=lambda row: int(row[1])) if columns == _VERSION_COLUMNS else rows

    def _put_back(self, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
        marks = ", ".join("?" * (columns.count(",") + 1))
        self.sql.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608

    # -- histories

    def feed(self, patient_key: str, after: int, limit: int) -> list[Held]:
        """Return what each resource is by now, of those changed after a change number, in commit order."""
        rows = self.sql.execute(
            f"SELECT {_COLUMNS}, method, change FROM version"  # noqa: S608
            " WHERE patient_key = ? AND change > ? AND type <> 'Binary'"
            " AND NOT EXISTS (SELECT 1 FROM version later WHERE later.patient_key = version.patient_key"
            " AND later.type = version.type AND later.id = version.id AND later.version > version.version)"
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
        """Return versions, newest first; ``before`` is the place where the last page ended.

        Those of events are told to who asks for them alone: they are not what became of a record.
        """
        clauses = [
            ("patient_key = ?", patient_key),
            ("type = ?", resource_type),
            ("id = ?", resource_id),
            ("updated >= ?", since),
            ("place < ?", before),
        ]
        chosen = [(clause, value) for clause, value in clauses if value is not None]
        visible = [shown(close=close)] if resource_type == EVENT else _shown_now(close=close)
        where = [clause for clause, _ in chosen] + ([] if see_hidden else visible) or ["TRUE"]
        source = "'POST', place FROM resource" if resource_type == EVENT else "method, place FROM version"
        rows = self.sql.execute(
            f"SELECT {_COLUMNS}, {source} WHERE {' AND '.join(where)} ORDER BY place DESC LIMIT ?",
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


def _shown_now(*, close: bool) -> list[str]:
    """Return the conditions on a version that is shown: by its own level, and by what the resource is now."""
    same = "now.patient_key = version.patient_key AND now.type = version.type AND now.id = version.id"
    now = f"FROM resource now WHERE {same}"
    return [
        shown(close=close),
        f"NOT EXISTS (SELECT 1 {now} AND NOT {shown(close=close, alias='now')})",
    ]


def _row(held: Held) -> tuple[str, str, str, int, str, int, str | None]:
    return (held.patient_key, held.type, held.id, held.version, held.updated, held.hidden, held.body)


def _version(row: tuple[str, str, str, int, str, int, str | None, str, int]) -> Held:
    return Held(row[0], row[1], row[2], row[3], row[4], int(row[5]), row[6], row[7], row[8])
