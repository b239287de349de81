"""Bundle: the transaction of one act, as it is posted and as it is sealed.

Decision: creations are ``POST`` entries whose ``fullUrl`` is ``urn:uuid:<our id>``; our service
stores them under that id, another R4 server under its own, so references between the entries are
written with the same URN, as the standard asks (an attachment's address of a Binary too). Changes
are ``PUT`` with ``If-Match``. What goes to another maker's server is all conditional ``PUT`` under our ids
(:func:`conditional_puts`): sent twice, it is made once.
A transaction that carries a Provenance does not claim the PDSm bundle profile, whose entries are a
closed list; its List and DocumentReference claim theirs, and ITI-65 is recognised by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.codes.systems import PDSM
from app.fhir import Resource, nodes, resource_key, string

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "PROVIDE_BUNDLE",
    "conditional_puts",
    "entries",
    "next_link",
    "resources_of",
    "statuses",
    "transaction",
]

PROVIDE_BUNDLE = f"{PDSM}/pdsm-comprehensive-provide-document-bundle"
_ADDRESSES = frozenset({"reference", "url"})
_PDSM_TYPES = frozenset({"List", "DocumentReference", "Binary", "Patient"})


def transaction(resources: Iterable[Resource], base_versions: Mapping[str, str] | None = None) -> Resource:
    """Make the transaction of an act, in the order given.

    ``base_versions`` tells which are changes ("Type/id" to the versionId they were based on; an
    empty one stands for a resource whose creation was not yet read back: ``PUT`` without a condition).
    """
    bases = base_versions or {}
    made = list(resources)
    urns = {resource_key(each): f"urn:uuid:{each['id']}" for each in made if resource_key(each) not in bases}
    bundle: Resource = {"resourceType": "Bundle", "type": "transaction"}
    if _is_provide_bundle(made, bases):
        bundle["meta"] = {"profile": [PROVIDE_BUNDLE]}
    bundle["entry"] = [
        _change(each, bases[key], urns) if (key := resource_key(each)) in bases else _creation(each, urns)
        for each in made
    ]
    return bundle


def conditional_puts(
    resources: Iterable[Resource], base_versions: Mapping[str, str] | None = None
) -> Resource:
    """Make an act of PUTs under our ids: ``If-None-Match: *`` for what is new, ``If-Match`` for changes."""
    bases = base_versions or {}
    made = []
    for each in resources:
        key = resource_key(each)
        request: Resource = {"method": "PUT", "url": key}
        if key not in bases:
            request["ifNoneMatch"] = "*"
        elif bases[key]:
            request["ifMatch"] = f'W/"{bases[key]}"'
        made.append({"resource": each, "request": request})
    return {"resourceType": "Bundle", "type": "transaction", "entry": made}


def _is_provide_bundle(resources: list[Resource], bases: Mapping[str, str]) -> bool:
    types = [each.get("resourceType") for each in resources]
    return not bases and types.count("List") == 1 and _PDSM_TYPES.issuperset(types)


def _creation(resource: Resource, urns: Mapping[str, str]) -> Resource:
    return {
        "fullUrl": urns[resource_key(resource)],
        "resource": _with_urns(resource, urns),
        "request": {"method": "POST", "url": resource["resourceType"]},
    }


def _change(resource: Resource, version: str, urns: Mapping[str, str]) -> Resource:
    request = {"method": "PUT", "url": resource_key(resource)}
    if version:
        request["ifMatch"] = f'W/"{version}"'
    return {
        "fullUrl": f"urn:uuid:{resource['id']}",
        "resource": _with_urns(resource, urns),
        "request": request,
    }


def _with_urns(value: Resource, urns: Mapping[str, str]) -> Resource:
    return {key: _rewritten(each, urns, key) for key, each in value.items()}


def _rewritten(value: object, urns: Mapping[str, str], key: str = "") -> object:
    if isinstance(value, dict):
        return _with_urns(value, urns)
    if isinstance(value, list):
        return [_rewritten(each, urns) for each in value]
    return urns.get(value, value) if key in _ADDRESSES and isinstance(value, str) else value


def entries(bundle: Resource) -> list[Resource]:
    """List the entries that are objects."""
    return nodes(bundle, "entry")


def resources_of(bundle: Resource, resource_type: str | None = None) -> list[Resource]:
    """List the resources inside, of one type if it is named."""
    found = (each.get("resource") for each in entries(bundle))
    return [
        each
        for each in found
        if isinstance(each, dict) and (resource_type is None or each.get("resourceType") == resource_type)
    ]


def statuses(bundle: Resource) -> list[int]:
    """Return the HTTP status of each entry of a transaction's or batch's answer; 0 where it has none."""
    texts = (string(each, "response", "status") or "" for each in entries(bundle))
    return [int(text[:3]) if text[:3].isdecimal() else 0 for text in texts]


def next_link(bundle: Resource) -> str | None:
    """Return the address of the next page."""
    return next(
        (string(link, "url") for link in nodes(bundle, "link") if link.get("relation") == "next"), None
    )
