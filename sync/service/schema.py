"""The embedded store: one kind of SQLCipher file, its tables led by ``patient_key``.

Decision: ``patient_key`` (a keyed hash of the national identifier, never the identifier) leads the
primary and unique keys of all that belongs to a citizen, there is no trigger and no lock across
citizens, so that the same tables can later be spread over several PostgreSQL nodes. What belongs to
no citizen (Practitioner, Organization, …) has the empty key. ``directory`` alone finds a citizen from
a resource's id, for callers whose token names none.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from app.vault.schema import Migration, Schema

if TYPE_CHECKING:
    from app.vault.sqlcipher import Connection
    from sync.service.sealing import Sealing

__all__ = ["embedded_schema"]

_RECORDS = """
CREATE TABLE secret (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE citizen (
    patient_key TEXT PRIMARY KEY,
    patient_id TEXT UNIQUE,
    last_change INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE directory (
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    patient_key TEXT NOT NULL,
    PRIMARY KEY (type, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE resource (
    place INTEGER PRIMARY KEY,
    patient_key TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated TEXT NOT NULL,
    hidden INTEGER NOT NULL,
    body TEXT,
    UNIQUE (patient_key, type, id)
) STRICT;
CREATE INDEX resource_of_citizen ON resource (patient_key, type, place, hidden) WHERE body IS NOT NULL;
CREATE INDEX resource_of_type ON resource (type, place, hidden) WHERE body IS NOT NULL;
CREATE TABLE version (
    place INTEGER PRIMARY KEY,
    patient_key TEXT NOT NULL,
    type TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    change INTEGER NOT NULL,
    updated TEXT NOT NULL,
    method TEXT NOT NULL,
    hidden INTEGER NOT NULL,
    body TEXT,
    UNIQUE (patient_key, type, id, version),
    UNIQUE (patient_key, change)
) STRICT;
CREATE TABLE search_index (
    patient_key TEXT NOT NULL,
    place INTEGER NOT NULL REFERENCES resource (place),
    type TEXT NOT NULL,
    param TEXT NOT NULL,
    system TEXT NOT NULL DEFAULT '',
    value TEXT NOT NULL DEFAULT '',
    low REAL,
    high REAL
) STRICT;
CREATE INDEX search_index_place ON search_index (place, param);
CREATE INDEX search_index_citizen ON search_index (patient_key, type, param, value, place);
CREATE INDEX search_index_value ON search_index (type, param, value, place);
CREATE INDEX search_index_range ON search_index (type, param, low, high, place) WHERE low IS NOT NULL;
CREATE TABLE answer (
    patient_key TEXT NOT NULL,
    op_id TEXT NOT NULL,
    digest BLOB NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (patient_key, op_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE binary (
    patient_key TEXT NOT NULL,
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    object_id TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    sha1 TEXT NOT NULL,
    PRIMARY KEY (patient_key, id, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE upload (
    patient_key TEXT NOT NULL,
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    length INTEGER NOT NULL,
    received INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    content_type TEXT NOT NULL,
    metadata TEXT NOT NULL,
    expires TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (patient_key, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE upload_piece (
    patient_key TEXT NOT NULL,
    upload_id TEXT NOT NULL,
    start INTEGER NOT NULL,
    object_id TEXT NOT NULL,
    PRIMARY KEY (patient_key, upload_id, start)
) STRICT, WITHOUT ROWID;
"""

_PEOPLE = """
CREATE TABLE account (
    login TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    password TEXT NOT NULL,
    subject TEXT NOT NULL,
    claims TEXT NOT NULL,
    made_up INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE session (
    sid TEXT PRIMARY KEY,
    login TEXT NOT NULL,
    started TEXT NOT NULL,
    ended TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE code (
    digest BLOB PRIMARY KEY,
    fields TEXT NOT NULL,
    expires TEXT NOT NULL,
    sid TEXT NOT NULL,
    used INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE refresh (
    digest BLOB PRIMARY KEY,
    sid TEXT NOT NULL,
    fields TEXT NOT NULL,
    expires TEXT NOT NULL,
    used INTEGER NOT NULL DEFAULT 0,
    spent TEXT,
    next BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_sid ON refresh (sid);
CREATE TABLE slip (
    digest BLOB PRIMARY KEY,
    patient_key TEXT NOT NULL,
    consent_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE attempt (
    what TEXT NOT NULL,
    moment REAL NOT NULL
) STRICT;
CREATE INDEX attempt_what ON attempt (what, moment);
CREATE TABLE device (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    public_key BLOB NOT NULL,
    enrolled TEXT NOT NULL,
    revoked TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE envelope (
    device_id TEXT NOT NULL REFERENCES device (id),
    op_id TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    received TEXT NOT NULL,
    PRIMARY KEY (device_id, op_id)
) STRICT, WITHOUT ROWID;
"""

_PHONE_DROPS = """
CREATE TABLE phone_drop (
    patient_key TEXT NOT NULL,
    id TEXT NOT NULL,
    sid TEXT NOT NULL,
    public_key BLOB NOT NULL,
    expires TEXT NOT NULL,
    sent TEXT,
    PRIMARY KEY (patient_key, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE drop_address (
    digest BLOB PRIMARY KEY,
    patient_key TEXT NOT NULL,
    drop_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE drop_picture (
    patient_key TEXT NOT NULL,
    drop_id TEXT NOT NULL,
    place INTEGER NOT NULL,
    object_id TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    PRIMARY KEY (patient_key, drop_id, place)
) STRICT, WITHOUT ROWID;
"""

_ORGANIZATIONS = """
ALTER TABLE account ADD COLUMN ended TEXT;
ALTER TABLE session ADD COLUMN device_id TEXT;
ALTER TABLE session ADD COLUMN until TEXT;
ALTER TABLE session ADD COLUMN actor TEXT;
ALTER TABLE device ADD COLUMN organization TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN last_contact TEXT;
ALTER TABLE device ADD COLUMN enrolled_by TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN code BLOB;
CREATE INDEX session_of_device ON session (device_id) WHERE device_id IS NOT NULL;
CREATE INDEX device_of_organization ON device (organization, enrolled);
CREATE TABLE enrolment_code (
    digest BLOB PRIMARY KEY,
    organization TEXT NOT NULL,
    place TEXT NOT NULL,
    made_by TEXT NOT NULL,
    expires TEXT NOT NULL,
    device_id TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE organization (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    policy TEXT NOT NULL,
    version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE organization_event (
    organization TEXT NOT NULL,
    id TEXT NOT NULL,
    moment TEXT NOT NULL,
    login TEXT NOT NULL,
    act TEXT NOT NULL,
    entity TEXT NOT NULL,
    PRIMARY KEY (organization, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE one_time_secret (
    login TEXT PRIMARY KEY,
    secret BLOB NOT NULL,
    last_step INTEGER NOT NULL,
    confirmed TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE recovery_code (
    digest BLOB PRIMARY KEY,
    login TEXT NOT NULL,
    used TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE passkey (
    login TEXT NOT NULL,
    id BLOB NOT NULL,
    data BLOB NOT NULL,
    counter INTEGER NOT NULL,
    added TEXT NOT NULL,
    PRIMARY KEY (login, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE sign_in_step (
    digest BLOB PRIMARY KEY,
    login TEXT NOT NULL,
    fields TEXT NOT NULL,
    expires TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE office_session (
    digest BLOB PRIMARY KEY,
    login TEXT NOT NULL,
    started TEXT NOT NULL,
    seen TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE invitation (
    digest BLOB PRIMARY KEY,
    login TEXT NOT NULL,
    expires TEXT NOT NULL,
    used TEXT
) STRICT, WITHOUT ROWID;
"""

_JOURNALS = """
CREATE TABLE journal_head (
    device_id TEXT NOT NULL REFERENCES device (id),
    place INTEGER NOT NULL,
    journal TEXT NOT NULL,
    size INTEGER NOT NULL,
    last TEXT NOT NULL,
    root TEXT NOT NULL,
    signature TEXT NOT NULL,
    received TEXT NOT NULL,
    refused TEXT,
    PRIMARY KEY (device_id, place)
) STRICT, WITHOUT ROWID;
"""

_CARERS = """
CREATE TABLE carer_invitation (
    digest BLOB PRIMARY KEY,
    patient_key TEXT NOT NULL,
    consent_id TEXT NOT NULL,
    consent TEXT NOT NULL,
    role TEXT NOT NULL,
    expires TEXT NOT NULL,
    used TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX carer_invitation_of_citizen ON carer_invitation (patient_key, expires);
CREATE TABLE carer (
    patient_key TEXT NOT NULL,
    consent_id TEXT NOT NULL,
    login TEXT NOT NULL,
    reference TEXT NOT NULL,
    role TEXT NOT NULL,
    PRIMARY KEY (patient_key, consent_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX carer_of_login ON carer (login);
UPDATE resource SET hidden = 2 WHERE type = 'DocumentReference' AND hidden = 0
    AND body LIKE '%"INVISIBLE_REPRESENTANTS_LEGAUX"%';
UPDATE version SET hidden = 2 WHERE type = 'DocumentReference' AND hidden = 0
    AND body LIKE '%"INVISIBLE_REPRESENTANTS_LEGAUX"%';
"""

_MAIL = """
CREATE TABLE mail (
    id TEXT PRIMARY KEY,
    patient_key TEXT NOT NULL,
    made TEXT NOT NULL,
    due TEXT NOT NULL,
    tries INTEGER NOT NULL,
    sent TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_of_citizen ON mail (patient_key, made);
CREATE INDEX mail_due ON mail (due) WHERE sent IS NULL;
"""

_REPORTS = """
CREATE TABLE access_report (
    id TEXT PRIMARY KEY,
    organization TEXT NOT NULL,
    patient_key TEXT NOT NULL,
    communication TEXT NOT NULL,
    helper TEXT NOT NULL,
    name TEXT NOT NULL,
    mode TEXT NOT NULL,
    covered INTEGER NOT NULL,
    start TEXT NOT NULL,
    last TEXT NOT NULL,
    reason TEXT NOT NULL,
    sent TEXT NOT NULL,
    seen TEXT,
    UNIQUE (communication, organization, helper)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_report_of_organization ON access_report (organization, sent);
CREATE TABLE access_report_waiting (
    patient_key TEXT NOT NULL,
    event_id TEXT NOT NULL,
    communication TEXT NOT NULL,
    PRIMARY KEY (patient_key, event_id, communication)
) STRICT, WITHOUT ROWID;
"""

_SEALED = """
CREATE UNIQUE INDEX access_report_once ON access_report (patient_key, communication, organization, helper);
"""

_DEVICE_GRANTS = """
CREATE TABLE device_grant (
    digest BLOB PRIMARY KEY,
    user_code BLOB NOT NULL UNIQUE,
    fields TEXT NOT NULL,
    expires TEXT NOT NULL,
    pause INTEGER NOT NULL,
    polled TEXT,
    state TEXT NOT NULL,
    sid TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX device_grant_expires ON device_grant (expires);
"""

_BROKER = """
CREATE TABLE broker_sign_in (
    digest BLOB PRIMARY KEY,
    fields TEXT NOT NULL,
    expires TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX broker_sign_in_expires ON broker_sign_in (expires);
CREATE TABLE broker_person (
    subject BLOB PRIMARY KEY,
    upstream BLOB NOT NULL,
    login TEXT NOT NULL,
    since TEXT NOT NULL,
    UNIQUE (upstream, login)
) STRICT, WITHOUT ROWID;
CREATE TABLE broker_session (
    sid TEXT PRIMARY KEY,
    link TEXT NOT NULL,
    since TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX broker_session_since ON broker_session (since);
CREATE INDEX account_of_subject ON account (subject);
"""

_EVENTS = """
DELETE FROM version WHERE type = 'AuditEvent';
DELETE FROM directory WHERE type = 'AuditEvent';
CREATE INDEX resource_event ON resource (id) WHERE type = 'AuditEvent';
"""


def _seal(sealing: Sealing, sql: Connection) -> None:
    """Seal the secrets that lay open within the store."""
    for table, name, value in (("secret", "name", "value"), ("one_time_secret", "login", "secret")):
        rows = sql.execute(f"SELECT {name}, {value} FROM {table}").fetchall()  # noqa: S608 (ours)
        sql.executemany(
            f"UPDATE {table} SET {value} = ? WHERE {name} = ?",  # noqa: S608 (ours)
            [(sealing.seal(bytes(secret), f"{table}:{named}"), named) for named, secret in rows],
        )


def embedded_schema(sealing: Sealing) -> Schema:
    """Return the embedded store's tables; PostgreSQL's are in ``storage.postgres_schema``."""
    return Schema(
        "tandem service",
        (
            *_STEPS,
            Migration(9, "sealed secrets", _SEALED, partial(_seal, sealing)),
            Migration(10, "sign-ins on one's own phone", _DEVICE_GRANTS),
            Migration(11, "people who sign in at another provider", _BROKER),
            Migration(12, "events that are only added", _EVENTS),
        ),
    )


_STEPS = (
    Migration(1, "records", _RECORDS),
    Migration(2, "people", _PEOPLE),
    Migration(3, "phone drops", _PHONE_DROPS),
    Migration(4, "organizations and their PCs", _ORGANIZATIONS),
    Migration(5, "heads of the PCs' journals", _JOURNALS),
    Migration(6, "carers, and what is hidden from them", _CARERS),
    Migration(7, "mails that wait", _MAIL),
    Migration(8, "accesses that were reported, for the organizations", _REPORTS),
)
