"""The RESTful interactions on one resource (R4 §3.1.0): read, vread, create, update, patch, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.fhir import Resource, string
from sync.service import binaries, helpers, mhd, patch, reports, validation
from sync.service.dates import is_number
from sync.service.exchange import Answer, Ask, of_held
from sync.service.references import criteria, resolved, rewritten
from sync.service.refusals import Refused
from sync.service.unit import check_id, check_type

if TYPE_CHECKING:
    from sync.service.records import Held
    from sync.service.unit import Unit

__all__ = [
    "conditional_delete",
    "conditional_patch",
    "conditional_update",
    "create",
    "delete",
    "patch_one",
    "read",
    "store_new",
    "store_over",
    "update",
    "vread",
]


def read(unit: Unit, ask: Ask, resource_type: str, resource_id: str) -> Answer:
    """``GET Type/id``, 304 when the reader has that version already."""
    unit.permit("r", resource_type)
    check_id(resource_id)
    held = unit.read(resource_type, resource_id)
    return _shown(unit, ask, held)


def vread(unit: Unit, ask: Ask, resource_type: str, resource_id: str, number: str) -> Answer:
    """``GET Type/id/_history/version``."""
    unit.permit("r", resource_type)
    current = unit.find(resource_type, resource_id)
    if current is None or helpers.is_outside(unit, current) or not is_number(number):
        raise Refused("unknown")
    held = unit.records.version(current.patient_key, resource_type, resource_id, int(number))
    if held is None or unit.is_hidden(held):
        raise Refused("unknown")
    if held.body is None:
        raise Refused("deleted")
    return _shown(unit, ask, held)


def _shown(unit: Unit, ask: Ask, held: Held) -> Answer:
    if held.type == "Binary":
        return binaries.show(unit, ask, held)
    unit.seen(held)
    known = ask.headers.get("if-none-match", "")
    if known and held.etag in [each.strip() for each in known.split(",")]:
        return Answer(304, headers={"etag": held.etag})
    return of_held(unit, ask, held, 200)


def create(unit: Unit, ask: Ask, resource_type: str) -> Answer:
    """``POST Type``, conditional with ``If-None-Exist``."""
    check_type(resource_type)
    resource = _body(unit, ask, resource_type)
    condition = ask.headers.get("if-none-exist")
    if condition:
        unit.permit("s", resource_type)
        existing = unit.match(resource_type, criteria(condition))
        if existing:
            unit.seen(existing)
            return of_held(unit, ask, existing, 200)
    return of_held(unit, ask, store_new(unit, resource), 201)


def update(unit: Unit, ask: Ask, resource_type: str, resource_id: str) -> Answer:
    """``PUT Type/id``, guarded by ``If-Match``, or only to create with ``If-None-Match: *``."""
    check_type(resource_type)
    check_id(resource_id)
    resource = _body(unit, ask, resource_type)
    _same_id(resource, resource_id)
    held, created = store_over(
        unit,
        resource,
        resource_id,
        if_match=ask.headers.get("if-match"),
        if_none_match=ask.headers.get("if-none-match"),
    )
    return of_held(unit, ask, held, 201 if created else 200)


def conditional_update(unit: Unit, ask: Ask, resource_type: str) -> Answer:
    """``PUT Type?criteria``."""
    unit.permit("s", resource_type)
    resource = _body(unit, ask, resource_type)
    found = unit.match(resource_type, list(ask.query))
    helpers.check_act(unit, unit.provenance, [resource | {"id": found.id} if found else resource])
    if found is None:
        wanted = string(resource, "id")
        return of_held(unit, ask, store_new(unit, resource, wanted), 201)
    if string(resource, "id") not in {None, found.id}:
        raise Refused("id-mismatch", at="id")
    held, created = store_over(unit, resource, found.id, if_match=ask.headers.get("if-match"))
    return of_held(unit, ask, held, 201 if created else 200)


def delete(unit: Unit, ask: Ask, resource_type: str, resource_id: str) -> Answer:
    """``DELETE Type/id``: done twice, it is done."""
    check_type(resource_type)
    check_id(resource_id)
    helpers.check_act(unit, unit.provenance, [_about_to_go(unit, resource_type, resource_id)])
    held = unit.delete(resource_type, resource_id, if_match=ask.headers.get("if-match"))
    if held is None and unit.find(resource_type, resource_id) is None:
        raise Refused("unknown")
    return Answer(204, headers={"etag": held.etag} if held else {})


def _about_to_go(unit: Unit, resource_type: str, resource_id: str) -> Resource:
    """Return what a deletion would take away: who may do that can depend on what it is."""
    held = unit.find(resource_type, resource_id) if resource_type != "Consent" else None
    known = held.resource() if held is not None and held.body is not None else {}
    return known | {"resourceType": resource_type, "id": resource_id}


def conditional_delete(unit: Unit, ask: Ask, resource_type: str) -> Answer:
    """``DELETE Type?criteria``: one resource, never several at once."""
    unit.permit("s", resource_type)
    found = unit.match(resource_type, list(ask.query))
    return delete(unit, ask, resource_type, found.id) if found else Answer(204)


def patch_one(unit: Unit, ask: Ask, resource_type: str, resource_id: str) -> Answer:
    """``PATCH Type/id`` with a JSON Patch, or Parameters in a bundle."""
    check_type(resource_type)
    check_id(resource_id)
    unit.permit("u", resource_type)
    helpers.check_reading(unit, resource_type)
    held = unit.read(resource_type, resource_id)
    changed = patch.apply(held.resource(), ask.body, ask.content_type)
    _same_id(changed, resource_id)
    if changed.get("resourceType") != resource_type:
        raise Refused("type-mismatch", at="resourceType")
    helpers.check_act(unit, unit.provenance, [changed])
    mhd.check_patch(unit, held.resource(), changed)
    stored, _ = store_over(unit, changed, resource_id, if_match=ask.headers.get("if-match"), method="PATCH")
    return of_held(unit, ask, stored, 200)


def conditional_patch(unit: Unit, ask: Ask, resource_type: str) -> Answer:
    """``PATCH Type?criteria`` (PDSm flow 03/04)."""
    unit.permit("s", resource_type)
    found = unit.match(resource_type, list(ask.query))
    if found is None:
        raise Refused("unknown-match")
    return patch_one(unit, ask, resource_type, found.id)


def store_new(unit: Unit, resource: Resource, resource_id: str | None = None) -> Held:
    """Check a new resource and store it."""
    prepared = _prepared(unit, resource)
    held = unit.create(prepared, resource_id)
    binaries.keep(unit, resource, held)
    reports.filed(unit, held)
    return held


def store_over(
    unit: Unit,
    resource: Resource,
    resource_id: str,
    *,
    if_match: str | None = None,
    if_none_match: str | None = None,
    method: str = "PUT",
) -> tuple[Held, bool]:
    """Check a version and store it over the last one, or create it under that id."""
    if if_none_match is not None:
        existing = unit.find(str(resource["resourceType"]), resource_id)
        if existing and existing.body is not None:
            raise Refused("exists", at="If-None-Match")
    prepared = _prepared(unit, resource)
    held, created = unit.update(
        prepared, resource_id, if_match=if_match, only_new=if_none_match is not None, method=method
    )
    binaries.keep(unit, resource, held)
    reports.filed(unit, held)
    return held, created


def _prepared(unit: Unit, resource: Resource) -> Resource:
    """Validate, then turn what carries bytes into what points to them."""
    validation.check(resource)
    if not unit.act_checked:
        helpers.check_act(unit, None, [resource])
    if resource["resourceType"] == "Binary":
        if "data" not in resource:
            # A patch never has them: what it made would be a version without bytes.
            raise Refused("element-missing", at="Binary.data")
        return binaries.without_data(resource)
    if resource["resourceType"] == "DocumentReference":
        return mhd.prepare_document(unit, resource)
    if resource["resourceType"] == "List":
        mhd.check_list(unit, resource)
    return resource


def _body(unit: Unit, ask: Ask, resource_type: str) -> Resource:
    if resource_type == "Binary" and binaries.is_raw(ask):
        return binaries.from_raw(ask)
    resource = ask.json()
    if resource.get("resourceType") != resource_type:
        raise Refused("type-mismatch", at="resourceType")
    made: Resource = rewritten(resource, {}, lambda text: resolved(unit, text))
    return made


def _same_id(resource: Resource, resource_id: str) -> None:
    if resource.get("id") is None:
        raise Refused("id-missing", at="id")
    if resource["id"] != resource_id:
        raise Refused("id-mismatch", at="id")
