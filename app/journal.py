"""The audit journal: who did and read what, in a chain that shows any change.

Context: the CNIL's advice on logging and the *PGSSI-S imputabilité* want a journal that whoever
holds the computer cannot quietly alter.
Decision: each entry is a line of canonical JSON (sorted keys, no blanks, UTF-8)
``{"event", "previous", "seq"}`` whose SHA-256 is the next one's ``previous``; over the lines stands
a Merkle tree (RFC 6962), whose head is signed with the computer's Ed25519 key and kept outside the
store (``app.vault.anchor``). Edits, deletions, swaps and insertions break the chain; a chain made
anew breaks the signature; a shortened or older journal does not reach the head kept elsewhere.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from typing import TYPE_CHECKING, Any

from app.ids import mint
from app.vault import merkle
from app.vault.anchor import SIGNED_AS, Head, JournalForked, StoreRolledBack
from app.vault.disk import write_all, writing
from app.vault.written import canonical

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from app.vault.anchor import Anchor
    from app.vault.sqlcipher import Connection

__all__ = [
    "START",
    "anchored",
    "append",
    "check_anchor",
    "export",
    "head",
    "lines",
    "proof",
    "signed",
]

START = bytes(32)


def append(connection: Connection, event: dict[str, Any], moment: str) -> Head:
    """Add an AuditEvent inside the caller's transaction; one without id or recorded is given them."""
    journal, size, last, edge = _state(connection)
    event = {"id": mint(), "recorded": moment, **event}
    line = canonical({"event": event, "previous": last.hex(), "seq": size + 1})
    chained = hashlib.sha256(line).digest()
    edge = merkle.grow(edge, size, merkle.leaf(line))
    connection.execute(
        "INSERT INTO audit VALUES (?, ?, ?, ?, ?)",
        (size + 1, event["id"], event["recorded"], line.decode(), chained),
    )
    connection.execute(
        "INSERT INTO audit_head VALUES (1, ?, ?, ?, ?) ON CONFLICT (one) DO UPDATE SET"
        " size = excluded.size, last = excluded.last, edge = excluded.edge",
        (journal, size + 1, chained, b"".join(edge)),
    )
    return Head(journal, size + 1, chained.hex(), merkle.root(edge).hex())


def head(connection: Connection) -> Head | None:
    """Return the journal's head; None before its first entry."""
    journal, size, last, edge = _state(connection)
    return Head(journal, size, last.hex(), merkle.root(edge).hex()) if size else None


def lines(connection: Connection, start: int = 1) -> Iterator[str]:
    """Yield the journal's lines in order."""
    for (line,) in connection.execute("SELECT line FROM audit WHERE seq >= ? ORDER BY seq", (start,)):
        yield line


def check_anchor(connection: Connection, anchor: Anchor) -> None:
    """Raise ``StoreRolledBack`` or ``JournalForked`` where the journal is not the one anchored."""
    kept = anchor.read()
    if kept is None:
        return
    now = head(connection)
    if now is None or now.size < kept.size:
        raise StoreRolledBack(known=kept.size, found=now.size if now else 0)
    found = connection.execute("SELECT hash FROM audit WHERE seq = ?", (kept.size,)).fetchone()
    if found is None or found[0].hex() != kept.last or now.journal != kept.journal:
        raise JournalForked(at=kept.size)


def anchored(connection: Connection, anchor: Anchor) -> None:
    """Keep the journal's head outside the store."""
    now = head(connection)
    if now is not None:
        anchor.write(now)


def export(connection: Connection, path: Path, key: Ed25519PrivateKey) -> Head | None:
    """Write the journal as JSON lines, its signed head last; None when it is empty.

    Raises ``DiskFull`` or ``StoreUnreadable``; the file is whole or absent.
    """
    now = head(connection)
    if now is None:
        return None
    with writing(path) as file:
        for line in lines(connection):
            write_all(file, line.encode() + b"\n")
        write_all(file, canonical(signed(now, key)) + b"\n")
    return now


def proof(connection: Connection, since: int) -> tuple[Head, list[bytes]]:
    """Return the head, and the proof that its tree begins with that of the ``since`` first entries.

    ``since`` 0 proves nothing and needs no proof. Raises ``StoreRolledBack`` where the journal is shorter.
    """
    now = head(connection)
    if now is None or now.size < since:
        raise StoreRolledBack(known=since, found=now.size if now else 0)
    if since == 0:
        return now, []
    leaves = [merkle.leaf(line.encode()) for line in lines(connection)]
    return now, merkle.consistency_proof(leaves, since)


def signed(now: Head, key: Ed25519PrivateKey) -> dict[str, Any]:
    """Return a head with its Ed25519 signature and the key that proves it, in base64."""
    fields = {"journal": now.journal, "last": now.last, "root": now.root, "size": now.size}
    public = key.public_key().public_bytes_raw()
    return {
        "head": fields,
        "key": b64encode(public).decode(),
        "signature": b64encode(key.sign(SIGNED_AS + canonical(fields))).decode(),
    }


def _state(connection: Connection) -> tuple[str, int, bytes, tuple[bytes, ...]]:
    found = connection.execute("SELECT journal, size, last, edge FROM audit_head").fetchone()
    if found is None:
        return mint(), 0, START, ()
    journal, size, last, edge = found
    step = merkle.HASH_SIZE
    return journal, size, last, tuple(edge[at : at + step] for at in range(0, len(edge), step))
