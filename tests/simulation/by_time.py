"""A model of another maker's server: no feed, a history or searches by time, and stamps older than commits.

What it files it checks as our own service's model does. ``late-commit`` is the trouble that gives this
flavour its point: a version appears with the moment at which its transaction began, up to two minutes ago.
"""

from __future__ import annotations

import base64
import hashlib
from email.utils import format_datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlencode, urlsplit

import orjson

from app.clock import instant
from sync.conformance import Tier
from tests.simulation.service import PATIENT_ID, Asked, Service, Told, json_told, refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.simulation.service import Resource

__all__ = ["ServiceByTime"]

_ASKED_BY = {"Patient": "_id", "Flag": "patient", "DocumentReference": "patient", "Provenance": "patient"}


class ServiceByTime(Service):
    """The state of one person's record there; ``clock`` stamps the versions."""

    # Three rounds; each reads the overlap again, in pages as small as this server gives them.
    most_at_rest = 90

    def __init__(
        self, page: int, wrong: Callable[[str], None], *, tier: Tier, clock: Callable[[], datetime]
    ) -> None:
        self._clock = clock
        self._tier = tier
        self._results: dict[str, list[Resource]] = {}
        super().__init__(page, wrong, remembers=False)
        self.change(f"Patient/{PATIENT_ID}", {"resourceType": "Patient", "id": PATIENT_ID})

    def stamp(self, begun: datetime | None) -> str:
        """Return the moment at which a transaction began: before it could be seen."""
        return instant(begun or self._clock())

    def shown(self) -> list[tuple[str, tuple[int, Resource | None]]]:
        """Return what is the person's; our tries, our counter and who looked are not.

        Who made what is gone before a device came to know it, nothing tells there.
        """
        told = [each for each in super().shown() if each[0].partition("/")[0] in _ASKED_BY]
        return [
            each for each in told if not each[0].startswith("Provenance/") or self._is_of_living(each[1][1])
        ]

    def _is_of_living(self, provenance: Resource | None) -> bool:
        named = [each["reference"] for each in (provenance or {}).get("target", ())]
        mine = [each for each in named if each.partition("/")[0] in _ASKED_BY]
        return any(self.current.get(each, (0, None))[1] is not None for each in mine)

    def handle(self, asked: Asked) -> Told:
        """Answer one request, and say what time it is here."""
        parts = urlsplit(asked.path)
        params = {**dict(parse_qsl(parts.query)), **asked.params}
        path = [each for each in parts.path.removeprefix("/").removeprefix("fhir").split("/") if each]
        told = self._answer(asked, path, params)
        return Told(
            told.status, told.body, {**told.headers, "date": format_datetime(self._clock(), usegmt=True)}
        )

    def _answer(self, asked: Asked, path: list[str], params: dict[str, str]) -> Told:
        if path == ["metadata"]:
            return json_told(self._statement())
        if "_result" in params:
            return self._result(params)
        if path[-1:] == ["_history"] and self._tier is Tier.HISTORY:
            return self._history(path[:-1], params)
        if asked.method == "GET" and len(path) == 1 and path[0] in _ASKED_BY:
            return self._search_by_time(path[0], params)
        if asked.method == "GET" and len(path) == 2:
            return self._binary(path[1]) if path[0] == "Binary" else self._read("/".join(path))
        if asked.method == "PUT":
            return self._put("/".join(path), asked)
        if asked.method == "DELETE":
            self.change("/".join(path), None)
            return Told(204)
        if asked.method == "POST" and not path:
            return self._bundle(orjson.loads(asked.body))
        return refused(404, "not-found")

    # What it says of itself

    def _statement(self) -> Resource:
        codes = ["read", "update", "delete", "search-type"]
        resources = [
            {
                "type": kind,
                "interaction": [{"code": code} for code in codes],
                "searchParam": [{"name": name}, {"name": "_lastUpdated"}],
            }
            for kind, name in _ASKED_BY.items()
        ]
        whole = ["transaction", "batch", *(["history-system"] if self._tier is Tier.HISTORY else [])]
        return {
            "resourceType": "CapabilityStatement",
            "fhirVersion": "4.0.1",
            "software": {"name": "By time", "version": "1"},
            "rest": [
                {"mode": "server", "resource": resources, "interaction": [{"code": code} for code in whole]}
            ],
        }

    # Reading

    def _history(self, path: list[str], params: dict[str, str]) -> Told:
        since = params.get("_since", "")
        told = [
            {
                "fullUrl": f"http://x/fhir/{key}",
                **({"resource": body} if body else {}),
                "request": {"method": "PUT" if body else "DELETE", "url": key},
                "response": {"status": "200", "etag": f'W/"{version}"', "lastModified": stamp},
            }
            for (key, version, body), stamp in zip(self.log, self.stamps, strict=True)
            if stamp >= since and (not path or key.startswith(f"{path[0]}/"))
        ]
        told.sort(key=lambda each: str(each["response"]["lastModified"]), reverse=True)
        return self._pages("history", told, params)

    def _search_by_time(self, kind: str, params: dict[str, str]) -> Told:
        floor = params.get("_lastUpdated", "ge").removeprefix("ge")
        wanted = params.get("_id", params.get("patient", PATIENT_ID)).removeprefix("Patient/")
        living = [body for key, (_, body) in self.current.items() if body and key.startswith(f"{kind}/")]
        found = [each for each in living if each["meta"]["lastUpdated"] >= floor and wanted == PATIENT_ID]
        found.sort(key=lambda each: str(each["meta"]["lastUpdated"]))
        if "_elements" in params:
            found = [{name: each[name] for name in ("resourceType", "id", "meta")} for each in found]
        return self._pages("searchset", [{"resource": each} for each in found], params)

    def _pages(self, kind: str, told: list[Resource], params: dict[str, str]) -> Told:
        """Keep the result, so that its pages are of one moment."""
        name = str(len(self._results))
        self._results[name] = told
        count = min(int(params.get("_count", "20")), self._page)
        return self._result({"_result": name, "_kind": kind, "_count": str(count), "_offset": "0"})

    def _result(self, params: dict[str, str]) -> Told:
        told, start, count = self._results[params["_result"]], int(params["_offset"]), int(params["_count"])
        bundle: Resource = {"resourceType": "Bundle", "type": params["_kind"]}
        bundle["entry"] = told[start : start + count]
        if start + count < len(told):
            query = urlencode({**params, "_offset": str(start + count)})
            bundle["link"] = [{"relation": "next", "url": f"http://x/fhir?{query}"}]
        return json_told(bundle)

    def _binary(self, name: str) -> Told:
        data = self.uploads.get(name)
        if data is None:
            return refused(404, "not-found")
        told = {"resourceType": "Binary", "id": name, "data": base64.b64encode(data).decode()}
        return json_told(told)

    # Writing

    def _put(self, key: str, asked: Asked) -> Told:
        body = orjson.loads(asked.body)
        if f"{body['resourceType']}/{body.get('id')}" != key:
            return refused(400, "invalid")
        if key.startswith("Binary/"):
            data = base64.b64decode(body["data"])
            self.uploads[body["id"]] = bytearray(data)
            self.binaries[body["id"]] = hashlib.sha256(data).hexdigest()
            return Told(201)
        request = {"method": "PUT", "url": key}
        for header, name in (("If-Match", "ifMatch"), ("If-None-Match", "ifNoneMatch")):
            if header in asked.headers:
                request[name] = asked.headers[header]
        return self._filed([{"resource": body, "request": request}])

    def _bundle(self, bundle: Resource) -> Told:
        if bundle["type"] == "transaction":
            told = self._filed(bundle["entry"])
            if told.status >= 400:
                return told
            answers = [{"response": {"status": "200 OK"}} for _ in bundle["entry"]]
        else:
            answers = [{"response": {"status": str(self._filed([each]).status)}} for each in bundle["entry"]]
        return json_told({"resourceType": "Bundle", "type": f"{bundle['type']}-response", "entry": answers})

    def _filed(self, found: list[Resource]) -> Told:
        """File all of it or nothing; the tries of a client, and who looked, are nobody's record."""
        for number, entry in enumerate(found):
            body, key = entry["resource"], entry["request"]["url"]
            if f"{body['resourceType']}/{body.get('id')}" != key:
                return refused(400, "invalid")
            wrong = self._fault(number, entry, key, body)
            if wrong is not None:
                return wrong
        for entry in found:
            self._file_one(entry, found)
        return Told(200)

    def _file_one(self, entry: Resource, among: list[Resource]) -> None:
        body, key = entry["resource"], entry["request"]["url"]
        if body["resourceType"] in {"Basic", "AuditEvent"} or "agent" in body:
            return self.change(key, body)
        self.check_named(key, body, [each["resource"] for each in among], entry["request"])
        self.change(key, body)
        if body["resourceType"] == "Provenance":
            self.note_filed(body["id"])
        return None
