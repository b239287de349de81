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

from sync.service.records import Held
from sync.service.refusals import Refused
from sync.service.search_params import Kind, Param, fold, params_of, period_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from app.vault.sqlcipher import Connection

__all__ = ["COUNT_DEFAULT", "COUNT_LIMIT", "Found", "Query", "Visibility", "included", "parse", "search"]

COUNT_DEFAULT, COUNT_LIMIT = 50, 1000
_CONTROL = frozenset(
    {"_count", "_sort", "_elements", "_summary", "_include", "_revinclude", "_total", "_format", "_pretty"}
)
_PREFIXES = frozenset({"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"})
_SUMMARIES = frozenset({"true", "false", "count", "text", "data"})
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Visibility:
    """Whose resources may be seen: one citizen's and what is shared, or (``None``) everyone's."""

    patient_key: str | None
    see_hidden: bool

    def sql(self, alias: str) -> tuple[str, list[str]]:
        """Return the condition on a row of ``resource`` or of the index, with its values."""
        hidden = "" if self.see_hidden else f" AND {alias}.hidden = 0"
        if self.patient_key is None:
            return "1" + hidden, []
        return f"{alias}.patient_key = ?" + hidden, [self.patient_key]


@dataclass(frozen=True, slots=True)
class Query:
    """A search, parsed: its conditions in SQL, its order and page, and what was not understood."""

    type: str
    conditions: tuple[tuple[str, tuple[str | float, ...]], ...]
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


def parse(resource_type: str, pairs: Iterable[tuple[str, str]], *, strict: bool) -> Query:
    """Read the parameters; raises ``Refused`` for a value or a modifier that is not understood."""
    control: dict[str, list[str]] = {}
    conditions, ignored, used = [], [], []
    for name, value in pairs:
        if name in _CONTROL:
            control.setdefault(name, []).append(value)
            used.append((name, value))
            continue
        condition = _condition(resource_type, name, value)
        if condition:
            conditions.append(condition)
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
    if not texts[-1].isdecimal():
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


def _condition(resource_type: str, name: str, value: str) -> tuple[str, tuple[str | float, ...]] | None:
    """Return the SQL condition of one parameter; ``None`` where the type has no such parameter."""
    base, _, chain = name.partition(".")
    base, _, modifier = base.partition(":")
    if not chain and "." in modifier:
        modifier, _, chain = modifier.partition(".")
    param = params_of(resource_type).get(base)
    if param is None:
        return None
    if chain:
        return _chained(base, chain, value, modifier)
    if modifier == "missing":
        return _missing(base, value)
    sql, values = _any_of(base, param, modifier, value)
    exists = _exists(sql, values, base if modifier != "identifier" else base + ":identifier")
    return (f"NOT {exists[0]}", exists[1]) if modifier == "not" else exists


def _exists(sql: str, values: list[str | float], name: str) -> tuple[str, tuple[str | float, ...]]:
    inside = "i.patient_key = r.patient_key AND i.type = r.type AND i.id = r.id AND i.param = ?"
    return f"EXISTS (SELECT 1 FROM search_index i WHERE {inside} AND ({sql}))", (name, *values)  # noqa: S608


def _missing(base: str, value: str) -> tuple[str, tuple[str | float, ...]]:
    if value not in {"true", "false"}:
        raise Refused("bad-parameter", at=base, name=f"{base}:missing")
    sql, values = _exists("1", [], base)
    return (f"NOT {sql}" if value == "true" else sql), values


def _chained(base: str, chain: str, value: str, target: str) -> tuple[str, tuple[str | float, ...]]:
    """One step through a reference: ``patient.identifier=system|value``."""
    kinds = [target] if target else ["Patient", "Practitioner", "Organization", "DocumentReference"]
    found = [(kind, params_of(kind)[chain]) for kind in kinds if chain in params_of(kind)]
    if not found:
        raise Refused("bad-modifier", at=base, name=chain)
    sql, values = _any_of(chain, found[0][1], "", value, alias="j")
    joined = (
        "EXISTS (SELECT 1 FROM search_index j WHERE j.type = i.system AND j.id = i.value"  # noqa: S608
        f" AND j.patient_key IN (r.patient_key, '') AND j.param = ? AND ({sql}))"
    )
    logical = "0"
    extra: list[str | float] = []
    if chain == "identifier":
        token, extra = _token("", value, alias="k")
        logical = (
            "EXISTS (SELECT 1 FROM search_index k WHERE k.patient_key = r.patient_key AND k.type = r.type"  # noqa: S608
            f" AND k.id = r.id AND k.param = ? AND ({token}))"
        )
        extra = [base + ":identifier", *extra]
    sql, all_values = _exists(joined, [chain, *values], base)
    return f"({sql} OR {logical})", (*all_values, *extra)


