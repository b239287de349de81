"""The bytes of documents at another maker's server: Binary resources as JSON (R4 §Binary).

Context: R4 lets every server take a Binary as JSON; few take raw bytes under an id, none need take resumable
uploads. Decision: a file goes as one PUT and is read back before it counts as there, for nothing else
says that it is whole; the DocumentReference names it only after that. It is in memory meanwhile, so what
is larger than :data:`LARGEST` is refused with a reason. Where the server gives its own ids a Binary cannot be
created safely twice: one that a cut left behind there is named by nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import TYPE_CHECKING

from app.fhir import string
from sync.conformance import Check
from sync.failures import Absent, ServiceBroken, TooLarge, failure_of
from sync.rest import created_id
from sync.uploads import UploadDamaged

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.vault.sealed import SealedReader
    from sync.id_map import IdMap
    from sync.peer import Peer
    from sync.rest import Rest
    from sync.uploads import Upload

__all__ = ["LARGEST", "PeerBinaries"]

LARGEST = 20 << 20
"""In bytes; as base64 a third more."""
_ANSWER = 30 << 20
_TRIES = 2


class PeerBinaries:
    """Binaries at one server."""

    def __init__(self, rest: Rest, peer: Peer, ids: IdMap) -> None:
        self._rest = rest
        self._peer = peer
        self._ids = ids

    def put(self, wanted: Upload, reader: SealedReader, moved: Callable[[int], None]) -> None:
        """Bring a document's bytes.

        Raises:
            TooLarge: it is larger than what goes in one request.
            UploadDamaged: what is there is not what was sent, twice.
            TransportError: it could not be sent; nothing has to be taken back.

        """
        if wanted.size > LARGEST:
            raise TooLarge
        for _ in range(_TRIES):
            if self._has(wanted):
                return
            self._send(wanted, reader.read_at(0, wanted.size))
            moved(wanted.size)
        if not self._has(wanted):
            raise UploadDamaged

    def get(self, binary_id: str) -> bytes:
        """Read a Binary's bytes, told as JSON or as they are.

        Raises:
            Absent: it is not there. Or ``ServiceBroken``, where what came is no Binary.

        """
        path = self._rest.at("Binary", self._ids.theirs("Binary", binary_id))
        answer = self._rest.ask(path, headers={"Accept": "application/fhir+json"}, limit=_ANSWER)
        if "json" not in answer.headers.get("content-type", ""):
            return answer.body
        told = answer.json()
        if told.get("resourceType") != "Binary":
            raise ServiceBroken(status=answer.status)
        try:
            return base64.b64decode(string(told, "data") or "", validate=True)
        except binascii.Error as problem:
            raise ServiceBroken(status=answer.status) from problem

    def _has(self, wanted: Upload) -> bool:
        try:
            return hashlib.sha256(self.get(wanted.binary_id)).hexdigest() == wanted.sha256
        except Absent:
            return False

    def _send(self, wanted: Upload, data: bytes) -> None:
        body = {
            "resourceType": "Binary",
            "id": self._ids.theirs("Binary", wanted.binary_id),
            "contentType": wanted.content_type,
            "data": base64.b64encode(data).decode(),
        }
        ours = self._peer.can(Check.CLIENT_IDS)
        if ours:
            answer = self._rest.put(body)
        else:
            del body["id"]
            answer = self._rest.create(body)
        failure = failure_of(answer.status, answer.headers, answer.body)
        if failure is not None:
            raise failure
        if not ours:
            theirs = created_id(answer)
            if theirs is None:
                raise ServiceBroken(status=answer.status)
            self._ids.pair("Binary", wanted.binary_id, theirs)
