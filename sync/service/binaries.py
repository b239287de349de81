"""Binary: the bytes of a document, sealed in the store of objects, whole or by ranges.

``GET`` gives the bytes themselves under their own type, with Range (RFC 9110 §14), unless the reader
asks for FHIR JSON. The object is in its store before the row that speaks of it is committed.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import orjson

from app.fhir import Resource, string
from sync.service.exchange import FHIR_JSON, Answer, Ask, http_date
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.vault.sealed import SealedReader
    from sync.service.records import Held
    from sync.service.unit import Unit

__all__ = ["Bytes", "attach", "bytes_of", "from_raw", "is_raw", "keep", "show", "without_data"]

_RANGE = re.compile(r"bytes=([0-9]{0,15})-([0-9]{0,15})")


@dataclass(frozen=True, slots=True)
class Bytes:
    """What is known of a Binary's bytes; ``sha1`` is base64, as R4's ``Attachment.hash``."""

    object_id: str
    content_type: str
    size: int
    sha256: str
    sha1: str


def is_raw(ask: Ask) -> bool:
    """Say whether the body is the bytes themselves rather than a Binary in JSON."""
    return (
        not ask.in_bundle
        and ask.content_type not in {"application/fhir+json", "application/json+fhir"}
        and not (ask.content_type == "application/json" and b'"resourceType"' in ask.body[:512])
    )


def from_raw(ask: Ask) -> Resource:
    """Make a Binary of a body sent as it is."""
    if not ask.body:
        raise Refused("no-body")
    made: Resource = {
        "resourceType": "Binary",
        "contentType": ask.headers.get("content-type") or "application/octet-stream",
        "data": base64.b64encode(ask.body).decode(),
    }
    if ask.path[1:]:
        made["id"] = ask.path[1]
    if ask.headers.get("x-security-context"):
        made["securityContext"] = {"reference": ask.headers["x-security-context"]}
    return made


def without_data(resource: Resource) -> Resource:
    """Return the Binary as it is stored: its bytes are elsewhere."""
    return {key: value for key, value in resource.items() if key != "data"}


def keep(unit: Unit, resource: Resource, held: Held) -> None:
    """Note the object of the bytes that came inside a Binary (:mod:`sync.service.inline` puts it)."""
    if held.type != "Binary":
        return
    if unit.inline is None:
        raise RuntimeError("bytes are kept in work that `Inline.around` does")
    found = unit.inline.take(decoded(string(resource, "data") or "", "Binary.data"))
    content_type = string(resource, "contentType") or "application/octet-stream"
    attach(unit, held, replace(found, content_type=content_type))


def decoded(text: str, at: str) -> bytes:
    """Read base64, blanks allowed as R4 does."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise Refused("not-base64", at=at) from None


def attach(unit: Unit, held: Held, found: Bytes) -> None:
    """Note which object holds a Binary's bytes."""
    unit.records.sql.execute(
        'INSERT INTO "binary" (patient_key, id, version, object_id, content_type, size, sha256, sha1)'
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            held.patient_key, held.id, held.version,
            found.object_id, found.content_type, found.size, found.sha256, found.sha1,
        ),
    )  # fmt: skip


def bytes_of(unit: Unit, patient_key: str, binary_id: str, version: int | None = None) -> Bytes | None:
    """Return what is known of a Binary's bytes, of its last version unless one is named."""
    row = unit.records.sql.execute(
        'SELECT object_id, content_type, size, sha256, sha1 FROM "binary"'
        " WHERE patient_key = ? AND id = ? AND version = coalesce(CAST(? AS INTEGER), version)"
        " ORDER BY version DESC LIMIT 1",
        (patient_key, binary_id, version),
    ).fetchone()
    return Bytes(*row) if row else None


def show(unit: Unit, ask: Ask, held: Held) -> Answer:
    """Answer a read of a Binary."""
    found = bytes_of(unit, held.patient_key, held.id, held.version)
    if found is None:
        raise Refused("unknown")
    unit.seen(held)
    as_json = ask.in_bundle or "fhir+json" in ask.headers.get("accept", "")
    whole = as_json or (ask.method == "GET" and "range" not in ask.headers)
    reader = unit.service.objects.open(found.object_id, whole=whole)
    if as_json:
        with reader:
            return _as_json(held, reader.read())
    try:
        answer = _as_bytes(ask, held, found, reader)
    except BaseException:
        reader.close()
        raise
    if answer.stream is None:
        reader.close()
    return answer


def _as_json(held: Held, data: bytes) -> Answer:
    body = held.resource() | {"data": base64.b64encode(data).decode()}
    headers = {"content-type": FHIR_JSON, "etag": held.etag, "last-modified": http_date(held.updated)}
    return Answer(200, orjson.dumps(body), headers, held=held)


def _as_bytes(ask: Ask, held: Held, found: Bytes, reader: SealedReader) -> Answer:
    tag = f'"{held.version}-{found.sha256[:32]}"'
    headers = {
        "content-type": found.content_type,
        "etag": tag,
        "last-modified": http_date(held.updated),
        "accept-ranges": "bytes",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox",
        "content-disposition": "attachment",
    }
    if tag in [each.strip().removeprefix("W/") for each in ask.headers.get("if-none-match", "").split(",")]:
        return Answer(304, headers={"etag": tag})
    wanted = _wanted(ask, tag, found.size)
    start, end = wanted or (0, found.size)
    headers["content-length"] = str(end - start)
    if wanted:
        headers["content-range"] = f"bytes {start}-{end - 1}/{found.size}"
    if ask.method == "HEAD":
        return Answer(206 if wanted else 200, headers=headers)
    return Answer(206 if wanted else 200, headers=headers, stream=_pieces(reader, start, end))


def _wanted(ask: Ask, tag: str, size: int) -> tuple[int, int] | None:
    """Return the range asked for; ``None`` for the whole (no range, several, or another version)."""
    found = _RANGE.fullmatch(ask.headers.get("range", "").strip())
    if not found or ask.headers.get("if-range", tag).strip() != tag or not (found[1] or found[2]):
        return None
    if not found[1]:
        start, end = max(0, size - int(found[2])), size
    else:
        start, end = int(found[1]), min(size, int(found[2]) + 1) if found[2] else size
    if start >= size or end <= start:
        raise Refused("range", size=size)
    return start, end


def _pieces(reader: SealedReader, start: int, end: int) -> Iterator[bytes]:
    with reader:
        yield from reader.pieces(start, end)
