"""The outbox of a PC: one sealed envelope per act that the service has not yet confirmed.

Decision: an envelope is durable under a provisional name *before* its act is committed, and takes
its final name after the commit and before the screen says "Enregistré". So a crash leaves either
an act that nobody was told of (its provisional files are swept), or an envelope that can be
delivered. The sealed document lies beside its envelope as a hard link (the wipe of the person's
folder leaves it), or as a copy where the file system has no links.

::

    <op_id>.document            the sealed document, if the act has one
    <op_id>.envelope.prepared   before the commit
    <op_id>.envelope            acknowledged: to be delivered
    <event id>.reading          an AuditEvent of the visit that the service has not got yet

Names are the operations' ids (UUIDv7), so that sorted they are in the order of the acts.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import threading
from typing import TYPE_CHECKING

import orjson

from app.clock import instant
from app.fhir.bundle import transaction
from app.fhir.document_reference import attachment_of, binary_id, sha256_of
from app.vault.disk import publish, replace_bytes, sync_folder, world, writing
from app.vault.envelope import seal_envelope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from app.fhir import Resource
    from app.records import Operation
    from app.vault.files import DocumentFiles

__all__ = [
    "DOCUMENT",
    "ENVELOPE",
    "LOCK",
    "PREPARED",
    "READING",
    "Sealer",
    "document_beside",
    "operation_json",
    "sweep",
    "waiting",
]

ENVELOPE, DOCUMENT, PREPARED, READING = ".envelope", ".document", ".envelope.prepared", ".reading"
LOCK = ".delivering"
"""An empty file beside them, locked by whoever delivers."""


class Sealer:
    """Seals the acts of one session into the PC's outbox; safe to use from several threads.

    ``presence`` returns what proves the session to the service (its access token), "" where there is none.
    """

    def __init__(
        self,
        outbox: Path,
        device_id: str,
        signing_key: Ed25519PrivateKey,
        service_public_key: bytes,
        *,
        presence: Callable[[], str] = str,
    ) -> None:
        self._presence = presence
        self.outbox = outbox
        self.device_id = device_id
        self._signing_key = signing_key
        self._service_public_key = service_public_key
        self._dropped: set[str] = set()
        self._lock = threading.Lock()
        outbox.mkdir(parents=True, exist_ok=True, mode=0o700)

    def sign(self, data: bytes) -> bytes:
        """Vouch for something with this PC's key; ``data`` begins with what it is."""
        return self._signing_key.sign(data)

    @property
    def public_key(self) -> bytes:
        """This PC's public key (Ed25519, raw)."""
        return self._signing_key.public_key().public_bytes_raw()

    @property
    def service_mark(self) -> bytes:
        """The first bytes of the service's key's SHA-256: whose PC this is."""
        return hashlib.sha256(self._service_public_key).digest()[:8]

    def prepare(self, operation: Operation, patient_id: str, files: DocumentFiles) -> None:
        """Make the envelope durable under its provisional name; called inside the act's transaction.

        Raises ``DiskFull`` or ``StoreUnreadable``; nothing is left then.
        """
        op_id, document_id = operation.op_id, operation.document_id
        try:
            if document_id:
                _place(files.path_of(document_id), self._path(op_id, DOCUMENT))
            replace_bytes(self._path(op_id, PREPARED), self._seal(operation, patient_id, files))
        except OSError as error:
            self.discard(op_id)
            raise world(error) from error
        except BaseException:
            self.discard(op_id)
            raise

    def _seal(self, operation: Operation, patient_id: str, files: DocumentFiles) -> bytes:
        body = operation_json(operation, patient_id, self._presence())
        pinned = self._service_public_key
        if operation.document_id is None:
            return seal_envelope(body, None, pinned, self.device_id, self._signing_key)
        with files.key_of(operation.document_id) as key:
            return seal_envelope(body, key, pinned, self.device_id, self._signing_key)

    def publish(self, op_id: str) -> None:
        """Give the envelope its final name, durably; the act may be acknowledged after this."""
        with self._lock:
            if op_id not in self._dropped:
                publish(self._path(op_id, PREPARED), self._path(op_id, ENVELOPE))

    def seal_again(self, operation: Operation, patient_id: str, files: DocumentFiles) -> None:
        """Seal an act anew whose envelope went when it was confirmed: the service has lost it since.

        Raises ``DiskFull`` or ``StoreUnreadable``.
        """
        with self._lock:
            self._dropped.discard(operation.op_id)
        self.prepare(operation, patient_id, files)
        self.publish(operation.op_id)

    def seal_event(self, event: Resource, patient_id: str) -> None:
        """Make an AuditEvent durable for the service, under the event's own id.

        Raises ``DiskFull`` or ``StoreUnreadable``.
        """
        body = orjson.dumps(
            {
                "op_id": event["id"],
                "patient": patient_id,
                "created_at": event["recorded"],
                "presence": self._presence(),
                "event": event,
            }
        )
        sealed = seal_envelope(body, None, self._service_public_key, self.device_id, self._signing_key)
        replace_bytes(self._path(event["id"], READING), sealed)

    def discard(self, op_id: str) -> None:
        """Take back what ``prepare`` wrote for an act that was not committed; what stays is swept."""
        self._remove(op_id)

    def drop(self, op_id: str) -> None:
        """Remove the envelope of an act that the service's feed has confirmed."""
        with self._lock:
            self._dropped.add(op_id)
            self._remove(op_id)

    def _remove(self, op_id: str) -> None:
        """Take away the envelope first: without it the document is noise.

        One that cannot be removed now (Windows, while it is read) is delivered once more or swept.
        """
        for suffix in (ENVELOPE, PREPARED, DOCUMENT, READING):
            with contextlib.suppress(OSError):
                self._path(op_id, suffix).unlink(missing_ok=True)

    def _path(self, op_id: str, suffix: str) -> Path:
        return self.outbox / f"{op_id}{suffix}"


