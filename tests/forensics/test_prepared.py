"""A prepared visit is over; someone takes the raw disk, the adviser's key and the person's paper: nothing.

The adversary gets all but the share that was overwritten: it is looked for as it stood, and every block of a
share that can be carved is tried with both halves.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from app.errors import TandemError
from app.vault.advisers import Advisers
from app.vault.keys import Key
from app.vault.patient import PatientVault
from app.vault.prepared import PreparedVisits, seal_label
from app.vault.slots import LEAST_COST
from app.visit_code import visit_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.forensics.device import Disk

PHRASE, WORDS = "quatre petits chats gris", "-".join(["olive"] * 8)
MORNING = datetime(2026, 11, 22, 8, tzinfo=UTC)
MAGIC = b"TNDMEPO\x01"


def local_share(key: Key, share: bytes, visit_id: str, due: bytes) -> Key:
    """Make an adviser's half as the program does, out of a share that was carved."""
    material = bytearray(key.data) + share
    return Key.derived_from(material, b"tandem visit share\x00" + visit_id.encode() + due)


def opens(copies: Path, key: Key, visit_id: str) -> bool:
    """Say whether the carved store opens."""
    try:
        PatientVault.open(copies, key, visit_id).close()
    except TandemError:
        return False
    return True


@pytest.mark.parametrize("ending", ["used", "evening", "adviser removed"])
def test_a_visit_that_is_over_is_not_rebuilt(
    make_disk: Callable[..., Disk], tmp_path: Path, ending: str
) -> None:
    """By whichever end; the same adversary opens it while it still waits, so the search does find."""
    disk = make_disk()
    root = disk.where / "advisers"
    moment = [MORNING]
    advisers, visits = Advisers(root), PreparedVisits(root, None, lambda: moment[0])
    adviser = advisers.enrol("aa", PHRASE, cost=LEAST_COST)
    visit_id, half = visits.begin("aa", adviser.key, MORNING + timedelta(hours=12))
    built = disk.where / "sessions"
    PatientVault.create(built, visit_key(half, WORDS), name=visit_id).close()
    seal_label(built / "label", half, "Jeanne M.", "Sancerre")
    visits.finish("aa", visit_id, built)
    folder = root / "aa" / "visits" / visit_id
    shutil.copytree(folder / "c", tmp_path / "copies" / "c")
    due, block = (folder / "due").read_bytes(), (folder / "epochs").read_bytes()
    share = block[4096 + 16 : 4096 + 48]
    assert block[4096 : 4096 + 8] == MAGIC
    assert opens(
        tmp_path / "copies", visit_key(local_share(adviser.key, share, visit_id, due), WORDS), visit_id
    )

    if ending == "used":
        visits.purge("aa", visit_id)
    elif ending == "evening":
        moment[0] += timedelta(hours=12)
        assert visits.purge_due() == 1
    else:
        visits.purge_of("aa")
        advisers.remove("aa")
    raw = disk.raw()
    assert share not in raw
    assert b"Sancerre" not in raw
    at = raw.find(MAGIC)
    while at >= 0:
        carved = local_share(adviser.key, raw[at + 16 : at + 48], visit_id, due)
        assert not opens(tmp_path / "copies", visit_key(carved, WORDS), visit_id)
        at = raw.find(MAGIC, at + 1)
