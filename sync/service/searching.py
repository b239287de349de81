"""Search over HTTP: GET and POST _search to a searchset Bundle with its links."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode

from sync.service import carers, helpers, outcome, search
from sync.service.compartment import SHARED_TYPES
from sync.service.exchange import Answer, Ask, bundle, of_resource
from sync.service.records import SHARED
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from app.fhir import Resource
    from sync.service.records import Held
    from sync.service.unit import Unit

__all__ = ["posted", "search_type"]

_SECRET = ("identifier", "name", "family", "given", "birthdate", "phone", "email", "address", "telecom")
_MANDATORY = ("resourceType", "id", "meta")


def posted(unit: Unit, ask: Ask, kind: str) -> Answer:
    """``POST Type/_search``, a form; parameters of the address count too (R4 §3.1.1.3)."""
    if ask.content_type != "application/x-www-form-urlencoded":
        raise Refused("content-type")
    try:
        form = parse_qsl(ask.body.decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        raise Refused("bad-parameter", name="_search") from None
    return search_type(unit, ask, kind, [*ask.query, *form], in_address=False)


def search_type(
    unit: Unit, ask: Ask, kind: str, pairs: list[tuple[str, str]], *, in_address: bool = True
) -> Answer:
    """Search one type, or show the next page of a search."""
    unit.permit("s", kind)
    carers.check_whole(unit, kind)
    pairs, start = _continued(unit, kind, pairs)
    visible = unit.narrowed(kind, pairs)
    query = search.parse(kind, pairs, visible, strict=ask.prefers("handling=strict"))
    found = search.search(unit.records.sql, query, visible, start)
    extra = search.included(unit.records.sql, query, found.page, visible) if query.includes else []
    extra = [each for each in extra if _may_be_added(unit, each)]
    unit.seen(*found.page, *extra)
    links = _links(unit, kind, query, found.next_start, start, in_address=in_address)
    entries = [_entry(unit, held, query, "match") for held in found.page]
    entries += [_entry(unit, held, query, "include") for held in extra]
    if query.ignored:
        remark = outcome.with_warnings([("parameter-ignored", name) for name in query.ignored])
        entries.append({"resource": remark, "search": {"mode": "outcome"}})
    return of_resource(bundle("searchset", entries, total=found.total, link=links))


def _may_be_added(unit: Unit, held: Held) -> bool:
    """Keep a page to what the caller may read anyway, a citizen's to their record and the directory."""
    if held.type in SHARED_TYPES:
        return True
    if not unit.may_read(held.type):
        return False
    return unit.caller.is_system or (
        held.patient_key != SHARED and not carers.is_others(unit, held) and not helpers.is_outside(unit, held)
    )


def _continued(unit: Unit, kind: str, pairs: list[tuple[str, str]]) -> tuple[list[tuple[str, str]], int]:
    page = next((value for name, value in pairs if name == "_page"), None)
    if page is None:
        return pairs, 0
    try:
        found = unit.service.secrets.unseal(page)
    except ValueError:
        raise Refused("bad-cursor", at="_page") from None
    if not isinstance(found, dict) or found.get("type") != kind:
        raise Refused("bad-cursor", at="_page")
    return [(name, value) for name, value in found["pairs"]], int(found["start"])


def _links(
    unit: Unit, kind: str, query: search.Query, following: int | None, start: int, *, in_address: bool
) -> list[Resource]:
    address = f"{unit.service.fhir}/{kind}"

    def sealed(place: int) -> str:
        page = unit.service.secrets.seal({"type": kind, "pairs": query.used, "start": place})
        return f"{address}?_page={page}"

    is_secret = any(part in name for name, _ in query.used for part in _SECRET)
    readable = f"{address}?{urlencode(query.used)}" if query.used else address
    plain = in_address and not is_secret and start == 0
    links = [{"relation": "self", "url": readable if plain else sealed(start)}]
    if start:
        links.append({"relation": "first", "url": sealed(0)})
    if following is not None:
        links.append({"relation": "next", "url": sealed(following)})
    return links


def _entry(unit: Unit, held: Held, query: search.Query, mode: str) -> Resource:
    resource = held.resource()
    if query.elements and mode == "match":
        resource = _subset(resource, {*_MANDATORY, *query.elements})
    elif query.summary == "text":
        resource = _subset(resource, {*_MANDATORY, "text"})
    elif query.summary == "data":
        resource = {key: value for key, value in resource.items() if key != "text"}
    return {"fullUrl": f"{unit.service.fhir}/{held.key}", "resource": resource, "search": {"mode": mode}}


def _subset(resource: Resource, kept: set[str]) -> Resource:
    made = {key: value for key, value in resource.items() if key in kept}
    tag = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}
    meta = made.get("meta", {})
    made["meta"] = meta | {"tag": [*meta.get("tag", []), tag]}
    return made
