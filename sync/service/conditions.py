"""One search parameter as a condition in SQL over the index (R4 §3.1.1.4 and §3.1.1.5)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sync.service.compartment import SHARED_TYPES
from sync.service.dates import period_of
from sync.service.index import LONGEST, fold, indexed
from sync.service.refusals import Refused
from sync.service.search_params import Kind, Param, params_of

if TYPE_CHECKING:
    from sync.service.search import Visibility

__all__ = ["Condition", "condition"]

Condition = tuple[str, tuple[str | float, ...]]
"""A clause over the row ``r`` of ``resource``, and its values."""

_PREFIXES = frozenset({"eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"})
_DAY = 86_400.0
_ABOUT = 0.1  # R4 §3.1.1.4.6: "ap" is within a tenth
_LAST = "\U0010ffff"
_CHAINED = ("Patient", "Practitioner", "Organization", "DocumentReference")


def condition(resource_type: str, name: str, value: str, visible: Visibility) -> Condition | None:
    """Return the SQL condition of one parameter; ``None`` where the type has no such parameter.

    ``visible`` narrows it to one citizen's index; a chain goes through what may be seen of it, and through
    the shared directory.
    """
    base, _, chain = name.partition(".")
    base, _, modifier = base.partition(":")
    if not chain and "." in modifier:
        modifier, _, chain = modifier.partition(".")
    param = params_of(resource_type).get(base)
    if param is None:
        return None
    index = _Index(resource_type, visible.patient_key)
    if chain:
        return _chained(index, base, chain, value, modifier, visible)
    if modifier == "missing":
        return _missing(index, base, value)
    sql, values = _any_of(base, param, modifier, value)
    found = index.holds(base if modifier != "identifier" else base + ":identifier", sql, values)
    return (f"NOT {found[0]}", found[1]) if modifier == "not" else found


@dataclass(frozen=True, slots=True)
class _Index:
    """The index rows of one type, of one citizen or of all."""

    type: str
    patient_key: str | None

    def holds(self, name: str, sql: str, values: list[str | float]) -> Condition:
        """Say that some value of the parameter meets a condition on ``i``."""
        first: tuple[str | float, ...] = (self.type, name)
        where = "i.type = ? AND i.param = ?"
        if self.patient_key is not None:
            where, first = f"i.patient_key = ? AND {where}", (self.patient_key, *first)
        places = f"SELECT i.patient_key, i.place FROM search_index i WHERE {where} AND ({sql})"  # noqa: S608
        return f"(r.patient_key, r.place) IN ({places})", (*first, *values)


def _missing(index: _Index, base: str, value: str) -> Condition:
    if value not in {"true", "false"}:
        raise Refused("bad-parameter", at=base, name=f"{base}:missing")
    sql, values = index.holds(base, "TRUE", [])
    return (f"NOT {sql}" if value == "true" else sql), values


def _chained(index: _Index, base: str, chain: str, value: str, target: str, visible: Visibility) -> Condition:
    """One step through a reference: ``patient.identifier=system|value``."""
    kinds = [kind for kind in ((target,) if target else _CHAINED) if chain in params_of(kind)]
    if not kinds:
        raise Refused("bad-modifier", at=base, name=chain)
    kinds = [kind for kind in kinds if visible.may_read(kind)]
    if not kinds:
        raise Refused("not-allowed", at=base)
    seen, seen_values = visible.of_what_is_shown("t")
    sql, values = _any_of(chain, params_of(kinds[0])[chain], "", value, alias="j")
    where, first = f"j.type IN ({_marks(kinds)}) AND j.param = ?", [*kinds, chain]
    if index.patient_key is not None:
        shared = [kind for kind in kinds if kind in SHARED_TYPES]
        directory = f"(j.patient_key = '' AND j.type IN ({_marks(shared)}))" if shared else "FALSE"
        mine = f"(j.patient_key = ? OR {directory})"
        where, first = f"{mine} AND {where}", [index.patient_key, *shared, *first]
    through = (
        "(i.system, i.value) IN (SELECT t.type, t.id FROM search_index j"  # noqa: S608
        " JOIN resource t ON t.patient_key = j.patient_key AND t.place = j.place"
        f" WHERE t.body IS NOT NULL AND {seen} AND {where} AND ({sql}))"
    )
    found = index.holds(base, through, [*seen_values, *first, *values])
    if chain != "identifier":
        return found
    logical = index.holds(base + ":identifier", *_token("", value, alias="i"))
    return f"({found[0]} OR {logical[0]})", (*found[1], *logical[1])


def _marks(values: list[str]) -> str:
    return ", ".join("?" * len(values))


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
        return _starts(value, alias) if modifier else (f"{alias}.value = ?", [indexed(value)])
    if modifier:
        raise Refused("bad-modifier", at=name, name=modifier)
    if kind is Kind.DATE:
        return _date(name, value, alias)
    return _quantity(name, value, alias)


def _token(name: str, value: str, alias: str) -> tuple[str, list[str | float]]:  # noqa: ARG001 (one form for all)
    system, bar, code = value.partition("|")
    if not bar:
        return f"{alias}.value = ?", [indexed(value)]
    if not code:
        return f"{alias}.system = ?", [system]
    return f"{alias}.system = ? AND {alias}.value = ?", [system, indexed(code)]


def _string(modifier: str, value: str, alias: str) -> tuple[str, list[str | float]]:
    if modifier == "exact":
        return f"{alias}.system = ?", [value]
    if modifier == "contains" and len(value) > LONGEST:
        return "FALSE", []
    if modifier == "contains":
        return f"{alias}.value LIKE ? ESCAPE '!'", [f"%{_literal(fold(value))}%"]
    return _starts(fold(value), alias)


def _starts(text: str, alias: str) -> tuple[str, list[str | float]]:
    """Say that a value starts so, in a way that an index answers."""
    return f"{alias}.value >= ? AND {alias}.value < ?", [text, text + _LAST]


def _literal(text: str) -> str:
    return "".join(f"!{each}" if each in "!%_" else each for each in text)


def _reference(modifier: str, value: str, alias: str) -> tuple[str, list[str | float]]:
    parts = value.rstrip("/").split("/")
    if len(parts) > 1:
        return f"{alias}.system = ? AND {alias}.value = ?", [parts[-2], indexed(parts[-1])]
    if modifier:
        return f"{alias}.system = ? AND {alias}.value = ?", [modifier, indexed(value)]
    return f"{alias}.value = ?", [indexed(value)]


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


def _number(name: str, text: str) -> float:
    try:
        wanted = float(text)
    except ValueError:
        wanted = math.nan
    if not math.isfinite(wanted):
        raise Refused("bad-parameter", at=name, name=name)
    return wanted


def _quantity(name: str, value: str, alias: str) -> tuple[str, list[str | float]]:
    number, _, unit = value.partition("|")
    prefix, text = _prefix(number)
    wanted = _number(name, text)
    if prefix == "ap":
        about = _ABOUT * abs(wanted)
        sql, values = _range(prefix, (wanted - about, wanted + about), alias, overlap=True)
    else:
        half = 0.5 * 10 ** -len(text.partition(".")[2]) if prefix in {"eq", "ne"} else 0.0
        sql, values = _range(prefix, (wanted - half, wanted + half), alias)
    if unit:
        sql, values = f"({sql}) AND {alias}.value = ?", [*values, indexed(unit.split("|")[-1])]
    return sql, values
