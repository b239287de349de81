"""kill −9 in the middle of writing: acknowledged acts are all there, the others not at all."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.vault.files import DocumentFiles
from app.vault.keys import Key
from app.vault.store import Store

if TYPE_CHECKING:
    from app.vault.schema import Schema

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL")

_WRITER = """
import sys, pathlib
from app.vault.keys import Key
key = Key(bytearray(range(32)))
from app.vault.schema import Migration, Schema
from app.vault.store import Store
start = "CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT) STRICT;"
schema = Schema("notes", (Migration(1, "start", start),))
store = Store.open(pathlib.Path(sys.argv[1]), key, schema)
number = int(sys.argv[2])
while True:
    with store.transaction() as connection:
        for _ in range(3):
            connection.execute("INSERT INTO note (text) VALUES (?)", (f"{number} " + "x" * 2000,))
    print(number, flush=True)
    number += 1
"""
_SEALER = """
import sys, pathlib, io
from app.vault.keys import Key
key = Key(bytearray(range(32)))
from app.vault.files import DocumentFiles
files = DocumentFiles(pathlib.Path(sys.argv[1]), key)
number = 0
while True:
    files.write(f"doc-{number}", io.BytesIO(bytes([number % 256]) * 3_000_000))
    print(number, flush=True)
    number += 1
"""


def _run_and_kill(program: str, *arguments: str, after: float) -> list[int]:
    """Run a program, kill it some time after its first word; return what it acknowledged."""
    child = subprocess.Popen([sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, cwd=ROOT)
    assert child.stdout is not None
    with child:
        first = child.stdout.readline()
        time.sleep(after)
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read()
    return [int(line) for line in (first + rest).splitlines() if line.strip()]


@pytest.mark.parametrize(
    "seed", [*range(6), *(pytest.param(s, marks=pytest.mark.slow) for s in range(6, 250))]
)
def test_killed_while_writing(tmp_path: Path, notes: Schema, seed: int) -> None:
    """Several kills on one file; after each it opens, whole."""
    chance, path, known = random.Random(seed), tmp_path / "notes.db", 0
    key = Key(bytearray(range(32)))
    Store.create(path, key, notes).close()
    for _ in range(2):
        acknowledged = _run_and_kill(_WRITER, str(path), str(known), after=chance.random() * 0.15)
        with Store.open(path, key, notes, verify=True) as store, store.read() as connection:
            acts = connection.execute(
                "SELECT CAST(text AS INTEGER), count(*) FROM note GROUP BY 1 ORDER BY 1"
            ).fetchall()
        assert [number for number, _ in acts] == list(range(len(acts)))
        assert {rows for _, rows in acts} == {3}
        assert len(acts) > acknowledged[-1]
        known = len(acts)


def test_killed_while_sealing(tmp_path: Path) -> None:
    """Files under their names are whole; the half one is collected at the next opening."""
    acknowledged = _run_and_kill(_SEALER, str(tmp_path / "files"), after=0.05)
    files = DocumentFiles(tmp_path / "files", Key(bytearray(range(32))))
    for number in acknowledged:
        with files.open(f"doc-{number}") as reader:
            assert reader.read() == bytes([number % 256]) * 3_000_000
    files.collect_orphans({f"doc-{number}" for number in acknowledged})
    assert len(list((tmp_path / "files").iterdir())) == len(acknowledged)
    files.close()
