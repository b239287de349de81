"""The few FHIR interactions the desktop needs (R4 §3.1), and the service's change feed.

Decision: an answer is taken apart here and believed only if it is whole: a transaction's answer has
one good status for each entry sent, a page of the feed has its epoch, its next cursor, and in each
entry a type, an id and a version that agree with the body. Whatever does not is
:class:`ServiceBroken`, and the outcome is read back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs, urlsplit

import msgspec
import orjson

from app.fhir.bundle import entries, resources_of, statuses
from app.records.values import FeedEntry
from sync.failures import Absent, ServiceBroken, failure_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.fhir import Resource
    from sync.transport import Transport

__all__ = ["EPOCH_SYSTEM", "FeedPage", "FhirClient", "feed_page", "require_done"]

EPOCH_SYSTEM = "https://tandem.example/fhir/epoch"
FHIR_JSON = "application/fhir+json"
# So many are asked for one by one; more by a search.
_FEW = 2


@dataclass(frozen=True, slots=True)
class FeedPage:
    """One page of a citizen's change feed, oldest change first.

    ``cursor`` is where to go on, ``answers`` the one the page says it answers to. The feed is read
    to its end when the cursor does not move: a page may be empty because all in it is hidden.
    """

    entries: tuple[FeedEntry, ...]
    cursor: str
    epoch: str
    answers: str | None = None


class FhirClient:
    """FHIR at one service, in the name of one person."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def read(self, kind: str, resource_id: str) -> Resource:
        """Read one resource; raises ``Absent``."""
        return self._transport.request("GET", f"fhir/{kind}/{resource_id}").json()

    def has(self, kind: str, resource_id: str) -> bool:
        """Say whether the service has a resource: how an unclear outcome is cleared."""
        try:
            found = self.read(kind, resource_id)
        except Absent:
            return False
        if (found.get("resourceType"), found.get("id")) != (kind, resource_id):
            raise ServiceBroken(status=200)
        return True

    def those(self, kind: str, ids: Sequence[str]) -> frozenset[str]:
        """Return which of these resources the service has: how unclear outcomes are cleared."""
        if len(ids) <= _FEW:
            return frozenset(each for each in ids if self.has(kind, each))
        asked = {"_id": ",".join(ids), "_count": str(len(ids)), "_elements": "id"}
        answer = self._transport.request("POST", f"fhir/{kind}/_search", form=asked).json()
        if answer.get("type") != "searchset":
            raise ServiceBroken(status=200)
        found = {each.get("id") for each in resources_of(answer, kind)}
        return frozenset(each for each in ids if each in found)

    def transaction(self, body: bytes, cursor: str | None = None) -> None:
        """Send a transaction; comes back only if every entry was answered well.

        A server that ran it as a batch, or hid a refusal in an outer 200, raises as that entry. ``cursor`` is
        how far the feed was read whose versions it names: a service that was put back since files nothing
        (``Busy``).
        """
        headers = {"Content-Type": FHIR_JSON, "Prefer": "return=minimal"}
        if cursor is not None:
            headers[CURSOR] = cursor
        answer = self._transport.request("POST", "fhir", content=body, headers=headers).json()
        require_done(answer, len(entries(orjson.loads(body))))

    def changes(self, patient_id: str, cursor: str | None, count: int) -> FeedPage:
        """Read the next page of the feed; without a cursor from its beginning."""
        asked = {"_count": str(count)} | ({"_cursor": cursor} if cursor is not None else {})
        answer = self._transport.request("GET", f"fhir/Patient/{patient_id}/$changes", params=asked)
        return feed_page(answer.body)


def require_done(answer: Resource, count: int) -> None:
    """Raise what is wrong with a transaction's answer; ``count`` is how many entries were sent."""
    told = statuses(answer)
    if answer.get("type") != "transaction-response" or len(told) != count:
        raise ServiceBroken(status=200)
    for entry, status in zip(entries(answer), told, strict=True):
        failure = failure_of(status, {}, orjson.dumps(_outcome(entry)))
        if failure is not None:
            raise failure


CURSOR = "Tandem-Cursor"


class _Request(msgspec.Struct):
    method: str
    url: str


class _Response(msgspec.Struct):
    etag: str
    lastModified: str = ""  # noqa: N815 (FHIR's name)


class _Entry(msgspec.Struct):
    request: _Request
    response: _Response
    fullUrl: str | None = None  # noqa: N815 (FHIR's name)
    resource: msgspec.Raw = msgspec.Raw(b"")


class _Link(msgspec.Struct):
    relation: str = ""
    url: str = ""


class _Identifier(msgspec.Struct):
    value: str


class _Page(msgspec.Struct):
    resourceType: Literal["Bundle"]  # noqa: N815 (FHIR's name)
    type: Literal["history"]
    identifier: _Identifier
    link: list[_Link]
    entry: list[_Entry] = []


class _Named(msgspec.Struct):
    resourceType: str  # noqa: N815 (FHIR's name)
    id: str


_PAGE, _NAME = msgspec.json.Decoder(_Page), msgspec.json.Decoder(_Named)


def feed_page(body: bytes) -> FeedPage:
    """Take a page of the feed apart; the resources in it stay the JSON that they are.

    Raises:
        ServiceBroken: it is no whole page, or an entry's parts do not agree with each other.

    """
    try:
        page = _PAGE.decode(body)
        found = tuple([_agreeing(each) for each in page.entry])
    except (msgspec.MsgspecError, ValueError) as problem:
        raise ServiceBroken(status=200) from problem
    following = _cursor(page.link, "next")
    if not page.identifier.value or not following:
        raise ServiceBroken(status=200)
    return FeedPage(found, following, page.identifier.value, _cursor(page.link, "self"))


def _cursor(links: list[_Link], relation: str) -> str | None:
    for link in links:
        if link.relation == relation:
            values = parse_qs(urlsplit(link.url).query).get("_cursor")
            return values[0] if values else None
    return None


def _agreeing(entry: _Entry) -> FeedEntry:
    _, kind, resource_id = ("/" + (entry.fullUrl or entry.request.url)).rsplit("/", 2)
    version = entry.response.etag.removeprefix("W/").strip('"')
    if not kind or not resource_id or not version:
        raise ValueError
    updated = entry.response.lastModified
    if entry.request.method == "DELETE":
        return FeedEntry(kind, resource_id, version, updated, None)
    named = _NAME.decode(entry.resource)
    if (named.resourceType, named.id) != (kind, resource_id):
        raise ValueError
    return FeedEntry(kind, resource_id, version, updated, bytes(entry.resource).decode())


def _outcome(entry: Resource) -> Resource:
    response = entry.get("response")
    outcome = response.get("outcome") if isinstance(response, dict) else None
    return outcome if isinstance(outcome, dict) else {}
