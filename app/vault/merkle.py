"""Merkle tree hashes of a growing journal (RFC 6962 §2.1), from its right edge alone.

The edge holds the roots of the complete subtrees, largest first, one for each bit set in the
size: all that is needed to add an entry or to give the head.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["EMPTY_ROOT", "HASH_SIZE", "grow", "leaf", "root", "root_of"]

HASH_SIZE = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()

Edge = tuple[bytes, ...]


def leaf(data: bytes) -> bytes:
    """Return the hash of one entry."""
    return hashlib.sha256(b"\x00" + data).digest()


def grow(edge: Edge, size: int, new_leaf: bytes) -> Edge:
    """Return the edge of ``size + 1`` entries from that of ``size``."""
    grown, node = list(edge), new_leaf
    while size & 1:
        node = _node(grown.pop(), node)
        size >>= 1
    return (*grown, node)


def root(edge: Edge) -> bytes:
    """Return the tree's hash."""
    if not edge:
        return EMPTY_ROOT
    *larger, node = edge
    for left in reversed(larger):
        node = _node(left, node)
    return node


def root_of(entries: Iterable[bytes]) -> bytes:
    """Return the tree's hash over entries, read once."""
    edge: Edge = ()
    for size, entry in enumerate(entries):
        edge = grow(edge, size, leaf(entry))
    return root(edge)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
