"""Which folders are in memory, which disks forget: as the kernel tells it, of real ones."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from app import volatile
from tests.forensics.device import Disk, why_not

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
SHARED = Path("/dev/shm")  # noqa: S108 - what is looked at


@pytest.mark.parametrize(("options", "forgets"), [("data=ordered", True), ("data=journal", False)])
def test_a_disk_that_journals_its_data_does_not_forget(
    tmp_path: Path, options: str, *, forgets: bool
) -> None:
    """A real ext4, both ways."""
    if reason := why_not():
        pytest.skip(reason)
    with Disk(tmp_path / "disk.img", tmp_path / "disk", options=options) as disk:
        assert volatile.overwrites_in_place(disk.where) is forgets
        assert not volatile._is_in_memory(disk.where)


@pytest.mark.parametrize(
    ("line", "forgets"),
    [
        ("- btrfs /dev/sda rw", False),
        ("- overlay overlay rw", False),
        ("- xfs /dev/sda rw", True),
        ("- 9p x rw", None),
    ],
)
def test_other_file_systems_are_known_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str, *, forgets: bool | None
) -> None:
    """As the kernel writes its list; what is not known is not promised."""
    told = f"22 1 8:1 / / rw shared:1 {line}"
    monkeypatch.setattr(Path, "read_text", lambda *_: told)
    assert volatile.overwrites_in_place(tmp_path) is forgets


def test_a_folder_that_is_not_there_promises_nothing() -> None:
    """Nor is it in memory."""
    assert volatile.overwrites_in_place(Path("/nowhere/at/all")) is None
    assert not volatile._is_in_memory(Path("/nowhere/at/all"))


@pytest.mark.skipif(not SHARED.is_dir(), reason="no /dev/shm")
def test_a_name_that_someone_took_is_left_alone(memory_folders: None) -> None:
    """A link, or a folder that others may read: another place is found, or none."""
    name = os.urandom(16).hex()
    made = volatile.own_folder(name)
    assert made is not None
    assert made == volatile.own_folder(name)
    made.chmod(0o755)
    assert volatile.own_folder(name) is None
    made.rmdir()
    made.symlink_to("/")
    assert volatile.own_folder(name) is None
    made.unlink()


def test_a_relative_runtime_folder_is_no_place(
    monkeypatch: pytest.MonkeyPatch, memory_folders: Callable[..., None]
) -> None:
    """Someone set the environment badly."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", "run")
    assert volatile._roots() == [SHARED]
