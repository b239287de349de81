"""Uploads: tus 1.0 (core, creation, expiration, termination), sealed piece by piece.

Decision: what has arrived is never in clear on the disk: each piece of at most a mebibyte is a sealed
object of its own, and the offset moves in the same transaction as its row. A connection that breaks
loses at most the last piece. At the end the pieces become one object, the digest of the whole is
compared with the one announced (460 and gone when it differs), and only then is there a Binary.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import orjson

from app.clock import instant
from app.ids import mint
from app.vault.sealed import FileMissing
from sync.service import audit, helpers
from sync.service.binaries import Bytes, attach
from sync.service.dates import is_number
from sync.service.inline import unless_kept
from sync.service.records import SHARED
from sync.service.refusals import Refused
from sync.service.storage import EVERYONE
from sync.service.unit import Unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sync.service.caller import Caller
    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = ["PIECE", "VERSION", "Upload", "append", "create", "drop", "find", "options", "sweep"]

VERSION = "1.0.0"
PIECE = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


@dataclass(frozen=True, slots=True)
class Upload:
    """An upload under way, or done."""

    patient_key: str
    id: str
    owner: str
    length: int
    received: int
    sha256: str
    content_type: str
    expires: str
    done: bool

    def headers(self) -> dict[str, str]:
        """Return what HEAD and PATCH tell."""
        told = {"upload-offset": str(self.received), "upload-length": str(self.length)}
        if not self.done:
            told["upload-expires"] = format_datetime(datetime.fromisoformat(self.expires), usegmt=True)
        return told


def options(service: Service) -> dict[str, str]:
    """Say what is served."""
    return {
        "tus-version": VERSION,
        "tus-extension": "creation,expiration,termination",
        "tus-max-size": str(service.limits.upload),
    }


def create(service: Service, caller: Caller, headers: Mapping[str, str]) -> Upload:
    """``POST /uploads``; refuses an id that is taken (412: the bytes are there)."""
    length, told = _length(service, headers), _metadata(headers.get("upload-metadata", ""))
    upload_id = told.get("binary_id") or told.get("document_id") or mint()
    if not _ID.fullmatch(upload_id):
        raise Refused("bad-id", at="binary_id")
    expires = instant(service.clock() + timedelta(seconds=service.limits.upload_rest))
    with service.store.transaction(of=caller.scope) as sql:
        unit = _permitted(service, sql, caller)
        key = _key(unit)
        if _is_taken(unit, key, upload_id) or _row(sql, key, upload_id):
            raise Refused("exists")
        made = Upload(
            key, upload_id, caller.login, length, 0, _digest(told), _type(told), expires, done=False
        )
        _sweep(service, sql, key)
        done = sql.execute(
            "INSERT INTO upload (patient_key, id, owner, length, received, sha256, content_type, metadata,"
            " expires) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            (key, upload_id, caller.login, length, made.sha256, made.content_type,
             orjson.dumps(told).decode(), expires),
        )  # fmt: skip
        if done.rowcount != 1:
            raise Refused("exists")
    return made


def _permitted(service: Service, sql: Connection, caller: Caller) -> Unit:
    unit = Unit.begin(service, sql, caller)
    unit.permit("c", "Binary")
    helpers.check_act(unit, None, [{"resourceType": "Binary"}])
    return unit


def _is_taken(unit: Unit, key: str, upload_id: str) -> bool:
    """Say whether there is a Binary of that id where the caller works; another person's is not told of."""
    if unit.caller.is_system:
        return unit.records.owner("Binary", upload_id) is not None
    return unit.records.current(key, "Binary", upload_id) is not None


def _key(unit: Unit) -> str:
    return SHARED if unit.caller.is_system else unit.patient_key()


def _length(service: Service, headers: Mapping[str, str]) -> int:
    text = headers.get("upload-length", "")
    if not is_number(text) or int(text) == 0:
        raise Refused("upload-headers", name="Upload-Length")
    if int(text) > service.limits.upload:
        raise Refused("too-large", limit=service.limits.upload)
    return int(text)


