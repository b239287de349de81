"""The head of this PC's journal, kept at the service: what the folder alone cannot show is seen there.

A whole folder put back, its own anchor with it, opens and agrees with itself. The service knows a later
head: the PC asks for it, compares, and then tells its own with the proof that the journal goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from app.journal import signed
from app.vault.anchor import Head
from sync.failures import ServiceBroken
from sync.transport import Transport

if TYPE_CHECKING:
    from app.desk_vault import DeskVault
    from sync.enrolment import Device
    from sync.transport import Address

__all__ = ["anchor_journal"]

_LIMIT = 64 << 10


def anchor_journal(address: Address, device: Device, vault: DeskVault) -> Head | None:
    """Compare with the head that the service knows, then tell ours; return it, None for an empty journal.

    Raises:
        StoreRolledBack, JournalForked: the journal is not the one that the service knows; it was set aside
            (``vault.warning`` says so) and its successor is told the next time.
        TransportError: out of reach, refused.

    """
    from app.vault.anchor import JournalForked, StoreRolledBack

    with Transport(address) as transport:
        known = _known(transport, device)
        try:
            found = vault.proof(known)
        except (StoreRolledBack, JournalForked) as lost:
            if known is not None:
                vault.begin_anew(lost, known)
            raise
        if found is None:
            return None
        head, proof = found
        if head != known:
            told = signed(head, device.signing_key) | {"proof": [each.hex() for each in proof]}
            _ask(transport, device, "PUT", orjson.dumps(told))
        return head


def _known(transport: Transport, device: Device) -> Head | None:
    told = _ask(transport, device, "GET").get("head")
    if told is None:
        return None
    try:
        return Head(str(told["journal"]), int(told["size"]), str(told["last"]), str(told["root"]))
    except (KeyError, TypeError, ValueError) as problem:
        raise ServiceBroken(status=200) from problem


def _ask(transport: Transport, device: Device, method: str, content: bytes = b"") -> dict[str, Any]:
    headers = {"Tandem-Device": device.proof(transport.address.base), "Content-Type": "application/json"}
    return transport.request(
        method, "devices/journal", content=content or None, headers=headers, limit=_LIMIT
    ).json()
