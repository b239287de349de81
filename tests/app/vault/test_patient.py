"""One person's part of the vault, and what is left of it without the key."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from app.vault.keys import Key
from app.vault.patient import PatientVault
from app.vault.store import WrongKey

if TYPE_CHECKING:
    from pathlib import Path


def test_it_opens_again_with_its_key(tmp_path: Path, key: Key) -> None:
    """Store and files."""
    with PatientVault.create(tmp_path, key.copy()) as vault:
        vault.files.write("doc", io.BytesIO(b"text"))
        name = vault.name
    with PatientVault.open(tmp_path, key.copy(), name) as vault:
        vault.store.verify()
        with vault.files.open("doc") as reader:
            assert reader.read() == b"text"


def test_closing_wipes_every_key(tmp_path: Path) -> None:
    """On a kiosk nothing opens it any more."""
    key = Key.random()
    vault = PatientVault.create(tmp_path, key)
    vault.close()
    assert key.data == bytearray(32)
    with Key.random() as another, pytest.raises(WrongKey):
        PatientVault.open(tmp_path, another, vault.name)


def test_names_on_the_disk_say_nothing(tmp_path: Path, key: Key) -> None:
    """One store and one folder of 128 random bits; two persons never share one."""
    names = []
    for _ in range(2):
        with PatientVault.create(tmp_path, key.copy()) as vault:
            names.append(vault.name)
    assert {path.name for path in (tmp_path / "c").iterdir()} == {*names, *(f"{name}.db" for name in names)}
    assert all(len(bytes.fromhex(name)) == 16 for name in names)
