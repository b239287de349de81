"""The list of documents and its search index, kept beside the resources they are made from.

``place`` is the key of both tables and the order of the list: bits 40.. the document's day,
bits 8..39 the second it was filed, bits 0..7 what tells two apart. A search therefore stops at
the two hundredth newest hit without having looked at the others. What is kept and not listed
(``Described.is_listed``) has a place below zero and no words.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import orjson

from app import search
from app.records.values import DocumentQuery, DocumentRow, DocumentState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.records.described import Described
    from app.vault.sqlcipher import Connection

__all__ = [
    "categories",
    "count",
    "index_text",
    "keep_recognised",
    "missing",
    "put",
    "recognised",
    "rows",
    "take_away",
    "with_digest",
    "with_id",
    "years",
]

_DAY_SHIFT = 40
_SECOND_SHIFT = 8
_SECONDS = (1 << 32) - 1
_SPILL = 1 << 24

_COLUMNS = """
    d.id, d.title, d.date, d.year, d.category, d.type_code, d.author, d.content_type, d.size, d.sha256,
    op.state, coalesce(op.state_at, d.known_at), op.reason, op.fields, file.document_id IS NOT NULL, d.is_ours
"""
_JOINS = """
    LEFT JOIN local ON local.type = 'DocumentReference' AND local.id = d.id
    LEFT JOIN op ON op.seq = local.seq
    LEFT JOIN file ON file.document_id = d.id
"""
_REFUSED = {"parked", "conflict"}


def put(connection: Connection, document: Described, known_at: str, *, is_ours: bool) -> None:
    """List a document, or list it anew; what was extracted from its file stays searchable."""
    old = connection.execute("SELECT place, is_ours FROM document WHERE id = ?", (document.id,)).fetchone()
    if old is not None:
        _drop(connection, old[0])
    place = _place(connection, document)
    connection.execute(
        "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            place,
            document.id,
            document.title,
            document.date and document.date.isoformat(),
            document.date and document.date.year,
            document.category,
            document.type_code,
            document.kind,
            document.author,
            document.content_type,
            document.size,
            document.sha256,
            known_at,
            is_ours or bool(old and old[1]),
        ),
    )
    if document.is_listed:
        _index(connection, place, document.id, (document.title, document.author, document.kind))


def take_away(connection: Connection, document_id: str) -> None:
    """Take a document off the list."""
    old = connection.execute("SELECT place FROM document WHERE id = ?", (document_id,)).fetchone()
    if old is not None:
        _drop(connection, old[0])
    connection.execute("DELETE FROM recognised WHERE document_id = ?", (document_id,))


def index_text(connection: Connection, document_id: str, text: str) -> None:
    """Make a document findable by what its file says."""
    connection.execute(
        "INSERT INTO extracted VALUES (?, ?) ON CONFLICT DO UPDATE SET text = excluded.text",
        (document_id, search.fold(text)),
    )
    found = connection.execute(
        "SELECT place, title, author, kind FROM document WHERE id = ?", (document_id,)
    ).fetchone()
    if found is not None and found[0] >= 0:
        connection.execute("DELETE FROM document_words WHERE rowid = ?", (found[0],))
        _index(connection, found[0], document_id, found[1:])


def keep_recognised(connection: Connection, document_id: str, sha256: str, pages: Mapping[int, str]) -> None:
    """Keep the words of pages that were recognised; those of other bytes go."""
    connection.execute("DELETE FROM recognised WHERE document_id = ? AND sha256 <> ?", (document_id, sha256))
    connection.executemany(
        "INSERT INTO recognised VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET text = excluded.text",
        [
            (document_id, page, sha256, text.encode("utf-8", "replace").decode())
            for page, text in pages.items()
        ],
    )


def recognised(connection: Connection, document_id: str, sha256: str) -> dict[int, str]:
    """Return the words that were recognised on a document's pages."""
    return dict(
        connection.execute(
            "SELECT page, text FROM recognised WHERE document_id = ? AND sha256 = ?", (document_id, sha256)
        ).fetchall()
    )


def rows(connection: Connection, query: DocumentQuery, limit: int, offset: int) -> list[DocumentRow]:
    """Return a page of the list, newest first."""
    source = _source(query)
    page = f"SELECT {source.place} AS at {source.sql} ORDER BY {source.place} DESC LIMIT ? OFFSET ?"
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM ({page}) CROSS JOIN document d ON d.place = at {_JOINS} ORDER BY at DESC",  # noqa: S608
        (*source.values, limit, offset),
    )
    return [_row(columns) for columns in found]


def count(connection: Connection, query: DocumentQuery) -> int:
    """Return how many documents the query finds."""
    source = _source(query)
    return int(connection.execute(f"SELECT count(*) {source.sql}", source.values).fetchone()[0])


def categories(connection: Connection) -> list[tuple[str, int]]:
    """Return the categories that hold documents, with how many."""
    return connection.execute(
        "SELECT category, count(*) FROM document WHERE place >= 0 GROUP BY category"
    ).fetchall()


def years(connection: Connection) -> list[tuple[int, int]]:
    """Return the years that hold documents, newest first, with how many."""
    return connection.execute(
        "SELECT year, count(*) FROM document WHERE year IS NOT NULL AND place >= 0"
        " GROUP BY year ORDER BY year DESC"
    ).fetchall()


