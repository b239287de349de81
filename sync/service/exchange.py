"""One FHIR request and its answer, apart from HTTP: a batch's entries are the same things."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import orjson

from sync.service import outcome
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from app.fhir import Resource
    from sync.service.caller import Caller
    from sync.service.records import Held
    from sync.service.unit import Unit

__all__ = [
    "FHIR_JSON", "PATCH_JSON", "Answer", "Ask", "bundle", "of_held", "of_refusal", "of_resource",
    "parsed", "read_json",
]  # fmt: skip

FHIR_JSON = "application/fhir+json; charset=utf-8"
PATCH_JSON = "application/json-patch+json"
_CHARSETS = frozenset({"", "utf-8", "utf8"})
_DEEPEST, _DIGITS = 100, 18
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*"')
_STEPS = bytes.maketrans(b"{[]}", b"\x02\x02\x00\x00")
_OTHERS = bytes(each for each in range(256) if each not in b"{[]}")
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
        if self.content_type not in _JSON_TYPES or self._charset not in _CHARSETS:
            raise Refused("content-type")
        return orjson.loads(self.body) if self.in_bundle else parsed(self.body)

    @property
    def _charset(self) -> str:
        """Return the announced charset: FHIR's JSON is UTF-8 (R4 §3.1.0.1.11)."""
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.partition("=")
            if name.strip().lower() == "charset":
                return value.strip().strip('"').lower()
        return ""


def parsed(body: bytes) -> Resource:
    """Read a JSON object; refuses an empty body, what is not JSON, and what is no object."""
    found = read_json(body)
    if not isinstance(found, dict):
        raise Refused("not-json")
    return found


def read_json(body: bytes) -> Any:  # noqa: ANN401 (any JSON value)
    """Read JSON that anybody sent: a name given twice is refused, for one of the two would be lost unseen.

    Raises ``no-body``, ``not-json``, ``too-deep``, ``name-twice``, ``number-large``.
    """
    if not body.strip():
        raise Refused("no-body")
    try:
        orjson.loads(body)
    except ValueError:
        raise Refused("not-json") from None
    if _is_deep(body):
        raise Refused("too-deep")
    return json.loads(body, object_pairs_hook=_once, parse_int=_whole)


def _is_deep(body: bytes) -> bool:
    """Say whether objects and lists stand in each other further than any resource's do."""
    if body.count(b"{") + body.count(b"[") <= _DEEPEST:
        return False
    brackets = _TEXT.sub(b"", body).translate(_STEPS, _OTHERS)
    return max(accumulate(brackets, lambda depth, step: depth + step - 1), default=0) > _DEEPEST


def _whole(text: str) -> int:
    """Read a whole number; refuses one that would come back as another."""
    if len(text) > _DIGITS:
        raise Refused("number-large")
    return int(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        names = [name for name, _ in pairs]
        raise Refused("name-twice", at=next(each for each in names if names.count(each) > 1)[:64])
    return made


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
        told = self.body and "json" in self.headers.get("content-type", "")
        return orjson.loads(self.body) if told else None


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
