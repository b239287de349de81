"""Merkle tree hashes of a growing journal (RFC 6962 §2.1), from its right edge alone, and its proofs.

The edge holds the roots of the complete subtrees, largest first, one for each bit set in the
size: all that is needed to add an entry or to give the head. A consistency proof (§2.1.2) shows to
whoever keeps only heads that a later journal begins with an earlier one, entry by entry.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = [
    "EMPTY_ROOT",
    "HASH_SIZE",
    "consistency_proof",
    "grow",
    "is_consistent",
    "leaf",
    "root",
    "root_of",
]

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


def consistency_proof(leaves: Sequence[bytes], first: int) -> list[bytes]:
    """Prove that the tree over these leaf hashes begins with the tree over the ``first`` of them.

    ``0 < first <= len(leaves)``; for equal sizes there is nothing to prove.
    """
    if not 0 < first <= len(leaves):
        raise ValueError(first)
    return _subproof(leaves, first, whole=True)


def _subproof(leaves: Sequence[bytes], first: int, *, whole: bool) -> list[bytes]:
    if first == len(leaves):
        return [] if whole else [_over(leaves)]
    split = _split(len(leaves))
    if first <= split:
        return [*_subproof(leaves[:split], first, whole=whole), _over(leaves[split:])]
    return [*_subproof(leaves[split:], first - split, whole=False), _over(leaves[:split])]


def _split(size: int) -> int:
    """Return the largest power of two smaller than ``size``."""
    return 1 << (size - 1).bit_length() - 1


def _over(leaves: Sequence[bytes]) -> bytes:
    edge: Edge = ()
    for size, each in enumerate(leaves):
        edge = grow(edge, size, each)
    return root(edge)


def is_consistent(first: int, first_root: bytes, second: int, second_root: bytes, proof: list[bytes]) -> bool:
    """Say whether the proof shows that the second tree begins with the first (RFC 9162 §2.1.4.2)."""
    if not 0 < first <= second or any(len(each) != HASH_SIZE for each in proof):
        return False
    if first == second:
        return first_root == second_root and not proof
    path = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not path:
        return False
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    ours = theirs = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            ours, theirs = _node(each, ours), _node(each, theirs)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            theirs = _node(theirs, each)
        node, last = node >> 1, last >> 1
    return ours == first_root and theirs == second_root and last == 0


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
