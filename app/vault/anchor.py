"""A journal's head, kept where the store is not, so that an old copy put back is noticed.

SQLCipher proves each page and says nothing of the whole: a store rolled back to yesterday opens
with "ok". Its journal only grows; a head kept elsewhere (another folder, the keyring, the service)
is one the store must still be able to show.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import orjson

from app.errors import WorldFailed
from app.vault.disk import replace_bytes

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "SIGNED_AS",
    "Anchor",
    "FileAnchor",
    "Head",
    "JournalForked",
    "StoreRolledBack",
    "read_head",
    "write_head",
]


SIGNED_AS = b"tandem journal head 1\x00"
"""What goes before a head where a PC signs it (Ed25519)."""


class StoreRolledBack(WorldFailed):
    """The store is older than its anchored head. Fields: ``known``, ``found`` (entries)."""

    code = "store-rolled-back"


class JournalForked(WorldFailed):
    """The journal is long enough, yet not the one that was anchored. Fields: ``at`` (entry)."""

    code = "journal-forked"


@dataclass(frozen=True, slots=True)
class Head:
    """A journal's state: its id, entries, last chain hash and Merkle root (hex)."""

    journal: str
    size: int
    last: str
    root: str


class Anchor(Protocol):
    """Where the last head of one journal is remembered."""

    def read(self) -> Head | None:
        """Return the last head kept, None when there never was one."""

    def write(self, head: Head) -> None:
        """Keep a head, durably."""


class FileAnchor:
    """A head in a small file, in a folder that is not the vault's."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    def read(self) -> Head | None:
        """Return the head kept; one that cannot be read counts as a fork, never as none."""
        try:
            return read_head(self._path.read_bytes())
        except FileNotFoundError:
            return None

    def write(self, head: Head) -> None:
        """Replace the head kept."""
        replace_bytes(self._path, write_head(head))


def write_head(head: Head) -> bytes:
    """Write a head as it is kept."""
    return orjson.dumps(head)


def read_head(data: bytes) -> Head:
    """Read a head that was kept; raises ``JournalForked`` where it is none."""
    try:
        fields = orjson.loads(data)
        return Head(str(fields["journal"]), int(fields["size"]), str(fields["last"]), str(fields["root"]))
    except (ValueError, KeyError, TypeError):
        raise JournalForked(at=0) from None
