"""Heads of the PCs' own journals (who helped, when): kept here, where whoever holds the PC cannot reach.

Decision: a PC signs its journal's head (Ed25519, its device key) and proves that the journal goes on from
the last head kept here (a consistency proof, RFC 6962 §2.1.2). Heads are only added, never changed:

- one that goes on is kept;
- one of the same journal that does not (edited, shortened, put back) is refused, and kept as refused;
- a new journal is kept beside the old one: a PC may have to begin anew, and then the old head shows until
  where the earlier one went, with the moment.

No entry of a journal comes here, and no name: hashes, sizes and times.
"""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from app.clock import instant
from app.vault import merkle
from app.vault.anchor import SIGNED_AS, Head
from app.vault.written import canonical
from sync.service import devices
from sync.service.refusals import Refused

if TYPE_CHECKING:
    from sync.service.service import Service
    from sync.service.storage import Connection

__all__ = ["keep", "known"]

_HASH = 64
_MOST_PROOF = 64


def known(service: Service, device_id: str) -> dict[str, Any]:
    """``GET /devices/journal``: the last head kept of this PC, ``{"head": null}`` before the first."""
    with service.store.read() as sql:
        head = _last(sql, device_id)
    return {"head": asdict(head) if head else None}


def keep(service: Service, device_id: str, told: dict[str, Any]) -> dict[str, Any]:
    """``PUT /devices/journal``: keep ``{head, signature, proof}``; raises ``journal-behind``."""
    head, signature, proof = _read(told)
    _check_signature(service, device_id, head, signature)
    with service.store.transaction() as sql:
        sql.lock("journal", device_id)
        before = _last(sql, device_id, head.journal)
        if before == head:
            return {"head": asdict(head)}
        goes_on = before is None or _goes_on(before, head, proof)
        _add(sql, device_id, head, signature, instant(service.clock()), None if goes_on else "journal-behind")
    if not goes_on:
        raise Refused("journal-behind")
    return {"head": asdict(head)}


def _goes_on(before: Head, head: Head, proof: list[bytes]) -> bool:
    roots = bytes.fromhex(before.root), bytes.fromhex(head.root)
    return merkle.is_consistent(before.size, roots[0], head.size, roots[1], proof)


def _read(told: dict[str, Any]) -> tuple[Head, str, list[bytes]]:
    try:
        fields = told["head"]
        head = Head(str(fields["journal"]), int(fields["size"]), str(fields["last"]), str(fields["root"]))
        proof = [bytes.fromhex(each) for each in told.get("proof", ())]
        signature = str(told["signature"])
        whole = all(len(each) == _HASH and bytes.fromhex(each) for each in (head.last, head.root))
    except (KeyError, TypeError, ValueError):
        raise Refused("journal-head") from None
    if not whole or not 0 < head.size < 1 << 53 or len(head.journal) > _HASH or len(proof) > _MOST_PROOF:
        raise Refused("journal-head")
    return head, signature, proof


def _check_signature(service: Service, device_id: str, head: Head, signature: str) -> None:
    key = devices.known_key(service, device_id)
    try:
        raw = base64.b64decode(signature, validate=True)
        Ed25519PublicKey.from_public_bytes(key or b"").verify(raw, SIGNED_AS + canonical(asdict(head)))
    except (InvalidSignature, ValueError):
        raise Refused("journal-head", at="signature") from None


def _last(sql: Connection, device_id: str, journal: str | None = None) -> Head | None:
    """Return the last head that was kept, of one journal if it is named."""
    row = sql.execute(
        "SELECT journal, size, last, root FROM journal_head WHERE device_id = ? AND refused IS NULL"
        " AND journal = coalesce(?, journal) ORDER BY place DESC LIMIT 1",
        (device_id, journal),
    ).fetchone()
    return Head(*row) if row else None


def _add(
    sql: Connection, device_id: str, head: Head, signature: str, moment: str, refused: str | None
) -> None:
    sql.execute(
        "INSERT INTO journal_head (device_id, place, journal, size, last, root, signature, received, refused)"
        " VALUES (?, (SELECT coalesce(max(place), 0) + 1 FROM journal_head WHERE device_id = ?),"
        " ?, ?, ?, ?, ?, ?, ?)",
        (device_id, device_id, head.journal, head.size, head.last, head.root, signature, moment, refused),
    )
