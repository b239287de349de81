"""Disks of one's own, given back after the test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.forensics.device import Disk, why_not

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def make_disk(tmp_path: Path) -> Iterator[Callable[..., Disk]]:
    """Make disks; skip where that cannot be done."""
    if reason := why_not():
        pytest.skip(reason)
    made: list[Disk] = []

    def make(**settings: object) -> Disk:
        number = len(made)
        try:
            disk = Disk(tmp_path / f"disk-{number}.img", tmp_path / f"disk-{number}", **settings)  # type: ignore[arg-type]  # mib, options
        except OSError as error:
            pytest.skip(f"no loop device here: {error}")
        made.append(disk)
        return disk

    yield make
    for disk in made:
        disk.close()
