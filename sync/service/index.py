"""What a resource puts in the index: every value by which it is found."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.fhir import Resource, nodes, string
from sync.service.dates import period_of
from sync.service.search_params import Kind, params_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LONGEST", "IndexRow", "fold", "index_rows", "indexed"]

LONGEST, _KEPT = 500, 400


@dataclass(frozen=True, slots=True)
class IndexRow:
    """One value by which a resource is found."""

    param: str
    system: str = ""
    value: str = ""
    low: float | None = None
    high: float | None = None


def index_rows(resource: Resource) -> list[IndexRow]:
    """Return every value by which this resource is found."""
    rows: dict[IndexRow, None] = {}
    for name, param in params_of(str(resource.get("resourceType"))).items():
        for path in param.paths:
            for value in _values(resource, path):
                rows.update(dict.fromkeys(_MAKERS[param.kind](name, value)))
    return [replace(row, value=indexed(row.value)) if len(row.value) > LONGEST else row for row in rows]


def indexed(value: str) -> str:
    """Return a value as the index holds it: it has no room for a page, so a long one ends in its hash."""
    if len(value) <= LONGEST:
        return value
    return value[:_KEPT] + hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()


def _values(value: object, steps: tuple[str, ...]) -> Iterator[object]:
    """Yield what lies at the end of a path, through every list on the way."""
    if isinstance(value, list):
        for each in value:
            yield from _values(each, steps)
    elif not steps:
        if value is not None:
            yield value
    elif isinstance(value, dict):
        yield from _step(value, steps[0], steps[1:])


def _step(value: Resource, head: str, rest: tuple[str, ...]) -> Iterator[object]:
    if head.startswith("ext:"):
        for each in nodes(value, "extension"):
            if each.get("url") == head[4:]:
                yield from (found for key, found in each.items() if key.startswith("value"))
    elif head.endswith("]"):
        name, _, system = head[:-1].partition("[")
        found = [each for each in nodes(value, name) if each.get("system") == system]
        yield from _values(found, rest)
    else:
        yield from _values(value.get(head), rest)


def fold(text: str) -> str:
    """Take accents and capitals away, as a search by words asks."""
    plain = unicodedata.normalize("NFKD", text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae"))
    return "".join(each for each in plain if not unicodedata.combining(each)).casefold().strip()


def _token(name: str, value: object) -> Iterator[IndexRow]:
    if isinstance(value, bool):
        yield IndexRow(name, value=str(value).lower())
    elif isinstance(value, str):
        yield IndexRow(name, value=value)
    elif isinstance(value, dict):
        for each in nodes(value, "coding") or [value]:
            code = string(each, "code") or string(each, "value")
            if code:
                yield IndexRow(name, system=string(each, "system") or "", value=code)


def _string(name: str, value: object) -> Iterator[IndexRow]:
    if isinstance(value, str):
        yield IndexRow(name, system=value, value=fold(value))
    elif isinstance(value, dict):
        for each in value.values():
            for text in each if isinstance(each, list) else [each]:
                if isinstance(text, str):
                    yield IndexRow(name, system=text, value=fold(text))


def _date(name: str, value: object) -> Iterator[IndexRow]:
    if isinstance(value, str):
        period = period_of(value)
        if period:
            yield IndexRow(name, low=period[0], high=period[1])
    elif isinstance(value, dict) and (value.get("start") or value.get("end")):
        start, end = period_of(string(value, "start") or ""), period_of(string(value, "end") or "")
        yield IndexRow(name, low=start[0] if start else -1e15, high=end[1] if end else 1e15)


def _reference(name: str, value: object) -> Iterator[IndexRow]:
    if not isinstance(value, dict):
        return
    text = string(value, "reference") or ""
    parts = text.split("/_history/")[0].split("/")
    if len(parts) > 1 and not text.startswith("#"):
        # An address that is asked for is taken apart in the same way.
        yield IndexRow(name, system=parts[-2], value=parts[-1])
    elif text:
        yield IndexRow(name, system="", value=text)
    identifier = value.get("identifier")
    if isinstance(identifier, dict) and string(identifier, "value"):
        yield IndexRow(name + ":identifier", string(identifier, "system") or "", str(identifier["value"]))


def _uri(name: str, value: object) -> Iterator[IndexRow]:
    if isinstance(value, str):
        yield IndexRow(name, value=value)


def _number(name: str, value: object) -> Iterator[IndexRow]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield IndexRow(name, low=float(value), high=float(value))


def _quantity(name: str, value: object) -> Iterator[IndexRow]:
    if isinstance(value, dict):
        number = value.get("value")
        if isinstance(number, int | float):
            unit = string(value, "code") or string(value, "unit") or ""
            yield IndexRow(name, string(value, "system") or "", unit, float(number), float(number))


_MAKERS = {
    Kind.TOKEN: _token,
    Kind.STRING: _string,
    Kind.DATE: _date,
    Kind.REFERENCE: _reference,
    Kind.URI: _uri,
    Kind.NUMBER: _number,
    Kind.QUANTITY: _quantity,
}
