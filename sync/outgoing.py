"""The push: acts in their order, each sent once and believed only when it is read back.

The life of an operation is in ``app/records``; here is what moves it. The exact bytes are stored
before they leave. Whatever was sent once is first looked for at the service (its Provenance has
the operation's id) before it is sent again: a cut between the service's commit and its answer
makes no second document. An answer only makes it *answered*; the feed confirms it.
What a failure means for an operation is a pure function, :func:`verdict`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

import orjson

from app.fhir.bundle import transaction
from app.fhir.document_reference import binary_id, content_type, sha256_of
from app.records.values import OperationState
from app.vault.sealed import FileDamaged, FileMissing
from sync.backoff import full_jitter
from sync.failures import (
    Absent,
    Busy,
    Forbidden,
    Offline,
    Refused,
    ServiceBroken,
    TooLarge,
    TransportError,
    Unauthorised,
    VersionClash,
)
from sync.uploads import Upload, UploadDamaged, upload

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from datetime import datetime

    from app.clock import Clock
    from app.errors import TandemError
    from app.fhir import Resource
    from app.records import Records
    from app.records.values import Operation
    from app.vault.files import DocumentFiles
    from sync.fhir_client import FhirClient
    from sync.transport import Transport

__all__ = ["Fate", "Outgoing", "Verdict", "verdict"]

NOT_READ_BACK = "not-read-back"
_BATCH = 50
# So many operations in a row that meet a broken service: it is the service, not them.
_BREAKER = 3
_BINARY_MISSING = "binary-missing"
_FORGIVEN = timedelta(minutes=20)


class Fate(StrEnum):
    """What becomes of an operation after a failure."""

    STOP = "stop"
    RETRY = "retry"
    PARK = "park"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A fate, the seconds until the next try, and whether the others must wait as well."""

    fate: Fate
    seconds: float = 0
    ends_round: bool = False


def verdict(failure: TandemError, tries: int, rng: random.Random) -> Verdict:
    """Decide what a failure means for the operation that met it."""
    match failure:
        case Offline() | Unauthorised():
            return Verdict(Fate.STOP, ends_round=True)
        case Busy():
            return Verdict(Fate.RETRY, failure.retry_after, ends_round=True)
        case ServiceBroken():
            return Verdict(Fate.RETRY, full_jitter(tries, rng))
        case VersionClash():
            return Verdict(Fate.CONFLICT)
        case Refused() if failure.fields.get("reason") == _BINARY_MISSING and tries <= _BREAKER:
            # The upload was there and is gone (it expired): it is sent again.
            return Verdict(Fate.RETRY, full_jitter(tries, rng))
        case (
            Forbidden() | Absent() | TooLarge() | Refused() | UploadDamaged() | FileMissing() | FileDamaged()
        ):
            return Verdict(Fate.PARK)
        case _:
            return Verdict(Fate.STOP, ends_round=True)