def with_digest(connection: Connection, sha256: str) -> DocumentRow | None:
    """Return the document whose file has this SHA-256, in hex."""
    return _only(connection, "d.sha256 = ?", sha256.lower())


def with_id(connection: Connection, document_id: str) -> DocumentRow | None:
    """Return the document's line."""
    return _only(connection, "d.id = ?", document_id)


def missing(connection: Connection, limit: int) -> list[DocumentRow]:
    """Return the newest documents whose file is not here."""
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM document d {_JOINS} WHERE file.document_id IS NULL"  # noqa: S608
        " ORDER BY d.place DESC LIMIT ?",
        (limit,),
    )
    return [_row(columns) for columns in found]


def _only(connection: Connection, where: str, value: str) -> DocumentRow | None:
    found = connection.execute(
        f"SELECT {_COLUMNS} FROM document d {_JOINS} WHERE {where} ORDER BY d.place DESC LIMIT 1",  # noqa: S608
        (value,),
    ).fetchone()
    return _row(found) if found else None


@dataclass(frozen=True, slots=True)
class _Source:
    """FROM … WHERE … of a query, the column that is its order, and its values."""

    sql: str
    place: str
    values: tuple[Any, ...]


def _source(query: DocumentQuery) -> _Source:
    words = search.match(query.text) if query.text and query.text.strip() else ""
    if words is None:
        return _Source("FROM document WHERE 0", "place", ())
    where: list[str] = []
    values: list[Any] = []
    tables, place = "document", "document.place"
    if words:
        tables, place = "document_words", "document_words.rowid"
        where, values = ["document_words MATCH ?"], [words]
    else:
        where = ["document.place >= 0"]
    if query.category is not None:
        if words:
            # CROSS keeps the index outside: its hits come in the list's order.
            tables += " CROSS JOIN document ON document.place = document_words.rowid"
        where.append("document.category = ?")
        values.append(query.category)
    if query.year is not None:
        where.append(f"{place} BETWEEN ? AND ?")
        values += _range(query.year)
    condition = " WHERE " + " AND ".join(where) if where else ""
    return _Source(f"FROM {tables}{condition}", place, tuple(values))


def _range(year: int) -> tuple[int, int]:
    try:
        first, last = date(year, 1, 1), date(year, 12, 31)
    except ValueError:
        return 1, 0
    return first.toordinal() << _DAY_SHIFT, ((last.toordinal() + 1) << _DAY_SHIFT) - 1


def _place(connection: Connection, document: Described) -> int:
    """Return a free key in the list's order; below zero for what is not listed."""
    if not document.is_listed:
        return int(connection.execute("SELECT min(min(place), 0) - 1 FROM document").fetchone()[0] or -1)
    day = document.date.toordinal() if document.date else 0
    second = int(document.filed_at.timestamp()) if document.filed_at else 0
    base = day << _DAY_SHIFT | min(max(second, 0), _SECONDS) << _SECOND_SHIFT
    taken = "SELECT max(place) FROM document WHERE place BETWEEN ? AND ?"
    last = connection.execute(taken, (base, base | ((1 << _SECOND_SHIFT) - 1))).fetchone()[0]
    if last is None:
        return base
    if last & ((1 << _SECOND_SHIFT) - 1) < (1 << _SECOND_SHIFT) - 1:
        return int(last) + 1
    # Hundreds of documents of one day filed in one second: their order is nobody's, room is what counts.
    return int(connection.execute(taken, (base, base + _SPILL)).fetchone()[0]) + 1


def _index(connection: Connection, place: int, document_id: str, words: tuple[str, str, str]) -> None:
    extracted = connection.execute(
        "SELECT text FROM extracted WHERE document_id = ?", (document_id,)
    ).fetchone()
    connection.execute(
        "INSERT INTO document_words (rowid, title, author, kind, content) VALUES (?, ?, ?, ?, ?)",
        (place, *map(search.fold, words), extracted[0] if extracted else ""),
    )


def _drop(connection: Connection, place: int) -> None:
    connection.execute("DELETE FROM document_words WHERE rowid = ?", (place,))
    connection.execute("DELETE FROM document WHERE place = ?", (place,))


def _row(columns: tuple[Any, ...]) -> DocumentRow:
    """Read ``_COLUMNS``."""
    *shown, day, year, category, type_code, author, content_type, size, sha256 = columns[:10]
    state, state_at, reason, fields, has_file, is_ours = columns[10:]
    return DocumentRow(
        id=shown[0],
        title=shown[1],
        date=_day(day) if day else None,
        year=year,
        category=category,
        type_code=type_code,
        author=author,
        content_type=content_type,
        size=size,
        sha256=sha256,
        state=_state(state),
        state_at=_moment(state_at),
        reason=reason,
        has_file=bool(has_file),
        is_ours=bool(is_ours),
        fields=orjson.loads(fields) if fields else {},
    )


# A list repeats its days and, after a pull, its moments: reading each once is a third of a row's cost.
_day = lru_cache(maxsize=4096)(date.fromisoformat)
_moment = lru_cache(maxsize=1024)(datetime.fromisoformat)


def _state(operation: str | None) -> DocumentState:
    if operation is None:
        return DocumentState.UP_TO_DATE
    return DocumentState.REFUSED if operation in _REFUSED else DocumentState.WAITING
