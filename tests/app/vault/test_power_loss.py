"""Power cuts: at any write, of a real SQLCipher store, no act that was acknowledged is lost."""

from __future__ import annotations

import random
import shutil
import sys
from pathlib import Path

import pytest

from app.errors import TandemError
from app.vault.keys import Key
from app.vault.migrations import PATIENT
from app.vault.store import Store
from tests.app.vault.power import Recording, record, strace

ROOT = Path(__file__).parents[3]
KEY = bytes(range(32))
ACTS = 8
pytestmark = pytest.mark.skipif(strace() is None, reason="strace is not to be had here")

_ACTS = """
import sys, pathlib
sys.path.insert(0, sys.argv[1])
from app.vault import store as stores
if sys.argv[3] == "carelessly":
    stores._PRAGMAS = tuple(
        (name, "NORMAL", 1) if name == "synchronous" else (name, wanted, answer)
        for name, wanted, answer in stores._PRAGMAS
    )
from app.changes import Changes
from app.records import Act, Records
from app.vault.keys import Key
from app.vault.migrations import PATIENT
store = stores.Store.open(pathlib.Path(sys.argv[2]) / "p.db", Key(bytearray(range(32))), PATIENT)
records = Records(store, Changes())
for number in range(int(sys.argv[4])):
    body = {"resourceType": "Basic", "id": f"b{number}", "note": "x" * 700}
    op_id = f"op{number}"
    act = Act(op_id, (body, {"resourceType": "Provenance", "id": op_id}), {}, {"resourceType": "AuditEvent"})
    records.commit(act)
    print(op_id, flush=True)
    if number == 4:
        store.checkpoint()
"""


def life(tmp_path: Path, how: str) -> Recording:
    """Record a life of the store."""
    folder = tmp_path / "c"
    folder.mkdir()
    with Key(bytearray(KEY)) as key:
        Store.create(folder / "p.db", key, PATIENT).close()
    command = [sys.executable, "-c", _ACTS, str(ROOT), str(folder), how, str(ACTS)]
    return record(command, folder, tmp_path / "before", tmp_path / "trace")


def losses(recording: Recording, tmp_path: Path, cuts: list[tuple[int, int | None]]) -> list[str]:
    """Cut the power at each of these moments; return what was wrong afterwards."""
    wrong = []
    for moment, dice in cuts:
        disk = tmp_path / "disk"
        recording.disk(moment, disk, None if dice is None else random.Random(dice))
        kept = acts_on(disk)
        told = recording.told(moment)
        if kept is None or kept[:told] != [f"op{number}" for number in range(told)]:
            wrong.append(f"at {moment} with {dice}: {told} told, {kept} kept")
        shutil.rmtree(disk)
    return wrong


def acts_on(disk: Path) -> list[str] | None:
    """Open what is left and read its acts; ``None`` where it is no whole store."""
    try:
        with Key(bytearray(KEY)) as key, Store.open(disk / "p.db", key, PATIENT, verify=True) as store:
            with store.read() as connection:
                found = connection.execute("SELECT op_id FROM op ORDER BY seq").fetchall()
            with store.read() as connection:
                (laid,) = connection.execute("SELECT count(*) FROM local WHERE type = 'Basic'").fetchone()
            return [op_id for (op_id,) in found] if laid == len(found) else None
    except TandemError:
        return None


def some(recording: Recording, count: int) -> list[tuple[int, int | None]]:
    """Choose moments, each with and without dice."""
    rng = random.Random(5)
    moments = sorted(rng.sample(list(recording.moments), min(count, len(recording.moments))))
    return [(moment, dice) for moment in moments for dice in (None, moment)]


def test_no_acknowledged_act_is_lost_to_a_power_cut(tmp_path: Path) -> None:
    """What was synced is enough; what was not may be there, torn, or not."""
    recording = life(tmp_path, "carefully")
    assert recording.told(len(recording.events)) == ACTS
    assert losses(recording, tmp_path, some(recording, 45)) == []


def test_a_store_that_does_not_sync_is_caught(tmp_path: Path) -> None:
    """The proof sees what it is there to see."""
    recording = life(tmp_path, "carelessly")
    assert losses(recording, tmp_path, some(recording, 20)) != []


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_acknowledged_act_is_lost_at_any_write(tmp_path: Path) -> None:
    """Every moment, eight disks each."""
    recording = life(tmp_path, "carefully")
    cuts = [(moment, dice) for moment in recording.moments for dice in (None, *range(1, 8))]
    assert losses(recording, tmp_path, cuts) == []
