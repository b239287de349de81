"""Batch and transaction (R4 §3.1.0.11).

A transaction is one transaction of the store: deletes, then creates (people, bytes and documents
before what speaks of them, the Provenance last, so that the feed tells them in that order), then
updates, then reads. Whatever fails, nothing is kept, and the answer says which entry it was.
A ``POST`` whose ``fullUrl`` is ``urn:uuid:X`` is stored under the id X when X is free, so that a
client's ids stay. An act is recognised by its Provenance: sent again it gets the answer it got first.
Several acts may come in one transaction, each with its Provenance as its last entry: they are checked,
recognised and audited one by one, and filed together or not at all.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson

from app.fhir import Resource, nodes, string
from app.fhir.provenance import targets
from app.ids import mint
from sync.service import audit, helpers, mhd, validation
from sync.service.exchange import Answer, Ask, bundle, of_refusal, of_resource
from sync.service.interactions import store_new
from sync.service.references import criteria, resolved, rewritten
from sync.service.refusals import Refused
from sync.service.unit import check_type

if TYPE_CHECKING:
    from collections.abc import Callable

    from sync.service.service import Service
    from sync.service.unit import Unit

    Dispatch = Callable[[Unit, Ask], Answer]

__all__ = ["MOST_ENTRIES", "batch", "transaction"]

MOST_ENTRIES = 2000
_METHODS = ("DELETE", "POST", "PUT", "PATCH", "GET", "HEAD")
_FIRST = ("Patient", "Organization", "Practitioner", "Binary", "DocumentReference", "Consent")
_URN = re.compile(r"urn:uuid:([0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})")
_CONDITIONS = {
    "ifMatch": "if-match",
    "ifNoneMatch": "if-none-match",
    "ifNoneExist": "if-none-exist",
    "ifModifiedSince": "if-modified-since",
}


@dataclass(slots=True)
class _Entry:
    number: int
    method: str
    url: str
    full_url: str | None
    resource: Resource | None
    headers: dict[str, str]
    chosen_id: str | None = None
    existing: str | None = None
    answer: Answer | None = None

    @property
    def at(self) -> str:
        return f"Bundle.entry[{self.number}]"

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(part for part in self.url.partition("?")[0].split("/") if part)

    @property
    def target(self) -> str:
        """What it creates or changes, as "Type/id"."""
        if self.method == "POST":
            return f"{self.url.partition('?')[0]}/{self.existing or self.chosen_id}"
        return "/".join(self.path[:2])

    @property
    def rank(self) -> tuple[int, int, int]:
        """The order of the work: by method, then what others point to first."""
        kind = self.path[0] if self.path else ""
        weight = _FIRST.index(kind) if kind in _FIRST else len(_FIRST)
        if kind == "Provenance":
            weight += 1
        return _METHODS.index(self.method), weight, self.number


def _raw_entries(body: Resource) -> list[object]:
    found = body.get("entry", [])
    if not isinstance(found, list):
        raise Refused("bad-bundle", at="Bundle.entry")
    if len(found) > MOST_ENTRIES:
        raise Refused("too-many-entries", at="Bundle.entry", limit=MOST_ENTRIES)
    return found


def _entry(service: Service, number: int, entry: object) -> _Entry:
    request = entry.get("request") if isinstance(entry, dict) else None
    method, url = string(request, "method"), string(request, "url")
    if not isinstance(entry, dict) or method not in _METHODS or not url:
        raise Refused("bad-entry", at=f"Bundle.entry[{number}].request")
    resource = entry.get("resource")
    if method in {"POST", "PUT", "PATCH"} and not isinstance(resource, dict):
        raise Refused("element-missing", at=f"Bundle.entry[{number}].resource")
    if isinstance(resource, dict) and not isinstance(resource.get("resourceType"), str):
        raise Refused("type-mismatch", at=f"Bundle.entry[{number}].resource.resourceType")
    url = url.removeprefix(service.fhir).lstrip("/")
    headers = {name: str(request[key]) for key, name in _CONDITIONS.items() if request and key in request}
    return _Entry(number, method, url, string(entry, "fullUrl"), resource, headers)


def batch(service: Service, ask: Ask, answer_one: Callable[[Ask], Answer], body: Resource) -> Answer:
    """Do each entry for itself, in a transaction of its own."""
    answers = []
    for number, raw in enumerate(_raw_entries(body)):
        try:
            answers.append(answer_one(_sub_ask(ask, _entry(service, number, raw))))
        except Refused as refused:
            answers.append(of_refusal(refused))
    return of_resource(bundle("batch-response", [_response(each) for each in answers]))


def transaction(unit: Unit, ask: Ask, dispatch: Dispatch, body: Resource) -> Answer:
    """Do all entries or none."""
    mhd.check_bundle(body)
    entries = [_entry(unit.service, number, each) for number, each in enumerate(_raw_entries(body))]
    _check_twice(entries)
    known = _choose_ids(unit, entries)
    _rewrite(unit, entries, known)
    parts = _parts(entries)
    if len(parts) == 1:
        return _perform_act(unit, ask, dispatch, entries)
    told: list[Resource] = []
    for part in parts:
        own = unit.anew()
        told += orjson.loads(_perform_act(own, ask, dispatch, part).body)["entry"]
        audit.write(own, own.records)
    return of_resource(bundle("transaction-response", told))


def _parts(entries: list[_Entry]) -> list[list[_Entry]]:
    """Cut a transaction into its acts, each ended by the Provenance that names its other entries.

    One that is not made so is one part.
    """
    parts: list[list[_Entry]] = [[]]
    for entry in entries:
        parts[-1].append(entry)
        if entry.path[:1] == ("Provenance",) and entry.method in {"POST", "PUT"}:
            parts.append([])
    cut = [part for part in parts if part]
    return cut if len(cut) > 1 and not parts[-1] and all(map(_is_act, cut)) else [entries]


def _is_act(part: list[_Entry]) -> bool:
    inside = {each.target for each in part}
    return set(targets(part[-1].resource or {})) <= inside


def _perform_act(unit: Unit, ask: Ask, dispatch: Dispatch, entries: list[_Entry]) -> Answer:
    act = _act(unit, entries)
    if act:
        given = unit.records.answer(act.key, act.op_id)
        if given:
            return _answered_before(given, act.digest, with_bodies=unit.caller.mandate is None)
    unit.provenance = act.provenance if act else None
    # A deletion, a patch and what a condition finds are checked when they are known (interactions); what a
    # PC read is told whatever a mandate opens (readings).
    written = (
        each
        for each in entries
        if each.method in {"POST", "PUT"} and "?" not in each.url and each.path[:1] != ("AuditEvent",)
    )
    helpers.check_act(unit, unit.provenance, [each.resource for each in written if each.resource])
    changed: set[str] = set()
    for entry in sorted(entries, key=lambda each: each.rank):
        try:
            entry.answer = _perform(unit, ask, dispatch, entry)
            _check_once(entry, changed)
        except Refused as refused:
            raise refused.inside(entry.at) from None
    answer = of_resource(
        bundle("transaction-response", [_response(each.answer) for each in entries if each.answer])
    )
    if act:
        unit.records.keep_answer(act.key, act.op_id, act.digest, answer.body)
    return answer


def _check_once(entry: _Entry, changed: set[str]) -> None:
    """Refuse two changes of one resource that conditions led to (R4 §3.1.0.11.2)."""
    held = entry.answer.held if entry.answer else None
    if held is None or entry.method in {"GET", "HEAD"} or entry.existing:
        return
    if held.key in changed:
        raise Refused("entry-twice")
    changed.add(held.key)


def _check_twice(entries: list[_Entry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        keys = {entry.full_url or ""} if entry.method == "POST" else {"/".join(entry.path)}
        keys = keys if "?" not in entry.url else set()
        condition = entry.headers.get("if-none-exist")
        if condition and entry.method == "POST":
            # Both would find nothing, and both be made.
            keys |= {f"{entry.url}?{sorted(criteria(condition))}"}
        if entry.method in {"GET", "HEAD"}:
            continue
        for key in keys - {""}:
            if key in seen:
                raise Refused("entry-twice", at=entry.at)
            seen.add(key)


def _choose_ids(unit: Unit, entries: list[_Entry]) -> dict[str, str]:
    """Decide every id before anything is stored, so that entries may point to each other."""
    known: dict[str, str] = {}
    for entry in entries:
        if entry.method == "POST" and len(entry.path) == 1:
            _choose_id(unit, entry)
            kind, target = entry.path[0], entry.existing or entry.chosen_id
        elif entry.method == "PUT" and len(entry.path) == 2:  # noqa: PLR2004 (Type/id)
            kind, target = entry.path
        else:
            continue
        if entry.full_url:
            known[entry.full_url] = f"{kind}/{target}"
    return known


def _choose_id(unit: Unit, entry: _Entry) -> None:
    kind = entry.path[0]
    check_type(kind)
    condition = entry.headers.get("if-none-exist")
    if condition:
        unit.permit("s", kind)
        found = unit.match(kind, criteria(condition))
        entry.existing = found.id if found else None
    urn = _URN.fullmatch(entry.full_url or "")
    wanted = urn[1].lower() if urn else None
    if wanted and unit.caller.is_system and unit.records.owner(kind, wanted):
        wanted = None
    entry.chosen_id = wanted or mint()


def _rewrite(unit: Unit, entries: list[_Entry], known: dict[str, str]) -> None:
    made_here = {
        identifier: known[entry.full_url]
        for entry in entries
        if entry.full_url in known and entry.path[:1] == ("Patient",)
        for identifier in _tokens(entry.resource or {})
    }

    def resolve(text: str) -> str:
        kind, _, query = text.partition("?")
        pairs = criteria(query)
        local = [made_here[value] for name, value in pairs if name == "identifier" and value in made_here]
        if kind == "Patient" and len(pairs) == 1 and local:
            return local[0]
        return resolved(unit, text)

    for entry in entries:
        if entry.resource is not None:
            try:
                # A document Bundle points to its own entries by their URNs.
                closed = entry.resource.get("resourceType") != "Bundle"
                entry.resource = rewritten(entry.resource, known, resolve, closed=closed)
            except Refused as refused:
                raise refused.inside(entry.at) from None


def _tokens(patient: Resource) -> list[str]:
    return [
        f"{string(each, 'system') or ''}|{string(each, 'value')}" for each in nodes(patient, "identifier")
    ]


@dataclass(frozen=True, slots=True)
class _Act:
    key: str
    op_id: str
    digest: bytes
    provenance: Resource


def _act(unit: Unit, entries: list[_Entry]) -> _Act | None:
    """Find the Provenance that names the act, and the digest by which a second sending is equal."""
    found = [each for each in entries if each.path[:1] == ("Provenance",) and each.resource]
    if len(found) != 1 or found[0].method not in {"POST", "PUT"}:
        return None
    entry = found[0]
    provenance = {key: value for key, value in (entry.resource or {}).items() if key not in {"meta", "id"}}
    op_id = entry.chosen_id if entry.method == "POST" else entry.path[-1]
    key = unit.caller.patient_key or ""
    digest = hashlib.sha256(orjson.dumps(provenance, option=orjson.OPT_SORT_KEYS)).digest()
    return _Act(key, op_id or "", digest, entry.resource or {})


def _answered_before(given: tuple[bytes, bytes], digest: bytes, *, with_bodies: bool) -> Answer:
    """Give the answer again; the contents only to who sees the whole record, whoever did the act then."""
    if given[0] != digest:
        raise Refused("already-answered")
    answer: Resource = orjson.loads(given[1])
    if not with_bodies:
        answer["entry"] = [
            {key: value for key, value in each.items() if key != "resource"}
            for each in nodes(answer, "entry")
        ]
    return of_resource(answer)


def _perform(unit: Unit, ask: Ask, dispatch: Dispatch, entry: _Entry) -> Answer:
    if entry.method == "POST" and len(entry.path) == 1:
        return _post(unit, ask, entry)
    return dispatch(unit, _sub_ask(ask, entry))


def _post(unit: Unit, ask: Ask, entry: _Entry) -> Answer:
    from sync.service.exchange import of_held

    sub, kind, resource = _sub_ask(ask, entry), entry.path[0], entry.resource or {}
    if resource.get("resourceType") != kind:
        raise Refused("type-mismatch", at="resource.resourceType")
    if entry.existing:
        existing = unit.read(kind, entry.existing)
        unit.seen(existing)
        return of_held(unit, sub, existing, 200)
    return of_held(unit, sub, store_new(unit, resource, entry.chosen_id), 201)


def _sub_ask(ask: Ask, entry: _Entry) -> Ask:
    path, _, query = entry.url.partition("?")
    headers = {
        "content-type": "application/fhir+json",
        "prefer": ask.headers.get("prefer", ""),
    } | entry.headers
    body = orjson.dumps(entry.resource) if entry.resource is not None else b""
    if entry.method == "PATCH" and (entry.resource or {}).get("resourceType") == "Binary":
        headers["content-type"], body = _patch_inside(entry)
    parts = tuple(part for part in path.split("/") if part)
    pairs = tuple(criteria(query)) if query else ()
    return Ask(entry.method, parts, pairs, headers, body, ask.caller, in_bundle=True)


def _patch_inside(entry: _Entry) -> tuple[str, bytes]:
    """Take out the JSON Patch, which travels in a bundle as a Binary (R4 §3.1.0.9.1)."""
    from sync.service.binaries import decoded

    resource = entry.resource or {}
    validation.check(resource)
    data = decoded(string(resource, "data") or "", f"{entry.at}.resource.data")
    return str(resource["contentType"]), data


def _response(answer: Answer) -> Resource:
    status = f"{answer.status} {_REASONS.get(answer.status, '')}".strip()
    response: Resource = {"status": status}
    if "location" in answer.headers:
        response["location"] = answer.headers["location"]
    if "etag" in answer.headers:
        response["etag"] = answer.headers["etag"]
    if answer.held:
        response["lastModified"] = answer.held.updated
    entry: Resource = {"response": response}
    body = answer.resource()
    if body and body.get("resourceType") == "OperationOutcome":
        response["outcome"] = body
    elif body:
        entry["resource"] = body
        if answer.held:
            entry["fullUrl"] = (
                answer.headers.get("location", "").partition("/_history")[0] or f"{answer.held.key}"
            )
    return entry


_REASONS = {each.value: each.phrase for each in HTTPStatus}
