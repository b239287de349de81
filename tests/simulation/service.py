"""A model of the central service: small, strict, and able to misbehave.

It files transactions whole, gives change numbers in the order of its commits, and checks what it is asked
to file against what the acts' authors really changed (``Ledger``): a value that nobody of them touched and
that changes all the same is a silent overwrite, whatever the version numbers say.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from app.clock import instant
from app.fhir.bundle import entries
from sync.fhir_client import CURSOR

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["PATIENT_ID", "Asked", "Ledger", "Service", "Told", "json_told", "refused"]

PATIENT_ID = "p"
Resource = dict[str, Any]
_MANAGED = {"meta"}
_FIRST = datetime(2026, 11, 22, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request."""

    method: str
    path: str
    params: Mapping[str, str]
    form: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """One answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Ledger:
    """What each act's author changed: op_id → "Type/id" → element → value (lists: what came and went)."""

    edits: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def note(self, op_id: str, key: str, element: str, value: Any) -> None:  # noqa: ANN401
        """Note an edit."""
        self.edits.setdefault(op_id, {}).setdefault(key, {})[element] = value


class Service:
    """The state of one person's record at the service; ``most_at_rest`` requests come in half a minute."""

    most_at_rest = 3

    def __init__(self, page: int, wrong: Callable[[str], None], *, remembers: bool) -> None:
        self.ledger = Ledger()
        self.most_entries: int | None = None
        self.poison_is_named = True
        self._page = page
        self._wrong = wrong
        self._remembers = remembers
        self.epoch = 1
        self.was_restored = False
        self.deleted: set[str] = set()
        """All that was ever deleted, in whichever life."""
        self.current: dict[str, tuple[int, Resource | None]] = {}
        self.log: list[tuple[str, int, Resource | None]] = []
        self.stamps: list[str] = []
        self._moments = itertools.count()
        self.filed: dict[str, int] = {}
        self.binaries: dict[str, str] = {}
        self.uploads: dict[str, bytearray] = {}
        self._meta: dict[str, tuple[int, str]] = {}

    # Life of the service

    def copy(self) -> dict[str, Any]:
        """Take a backup."""
        return {
            "current": dict(self.current),
            "log": list(self.log),
            "filed": dict(self.filed),
            "binaries": dict(self.binaries),
        }

    def put_back(self, copy: dict[str, Any], *, quietly: bool) -> None:
        """Restore it; uploads under way are gone as well."""
        self.current, self.log = dict(copy["current"]), list(copy["log"])
        self.filed, self.binaries = dict(copy["filed"]), dict(copy["binaries"])
        self.uploads.clear()
        self.epoch += not quietly

    def change(self, key: str, body: Resource | None, begun: datetime | None = None) -> None:
        """Store a version, by whoever it is; ``begun`` is when their transaction did."""
        stamp = self.stamp(begun)
        version = self.current.get(key, (0, None))[0] + 1
        if body is not None:
            body = body | {"meta": {"versionId": str(version), "lastUpdated": stamp}}
        else:
            self.deleted.add(key)
        self.current[key] = (version, body)
        self.log.append((key, version, body))
        self.stamps.append(stamp)

    def stamp(self, _begun: datetime | None) -> str:
        """Return what a version is stamped with: a moment that no other has, in whichever life."""
        return instant(_FIRST + timedelta(milliseconds=next(self._moments)))

    def shown(self) -> list[tuple[str, tuple[int, Resource | None]]]:
        """Return what every device should show in the end."""
        return list(self.current.items())

    # Requests

    def handle(self, asked: Asked) -> Told:
        """Answer one request."""
        parts = [each for each in asked.path.split("/") if each]
        if parts[0] == "uploads":
            return self._upload(asked, parts)
        if parts[-1] == "$changes":
            return self._changes(asked)
        if asked.method == "GET":
            return self._read("/".join(parts[1:3]))
        if parts[-1] == "_search":
            return self._search(parts[1], asked)
        if not self._is_of_this_life(asked.headers.get(CURSOR)):
            return Told(503, b"", {"retry-after": "1"})
        bundle = orjson.loads(asked.body)
        if bundle["type"] == "batch":
            told = [{"response": {"status": "201 Created"}} for _ in entries(bundle)]
            return json_told({"resourceType": "Bundle", "type": "batch-response", "entry": told})
        return self.transaction(bundle)

    def _is_of_this_life(self, cursor: str | None) -> bool:
        """Say whether what is sent was made from what is here."""
        if cursor is None:
            return True
        epoch, number, mark, head, head_mark = cursor.split(".")
        if epoch != str(self.epoch) or int(head) > len(self.log):
            return False
        return (mark, head_mark) == (self._mark(int(number)), self._mark(int(head)))

    def _read(self, key: str) -> Told:
        version, body = self.current.get(key, (0, None))
        if body is None:
            return refused(410 if version else 404, "not-found")
        return json_told(body, etag=f'W/"{version}"')

    def _search(self, kind: str, asked: Asked) -> Told:
        wanted = asked.form["_id"].split(",")
        found = [self.current[key][1] for each in wanted if (key := f"{kind}/{each}") in self.current]
        entry = [{"resource": {"resourceType": kind, "id": each["id"]}} for each in found if each]
        return json_told({"resourceType": "Bundle", "type": "searchset", "entry": entry})

    def _changes(self, asked: Asked) -> Told:
        after, own = 0, f"{self.epoch}.0.{self._mark(0)}.0.{self._mark(0)}"
        if "_cursor" in asked.params:
            epoch, number, *_ = asked.params["_cursor"].split(".")
            if epoch == str(self.epoch):
                after, own = int(number), asked.params["_cursor"]
                if not self._is_of_this_life(own):
                    return refused(400, "bad-cursor")
        latest = {key: number for number, (key, _, _) in enumerate(self.log, 1)}
        page = [number for number in sorted(latest.values()) if number > after][: self._page]
        following, head = own, len(self.log)
        if page:
            following = f"{self.epoch}.{page[-1]}.{self._mark(page[-1])}.{head}.{self._mark(head)}"
        told = [_change(*self.log[number - 1]) for number in page]
        link = [
            {"relation": "self", "url": f"x?_cursor={own}"},
            {"relation": "next", "url": f"x?_cursor={following}"},
        ]
        return json_told(
            {
                "resourceType": "Bundle",
                "type": "history",
                "identifier": {"value": str(self.epoch)},
                "link": link,
                "entry": told,
            }
        )

    def _mark(self, change: int) -> str:
        if not change:
            return "0"
        key, version, body = self.log[change - 1]
        return hashlib.sha256(orjson.dumps([key, version, body])).hexdigest()[:8]

    # Transactions

    def transaction(self, bundle: Resource, *, keep: bool = True) -> Told:
        """File all of it or nothing; ``keep`` False says yes and keeps nothing (a phantom)."""
        found = entries(bundle)
        if self.most_entries is not None and len(found) > self.most_entries:
            return refused(413, "too-costly")
        told, todo = [], []
        known = self._known_acts(found)
        for number, entry in enumerate(found):
            key, body = _resolved(entry)
            if key in known:
                told.append({"response": {"status": "201 Created"}})
                continue
            wrong = self._fault(number, entry, key, body)
            if wrong is not None:
                return wrong
            todo.append((key, body, entry))
            told.append({"response": {"status": "201 Created" if _is_new(entry) else "200 OK"}})
        if keep:
            self._file(todo)
        return json_told({"resourceType": "Bundle", "type": "transaction-response", "entry": told})

    def _known_acts(self, found: list[Resource]) -> set[str]:
        """Return the keys of acts that are filed already, where this service remembers them."""
        if not self._remembers:
            return set()
        acts = [body for _, body in map(_resolved, found) if body["resourceType"] == "Provenance"]
        filed = [each for each in acts if f"Provenance/{each['id']}" in self.current]
        return {f"Provenance/{each['id']}" for each in filed} | {
            target["reference"] for each in filed for target in each["target"]
        }

    def _fault(self, number: int, entry: Resource, key: str, body: Resource) -> Told | None:
        version, present = self.current.get(key, (0, None))
        where = f"Bundle.entry[{number}].resource"
        if body.get("poison"):
            return refused(422, "invalid", where if self.poison_is_named else "")
        if _is_new(entry):
            if present is not None:
                return refused(409, "id-taken", where)
        elif (wanted := entry["request"].get("ifMatch")) is not None and wanted != f'W/"{version}"':
            return refused(412, "stale", where)
        binary = body.get("binary")
        if binary is not None and binary not in self.binaries:
            return refused(422, "binary-missing", where)
        return None

    def _file(self, todo: list[tuple[str, Resource, Resource]]) -> None:
        acts = [body for _, body, _ in todo if body["resourceType"] == "Provenance"]
        act_of = {target["reference"]: act["id"] for act in acts for target in act["target"]}
        for key, body, entry in todo:
            if not _is_new(entry) and "ifMatch" not in entry["request"]:
                self._wrong(f"{key} was changed without saying from which version")
            self._check(act_of.get(key, ""), key, body)
            self.change(key, body)
        for act in acts:
            self.note_filed(act["id"])

    def note_filed(self, op_id: str) -> None:
        """Count how often an act was filed: once."""
        self.filed[op_id] = self.filed.get(op_id, 0) + 1
        if self.filed[op_id] > 1:
            self._wrong(f"act {op_id[:8]} was filed twice")

    def check_named(self, key: str, body: Resource, among: list[Resource], request: Resource) -> None:
        """Compare what changes with what its author changed; the act is named by a Provenance beside it."""
        if self.current.get(key, (0, None))[1] is not None and "ifMatch" not in request:
            self._wrong(f"{key} was changed without saying from which version")
        acts = [each for each in among if each["resourceType"] == "Provenance"]
        named = [act["id"] for act in acts if {"reference": key} in act["target"]]
        for op_id in named:
            self._check(op_id, key, body)

    def _check(self, op_id: str, key: str, body: Resource) -> None:
        """Compare what changes with what the act's author changed."""
        if key.startswith("Provenance/"):
            return
        before = self.current.get(key, (0, None))[1] or {}
        if not before and self.was_restored:
            # Lost altogether, and offered again by whoever changed it last: it comes back whole.
            return
        meant = self.ledger.edits.get(op_id, {}).get(key, {})
        for element in sorted({*before, *body} - _MANAGED):
            if element == "telecom":
                self._check_list(op_id, key, before, body, meant)
            elif before.get(element) != body.get(element) and element not in meant:
                self._wrong(
                    f"{key}.{element} went from {before.get(element)!r} to {body.get(element)!r}"
                    f" by act {op_id[:8]}, which never touched it"
                )
        # A creation that is offered again meets what others made of it since: theirs is the later word.
        is_again = self.was_restored and bool(before) and "resourceType" in meant
        for element, value in meant.items():
            if is_again and body.get(element) == before.get(element):
                continue
            if not element.startswith(("+", "-")) and body.get(element) != value:
                self._wrong(
                    f"{key}.{element} of act {op_id[:8]} was lost: {body.get(element)!r}, not {value!r}"
                )

    def _check_list(
        self, op_id: str, key: str, before: Resource, body: Resource, meant: dict[str, Any]
    ) -> None:
        was = {each["value"] for each in before.get("telecom", ())}
        now = {each["value"] for each in body.get("telecom", ())}
        for value in sorted(now - was):
            if f"+{value}" not in meant:
                self._wrong(f"{key}: {value} came (back) by act {op_id[:8]}, which did not add it")
        for value in sorted(was - now):
            if f"-{value}" not in meant:
                self._wrong(f"{key}: {value} went by act {op_id[:8]}, which did not take it away")
        for name in meant:
            if name.startswith("+") and name[1:] not in now:
                self._wrong(f"{key}: {name[1:]} of act {op_id[:8]} was lost")
            if name.startswith("-") and name[1:] in now:
                if self.was_restored and name[1:] in was:
                    # Taken away from what the restoration lost, then offered again by who had added it: it is
                    # there once more (a known gap: the removal has nothing left to stand on).
                    continue
                self._wrong(f"{key}: {name[1:]} is still there after act {op_id[:8]}")

    # Uploads

    def _upload(self, asked: Asked, parts: list[str]) -> Told:
        if asked.method == "POST":
            return self._create(asked)
        name = parts[1]
        if name not in self.uploads:
            return refused(404, "not-found")
        held = self.uploads[name]
        length, sha256 = self._meta[name]
        if asked.method == "PATCH":
            if int(asked.headers["Upload-Offset"]) != len(held):
                return refused(409, "conflict")
            held += asked.body
            if len(held) >= length:
                if hashlib.sha256(held).hexdigest() != sha256:
                    del self.uploads[name]
                    return Told(460)
                self.binaries[name] = sha256
        return Told(204 if asked.method == "PATCH" else 200, headers={"upload-offset": str(len(held))})

    def _create(self, asked: Asked) -> Told:
        import base64

        pairs = (each.split(" ") for each in asked.headers["Upload-Metadata"].split(","))
        told = {name: base64.b64decode(value).decode() for name, value in pairs}
        name = told["binary_id"]
        if name in self.binaries:
            return refused(409, "id-taken")
        self.uploads[name] = bytearray()
        self._meta[name] = (int(asked.headers["Upload-Length"]), told["sha256"])
        return Told(201, headers={"location": f"/uploads/{name}"})


