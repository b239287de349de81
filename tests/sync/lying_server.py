"""A small FHIR server in memory that does what it says, but for the lies that a test gives it."""

from __future__ import annotations

import itertools
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import orjson

from app.clock import instant
from app.fhir import nodes, reference_id
from app.ids import mint

Body = dict[str, Any]
Answer = tuple[int, Body | None, dict[str, str]]
_KINDS = {
    "Patient": "_id",
    "Observation": "patient",
    "Provenance": "patient",
    "Basic": "subject",
    "DocumentReference": "patient",
    "List": "patient",
    "AllergyIntolerance": "patient",
}


class LyingServer(ThreadingHTTPServer):
    """Loopback; ``lies`` names what it does wrongly."""

    daemon_threads = True

    def __init__(self, *lies: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lies = frozenset(lies)
        self.most = 1000
        self.base = f"http://127.0.0.1:{self.server_address[1]}/fhir"
        self.versions: list[Body] = []
        self.now: dict[tuple[str, str], Body] = {}
        self._ticks = itertools.count()
        self._began = datetime.now(UTC).timestamp() - 3600
        self.lock = threading.RLock()
        self._thread = threading.Thread(
            target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self.shutdown()
        self._thread.join()
        self.server_close()

    # What it keeps

    def write(self, method: str, kind: str, resource_id: str, body: Body | None) -> Body:
        """Write a version and return it."""
        count = sum((each["kind"], each["id"]) == (kind, resource_id) for each in self.versions)
        stamp = instant(datetime.fromtimestamp(self._began + next(self._ticks), UTC))
        version = {
            "kind": kind,
            "id": resource_id,
            "method": method,
            "version": str(count + 1),
            "stamp": stamp,
        }
        if body is not None:
            meta = {"versionId": version["version"], "lastUpdated": stamp}
            body = {**body, "id": resource_id, "meta": meta}
        version["body"] = body
        self.versions.append(version)
        self.now[kind, resource_id] = version
        return version

    def living(self, kind: str) -> list[Body]:
        """Return what there is of a type."""
        return [each["body"] for key, each in self.now.items() if key[0] == kind and each["body"]]

    # What it answers

    def answer(self, method: str, path: list[str], asked: dict[str, str], body: Body, told: Any) -> Answer:  # noqa: ANN401
        """Answer one interaction."""
        if path == ["metadata"]:
            return 200, self._statement(), {}
        if "yes-to-everything" in self.lies:
            return 200, {"resourceType": "Patient", "id": path[-1] if path else "x"}, {}
        if not path:
            return self._bundle(body)
        if path[-1] == "_history":
            return 200, self._history(path[:-1], asked), {}
        if len(path) == 1 and method == "GET":
            return self._search(path[0], asked)
        if len(path) == 1:
            return self._create(path[0], body, told("If-None-Exist"))
        if method == "GET":
            return self._read(path)
        return self._change(method, path[0], path[1], body, told)

    def _statement(self) -> Body:
        codes = ("read", "update", "create", "delete", "history-type", "search-type")
        resources = [
            {
                "type": kind,
                "interaction": [{"code": code} for code in codes],
                "searchParam": [{"name": name}, {"name": "_lastUpdated"}],
            }
            for kind, name in _KINDS.items()
        ]
        interactions = [{"code": code} for code in ("transaction", "batch", "history-system")]
        return {
            "resourceType": "CapabilityStatement",
            "fhirVersion": "4.0.1",
            "software": {"name": "Liar", "version": "1"},
            "rest": [{"mode": "server", "resource": resources, "interaction": interactions}],
        }

    def _read(self, path: list[str]) -> Answer:
        kind, resource_id = path[0], path[1]
        held = self.now.get((kind, resource_id))
        if len(path) == 4:
            held = next(
                (
                    v
                    for v in self.versions
                    if (v["kind"], v["id"], v["version"]) == (kind, resource_id, path[3])
                ),
                None,
            )
        if held is None:
            return 404, None, {}
        if held["body"] is None:
            if "deleted-still-read" in self.lies:
                old = [v for v in self.versions if (v["kind"], v["id"]) == (kind, resource_id) and v["body"]]
                return 200, old[-1]["body"], {}
            return (404 if "404-for-gone" in self.lies else 410), None, {}
        return 200, held["body"], {"ETag": f'W/"{held["version"]}"'}

    def _change(self, method: str, kind: str, resource_id: str, body: Body, told: Any) -> Answer:  # noqa: ANN401
        held = self.now.get((kind, resource_id))
        version = held["version"] if held and held["body"] else None
        wanted = told("If-Match")
        ignores = "ignores-if-match" if method == "PUT" else "deletes-any-version"
        if wanted and wanted != f'W/"{version}"' and ignores not in self.lies:
            return 412, None, {}
        if method == "DELETE":
            if version and "says-deleted" not in self.lies:
                self.write("DELETE", kind, resource_id, None)
            return 204, None, {}
        if told("If-None-Match") == "*" and version and "overwrites" not in self.lies:
            return 412, None, {}
        if body.get("id") != resource_id or (kind == "Provenance" and "no-provenance" in self.lies):
            return 400, None, {}
        if version is None and "own-ids-only" in self.lies:
            return 405, None, {}
        if "says-saved" in self.lies:
            return 201, None, {}
        if "own-ids" in self.lies:
            resource_id = mint()
        self.write("PUT", kind, resource_id, body)
        return (200 if version else 201), None, {"Location": f"{self.base}/{kind}/{resource_id}"}

    def _create(self, kind: str, body: Body, condition: str | None) -> Answer:
        if condition and "creates-twice" not in self.lies:
            value = condition.rpartition("|")[2]
            for each in self.living(kind):
                if any(found.get("value") == value for found in nodes(each, "identifier")):
                    return 200, None, {"Location": f"{self.base}/{kind}/{each['id']}"}
        made = self.write("POST", kind, mint(), body)
        return 201, None, {"Location": f"{self.base}/{kind}/{made['id']}/_history/1"}

    def _bundle(self, bundle: Body) -> Answer:
        kind = bundle["type"]
        before = (list(self.versions), dict(self.now))
        told = []
        for entry in bundle["entry"]:
            path = entry["request"]["url"].split("/")
            request = entry["request"]
            wanted = None if "bundle-ignores-if-match" in self.lies else request.get("ifMatch")
            told_with = {"If-Match": wanted, "If-None-Match": request.get("ifNoneMatch")}
            status, _, _ = self._change("PUT", path[0], path[1], entry["resource"], told_with.get)
            told.append(status)
        failed = any(status >= 400 for status in told)
        if kind == "transaction" and failed and "no-rollback" not in self.lies:
            self.versions, self.now = before
            if "phantom-200" not in self.lies:
                return max(told), None, {}
        if kind == "batch" and "batch-all-well" in self.lies:
            told = [200] * len(told)
        entries = [{"response": {"status": str(status)}} for status in told]
        return 200, {"resourceType": "Bundle", "type": f"{kind}-response", "entry": entries}, {}

    def _history(self, path: list[str], asked: dict[str, str]) -> Body:
        since = "" if "ignores-since" in self.lies else asked.get("_since", "")
        told = [
            {
                "fullUrl": f"{self.base}/{each['kind']}/{each['id']}",
                **({"resource": each["body"]} if each["body"] else {}),
                "request": {"method": each["method"], "url": f"{each['kind']}/{each['id']}"},
                "response": {
                    "status": "200",
                    "etag": f'W/"{each["version"]}"',
                    "lastModified": each["stamp"],
                },
            }
            for each in reversed(self.versions)
            if each["stamp"] >= since
            and (not path or each["kind"] == path[0])
            and not ("hides-deletions" in self.lies and each["body"] is None)
        ]
        kept = {
            key: value for key, value in asked.items() if key != "_since" or "drops-since" not in self.lies
        }
        return self._page("history", told, [*path, "_history"], kept, "skips-history")

    def _search(self, kind: str, asked: dict[str, str]) -> Answer:
        found = self.living(kind)
        wanted = asked.get("_id") or asked.get("patient") or asked.get("subject", "").rpartition("/")[2]
        if wanted and "ignores-patient" not in self.lies:
            found = [each for each in found if wanted in self._persons(each)]
        floor = asked.get("_lastUpdated", "ge").removeprefix("ge")
        if "ignores-last-updated" not in self.lies:
            found = [each for each in found if each["meta"]["lastUpdated"] >= floor]
        if asked.get("_sort") == "_lastUpdated" and "sorts-backwards" in self.lies:
            found.reverse()
        if "_elements" in asked and "ignores-elements" not in self.lies:
            found = [{key: each[key] for key in ("resourceType", "id", "meta")} for each in found]
        told = [{"resource": each, "search": {"mode": "match"}} for each in found]
        return 200, self._page("searchset", told, [kind], asked, "skips-search"), {}

    def _persons(self, body: Body) -> set[str | None]:
        if body["resourceType"] == "Patient":
            return {body["id"]}
        named = [body.get("subject"), body.get("patient"), *body.get("target", ())]
        found = {reference_id(each, "Patient") for each in named}
        basics = [self.now.get(("Basic", str(reference_id(each, "Basic")))) for each in named]
        return found | {reference_id((each["body"] or {}).get("subject")) for each in basics if each}

    def _page(self, kind: str, told: list[Body], path: list[str], asked: dict[str, str], skips: str) -> Body:
        count, start = min(int(asked.get("_count", "20")), self.most), int(asked.get("_offset", "0"))
        step = count + 1 if skips in self.lies else count
        bundle: Body = {"resourceType": "Bundle", "type": kind, "entry": told[start : start + count]}
        if start + count < len(told):
            query = urlencode({**asked, "_offset": start + step})
            bundle["link"] = [{"relation": "next", "url": f"{self.base}/{'/'.join(path)}?{query}"}]
        return bundle


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: LyingServer

    def serve(self) -> None:
        """Answer one request."""
        parts = urlsplit(self.path)
        path = [each for each in parts.path.removeprefix("/fhir").split("/") if each]
        asked = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        data = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = orjson.loads(data) if data else {}
        if self.command == "OPTIONS":
            status, told, headers = 404, None, {}
        else:
            with self.server.lock:
                status, told, headers = self.server.answer(self.command, path, asked, body, self.headers.get)
        written = orjson.dumps(told) if told is not None else b""
        self.send_response(status)
        for name, value in {"Content-Type": "application/fhir+json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(written)))
        self.end_headers()
        self.wfile.write(written)

    do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = serve  # noqa: N815 (http.server's names)

    def log_message(self, *args: object) -> None:
        """Say nothing."""
