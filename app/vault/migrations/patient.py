"""One person's store.

Context: the screens want the person's own act at once, the service's word is the truth, and the
list of 10,000 documents opens in a tenth of a second.
Decision:

- ``truth`` is what the service has, written by the feed alone; ``local`` lies over it with what
  the person has done; the view ``resource`` shows the one over the other.
- Rows have an integer key with UNIQUE (type, id): random identifiers as the clustered key make
  bulk pulls five times slower.
- ``document`` is the list, made from the resources. Its key *is* the order: day of the document,
  then moment of its filing. So newest-first is the table's own order, a year is a range of keys,
  and the search index, which shares the key, gives its hits in that order without sorting.
- ``recognised`` holds the words of pages that carry none, read by this PC, page by page: seconds of
  work each, taken up again where it was left. They belong to the very bytes they were read from.
- ``op_base`` holds what each change was made from, so that another's change of the same thing can be
  merged with it (``app/records/rebasing.py``).
- ``withheld`` are deletions that the feed told and that are not carried out yet: a pull that would
  take away much asks first (``app/records/removals.py``).
- ``untold`` names the journal's entries that no act carries (readings, prints, refusals): the service
  is to be told of them, so that the person can see who looked.
- ``seen`` names the versions that a history read by time has brought already, back to its overlap.
- ``document_words`` keeps no text (contentless): what it was made from is in ``document`` and
  ``extracted``.
"""

from app.vault.migrations.audit import AUDIT
from app.vault.migrations.peer import PEER
from app.vault.schema import Migration, Schema

__all__ = ["PATIENT"]

_RESOURCES = """
CREATE TABLE truth (
    row INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    last_updated TEXT NOT NULL,
    body TEXT CHECK (body IS NULL OR json_valid(body)),
    generation INTEGER NOT NULL,
    received_at TEXT NOT NULL,
    status TEXT GENERATED ALWAYS AS (body ->> '$.status') VIRTUAL,
    recorded TEXT GENERATED ALWAYS AS
        (coalesce(body ->> '$.date', body ->> '$.recorded', body ->> '$.dateTime')) VIRTUAL,
    UNIQUE (type, id)
) STRICT;
CREATE TABLE local (
    row INTEGER PRIMARY KEY,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT CHECK (body IS NULL OR json_valid(body)),
    base_body TEXT,
    base_version TEXT,
    seq INTEGER NOT NULL REFERENCES op (seq),
    status TEXT GENERATED ALWAYS AS (body ->> '$.status') VIRTUAL,
    recorded TEXT GENERATED ALWAYS AS
        (coalesce(body ->> '$.date', body ->> '$.recorded', body ->> '$.dateTime')) VIRTUAL,
    UNIQUE (type, id)
) STRICT;
CREATE INDEX local_by_op ON local (seq);
CREATE VIEW resource (type, id, body, status, recorded) AS
    SELECT type, id, body, status, recorded FROM local WHERE body IS NOT NULL
    UNION ALL
    SELECT type, id, body, status, recorded FROM truth
    WHERE body IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM local WHERE local.type = truth.type AND local.id = truth.id);
"""

_OPERATIONS = """
CREATE TABLE op (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    op_id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('pending', 'in-flight', 'answered', 'conflict', 'parked')),
    lane INTEGER NOT NULL,
    resources TEXT NOT NULL CHECK (json_valid(resources)),
    base_versions TEXT NOT NULL CHECK (json_valid(base_versions)),
    document_id TEXT,
    send_bytes BLOB,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_at TEXT,
    reason TEXT,
    fields TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(fields)),
    created_at TEXT NOT NULL,
    state_at TEXT NOT NULL
) STRICT;
CREATE INDEX op_by_state ON op (state, seq);
CREATE TABLE op_resource (
    seq INTEGER NOT NULL REFERENCES op (seq) ON DELETE CASCADE,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    PRIMARY KEY (type, id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX op_resource_by_op ON op_resource (seq);
CREATE TABLE op_journal (
    seq INTEGER PRIMARY KEY,
    op_id TEXT NOT NULL UNIQUE,
    lane INTEGER NOT NULL,
    resources TEXT NOT NULL,
    base_versions TEXT NOT NULL,
    document_id TEXT,
    attempts INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    confirmed_at TEXT NOT NULL
) STRICT;
CREATE INDEX op_journal_by_time ON op_journal (confirmed_at);
CREATE TABLE cursor (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    epoch TEXT NOT NULL,
    generation INTEGER NOT NULL DEFAULT 1,
    updated_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE seen (
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (type, id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE conflict (
    row INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    base TEXT,
    ours TEXT,
    theirs TEXT,
    theirs_version TEXT,
    found_at TEXT NOT NULL,
    settled_at TEXT,
    UNIQUE (seq, type, id)
) STRICT;
"""

_DOCUMENTS = """
CREATE TABLE document (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    date TEXT,
    year INTEGER,
    category TEXT NOT NULL,
    type_code TEXT,
    kind TEXT NOT NULL,
    author TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER,
    sha256 TEXT,
    known_at TEXT NOT NULL,
    is_ours INTEGER NOT NULL
) STRICT;
CREATE INDEX document_by_category ON document (category, place);
CREATE INDEX document_by_year ON document (year);
CREATE INDEX document_by_digest ON document (sha256);
CREATE VIRTUAL TABLE document_words USING fts5 (
    title, author, kind, content,
    content = '', contentless_delete = 1, prefix = '2 3',
    tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TABLE extracted (
    document_id TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE file (
    document_id TEXT PRIMARY KEY,
    sha256 TEXT,
    size INTEGER,
    content_type TEXT,
    stored_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
"""

_RECOGNISED = """
CREATE TABLE recognised (
    document_id TEXT NOT NULL,
    page INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (document_id, page)
) STRICT, WITHOUT ROWID;
"""

_UNTOLD = """
CREATE TABLE untold (
    seq INTEGER PRIMARY KEY REFERENCES audit (seq)
) STRICT;
"""

_MERGING = """
CREATE TABLE op_base (
    seq INTEGER NOT NULL REFERENCES op (seq) ON DELETE CASCADE,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    PRIMARY KEY (seq, type, id)
) STRICT, WITHOUT ROWID;
ALTER TABLE op_journal ADD COLUMN bases TEXT NOT NULL DEFAULT '{}';
CREATE TABLE withheld (
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    last_updated TEXT NOT NULL,
    found_at TEXT NOT NULL,
    kept_at TEXT,
    PRIMARY KEY (type, id)
) STRICT, WITHOUT ROWID;
"""

# What a change was made from is its act's (op_base): several acts lie over each other in one row.
_BASES_OF_ACTS = """
ALTER TABLE local DROP COLUMN base_body;
ALTER TABLE local DROP COLUMN base_version;
"""

# local refers to op: operations come first.
PATIENT = Schema(
    "tandem patient",
    (
        Migration(1, "start", _OPERATIONS + _RESOURCES + _DOCUMENTS + AUDIT),
        Migration(2, "recognised words", _RECOGNISED),
        Migration(3, "readings to be told", _UNTOLD),
        Migration(4, "bases of changes, deletions that wait", _MERGING),
        Migration(5, "servers", PEER),
        Migration(6, "no base beside that of the act", _BASES_OF_ACTS),
    ),
)
