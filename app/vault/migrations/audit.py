"""The audit journal's tables, the same in every store that keeps one.

``audit_head`` holds one row: how many entries, the chain's last hash and the Merkle tree's right
edge, so that an entry costs a few hashes however long the journal is.
"""

__all__ = ["AUDIT"]

AUDIT = """
CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    recorded TEXT NOT NULL,
    line TEXT NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;
CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    journal TEXT NOT NULL,
    size INTEGER NOT NULL,
    last BLOB NOT NULL CHECK (length(last) = 32),
    edge BLOB NOT NULL CHECK (length(edge) % 32 = 0)
) STRICT;
"""
