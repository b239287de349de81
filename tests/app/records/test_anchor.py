"""Records with an anchor notice that their store was put back."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from app.changes import Changes
from app.ids import mint
from app.records import Act, Records
from app.vault.anchor import FileAnchor, Head, StoreRolledBack
from app.vault.keys import Key
from app.vault.patient import PatientVault
from app.vault.sqlcipher import DiskFull

if TYPE_CHECKING:
    from pathlib import Path


def _act() -> Act:
    op_id = mint()
    return Act(op_id, ({"resourceType": "Provenance", "id": op_id},), {}, {"resourceType": "AuditEvent"})


def test_each_commit_is_anchored_and_an_old_store_is_refused(tmp_path: Path) -> None:
    """Acts and readings alike."""
    anchor = FileAnchor(tmp_path / "elsewhere" / "head")
    with Key.random() as key:
        with PatientVault.create(tmp_path, key.copy()) as vault:
            name, path = vault.name, vault.store.path
            Records(vault.store, Changes(), anchor=anchor).commit(_act())
        shutil.copy(path, tmp_path / "old")
        with PatientVault.open(tmp_path, key.copy(), name) as vault:
            records = Records(vault.store, Changes(), anchor=anchor)
            records.audit({"resourceType": "AuditEvent"})
        kept = anchor.read()
        assert kept is not None
        assert kept.size == 2
        shutil.copy(tmp_path / "old", path)
        with PatientVault.open(tmp_path, key.copy(), name) as vault, pytest.raises(StoreRolledBack):
            Records(vault.store, Changes(), anchor=anchor)


class Full:
    """An anchor on a full disk."""

    def read(self) -> Head | None:
        """Return nothing."""
        return None

    def write(self, head: Head) -> None:
        """Fail."""
        raise DiskFull


def test_an_anchor_that_fails_does_not_undo_the_act(tmp_path: Path) -> None:
    """It is committed; the store being ahead of the anchor proves no less."""
    with PatientVault.create(tmp_path, Key.random()) as vault:
        records = Records(vault.store, Changes(), anchor=Full())
        records.commit(_act())
        assert records.waiting().count == 1