class Outgoing:
    """Sends one person's operations."""

    def __init__(
        self,
        records: Records,
        files: DocumentFiles,
        client: FhirClient,
        transport: Transport,
        *,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._records = records
        self._files = files
        self._client = client
        self._transport = transport
        self._clock = clock
        self._rng = rng
        self._tries: dict[str, int] = {}
        self._held_until: datetime | None = None

    def push(
        self,
        *,
        forgive: bool = False,
        stopping: Callable[[], bool] = lambda: False,
        moved: Callable[[int], None] = lambda _: None,
    ) -> int:
        """Send what is due and return how many were answered.

        ``forgive`` sends those too that wait after a failure: the network is back, or someone
        pressed the button. A service that asked for time is left in peace all the same.

        Raises:
            TransportError: nothing more can be sent now (offline, signed out).

        """
        moment = self._clock()
        if self._held_until is not None and moment < self._held_until:
            return 0
        answered, broken = 0, 0
        for operation in self._records.due(moment + _FORGIVEN if forgive else moment, _BATCH):
            if stopping() or broken >= _BREAKER:
                break
            failure = self._tried(operation, stopping, moved)
            answered += failure is None
            broken = broken + 1 if isinstance(failure, ServiceBroken) else 0
            if failure is not None and self._sentence(operation, failure).ends_round:
                break
        return answered

    def check_answered(self, before: frozenset[str]) -> None:
        """Look for acts that were answered before a whole pull and that the feed did not bring.

        Servers have said 200 to what they rolled back: such an act is sent again.
        """
        for operation in self._records.operations(OperationState.ANSWERED):
            if operation.op_id in before and not self._client.has("Provenance", operation.op_id):
                self._later(operation, 1, NOT_READ_BACK)

    def answered_ids(self) -> frozenset[str]:
        """Return the operations that wait for the feed."""
        return frozenset(each.op_id for each in self._records.operations(OperationState.ANSWERED))

    def next_due(self) -> datetime | None:
        """Return when the first waiting operation may be tried again."""
        pending = self._records.operations(OperationState.PENDING, OperationState.IN_FLIGHT)
        moments = [each.next_at for each in pending if each.next_at is not None]
        return min(moments, default=None)

    def _tried(
        self, operation: Operation, stopping: Callable[[], bool], moved: Callable[[int], None]
    ) -> TandemError | None:
        try:
            if not self._send(operation, stopping, moved):
                return Offline()
        except (TransportError, UploadDamaged, FileMissing, FileDamaged) as failure:
            return failure
        self._tries.pop(operation.op_id, None)
        return None

    def _send(self, operation: Operation, stopping: Callable[[], bool], moved: Callable[[int], None]) -> bool:
        if operation.send_bytes is not None and self._client.has("Provenance", operation.op_id):
            self._records.answered(operation.seq)
            return True
        if operation.document_id is not None and not self._uploaded(operation, stopping, moved):
            return False
        body = operation.send_bytes or orjson.dumps(transaction(operation.resources, operation.base_versions))
        sending = self._records.start_sending(operation.seq, body)
        self._client.transaction(sending.send_bytes or body)
        self._records.answered(operation.seq)
        return True

    def _uploaded(
        self, operation: Operation, stopping: Callable[[], bool], moved: Callable[[int], None]
    ) -> bool:
        document = _document(operation)
        binary, digest = binary_id(document), sha256_of(document)
        if binary is None or digest is None or operation.document_id is None:
            raise FileMissing
        with self._files.open(operation.document_id) as reader:
            wanted = Upload(binary, operation.document_id, content_type(document), digest, reader.size)
            return upload(self._transport, wanted, reader, moved=moved, stopping=stopping)

    def _sentence(self, operation: Operation, failure: TandemError) -> Verdict:
        """Write down what the failure means for the operation."""
        tries = self._tries[operation.op_id] = self._tries.get(operation.op_id, 0) + 1
        decided = verdict(failure, max(tries, operation.attempts), self._rng)
        if decided.fate is Fate.RETRY:
            self._later(operation, decided.seconds, failure.code)
            if decided.ends_round:
                self._held_until = self._clock() + timedelta(seconds=decided.seconds)
        elif decided.fate is Fate.PARK:
            self._records.park(operation.seq, failure.code, failure.fields)
        elif decided.fate is Fate.CONFLICT:
            self._clash(operation, failure)
        else:
            raise failure
        return decided

    def _later(self, operation: Operation, seconds: float, reason: str) -> None:
        self._records.retry_later(operation.seq, self._clock() + timedelta(seconds=seconds), reason)

    def _clash(self, operation: Operation, failure: TandemError) -> None:
        """Tell our own earlier sending from somebody else's edit."""
        if self._client.has("Provenance", operation.op_id):
            self._records.answered(operation.seq)
        else:
            self._records.conflict(operation.seq, failure.code, failure.fields)


def _document(operation: Operation) -> Resource:
    return next((each for each in operation.resources if each.get("id") == operation.document_id), {})
