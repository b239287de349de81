"""Search (R4 §3.1.1): parameters to SQL over the index, one page at a time.

Decision: each parameter is one ``EXISTS`` over the index rows of the resource, so that all of them
must hold, whatever their order. The pages of a search are reached by an opaque, encrypted link
(``paging.py``): the words of a search, a national identifier among them, never stand in an address.
Without ``_sort`` the order is the one in which resources came, and a page starts after the place where
the last one ended, so that what is filed meanwhile neither repeats nor skips anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from sync.service.conditions import Condition, condition
from sync.service.dates import is_number
from sync.service.records import SHARED, Held, shown
from sync.service.refusals import Refused
from sync.service.search_params import Kind, params_of
from sync.service.storage import LISTED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sync.service.storage import Connection

__all__ = ["COUNT_DEFAULT", "COUNT_LIMIT", "Found", "Query", "Visibility", "included", "parse", "search"]

COUNT_DEFAULT, COUNT_LIMIT = 50, 1000
_COLUMNS = "r.patient_key, r.type, r.id, r.version, r.updated, r.hidden, r.body"
_CONTROL = frozenset(
    {"_count", "_sort", "_elements", "_summary", "_include", "_revinclude", "_total", "_format", "_pretty"}
)
_SUMMARIES = frozenset({"true", "false", "count", "text", "data"})


_ONE_OF = f" AND (r.type NOT IN ('DocumentReference', 'Binary') OR r.type || '/' || r.id IN {LISTED})"


def _anything(_: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Visibility:
    """Whose resources may be seen: one citizen's and what is shared, or (``None``) everyone's."""

    patient_key: str | None
    see_hidden: bool
    close: bool = False
    only: frozenset[str] | None = None
    """The keys (``Type/id``) of the documents that may be seen, where not all may."""
    may_read: Callable[[str], bool] = _anything
    """Whether a type may be looked through on the way to another."""

    def of_what_is_shown(self, alias: str) -> tuple[str, list[str]]:
        """Return the condition that a row of ``resource`` is not hidden, in whosever record it is."""
        where, values = ("TRUE" if self.see_hidden else shown(close=self.close, alias=alias)), []
        if self.only is not None:
            where += _ONE_OF.replace("r.", f"{alias}.")
            values = [orjson.dumps(sorted(self.only)).decode()]
        return where, values

    def sql(self, alias: str) -> tuple[str, list[str]]:
        """Return the condition on a row of ``resource`` or of the index, with its values."""
        hidden = "" if self.see_hidden else f" AND {shown(close=self.close, alias=alias)}"
        if self.patient_key is None:
            return "TRUE" + hidden, []
        where, values = f"{alias}.patient_key = ?" + hidden, [self.patient_key]
        if self.only is not None:
            where += _ONE_OF.replace("r.", f"{alias}.")
            values.append(orjson.dumps(sorted(self.only)).decode())
        return where, values


@dataclass(frozen=True, slots=True)
class Query:
    """A search, parsed: its conditions in SQL, its order and page, and what was not understood."""

    type: str
    conditions: tuple[Condition, ...]
    sort: tuple[tuple[str, bool], ...] = ()
    count: int = COUNT_DEFAULT
    elements: tuple[str, ...] = ()
    summary: str | None = None
    includes: tuple[tuple[bool, str, str], ...] = ()
    ignored: tuple[str, ...] = ()
    used: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Found:
    """One page: its resources, how many there are in all, and where the next page starts."""

    page: list[Held]
    total: int
    next_start: int | None
    included: list[Held] = field(default_factory=list)


def parse(
    resource_type: str, pairs: Iterable[tuple[str, str]], visible: Visibility, *, strict: bool
) -> Query:
    """Read the parameters; raises ``Refused`` for a value or a modifier that is not understood."""
    control: dict[str, list[str]] = {}
    conditions, ignored, used = [], [], []
    for name, value in pairs:
        if "\x00" in name or "\x00" in value:
            raise Refused("bad-parameter", name=name.replace("\x00", "")[:64])
        if name in _CONTROL:
            control.setdefault(name, []).append(value)
            used.append((name, value))
            continue
        clause = condition(resource_type, name, value, visible)
        if clause:
            conditions.append(clause)
            used.append((name, value))
        elif strict:
            raise Refused("unknown-parameter", at=name, name=name)
        else:
            ignored.append(name)
    return Query(
        resource_type,
        tuple(conditions),
        sort=_sort(resource_type, control.get("_sort", [])),
        count=_count(control.get("_count", [])),
        elements=tuple(part for text in control.get("_elements", []) for part in text.split(",") if part),
        summary=_summary(control.get("_summary", [])),
        includes=tuple(_includes(control)),
        ignored=tuple(ignored),
        used=tuple(used),
    )


def _count(texts: list[str]) -> int:
    if not texts:
        return COUNT_DEFAULT
    if not is_number(texts[-1]):
        raise Refused("bad-parameter", at="_count", name="_count")
    return min(int(texts[-1]), COUNT_LIMIT)


def _summary(texts: list[str]) -> str | None:
    if texts and texts[-1] not in _SUMMARIES:
        raise Refused("bad-parameter", at="_summary", name="_summary")
    return texts[-1] if texts else None


def _sort(resource_type: str, texts: list[str]) -> tuple[tuple[str, bool], ...]:
    known = params_of(resource_type)
    keys = [part.strip() for text in texts for part in text.split(",") if part.strip()]
    for key in keys:
        if key.lstrip("-") not in known:
            raise Refused("bad-parameter", at="_sort", name="_sort")
    return tuple((key.lstrip("-"), key.startswith("-")) for key in keys)


def _includes(control: dict[str, list[str]]) -> Iterator[tuple[bool, str, str]]:
    for name in ("_include", "_revinclude"):
        for text in control.get(name, []):
            source, _, param = text.partition(":")
            param = param.partition(":")[0]
            if param not in params_of(source):
                raise Refused("bad-parameter", at=name, name=name)
            yield name == "_revinclude", source, param


def search(sql: Connection, query: Query, visible: Visibility, start: int) -> Found:
    """Run a search; ``start`` is 0 or the ``next_start`` of the page before."""
    where, values = visible.sql("r")
    clauses = ["r.type = ?", "r.body IS NOT NULL", where, *(clause for clause, _ in query.conditions)]
    bound: list[Any] = [query.type, *values, *(value for _, some in query.conditions for value in some)]
    wanted = " AND ".join(clauses)
    total = sql.execute(f"SELECT count(*) FROM resource r WHERE {wanted}", bound).fetchone()[0]  # noqa: S608
    if query.summary == "count" or query.count == 0:
        return Found([], total, None)
    rows = _page(sql, query, wanted, bound, start)
    page = [_held(row) for row in rows[: query.count]]
    if len(rows) <= query.count:
        return Found(page, total, None)
    return Found(page, total, start + query.count if query.sort else rows[query.count - 1][7])


def _page(sql: Connection, query: Query, wanted: str, bound: list[Any], start: int) -> list[Any]:
    """Return one row more than a page, to know whether another follows."""
    if query.sort:
        order, names = _order(query)
        tail, more = f"ORDER BY {order} LIMIT ? OFFSET ?", [*names, query.count + 1, start]
    else:
        tail, more = "AND r.place > ? ORDER BY r.place LIMIT ?", [start, query.count + 1]
    statement = f"SELECT {_COLUMNS}, r.place FROM resource r WHERE {wanted} {tail}"  # noqa: S608
    return sql.execute(statement, [*bound, *more]).fetchall()


def _held(row: Any) -> Held:  # noqa: ANN401 (a row of the store)
    return Held(row[0], row[1], row[2], row[3], row[4], int(row[5]), row[6])


def _order(query: Query) -> tuple[str, list[str]]:
    clauses = []
    for name, downward in query.sort:
        in_numbers = params_of(query.type)[name].kind in {Kind.DATE, Kind.NUMBER, Kind.QUANTITY}
        column, best = "i.low" if in_numbers else "i.value", "max" if downward else "min"
        key = (
            f"SELECT {best}({column}) FROM search_index i"  # noqa: S608
            " WHERE i.patient_key = r.patient_key AND i.place = r.place AND i.param = ?"
        )
        clauses.append(f"({key}) {'DESC' if downward else 'ASC'} NULLS LAST")
    return ", ".join([*clauses, "r.place"]), [name for name, _ in query.sort]


def included(sql: Connection, query: Query, page: list[Held], visible: Visibility) -> list[Held]:
    """Return what ``_include`` and ``_revinclude`` add to a page, each once."""
    found: dict[str, Held] = {}
    for backward, source, param in query.includes:
        for held in page:
            if backward:
                rows = _pointing(sql, (source, param, held.type, held.id), held.patient_key, visible)
            elif source == held.type:
                rows = _pointed(sql, (param, held.patient_key, held.type, held.id), visible)
            else:
                continue
            found.update((made.key, made) for made in map(_held, rows))
    shown = {held.key for held in page}
    return [held for key, held in found.items() if key not in shown]


def _pointing(sql: Connection, key: tuple[str, ...], patient_key: str, visible: Visibility) -> list[Any]:
    """Follow references into one resource: what another person's record says of it is not about it."""
    where, values = visible.sql("r")
    if patient_key != SHARED:
        where, values = f"{where} AND r.patient_key = ?", [*values, patient_key]
    statement = (
        f"SELECT {_COLUMNS} FROM search_index i JOIN resource r"  # noqa: S608
        " ON r.patient_key = i.patient_key AND r.place = i.place"
        " WHERE i.type = ? AND i.param = ? AND i.system = ? AND i.value = ?"
        f" AND r.body IS NOT NULL AND {where}"
    )
    return sql.execute(statement, [*key, *values]).fetchall()


def _pointed(sql: Connection, key: tuple[str, ...], visible: Visibility) -> list[Any]:
    """Follow references out of one resource; the shared directory is open to everyone."""
    where, values = visible.sql("r")
    statement = (
        f"SELECT {_COLUMNS} FROM search_index i JOIN resource r ON r.type = i.system AND r.id = i.value"  # noqa: S608
        " AND r.patient_key IN (i.patient_key, '') WHERE i.param = ? AND (i.patient_key, i.place) ="
        " (SELECT patient_key, place FROM resource WHERE patient_key = ? AND type = ? AND id = ?)"
        " AND r.body IS NOT NULL"
        f" AND (({where}) OR r.patient_key = '')"
    )
    return sql.execute(statement, [*key, *values]).fetchall()
