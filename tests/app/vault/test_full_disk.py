"""A full disk ends in one clear error; nothing half-written stays, nothing committed is lost."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app.vault.ballast import BALLAST_SIZE, Ballast
from app.vault.files import DocumentFiles
from app.vault.sqlcipher import DiskFull
from app.vault.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.vault.keys import Key
    from app.vault.schema import Schema

ROOT = Path(__file__).parents[3]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """Return a disk of 24 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)]
    if (
        sys.platform != "linux"
        or os.geteuid() != 0
        or subprocess.run(mount, check=False, capture_output=True).returncode
    ):
        pytest.skip("a small disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_document_that_does_not_fit_leaves_nothing(small: Path, key: Key) -> None:
    """And what fits afterwards is sealed."""
    files = DocumentFiles(small / "files", key)
    with pytest.raises(DiskFull):
        files.write("big", io.BytesIO(os.urandom(30 << 20)))
    assert list((small / "files").iterdir()) == []
    files.write("small", io.BytesIO(b"fits"))
    with files.open("small") as reader:
        assert reader.read() == b"fits"
    files.close()


def test_an_act_that_does_not_fit_is_undone_and_the_others_stay(small: Path, key: Key, notes: Schema) -> None:
    """Room is made with the ballast: deleting and checkpointing need some."""
    ballast = Ballast(small / "ballast")
    assert ballast.restore()
    with Store.create(small / "notes.db", key, notes) as store:
        kept = _fill(store)
        with store.read() as connection:
            assert connection.execute("SELECT count(*) FROM note").fetchone() == (kept,)
        assert ballast.release()
        store.checkpoint()
        for last in range(kept, 2, -1):
            with store.transaction() as connection:
                connection.execute("DELETE FROM note WHERE id = ?", (last,))
        store.verify()
        with store.read() as connection:
            assert connection.execute("SELECT count(*) FROM note").fetchone() == (2,)


def _fill(store: Store) -> int:
    """Write until the disk is full; return how many acts were acknowledged."""
    for kept in range(1000):
        try:
            with store.transaction() as connection:
                connection.execute("INSERT INTO note (text) VALUES (?)", ("x" * 400_000,))
        except DiskFull:
            return kept
    raise AssertionError


def test_the_ballast_waits_for_room(small: Path) -> None:
    """It is not what fills the disk."""
    ballast = Ballast(small / "ballast")
    (small / "filler").write_bytes(bytes((24 << 20) - BALLAST_SIZE - (1 << 20)))
    assert not ballast.restore()
    assert not ballast.is_held()
    assert not ballast.release()
    (small / "filler").unlink()
    assert ballast.restore()
    assert ballast.restore()


_LIMITED = """
import io, pathlib, resource, sys
from app.vault.files import DocumentFiles
from app.vault.keys import Key
from app.vault.sqlcipher import DiskFull
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
files = DocumentFiles(pathlib.Path(sys.argv[1]), Key.random())
try:
    files.write("big", io.BytesIO(bytes(3 << 20)))
except DiskFull as error:
    print(error, len(list(pathlib.Path(sys.argv[1]).iterdir())))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits")
def test_a_file_larger_than_allowed_is_a_full_disk(tmp_path: Path) -> None:
    """A quota or a limit of the system is said the same way."""
    done = subprocess.run(
        [sys.executable, "-c", _LIMITED, str(tmp_path / "files")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["disk-full", "0"]
