"""The service's own secrets are sealed in the records, those of an earlier store once it is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from app.vault.keys import Key
from app.vault.schema import Schema
from app.vault.store import Store, WrongKey
from sync.service.schema import _STEPS
from sync.service.sealing import Sealing
from sync.service.secrets import _DRAW, load_key
from sync.service.service import Service

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_sealed_opens_with_its_key_and_purpose_only() -> None:
    """Not for another purpose, not with another key, not when a bit was changed."""
    ours, other = (Sealing(Key(bytearray([byte]) * 32)) for byte in (1, 2))
    sealed = ours.seal(b"secret", "secret:signing")
    assert ours.open(sealed, "secret:signing") == b"secret"
    for sealing, data, purpose in (
        (other, sealed, "secret:signing"),
        (ours, sealed, "secret:paging"),
        (ours, sealed[:-1] + bytes([sealed[-1] ^ 1]), "secret:signing"),
        (ours, b"", "secret:signing"),
    ):
        with pytest.raises(WrongKey):
            sealing.open(data, purpose)


def test_a_store_of_before_keeps_its_secrets_and_seals_them(tmp_path: Path) -> None:
    """Its epoch, its keys, the secret of somebody's app: the same as they were, no longer in the open."""
    drawn = {name: make() for name, make in _DRAW.items()}
    with (
        load_key(tmp_path / "service.key", may_create=True) as root,
        root.derive(b"tandem service store") as key,
    ):
        store = Store.create(tmp_path / "service.db", key, Schema("tandem service", _STEPS))
    with store.transaction() as sql:
        sql.executemany("INSERT INTO secret (name, value) VALUES (?, ?)", drawn.items())
        sql.execute(
            "INSERT INTO one_time_secret (login, secret, last_step) VALUES ('sonia', ?, 0)", (b"totp",)
        )
    store.close()
    for _ in range(2):
        service = Service.open(tmp_path)
        assert service.secrets.epoch.encode() == drawn["epoch"]
        assert service.secrets.hashing == drawn["hashing"]
        with service.store.read() as read:
            kept = [bytes(row[0]) for row in read.execute("SELECT value FROM secret")]
            (app,) = read.execute("SELECT secret FROM one_time_secret").fetchone()
        assert service.sealing.open(bytes(app), "one_time_secret:sonia") == b"totp"
        assert not [each for each in kept if each in drawn.values()]
        service.close()
