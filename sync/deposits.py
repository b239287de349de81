"""The files of acts that wait: each is at the service before its DocumentReference may exist there.

They travel in the documents' lanes, beside the acts: a radiograph on its way keeps no prescription waiting.
Nothing has to be remembered of what is there: an upload's address follows from its Binary's id, so after
a restart the service says how far it got.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from app.fhir.document_reference import binary_id, content_type, sha256_of
from app.vault.sealed import FileDamaged, FileMissing
from sync.failures import Busy, TransportError
from sync.lanes import Lane, Lanes, lane_of
from sync.uploads import Upload, UploadDamaged

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.clock import Clock
    from app.errors import TandemError
    from app.fhir import Resource
    from app.records import Operation, Records
    from app.vault.files import DocumentFiles
    from sync.destination import Destination
    from sync.verdicts import Judge

__all__ = ["Deposits"]

_AT_ONCE = 50


class Deposits:
    """Brings up the files that acts wait for. :meth:`has` from any thread, :meth:`step` from one a lane."""

    def __init__(
        self,
        records: Records,
        files: DocumentFiles,
        destination: Callable[[], Destination],
        judge: Judge,
        lanes: Lanes,
        *,
        clock: Clock,
        moved: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._records = records
        self._files = files
        self._destination = destination
        self._judge = judge
        self._lanes = lanes
        self._clock = clock
        self._moved = moved
        self._lock = threading.Lock()
        self._there: set[str] = set()

    def has(self, operation: Operation) -> bool:
        """Say whether an act may be sent: it has no file, or the service has it whole."""
        return operation.document_id is None or operation.op_id in self._there

    def forget(self, operation: Operation) -> None:
        """Bring a file up anew: the service says that it has it no longer."""
        with self._lock:
            self._there.discard(operation.op_id)

    def step(self, lane: Lane, stopping: Callable[[], bool]) -> bool:
        """Bring up one file of this lane; False when none is waiting.

        Raises:
            TransportError: the service cannot be reached or is broken; the file stays in line.

        """
        operation = self._next(lane)
        if operation is None:
            return False
        try:
            if not self._bring(operation, lane, stopping):
                return False
        except (TransportError, UploadDamaged, FileMissing, FileDamaged) as failure:
            self._failed(operation, failure)
            return True
        with self._lock:
            self._there.add(operation.op_id)
        return True

    def _next(self, lane: Lane) -> Operation | None:
        due = self._records.due(self._clock(), _AT_ONCE)
        return next((each for each in due if not self.has(each) and _lane(each) is lane), None)

    def _bring(self, operation: Operation, lane: Lane, stopping: Callable[[], bool]) -> bool:
        document = _document(operation)
        binary, digest = binary_id(document), sha256_of(document)
        if binary is None or digest is None or operation.document_id is None:
            raise FileMissing

        def moved(count: int) -> None:
            self._moved(count)
            self._lanes.give_way(lane)

        with self._files.open(operation.document_id) as reader, self._lanes.at_work(lane):
            wanted = Upload(binary, operation.document_id, content_type(document), digest, reader.size)
            return self._destination().bring(wanted, reader, moved=moved, stopping=stopping)

    def _failed(self, operation: Operation, failure: TandemError) -> None:
        self._judge.sentence(operation, failure)
        if isinstance(failure, Busy):
            raise failure


def _document(operation: Operation) -> Resource:
    return next((each for each in operation.resources if each.get("id") == operation.document_id), {})


def _lane(operation: Operation) -> Lane:
    from app.fhir.document_reference import size_of

    document = _document(operation)
    return lane_of(content_type(document), size_of(document))
