"""What is kept of the servers that a person's records come from.

- ``peer`` is what a server was found to do, so that no round asks again.
- ``manifest`` is what a running reconciliation has been told there is, item by item: a row is ``told``,
  ``settled`` (looked at, nothing to do) or ``gone`` (read, and answered by 404 or 410).
- ``peer_id`` pairs our identifier with the one that a server gave instead of it.
- ``canary`` is how far this store has counted at a server: a server that knows less was put back.
"""

__all__ = ["PEER"]

PEER = """
CREATE TABLE peer (
    base TEXT PRIMARY KEY,
    software TEXT NOT NULL,
    body TEXT NOT NULL CHECK (json_valid(body)),
    looked_at TEXT NOT NULL,
    probed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE manifest (
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('told', 'settled', 'gone')),
    PRIMARY KEY (type, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE peer_id (
    base TEXT NOT NULL,
    type TEXT NOT NULL,
    ours TEXT NOT NULL,
    theirs TEXT NOT NULL,
    PRIMARY KEY (base, type, ours),
    UNIQUE (base, type, theirs)
) STRICT, WITHOUT ROWID;
CREATE TABLE canary (
    base TEXT PRIMARY KEY,
    id TEXT NOT NULL,
    counter INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_by_time ON seen (seen_at);
"""