def _metadata(text: str) -> dict[str, str]:
    made = {}
    for pair in filter(None, text.split(",")):
        name, _, value = pair.strip().partition(" ")
        try:
            made[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise Refused("upload-headers", name="Upload-Metadata") from None
    return made


def _digest(told: Mapping[str, str]) -> str:
    digest = told.get("sha256", "").lower()
    if not _SHA256.fullmatch(digest):
        raise Refused("upload-headers", name="Upload-Metadata (sha256)")
    return digest


def _type(told: Mapping[str, str]) -> str:
    text = told.get("content_type") or told.get("filetype") or "application/octet-stream"
    if not re.fullmatch(r"[\w.+-]+/[\w.+-]+( *; *[\w-]+=[\w.+-]+)*", text) or len(text) > 127:  # noqa: PLR2004
        raise Refused("upload-headers", name="Upload-Metadata (content_type)")
    return text


def _row(sql: Connection, key: str, upload_id: str) -> Upload | None:
    row = sql.execute(
        "SELECT patient_key, id, owner, length, received, sha256, content_type, expires, done FROM upload"
        " WHERE patient_key = ? AND id = ?",
        (key, upload_id),
    ).fetchone()
    if row is None:
        return None
    key, name, owner, length, received, sha256, content_type, expires, done = row
    return Upload(key, name, owner, length, received, sha256, content_type, expires, bool(done))


def find(service: Service, caller: Caller, upload_id: str) -> Upload:
    """Return an upload of this caller; anyone else's is unknown."""
    with service.store.read(of=caller.scope) as sql:
        unit = Unit.begin(service, sql, caller)
        unit.permit("c", "Binary")
        found = _row(sql, _key(unit), upload_id)
    if found is None:
        raise Refused("unknown")
    if not found.done and found.expires < instant(service.clock()):
        raise Refused("unknown")
    return found


def append(service: Service, caller: Caller, upload: Upload, piece: bytes) -> Upload:
    """Keep one more piece; the last one makes the Binary. Refuses another offset than the one held."""
    object_id = mint()
    if upload.received + len(piece) > upload.length:
        raise Refused("too-large", limit=upload.length)
    service.objects.write(object_id, io.BytesIO(piece))
    end = upload.received + len(piece)
    with unless_kept(service.objects, object_id):
        _keep_piece(service, upload, object_id, end)
    moved = Upload(
        upload.patient_key, upload.id, upload.owner, upload.length, end, upload.sha256, upload.content_type,
        upload.expires, done=False,
    )  # fmt: skip
    return _finish(service, caller, moved) if end == upload.length else moved


def _keep_piece(service: Service, upload: Upload, object_id: str, end: int) -> None:
    expires = instant(service.clock() + timedelta(seconds=service.limits.upload_rest))
    with service.store.transaction(of=upload.patient_key) as sql:
        moved = sql.execute(
            "UPDATE upload SET received = ?, expires = ?"
            " WHERE patient_key = ? AND id = ? AND received = ? AND done = 0",
            (end, expires, upload.patient_key, upload.id, upload.received),
        )
        if moved.rowcount != 1:
            held = _row(sql, upload.patient_key, upload.id)
            raise Refused("upload-offset", received=held.received if held else 0)
        sql.execute(
            "INSERT INTO upload_piece (patient_key, upload_id, start, object_id) VALUES (?, ?, ?, ?)",
            (upload.patient_key, upload.id, upload.received, object_id),
        )


def finish_if_whole(service: Service, caller: Caller, upload: Upload) -> Upload:
    """Finish an upload whose last piece came just before a crash."""
    whole = upload.received == upload.length and not upload.done
    return _finish(service, caller, upload) if whole else upload


def _finish(service: Service, caller: Caller, upload: Upload) -> Upload:
    try:
        return _joined(service, caller, upload)
    except (Refused, FileMissing):
        # Another worker may have finished it meanwhile, asked by a caller who did not wait for us.
        with service.store.read(of=upload.patient_key) as sql:
            held = _row(sql, upload.patient_key, upload.id)
        if held is None or not held.done:
            raise
        return held


def _joined(service: Service, caller: Caller, upload: Upload) -> Upload:
    with service.store.read(of=upload.patient_key) as sql:
        pieces = _pieces(sql, upload)
    object_id = mint()
    source = _Joined(service, pieces)
    sealed = service.objects.write(object_id, io.BufferedReader(source, PIECE))
    if sealed.sha256 != upload.sha256:
        service.objects.remove(object_id)
        _remove(service, upload)
        raise Refused("upload-digest")
    with unless_kept(service.objects, object_id):
        _make_binary(service, caller, upload, object_id, source.sha1.digest())
    for piece in pieces:
        service.objects.remove(piece)
    return Upload(
        upload.patient_key, upload.id, upload.owner, upload.length, upload.length, upload.sha256,
        upload.content_type, upload.expires, done=True,
    )  # fmt: skip


def _pieces(sql: Connection, upload: Upload) -> list[str]:
    rows = sql.execute(
        "SELECT object_id FROM upload_piece WHERE patient_key = ? AND upload_id = ? ORDER BY start",
        (upload.patient_key, upload.id),
    )
    return [row[0] for row in rows]


def _make_binary(service: Service, caller: Caller, upload: Upload, object_id: str, sha1: bytes) -> None:
    with service.store.transaction(of=caller.scope) as sql:
        unit = _permitted(service, sql, caller)
        held = unit.create({"resourceType": "Binary", "contentType": upload.content_type}, upload.id)
        hashed = base64.b64encode(sha1).decode()
        attach(unit, held, Bytes(object_id, upload.content_type, upload.length, upload.sha256, hashed))
        sql.execute(
            "UPDATE upload SET done = 1 WHERE patient_key = ? AND id = ?", (upload.patient_key, upload.id)
        )
        sql.execute(
            "DELETE FROM upload_piece WHERE patient_key = ? AND upload_id = ?",
            (upload.patient_key, upload.id),
        )
        audit.write(unit, unit.records)


def drop(service: Service, upload: Upload) -> None:
    """``DELETE``: what came so far is forgotten."""
    _remove(service, upload)


def _remove(service: Service, upload: Upload) -> None:
    with service.store.transaction(of=upload.patient_key) as sql:
        pieces = _forget(sql, upload.patient_key, upload.id)
    for piece in pieces:
        service.objects.remove(piece)


def _forget(sql: Connection, patient_key: str, upload_id: str) -> list[str]:
    place = (patient_key, upload_id)
    rows = sql.execute("SELECT object_id FROM upload_piece WHERE patient_key = ? AND upload_id = ?", place)
    pieces = [row[0] for row in rows.fetchall()]
    sql.execute("DELETE FROM upload_piece WHERE patient_key = ? AND upload_id = ?", place)
    sql.execute("DELETE FROM upload WHERE patient_key = ? AND id = ?", place)
    return pieces


def sweep(service: Service) -> None:
    """Forget everyone's uploads that rested too long."""
    with service.store.read(of=EVERYONE) as sql:
        rows = sql.execute(
            "SELECT DISTINCT patient_key FROM upload WHERE done = 0 AND expires < ?",
            (instant(service.clock()),),
        ).fetchall()
    for (key,) in rows:
        with service.store.transaction(of=key) as sql:
            _sweep(service, sql, key)


def _sweep(service: Service, sql: Connection, key: str) -> None:
    """Forget uploads of one record that rested too long; their pieces become orphans."""
    for row in sql.execute(
        "SELECT id FROM upload WHERE patient_key = ? AND done = 0 AND expires < ?",
        (key, instant(service.clock())),
    ).fetchall():
        _forget(sql, key, row[0])


class _Joined(io.RawIOBase):
    """The pieces, one after the other, as one file; it computes R4's SHA-1 as it is read."""

    def __init__(self, service: Service, pieces: list[str]) -> None:
        super().__init__()
        self.sha1 = hashlib.sha1(usedforsecurity=False)
        self._parts = self._read_all(service, pieces)
        self._rest = b""

    @staticmethod
    def _read_all(service: Service, pieces: list[str]) -> Iterator[bytes]:
        for object_id in pieces:
            with service.objects.open(object_id, whole=True) as reader:
                yield reader.read()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if not self._rest:
            self._rest = next(self._parts, b"")
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        self.sha1.update(taken)
        buffer[: len(taken)] = taken
        return len(taken)
