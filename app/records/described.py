"""What the list says of a document, taken from its DocumentReference (R4 §10.3, PDSm 3.1.1).

Foreign servers leave fields out and send others than the profile wants: nothing here raises, an
absent field is an empty one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from app.codes.systems import SHA256_URL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.records.values import Resource

__all__ = ["Described", "describe", "moment_of"]


@dataclass(frozen=True, slots=True)
class Described:
    """One document as it is listed and searched. ``filed_at`` orders documents of one day.

    ``is_listed`` is false for the attestation of a mandate: the mandate's page leads to it, and it never
    stands before the papers that one came for.
    """

    id: str
    title: str
    date: date | None
    filed_at: datetime | None
    category: str
    type_code: str | None
    kind: str
    author: str
    content_type: str
    size: int | None
    sha256: str | None
    is_listed: bool = True


def describe(reference: Resource, category_of: Callable[[Resource], str]) -> Described:
    """Read a DocumentReference."""
    attachment = _first(_first(reference, "content"), "attachment")
    coding = _first(_first(reference, "type"), "coding")
    title = _text(attachment, "title") or _text(reference, "description")
    size = attachment.get("size")
    return Described(
        id=_text(reference, "id"),
        title=title,
        date=_date_of(reference, attachment),
        filed_at=moment_of(_text(reference, "date")),
        category=category_of(reference),
        type_code=_text(coding, "code") or None,
        kind=" ".join(dict.fromkeys(_kinds(reference))),
        author=_author(reference),
        content_type=_text(attachment, "contentType"),
        size=size if isinstance(size, int) and 0 <= size < 1 << 53 else None,
        sha256=_sha256(attachment),
        is_listed=not _proves_a_consent(reference),
    )


def _proves_a_consent(reference: Resource) -> bool:
    context = _first(reference, "context")
    return any(_text(each, "reference").startswith("Consent/") for each in _each(context, "related"))


def moment_of(text: str) -> datetime | None:
    """Read a FHIR ``instant`` or ``dateTime``; None when it is neither."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _date_of(reference: Resource, attachment: Resource) -> date | None:
    """Return the day of the care, else of the writing, else of the filing, as it was written."""
    period = _first(_first(reference, "context"), "period")
    for text in (_text(period, "start"), _text(attachment, "creation"), _text(reference, "date")):
        found = _day(text)
        if found is not None:
            return found
    return None


def _day(text: str) -> date | None:
    """Read the first ten characters of a partial date; what it leaves out is its beginning."""
    year, month, day = (*text[:10].split("-"), "1", "1", "1")[:3]
    try:
        return date(int(year), int(month), int(day)) if len(year) == 4 else None  # noqa: PLR2004 - YYYY
    except ValueError:
        return None


def _sha256(attachment: Resource) -> str | None:
    for extension in _each(attachment, "extension"):
        if extension.get("url") == SHA256_URL:
            return _text(extension, "valueString").lower() or None
    return None


def _kinds(reference: Resource) -> Iterator[str]:
    concepts = [_first(reference, "type"), *_each(reference, "category")]
    for concept in concepts:
        yield from filter(None, (_text(concept, "text"), *_displays(concept)))


def _displays(concept: Resource) -> Iterator[str]:
    for coding in _each(concept, "coding"):
        yield _text(coding, "display")


def _author(reference: Resource) -> str:
    """Return the first author's display, or the name in the contained resource it points to."""
    contained = {f"#{_text(inner, 'id')}": inner for inner in _each(reference, "contained")}
    for author in _each(reference, "author"):
        named = _text(author, "display") or _name(contained.get(_text(author, "reference"), {}), contained)
        if named:
            return named
    return ""


def _name(resource: Resource, contained: dict[str, Resource]) -> str:
    inner = _first(resource, "practitioner") or _first(resource, "organization")
    if inner:
        return _text(inner, "display") or _name(contained.get(_text(inner, "reference"), {}), {})
    name = resource.get("name")
    if isinstance(name, str):
        return name
    person = _first(resource, "name")
    given = [part for part in _list(person, "given") if isinstance(part, str)]
    prefix = [part for part in _list(person, "prefix") if isinstance(part, str)]
    return _text(person, "text") or " ".join(filter(None, (*prefix, *given, _text(person, "family"))))


def _first(value: Resource, name: str) -> Resource:
    """Return the object under ``name``, or the first of a list of them; {} when there is none."""
    return next(_each(value, name), {})


def _each(value: Resource, name: str) -> Iterator[Resource]:
    found = value.get(name)
    for item in found if isinstance(found, list) else [found]:
        if isinstance(item, dict):
            yield item


def _list(value: Resource, name: str) -> list[Any]:
    found = value.get(name)
    return found if isinstance(found, list) else []


def _text(value: Resource, name: str) -> str:
    found = value.get(name)
    return found.strip() if isinstance(found, str) else ""
