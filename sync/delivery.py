"""Delivering sealed envelopes: what a session could not send itself, sent by the desk later.

Decision: an envelope goes only when the service, asked again by GET after it took it, says that it
is filed, or kept as a question to the person. Whatever else happens (no answer, half an answer, an
error, a refusal) it stays, and the next delivery begins by asking. The document goes before its
envelope: killed in between, the next delivery finds the envelope, hears "filed" and removes it. The
service files by operation id, so a second delivery changes nothing.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from app.outbox import DOCUMENT, LOCK, waiting
from app.vault.envelope import CONTENT_TYPE, delivery_head
from sync.enrolment import DeviceRevoked, worded
from sync.failures import Absent, Busy, Forbidden, Offline, ServiceBroken, TransportError
from sync.transport import Transport

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sync.enrolment import Device
    from sync.transport import Address

__all__ = ["DeliveryReport", "EnvelopeState", "deliver"]

_PIECE = 1 << 20
_ANSWER_LIMIT = 64 << 10
_ELSEWHERE = "delivering-elsewhere"
_NOT_READ_BACK = "not-read-back"


class EnvelopeState(StrEnum):
    """What the service says of an envelope."""

    FILED = "filed"
    ASKED = "asked"
    """It met another's change: the person's record holds it as a question, and their next session asks."""
    REFUSED = "refused"
    UNKNOWN = "unknown"


_DELIVERED = frozenset({EnvelopeState.FILED, EnvelopeState.ASKED})


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """How many were delivered, were refused by the service (kept), and are left; why, if any are left.

    ``asked``: of those delivered, how many the person will be asked about.
    """

    delivered: int
    refused: int
    left: int
    reason: str | None = None
    asked: int = 0


def deliver(
    outbox: Path, address: Address, device: Device, *, stopping: Callable[[], bool] = lambda: False
) -> DeliveryReport:
    """Deliver what waits in the outbox, oldest first; safe to end at any moment and to call again.

    Only one process delivers at a time; raises nothing for the network's sake.
    """
    if not waiting(outbox):
        return DeliveryReport(0, 0, 0)
    with _alone(outbox) as alone:
        if not alone:
            return DeliveryReport(0, 0, len(waiting(outbox)), _ELSEWHERE)
        with Transport(address) as transport:
            return _Delivery(transport, device).all(waiting(outbox), stopping)


@contextmanager
def _alone(outbox: Path) -> Iterator[bool]:
    lock = FileLock(outbox / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        yield False
        return
    try:
        yield True
    finally:
        lock.release()


class _Delivery:
    """One run over the outbox."""

    def __init__(self, transport: Transport, device: Device) -> None:
        self._transport = transport
        self._device = device

    def all(self, envelopes: list[Path], stopping: Callable[[], bool]) -> DeliveryReport:
        """Deliver each; a service that is out of reach ends the run, a fault of one does not."""
        count = dict.fromkeys(EnvelopeState, 0)
        reason: str | None = None
        for envelope in envelopes:
            if stopping():
                break
            try:
                state = self._one(envelope)
                count[state] += 1
                if state is EnvelopeState.UNKNOWN:
                    reason = _NOT_READ_BACK
            except (Offline, Busy) as failure:
                reason = failure.code
                break
            except DeviceRevoked as failure:
                return DeliveryReport(0, 0, len(envelopes), failure.code)
            except TransportError as failure:
                reason = failure.code
        delivered = sum(count[each] for each in _DELIVERED)
        left = len(envelopes) - delivered - count[EnvelopeState.REFUSED]
        return DeliveryReport(
            delivered, count[EnvelopeState.REFUSED], left, reason, count[EnvelopeState.ASKED]
        )

    def _one(self, envelope: Path) -> EnvelopeState:
        op_id = envelope.stem
        document = envelope.with_name(op_id + DOCUMENT)
        try:
            state = self._state(op_id)
        except Forbidden as refused:
            if not isinstance(worded(refused), DeviceRevoked):
                raise
            self._show_up(envelope.parent)
            raise DeviceRevoked from refused
        if state is EnvelopeState.UNKNOWN and envelope.exists():
            self._post(envelope, document)
            state = self._state(op_id)
        if state in _DELIVERED:
            document.unlink(missing_ok=True)
            envelope.unlink(missing_ok=True)
        return state

    def _show_up(self, outbox: Path) -> None:
        """Hand them over all the same, without documents: the organization sees how many were refused."""
        for envelope in waiting(outbox):
            with suppress(TransportError, OSError):
                self._post(envelope, envelope.with_name("-"))

    def _state(self, op_id: str) -> EnvelopeState:
        proof = self._device.proof(self._transport.address.base)
        try:
            told = self._transport.request(
                "GET", f"envelopes/{op_id}", headers={"Tandem-Device": proof}, limit=_ANSWER_LIMIT
            ).json()
        except Absent:
            return EnvelopeState.UNKNOWN
        if told.get("op_id", op_id) != op_id or told.get("state") not in set(EnvelopeState):
            raise ServiceBroken(status=200)
        return EnvelopeState(told["state"])

    def _post(self, envelope: Path, document: Path) -> None:
        head = delivery_head(envelope.read_bytes())
        size = document.stat().st_size if document.exists() else 0
        headers = {"Content-Type": CONTENT_TYPE, "Content-Length": str(len(head) + size)}
        self._transport.request(
            "POST",
            "envelopes",
            content=_pieces(head, document if size else None),
            headers=headers,
            limit=_ANSWER_LIMIT,
        )


def _pieces(head: bytes, document: Path | None) -> Iterator[bytes]:
    yield head
    if document is not None:
        with document.open("rb") as reading:
            while piece := reading.read(_PIECE):
                yield piece
