"""Shares of an epoch's key that are truly forgotten: what a purge rests on.

Context: everything that ever was on the disk may still be there. Whoever holds the raw disk finds old
headers and old tables of keys; with today's passphrase, today's keyring and today's ``vault.key`` they
open those of old too, because the root key never changes. So no key that wraps the persons' keys may
follow from what lasts (raw-disk proof: 40 of 40 records rebuilt under a lasting key).
Decision: each epoch has 32 random bytes of its own in places where they can be forgotten:

- ``BlockShares``: a block of a file made once and then **overwritten in place**, synced. A file system
  that writes data where it was (ext4 in its usual ``data=ordered``, XFS, NTFS) leaves no copy: the block
  is too large to be kept inside the inode, so the journal never sees it. It does not hold on
  copy-on-write (btrfs, ZFS, snapshots, a virtual machine's or Windows' shadow copies), with
  ``data=journal``, or against someone who reads the worn cells of an SSD behind its controller.
- ``KeyringShares``: an entry of the system's keyring. Its own file may lie on the same disk, and old
  ones of it too, but closed by the keyring's own password.

Both are used where both are had: one that forgets is enough. A copy of the whole disk **and** of the
keyring made before the purge holds everything, and nothing on this PC can undo it.
"""

from __future__ import annotations

import os
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol

from app.vault.disk import world, writing
from app.vault.keyring_slot import KeyringSecret
from app.vault.keys import KEY_SIZE, Key

if TYPE_CHECKING:
    from pathlib import Path

    from app.vault.keyring_slot import Backend

__all__ = ["DISK", "KEYRING", "BlockShares", "KeyringShares", "Shares"]

DISK: Final = 1
KEYRING: Final = 2
BLOCK: Final = 4096
_BLOCKS: Final = 2
_MAGIC: Final = b"TNDMEPO\x01"
_NUMBER: Final = slice(8, 16)
_SHARE: Final = slice(16, 16 + KEY_SIZE)
_PROOF: Final = slice(16 + KEY_SIZE, 32 + KEY_SIZE)
_PROVED: Final = slice(0, 16 + KEY_SIZE)


class Shares(Protocol):
    """Where the shares of an epoch are; two of them, the old and the new, lie there for a moment."""

    bit: int
    """Says in the table of keys which shares it needs."""

    def read(self, epoch: int) -> Key | None:
        """Return the share of an epoch; None when there is none (any more)."""

    def write(self, epoch: int, share: Key) -> None:
        """Keep the share of an epoch, durably."""

    def forget(self, epoch: int) -> None:
        """Make the share of an epoch unreadable for good; harmless where there is none."""


class BlockShares:
    """Two blocks of one file, one for even and one for odd epochs, each overwritten where it is."""

    bit = DISK

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, epoch: int) -> Key | None:
        """Return the share, if its block is whole and of this epoch."""
        block = bytearray(BLOCK)
        try:
            with self._path.open("rb", buffering=0) as file:
                file.seek(_place(epoch))
                size = file.readinto(block)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise world(error) from error
        try:
            if size != BLOCK or not _is_of(block, epoch):
                return None
            return Key(block[_SHARE])
        finally:
            block[:] = bytes(BLOCK)

    def write(self, epoch: int, share: Key) -> None:
        """Write the block of this epoch over what is there."""
        block = bytearray(os.urandom(BLOCK))
        block[:8] = _MAGIC
        block[_NUMBER] = epoch.to_bytes(8)
        block[_SHARE] = share.data
        block[_PROOF] = sha256(block[_PROVED]).digest()[:16]
        try:
            self._overwrite(epoch, block)
        finally:
            block[:] = bytes(BLOCK)

    def forget(self, epoch: int) -> None:
        """Write noise over the block, where it still is of this epoch."""
        share = self.read(epoch)
        if share is not None:
            share.wipe()
            self._overwrite(epoch, bytearray(os.urandom(BLOCK)))

    def _overwrite(self, epoch: int, block: bytearray) -> None:
        if not self._path.exists():
            # Noise first, so that the blocks are there: what is written later is written onto them.
            with writing(self._path) as file:
                file.write(os.urandom(BLOCK * _BLOCKS))
        try:
            with self._path.open("r+b", buffering=0) as file:
                file.seek(_place(epoch))
                file.write(block)
                os.fsync(file.fileno())
        except OSError as error:
            raise world(error) from error


class KeyringShares:
    """One keyring entry for each epoch that lives: usually one."""

    bit = KEYRING

    def __init__(self, backend: Backend, name: str) -> None:
        self._backend = backend
        self._name = name

    def read(self, epoch: int) -> Key | None:
        """Return the share; raises ``KeyringRefused`` where the keyring does not answer."""
        return self._entry(epoch).read()

    def write(self, epoch: int, share: Key) -> None:
        """Keep the share, and see that it is kept."""
        self._entry(epoch).write(share)

    def forget(self, epoch: int) -> None:
        """Take the entry out."""
        entry = self._entry(epoch)
        share = entry.read()
        if share is not None:
            share.wipe()
            entry.forget()

    def _entry(self, epoch: int) -> KeyringSecret:
        return KeyringSecret(self._backend, f"epoch-{self._name}-{epoch}")


def _place(epoch: int) -> int:
    return BLOCK * (epoch % _BLOCKS)


def _is_of(block: bytearray, epoch: int) -> bool:
    return (
        block[:8] == _MAGIC
        and int.from_bytes(block[_NUMBER]) == epoch
        and sha256(block[_PROVED]).digest()[:16] == block[_PROOF]
    )
