"""FHIR's REST interactions (R4 §3.1) at any server, and what a page of an answer holds.

Decision: a page is taken apart entry by entry. One that cannot be read is counted and left out (one bad
resource must not keep a whole record away); an answer that is no Bundle at all is :class:`ServiceBroken`.
The address of a next page is the server's to choose, on its own origin only: our token goes nowhere else.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import orjson

from app.fhir import Resource, node, nodes, string
from app.fhir.bundle import next_link
from app.records.values import FeedEntry
from sync.failures import ServiceBroken
from sync.transport import ANSWER_LIMIT

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sync.transport import Answer, Transport

__all__ = ["REFUSALS", "Page", "Rest", "created_id", "version_of"]

FHIR_JSON = "application/fhir+json"
REFUSALS = frozenset(range(400, 500)) - {401, 407, 423, 425, 429}
"""Statuses that answer a question; the others are failures whatever was asked."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a history or of a search.

    ``entries`` without a body were deleted; ``bare`` are changes told without their content, to be read;
    ``broken`` counts entries that say nothing usable; ``served`` is the server's clock.
    """

    entries: tuple[FeedEntry, ...]
    bare: tuple[tuple[str, str], ...]
    broken: int
    following: str | None
    served: datetime | None


class Rest:
    """FHIR at one server. ``root`` is its FHIR base below the transport's address."""

    def __init__(self, transport: Transport, root: str = "fhir") -> None:
        self._transport = transport
        self._root = root.strip("/")

    @property
    def base(self) -> str:
        """The FHIR base."""
        return self._transport.url(self._root).rstrip("/")

    def at(self, *path: str) -> str:
        """Make the path of an interaction."""
        return "/".join(part for part in (self._root, *path) if part)

    def relative(self, reference: str) -> str:
        """Make a reference to this very server relative."""
        return reference.removeprefix(f"{self.base}/")

    # Reading

    def ask(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        also: Collection[int] = (),
        limit: int = ANSWER_LIMIT,
    ) -> Answer:
        """GET; statuses in ``also`` come back instead of raising. ``limit`` is in bytes."""
        return self._transport.request("GET", path, params=params, headers=headers, also=also, limit=limit)

    def read(self, kind: str, resource_id: str) -> Resource:
        """Read one resource as it now is; raises ``Absent``, ``ServiceBroken`` where it is another."""
        found = self.ask(self.at(kind, resource_id)).json()
        if (found.get("resourceType"), found.get("id")) != (kind, resource_id):
            raise ServiceBroken(status=200)
        return found

    def entry(self, kind: str, resource_id: str) -> FeedEntry:
        """Read one resource as an entry of a page."""
        return _of_resource(self.read(kind, resource_id))

    def history(
        self, since: str | None, kind: str | None = None, *, count: int, sort: str | None = None
    ) -> Page:
        """Ask for the first page of the history of the system or of a type."""
        params = {"_count": str(count)} | ({"_since": since} if since else {})
        path = self.at(kind, "_history") if kind else self.at("_history")
        return self._page(self.ask(path, params | ({"_sort": sort} if sort else {})), path)

    def search(self, kind: str, params: Mapping[str, str]) -> Page:
        """Ask for the first page of a search."""
        path = self.at(kind)
        return self._page(self.ask(path, params), path)

    def following(self, address: str) -> Page:
        """Ask for the page at an address that this server gave."""
        return self._page(self.ask(address), address)

    def takes_uploads(self) -> bool:
        """Say whether resumable uploads (tus 1.0) are taken here, where a desk sends files."""
        refused = REFUSALS | set(range(500, 600))
        answer = self._transport.request("OPTIONS", urljoin(f"{self.base}/", "../uploads"), also=refused)
        return answer.status not in refused and "tus-version" in answer.headers

    # Writing

    def put(self, resource: Resource, **headers: str) -> Answer:
        """PUT under its own id; refusals come back. Headers as ``If_Match="…"``."""
        path = self.at(resource["resourceType"], resource["id"])
        return self._write("PUT", path, resource, headers)

    def create(self, resource: Resource, **headers: str) -> Answer:
        """POST; the server chooses the id. Refusals come back."""
        return self._write("POST", self.at(resource["resourceType"]), resource, headers)

    def bundle(self, bundle: Resource) -> Answer:
        """POST a batch or a transaction. Refusals come back."""
        return self._write("POST", self.at(), bundle, {})

    def delete(self, kind: str, resource_id: str, **headers: str) -> Answer:
        """DELETE. Refusals come back."""
        return self._transport.request(
            "DELETE", self.at(kind, resource_id), headers=_named(headers), also=REFUSALS
        )

    def _write(self, method: str, path: str, body: Resource, headers: Mapping[str, str]) -> Answer:
        return self._transport.request(
            method,
            path,
            content=orjson.dumps(body),
            headers={"Content-Type": FHIR_JSON, "Prefer": "return=minimal", **_named(headers)},
            also=REFUSALS,
        )

    def _page(self, answer: Answer, path: str) -> Page:
        bundle = answer.json()
        kind = bundle.get("type")
        if bundle.get("resourceType") != "Bundle" or kind not in {"history", "searchset"}:
            raise ServiceBroken(status=answer.status)
        read = _history_entry if kind == "history" else _search_entry
        found, bare, broken = [], [], 0
        for each in nodes(bundle, "entry"):
            if kind == "searchset" and string(each, "search", "mode") not in {None, "match"}:
                continue
            told = read(each)
            if isinstance(told, FeedEntry):
                found.append(told)
            elif told is not None:
                bare.append(told)
            else:
                broken += 1
        following = next_link(bundle)
        if following is not None:
            following = urljoin(self._transport.url(path), following)
        return Page(tuple(found), tuple(bare), broken, following, _served(answer))


