"""What the vault's tests share: a small schema of their own, a key, an open store."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.vault.keys import Key
from app.vault.schema import Migration, Schema
from app.vault.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOTES = Schema(
    "notes", (Migration(1, "start", "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT) STRICT;"),)
)


@pytest.fixture
def notes() -> Schema:
    """Return a schema of one table."""
    return NOTES


@pytest.fixture
def key() -> Iterator[Key]:
    """Return a key."""
    with Key.random() as fresh:
        yield fresh


@pytest.fixture
def store(tmp_path: Path, key: Key, notes: Schema) -> Iterator[Store]:
    """Return an open store."""
    with Store.create(tmp_path / "notes.db", key, notes) as opened:
        yield opened