def _any_of(
    name: str, param: Param, modifier: str, value: str, alias: str = "i"
) -> tuple[str, list[str | float]]:
    """Commas mean "or"."""
    clauses, values = [], []
    for part in _parts(value):
        sql, some = _one(name, param.kind, modifier, part, alias)
        clauses.append(f"({sql})")
        values += some
    return " OR ".join(clauses), values


def _parts(value: str) -> list[str]:
    """Split at commas that are not escaped (R4 §3.1.1.5.7)."""
    parts = value.replace("\\\\", "\x00").replace("\\,", "\x01").split(",")
    return [
        part.replace("\x01", ",").replace("\\|", "|").replace("\\$", "$").replace("\x00", "\\")
        for part in parts
    ]


def _one(name: str, kind: Kind, modifier: str, value: str, alias: str) -> tuple[str, list[str | float]]:
    if not value:
        raise Refused("bad-parameter", at=name, name=name)
    if kind is Kind.TOKEN and modifier in {"", "not"}:
        return _token(name, value, alias)
    if kind is Kind.STRING and modifier in {"", "exact", "contains"}:
        return _string(modifier, value, alias)
    if kind is Kind.REFERENCE:
        return _token(name, value, alias) if modifier == "identifier" else _reference(modifier, value, alias)
    if kind is Kind.URI and modifier in {"", "below"}:
        return (
            (f"{alias}.value = ?", [value])
            if not modifier
            else (f"{alias}.value GLOB ?", [_glob(value) + "*"])
        )
    if modifier:
        raise Refused("bad-modifier", at=name, name=modifier)
    if kind is Kind.DATE:
        return _date(name, value, alias)
    return _quantity(name, value, alias)


def _token(name: str, value: str, alias: str) -> tuple[str, list[str | float]]:  # noqa: ARG001 (one form for all)
    system, bar, code = value.partition("|")
    if not bar:
        return f"{alias}.value = ?", [value]
    if not code:
        return f"{alias}.system = ?", [system]
    return f"{alias}.system = ? AND {alias}.value = ?", [system, code]


def _string(modifier: str, value: str, alias: str) -> tuple[str, list[str | float]]:
    if modifier == "exact":
        return f"{alias}.system = ?", [value]
    start = "*" if modifier == "contains" else ""
    return f"{alias}.value GLOB ?", [f"{start}{_glob(fold(value))}*"]


def _glob(text: str) -> str:
    return "".join(f"[{each}]" if each in "*?[" else each for each in text)


def _reference(modifier: str, value: str, alias: str) -> tuple[str, list[str | float]]:
    parts = value.rstrip("/").split("/")
    if len(parts) > 1:
        return f"{alias}.system = ? AND {alias}.value = ?", [parts[-2], parts[-1]]
    if modifier:
        return f"{alias}.system = ? AND {alias}.value = ?", [modifier, value]
    return f"{alias}.value = ?", [value]


def _prefix(value: str) -> tuple[str, str]:
    return (value[:2], value[2:]) if value[:2] in _PREFIXES else ("eq", value)


def _date(name: str, value: str, alias: str) -> tuple[str, list[str | float]]:
    prefix, text = _prefix(value)
    period = period_of(text.replace(" ", "+"))
    if period is None:
        raise Refused("bad-parameter", at=name, name=name)
    if prefix == "ap":
        return _range("eb", (period[0] - _DAY, period[1] + _DAY), alias, overlap=True)
    return _range(prefix, period, alias)


def _range(
    prefix: str, period: tuple[float, float], alias: str, *, overlap: bool = False
) -> tuple[str, list[str | float]]:
    low, high = period
    if overlap:
        return f"{alias}.low <= ? AND {alias}.high >= ?", [high, low]
    wanted: dict[str, tuple[str, list[str | float]]] = {
        "eq": (f"{alias}.low >= ? AND {alias}.high <= ?", [low, high]),
        "ne": (f"NOT ({alias}.low >= ? AND {alias}.high <= ?)", [low, high]),
        "gt": (f"{alias}.high > ?", [high]),
        "lt": (f"{alias}.low < ?", [low]),
        "ge": (f"{alias}.high >= ?", [low]),
        "le": (f"{alias}.low <= ?", [high]),
        "sa": (f"{alias}.low > ?", [high]),
        "eb": (f"{alias}.high < ?", [low]),
    }
    return wanted[prefix]