def _is_new(entry: Resource) -> bool:
    return bool(entry["request"]["method"] == "POST" or "ifNoneMatch" in entry["request"])


def _resolved(entry: Resource) -> tuple[str, Resource]:
    """Give an entry its key, and write its references as the service stores them."""
    body: Resource = entry["resource"]
    if "target" in body:
        names = [{"reference": each["reference"].removeprefix("urn:uuid:")} for each in body["target"]]
        body = body | {"target": [each if "/" in each["reference"] else _typed(each) for each in names]}
    return f"{body['resourceType']}/{body['id']}", body


def _typed(reference: dict[str, str]) -> dict[str, str]:
    kinds = {"d": "DocumentReference", "b": "Flag"}
    return {"reference": f"{kinds[reference['reference'][-1]]}/{reference['reference']}"}


def _change(key: str, version: int, body: Resource | None) -> Resource:
    entry: Resource = {
        "fullUrl": f"http://x/fhir/{key}",
        "request": {"method": "DELETE" if body is None else "PUT", "url": key},
        "response": {"status": "200", "etag": f'W/"{version}"', "lastModified": "2026-11-22T08:00:00Z"},
    }
    return entry if body is None else entry | {"resource": body}


def json_told(body: Resource, **headers: str) -> Told:
    """Answer well."""
    return Told(200, orjson.dumps(body), {"content-type": "application/fhir+json", **headers})


def refused(status: int, code: str, where: str = "") -> Told:
    """Answer with an OperationOutcome."""
    issue: Resource = {"severity": "error", "code": code, "expression": [where] if where else []}
    body = {"resourceType": "OperationOutcome", "issue": [issue]}
    return Told(status, orjson.dumps(body), {"content-type": "application/fhir+json"})
