"""The desk's store: who works here, under which mandate, and the journal. No clinical data."""

from app.vault.migrations.audit import AUDIT
from app.vault.schema import Migration, Schema

__all__ = ["MAIN"]

_DESK = """
CREATE TABLE adviser (
    id TEXT PRIMARY KEY,
    display TEXT NOT NULL,
    organization TEXT NOT NULL,
    last_seen TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE mandate (
    id TEXT PRIMARY KEY,
    pseudonym TEXT NOT NULL,
    adviser TEXT NOT NULL REFERENCES adviser (id),
    started TEXT NOT NULL,
    ended TEXT,
    text_sha256 TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

_ACTIVITY = """
CREATE TABLE counted_visit (
    id INTEGER PRIMARY KEY,
    day TEXT NOT NULL,
    place TEXT NOT NULL,
    themes TEXT NOT NULL CHECK (json_valid(themes)),
    minutes INTEGER NOT NULL,
    mode TEXT NOT NULL
) STRICT;
CREATE INDEX counted_visit_by_day ON counted_visit (day);
"""

MAIN = Schema(
    "tandem main",
    (Migration(1, "desk", _DESK + AUDIT), Migration(2, "the count of visits", _ACTIVITY)),
)