def _quantity(name: str, value: str, alias: str) -> tuple[str, list[str | float]]:
    number, _, unit = value.partition("|")
    prefix, text = _prefix(number)
    try:
        wanted = float(text)
    except ValueError:
        raise Refused("bad-parameter", at=name, name=name) from None
    half = 0.5 * 10 ** -len(text.partition(".")[2]) if prefix in {"eq", "ne"} else 0.0
    sql, values = _range(prefix, (wanted - half, wanted + half), alias)
    if unit:
        sql, values = f"({sql}) AND {alias}.value = ?", [*values, unit.split("|")[-1]]
    return sql, values


def search(sql: Connection, query: Query, visible: Visibility, start: int) -> Found:
    """Run a search; ``start`` is 0 or the ``next_start`` of the page before."""
    where, values = visible.sql("r")
    clauses = ["r.type = ?", "r.body IS NOT NULL", where, *(clause for clause, _ in query.conditions)]
    bound: list[Any] = [query.type, *values, *(value for _, some in query.conditions for value in some)]
    condition = " AND ".join(clauses)
    total = sql.execute(f"SELECT count(*) FROM resource r WHERE {condition}", bound).fetchone()[0]  # noqa: S608
    if query.summary == "count" or query.count == 0:
        return Found([], total, None)
    columns = "r.patient_key, r.type, r.id, r.version, r.updated, r.hidden, r.body, r.place"
    if query.sort:
        tail, more = " LIMIT ? OFFSET ?", [query.count + 1, start]
    else:
        tail, more = " LIMIT ?", [query.count + 1]
        condition, bound = f"{condition} AND r.place > ?", [*bound, start]
    order, order_values = _order(query)
    rows = sql.execute(
        f"SELECT {columns} FROM resource r WHERE {condition} ORDER BY {order}{tail}",  # noqa: S608
        [*bound, *order_values, *more],
    ).fetchall()
    page = [Held(row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6]) for row in rows[: query.count]]
    ended = len(rows) <= query.count
    following = start + query.count if query.sort else (rows[query.count - 1][7] if not ended else 0)
    return Found(page, total, None if ended else following)


def _order(query: Query) -> tuple[str, list[str]]:
    clauses, values = [], []
    for name, downward in query.sort:
        kind = params_of(query.type)[name].kind
        column = "i.low" if kind in {Kind.DATE, Kind.NUMBER, Kind.QUANTITY} else "i.value"
        best = "max" if downward else "min"
        clauses.append(
            f"(SELECT {best}({column}) FROM search_index i WHERE i.patient_key = r.patient_key"  # noqa: S608
            f" AND i.type = r.type AND i.id = r.id AND i.param = ?) {'DESC' if downward else 'ASC'} NULLS LAST"
        )
        values.append(name)
    return ", ".join([*clauses, "r.place"]), values


def included(sql: Connection, query: Query, page: list[Held], visible: Visibility) -> list[Held]:
    """Return what ``_include`` and ``_revinclude`` add to a page, each once."""
    where, values = visible.sql("r")
    if visible.patient_key is not None:
        where, values = f"(({where}) OR r.patient_key = '')", values
    found: dict[str, Held] = {}
    for backward, source, param in query.includes:
        for held in page:
            join = (
                "r.type = i.type AND r.id = i.id AND i.type = ? AND i.param = ? AND i.system = ? AND i.value = ?"
                if backward
                else "r.type = i.system AND r.id = i.value AND i.type = ? AND i.param = ? AND i.patient_key = ?"
                " AND i.id = ?"
            )
            key = [source, param, held.type if backward else held.patient_key, held.id]
            if not backward and source != held.type:
                continue
            rows = sql.execute(
                "SELECT r.patient_key, r.type, r.id, r.version, r.updated, r.hidden, r.body"  # noqa: S608
                f" FROM search_index i JOIN resource r ON {join} WHERE r.body IS NOT NULL AND {where}",
                [*key, *values],
            )
            for row in rows:
                made = Held(row[0], row[1], row[2], row[3], row[4], bool(row[5]), row[6])
                found.setdefault(made.key, made)
    shown = {held.key for held in page}
    return [held for key, held in found.items() if key not in shown]
