"""One FHIR request and its answer, apart from HTTP: a batch's entries are the same things."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

import orjson

from sync.service import outcome
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.fhir import Resource
    from sync.service.caller import Caller
    from sync.service.records import Held
    from sync.service.unit import Unit

__all__ = ["FHIR_JSON", "PATCH_JSON", "Answer", "Ask", "bundle", "of_held", "of_refusal", "of_resource"]

FHIR_JSON = "application/fhir+json; charset=utf-8"
PATCH_JSON = "application/json-patch+json"
_JSON_TYPES = frozenset(
    {"application/fhir+json", "application/json", "text/json", "application/json+fhir", ""}
)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: its path below the FHIR base, its parameters, headers (lower case) and body."""

    method: str
    path: tuple[str, ...]
    query: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    caller: Caller
    in_bundle: bool = False

    @property
    def content_type(self) -> str:
        """The media type of the body, without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    def prefers(self, wanted: str) -> bool:
        """Say whether ``Prefer`` asks for it."""
        parts = self.headers.get("prefer", "").replace(",", ";").split(";")
        return wanted in {part.strip() for part in parts}

    def json(self) -> Resource:
        """Return the body as a JSON object; refuses anything else."""
        if self.content_type not in _JSON_TYPES:
            raise Refused("content-type")
        return parsed(self.body)


def parsed(body: bytes) -> Resource:
    """Read a JSON object; refuses an empty body, what is not JSON, and what is no object."""
    if not body.strip():
        raise Refused("no-body")
    try:
        found = orjson.loads(body)
    except ValueError:
        raise Refused("not-json") from None
    if not isinstance(found, dict):
        raise Refused("not-json")
    return found


@dataclass(slots=True)
class Answer:
    """A status, a body and headers; ``stream`` instead of ``body`` for a document's bytes.

    ``reason``: the code of the refusal that it tells, if it is one.
    """

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    stream: Iterator[bytes] | None = None
    held: Held | None = None
    reason: str = ""

    def resource(self) -> Resource | None:
        """Return the body as an object, if it has one."""
        return parsed(self.body) if self.body and "json" in self.headers.get("content-type", "") else None


def of_resource(resource: Resource, status: int = 200) -> Answer:
    """Answer with a resource that is not stored."""
    return Answer(status, orjson.dumps(resource), {"content-type": FHIR_JSON})


def of_refusal(refused: Refused) -> Answer:
    """Answer that something was refused."""
    answer = of_resource(outcome.of_refusal(refused), refused.status)
    answer.reason = refused.reason
    if refused.status == 401:  # noqa: PLR2004 (a challenge goes with it: RFC 9110 §15.5.2)
        answer.headers["www-authenticate"] = "Bearer"
    if "seconds" in refused.fields:
        answer.headers["retry-after"] = str(refused.fields["seconds"])
    return answer


def of_held(unit: Unit, ask: Ask, held: Held, status: int) -> Answer:
    """Answer with a stored version: ETag, Last-Modified, Location for what was made, Prefer."""
    headers = {"etag": held.etag, "last-modified": http_date(held.updated), "content-type": FHIR_JSON}
    if ask.method in {"POST", "PUT"}:
        headers["location"] = f"{unit.service.fhir}/{held.key}/_history/{held.version}"
    body = (held.body or "").encode()
    if ask.method != "GET" and ask.prefers("return=minimal"):
        body = b""
    elif ask.method != "GET" and ask.prefers("return=OperationOutcome"):
        remark = outcome.with_warnings(unit.warnings) if unit.warnings else outcome.all_well()
        body = orjson.dumps(remark)
    if not body:
        headers.pop("content-type")
    return Answer(status, body, headers, held=held)


def http_date(instant: str) -> str:
    """Write a FHIR instant as an HTTP date."""
    return format_datetime(datetime.fromisoformat(instant), usegmt=True)


def bundle(kind: str, entries: list[Resource], **rest: object) -> Resource:
    """Make a Bundle."""
    return (
        {"resourceType": "Bundle", "type": kind, **rest, "entry": entries}
        if entries
        else {
            "resourceType": "Bundle",
            "type": kind,
            **rest,
        }
    )