def version_of(resource: Resource) -> str:
    """Return what tells a version from another, also where a server numbers none."""
    told = string(resource, "meta", "versionId") or string(resource, "meta", "lastUpdated")
    return told or hashlib.sha256(orjson.dumps(resource, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def created_id(answer: Answer) -> str | None:
    """Return the id that a server gave to what it created: from the address, else from the body."""
    place = answer.headers.get("location", "").partition("/_history/")[0].rstrip("/")
    named = place.rpartition("/")[2]
    return named or (string(answer.json(), "id") if answer.body else None)


def _named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def _served(answer: Answer) -> datetime | None:
    try:
        return parsedate_to_datetime(answer.headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return None


def _of_resource(body: Resource) -> FeedEntry:
    updated = string(body, "meta", "lastUpdated") or ""
    return FeedEntry.of(body["resourceType"], body["id"], version_of(body), updated, body)


def _search_entry(entry: Resource) -> FeedEntry | tuple[str, str] | None:
    body = node(entry, "resource")
    return _of_resource(body) if string(body, "resourceType") and string(body, "id") else None


def _history_entry(entry: Resource) -> FeedEntry | tuple[str, str] | None:
    body = node(entry, "resource")
    key = _key(entry, body)
    if key is None:
        return None
    tag = (string(entry, "response", "etag") or "").removeprefix("W/").strip('"')
    updated = string(entry, "response", "lastModified") or string(body, "meta", "lastUpdated") or ""
    if string(entry, "request", "method") == "DELETE":
        return FeedEntry.of(*key, tag or f"deleted {updated}", updated, None)
    if not body:
        return key
    return FeedEntry.of(*key, string(body, "meta", "versionId") or tag or version_of(body), updated, body)


def _key(entry: Resource, body: Resource) -> tuple[str, str] | None:
    """Say which resource an entry is about; its parts may not contradict each other."""
    if body:
        kind, resource_id = string(body, "resourceType"), string(body, "id")
        return (kind, resource_id) if kind and resource_id else None
    for address in (string(entry, "request", "url"), string(entry, "fullUrl")):
        parts = urlsplit(address or "").path.partition("/_history/")[0].strip("/").split("/")
        if len(parts) >= 2 and parts[-2][:1].isupper():  # noqa: PLR2004 (a type and an id)
            return parts[-2], parts[-1]
    return None
