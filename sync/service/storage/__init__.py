"""The records port: one set of statements, kept by SQLCipher (the default) or by PostgreSQL."""

from sync.service.storage.port import (
    CLAIMED_ORGANIZATION,
    EVERYONE,
    LISTED,
    Connection,
    Database,
    RecordsAway,
    RecordsContended,
    Rows,
    Scope,
    transact,
)

__all__ = [
    "CLAIMED_ORGANIZATION",
    "EVERYONE",
    "LISTED",
    "Connection",
    "Database",
    "RecordsAway",
    "RecordsContended",
    "Rows",
    "Scope",
    "transact",
]