def operation_json(operation: Operation, patient_id: str, presence: str = "") -> bytes:
    """Write what the service files: the act's transaction, as it would have been sent.

    ``{op_id, patient, created_at, presence, bundle, bases, document}``, where ``bases`` are what was
    changed, as it was, and ``document`` is ``{id, binary, content_type, size, sha256}`` or null.
    """
    return orjson.dumps(
        {
            "op_id": operation.op_id,
            "patient": patient_id,
            "created_at": instant(operation.created_at),
            "presence": presence,
            "bundle": transaction(operation.resources, operation.base_versions),
            "bases": dict(operation.bases),
            "document": _document(operation.resources, operation.document_id),
        }
    )


def _document(resources: Iterable[Resource], document_id: str | None) -> Resource | None:
    """Say which sealed document goes with the act, and as which Binary it is filed."""
    found = next((each for each in resources if document_id and each.get("id") == document_id), None)
    if found is None:
        return None
    attachment = attachment_of(found)
    return {
        "id": document_id,
        "binary": binary_id(found),
        "content_type": attachment.get("contentType"),
        "size": attachment.get("size"),
        "sha256": sha256_of(found),
    }


def waiting(outbox: Path) -> list[Path]:
    """List the envelopes to deliver, in the order of the acts, and after them the readings."""
    if not outbox.is_dir():
        return []
    return [path for suffix in (ENVELOPE, READING) for path in sorted(outbox.glob(f"*{suffix}"))]


def document_beside(envelope: Path) -> Path | None:
    """Return the sealed document that goes with an envelope, if it has one."""
    path = envelope.with_name(envelope.name.removesuffix(ENVELOPE) + DOCUMENT)
    return path if path.is_file() else None


def sweep(outbox: Path) -> int:
    """Remove what a crash left of acts that were never acknowledged; returns how many files.

    Only for the desk, while no session is running; a delivery may be.
    """
    kept = {path.name for path in waiting(outbox)}
    kept |= {LOCK, *(name.removesuffix(ENVELOPE) + DOCUMENT for name in kept)}
    stale = [path for path in (outbox.iterdir() if outbox.is_dir() else ()) if path.name not in kept]
    for path in stale:
        path.unlink(missing_ok=True)
    if stale:
        sync_folder(outbox)
    return len(stale)


def _place(source: Path, target: Path) -> None:
    """Link the sealed document beside its envelope, or copy it where links are not to be had."""
    target.unlink(missing_ok=True)
    try:
        target.hardlink_to(source)
    except OSError:
        with source.open("rb") as reading, writing(target) as copy:
            shutil.copyfileobj(reading, copy, 1 << 20)
